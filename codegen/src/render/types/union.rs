//! Alternatives: told apart by the value of one member, or by what they look like.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::super::rust;
use super::super::scope::Scope;
use super::super::setters;
use super::heading;
use crate::ir::{Matcher, Type, Variant};

/// How far variants are indented.
const INDENT: usize = 4;

/// Variants that differ by the value of `property`.
pub(super) fn tagged(
    scope: &Scope<'_>,
    ty: &Type,
    property: &str,
    variants: &[Variant],
) -> Vec<TokenStream> {
    let (union, serialize) = (scope.module("crate::support", "union"), scope.outside("Serialize"));
    let declared = variants.iter().map(|variant| {
        let about = match &variant.matcher {
            Matcher::Fallback => "Any other.".to_owned(),
            _ => format!("`{}`", tags(variant)[0].replace('`', "'")),
        };
        declaration(scope, variant, &about)
    });
    let written = variants.iter().map(|variant| {
        let ident = rust::ident(&variant.ident);
        match &variant.matcher {
            Matcher::Fallback => quote!(Self::#ident(payload) => #serialize::serialize(payload, serializer),),
            _ => {
                let tag = tags(variant)[0];
                quote!(Self::#ident(payload) => #union::write_tagged(serializer, #property, #tag, payload),)
            }
        }
    });
    let read = variants.iter().map(|variant| {
        let ident = rust::ident(&variant.ident);
        match &variant.matcher {
            Matcher::Fallback => {
                quote!(_ if value.is_object() => #union::read(&value).map(Self::#ident),)
            }
            _ => {
                let tags = tags(variant);
                quote!(Some(#(#tags)|*) => #union::read(&value).map(Self::#ident),)
            }
        }
    });
    let known = quote! {
        let known = match #union::tag(&value, #property).as_deref() {
            #(#read)*
            _ => None,
        };
    };
    items(scope, ty, declared, written, &known)
}

/// Variants that differ by what they look like.
pub(super) fn shaped(scope: &Scope<'_>, ty: &Type, variants: &[Variant]) -> Vec<TokenStream> {
    let (union, serialize) = (scope.module("crate::support", "union"), scope.outside("Serialize"));
    let declared = variants.iter().map(|variant| {
        let payload = scope.node(&variant.node).to_string().replace(' ', "");
        declaration(scope, variant, &format!("`{payload}`"))
    });
    let written = variants.iter().map(|variant| {
        let ident = rust::ident(&variant.ident);
        quote!(Self::#ident(payload) => #serialize::serialize(payload, serializer),)
    });
    let candidates = variants.iter().map(|variant| {
        let ident = rust::ident(&variant.ident);
        let matcher = matcher(&variant.matcher);
        quote!((#union::Matcher::#matcher, |value| #union::read(value).map(Self::#ident)))
    });
    let known = quote! {
        let known = #union::best(&value, &[#(#candidates),*]);
    };
    items(scope, ty, declared, written, &known)
}

/// The values of the discriminator that mean a variant.
fn tags(variant: &Variant) -> Vec<&str> {
    if variant.tags.is_empty() {
        vec![&variant.ident]
    } else {
        variant.tags.iter().map(String::as_str).collect()
    }
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
    let reading = setters::reading(scope, ty.usage);
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
        Matcher::Any | Matcher::Fallback => quote!(Any),
    }
}
