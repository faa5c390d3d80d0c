//! Schemas → types and their uses.
//!
//! What a schema is follows from the keywords that are present, not from `type` alone. Each schema
//! of the document is lowered once; an inline one that needs a name gets a type of its own, named
//! after where it stands.

mod composed;
mod family;
mod object;
mod scalar;
mod union;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Context, extension, read};
use crate::ir::{Alternatives, Constraints, Node, Shape, Type, TypeId, TypeRef, Usage};
use crate::keywords::KEYWORDS;
use crate::normalise::UNTYPED;
use crate::pointer::{self, Trail};

/// How deep inline schemas may nest.
const MAX_DEPTH: usize = 64;
/// How many schemas are lowered in all, counting repeated ones: a bound for documents made to
/// explode.
const MOST_SCHEMAS: usize = 1_000_000;

/// The reason of a schema that says nothing.
pub(crate) const ANY: &str = "any value";

/// The types of a document in the making.
pub(super) struct Schemas<'d> {
    pub(super) cx: Context<'d>,
    components: BTreeMap<&'d str, (TypeId, &'d Value)>,
    families: family::Families<'d>,
    types: Vec<Type>,
    alternatives: BTreeMap<TypeId, Alternatives>,
    /// Whether the schema that a type was made from admits null.
    nullable: Vec<bool>,
    /// What schemas already lowered became, by identity.
    done: BTreeMap<Identity, Node>,
    /// Schemas being lowered, with their type once they have one.
    open: BTreeMap<Identity, Option<TypeId>>,
    depth: usize,
    count: usize,
}

/// The types of a document.
pub(super) struct Finished<'d> {
    pub(super) types: Vec<Type>,
    pub(super) alternatives: BTreeMap<TypeId, Alternatives>,
    /// For each type, whether its own schema admits null.
    pub(super) nullable: Vec<bool>,
    pub(super) cx: Context<'d>,
}

/// Which schema of the document this is: its address, and whether strings of bytes in it are files.
type Identity = (usize, bool);

/// Where a schema stands.
#[derive(Clone, Copy)]
pub(super) struct SchemaLocation<'p> {
    /// In the document.
    pub(super) trail: Trail<'p>,
    /// What a type made from it is called.
    pub(super) name: &'p str,
    /// Whether strings of bytes are files: in multipart bodies.
    pub(super) files: bool,
}

/// The type to be made from a schema.
struct Slot {
    identity: Option<Identity>,
    id: Option<TypeId>,
}

impl<'d> Schemas<'d> {
    pub(super) fn new(cx: Context<'d>) -> Self {
        Self {
            cx,
            components: BTreeMap::new(),
            families: family::Families::default(),
            types: Vec::new(),
            alternatives: BTreeMap::new(),
            nullable: Vec::new(),
            done: BTreeMap::new(),
            open: BTreeMap::new(),
            depth: 0,
            count: 0,
        }
    }

    /// Lowers every component schema.
    pub(super) fn components(&mut self) {
        let root = Trail::root();
        let components = root.key("components");
        let trail = components.key("schemas");
        let section = self.cx.section("schemas");
        self.families = family::Families::new(&section);
        for (name, value) in &section {
            let id = self.allocate(name, true, &trail.key(name));
            self.components.insert(name, (id, value));
        }
        for (name, value) in section {
            let (id, _) = self.components[name];
            let identity = (std::ptr::from_ref(value).addr(), false);
            self.open.insert(identity, Some(id));
            let place = SchemaLocation { trail: trail.key(name), name, files: false };
            let mut node = self.read(value, &place, &mut Slot { identity: None, id: Some(id) });
            self.open.remove(&identity);
            if node.ty == TypeRef::Named(id) {
                node.doc.clear();
            }
            self.nullable[id.0] = node.nullable;
            if node.ty != TypeRef::Named(id) {
                self.types[id.0].shape = Shape::Alias(node);
            }
            self.keep_subtypes(name, id);
        }
    }

    pub(super) fn finish(self) -> Finished<'d> {
        let Self { types, alternatives, nullable, cx, .. } = self;
        Finished { types, alternatives, nullable, cx }
    }

    /// Lowers a schema where it is used.
    pub(super) fn node(&mut self, value: &'d Value, place: &SchemaLocation<'_>) -> Node {
        self.count += 1;
        let identity = (std::ptr::from_ref(value).addr(), place.files);
        if let Some(node) = self.done.get(&identity) {
            return node.clone();
        }
        if let Some(open) = self.open.get(&identity) {
            return match open {
                Some(id) => plain(TypeRef::Named(*id)),
                None => self.untyped("it contains itself", &place.trail),
            };
        }
        if self.depth >= MAX_DEPTH {
            return self.untyped("it is nested too deep", &place.trail);
        }
        if self.count >= MOST_SCHEMAS {
            return self.untyped("the document grows too large", &place.trail);
        }
        self.open.insert(identity, None);
        self.depth += 1;
        let before = self.types.len();
        let node = self.read(value, place, &mut Slot { identity: Some(identity), id: None });
        self.depth -= 1;
        self.open.remove(&identity);
        // Only what made types must not be made twice.
        if self.types.len() > before {
            self.done.insert(identity, node.clone());
        }
        node
    }

    /// The component that is being lowered, if this is its schema.
    fn component_of(&self, slot: &Slot, schema: &Map<String, Value>) -> Option<(TypeId, &'d str)> {
        let id = slot.id.filter(|id| self.types[id.0].component)?;
        let (name, (_, value)) =
            self.components.get_key_value(self.types[id.0].source_name.as_str())?;
        value.as_object().is_some_and(|map| std::ptr::eq(map, schema)).then_some((id, *name))
    }

    fn read(&mut self, value: &'d Value, place: &SchemaLocation<'_>, slot: &mut Slot) -> Node {
        let Some(map) = value.as_object() else {
            return match value {
                Value::Bool(true) => plain(TypeRef::Untyped(ANY.to_owned())),
                _ => self.untyped("it is no schema", &place.trail),
            };
        };
        if let Some(reference) = map.get("$ref") {
            return self.reference(reference, place);
        }
        if let Some(reason) = map.get(UNTYPED) {
            let reason = reason.as_str().unwrap_or("its schema could not be kept");
            return plain(TypeRef::Untyped(reason.to_owned()));
        }
        let shallow = match read::schema(map) {
            Ok(shallow) => shallow,
            Err(reason) => {
                self.cx.fault(
                    "unreadable-schema",
                    &place.trail,
                    format!("{reason}; read as any value"),
                );
                return plain(TypeRef::Untyped(reason));
            }
        };
        let schema = Schema { map, keywords: &shallow.keywords, data: &shallow.data };
        let constraints = self.constraints(&schema, place);
        let mut node = self.dispatch(&schema, place, slot);
        node.nullable |= schema.data.nullable;
        if let Some(doc) = &schema.data.description {
            node.doc = read::text(doc);
        }
        node.constraints.refine(constraints);
        if let Some(id) = slot.id.filter(|id| node.ty == TypeRef::Named(*id)) {
            let ty = &mut self.types[id.0];
            if ty.doc.is_empty() {
                ty.doc.clone_from(&node.doc);
            }
            ty.deprecated |= schema.data.deprecated;
        }
        node
    }

    fn dispatch(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        if let Some((id, name)) = self.component_of(slot, schema.map)
            && let Some(alternatives) = self.family(name, schema.map, place)
        {
            self.alternatives.insert(id, alternatives);
            return plain(TypeRef::Named(id));
        }
        if schema.list("allOf").is_some() {
            return self.all_of(schema, place, slot);
        }
        if schema.list("oneOf").is_some() || schema.list("anyOf").is_some() {
            return self.alternatives(schema, place, slot);
        }
        self.simple(schema, place, slot)
    }

    /// A schema without parts and alternatives, or as if it had none.
    fn simple(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        let kind = schema.keywords.typ.as_deref();
        if !schema.keywords.enumeration.is_empty() {
            return self.enumeration(schema, place, slot);
        }
        match kind {
            Some("object") => self.object(schema, place, slot),
            Some("array") => self.list(schema, place),
            Some("string" | "integer" | "number" | "boolean") => {
                plain(scalar::scalar(schema, place.files))
            }
            Some(other) => {
                let reason = format!("`{other}` is no type");
                self.untyped(&reason, &place.trail)
            }
            None if schema.has_members() => self.object(schema, place, slot),
            None if schema.map.contains_key("items") => self.list(schema, place),
            None => match scalar::by_keyword(schema) {
                Some(ty) => plain(ty),
                None => plain(TypeRef::Untyped(ANY.to_owned())),
            },
        }
    }

    fn reference(&mut self, reference: &Value, place: &SchemaLocation<'_>) -> Node {
        let component = reference
            .as_str()
            .and_then(pointer::component)
            .filter(|(section, _)| *section == "schemas");
        let found = component.and_then(|(_, name)| self.components.get_key_value(name.as_ref()));
        let Some((name, (id, value))) = found.map(|(name, (id, value))| (*name, (*id, *value)))
        else {
            return self.untyped("its reference leads nowhere", &place.trail);
        };
        if place.files && self.holds_bytes(value) {
            let root = Trail::root();
            let components = root.key("components");
            let schemas = components.key("schemas");
            let name_of_form = format!("{name} Form");
            return self.node(
                value,
                &SchemaLocation { trail: schemas.key(name), name: &name_of_form, files: true },
            );
        }
        plain(TypeRef::Named(id))
    }

    fn list(&mut self, schema: &Schema<'_, 'd>, place: &SchemaLocation<'_>) -> Node {
        let item = match schema.map.get("items") {
            Some(items) => {
                let name = crate::names::singular_phrase(place.name);
                self.node(
                    items,
                    &SchemaLocation {
                        trail: place.trail.key("items"),
                        name: &name,
                        files: place.files,
                    },
                )
            }
            None => plain(TypeRef::Untyped(ANY.to_owned())),
        };
        plain(TypeRef::List(Box::new(item)))
    }

    fn untyped(&mut self, reason: &str, trail: &Trail<'_>) -> Node {
        self.cx.fault("untyped", trail, format!("{reason}; read as any value"));
        plain(TypeRef::Untyped(reason.to_owned()))
    }

    /// The type to be filled, made when first asked for.
    fn reserve(&mut self, slot: &mut Slot, place: &SchemaLocation<'_>) -> TypeId {
        if let Some(id) = slot.id {
            return id;
        }
        let id = self.allocate(place.name, false, &place.trail);
        slot.id = Some(id);
        if let Some(identity) = slot.identity {
            self.open.insert(identity, Some(id));
        }
        id
    }

    fn allocate(&mut self, name: &str, component: bool, trail: &Trail<'_>) -> TypeId {
        let id = TypeId(self.types.len());
        self.types.push(Type {
            source_name: name.to_owned(),
            component,
            ident: String::new(),
            module: String::new(),
            pointer: trail.to_string(),
            doc: String::new(),
            deprecated: false,
            shape: Shape::Alias(plain(TypeRef::Untyped(ANY.to_owned()))),
            usage: Usage::default(),
        });
        self.nullable.push(false);
        id
    }
}

/// A schema's keywords.
#[derive(Clone, Copy)]
struct Schema<'s, 'd> {
    map: &'d Map<String, Value>,
    keywords: &'s openapiv3::AnySchema,
    data: &'s openapiv3::SchemaData,
}

impl<'d> Schema<'_, 'd> {
    /// A keyword's schemas, when there are any.
    fn list(&self, keyword: &str) -> Option<&'d Vec<Value>> {
        self.map.get(keyword).and_then(Value::as_array).filter(|list| !list.is_empty())
    }

    /// Whether it speaks of members.
    fn has_members(&self) -> bool {
        ["properties", "additionalProperties"].iter().any(|key| self.map.contains_key(*key))
            || !self.keywords.required.is_empty()
    }
}

/// A use of a type with nothing said.
pub(super) fn plain(ty: TypeRef) -> Node {
    Node { ty, nullable: false, doc: String::new(), constraints: Box::default() }
}

impl<'d> Schemas<'d> {
    fn constraints(&mut self, schema: &Schema<'_, 'd>, place: &SchemaLocation<'_>) -> Constraints {
        let mut keywords = IndexMap::new();
        for keyword in &KEYWORDS {
            if let Some(value) = schema.map.get(keyword.name).filter(|value| keyword.admits(value))
            {
                let is_set = |flag: &&str| schema.map.get(*flag) == Some(&Value::Bool(true));
                let name = keyword.strict.filter(is_set).unwrap_or(keyword.name);
                keywords.insert(name, value.clone());
            }
        }
        Constraints {
            keywords,
            values: Vec::new(),
            default: schema.data.default.clone(),
            listed: extension::listed(&mut self.cx, schema.map, &place.trail),
            forms: Vec::new(),
        }
    }
}
