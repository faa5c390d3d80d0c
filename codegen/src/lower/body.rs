//! Request bodies: the media type that is sent, and what it holds.

use indexmap::IndexMap;
use openapiv3::QueryStyle;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::media::{essence, holds_bytes, is_bytes, is_json, is_scalar, is_text};
use super::schema::{ANY, SchemaLocation, Schemas, plain};
use super::{Context, parameter, read};
use crate::ir::{self, BodyArguments, BodyEncoding, Node, TypeRef};
use crate::normalise::STATED;
use crate::pointer::Trail;

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
    let Some((media_type, mut encoding)) = chosen(&schemas.cx, content) else {
        return Ok(None);
    };
    let content_trail = trail.key("content");
    let trail = content_trail.key(media_type);
    let schema = content[media_type].get("schema");
    if matches!(encoding, BodyEncoding::Json | BodyEncoding::Text) && schema.is_some_and(is_bytes) {
        encoding = BodyEncoding::Binary;
    }
    let alternatives: Vec<String> =
        content.keys().filter(|media| *media != media_type).cloned().collect();
    let form_data = encoding == BodyEncoding::Multipart;
    let sent = if form_data { "multipart/form-data" } else { media_type };
    let said = format!("the body is sent as `{sent}`");
    if form_data && essence(media_type) != sent {
        schemas.cx.note("multipart-subtype", &trail, &said);
    }
    // Bytes go under whichever media type is theirs.
    for other in alternatives.iter().filter(|_| encoding != BodyEncoding::Binary) {
        schemas.cx.note("body-media-type", &content_trail.key(other), &said);
    }
    let name = format!("{operation} Body");
    let place = SchemaLocation { trail: trail.key("schema"), name: &name, files: form_data };
    let mut node = match (encoding, schema) {
        (BodyEncoding::Text, schema) => text(schemas, schema, &place),
        (BodyEncoding::Binary, _) => plain(TypeRef::Binary),
        (_, Some(schema)) => schemas.node(schema, &place),
        (_, None) => plain(TypeRef::Untyped(ANY.to_owned())),
    };
    if let Some(doc) = body.description.as_deref().filter(|_| node.doc.is_empty()) {
        node.doc = read::text(doc);
    }
    let encodings = encodings(schemas, &content[media_type], encoding, &trail);
    // What a text says of its inside is not seen from here.
    let seen = encoding != BodyEncoding::Text
        || schema.is_some_and(|schema| is_scalar(&schemas.cx, schema));
    let stated = content[media_type].get(STATED).filter(|_| seen).cloned();
    let media_type = match encoding {
        BodyEncoding::Json if media_type.contains('*') => "application/json".to_owned(),
        BodyEncoding::Text if media_type.contains('*') => "text/plain".to_owned(),
        // A range of bytes admits the type of the file that is given.
        _ => media_type.trim().to_owned(),
    };
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
        stated,
        alternatives,
        encodings,
        arguments,
    }))
}

/// The media type that is sent: the first by its rank, but multipart where only that carries the
/// bytes that the body holds.
fn chosen<'d>(
    cx: &Context<'d>,
    content: &'d Map<String, Value>,
) -> Option<(&'d String, BodyEncoding)> {
    let mut ranked: Vec<(u8, &String, BodyEncoding)> = content
        .keys()
        .map(|media| (encoding(&essence(media)), media))
        .map(|((rank, encoding), media)| (rank, media, encoding))
        .collect();
    ranked.sort_by_key(|(rank, media, _)| (*rank, *media));
    let (_, first, kind) = *ranked.first()?;
    let holds_bytes =
        |media: &String| content[media].get("schema").is_some_and(|found| holds_bytes(cx, found));
    let parts = ranked.iter().find(|(.., encoding)| *encoding == BodyEncoding::Multipart);
    match parts {
        Some((_, parts, _))
            if matches!(kind, BodyEncoding::Json | BodyEncoding::Form)
                && holds_bytes(first)
                && holds_bytes(parts) =>
        {
            Some((parts, BodyEncoding::Multipart))
        }
        _ => Some((first, kind)),
    }
}

/// What a text is: a scalar that its schema describes, else any text.
pub(super) fn text<'d>(
    schemas: &mut Schemas<'d>,
    schema: Option<&'d Value>,
    place: &SchemaLocation<'_>,
) -> Node {
    match schema {
        Some(schema) if is_scalar(&schemas.cx, schema) => schemas.node(schema, place),
        Some(schema) if schema.as_object().is_some_and(|schema| !schema.is_empty()) => {
            schemas.cx.note(
                "text-schema",
                &place.trail,
                "only texts, numbers and flags are typed in a text; read and sent as it is",
            );
            plain(TypeRef::String)
        }
        _ => plain(TypeRef::String),
    }
}

/// What the document says of single members of a form or multipart body (OpenAPI 3.0.4 and 3.1.1,
/// Encoding Object).
fn encodings<'d>(
    schemas: &mut Schemas<'d>,
    content: &'d Value,
    encoding: BodyEncoding,
    trail: &Trail<'_>,
) -> IndexMap<String, ir::MemberEncoding> {
    let mut found = IndexMap::new();
    let trail = trail.key("encoding");
    let is_form = encoding == BodyEncoding::Form;
    let styled = !schemas.cx.version.starts_with("3.0");
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
            (false, true, _) if styled || read.style == Some(QueryStyle::DeepObject) => {
                Some(parameter::query_style(&read.style.unwrap_or_default(), read.explode))
            }
            (false, true, _) => {
                schemas.cx.note("part-style", &trail, "OpenAPI 3.0 has no styles of parts");
                None
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
