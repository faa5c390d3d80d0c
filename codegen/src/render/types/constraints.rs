//! What a member's doc says beyond its type.

use serde_json::Value;

use super::super::doc;
use crate::ir::{Constraints, Node};
use crate::keywords::KEYWORDS;

/// The longest doc of a member, in characters.
const MEMBER_DOC: usize = 300;
/// The most values that a member's doc lists.
const MOST_LISTED: usize = 12;

/// The description and what the type does not say, in one paragraph.
pub(in super::super) fn member_doc(node: &Node) -> String {
    let mut text = doc::brief(&node.doc, MEMBER_DOC);
    for fact in facts(&node.constraints) {
        if !text.is_empty() {
            text.push_str(if text.ends_with(['.', '!', '?', ':']) { " " } else { ". " });
        }
        text.push_str(&fact);
    }
    text
}

fn facts(constraints: &Constraints) -> Vec<String> {
    let code = |value: &Value| doc::cut(&doc::clean(&value.to_string().replace('`', "'")), 60);
    let mut out = Vec::new();
    let bound = |name| {
        let found = KEYWORDS.iter().find(|keyword| keyword.name == name)?;
        constraints.stated(found).map(|(stated, value)| (value, stated != name))
    };
    let least = |(value, strict): (&Value, bool)| {
        format!("{} {value}", if strict { "more than" } else { "at least" })
    };
    let most = |(value, strict): (&Value, bool)| {
        format!("{} {value}", if strict { "less than" } else { "at most" })
    };
    match (bound("minimum"), bound("maximum")) {
        (Some((low, false)), Some((high, false))) => out.push(format!("From {low} to {high}.")),
        (Some(low), Some(high)) => out.push(format!("{}, {}.", capital(&least(low)), most(high))),
        (Some(low), None) => out.push(format!("{}.", capital(&least(low)))),
        (None, Some(high)) => out.push(format!("{}.", capital(&most(high)))),
        (None, None) => {}
    }
    if (1..=MOST_LISTED).contains(&constraints.values.len()) {
        let values: Vec<String> =
            constraints.values.iter().map(|value| format!("`{}`", code(value))).collect();
        out.push(format!(
            "{} {}.",
            if values.len() == 1 { "Always" } else { "One of" },
            values.join(", ")
        ));
    }
    if let Some(default) = &constraints.default {
        out.push(format!("Default: `{}`.", code(default)));
    }
    out
}

fn capital(text: &str) -> String {
    text.chars().next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_uppercase(), &text[first.len_utf8()..])
    })
}
