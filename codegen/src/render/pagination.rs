//! `impl Paginated` where an operation's paging can be followed through its types.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ir::{AnswerBody, Location, Node, Operation, PageStyle, Pagination, Parameter, TypeRef};

use super::rust::{ident_token, ty};
use super::scope::{Presence, Scope};

/// Whether [`implementation`] has one.
pub(super) fn followed(scope: &Scope<'_>, operation: &Operation) -> bool {
    implementation(scope, operation).is_some()
}

/// The implementation; `None` where items, parameters or totals are not of the types that paging needs.
pub(super) fn implementation(scope: &Scope<'_>, operation: &Operation) -> Option<TokenStream> {
    let pagination = operation.tool.as_ref()?.pagination.as_ref()?;
    let answer = page_node(operation)?;
    if scope.nullable(answer) {
        return None;
    }
    let items = member(scope, answer, &pagination.items)?;
    let TypeRef::List(item) = scope.resolved(items.node) else { return None };
    let item = ty(&scope.node(item));
    let name = ident_token(&operation.type_ident);
    let take = items.taken();
    let body = match &pagination.style {
        PageStyle::Whole => return None,
        PageStyle::Cursor { cursor, next, .. } => {
            let cursor = parameter(operation, cursor).filter(|cursor| text(scope, &cursor.node))?;
            let next = member(scope, answer, next).filter(|next| text(scope, next.node))?;
            let (field, next) = (ident_token(&cursor.ident), next.cloned());
            let value = if optional(scope, cursor) { quote!(Some(next)) } else { quote!(next) };
            let rest = rest(operation);
            quote! {
                let next = #next.filter(|next| !next.is_empty());
                let items = #take;
                (items, next.map(|next| Self { #field: #value #rest }))
            }
        }
        style => counted(scope, operation, pagination, style, answer, &take)?,
    };
    Some(quote! {
        impl ::support::Paginated for #name {
            type Item = #item;

            fn advance(&self, page: Self::Success) -> (::std::vec::Vec<Self::Item>, ::std::option::Option<Self>) {
                #body
            }
        }
    })
}

fn counted(
    scope: &Scope<'_>,
    operation: &Operation,
    pagination: &Pagination,
    style: &PageStyle,
    answer: &Node,
    take: &TokenStream,
) -> Option<TokenStream> {
    let (start, size, step) = match style {
        PageStyle::Page { page, size, first } => {
            let first = i64::from(*first);
            (page, size, quote!(next_page(#first)))
        }
        PageStyle::Offset { offset, size } => (offset, size, quote!(next_offset(0))),
        PageStyle::Scim { start, size } => (start, size, quote!(next_offset(1))),
        PageStyle::Cursor { .. } | PageStyle::Whole => return None,
    };
    let start = parameter(operation, start).filter(|start| integer(scope, &start.node))?;
    let current = number(scope, start);
    let size = parameter(operation, size).filter(|size| integer(scope, &size.node)).map_or(quote!(None), |size| number(scope, size));
    let size = pagination.default_size.map_or(size.clone(), |default| {
        let default = i64::from(default);
        quote!(#size.or(Some(#default)))
    });
    let total = pagination.total.as_deref().and_then(|total| member(scope, answer, total)).filter(|total| integer(scope, total.node));
    let total = total.map_or(quote!(None), |total| total.counted());
    let field = ident_token(&start.ident);
    let value = if optional(scope, start) { quote!(Some(next)) } else { quote!(next) };
    let rest = rest(operation);
    Some(quote! {
        let total = #total;
        let items = #take;
        let position = ::support::page::Position { current: #current, size: #size, received: items.len(), total };
        let next = position.#step.and_then(|next| next.try_into().ok());
        (items, next.map(|next| Self { #field: #value #rest }))
    })
}

fn page_node(operation: &Operation) -> Option<&Node> {
    match operation.success.as_slice() {
        [only] => match &only.body {
            AnswerBody::Json(node) => Some(node),
            _ => None,
        },
        _ => None,
    }
}

fn parameter<'a>(operation: &'a Operation, wire: &str) -> Option<&'a Parameter> {
    let query = |parameter: &&Parameter| matches!(parameter.location, Location::Query(_));
    operation.parameters.iter().filter(query).find(|parameter| parameter.wire == wire)
}

/// The other members, where there are any.
fn rest(operation: &Operation) -> TokenStream {
    let fields = operation.parameters.len() + usize::from(operation.body.is_some());
    if fields > 1 { quote!(, ..self.clone()) } else { TokenStream::new() }
}

fn optional(scope: &Scope<'_>, parameter: &Parameter) -> bool {
    !parameter.required || scope.nullable(&parameter.node)
}

fn number(scope: &Scope<'_>, parameter: &Parameter) -> TokenStream {
    let field = ident_token(&parameter.ident);
    if optional(scope, parameter) {
        quote!(self.#field.as_ref().and_then(::support::page::Number::count))
    } else {
        quote!(::support::page::Number::count(&self.#field))
    }
}

fn integer<'a>(scope: &Scope<'a>, node: &'a Node) -> bool {
    matches!(scope.resolved(node), TypeRef::I32 | TypeRef::I64 | TypeRef::U32 | TypeRef::U64)
}

fn text<'a>(scope: &Scope<'a>, node: &'a Node) -> bool {
    matches!(scope.resolved(node), TypeRef::String)
}

/// A dotted member of the answer.
struct Member<'a> {
    node: &'a Node,
    /// Identifier of each step, and how often it is wrapped in an `Option`.
    steps: Vec<(proc_macro2::Ident, u8)>,
}

fn member<'a>(scope: &Scope<'a>, root: &'a Node, path: &str) -> Option<Member<'a>> {
    let mut member = Member { node: root, steps: Vec::new() };
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let (fields, _, usage) = scope.members(member.node)?;
        let field = fields.iter().find(|field| field.wire == name)?;
        let layers = match Presence::of(scope, field, usage) {
            Presence::Required => u8::from(scope.nullable(&field.node)),
            Presence::Optional => 1,
            Presence::Nullable => 2,
        };
        member.steps.push((ident_token(&field.ident), layers));
        member.node = &field.node;
    }
    Some(member)
}

impl Member<'_> {
    /// The list by value, empty when absent.
    fn taken(&self) -> TokenStream {
        let mut out = quote!(page);
        let mut wrapped = false;
        for (ident, layers) in &self.steps {
            out = match (wrapped, layers) {
                (false, _) => quote!(#out.#ident),
                (true, 0) => quote!(#out.map(|inner| inner.#ident)),
                (true, _) => quote!(#out.and_then(|inner| inner.#ident)),
            };
            wrapped |= *layers > 0;
            if *layers > 1 {
                out = quote!(#out.flatten());
            }
        }
        if wrapped { quote!(#out.unwrap_or_default()) } else { out }
    }

    /// The value by reference: an `Option` when it may be absent.
    fn borrowed(&self) -> (TokenStream, bool) {
        let mut out = quote!(page);
        let mut wrapped = false;
        for (ident, layers) in &self.steps {
            let inner = |value: TokenStream| match layers {
                0 => quote!(&#value.#ident),
                1 => quote!(#value.#ident.as_ref()),
                _ => quote!(#value.#ident.as_ref().and_then(::std::option::Option::as_ref)),
            };
            out = match (wrapped, layers) {
                (false, 0) => quote!(#out.#ident),
                (false, _) => inner(out),
                (true, 0) => {
                    let step = inner(quote!(inner));
                    quote!(#out.map(|inner| #step))
                }
                (true, _) => {
                    let step = inner(quote!(inner));
                    quote!(#out.and_then(|inner| #step))
                }
            };
            wrapped |= *layers > 0;
        }
        (out, wrapped)
    }

    fn counted(&self) -> TokenStream {
        match self.borrowed() {
            (value, true) => quote!(#value.and_then(::support::page::Number::count)),
            (value, false) => quote!(::support::page::Number::count(&#value)),
        }
    }

    fn cloned(&self) -> TokenStream {
        match self.borrowed() {
            (value, true) => quote!(#value.cloned()),
            (value, false) => quote!(Some(#value.clone())),
        }
    }
}
