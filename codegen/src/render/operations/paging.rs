//! How the list of an operation goes on.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::rust;
use super::super::scope::Scope;
use crate::ir::{
    MemberPath, Operation, Paging, PagingParameter, PagingStyle, PagingUnit, ResponseType,
};

/// The `impl` of `Paginated`, where the list can be followed.
pub(super) fn item(scope: &Scope<'_>, operation: &Operation) -> Option<TokenStream> {
    let Paging { items, item, style } = operation.signature.paging.as_ref()?;
    let ResponseType::Json(page) = &operation.signature.success else { return None };
    let ident = rust::ident(&operation.type_ident);
    let (paginated, option, vec) =
        (scope.outside("Paginated"), scope.outside("Option"), scope.outside("Vec"));
    let (page, item) = (scope.node(page), scope.node(item));
    let items = by_value(items);
    let paging = scope.module("crate::support", "page");
    let advance = match style {
        PagingStyle::Counted { unit, first, start, size, default_size, total } => {
            let current = counted(&paging, start);
            let size = match (size.as_ref().map(|size| counted(&paging, size)), default_size) {
                (Some(size), Some(default)) => {
                    let default = rust::number(*default);
                    quote!(#size.or(Some(#default)))
                }
                (Some(size), None) => size,
                (None, Some(default)) => {
                    let default = rust::number(*default);
                    quote!(Some(#default))
                }
                (None, None) => quote!(None),
            };
            let total = total.as_ref().map_or(quote!(None), |total| number(&paging, total));
            let next = rust::ident(match unit {
                PagingUnit::Page => "next_page",
                PagingUnit::Item => "next_offset",
            });
            let (first, assigned) = (rust::number(*first), assigned(start, &quote!(start)));
            quote! {
                let total = #total;
                let items = #items;
                let position = #paging::Position {
                    current: #current,
                    size: #size,
                    received: items.len(),
                    total,
                };
                let next = position
                    .#next(#first)
                    .and_then(|start| start.try_into().ok())
                    .map(|start| Self { #assigned, ..Clone::clone(self) });
                (items, next)
            }
        }
        PagingStyle::Cursor { cursor, next } => {
            let token = text(&paging, next);
            let assigned = assigned(cursor, &quote!(token));
            quote! {
                let next = #token.map(|token| Self { #assigned, ..Clone::clone(self) });
                let items = #items;
                (items, next)
            }
        }
    };
    Some(quote! {
        impl #paginated for #ident {
            type Item = #item;

            fn advance(&self, page: #page) -> (#vec<#item>, #option<Self>) {
                #advance
            }
        }
    })
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
fn number(paging: &TokenStream, path: &MemberPath) -> TokenStream {
    let (place, wrapped) = looked_at(path, &TokenStream::new(), &quote!(.flatten()));
    if wrapped { quote!(#place.and_then(#paging::count)) } else { quote!(#paging::count(#place)) }
}

/// A text of the page, unless it is empty.
fn text(paging: &TokenStream, path: &MemberPath) -> TokenStream {
    let through = quote!(.as_ref().and_then(|inner| inner.as_ref()));
    let (place, wrapped) = looked_at(path, &quote!(.as_ref()), &through);
    if wrapped { quote!(#place.and_then(#paging::token)) } else { quote!(#paging::token(&#place)) }
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
