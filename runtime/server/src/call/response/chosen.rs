//! Names that `fields` asks for and that nobody knows: neither the document nor the answer.

use std::collections::HashSet;

use serde_json::value::RawValue;
use support::Tool;

use super::raw::{members, raw_items};
use crate::bound;
use crate::call::request::fields::Fields;
use crate::nearest::nearest;
use crate::tools::AnswerNames;
use crate::violation::{Violation, Violations};

/// How many names of an answer are remembered, to be proposed.
const SEEN: usize = 500;

/// Names that were asked for and are in no answer, as far as that is known.
#[derive(Debug)]
pub(crate) struct Unknown {
    names: Vec<String>,
    /// Names that this answer has.
    seen: Vec<String>,
}

impl Unknown {
    /// Those that are in none of these answers or rows and that the document does not declare.
    /// `None`: there are none of them, or nothing to look at.
    pub(crate) fn of(
        fields: &Fields,
        declared: &AnswerNames,
        wrapper: Option<&str>,
        rows: &[&RawValue],
    ) -> Option<Self> {
        let is_there = |name: &str| {
            rows.iter().any(|row| {
                has(row, name)
                    || wrapper.is_some_and(|wrapper| has(row, &format!("{wrapper}.{name}")))
            })
        };
        let undeclared =
            fields.given().iter().filter(|name| !name.is_empty() && !declared.has(name, wrapper));
        let names: Vec<String> = undeclared.filter(|name| !is_there(name)).cloned().collect();
        if names.is_empty() || rows.is_empty() {
            return None;
        }
        let mut seen: Vec<String> = Vec::new();
        for row in rows {
            let outer = members(row).unwrap_or_default();
            let inner = outer.iter().find(|(name, _)| Some(&**name) == wrapper);
            let inner = inner.and_then(|(_, item)| members(item)).unwrap_or_default();
            for (name, _) in outer.iter().chain(&inner) {
                if seen.len() < SEEN && !seen.iter().any(|known| known == name) {
                    seen.push(name.clone().into_owned());
                }
            }
        }
        Some(Self { names, seen })
    }

    /// What is wrong with the names, once it is known which fields the tenant has of its own: `None`
    /// when they are all of those.
    pub(crate) fn violations(
        &self,
        tool: &Tool,
        declared: &AnswerNames,
        fields: &Fields,
        tenant: &[String],
    ) -> Option<Violations> {
        let of_tenant = |name: &str| tenant.iter().any(|field| field == first(name));
        let unknown = self.names.iter().filter(|name| !of_tenant(name));
        let mut violations = Violations::default();
        for name in unknown {
            violations.push(self.violation(tool, declared, fields, tenant, name));
        }
        (!violations.is_empty()).then_some(violations)
    }

    fn violation(
        &self,
        tool: &Tool,
        declared: &AnswerNames,
        fields: &Fields,
        tenant: &[String],
        name: &str,
    ) -> Violation {
        let outermost = || {
            let names = declared.outermost(tool.wrapper);
            names
                .chain(self.seen.iter().map(String::as_str))
                .chain(tenant.iter().map(String::as_str))
        };
        // Where only the end is wrong, what could stand there is nearer than any other name.
        let proposed = match name.rsplit_once('.') {
            Some((outer, end)) if outermost().any(|known| known == outer) => {
                nearest(end, declared.below(outer, tool.wrapper))
                    .map(|end| format!("{outer}.{end}"))
            }
            _ => nearest(name, outermost()).map(str::to_owned),
        };
        let quoted = bound::cut(name, bound::NAME);
        let mut expected = format!("names of the answer's members; it has no {quoted:?}");
        if proposed.is_none() {
            let mut known = HashSet::new();
            let some: Vec<&str> = outermost().filter(|name| known.insert(*name)).take(12).collect();
            if !some.is_empty() {
                expected = format!("{expected}, but {}", some.join(", "));
            }
        }
        Violation { nearest: proposed, ..Violation::new(fields.pointer(name), expected) }
    }
}

fn first(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether the dotted name `path` is in `json`, or may be: below null and in an empty list nobody can
/// say.
fn has(json: &RawValue, path: &str) -> bool {
    if let Some(members) = members(json) {
        return members.iter().any(|(name, value)| {
            **name == *path
                || path
                    .strip_prefix(&**name)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(|rest| value.get() == "null" || has(value, rest))
        });
    }
    raw_items(json).is_some_and(|items| {
        items.is_empty() || items.iter().any(|item| item.get() == "null" || has(item, path))
    })
}
