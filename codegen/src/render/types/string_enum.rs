//! Texts with known values, open for others.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;

use super::super::doc;
use super::super::rust;
use super::super::scope::Scope;
use super::heading;
use crate::ir::{EnumValue, Type};

/// The enum, and its ways from and to text.
pub(super) fn items(scope: &Scope<'_>, ty: &Type, values: &[EnumValue]) -> Vec<TokenStream> {
    let ident = rust::ident(&ty.ident);
    let heading = heading(scope, ty);
    let (string, string_path) = (scope.outside("String"), scope.path_text("String", None));
    let fmt = scope.module("std", "fmt");
    let (from_str, infallible) = (scope.outside("FromStr"), scope.outside("Infallible"));
    let (serialize, deserialize) = (scope.outside("Serialize"), scope.outside("Deserialize"));
    let variants: Vec<_> = values.iter().map(|value| rust::ident(&value.ident)).collect();
    let wires: Vec<&str> = values.iter().map(|value| value.wire.as_str()).collect();
    let declared = variants.iter().zip(&wires).map(|(variant, wire)| {
        let about = rust::doc(&doc::code(wire), 4);
        let about = if about.is_empty() { rust::doc("The empty text.", 4) } else { about };
        let alias = rust::alias(wire, &variant.unraw().to_string());
        quote!(#about #alias #variant,)
    });
    let structure = quote! {
        #heading
        #[derive(Debug, Clone, PartialEq, Eq, Hash, #serialize, #deserialize)]
        #[serde(from = #string_path, into = #string_path)]
        #[non_exhaustive]
        pub enum #ident {
            #(#declared)*
            /// A value that the document does not know, kept as received.
            Unknown(#string),
        }
    };
    let methods = quote! {
        impl #ident {
            /// The value on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #wires,)*
                    Self::Unknown(text) => text,
                }
            }
        }
    };
    let from_string = quote! {
        impl From<#string> for #ident {
            fn from(text: #string) -> Self {
                match text.as_str() {
                    #(#wires => Self::#variants,)*
                    _ => Self::Unknown(text),
                }
            }
        }
    };
    let from_text = quote! {
        impl From<&str> for #ident {
            fn from(text: &str) -> Self {
                Self::from(text.to_owned())
            }
        }
    };
    let parsed = quote! {
        impl #from_str for #ident {
            type Err = #infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }
    };
    let into_string = quote! {
        impl From<#ident> for #string {
            fn from(value: #ident) -> Self {
                value.as_str().to_owned()
            }
        }
    };
    let display = quote! {
        impl #fmt::Display for #ident {
            fn fmt(&self, f: &mut #fmt::Formatter<'_>) -> #fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
    vec![structure, methods, from_string, from_text, parsed, into_string, display]
}
