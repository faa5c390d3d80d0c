//! References where none may stand: what they point at is put in their place.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::Context;
use super::super::grammar::{self, MemberShape, ObjectKind, REFERENCE, section};
use super::super::paths::METHODS;
use super::super::walk::{below, each, walk};
use crate::load::MAX_DEPTH;
use crate::measure;
use crate::pointer::{self, Trail};

/// How often the document is gone over: what is put in place may hold such references again.
const ROUNDS: usize = 6;
/// Most values that are copied in all.
const MAX_COPIED: usize = 500_000;

/// Turns `"#/components/…"` where an object or a reference belongs into a reference.
pub(super) fn bare_strings(root: &mut Value, cx: &mut Context<'_>) {
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        for (key, value) in map.iter_mut() {
            if let Some(shape) = below(kind, key) {
                each(value, shape, &trail.key(key), &mut |value, _, trail| {
                    if let Value::String(text) = value
                        && text.starts_with("#/")
                        && trail.last_key() != Some(REFERENCE)
                    {
                        cx.fault(
                            "bare-reference",
                            trail,
                            format!("`{text}` stands where `$ref: {text}` is meant; read as that"),
                        );
                        *value = json!({ REFERENCE: text });
                    }
                });
            }
        }
    });
}

/// Replaces references in places where the specification knows none: whole path items,
/// operations, `content`, `properties`, lists.
pub(super) fn misplaced(root: &mut Value, cx: &mut Context<'_>) {
    let mut copied = 0;
    let mut placed: BTreeSet<String> = BTreeSet::new();
    for round in 0..=ROUNDS {
        let mut sites: Vec<(String, String)> = Vec::new();
        walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
            for (key, value) in map.iter() {
                if let Some(shape) = below(kind, key) {
                    gather(value, shape, &trail.key(key), &mut sites);
                }
            }
        });
        if sites.is_empty() {
            return;
        }
        for (site, text) in sites {
            let target = pointed_at(&text).filter(|target| !lies_within(&site, target));
            let copy = target
                .as_deref()
                .filter(|_| round < ROUNDS)
                .and_then(|target| root.pointer(target))
                .filter(|value| value.is_object() || value.is_array())
                .filter(|value| {
                    copied += measure::weight(value);
                    copied <= MAX_COPIED
                        && site.matches('/').count() + measure::depth(value) <= MAX_DEPTH
                })
                .cloned();
            let Some(node) = root.pointer_mut(&site) else {
                continue;
            };
            if let (Some(target), Some(mut copy)) = (target, copy) {
                // An id is that of the operation which stands there, or was put somewhere first.
                if target.starts_with("/paths/") || !placed.insert(target) {
                    drop_ids(&mut copy);
                }
                let was = std::mem::replace(node, copy);
                keep_siblings(node, was);
                cx.diags.note(
                    "reference-inlined",
                    cx.file,
                    &site,
                    format!("what `{text}` points at is put here"),
                );
            } else {
                cx.diags.fault(
                    "dangling-reference",
                    cx.file,
                    &site,
                    format!("`{text}` points at nothing that could stand here; left out"),
                );
                drop_at(root, &site);
            }
        }
    }
}

/// The pointer that a reference within the document holds.
fn pointed_at(text: &str) -> Option<String> {
    let fragment = percent_encoding::percent_decode_str(text.strip_prefix('#')?);
    Some(fragment.decode_utf8_lossy().into_owned())
}

/// Whether a place is another one or stands in it.
fn lies_within(site: &str, place: &str) -> bool {
    site.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Takes the ids off an operation, or off those of a path item.
fn drop_ids(copy: &mut Value) {
    let Some(copy) = copy.as_object_mut() else { return };
    copy.shift_remove("operationId");
    for method in METHODS {
        if let Some(operation) = copy.get_mut(method).and_then(Value::as_object_mut) {
            operation.shift_remove("operationId");
        }
    }
}

/// Takes out what stands at a place; of a list, only what it is, so that the others keep theirs.
fn drop_at(root: &mut Value, site: &str) {
    let Some((parent, key)) = site.rsplit_once('/') else {
        return;
    };
    match root.pointer_mut(parent) {
        Some(Value::Object(map)) => _ = map.shift_remove(pointer::unescape(key).as_ref()),
        _ => _ = root.pointer_mut(site).map(Value::take),
    }
}

/// References that a member holds although its shape does not allow one.
fn gather(value: &Value, shape: MemberShape, trail: &Trail<'_>, sites: &mut Vec<(String, String)>) {
    let mut one = |value: &Value, trail: &Trail<'_>| {
        if let Some(text) = grammar::reference(value) {
            sites.push((trail.to_string(), text.to_owned()));
        }
    };
    match (shape, value) {
        (MemberShape::One(_), value) => one(value, trail),
        (MemberShape::Ref(kind), value)
            if section(kind).is_none() || kind == ObjectKind::PathItem =>
        {
            one(value, trail);
        }
        (MemberShape::List(_) | MemberShape::RefList(_), Value::Object(_)) => one(value, trail),
        (MemberShape::List(_), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                one(item, &trail.index(index));
            }
        }
        (
            MemberShape::Map(_) | MemberShape::RefMap(_) | MemberShape::TextMap,
            Value::Object(map),
        ) if grammar::reference_text(map).is_some() => {
            one(value, trail);
        }
        (MemberShape::Map(_), Value::Object(map)) => {
            for (key, item) in map {
                one(item, &trail.key(key));
            }
        }
        _ => {}
    }
}

/// Members that stood beside a reference win over those of what it points at.
fn keep_siblings(node: &mut Value, was: Value) {
    if let (Value::Object(node), Value::Object(was)) = (node, was) {
        for (key, value) in was {
            if key != REFERENCE {
                node.insert(key, value);
            }
        }
    }
}
