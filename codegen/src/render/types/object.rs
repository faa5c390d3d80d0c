//! Objects with known members.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::rust;
use super::super::scope::Scope;
use super::super::setters::{self, Settable, Wrapping};
use super::{heading, member_doc};
use crate::ir::{Extra, Field, Presence, Type};

/// The struct, and how callers make one when it can be sent.
pub(super) fn items(
    scope: &Scope<'_>,
    ty: &Type,
    fields: &[Field],
    extra: &Extra,
) -> Vec<TokenStream> {
    let ident = rust::ident(&ty.ident);
    let (heading, members) = (heading(scope, ty), settable(scope, fields));
    let has_default = members
        .iter()
        .all(|member| matches!(member.wrapping, Wrapping::Option | Wrapping::Options));
    let derives = setters::reading(scope, ty.usage).derives(has_default);
    let names = || {
        members
            .iter()
            .zip(fields)
            .map(|(member, field)| (setters::plain(&member.ident), &*field.wire))
    };
    let camel_case = setters::is_camel_case(names());
    let rename_all = camel_case.then(|| quote!(#[serde(rename_all = "camelCase")]));
    let declared = members
        .iter()
        .zip(fields)
        .map(|(member, field)| declaration(scope, member, field, camel_case));
    let extra = match extra {
        Extra::Keep(node) => Some((rust::ident("extra"), scope.map(node))),
        Extra::Ignore | Extra::Refuse => None,
    };
    let undeclared = extra.iter().map(|(ident, ty)| {
        quote! {
            /// Members that the document does not declare.
            #[serde(flatten)]
            pub #ident: #ty,
        }
    });
    let structure = quote! {
        #heading
        #derives
        #rename_all
        #[non_exhaustive]
        pub struct #ident {
            #(#declared)*
            #(#undeclared)*
        }
    };
    let rest = extra.as_ref().map(|(ident, _)| ident);
    let made = if ty.usage.request {
        setters::made_by_callers(scope, &ident, &members, rest)
    } else {
        setters::made_in_tests(scope, &ident, &members, rest)
    };
    vec![structure, made]
}

fn settable<'a>(scope: &Scope<'_>, fields: &'a [Field]) -> Vec<Settable<'a>> {
    fields
        .iter()
        .map(|field| Settable {
            ident: rust::ident(&field.ident),
            setter: rust::ident(&field.setter),
            null_setter: field.null_setter.as_deref().map(rust::ident),
            node: &field.node,
            ty: scope.member(field),
            wrapping: match field.presence {
                Presence::Required if scope.nullable(&field.node) => Wrapping::RequiredOption,
                Presence::Required => Wrapping::Required,
                Presence::Optional | Presence::Anything => Wrapping::Option,
                Presence::Nullable => Wrapping::Options,
            },
            file: false,
            deprecated: field.deprecated,
        })
        .collect()
}

fn declaration(
    scope: &Scope<'_>,
    member: &Settable<'_>,
    field: &Field,
    camel_case: bool,
) -> TokenStream {
    let Settable { ident, ty, .. } = member;
    let plain = setters::plain(ident);
    let about = setters::about(member_doc(&field.node), &field.wire);
    let alias = rust::alias(&field.wire, &plain);
    let deprecated = field.deprecated.then(|| quote!(#[deprecated]));
    let is_none = scope.path_text("Option", Some("is_none"));
    let absent = match field.presence {
        Presence::Required => Vec::new(),
        Presence::Optional => vec![quote!(skip_serializing_if = #is_none)],
        Presence::Nullable | Presence::Anything => vec![
            quote!(default),
            quote!(deserialize_with = "crate::support::value::present"),
            quote!(skip_serializing_if = #is_none),
        ],
    };
    let serde = setters::serde(setters::rename(&plain, &field.wire, camel_case), &absent);
    quote!(#about #alias #deprecated #serde pub #ident: #ty,)
}
