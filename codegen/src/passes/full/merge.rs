//! Two schemas that must both hold, as one.

use serde_json::{Map, Value};

type Schema = Map<String, Value>;

/// Keywords that mean nothing without each other: they are taken over together or not at all.
const GROUPS: [&[&str]; 5] = [
    &["additionalProperties", "patternProperties", "properties"],
    &["unevaluatedProperties"],
    &["prefixItems", "items", "unevaluatedItems"],
    &["contains", "minContains", "maxContains"],
    &["if", "then", "else"],
];
/// Keywords of which the stricter of two holds: the greater, or the lesser.
const LEAST: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const MOST: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

/// What admits a value where both do. What stands in `near` is the better description.
pub(super) fn both(near: Value, far: Value) -> Value {
    match (near, far) {
        (Value::Bool(true), other) | (other, Value::Bool(true)) => other,
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        (Value::Object(mut near), Value::Object(far)) => {
            let rest = take_over(&mut near, far);
            if !rest.is_empty() {
                match near.entry("allOf").or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(parts) => parts.push(Value::Object(rest)),
                    other => *other = Value::Array(vec![Value::Object(rest)]),
                }
            }
            Value::Object(near)
        }
        (near, _) => near,
    }
}

/// Moves what can be said in one schema; the answer is what cannot.
fn take_over(near: &mut Schema, mut far: Schema) -> Schema {
    let mut rest = Schema::new();
    for group in GROUPS {
        let theirs: Schema = group.iter().filter_map(|key| far.shift_remove_entry(*key)).collect();
        rest.extend(grouped(near, group, theirs));
    }
    for (key, value) in far {
        if is_annotation(&key) {
            near.entry(key).or_insert(value);
        } else if let Err(value) = stricter(near, &key, value) {
            rest.insert(key, value);
        }
    }
    rest
}

/// Takes a group over: whole where there is none of it, else where both have but the one member
/// that can be merged. The answer is what stays.
fn grouped(near: &mut Schema, group: &[&str], theirs: Schema) -> Schema {
    let mine: Vec<&str> = group.iter().copied().filter(|key| near.contains_key(*key)).collect();
    if mine.is_empty() {
        near.extend(theirs);
        return Schema::new();
    }
    if theirs.iter().all(|(key, value)| near.get(key) == Some(value)) {
        return Schema::new();
    }
    let only = |key: &str| mine == [key] && theirs.len() == 1 && theirs.contains_key(key);
    if only("properties") {
        if let (Some(Value::Object(members)), Some(Value::Object(more))) =
            (near.get_mut("properties"), theirs.into_iter().next().map(|(_, more)| more))
        {
            for (name, schema) in more {
                let known = members.get_mut(&name).map(Value::take);
                let schema = match known {
                    Some(known) => both(known, schema),
                    None => schema,
                };
                members.insert(name, schema);
            }
        }
        return Schema::new();
    }
    if only("items") {
        if let (Some(items), Some((_, more))) = (near.get_mut("items"), theirs.into_iter().next()) {
            *items = both(items.take(), more);
        }
        return Schema::new();
    }
    theirs
}

/// Puts one keyword into a schema so that both hold, or gives it back.
fn stricter(near: &mut Schema, key: &str, value: Value) -> Result<(), Value> {
    let Some(known) = near.get_mut(key) else {
        near.insert(key.to_owned(), value);
        return Ok(());
    };
    if *known == value {
        return Ok(());
    }
    let (mine, other) = (known.as_f64(), value.as_f64());
    match (key, mine, other) {
        (key, Some(mine), Some(other)) if LEAST.contains(&key) => {
            if other > mine {
                *known = value;
            }
        }
        (key, Some(mine), Some(other)) if MOST.contains(&key) => {
            if other < mine {
                *known = value;
            }
        }
        ("type", ..) => *known = types(known, &value).ok_or(value)?,
        ("enum", ..) => {
            let (Value::Array(mine), Value::Array(other)) = (&mut *known, &value) else {
                return Err(value);
            };
            if !mine.iter().any(|value| other.contains(value)) {
                return Err(value);
            }
            mine.retain(|value| other.contains(value));
        }
        ("required", ..) => {
            if let (Value::Array(mine), Value::Array(other)) = (known, value) {
                for name in other {
                    if !mine.contains(&name) {
                        mine.push(name);
                    }
                }
            }
        }
        ("allOf", ..) => {
            if let (Value::Array(mine), Value::Array(more)) = (known, value) {
                mine.extend(more);
            }
        }
        ("uniqueItems", ..) => *known = Value::Bool(true),
        _ => return Err(value),
    }
    Ok(())
}

/// The types that both lists have; every integer is a number.
fn types(near: &Value, far: &Value) -> Option<Value> {
    let names = |types: &Value| -> Vec<String> {
        match types {
            Value::String(name) => vec![name.clone()],
            Value::Array(names) => {
                names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    };
    let (near, far) = (names(near), names(far));
    let has = |names: &[String], name: &str| {
        names.iter().any(|one| one == name || one == "number" && name == "integer")
    };
    let mut shared: Vec<String> = near.iter().filter(|name| has(&far, name)).cloned().collect();
    for name in far.into_iter().filter(|name| has(&near, name)) {
        if !shared.contains(&name) {
            shared.push(name);
        }
    }
    match shared.len() {
        0 => None,
        1 => shared.pop().map(Value::String),
        _ => Some(shared.into()),
    }
}

/// Whether a keyword says nothing of values.
pub(super) fn is_annotation(key: &str) -> bool {
    matches!(key, "description" | "default" | "deprecated")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bounds_of_several_parts_hold_together() {
        for (near, far, expected) in [
            (
                json!({"maximum": 30}),
                json!({"type": "integer", "minimum": 1, "maximum": 40}),
                json!({"maximum": 30, "type": "integer", "minimum": 1}),
            ),
            (
                json!({"type": "number"}),
                json!({"type": ["integer", "null"]}),
                json!({"type": "integer"}),
            ),
            (
                json!({"enum": ["a", "b", "c"]}),
                json!({"enum": ["d", "c", "b"]}),
                json!({"enum": ["b", "c"]}),
            ),
            (
                json!({"required": ["a"]}),
                json!({"required": ["b", "a"]}),
                json!({"required": ["a", "b"]}),
            ),
            (
                json!({"properties": {"s": {"minLength": 1}}}),
                json!({"properties": {"s": {"maxLength": 2}, "t": true}}),
                json!({"properties": {"s": {"minLength": 1, "maxLength": 2}, "t": true}}),
            ),
            (
                json!({"description": "near"}),
                json!({"description": "far", "pattern": "^a"}),
                json!({"description": "near", "pattern": "^a"}),
            ),
        ] {
            assert_eq!(both(near, far), expected);
        }
    }

    #[test]
    fn what_cannot_be_said_at_once_stays_a_part() {
        for (near, far) in [
            (json!({"pattern": "^a"}), json!({"pattern": "b$"})),
            (json!({"type": "string"}), json!({"type": "integer"})),
            (json!({"enum": [1]}), json!({"enum": [2]})),
            (json!({"additionalProperties": false}), json!({"properties": {"a": true}})),
            (json!({"anyOf": [{"type": "string"}]}), json!({"anyOf": [{"maxLength": 1}]})),
        ] {
            let mut expected = near.clone();
            expected["allOf"] = json!([far]);
            assert_eq!(both(near, far), expected);
        }
    }
}
