//! What a type is called where it is used, and what a use of it allows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::ir::{Api, Extra, Field, Node, Shape, TypeId, TypeRef, Usage};

use super::rust;

/// Names from outside that generated modules use, with their paths. Those of the prelude need no
/// import.
const OUTSIDE: [(&str, &str); 12] = [
    ("Option", "::std::option::Option"),
    ("String", "::std::string::String"),
    ("Vec", "::std::vec::Vec"),
    ("Box", "::std::boxed::Box"),
    ("BTreeMap", "::std::collections::BTreeMap"),
    ("Value", "::support::export::serde_json::Value"),
    ("Map", "::support::export::serde_json::Map"),
    ("Base64", "::support::Base64"),
    ("Date", "::support::Date"),
    ("DateTime", "::support::DateTime"),
    ("FilePart", "::support::FilePart"),
    ("Bytes", "::support::export::Bytes"),
];
const PRELUDE: [&str; 4] = ["Option", "String", "Vec", "Box"];

/// The names in force in one generated module.
pub(super) struct Scope<'a> {
    pub(super) api: &'a Api,
    /// What stands before the API's own types: `types::`, or nothing inside `types`.
    prefix: &'static str,
    /// The API's identifiers that shadow those from outside.
    shadows: Rc<BTreeSet<&'a str>>,
    /// What the document calls its schemas and operations.
    names: Rc<BTreeSet<&'a str>>,
    used: RefCell<BTreeSet<&'static str>>,
    own_used: RefCell<BTreeSet<TypeId>>,
    /// Shapes of types in one line, once they have been written.
    pub(super) shapes: RefCell<BTreeMap<TypeId, String>>,
}

impl<'a> Scope<'a> {
    /// `prefix` stands before the API's own types: `types::`, or nothing inside `types`.
    pub(super) fn new(api: &'a Api, prefix: &'static str) -> Self {
        let types = api.types.iter().map(|ty| ty.ident.as_str());
        let own = types.chain(api.operations.iter().map(|operation| operation.type_ident.as_str()));
        let shadows = own.filter(|ident| OUTSIDE.iter().any(|(name, _)| name == ident)).collect();
        let components =
            api.types.iter().filter(|ty| ty.component).map(|ty| ty.source_name.as_str());
        let names = components
            .chain(api.operations.iter().map(|operation| operation.id.as_str()))
            .collect();
        Self {
            api,
            prefix,
            shadows: Rc::new(shadows),
            names: Rc::new(names),
            used: RefCell::default(),
            own_used: RefCell::default(),
            shapes: RefCell::default(),
        }
    }

    /// The same in another module, of which no name has been handed out yet.
    pub(super) fn elsewhere(&self) -> Self {
        let Self { api, prefix, shadows, names, .. } = self;
        Self {
            api,
            prefix,
            shadows: Rc::clone(shadows),
            names: Rc::clone(names),
            used: RefCell::default(),
            own_used: RefCell::default(),
            shapes: RefCell::default(),
        }
    }

    /// The imports that the names handed out so far need.
    pub(super) fn imports(&self) -> String {
        let used = self.used.borrow();
        let paths =
            OUTSIDE.iter().filter(|(name, _)| used.contains(name) && !PRELUDE.contains(name));
        let mut lines: Vec<String> = paths.map(|(_, path)| format!("use {path};\n")).collect();
        lines.sort();
        lines.concat()
    }

    /// The API's types that were named so far.
    pub(super) fn own_used(&self) -> BTreeSet<TypeId> {
        self.own_used.borrow().clone()
    }

    /// Whether a schema or an operation of the document is called so.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// A name from outside: short where nothing shadows it.
    pub(super) fn outside(&self, name: &'static str) -> &'static str {
        if self.shadows.contains(name) {
            return OUTSIDE.iter().find(|(short, _)| *short == name).map_or(name, |(_, path)| path);
        }
        self.used.borrow_mut().insert(name);
        name
    }

    fn generic(&self, name: &'static str, inner: &str) -> String {
        format!("{}<{inner}>", self.outside(name))
    }

    pub(super) fn option(&self, inner: &str) -> String {
        self.generic("Option", inner)
    }

    fn own(&self, id: TypeId) -> String {
        self.own_used.borrow_mut().insert(id);
        format!("{}{}", self.prefix, rust::ident(&self.api.types[id.0].ident))
    }

    /// The type of a value that is there and not null.
    pub(super) fn ty(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Named(id) => self.own(*id),
            TypeRef::Boxed(id) => {
                let inner = self.own(*id);
                self.generic("Box", &inner)
            }
            TypeRef::Bool => "bool".to_owned(),
            TypeRef::I32 => "i32".to_owned(),
            TypeRef::I64 => "i64".to_owned(),
            TypeRef::U32 => "u32".to_owned(),
            TypeRef::U64 => "u64".to_owned(),
            TypeRef::F64 => "f64".to_owned(),
            TypeRef::String | TypeRef::Binary => self.outside("String").to_owned(),
            TypeRef::DateTime => self.outside("DateTime").to_owned(),
            TypeRef::Date => self.outside("Date").to_owned(),
            TypeRef::Base64 => self.outside("Base64").to_owned(),
            TypeRef::File => self.outside("FilePart").to_owned(),
            TypeRef::Untyped(_) => self.outside("Value").to_owned(),
            TypeRef::List(item) => {
                let item = self.node(item);
                self.generic("Vec", &item)
            }
            TypeRef::Map(value) => self.map(value),
        }
    }

    /// A map with string keys; maps of anything keep their order.
    pub(super) fn map(&self, value: &Node) -> String {
        let name = if matches!(value.ty, TypeRef::Untyped(_)) { "Map" } else { "BTreeMap" };
        let value = if matches!(value.ty, TypeRef::Untyped(_)) {
            self.ty(&value.ty)
        } else {
            self.node(value)
        };
        let inner = format!("{}, {value}", self.outside("String"));
        self.generic(name, &inner)
    }

    /// The type of a value that is there: an `Option` when it may be null.
    pub(super) fn node(&self, node: &Node) -> String {
        let inner = self.ty(&node.ty);
        if self.nullable(node) { self.option(&inner) } else { inner }
    }

    /// Whether null is a value of its own here, directly or through an alias.
    pub(super) fn nullable(&self, node: &Node) -> bool {
        if matches!(node.ty, TypeRef::Untyped(_)) {
            return false;
        }
        node.nullable || self.alias(&node.ty).is_some_and(|inner| inner.nullable)
    }

    fn alias(&self, ty: &TypeRef) -> Option<&'a Node> {
        match ty {
            TypeRef::Named(id) | TypeRef::Boxed(id) => match &self.api.types[id.0].shape {
                Shape::Alias(node) => Some(node),
                _ => None,
            },
            _ => None,
        }
    }

    /// What a type is once its aliases are followed, but for lists and maps of themselves.
    pub(super) fn resolved(&self, node: &'a Node) -> &'a TypeRef {
        let mut ty = &node.ty;
        for _ in 0..64 {
            match (self.alias(ty), ty) {
                (Some(inner), TypeRef::Named(id) | TypeRef::Boxed(id))
                    if !self.is_recursive(*id) =>
                {
                    ty = &inner.ty;
                }
                _ => break,
            }
        }
        ty
    }

    /// The members of a type that is an object, aliases followed.
    pub(super) fn members(&self, node: &'a Node) -> Option<(&'a [Field], &'a Extra, Usage)> {
        match self.resolved(node) {
            TypeRef::Named(id) | TypeRef::Boxed(id) => {
                let ty = &self.api.types[id.0];
                match &ty.shape {
                    Shape::Struct { fields, extra } => Some((fields, extra, ty.usage)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether an alias leads back to itself through aliases alone: Rust needs a type of its own
    /// for it.
    pub(super) fn is_recursive(&self, start: TypeId) -> bool {
        let mut seen = BTreeSet::new();
        let mut pending = vec![start];
        while let Some(id) = pending.pop() {
            let Shape::Alias(node) = &self.api.types[id.0].shape else { continue };
            let mut ty = &node.ty;
            loop {
                match ty {
                    TypeRef::List(inner) | TypeRef::Map(inner) => ty = &inner.ty,
                    TypeRef::Named(next) | TypeRef::Boxed(next) => {
                        if *next == start {
                            return true;
                        }
                        if seen.insert(*next) {
                            pending.push(*next);
                        }
                        break;
                    }
                    _ => break,
                }
            }
        }
        false
    }
}

/// How a member may be absent; the words are those of `support::objects!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    Nullable,
    /// Any value, of which null is one.
    Anything,
}

impl Presence {
    pub(super) fn of(scope: &Scope<'_>, field: &Field, usage: Usage) -> Self {
        let one_sided = (field.read_only && usage.request) || (field.write_only && usage.response);
        if field.required && !one_sided {
            Self::Required
        } else if matches!(field.node.ty, TypeRef::Untyped(_)) && usage.request && !field.read_only
        {
            Self::Anything
        } else if scope.nullable(&field.node) && usage.request && !field.read_only {
            Self::Nullable
        } else {
            Self::Optional
        }
    }

    /// The member's type.
    pub(super) fn ty(self, scope: &Scope<'_>, node: &Node) -> String {
        match self {
            Self::Required => scope.node(node),
            Self::Optional | Self::Anything => scope.option(&scope.ty(&node.ty)),
            Self::Nullable => scope.option(&scope.option(&scope.ty(&node.ty))),
        }
    }

    /// What follows the wire name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Required => " required",
            Self::Optional => "",
            Self::Nullable | Self::Anything => " nullable",
        }
    }
}
