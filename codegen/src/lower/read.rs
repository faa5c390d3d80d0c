//! Reading one node into its openapiv3 type, without what hangs below it.

use openapiv3::{AnySchema, SchemaData};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Context;
use crate::keywords::{KEYWORDS, Keyword};
use crate::pointer::Trail;

/// The keywords of `AnySchema` that decide what is made of a schema; those that are only carried,
/// the table of keywords has.
const SCALAR_KEYWORDS: [&str; 3] = ["type", "required", "enum"];

/// The keywords of `SchemaData` that say something to a client.
const DATA_KEYWORDS: [&str; 9] = [
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "title",
    "description",
    "discriminator",
    "default",
    super::extension::NAME,
];

/// A schema's own keywords.
pub(super) struct Shallow {
    /// What it says about values; child schemas are left out and walked on their own.
    pub(super) keywords: AnySchema,
    /// What it says about itself.
    pub(super) data: SchemaData,
}

/// Reads a schema's own keywords.
pub(super) fn schema(map: &Map<String, Value>) -> Result<Shallow, String> {
    let carried = KEYWORDS.iter().flat_map(Keyword::names);
    let scalars: Vec<&str> = SCALAR_KEYWORDS.into_iter().chain(carried).collect();
    Ok(Shallow {
        keywords: parse(Value::Object(pick(map, &scalars)))?,
        data: parse(Value::Object(pick(map, &DATA_KEYWORDS)))?,
    })
}

impl Context<'_> {
    /// Reads the named members of an object into a type; a fault when they do not fit.
    pub(super) fn object<T: DeserializeOwned>(
        &mut self,
        value: &Value,
        members: &[&str],
        trail: &Trail<'_>,
    ) -> Option<T> {
        let found = value.as_object().map(|map| pick(map, members));
        match found
            .ok_or_else(|| "is no object".to_owned())
            .and_then(|found| parse(Value::Object(found)))
        {
            Ok(read) => Some(read),
            Err(reason) => {
                self.fault("unreadable-object", trail, format!("{reason}; left out"));
                None
            }
        }
    }
}

/// Reads a whole value into a type; the error says where it does not fit.
pub(super) fn parse<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        if path == "." { error.inner().to_string() } else { format!("`{path}`: {}", error.inner()) }
    })
}

fn pick(map: &Map<String, Value>, members: &[&str]) -> Map<String, Value> {
    members
        .iter()
        .filter_map(|key| map.get(*key).map(|value| ((*key).to_owned(), value.clone())))
        .collect()
}

/// Text of a document with Unix line ends and without outer space.
pub(super) fn text(text: &str) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
    } else {
        text.trim().to_owned()
    }
}

/// The first paragraph of a text, on one line, and the rest.
pub(super) fn paragraphs(whole: &str) -> (String, String) {
    let whole = text(whole);
    let (first, rest) = match whole.split_once("\n\n") {
        Some((first, rest)) => (first, rest.trim()),
        None => (whole.as_str(), ""),
    };
    (first.split_whitespace().collect::<Vec<_>>().join(" "), rest.to_owned())
}
