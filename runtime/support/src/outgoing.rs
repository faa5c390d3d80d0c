//! Complete HTTP requests: what a client needs that sends them by a library of its own choice.
//!
//! ```
//! # fn example(api: &'static support::Api, credentials: support::Credentials) -> impl support::Transport {
//! use support::outgoing::Target;
//! use support::{Response, StreamingResponse};
//!
//! // In place of the closure's body: any HTTP library that takes an `http::Request`.
//! Target::new(api).credentials(credentials).transport(|request| async move {
//!     let answer = Response { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body: request.into_body() };
//!     Ok(StreamingResponse::from(answer))
//! })
//! # }
//! ```

use std::error::Error;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

use crate::api::Api;
use crate::error::TransportError;
use crate::request::Request;
use crate::response::StreamingResponse;
use crate::security::Credentials;
use crate::transport::Transport;

/// Where an API is and who calls it.
#[derive(Debug, Clone)]
pub struct Target {
    api: &'static Api,
    origin: Option<String>,
    credentials: Credentials,
}

impl Target {
    /// The API at the servers that its document names, without credentials.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        Self { api, origin: None, credentials: Credentials::default() }
    }

    /// Sends every request to `url` instead, a scheme and host such as `http://localhost:8080`;
    /// paths keep the base path of the document's servers.
    #[must_use]
    pub fn origin(mut self, url: impl Into<String>) -> Self {
        self.origin = Some(url.into());
        self
    }

    /// Authenticates with `credentials`, which a generated crate has a type for.
    #[must_use]
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = credentials.into();
        self
    }

    /// The whole request: URL, headers, credentials, encoded body.
    ///
    /// # Errors
    /// When no credential fits, the document names no server and none was given, or a part of it
    /// cannot stand in a request.
    pub fn complete(&self, mut request: Request) -> Result<http::Request<Bytes>, TransportError> {
        self.credentials.apply(self.api.schemes, &mut request)?;
        let stated = self.origin.as_deref().or(request.operation.origin).or(self
            .api
            .origins
            .first()
            .map(|origin| origin.url));
        let origin = stated.ok_or_else(|| {
            unsendable("the document names no server: give one with `Target::origin`")
        })?;
        let url = format!("{}{}", origin.trim_end_matches('/'), request.path_and_query());
        let mut out = http::Request::builder()
            .method(request.method)
            .uri(url)
            .body(Bytes::new())
            .map_err(unsendable)?;
        for (name, value) in self.api.constant_headers {
            out.headers_mut().insert(
                HeaderName::try_from(*name).map_err(unsendable)?,
                HeaderValue::try_from(*value).map_err(unsendable)?,
            );
        }
        if !request.operation.accept.is_empty() {
            out.headers_mut().insert(ACCEPT, HeaderValue::from_static(request.operation.accept));
        }
        out.headers_mut().extend(request.headers);
        if let Some((content_type, content)) = request.body.into_content() {
            out.headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::try_from(&*content_type).map_err(unsendable)?);
            *out.body_mut() = content;
        }
        Ok(out)
    }

    /// A transport that completes each request and hands it to `send`.
    pub fn transport<S, F>(self, send: S) -> impl Transport
    where
        S: Fn(http::Request<Bytes>) -> F + Send + Sync,
        F: Future<Output = Result<StreamingResponse, Box<dyn Error + Send + Sync>>>
            + Send
            + 'static,
    {
        Sender { target: self, send }
    }
}

struct Sender<S> {
    target: Target,
    send: S,
}

impl<S, F> Transport for Sender<S>
where
    S: Fn(http::Request<Bytes>) -> F + Send + Sync,
    F: Future<Output = Result<StreamingResponse, Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let answer = self.target.complete(request).map(&self.send);
        Box::pin(async move { answer?.await.map_err(TransportError::Unreachable) })
    }
}

fn unsendable(reason: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError {
    TransportError::Unreachable(reason.into())
}
