//! Shapes in one line, for what the listed schema does not spell out:
//! `{op:add|remove,path,value?:any}[]`.

use std::cell::Cell;

use indexmap::IndexMap;
use serde_json::Value;

use crate::ir::{Extra, Field, FormMember, Node, Shape, TypeId, TypeRef};

use super::super::scope::Scope;

/// The longest shape, in bytes: some 100 tokens, without loading an encoding for every run.
const LONGEST: usize = 280;
/// A union longer than this, in bytes, is merged into one object where that can be done.
const LONGEST_UNION: usize = 100;
/// The longest list of what goes with the values of a tag, in bytes.
const LONGEST_FORMS: usize = 800;
/// The most steps that one attempt may take: many times what fits into the longest shape.
///
/// What is written may vanish again where variants are merged, so the length alone does not bound
/// the work.
const MOST_STEPS: usize = 4_000;
/// The most values of an enum inside a shape: of more, none is told.
const MOST_VALUES: usize = 8;
/// The same where there is room, and how long a shape may be then, in bytes.
const MANY_VALUES: usize = 40;
const LONGEST_WITH_VALUES: usize = 560;

/// The shape of a node, as deep as the limit allows.
pub(super) fn of(scope: &Scope<'_>, node: &Node) -> String {
    let (TypeRef::Named(id) | TypeRef::Boxed(id)) = node.ty else {
        return written(scope, node);
    };
    if let Some(known) = scope.shapes.borrow().get(&id) {
        return known.clone();
    }
    let shape = written(scope, node);
    scope.shapes.borrow_mut().insert(id, shape.clone());
    shape
}

fn written(scope: &Scope<'_>, node: &Node) -> String {
    within_bounds(|depth, most, values| {
        let writer = Writer { scope, depth, most, values, left: &Cell::new(MOST_STEPS) };
        writer.node(node, &mut Vec::new())
    })
}

/// The shape of a member that is another one in each form of its body: what the values of the tag ask
/// for where that can be told, else all that it may be.
pub(super) fn of_forms(scope: &Scope<'_>, forms: &[FormMember]) -> String {
    by_tag(scope, forms).unwrap_or_else(|| {
        let nodes: Vec<&Node> = forms.iter().filter_map(|form| form.node.as_ref()).collect();
        within_bounds(|depth, most, values| {
            let writer = Writer { scope, depth, most, values, left: &Cell::new(MOST_STEPS) };
            writer.alternatives(nodes.iter().copied(), &mut Vec::new())
        })
    })
}

/// The names of the members that go with each value of the tag: `extend {months}, undo {of,why?}`.
fn by_tag(scope: &Scope<'_>, forms: &[FormMember]) -> Option<String> {
    let mut text = String::new();
    for form in forms {
        let Some(node) = &form.node else { continue };
        if form.tags.is_empty() {
            return None;
        }
        let (fields, ..) = scope.api.members(node)?;
        let names = fields.iter().filter(|field| !field.read_only).map(|field| {
            let mark = if field.required { "" } else { "?" };
            format!("{}{mark}", field.wire)
        });
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&form.tags.join("|"));
        text.push_str(" {");
        text.push_str(&names.collect::<Vec<_>>().join(","));
        text.push('}');
        if text.len() > LONGEST_FORMS {
            return None;
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The deepest shape that is short enough, by how deep it goes and how many members it shows.
fn within_bounds(write_with: impl Fn(usize, usize, usize) -> Option<String>) -> String {
    let write = |depth, most| write_with(depth, most, MOST_VALUES);
    // From the shallowest: in documents whose types refer to one another densely, each level costs
    // a multiple of the last.
    let deeper = (1..=4).map_while(|depth| {
        Some((depth, write(depth, usize::MAX).filter(|text| text.len() <= LONGEST)?))
    });
    if let Some((depth, deepest)) = deeper.last() {
        let with_values = write_with(depth, usize::MAX, MANY_VALUES);
        return with_values.filter(|text| text.len() <= LONGEST_WITH_VALUES).unwrap_or(deepest);
    }
    let mut shortest = None;
    for most in [24, 16, 10, 6] {
        shortest = write(1, most).or(shortest);
        if shortest.as_ref().is_some_and(|text| text.len() <= LONGEST) {
            break;
        }
    }
    shortest.unwrap_or_else(|| "any".to_owned())
}

/// The values of an enum; where they are more than a shape shows, that it is text.
fn values<'v>(values: impl Iterator<Item = &'v str>, most: usize) -> String {
    let values: Vec<&str> = values.collect();
    if values.len() > most { "string".to_owned() } else { values.join("|") }
}

struct Writer<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Objects inside more objects than this are `object`.
    depth: usize,
    /// The most members of an object.
    most: usize,
    /// The most values of an enum.
    values: usize,
    /// The steps that are left.
    left: &'s Cell<usize>,
}

impl Writer<'_, '_> {
    /// `None` once there are no steps left.
    fn node(&self, node: &Node, around: &mut Vec<TypeId>) -> Option<String> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some(match &node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => self.named(*id, around)?,
            TypeRef::Bool => "bool".to_owned(),
            TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 => "int".to_owned(),
            TypeRef::F64 => "number".to_owned(),
            TypeRef::String | TypeRef::Base64 | TypeRef::Base64Url => {
                match node.constraints.values.as_slice() {
                    [] => "string".to_owned(),
                    [Value::String(only)] => format!("={only}"),
                    list => values(list.iter().filter_map(Value::as_str), self.values),
                }
            }
            TypeRef::DateTime => "datetime".to_owned(),
            TypeRef::Date => "date".to_owned(),
            TypeRef::Binary | TypeRef::File => {
                "{name,content_base64,content_type?}|{url}".to_owned()
            }
            TypeRef::Untyped(_) => "any".to_owned(),
            TypeRef::List(item) => {
                let item = self.node(item, around)?;
                let item = item.trim_start_matches('=');
                if item.contains('|') && !item.starts_with('{') {
                    format!("({item})[]")
                } else {
                    format!("{item}[]")
                }
            }
            TypeRef::Map(value) => match &value.ty {
                TypeRef::Untyped(_) => "{}".to_owned(),
                _ => format!("{{*:{}}}", self.node(value, around)?),
            },
        })
    }

    fn named(&self, id: TypeId, around: &mut Vec<TypeId>) -> Option<String> {
        if around.contains(&id) {
            return Some("object".to_owned());
        }
        around.push(id);
        let text = match &self.scope.api.types[id.0].shape {
            Shape::Alias(node) => self.node(node, around)?,
            Shape::StringEnum(list) if list.len() == 1 => format!("={}", list[0].wire),
            Shape::StringEnum(list) => {
                values(list.iter().map(|value| value.wire.as_str()), self.values)
            }
            Shape::Union(union) => {
                self.alternatives(union.variants().map(|variant| &variant.node), around)?
            }
            Shape::Struct { .. } if self.objects(around) > self.depth => "object".to_owned(),
            Shape::Struct { fields, extra } => {
                let fields: Vec<_> = fields.iter().filter(|field| !field.read_only).collect();
                let mut members: Vec<String> = fields
                    .iter()
                    .take(self.most)
                    .map(|field| {
                        Some(member(&field.wire, field.required, &self.node(&field.node, around)?))
                    })
                    .collect::<Option<_>>()?;
                if fields.len() > self.most {
                    members.push("…".to_owned());
                }
                if let Extra::Keep(node) = extra {
                    members.push(match &node.ty {
                        TypeRef::Untyped(_) => "*".to_owned(),
                        // What any key holds says more than what the known ones do: it gets one
                        // level more.
                        _ => format!(
                            "*:{}",
                            Writer { depth: self.depth + 1, ..*self }.node(node, around)?
                        ),
                    });
                }
                format!("{{{}}}", members.join(","))
            }
        };
        around.pop();
        Some(text)
    }

    fn alternatives<'n>(
        &self,
        nodes: impl Iterator<Item = &'n Node> + Clone,
        around: &mut Vec<TypeId>,
    ) -> Option<String> {
        let mut texts: Vec<String> = Vec::new();
        for node in nodes.clone() {
            let text = self.node(node, around)?.trim_start_matches('=').to_owned();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let text = texts.join("|");
        if text.len() <= LONGEST_UNION {
            return Some(text);
        }
        match nodes
            .map(|node| self.scope.api.members(node).map(|(fields, ..)| fields))
            .collect::<Option<Vec<_>>>()
        {
            Some(objects) => self.merged(&objects, around),
            None => Some(text),
        }
    }

    /// Variants that are all objects, as one object that has the members of all.
    fn merged(&self, variants: &[&[Field]], around: &mut Vec<TypeId>) -> Option<String> {
        let mut members: IndexMap<&str, (usize, Vec<String>)> = IndexMap::new();
        for fields in variants {
            for field in fields.iter().filter(|field| !field.read_only) {
                let (required, texts) = members.entry(&field.wire).or_default();
                *required += usize::from(field.required);
                let text = self.node(&field.node, around)?;
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        let members = members.iter().take(self.most).map(|(name, (required, texts))| {
            let ty = match texts.as_slice() {
                [only] => only.clone(),
                fixed if fixed.iter().all(|text| text.starts_with('=')) => {
                    values(fixed.iter().map(|text| &text[1..]), self.values)
                }
                _ => "any".to_owned(),
            };
            member(name, *required == variants.len(), &ty)
        });
        Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
    }

    fn objects(&self, around: &[TypeId]) -> usize {
        around
            .iter()
            .filter(|id| matches!(self.scope.api.types[id.0].shape, Shape::Struct { .. }))
            .count()
    }
}

/// A member: its type follows unless it is text; a fixed value follows an equals sign.
fn member(name: &str, required: bool, ty: &str) -> String {
    let mark = if required { "" } else { "?" };
    match ty {
        "string" => format!("{name}{mark}"),
        fixed if fixed.starts_with('=') => format!("{name}{mark}{fixed}"),
        _ => format!("{name}{mark}:{ty}"),
    }
}
