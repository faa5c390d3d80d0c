//! The type of a schema: misspelt, in a foreign tongue, or missing.

use serde_json::{Value, json};

use super::super::Context;
use super::Schema;
use crate::pointer::Trail;

const COMPOSITION: [&str; 4] = ["allOf", "anyOf", "oneOf", "not"];

/// Type names of other notations → those of JSON Schema.
pub(super) fn name(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(Value::String(name)) = schema.get("type") else {
        return;
    };
    if matches!(name.as_str(), "string" | "number" | "integer" | "boolean" | "object" | "array") {
        return;
    }
    let at = trail.key("type");
    let (kind, format) = meant(name);
    let message = match kind {
        Some(kind) => format!("`{name}` is no type of JSON; read as `{kind}`"),
        None => format!("`{name}` is no type of JSON; left out"),
    };
    cx.fault("unknown-type", &at, message);
    match kind {
        Some(kind) => {
            schema.insert("type".to_owned(), json!(kind));
            if kind == "array" {
                schema.entry("items").or_insert_with(|| json!({}));
            }
        }
        None => {
            schema.shift_remove("type");
        }
    }
    if let Some(format) = format {
        schema.entry("format").or_insert_with(|| json!(format));
    }
}

/// The type and the format that a name of another notation stands for.
pub(in crate::normalise) fn meant(name: &str) -> (Option<&'static str>, Option<&'static str>) {
    match name.to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "char" | "varchar" | "enum" | "url" | "uri" | "uuid"
        | "email" | "password" => (Some("string"), None),
        "integer" | "int" | "long" | "bigint" | "timestamp" => (Some("integer"), None),
        "int32" => (Some("integer"), Some("int32")),
        "int64" => (Some("integer"), Some("int64")),
        "number" | "float" | "double" | "decimal" | "numeric" => (Some("number"), None),
        "boolean" | "bool" => (Some("boolean"), None),
        "object" | "map" | "dict" | "json" | "hash" => (Some("object"), None),
        "array" | "list" => (Some("array"), None),
        "date" => (Some("string"), Some("date")),
        "datetime" | "date-time" | "dateTime" => (Some("string"), Some("date-time")),
        "file" | "binary" => (Some("string"), Some("binary")),
        "byte" => (Some("string"), Some("byte")),
        _ => (None, None),
    }
}

/// A type that is not said but follows from the keywords.
pub(super) fn infer(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    if schema.contains_key("type") || COMPOSITION.iter().any(|key| schema.contains_key(*key)) {
        return;
    }
    let has = |keys: &[&str]| keys.iter().any(|key| schema.contains_key(*key));
    let object = has(&["properties", "additionalProperties"]);
    let array = has(&["items"]);
    let inferred = match (object, array) {
        (true, false) => "object",
        (false, true) => "array",
        (true, true) => return,
        (false, false) => match schema.get("enum") {
            Some(Value::Array(values)) if !values.is_empty() => {
                if values.iter().all(Value::is_string) {
                    "string"
                } else if values.iter().all(Value::is_i64) {
                    "integer"
                } else {
                    return;
                }
            }
            _ => return,
        },
    };
    schema.insert("type".to_owned(), json!(inferred));
    // What only speaks of members does not say that there are no others.
    if inferred == "object" {
        schema.entry("additionalProperties").or_insert(Value::Bool(true));
    }
    cx.note("inferred-type", trail, format!("no type; the keywords are those of `{inferred}`"));
}
