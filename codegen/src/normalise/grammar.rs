//! The objects of OpenAPI and what each of their members is: one table for every walk.
//!
//! A member is modelled, knowingly left out ([`Shape::Left`]) or unknown, which is a finding.

use serde_json::Value;

/// An object type of the OpenAPI specification (3.0.4 section 4.7, 3.1.1 section 4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Document,
    Info,
    Server,
    ServerVariable,
    Components,
    Paths,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Responses,
    Response,
    Example,
    Header,
    Tag,
    Schema,
    Discriminator,
    SecurityScheme,
    OAuthFlows,
    OAuthFlow,
    SecurityRequirement,
}

/// What a member of an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// An integer from zero.
    Count,
    /// Any number.
    Number,
    /// A list of strings.
    Texts,
    /// A map from names to strings.
    TextMap,
    /// Any value, which is not looked into.
    Any,
    /// A list of any values.
    Anys,
    /// Knowingly not modelled: removed without a word, since nothing a client does depends on it.
    Left,
    /// Knowingly not modelled, but worth a note, since something is lost.
    Noted(&'static str),
    /// An object of that kind.
    One(Kind),
    /// An object of that kind or a reference to one.
    Ref(Kind),
    /// A list of objects of that kind.
    List(Kind),
    /// A list of objects of that kind or of references.
    RefList(Kind),
    /// A map to objects of that kind.
    Map(Kind),
    /// A map to objects of that kind or to references.
    RefMap(Kind),
    /// A flag or a schema (`additionalProperties`).
    FlagOrSchema,
    /// A flag or a number (`exclusiveMinimum`, both dialects).
    FlagOrNumber,
    /// A type name or a list of them (`type`, both dialects).
    TextOrTexts,
    /// A schema or a list of them (`items`, both dialects).
    SchemaOrList,
}

/// Since which version of OpenAPI a member exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    V30,
    V31,
}

type Members = &'static [(&'static str, Shape, Since)];

use Shape::{
    Any, Anys, Count, Flag, FlagOrNumber, FlagOrSchema, Left, List, Map, Noted, Number, One, Ref, RefList, RefMap, SchemaOrList, Text,
    TextMap, TextOrTexts, Texts,
};
use Since::{V30, V31};

/// The members of an object, save for those whose names the document chooses.
pub(crate) const fn members(kind: Kind) -> Members {
    match kind {
        Kind::Document => &[
            ("openapi", Text, V30),
            ("info", One(Kind::Info), V30),
            ("servers", List(Kind::Server), V30),
            ("paths", One(Kind::Paths), V30),
            ("components", One(Kind::Components), V30),
            ("security", List(Kind::SecurityRequirement), V30),
            ("tags", List(Kind::Tag), V30),
            ("externalDocs", Left, V30),
            ("jsonSchemaDialect", Left, V31),
            ("webhooks", Noted("webhooks are calls to us, not operations of a client"), V31),
        ],
        Kind::Info => &[
            ("title", Text, V30),
            ("description", Text, V30),
            ("version", Text, V30),
            ("termsOfService", Left, V30),
            ("contact", Left, V30),
            ("license", Left, V30),
            ("summary", Left, V31),
        ],
        Kind::Server => &[("url", Text, V30), ("description", Text, V30), ("variables", Map(Kind::ServerVariable), V30)],
        Kind::ServerVariable => &[("enum", Texts, V30), ("default", Text, V30), ("description", Text, V30)],
        Kind::Components => &[
            ("schemas", RefMap(Kind::Schema), V30),
            ("responses", RefMap(Kind::Response), V30),
            ("parameters", RefMap(Kind::Parameter), V30),
            ("examples", RefMap(Kind::Example), V30),
            ("requestBodies", RefMap(Kind::RequestBody), V30),
            ("headers", RefMap(Kind::Header), V30),
            ("securitySchemes", RefMap(Kind::SecurityScheme), V30),
            ("links", Left, V30),
            ("callbacks", Left, V30),
            ("pathItems", RefMap(Kind::PathItem), V31),
        ],
        Kind::PathItem => &[
            ("summary", Left, V30),
            ("description", Left, V30),
            ("get", One(Kind::Operation), V30),
            ("put", One(Kind::Operation), V30),
            ("post", One(Kind::Operation), V30),
            ("delete", One(Kind::Operation), V30),
            ("options", One(Kind::Operation), V30),
            ("head", One(Kind::Operation), V30),
            ("patch", One(Kind::Operation), V30),
            ("trace", One(Kind::Operation), V30),
            ("servers", List(Kind::Server), V30),
            ("parameters", RefList(Kind::Parameter), V30),
        ],
        Kind::Operation => &[
            ("tags", Texts, V30),
            ("summary", Text, V30),
            ("description", Text, V30),
            ("externalDocs", Left, V30),
            ("operationId", Text, V30),
            ("parameters", RefList(Kind::Parameter), V30),
            ("requestBody", Ref(Kind::RequestBody), V30),
            ("responses", One(Kind::Responses), V30),
            ("callbacks", Noted("callbacks are calls to us, not operations of a client"), V30),
            ("deprecated", Flag, V30),
            ("security", List(Kind::SecurityRequirement), V30),
            ("servers", List(Kind::Server), V30),
        ],
        Kind::Parameter => &[
            ("name", Text, V30),
            ("in", Text, V30),
            ("description", Text, V30),
            ("required", Flag, V30),
            ("deprecated", Flag, V30),
            ("allowEmptyValue", Flag, V30),
            ("style", Text, V30),
            ("explode", Flag, V30),
            ("allowReserved", Flag, V30),
            ("schema", Ref(Kind::Schema), V30),
            ("example", Any, V30),
            ("examples", RefMap(Kind::Example), V30),
            ("content", Map(Kind::MediaType), V30),
        ],
        Kind::Header => &[
            ("description", Text, V30),
            ("required", Flag, V30),
            ("deprecated", Flag, V30),
            ("allowEmptyValue", Left, V30),
            ("style", Text, V30),
            ("explode", Flag, V30),
            ("allowReserved", Left, V30),
            ("schema", Ref(Kind::Schema), V30),
            ("example", Any, V30),
            ("examples", RefMap(Kind::Example), V30),
            ("content", Map(Kind::MediaType), V30),
        ],
        Kind::RequestBody => &[("description", Text, V30), ("content", Map(Kind::MediaType), V30), ("required", Flag, V30)],
        Kind::MediaType => &[
            ("schema", Ref(Kind::Schema), V30),
            ("example", Any, V30),
            ("examples", RefMap(Kind::Example), V30),
            ("encoding", Map(Kind::Encoding), V30),
        ],
        Kind::Encoding => &[
            ("contentType", Text, V30),
            ("headers", RefMap(Kind::Header), V30),
            ("style", Text, V30),
            ("explode", Flag, V30),
            ("allowReserved", Flag, V30),
        ],
        Kind::Response => &[
            ("description", Text, V30),
            ("headers", RefMap(Kind::Header), V30),
            ("content", Map(Kind::MediaType), V30),
            ("links", Left, V30),
        ],
        Kind::Example => &[("summary", Text, V30), ("description", Text, V30), ("value", Any, V30), ("externalValue", Left, V30)],
        Kind::Tag => &[("name", Text, V30), ("description", Text, V30), ("externalDocs", Left, V30)],
        Kind::Schema => SCHEMA,
        Kind::Discriminator => &[("propertyName", Text, V30), ("mapping", TextMap, V30)],
        Kind::SecurityScheme => &[
            ("type", Text, V30),
            ("description", Text, V30),
            ("name", Text, V30),
            ("in", Text, V30),
            ("scheme", Text, V30),
            ("bearerFormat", Text, V30),
            ("flows", One(Kind::OAuthFlows), V30),
            ("openIdConnectUrl", Text, V30),
        ],
        Kind::OAuthFlows => &[
            ("implicit", One(Kind::OAuthFlow), V30),
            ("password", One(Kind::OAuthFlow), V30),
            ("clientCredentials", One(Kind::OAuthFlow), V30),
            ("authorizationCode", One(Kind::OAuthFlow), V30),
        ],
        Kind::OAuthFlow => &[("authorizationUrl", Text, V30), ("tokenUrl", Text, V30), ("refreshUrl", Text, V30), ("scopes", TextMap, V30)],
        Kind::Paths | Kind::Responses | Kind::SecurityRequirement => &[],
    }
}

const SCHEMA: Members = &[
    ("title", Text, V30),
    ("multipleOf", Number, V30),
    ("maximum", Number, V30),
    ("exclusiveMaximum", FlagOrNumber, V30),
    ("minimum", Number, V30),
    ("exclusiveMinimum", FlagOrNumber, V30),
    ("maxLength", Count, V30),
    ("minLength", Count, V30),
    ("pattern", Text, V30),
    ("maxItems", Count, V30),
    ("minItems", Count, V30),
    ("uniqueItems", Flag, V30),
    ("maxProperties", Count, V30),
    ("minProperties", Count, V30),
    ("required", Texts, V30),
    ("enum", Anys, V30),
    ("type", TextOrTexts, V30),
    ("allOf", RefList(Kind::Schema), V30),
    ("oneOf", RefList(Kind::Schema), V30),
    ("anyOf", RefList(Kind::Schema), V30),
    ("not", Ref(Kind::Schema), V30),
    ("items", SchemaOrList, V30),
    ("properties", RefMap(Kind::Schema), V30),
    ("additionalProperties", FlagOrSchema, V30),
    ("description", Text, V30),
    ("format", Text, V30),
    ("default", Any, V30),
    ("nullable", Flag, V30),
    ("discriminator", One(Kind::Discriminator), V30),
    ("readOnly", Flag, V30),
    ("writeOnly", Flag, V30),
    ("xml", Left, V30),
    ("externalDocs", Left, V30),
    ("example", Any, V30),
    ("deprecated", Flag, V30),
    ("const", Any, V31),
    ("examples", Any, V31),
    ("contentEncoding", Text, V31),
    ("contentMediaType", Text, V31),
    ("prefixItems", RefList(Kind::Schema), V31),
    ("patternProperties", RefMap(Kind::Schema), V31),
    ("contentSchema", Left, V31),
    ("$comment", Left, V31),
    ("$schema", Left, V31),
    ("$id", Left, V31),
    ("$anchor", Left, V31),
    ("$dynamicAnchor", Left, V31),
    ("$vocabulary", Left, V31),
    ("$defs", Left, V31),
    ("definitions", Left, V31),
    ("$dynamicRef", Noted(UNCHECKED), V31),
    ("$recursiveRef", Noted(UNCHECKED), V31),
    ("if", Noted(UNCHECKED), V31),
    ("then", Ref(Kind::Schema), V31),
    ("else", Ref(Kind::Schema), V31),
    ("contains", Noted(UNCHECKED), V31),
    ("minContains", Noted(UNCHECKED), V31),
    ("maxContains", Noted(UNCHECKED), V31),
    ("propertyNames", Noted(UNCHECKED), V31),
    ("dependentRequired", Noted(UNCHECKED), V31),
    ("dependentSchemas", RefMap(Kind::Schema), V31),
    ("dependencies", Noted(UNCHECKED), V31),
    ("unevaluatedItems", Noted(UNCHECKED), V31),
    ("unevaluatedProperties", Noted(UNCHECKED), V31),
];

const UNCHECKED: &str = "the vendor checks this; it has no counterpart in a type";

/// Keys that are no member but stand in place of the object or of its reference.
pub(crate) const REFERENCE: &str = "$ref";

/// What the member `key` of an object of that kind holds; `None` when it is not known.
///
/// Objects whose member names the document chooses (paths, responses) are answered by their form.
pub(crate) fn member(kind: Kind, key: &str) -> Option<(Shape, Since)> {
    match kind {
        Kind::Paths => Some((Ref(Kind::PathItem), V30)),
        Kind::Responses => Some((Ref(Kind::Response), V30)),
        Kind::SecurityRequirement => Some((Any, V30)),
        _ => members(kind).iter().find(|(name, ..)| *name == key).map(|(_, shape, since)| (*shape, *since)),
    }
}

/// The section of `components` that holds objects of a kind.
pub(crate) const fn section(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Schema => "schemas",
        Kind::Response => "responses",
        Kind::Parameter => "parameters",
        Kind::Example => "examples",
        Kind::RequestBody => "requestBodies",
        Kind::Header => "headers",
        Kind::SecurityScheme => "securitySchemes",
        Kind::PathItem => "pathItems",
        _ => return None,
    })
}

/// Whether an extension: `x-` and anything.
pub(crate) fn is_extension(key: &str) -> bool {
    key.starts_with("x-") || key.starts_with("X-")
}

/// What a value refers to, if it is a reference object.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    reference_text(value.as_object()?)
}

/// What an object refers to, if it is a reference.
pub(crate) fn reference_text(map: &serde_json::Map<String, Value>) -> Option<&str> {
    map.get(REFERENCE)?.as_str()
}

/// What stands at a place of a document, as far as the grammar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// An object of that kind.
    Object(Kind),
    /// A map, a list or a scalar that is a member of an object.
    Member,
    /// Inside of an extension, an example or an unknown member.
    Free,
}

/// What stands at the place that these tokens lead to.
pub(crate) fn stand(tokens: &[String]) -> Stand {
    let mut kind = Kind::Document;
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        if is_extension(token) {
            return Stand::Free;
        }
        kind = match member(kind, token) {
            Some((Shape::One(inner) | Shape::Ref(inner), _)) => inner,
            Some((Shape::FlagOrSchema, _)) => Kind::Schema,
            // A list of schemas only where a number follows.
            Some((Shape::SchemaOrList, _)) => {
                let mut ahead = rest.clone();
                if ahead.next().is_some_and(|next| next.parse::<usize>().is_ok()) {
                    rest = ahead;
                }
                Kind::Schema
            }
            Some((Shape::List(inner) | Shape::RefList(inner) | Shape::Map(inner) | Shape::RefMap(inner), _)) => match rest.next() {
                Some(_) => inner,
                None => return Stand::Member,
            },
            Some((Shape::Any | Shape::Left | Shape::Noted(_), _)) | None => return Stand::Free,
            Some(_) => return Stand::Member,
        };
    }
    Stand::Object(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_member_is_listed_twice() {
        for kind in [
            Kind::Document,
            Kind::Info,
            Kind::Components,
            Kind::PathItem,
            Kind::Operation,
            Kind::Parameter,
            Kind::Header,
            Kind::Schema,
            Kind::SecurityScheme,
        ] {
            let mut names: Vec<_> = members(kind).iter().map(|(name, ..)| name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{kind:?}");
        }
    }
}
