//! Inheritance: a schema with a discriminator, and the schemas that take it in by `allOf`.
//!
//! Where the base is used, any member of its family may stand: a union by the discriminator's
//! value. What has another value is read as the base, its further members kept.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::composed::Merged;
use super::union::target_name;
use super::{ANY, SchemaLocation, Schemas, plain};
use crate::ir::{Alternatives, Branch, Discriminator, Extra, Node, Shape, TypeId, TypeRef};
use crate::pointer;

/// What generators for Azure call the discriminator's value of a schema.
const VALUE: &str = "x-ms-discriminator-value";

/// Who takes in whom, by name.
#[derive(Default)]
pub(super) struct Families<'d> {
    /// For each base, its members with their discriminator values.
    members: BTreeMap<&'d str, Vec<(&'d str, Vec<String>)>>,
    /// All members of all families.
    all: BTreeSet<&'d str>,
    /// Those of which others are made in turn.
    middle: BTreeSet<&'d str>,
}

impl<'d> Families<'d> {
    /// The families among component schemas.
    pub(super) fn new(schemas: &BTreeMap<&'d str, &'d Value>) -> Self {
        let mut kin = Kin { schemas, children: BTreeMap::new(), parents: BTreeMap::new() };
        for (name, schema) in schemas {
            for parent in parents(schema)
                .into_iter()
                .filter_map(|parent| schemas.get_key_value(parent.as_str()))
            {
                kin.children.entry(parent.0).or_default().push(name);
                kin.parents.entry(name).or_default().push(parent.0);
            }
        }
        let mut families = Self::default();
        let bases: Vec<&str> =
            schemas.keys().copied().filter(|name| kin.property(name).is_some()).collect();
        for base in bases {
            let members = kin.members(base);
            if !members.is_empty() {
                families.all.extend(members.iter().map(|(name, _)| *name));
                let is_parent = |name: &&str| *name != base && kin.children.contains_key(name);
                families.middle.extend(members.iter().map(|(name, _)| *name).filter(is_parent));
                families.members.insert(base, members);
            }
        }
        families
    }

    /// Whether a component stands for itself in a family, although all that it says may be its
    /// base.
    pub(super) fn is_member(&self, name: &str) -> bool {
        self.all.contains(name)
    }
}

impl Schemas<'_> {
    /// Where a component stands that others are made of, one of those may stand: it keeps what they
    /// have.
    pub(super) fn keep_subtypes(&mut self, name: &str, id: TypeId) {
        if self.families.middle.contains(name)
            && let Shape::Struct { extra: extra @ Extra::Ignore, .. } = &mut self.types[id.0].shape
        {
            *extra = Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned()))));
        }
    }
}

struct Kin<'k, 'd> {
    schemas: &'k BTreeMap<&'d str, &'d Value>,
    children: BTreeMap<&'d str, Vec<&'d str>>,
    parents: BTreeMap<&'d str, Vec<&'d str>>,
}

impl<'d> Kin<'_, 'd> {
    /// The member by which a base tells its family apart.
    fn property(&self, base: &str) -> Option<&'d str> {
        let schema = self.schemas.get(base)?;
        if ["oneOf", "anyOf"].iter().any(|key| schema.get(*key).is_some()) {
            return None;
        }
        schema.get("discriminator")?.get("propertyName")?.as_str()
    }

    /// The members of a family, each value once; a base within is a member with the values of its
    /// own family.
    fn members(&self, base: &'d str) -> Vec<(&'d str, Vec<String>)> {
        let Some(property) = self.property(base) else { return Vec::new() };
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([base]);
        let mut bases: Vec<&str> = self
            .ancestors(base)
            .into_iter()
            .filter(|name| self.property(name) == Some(property))
            .collect();
        let is_within = !bases.is_empty();
        bases.push(base);
        self.descend(base, property, &bases, &mut seen, &mut found);
        // What only the mapping knows.
        for (tag, target) in mapping(self.schemas[base]) {
            let target = target_name(target);
            if let Some((name, _)) = self
                .schemas
                .get_key_value(target.as_str())
                .filter(|(name, _)| !seen.contains(*name))
            {
                found.push((name, vec![tag.to_owned()]));
            }
        }
        let mut own = if is_within {
            self.tags(base, property, &bases)
        } else {
            self.stated(base, property, &bases)
        };
        let mut taken: BTreeSet<String> = own.iter().cloned().collect();
        for (_, tags) in &mut found {
            tags.retain(|tag| taken.insert(tag.clone()));
        }
        found.retain(|(_, tags)| !tags.is_empty());
        if !found.is_empty() {
            own.extend(
                self.constants(self.schemas[base], property)
                    .into_iter()
                    .filter(|tag| taken.insert(tag.clone())),
            );
            found.push((base, own));
        }
        found
    }

    fn descend(
        &self,
        from: &'d str,
        property: &str,
        bases: &[&'d str],
        seen: &mut BTreeSet<&'d str>,
        found: &mut Vec<(&'d str, Vec<String>)>,
    ) {
        for child in self.children.get(from).into_iter().flatten() {
            if !seen.insert(child) {
                continue;
            }
            let within: Vec<&str> = bases.iter().copied().chain([*child]).collect();
            if self.property(child) == Some(property) && self.children.contains_key(child) {
                let mut tags = self.tags(child, property, bases);
                let mut below = Vec::new();
                self.descend(child, property, &within, seen, &mut below);
                tags.extend(below.into_iter().flat_map(|(_, tags)| tags));
                found.push((child, tags));
                continue;
            }
            let stated = self.stated(child, property, bases);
            if !stated.is_empty() {
                found.push((child, stated));
            } else if adds(self.schemas[child])
                || (bases.last() == Some(&from) && !self.is_mapped(bases))
            {
                found.push((child, self.tags(child, property, bases)));
            }
            self.descend(child, property, bases, seen, found);
        }
    }

    fn ancestors(&self, name: &'d str) -> Vec<&'d str> {
        let mut found: Vec<&str> = Vec::new();
        let mut pending = vec![name];
        while let Some(next) = pending.pop() {
            for parent in
                self.parents.get(next).into_iter().flatten().filter(|parent| **parent != name)
            {
                if !found.contains(parent) {
                    found.push(parent);
                    pending.push(parent);
                }
            }
        }
        found
    }

    /// The values that a schema itself lists for a member.
    fn constants(&self, schema: &Value, property: &str) -> Vec<String> {
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let own = std::iter::once(schema).chain(parts.filter(|part| part.get("$ref").is_none()));
        let mut found = Vec::new();
        for member in own.filter_map(|part| part.get("properties")?.get(property)) {
            let lone =
                member.get("allOf").and_then(Value::as_array).and_then(|parts| parts.first());
            let named = [Some(member), lone]
                .into_iter()
                .flatten()
                .find_map(|schema| pointer::component(schema.get("$ref")?.as_str()?));
            let listed = named
                .and_then(|(_, name)| self.schemas.get(name.as_ref()).copied())
                .unwrap_or(member);
            let values = listed.get("enum").and_then(Value::as_array).into_iter().flatten();
            found.extend(values.filter_map(Value::as_str).map(str::to_owned));
        }
        found
    }

    fn is_mapped(&self, bases: &[&str]) -> bool {
        bases.iter().any(|base| mapping(self.schemas[base]).next().is_some())
    }

    /// The values that are stated for a schema: by a mapping of its bases, by its extension, by its
    /// own member.
    fn stated(&self, name: &str, property: &str, bases: &[&str]) -> Vec<String> {
        let mapped: Vec<String> = bases
            .iter()
            .flat_map(|base| mapping(self.schemas[base]))
            .filter(|(_, target)| target_name(target) == name)
            .map(|(tag, _)| tag.to_owned())
            .collect();
        if !mapped.is_empty() {
            return mapped;
        }
        let schema = self.schemas[name];
        if let Some(value) = schema.get(VALUE).and_then(Value::as_str) {
            return vec![value.to_owned()];
        }
        if bases.contains(&name) { Vec::new() } else { self.constants(schema, property) }
    }

    /// The values of a schema; without any stated, the one that its name implies.
    fn tags(&self, name: &str, property: &str, bases: &[&str]) -> Vec<String> {
        let stated = self.stated(name, property, bases);
        if !stated.is_empty() {
            return stated;
        }
        let known: Vec<String> =
            bases.iter().flat_map(|base| self.constants(self.schemas[base], property)).collect();
        let plain = |text: &str| {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase()
        };
        let own = plain(name);
        let implied = known.into_iter().find(|value| {
            let value = plain(value);
            value == own
                || bases.iter().any(|base| {
                    format!("{value}{}", plain(base)) == own
                        || format!("{}{value}", plain(base)) == own
                })
        });
        vec![implied.unwrap_or_else(|| name.to_owned())]
    }
}

/// The components that a schema is all of.
fn parents(schema: &Value) -> Vec<String> {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let name = |part: &Value| {
        pointer::component(part.get("$ref")?.as_str()?).map(|(_, name)| name.into_owned())
    };
    parts.flat_map(|part| name(part).map_or_else(|| parents(part), |name| vec![name])).collect()
}

/// Whether a schema says more than what it takes in.
fn adds(schema: &Value) -> bool {
    let keywords = |map: &Map<String, Value>| {
        ["properties", "required", "additionalProperties"].iter().any(|key| map.contains_key(*key))
    };
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    schema.as_object().is_some_and(keywords)
        || parts
            .filter_map(Value::as_object)
            .any(|part| keywords(part) || part.contains_key("allOf"))
}

fn mapping(schema: &Value) -> impl Iterator<Item = (&str, &str)> {
    let mapping = schema
        .get("discriminator")
        .and_then(|found| found.get("mapping"))
        .and_then(Value::as_object);
    mapping.into_iter().flatten().filter_map(|(tag, target)| Some((tag.as_str(), target.as_str()?)))
}

impl<'d> Schemas<'d> {
    /// The alternatives that a base stands for; `None` when it has no family.
    pub(super) fn family(
        &mut self,
        name: &'d str,
        schema: &'d Map<String, Value>,
        place: &SchemaLocation<'_>,
    ) -> Option<Alternatives> {
        let members = self.families.members.get(name)?.clone();
        let property = schema.get("discriminator")?.get("propertyName")?.as_str()?;
        let (mut branches, mut base) = (Vec::new(), None);
        for (member, values) in members {
            if member == name {
                let node = self.base(name, schema, place);
                base = Some(Branch { node, component: None, values });
            } else {
                let node = plain(TypeRef::Named(self.components[member].0));
                branches.push(Branch { node, component: None, values });
            }
        }
        let discriminator = Discriminator { property: property.to_owned(), mapping: Vec::new() };
        Some(Alternatives { discriminator: Some(discriminator), branches, base, any: false })
    }

    /// What the base itself says, as a type of its own.
    fn base(
        &mut self,
        name: &'d str,
        schema: &'d Map<String, Value>,
        place: &SchemaLocation<'_>,
    ) -> Node {
        let id = self.allocate(&format!("{name} Base"), false, &place.trail);
        let mut merged = Merged::default();
        self.merge_map(schema, place, &mut merged, false);
        self.types[id.0].shape = match merged.shape() {
            Shape::Struct { fields, extra: Extra::Ignore } => Shape::Struct {
                fields,
                extra: Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned())))),
            },
            shape => shape,
        };
        plain(TypeRef::Named(id))
    }
}
