//! What a newer document changes for callers: of tools by name and arguments, of the Rust crate by types and members.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::ir::{Api, BodyArguments, EnumValue, Field, Node, Operation, Shape, Type, TypeRef, Usage};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Whether calls of tools that worked may fail.
    pub breaking_for_tools: bool,
    /// Whether Rust code that compiled may not.
    pub breaking_for_rust: bool,
    /// What changed, in one line.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = match (self.breaking_for_tools, self.breaking_for_rust) {
            (true, true) => "BREAKING       ",
            (true, false) => "BREAKING tools ",
            (false, true) => "BREAKING Rust  ",
            (false, false) => "compatible     ",
        };
        write!(f, "{whom}{}", self.what)
    }
}

/// Every change from `old` to `new`, the breaking ones first.
#[must_use]
pub fn diff(old: &Api, new: &Api) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    operations(old, new, &mut changes);
    types(old, new, &mut changes);
    changes.0.sort_by(|one, other| {
        let rank = |change: &Change| (!change.breaking_for_tools, !change.breaking_for_rust);
        rank(one).cmp(&rank(other)).then_with(|| one.what.cmp(&other.what))
    });
    changes.0.dedup();
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn breaking(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: true, breaking_for_rust: true, what });
    }
    fn breaking_for_tools(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: true, breaking_for_rust: false, what });
    }
    fn breaking_for_rust(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: false, breaking_for_rust: true, what });
    }
    fn compatible(&mut self, what: String) {
        self.0.push(Change { breaking_for_tools: false, breaking_for_rust: false, what });
    }
}

/// Operations are the same when method and path are, whatever they are called.
fn operations(old: &Api, new: &Api, changes: &mut Changes) {
    let (before, after) = (by_route(old), by_route(new));
    for (route, operation) in &before {
        let name = called(operation);
        match after.get(route) {
            None => changes.breaking(format!("{name} is gone ({route})")),
            Some(now) => {
                renamed(operation, now, changes);
                arguments(old, new, operation, now, changes);
            }
        }
    }
    for (route, operation) in &after {
        if !before.contains_key(route) {
            changes.compatible(format!("{} is new ({route})", called(operation)));
        }
    }
}

/// Operations by method and path; the names of path variables do not matter.
fn by_route(api: &Api) -> BTreeMap<String, &Operation> {
    let route = |operation: &Operation| {
        let variable = |part: &str| part.starts_with('{') && part.ends_with('}');
        let path: Vec<&str> = operation.path.split('/').map(|part| if variable(part) { "{}" } else { part }).collect();
        format!("{} {}", operation.method, path.join("/"))
    };
    api.operations.iter().map(|operation| (route(operation), operation)).collect()
}

fn called(operation: &Operation) -> &str {
    operation.tool.as_ref().map_or(operation.id.as_str(), |tool| tool.name.as_str())
}

fn renamed(old: &Operation, new: &Operation, changes: &mut Changes) {
    match (&old.tool, &new.tool) {
        (Some(before), Some(after)) if before.name != after.name => {
            changes.breaking_for_tools(format!("{} is now called {}", before.name, after.name));
        }
        (Some(before), None) => changes.breaking_for_tools(format!("{} is no tool any more", before.name)),
        (None, Some(after)) => changes.compatible(format!("{} is a tool now", after.name)),
        _ => {}
    }
    if old.type_ident != new.type_ident || old.method_ident != new.method_ident {
        changes.breaking_for_rust(format!("operation {} is now {}", old.type_ident, new.type_ident));
    }
    if !old.deprecated && new.deprecated {
        changes.compatible(format!("{} is deprecated", called(new)));
    }
}

struct Argument<'a> {
    node: &'a Node,
    required: bool,
}

fn arguments(old: &Api, new: &Api, was: &Operation, is: &Operation, changes: &mut Changes) {
    let (before, after) = (of(was), of(is));
    let tool = called(is);
    for (name, argument) in &before {
        match after.get(name) {
            None => changes.breaking(format!("{tool}: argument {name} is gone")),
            Some(now) => {
                if now.required && !argument.required {
                    changes.breaking(format!("{tool}: argument {name} is required now"));
                } else if argument.required && !now.required {
                    changes.breaking_for_rust(format!("{tool}: argument {name} is optional now"));
                }
                let (from, to) = (kind(old, argument.node), kind(new, now.node));
                if from != to {
                    changes.breaking(format!("{tool}: argument {name} was {from}, is {to}"));
                }
            }
        }
    }
    match (&was.body, &is.body) {
        (Some(before), Some(after)) if before.required != after.required => {
            let now = if after.required { "required" } else { "optional" };
            changes.breaking_for_rust(format!("{tool}: the body is {now} now"));
        }
        _ => {}
    }
    for (name, argument) in &after {
        if before.contains_key(name) {
            continue;
        }
        if argument.required {
            changes.breaking(format!("{tool}: argument {name} is new and required"));
        } else {
            changes.compatible(format!("{tool}: argument {name} is new"));
        }
    }
}

fn of(operation: &Operation) -> BTreeMap<&str, Argument<'_>> {
    let mut out: BTreeMap<&str, Argument<'_>> = operation
        .parameters
        .iter()
        .map(|parameter| (parameter.argument.as_str(), Argument { node: &parameter.node, required: parameter.required }))
        .collect();
    if let Some(body) = &operation.body {
        match &body.arguments {
            BodyArguments::Members { names, fields, .. } => out.extend(fields.iter().map(|field| {
                let name = names.get(&field.wire).unwrap_or(&field.wire);
                (name.as_str(), Argument { node: &field.node, required: field.required && body.required })
            })),
            BodyArguments::Whole(name) => _ = out.insert(name, Argument { node: &body.node, required: body.required }),
        }
    }
    out
}

/// A type in words that do not depend on indices.
fn kind(api: &Api, node: &Node) -> String {
    let null = if node.nullable { " or null" } else { "" };
    let text = match &node.ty {
        TypeRef::Named(id) | TypeRef::Boxed(id) => api.types[id.0].source_name.clone(),
        TypeRef::List(item) => format!("list of {}", kind(api, item)),
        TypeRef::Map(value) => format!("map of {}", kind(api, value)),
        TypeRef::Untyped(_) => "anything".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("{text}{null}")
}

/// Types are the same when they are made from the same name.
fn types(old: &Api, new: &Api, changes: &mut Changes) {
    let index = |types: &[Type]| -> BTreeMap<String, usize> {
        let used = types.iter().enumerate().filter(|(_, ty)| ty.usage != Usage::default());
        used.map(|(index, ty)| (ty.source_name.clone(), index)).collect()
    };
    let after = index(&new.types);
    for (name, at) in index(&old.types) {
        let was = &old.types[at];
        match after.get(&name) {
            None => changes.breaking_for_rust(format!("type {} is gone", was.ident)),
            Some(at) => shapes(old, new, was, &new.types[*at], changes),
        }
    }
}

fn shapes(old: &Api, new: &Api, was: &Type, is: &Type, changes: &mut Changes) {
    if was.ident != is.ident {
        changes.breaking_for_rust(format!("type {} is now {}", was.ident, is.ident));
    }
    match (&was.shape, &is.shape) {
        (Shape::Struct { fields: before, .. }, Shape::Struct { fields: after, .. }) => {
            members(old, new, (was, before), (is, after), changes)
        }
        (Shape::StringEnum(before), Shape::StringEnum(after)) => values(was, before, after, changes),
        (Shape::Union { variants: before, .. }, Shape::Union { variants: after, .. }) => {
            let after: BTreeSet<&str> = after.iter().map(|variant| variant.ident.as_str()).collect();
            for variant in before.iter().filter(|variant| !after.contains(variant.ident.as_str())) {
                changes.breaking(format!("{}: variant {} is gone", was.ident, variant.ident));
            }
        }
        (Shape::Alias(before), Shape::Alias(after)) => {
            let (from, to) = (kind(old, before), kind(new, after));
            if from != to {
                changes.breaking(format!("{} was {from}, is {to}", was.ident));
            }
        }
        _ => changes.breaking(format!("{} is of another kind", was.ident)),
    }
}

fn members(old: &Api, new: &Api, (was, before): (&Type, &[Field]), (is, after): (&Type, &[Field]), changes: &mut Changes) {
    let find = |fields: &'_ [Field], wire: &str| fields.iter().position(|field| field.wire == wire);
    let name = &was.ident;
    for field in before {
        let Some(now) = find(after, &field.wire).map(|at| &after[at]) else {
            changes.breaking(format!("{name}: member {} is gone", field.wire));
            continue;
        };
        let (from, to) = (kind(old, &field.node), kind(new, &now.node));
        if from != to {
            changes.breaking(format!("{name}: member {} was {from}, is {to}", field.wire));
        }
        match (field.required, now.required) {
            (false, true) if is.usage.request => changes.breaking(format!("{name}: member {} is required now", field.wire)),
            (false, true) => changes.breaking_for_rust(format!("{name}: member {} is always there now", field.wire)),
            (true, false) => changes.breaking_for_rust(format!("{name}: member {} may be absent now", field.wire)),
            _ => {}
        }
    }
    for field in after.iter().filter(|field| find(before, &field.wire).is_none()) {
        if field.required && is.usage.request {
            changes.breaking(format!("{name}: member {} is new and required", field.wire));
        } else {
            changes.compatible(format!("{name}: member {} is new", field.wire));
        }
    }
}

fn values(was: &Type, before: &[EnumValue], after: &[EnumValue], changes: &mut Changes) {
    let known = |list: &[EnumValue], wire: &str| list.iter().any(|value| value.wire == wire);
    for value in before.iter().filter(|value| !known(after, &value.wire)) {
        changes.breaking(format!("{}: value {} is gone", was.ident, value.wire));
    }
    for value in after.iter().filter(|value| !known(before, &value.wire)) {
        changes.compatible(format!("{}: value {} is new", was.ident, value.wire));
    }
}
