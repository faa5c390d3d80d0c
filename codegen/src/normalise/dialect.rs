//! Schemas of OpenAPI 3.1 (JSON Schema 2020-12) rewritten in the keywords of 3.0.

mod collections;
mod types;

pub(super) use types::kinds_of_enum;

use serde_json::{Map, Value, json};

use super::Context;
use super::grammar::ObjectKind;
use super::walk::walk_up;
use crate::pointer::Trail;

type Schema = Map<String, Value>;

/// Rewrites every schema, inner ones first.
pub(super) fn rewrite(root: &mut Value, cx: &mut Context<'_>) {
    walk_up(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| match kind {
        ObjectKind::Schema => schema(map, trail, cx),
        ObjectKind::MediaType | ObjectKind::Parameter | ObjectKind::Header => example_of(map),
        _ => {}
    });
    // References to examples are resolved by then.
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) {
        components.shift_remove("examples");
    }
}

fn schema(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    types::constant(schema, trail, cx);
    types::null_in_enum(schema, trail, cx);
    types::mixed_enum(schema);
    types::null_alternative(schema, trail, cx);
    collections::tuple(schema, trail, cx);
    collections::patterns(schema, trail, cx);
    conditions(schema);
    types::several(schema, trail, cx);
    limit(schema, "exclusiveMinimum", "minimum", f64::max, trail, cx);
    limit(schema, "exclusiveMaximum", "maximum", f64::min, trail, cx);
    examples(schema);
    content(schema);
}

/// What says nothing about the shape of a value: arguments are checked against it as it was stated.
const CHECKED: [&str; 10] = [
    "if",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "dependentRequired",
    "unevaluatedItems",
    "unevaluatedProperties",
    "then",
    "else",
];

/// Members that are there on a condition → optional members.
fn conditions(schema: &mut Schema) {
    let mut branches: Vec<Value> =
        ["then", "else"].iter().filter_map(|key| schema.shift_remove(*key)).collect();
    if let Some(Value::Object(dependent)) = schema.shift_remove("dependentSchemas") {
        branches.extend(dependent.into_iter().map(|(_, branch)| branch));
    }
    for key in CHECKED {
        schema.shift_remove(key);
    }
    // A map keeps them as it is.
    if branches.is_empty() || !schema.contains_key("properties") && !schema.contains_key("allOf") {
        return;
    }
    let members = schema.entry("properties").or_insert_with(|| json!({}));
    for branch in branches {
        if let (Value::Object(members), Some(Value::Object(more))) =
            (&mut *members, branch.get("properties"))
        {
            for (name, member) in more {
                members.entry(name.clone()).or_insert_with(|| member.clone());
            }
        }
    }
}

/// A numeric exclusive limit → the limit and a flag.
fn limit(
    schema: &mut Schema,
    exclusive: &'static str,
    inclusive: &'static str,
    stricter: fn(f64, f64) -> f64,
    trail: &Trail<'_>,
    cx: &mut Context<'_>,
) {
    let Some(Value::Number(bound)) = schema.get(exclusive).cloned() else {
        return;
    };
    let other = schema.get(inclusive).and_then(Value::as_f64);
    #[expect(clippy::float_cmp, reason = "the stricter one is one of the two")]
    let exclusive_wins = match (bound.as_f64(), other) {
        (Some(bound), Some(other)) => stricter(bound, other) == bound,
        _ => true,
    };
    if exclusive_wins {
        schema.insert(inclusive.to_owned(), Value::Number(bound));
        schema.insert(exclusive.to_owned(), Value::Bool(true));
    } else {
        schema.shift_remove(exclusive);
    }
    cx.note(
        "exclusive-limit",
        &trail.key(exclusive),
        format!("rewritten as `{inclusive}` and a flag"),
    );
}

/// The list of examples → the first one. In a map, that is the first by name.
fn examples(schema: &mut Schema) {
    let first = match schema.shift_remove("examples") {
        Some(Value::Array(items)) => items.into_iter().next(),
        Some(Value::Object(map)) => map.into_iter().min_by(|a, b| a.0.cmp(&b.0)).map(|(_, v)| v),
        Some(value) => Some(value),
        None => None,
    };
    if let Some(first) = first
        && !schema.contains_key("example")
    {
        schema.insert("example".to_owned(), first);
    }
}

/// Named examples → the first by name, as the only one.
fn example_of(map: &mut Map<String, Value>) {
    let Some(Value::Object(examples)) = map.shift_remove("examples") else {
        return;
    };
    if map.contains_key("example") {
        return;
    }
    let first = examples
        .into_iter()
        .filter(|(_, example)| example.get("value").is_some())
        .min_by(|a, b| a.0.cmp(&b.0));
    if let Some((_, Value::Object(mut example))) = first
        && let Some(value) = example.shift_remove("value")
    {
        map.insert("example".to_owned(), value);
    }
}

/// Encoded and foreign content in a string → the formats of 3.0.
fn content(schema: &mut Schema) {
    let encoding = schema.shift_remove("contentEncoding");
    let media = schema.shift_remove("contentMediaType");
    if schema.contains_key("format") {
        return;
    }
    let text =
        |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_ascii_lowercase);
    let format = match (text(&encoding).as_deref(), text(&media).as_deref()) {
        (Some("base64" | "base64url"), _) => "byte",
        (Some(_), _) | (None, None) => return,
        (None, Some(media)) if media.starts_with("text/") || media.contains("json") => return,
        (None, Some(_)) => "binary",
    };
    schema.insert("format".to_owned(), json!(format));
    if !schema.contains_key("type") {
        schema.insert("type".to_owned(), json!("string"));
    }
}
