//! What a call comes to: one JSON object, received bytes kept as they are.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use support::Response;

use crate::bound;
use crate::call::failure::{self, FailureKind};
use crate::call::fields::Fields;
use crate::call::job::{self, Poll};
use crate::call::rate::Rate;
use crate::call::violation::Violations;

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
}

/// Content beside the text, as MCP writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Block(pub Value);

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
        Self::failed(FailureKind::InvalidArguments, &error)
    }

    /// The JSON object.
    #[must_use]
    pub fn json(&self) -> &str {
        std::str::from_utf8(&self.json).expect("JSON is UTF-8: checked when the outcome was made")
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

/// A success answer that is not a list with rows.
pub(crate) fn plain(
    response: &Response,
    fields: Option<&Fields>,
    poll: Option<&Poll<'_>>,
    limit: usize,
) -> Outcome {
    let Some(raw) = json_body(response) else { return text(response, poll, limit) };
    let mut body = if raw.get().starts_with('{') {
        shared(&response.body, raw)
    } else {
        format!("{{\"result\":{}}}", raw.get()).into()
    };
    if let Some(fields) = fields {
        let mut kept = String::new();
        fields.project(raw, &mut kept);
        body = if kept.starts_with('{') {
            kept.into()
        } else {
            format!("{{\"result\":{kept}}}").into()
        };
    }
    if let Some(poll) = poll {
        let value = serde_json::from_str(raw.get()).ok();
        if let Some(added) = job::pending(poll, value.as_ref()) {
            body = with_members(&body, &added);
        }
    }
    if body.len() > limit {
        return failure::too_large(raw, body.len(), limit);
    }
    Outcome::success(body)
}

/// An answer without JSON: nothing at all, or text.
fn text(response: &Response, poll: Option<&Poll<'_>>, limit: usize) -> Outcome {
    let mut value = if response.body.iter().all(u8::is_ascii_whitespace) {
        json!({"ok": true, "status": response.status.as_u16()})
    } else {
        json!({"content_type": response.media_type(), "text": String::from_utf8_lossy(&response.body)})
    };
    if let (Some(added), Value::Object(members)) =
        (poll.and_then(|poll| job::pending(poll, None)), &mut value)
    {
        members.extend(added);
    }
    let json = value.to_string();
    if json.len() > limit {
        return failure::too_large_text(json.len(), limit);
    }
    Outcome::success(json)
}

/// The body as JSON, white space around it cut; `None` when it is something else.
pub(crate) fn json_body(response: &Response) -> Option<&RawValue> {
    let unmarked = || matches!(response.media_type().as_str(), "" | "text/plain" | "text/json");
    let begins = || {
        response
            .body
            .iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_some_and(|byte| matches!(byte, b'{' | b'['))
    };
    if !(response.is_json() || unmarked() && begins()) {
        return None;
    }
    serde_json::from_slice(&response.body).ok()
}

/// The bytes of `raw`, which lies in `body`, without copying them.
fn shared(body: &Bytes, raw: &RawValue) -> Bytes {
    body.slice_ref(raw.get().as_bytes())
}

/// `object` with further members at its end.
fn with_members(object: &Bytes, added: &Map<String, Value>) -> Bytes {
    let text = std::str::from_utf8(object).expect("JSON is UTF-8");
    let added = Value::Object(added.clone()).to_string();
    let added = added.strip_prefix('{').unwrap_or(&added);
    let open = text.trim_end().strip_suffix('}').unwrap_or(text).trim_end();
    let separator = if open.ends_with('{') { "" } else { "," };
    format!("{open}{separator}{added}").into()
}

/// The members of a JSON object, in order.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// The members of `json`; `None` when it is not an object.
pub(crate) fn members(json: &RawValue) -> Option<Members<'_>> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = Members<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(Name(name)) = map.next_key()? {
                entries.push((name, map.next_value()?));
            }
            Ok(entries)
        }
    }
    if !json.get().starts_with('{') {
        return None;
    }
    serde_json::Deserializer::from_str(json.get()).deserialize_map(Entries).ok()
}

/// A member name, borrowed where it holds no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The items of `json`; `None` when it is not an array.
pub(crate) fn raw_items(json: &RawValue) -> Option<Vec<&RawValue>> {
    if json.get().starts_with('[') { serde_json::from_str(json.get()).ok() } else { None }
}
