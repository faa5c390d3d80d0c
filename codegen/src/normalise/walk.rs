//! Walks over a document that follow the grammar and mind their depth.

use serde_json::{Map, Value};

use super::grammar::{MemberShape, ObjectKind, is_extension, member};
use crate::pointer::Trail;

/// How deep a walk goes. Documents are at most `load::MAX_DEPTH` deep; inlining a component and
/// rewriting type arrays can each double that, so nothing lies deeper.
pub(super) const MAX_WALK: usize = 5 * crate::load::MAX_DEPTH;

/// What is done with each object: its kind, its members, where it stands.
type Visit<'v> = dyn FnMut(ObjectKind, &mut Map<String, Value>, &Trail<'_>) + 'v;

/// Calls `enter` for every object of the grammar, an object before what it holds.
pub(super) fn walk(value: &mut Value, kind: ObjectKind, trail: &Trail<'_>, enter: &mut Visit<'_>) {
    let Value::Object(map) = value else {
        return;
    };
    if trail.depth() > MAX_WALK {
        return;
    }
    enter(kind, map, trail);
    for (key, value) in map.iter_mut() {
        if let Some(shape) = below(kind, key) {
            let trail = trail.key(key);
            each(value, shape, &trail, &mut |value, kind, trail| {
                walk(value, kind, trail, enter);
            });
        }
    }
}

/// Calls `leave` for every object of the grammar, an object after what it holds.
pub(super) fn walk_up(
    value: &mut Value,
    kind: ObjectKind,
    trail: &Trail<'_>,
    leave: &mut Visit<'_>,
) {
    let Value::Object(map) = value else {
        return;
    };
    if trail.depth() > MAX_WALK {
        return;
    }
    for (key, value) in map.iter_mut() {
        if let Some(shape) = below(kind, key) {
            let trail = trail.key(key);
            each(value, shape, &trail, &mut |value, kind, trail| {
                walk_up(value, kind, trail, leave);
            });
        }
    }
    leave(kind, map, trail);
}

/// The shape of a member that a walk goes into.
pub(super) fn below(kind: ObjectKind, key: &str) -> Option<MemberShape> {
    if is_extension(key) && !matches!(kind, ObjectKind::SecurityRequirement) {
        return None;
    }
    member(kind, key).map(|(shape, _)| shape)
}

/// Calls `visit` for every object that a member of this shape holds directly.
pub(super) fn each(
    value: &mut Value,
    shape: MemberShape,
    trail: &Trail<'_>,
    visit: &mut dyn FnMut(&mut Value, ObjectKind, &Trail<'_>),
) {
    match (shape, value) {
        (MemberShape::One(kind) | MemberShape::Ref(kind), value) => visit(value, kind, trail),
        (MemberShape::List(kind) | MemberShape::RefList(kind), Value::Array(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                visit(item, kind, &trail.index(index));
            }
        }
        (MemberShape::Map(kind) | MemberShape::RefMap(kind), Value::Object(map)) => {
            for (key, item) in map.iter_mut() {
                visit(item, kind, &trail.key(key));
            }
        }
        (MemberShape::SchemaOrList, Value::Array(items)) => {
            for (index, item) in items.iter_mut().enumerate() {
                visit(item, ObjectKind::Schema, &trail.index(index));
            }
        }
        (MemberShape::FlagOrSchema | MemberShape::SchemaOrList, value @ Value::Object(_)) => {
            visit(value, ObjectKind::Schema, trail);
        }
        _ => {}
    }
}
