//! What is wrong with arguments, in sentences.

use serde_json::Value;

use crate::json::member;
use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// One thing that is wrong with the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) pointer: String,
    pub(super) words: String,
}

impl Fault {
    pub(super) fn new(name: &str, words: &str) -> Self {
        Self { pointer: child("", name), words: words.to_owned() }
    }

    /// What was expected, as sentences.
    pub(super) fn expected(pointer: &str, expected: &str, nearest: Option<&str>) -> Self {
        let near = nearest.map(|nearest| format!(" Did you mean {nearest}?")).unwrap_or_default();
        let words = match expected.strip_prefix("required: ") {
            Some("string") => "Fill this in.".to_owned(),
            Some(wanted) => format!("Fill this in: {}.", plain(wanted)),
            None if expected.starts_with("must ") || expected.starts_with("is ") => {
                format!("This {expected}.")
            }
            None => format!("Expected {}.", plain(expected)),
        };
        Self { pointer: pointer.to_owned(), words: format!("{words}{near}") }
    }

    /// Those of violations.
    pub(super) fn all(violations: &Violations) -> Vec<Self> {
        let fault =
            |one: &Violation| Self::expected(&one.pointer, &one.expected, one.nearest.as_deref());
        violations.named().iter().map(fault).collect()
    }

    /// Those that the result of a call names; and how many more there are.
    pub(super) fn in_result(result: &Value) -> (Vec<Self>, usize) {
        let faults = member(result, "error.faults").and_then(Value::as_array);
        let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        let fault = |fault: &Value| {
            let nearest = fault["nearest"].as_str();
            Self::expected(&text(fault, "pointer"), &text(fault, "expected"), nearest)
        };
        let more = member(result, "error.more").and_then(Value::as_u64).unwrap_or_default();
        let found = faults.into_iter().flatten().map(fault).collect();
        (found, usize::try_from(more).unwrap_or(usize::MAX))
    }
}

/// What is expected, in the words of people where schemas have a word of their own.
fn plain(expected: &str) -> &str {
    match expected {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "yes or no",
        "object" => "an object, in braces",
        "array" => "a list, in square brackets",
        other => other,
    }
}
