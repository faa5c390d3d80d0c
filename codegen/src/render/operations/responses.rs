//! What answers decode to, and how.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::rust;
use super::super::scope::Scope;
use crate::ir::{ResponseType, Status, StatusEnum};

/// The Rust type.
pub(super) fn ty(scope: &Scope<'_>, response: &ResponseType) -> TokenStream {
    match response {
        ResponseType::Empty => quote!(()),
        ResponseType::Json(node) | ResponseType::TypedText(node) => scope.node(node),
        ResponseType::OptionalJson(node) => scope.option(&scope.ty(&node.ty)),
        ResponseType::Text => scope.outside("String"),
        ResponseType::Binary => scope.outside("Bytes"),
        ResponseType::Anything => scope.outside("Value"),
        ResponseType::ByStatus(ident) => {
            let ident = rust::ident(ident);
            quote!(super::#ident)
        }
    }
}

/// The call that decodes `response`.
pub(super) fn decode(scope: &Scope<'_>, response: &ResponseType) -> TokenStream {
    let decoder = match response {
        ResponseType::Empty => "empty",
        ResponseType::Json(_) | ResponseType::Anything => "json",
        ResponseType::OptionalJson(_) => "optional_json",
        ResponseType::Text => "text",
        ResponseType::TypedText(_) => "typed_text",
        ResponseType::Binary => "binary",
        ResponseType::ByStatus(ident) => {
            let ident = rust::ident(ident);
            return quote!(super::#ident::decode(response));
        }
    };
    let (decode, decoder) = (scope.module("crate::support", "decode"), rust::ident(decoder));
    quote!(#decode::#decoder(response))
}

/// An enum of answers that differ by status.
pub(super) fn items(scope: &Scope<'_>, by_status: &StatusEnum) -> Vec<TokenStream> {
    let (about, ident) = (rust::doc(&by_status.doc, 0), rust::ident(&by_status.ident));
    let (response, error) = (scope.outside("Response"), scope.outside("DecodeError"));
    let declared = by_status.variants.iter().map(|variant| {
        let about = match variant.status {
            Status::Code(code) => format!(" Status {code}."),
            Status::Range(digit) => format!(" Status {digit}00 to {digit}99."),
            Status::Default => " Any other status.".to_owned(),
        };
        let (ident, ty) =
            (rust::ident(&variant.ident), ty(scope, &ResponseType::of(&variant.body)));
        quote!(#[doc = #about] #ident(#ty),)
    });
    let arms = by_status.variants.iter().map(|variant| {
        let pattern = match variant.status {
            Status::Code(code) => {
                let code = rust::number(code);
                quote!(#code)
            }
            Status::Range(digit) => {
                let (low, high) = (u16::from(digit) * 100, u16::from(digit) * 100 + 99);
                let (low, high) = (rust::number(low), rust::number(high));
                quote!(#low..=#high)
            }
            Status::Default => quote!(_),
        };
        let ident = rust::ident(&variant.ident);
        let decode = decode(scope, &ResponseType::of(&variant.body));
        quote!(#pattern => #decode.map(Self::#ident),)
    });
    let others = (!by_status.variants.iter().any(|variant| variant.status == Status::Default))
        .then(|| quote!(_ => Err(#error::undeclared(response)),));
    vec![
        quote! {
            #about
            #[derive(Debug, Clone, PartialEq)]
            #[non_exhaustive]
            pub enum #ident {
                #(#declared)*
            }
        },
        quote! {
            impl #ident {
                /// Decodes the body as its status asks for.
                ///
                /// # Errors
                /// When the status is not declared, or the body is not what the document declares
                /// for it.
                pub fn decode(response: &#response) -> Result<Self, #error> {
                    match response.status.as_u16() {
                        #(#arms)*
                        #others
                    }
                }
            }
        },
    ]
}
