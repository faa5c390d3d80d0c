//! Parameters: where they go and how they are written.

use openapiv3::{Parameter, ParameterData, PathStyle, QueryStyle};
use serde_json::{Map, Value, json};

use super::schema::{SchemaLocation, Schemas, plain};
use super::{extension, read};
use crate::ir::{self, Location, TypeRef};
use crate::normalise::STATED;
use crate::pointer::Trail;

/// The members of a parameter besides its schema.
const MEMBERS: [&str; 9] = [
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "style",
    "explode",
    "allowEmptyValue",
    "allowReserved",
];

/// What a parameter became.
pub(super) enum Lowered {
    /// An argument.
    Argument(ir::Parameter),
    /// A fixed value.
    Constant(ir::Constant),
}

/// Lowers a parameter of an operation, whose id names inline types.
pub(super) fn lower<'d>(
    schemas: &mut Schemas<'d>,
    value: &'d Value,
    operation: &str,
    trail: &Trail<'_>,
) -> Result<Lowered, String> {
    let value = schemas.cx.resolve(value).ok_or("refers to nothing")?;
    let map = value.as_object().ok_or("is no object")?;
    let settings: extension::Parameter = extension::read(&mut schemas.cx, value, trail);
    let mut own: Map<String, Value> = MEMBERS
        .iter()
        .filter_map(|key| map.get(*key).map(|member| ((*key).to_owned(), member.clone())))
        .collect();
    own.insert("schema".to_owned(), json!({}));
    let parameter: Parameter = read::parse(Value::Object(own))?;
    let content = map
        .get("content")
        .and_then(Value::as_object)
        .and_then(|content| content.iter().next())
        .filter(|_| !map.contains_key("schema"));
    let reserved = matches!(parameter, Parameter::Query { allow_reserved: true, .. });
    let (data, location) =
        location(parameter, content.is_some_and(|(media, _)| !media.trim().starts_with("text/")));
    if let Some(value) = settings.constant {
        return Ok(Lowered::Constant(ir::Constant { wire: data.name, location, value }));
    }
    let name = format!("{operation} {}", data.name);
    let content_trail = trail.key("content");
    let node = match (map.get("schema"), content) {
        (Some(schema), _) => schemas.node(
            schema,
            &SchemaLocation { trail: trail.key("schema"), name: &name, files: false },
        ),
        (None, Some((media, found))) => match found.get("schema") {
            Some(schema) => {
                let trail = content_trail.key(media);
                schemas.node(
                    schema,
                    &SchemaLocation { trail: trail.key("schema"), name: &name, files: false },
                )
            }
            None => plain(TypeRef::Untyped(super::schema::ANY.to_owned())),
        },
        (None, None) => plain(TypeRef::String),
    };
    let mut node = node;
    if let Some(doc) = &data.description {
        node.doc = read::text(doc);
    }
    Ok(Lowered::Argument(ir::Parameter {
        wire: data.name,
        argument: String::new(),
        ident: String::new(),
        setter: String::new(),
        required: data.required || matches!(location, Location::Path(_)),
        location,
        reserved,
        node,
        stated: map.get(STATED).or_else(|| content?.1.get(STATED)).cloned(),
        deprecated: data.deprecated.unwrap_or_default(),
        named: settings.argument,
    }))
}

/// Style and explode as the specification defaults them (OpenAPI 3.0.3, Parameter Object); `json`
/// is a parameter whose content has a media type of its own.
fn location(parameter: Parameter, json: bool) -> (ParameterData, Location) {
    match parameter {
        Parameter::Path { parameter_data, style } => {
            let explode = parameter_data.explode.unwrap_or_default();
            let style = match (style, explode) {
                _ if json => ir::PathStyle::Json,
                (PathStyle::Simple, false) => ir::PathStyle::Simple,
                (PathStyle::Simple, true) => ir::PathStyle::SimpleExplode,
                (PathStyle::Label, explode) => ir::PathStyle::Label { explode },
                (PathStyle::Matrix, explode) => ir::PathStyle::Matrix { explode },
            };
            (parameter_data, Location::Path(style))
        }
        Parameter::Query { parameter_data, style, .. } => {
            let style = if json {
                ir::QueryStyle::Json
            } else {
                query_style(&style, parameter_data.explode)
            };
            (parameter_data, Location::Query(style))
        }
        Parameter::Header { parameter_data, .. } => {
            let style = match parameter_data.explode {
                _ if json => ir::HeaderStyle::Json,
                Some(true) => ir::HeaderStyle::SimpleExplode,
                _ => ir::HeaderStyle::Simple,
            };
            (parameter_data, Location::Header(style))
        }
        Parameter::Cookie { parameter_data, .. } => {
            let style = match parameter_data.explode {
                _ if json => ir::CookieStyle::Json,
                Some(false) => ir::CookieStyle::Comma,
                _ => ir::CookieStyle::Form,
            };
            (parameter_data, Location::Cookie(style))
        }
    }
}

/// The style of a query parameter, or of a member of a form.
pub(super) fn query_style(style: &QueryStyle, explode: Option<bool>) -> ir::QueryStyle {
    match (style, explode.unwrap_or(matches!(style, QueryStyle::Form))) {
        (QueryStyle::DeepObject, _) => ir::QueryStyle::DeepObject,
        (QueryStyle::Form, false) => ir::QueryStyle::Comma,
        (QueryStyle::SpaceDelimited, false) => ir::QueryStyle::Space,
        (QueryStyle::PipeDelimited, false) => ir::QueryStyle::Pipe,
        (QueryStyle::Form | QueryStyle::SpaceDelimited | QueryStyle::PipeDelimited, true) => {
            ir::QueryStyle::Form
        }
    }
}
