//! Answers: one type where every status brings the same, an enum by status where they differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::ir::{Api, Node, Operation, Response, ResponseBody, Status, TypeRef};

use super::scope::Scope;
use super::{doc, rust};

/// How an operation's answers of one kind are decoded.
#[derive(Debug, Clone)]
pub(super) enum Answers {
    /// No body is declared for any status.
    Empty,
    /// The same JSON whatever the status.
    Json(Node),
    /// JSON, or nothing.
    OptionalJson(Node),
    Text,
    Binary,
    /// Any JSON: nothing is declared for errors.
    Anything,
    ByStatus(ByStatus),
}

/// An enum by status.
#[derive(Debug, Clone)]
pub(super) struct ByStatus {
    ident: String,
    doc: String,
    variants: Vec<(Status, ResponseBody)>,
    /// The operation whose module declares it.
    owner: usize,
}

/// The answers of every operation, with enums shared where they are equal.
pub(super) struct Enums {
    /// Success and failure by operation index.
    pub(super) operations: Vec<(Answers, Answers)>,
}

impl Enums {
    pub(super) fn new(api: &Api) -> Self {
        let mut taken: BTreeSet<String> =
            api.operations.iter().map(|operation| operation.type_ident.clone()).collect();
        let mut known = BTreeMap::new();
        let mut operations = Vec::new();
        for (index, operation) in api.operations.iter().enumerate() {
            let mut answers = |list: &[Response], suffix: &str| match plain(list) {
                Ok(answers) => answers,
                Err(variants) => Answers::ByStatus(shared(
                    &mut known, &mut taken, operation, index, variants, suffix,
                )),
            };
            let success = answers(&operation.success, "Answer");
            let bodies: Vec<Response> = operation
                .failure
                .iter()
                .filter(|answer| !matches!(answer.body, ResponseBody::Empty))
                .cloned()
                .collect();
            let failure =
                if bodies.is_empty() { Answers::Anything } else { answers(&bodies, "Failure") };
            operations.push((success, failure));
        }
        Self { operations }
    }

    /// The enums that the module of operation `index` declares.
    pub(super) fn declared_by(&self, index: usize) -> impl Iterator<Item = &ByStatus> {
        let (success, failure) = &self.operations[index];
        [success, failure].into_iter().filter_map(move |answers| match answers {
            Answers::ByStatus(by_status) if by_status.owner == index => Some(by_status),
            _ => None,
        })
    }
}

/// Answers that need no enum, or the variants of the enum they need.
fn plain(list: &[Response]) -> Result<Answers, Vec<(Status, ResponseBody)>> {
    let mut bodies: Vec<&ResponseBody> = Vec::new();
    for answer in list {
        if !bodies.iter().any(|body| same(body, &answer.body)) {
            bodies.push(&answer.body);
        }
    }
    Ok(match bodies.as_slice() {
        [] | [ResponseBody::Empty] => Answers::Empty,
        [ResponseBody::Json(node)] => Answers::Json(node.clone()),
        [ResponseBody::Json(node), ResponseBody::Empty]
        | [ResponseBody::Empty, ResponseBody::Json(node)] => Answers::OptionalJson(node.clone()),
        [ResponseBody::Text] => Answers::Text,
        [ResponseBody::Binary] => Answers::Binary,
        _ => {
            let mut variants: Vec<_> =
                list.iter().map(|answer| (answer.status, answer.body.clone())).collect();
            variants.sort_by_key(|(status, _)| *status);
            variants.dedup_by_key(|(status, _)| *status);
            return Err(variants);
        }
    })
}

/// A media type without the one parameter that says nothing about what is asked for.
fn without_charset(media: &str) -> &str {
    let at = media
        .to_ascii_lowercase()
        .find(';')
        .filter(|at| media[at + 1..].trim_start().to_ascii_lowercase().starts_with("charset"));
    at.map_or(media, |at| &media[..at]).trim()
}

/// Whether two bodies have the same type; descriptions do not matter.
fn same(one: &ResponseBody, other: &ResponseBody) -> bool {
    match (one, other) {
        (ResponseBody::Json(one), ResponseBody::Json(other)) => key(one) == key(other),
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

fn key(node: &Node) -> String {
    let null = if node.nullable { "?" } else { "" };
    match &node.ty {
        TypeRef::List(item) => format!("[{}]{null}", key(item)),
        TypeRef::Map(value) => format!("{{{}}}{null}", key(value)),
        TypeRef::Untyped(_) => "any".to_owned(),
        TypeRef::Named(id) | TypeRef::Boxed(id) => format!("{}{null}", id.0),
        other => format!("{other:?}{null}"),
    }
}

fn shared(
    known: &mut BTreeMap<String, ByStatus>,
    taken: &mut BTreeSet<String>,
    operation: &Operation,
    owner: usize,
    variants: Vec<(Status, ResponseBody)>,
    suffix: &str,
) -> ByStatus {
    let body = |body: &ResponseBody| match body {
        ResponseBody::Empty => "empty".to_owned(),
        ResponseBody::Text => "text".to_owned(),
        ResponseBody::Binary => "binary".to_owned(),
        ResponseBody::Json(node) => key(node),
    };
    let parts: Vec<String> =
        variants.iter().map(|(status, found)| format!("{status:?}={}", body(found))).collect();
    let entry = known.entry(format!("{suffix}:{}", parts.join(","))).or_insert_with(|| {
        let mut ident = format!("{}{suffix}", operation.type_ident.trim_start_matches("r#"));
        while !taken.insert(ident.clone()) {
            ident.push('_');
        }
        let what = if suffix == "Answer" { "Answers" } else { "Error answers" };
        ByStatus {
            ident,
            doc: format!("{what} of `{}` by status.", operation.id.replace('`', "'")),
            variants,
            owner,
        }
    });
    entry.clone()
}

impl Answers {
    /// The media types to ask for, where they are not those that the kind stands for.
    pub(super) fn accept(&self, answers: &[Response]) -> Option<String> {
        let mut listed: Vec<&str> = Vec::new();
        for answer in answers {
            // Of several media types, the one that is decoded.
            let media = answer.media_types.first().map_or("", |media| without_charset(media));
            let is_json = matches!(answer.body, ResponseBody::Json(_));
            if !media.is_empty()
                && media.is_ascii()
                && !media.contains('*')
                && !listed.contains(&media)
                && is_json == self.has_json()
            {
                listed.push(media);
            }
        }
        let stated = listed.join(", ");
        match self {
            _ if listed.is_empty() || stated == "application/json" => None,
            Self::Empty | Self::Anything => None,
            Self::Json(_) | Self::OptionalJson(_) => Some(stated),
            Self::Text | Self::Binary | Self::ByStatus(_) => Some(format!("{stated}, */*;q=0.8")),
        }
    }

    fn has_json(&self) -> bool {
        match self {
            Self::Json(_) | Self::OptionalJson(_) | Self::Anything => true,
            Self::Empty | Self::Text | Self::Binary => false,
            Self::ByStatus(by_status) => {
                by_status.variants.iter().any(|(_, body)| matches!(body, ResponseBody::Json(_)))
            }
        }
    }

    /// Whether some answer may be long: bytes.
    pub(super) fn streams(&self) -> bool {
        match self {
            Self::Binary => true,
            Self::ByStatus(by_status) => {
                by_status.variants.iter().any(|(_, body)| matches!(body, ResponseBody::Binary))
            }
            _ => false,
        }
    }

    /// The kind as `support::operations!` wants it.
    pub(super) fn written(&self, scope: &Scope<'_>) -> String {
        match self {
            Self::Empty => "empty".to_owned(),
            Self::Json(node) => format!("json({})", scope.node(node)),
            Self::OptionalJson(node) => format!("optional_json({})", scope.ty(&node.ty)),
            Self::Text => "text".to_owned(),
            Self::Binary => "binary".to_owned(),
            Self::Anything => format!("json({})", scope.outside("Value")),
            Self::ByStatus(by_status) => format!("by_status(super::{})", by_status.ident),
        }
    }
}

impl ByStatus {
    /// The enum as `support::answers!` wants it.
    pub(super) fn declaration(&self, scope: &Scope<'_>) -> String {
        let mut out = doc::comment(&self.doc, 4);
        let _ = writeln!(out, "    pub enum {} {{", rust::ident(&self.ident));
        for (status, body) in &self.variants {
            let body = match body {
                ResponseBody::Empty => "empty".to_owned(),
                ResponseBody::Text => "text".to_owned(),
                ResponseBody::Binary => "binary".to_owned(),
                ResponseBody::Json(node) => format!("json({})", scope.node(node)),
            };
            let (name, pattern) = match status {
                Status::Code(code) => (reason(*code), code.to_string()),
                Status::Range(digit) => {
                    (format!("Range{digit}xx"), format!("{digit}00..={digit}99"))
                }
                Status::Default => ("Other".to_owned(), "_".to_owned()),
            };
            let _ = writeln!(out, "        {name} = {pattern} => {body},");
        }
        out.push_str("    }\n");
        out
    }
}

/// A status as an identifier: its reason phrase by RFC 9110, else its number.
fn reason(code: u16) -> String {
    let phrase = match code {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        203 => "NonAuthoritativeInformation",
        204 => "NoContent",
        205 => "ResetContent",
        206 => "PartialContent",
        207 => "MultiStatus",
        400 => "BadRequest",
        401 => "Unauthorized",
        402 => "PaymentRequired",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        408 => "RequestTimeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "LengthRequired",
        412 => "PreconditionFailed",
        413 => "ContentTooLarge",
        414 => "UriTooLong",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        422 => "UnprocessableContent",
        423 => "Locked",
        424 => "FailedDependency",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        500 => "InternalServerError",
        501 => "NotImplemented",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        other => return format!("Status{other}"),
    };
    phrase.to_owned()
}
