//! Keywords that say nothing about values of the schema's type, and bounds out of range.

use serde_json::{Value, json};

use super::super::Context;
use super::Schema;
use crate::keywords::{self, Kind};
use crate::pointer::Trail;

/// Removes keywords of other types; JSON Schema ignores them, and a type has no use for them.
pub(super) fn remove_foreign(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(kind) = schema.get("type").and_then(Value::as_str) else {
        return;
    };
    let meant = meant(kind, schema);
    if meant != kind {
        cx.fault(
            "contradicting-type",
            &trail.key("type"),
            format!("`{kind}`, but the keywords are those of `{meant}`; read as that"),
        );
    }
    let meant = meant.to_owned();
    schema.insert("type".to_owned(), json!(meant));
    let groups: [(Kind, &[&str], bool); 4] = [
        (Kind::String, &[], meant == "string"),
        (Kind::Number, &[], matches!(meant.as_str(), "number" | "integer")),
        (Kind::Array, &["items"], meant == "array"),
        (Kind::Object, &["properties", "required", "additionalProperties"], meant == "object"),
    ];
    for (kind, keys, apply) in groups {
        if apply {
            continue;
        }
        for key in keys.iter().copied().chain(keywords::names_of(kind)) {
            if schema.shift_remove(key).is_some() {
                cx.note(
                    "foreign-keyword",
                    &trail.key(key),
                    format!("says nothing about a value of type `{meant}`; left out"),
                );
            }
        }
    }
    if matches!(meant.as_str(), "boolean" | "object" | "array")
        && schema.shift_remove("format").is_some()
    {
        cx.note(
            "foreign-keyword",
            &trail.key("format"),
            format!("a value of type `{meant}` has no format; left out"),
        );
    }
    if meant == "array" {
        schema.entry("items").or_insert_with(|| json!({}));
    }
}

/// The type that the keywords speak of: one that contradicts them is the likelier mistake.
pub(in crate::normalise) fn meant<'k>(kind: &'k str, schema: &Schema) -> &'k str {
    match kind {
        "array" if schema.contains_key("properties") && is_empty(schema.get("items")) => "object",
        "string" | "object"
            if has_content(schema.get("items")) && !schema.contains_key("properties") =>
        {
            "array"
        }
        "string" if has_content(schema.get("properties")) => "object",
        kind => kind,
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.as_object().is_some_and(serde_json::Map::is_empty))
}

fn has_content(value: Option<&Value>) -> bool {
    !is_empty(value)
}

/// Bounds of integers are whole numbers of 64 bits; flags need the bound they are about.
pub(super) fn bounds(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    if schema.get("type").and_then(Value::as_str) == Some("integer") {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        // Written out, the range says what a format would.
        if bound("maximum").is_some_and(|most| most > 1.0e19)
            && bound("minimum").is_some_and(|least| least >= 0.0)
        {
            schema.entry("format").or_insert_with(|| json!("uint64"));
        }
        for key in ["minimum", "maximum", "multipleOf"] {
            let Some(Value::Number(number)) = schema.get(key) else {
                continue;
            };
            if number.is_i64() {
                continue;
            }
            let whole =
                number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9.0e15);
            if let Some(whole) = whole {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a whole number below 2^53 fits"
                )]
                let whole = whole as i64;
                schema.insert(key.to_owned(), json!(whole));
            } else {
                schema.shift_remove(key);
                cx.note("no-bound", &trail.key(key), "beyond 64 bits or not whole; left out");
            }
        }
    }
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if schema.contains_key(flag) && !schema.contains_key(bound) {
            schema.shift_remove(flag);
            cx.fault("no-bound", &trail.key(flag), format!("`{flag}` without `{bound}`; left out"));
        }
    }
}
