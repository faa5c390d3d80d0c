//! `src/operations.rs` and `src/operations/*.rs`: one argument struct for each operation, its
//! request and its answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::ir::{
    Api, BodyEncoding, CookieStyle, Extra, HeaderStyle, Location, Operation, Parameter, PathStyle,
    QueryStyle, RequestBody, Segment, TypeRef,
};
use crate::write::Artifact;

use super::answers::{Answers, Enums};
use super::scope::Scope;
use super::types::{extra_ident, member_doc};
use super::{doc, pagination, rust};

/// More parameters than this are no help over a struct literal.
const MOST_PARAMETERS: usize = 7;
/// The longest doc of an operation, in characters.
const LONGEST_DOC: usize = 2000;

/// The artifacts.
pub(super) fn render(api: &Api, enums: &Enums) -> Vec<Artifact> {
    let mut modules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, operation) in api.operations.iter().enumerate() {
        modules.entry(&operation.module).or_default().push(index);
    }
    let mut root = rust::header(
        api,
        &format!("The operations of {}: one struct of arguments each.", api.title),
    );
    for name in modules.keys() {
        let _ = writeln!(root, "mod {};", rust::ident(name));
    }
    root.push('\n');
    for name in modules.keys() {
        let _ = writeln!(root, "pub use self::{}::*;", rust::ident(name));
    }
    let mut out = vec![Artifact::new("src/operations.rs", root.trim_end().to_owned() + "\n")];
    let scope = Scope::new(api, "types::");
    for (name, operations) in modules {
        out.push(Artifact::new(
            format!("src/operations/{name}.rs"),
            module(scope.elsewhere(), enums, name, &operations),
        ));
    }
    out
}

fn module(scope: Scope<'_>, enums: &Enums, name: &str, operations: &[usize]) -> String {
    let api = scope.api;
    let mut declarations = Vec::new();
    let mut answers = Vec::new();
    let mut lists = Vec::new();
    for index in operations {
        let operation = &api.operations[*index];
        declarations.push(declaration(&scope, operation, &enums.operations[*index]));
        answers.extend(enums.declared_by(*index).map(|answers| answers.declaration(&scope)));
        lists.extend(pagination::declaration(&scope, operation));
    }
    let mut body = format!("\n::support::operations! {{\n{}}}\n", declarations.join("\n"));
    if !answers.is_empty() {
        let _ = write!(body, "\n::support::answers! {{\n{}}}\n", answers.join("\n"));
    }
    if !lists.is_empty() {
        let _ = write!(body, "\n::support::paginated! {{\n{}}}\n", lists.concat());
    }
    let mut imports = scope.imports();
    if !scope.own_used().is_empty() {
        imports.push_str("\nuse crate::types;\n");
    }
    let imports = imports.trim_start();
    let text = format!(
        "{}{imports}{body}",
        rust::header(api, &format!("Operations of {}: `{name}`.", api.title))
    );
    if imports.is_empty() { text.replacen("\n\n\n", "\n\n", 1) } else { text }
}

fn declaration(
    scope: &Scope<'_>,
    operation: &Operation,
    (success, failure): &(Answers, Answers),
) -> String {
    let fields = fields(scope, operation);
    let mut out = doc::comment(&documentation(operation), 4);
    if operation.deprecated {
        out.push_str("    #[deprecated]\n");
    }
    let _ = write!(out, "    pub struct {}", rust::ident(&operation.type_ident));
    let required: Vec<&Argument> = fields.iter().filter(|field| field.required).collect();
    if required.is_empty() {
        out.push_str(": Default");
    } else if required.len() <= MOST_PARAMETERS {
        let text = scope.outside("String");
        let ty = |field: &Argument| {
            if field.ty == text { format!("impl Into<{text}>") } else { field.ty.clone() }
        };
        let parameters: Vec<String> =
            required.iter().map(|field| format!("{}: {}", field.ident, ty(field))).collect();
        let absent: Vec<&str> = fields
            .iter()
            .filter(|field| !field.required)
            .map(|field| field.ident.as_str())
            .collect();
        let absent =
            if absent.is_empty() { String::new() } else { format!("; {}", absent.join(", ")) };
        let _ = write!(out, " new({}{absent})", parameters.join(", "));
    }
    if fields.is_empty() {
        out.push_str(" {}\n");
    } else {
        out.push_str(" {\n");
        for field in &fields {
            out.push_str(&doc::comment(&field.doc, 8));
            if field.deprecated {
                out.push_str("        #[deprecated]\n");
            }
            let _ = writeln!(
                out,
                "        pub {}: {} = {} {},",
                field.ident,
                field.ty,
                rust::literal(&field.argument),
                field.place
            );
        }
        out.push_str("    }\n");
    }
    let security: Vec<String> = operation
        .security
        .iter()
        .map(|all| {
            format!(
                "[{}]",
                all.iter().map(|name| rust::literal(name)).collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    let _ = writeln!(
        out,
        "    {} {}{} as {} security [{}]{}\n        => {}{}, {};",
        operation.method,
        rust::literal(&template(operation)),
        operation
            .origin
            .as_ref()
            .map(|origin| format!(" at {}", rust::literal(origin)))
            .unwrap_or_default(),
        rust::literal(&operation.id),
        security.join(", "),
        constants(operation),
        success.written(scope),
        success
            .accept(&operation.success)
            .map(|accept| format!(" as {}", rust::literal(&accept)))
            .unwrap_or_default(),
        failure.written(scope),
    );
    out
}

fn documentation(operation: &Operation) -> String {
    let mut text = if operation.doc.trim().is_empty() {
        operation.title.trim().to_owned()
    } else {
        operation.doc.trim().to_owned()
    };
    if !operation.detail.trim().is_empty() {
        let _ = write!(text, "\n\n{}", operation.detail.trim());
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

/// One member of an argument struct.
#[expect(clippy::struct_field_names, reason = "the name of the tool's argument")]
struct Argument {
    ident: String,
    argument: String,
    ty: String,
    required: bool,
    deprecated: bool,
    doc: String,
    place: String,
}

fn fields(scope: &Scope<'_>, operation: &Operation) -> Vec<Argument> {
    let mut out: Vec<Argument> =
        operation.parameters.iter().map(|parameter| argument(scope, parameter)).collect();
    if let Some(body) = &operation.body {
        let mut ident = "body".to_owned();
        while out.iter().any(|field| field.ident == ident) {
            ident.push('_');
        }
        let inner = body_type(scope, body);
        out.push(Argument {
            ty: if body.required { inner } else { scope.option(inner.strip_option(scope)) },
            ident,
            argument: "body".to_owned(),
            required: body.required,
            deprecated: false,
            doc: String::new(),
            place: body_place(scope, body),
        });
    }
    out
}

/// Parameters of the body's type: an optional body is an `Option` once.
trait StripOption {
    fn strip_option(&self, scope: &Scope<'_>) -> &str;
}

impl StripOption for String {
    fn strip_option(&self, scope: &Scope<'_>) -> &str {
        let start = format!("{}<", scope.outside("Option"));
        self.strip_prefix(&start).and_then(|rest| rest.strip_suffix('>')).unwrap_or(self)
    }
}

fn argument(scope: &Scope<'_>, parameter: &Parameter) -> Argument {
    let path = matches!(parameter.location, Location::Path(_));
    let required = parameter.required || path;
    let inner = scope.ty(&parameter.node.ty);
    let ty = if path || (required && !scope.nullable(&parameter.node)) {
        inner
    } else {
        scope.option(&inner)
    };
    Argument {
        ident: rust::ident(&parameter.ident),
        argument: parameter.argument.clone(),
        ty,
        required,
        deprecated: parameter.deprecated,
        doc: member_doc(&parameter.node),
        place: place(parameter),
    }
}

fn place(parameter: &Parameter) -> String {
    let (word, style) = match &parameter.location {
        Location::Path(PathStyle::Simple) => ("path", None),
        Location::Path(PathStyle::Label { explode }) => {
            ("path", Some(format!("Label {{ explode: {explode} }}")))
        }
        Location::Path(PathStyle::Matrix { explode }) => {
            ("path", Some(format!("Matrix {{ explode: {explode} }}")))
        }
        Location::Path(style) => ("path", Some(format!("{style:?}"))),
        Location::Query(style) if parameter.reserved => {
            ("query", Some(format!("{style:?} reserved")))
        }
        Location::Query(style) => {
            ("query", (*style != QueryStyle::Form).then(|| format!("{style:?}")))
        }
        Location::Header(style) => {
            ("header", (*style != HeaderStyle::Simple).then(|| format!("{style:?}")))
        }
        Location::Cookie(style) => {
            ("cookie", (*style != CookieStyle::Form).then(|| format!("{style:?}")))
        }
    };
    let wire = rust::literal(&parameter.wire);
    match style {
        Some(style) => format!("{word}({wire} {style})"),
        None if parameter.wire == parameter.argument => word.to_owned(),
        None => format!("{word}({wire})"),
    }
}

fn body_type(scope: &Scope<'_>, body: &RequestBody) -> String {
    match (body.encoding, &body.node.ty) {
        (BodyEncoding::Binary, _) | (_, TypeRef::Binary) => scope.outside("FilePart").to_owned(),
        _ => scope.node(&body.node),
    }
}

fn body_place(scope: &Scope<'_>, body: &RequestBody) -> String {
    let place = required_place(scope, body);
    if body.required { place } else { format!("optional({place})") }
}

fn required_place(scope: &Scope<'_>, body: &RequestBody) -> String {
    let media = |fallback: &str| {
        rust::literal(if body.media_type.contains('*') { fallback } else { &body.media_type })
    };
    if matches!(body.node.ty, TypeRef::Binary) {
        let listed = std::iter::once(&body.media_type)
            .chain(&body.alternatives)
            .map(|media| rust::literal(media));
        return format!("file({})", listed.collect::<Vec<_>>().join(", "));
    }
    match body.encoding {
        BodyEncoding::Json => format!("json({})", media("application/json")),
        BodyEncoding::Form => {
            let members = body.encodings.iter().filter_map(|(name, encoding)| {
                let reserved = if encoding.reserved { " reserved" } else { "" };
                encoding.style.map(|style| format!("{} {style:?}{reserved}", rust::literal(name)))
            });
            let members: Vec<String> = members.collect();
            if members.is_empty() {
                "form".to_owned()
            } else {
                format!("form({})", members.join(", "))
            }
        }
        BodyEncoding::Text => format!("text({})", media("text/plain")),
        BodyEncoding::Binary => format!("file({})", media("application/octet-stream")),
        BodyEncoding::Multipart => match scope.members(&body.node) {
            Some((members, extra, _)) if !scope.nullable(&body.node) => {
                let parts = members.iter().map(|member| {
                    let encoding = body.encodings.get(&member.wire);
                    let kind = match scope.resolved(&member.node) {
                        _ if encoding.is_some_and(|encoding| encoding.style.is_some()) => "deep",
                        TypeRef::File => "files",
                        TypeRef::List(item) if matches!(scope.resolved(item), TypeRef::File) => {
                            "files"
                        }
                        _ => "part",
                    };
                    let media = encoding
                        .filter(|_| kind != "deep")
                        .and_then(|encoding| encoding.media_type.as_deref());
                    let media =
                        media.map(|media| format!(" {}", rust::literal(media))).unwrap_or_default();
                    format!(
                        "{kind} {} {}{media}",
                        rust::ident(&member.ident),
                        rust::literal(&member.wire)
                    )
                });
                let rest = matches!(extra, Extra::Keep(_)).then(|| extra_ident(members));
                format!("multipart({})", parts.chain(rest).collect::<Vec<_>>().join(", "))
            }
            _ => "multipart".to_owned(),
        },
    }
}

fn constants(operation: &Operation) -> String {
    let constants = operation.constants.iter().filter_map(|constant| {
        let word = match constant.location {
            Location::Path(_) => return None,
            Location::Query(_) => "query",
            Location::Header(_) => "header",
            Location::Cookie(_) => "cookie",
        };
        let value = match &constant.value {
            Value::String(text) => rust::literal(text),
            other => rust::literal(&other.to_string()),
        };
        Some(format!("{word} {} {value}", rust::literal(&constant.wire)))
    });
    let list: Vec<String> = constants.collect();
    if list.is_empty() { String::new() } else { format!(" with [{}]", list.join(", ")) }
}
