//! Objects with known members.

use proc_macro2::TokenStream;

use super::super::rust;
use super::super::scope::Scope;
use super::super::structs::{Settable, Struct, Wrapping};
use super::{heading, member_doc};
use crate::ir::{Extra, Field, Presence, Type};

/// The struct, and how callers make one.
pub(super) fn items(
    scope: &Scope<'_>,
    ty: &Type,
    fields: &[Field],
    extra: &Extra,
) -> Vec<TokenStream> {
    let structure = Struct {
        heading: heading(scope, ty),
        ident: rust::ident(&ty.ident),
        usage: ty.usage,
        members: fields.iter().map(|field| member(scope, field)).collect(),
        extra: match extra {
            Extra::Keep(node) => Some(scope.map(node)),
            Extra::Ignore | Extra::Refuse => None,
        },
    };
    structure.items(scope)
}

fn member<'a>(scope: &Scope<'_>, field: &'a Field) -> Settable<'a> {
    Settable {
        ident: rust::ident(&field.ident),
        setter: rust::ident(&field.setter),
        null_setter: field.null_setter.as_deref().map(rust::ident),
        wire: &field.wire,
        about: member_doc(&field.node),
        node: &field.node,
        ty: scope.member(field),
        wrapping: match field.presence {
            Presence::Required if scope.api.is_nullable(&field.node) => Wrapping::RequiredOption,
            Presence::Required => Wrapping::Required,
            Presence::Optional => Wrapping::Option,
            Presence::Anything => Wrapping::OptionOfAnything,
            Presence::Nullable => Wrapping::Options,
        },
        file: false,
        deprecated: field.deprecated,
    }
}
