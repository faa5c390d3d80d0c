//! Types that others are made of by `allOf`, told apart by a discriminator: an argument of the type
//! may be any of those.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::pointer;

/// The families of a document's component schemas.
pub(super) struct Families<'a> {
    schemas: &'a Map<String, Value>,
    /// The components that are made of each, directly.
    children: BTreeMap<&'a str, Vec<&'a str>>,
}

/// How a family's members are told apart, and who they are.
pub(super) struct Family<'a> {
    /// The member that tells.
    pub(super) property: &'a str,
    /// Every component that is made of the type, with the values that mean it.
    pub(super) members: Vec<(&'a str, Vec<&'a str>)>,
}

impl<'a> Families<'a> {
    pub(super) fn new(schemas: &'a Map<String, Value>) -> Self {
        let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, schema) in schemas {
            for parent in parents(schema) {
                if let Some((parent, _)) = schemas.get_key_value(parent.as_ref()) {
                    children.entry(parent).or_default().push(name);
                }
            }
        }
        Self { schemas, children }
    }

    /// The family of a component, where its discriminator is not one of listed alternatives.
    pub(super) fn of(&self, name: &str) -> Option<Family<'a>> {
        let (name, schema) = self.schemas.get_key_value(name)?;
        if ["oneOf", "anyOf"].iter().any(|key| schema.get(*key).is_some()) {
            return None;
        }
        if !self.children.contains_key(name.as_str()) {
            return None;
        }
        let discriminator = self.discriminator(name)?;
        let property = discriminator.get("propertyName")?.as_str()?;
        let members = self.descendants(name);
        let members = members.into_iter().map(|member| (member, tags(discriminator, member)));
        Some(Family { property, members: members.collect() })
    }

    /// Every component that is made of this one, itself not among them.
    fn descendants(&self, name: &str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open = vec![name];
        while let Some(parent) = open.pop() {
            for child in self.children.get(parent).into_iter().flatten() {
                if *child != name && found.insert(*child) {
                    open.push(child);
                }
            }
        }
        found
    }

    /// A component's own discriminator, or that of what it is made of.
    fn discriminator(&self, name: &'a str) -> Option<&'a Value> {
        let mut seen = BTreeSet::from([name]);
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            let schema = self.schemas.get(name)?;
            if let Some(found) = schema.get("discriminator") {
                return Some(found);
            }
            for parent in parents(schema) {
                if let Some((parent, _)) = self.schemas.get_key_value(parent.as_ref())
                    && seen.insert(parent)
                {
                    open.push(parent);
                }
            }
        }
        None
    }
}

/// The components that a schema is made of.
fn parents(schema: &Value) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    parts.filter_map(component)
}

/// The component that a schema refers to.
pub(super) fn component(schema: &Value) -> Option<std::borrow::Cow<'_, str>> {
    let (section, name) = pointer::component(schema.get("$ref")?.as_str()?)?;
    (section == "schemas").then_some(name)
}

/// The values of a discriminator that mean a component: those of its mapping, else its name.
pub(super) fn tags<'a>(discriminator: &'a Value, name: &'a str) -> Vec<&'a str> {
    let mapping = discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten();
    let mapped: Vec<&str> = mapping
        .filter(|(_, target)| {
            let target = target.as_str().unwrap_or_default();
            pointer::component(target).map_or(target == name, |(_, component)| component == name)
        })
        .map(|(tag, _)| tag.as_str())
        .collect();
    if mapped.is_empty() { vec![name] } else { mapped }
}
