//! What a call comes to: one JSON object, and why it failed if it did.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::response::Rate;
use crate::call_log::{Answered, Effect};
use crate::violation::Violations;
use crate::{bound, call_log};

/// The result of a call.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// A JSON object.
    json: Bytes,
    /// Further content for MCP clients.
    pub blocks: Vec<Block>,
    /// Why the call failed; `None` when it did not.
    pub failure: Option<FailureKind>,
    /// The vendor's rate limit, where its answer tells it.
    pub rate: Option<Rate>,
    /// The vendor's status; `None` when nothing was sent or nothing came back.
    pub upstream_status: Option<StatusCode>,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
    /// The size of the vendor's body.
    pub upstream_bytes: Option<usize>,
    /// How long the vendor took.
    pub upstream_time: Option<Duration>,
}

/// Content beside the text, as MCP writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Block(pub Value);

impl Block {
    /// A text.
    pub(crate) fn text(text: &str) -> Self {
        Self(json!({"type": "text", "text": text}))
    }
}

impl Outcome {
    fn new(json: Bytes, failure: Option<FailureKind>) -> Self {
        debug_assert!(
            serde_json::from_slice::<&RawValue>(&json).is_ok_and(|raw| raw.get().starts_with('{'))
        );
        Self {
            json,
            blocks: Vec::new(),
            failure,
            rate: None,
            upstream_status: None,
            request_id: None,
            upstream_bytes: None,
            upstream_time: None,
        }
    }

    /// A success with the JSON object `json`.
    pub(crate) fn success(json: impl Into<Bytes>) -> Self {
        Self::new(json.into(), None)
    }

    /// A failure; `error` is the member of that name.
    pub(crate) fn failed(kind: FailureKind, error: &impl serde::Serialize) -> Self {
        let error = serde_json::to_string(error).expect("errors are made of strings and values");
        Self::new(format!("{{\"error\":{error}}}").into(), Some(kind))
    }

    /// The same with other JSON.
    pub(crate) fn with_json(self, json: impl Into<Bytes>) -> Self {
        Self { json: json.into(), ..self }
    }

    /// Arguments that were not sent. The violations beyond those named are counted under `more`.
    pub(crate) fn invalid_arguments(violations: &Violations) -> Self {
        let places: Vec<&str> =
            violations.named().iter().map(|violation| violation.pointer.as_str()).take(8).collect();
        let message = match (violations.named(), violations.more()) {
            ([only], 0) => {
                format!("argument {}: {}", only.pointer, bound::cut(&only.expected, bound::MESSAGE))
            }
            (_, 0) => format!(
                "{} arguments are missing or wrong: {}",
                violations.count(),
                places.join(", ")
            ),
            (named, more) => format!(
                "{} arguments are missing or wrong, {} of them named and {more} more: {}, …",
                violations.count(),
                named.len(),
                places.join(", ")
            ),
        };
        let mut error = json!({"kind": FailureKind::InvalidArguments.as_str(), "message": message, "faults": violations.named()});
        if violations.more() > 0 {
            error["more"] = violations.more().into();
        }
        if let Some(advice) = violations.advice() {
            error["advice"] = advice.into();
        }
        Self::failed(FailureKind::InvalidArguments, &error)
    }

    /// A failure with what is wrong with the arguments after all; the vendor's body stays as it was
    /// received.
    pub(crate) fn explained(self, violations: &Violations) -> Self {
        let Some(open) = self.json().strip_suffix("}}") else { return self };
        let json = format!("{open},\"faults\":{}}}}}", json!(violations.named()));
        self.with_json(json)
    }

    /// The JSON object.
    ///
    /// # Panics
    ///
    /// Never: JSON is UTF-8.
    #[must_use]
    pub fn json(&self) -> &str {
        std::str::from_utf8(&self.json).expect("JSON is UTF-8: checked when the outcome was made")
    }

    /// How the call went, as the log says it: `ok`, or the kind of its failure.
    pub(crate) fn status(&self) -> &'static str {
        self.failure.map_or(call_log::OK, FailureKind::as_str)
    }

    /// What the log keeps of the vendor's answer.
    pub(crate) fn answered(&self) -> Answered {
        Answered {
            status: self.upstream_status,
            request_id: self.request_id.clone(),
            bytes: self.upstream_bytes,
            time: self.upstream_time,
        }
    }

    /// How much there is to write, in bytes.
    pub(crate) fn size(&self) -> usize {
        let block = |block: &Block| crate::work::weight_of(&block.0);
        self.json.len() + self.blocks.iter().map(block).sum::<usize>()
    }

    /// The JSON object, shared.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.json.clone()
    }
}

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The arguments are wrong; nothing was sent.
    InvalidArguments,
    /// The vendor knows no such thing.
    NotFound,
    /// The account's credential was refused.
    Unauthorized,
    /// A person must connect the account again.
    NeedsReauth,
    /// The credential may not do this.
    Forbidden,
    /// The state of things forbids it.
    Conflict,
    /// Too many requests.
    RateLimited,
    /// The vendor failed, or refused for another reason.
    UpstreamError,
    /// The vendor did not answer in time.
    UpstreamTimeout,
    /// The vendor could not be reached.
    UpstreamUnreachable,
    /// Too much for one result.
    TooLarge,
    /// Nothing was sent: this program, or the way to the vendor, cannot serve the call at the
    /// moment.
    Unavailable,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::InvalidArguments,
        Self::NotFound,
        Self::Unauthorized,
        Self::NeedsReauth,
        Self::Forbidden,
        Self::Conflict,
        Self::RateLimited,
        Self::UpstreamError,
        Self::UpstreamTimeout,
        Self::UpstreamUnreachable,
        Self::TooLarge,
        Self::Unavailable,
    ];

    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArguments => "invalid_arguments",
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::NeedsReauth => "needs_reauth",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::UpstreamError => "upstream_error",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::TooLarge => "too_large",
            Self::Unavailable => "unavailable",
        }
    }

    pub(super) fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            _ => Self::UpstreamError,
        }
    }

    /// What to do about it, after a call that only reads or one that may change something.
    pub(super) fn advice(self, effect: Effect) -> &'static str {
        let reads = effect == Effect::Read;
        match self {
            Self::InvalidArguments => "Correct the arguments as the message says, then call again.",
            Self::NotFound => "Check the id; list or search first to find the right one.",
            Self::Unauthorized => {
                "The account's credential was refused. Ask the operator to renew it; repeating the call does not help."
            }
            Self::NeedsReauth => {
                "Ask the operator to connect the account again: on its page, by GET /integrated-account/{id}/connect, or with new credentials. Repeating the call does not help."
            }
            Self::Forbidden => {
                "The account's credential may not do this. Ask the operator for the permission or scope."
            }
            Self::Conflict => {
                "The state has changed or forbids this. Read the item again, then decide."
            }
            Self::RateLimited => "Wait retry_after_seconds before the next call to this API.",
            Self::UpstreamError if reads => {
                "The API failed. Call again in a while; if it lasts, tell the operator."
            }
            Self::UpstreamError => {
                "The API failed. Read first whether the change took effect; then try again later."
            }
            Self::UpstreamTimeout if reads => {
                "The API did not answer in time. Call again, for less where that can be; if it lasts, tell the operator."
            }
            Self::UpstreamTimeout => {
                "The API did not answer in time; the change may have taken effect. Read before repeating."
            }
            Self::UpstreamUnreachable if reads => {
                "The API cannot be reached or broke off. Call again in a while; if it lasts, tell the operator."
            }
            Self::UpstreamUnreachable => {
                "The API cannot be reached or broke off; a change may have taken effect. Read before repeating; if it lasts, tell the operator."
            }
            Self::TooLarge => {
                "Ask for less: name the members you need in `fields`, or lower `limit`."
            }
            Self::Unavailable => {
                "Nothing was sent. Wait a few seconds, then call again; if it lasts, tell the operator."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::testing::{Vendor, call, pipeline};

    #[tokio::test]
    async fn an_outcome_tells_what_the_vendors_answer_cost() {
        let (vendor, pipeline) = (Vendor::with_rows(3), pipeline(100_000));
        let (_, outcome) = call(&vendor, &pipeline, "acc", "list_all_acme_page", json!({})).await;
        let answered = outcome.answered();
        assert!(answered.bytes.is_some_and(|bytes| bytes > 10) && answered.time.is_some());
    }
}
