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
use super::setters::{self, Settable, Wrapping};
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
    let ident = rust::ident(&operation.type_ident);
    let about = rust::doc(&documentation(operation), 0);
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let arguments = arguments(scope, operation);
    let members: Vec<&Settable<'_>> = arguments.iter().map(|argument| &argument.member).collect();
    let sent = Usage { request: true, response: false };
    let derives = setters::reading(scope, sent)
        .derives(members.iter().all(|member| member.wrapping == Wrapping::Option));
    let names = || arguments.iter().map(|one| (setters::plain(&one.member.ident), one.name));
    let camel_case = setters::is_camel_case(names());
    let rename_all = camel_case.then(|| quote!(#[serde(rename_all = "camelCase")]));
    let declared = arguments.iter().map(|argument| argument.declaration(scope, camel_case));
    let structure = quote! {
        #about
        #deprecated
        #derives
        #rename_all
        #[non_exhaustive]
        pub struct #ident {
            #(#declared)*
        }
    };
    let members: Vec<Settable<'_>> =
        arguments.into_iter().map(|argument| argument.member).collect();
    let mut out = vec![
        structure,
        setters::made_by_callers(scope, &ident, &members, None),
        implementation(scope, operation),
    ];
    out.extend(paging::item(scope, operation));
    out
}

/// One member of an argument struct.
struct Argument<'a> {
    member: Settable<'a>,
    /// The name as a tool argument and in the struct's JSON.
    name: &'a str,
    /// Its own doc.
    about: String,
}

fn arguments<'a>(scope: &Scope<'_>, operation: &'a Operation) -> Vec<Argument<'a>> {
    let mut out: Vec<Argument<'a>> =
        operation.parameters.iter().map(|parameter| argument(scope, parameter)).collect();
    out.extend(operation.body.as_ref().map(|body| body_argument(scope, body)));
    out
}

fn argument<'a>(scope: &Scope<'_>, parameter: &'a Parameter) -> Argument<'a> {
    let path = matches!(parameter.location, Location::Path(_));
    let inner = scope.ty(&parameter.node.ty);
    let (ty, wrapping) = if path || parameter.required && !scope.nullable(&parameter.node) {
        (inner, Wrapping::Required)
    } else if parameter.required {
        (scope.option(&inner), Wrapping::RequiredOption)
    } else {
        (scope.option(&inner), Wrapping::Option)
    };
    let member = Settable {
        ident: rust::ident(&parameter.ident),
        setter: rust::ident(&parameter.setter),
        null_setter: None,
        node: &parameter.node,
        ty,
        wrapping,
        file: false,
        deprecated: parameter.deprecated,
    };
    Argument { member, name: &parameter.argument, about: member_doc(&parameter.node) }
}

fn body_argument<'a>(scope: &Scope<'_>, body: &'a RequestBody) -> Argument<'a> {
    let inner = request::body_type(scope, body);
    let nullable = !request::is_file(body) && scope.nullable(&body.node);
    let (ty, wrapping) = match (body.required, nullable) {
        (true, false) => (inner, Wrapping::Required),
        (true, true) => (scope.option(&inner), Wrapping::RequiredOption),
        (false, _) => (scope.option(&inner), Wrapping::Option),
    };
    let member = Settable {
        ident: rust::ident("body"),
        setter: rust::ident("body"),
        null_setter: None,
        node: &body.node,
        ty,
        wrapping,
        file: request::is_file(body),
        deprecated: false,
    };
    Argument { member, name: "body", about: "The body of the request.".to_owned() }
}

impl Argument<'_> {
    fn declaration(&self, scope: &Scope<'_>, camel_case: bool) -> TokenStream {
        let Settable { ident, ty, wrapping, deprecated, .. } = &self.member;
        let plain = setters::plain(ident);
        let about = setters::about(self.about.clone(), self.name);
        let alias = rust::alias(self.name, &plain);
        let deprecated = deprecated.then(|| quote!(#[deprecated]));
        let is_none = scope.path_text("Option", Some("is_none"));
        let absent =
            (*wrapping == Wrapping::Option).then(|| quote!(skip_serializing_if = #is_none));
        let rename = setters::rename(&plain, self.name, camel_case);
        let serde = setters::serde(rename, absent.as_slice());
        quote!(#about #alias #deprecated #serde pub #ident: #ty,)
    }
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
        text = format!("`{} {}`.", operation.method, operation.path.replace('`', "'"));
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
