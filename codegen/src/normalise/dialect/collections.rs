//! Tuples and objects whose member names follow patterns.

use serde_json::{Value, json};

use super::super::Context;
use super::{Schema, types};
use crate::pointer::Trail;

/// A tuple → a list whose items are any of the tuple's.
pub(super) fn tuple(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let mut kinds: Vec<Value> = match schema.shift_remove("prefixItems") {
        Some(Value::Array(prefix)) => prefix,
        _ => Vec::new(),
    };
    match schema.get("items") {
        // The older spelling of a tuple.
        Some(Value::Array(_)) => {
            if let Some(Value::Array(items)) = schema.shift_remove("items") {
                kinds.extend(items);
            }
        }
        // `false` beyond the tuple: no further items.
        Some(items) if items == &json!({"not": {}}) && !kinds.is_empty() => {
            schema.shift_remove("items");
        }
        Some(items) if !kinds.is_empty() => kinds.push(items.clone()),
        _ => {}
    }
    if kinds.is_empty() {
        if schema.get("type") == Some(&json!("array")) && !schema.contains_key("items") {
            schema.insert("items".to_owned(), json!({}));
        }
        return;
    }
    schema.insert("items".to_owned(), any_of(kinds, trail, cx));
    cx.note("tuple", trail, "the places of a tuple are read as a list whose items are any of them");
}

/// Members by pattern → additional properties; what the names look like is not checked.
pub(super) fn patterns(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(Value::Object(patterns)) = schema.shift_remove("patternProperties") else {
        return;
    };
    let mut by_name: Vec<(String, Value)> = patterns.into_iter().collect();
    by_name.sort_by(|a, b| a.0.cmp(&b.0));
    let mut kinds: Vec<Value> = by_name
        .into_iter()
        // The customary pattern for vendor extensions says nothing.
        .filter(|(pattern, _)| pattern != "^x-")
        .map(|(_, kind)| kind)
        .collect();
    if kinds.is_empty() {
        return;
    }
    let declares = schema
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|members| !members.is_empty());
    match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => return,
        // What is neither declared nor fits a pattern may be anything.
        None if declares => {
            schema.insert("additionalProperties".to_owned(), Value::Bool(true));
            cx.note(
                "pattern-properties",
                &trail.key("patternProperties"),
                "further members may be anything",
            );
            return;
        }
        Some(other @ Value::Object(_)) => kinds.push(other.clone()),
        _ => {}
    }
    schema.insert("additionalProperties".to_owned(), any_of(kinds, trail, cx));
    cx.note(
        "pattern-properties",
        &trail.key("patternProperties"),
        "read as additional properties of any name",
    );
}

fn any_of(kinds: Vec<Value>, trail: &Trail<'_>, cx: &mut Context<'_>) -> Value {
    let mut distinct: Vec<Value> = Vec::new();
    for kind in kinds {
        // Few places of a tuple are worth comparing; more are rare and cost only repetition.
        if distinct.len() > 32 || !distinct.contains(&kind) {
            distinct.push(kind);
        }
    }
    if distinct.len() == 1 {
        distinct.remove(0)
    } else {
        let mut either = Schema::new();
        either.insert("anyOf".to_owned(), Value::Array(distinct));
        types::null_alternative(&mut either, trail, cx);
        Value::Object(either)
    }
}
