//! What a tool's row says of its arguments: where each goes, which are files, and which members of a
//! body go together.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::rust;
use super::argument;
use crate::ir::{
    Api, ArgumentAlias, BodyArguments, Extra, Location, Node, Operation, RequestBody, Shape, Tool,
    TypeId, TypeRef, Union, Variant,
};

/// The argument table.
pub(super) fn table(operation: &Operation) -> Option<TokenStream> {
    let mut rows: Vec<TokenStream> = Vec::new();
    for parameter in &operation.parameters {
        let (name, wire) = (&parameter.argument, &parameter.wire);
        rows.push(match parameter.location {
            Location::Path(_) => quote!(Argument::path(#name, #wire)),
            Location::Query(_) => quote!(Argument::query(#name, #wire)),
            Location::Header(_) => quote!(Argument::header(#name, #wire)),
            Location::Cookie(_) => quote!(Argument::cookie(#name, #wire)),
        });
    }
    match operation.body.as_ref().map(|body| (body, &body.arguments)) {
        Some((_, BodyArguments::Members { names, fields, .. })) => {
            rows.extend(fields.iter().filter_map(|field| {
                let (name, wire) = (names.get(&field.wire)?, &field.wire);
                let files = files(&field.node);
                Some(quote!(Argument::member(#name, #wire) #files))
            }));
        }
        Some((body, BodyArguments::Whole(name))) => {
            let files = files(&body.node);
            rows.push(quote!(Argument::body(#name) #files));
        }
        None => {}
    }
    (!rows.is_empty()).then(|| quote!(&[#(#rows),*]))
}

/// What is added to an argument that holds files.
fn files(node: &Node) -> Option<TokenStream> {
    match &node.ty {
        TypeRef::Binary | TypeRef::File => Some(quote!(.file())),
        TypeRef::List(item) if matches!(item.ty, TypeRef::Binary | TypeRef::File) => {
            Some(quote!(.files()))
        }
        _ => None,
    }
}

/// What becomes of the body arguments.
pub(super) fn body(api: &Api, operation: &Operation) -> Option<TokenStream> {
    let body = operation.body.as_ref()?;
    let preset = match (&body.arguments, body.required) {
        (BodyArguments::Whole(_), _) => return Some(quote!(BodyArguments::Whole)),
        (BodyArguments::Members { open: false, .. }, true) => quote!(REQUIRED),
        (BodyArguments::Members { open: false, .. }, false) => quote!(OPTIONAL),
        (BodyArguments::Members { open: true, .. }, true) => quote!(OPEN),
        (BodyArguments::Members { open: true, .. }, false) => quote!(OPEN_OPTIONAL),
    };
    Some(if let Some(forms) = forms(api, body) {
        quote!(BodyArguments::#preset.of(#forms))
    } else {
        quote!(BodyArguments::#preset)
    })
}

/// The forms of a body that has several.
fn forms(api: &Api, body: &RequestBody) -> Option<TokenStream> {
    let TypeRef::Named(TypeId(id)) = body.node.ty else { return None };
    let Shape::Union(union) = &api.types[id].shape else { return None };
    let Union::Tagged { property, variants, base } = union else {
        return Some(quote!(BodyForms::Shaped));
    };
    let known = variants.iter().map(|tagged| (&tagged.variant, tagged.tags().collect()));
    let base = base
        .iter()
        .map(|base| (&base.variant, base.tags.iter().map(String::as_str).collect::<Vec<_>>()));
    let forms = known.chain(base).filter_map(|(variant, tags)| form(api, variant, &tags));
    Some(quote!(BodyForms::Tagged { property: #property, forms: &[#(#forms),*] }))
}

fn form(api: &Api, variant: &Variant, tags: &[&str]) -> Option<TokenStream> {
    let (TypeRef::Named(TypeId(id)) | TypeRef::Boxed(TypeId(id))) = variant.node.ty else {
        return None;
    };
    let Shape::Struct { fields, extra } = &api.types[id].shape else { return None };
    let members = fields.iter().map(|field| &field.wire);
    let open = matches!(extra, Extra::Keep(_));
    Some(quote!(BodyForm { tags: &[#(#tags),*], members: &[#(#members),*], open: #open }))
}

/// Other names of arguments.
pub(super) fn aliases(tool: &Tool) -> Option<TokenStream> {
    let rows =
        tool.aliases.iter().map(|ArgumentAlias { name, argument, written, joined, .. }| {
            let written = written.as_deref().map(|text| {
                let joined = rust::optional(joined.as_deref());
                quote!(.written(#text, #joined))
            });
            quote!(ArgumentAlias::of(#name, #argument) #written)
        });
    (!tool.aliases.is_empty()).then(|| quote!(&[#(#rows),*]))
}

/// The vendor's own parameter for choosing members, and how it is written.
pub(super) fn fields_parameter(operation: &Operation, tool: &Tool) -> Option<TokenStream> {
    let wire = tool.fields_parameter.as_deref()?;
    let node = operation
        .parameters
        .iter()
        .find(|parameter| parameter.wire == wire)
        .map(|parameter| &parameter.node)?;
    let is_list = matches!(node.ty, TypeRef::List(_));
    let style = if is_list { quote!(List) } else { quote!(Comma) };
    let argument = argument(operation, wire);
    Some(quote!(Some(FieldsParameter { argument: #argument, style: FieldsStyle::#style })))
}
