//! Answers: by status, the media type that is decoded, and what it holds.

use http::Method;
use openapiv3::StatusCode;
use serde_json::{Map, Value};

use super::media::{essence, is_bytes, is_bytes_only, is_json, is_text};
use super::schema::{ANY, SchemaLocation, Schemas, plain};
use super::{body, read};
use crate::ir::{self, ResponseBody, Status, TypeRef};
use crate::pointer::Trail;

/// Lowers an operation's answers: successes and failures, by status.
pub(super) fn lower<'d>(
    schemas: &mut Schemas<'d>,
    responses: Option<&'d Value>,
    method: &Method,
    operation: &str,
    trail: &Trail<'_>,
) -> (Vec<ir::Response>, Vec<ir::Response>) {
    let mut found: Vec<(Status, &'d str, &'d Value)> = Vec::new();
    for (key, value) in responses.and_then(Value::as_object).into_iter().flatten() {
        match status(key) {
            Some(status) => found.push((status, key, value)),
            None if key.starts_with("x-") => {}
            None => {
                schemas.cx.fault("unknown-status", &trail.key(key), "no status of HTTP; left out");
            }
        }
    }
    found.sort_by_key(|(status, key, _)| (*status, *key));
    found.dedup_by_key(|(status, _, _)| *status);
    let is_success = |status: Status| matches!(status, Status::Code(200..=299) | Status::Range(2));
    let several = found.iter().filter(|(status, _, _)| is_success(*status)).count();
    let (mut success, mut failure) = (Vec::new(), Vec::new());
    for (status, key, value) in found {
        let name = match status {
            Status::Code(code) if is_success(status) && several > 1 => {
                format!("{operation} Response {code}")
            }
            _ if is_success(status) => format!("{operation} Response"),
            Status::Default if several == 0 => format!("{operation} Response"),
            Status::Default => format!("{operation} Error"),
            Status::Code(code) => format!("{operation} Error {code}"),
            Status::Range(hundreds) => format!("{operation} Error {hundreds}xx"),
        };
        let answer = answer(schemas, (status, method), value, &name, &trail.key(key));
        match status {
            Status::Code(100..=199) | Status::Range(1) => {
                schemas.cx.note("interim-answer", &trail.key(key), "no last answer; left out");
            }
            _ if is_success(status) => success.push(answer),
            // Without a declared success, `default` describes both.
            Status::Default if several == 0 => {
                success.push(answer.clone());
                failure.push(answer);
            }
            _ => failure.push(answer),
        }
    }
    (success, failure)
}

fn answer<'d>(
    schemas: &mut Schemas<'d>,
    (status, method): (Status, &Method),
    value: &'d Value,
    name: &str,
    trail: &Trail<'_>,
) -> ir::Response {
    let empty = ir::Response {
        status,
        body: ResponseBody::Empty,
        media_types: Vec::new(),
        doc: String::new(),
    };
    let Some(value) = schemas.cx.resolve(value) else {
        schemas.cx.fault("dangling-reference", trail, "refers to nothing; read as empty");
        return empty;
    };
    let doc = read::text(value.get("description").and_then(Value::as_str).unwrap_or_default());
    let empty = ir::Response { doc, ..empty };
    let members =
        |key: &str| value.get(key).and_then(Value::as_object).filter(|members| !members.is_empty());
    if members("headers").is_some() {
        schemas.cx.note(
            "answer-headers",
            &trail.key("headers"),
            "have no types; `support::answer` gives them as they come",
        );
    }
    let Some(content) = members("content") else {
        return empty;
    };
    let trail = trail.key("content");
    // RFC 9110 sections 9.3.2 and 15.
    if *method == Method::HEAD || matches!(status, Status::Code(204 | 205 | 304)) {
        schemas.cx.note("bodiless-answer", &trail, "such an answer has no body; left out");
        return empty;
    }
    let mut media_types: Vec<(u8, &'d String)> =
        content.keys().map(|media| (preference(&essence(media)), media)).collect();
    media_types.sort();
    let Some(((_, media), others)) = media_types.split_first() else {
        return empty;
    };
    for (_, other) in others {
        schemas.cx.note(
            "answer-media-type",
            &trail.key(other),
            format!("not decoded, `{media}` is; `operation::stream_as` asks for this one"),
        );
    }
    let body = answer_body(schemas, content, media, name, &trail.key(media));
    let media_types = media_types.iter().map(|(_, media)| media.trim().to_owned()).collect();
    ir::Response { body, media_types, ..empty }
}

fn answer_body<'d>(
    schemas: &mut Schemas<'d>,
    content: &'d Map<String, Value>,
    media: &str,
    name: &str,
    trail: &Trail<'_>,
) -> ResponseBody {
    let essence = essence(media);
    let schema = content[media].get("schema");
    let wildcard = essence.contains('*');
    let place = SchemaLocation { trail: trail.key("schema"), name, files: false };
    if is_json(&essence) || wildcard {
        return match schema {
            Some(schema) if is_bytes(schema) => ResponseBody::Binary,
            Some(schema) => ResponseBody::Json(schemas.node(schema, &place)),
            None if wildcard => ResponseBody::Binary,
            None => ResponseBody::Json(plain(TypeRef::Untyped(ANY.to_owned()))),
        };
    }
    let says_text =
        schema.is_some_and(|schema| schema.get("type").and_then(Value::as_str) == Some("string"));
    let may_be_text = is_text(&essence) || (says_text && !is_bytes_only(&essence));
    if !may_be_text || essence == "text/event-stream" || schema.is_some_and(is_bytes) {
        return ResponseBody::Binary;
    }
    match body::text(schemas, schema, &place) {
        ir::Node { ty: TypeRef::String, .. } => ResponseBody::Text,
        node => ResponseBody::TypedText(node),
    }
}

/// Which of an answer's media types is decoded: lowest first.
fn preference(essence: &str) -> u8 {
    match essence {
        "application/json" => 0,
        "text/event-stream" => 6,
        _ if is_json(essence) => 1,
        "*/*" | "application/*" => 2,
        "text/plain" => 3,
        _ if is_text(essence) => 4,
        _ => 5,
    }
}

/// A key of `responses`.
fn status(key: &str) -> Option<Status> {
    if key == "default" {
        return Some(Status::Default);
    }
    match read::parse::<StatusCode>(Value::String(key.to_ascii_uppercase())).ok()? {
        StatusCode::Code(code @ 100..=599) => Some(Status::Code(code)),
        StatusCode::Range(hundreds @ 1..=5) => u8::try_from(hundreds).ok().map(Status::Range),
        _ => None,
    }
}
