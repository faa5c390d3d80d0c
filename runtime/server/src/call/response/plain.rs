//! A success that is not a list with rows: the vendor's body, or that there was none.

use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use support::{Response, Tool};

use super::failure;
use super::job::Poll;
use crate::call::outcome::Outcome;
use crate::call::request::fields::Fields;

/// The JSON body as it is; what is no object becomes the member `result`.
pub(crate) fn json(
    tool: &Tool,
    response: &Response,
    raw: &RawValue,
    fields: Option<&Fields>,
    poll: Option<&Poll>,
    limit: usize,
) -> Outcome {
    let mut body = match fields {
        Some(fields) => {
            let mut kept = String::new();
            fields.within(raw, tool.wrapper).project(raw, &mut kept);
            object(&kept).map_or_else(|| kept.clone().into(), Bytes::from)
        }
        None => match object(raw.get()) {
            Some(wrapped) => wrapped.into(),
            // The bytes as received, without copying them.
            None => response.body.slice_ref(raw.get().as_bytes()),
        },
    };
    if let Some(poll) = poll {
        let value: Option<Value> = serde_json::from_str(raw.get()).ok();
        if let Some(added) = poll.pending(response, value.as_ref()) {
            body = with_members(&body, &added);
        }
    }
    if body.len() > limit {
        return failure::too_large(raw, body.len(), limit);
    }
    Outcome::success(body)
}

/// `{"result": …}` around JSON that is no object.
fn object(json: &str) -> Option<String> {
    (!json.starts_with('{')).then(|| format!("{{\"result\":{json}}}"))
}

/// No content.
pub(crate) fn nothing(response: &Response, poll: Option<&Poll>, limit: usize) -> Outcome {
    let mut value = json!({"ok": true, "status": response.status.as_u16()});
    if let (Some(added), Value::Object(members)) =
        (poll.and_then(|poll| poll.pending(response, None)), &mut value)
    {
        members.extend(added);
    }
    let json = value.to_string();
    if json.len() > limit {
        return failure::too_large_text(json.len(), limit);
    }
    Outcome::success(json)
}

/// Rows, and whether more of them are still being made.
pub(crate) fn followed(response: &Response, rows: Outcome, poll: Option<&Poll>) -> Outcome {
    match poll.and_then(|poll| poll.pending(response, None)) {
        Some(added) if rows.failure.is_none() => {
            let mut followed = Outcome::success(with_members(&rows.bytes(), &added));
            followed.blocks = rows.blocks;
            followed
        }
        _ => rows,
    }
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
