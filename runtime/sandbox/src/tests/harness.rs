//! A client for tests: requests go to the router without a socket.

use axum::body::Body;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Options, Sandbox};

/// An answer, read whole.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
    pub(super) body: Value,
}

impl Answered {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The answer of a success.
    #[track_caller]
    pub(super) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "status {}: {}", self.status, self.body);
        self.body
    }
}

/// A sandbox whose clock stands still and whose limits are off.
pub(super) fn sandbox() -> Sandbox {
    Sandbox::new(options())
}

pub(super) fn options() -> Options {
    let start: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    Options { start: Some(start), rate_limits: false, control_routes: true, ..Options::default() }
}

/// Sends a request with any headers and body.
pub(super) async fn send(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Answered {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sandbox.router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answered { status: parts.status.as_u16(), headers: parts.headers, bytes, body }
}

/// Sends JSON with the right token for the path.
pub(super) async fn call(sandbox: &Sandbox, method: &str, path: &str, body: Value) -> Answered {
    let token = if path.starts_with("/v1.0/scim") {
        "Bearer sandbox-torii-scim-token"
    } else if path.starts_with("/v1.0") {
        "Bearer sandbox-torii-token"
    } else {
        "Bearer sandbox-ironclad-token"
    };
    let headers = [("authorization", token), ("content-type", "application/json")];
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    send(sandbox, method, path, &headers, bytes).await
}

pub(super) async fn get(sandbox: &Sandbox, path: &str) -> Value {
    call(sandbox, "GET", path, Value::Null).await.ok()
}

pub(super) const PUBLIC: &str = "/public/api/v1";
