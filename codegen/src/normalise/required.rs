//! Members that OpenAPI requires around the operations: filled in, or their object left out.

use serde_json::{Value, json};

use super::Context;
use super::grammar::ObjectKind;
use super::walk::walk;
use crate::pointer::Trail;

/// Completes the info, servers and tags.
pub(super) fn complete(root: &mut Value, cx: &mut Context<'_>) {
    if let Value::Object(map) = root {
        for member in ["info", "paths", "components"] {
            map.entry(member).or_insert_with(|| json!({}));
        }
    }
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        let required: &[&str] = match kind {
            ObjectKind::Info => &["title", "version"],
            ObjectKind::ServerVariable => &["default"],
            _ => &[],
        };
        for key in required {
            if !map.contains_key(*key) {
                let first = map.get("enum").and_then(|values| values.get(0)).cloned();
                let read_as = first.unwrap_or_else(|| json!(""));
                cx.fault(
                    "missing-member",
                    &trail.key(key),
                    format!("`{key}` is missing; read as {read_as}"),
                );
                map.insert((*key).to_owned(), read_as);
            }
        }
    });
    // Afterwards, so that what stands behind them was found at its own place.
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        for (list, key) in [("servers", "url"), ("tags", "name")] {
            if !matches!(kind, ObjectKind::Document | ObjectKind::PathItem | ObjectKind::Operation)
            {
                continue;
            }
            let Some(Value::Array(items)) = map.get_mut(list) else {
                continue;
            };
            // The tags of an operation are names already.
            let trail = trail.key(list);
            let mut index = 0;
            items.retain(|item| {
                index += 1;
                let whole = !item.is_object() || item.get(key).is_some();
                if !whole {
                    let trail = trail.index(index - 1);
                    cx.fault("incomplete-item", &trail, format!("`{key}` is missing; left out"));
                }
                whole
            });
        }
    });
}
