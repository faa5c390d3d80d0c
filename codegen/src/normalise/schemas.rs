//! Repairs of schemas: names of types, values of enums, defaults, keywords that do not apply.

pub(super) mod applies;
pub(super) mod enums;
pub(super) mod kinds;

use serde_json::{Map, Value};

use super::grammar::{ObjectKind, REFERENCE};
use super::walk::walk_up;
use super::{Context, UNTYPED};
use crate::pointer::Trail;

type Schema = Map<String, Value>;

/// Repairs every schema, inner ones first.
pub(super) fn repair(root: &mut Value, cx: &mut Context<'_>) {
    walk_up(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        if kind == ObjectKind::Schema && !map.contains_key(REFERENCE) && !map.contains_key(UNTYPED)
        {
            kinds::name(map, trail, cx);
            compositions(map, trail, cx);
            kinds::infer(map, trail, cx);
            enums::repair(map, trail, cx);
            applies::remove_foreign(map, trail, cx);
            applies::bounds(map, trail, cx);
            enums::default(map, trail, cx);
            required(map, trail, cx);
            discriminator(map, trail, cx);
        }
    });
}

/// Lists of schemas that are empty say nothing.
fn compositions(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    for key in ["allOf", "anyOf", "oneOf"] {
        if schema.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            schema.shift_remove(key);
            cx.fault("empty-composition", &trail.key(key), "an empty list");
        }
    }
}

/// Names that are required twice.
fn required(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(Value::Array(names)) = schema.get_mut("required") else {
        return;
    };
    let mut seen = std::collections::BTreeSet::new();
    let count = names.len();
    names.retain(|name| name.as_str().is_some_and(|name| seen.insert(name.to_owned())));
    if names.len() < count {
        cx.fault("duplicate-value", &trail.key("required"), "a name stands here twice");
    }
    if names.is_empty() {
        schema.shift_remove("required");
    }
}

/// A discriminator without a property name is none.
fn discriminator(schema: &mut Schema, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(Value::Object(discriminator)) = schema.get("discriminator") else {
        return;
    };
    if !discriminator.contains_key("propertyName") {
        schema.shift_remove("discriminator");
        cx.fault(
            "discriminator",
            &trail.key("discriminator"),
            "a discriminator needs `propertyName`; left out",
        );
    }
}
