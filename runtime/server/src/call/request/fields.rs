//! The `fields` argument: only the members asked for, as they were received.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use support::Tool;
use support::tool::ToolMethod;

use crate::call::response::raw::{Members, members, raw_items};
use crate::violation::{Violation, Violations};

/// How many names one call may ask for, and how long they may be together, in bytes.
const NAMES: usize = 500;
const SIZE: usize = 32 << 10;
/// How deep answers are cut; what lies deeper is kept whole.
const DEPTH: usize = 16;

/// Dotted member names, sorted, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    /// As they were given.
    given: Vec<String>,
    /// Whether they were given as a list, and not as one text.
    listed: bool,
    sorted: Vec<String>,
    /// The first parts, each once, in the order in which they were given.
    top_level: Vec<String>,
}

/// Takes `fields` out of the arguments: a list, or names separated by commas.
pub(crate) fn take(
    tool: &Tool,
    arguments: &mut Map<String, Value>,
    violations: &mut Violations,
) -> Option<Fields> {
    if tool.pagination.is_none() && !matches!(tool.method, ToolMethod::List | ToolMethod::Get) {
        return None;
    }
    let given = arguments.remove("fields")?;
    let listed = given.is_array();
    let names = match given {
        Value::Null => return None,
        Value::Array(items) => items
            .into_iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>(),
        // Spaces and quotes come on top of the names.
        Value::String(text) if text.len() > 4 * SIZE => None,
        Value::String(text) if text.trim_start().starts_with('[') => {
            serde_json::from_str(&text).ok()
        }
        Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
        _ => None,
    };
    let Some(names) = names else {
        violations.push(Violation::of("fields", "member names like [\"id\", \"owner.email\"]"));
        return None;
    };
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    if names.len() > NAMES || names.iter().map(|name| name.len()).sum::<usize>() > SIZE {
        violations.push(Violation::of(
            "fields",
            format!("at most {NAMES} member names of {SIZE} bytes together"),
        ));
        return None;
    }
    let fields = Fields { listed, ..Fields::of(&names) };
    (!fields.sorted.is_empty()).then_some(fields)
}

impl Fields {
    fn of(names: &[&str]) -> Self {
        let given = names.iter().map(|name| (*name).to_owned()).collect();
        let names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
        let mut seen = HashSet::new();
        let first = names.iter().map(|name| name.split('.').next().unwrap_or(name));
        let top_level = first.filter(|name| seen.insert(*name)).map(str::to_owned).collect();
        let mut sorted: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { given, listed: true, sorted, top_level }
    }

    /// The names in the order in which they were given; empty ones name nothing.
    pub(crate) fn given(&self) -> &[String] {
        &self.given
    }

    /// Where in the arguments a name stands.
    pub(crate) fn pointer(&self, name: &str) -> String {
        let index = self.given.iter().position(|given| given == name).filter(|_| self.listed);
        index.map_or_else(|| "/fields".to_owned(), |index| format!("/fields/{index}"))
    }

    /// What a vendor's own field selection understands: the first parts of the names, each once, as
    /// they are called inside the wrapper of an item. `None` when the whole item is asked for.
    pub(crate) fn top_level(&self, wrapper: Option<&str>) -> Option<Vec<&str>> {
        let Some(wrapper) =
            wrapper.filter(|wrapper| self.top_level.iter().any(|name| name == wrapper))
        else {
            return Some(self.top_level.iter().map(String::as_str).collect());
        };
        let mut found = Vec::new();
        for name in &self.sorted {
            if name == wrapper {
                return None;
            }
            let rest = name.strip_prefix(wrapper).and_then(|rest| rest.strip_prefix('.'));
            let inside = rest.unwrap_or(name);
            let first = inside.split('.').next().unwrap_or(inside);
            if !found.contains(&first) {
                found.push(first);
            }
        }
        Some(found)
    }

    /// The names as they stand in an answer: those of a wrapped item may be given without its
    /// wrapper, but for those that the answer itself has.
    pub(crate) fn within(&self, body: &RawValue, wrapper: Option<&str>) -> Cow<'_, Self> {
        let Some(wrapper) = wrapper else { return Cow::Borrowed(self) };
        let own = members(body).unwrap_or_default();
        let is_own = |name: &str| own.iter().any(|(own, _)| own == name);
        let outside = |name: &String| {
            let first = name.split('.').next().unwrap_or(name);
            !is_own(first) && !is_own(name)
        };
        if !is_own(wrapper) || !self.sorted.iter().any(outside) {
            return Cow::Borrowed(self);
        }
        let names: Vec<String> = self
            .sorted
            .iter()
            .map(|name| if outside(name) { format!("{wrapper}.{name}") } else { name.clone() })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Cow::Owned(Self { listed: self.listed, ..Self::of(&names) })
    }

    /// Appends `json` with only these members.
    pub(crate) fn project(&self, json: &RawValue, out: &mut String) {
        let paths: Vec<&str> = self.sorted.iter().map(String::as_str).collect();
        project(json, &paths, DEPTH, out);
    }
}

fn project(json: &RawValue, paths: &[&str], depth: usize, out: &mut String) {
    if depth == 0 {
        out.push_str(json.get());
    } else if let Some(entries) = members(json) {
        object(&entries, paths, depth, out);
    } else if let Some(items) = raw_items(json) {
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            project(item, paths, depth - 1, out);
        }
        out.push(']');
    } else {
        out.push_str(json.get());
    }
}

fn object(entries: &Members<'_>, paths: &[&str], depth: usize, out: &mut String) {
    out.push('{');
    let mut first = true;
    for (name, value) in entries {
        let whole = paths.binary_search(&&**name).is_ok();
        let rest = if whole { Vec::new() } else { below(paths, name) };
        if !whole && rest.is_empty() {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        out.push_str(&Value::from(&**name).to_string());
        out.push(':');
        if whole {
            out.push_str(value.get());
        } else {
            project(value, &rest, depth - 1, out);
        }
    }
    out.push('}');
}

fn below<'p>(paths: &[&'p str], name: &str) -> Vec<&'p str> {
    lying_below(paths, name, |path| path).map(|(_, rest)| rest).collect()
}

/// What the sorted `paths` name below the member `name`, with what is left of each: they stand side by
/// side, and stay sorted.
pub(crate) fn lying_below<'s, 'p, T>(
    paths: &'s [T],
    name: &str,
    text: impl Fn(&T) -> &'p str,
) -> impl Iterator<Item = (&'s T, &'p str)> {
    let dotted = |path: &str| path.bytes().cmp(name.bytes().chain([b'.']));
    let start = paths.partition_point(|path| dotted(text(path)).is_lt());
    let rest = move |path: &'s T| Some((path, text(path).strip_prefix(name)?.strip_prefix('.')?));
    paths.iter().skip(start).map_while(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_members_asked_for_remain_with_their_digits() {
        let json = r#"{"id": 1.50, "owner": {"email": "a", "x": 1}, "list": [{"a": 1e3, "b": 2}, 7], "n": null, "a.b": 2}"#;
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let mut out = String::new();
        Fields::of(&["id", "owner.email", "list.a", "n.x", "a.b", "none"]).project(raw, &mut out);
        assert_eq!(
            out,
            r#"{"id":1.50,"owner":{"email":"a"},"list":[{"a":1e3},7],"n":null,"a.b":2}"#
        );
    }

    #[test]
    fn names_below_a_member_are_found_between_names_that_sort_around_them() {
        let fields = Fields::of(&["a", "b.x", "b-c", "b.y.z", "b", "bc.q", "é.ü"]);
        assert_eq!(fields.top_level(None).unwrap(), ["a", "b", "b-c", "bc", "é"]);
        let paths: Vec<&str> = fields.sorted.iter().map(String::as_str).collect();
        assert_eq!(below(&paths, "b"), ["x", "y.z"]);
        assert_eq!(below(&paths, "bc"), ["q"]);
        assert_eq!(below(&paths, "é"), ["ü"]);
        assert_eq!(below(&paths, "a"), [""; 0]);
    }

    #[test]
    fn an_answer_without_end_of_depth_is_cut_as_far_as_it_goes() {
        let json = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let raw: &RawValue = serde_json::from_str(&json).unwrap();
        let mut out = String::new();
        Fields::of(&["id"]).project(raw, &mut out);
        assert_eq!(out, json);
    }

    #[test]
    fn more_names_than_anybody_needs_are_a_fault() {
        let tool =
            crate::call::testing::CATALOGUE.tool("get_single_acme_thing_by_id").unwrap().tool;
        let take = |fields: Value| {
            let mut violations = Violations::default();
            let taken =
                take(tool, &mut Map::from_iter([("fields".to_owned(), fields)]), &mut violations);
            (taken.is_some(), violations.count())
        };
        let names =
            |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<String>>();
        assert_eq!(take(names(NAMES).into()), (true, 0));
        assert_eq!(take(names(NAMES + 1).into()), (false, 1));
        assert_eq!(take(names(NAMES + 1).join(",").into()), (false, 1));
        assert_eq!(take(vec!["x".repeat(SIZE + 1)].into()), (false, 1));
        assert_eq!(take(",".repeat(1 << 20).into()), (false, 1));
    }
}
