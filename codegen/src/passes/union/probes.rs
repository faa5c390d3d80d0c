//! Probes: what a variant's values look like, when no tag tells.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Draft, JsonKind, Unions, variant};
use crate::ir::{Field, Matcher, Node, Shape, ShapedVariant, TypeRef, Union};

/// How sharp a probe is: lowest first.
type Rank = (u8, usize);
const LAST: Rank = (4, usize::MAX);

/// The variants with their probes, the sharpest first.
pub(super) fn sorted(unions: &Unions<'_>, nodes: Vec<Node>) -> Vec<ShapedVariant> {
    let kinds: Vec<JsonKind> = nodes.iter().map(|node| unions.kind(node)).collect();
    let mut counts: BTreeMap<JsonKind, usize> = BTreeMap::new();
    for kind in &kinds {
        *counts.entry(*kind).or_default() += 1;
    }
    let unknown = counts.contains_key(&JsonKind::Unknown);
    let probes: Vec<(Matcher, Rank)> = (0..nodes.len())
        .map(|index| match kinds[index] {
            JsonKind::Unknown => (Matcher::Any, LAST),
            kind if counts[&kind] == 1 && !unknown => {
                (Matcher::Type(kind.word().to_owned()), (0, 0))
            }
            JsonKind::Object => object(unions, &nodes, index),
            _ => (Matcher::Any, LAST),
        })
        .collect();
    let mut ranked: Vec<(Rank, ShapedVariant)> = nodes
        .into_iter()
        .zip(probes)
        .map(|(node, (matcher, rank))| (rank, ShapedVariant { variant: variant(node), matcher }))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, variant)| variant).collect()
}

fn object(unions: &Unions<'_>, nodes: &[Node], index: usize) -> (Matcher, Rank) {
    let Some(own) = unions.members(&nodes[index]) else {
        return by_tag(unions, &nodes[index]).unwrap_or((Matcher::Any, LAST));
    };
    let others: Vec<&[Field]> = nodes
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .filter_map(|(_, node)| unions.members(node))
        .collect();
    let constant = own.iter().filter(|field| field.required).find_map(|field| {
        let values = unions.constants(field)?;
        let shared = others
            .iter()
            .filter_map(|fields| fields.iter().find(|other| other.wire == field.wire))
            .any(|other| {
                unions
                    .constants(other)
                    .is_none_or(|theirs| theirs.iter().any(|value| values.contains(value)))
            });
        (!shared).then(|| Matcher::Constant { property: field.wire.clone(), values })
    });
    if let Some(constant) = constant {
        return (constant, (1, 0));
    }
    let required = || own.iter().filter(|field| field.required);
    let unique = required().find(|field| {
        !others.iter().any(|fields| fields.iter().any(|other| other.wire == field.wire))
    });
    if let Some(field) = unique {
        return (Matcher::Has(vec![field.wire.clone()]), (2, 0));
    }
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let all = sorted(required().map(|field| field.wire.clone()).collect());
    let members = own.iter().map(|field| field.wire.clone()).collect();
    // Of variants that know as many members of a value, the one that asks for most is tried first.
    let rank =
        if all.is_empty() { (4, usize::MAX - own.len()) } else { (3, usize::MAX - all.len()) };
    let matcher = match own {
        [] => Matcher::Any,
        own => Matcher::BestMatch {
            required: all,
            members: sorted(members),
            marks: marks(unions, own, &others),
        },
    };
    (matcher, rank)
}

/// The probe of a variant that is itself a union by tag.
fn by_tag(unions: &Unions<'_>, node: &Node) -> Option<(Matcher, Rank)> {
    let TypeRef::Named(id) = unions.resolve(node).ty else {
        return None;
    };
    let (property, has_base, tags): (_, _, Vec<&str>) =
        match (&unions.drafts[id.0], &unions.types[id.0].shape) {
            (Some(Draft { property: Some(property), choices }), _) => (
                property,
                choices.iter().any(|choice| choice.is_base),
                choices.iter().flat_map(|choice| &choice.tags).map(String::as_str).collect(),
            ),
            (None, Shape::Union(union @ Union::Tagged { property, base, .. })) => {
                (property, base.is_some(), union.tags().collect())
            }
            _ => return None,
        };
    // A base takes any tag.
    if has_base {
        return Some((Matcher::Has(vec![property.clone()]), (2, 0)));
    }
    let values = tags.into_iter().map(Value::from).collect();
    Some((Matcher::Constant { property: property.clone(), values }, (1, 0)))
}

/// The enumerated members whose values tell a variant from another one.
fn marks(unions: &Unions<'_>, own: &[Field], others: &[&[Field]]) -> Vec<(String, Vec<Value>)> {
    let mark = |field: &Field| {
        let values = unions.constants(field)?;
        let mut theirs =
            others.iter().filter_map(|fields| fields.iter().find(|other| other.wire == field.wire));
        theirs
            .any(|other| unions.constants(other).is_some_and(|others| others != values))
            .then(|| (field.wire.clone(), values))
    };
    own.iter().filter_map(mark).collect()
}
