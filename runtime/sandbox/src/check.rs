//! Checks of JSON bodies against short tables of members.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::clock;
use crate::reply::Reply;

/// What a member must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MemberKind {
    Text,
    /// Text of at least one character.
    Filled,
    Whole,
    Flag,
    Object,
    List,
    Texts,
    Date,
    Word(&'static [&'static str]),
}

/// Whether a member may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Must,
    May,
}

/// One member of a body: name, kind, need.
pub(crate) type Member = (&'static str, MemberKind, Need);

/// Whether members outside the table are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    Allowed,
    Refused,
}

/// Checks an object; the first fault is answered in the API's own form.
pub(crate) fn members(
    call: &Call,
    object: &Map<String, Value>,
    table: &[Member],
    others: Others,
) -> Result<(), Reply> {
    for (name, kind, need) in table {
        match object.get(*name) {
            None | Some(Value::Null) if *need == Need::Must => {
                return Err(call.refuse(
                    400,
                    "MISSING_PARAM",
                    &format!("missing required parameter '{name}'"),
                    name,
                ));
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                if let Some(expected) = fault(*kind, value) {
                    return Err(
                        call.invalid(&format!("parameter '{name}' must be {expected}"), name)
                    );
                }
            }
        }
    }
    if others == Others::Refused
        && let Some(name) =
            object.keys().find(|name| table.iter().all(|(known, _, _)| known != name))
    {
        return Err(call.invalid(&format!("unknown parameter '{name}'"), name));
    }
    Ok(())
}

/// What was expected, when the value is something else.
fn fault(kind: MemberKind, value: &Value) -> Option<String> {
    let (fits, expected) = match kind {
        MemberKind::Text => (value.is_string(), "a string"),
        MemberKind::Filled => {
            (value.as_str().is_some_and(|text| !text.trim().is_empty()), "a non-empty string")
        }
        MemberKind::Whole => (value.is_i64() || value.is_u64(), "an integer"),
        MemberKind::Flag => (value.is_boolean(), "a boolean"),
        MemberKind::Object => (value.is_object(), "an object"),
        MemberKind::List => (value.is_array(), "an array"),
        MemberKind::Texts => (
            value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            "an array of strings",
        ),
        MemberKind::Date => (value.as_str().is_some_and(clock::is_date), "an ISO 8601 date"),
        MemberKind::Word(words) => {
            if value.as_str().is_some_and(|word| words.contains(&word)) {
                return None;
            }
            return Some(format!("one of [{}]", words.join(", ")));
        }
    };
    (!fits).then(|| expected.to_owned())
}

/// A text member, or nothing.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}
