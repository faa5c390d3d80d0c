//! What the schemas of arguments state, kept beside what becomes of them as types.
//!
//! A type says less than a schema. So before schemas are rewritten for types, what they state is
//! put aside in JSON Schema 2020-12, at the parameters and media types that hold them and, for all
//! component schemas, at the components. References stay as they are.

use serde_json::{Map, Value, json};

use super::STATED;
use super::grammar::{ObjectKind, is_extension};
use super::schemas::{applies, enums, kinds};
use super::walk::{MAX_WALK, walk};
use crate::normalise::UNTYPED;
use crate::pointer::Trail;

type Schema = Map<String, Value>;

/// Puts aside what schemas state.
pub(super) fn keep(root: &mut Value) {
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, _| {
        let stated = match kind {
            ObjectKind::Parameter | ObjectKind::MediaType => map.get("schema").map(of),
            ObjectKind::Components => map.get("schemas").map(|schemas| each(schemas, 0)),
            _ => None,
        };
        if let Some(stated) = stated {
            map.insert(STATED.to_owned(), stated);
        }
    });
}

/// What a schema states.
fn of(schema: &Value) -> Value {
    within(schema, 0)
}

fn within(schema: &Value, depth: usize) -> Value {
    let Value::Object(map) = schema else {
        return schema.clone();
    };
    if depth > MAX_WALK || map.contains_key(UNTYPED) {
        return json!({});
    }
    let mut out = Schema::new();
    for (key, value) in map {
        let stated = match key.as_str() {
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => list(value, depth),
            "properties" | "patternProperties" | "dependentSchemas" => each(value, depth),
            // A list is the older spelling of a tuple.
            "items" if value.is_array() => {
                out.insert("prefixItems".to_owned(), list(value, depth));
                continue;
            }
            "items"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "unevaluatedItems" => within(value, depth + 1),
            "title" | "example" | "examples" | "externalDocs" | "xml" => continue,
            key if is_extension(key) => continue,
            _ => value.clone(),
        };
        out.insert(key.clone(), stated);
    }
    kind(&mut out);
    limits(&mut out);
    bytes(&mut out);
    Value::Object(out)
}

fn list(value: &Value, depth: usize) -> Value {
    value.as_array().into_iter().flatten().map(|schema| within(schema, depth + 1)).collect()
}

fn each(value: &Value, depth: usize) -> Value {
    let members = value.as_object().into_iter().flatten();
    let stated: Schema =
        members.map(|(name, schema)| (name.clone(), within(schema, depth + 1))).collect();
    Value::Object(stated)
}

/// The type as it is meant, and the values of an enum in it: what is a mistake there is reported
/// where types are made.
fn kind(schema: &mut Schema) {
    let Some(Value::String(name)) = schema.get("type") else {
        return;
    };
    let (name, format) = match kinds::meant(name) {
        _ if matches!(
            name.as_str(),
            "string" | "number" | "integer" | "boolean" | "object" | "array" | "null"
        ) =>
        {
            (name.as_str(), None)
        }
        (Some(name), format) => (name, format),
        (None, _) => {
            schema.shift_remove("type");
            return;
        }
    };
    let name = applies::meant(name, schema).to_owned();
    if let Some(format) = format {
        schema.entry("format").or_insert_with(|| json!(format));
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        for value in values.iter_mut().filter(|value| !value.is_null()) {
            if let Some(better) = enums::convert(value, &name).filter(|_| !enums::is(value, &name))
            {
                *value = better;
            }
        }
    }
    schema.insert("type".to_owned(), name.into());
}

/// A bound and a flag (OpenAPI 3.0) → the numeric exclusive bound.
fn limits(schema: &mut Schema) {
    for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Bool(exclusive)) = schema.get(flag).cloned() {
            schema.shift_remove(flag);
            if exclusive && let Some(limit) = schema.shift_remove(bound) {
                schema.insert(flag.to_owned(), limit);
            }
        }
    }
}

/// `format: byte` → `contentEncoding`.
fn bytes(schema: &mut Schema) {
    if schema.get("format").is_some_and(|format| format == "byte") {
        schema.shift_remove("format");
        schema.insert("contentEncoding".to_owned(), "base64".into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_of_either_dialect_is_stated_in_the_newer_one() {
        let old = json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "example": 3,
            "maximum": 9, "exclusiveMaximum": false, "x-mine": 1});
        assert_eq!(of(&old), json!({"type": "integer", "exclusiveMinimum": 1, "maximum": 9}));
        let old = json!({"items": [{"type": "string", "format": "byte"}], "title": "t"});
        let new = json!({"prefixItems": [{"type": "string", "contentEncoding": "base64"}]});
        assert_eq!(of(&old), new);
        let reference = json!({"$ref": "#/components/schemas/S", "maxLength": 9});
        assert_eq!(of(&reference), reference);
        assert_eq!(of(&json!({UNTYPED: "why"})), json!({}));
    }
}
