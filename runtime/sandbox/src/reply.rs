//! The answer of a tenant.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

/// What a handler gives: both sides are answers, the left one of success.
pub(crate) type Answer = Result<Reply, Reply>;

/// An answer before it is an HTTP response.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    Bytes { media: String, bytes: Bytes },
}

impl Reply {
    /// 200 with JSON.
    pub(crate) fn json(value: Value) -> Self {
        Self::status(200, value)
    }

    /// Any status with JSON.
    pub(crate) fn status(status: u16, value: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Json(value) }
    }

    /// 204.
    pub(crate) fn none() -> Self {
        Self { status: 204, headers: Vec::new(), content: Content::Empty }
    }

    /// A redirect.
    pub(crate) fn redirect(location: String) -> Self {
        Self { status: 302, headers: vec![("location", location)], content: Content::Empty }
    }

    /// 200 with bytes.
    pub(crate) fn bytes(media: &str, bytes: Bytes) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Bytes { media: media.to_owned(), bytes },
        }
    }

    /// A file to keep.
    pub(crate) fn file(filename: &str, media: &str, bytes: Bytes) -> Self {
        let safe: String = filename
            .chars()
            .map(|c| if c.is_ascii_graphic() && c != '"' { c } else { ' ' })
            .collect();
        Self::bytes(media, bytes)
            .with("content-disposition", format!("attachment; filename=\"{safe}\""))
    }

    /// The same answer with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let media = match self.content {
            Content::Empty => None,
            Content::Json(value) => {
                *response.body_mut() = Body::from(value.to_string());
                Some("application/json; charset=utf-8".to_owned())
            }
            Content::Bytes { media, bytes } => {
                *response.body_mut() = Body::from(bytes);
                Some(media)
            }
        };
        let headers = response.headers_mut();
        if let Some(value) = media.and_then(|media| HeaderValue::from_str(&media).ok()) {
            headers.insert(header::CONTENT_TYPE, value);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        response
    }
}
