//! The one seam between generated clients and the network.

use std::sync::Arc;

use futures_core::future::BoxFuture;

use crate::error::TransportError;
use crate::request::Request;
use crate::response::StreamingResponse;

/// Carries a request to the API's origin, with the API's credentials, once.
///
/// An error status is an answer, not an error: only the lack of an answer is.
pub trait Transport: Send + Sync {
    /// Sends `request` and resolves when the answer's head has arrived.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>>;

    /// The origin that requests go to, such as `https://eu.example.com`; `None` where that is not
    /// known.
    fn origin(&self) -> Option<&str> {
        None
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        (**self).send(request)
    }

    fn origin(&self) -> Option<&str> {
        (**self).origin()
    }
}
