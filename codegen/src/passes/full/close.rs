//! What a schema says of members at its own place: which are declared, whether there may be others,
//! which alternatives exclude each other.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::merge::{both, is_annotation};

type Schema = Map<String, Value>;

/// Keywords whose schemas apply to the same value.
const HERE: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The schemas that apply to the same value as this one and of which some must hold.
pub(super) fn beside(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = HERE.iter().filter_map(|key| schema.get(*key)?.as_array());
    lists.flatten().chain(["then", "else"].iter().filter_map(|key| schema.get(*key)))
}

/// The members that a schema declares at its own place, by itself or in parts and alternatives.
pub(super) fn declared(schema: &Value) -> BTreeSet<String> {
    let members = schema.get("properties").and_then(Value::as_object);
    let own = members.into_iter().flat_map(|members| members.keys().cloned());
    own.chain(beside(schema).flat_map(declared)).collect()
}

/// Whether a value has to be an object.
fn is_object(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => beside(schema).any(is_object),
    }
}

/// Whether a schema says for itself what becomes of further members.
fn says_more(schema: &Value) -> bool {
    ["additionalProperties", "patternProperties", "unevaluatedProperties", "propertyNames"]
        .iter()
        .any(|key| schema.get(*key).is_some())
}

/// Whether a part that always applies says that there may be members which nobody lists.
fn opened_by_a_part(schema: &Value) -> bool {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let opens = |part: &Value| {
        ["additionalProperties", "unevaluatedProperties"]
            .iter()
            .any(|key| part.get(*key).is_some_and(|more| *more != Value::Bool(false)))
    };
    parts.into_iter().any(|part| opens(part) || opened_by_a_part(part))
}

/// Closes an object that lists its members. The answer is whether there was anything to close.
pub(super) fn close(schema: &mut Value) -> bool {
    if says_more(schema) || opened_by_a_part(schema) || !is_object(schema) {
        return false;
    }
    let declared = declared(schema);
    let shut_inside = || {
        let own = schema.get("properties").is_none();
        own && beside(schema).all(|part| says_more(part) || !is_object(part))
    };
    if declared.is_empty() || shut_inside() {
        return false;
    }
    let demanded = demanded(schema);
    if let Value::Object(schema) = schema {
        admit(schema, demanded.iter().filter(|name| !declared.contains(*name)));
        shut(schema);
    }
    true
}

/// The members that a schema or its parts demand.
fn demanded(schema: &Value) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let own = names.filter_map(Value::as_str).map(str::to_owned);
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    own.chain(parts.flat_map(demanded)).collect()
}

/// Lets the members that stand beside alternatives through where an alternative is closed.
pub(super) fn admit_beside(schema: &mut Value) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(mut branches) = schema.as_object_mut().and_then(|map| map.shift_remove(keyword))
        else {
            continue;
        };
        let beside = declared(schema);
        for branch in branches.as_array_mut().into_iter().flatten() {
            let own = declared(branch);
            let shut = ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .any(|key| branch.get(*key) == Some(&Value::Bool(false)));
            if let Value::Object(branch) = branch
                && shut
            {
                admit(branch, beside.iter().filter(|name| !own.contains(*name)));
            }
        }
        if let Value::Object(map) = schema {
            map.insert(keyword.to_owned(), branches);
        }
    }
}

/// Refuses all members but those that are declared.
pub(super) fn shut(schema: &mut Schema) {
    let applied = HERE.iter().chain(&["if", "dependentSchemas"]);
    let composed = applied.into_iter().any(|key| schema.contains_key(*key));
    let keyword = if composed { "unevaluatedProperties" } else { "additionalProperties" };
    schema.insert(keyword.to_owned(), Value::Bool(false));
}

/// Lets members through whatever they hold: they are judged elsewhere.
pub(super) fn admit<'n>(schema: &mut Schema, names: impl Iterator<Item = &'n String>) {
    let mut names = names.peekable();
    if names.peek().is_none() {
        return;
    }
    let members = schema.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(members) = members {
        for name in names {
            members.entry(name).or_insert(Value::Bool(true));
        }
    }
}

/// Demands the member that tells a variant, where the variant does not say its values itself.
pub(super) fn tag(variant: &mut Value, property: &str, tags: &[&str]) {
    let Value::Object(schema) = variant else { return };
    let known = schema.get("properties").and_then(|members| members.get(property));
    let says = |schema: &Value| ["enum", "const"].iter().any(|key| schema.get(*key).is_some());
    if !known.is_some_and(says) {
        // On the wire the tag is of the type that is declared; a mapping has it as text.
        let kind = known.and_then(|known| known.get("type")).and_then(Value::as_str);
        let values: Vec<Value> = tags.iter().map(|tag| typed(tag, kind)).collect();
        let tag = match known {
            Some(known) => both(json!({ "enum": values }), known.clone()),
            None => json!({"type": "string", "enum": values}),
        };
        let members = schema.entry("properties").or_insert_with(|| json!({}));
        if let Value::Object(members) = members {
            members.insert(property.to_owned(), tag);
        }
    }
    let required = schema.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(names) = required
        && !names.iter().any(|name| name == property)
    {
        names.push(property.into());
    }
}

/// A tag in the type of its member.
fn typed(tag: &str, kind: Option<&str>) -> Value {
    let parsed = match kind {
        Some("integer" | "number" | "boolean") => serde_json::from_str(tag).ok(),
        _ => None,
    };
    parsed.unwrap_or_else(|| tag.into())
}

/// The keyword that alternatives are checked by, and what that leaves unchecked.
///
/// Objects that list their members are told apart by them, and `integer` beside `number`, or a text
/// beside one of a format, is never meant to refuse what is both.
pub(super) fn word(
    keyword: &'static str,
    tagged: bool,
    branches: &[Value],
) -> (&'static str, Option<&'static str>) {
    const SAID: &str = "a value that fits several of these alternatives is let through";
    if keyword == "anyOf" {
        return ("anyOf", None);
    }
    let form = |schema: &Value| is_object(schema) && !declared(schema).is_empty();
    if tagged {
        return ("anyOf", None);
    }
    if branches.iter().any(form) || overlap(branches) {
        return ("anyOf", Some(SAID));
    }
    ("oneOf", None)
}

/// Whether what one alternative admits is always admitted by another.
fn overlap(branches: &[Value]) -> bool {
    // Few alternatives are worth comparing; more are rare, and are never numbers beside integers.
    branches.len() <= 32
        && branches.iter().enumerate().any(|(at, one)| {
            branches
                .iter()
                .enumerate()
                .any(|(other_at, other)| other_at != at && within(one, other))
        })
}

/// Whether a plain schema admits nothing that `other` refuses, as far as can be seen.
fn within(one: &Value, other: &Value) -> bool {
    let (Value::Object(one), Value::Object(other)) = (one, other) else { return false };
    let asserts = |key: &str| !is_annotation(key) && key != "format";
    let kind = |schema: &Schema| schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let (Some(mine), Some(wider)) = (kind(one), kind(other)) else { return false };
    let fits = mine == wider || mine == "integer" && wider == "number";
    fits && other
        .iter()
        .filter(|(key, _)| asserts(key) && *key != "type")
        .all(|(key, value)| one.get(key) == Some(value))
}

/// Lets null through as well.
pub(super) fn allow_null(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    let assertions = map.keys().filter(|key| !is_annotation(key));
    let simple = assertions.clone().all(|key| {
        !HERE.contains(&key.as_str()) && !matches!(key.as_str(), "not" | "if" | "const")
    });
    if assertions.count() == 0 {
        return;
    }
    if !simple || !map.contains_key("type") {
        if map.len() == 1
            && let Some(Value::Array(branches)) = map.get_mut("anyOf")
        {
            branches.push(json!({"type": "null"}));
            return;
        }
        let mut out = json!({"anyOf": [Value::Null, {"type": "null"}]});
        let told: Vec<String> = map.keys().filter(|key| is_annotation(key)).cloned().collect();
        for key in told {
            out[&key] = map.shift_remove(&key).unwrap_or_default();
        }
        out["anyOf"][0] = schema.take();
        *schema = out;
        return;
    }
    match map.get("type").cloned() {
        Some(Value::String(name)) if name != "null" => {
            map.insert("type".to_owned(), json!([name, "null"]));
        }
        Some(Value::Array(mut names)) if !names.contains(&json!("null")) => {
            names.push(json!("null"));
            map.insert("type".to_owned(), names.into());
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = map.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}
