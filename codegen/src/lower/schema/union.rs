//! Alternatives: `oneOf` and `anyOf`.

use serde_json::{Map, Value, json};

use super::{Schema, SchemaLocation, Schemas, Slot, plain};
use crate::ir::{Alternatives, Branch, Discriminator, Node, TypeId, TypeRef};
use crate::names;
use crate::pointer;

/// How deep a tag's value is looked for.
const MAX_HOPS: usize = 8;

/// A list of alternatives.
#[derive(Clone)]
pub(super) struct Union<'d> {
    pub(super) keyword: &'static str,
    /// Those that are values' shapes, with their place in the list.
    pub(super) branches: Vec<(usize, &'d Value)>,
    /// The discriminator's member.
    property: Option<String>,
    /// The discriminator's mapping.
    mapping: Vec<(String, String)>,
    /// What the whole is called.
    name: String,
    /// Whether there are alternatives that are no shape: they only demand members, or forbid some.
    pub(super) partial: bool,
    /// Whether several alternatives may hold at once.
    pub(super) any: bool,
}

impl<'d> Union<'d> {
    pub(super) fn new(
        keyword: &'static str,
        list: &'d [Value],
        schema: &Schema<'_, 'd>,
        name: &str,
    ) -> Self {
        let shapes = list.iter().filter(|branch| !is_null(branch)).count();
        let known = schema.map.get("properties").and_then(Value::as_object);
        let branches: Vec<_> = list
            .iter()
            .enumerate()
            .filter(|(_, branch)| {
                !(is_null(branch) || is_constraint(branch) && declares_only(branch, known))
            })
            .collect();
        let discriminator = schema.data.discriminator.as_ref();
        let mapping = discriminator
            .into_iter()
            .flat_map(|found| &found.mapping)
            .map(|(tag, target)| (tag.clone(), target.clone()))
            .collect();
        Self {
            keyword,
            property: discriminator.map(|found| found.property_name.clone()),
            mapping,
            name: name.to_owned(),
            partial: branches.len() < shapes,
            any: keyword == "anyOf",
            branches,
        }
    }
}

/// Whether a schema admits null and nothing else.
pub(super) fn is_null(schema: &Value) -> bool {
    let only_null = |values: &Vec<Value>| !values.is_empty() && values.iter().all(Value::is_null);
    schema.get("type").and_then(Value::as_str) == Some("null")
        || schema.get("enum").and_then(Value::as_array).is_some_and(only_null)
}

/// Whether all members that a schema declares are known beside it.
fn declares_only(schema: &Value, known: Option<&Map<String, Value>>) -> bool {
    let members = schema.get("properties").and_then(Value::as_object);
    members
        .into_iter()
        .flat_map(Map::keys)
        .all(|name| known.is_some_and(|known| known.contains_key(name)))
}

/// Whether a schema only demands or forbids members: a constraint on its siblings, no shape of its
/// own.
pub(super) fn is_constraint(schema: &Value) -> bool {
    const DEMANDS: [&str; 4] = ["required", "not", "minProperties", "maxProperties"];
    const WORDS: [&str; 5] = ["title", "description", "type", "example", "properties"];
    let Some(map) = schema.as_object() else {
        return false;
    };
    let idle = |key: &str| match key {
        "type" => map[key].as_str() == Some("object"),
        "properties" => map[key].as_object().is_some_and(|members| {
            members.values().all(|member| member.as_object().is_some_and(serde_json::Map::is_empty))
        }),
        _ => true,
    };
    map.keys().any(|key| DEMANDS.contains(&key.as_str()))
        && map.keys().all(|key| {
            DEMANDS.contains(&key.as_str()) || (WORDS.contains(&key.as_str()) && idle(key))
        })
}

impl<'d> Schemas<'d> {
    /// `oneOf` or `anyOf`, with what stands beside it.
    pub(super) fn alternatives(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        let (keyword, list) = match (schema.list("oneOf"), schema.list("anyOf")) {
            (Some(list), other) => {
                if other.is_some() {
                    self.cx.note(
                        "several-unions",
                        &place.trail,
                        "`anyOf` beside `oneOf` is not modelled",
                    );
                }
                ("oneOf", list)
            }
            (None, Some(list)) => ("anyOf", list),
            (None, None) => return self.simple(schema, place, slot),
        };
        let mut union = Union::new(keyword, list, schema, place.name);
        let count = union.branches.len();
        let is_null_elsewhere =
            |branch: &Value| self.target(branch).is_some_and(|(_, target)| is_null(target));
        union.branches.retain(|(_, branch)| !is_null_elsewhere(branch));
        let nullable = list.iter().any(is_null) || union.branches.len() < count;
        let scalar = matches!(
            schema.keywords.typ.as_deref(),
            Some("string" | "integer" | "number" | "boolean" | "array")
        );
        let declares = schema
            .map
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|members| !members.is_empty());
        let members = declares
            || schema
                .map
                .get("additionalProperties")
                .is_some_and(|beyond| beyond != &Value::Bool(false));
        let trail = place.trail.key(keyword);
        let mut node = match union.branches.as_slice() {
            [] => self.simple(schema, place, slot),
            _ if scalar => self.simple(schema, place, slot),
            [(index, only)] if !members && !union.partial => {
                self.read(only, &SchemaLocation { trail: trail.index(*index), ..*place }, slot)
            }
            _ if (members || union.partial)
                && union.branches.iter().any(|(_, branch)| self.is_object(branch, 0)) =>
            {
                self.composed(schema, place, slot)
            }
            _ if members => self.object(schema, place, slot),
            _ => {
                let id = self.reserve(slot, place);
                self.union(id, &union, place);
                plain(TypeRef::Named(id))
            }
        };
        node.nullable |= nullable;
        node
    }

    /// Makes a type one of the alternatives as they stand.
    pub(super) fn union(&mut self, id: TypeId, union: &Union<'d>, place: &SchemaLocation<'_>) {
        let trail = place.trail.key(union.keyword);
        let mut branches = Vec::new();
        for (index, branch) in &union.branches {
            let name = format!("{} {}", union.name, self.label(union, *index, branch));
            let node = self.node(
                branch,
                &SchemaLocation { trail: trail.index(*index), name: &name, files: place.files },
            );
            branches.push(self.branch(union, branch, node));
        }
        let discriminator = self.discriminator(union);
        let any = union.any;
        self.alternatives.insert(id, Alternatives { discriminator, branches, base: None, any });
    }

    /// An alternative that was lowered.
    pub(super) fn branch(&self, union: &Union<'d>, branch: &'d Value, node: Node) -> Branch {
        Branch {
            node,
            component: self.target(branch).map(|(name, _)| self.components[name].0),
            values: self.listed(union, branch),
        }
    }

    /// The discriminator, as far as it speaks of components that there are.
    pub(super) fn discriminator(&self, union: &Union<'d>) -> Option<Discriminator> {
        let mapping = union.mapping.iter().filter_map(|(tag, target)| {
            let (id, _) = self.components.get(target_name(target).as_str())?;
            Some((tag.clone(), *id))
        });
        let property = union.property.clone()?;
        Some(Discriminator { property, mapping: mapping.collect() })
    }

    /// What a variant is called for the time being.
    pub(super) fn label(&self, union: &Union<'d>, index: usize, branch: &'d Value) -> String {
        if let Some((name, _)) = self.target(branch) {
            return name.to_owned();
        }
        let title = branch
            .get("title")
            .and_then(Value::as_str)
            .filter(|title| title.len() <= 40 && names::is_wordy(title));
        if let Some(title) = title {
            return title.to_owned();
        }
        if let Some(value) = self.listed(union, branch).first() {
            return value.clone();
        }
        match telling(union, index, branch) {
            Some(word) => word,
            None => format!("Variant{}", index + 1),
        }
    }

    /// The values that a branch itself lists for the discriminator's member.
    fn listed(&self, union: &Union<'d>, branch: &'d Value) -> Vec<String> {
        let property = union.property.as_ref();
        property.map_or_else(Vec::new, |property| self.constants(branch, property, 0))
    }

    /// The values that a schema lists for a member.
    fn constants(&self, schema: &'d Value, property: &str, depth: usize) -> Vec<String> {
        if depth > MAX_HOPS {
            return Vec::new();
        }
        if let Some((_, target)) = self.target(schema) {
            return self.constants(target, property, depth + 1);
        }
        if let Some(member) = schema.get("properties").and_then(|members| members.get(property)) {
            let member = self.target(member).map_or(member, |(_, target)| target);
            let values = member.get("enum").and_then(Value::as_array);
            return values
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
        }
        let parts = schema.get("allOf").and_then(Value::as_array);
        parts
            .into_iter()
            .flatten()
            .rev()
            .map(|part| self.constants(part, property, depth + 1))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }
}

/// What sets an alternative without a name apart: its constant, a member that only it demands, its
/// type.
fn telling(union: &Union<'_>, index: usize, branch: &Value) -> Option<String> {
    let others =
        || union.branches.iter().filter(|(other, _)| *other != index).map(|(_, other)| *other);
    let declares = |schema: &Value, name: &str| {
        schema.get("properties").is_some_and(|members| members.get(name).is_some())
    };
    let members = branch.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut constants = members.filter_map(|(name, member)| {
        match member.get("enum").and_then(Value::as_array).map(Vec::as_slice) {
            Some([Value::String(only)]) => Some((name, only)),
            _ => None,
        }
    });
    let constant = constants.find(|(name, only)| {
        let shared = |other: &Value| {
            other["properties"][name.as_str()]["enum"]
                .as_array()
                .is_some_and(|values| values.contains(&json!(only)))
        };
        names::is_wordy(only) && only.len() <= 40 && !others().any(shared)
    });
    if let Some((_, only)) = constant {
        return Some(only.clone());
    }
    let mut required = branch
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    if let Some(name) =
        required.find(|name| names::is_wordy(name) && !others().any(|other| declares(other, name)))
    {
        return Some(name.to_owned());
    }
    let kind = branch.get("type").and_then(Value::as_str)?;
    let alone = others()
        .all(|other| other.get("type").and_then(Value::as_str).is_some_and(|other| other != kind));
    alone.then(|| names::pascal(kind))
}

/// The component that a discriminator's mapping means: a reference, a file name or the plain name.
pub(super) fn target_name(target: &str) -> String {
    if let Some((_, name)) = pointer::component(target) {
        name.into_owned()
    } else {
        let last = target.rsplit(['/', '#']).next().unwrap_or(target);
        last.trim_end_matches(".json").trim_end_matches(".yaml").trim_end_matches(".yml").to_owned()
    }
}
