//! The full schema: everything that the document says about the arguments, in one self-contained,
//! finite object.

use serde_json::{Map, Value, json};

use crate::ir::{Constraints, Extra, Node, Shape, Tool, TypeId, TypeRef, Union};

use super::super::doc;
use super::super::scope::Scope;
use super::depth;
use crate::ir::inputs::{Inputs, file};

/// The longest description of a member, in characters.
pub(super) const LONGEST_TEXT: usize = 400;

/// The schema of a tool's arguments: as the document states it, with texts for models.
pub(super) fn schema(scope: &Scope<'_>, inputs: &Inputs<'_>, tool: &Tool) -> Value {
    let stated = tool.full.as_ref().and_then(|full| serde_json::from_str(full).ok());
    let mut schema = stated.unwrap_or_else(|| of_types(scope, inputs));
    tidy(&mut schema);
    schema
}

/// The schema of arguments that no document states: what their types say.
fn of_types(scope: &Scope<'_>, inputs: &Inputs<'_>) -> Value {
    let deepest = depth::deepest(scope, inputs.given.iter().map(|input| input.node));
    let writer = deepest.map(|deepest| Writer { scope, detail: Detail::Full, deepest });
    let properties: Map<String, Value> = inputs
        .given
        .iter()
        .map(|input| {
            let schema = writer.as_ref().map(|writer| writer.node(input.node, &mut Vec::new()));
            (input.name.to_owned(), schema.unwrap_or_else(|| json!({})))
        })
        .chain(inputs.own().map(|name| (name.to_owned(), json!({}))))
        .collect();
    let required: Vec<&str> =
        inputs.given.iter().filter(|input| input.required).map(|input| input.name).collect();
    let mut out = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    if !inputs.open {
        out["additionalProperties"] = false.into();
    }
    out
}

/// The keywords that are read first, and those that are read last.
const FIRST: [&str; 6] =
    ["type", "properties", "required", "additionalProperties", "items", "enum"];
const LAST: [&str; 3] = ["default", "description", "deprecated"];

/// Brings a schema, and those in it, into the order and the texts that models read.
fn tidy(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    if let Some(Value::String(text)) = map.get("description") {
        let text = doc::cut(&doc::plain(text), LONGEST_TEXT);
        if text.is_empty() {
            map.shift_remove("description");
        } else {
            map.insert("description".to_owned(), text.into());
        }
    }
    let place = |key: &String| {
        let at = |keys: &[&str]| keys.iter().position(|one| one == key);
        match (at(&FIRST), at(&LAST)) {
            (Some(at), _) => at,
            (None, Some(at)) => FIRST.len() + 1 + at,
            (None, None) => FIRST.len(),
        }
    };
    let mut members: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
    members.sort_by_key(|(key, _)| place(key));
    *map = members.into_iter().collect();
    for (key, value) in map {
        match (key.as_str(), value) {
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(members)) => {
                members.values_mut().for_each(tidy);
            }
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(tidy);
            }
            ("enum" | "const" | "default" | "required" | "dependentRequired", _) => {}
            (_, value @ Value::Object(_)) => tidy(value),
            _ => {}
        }
    }
}

/// One argument spelled out for the list: objects open, no bounds, short texts.
pub(super) fn spelled_out(scope: &Scope<'_>, node: &Node) -> Value {
    match depth::deepest(scope, std::iter::once(node)) {
        Some(deepest) => {
            Writer { scope, detail: Detail::Listed, deepest }.node(node, &mut Vec::new())
        }
        None => json!({}),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    Listed,
}

struct Writer<'s, 'a> {
    scope: &'s Scope<'a>,
    detail: Detail,
    /// What lies in more types than this is not spelled out.
    deepest: usize,
}

impl Writer<'_, '_> {
    /// The schema of a node; `around` holds the types that it lies in, so that none is spelled out
    /// inside itself.
    fn node(&self, node: &Node, around: &mut Vec<TypeId>) -> Value {
        if around.len() > self.deepest {
            return json!({});
        }
        let mut out = self.ty(&node.ty, around);
        if let Value::Object(schema) = &mut out {
            constrain(schema, &node.constraints, self.detail);
            if node.nullable {
                allow_null(schema);
            }
            let text = match self.detail {
                Detail::Full => doc::cut(&doc::plain(&node.doc), LONGEST_TEXT),
                Detail::Listed => String::new(),
            };
            if !text.is_empty() {
                schema.insert("description".to_owned(), text.into());
            }
        }
        out
    }

    fn ty(&self, ty: &TypeRef, around: &mut Vec<TypeId>) -> Value {
        match ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => self.named(*id, around),
            TypeRef::Bool => json!({"type": "boolean"}),
            TypeRef::I32 | TypeRef::I64 => json!({"type": "integer"}),
            TypeRef::U32 | TypeRef::U64 => json!({"type": "integer", "minimum": 0}),
            TypeRef::F64 => json!({"type": "number"}),
            TypeRef::String => json!({"type": "string"}),
            TypeRef::DateTime => json!({"type": "string", "format": "date-time"}),
            TypeRef::Date => json!({"type": "string", "format": "date"}),
            TypeRef::Base64 => json!({"type": "string", "contentEncoding": "base64"}),
            TypeRef::Base64Url => json!({"type": "string", "contentEncoding": "base64url"}),
            TypeRef::Binary | TypeRef::File => file(),
            TypeRef::Untyped(_) => json!({}),
            TypeRef::List(item) => json!({"type": "array", "items": self.node(item, around)}),
            TypeRef::Map(value) => match &value.ty {
                TypeRef::Untyped(_) => json!({"type": "object"}),
                _ => json!({"type": "object", "additionalProperties": self.node(value, around)}),
            },
        }
    }

    fn named(&self, id: TypeId, around: &mut Vec<TypeId>) -> Value {
        if around.contains(&id) {
            return json!({});
        }
        around.push(id);
        let out = match &self.scope.api.types[id.0].shape {
            Shape::Alias(node) => self.node(node, around),
            Shape::StringEnum(values) => {
                json!({"type": "string", "enum": values.iter().map(|value| value.wire.as_str()).collect::<Vec<_>>()})
            }
            Shape::Struct { fields, extra } => {
                let mut properties = Map::new();
                let mut required = Vec::new();
                for field in fields.iter().filter(|field| !field.read_only) {
                    if self.detail == Detail::Listed
                        && field.node.constraints.listed == crate::ir::Listed::Omit
                    {
                        continue;
                    }
                    properties.insert(field.wire.clone(), self.node(&field.node, around));
                    if field.required {
                        required.push(field.wire.as_str());
                    }
                }
                let mut out = json!({"type": "object", "properties": properties});
                if !required.is_empty() {
                    out["required"] = json!(required);
                }
                match extra {
                    Extra::Keep(node) if matches!(node.ty, TypeRef::Untyped(_)) => {}
                    Extra::Keep(node) => out["additionalProperties"] = self.node(node, around),
                    Extra::Ignore | Extra::Refuse if self.detail == Detail::Full => {
                        out["additionalProperties"] = false.into();
                    }
                    Extra::Ignore | Extra::Refuse => {}
                }
                out
            }
            Shape::Union(union) => json!({"anyOf": self.variants(union, around)}),
        };
        around.pop();
        out
    }

    fn variants(&self, union: &Union, around: &mut Vec<TypeId>) -> Vec<Value> {
        let (property, variants, base) = match union {
            Union::Tagged { property, variants, base } => (property, variants, base),
            Union::Shaped { .. } => {
                return union.variants().map(|variant| self.node(&variant.node, around)).collect();
            }
        };
        let known = variants.iter().map(|tagged| (&tagged.variant, tagged.tags().collect()));
        // A base that stands for what the document does not know is no argument.
        let base = base
            .iter()
            .filter(|base| !base.tags.is_empty())
            .map(|base| (&base.variant, base.tags.iter().map(String::as_str).collect::<Vec<_>>()));
        known
            .chain(base)
            .map(|(variant, tags)| with_tag(self.node(&variant.node, around), property, &tags))
            .collect()
    }
}

/// The schema of a variant, with the member that tells it apart.
fn with_tag(mut schema: Value, property: &str, tags: &[&str]) -> Value {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(property.to_owned(), json!({"type": "string", "enum": tags}));
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        if !required.iter().any(|name| name == property) {
            schema["required"] = required.into_iter().chain([Value::from(property)]).collect();
        }
    }
    schema
}

fn constrain(schema: &mut Map<String, Value>, constraints: &Constraints, detail: Detail) {
    if !constraints.values.is_empty() {
        schema.insert("enum".to_owned(), constraints.values.clone().into());
    }
    if detail == Detail::Listed {
        return;
    }
    for (name, value) in &constraints.keywords {
        // What these say, the type says.
        if *name == "format" && matches!(value.as_str(), Some("binary" | "byte")) {
            continue;
        }
        schema.insert((*name).to_owned(), value.clone());
    }
    if let Some(default) = &constraints.default {
        schema.insert("default".to_owned(), default.clone());
    }
}

/// Lets null through, without a combinator where there is none yet.
pub(super) fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if !schema.contains_key("type")
        && let Some(Value::Array(variants)) = schema.get_mut("anyOf")
    {
        variants.push(json!({"type": "null"}));
        return;
    }
    match schema.get("type").cloned() {
        Some(Value::String(name)) => _ = schema.insert("type".to_owned(), json!([name, "null"])),
        Some(Value::Array(mut names)) if !names.contains(&json!("null")) => {
            names.push(json!("null"));
            schema.insert("type".to_owned(), names.into());
        }
        _ => {}
    }
}
