//! Enums whose values are not of the schema's type, and defaults that are not.

use std::collections::BTreeSet;

use serde_json::{Number, Value, json};

use super::super::Context;
use super::super::dialect::kinds_of_enum;
use super::Schema;
use crate::pointer::Trail;

/// Brings the values of an enum to the type beside it; values that stand there twice stay once.
pub(super) fn repair(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let kind = kind_of(schema);
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let at = trail.key("enum");
    if values.is_empty() {
        schema.shift_remove("enum");
        cx.fault("empty-enum", &at, "an enum without values; left out");
        return;
    }
    if kind == Some("array") {
        let only_null = values.iter().all(Value::is_null);
        let mut values = schema
            .shift_remove("enum")
            .and_then(|values| values.as_array().cloned())
            .unwrap_or_default();
        if only_null {
            cx.fault("enum-of-array", &at, "only null; left out");
            return;
        }
        // Meant for the items.
        if let Some(Value::Object(items)) = schema.get_mut("items")
            && !items.contains_key("$ref")
            && !items.contains_key("enum")
            && values.iter().all(|value| !value.is_array())
        {
            let mut inner = items.clone();
            if values.iter().any(Value::is_null) {
                values.retain(|value| !value.is_null());
                inner.insert("nullable".to_owned(), Value::Bool(true));
            }
            inner.insert("enum".to_owned(), Value::Array(values));
            repair(&mut inner, &trail.key("items"), cx);
            super::kinds::infer(&mut inner, &trail.key("items"), cx);
            *items = inner;
            cx.fault("enum-of-array", &at, "read as the enum of the items");
        } else {
            cx.fault("enum-of-array", &at, "the values of a list cannot be enumerated; left out");
        }
        return;
    }
    if kinds_of_enum(schema).is_some() {
        // What is read as alternatives has been by now: here the type was one that cannot be.
        schema.shift_remove("enum");
        cx.fault("enum-type", &at, "values of several types; left out");
        return;
    }
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let mut converted = false;
    let mut foreign = false;
    let mut seen = BTreeSet::new();
    let count = values.len();
    for value in values.iter_mut() {
        if !value.is_null()
            && let Some(kind) = kind
            && !is(value, kind)
        {
            match convert(value, kind) {
                Some(better) => {
                    converted = true;
                    *value = better;
                }
                None => foreign = true,
            }
        }
    }
    values.retain(|value| seen.insert(value.to_string()));
    let twice = values.len() < count;
    if let Some(kind) = kind {
        if foreign {
            values.retain(|value| value.is_null() || is(value, kind));
            if values.is_empty() {
                schema.shift_remove("enum");
            }
            cx.fault("enum-type", &at, format!("values that are no `{kind}`; left out"));
        }
        if converted {
            cx.fault("enum-type", &at, format!("values that are no `{kind}`; converted"));
        }
    }
    if twice {
        cx.fault("duplicate-value", &at, "a value stands here twice");
    }
}

/// A default of the wrong type is converted where that is plain, else left out.
pub(super) fn default(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let at = trail.key("default");
    let nullable = schema.get("nullable") == Some(&Value::Bool(true));
    let kind = kind_of(schema);
    let Some(value) = schema.get("default") else {
        return;
    };
    if value.is_null() {
        schema.shift_remove("default");
        if !nullable {
            cx.note("null-default", &at, "null is the same as no default; left out");
        }
        return;
    }
    let Some(kind) = kind else {
        return;
    };
    if is(value, kind) {
        return;
    }
    if let Some(better) = convert(value, kind) {
        cx.fault("default-type", &at, format!("no `{kind}`; converted"));
        schema.insert("default".to_owned(), better);
    } else {
        cx.fault("default-type", &at, format!("no `{kind}`; left out"));
        schema.shift_remove("default");
    }
}

fn kind_of(schema: &Schema) -> Option<&'static str> {
    Some(match schema.get("type")?.as_str()? {
        "string" => "string",
        "number" => "number",
        "integer" => "integer",
        "boolean" => "boolean",
        "object" => "object",
        "array" => "array",
        _ => return None,
    })
}

pub(in crate::normalise) fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => true,
    }
}

pub(in crate::normalise) fn convert(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("string", Value::Number(_) | Value::Bool(_)) => Some(Value::String(value.to_string())),
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(json!(true)),
            "false" => Some(json!(false)),
            _ => None,
        },
        ("integer", Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
        ("integer", Value::Number(number)) => {
            let number = number.as_f64()?;
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 fits")]
            let whole = number as i64;
            (number.fract() == 0.0 && number.abs() < 9.0e15).then(|| json!(whole))
        }
        ("number", Value::String(text)) => {
            let number = text.trim().parse::<f64>().ok()?;
            Number::from_f64(number).map(Value::Number)
        }
        _ => None,
    }
}
