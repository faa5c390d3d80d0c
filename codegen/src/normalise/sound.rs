//! What holds of every normalised document, as a check for tests and fuzzing.

use serde_json::{Map, Value};

use super::grammar::{MemberShape, ObjectKind, REFERENCE, Since, is_extension, member, section};
use super::walk::{below, each};
use crate::pointer::{self, Trail};

/// The first place where a document is not as [`normalise`](super::normalise) promises.
#[must_use]
pub fn unsound(root: &Value) -> Option<String> {
    let mut found = None;
    let mut copy = root.clone();
    visit(&mut copy, ObjectKind::Document, &Trail::root(), root, &mut found);
    found
}

fn visit(
    value: &mut Value,
    kind: ObjectKind,
    trail: &Trail<'_>,
    root: &Value,
    found: &mut Option<String>,
) {
    if found.is_some() {
        return;
    }
    let Value::Object(map) = value else {
        *found = Some(format!("{trail} is no object"));
        return;
    };
    if let Some(fault) = reference(map, kind, root).or_else(|| foreign(map, kind)) {
        *found = Some(format!("{trail}: {fault}"));
        return;
    }
    if map.contains_key(REFERENCE) {
        return;
    }
    for (key, value) in map.iter_mut() {
        if let Some(shape) = below(kind, key) {
            each(value, shape, &trail.key(key), &mut |value, kind, trail| {
                visit(value, kind, trail, root, found);
            });
        }
    }
}

/// References resolve, stand alone, and only where they may.
fn reference(map: &Map<String, Value>, kind: ObjectKind, root: &Value) -> Option<String> {
    let value = map.get(REFERENCE)?;
    if kind == ObjectKind::SecurityRequirement {
        return None;
    }
    let Some(text) = value.as_str() else {
        return Some("`$ref` is not text".to_owned());
    };
    if map.len() > 1 {
        return Some(format!("`{text}` has siblings"));
    }
    let resolves = pointer::component(text).is_some_and(|(of, name)| {
        Some(of) == section(kind) && root["components"][of].get(name.as_ref()).is_some()
    });
    (!resolves).then(|| format!("`{text}` does not resolve to a {kind:?}"))
}

/// Members are those of OpenAPI 3.0, in its shapes.
fn foreign(map: &Map<String, Value>, kind: ObjectKind) -> Option<String> {
    let open =
        matches!(kind, ObjectKind::Paths | ObjectKind::Responses | ObjectKind::SecurityRequirement);
    for (key, value) in map {
        if open || is_extension(key) || key == REFERENCE {
            continue;
        }
        let Some((shape, since)) = member(kind, key) else {
            return Some(format!("`{key}` is unknown"));
        };
        let fits = since == Since::V30
            && match shape {
                MemberShape::Text | MemberShape::TextOrTexts => value.is_string(),
                MemberShape::Flag | MemberShape::FlagOrNumber => value.is_boolean(),
                MemberShape::Count => value.is_u64(),
                MemberShape::Number => value.is_number(),
                MemberShape::Texts
                | MemberShape::Anys
                | MemberShape::List(_)
                | MemberShape::RefList(_) => value.is_array(),
                MemberShape::TextMap
                | MemberShape::Map(_)
                | MemberShape::RefMap(_)
                | MemberShape::One(_)
                | MemberShape::Ref(_)
                | MemberShape::SchemaOrList => value.is_object(),
                MemberShape::FlagOrSchema => value.is_boolean() || value.is_object(),
                MemberShape::Any => true,
                MemberShape::Left | MemberShape::Noted(_) => false,
            };
        if !fits {
            return Some(format!("`{key}` is {value}"));
        }
    }
    None
}
