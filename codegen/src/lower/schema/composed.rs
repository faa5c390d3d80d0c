//! Objects put together from parts: `allOf`, and alternatives beside members.
//!
//! Parts are flattened into one struct. Alternatives among the parts are multiplied out: a union
//! whose variants have the members of all other parts as well.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::object::{at_component, undeclared};
use super::union::{Union, is_constraint};
use super::{ANY, MAX_DEPTH, MOST_SCHEMAS, Schema, SchemaLocation, Schemas, Slot, plain};
use crate::ir::{Alternatives, Extra, Field, Node, Shape, TypeId, TypeRef};
use crate::lower::read;

/// What the parts looked at so far add up to.
#[derive(Clone, Default)]
pub(super) struct Merged<'d> {
    fields: IndexMap<String, Field>,
    required: BTreeSet<String>,
    extra: Option<Extra>,
    unions: Vec<Union<'d>>,
    /// Components taken in already: none is taken twice, which also ends cycles.
    visited: BTreeSet<&'d str>,
}

/// Most members that alternatives may repeat.
const MOST_MEMBERS: usize = 20_000;

impl Merged<'_> {
    fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.required.is_empty() && self.extra.is_none()
    }

    fn add(&mut self, mut field: Field) {
        // A part that only bounds a value says less of its type than one that names it.
        let rank = |node: &Node| match node.ty {
            TypeRef::Untyped(_) => 0,
            TypeRef::String | TypeRef::F64 | TypeRef::Map(_) => 1,
            _ => 2,
        };
        let Some(known) = self.fields.get_mut(&field.wire) else {
            self.fields.insert(field.wire.clone(), field);
            return;
        };
        let constraints = std::mem::take(&mut known.node.constraints);
        let doc = std::mem::take(&mut known.node.doc);
        let later = std::mem::take(&mut field.node.constraints);
        let said = std::mem::take(&mut field.node.doc);
        if rank(&known.node) <= rank(&field.node) {
            *known = field;
        }
        known.node.doc = if said.is_empty() { doc } else { said };
        known.node.constraints = constraints;
        known.node.constraints.refine(*later);
    }

    pub(super) fn shape(self) -> Shape {
        let Self { fields, required, extra, .. } = self;
        let mut fields: Vec<Field> = fields
            .into_values()
            .map(|mut field| {
                field.required |= required.contains(&field.wire);
                field
            })
            .collect();
        undeclared(&mut fields, required.iter().map(String::as_str), extra.as_ref());
        Shape::Struct { fields, extra: extra.unwrap_or(Extra::Ignore) }
    }
}

impl<'d> Schemas<'d> {
    /// `allOf`.
    pub(super) fn all_of(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        let parts = schema.list("allOf").map_or(&[][..], Vec::as_slice);
        let own = is_structural(schema.map, "allOf");
        let mut structural = parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.as_object().is_some_and(|map| is_structural(map, "")));
        let first = structural.next();
        let demands = !schema.keywords.required.is_empty()
            || parts
                .iter()
                .any(|part| part.get("required").is_some() && part.get("properties").is_none());
        let stands_for_itself = self
            .component_of(slot, schema.map)
            .is_some_and(|(_, name)| self.families.is_member(name));
        let lone = structural.next().is_none() && !own && !stands_for_itself;
        let nullable = parts.iter().any(|part| {
            part.as_object().is_some_and(|map| !is_structural(map, ""))
                && part.get("nullable") == Some(&Value::Bool(true))
        });
        let trail = place.trail.key("allOf");
        let mut node = match first {
            Some((index, part)) if lone && !(demands && self.is_object(part, 0)) => {
                self.read(part, &SchemaLocation { trail: trail.index(index), ..*place }, slot)
            }
            None if !own => self.simple(schema, place, slot),
            _ if !self.is_object_map(schema.map, 0) => {
                // Parts that are no objects all say the same type; the first one is as good as any.
                match first {
                    Some((index, part)) => self.read(
                        part,
                        &SchemaLocation { trail: trail.index(index), ..*place },
                        slot,
                    ),
                    None => self.simple(schema, place, slot),
                }
            }
            _ => self.composed(schema, place, slot),
        };
        node.nullable |= nullable;
        node
    }

    /// An object of several parts.
    pub(super) fn composed(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        let id = self.reserve(slot, place);
        let mut merged = Merged::default();
        if let Some((name, _)) = self.component_by(id) {
            merged.visited.insert(name);
        }
        self.merge_map(schema.map, place, &mut merged, true);
        if merged.extra.is_none()
            && schema.map.get("additionalProperties") == Some(&Value::Bool(false))
        {
            merged.extra = Some(Extra::Refuse);
        }
        if merged.unions.is_empty() {
            self.types[id.0].shape = merged.shape();
        } else {
            self.multiply(id, merged, place);
        }
        plain(TypeRef::Named(id))
    }

    fn component_by(&self, id: TypeId) -> Option<(&'d str, &'d Value)> {
        let ty = &self.types[id.0];
        let (name, (_, schema)) =
            self.components.get_key_value(ty.source_name.as_str()).filter(|_| ty.component)?;
        Some((name, schema))
    }

    fn merge(&mut self, value: &'d Value, place: &SchemaLocation<'_>, merged: &mut Merged<'d>) {
        if let Some((name, target)) = self.target(value) {
            self.count += 1;
            if self.count < MOST_SCHEMAS && merged.visited.insert(name) {
                at_component(name, |trail| {
                    self.merge(target, &SchemaLocation { trail, name, files: place.files }, merged);
                });
            }
            return;
        }
        if let Some(map) = value.as_object() {
            self.merge_map(map, place, merged, false);
        }
    }

    pub(super) fn merge_map(
        &mut self,
        map: &'d Map<String, Value>,
        place: &SchemaLocation<'_>,
        merged: &mut Merged<'d>,
        outermost: bool,
    ) {
        if self.depth >= MAX_DEPTH || self.count >= MOST_SCHEMAS {
            self.cx.fault("nested", &place.trail, "nested too deep; this part is left out");
            return;
        }
        let shallow = match read::schema(map) {
            Ok(shallow) => shallow,
            Err(reason) => {
                self.cx.fault(
                    "unreadable-schema",
                    &place.trail,
                    format!("{reason}; this part is left out"),
                );
                return;
            }
        };
        self.depth += 1;
        self.count += 1;
        let schema = Schema { map, keywords: &shallow.keywords, data: &shallow.data };
        for (index, part) in schema.list("allOf").into_iter().flatten().enumerate() {
            let trail = place.trail.key("allOf");
            self.merge(part, &SchemaLocation { trail: trail.index(index), ..*place }, merged);
        }
        let trail = place.trail.key("properties");
        for (wire, value) in map.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let child = format!("{} {wire}", place.name);
            let here = SchemaLocation { trail: trail.key(wire), name: &child, files: place.files };
            let mut field = self.field(wire, value, false, &here);
            match merged.fields.get_mut(wire) {
                Some(known) if self.contradict(&known.node.ty, &field.node.ty) => {
                    self.cx.note(
                        "contradicting-parts",
                        &here.trail,
                        "another part says another type; read as any value",
                    );
                    known.node.ty = TypeRef::Untyped("parts contradict each other".to_owned());
                    continue;
                }
                Some(known) => {
                    if let Some(both) = self.both(&known.node.ty, &field.node.ty, &here, 0) {
                        field.node.ty = both;
                    }
                }
                None => {}
            }
            merged.add(field);
        }
        merged.required.extend(schema.keywords.required.iter().cloned());
        match map.get("additionalProperties") {
            None | Some(Value::Bool(false)) => {}
            beyond => merged.extra = Some(self.extra(beyond, false, place)),
        }
        if outermost
            && schema.data.discriminator.is_some()
            && schema.list("oneOf").is_none()
            && schema.list("anyOf").is_none()
            && merged.extra.is_none()
        {
            merged.extra = Some(Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned())))));
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = schema.list(keyword) {
                let union = Union::new(keyword, branches, &schema, place.name);
                let leads_back = union.branches.iter().any(|(_, branch)| {
                    self.target(branch).is_some_and(|(name, _)| merged.visited.contains(&name))
                });
                if !union.branches.is_empty() && (outermost || !leads_back) {
                    merged.unions.push(union);
                }
            }
        }
        self.depth -= 1;
    }

    /// Whether no value is of both types.
    fn contradict(&self, one: &TypeRef, other: &TypeRef) -> bool {
        let kind = |ty: &TypeRef| match ty {
            TypeRef::Bool => Some("boolean"),
            TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 | TypeRef::F64 => {
                Some("number")
            }
            TypeRef::String | TypeRef::DateTime | TypeRef::Date | TypeRef::Base64 => Some("string"),
            TypeRef::List(_) => Some("array"),
            TypeRef::Map(_) => Some("object"),
            TypeRef::Named(id) | TypeRef::Boxed(id) => match &self.types[id.0].shape {
                Shape::StringEnum(_) => Some("string"),
                Shape::Struct { .. } => Some("object"),
                _ => None,
            },
            _ => None,
        };
        matches!((kind(one), kind(other)), (Some(one), Some(other)) if one != other)
    }

    /// The type of a member that several parts declare as an object: one with the members of both.
    /// `None` when the later one says as much.
    fn both(
        &mut self,
        known: &TypeRef,
        later: &TypeRef,
        place: &SchemaLocation<'_>,
        depth: usize,
    ) -> Option<TypeRef> {
        let (TypeRef::Named(one), TypeRef::Named(other)) = (known, later) else {
            return None;
        };
        let (Shape::Struct { fields, extra }, Shape::Struct { fields: more, extra: beyond }) =
            (&self.types[one.0].shape, &self.types[other.0].shape)
        else {
            return None;
        };
        let says_as_much = fields.iter().all(|field| {
            more.iter().any(|other| other.wire == field.wire && other.node.ty == field.node.ty)
        });
        if one == other || says_as_much || depth > MAX_DEPTH || self.types.len() >= MOST_SCHEMAS {
            return None;
        }
        let mut merged = Merged::default();
        let (fields, more) = (fields.clone(), more.clone());
        merged.extra = match (extra, beyond) {
            (Extra::Keep(node), _) | (_, Extra::Keep(node)) => Some(Extra::Keep(node.clone())),
            _ => None,
        };
        merged.required.extend(
            fields
                .iter()
                .chain(&more)
                .filter(|field| field.required)
                .map(|field| field.wire.clone()),
        );
        for mut field in fields.into_iter().chain(more) {
            if let Some(known) = merged.fields.get(&field.wire) {
                let child = format!("{} {}", place.name, field.wire);
                let known = known.node.ty.clone();
                if let Some(both) = self.both(
                    &known,
                    &field.node.ty,
                    &SchemaLocation { name: &child, ..*place },
                    depth + 1,
                ) {
                    field.node.ty = both;
                }
            }
            merged.add(field);
        }
        let id = self.allocate(place.name, false, &place.trail);
        self.types[id.0].shape = merged.shape();
        Some(TypeRef::Named(id))
    }

    /// Fills a type with a union whose variants have the merged members as well.
    fn multiply(&mut self, id: TypeId, mut merged: Merged<'d>, place: &SchemaLocation<'_>) {
        let union = merged.unions.remove(0);
        if union.partial && merged.unions.is_empty() {
            self.united(id, &union, merged, place);
            return;
        }
        if !merged.unions.is_empty() {
            self.cx.note(
                "several-unions",
                &place.trail,
                "only the first list of alternatives is told apart; members of the others are kept as they are",
            );
            merged.unions.clear();
            merged.extra = Some(Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned())))));
        }
        if merged.is_empty() {
            self.union(id, &union, place);
            return;
        }
        if union.branches.len() * merged.len() > MOST_MEMBERS {
            self.cx.note(
                "several-unions",
                &place.trail,
                "too many alternatives to repeat the members in; theirs are kept as they are",
            );
            merged.extra = Some(Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned())))));
            self.types[id.0].shape = merged.shape();
            return;
        }
        let owner = self.component_by(id).map(|(name, _)| name);
        let name = self.types[id.0].source_name.clone();
        let trail = place.trail.key(union.keyword);
        let mut branches = Vec::new();
        for (index, branch) in &union.branches {
            let label = self.label(&union, *index, branch);
            let child = format!("{name} {label}");
            let place =
                SchemaLocation { trail: trail.index(*index), name: &child, files: place.files };
            let extends_owner = owner.is_some_and(|owner| self.extends(branch, owner));
            let node = if extends_owner || !self.is_object(branch, 0) {
                self.node(branch, &place)
            } else {
                let variant = self.allocate(&child, false, &place.trail);
                let mut whole = merged.clone();
                self.merge(branch, &place, &mut whole);
                if !whole.unions.is_empty() {
                    self.cx.note(
                        "several-unions",
                        &place.trail,
                        "alternatives inside an alternative are not told apart; their members are kept as they are",
                    );
                    whole.extra =
                        Some(Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned())))));
                }
                self.types[variant.0].doc = read::text(
                    branch.get("description").and_then(Value::as_str).unwrap_or_default(),
                );
                self.types[variant.0].shape = whole.shape();
                plain(TypeRef::Named(variant))
            };
            branches.push(self.branch(&union, branch, node));
        }
        let mut discriminator = self.discriminator(&union);
        if let Some(found) = &mut discriminator {
            // What only the mapping knows has not the members that stand beside the alternatives.
            found.mapping.retain(|(_, id)| branches.iter().any(|own| own.component == Some(*id)));
        }
        let any = union.any;
        self.alternatives.insert(id, Alternatives { discriminator, branches, base: None, any });
    }

    /// Fills a type with the members of all alternatives, none of which is required: one of them
    /// only demands members, and so admits whatever the others say.
    fn united(
        &mut self,
        id: TypeId,
        union: &Union<'d>,
        mut merged: Merged<'d>,
        place: &SchemaLocation<'_>,
    ) {
        let trail = place.trail.key(union.keyword);
        for (index, branch) in &union.branches {
            let mut part = Merged::default();
            self.merge(branch, &SchemaLocation { trail: trail.index(*index), ..*place }, &mut part);
            for mut field in part.fields.into_values() {
                field.required = false;
                merged.add(field);
            }
            merged.extra = merged.extra.or(part.extra);
        }
        self.types[id.0].shape = merged.shape();
    }

    /// Whether a component takes in another one by `allOf`.
    fn extends(&self, branch: &Value, owner: &str) -> bool {
        let Some((_, target)) = self.target(branch) else {
            return false;
        };
        let parts = target.get("allOf").and_then(Value::as_array);
        parts
            .into_iter()
            .flatten()
            .any(|part| self.target(part).is_some_and(|(name, _)| name == owner))
    }

    /// Whether a schema describes objects.
    pub(super) fn is_object(&self, value: &'d Value, depth: usize) -> bool {
        const MAX_HOPS: usize = 16;
        if depth > MAX_HOPS {
            return false;
        }
        if value.get("$ref").is_some() {
            return self.target(value).is_some_and(|(_, schema)| self.is_object(schema, depth + 1));
        }
        value.as_object().is_some_and(|map| self.is_object_map(map, depth))
    }

    fn is_object_map(&self, map: &'d Map<String, Value>, depth: usize) -> bool {
        match map.get("type").and_then(Value::as_str) {
            Some("object") => true,
            Some(_) => false,
            None => {
                map.contains_key("properties")
                    || map.contains_key("additionalProperties")
                    || ["allOf", "oneOf", "anyOf"].iter().any(|key| {
                        let branches = map.get(*key).and_then(Value::as_array);
                        branches
                            .into_iter()
                            .flatten()
                            .any(|branch| self.is_object(branch, depth + 1))
                    })
            }
        }
    }
}

/// Whether a schema says what values look like, beyond bounds, words and being an object; one
/// keyword may be left out of account.
fn is_structural(map: &Map<String, Value>, but: &str) -> bool {
    map.iter().filter(|(key, _)| key.as_str() != but).any(|(key, value)| match key.as_str() {
        "$ref" | "items" | "enum" | "format" => true,
        "properties" => value.as_object().is_none_or(|members| !members.is_empty()),
        "allOf" | "oneOf" | "anyOf" => value
            .as_array()
            .is_none_or(|branches| branches.iter().any(|branch| !is_constraint(branch))),
        "additionalProperties" => !matches!(value, Value::Bool(false)),
        "type" => value.as_str() != Some("object"),
        _ => false,
    })
}
