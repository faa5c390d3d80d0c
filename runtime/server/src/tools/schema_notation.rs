//! Schemas in short: `{op: "add"|"remove", path: string, value?: any}[]`, and the way from a
//! pointer to its schema.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::{bound, pointer};

/// The longest text; what is beyond is cut.
const LONGEST: usize = 700;
/// How far nested shapes are spelled out.
const DEPTH: usize = 4;
/// What is said of a schema that admits everything.
const ANY: &str = "any";
/// How many references are followed in a row.
const HOPS: usize = 16;

/// `schema` in short.
pub(crate) fn short(schema: &Value, root: &Value) -> String {
    let mut out = String::new();
    write(&mut out, schema, root, DEPTH);
    bound::cut_owned(out, LONGEST)
}

/// The schema that governs the value at the pointer `place`.
pub(crate) fn at<'s>(root: &'s Value, place: &str) -> Option<&'s Value> {
    let mut schema = resolve(root, root);
    for segment in place.split('/').skip(1) {
        let name = pointer::unescaped(segment);
        schema = step(schema, root, &name, DEPTH)?;
    }
    Some(schema)
}

/// The member names that an object schema knows.
pub(crate) fn members<'s>(schema: &'s Value, root: &'s Value) -> Vec<&'s str> {
    let schema = resolve(schema, root);
    let own = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str);
    let parts = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|word| schema.get(word)?.as_array())
        .flatten();
    own.chain(parts.flat_map(|part| members(part, root))).collect()
}

/// Follows local references.
pub(crate) fn resolve<'s>(mut schema: &'s Value, root: &'s Value) -> &'s Value {
    for _ in 0..HOPS {
        let Some(target) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|text| root.pointer(text.strip_prefix('#')?))
        else {
            break;
        };
        schema = target;
    }
    schema
}

fn step<'s>(schema: &'s Value, root: &'s Value, name: &str, depth: usize) -> Option<&'s Value> {
    let schema = resolve(schema, root);
    let direct = schema.get("properties").and_then(|properties| properties.get(name));
    let open = || schema.get("additionalProperties").filter(|rest| rest.is_object());
    let items = || schema.get("items").filter(|_| name.parse::<usize>().is_ok());
    if let Some(found) = direct.or_else(open).or_else(items) {
        return Some(resolve(found, root));
    }
    if depth == 0 {
        return None;
    }
    let parts = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|word| schema.get(word)?.as_array())
        .flatten();
    parts.into_iter().find_map(|part| step(part, root, name, depth - 1))
}

fn write(out: &mut String, schema: &Value, root: &Value, depth: usize) {
    if out.len() > LONGEST {
        return;
    }
    let schema = resolve(schema, root);
    if let Some(value) = schema.get("const") {
        _ = write!(out, "{value}");
    } else if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        separated(out, values, "|", |out, value| _ = write!(out, "{value}"));
    } else {
        let branches = branches(schema, root, depth);
        let separator = if schema.get("allOf").is_some() { " & " } else { " | " };
        match branches.as_slice() {
            [] => plain(out, schema, root, depth),
            branches => separated(out, branches, separator, |out, branch| out.push_str(branch)),
        }
    }
}

/// What a value may be, or has to be at once, each once. A branch that only demands members, or
/// says nothing at all, is none.
fn branches(schema: &Value, root: &Value, depth: usize) -> Vec<String> {
    let branches = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema.get(word)?.as_array());
    let mut texts: Vec<String> = Vec::new();
    let mut left = LONGEST;
    for branch in branches.into_iter().flatten() {
        let mut text = String::new();
        write(&mut text, branch, root, depth);
        left = left.saturating_sub(text.len());
        if text != ANY && !texts.contains(&text) {
            texts.push(text);
        }
        if left == 0 {
            break;
        }
    }
    texts
}

fn plain(out: &mut String, schema: &Value, root: &Value, depth: usize) {
    let names: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() => vec!["object"],
        _ => vec![ANY],
    };
    separated(out, &names, "|", |out, name| match *name {
        "array" => list(out, schema, root, depth),
        "object" => object(out, schema, root, depth),
        "string" => out.push_str(match schema.get("format").and_then(Value::as_str) {
            Some("date") => "date like 2026-01-31",
            Some("date-time") => "date-time like 2026-01-31T09:30:00Z",
            _ => "string",
        }),
        name => out.push_str(name),
    });
}

fn list(out: &mut String, schema: &Value, root: &Value, depth: usize) {
    let Some(items) = schema.get("items").filter(|_| depth > 0) else {
        out.push_str("array");
        return;
    };
    let mut item = String::new();
    write(&mut item, items, root, depth - 1);
    if item.contains(['|', '&']) && !item.starts_with('{') {
        item = format!("({item})");
    }
    out.push_str(&item);
    out.push_str("[]");
}

fn object(out: &mut String, schema: &Value, root: &Value, depth: usize) {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let open = schema.get("additionalProperties").filter(|rest| rest.is_object());
    if depth == 0 || (properties.is_empty() && open.is_none()) {
        out.push_str("object");
        return;
    }
    let required = |name: &str| {
        schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|one| one == name))
    };
    out.push('{');
    let mut first = true;
    for (name, member) in properties {
        if out.len() > LONGEST {
            break;
        }
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
        out.push_str(name);
        out.push_str(if required(name) { ": " } else { "?: " });
        write(out, member, root, depth - 1);
    }
    if let Some(rest) = open {
        out.push_str(if first { "<name>: " } else { ", <name>: " });
        write(out, rest, root, depth - 1);
    }
    out.push('}');
}

fn separated<T>(
    out: &mut String,
    parts: &[T],
    separator: &str,
    mut each: impl FnMut(&mut String, &T),
) {
    for (index, part) in parts.iter().enumerate() {
        if out.len() > LONGEST {
            return;
        }
        if index > 0 {
            out.push_str(separator);
        }
        each(out, part);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_are_spelled_in_short() {
        let schema = json!({"type": "array", "items": {"type": "object", "required": ["op", "path"], "properties": {
            "op": {"enum": ["add", "remove"]}, "path": {"type": "string"}, "value": {},
            "tags": {"type": "array", "items": {"type": ["string", "null"]}}, "due": {"type": "string", "format": "date"}}}});
        assert_eq!(
            short(&schema, &schema),
            r#"{op: "add"|"remove", path: string, value?: any, tags?: (string|null)[], due?: date like 2026-01-31}[]"#
        );
    }

    #[test]
    fn alternatives_are_told_once_and_only_where_they_say_something() {
        for (schema, expected) in [
            (json!({"anyOf": [{}, {"description": "x"}]}), "any"),
            (json!({"anyOf": [{"type": "string"}, {"type": "string"}, {}]}), "string"),
            (
                json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {}},
                "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
                "{a?: string, b?: any}",
            ),
            (json!({"oneOf": [{"type": "number"}, {"type": "null"}]}), "number | null"),
        ] {
            assert_eq!(short(&schema, &schema), expected);
        }
    }

    #[test]
    fn a_pointer_leads_to_its_schema() {
        let root = json!({"type": "object", "properties": {"a/b": {"type": "array", "items": {"$ref": "#/$defs/Item"}}},
            "$defs": {"Item": {"anyOf": [{"type": "null"}, {"properties": {"x": {"type": "integer"}}}]}}});
        assert_eq!(at(&root, "/a~1b/3/x"), Some(&json!({"type": "integer"})));
        assert_eq!(at(&root, "/nope"), None);
    }
}
