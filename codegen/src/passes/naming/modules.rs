//! Files: one per tag for operations, and for the types that only those use.

use std::collections::BTreeSet;

use super::grouped;
use crate::ir::{Api, BodyArguments, Operation, Shape, TypeId, TypeRef};
use crate::names;

/// Where types go that operations of several tags use.
const SHARED: &str = "shared";
/// Crates that generated modules import from.
const CRATES: [&str; 3] = ["serde", "serde_json", "std"];
/// More types than this are spread over files by their first letter.
const MOST_TYPES: usize = 150;

/// Puts every operation and every type into a module.
pub(super) fn assign(api: &mut Api) {
    for operation in &mut api.operations {
        operation.module = module(operation);
    }
    let homes: Vec<Option<String>> = homes(api).into_iter().map(lone).collect();
    for (ty, layout) in api.types.iter_mut().zip(homes) {
        ty.module = layout.unwrap_or_else(|| SHARED.to_owned());
    }
    let sizes = grouped(api.types.len(), |index| api.types[index].module.clone());
    for (module, types) in sizes {
        if types.len() <= MOST_TYPES {
            continue;
        }
        for index in types {
            let ty = &mut api.types[index];
            let first = ty.ident.chars().next().unwrap_or('n').to_ascii_lowercase();
            ty.module = format!("{module}_{first}");
        }
    }
}

fn module(operation: &Operation) -> String {
    let tag = operation.tags.iter().find(|tag| !tag.trim().is_empty()).cloned();
    let tag = tag.or_else(|| operation.tool.as_ref().and_then(|tool| tool.tags.first().cloned()));
    let name = names::snake(tag.as_deref().unwrap_or("operations"));
    let taken = names::is_keyword(&name) || CRATES.contains(&name.as_str());
    if taken { format!("{name}_api") } else { name }
}

fn lone(modules: BTreeSet<&str>) -> Option<String> {
    let mut modules = modules.into_iter();
    match (modules.next(), modules.next()) {
        (Some(only), None) => Some(only.to_owned()),
        _ => None,
    }
}

/// For each type, the modules of the operations that reach it.
fn homes(api: &Api) -> Vec<BTreeSet<&str>> {
    let mut homes: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); api.types.len()];
    for operation in &api.operations {
        let mut pending: Vec<TypeId> = Vec::new();
        let mut see = |ty: &TypeRef| {
            if let TypeRef::Named(id) | TypeRef::Boxed(id) = ty {
                pending.push(*id);
            }
        };
        for parameter in &operation.parameters {
            parameter.node.each(&mut |node| see(&node.ty));
        }
        if let Some(body) = &operation.body {
            body.node.each(&mut |node| see(&node.ty));
            if let BodyArguments::Members { fields, .. } = &body.arguments {
                for field in fields {
                    field.node.each(&mut |node| see(&node.ty));
                }
            }
        }
        for answer in operation.success.iter().chain(&operation.failure) {
            if let Some(node) = answer.body.node() {
                node.each(&mut |node| see(&node.ty));
            }
        }
        while let Some(id) = pending.pop() {
            // Two modules already make it shared, whatever more there are.
            if homes[id.0].contains(operation.module.as_str()) || homes[id.0].len() > 1 {
                continue;
            }
            homes[id.0].insert(&operation.module);
            each(&api.types[id.0].shape, &mut pending);
        }
    }
    homes
}

fn each(shape: &Shape, pending: &mut Vec<TypeId>) {
    shape.each_node(&mut |node| {
        if let TypeRef::Named(id) | TypeRef::Boxed(id) = node.ty {
            pending.push(id);
        }
    });
}
