//! Where the full schema of a tool ends before the types do: said, so that nobody takes it for
//! checked.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, Extra, Node, Shape, TypeId, TypeRef};

use super::super::scope::Scope;
use super::super::tools;
use super::{arguments, depth};

/// Notes each type that lies inside itself, and each tool whose arguments nest too deep.
pub fn note(api: &Api, diags: &mut Diagnostics) {
    let scope = Scope::new(api);
    let mut recursive = BTreeSet::new();
    for (operation, tool) in tools::sorted(api) {
        let arguments = arguments::of(operation, tool);
        let nodes = || arguments.given.iter().map(|argument| argument.node);
        let pointer = &operation.pointer;
        let Some(deepest) = depth::deepest(&scope, nodes()) else {
            let message = "its arguments are too large to be spelled out; the tool takes any value for each of them";
            diags.note("large-schema", &api.file, pointer, message);
            continue;
        };
        let mut walk = Walk { api, deepest, recursive: &mut recursive, deep: false };
        nodes().for_each(|node| walk.node(node, &mut Vec::new()));
        if walk.deep {
            let message = format!(
                "the schema of its tool spells out {} types inside one another; further in it takes any value",
                deepest + 1
            );
            diags.note("deep-schema", &api.file, pointer, message);
        }
    }
    for TypeId(id) in recursive {
        let message = "holds itself; where it does, the schema of a tool takes any value";
        diags.note("recursive-schema", &api.file, &api.types[id].pointer, message);
    }
}

/// Goes where `full` goes.
struct Walk<'w> {
    api: &'w Api,
    deepest: usize,
    recursive: &'w mut BTreeSet<TypeId>,
    deep: bool,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, around: &mut Vec<TypeId>) {
        if around.len() > self.deepest {
            self.deep |= !matches!(node.ty, TypeRef::Untyped(_));
            return;
        }
        match &node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) if around.contains(id) => {
                self.recursive.insert(*id);
            }
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                around.push(*id);
                self.shape(&self.api.types[id.0].shape, around);
                around.pop();
            }
            TypeRef::List(inner) | TypeRef::Map(inner) => self.node(inner, around),
            _ => {}
        }
    }

    fn shape(&mut self, shape: &Shape, around: &mut Vec<TypeId>) {
        match shape {
            Shape::Alias(node) => self.node(node, around),
            Shape::StringEnum(_) => {}
            Shape::Struct { fields, extra } => {
                for field in fields.iter().filter(|field| !field.read_only) {
                    self.node(&field.node, around);
                }
                if let Extra::Keep(node) = extra {
                    self.node(node, around);
                }
            }
            Shape::Union(union) => {
                union.variants().for_each(|variant| self.node(&variant.node, around));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use serde_json::json;

    use crate::diagnostics::{Diagnostics, Mode};
    use crate::{Layout, Options, generate, load};

    /// What is noted of a document with one operation, which sends `A`; and its full schema.
    fn noted(schemas: &str) -> (Vec<String>, serde_json::Value) {
        let text = format!(
            "openapi: 3.0.3
info: {{title: Notes, version: '1'}}
paths:
  /notes:
    post:
      operationId: addNote
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/A'}}}}}}
      responses: {{'200': {{description: ok}}}}
components:
  schemas:
{schemas}"
        );
        let mut diags = Diagnostics::new(Mode::Lenient);
        let document = load::parse("notes.yaml", text.as_bytes(), &mut diags).expect("YAML");
        let options = Options {
            mode: Mode::Lenient,
            name: "notes".to_owned(),
            lock: None,
            prompts: None,
            layout: Layout::Workspace,
        };
        let (output, diags) = generate(document, None, &options);
        let api = output.expect("an API").api;
        let schema = super::super::entries(&api).remove(0).full;
        (diags.iter().map(ToString::to_string).collect(), schema)
    }

    #[test]
    fn where_a_type_holds_itself_its_schema_ends_and_that_is_noted() {
        let (notes, schema) = noted(
            "    A: {type: object, properties: {below: {type: array, items: {$ref: '#/components/schemas/B'}}}}
    B: {type: object, properties: {name: {type: string}, below: {type: array, items: {$ref: '#/components/schemas/B'}}}}
",
        );
        assert_eq!(
            notes,
            [
                "notes.yaml#/components/schemas/B: note[recursive-schema]: holds itself; where it does, the schema of a tool takes any value"
            ]
        );
        let inside = "/properties/below/items/properties/below/items";
        assert_eq!(schema.pointer(inside), Some(&json!({})), "{schema}");
    }

    #[test]
    fn where_arguments_nest_too_deep_their_schema_ends_and_that_is_noted() {
        let mut schemas = String::new();
        for (letter, next) in ('A'..='X').zip('B'..='Y') {
            let _ = writeln!(
                schemas,
                "    {letter}: {{type: object, properties: {{in: {{$ref: '#/components/schemas/{next}'}}}}}}"
            );
        }
        schemas.push_str("    Y: {type: object, properties: {in: {type: string}}}\n");
        let (notes, schema) = noted(&schemas);
        assert_eq!(
            notes,
            [
                "notes.yaml#/paths/~1notes/post: note[deep-schema]: the schema of its tool spells out 13 types inside one another; further in it takes any value"
            ]
        );
        let deepest = "/properties/in".repeat(14);
        assert!(schema.pointer(&deepest["/properties/in".len()..]).is_some(), "{schema}");
        assert_eq!(schema.pointer(&deepest), Some(&json!({})), "{schema}");
    }
}
