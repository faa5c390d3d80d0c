//! `src/types.rs` and `src/types/*.rs`: the document's schemas.

mod constraints;
mod object;
mod string_enum;
mod union;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{self, Module};
use super::scope::Scope;
use super::{doc, structs};
use crate::ir::{Api, Node, Shape, Type, TypeId, Union, Usage};
use crate::write::Artifact;

pub(super) use constraints::member_doc;

/// The longest doc of a type, in characters.
const LONGEST_DOC: usize = 1200;
/// How far the items of a module are indented.
const INDENT: usize = 0;

/// The artifacts.
pub(super) fn render(api: &Api) -> Vec<Artifact> {
    let mut modules: BTreeMap<&str, Vec<TypeId>> = BTreeMap::new();
    for (index, ty) in api.types.iter().enumerate() {
        if ty.usage != Usage::default() {
            modules.entry(&ty.module).or_default().push(TypeId(index));
        }
    }
    let about = format!("The schemas of {}.", api.title);
    let mut out = vec![Artifact::new("src/types.rs", root(api, &about, modules.keys().copied()))];
    let scope = Scope::within_types(api);
    for (name, ids) in modules {
        out.push(Artifact::new(
            format!("src/types/{name}.rs"),
            module(&scope.elsewhere(), name, &ids),
        ));
    }
    out
}

/// A module that holds others and shows what is in them as its own.
pub(super) fn root<'n>(api: &Api, about: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut module = Module::new(api, about);
    let names: Vec<_> = names.map(rust::ident).collect();
    module.push(quote!(#(mod #names;)*));
    module.push(quote!(#(pub use self::#names::*;)*));
    module.print()
}

fn module(scope: &Scope<'_>, name: &str, ids: &[TypeId]) -> String {
    let api = scope.api;
    let mut module = Module::new(api, &format!("Schemas of {}: `{name}`.", api.title));
    for id in ids {
        let ty = &api.types[id.0];
        let items = match &ty.shape {
            Shape::Struct { fields, extra } => object::items(scope, ty, fields, extra),
            Shape::StringEnum(values) => string_enum::items(scope, ty, values),
            Shape::Union(Union::Tagged { property, variants, base }) => {
                union::tagged(scope, ty, property, (variants, base.as_ref()))
            }
            Shape::Union(Union::Shaped { variants }) => union::shaped(scope, ty, variants),
            Shape::Alias(node) => newtype(scope, ty, node),
        };
        for item in items {
            module.push(item);
        }
    }
    let mut imports = scope.imports();
    if scope.own_used().iter().any(|id| api.types[id.0].module != name) {
        imports.add("super", "*");
    }
    module.import(imports);
    module.print()
}

/// Doc comment and attributes of a named type.
fn heading(scope: &Scope<'_>, ty: &Type) -> TokenStream {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    let mut text = doc::cut(ty.doc.trim(), LONGEST_DOC);
    if text.is_empty() {
        text = match ty
            .source_name
            .split_once(' ')
            .filter(|(owner, _)| !ty.component && scope.is_named(owner))
        {
            Some((owner, member)) => format!("{} of {}.", doc::code(member), doc::code(owner)),
            None => format!("{}.", doc::code(&ty.source_name)),
        };
    } else if ty.component && plain(&ty.source_name) != plain(&ty.ident) {
        text = format!("{text}\n\n{} in the document.", doc::code(&ty.source_name));
    }
    let mut out = rust::doc(&text, INDENT);
    if out.is_empty() {
        out = rust::doc(&format!("`{}`.", ty.ident), INDENT);
    }
    let deprecated = ty.deprecated.then(|| quote!(#[deprecated]));
    quote!(#out #deprecated)
}

/// A list or a map of itself: on the wire, only what is inside exists.
fn newtype(scope: &Scope<'_>, ty: &Type, node: &Node) -> Vec<TokenStream> {
    let (heading, ident, inner) = (heading(scope, ty), rust::ident(&ty.ident), scope.ty(&node.ty));
    let derives = structs::reading(scope, ty.usage).derives(true);
    vec![
        quote! {
            #heading
            #derives
            #[serde(transparent)]
            pub struct #ident(
                /// What it holds.
                pub #inner,
            );
        },
        quote! {
            impl From<#inner> for #ident {
                fn from(inner: #inner) -> Self {
                    Self(inner)
                }
            }
        },
    ]
}
