//! `src/operations.rs` and `src/operations/*.rs`: one argument struct for each operation, its
//! request and its answers.

mod paging;
mod request;
mod responses;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::doc;
use super::rust::{self, Module};
use super::scope::Scope;
use super::structs::{Settable, Struct, Wrapping};
use super::types::{member_doc, root};
use crate::ir::{Api, Location, Operation, Parameter, RequestBody, Segment, Usage};
use crate::write::Artifact;

/// The longest doc of an operation, in characters.
const LONGEST_DOC: usize = 2000;

/// The artifacts.
pub(super) fn render(api: &Api) -> Vec<Artifact> {
    let mut modules: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &api.operations {
        modules.entry(&operation.module).or_default().push(operation);
    }
    let about = format!("The operations of {}: one struct of arguments each.", api.title);
    let names = modules.keys().copied();
    let mut out = vec![Artifact::new("src/operations.rs", root(api, &about, names))];
    let scope = Scope::new(api);
    for (name, operations) in modules {
        out.push(Artifact::new(
            format!("src/operations/{name}.rs"),
            module(&scope.elsewhere(), name, &operations),
        ));
    }
    out
}

fn module(scope: &Scope<'_>, name: &str, operations: &[&Operation]) -> String {
    let api = scope.api;
    let mut module = Module::new(api, &format!("Operations of {}: `{name}`.", api.title));
    for operation in operations {
        for item in items(scope, operation) {
            module.push(item);
        }
    }
    for by_status in api.status_enums.iter().filter(|by_status| by_status.module == name) {
        for item in responses::items(scope, by_status) {
            module.push(item);
        }
    }
    let mut imports = scope.imports();
    if !scope.own_used().is_empty() {
        imports.add("crate", "types");
    }
    module.import(imports);
    module.print()
}

fn items(scope: &Scope<'_>, operation: &Operation) -> Vec<TokenStream> {
    let about = rust::doc(&documentation(operation), 0);
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let parameters = operation.parameters.iter().map(|parameter| argument(scope, parameter));
    let body = operation.body.as_ref().map(|body| body_argument(scope, body));
    let arguments = Struct {
        heading: quote!(#about #deprecated),
        ident: rust::ident(&operation.type_ident),
        usage: Usage { request: true, response: false },
        members: parameters.chain(body).collect(),
        extra: None,
    };
    let mut out = arguments.items(scope);
    out.push(implementation(scope, operation));
    out.extend(paging::item(scope, operation));
    out
}

fn argument<'a>(scope: &Scope<'_>, parameter: &'a Parameter) -> Settable<'a> {
    let path = matches!(parameter.location, Location::Path(_));
    let nullable = scope.api.is_nullable(&parameter.node);
    let wrapping = match (path || parameter.required, nullable && !path) {
        (true, false) => Wrapping::Required,
        (true, true) => Wrapping::RequiredOption,
        (false, _) => Wrapping::Option,
    };
    Settable {
        ident: rust::ident(&parameter.ident),
        setter: rust::ident(&parameter.setter),
        null_setter: None,
        wire: &parameter.argument,
        about: member_doc(&parameter.node),
        node: &parameter.node,
        ty: wrapped(scope, wrapping, scope.ty(&parameter.node.ty)),
        wrapping,
        file: false,
        deprecated: parameter.deprecated,
    }
}

fn body_argument<'a>(scope: &Scope<'_>, body: &'a RequestBody) -> Settable<'a> {
    let file = request::is_file(body);
    let wrapping = match (body.required, !file && scope.api.is_nullable(&body.node)) {
        (true, false) => Wrapping::Required,
        (true, true) => Wrapping::RequiredOption,
        (false, _) => Wrapping::Option,
    };
    Settable {
        ident: rust::ident("body"),
        setter: rust::ident("body"),
        null_setter: None,
        wire: "body",
        about: "The body of the request.".to_owned(),
        node: &body.node,
        ty: wrapped(scope, wrapping, request::body_type(scope, body)),
        wrapping,
        file,
        deprecated: false,
    }
}

fn wrapped(scope: &Scope<'_>, wrapping: Wrapping, inner: TokenStream) -> TokenStream {
    if wrapping == Wrapping::Required { inner } else { scope.option(&inner) }
}

fn implementation(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    let ident = rust::ident(&operation.type_ident);
    let trait_name = scope.outside("Operation");
    let (request_type, encode_error) = (scope.outside("Request"), scope.outside("EncodeError"));
    let (response_type, decode_error) = (scope.outside("Response"), scope.outside("DecodeError"));
    let (info_type, option) = (scope.outside("OperationInfo"), scope.outside("Option"));
    let (success, failure) = (&operation.signature.success, &operation.signature.failure);
    let (success_type, failure_type) =
        (responses::ty(scope, success), responses::ty(scope, failure));
    let (read_success, read_failure) =
        (responses::decode(scope, success), responses::decode(scope, failure));
    let (info, request) = (info(scope, operation), request::request(scope, operation));
    quote! {
        impl #trait_name for #ident {
            type Success = #success_type;
            type Failure = #failure_type;

            const INFO: &'static #info_type = &#info;

            fn request(&self) -> Result<#request_type, #encode_error> {
                #request
            }

            fn success(response: &#response_type) -> Result<Self::Success, #decode_error> {
                #read_success
            }

            fn failure(response: &#response_type) -> #option<Self::Failure> {
                #read_failure.ok()
            }
        }
    }
}

/// Static facts of the operation.
fn info(scope: &Scope<'_>, operation: &Operation) -> TokenStream {
    let (info, segment) = (scope.outside("OperationInfo"), scope.outside("Segment"));
    let (id, path) = (&operation.id, template(operation));
    let (method_type, method) = (scope.outside("Method"), rust::ident(operation.method.as_str()));
    let origin = rust::optional(operation.origin.as_deref());
    let accept = &operation.signature.accept;
    let segments = merged(operation).into_iter().map(|part| match part {
        Part::Literal(text) => quote!(#segment::Literal(#text)),
        Part::Parameter(name) => quote!(#segment::Parameter(#name)),
    });
    let security = operation.security.iter().map(|all| quote!(&[#(#all),*]));
    quote! {
        #info {
            id: #id,
            method: #method_type::#method,
            path: #path,
            segments: &[#(#segments),*],
            origin: #origin,
            accept: #accept,
            security: &[#(#security),*],
        }
    }
}

/// A part of the path.
enum Part<'a> {
    Literal(String),
    Parameter(&'a str),
}

/// The parts of the path, texts next to each other as one.
fn merged(operation: &Operation) -> Vec<Part<'_>> {
    let mut out: Vec<Part<'_>> = Vec::new();
    for segment in &operation.segments {
        match (segment, out.last_mut()) {
            (Segment::Literal(text), Some(Part::Literal(before))) => before.push_str(text),
            (Segment::Literal(text), _) => out.push(Part::Literal(text.clone())),
            (Segment::Parameter(index), _) => {
                out.push(Part::Parameter(&operation.parameters[*index].wire));
            }
        }
    }
    out
}

fn documentation(operation: &Operation) -> String {
    let mut text = if operation.doc.trim().is_empty() {
        operation.title.trim().to_owned()
    } else {
        operation.doc.trim().to_owned()
    };
    if !operation.detail.trim().is_empty() {
        text = format!("{text}\n\n{}", operation.detail.trim());
    }
    if doc::comment(&text, 0).is_empty() {
        text = doc::request_line(operation);
    }
    doc::cut(&text, LONGEST_DOC)
}

/// The path with its variables in braces; fixed parts are percent-encoded.
pub(super) fn template(operation: &Operation) -> String {
    let parts = operation.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => text.clone(),
        Segment::Parameter(index) => format!("{{{}}}", operation.parameters[*index].wire),
    });
    parts.collect()
}
