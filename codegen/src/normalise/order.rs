//! One order for what has none: the keys of a document, so that shuffling them changes nothing.

use serde_json::{Map, Value};

use super::grammar::ObjectKind;
use super::paths::METHODS;
use super::walk::walk;
use crate::pointer::Trail;

/// Sorts the keys of every object.
pub(super) fn sort(root: &mut Value) {
    root.sort_all_objects();
}

/// Sorts again, for the eye: required properties first, as their list has them; methods in
/// the customary order.
pub(super) fn arrange(root: &mut Value) {
    sort(root);
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, _| match kind {
        ObjectKind::Schema => {
            let Some(Value::Array(required)) = map.get("required") else {
                return;
            };
            let first: Vec<String> =
                required.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                lead(properties, first.iter().map(String::as_str));
            }
        }
        ObjectKind::PathItem => lead(map, METHODS.into_iter()),
        _ => {}
    });
}

/// Moves the named members to the front, in this order.
fn lead<'n>(map: &mut Map<String, Value>, names: impl Iterator<Item = &'n str>) {
    let mut rest = std::mem::take(map);
    for name in names {
        if let Some(slot) = rest.get_mut(name) {
            map.insert(name.to_owned(), slot.take());
        }
    }
    for (key, value) in rest {
        map.entry(key).or_insert(value);
    }
}
