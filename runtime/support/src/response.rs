//! One HTTP answer: streaming as it arrives, or whole.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};

use crate::error::TransportError;
use crate::headers;

/// The body of an answer that is still arriving.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

/// An answer whose body is still arriving.
pub struct StreamingResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: BodyStream,
}

impl StreamingResponse {
    /// An answer whose body arrives as `body` brings it.
    pub fn new<S, E>(status: StatusCode, headers: HeaderMap, body: S) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let body =
            body.map(|chunk| chunk.map_err(|error| TransportError::Unreachable(error.into())));
        Self { status, headers, body: Box::pin(body) }
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    /// [`TransportError::TooLarge`] beyond `limit` bytes; the transport's own errors.
    pub async fn collect(mut self, limit: u64) -> Result<Response, TransportError> {
        let mut first: Option<Bytes> = None;
        let mut rest = BytesMut::new();
        let mut size = 0_u64;
        while let Some(chunk) = self.body.next().await {
            let chunk = chunk?;
            size += chunk.len() as u64;
            if size > limit {
                return Err(TransportError::TooLarge(limit));
            }
            match first.take() {
                None if rest.is_empty() => first = Some(chunk),
                None => rest.extend_from_slice(&chunk),
                Some(before) => {
                    rest.extend_from_slice(&before);
                    rest.extend_from_slice(&chunk);
                }
            }
        }
        let body = first.unwrap_or_else(|| rest.freeze());
        Ok(Response { status: self.status, headers: self.headers, body })
    }
}

impl From<Response> for StreamingResponse {
    fn from(answer: Response) -> Self {
        let body = futures_util::stream::iter([Ok(answer.body)]);
        Self { status: answer.status, headers: answer.headers, body: Box::pin(body) }
    }
}

impl Response {
    /// The media type without parameters, in lower case; empty when absent.
    #[must_use]
    pub fn media_type(&self) -> String {
        headers::media_type(&self.headers)
    }

    /// The `charset` of the media type, in lower case.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        headers::charset(&self.headers)
    }

    /// Whether the body is JSON by its media type: `application/json` or `+json` (RFC 6839).
    #[must_use]
    pub fn is_json(&self) -> bool {
        headers::is_json(&self.media_type())
    }
}

impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
