//! What stands beside a `$ref`: kept, by rewriting the reference.
//!
//! openapiv3 reads a reference and nothing beside it. Beside a schema reference stand
//! `nullable`, descriptions, defaults and our own extension; they move around an `allOf`.

use serde_json::{Map, Value, json};

use super::Context;
use super::grammar::{ObjectKind, REFERENCE, section};
use super::walk::{below, each, walk};
use crate::load::MAX_DEPTH;
use crate::measure;
use crate::pointer::{self, Trail};

/// Most values that are copied from components in all.
const MAX_COPIED: usize = 500_000;

/// Leaves no reference with a sibling.
pub(super) fn separate(root: &mut Value, cx: &mut Context<'_>) {
    let mut sites: Vec<String> = Vec::new();
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        for (key, value) in map.iter_mut() {
            let Some(shape) = below(kind, key) else {
                continue;
            };
            each(value, shape, &trail.key(key), &mut |value, kind, trail| {
                let Value::Object(map) = value else {
                    return;
                };
                if map.len() < 2 || !map.contains_key(REFERENCE) || section(kind).is_none() {
                    return;
                }
                if kind == ObjectKind::Schema {
                    surround(map, trail, cx);
                } else if trail.depth() == 3 {
                    // A component that stands for another has nothing to add.
                    map.retain(|key, _| key == REFERENCE);
                    let message = "a component that stands for another is that one: what stands beside `$ref` is left out";
                    cx.note("lost-siblings", trail, message);
                } else {
                    sites.push(trail.to_string());
                }
            });
        }
    });
    let mut copied = 0;
    for site in sites {
        merge_in(root, &site, &mut copied, cx);
    }
}

/// `{$ref, …}` → `{allOf: [{$ref}, …], …}`.
fn surround(map: &mut Map<String, Value>, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(reference) = map.shift_remove(REFERENCE) else {
        return;
    };
    // A reference beside what says nothing stays one.
    let idle = map.iter().all(|(key, value)| match key.as_str() {
        "nullable" | "deprecated" | "readOnly" | "writeOnly" => value == &Value::Bool(false),
        "description" | "title" => value.as_str().is_some_and(str::is_empty),
        "type" => true,
        _ => false,
    });
    if idle {
        map.clear();
        map.insert(REFERENCE.to_owned(), reference);
        return;
    }
    // The type is that of what is referred to; saying it again only hides it.
    map.shift_remove("type");
    let mut parts = vec![json!({ REFERENCE: reference })];
    if let Some(Value::Array(more)) = map.shift_remove("allOf") {
        parts.extend(more);
    }
    map.insert("allOf".to_owned(), Value::Array(parts));
    cx.note("reference-siblings", trail, "what stands beside `$ref` is kept around an `allOf`");
}

/// Puts a copy of the component in place of the reference, with the siblings on top.
fn merge_in(root: &mut Value, site: &str, copied: &mut usize, cx: &mut Context<'_>) {
    let Some(reference) = root
        .pointer(site)
        .and_then(|node| node.get(REFERENCE))
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return;
    };
    let component = component(root, &reference)
        .filter(|component| {
            *copied += measure::weight(component);
            *copied <= MAX_COPIED
                && site.matches('/').count() + measure::depth(component) <= 2 * MAX_DEPTH
        })
        .cloned();
    let Some(Value::Object(node)) = root.pointer_mut(site) else {
        return;
    };
    if let Some(Value::Object(mut component)) = component {
        node.shift_remove(REFERENCE);
        component.append(node);
        *node = component;
        cx.diags.note(
            "reference-inlined",
            cx.file,
            site,
            format!(
                "what `{reference}` points at is put here with what stands beside the reference"
            ),
        );
    } else {
        node.retain(|key, _| key == REFERENCE);
        cx.diags.fault(
            "lost-siblings",
            cx.file,
            site,
            "too large to be put here: what stands beside `$ref` is left out",
        );
    }
}

/// The object a canonical reference means in the end.
fn component<'v>(root: &'v Value, reference: &str) -> Option<&'v Value> {
    const MAX_HOPS: usize = 32;
    let mut reference = reference;
    for _ in 0..MAX_HOPS {
        let (section, name) = pointer::component(reference)?;
        let object = root["components"][section].get(name.as_ref())?;
        match object.get(REFERENCE).and_then(Value::as_str) {
            Some(onward) => reference = onward,
            None => return Some(object),
        }
    }
    None
}
