//! References: every `$ref` ends up as `#/components/{section}/{name}` and resolves.
//!
//! What a reference points at elsewhere in the document is moved into the components; where the
//! specification allows no reference, what it points at is put in its place.

mod cycles;
mod inline;
mod target;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::grammar::{self, MemberShape, ObjectKind, REFERENCE};
use super::walk::{below, walk};
use super::{Context, UNTYPED};
use crate::pointer::{self, Trail};
use target::Targets;

pub(super) use cycles::break_cycles;

/// Where a reference points, once looked up: its canonical form, or why it has none.
type Outcome = Result<String, String>;

/// A reference as it stands: kind expected, text, and the component it stands in (for `$defs`).
type Wanted = (ObjectKind, String, Option<String>);

/// Makes every reference canonical; those that dangle cost their node.
pub(super) fn resolve(root: &mut Value, cx: &mut Context<'_>) {
    if let Value::Object(map) = root {
        map.entry("components").or_insert_with(|| json!({}));
    }
    inline::bare_strings(root, cx);
    inline::misplaced(root, cx);

    let mut found: BTreeMap<Wanted, Outcome> = BTreeMap::new();
    let mut queue: VecDeque<Wanted> = collect(root, ObjectKind::Document, &Trail::root());
    let mut targets = Targets::new(root);
    while let Some(wanted) = queue.pop_front() {
        if found.contains_key(&wanted) {
            continue;
        }
        let outcome = targets.look_up(root, &wanted);
        if let Ok((_, Some(moved))) = &outcome
            && let Some(value) = root.pointer_mut(moved)
        {
            // What was moved may itself refer to places outside the components.
            let tokens: Vec<String> =
                pointer::tokens(moved).map(std::borrow::Cow::into_owned).collect();
            let trails: Vec<&str> = tokens.iter().map(String::as_str).collect();
            queue.extend(collect_at(value, wanted.0, &trails));
        }
        found.insert(wanted, outcome.map(|(canonical, _)| canonical));
    }

    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        rewrite(kind, map, trail, &found, cx);
    });
}

/// Removes references to what was left out since they were resolved.
pub(super) fn settle(root: &mut Value, cx: &mut Context<'_>) {
    let mut found: BTreeMap<Wanted, Outcome> = BTreeMap::new();
    for wanted in collect(root, ObjectKind::Document, &Trail::root()) {
        let (kind, text, _) = &wanted;
        let resolves = pointer::component(text).is_some_and(|(of, name)| {
            grammar::section(*kind) == Some(of)
                && root["components"][of].get(name.as_ref()).is_some()
        });
        let outcome = if resolves {
            Ok(text.clone())
        } else {
            Err(format!("what `{text}` points at was left out"))
        };
        found.insert(wanted, outcome);
    }
    walk(root, ObjectKind::Document, &Trail::root(), &mut |kind, map, trail| {
        rewrite(kind, map, trail, &found, cx);
    });
}

/// All references below a value.
fn collect(value: &mut Value, kind: ObjectKind, trail: &Trail<'_>) -> VecDeque<Wanted> {
    let mut wanted = VecDeque::new();
    // A moved value may be a reference itself.
    if let Some(reference) = grammar::reference(value) {
        wanted.push_back(want(kind, reference, trail));
    }
    walk(value, kind, trail, &mut |kind, map, trail| {
        if kind == ObjectKind::Discriminator {
            for target in mapping(map) {
                wanted.push_back(want(ObjectKind::Schema, target, trail));
            }
        }
        for (key, value) in map.iter() {
            let Some(shape) = below(kind, key) else {
                continue;
            };
            for (kind, reference) in direct(value, shape) {
                wanted.push_back(want(kind, reference, trail));
            }
        }
    });
    wanted
}

fn collect_at(value: &mut Value, kind: ObjectKind, tokens: &[&str]) -> VecDeque<Wanted> {
    fn descend(
        value: &mut Value,
        kind: ObjectKind,
        tokens: &[&str],
        trail: &Trail<'_>,
    ) -> VecDeque<Wanted> {
        match tokens.split_first() {
            Some((token, rest)) => descend(value, kind, rest, &trail.key(token)),
            None => collect(value, kind, trail),
        }
    }
    descend(value, kind, tokens, &Trail::root())
}

/// A reference as it stands somewhere; `$defs` may mean those of the component around it.
fn want(kind: ObjectKind, text: &str, trail: &Trail<'_>) -> Wanted {
    let local = text.starts_with("#/$defs/") || text.starts_with("#/definitions/");
    let layout = trail.component().filter(|_| local).map(str::to_owned);
    (kind, text.to_owned(), layout)
}

fn mapping(discriminator: &Map<String, Value>) -> impl Iterator<Item = &str> {
    discriminator
        .get("mapping")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_str)
}

/// The references that a member of this shape holds directly.
fn direct(value: &Value, shape: MemberShape) -> Vec<(ObjectKind, &str)> {
    let one = |value, kind| grammar::reference(value).map(|text| (kind, text));
    match (shape, value) {
        (MemberShape::Ref(kind), value) => one(value, kind).into_iter().collect(),
        (MemberShape::RefList(kind), Value::Array(items)) => {
            items.iter().filter_map(|item| one(item, kind)).collect()
        }
        (MemberShape::RefMap(kind), Value::Object(map)) => {
            map.values().filter_map(|item| one(item, kind)).collect()
        }
        (MemberShape::SchemaOrList, Value::Array(items)) => {
            items.iter().filter_map(|item| one(item, ObjectKind::Schema)).collect()
        }
        (MemberShape::FlagOrSchema | MemberShape::SchemaOrList, value) => {
            one(value, ObjectKind::Schema).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Puts the canonical form of each reference that a map holds directly, or removes its node.
fn rewrite(
    kind: ObjectKind,
    map: &mut Map<String, Value>,
    trail: &Trail<'_>,
    found: &BTreeMap<Wanted, Outcome>,
    cx: &mut Context<'_>,
) {
    if kind == ObjectKind::Discriminator {
        if let Some(Value::Object(mapping)) = map.get_mut("mapping") {
            let trail = trail.key("mapping");
            mapping.retain(|key, target| {
                let Some(text) = target.as_str() else {
                    return true;
                };
                match found.get(&want(ObjectKind::Schema, text, &trail)) {
                    Some(Ok(canonical)) => {
                        *target = Value::String(canonical.clone());
                        true
                    }
                    Some(Err(reason)) => {
                        cx.fault(
                            "dangling-reference",
                            &trail.key(key),
                            format!("{reason}; left out"),
                        );
                        false
                    }
                    None => true,
                }
            });
        }
        return;
    }
    let mut settle = |value: &mut Value, kind: ObjectKind, trail: &Trail<'_>| -> bool {
        let Some(text) = grammar::reference(value) else {
            return true;
        };
        match found.get(&want(kind, text, trail)) {
            Some(Ok(canonical)) => {
                if canonical != text
                    && let Some(object) = value.as_object_mut()
                {
                    object.insert(REFERENCE.to_owned(), Value::String(canonical.clone()));
                }
                true
            }
            Some(Err(reason)) => {
                let schema = kind == ObjectKind::Schema;
                let lost = if schema { "read as any value" } else { "left out" };
                cx.fault("dangling-reference", trail, format!("{reason}; {lost}"));
                *value = json!({ UNTYPED: reason });
                schema
            }
            None => true,
        }
    };
    map.retain(|key, value| {
        let Some(shape) = below(kind, key) else {
            return true;
        };
        let trail = trail.key(key);
        match (shape, value) {
            (MemberShape::Ref(kind), value) => settle(value, kind, &trail),
            // What is lost keeps its place until all is read, so that pointers stay true.
            (MemberShape::RefList(kind), Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    settle(item, kind, &trail.index(index));
                }
                true
            }
            (MemberShape::RefMap(kind), Value::Object(map)) => {
                map.retain(|key, item| settle(item, kind, &trail.key(key)));
                true
            }
            (MemberShape::SchemaOrList, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    settle(item, ObjectKind::Schema, &trail.index(index));
                }
                true
            }
            (MemberShape::FlagOrSchema | MemberShape::SchemaOrList, value) => {
                settle(value, ObjectKind::Schema, &trail)
            }
            _ => true,
        }
    });
}
