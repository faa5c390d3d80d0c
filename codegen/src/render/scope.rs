//! What a type is called where it is used.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::rust::{self, Imports};
use crate::ir::{Api, Field, Node, Presence, TypeId, TypeRef};

/// Names from outside that generated modules use, with the modules they come from. Those of the
/// prelude need no import.
const OUTSIDE: [(&str, &str); 32] = [
    ("Option", "std::option"),
    ("String", "std::string"),
    ("Vec", "std::vec"),
    ("Box", "std::boxed"),
    ("BTreeMap", "std::collections"),
    ("Infallible", "std::convert"),
    ("FromStr", "std::str"),
    ("Deserialize", "serde"),
    ("Deserializer", "serde"),
    ("Serialize", "serde"),
    ("Serializer", "serde"),
    ("Map", "serde_json"),
    ("Value", "serde_json"),
    ("Base64", "crate::support"),
    ("Base64Url", "crate::support"),
    ("Date", "crate::support"),
    ("DateTime", "crate::support"),
    ("DecodeError", "crate::support"),
    ("EncodeError", "crate::support"),
    ("FilePart", "crate::support"),
    ("Operation", "crate::support"),
    ("OperationInfo", "crate::support"),
    ("Paginated", "crate::support"),
    ("Request", "crate::support"),
    ("Response", "crate::support"),
    ("Segment", "crate::support"),
    ("CookieStyle", "crate::support::encode"),
    ("HeaderStyle", "crate::support::encode"),
    ("PathStyle", "crate::support::encode"),
    ("QueryStyle", "crate::support::encode"),
    ("Bytes", "crate::support::export"),
    ("Method", "crate::support::export"),
];
const PRELUDE: [&str; 4] = ["Option", "String", "Vec", "Box"];

/// The names in force in one generated module.
pub(super) struct Scope<'a> {
    pub(super) api: &'a Api,
    /// Whether the module is one of `types`, which see each other.
    within_types: bool,
    /// The API's identifiers that shadow those from outside.
    shadows: Rc<BTreeSet<&'a str>>,
    /// What the document calls its schemas and operations.
    names: Rc<BTreeSet<&'a str>>,
    used: RefCell<Imports>,
    own_used: RefCell<BTreeSet<TypeId>>,
    /// Shapes of types in one line, once they have been written.
    pub(super) shapes: RefCell<BTreeMap<TypeId, String>>,
}

impl<'a> Scope<'a> {
    /// The scope of a module outside of `types`.
    pub(super) fn new(api: &'a Api) -> Self {
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
            within_types: false,
            shadows: Rc::new(shadows),
            names: Rc::new(names),
            used: RefCell::default(),
            own_used: RefCell::default(),
            shapes: RefCell::default(),
        }
    }

    /// The scope of a module of `types`.
    pub(super) fn within_types(api: &'a Api) -> Self {
        Self { within_types: true, ..Self::new(api) }
    }

    /// The same in another module, of which no name has been handed out yet.
    pub(super) fn elsewhere(&self) -> Self {
        Self {
            api: self.api,
            within_types: self.within_types,
            shadows: Rc::clone(&self.shadows),
            names: Rc::clone(&self.names),
            used: RefCell::default(),
            own_used: RefCell::default(),
            shapes: RefCell::default(),
        }
    }

    /// The imports that the names handed out so far need.
    pub(super) fn imports(&self) -> Imports {
        self.used.take()
    }

    /// A module from outside, under its own name.
    pub(super) fn module(&self, parent: &'static str, name: &str) -> TokenStream {
        self.used.borrow_mut().add(parent, name);
        rust::ident(name).into_token_stream()
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
    pub(super) fn outside(&self, name: &'static str) -> TokenStream {
        let module = OUTSIDE.iter().find(|(known, _)| *known == name).map_or("std", |at| at.1);
        let ident = rust::ident(name);
        if self.shadows.contains(name) {
            let path = rust::path(module);
            let own = module.starts_with("crate");
            return if own { quote!(#path::#ident) } else { quote!(::#path::#ident) };
        }
        if !PRELUDE.contains(&name) {
            self.used.borrow_mut().add(module, name);
        }
        ident.into_token_stream()
    }

    /// The path to a name from outside, or to what is in it, as text: serde's attributes take it so.
    pub(super) fn path_text(&self, name: &'static str, within: Option<&str>) -> String {
        let (path, within) = (self.outside(name), within.map(rust::ident).into_iter());
        quote!(#path #(::#within)*).to_string().replace(' ', "")
    }

    pub(super) fn option(&self, inner: &TokenStream) -> TokenStream {
        let option = self.outside("Option");
        quote!(#option<#inner>)
    }

    fn own(&self, id: TypeId) -> TokenStream {
        self.own_used.borrow_mut().insert(id);
        let ident = rust::ident(&self.api.types[id.0].ident);
        if self.within_types { quote!(#ident) } else { quote!(types::#ident) }
    }

    /// The type of a value that is there and not null.
    pub(super) fn ty(&self, ty: &TypeRef) -> TokenStream {
        match ty {
            TypeRef::Named(id) => self.own(*id),
            TypeRef::Boxed(id) => {
                let (outer, inner) = (self.outside("Box"), self.own(*id));
                quote!(#outer<#inner>)
            }
            TypeRef::Bool => quote!(bool),
            TypeRef::I32 => quote!(i32),
            TypeRef::I64 => quote!(i64),
            TypeRef::U32 => quote!(u32),
            TypeRef::U64 => quote!(u64),
            TypeRef::F64 => quote!(f64),
            TypeRef::String | TypeRef::Binary => self.outside("String"),
            TypeRef::DateTime => self.outside("DateTime"),
            TypeRef::Date => self.outside("Date"),
            TypeRef::Base64 => self.outside("Base64"),
            TypeRef::Base64Url => self.outside("Base64Url"),
            TypeRef::File => self.outside("FilePart"),
            TypeRef::Untyped(_) => self.outside("Value"),
            TypeRef::List(item) => {
                let (outer, item) = (self.outside("Vec"), self.node(item));
                quote!(#outer<#item>)
            }
            TypeRef::Map(value) => self.map(value),
        }
    }

    /// A map with string keys; maps of anything keep their order.
    pub(super) fn map(&self, value: &Node) -> TokenStream {
        let untyped = matches!(value.ty, TypeRef::Untyped(_));
        let outer = self.outside(if untyped { "Map" } else { "BTreeMap" });
        let value = if untyped { self.ty(&value.ty) } else { self.node(value) };
        let key = self.outside("String");
        quote!(#outer<#key, #value>)
    }

    /// The type of a value that is there: an `Option` when it may be null.
    pub(super) fn node(&self, node: &Node) -> TokenStream {
        let inner = self.ty(&node.ty);
        if self.api.is_nullable(node) { self.option(&inner) } else { inner }
    }

    /// The type of a member.
    pub(super) fn member(&self, field: &Field) -> TokenStream {
        match field.presence {
            Presence::Required => self.node(&field.node),
            Presence::Optional | Presence::Anything => self.option(&self.ty(&field.node.ty)),
            Presence::Nullable => self.option(&self.option(&self.ty(&field.node.ty))),
        }
    }
}
