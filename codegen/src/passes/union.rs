//! Tells the variants of each union apart while it is cheap: now, not when an answer arrives.
//!
//! A discriminator, stated or implied by constant members, makes a tagged union. Otherwise each
//! variant gets a probe, the sharpest first. Variants that no probe can or need tell apart are
//! merged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::ir::{
    Api, EnumValue, Field, Matcher, Node, Shape, Type, TypeId, TypeRef, UnionMode, Variant,
};

/// Most aliases that are read through.
const MAX_HOPS: usize = 32;
/// Most values of a member that still tell a variant.
const MOST_CONSTANTS: usize = 24;

/// Classifies every union, those that others hold first.
pub(super) fn classify(api: &mut Api) {
    let mut seen = vec![false; api.types.len()];
    for start in 0..api.types.len() {
        let mut stack = vec![(start, false)];
        while let Some((index, entered)) = stack.pop() {
            let Shape::Union { mode, variants } = &api.types[index].shape else {
                continue;
            };
            if entered {
                let shape = classified(&api.types, TypeId(index), mode, variants);
                api.types[index].shape = shape;
            } else if !std::mem::replace(&mut seen[index], true) {
                stack.push((index, true));
                let inner = variants.iter().filter_map(|variant| {
                    match resolve(&api.types, &variant.node).ty {
                        TypeRef::Named(id) => Some((id.0, false)),
                        _ => None,
                    }
                });
                stack.extend(inner);
            }
        }
    }
}

/// What a variant's values are in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum JsonKind {
    Boolean,
    Number,
    String,
    Array,
    Object,
    Unknown,
}

impl JsonKind {
    fn word(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object | Self::Unknown => "object",
        }
    }
}

fn classified(types: &[Type], own: TypeId, mode: &UnionMode, variants: &[Variant]) -> Shape {
    let mut kept: Vec<Variant> = Vec::new();
    let mut nullable = false;
    for variant in variants {
        let target = resolve(types, &variant.node);
        nullable |= variant.node.nullable || target.nullable;
        // A union that holds itself adds nothing.
        if variant.node.ty == TypeRef::Named(own) {
            continue;
        }
        match kept.iter_mut().find(|known| known.node.ty == variant.node.ty) {
            Some(known) => known.tags.extend(
                variant
                    .tags
                    .iter()
                    .filter(|tag| !known.tags.contains(tag))
                    .cloned()
                    .collect::<Vec<_>>(),
            ),
            None => kept.push(variant.clone()),
        }
    }
    if kept.iter().any(|variant| matches!(resolve(types, &variant.node).ty, TypeRef::Untyped(_))) {
        return alias(
            TypeRef::Untyped("alternatives of which one is any value".to_owned()),
            nullable,
        );
    }
    if let UnionMode::Tagged { property } = mode
        && let Some(kept) = tagged(types, kept.clone())
    {
        return Shape::Union {
            mode: UnionMode::Tagged { property: property.clone() },
            variants: kept,
        };
    }
    let mut kept = opened(types, own, kept);
    for variant in &mut kept {
        variant.tags.clear();
        variant.matcher = Matcher::Any;
    }
    if let Some(values) = strings(types, &kept) {
        return Shape::StringEnum(values);
    }
    merge(types, &mut kept, JsonKind::String, TypeRef::String);
    let whole = kept.iter().all(|variant| resolve(types, &variant.node).ty != TypeRef::F64);
    merge(types, &mut kept, JsonKind::Number, if whole { TypeRef::I64 } else { TypeRef::F64 });
    if kept.len() < 2 {
        let ty = kept.pop().map_or_else(
            || TypeRef::Untyped("alternatives that say nothing".to_owned()),
            |variant| variant.node.ty,
        );
        return alias(ty, nullable);
    }
    if let Some((property, tags)) = implied(types, &kept) {
        for (variant, tags) in kept.iter_mut().zip(tags) {
            variant.tags = tags;
        }
        return Shape::Union { mode: UnionMode::Tagged { property }, variants: kept };
    }
    matcher(types, &mut kept);
    Shape::Union { mode: UnionMode::Shaped, variants: kept }
}

/// The variants, with those of unions by shape among them in their place: as one they would take
/// every value.
fn opened(types: &[Type], own: TypeId, variants: Vec<Variant>) -> Vec<Variant> {
    let mut out: Vec<Variant> = Vec::new();
    for variant in variants {
        let inner = match resolve(types, &variant.node).ty {
            TypeRef::Named(id) => match &types[id.0].shape {
                Shape::Union { mode: UnionMode::Shaped, variants } => Some(variants),
                _ => None,
            },
            _ => None,
        };
        for variant in inner.map_or_else(|| vec![variant.clone()], Clone::clone) {
            if variant.node.ty != TypeRef::Named(own)
                && !out.iter().any(|known| known.node.ty == variant.node.ty)
            {
                out.push(variant);
            }
        }
    }
    out
}

fn alias(ty: TypeRef, nullable: bool) -> Shape {
    Shape::Alias(Node { ty, nullable, doc: String::new(), constraints: Box::default() })
}

/// Variants with tags that are theirs alone; `None` when a tag cannot choose among them.
fn tagged(types: &[Type], mut variants: Vec<Variant>) -> Option<Vec<Variant>> {
    let mut seen = BTreeSet::new();
    for variant in &mut variants {
        variant.tags.retain(|tag| seen.insert(tag.clone()));
        let chosen = !variant.tags.is_empty() || matches!(variant.matcher, Matcher::Fallback);
        if !chosen || kind(types, &variant.node) != JsonKind::Object {
            return None;
        }
    }
    (!variants.is_empty()).then_some(variants)
}

/// The values of all variants, when all are strings and some are enumerated: the enum is open, so
/// it admits the others.
fn strings(types: &[Type], variants: &[Variant]) -> Option<Vec<EnumValue>> {
    let mut values: Vec<EnumValue> = Vec::new();
    for variant in variants {
        let node = resolve(types, &variant.node);
        match &node.ty {
            TypeRef::String => {}
            TypeRef::Named(id) => match &types[id.0].shape {
                Shape::StringEnum(more) => {
                    for value in more {
                        if !values.iter().any(|known| known.wire == value.wire) {
                            values.push(value.clone());
                        }
                    }
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    (!values.is_empty() && variants.len() > 1).then_some(values)
}

/// Leaves one variant of those of a kind.
fn merge(types: &[Type], variants: &mut Vec<Variant>, of: JsonKind, ty: TypeRef) {
    let count = variants.iter().filter(|variant| kind(types, &variant.node) == of).count();
    if count < 2 {
        return;
    }
    let mut ty = Some(ty);
    variants.retain_mut(|variant| {
        if kind(types, &variant.node) != of {
            return true;
        }
        match ty.take() {
            Some(ty) => {
                variant.node.ty = ty;
                *variant.node.constraints = crate::ir::Constraints::default();
                true
            }
            None => false,
        }
    });
}

/// A member that every variant requires, with values that no two variants share.
fn implied(types: &[Type], variants: &[Variant]) -> Option<(String, Vec<Vec<String>>)> {
    let first = members(types, &variants.first()?.node)?;
    first.iter().filter(|field| field.required).find_map(|field| {
        let mut seen = BTreeSet::new();
        let mut tags = Vec::new();
        for variant in variants {
            let field = members(types, &variant.node)?
                .iter()
                .find(|other| other.wire == field.wire && other.required)?;
            let values: Vec<String> = constants(types, field)?
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect::<Option<_>>()?;
            if !values.iter().all(|value| seen.insert(value.clone())) {
                return None;
            }
            tags.push(values);
        }
        Some((field.wire.clone(), tags))
    })
}

/// Gives each variant its probe and sorts them: the sharpest first.
fn matcher(types: &[Type], variants: &mut [Variant]) {
    let kinds: Vec<JsonKind> = variants.iter().map(|variant| kind(types, &variant.node)).collect();
    let mut counts: BTreeMap<JsonKind, usize> = BTreeMap::new();
    for kind in &kinds {
        *counts.entry(*kind).or_default() += 1;
    }
    let unknown = counts.contains_key(&JsonKind::Unknown);
    let probes: Vec<(Matcher, Rank)> = (0..variants.len())
        .map(|index| match kinds[index] {
            JsonKind::Unknown => (Matcher::Any, LAST),
            kind if counts[&kind] == 1 && !unknown => {
                (Matcher::Type(kind.word().to_owned()), (0, 0))
            }
            JsonKind::Object => object_probe(types, variants, index),
            _ => (Matcher::Any, LAST),
        })
        .collect();
    let mut ranked: Vec<(Rank, Variant)> = Vec::new();
    for (variant, (matcher, rank)) in variants.iter().zip(probes) {
        ranked.push((rank, Variant { matcher, ..variant.clone() }));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    for (slot, (_, variant)) in variants.iter_mut().zip(ranked) {
        *slot = variant;
    }
}

/// How sharp a probe is: lowest first.
type Rank = (u8, usize);
const LAST: Rank = (4, usize::MAX);

fn object_probe(types: &[Type], variants: &[Variant], index: usize) -> (Matcher, Rank) {
    let Some(own) = members(types, &variants[index].node) else {
        return by_tag(types, &variants[index].node).unwrap_or((Matcher::Any, LAST));
    };
    let others: Vec<&[Field]> = variants
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index)
        .filter_map(|(_, variant)| members(types, &variant.node))
        .collect();
    let constant = own.iter().filter(|field| field.required).find_map(|field| {
        let values = constants(types, field)?;
        let shared = others
            .iter()
            .filter_map(|fields| fields.iter().find(|other| other.wire == field.wire))
            .any(|other| {
                constants(types, other)
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
        (Matcher::Has(vec![field.wire.clone()]), (2, 0))
    } else {
        let sorted = |mut names: Vec<String>| {
            names.sort_unstable();
            names
        };
        let all = sorted(required().map(|field| field.wire.clone()).collect());
        let members = own.iter().map(|field| field.wire.clone()).collect();
        // Of variants that know as many members of a value, the one that asks for most is tried
        // first.
        let rank =
            if all.is_empty() { (4, usize::MAX - own.len()) } else { (3, usize::MAX - all.len()) };
        let matcher = match own {
            [] => Matcher::Any,
            own => Matcher::BestMatch {
                required: all,
                members: sorted(members),
                marks: marks(types, own, &others),
            },
        };
        (matcher, rank)
    }
}

/// The probe of a variant that is itself a union by tag.
fn by_tag(types: &[Type], node: &Node) -> Option<(Matcher, Rank)> {
    let TypeRef::Named(id) = resolve(types, node).ty else {
        return None;
    };
    match &types[id.0].shape {
        Shape::Union { mode: UnionMode::Tagged { property }, variants } => {
            // A base takes any tag.
            if variants.iter().any(|variant| matches!(variant.matcher, Matcher::Fallback)) {
                return Some((Matcher::Has(vec![property.clone()]), (2, 0)));
            }
            let values = variants
                .iter()
                .flat_map(|variant| &variant.tags)
                .map(|tag| tag.as_str().into())
                .collect();
            Some((Matcher::Constant { property: property.clone(), values }, (1, 0)))
        }
        _ => None,
    }
}

/// The enumerated members whose values tell a variant from another one.
fn marks(types: &[Type], own: &[Field], others: &[&[Field]]) -> Vec<(String, Vec<Value>)> {
    let mark = |field: &Field| {
        let values = constants(types, field)?;
        let mut theirs =
            others.iter().filter_map(|fields| fields.iter().find(|other| other.wire == field.wire));
        theirs
            .any(|other| constants(types, other).is_some_and(|others| others != values))
            .then(|| (field.wire.clone(), values))
    };
    own.iter().filter_map(mark).collect()
}

/// The values of an enumerated member.
fn constants(types: &[Type], field: &Field) -> Option<Vec<Value>> {
    let node = resolve(types, &field.node);
    let listed = &node.constraints.values;
    if !listed.is_empty() && listed.len() <= MOST_CONSTANTS {
        return Some(listed.clone());
    }
    let TypeRef::Named(id) = node.ty else {
        return None;
    };
    match &types[id.0].shape {
        Shape::StringEnum(values) if values.len() <= MOST_CONSTANTS => {
            Some(values.iter().map(|value| value.wire.as_str().into()).collect())
        }
        _ => None,
    }
}

/// The members of a variant that is a struct.
fn members<'t>(types: &'t [Type], node: &Node) -> Option<&'t [Field]> {
    match resolve(types, node).ty {
        TypeRef::Named(id) => match &types[id.0].shape {
            Shape::Struct { fields, .. } => Some(fields.as_slice()),
            _ => None,
        },
        _ => None,
    }
}

fn kind(types: &[Type], node: &Node) -> JsonKind {
    match resolve(types, node).ty {
        TypeRef::Bool => JsonKind::Boolean,
        TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 | TypeRef::F64 => {
            JsonKind::Number
        }
        TypeRef::String
        | TypeRef::DateTime
        | TypeRef::Date
        | TypeRef::Base64
        | TypeRef::Binary
        | TypeRef::File => JsonKind::String,
        TypeRef::List(_) => JsonKind::Array,
        TypeRef::Map(_) => JsonKind::Object,
        TypeRef::Untyped(_) => JsonKind::Unknown,
        TypeRef::Named(id) | TypeRef::Boxed(id) => match &types[id.0].shape {
            Shape::StringEnum(_) => JsonKind::String,
            Shape::Struct { .. } | Shape::Union { mode: UnionMode::Tagged { .. }, .. } => {
                JsonKind::Object
            }
            Shape::Union { .. } | Shape::Alias(_) => JsonKind::Unknown,
        },
    }
}

/// A node, aliases read through.
fn resolve<'n>(types: &'n [Type], node: &'n Node) -> &'n Node {
    let mut node = node;
    for _ in 0..MAX_HOPS {
        match node.ty {
            TypeRef::Named(id) => match &types[id.0].shape {
                Shape::Alias(target) => node = target,
                _ => return node,
            },
            _ => return node,
        }
    }
    node
}
