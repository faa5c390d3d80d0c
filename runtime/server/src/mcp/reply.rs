//! JSON-RPC answers, written straight to bytes.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::bound;
use crate::call::{Outcome, Rate};
use crate::mcp::lifecycle::Lifecycle;

/// An answer to one POST.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status; it never mirrors the vendor's.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// A JSON-RPC message, or nothing.
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Self { status, headers, body }
    }

    /// What every URL without a server answers, whatever the reason.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, r#"{"error":"not found"}"#)
    }

    /// What a message is answered that nobody looks at, before it is known what it asks for (RFC
    /// 9110 section 15.6.4).
    pub(crate) fn unavailable(message: &str) -> Self {
        let mut answer = RpcError::new(-32000, message).answer(None);
        answer.status = StatusCode::SERVICE_UNAVAILABLE;
        answer.headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
        answer
    }

    /// What whoever lacks a second factor is answered; the challenge is added to it.
    pub(crate) fn unauthorized(message: &str) -> Self {
        let mut answer = RpcError::new(-32001, message).answer(None);
        answer.status = StatusCode::UNAUTHORIZED;
        answer
    }

    pub(crate) fn method_not_allowed(allowed: &'static str) -> Self {
        let mut answer = Self::new(StatusCode::METHOD_NOT_ALLOWED, Bytes::new());
        answer.headers.insert(ALLOW, HeaderValue::from_static(allowed));
        answer
    }

    pub(crate) fn with_rate(mut self, rate: &Rate) -> Self {
        for (name, value) in [
            ("ratelimit-limit", rate.limit),
            ("ratelimit-remaining", rate.remaining),
            ("ratelimit-reset", rate.reset),
        ] {
            if let Some(value) = value {
                self.headers.insert(HeaderName::from_static(name), value.into());
            }
        }
        self
    }
}

/// A JSON-RPC error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RpcError {
    code: i32,
    message: String,
    data: Option<Value>,
    status: StatusCode,
}

impl RpcError {
    pub(crate) fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: bound::cut_owned(message.into(), bound::MESSAGE),
            data: None,
            status: StatusCode::OK,
        }
    }

    /// Wrong parameters.
    pub(crate) fn params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    /// No such method, in the lifecycle's way.
    pub(crate) fn method(method: &str, lifecycle: Lifecycle) -> Self {
        let method: String = method.chars().take(64).collect();
        let status =
            if lifecycle == Lifecycle::PerRequest { StatusCode::NOT_FOUND } else { StatusCode::OK };
        Self { status, ..Self::new(-32601, format!("method not found: {method}")) }
    }

    pub(crate) fn with(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Answered with HTTP 400.
    pub(crate) fn refused(mut self) -> Self {
        self.status = StatusCode::BAD_REQUEST;
        self
    }

    /// The answer to the request `id`; `None` when it could not be read.
    pub(crate) fn answer(&self, id: Option<&RawValue>) -> Answer {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        let id = id.map_or("null", RawValue::get);
        Answer::new(self.status, format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#))
    }
}

/// A JSON-RPC result under construction, written member by member.
pub(crate) struct ResultWriter {
    out: Vec<u8>,
    empty: bool,
}

impl ResultWriter {
    /// Begins the answer to `id` in the lifecycle's way.
    pub(crate) fn new(id: &RawValue, lifecycle: Lifecycle, capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity + 256);
        out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        out.extend_from_slice(id.get().as_bytes());
        out.extend_from_slice(br#","result":{"#);
        let mut writer = Self { out, empty: true };
        if lifecycle == Lifecycle::PerRequest {
            writer.raw("resultType", b"\"complete\"");
        }
        writer
    }

    /// Appends a member whose value is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &[u8]) {
        self.name(name);
        self.out.extend_from_slice(json);
    }

    /// Appends a member.
    pub(crate) fn value(&mut self, name: &str, value: &Value) {
        self.raw(name, value.to_string().as_bytes());
    }

    /// Appends the content of a tool result: the JSON as text, and as it is.
    pub(crate) fn outcome(&mut self, outcome: &Outcome) {
        self.name("content");
        self.out.extend_from_slice(br#"[{"type":"text","text":"#);
        serde_json::to_writer(&mut self.out, outcome.json())
            .expect("a string is written to memory");
        self.out.push(b'}');
        for block in &outcome.blocks {
            self.out.push(b',');
            self.out.extend_from_slice(block.0.to_string().as_bytes());
        }
        self.out.push(b']');
        self.raw("structuredContent", outcome.json().as_bytes());
        self.raw("isError", if outcome.failure.is_some() { b"true" } else { b"false" });
    }

    /// Ends the answer.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(b"}}");
        self.out
    }

    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::testing::{Reply, Vendor, call, pipeline};

    /// Some hosts hand a model `content` and nothing else, others `structuredContent` where it is.
    #[tokio::test]
    async fn whichever_of_the_two_a_host_keeps_has_all_facts() {
        let file = |media: &str, body: &'static [u8]| {
            Reply::json(200, body)
                .with("content-type", media)
                .with("content-disposition", "attachment; filename=\"a.b\"")
        };
        let id = json!({"id": "1"});
        for (tool, reply, told) in [
            (
                "acme_things_download",
                file("text/csv; charset=latin1", b"caf\xe9;1\n"),
                json!({"name": "a.b", "content_type": "text/csv", "size": 8, "text": "café;1\n"}),
            ),
            (
                "acme_things_download",
                file("application/pdf", b"%PDF\xff"),
                json!({"name": "a.b", "content_type": "application/pdf", "size": 5}),
            ),
            ("get_single_acme_thing_by_id", Reply::json(200, "[1.50]"), json!({"result": [1.5]})),
            (
                "get_single_acme_thing_by_id",
                Reply::json(200, r#"{"a": "\ud800", "a": 1e999}"#),
                json!({"a": "1e999"}),
            ),
        ] {
            let vendor = Vendor::always(reply);
            let (_, outcome) = call(&vendor, &pipeline(9_000), "acc", tool, id.clone()).await;
            let mut out = ResultWriter::new(RawValue::NULL, Lifecycle::PerRequest, 0);
            out.outcome(&outcome);
            let message: Value = serde_json::from_slice(&out.finish()).unwrap();
            let result = &message["result"];
            let text = result["content"][0]["text"].as_str().unwrap();
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), told);
            assert_eq!(result["structuredContent"], told);
            for block in result["content"].as_array().unwrap().iter().skip(1) {
                let name = &block["resource"]["_meta"]["name"];
                assert_eq!(
                    (name, &block["resource"]["mimeType"]),
                    (&told["name"], &told["content_type"])
                );
            }
        }
    }
}
