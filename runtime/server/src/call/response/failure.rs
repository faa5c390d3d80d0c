//! Failures as results: what kind, what to do about it, and the vendor's own words.

use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use support::{Response, Tool, TransportError};

use super::Rate;
use super::content::Content;
use super::raw::members;
use crate::bound;
use crate::call::outcome::{FailureKind, Outcome};

/// What to do about an error status: what the vendor refuses is not what it failed at.
fn advice(kind: FailureKind, status: StatusCode) -> &'static str {
    match kind {
        FailureKind::UpstreamError if status.is_client_error() => {
            "The API refused the request. Correct it as the message says, then call again."
        }
        kind => kind.advice(),
    }
}

#[derive(Serialize)]
struct Failure<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    message: String,
    advice: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratelimit: Option<&'a Rate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<Box<RawValue>>,
}

/// An answer that is not a success.
pub(crate) fn refused(
    tool: &Tool,
    response: &Response,
    content: &Content<'_>,
    rate: Option<&Rate>,
    limit: usize,
) -> Outcome {
    let kind = FailureKind::of(response.status);
    let body = content.json().filter(|body| body.get().len() <= limit);
    let text = || {
        String::from_utf8_lossy(&response.body[..response.body.len().min(limit.min(4096))])
            .into_owned()
    };
    let upstream = match body {
        Some(body) => Some(body.to_owned()),
        None if response.body.is_empty() => None,
        None => to_raw_value(&text()).ok(),
    };
    let said = body.and_then(|body| words(&serde_json::from_str(body.get()).ok()?));
    let status = response.status;
    let message = said.unwrap_or_else(|| format!("{} answered {status}", tool.operation.id));
    let limited = kind == FailureKind::RateLimited;
    Outcome::failed(
        kind,
        &Failure {
            kind: kind.as_str(),
            status: Some(status.as_u16()),
            message,
            advice: advice(kind, status),
            retry_after_seconds: rate.and_then(|rate| rate.retry_after).or(limited.then_some(60)),
            ratelimit: rate.filter(|_| limited),
            request_id: request_id(&response.headers).or_else(|| body.and_then(request_id_in)),
            upstream,
        },
    )
}

/// No answer at all.
pub(crate) fn unanswered(error: &TransportError) -> Outcome {
    let kind = match error {
        TransportError::Timeout => FailureKind::UpstreamTimeout,
        TransportError::TooLarge(_) => FailureKind::TooLarge,
        TransportError::NeedsReauth(_) => FailureKind::NeedsReauth,
        TransportError::MissingCredential(_) => FailureKind::Unauthorized,
        TransportError::Unreachable(_) => FailureKind::UpstreamUnreachable,
        TransportError::Unavailable(_) => FailureKind::Unavailable,
        _ => FailureKind::UpstreamError,
    };
    let message = match error {
        TransportError::Unreachable(_) => "the API cannot be reached, or broke off".to_owned(),
        other => other.to_string(),
    };
    simple(kind, message, kind.advice())
}

/// A body that does not fit into one result.
pub(crate) fn too_large(body: &RawValue, size: usize, limit: usize) -> Outcome {
    let mut sizes: Vec<(String, usize)> = members(body)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.into_owned(), value.get().len()))
        .collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let largest: Vec<String> = sizes
        .iter()
        .take(5)
        .map(|(name, size)| format!("{} ({size} bytes)", bound::cut(name, bound::NAME)))
        .collect();
    let mut message = format!("the answer has {size} bytes, a result at most {limit}");
    if !largest.is_empty() {
        message = format!("{message}; its largest members: {}", largest.join(", "));
    }
    simple(FailureKind::TooLarge, message, FailureKind::TooLarge.advice())
}

/// Text or a file that does not fit into one result.
pub(crate) fn too_large_text(size: usize, limit: usize) -> Outcome {
    simple(
        FailureKind::TooLarge,
        format!("the answer has {size} bytes, a result at most {limit}"),
        "Fetch it outside of this conversation.",
    )
}

/// A row that alone does not fit into one result; `next_cursor` continues behind it.
pub(crate) fn row_too_large(limit: usize, next_cursor: Option<String>) -> Outcome {
    let kind = FailureKind::TooLarge;
    let message = format!("the next row alone is larger than a result may be ({limit} bytes)");
    let advice =
        "Name the members you need in `fields`, or pass next_cursor to go on behind this row.";
    Outcome::failed(
        kind,
        &json!({"kind": kind.as_str(), "message": message, "advice": advice, "next_cursor": next_cursor}),
    )
}

/// A call of which nothing was sent, for the reason in `message`.
pub(crate) fn unavailable(message: String) -> Outcome {
    simple(FailureKind::Unavailable, message, FailureKind::Unavailable.advice())
}

/// An answer that cannot be handed on, for the reason given.
pub(crate) fn unfit(why: &str) -> Outcome {
    simple(
        FailureKind::UpstreamError,
        why.to_owned(),
        "Tell the operator; repeating the call does not help.",
    )
}

fn simple(kind: FailureKind, message: String, advice: &str) -> Outcome {
    let message = bound::cut_owned(message, bound::MESSAGE);
    Outcome::failed(
        kind,
        &Failure {
            kind: kind.as_str(),
            status: None,
            message,
            advice,
            retry_after_seconds: None,
            ratelimit: None,
            request_id: None,
            upstream: None,
        },
    )
}

/// The vendor's id of a request, as the usual headers name it.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    const NAMES: [&str; 6] = [
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "x-amzn-requestid",
        "x-amz-request-id",
        "cf-ray",
    ];
    NAMES.iter().find_map(|name| {
        headers.get(*name)?.to_str().ok().map(|id| bound::cut(id, bound::NAME).into_owned())
    })
}

fn request_id_in(body: &RawValue) -> Option<String> {
    let value: Value = serde_json::from_str(body.get()).ok()?;
    ["requestId", "request_id", "traceId"].iter().find_map(|name| {
        value.get(name)?.as_str().map(|id| bound::cut(id, bound::NAME).into_owned())
    })
}

/// The sentence in an error body, wherever vendors put it.
fn words(body: &Value) -> Option<String> {
    /// How deep errors are wrapped in errors.
    const DEPTH: usize = 3;
    fn find(value: &Value, depth: usize) -> Option<String> {
        match value {
            Value::String(text) if !text.trim().is_empty() => {
                Some(text.trim().chars().take(500).collect())
            }
            Value::Array(items) if depth > 0 => items.iter().find_map(|item| find(item, depth - 1)),
            Value::Object(members) if depth > 0 => [
                "message",
                "detail",
                "error_description",
                "error",
                "errors",
                "title",
                "reason",
                "code",
            ]
            .iter()
            .find_map(|name| find(members.get(*name)?, depth - 1)),
            _ => None,
        }
    }
    find(body, DEPTH)
}
