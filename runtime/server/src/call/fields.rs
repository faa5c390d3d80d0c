//! The `fields` argument: only the members asked for, as they were received.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use support::Tool;
use support::tool::ToolMethod;

use crate::call::fault::Fault;
use crate::call::outcome::{Members, members, raw_items};

/// Dotted member names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields(Vec<String>);

/// Takes `fields` out of the arguments: a list, or names separated by commas.
pub(crate) fn take(tool: &Tool, arguments: &mut Map<String, Value>, faults: &mut Vec<Fault>) -> Option<Fields> {
    if tool.pagination.is_none() && !matches!(tool.method, ToolMethod::List | ToolMethod::Get) {
        return None;
    }
    let names = match arguments.remove("fields")? {
        Value::Null => return None,
        Value::Array(items) => items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>(),
        Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(&text).ok(),
        Value::String(text) => Some(text.split(',').map(str::to_owned).collect()),
        _ => None,
    };
    let Some(names) = names else {
        faults.push(Fault::of("fields", "member names like [\"id\", \"owner.email\"]"));
        return None;
    };
    let names: Vec<String> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (!names.is_empty()).then_some(Fields(names))
}

impl Fields {
    /// The first parts of the names, each once: what a vendor's own field selection understands.
    pub(crate) fn top_level(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::with_capacity(self.0.len());
        for name in self.0.iter().map(|name| name.split('.').next().unwrap_or(name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Appends `json` with only these members.
    pub(crate) fn project(&self, json: &RawValue, out: &mut String) {
        let paths: Vec<&str> = self.0.iter().map(String::as_str).collect();
        project(json, &paths, out);
    }
}

fn project(json: &RawValue, paths: &[&str], out: &mut String) {
    if let Some(entries) = members(json) {
        object(&entries, paths, out);
    } else if let Some(items) = raw_items(json) {
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            project(item, paths, out);
        }
        out.push(']');
    } else {
        out.push_str(json.get());
    }
}

fn object(entries: &Members<'_>, paths: &[&str], out: &mut String) {
    out.push('{');
    let mut first = true;
    for (name, value) in entries {
        let below = |path: &&'_ str| path.strip_prefix(&**name).and_then(|rest| rest.strip_prefix('.')).is_some();
        let whole = paths.contains(&&**name);
        if !whole && !paths.iter().any(below) {
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
            let rest: Vec<&str> = paths.iter().filter_map(|path| path.strip_prefix(&**name)?.strip_prefix('.')).collect();
            project(value, &rest, out);
        }
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_members_asked_for_remain_with_their_digits() {
        let json = r#"{"id": 1.50, "owner": {"email": "a", "x": 1}, "list": [{"a": 1e3, "b": 2}, 7], "n": null, "a.b": 2}"#;
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let mut out = String::new();
        Fields(vec!["id".into(), "owner.email".into(), "list.a".into(), "n.x".into(), "a.b".into(), "none".into()]).project(raw, &mut out);
        assert_eq!(out, r#"{"id":1.50,"owner":{"email":"a"},"list":[{"a":1e3},7],"n":null,"a.b":2}"#);
    }
}
