//! Answers: one type where every status brings the same, an enum by status where they differ.

use std::collections::BTreeSet;

use crate::ir::{
    Api, Node, Operation, Response, ResponseBody, ResponseType, Status, StatusEnum, StatusVariant,
    TypeRef,
};

/// What answers decode to. An enum by status is its operation's own, alike or not, so that no
/// operation renames another's.
pub(super) struct ResponseTypes {
    /// The enums made so far.
    pub(super) enums: Vec<StatusEnum>,
    /// Type identifiers that are taken.
    taken: BTreeSet<String>,
}

impl ResponseTypes {
    pub(super) fn new(api: &Api) -> Self {
        let taken = api.operations.iter().map(|operation| operation.type_ident.clone()).collect();
        Self { enums: Vec::new(), taken }
    }

    pub(super) fn success(&mut self, operation: &Operation) -> ResponseType {
        self.response_type(operation, &operation.success, "Answer")
    }

    pub(super) fn failure(&mut self, operation: &Operation) -> ResponseType {
        let bodies: Vec<Response> = operation
            .failure
            .iter()
            .filter(|answer| !matches!(answer.body, ResponseBody::Empty))
            .cloned()
            .collect();
        if bodies.is_empty() {
            ResponseType::Anything
        } else {
            self.response_type(operation, &bodies, "Failure")
        }
    }

    fn response_type(
        &mut self,
        operation: &Operation,
        answers: &[Response],
        suffix: &str,
    ) -> ResponseType {
        let mut bodies: Vec<&ResponseBody> = Vec::new();
        for answer in answers {
            if !bodies.iter().any(|body| key(body) == key(&answer.body)) {
                bodies.push(&answer.body);
            }
        }
        match bodies.as_slice() {
            [] => ResponseType::Empty,
            [only] => ResponseType::of(only),
            [ResponseBody::Json(node), ResponseBody::Empty]
            | [ResponseBody::Empty, ResponseBody::Json(node)] => {
                ResponseType::OptionalJson(node.clone())
            }
            _ => ResponseType::ByStatus(self.by_status(operation, answers, suffix)),
        }
    }

    /// The enum of these answers.
    fn by_status(&mut self, operation: &Operation, answers: &[Response], suffix: &str) -> String {
        let mut listed: Vec<&Response> = answers.iter().collect();
        listed.sort_by_key(|answer| answer.status);
        listed.dedup_by_key(|answer| answer.status);
        let mut ident = format!("{}{suffix}", operation.type_ident.trim_start_matches("r#"));
        while !self.taken.insert(ident.clone()) {
            ident.push('_');
        }
        let what = if suffix == "Answer" { "Answers" } else { "Error answers" };
        self.enums.push(StatusEnum {
            ident: ident.clone(),
            doc: format!("{what} of `{}` by status.", operation.id.replace('`', "'")),
            module: operation.module.clone(),
            variants: listed
                .iter()
                .map(|answer| StatusVariant {
                    ident: variant(answer.status),
                    status: answer.status,
                    body: answer.body.clone(),
                })
                .collect(),
        });
        ident
    }

    /// The media types to ask for.
    pub(super) fn accept(&self, ty: &ResponseType, answers: &[Response]) -> String {
        let has_json = self.bodies(ty).any(|body| matches!(body, ResponseType::Json(_)));
        let mut listed: Vec<&str> = Vec::new();
        for answer in answers {
            // Of several media types, the one that is decoded.
            let media = answer.media_types.first().map_or("", |media| without_charset(media));
            let is_json = matches!(answer.body, ResponseBody::Json(_));
            if !media.is_empty()
                && media.is_ascii()
                && !media.contains('*')
                && !listed.contains(&media)
                && is_json == has_json
            {
                listed.push(media);
            }
        }
        let stated = listed.join(", ");
        let plain = listed.is_empty() || stated == "application/json";
        match ty {
            ResponseType::Empty | ResponseType::Anything => "*/*".to_owned(),
            ResponseType::Json(_) | ResponseType::OptionalJson(_) if plain => {
                "application/json".to_owned()
            }
            ResponseType::Json(_) | ResponseType::OptionalJson(_) => stated,
            ResponseType::Text | ResponseType::TypedText(_) if plain => {
                "text/*, */*;q=0.8".to_owned()
            }
            ResponseType::Binary if plain => "*/*".to_owned(),
            ResponseType::ByStatus(_) if plain => "application/json, */*;q=0.8".to_owned(),
            ResponseType::Text
            | ResponseType::TypedText(_)
            | ResponseType::Binary
            | ResponseType::ByStatus(_) => {
                format!("{stated}, */*;q=0.8")
            }
        }
    }

    /// Whether some answer may be long: bytes.
    pub(super) fn streams(&self, ty: &ResponseType) -> bool {
        self.bodies(ty).any(|body| matches!(body, ResponseType::Binary))
    }

    /// What single statuses decode to.
    fn bodies(&self, ty: &ResponseType) -> impl Iterator<Item = ResponseType> {
        let bodies: Vec<ResponseType> = match ty {
            ResponseType::ByStatus(ident) => self
                .enums
                .iter()
                .filter(|by_status| by_status.ident == *ident)
                .flat_map(|by_status| &by_status.variants)
                .map(|variant| ResponseType::of(&variant.body))
                .collect(),
            ResponseType::OptionalJson(node) => vec![ResponseType::Json(node.clone())],
            other => vec![other.clone()],
        };
        bodies.into_iter()
    }
}

/// A media type without the one parameter that says nothing about what is asked for.
fn without_charset(media: &str) -> &str {
    let at = media
        .to_ascii_lowercase()
        .find(';')
        .filter(|at| media[at + 1..].trim_start().to_ascii_lowercase().starts_with("charset"));
    at.map_or(media, |at| &media[..at]).trim()
}

/// What bodies of the same type have in common; descriptions do not matter.
fn key(body: &ResponseBody) -> String {
    match body {
        ResponseBody::Empty => "empty".to_owned(),
        ResponseBody::Text => "text".to_owned(),
        ResponseBody::TypedText(node) => format!("text {}", node_key(node)),
        ResponseBody::Binary => "binary".to_owned(),
        ResponseBody::Json(node) => node_key(node),
    }
}

fn node_key(node: &Node) -> String {
    let null = if node.nullable { "?" } else { "" };
    match &node.ty {
        TypeRef::List(item) => format!("[{}]{null}", node_key(item)),
        TypeRef::Map(value) => format!("{{{}}}{null}", node_key(value)),
        TypeRef::Untyped(_) => "any".to_owned(),
        TypeRef::Named(id) | TypeRef::Boxed(id) => format!("{}{null}", id.0),
        other => format!("{other:?}{null}"),
    }
}

/// A status as an identifier: its reason phrase by RFC 9110, else its number.
fn variant(status: Status) -> String {
    let code = match status {
        Status::Code(code) => code,
        Status::Range(digit) => return format!("Range{digit}xx"),
        Status::Default => return "Other".to_owned(),
    };
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
