//! Operation ids: made of method and path where missing, set apart where equal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::Context;
use super::super::grammar::is_extension;
use super::super::paths::{METHODS, route};
use crate::pointer::Trail;

/// Gives every operation an id of its own, whatever the order of the document.
pub(super) fn complete(paths: &mut Map<String, Value>, cx: &mut Context<'_>) {
    let mut places: Vec<(String, &'static str)> = Vec::new();
    for (key, item) in paths.iter() {
        if is_extension(key) {
            continue;
        }
        for method in METHODS {
            if item.get(method).is_some_and(Value::is_object) {
                places.push((key.clone(), method));
            }
        }
    }
    places.sort();

    // Stated ids first: a made one gives way to them.
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(String, &'static str, Option<String>)> = Vec::new();
    for (key, method) in places {
        let stated = paths[&key][method]
            .get("operationId")
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(str::to_owned);
        match stated {
            Some(id) if !taken.contains(&id) => {
                taken.insert(id);
            }
            stated => open.push((key, method, stated)),
        }
    }
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let top = Trail::root();
    let trail = top.key("paths");
    for (key, method, stated) in open {
        let path_trail = trail.key(&key);
        let here = path_trail.key(method);
        let base = match &stated {
            Some(id) => format!("{id}_{method}"),
            None => made(method, route(&key)),
        };
        let mut id = base.clone();
        let number = numbers.entry(base.clone()).or_insert(1);
        while taken.contains(&id) {
            *number += 1;
            id = format!("{base}_{number}");
        }
        match stated {
            Some(stated) => cx.fault(
                "duplicate-operation-id",
                &here,
                format!("`{stated}` is the id of another operation, too; this one is `{id}`"),
            ),
            // An operation may do without one.
            None => {
                cx.note("missing-operation-id", &here, format!("no operation id; called `{id}`"));
            }
        }
        if let Some(operation) =
            paths.get_mut(&key).and_then(|item| item.get_mut(method)).and_then(Value::as_object_mut)
        {
            operation.insert("operationId".to_owned(), Value::String(id.clone()));
        }
        taken.insert(id);
    }
}

/// `get /users/{id}/apps` → `getUsersByIdApps`.
fn made(method: &str, route: &str) -> String {
    let mut id = method.to_owned();
    for segment in route.split('/') {
        for (index, part) in segment.split(['{', '}']).enumerate() {
            if index % 2 == 1 {
                id.push_str("By");
            }
            for word in part.split(|c: char| !c.is_alphanumeric()) {
                let mut letters = word.chars();
                if let Some(first) = letters.next() {
                    id.extend(first.to_uppercase());
                    id.push_str(letters.as_str());
                }
            }
        }
    }
    id
}
