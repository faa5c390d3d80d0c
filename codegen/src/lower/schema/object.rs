//! Objects: structs and maps.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::Context;
use super::{ANY, Schema, SchemaLocation, Schemas, Slot, plain};
use crate::ir::{Extra, Field, Node, Presence, Shape, TypeRef};
use crate::pointer::{self, Trail};

/// How many lists of lists, references and single parts are looked through.
const DEEPEST: usize = 8;

/// Whether a schema is a string of bytes, or a list of them.
fn is_bytes<'d>(cx: &Context<'d>, mut schema: &'d Value) -> bool {
    for _ in 0..DEEPEST {
        let Some(found) = cx.resolve(schema) else { return false };
        if found.get("format").and_then(Value::as_str) == Some("binary") {
            return true;
        }
        let part = found
            .get("allOf")
            .and_then(Value::as_array)
            .filter(|parts| parts.len() == 1)
            .and_then(|parts| parts.first());
        match found.get("items").or(part) {
            Some(inner) => schema = inner,
            None => return false,
        }
    }
    false
}

impl<'d> Schemas<'d> {
    /// Whether a schema is a string of bytes, a list of them, or an object with such a member: what
    /// is a file in a form.
    pub(super) fn holds_bytes(&self, schema: &'d Value) -> bool {
        let mut seen = BTreeSet::new();
        let mut pending = vec![schema];
        while let Some(schema) = pending.pop() {
            let Some(schema) = self
                .cx
                .resolve(schema)
                .filter(|schema| seen.insert(std::ptr::from_ref(*schema).addr()))
            else {
                continue;
            };
            let members = schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|members| members.values());
            if is_bytes(&self.cx, schema)
                || members
                    .chain(schema.get("additionalProperties"))
                    .any(|member| is_bytes(&self.cx, member))
            {
                return true;
            }
            let parts = ["allOf", "oneOf", "anyOf"]
                .into_iter()
                .filter_map(|key| schema.get(key).and_then(Value::as_array));
            pending.extend(parts.flatten());
        }
        false
    }

    /// An object: a struct when members are known, else a map.
    pub(super) fn object(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        let members = schema
            .map
            .get("properties")
            .and_then(Value::as_object)
            .filter(|members| !members.is_empty());
        let beyond = schema.map.get("additionalProperties");
        let Some(members) = members else {
            return match beyond {
                Some(Value::Bool(false)) => {
                    let id = self.reserve(slot, place);
                    self.types[id.0].shape =
                        Shape::Struct { fields: Vec::new(), extra: Extra::Refuse };
                    plain(TypeRef::Named(id))
                }
                _ => plain(TypeRef::Map(Box::new(self.beyond(beyond, place)))),
            };
        };
        let id = self.reserve(slot, place);
        let required: BTreeSet<&str> =
            schema.keywords.required.iter().map(String::as_str).collect();
        let trail = place.trail.key("properties");
        let name = self.types[id.0].source_name.clone();
        let mut fields = Vec::with_capacity(members.len());
        for (wire, value) in members {
            let child = format!("{name} {wire}");
            let place = SchemaLocation { trail: trail.key(wire), name: &child, files: place.files };
            fields.push(self.field(wire, value, required.contains(wire.as_str()), &place));
        }
        let extra = self.extra(beyond, schema.data.discriminator.is_some(), place);
        undeclared(&mut fields, required.iter().copied(), Some(&extra));
        self.types[id.0].shape = Shape::Struct { fields, extra };
        plain(TypeRef::Named(id))
    }

    /// What becomes of members that are not declared. A base type whose discriminator leads to
    /// types that it does not list keeps their members.
    pub(super) fn extra(
        &mut self,
        beyond: Option<&'d Value>,
        is_base: bool,
        place: &SchemaLocation<'_>,
    ) -> Extra {
        match beyond {
            Some(Value::Bool(false)) => Extra::Refuse,
            Some(_) => Extra::Keep(Box::new(self.beyond(beyond, place))),
            None if is_base => Extra::Keep(Box::new(plain(TypeRef::Untyped(ANY.to_owned())))),
            None => Extra::Ignore,
        }
    }

    /// The values of `additionalProperties`.
    fn beyond(&mut self, beyond: Option<&'d Value>, place: &SchemaLocation<'_>) -> Node {
        match beyond {
            Some(schema @ Value::Object(_)) => {
                let name = format!("{} value", place.name);
                self.node(
                    schema,
                    &SchemaLocation {
                        trail: place.trail.key("additionalProperties"),
                        name: &name,
                        files: place.files,
                    },
                )
            }
            _ => plain(TypeRef::Untyped(ANY.to_owned())),
        }
    }

    /// One member of an object.
    pub(super) fn field(
        &mut self,
        wire: &str,
        value: &'d Value,
        required: bool,
        place: &SchemaLocation<'_>,
    ) -> Field {
        let node = self.node(value, place);
        let keywords = |key: &str| value.get(key) == Some(&Value::Bool(true));
        let target = || {
            let (_, name) = pointer::component(value.get("$ref")?.as_str()?)?;
            self.components.get(name.as_ref()).map(|(_, schema)| *schema)
        };
        let target = target();
        let either = |key: &str| {
            keywords(key) || target.and_then(|schema| schema.get(key)) == Some(&Value::Bool(true))
        };
        Field {
            wire: wire.to_owned(),
            ident: String::new(),
            setter: String::new(),
            null_setter: None,
            presence: Presence::default(),
            node,
            required,
            read_only: either("readOnly"),
            write_only: either("writeOnly"),
            deprecated: keywords("deprecated"),
        }
    }

    /// A component schema, by the reference to it.
    pub(super) fn target(&self, value: &Value) -> Option<(&'d str, &'d Value)> {
        let (section, name) = pointer::component(value.get("$ref")?.as_str()?)?;
        if section != "schemas" {
            return None;
        }
        self.components.get_key_value(name.as_ref()).map(|(name, (_, schema))| (*name, *schema))
    }
}

/// Where the component schemas are, with one of them.
pub(super) fn at_component<R>(name: &str, use_trail: impl FnOnce(Trail<'_>) -> R) -> R {
    let root = Trail::root();
    let components = root.key("components");
    let schemas = components.key("schemas");
    use_trail(schemas.key(name))
}

/// Adds the members that are demanded and not declared, where nothing else would keep them. That
/// they are demanded is checked of arguments; answers are read without them.
pub(super) fn undeclared<'n>(
    fields: &mut Vec<Field>,
    demanded: impl Iterator<Item = &'n str>,
    extra: Option<&Extra>,
) {
    if matches!(extra, Some(Extra::Keep(_))) {
        return;
    }
    for wire in demanded {
        if !fields.iter().any(|field| field.wire == wire) {
            fields.push(Field {
                wire: wire.to_owned(),
                ident: String::new(),
                setter: String::new(),
                null_setter: None,
                presence: Presence::default(),
                node: plain(TypeRef::Untyped(ANY.to_owned())),
                required: false,
                read_only: false,
                write_only: false,
                deprecated: false,
            });
        }
    }
}
