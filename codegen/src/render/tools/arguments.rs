//! What a tool's row says of its arguments: where each goes, which are files, and which members of a
//! body go together.

use crate::ir::{
    Api, BodyArguments, Extra, Location, Node, Operation, RequestBody, Shape, Tool, TypeId,
    TypeRef, UnionMode, Variant,
};

use super::super::rust::literal;
use super::super::scope::Scope;
use super::{argument, list};

/// The argument table.
pub(super) fn table(api: &Api, operation: &Operation) -> Option<String> {
    let scope = Scope::new(api, "");
    let mut rows: Vec<String> = Vec::new();
    for parameter in &operation.parameters {
        let target = match parameter.location {
            Location::Path(_) => "path",
            Location::Query(_) => "query",
            Location::Header(_) => "header",
            Location::Cookie(_) => "cookie",
        };
        let (name, wire) = (literal(&parameter.argument), literal(&parameter.wire));
        rows.push(format!("Argument::{target}({name}, {wire})"));
    }
    match operation.body.as_ref().map(|body| (body, &body.arguments)) {
        Some((_, BodyArguments::Members { names, fields, .. })) => {
            rows.extend(fields.iter().filter_map(|field| {
                let name = names.get(&field.wire)?;
                let files = files(&scope, &field.node);
                let (name, wire) = (literal(name), literal(&field.wire));
                Some(format!("Argument::member({name}, {wire}){files}"))
            }));
        }
        Some((body, BodyArguments::Whole(name))) => {
            rows.push(format!("Argument::body({}){}", literal(name), files(&scope, &body.node)));
        }
        None => {}
    }
    (!rows.is_empty())
        .then(|| format!("&[\n            {},\n        ]", rows.join(",\n            ")))
}

/// What is added to an argument that holds files.
fn files(scope: &Scope<'_>, node: &Node) -> &'static str {
    match scope.resolved(node) {
        TypeRef::Binary | TypeRef::File => ".file()",
        TypeRef::List(item) if matches!(scope.resolved(item), TypeRef::Binary | TypeRef::File) => {
            ".files()"
        }
        _ => "",
    }
}

/// What becomes of the body arguments.
pub(super) fn body(api: &Api, operation: &Operation) -> Option<String> {
    let body = operation.body.as_ref()?;
    let preset = match (&body.arguments, body.required) {
        (BodyArguments::Whole(_), _) => return Some("BodyArguments::Whole".to_owned()),
        (BodyArguments::Members { open: false, .. }, true) => "REQUIRED",
        (BodyArguments::Members { open: false, .. }, false) => "OPTIONAL",
        (BodyArguments::Members { open: true, .. }, true) => "OPEN",
        (BodyArguments::Members { open: true, .. }, false) => "OPEN_OPTIONAL",
    };
    Some(match forms(api, body) {
        Some(forms) => format!("BodyArguments::{preset}.of({forms})"),
        None => format!("BodyArguments::{preset}"),
    })
}

/// The forms of a body that has several.
fn forms(api: &Api, body: &RequestBody) -> Option<String> {
    let TypeRef::Named(TypeId(id)) = body.node.ty else { return None };
    let Shape::Union { mode, variants } = &api.types[id].shape else { return None };
    let UnionMode::Tagged { property } = mode else {
        return Some("BodyForms::Shaped".to_owned());
    };
    let forms: Vec<String> = variants.iter().filter_map(|variant| form(api, variant)).collect();
    let forms = forms.join(",\n            ");
    let property = literal(property);
    Some(format!(
        "BodyForms::Tagged {{ property: {property}, forms: &[\n            {forms},\n        ] }}"
    ))
}

fn form(api: &Api, variant: &Variant) -> Option<String> {
    let (TypeRef::Named(TypeId(id)) | TypeRef::Boxed(TypeId(id))) = variant.node.ty else {
        return None;
    };
    let Shape::Struct { fields, extra } = &api.types[id].shape else { return None };
    let members: Vec<String> = fields.iter().map(|field| field.wire.clone()).collect();
    let (tags, members) = (list(&variant.tags), list(&members));
    let open = matches!(extra, Extra::Keep(_));
    Some(format!("BodyForm {{ tags: {tags}, members: {members}, open: {open} }}"))
}

/// The vendor's own parameter for choosing members, and how it is written.
pub(super) fn fields_parameter(api: &Api, operation: &Operation, tool: &Tool) -> Option<String> {
    let wire = tool.fields_parameter.as_deref()?;
    let node = operation
        .parameters
        .iter()
        .find(|parameter| parameter.wire == wire)
        .map(|parameter| &parameter.node)?;
    let style = match Scope::new(api, "").resolved(node) {
        TypeRef::List(_) => "List",
        _ => "Comma",
    };
    let argument = literal(argument(operation, wire));
    Some(format!("Some(FieldsParameter {{ argument: {argument}, style: FieldsStyle::{style} }})"))
}
