//! Alternatives: told apart by the value of one member, or by what they look like.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::super::doc;
use super::super::rust;
use super::super::scope::Scope;
use super::super::structs;
use super::heading;
use crate::ir::{Base, Matcher, ShapedVariant, TaggedVariant, Type, Variant};

/// How far variants are indented.
const INDENT: usize = 4;

/// Variants that differ by the value of `property`.
pub(super) fn tagged(
    scope: &Scope<'_>,
    ty: &Type,
    property: &str,
    (variants, base): (&[TaggedVariant], Option<&Base>),
) -> Vec<TokenStream> {
    let (union, serialize) = (scope.module("crate::support", "union"), scope.outside("Serialize"));
    let base = base.map(|base| (&base.variant, rust::ident(&base.variant.ident)));
    let declared =
        variants.iter().map(|tagged| declaration(scope, &tagged.variant, &doc::code(&tagged.tag)));
    let base_declared = base.iter().map(|(variant, _)| declaration(scope, variant, "Any other."));
    let written = variants.iter().map(|tagged| {
        let (ident, tag) = (rust::ident(&tagged.variant.ident), &tagged.tag);
        quote!(Self::#ident(payload) => #union::write_tagged(serializer, #property, #tag, payload),)
    });
    let base_written = base.iter().map(
        |(_, ident)| quote!(Self::#ident(payload) => #serialize::serialize(payload, serializer),),
    );
    let read = variants.iter().map(|tagged| {
        let (ident, tags) = (rust::ident(&tagged.variant.ident), tagged.tags());
        quote!(Some(#(#tags)|*) => #union::read(&value).map(Self::#ident),)
    });
    let base_read = base.iter().map(
        |(_, ident)| quote!(_ if value.is_object() => #union::read(&value).map(Self::#ident),),
    );
    let known = quote! {
        let known = match #union::tag(&value, #property).as_deref() {
            #(#read)*
            #(#base_read)*
            _ => None,
        };
    };
    items(scope, ty, declared.chain(base_declared), written.chain(base_written), &known)
}

/// Variants that differ by what they look like.
pub(super) fn shaped(scope: &Scope<'_>, ty: &Type, variants: &[ShapedVariant]) -> Vec<TokenStream> {
    let (union, serialize) = (scope.module("crate::support", "union"), scope.outside("Serialize"));
    let declared = variants.iter().map(|ShapedVariant { variant, .. }| {
        let payload = scope.node(&variant.node).to_string().replace(' ', "");
        declaration(scope, variant, &format!("`{payload}`"))
    });
    let written = variants.iter().map(|ShapedVariant { variant, .. }| {
        let ident = rust::ident(&variant.ident);
        quote!(Self::#ident(payload) => #serialize::serialize(payload, serializer),)
    });
    let candidates = variants.iter().map(|ShapedVariant { variant, matcher: looks }| {
        let ident = rust::ident(&variant.ident);
        let looks = matcher(looks);
        quote!((#union::Matcher::#looks, |value| #union::read(value).map(Self::#ident)))
    });
    let known = quote! {
        let known = #union::best(&value, &[#(#candidates),*]);
    };
    items(scope, ty, declared, written, &known)
}

fn declaration(scope: &Scope<'_>, variant: &Variant, about: &str) -> TokenStream {
    let about = rust::doc(about, INDENT);
    let (ident, payload) = (rust::ident(&variant.ident), scope.node(&variant.node));
    quote!(#about #ident(#payload),)
}

/// The enum and how it is written and read; `known` finds the variant of `value`.
fn items(
    scope: &Scope<'_>,
    ty: &Type,
    declared: impl Iterator<Item = TokenStream>,
    written: impl Iterator<Item = TokenStream>,
    known: &TokenStream,
) -> Vec<TokenStream> {
    let (heading, ident) = (heading(scope, ty), rust::ident(&ty.ident));
    let union = scope.module("crate::support", "union");
    let value = scope.outside("Value");
    let (serialize, serializer) = (scope.outside("Serialize"), scope.outside("Serializer"));
    let reading = structs::reading(scope, ty.usage);
    vec![
        quote! {
            #heading
            #[derive(Debug, Clone, PartialEq)]
            #[non_exhaustive]
            pub enum #ident {
                #(#declared)*
                /// A value that is not as the document says, kept whole as received.
                Unknown(#value),
            }
        },
        quote! {
            impl #serialize for #ident {
                fn serialize<S: #serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    match self {
                        #(#written)*
                        Self::Unknown(value) => #union::write_unknown(serializer, value),
                    }
                }
            }
        },
        reading.implementation(
            &ident,
            &value,
            &quote! {
                #known
                Ok(known.unwrap_or(Self::Unknown(value)))
            },
        ),
    ]
}

/// The matcher in the words of `support::union`.
fn matcher(matcher: &Matcher) -> TokenStream {
    let texts = |values: &[Value]| {
        let texts: Vec<String> = values.iter().map(Value::to_string).collect();
        quote!(&[#(#texts),*])
    };
    match matcher {
        Matcher::Type(name) => quote!(Type(#name)),
        Matcher::Constant { property, values } => {
            let values = texts(values);
            quote!(Constant(#property, #values))
        }
        Matcher::Has(names) => quote!(Has(&[#(#names),*])),
        Matcher::BestMatch { required, members, marks } => {
            let marks = marks.iter().map(|(name, values)| {
                let values = texts(values);
                quote!((#name, #values))
            });
            quote!(BestMatch {
                required: &[#(#required),*],
                members: &[#(#members),*],
                marks: &[#(#marks),*],
            })
        }
        Matcher::Any => quote!(Any),
    }
}
