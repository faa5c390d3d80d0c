//! The objects of OpenAPI and what each of their members is: one table for every walk.
//!
//! A member is modelled, knowingly left out ([`MemberShape::Left`]) or unknown, which is a finding.

use serde_json::Value;

use crate::keywords::{Holds, KEYWORDS};

/// An object type of the OpenAPI specification (3.0.4 section 4.7, 3.1.1 section 4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ObjectKind {
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
pub(crate) enum MemberShape {
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
    One(ObjectKind),
    /// An object of that kind or a reference to one.
    Ref(ObjectKind),
    /// A list of objects of that kind.
    List(ObjectKind),
    /// A list of objects of that kind or of references.
    RefList(ObjectKind),
    /// A map to objects of that kind.
    Map(ObjectKind),
    /// A map to objects of that kind or to references.
    RefMap(ObjectKind),
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

type Members = &'static [(&'static str, MemberShape, Since)];

use MemberShape::{
    Any, Anys, Count, Flag, FlagOrNumber, FlagOrSchema, Left, List, Map, Noted, Number, One, Ref,
    RefList, RefMap, SchemaOrList, Text, TextMap, TextOrTexts, Texts,
};
use Since::{V30, V31};

/// The members of an object, save for those whose names the document chooses.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) const fn members(kind: ObjectKind) -> Members {
    match kind {
        ObjectKind::Document => &[
            ("openapi", Text, V30),
            ("info", One(ObjectKind::Info), V30),
            ("servers", List(ObjectKind::Server), V30),
            ("paths", One(ObjectKind::Paths), V30),
            ("components", One(ObjectKind::Components), V30),
            ("security", List(ObjectKind::SecurityRequirement), V30),
            ("tags", List(ObjectKind::Tag), V30),
            ("externalDocs", Left, V30),
            ("jsonSchemaDialect", Left, V31),
            ("webhooks", Noted("webhooks are calls to us, not operations of a client"), V31),
        ],
        ObjectKind::Info => &[
            ("title", Text, V30),
            ("description", Text, V30),
            ("version", Text, V30),
            ("termsOfService", Left, V30),
            ("contact", Left, V30),
            ("license", Left, V30),
            ("summary", Left, V31),
        ],
        ObjectKind::Server => &[
            ("url", Text, V30),
            ("description", Text, V30),
            ("variables", Map(ObjectKind::ServerVariable), V30),
        ],
        ObjectKind::ServerVariable => {
            &[("enum", Texts, V30), ("default", Text, V30), ("description", Text, V30)]
        }
        ObjectKind::Components => &[
            ("schemas", RefMap(ObjectKind::Schema), V30),
            ("responses", RefMap(ObjectKind::Response), V30),
            ("parameters", RefMap(ObjectKind::Parameter), V30),
            ("examples", RefMap(ObjectKind::Example), V30),
            ("requestBodies", RefMap(ObjectKind::RequestBody), V30),
            ("headers", RefMap(ObjectKind::Header), V30),
            ("securitySchemes", RefMap(ObjectKind::SecurityScheme), V30),
            ("links", Left, V30),
            ("callbacks", Left, V30),
            ("pathItems", RefMap(ObjectKind::PathItem), V31),
        ],
        ObjectKind::PathItem => &[
            ("summary", Left, V30),
            ("description", Left, V30),
            ("get", One(ObjectKind::Operation), V30),
            ("put", One(ObjectKind::Operation), V30),
            ("post", One(ObjectKind::Operation), V30),
            ("delete", One(ObjectKind::Operation), V30),
            ("options", One(ObjectKind::Operation), V30),
            ("head", One(ObjectKind::Operation), V30),
            ("patch", One(ObjectKind::Operation), V30),
            ("trace", One(ObjectKind::Operation), V30),
            ("servers", List(ObjectKind::Server), V30),
            ("parameters", RefList(ObjectKind::Parameter), V30),
        ],
        ObjectKind::Operation => &[
            ("tags", Texts, V30),
            ("summary", Text, V30),
            ("description", Text, V30),
            ("externalDocs", Left, V30),
            ("operationId", Text, V30),
            ("parameters", RefList(ObjectKind::Parameter), V30),
            ("requestBody", Ref(ObjectKind::RequestBody), V30),
            ("responses", One(ObjectKind::Responses), V30),
            ("callbacks", Noted("callbacks are calls to us, not operations of a client"), V30),
            ("deprecated", Flag, V30),
            ("security", List(ObjectKind::SecurityRequirement), V30),
            ("servers", List(ObjectKind::Server), V30),
        ],
        ObjectKind::Parameter => &[
            ("name", Text, V30),
            ("in", Text, V30),
            ("description", Text, V30),
            ("required", Flag, V30),
            ("deprecated", Flag, V30),
            ("allowEmptyValue", Flag, V30),
            ("style", Text, V30),
            ("explode", Flag, V30),
            ("allowReserved", Flag, V30),
            ("schema", Ref(ObjectKind::Schema), V30),
            ("example", Any, V30),
            ("examples", RefMap(ObjectKind::Example), V30),
            ("content", Map(ObjectKind::MediaType), V30),
        ],
        ObjectKind::Header => &[
            ("description", Text, V30),
            ("required", Flag, V30),
            ("deprecated", Flag, V30),
            ("allowEmptyValue", Left, V30),
            ("style", Text, V30),
            ("explode", Flag, V30),
            ("allowReserved", Left, V30),
            ("schema", Ref(ObjectKind::Schema), V30),
            ("example", Any, V30),
            ("examples", RefMap(ObjectKind::Example), V30),
            ("content", Map(ObjectKind::MediaType), V30),
        ],
        ObjectKind::RequestBody => &[
            ("description", Text, V30),
            ("content", Map(ObjectKind::MediaType), V30),
            ("required", Flag, V30),
        ],
        ObjectKind::MediaType => &[
            ("schema", Ref(ObjectKind::Schema), V30),
            ("example", Any, V30),
            ("examples", RefMap(ObjectKind::Example), V30),
            ("encoding", Map(ObjectKind::Encoding), V30),
        ],
        ObjectKind::Encoding => &[
            ("contentType", Text, V30),
            ("headers", RefMap(ObjectKind::Header), V30),
            ("style", Text, V30),
            ("explode", Flag, V30),
            ("allowReserved", Flag, V30),
        ],
        ObjectKind::Response => &[
            ("description", Text, V30),
            ("headers", RefMap(ObjectKind::Header), V30),
            ("content", Map(ObjectKind::MediaType), V30),
            ("links", Left, V30),
        ],
        ObjectKind::Example => &[
            ("summary", Text, V30),
            ("description", Text, V30),
            ("value", Any, V30),
            ("externalValue", Left, V30),
        ],
        ObjectKind::Tag => {
            &[("name", Text, V30), ("description", Text, V30), ("externalDocs", Left, V30)]
        }
        ObjectKind::Schema => SCHEMA,
        ObjectKind::Discriminator => &[("propertyName", Text, V30), ("mapping", TextMap, V30)],
        ObjectKind::SecurityScheme => &[
            ("type", Text, V30),
            ("description", Text, V30),
            ("name", Text, V30),
            ("in", Text, V30),
            ("scheme", Text, V30),
            ("bearerFormat", Text, V30),
            ("flows", One(ObjectKind::OAuthFlows), V30),
            ("openIdConnectUrl", Text, V30),
        ],
        ObjectKind::OAuthFlows => &[
            ("implicit", One(ObjectKind::OAuthFlow), V30),
            ("password", One(ObjectKind::OAuthFlow), V30),
            ("clientCredentials", One(ObjectKind::OAuthFlow), V30),
            ("authorizationCode", One(ObjectKind::OAuthFlow), V30),
        ],
        ObjectKind::OAuthFlow => &[
            ("authorizationUrl", Text, V30),
            ("tokenUrl", Text, V30),
            ("refreshUrl", Text, V30),
            ("scopes", TextMap, V30),
        ],
        ObjectKind::Paths | ObjectKind::Responses | ObjectKind::SecurityRequirement => &[],
    }
}

/// Those of a schema beside [`KEYWORDS`].
const SCHEMA: Members = &[
    ("title", Text, V30),
    ("required", Texts, V30),
    ("enum", Anys, V30),
    ("type", TextOrTexts, V30),
    ("allOf", RefList(ObjectKind::Schema), V30),
    ("oneOf", RefList(ObjectKind::Schema), V30),
    ("anyOf", RefList(ObjectKind::Schema), V30),
    ("not", Ref(ObjectKind::Schema), V30),
    ("items", SchemaOrList, V30),
    ("properties", RefMap(ObjectKind::Schema), V30),
    ("additionalProperties", FlagOrSchema, V30),
    ("description", Text, V30),
    ("default", Any, V30),
    ("nullable", Flag, V30),
    ("discriminator", One(ObjectKind::Discriminator), V30),
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
    ("prefixItems", RefList(ObjectKind::Schema), V31),
    ("patternProperties", RefMap(ObjectKind::Schema), V31),
    ("contentSchema", Left, V31),
    ("$comment", Left, V31),
    ("$schema", Left, V31),
    ("$id", Noted("references are resolved as if the schema had no address of its own"), V31),
    ("$anchor", Left, V31),
    ("$dynamicAnchor", Left, V31),
    ("$vocabulary", Left, V31),
    ("$defs", Left, V31),
    ("definitions", Left, V31),
    ("$dynamicRef", Noted(UNCHECKED), V31),
    ("$recursiveRef", Noted(UNCHECKED), V31),
    ("if", Ref(ObjectKind::Schema), V31),
    ("then", Ref(ObjectKind::Schema), V31),
    ("else", Ref(ObjectKind::Schema), V31),
    ("contains", Ref(ObjectKind::Schema), V31),
    ("minContains", Count, V31),
    ("maxContains", Count, V31),
    ("propertyNames", Ref(ObjectKind::Schema), V31),
    ("dependentRequired", Any, V31),
    ("dependentSchemas", RefMap(ObjectKind::Schema), V31),
    ("dependencies", Noted(UNCHECKED), V31),
    ("unevaluatedItems", FlagOrSchema, V31),
    ("unevaluatedProperties", FlagOrSchema, V31),
];

const UNCHECKED: &str = "the vendor checks this; it has no counterpart in a type";

/// Keys that are no member but stand in place of the object or of its reference.
pub(crate) const REFERENCE: &str = "$ref";

/// What the member `key` of an object of that kind holds; `None` when it is not known.
///
/// Objects whose member names the document chooses (paths, responses) are answered by their form.
pub(crate) fn member(kind: ObjectKind, key: &str) -> Option<(MemberShape, Since)> {
    match kind {
        ObjectKind::Paths => Some((Ref(ObjectKind::PathItem), V30)),
        ObjectKind::Responses => Some((Ref(ObjectKind::Response), V30)),
        ObjectKind::SecurityRequirement => Some((Any, V30)),
        _ => members(kind)
            .iter()
            .find(|(name, ..)| *name == key)
            .map(|(_, shape, since)| (*shape, *since))
            .or_else(|| Some((carried(key).filter(|_| kind == ObjectKind::Schema)?, V30))),
    }
}

/// What a keyword of the table holds.
fn carried(key: &str) -> Option<MemberShape> {
    let keyword = KEYWORDS.iter().find(|keyword| keyword.names().any(|name| name == key))?;
    Some(match keyword.holds {
        // A flag beside the bound, or the bound itself (JSON Schema 2020-12).
        _ if key != keyword.name => FlagOrNumber,
        Holds::Text => Text,
        Holds::Count => Count,
        Holds::Number | Holds::Step => Number,
        Holds::Flag => Flag,
    })
}

/// The section of `components` that holds objects of a kind.
pub(crate) const fn section(kind: ObjectKind) -> Option<&'static str> {
    Some(match kind {
        ObjectKind::Schema => "schemas",
        ObjectKind::Response => "responses",
        ObjectKind::Parameter => "parameters",
        ObjectKind::Example => "examples",
        ObjectKind::RequestBody => "requestBodies",
        ObjectKind::Header => "headers",
        ObjectKind::SecurityScheme => "securitySchemes",
        ObjectKind::PathItem => "pathItems",
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
    Object(ObjectKind),
    /// A map, a list or a scalar that is a member of an object.
    Member,
    /// Inside of an extension, an example or an unknown member.
    Free,
}

/// What stands at the place that these tokens lead to.
pub(crate) fn stand(tokens: &[String]) -> Stand {
    let mut kind = ObjectKind::Document;
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        if is_extension(token) {
            return Stand::Free;
        }
        kind = match member(kind, token) {
            Some((MemberShape::One(inner) | MemberShape::Ref(inner), _)) => inner,
            Some((MemberShape::FlagOrSchema, _)) => ObjectKind::Schema,
            // A list of schemas only where a number follows.
            Some((MemberShape::SchemaOrList, _)) => {
                let mut ahead = rest.clone();
                if ahead.next().is_some_and(|next| next.parse::<usize>().is_ok()) {
                    rest = ahead;
                }
                ObjectKind::Schema
            }
            Some((
                MemberShape::List(inner)
                | MemberShape::RefList(inner)
                | MemberShape::Map(inner)
                | MemberShape::RefMap(inner),
                _,
            )) => match rest.next() {
                Some(_) => inner,
                None => return Stand::Member,
            },
            Some((MemberShape::Any | MemberShape::Left | MemberShape::Noted(_), _)) | None => {
                return Stand::Free;
            }
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
            ObjectKind::Document,
            ObjectKind::Info,
            ObjectKind::Components,
            ObjectKind::PathItem,
            ObjectKind::Operation,
            ObjectKind::Parameter,
            ObjectKind::Header,
            ObjectKind::Schema,
            ObjectKind::SecurityScheme,
        ] {
            let mut names: Vec<_> = members(kind).iter().map(|(name, ..)| name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{kind:?}");
        }
    }
}
