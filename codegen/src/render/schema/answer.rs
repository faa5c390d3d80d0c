//! The names that an answer has as far as the document tells: what `fields` can choose from.
//!
//! An object of names, each with what lies below it: another such object, `null` for nothing, `true`
//! for anything. The name `*` stands for every other.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::ir::{
    Api, Extra, Node, Operation, Pagination, ResponseBody, Shape, Tool, TypeId, TypeRef,
};

/// How deep names are told; what lies deeper may be anything.
const DEPTH: usize = 5;
/// The most names of one answer; of what more there would be, anything is possible.
const MOST: usize = 600;

/// The names in the rows of a list, or in the answer of another read; `None` where anything may be.
pub(super) fn names(api: &Api, operation: &Operation, tool: &Tool) -> Option<Value> {
    let writer = Writer { api, left: &Cell::new(MOST) };
    let mut all = None;
    for answer in &operation.success {
        let ResponseBody::Json(body) = &answer.body else { continue };
        let node = match &tool.pagination {
            Some(pagination) => item(api, body, pagination)?,
            None => body,
        };
        let names = writer.node(node, DEPTH, &mut Vec::new());
        all = Some(match all {
            Some(others) => merged(others, names),
            None => names,
        });
    }
    all.filter(Value::is_object)
}

/// The rows of a page.
fn item<'a>(api: &'a Api, body: &'a Node, pagination: &Pagination) -> Option<&'a Node> {
    let mut node = body;
    for name in pagination.items.split('.').filter(|name| !name.is_empty()) {
        let (fields, ..) = api.members(node)?;
        node = &fields.iter().find(|field| field.wire == name)?.node;
    }
    match &node.ty {
        TypeRef::List(item) => Some(item),
        _ => None,
    }
}

struct Writer<'a> {
    api: &'a Api,
    left: &'a Cell<usize>,
}

impl Writer<'_> {
    fn node(&self, node: &Node, depth: usize, around: &mut Vec<TypeId>) -> Value {
        match &node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) if depth > 0 && !around.contains(id) => {
                around.push(*id);
                let names = self.named(*id, depth, around);
                around.pop();
                names
            }
            TypeRef::Named(_) | TypeRef::Boxed(_) | TypeRef::Untyped(_) => Value::Bool(true),
            TypeRef::List(item) => self.node(item, depth, around),
            TypeRef::Map(_) if depth == 0 => Value::Bool(true),
            TypeRef::Map(value) => any(self.node(value, depth - 1, around)),
            _ => Value::Null,
        }
    }

    fn named(&self, id: TypeId, depth: usize, around: &mut Vec<TypeId>) -> Value {
        match &self.api.types[id.0].shape {
            Shape::StringEnum(_) => Value::Null,
            Shape::Alias(inner) => self.node(inner, depth, around),
            Shape::Union(union) => union
                .variants()
                .map(|variant| self.node(&variant.node, depth, around))
                .reduce(merged)
                .unwrap_or(Value::Bool(true)),
            Shape::Struct { fields, extra } => {
                let mut names = Map::new();
                for field in fields.iter().filter(|field| !field.write_only) {
                    let Some(left) = self.left.get().checked_sub(1) else {
                        return Value::Bool(true);
                    };
                    self.left.set(left);
                    names.insert(field.wire.clone(), self.node(&field.node, depth - 1, around));
                }
                // Beside names, that there may be others tells of none.
                match extra {
                    Extra::Keep(value) if names.is_empty() => {
                        any(self.node(value, depth - 1, around))
                    }
                    _ if names.is_empty() => Value::Bool(true),
                    _ => Value::Object(names),
                }
            }
        }
    }
}

fn any(value: Value) -> Value {
    Value::Object(Map::from_iter([("*".to_owned(), value)]))
}

/// What one of two answers has.
fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Bool(_), _) | (_, Value::Bool(_)) => Value::Bool(true),
        (Value::Object(mut names), Value::Object(others)) => {
            for (name, below) in others {
                let known = names.remove(&name);
                names.insert(name, known.map_or(below.clone(), |known| merged(known, below)));
            }
            Value::Object(names)
        }
        (names @ Value::Object(_), _) | (_, names) => names,
    }
}
