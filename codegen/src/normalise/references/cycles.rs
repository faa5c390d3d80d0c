//! Components that only lead back to themselves: `A: {$ref: B}, B: {$ref: A}`, also by `allOf`.
//!
//! Recursion through properties, items and alternatives is fine and stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::grammar::{self, section};
use super::super::{Context, UNTYPED};
use super::ObjectKind;
use crate::pointer::{self, Trail};

/// Breaks every cycle at the reference that closes it, going through the names in order.
pub(in super::super) fn break_cycles(root: &mut Value, cx: &mut Context<'_>) {
    for kind in [
        ObjectKind::Schema,
        ObjectKind::Response,
        ObjectKind::Parameter,
        ObjectKind::Example,
        ObjectKind::RequestBody,
        ObjectKind::Header,
        ObjectKind::SecurityScheme,
    ] {
        let Some(section) = section(kind) else {
            continue;
        };
        let Some(Value::Object(members)) =
            root.get_mut("components").and_then(|components| components.get_mut(section))
        else {
            continue;
        };
        let closing = closing_edges(members);
        let components = Trail::root();
        let components = components.key("components");
        let trail = components.key(section);
        let mut removed = BTreeSet::new();
        for (name, target) in closing {
            let trail = trail.key(&name);
            let part = members.get_mut(&name).is_some_and(|member| cut(member, &target));
            let lost = match (kind, part) {
                (ObjectKind::Schema, true) => "that part is left out",
                (ObjectKind::Schema, false) => "read as any value",
                _ => "left out",
            };
            cx.fault(
                "reference-cycle",
                &trail,
                format!(
                    "leads back to itself through `{target}`, without holding anything; {lost}"
                ),
            );
            removed.insert(name);
        }
        if kind != ObjectKind::Schema {
            members.retain(|name, _| !removed.contains(name));
        }
    }
}

/// Edges that close a cycle, found by a depth-first search that does not recurse.
fn closing_edges(members: &Map<String, Value>) -> Vec<(String, String)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    let mut edges: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, member) in members {
        edges.insert(name, onward(member));
    }
    let mut marks: BTreeMap<&str, Mark> = BTreeMap::new();
    let mut closing = Vec::new();
    for start in edges.keys() {
        if marks.contains_key(start) {
            continue;
        }
        marks.insert(start, Mark::Open);
        let mut stack: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((name, next)) = stack.last_mut() {
            let targets = edges.get(*name).map(Vec::as_slice).unwrap_or_default();
            let Some(target) = targets.get(*next) else {
                marks.insert(name, Mark::Done);
                stack.pop();
                continue;
            };
            *next += 1;
            let Some((target, _)) = edges.get_key_value(target.as_str()) else {
                continue;
            };
            match marks.get(target) {
                None => {
                    marks.insert(target, Mark::Open);
                    stack.push((target, 0));
                }
                Some(Mark::Open) => {
                    closing.push(((*name).to_owned(), (*target).to_owned()));
                }
                Some(Mark::Done) => {}
            }
        }
    }
    closing
}

/// The components of the same section that a component is, or is all of.
fn onward(member: &Value) -> Vec<String> {
    let mut names = Vec::new();
    let mut visit = |value: &Value| {
        if let Some((_, name)) = grammar::reference(value).and_then(pointer::component) {
            names.push(name.into_owned());
        }
    };
    visit(member);
    each_all_of(member, &mut visit);
    names
}

fn each_all_of(schema: &Value, visit: &mut dyn FnMut(&Value)) {
    if let Some(Value::Array(parts)) = schema.get("allOf") {
        for part in parts {
            visit(part);
            each_all_of(part, visit);
        }
    }
}

/// Removes the references to a component that a component is, or is all of; whether it was only a
/// part of it.
fn cut(member: &mut Value, target: &str) -> bool {
    let leads = |value: &Value| {
        grammar::reference(value)
            .and_then(pointer::component)
            .is_some_and(|(_, name)| name == target)
    };
    if leads(member) {
        *member = json!({ UNTYPED: format!("leads back to itself through `{target}`") });
        return false;
    }
    if let Some(Value::Array(parts)) = member.get_mut("allOf") {
        parts.retain(|part| !leads(part));
        for part in parts.iter_mut() {
            cut(part, target);
        }
        if parts.is_empty()
            && let Some(member) = member.as_object_mut()
        {
            member.shift_remove("allOf");
        }
    }
    true
}
