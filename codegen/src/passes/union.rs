//! Tells the variants of each union apart while it is cheap: now, not when an answer arrives.
//!
//! A discriminator that names every alternative, or one implied by constant members, makes a tagged
//! union. Otherwise each variant gets a probe, the sharpest first. Variants that no probe can or
//! need tell apart are merged.

mod probes;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::ir::{
    Alternatives, Api, Base, Branch, Constraints, Discriminator, EnumValue, Extra, Field, Node,
    Shape, TaggedVariant, Type, TypeId, TypeRef, Union, Variant,
};

/// Most aliases that are read through.
const MAX_HOPS: usize = 32;
/// Most values of a member that still tell a variant.
const MOST_CONSTANTS: usize = 24;

/// Decides on every list of alternatives, those that others hold first.
pub(super) fn classify(api: &mut Api) {
    let found = std::mem::take(&mut api.alternatives);
    keep_others(api, &found);
    let mut drafts: Vec<Option<Draft>> = api.types.iter().map(|_| None).collect();
    for (id, alternatives) in found {
        drafts[id.0] = Some(Draft::new(&api.types, alternatives));
    }
    let mut unions = Unions { types: &mut api.types, drafts };
    let mut seen = vec![false; unions.drafts.len()];
    for start in 0..unions.drafts.len() {
        let mut stack = vec![(start, false)];
        while let Some((index, entered)) = stack.pop() {
            let Some(draft) = &unions.drafts[index] else {
                continue;
            };
            if entered {
                let shape = unions.decided(TypeId(index), draft);
                unions.types[index].shape = shape;
                unions.drafts[index] = None;
            } else if !std::mem::replace(&mut seen[index], true) {
                stack.push((index, true));
                let nodes = draft.choices.iter().map(|choice| &choice.node);
                stack.extend(nodes.filter_map(|node| match unions.resolve(node).ty {
                    TypeRef::Named(id) => Some((id.0, false)),
                    _ => None,
                }));
            }
        }
    }
}

/// Of alternatives that may hold at once, each keeps what only another one declares.
fn keep_others(api: &mut Api, found: &BTreeMap<TypeId, Alternatives>) {
    let any = found.values().filter(|alternatives| alternatives.any);
    let kept: Vec<TypeId> = any
        .filter(|alternatives| alternatives.branches.len() > 1)
        .flat_map(|alternatives| &alternatives.branches)
        .filter_map(|branch| match branch.node.ty {
            TypeRef::Named(id) => Some(id),
            _ => None,
        })
        .collect();
    for id in kept {
        if let Shape::Struct { extra: extra @ Extra::Ignore, .. } = &mut api.types[id.0].shape {
            *extra = Extra::Keep(Box::new(plain(TypeRef::Untyped("any value".to_owned()))));
        }
    }
}

/// Alternatives with the tags that the document gives them.
struct Draft {
    /// The member that holds the tag, when the document names one and a tag for every alternative.
    property: Option<String>,
    choices: Vec<Choice>,
}

/// One alternative.
#[derive(Clone)]
struct Choice {
    node: Node,
    tags: Vec<String>,
    /// Whether any other tag means it.
    is_base: bool,
}

impl Draft {
    fn new(types: &[Type], alternatives: Alternatives) -> Self {
        let Alternatives { discriminator, branches, base, any: _ } = alternatives;
        let choice = |branch: Branch, is_base: bool| {
            let tags =
                discriminator.as_ref().map_or_else(Vec::new, |found| tags(types, found, &branch));
            Choice { node: branch.node, tags, is_base }
        };
        let mut choices: Vec<Choice> =
            branches.into_iter().map(|branch| choice(branch, false)).collect();
        // Types that only the mapping knows.
        for (tag, id) in discriminator.iter().flat_map(|found| &found.mapping) {
            if choices.iter().any(|choice| choice.tags.contains(tag)) {
                continue;
            }
            let ty = TypeRef::Named(*id);
            match choices.iter_mut().find(|choice| choice.node.ty == ty) {
                Some(choice) => choice.tags.push(tag.clone()),
                None => choices.push(Choice {
                    node: plain(ty),
                    tags: vec![tag.clone()],
                    is_base: false,
                }),
            }
        }
        choices.extend(base.map(|base| choice(base, true)));
        let told = choices.iter().all(|choice| choice.is_base || !choice.tags.is_empty());
        Self { property: discriminator.map(|found| found.property).filter(|_| told), choices }
    }
}

/// The tags of an alternative: those that map to it, else those that it lists itself, else the name
/// of its component.
fn tags(types: &[Type], discriminator: &Discriminator, branch: &Branch) -> Vec<String> {
    let mapped: Vec<String> = discriminator
        .mapping
        .iter()
        .filter(|(_, id)| branch.component == Some(*id))
        .map(|(tag, _)| tag.clone())
        .collect();
    match branch.component {
        _ if !mapped.is_empty() => mapped,
        _ if !branch.values.is_empty() => branch.values.clone(),
        Some(id) => vec![types[id.0].source_name.clone()],
        None => Vec::new(),
    }
}

fn plain(ty: TypeRef) -> Node {
    Node { ty, nullable: false, doc: String::new(), constraints: Box::default() }
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

/// The types, and the alternatives that are still to be decided on.
struct Unions<'t> {
    types: &'t mut Vec<Type>,
    drafts: Vec<Option<Draft>>,
}

impl Unions<'_> {
    fn decided(&self, own: TypeId, draft: &Draft) -> Shape {
        let mut kept: Vec<Choice> = Vec::new();
        let mut nullable = false;
        for choice in &draft.choices {
            nullable |= choice.node.nullable || self.resolve(&choice.node).nullable;
            // A union that holds itself adds nothing.
            if choice.node.ty == TypeRef::Named(own) {
                continue;
            }
            match kept.iter_mut().find(|known| known.node.ty == choice.node.ty) {
                Some(known) => {
                    let more = choice.tags.iter().filter(|tag| !known.tags.contains(tag));
                    let more: Vec<String> = more.cloned().collect();
                    known.tags.extend(more);
                }
                None => kept.push(choice.clone()),
            }
        }
        if kept.iter().any(|choice| matches!(self.resolve(&choice.node).ty, TypeRef::Untyped(_))) {
            let reason = "alternatives of which one is any value".to_owned();
            return alias(TypeRef::Untyped(reason), nullable);
        }
        if let Some(property) = &draft.property
            && let Some(union) = self.tagged(property, &kept)
        {
            return Shape::Union(union);
        }
        let mut nodes = self.opened(own, kept);
        if let Some(values) = self.strings(&nodes) {
            return Shape::StringEnum(values);
        }
        self.merge(&mut nodes, JsonKind::String, TypeRef::String);
        self.numbers(&mut nodes);
        if nodes.len() < 2 {
            let ty = nodes.pop().map_or_else(
                || TypeRef::Untyped("alternatives that say nothing".to_owned()),
                |node| node.ty,
            );
            return alias(ty, nullable);
        }
        Shape::Union(match self.implied(&nodes) {
            Some((property, tags)) => {
                let variants = nodes.into_iter().zip(tags);
                let variants = variants.filter_map(|(node, tags)| tagged_variant(node, tags));
                Union::Tagged { property, variants: variants.collect(), base: None }
            }
            None => Union::Shaped { variants: probes::sorted(self, nodes) },
        })
    }

    /// A union by tags that choose one variant each; `None` when a tag cannot choose among them.
    fn tagged(&self, property: &str, choices: &[Choice]) -> Option<Union> {
        let mut seen = BTreeSet::new();
        let (mut variants, mut base) = (Vec::new(), None);
        for choice in choices {
            if self.kind(&choice.node) != JsonKind::Object {
                return None;
            }
            let mut tags = choice.tags.clone();
            tags.retain(|tag| seen.insert(tag.clone()));
            if choice.is_base {
                base = Some(Base { variant: variant(choice.node.clone()), tags });
            } else {
                variants.push(tagged_variant(choice.node.clone(), tags)?);
            }
        }
        let property = property.to_owned();
        (!choices.is_empty()).then_some(Union::Tagged { property, variants, base })
    }

    /// The alternatives, with those of unions by shape among them in their place: as one they would
    /// take every value.
    fn opened(&self, own: TypeId, choices: Vec<Choice>) -> Vec<Node> {
        let mut out: Vec<Node> = Vec::new();
        for choice in choices {
            let inner: Option<Vec<Node>> = match self.resolve(&choice.node).ty {
                TypeRef::Named(id) => match (&self.drafts[id.0], &self.types[id.0].shape) {
                    (Some(Draft { property: None, choices }), _) => {
                        Some(choices.iter().map(|choice| choice.node.clone()).collect())
                    }
                    (None, Shape::Union(union @ Union::Shaped { .. })) => {
                        Some(union.variants().map(|variant| variant.node.clone()).collect())
                    }
                    _ => None,
                },
                _ => None,
            };
            for node in inner.unwrap_or_else(|| vec![choice.node]) {
                if node.ty != TypeRef::Named(own) && !out.iter().any(|known| known.ty == node.ty) {
                    out.push(node);
                }
            }
        }
        out
    }

    /// The values of all alternatives, when all are strings and some are enumerated: the enum is
    /// open, so it admits the others.
    fn strings(&self, nodes: &[Node]) -> Option<Vec<EnumValue>> {
        let mut values: Vec<EnumValue> = Vec::new();
        for node in nodes {
            match &self.resolve(node).ty {
                TypeRef::String => {}
                TypeRef::Named(id) => match &self.types[id.0].shape {
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
        (!values.is_empty() && nodes.len() > 1).then_some(values)
    }

    /// Leaves one alternative of whole numbers and one of others, in this order: as one, the digits
    /// of large whole numbers would be lost.
    fn numbers(&self, nodes: &mut Vec<Node>) {
        let is_float = |node: &Node| self.resolve(node).ty == TypeRef::F64;
        let Some(first) = nodes.iter().position(|node| self.kind(node) == JsonKind::Number) else {
            return;
        };
        let (floats, mut rest): (Vec<Node>, Vec<Node>) =
            std::mem::take(nodes).into_iter().partition(is_float);
        self.merge(&mut rest, JsonKind::Number, TypeRef::I64);
        let whole = rest.iter().position(|node| self.kind(node) == JsonKind::Number);
        if let Some(float) = floats.into_iter().next() {
            rest.insert(whole.map_or(first, |at| at + 1), float);
        }
        *nodes = rest;
    }

    /// Leaves one alternative of those of a kind.
    fn merge(&self, nodes: &mut Vec<Node>, of: JsonKind, ty: TypeRef) {
        if nodes.iter().filter(|node| self.kind(node) == of).count() < 2 {
            return;
        }
        let mut ty = Some(ty);
        nodes.retain_mut(|node| {
            if self.kind(node) != of {
                return true;
            }
            match ty.take() {
                Some(ty) => {
                    node.ty = ty;
                    *node.constraints = Constraints::default();
                    true
                }
                None => false,
            }
        });
    }

    /// A member that every alternative requires, with values that no two of them share.
    fn implied(&self, nodes: &[Node]) -> Option<(String, Vec<Vec<String>>)> {
        let first = self.members(nodes.first()?)?;
        first.iter().filter(|field| field.required).find_map(|field| {
            let mut seen = BTreeSet::new();
            let mut tags = Vec::new();
            for node in nodes {
                let field = self
                    .members(node)?
                    .iter()
                    .find(|other| other.wire == field.wire && other.required)?;
                let values: Vec<String> = self
                    .constants(field)?
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

    /// The values of an enumerated member.
    fn constants(&self, field: &Field) -> Option<Vec<Value>> {
        let node = self.resolve(&field.node);
        let listed = &node.constraints.values;
        if !listed.is_empty() && listed.len() <= MOST_CONSTANTS {
            return Some(listed.clone());
        }
        let TypeRef::Named(id) = node.ty else {
            return None;
        };
        match &self.types[id.0].shape {
            Shape::StringEnum(values) if values.len() <= MOST_CONSTANTS => {
                Some(values.iter().map(|value| value.wire.as_str().into()).collect())
            }
            _ => None,
        }
    }

    /// The members of an alternative that is a struct.
    fn members(&self, node: &Node) -> Option<&[Field]> {
        match self.resolve(node).ty {
            TypeRef::Named(id) => match &self.types[id.0].shape {
                Shape::Struct { fields, .. } => Some(fields.as_slice()),
                _ => None,
            },
            _ => None,
        }
    }

    fn kind(&self, node: &Node) -> JsonKind {
        match self.resolve(node).ty {
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
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                match (&self.drafts[id.0], &self.types[id.0].shape) {
                    (Some(Draft { property: Some(_), .. }), _) => JsonKind::Object,
                    (Some(_), _) => JsonKind::Unknown,
                    (None, Shape::StringEnum(_)) => JsonKind::String,
                    (None, Shape::Struct { .. } | Shape::Union(Union::Tagged { .. })) => {
                        JsonKind::Object
                    }
                    (None, Shape::Union(Union::Shaped { .. }) | Shape::Alias(_)) => {
                        JsonKind::Unknown
                    }
                }
            }
        }
    }

    /// A node, aliases read through.
    fn resolve<'n>(&'n self, node: &'n Node) -> &'n Node {
        let mut node = node;
        for _ in 0..MAX_HOPS {
            let TypeRef::Named(id) = node.ty else { return node };
            match (&self.drafts[id.0], &self.types[id.0].shape) {
                (None, Shape::Alias(target)) => node = target,
                _ => return node,
            }
        }
        node
    }
}

fn alias(ty: TypeRef, nullable: bool) -> Shape {
    Shape::Alias(Node { nullable, ..plain(ty) })
}

fn variant(node: Node) -> Variant {
    Variant { ident: String::new(), node }
}

fn tagged_variant(node: Node, tags: Vec<String>) -> Option<TaggedVariant> {
    let mut tags = tags.into_iter();
    let tag = tags.next()?;
    Some(TaggedVariant { variant: variant(node), tag, aliases: tags.collect() })
}
