//! What was lost between two JSON values.

use std::fmt::Write as _;

use serde_json::Value;

use crate::sample::UNDECLARED;

/// What becomes of null members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// An absent member says the same: answers.
    AreAbsent,
    /// They must survive: requests, where null means "clear this".
    Survive,
}

/// The first difference, with its place; `None` when nothing was lost and nothing added.
#[must_use]
pub fn difference(before: &Value, after: &Value, nulls: Nulls) -> Option<String> {
    differs(before, after, nulls, &mut String::new())
}

fn differs(before: &Value, after: &Value, nulls: Nulls, place: &mut String) -> Option<String> {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                match other.get(name) {
                    Some(found) => {
                        let length = place.len();
                        place.push('/');
                        place.push_str(name);
                        let found = differs(value, found, nulls, place);
                        place.truncate(length);
                        if found.is_some() {
                            return found;
                        }
                    }
                    None if name == UNDECLARED
                        || (value.is_null() && nulls == Nulls::AreAbsent) => {}
                    None => return Some(format!("{place}/{name} is lost: {value}")),
                }
            }
            let silent = |value: &Value| value.is_null() && nulls == Nulls::AreAbsent;
            let mut added = other.iter().filter(|(name, _)| !one.contains_key(*name));
            added
                .find(|(_, value)| !silent(value))
                .map(|(name, value)| format!("{place}/{name} is added: {value}"))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let length = place.len();
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                let _ = write!(place, "/{index}");
                let found = differs(one, other, nulls, place);
                place.truncate(length);
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if before == after => None,
        _ => Some(format!("{place} was {before}, is {after}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn losses_additions_and_changes_are_seen() {
        let lost = |before: Value, after: Value| difference(&before, &after, Nulls::Survive);
        assert_eq!(lost(json!({"a": [1, {"b": 2}]}), json!({"a": [1.0, {"b": 2}]})), None);
        assert_eq!(
            lost(json!({"a": [{"b": 2}]}), json!({"a": [{}]})).as_deref(),
            Some("/a/0/b is lost: 2")
        );
        assert_eq!(lost(json!({}), json!({"a": 1})).as_deref(), Some("/a is added: 1"));
        assert_eq!(lost(json!({"a": null}), json!({})).as_deref(), Some("/a is lost: null"));
        assert_eq!(difference(&json!({"a": null}), &json!({}), Nulls::AreAbsent), None);
        assert_eq!(lost(json!("a"), json!("b")).as_deref(), Some(" was \"a\", is \"b\""));
    }
}
