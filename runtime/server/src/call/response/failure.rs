//! Failures as results: what kind, what to do about it, and the vendor's own words.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use support::{Api, Response, Tool, TransportError};

use super::Rate;
use super::content::Content;
use super::html;
use super::raw::members;
use crate::bound;
use crate::call::outcome::{FailureKind, Outcome};
use crate::call_log::Effect;

/// What to do about an error status: what the vendor refuses is not what it failed at, and what it
/// does not know may be an id that nobody has.
fn advice(
    kind: FailureKind,
    status: StatusCode,
    effect: Effect,
    listings: &[&str],
) -> Cow<'static, str> {
    match kind {
        FailureKind::UpstreamError if status.is_client_error() => {
            "The API refused the request. Correct it as the message says, then call again.".into()
        }
        FailureKind::NotFound if !listings.is_empty() => {
            format!("Check the id; find the right one with {}.", listings.join(" or ")).into()
        }
        kind => kind.advice(effect).into(),
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

/// An answer that is not a success; `listings` are the tools that have the ids which the call needs.
pub(crate) fn refused(
    tool: &Tool,
    response: &Response,
    content: &Content<'_>,
    rate: Option<&Rate>,
    limit: usize,
    listings: &[&str],
) -> Outcome {
    let kind = FailureKind::of(response.status);
    let body = content.json().filter(|body| body.get().len() <= limit);
    let text = Some(error_text(response, limit)).filter(|text| body.is_none() && !text.is_empty());
    let upstream = match (body, &text) {
        (Some(body), _) => Some(body.to_owned()),
        (None, Some(text)) => to_raw_value(text).ok(),
        (None, None) => None,
    };
    let said = body.and_then(|body| words(&serde_json::from_str(body.get()).ok()?));
    let status = response.status;
    let message = said.unwrap_or_else(|| match text {
        Some(text) => {
            format!("{} answered {status}: {}", tool.operation.id, bound::cut(&text, bound::NAME))
        }
        None => format!("{} answered {status}", tool.operation.id),
    });
    let limited = kind == FailureKind::RateLimited;
    Outcome::failed(
        kind,
        &Failure {
            kind: kind.as_str(),
            status: Some(status.as_u16()),
            message,
            advice: &advice(kind, status, Effect::of(tool), listings),
            retry_after_seconds: rate.and_then(|rate| rate.retry_after).or(limited.then_some(60)),
            ratelimit: rate.filter(|_| limited),
            request_id: request_id(&response.headers).or_else(|| body.and_then(request_id_in)),
            upstream,
        },
    )
}

/// The text of an error that is no JSON; of a page for browsers only what they would show.
fn error_text(response: &Response, limit: usize) -> String {
    /// How much of a page is read, and how much of a text is told, in bytes.
    const READ: usize = 64 << 10;
    const TOLD: usize = 4096;
    let body = &response.body[..response.body.len().min(READ)];
    let text = String::from_utf8_lossy(body);
    let begins = |tag: &str| {
        text.trim_start().get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag))
    };
    let is_page =
        response.media_type() == "text/html" || begins("<!doctype html") || begins("<html");
    let text = if is_page { html::text(&text) } else { text.into_owned() };
    bound::cut_owned(text, limit.min(TOLD))
}

/// No answer at all.
pub(crate) fn unanswered(error: &TransportError, api: &Api, tool: &Tool) -> Outcome {
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
        TransportError::MissingCredential(schemes) => {
            return missing_credential(schemes, api);
        }
        other => other.to_string(),
    };
    simple(kind, message, kind.advice(Effect::of(tool)))
}

/// An account without the credential that a call needs: which one, as its form calls it.
fn missing_credential(schemes: &str, api: &Api) -> Outcome {
    let further = api
        .further_tokens
        .iter()
        .find(|token| schemes.split(' ').any(|scheme| scheme == token.scheme));
    let lacks = further.map_or(schemes, |token| token.member);
    let message = format!("the account has no {lacks}, which this call is made with");
    let advice = format!(
        "Ask the operator to add {lacks} to the account's credentials, on its page or by PATCH /integrated-account/{{id}}. Repeating the call does not help."
    );
    simple(FailureKind::Unauthorized, message, &advice)
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
    simple(FailureKind::TooLarge, message, FailureKind::TooLarge.advice(Effect::Read))
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
    simple(FailureKind::Unavailable, message, FailureKind::Unavailable.advice(Effect::Read))
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
    /// What such headers are called, or end with after a name of the vendor's own.
    const ENDINGS: [&str; 5] = ["request-id", "requestid", "correlation-id", "trace-id", "cf-ray"];
    ENDINGS.iter().find_map(|ending| {
        let (_, id) = headers.iter().find(|(name, _)| name.as_str().ends_with(ending))?;
        id.to_str().ok().map(|id| bound::cut(id, bound::NAME).into_owned())
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
