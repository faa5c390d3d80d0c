//! How values are ordered, whatever they are.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// Orders values: nothing first, numbers by size, texts without case, objects by what they stand
/// for.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Object(object), _) => compare(stand_in(object), right),
        (_, Value::Object(object)) => compare(left, stand_in(object)),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => plain(left).cmp(&plain(right)),
        },
    }
}

fn stand_in(object: &Map<String, Value>) -> &Value {
    ["fullName", "convertedValue", "value", "id"]
        .iter()
        .find_map(|name| object.get(*name))
        .unwrap_or(&Value::Null)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}
