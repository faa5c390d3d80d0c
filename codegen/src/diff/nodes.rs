//! Two uses of types: whether what was sent still may be, and what was received still is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ir::{
    Api, Constraints, EnumValue, Extra, Field, Node, ResponseBody, Shape, Type, TypeId, TypeRef,
    Usage,
};
use crate::keywords::{KEYWORDS, Keyword, Order};

/// How deep types of different names are compared.
const DEEPEST: usize = 12;

/// What a newer type admits, compared with the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    Same,
    Wider,
    Narrower,
    /// Neither.
    Other,
}

impl Verdict {
    /// Whether what fitted may not fit any more.
    pub(super) fn breaks(self) -> bool {
        self >= Self::Narrower
    }

    /// `Wider` when it holds, else `Narrower`.
    fn wider_if(holds: bool) -> Self {
        if holds { Self::Wider } else { Self::Narrower }
    }
}

/// One of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// Two documents, and which types of theirs are the same.
pub(super) struct Pair<'a> {
    pub(super) old: &'a Api,
    pub(super) new: &'a Api,
    /// From older types to newer ones.
    pub(super) same: BTreeMap<TypeId, TypeId>,
}

impl<'a> Pair<'a> {
    /// Types are the same when they are made from the same name, or stand at the same place.
    pub(super) fn new(old: &'a Api, new: &'a Api) -> Self {
        let mut same: BTreeMap<TypeId, TypeId> = BTreeMap::new();
        let mut taken = std::collections::BTreeSet::new();
        let keys: [fn(&Type) -> String; 2] =
            [|ty| format!("{} {}", ty.component, ty.source_name), |ty| ty.pointer.clone()];
        for key in keys {
            let after: BTreeMap<String, TypeId> = used(new)
                .filter(|id| !taken.contains(id))
                .map(|id| (key(&new.types[id.0]), id))
                .collect();
            let before: Vec<TypeId> = used(old).filter(|id| !same.contains_key(id)).collect();
            for id in before {
                if let Some(now) =
                    after.get(&key(&old.types[id.0])).filter(|now| taken.insert(**now))
                {
                    same.insert(id, *now);
                }
            }
        }
        Self { old, new, same }
    }

    /// Whether callers may still send what they sent.
    pub(super) fn sent(&self, old: &Node, new: &Node, depth: usize) -> Verdict {
        let null = match (old.nullable, new.nullable) {
            (true, false) if !matches!(new.ty, TypeRef::Untyped(_)) => Verdict::Narrower,
            (false, true) => Verdict::Wider,
            _ => Verdict::Same,
        };
        null.max(self.ty((self.old, &old.ty), (self.new, &new.ty), depth, true))
            .max(bounds(&old.constraints, &new.constraints))
    }

    /// Whether readers still find what they found. Null, absent members and new values of an enum
    /// are not counted.
    pub(super) fn received(&self, old: &Node, new: &Node, depth: usize) -> Verdict {
        self.ty((self.new, &new.ty), (self.old, &old.ty), depth, false)
    }

    /// `from` and `to` are older and newer for what is sent, newer and older for what is received.
    fn ty(
        &self,
        (a, from): (&'a Api, &TypeRef),
        (b, to): (&'a Api, &TypeRef),
        depth: usize,
        sent: bool,
    ) -> Verdict {
        use TypeRef::{
            Base64, Base64Url, Binary, Bool, Boxed, Date, DateTime, F64, File, I32, I64, List, Map,
            Named, String, U32, U64, Untyped,
        };
        if depth > DEEPEST {
            return Verdict::Same;
        }
        let inner = |from: &Node, to: &Node| {
            if sent { self.sent(from, to, depth + 1) } else { self.received(to, from, depth + 1) }
        };
        #[expect(
            clippy::match_same_arms,
            reason = "arms stand by kind of type, and their order tells"
        )]
        match (from, to) {
            (Untyped(_), Untyped(_)) => Verdict::Same,
            (_, Untyped(_)) => Verdict::Wider,
            (Untyped(_), _) => Verdict::Narrower,
            (Named(one) | Boxed(one), Named(other) | Boxed(other)) => {
                let (older, newer) = if sent { (one, other) } else { (other, one) };
                if self.same.get(older) == Some(newer) {
                    return Verdict::Same;
                }
                self.shapes(
                    (a, &a.types[one.0].shape),
                    (b, &b.types[other.0].shape),
                    depth + 1,
                    sent,
                )
            }
            (Named(id) | Boxed(id), other) => match &a.types[id.0].shape {
                Shape::StringEnum(_) if matches!(other, String) => Verdict::Wider,
                Shape::Alias(node) => self.ty((a, &node.ty), (b, other), depth + 1, sent),
                Shape::Struct { .. } if matches!(other, Map(value) if matches!(value.ty, Untyped(_))) => {
                    Verdict::Wider
                }
                Shape::Union(union) => {
                    let all = union.variants().all(|variant| {
                        !self.ty((a, &variant.node.ty), (b, other), depth + 1, sent).breaks()
                    });
                    Verdict::wider_if(all)
                }
                _ => Verdict::Other,
            },
            (other, Named(id) | Boxed(id)) => match &b.types[id.0].shape {
                Shape::StringEnum(_) if matches!(other, String) => {
                    if sent {
                        Verdict::Narrower
                    } else {
                        Verdict::Wider
                    }
                }
                Shape::Alias(node) => self.ty((a, other), (b, &node.ty), depth + 1, sent),
                Shape::Struct { .. } if matches!(other, Map(_)) => Verdict::Narrower,
                Shape::Union(union) => {
                    let any = union.variants().any(|variant| {
                        !self.ty((a, other), (b, &variant.node.ty), depth + 1, sent).breaks()
                    });
                    if any { Verdict::Wider } else { Verdict::Other }
                }
                _ => Verdict::Other,
            },
            (List(one), List(other)) | (Map(one), Map(other)) => inner(one, other),
            (I32, I64 | F64) | (I64 | U64, F64) | (U32, U64 | I64 | F64) => Verdict::Wider,
            (I64 | F64, I32)
            | (F64 | U64, I64)
            | (I32 | I64 | F64 | U64, U32)
            | (I32 | I64 | F64, U64) => Verdict::Narrower,
            (DateTime | Date | Base64 | Base64Url, String) => Verdict::Wider,
            (String, DateTime | Date | Base64 | Base64Url) => {
                if sent {
                    Verdict::Narrower
                } else {
                    Verdict::Wider
                }
            }
            (Bool, Bool)
            | (I32, I32)
            | (I64, I64)
            | (U32, U32)
            | (U64, U64)
            | (F64, F64)
            | (String, String) => Verdict::Same,
            (DateTime, DateTime)
            | (Date, Date)
            | (Base64 | Base64Url, Base64 | Base64Url)
            | (Binary | File, Binary | File) => Verdict::Same,
            _ => Verdict::Other,
        }
    }

    fn shapes(
        &self,
        (a, from): (&'a Api, &Shape),
        (b, to): (&'a Api, &Shape),
        depth: usize,
        sent: bool,
    ) -> Verdict {
        match (from, to) {
            (Shape::StringEnum(one), Shape::StringEnum(other)) => {
                match (within(one, other), within(other, one)) {
                    (true, true) => Verdict::Same,
                    (true, false) => Verdict::Wider,
                    _ if sent => Verdict::Narrower,
                    _ => Verdict::Wider,
                }
            }
            (Shape::Struct { fields, .. }, Shape::Struct { fields: more, extra }) => {
                self.members((a, fields), (b, more, matches!(extra, Extra::Keep(_))), depth, sent)
            }
            (Shape::Alias(node), _) => match to {
                Shape::Alias(other) => self.ty((a, &node.ty), (b, &other.ty), depth, sent),
                _ => Verdict::Other,
            },
            (Shape::Union(union), Shape::Union(more)) => {
                let fits = |node: &Node| {
                    more.variants().any(|other| {
                        !self.ty((a, &node.ty), (b, &other.node.ty), depth, sent).breaks()
                    })
                };
                Verdict::wider_if(union.variants().all(|variant| fits(&variant.node)))
            }
            (_, Shape::Union(union)) => {
                let fits = |node: &Node| match node.ty {
                    TypeRef::Named(id) | TypeRef::Boxed(id) => {
                        depth < DEEPEST
                            && !self
                                .shapes((a, from), (b, &b.types[id.0].shape), depth + 1, sent)
                                .breaks()
                    }
                    _ => false,
                };
                if union.variants().any(|variant| fits(&variant.node)) {
                    Verdict::Wider
                } else {
                    Verdict::Other
                }
            }
            (Shape::Union(_), _) => Verdict::Narrower,
            _ => Verdict::Other,
        }
    }

    fn members(
        &self,
        (a, from): (&'a Api, &[Field]),
        (b, to, open): (&'a Api, &[Field], bool),
        depth: usize,
        sent: bool,
    ) -> Verdict {
        let mut verdict = Verdict::Same;
        for field in from.iter().filter(|field| !(sent && field.read_only)) {
            verdict = verdict.max(match to.iter().find(|other| other.wire == field.wire) {
                Some(other) => self.ty((a, &field.node.ty), (b, &other.node.ty), depth + 1, sent),
                None if sent && !open => Verdict::Narrower,
                None => Verdict::Wider,
            });
        }
        for field in to.iter().filter(|field| field.required) {
            let known = from.iter().find(|other| other.wire == field.wire);
            // Who receives may miss a member; who sends must not leave it out.
            let missing =
                if sent { known.is_none_or(|known| !known.required) } else { known.is_none() };
            verdict = verdict.max(if missing { Verdict::Narrower } else { Verdict::Same });
        }
        verdict
    }

    /// A use of a type in Rust; types that were only renamed have one name.
    pub(super) fn text(&self, side: Side, node: &Node) -> String {
        let text = self.rust(side, &node.ty);
        if node.nullable && !matches!(node.ty, TypeRef::Untyped(_)) {
            format!("Option<{text}>")
        } else {
            text
        }
    }

    fn rust(&self, side: Side, ty: &TypeRef) -> String {
        let named = |id: &TypeId| match side {
            Side::Old => self
                .same
                .get(id)
                .map_or(&self.old.types[id.0].ident, |now| &self.new.types[now.0].ident)
                .clone(),
            Side::New => self.new.types[id.0].ident.clone(),
        };
        match ty {
            TypeRef::Named(id) => named(id),
            TypeRef::Boxed(id) => format!("Box<{}>", named(id)),
            TypeRef::List(item) => format!("Vec<{}>", self.text(side, item)),
            TypeRef::Map(value) if matches!(value.ty, TypeRef::Untyped(_)) => {
                "Map<String, Value>".to_owned()
            }
            TypeRef::Map(value) => format!("BTreeMap<String, {}>", self.text(side, value)),
            TypeRef::Bool
            | TypeRef::I32
            | TypeRef::I64
            | TypeRef::U32
            | TypeRef::U64
            | TypeRef::F64 => format!("{ty:?}").to_lowercase(),
            TypeRef::Untyped(_) => "Value".to_owned(),
            TypeRef::Binary => "String".to_owned(),
            TypeRef::File => "FilePart".to_owned(),
            TypeRef::String
            | TypeRef::DateTime
            | TypeRef::Date
            | TypeRef::Base64
            | TypeRef::Base64Url => {
                format!("{ty:?}")
            }
        }
    }

    /// What an answer brings, in Rust.
    pub(super) fn answer(&self, side: Side, body: &ResponseBody) -> String {
        match body {
            ResponseBody::Json(node) | ResponseBody::TypedText(node) => self.text(side, node),
            ResponseBody::Empty => "()".to_owned(),
            ResponseBody::Text => "String".to_owned(),
            ResponseBody::Binary => "Bytes".to_owned(),
        }
    }
}

fn used(api: &Api) -> impl Iterator<Item = TypeId> {
    api.types
        .iter()
        .enumerate()
        .filter(|(_, ty)| ty.usage != Usage::default())
        .map(|(index, _)| TypeId(index))
}

fn within(values: &[EnumValue], others: &[EnumValue]) -> bool {
    values.iter().all(|value| others.iter().any(|other| other.wire == value.wire))
}

/// What JSON Schema says beyond the type.
fn bounds(old: &Constraints, new: &Constraints) -> Verdict {
    let values = match (old.values.as_slice(), new.values.as_slice()) {
        (before, after) if before == after => Verdict::Same,
        (_, []) => Verdict::Wider,
        ([], _) => Verdict::Narrower,
        (before, after) => Verdict::wider_if(before.iter().all(|value| after.contains(value))),
    };
    KEYWORDS.iter().map(|keyword| restated(keyword, old, new)).max().unwrap_or(values).max(values)
}

/// What a keyword that says something else means.
fn restated(keyword: &Keyword, old: &Constraints, new: &Constraints) -> Verdict {
    let (old, new) = (old.stated(keyword), new.stated(keyword));
    // A bound's own step is as good as any to order open and closed ones.
    let number = |stated: Option<(&str, &Value)>, sign: f64| {
        let (name, value) = stated?;
        let step = if name == keyword.name { 0.0 } else { f64::EPSILON };
        Some(value.as_f64()? * sign + step)
    };
    match keyword.order {
        Order::Least => bound(number(old, 1.0), number(new, 1.0)),
        Order::Most => bound(number(old, -1.0), number(new, -1.0)),
        Order::None if old == new => Verdict::Same,
        Order::None => Verdict::wider_if(new.is_none()),
    }
}

/// A lower bound: raised is narrower.
#[expect(clippy::float_cmp, reason = "the same number, as it was read")]
fn bound(old: Option<f64>, new: Option<f64>) -> Verdict {
    match (old, new) {
        (None, None) => Verdict::Same,
        (None, Some(_)) => Verdict::Narrower,
        (Some(_), None) => Verdict::Wider,
        (Some(old), Some(new)) if old == new => Verdict::Same,
        (Some(old), Some(new)) => Verdict::wider_if(new < old),
    }
}
