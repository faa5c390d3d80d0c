//! `const`, `null` and several types at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Context;
use super::Schema;
use crate::keywords::{self, Kind};
use crate::pointer::Trail;

/// Keywords that say something about values of one type only, beside those of the table.
const BY_TYPE: [(&str, Kind, &[&str]); 4] = [
    ("string", Kind::String, &["format"]),
    ("number", Kind::Number, &["format"]),
    (
        "object",
        Kind::Object,
        &["properties", "required", "additionalProperties", "patternProperties"],
    ),
    ("array", Kind::Array, &["items", "prefixItems"]),
];

/// `const` → an enum of one value.
pub(super) fn constant(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(value) = schema.shift_remove("const") else {
        return;
    };
    if !schema.contains_key("type")
        && let Some(name) = type_of(&value)
    {
        schema.insert("type".to_owned(), json!(name));
    }
    schema.insert("enum".to_owned(), json!([value]));
    cx.note("const", &trail.key("const"), "rewritten as an enum of one value");
}

/// Values of several types in an enum without a type → the types, which become alternatives.
pub(super) fn mixed_enum(schema: &mut Schema) {
    if let Some(kinds) = kinds_of_enum(schema) {
        let kinds = json!(kinds);
        schema.insert("type".to_owned(), kinds);
    }
}

/// The types of an enum's values, where they are several and nothing else says what the schema is.
pub(in crate::normalise) fn kinds_of_enum(schema: &Schema) -> Option<BTreeSet<&str>> {
    let composed =
        ["type", "$ref", "allOf", "anyOf", "oneOf"].iter().any(|key| schema.contains_key(*key));
    let values = schema.get("enum").filter(|_| !composed)?.as_array()?;
    let kinds: BTreeSet<&str> = values.iter().filter_map(type_of).collect();
    (kinds.len() > 1).then_some(kinds)
}

/// `null` among the values of an enum → `nullable`.
pub(super) fn null_in_enum(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let count = values.len();
    if count < 2 || !values.iter().any(Value::is_null) {
        return;
    }
    values.retain(|value| !value.is_null());
    if values.is_empty() {
        values.push(Value::Null);
    }
    if schema.get("nullable") != Some(&Value::Bool(true)) {
        schema.insert("nullable".to_owned(), Value::Bool(true));
        cx.note("null-in-enum", &trail.key("enum"), "rewritten as `nullable` and the other values");
    }
}

/// An alternative that is only `null` → `nullable`; a lone other alternative → `allOf`.
pub(super) fn null_alternative(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(key) else {
            continue;
        };
        let count = branches.len();
        branches.retain(|branch| !is_only_null(branch));
        if branches.len() == count {
            continue;
        }
        cx.note("null-alternative", &trail.key(key), "rewritten as `nullable`");
        let lone = (branches.len() == 1).then(|| branches.remove(0));
        let none = branches.is_empty() && lone.is_none();
        schema.insert("nullable".to_owned(), Value::Bool(true));
        if let Some(lone) = lone {
            schema.shift_remove(key);
            absorb(schema, lone);
        } else if none {
            schema.shift_remove(key);
            schema.entry("enum").or_insert_with(|| json!([Value::Null]));
        }
    }
}

/// Puts a schema's only alternative into the schema itself, or beside its other parts.
fn absorb(schema: &mut Schema, lone: Value) {
    let Value::Object(lone) = lone else {
        return;
    };
    let fits = !lone.contains_key("$ref")
        && lone
            .keys()
            .all(|key| !schema.contains_key(key) || is_annotation(key) || key == "nullable");
    if fits {
        for (key, value) in lone {
            schema.entry(key).or_insert(value);
        }
        return;
    }
    let parts = schema.entry("allOf").or_insert_with(|| json!([]));
    if let Some(parts) = parts.as_array_mut() {
        parts.push(Value::Object(lone));
    }
}

fn is_annotation(key: &str) -> bool {
    matches!(key, "title" | "description" | "example" | "deprecated" | "default")
}

/// Whether a schema admits null and nothing else.
fn is_only_null(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else {
        return false;
    };
    match schema.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(_) => false,
        None => schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|values| values.len() == 1 && values[0].is_null()),
    }
}

/// Several types → `nullable` and one type, or alternatives.
pub(super) fn several(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let mut names: Vec<String> = match schema.get("type") {
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(name)) if name == "null" => vec![name.clone()],
        _ => return,
    };
    schema.shift_remove("type");
    let with_null = names.iter().any(|name| name == "null");
    names.retain(|name| name != "null");
    names.sort_unstable();
    names.dedup();
    if with_null {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
    match names.as_slice() {
        [] if with_null => {
            schema.insert("enum".to_owned(), json!([Value::Null]));
        }
        [] => {}
        [name] => {
            schema.insert("type".to_owned(), json!(name));
        }
        // All there are: any value.
        names
            if ["array", "boolean", "object", "string"]
                .iter()
                .all(|name| names.iter().any(|n| n == name)) => {}
        names => alternatives(schema, names),
    }
    cx.note("type-list", &trail.key("type"), "rewritten in the keywords of OpenAPI 3.0");
}

/// One alternative per type, each with the keywords that are about it.
fn alternatives(schema: &mut Schema, names: &[String]) {
    let mut branches = Vec::new();
    for name in names {
        let mut branch = Schema::new();
        branch.insert("type".to_owned(), json!(name));
        for key in keywords_of(name) {
            let value = match key {
                "format" => schema.get("format").filter(|v| fits(name, v)).cloned(),
                key => schema.get(key).cloned(),
            };
            if let Some(value) = value {
                branch.insert(key.to_owned(), value);
            }
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let values: Vec<Value> = values
                .iter()
                .filter(|value| type_of(value).is_some_and(|of| admits(name, of)))
                .cloned()
                .collect();
            // No value of this type is allowed, so the type is not either.
            if values.is_empty() {
                continue;
            }
            branch.insert("enum".to_owned(), Value::Array(values));
        }
        branches.push(Value::Object(branch));
    }
    for key in BY_TYPE.into_iter().flat_map(|(name, ..)| keywords_of(name)) {
        schema.shift_remove(key);
    }
    schema.shift_remove("enum");
    if branches.len() == 1 {
        absorb(schema, branches.remove(0));
    } else if schema.contains_key("anyOf") {
        let parts = schema.entry("allOf").or_insert_with(|| json!([]));
        if let Some(parts) = parts.as_array_mut() {
            parts.push(json!({ "anyOf": branches }));
        }
    } else {
        schema.insert("anyOf".to_owned(), Value::Array(branches));
    }
}

/// The keywords that say something about values of a type.
fn keywords_of(name: &str) -> impl Iterator<Item = &'static str> + use<> {
    let name = if name == "integer" { "number" } else { name };
    let found = BY_TYPE.into_iter().find(|(of, ..)| *of == name);
    found
        .into_iter()
        .flat_map(|(_, kind, keys)| keys.iter().copied().chain(keywords::names_of(kind)))
}

fn fits(name: &str, format: &Value) -> bool {
    let numeric = matches!(
        format.as_str(),
        Some("int32" | "int64" | "float" | "double" | "uint32" | "uint64")
    );
    numeric == matches!(name, "integer" | "number")
}

fn admits(name: &str, of: &str) -> bool {
    name == of || (name == "number" && of == "integer")
}

/// The type of a value; `None` for null.
pub(in super::super) fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    })
}
