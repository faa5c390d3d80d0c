//! Shapes in one line, for what the listed schema does not spell out: `{op:add|remove,path,value?:any}[]`.

use crate::ir::{Extra, Node, Shape, TypeId, TypeRef, Variant};

use super::super::scope::Scope;

/// The longest shape, in bytes: some 120 tokens, without loading an encoding for every run.
const LONGEST: usize = 330;
/// The most values of an enum inside a shape.
const MOST_VALUES: usize = 12;

/// The shape of a node, as deep as the limit allows.
pub(super) fn of(scope: &Scope<'_>, node: &Node) -> String {
    let mut shortest = String::new();
    for depth in (1..=4).rev() {
        shortest = Writer { scope, depth, most: usize::MAX }.node(node, &mut Vec::new());
        if shortest.len() <= LONGEST {
            return shortest;
        }
    }
    for most in [24, 16, 10, 6] {
        shortest = Writer { scope, depth: 1, most }.node(node, &mut Vec::new());
        if shortest.len() <= LONGEST {
            break;
        }
    }
    shortest
}

/// The values of an enum, as many as a shape shows.
pub(super) fn values<'v>(values: impl ExactSizeIterator<Item = &'v str>, most: usize) -> String {
    let more = values.len() > most;
    let mut text = values.take(most).collect::<Vec<_>>().join("|");
    if more {
        text.push_str("|…");
    }
    text
}

struct Writer<'s, 'a> {
    scope: &'s Scope<'a>,
    /// Objects inside more objects than this are `{…}`.
    depth: usize,
    /// The most members of an object.
    most: usize,
}

impl Writer<'_, '_> {
    fn node(&self, node: &Node, around: &mut Vec<TypeId>) -> String {
        match &node.ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => self.named(*id, around),
            TypeRef::Bool => "bool".to_owned(),
            TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64 => "int".to_owned(),
            TypeRef::F64 => "number".to_owned(),
            TypeRef::String | TypeRef::Base64 => match node.constraints.values.as_slice() {
                [] => "string".to_owned(),
                list => values(list.iter().filter_map(|value| value.as_str()).collect::<Vec<_>>().into_iter(), MOST_VALUES),
            },
            TypeRef::DateTime => "datetime".to_owned(),
            TypeRef::Date => "date".to_owned(),
            TypeRef::Binary | TypeRef::File => "{name,content_base64}|{url}".to_owned(),
            TypeRef::Untyped(_) => "any".to_owned(),
            TypeRef::List(item) => {
                let item = self.node(item, around);
                if item.contains('|') && !item.starts_with('{') { format!("({item})[]") } else { format!("{item}[]") }
            }
            TypeRef::Map(value) => match &value.ty {
                TypeRef::Untyped(_) => "{}".to_owned(),
                _ => format!("{{*:{}}}", self.node(value, around)),
            },
        }
    }

    fn named(&self, id: TypeId, around: &mut Vec<TypeId>) -> String {
        if around.contains(&id) {
            return "{…}".to_owned();
        }
        around.push(id);
        let text = match &self.scope.api.types[id.0].shape {
            Shape::Alias(node) => self.node(node, around),
            Shape::StringEnum(list) => values(list.iter().map(|value| value.wire.as_str()).collect::<Vec<_>>().into_iter(), MOST_VALUES),
            Shape::Union { variants, .. } => self.variants(variants, around),
            Shape::Struct { .. } if self.objects(around) > self.depth => "{…}".to_owned(),
            Shape::Struct { fields, extra } => {
                let fields: Vec<_> = fields.iter().filter(|field| !field.read_only).collect();
                let mut members: Vec<String> = fields
                    .iter()
                    .take(self.most)
                    .map(|field| {
                        let mark = if field.required { "" } else { "?" };
                        match self.node(&field.node, around).as_str() {
                            "string" => format!("{}{mark}", field.wire),
                            ty => format!("{}{mark}:{ty}", field.wire),
                        }
                    })
                    .collect();
                if fields.len() > self.most {
                    members.push("…".to_owned());
                }
                if let Extra::Keep(node) = extra {
                    members.push(match &node.ty {
                        TypeRef::Untyped(_) => "*".to_owned(),
                        _ => format!("*:{}", self.node(node, around)),
                    });
                }
                format!("{{{}}}", members.join(","))
            }
        };
        around.pop();
        text
    }

    fn variants(&self, variants: &[Variant], around: &mut Vec<TypeId>) -> String {
        let mut texts: Vec<String> = Vec::new();
        for variant in variants {
            let text = self.node(&variant.node, around);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join("|")
    }

    fn objects(&self, around: &[TypeId]) -> usize {
        around.iter().filter(|id| matches!(self.scope.api.types[id.0].shape, Shape::Struct { .. })).count()
    }
}
