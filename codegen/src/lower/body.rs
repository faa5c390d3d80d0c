//! Request bodies and answers: the media type that is used, and what it holds.

use http::Method;
use indexmap::IndexMap;
use openapiv3::{QueryStyle, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::schema::{ANY, SchemaLocation, Schemas, plain};
use super::{parameter, read};
use crate::ir::{self, BodyArguments, BodyEncoding, ResponseBody, Status, TypeRef};
use crate::normalise::STATED;
use crate::pointer::Trail;

/// A media type without parameters, in lower case.
fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase()
}

fn is_json(essence: &str) -> bool {
    matches!(essence, "application/json" | "text/json" | "json")
        || essence.ends_with("+json")
        || essence.ends_with("/json")
}

fn is_text(essence: &str) -> bool {
    essence.starts_with("text/")
        || essence.ends_with("+xml")
        || matches!(
            essence,
            "application/xml"
                | "application/yaml"
                | "application/x-yaml"
                | "application/javascript"
                | "application/graphql"
        )
}

/// Media types that are never text, whatever their schema says.
fn is_bytes_only(essence: &str) -> bool {
    let kind = essence.split('/').next().unwrap_or_default();
    matches!(kind, "image" | "audio" | "video" | "font")
        || matches!(
            essence,
            "application/octet-stream" | "application/pdf" | "application/zip" | "application/gzip"
        )
}

/// How a request body of a media type is encoded, and how willingly it is chosen: lowest first.
fn encoding(essence: &str) -> (u8, BodyEncoding) {
    match essence {
        "application/json" => (0, BodyEncoding::Json),
        _ if is_json(essence) => (1, BodyEncoding::Json),
        "application/x-www-form-urlencoded" => (2, BodyEncoding::Form),
        _ if essence.starts_with("multipart/") => (3, BodyEncoding::Multipart),
        "*/*" | "application/*" => (4, BodyEncoding::Json),
        _ if is_text(essence) => (5, BodyEncoding::Text),
        _ => (6, BodyEncoding::Binary),
    }
}

/// Lowers an operation's request body.
pub(super) fn request<'d>(
    schemas: &mut Schemas<'d>,
    value: &'d Value,
    operation: &str,
    trail: &Trail<'_>,
) -> Result<Option<ir::RequestBody>, String> {
    let value = schemas.cx.resolve(value).ok_or("the request body refers to nothing")?;
    let body: openapiv3::RequestBody = schemas
        .cx
        .object(value, &["description", "required"], trail)
        .ok_or("the request body cannot be read")?;
    let Some(content) =
        value.get("content").and_then(Value::as_object).filter(|content| !content.is_empty())
    else {
        schemas.cx.fault("empty-body", trail, "a request body without content; left out");
        return Ok(None);
    };
    let Some((media_type, mut encoding)) = content
        .keys()
        .map(|media| (media, encoding(&essence(media))))
        .min_by_key(|(media, (rank, _))| (*rank, *media))
        .map(|(media, (_, encoding))| (media, encoding))
    else {
        return Ok(None);
    };
    let alternatives: Vec<String> =
        content.keys().filter(|media| *media != media_type).cloned().collect();
    let content_trail = trail.key("content");
    if !alternatives.is_empty() {
        let others = alternatives.join("`, `");
        let message = format!("sent as `{media_type}`, never as `{others}`");
        schemas.cx.note("body-media-type", &content_trail, message);
    }
    if encoding == BodyEncoding::Multipart && essence(media_type) != "multipart/form-data" {
        let message = format!("`{media_type}` is sent as `multipart/form-data`");
        schemas.cx.note("multipart-subtype", &content_trail.key(media_type), message);
    }
    let trail = content_trail.key(media_type);
    let media_key = media_type;
    let schema = content[media_type].get("schema");
    if encoding == BodyEncoding::Json && schema.is_some_and(is_bytes) {
        encoding = BodyEncoding::Binary;
    }
    let name = format!("{operation} Body");
    let files = encoding == BodyEncoding::Multipart;
    let mut node = match (encoding, schema) {
        (BodyEncoding::Text, _) => plain(TypeRef::String),
        (BodyEncoding::Binary, _) => plain(TypeRef::Binary),
        (_, Some(schema)) => {
            schemas.node(schema, &SchemaLocation { trail: trail.key("schema"), name: &name, files })
        }
        (_, None) => plain(TypeRef::Untyped(ANY.to_owned())),
    };
    if let Some(doc) = body.description.as_deref().filter(|_| node.doc.is_empty()) {
        node.doc = read::text(doc);
    }
    let wildcard = media_type.contains('*');
    let media_type = match encoding {
        BodyEncoding::Json if wildcard => "application/json".to_owned(),
        BodyEncoding::Binary if wildcard => "application/octet-stream".to_owned(),
        BodyEncoding::Text if wildcard => "text/plain".to_owned(),
        _ => media_type.trim().to_owned(),
    };
    let encodings = encodings(schemas, &content[media_key], encoding, &trail);
    let arguments = BodyArguments::Members {
        names: IndexMap::new(),
        fields: Vec::new(),
        open: false,
        constants: Vec::new(),
    };
    Ok(Some(ir::RequestBody {
        media_type,
        encoding,
        required: body.required,
        node,
        stated: content[media_key].get(STATED).cloned(),
        alternatives,
        encodings,
        arguments,
    }))
}

/// What the document says of single members of a form or multipart body (OpenAPI 3.0.3, Encoding
/// Object).
fn encodings<'d>(
    schemas: &mut Schemas<'d>,
    content: &'d Value,
    encoding: BodyEncoding,
    trail: &Trail<'_>,
) -> IndexMap<String, ir::MemberEncoding> {
    let mut found = IndexMap::new();
    let trail = trail.key("encoding");
    let is_form = encoding == BodyEncoding::Form;
    if !is_form && encoding != BodyEncoding::Multipart {
        return found;
    }
    for (name, value) in content.get("encoding").and_then(Value::as_object).into_iter().flatten() {
        let trail = trail.key(name);
        let Some(read) = schemas.cx.object::<Encoding>(
            value,
            &["contentType", "style", "explode", "allowReserved"],
            &trail,
        ) else {
            continue;
        };
        if value
            .get("headers")
            .and_then(Value::as_object)
            .is_some_and(|headers| !headers.is_empty())
        {
            schemas.cx.note(
                "part-headers",
                &trail.key("headers"),
                "headers of single parts are not sent",
            );
        }
        let says_style =
            read.style.is_some() || read.explode.is_some() || read.allow_reserved.is_some();
        let json = read.content_type.as_deref().is_some_and(|media| is_json(&essence(media)));
        let style = match (is_form, says_style, json) {
            (true, true, _) => {
                Some(parameter::query_style(&read.style.unwrap_or_default(), read.explode))
            }
            (true, false, true) => Some(ir::QueryStyle::Json),
            // OpenAPI 3.1 lets styles apply here, too; documents of 3.0 that name this one mean it.
            (false, _, _) if read.style == Some(QueryStyle::DeepObject) => {
                Some(ir::QueryStyle::DeepObject)
            }
            _ => None,
        };
        let member = ir::MemberEncoding {
            media_type: read
                .content_type
                .map(|media| media.trim().to_owned())
                .filter(|media| !is_form && !media.is_empty()),
            style,
            reserved: is_form && read.allow_reserved.unwrap_or_default(),
        };
        if member != ir::MemberEncoding::default() {
            found.insert(name.clone(), member);
        }
    }
    found
}

/// The members of an Encoding Object besides its headers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Encoding {
    content_type: Option<String>,
    style: Option<QueryStyle>,
    explode: Option<bool>,
    allow_reserved: Option<bool>,
}

/// Lowers an operation's answers: successes and failures, by status.
pub(super) fn answers<'d>(
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
        let mut answer = answer(schemas, status, value, &name, &trail.key(key));
        if *method == Method::HEAD {
            // Without a body, whatever is said of it (RFC 9110 section 9.3.2).
            (answer.body, answer.media_types) = (ResponseBody::Empty, Vec::new());
        }
        match status {
            Status::Code(100..=199) | Status::Range(1) => {}
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
    status: Status,
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
    let content =
        value.get("content").and_then(Value::as_object).filter(|content| !content.is_empty());
    let Some(content) = content.filter(|_| !matches!(status, Status::Code(204 | 205 | 304))) else {
        return ir::Response { doc, ..empty };
    };
    let mut media_types: Vec<(u8, &'d String)> =
        content.keys().map(|media| (preference(&essence(media)), media)).collect();
    media_types.sort();
    let Some((_, media)) = media_types.first().copied() else {
        return ir::Response { doc, ..empty };
    };
    let content_trail = trail.key("content");
    let body = answer_body(schemas, content, media, name, &content_trail.key(media));
    ir::Response {
        status,
        body,
        media_types: media_types.into_iter().map(|(_, media)| media.trim().to_owned()).collect(),
        doc,
    }
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
    if is_json(&essence) || wildcard {
        return match schema {
            Some(schema) if is_bytes(schema) => ResponseBody::Binary,
            Some(schema) => {
                ResponseBody::Json(schemas.node(
                    schema,
                    &SchemaLocation { trail: trail.key("schema"), name, files: false },
                ))
            }
            None if wildcard => ResponseBody::Binary,
            None => ResponseBody::Json(plain(TypeRef::Untyped(ANY.to_owned()))),
        };
    }
    let says_text =
        schema.is_some_and(|schema| schema.get("type").and_then(Value::as_str) == Some("string"));
    let may_be_text = is_text(&essence) || (says_text && !is_bytes_only(&essence));
    if may_be_text && essence != "text/event-stream" && !schema.is_some_and(is_bytes) {
        ResponseBody::Text
    } else {
        ResponseBody::Binary
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

/// Whether a schema is a string of bytes.
fn is_bytes(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str) == Some("binary")
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
