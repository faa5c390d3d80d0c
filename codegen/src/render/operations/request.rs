//! How the arguments of an operation become a request: a line each.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::super::rust;
use super::super::scope::Scope;
use crate::ir::{
    BodyEncoding, Constant, CookieStyle, Extra, Field, HeaderStyle, Location, MemberEncoding,
    Operation, Parameter, PathStyle, QueryStyle, RequestBody, TypeRef,
};

/// The body of `Operation::request`.
pub(super) fn request(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    let request = scope.outside("Request");
    let paths = operation
        .parameters
        .iter()
        .filter(|parameter| matches!(parameter.location, Location::Path(_)))
        .map(|parameter| parameter_line(scope, parameter));
    let constants = operation.constants.iter().filter_map(constant_line);
    let others = operation
        .parameters
        .iter()
        .filter(|parameter| !matches!(parameter.location, Location::Path(_)))
        .map(|parameter| parameter_line(scope, parameter));
    let body = operation.body.as_ref().map(|body| body_lines(scope, body));
    quote! {
        #request::builder(Self::INFO)
            #(#paths)*
            #(#constants)*
            #(#others)*
            #body
            .build()
    }
}

fn parameter_line(scope: &Scope<'_>, parameter: &Parameter) -> TokenStream {
    let (wire, ident) = (&parameter.wire, rust::ident(&parameter.ident));
    match &parameter.location {
        Location::Path(PathStyle::Simple) => quote!(.path(#wire, &self.#ident)),
        Location::Path(style) => {
            let (outer, style) = (scope.outside("PathStyle"), path_style(*style));
            quote!(.path_styled(#wire, #outer::#style, &self.#ident))
        }
        Location::Query(QueryStyle::Form) if !parameter.reserved => {
            quote!(.query(#wire, &self.#ident))
        }
        Location::Query(style) => {
            let style = query_style(scope, *style);
            if parameter.reserved {
                quote!(.query_reserved(#wire, #style, &self.#ident))
            } else {
                quote!(.query_styled(#wire, #style, &self.#ident))
            }
        }
        Location::Header(HeaderStyle::Simple) => quote!(.header(#wire, &self.#ident)),
        Location::Header(style) => {
            let (outer, style) = (scope.outside("HeaderStyle"), rust::ident(&format!("{style:?}")));
            quote!(.header_styled(#wire, #outer::#style, &self.#ident))
        }
        Location::Cookie(CookieStyle::Form) => quote!(.cookie(#wire, &self.#ident)),
        Location::Cookie(style) => {
            let (outer, style) = (scope.outside("CookieStyle"), rust::ident(&format!("{style:?}")));
            quote!(.cookie_styled(#wire, #outer::#style, &self.#ident))
        }
    }
}

fn path_style(style: PathStyle) -> TokenStream {
    match style {
        PathStyle::Simple => quote!(Simple),
        PathStyle::SimpleExplode => quote!(SimpleExplode),
        PathStyle::Label { explode } => quote!(Label { explode: #explode }),
        PathStyle::Matrix { explode } => quote!(Matrix { explode: #explode }),
        PathStyle::Json => quote!(Json),
    }
}

fn query_style(scope: &Scope<'_>, style: QueryStyle) -> TokenStream {
    let (outer, style) = (scope.outside("QueryStyle"), rust::ident(&format!("{style:?}")));
    quote!(#outer::#style)
}

/// A parameter with a fixed value; one of the path stands in the template.
fn constant_line(constant: &Constant) -> Option<TokenStream> {
    let wire = &constant.wire;
    let value = match &constant.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match constant.location {
        Location::Path(_) => None,
        Location::Query(_) => Some(quote!(.query(#wire, #value))),
        Location::Header(_) => Some(quote!(.header(#wire, #value))),
        Location::Cookie(_) => Some(quote!(.cookie(#wire, #value))),
    }
}

/// Whether the body is the bytes of one file.
pub(super) fn is_file(body: &RequestBody) -> bool {
    matches!((body.encoding, &body.node.ty), (BodyEncoding::Binary, _) | (_, TypeRef::Binary))
}

/// The body's type when it is there and not null.
pub(super) fn body_type(scope: &Scope<'_>, body: &RequestBody) -> TokenStream {
    if is_file(body) { scope.outside("FilePart") } else { scope.ty(&body.node.ty) }
}

fn body_lines(scope: &Scope<'_>, body: &RequestBody) -> TokenStream {
    if body.required {
        let place = quote!(self.body);
        return written(scope, body, &place, &quote!(&self.body));
    }
    let (place, reference) = (quote!(body), quote!(body));
    let lines = written(scope, body, &place, &reference);
    quote!(.if_some(&self.body, |request, body| request #lines))
}

/// The calls that write a body: `place` is what it is, `reference` a reference to it.
fn written(
    scope: &Scope<'_>,
    body: &RequestBody,
    place: &TokenStream,
    reference: &TokenStream,
) -> TokenStream {
    let media = &body.media_type;
    if matches!(body.node.ty, TypeRef::Binary) {
        let listed = std::iter::once(&body.media_type).chain(&body.alternatives);
        return quote!(.upload(&[#(#listed),*], #reference));
    }
    match body.encoding {
        BodyEncoding::Json if media == "application/json" => quote!(.json(#reference)),
        BodyEncoding::Json => quote!(.json_as(#media, #reference)),
        BodyEncoding::Form => form(scope, body, reference),
        BodyEncoding::Text => quote!(.text(#media, #reference)),
        BodyEncoding::Binary => quote!(.upload(&[#media], #reference)),
        BodyEncoding::Multipart => match scope.api.members(&body.node) {
            Some((members, extra, _)) if !scope.api.is_nullable(&body.node) => {
                let parts = members
                    .iter()
                    .map(|member| part(scope, member, body.encodings.get(&member.wire), place));
                let rest = matches!(extra, Extra::Keep(_)).then(|| quote!(.parts(&#place.extra)));
                quote!(.multipart() #(#parts)* #rest)
            }
            _ => quote!(.multipart().parts(#reference)),
        },
    }
}

fn form(scope: &Scope<'_>, body: &RequestBody, reference: &TokenStream) -> TokenStream {
    let encode = || scope.module("crate::support", "encode");
    let members: Vec<TokenStream> = body
        .encodings
        .iter()
        .filter_map(|(name, encoding)| {
            let style = query_style(scope, encoding.style?);
            let encode = encode();
            let reserved = rust::ident(if encoding.reserved { "Kept" } else { "Encoded" });
            Some(quote!(#encode::FormMember {
                name: #name,
                style: #style,
                reserved: #encode::Reserved::#reserved,
            }))
        })
        .collect();
    if members.is_empty() {
        quote!(.form(#reference))
    } else {
        quote!(.form_styled(&[#(#members),*], #reference))
    }
}

/// The call that adds a member of a multipart body.
fn part(
    scope: &Scope<'_>,
    member: &Field,
    encoding: Option<&MemberEncoding>,
    place: &TokenStream,
) -> TokenStream {
    let (wire, ident) = (&member.wire, rust::ident(&member.ident));
    let is_file = match &member.node.ty {
        TypeRef::File => true,
        TypeRef::List(item) => matches!(item.ty, TypeRef::File),
        _ => false,
    };
    if let Some(style) = encoding.and_then(|encoding| encoding.style).filter(|_| !is_file) {
        let style = query_style(scope, style);
        return quote!(.styled_part(#wire, #style, &#place.#ident));
    }
    let media = encoding.and_then(|encoding| encoding.media_type.as_deref());
    match (is_file, media) {
        (false, None) => quote!(.part(#wire, &#place.#ident)),
        (false, Some(media)) => quote!(.part_as(#wire, #media, &#place.#ident)),
        (true, None) => quote!(.files(#wire, &#place.#ident)),
        (true, Some(media)) => quote!(.files_as(#wire, #media, &#place.#ident)),
    }
}
