//! How the list of an operation goes on.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::rust;
use super::super::scope::Scope;
use crate::ir::{
    MemberPath, More, Operation, PagingParameter, PagingStyle, PagingUnit, ResponseType, Step,
};

/// The `impl` of `Paginated`, where the list can be followed.
pub(super) fn item(scope: &Scope<'_>, operation: &Operation) -> Option<TokenStream> {
    let paging = operation.signature.paging.as_ref()?;
    let ResponseType::Json(page) = &operation.signature.success else { return None };
    let ident = rust::ident(&operation.type_ident);
    let (paginated, option, vec) =
        (scope.outside("Paginated"), scope.outside("Option"), scope.outside("Vec"));
    let (page, item, items) = (scope.node(page), scope.node(&paging.item), by_value(&paging.items));
    let module = scope.module("crate::support", "page");
    let Course { by, place, at, mut said } = course(&module, &paging.style);
    let counted = matches!(paging.style, PagingStyle::Counted { total: Some(_), .. });
    said.extend(paging.more.as_ref().map(|more| (quote!(more), says_more(&module, more))));
    let (default, most) = (size(paging.default_size), size(paging.max_size));
    let (names, values): (Vec<_>, Vec<_>) = said.into_iter().unzip();
    let read = if names.is_empty() {
        quote!(#module::Page::of(items.len()))
    } else {
        quote!(#module::Page { #(#names,)* ..#module::Page::of(items.len()) })
    };
    Some(quote! {
        impl #paginated for #ident {
            type Item = #item;

            const STYLE: #module::Style = #module::Style {
                by: #module::By::#by,
                default_size: #default,
                max_size: #most,
                counted: #counted,
            };

            fn place(&self) -> #module::Place {
                #place
            }

            fn at(&self, place: &#module::Place) -> #option<Self> {
                #at
            }

            fn open(page: #page) -> (#vec<#item>, #module::Page) {
                #(let #names = #values;)*
                let items = #items;
                let page = #read;
                (items, page)
            }
        }
    })
}

/// How a list goes on, in Rust.
struct Course {
    /// The variant of `page::By`.
    by: TokenStream,
    /// Where a call begins.
    place: TokenStream,
    /// The call that begins elsewhere.
    at: TokenStream,
    /// What a page says, by members of `page::Page`.
    said: Vec<(TokenStream, TokenStream)>,
}

fn course(module: &TokenStream, style: &PagingStyle) -> Course {
    match style {
        PagingStyle::Counted { unit, first, start, size, total } => {
            let by = rust::ident(match unit {
                PagingUnit::Page => "Page",
                PagingUnit::Item => "Item",
            });
            let first = rust::number(*first);
            let size = size.as_ref().map_or(quote!(None), |size| counted(module, size));
            let (number, assigned) = (counted(module, start), assigned(start, &quote!(start)));
            let total = total.as_ref().map(|total| (quote!(total), number_in(module, total)));
            Course {
                by: quote!(#by { first: #first }),
                place: quote!(#module::Place::counted(Self::STYLE, #number, #size)),
                at: quote! {
                    let start = place.number(Self::STYLE)?;
                    Some(Self { #assigned, ..Clone::clone(self) })
                },
                said: total.into_iter().collect(),
            }
        }
        PagingStyle::Cursor { cursor, wire, next } => {
            let ident = rust::ident(&cursor.ident);
            let (token, value) = if cursor.optional {
                (quote!(self.#ident.clone()), quote!(place.token.clone()))
            } else {
                (quote!(Some(self.#ident.clone())), quote!(place.token.clone()?))
            };
            Course {
                by: quote!(Token),
                place: quote!(#module::Place::at_token(#token)),
                at: quote!(Some(Self { #ident: #value, ..Clone::clone(self) })),
                said: vec![(quote!(next), token_in(module, next, wire))],
            }
        }
    }
}

fn size(size: Option<u32>) -> TokenStream {
    rust::optional(size.map(rust::number))
}

/// Whether the page says that more follows.
fn says_more(module: &TokenStream, more: &More) -> TokenStream {
    match more {
        More::Flag(path) => {
            let (place, wrapped) = looked_at(path, &TokenStream::new(), &quote!(.flatten()));
            if wrapped { place } else { quote!(Some(#place)) }
        }
        More::Number(path) => {
            let (place, _) = looked_at(path, &TokenStream::new(), &quote!(.flatten()));
            quote!(Some(#place.is_some()))
        }
        More::Link(path) => {
            let (place, wrapped) = text(path);
            let link = if wrapped { place } else { quote!(Some(#place)) };
            quote!(#module::follows(#link))
        }
    }
}

/// A parameter's value as a count.
fn counted(paging: &TokenStream, parameter: &PagingParameter) -> TokenStream {
    let ident = rust::ident(&parameter.ident);
    if parameter.optional {
        quote!(self.#ident.and_then(#paging::count))
    } else {
        quote!(#paging::count(self.#ident))
    }
}

/// A parameter with a new value.
fn assigned(parameter: &PagingParameter, value: &TokenStream) -> TokenStream {
    let ident = rust::ident(&parameter.ident);
    if parameter.optional { quote!(#ident: Some(#value)) } else { quote!(#ident: #value) }
}

/// The list that a page holds, taken out of it.
fn by_value(path: &MemberPath) -> TokenStream {
    let mut out = quote!(page);
    let mut wrapped = false;
    for step in &path.0 {
        let ident = rust::ident(&step.ident);
        let flat = (step.options > 1).then(|| quote!(.flatten()));
        out = match (wrapped, step.options) {
            (false, _) => quote!(#out.#ident #flat),
            (true, 0) => quote!(#out.map(|inner| inner.#ident)),
            (true, _) => quote!(#out.and_then(|inner| inner.#ident #flat)),
        };
        wrapped |= step.options > 0;
    }
    if wrapped { quote!(#out.unwrap_or_default()) } else { out }
}

/// A number of the page as a count.
fn number_in(module: &TokenStream, path: &MemberPath) -> TokenStream {
    let (place, wrapped) = looked_at(path, &TokenStream::new(), &quote!(.flatten()));
    if wrapped { quote!(#place.and_then(#module::count)) } else { quote!(#module::count(#place)) }
}

/// The token for the next page that the page holds, by itself or in a link.
fn token_in(module: &TokenStream, path: &MemberPath, parameter: &str) -> TokenStream {
    match text(path) {
        (place, true) => quote!(#place.and_then(|next| #module::token(next, #parameter))),
        (place, false) => quote!(#module::token(#place, #parameter)),
    }
}

/// A text of the page, by reference; whether it is an `Option`.
fn text(path: &MemberPath) -> (TokenStream, bool) {
    let through = quote!(.as_ref().and_then(|inner| inner.as_deref()));
    match looked_at(path, &quote!(.as_deref()), &through) {
        (place, true) => match path.0.last() {
            // Its last step is none itself.
            Some(Step { options: 0, .. }) => (quote!(#place.map(|text| text.as_str())), true),
            _ => (place, true),
        },
        (place, false) => (quote!(&#place), false),
    }
}

/// A member of the page where it is, and whether it is an `Option`. The last step is opened by
/// `once` where it is wrapped in one, by `twice` where in two.
fn looked_at(path: &MemberPath, once: &TokenStream, twice: &TokenStream) -> (TokenStream, bool) {
    let mut out = quote!(page);
    let mut wrapped = false;
    for (index, step) in path.0.iter().enumerate() {
        let (ident, last) = (rust::ident(&step.ident), index + 1 == path.0.len());
        let opened = match (last, step.options) {
            (_, 0) => TokenStream::new(),
            (true, 1) => once.clone(),
            (true, _) => twice.clone(),
            (false, 1) => quote!(.as_ref()),
            (false, _) => quote!(.as_ref().and_then(|inner| inner.as_ref())),
        };
        out = match (wrapped, step.options) {
            (false, _) => quote!(#out.#ident #opened),
            // What is no `Option` is looked at by reference, but for the number at the end.
            (true, 0) if last && once.is_empty() => quote!(#out.map(|inner| inner.#ident)),
            (true, 0) => quote!(#out.map(|inner| &inner.#ident)),
            (true, _) => quote!(#out.and_then(|inner| inner.#ident #opened)),
        };
        wrapped |= step.options > 0;
    }
    (out, wrapped)
}
