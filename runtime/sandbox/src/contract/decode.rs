//! From the texts of paths, queries and forms to JSON values.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::multipart::Form;

/// How a parameter is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParameterShape {
    Scalar(Scalar),
    /// Repeated (exploded) or joined by commas.
    Array {
        item: Scalar,
        exploded: bool,
    },
    /// An exploded object: its members stand for themselves.
    OpenObject,
    /// JSON in a text.
    Json,
}

/// What a single text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Text,
    Number,
    Flag,
}

impl ParameterShape {
    /// The shape of a parameter with this schema.
    pub(super) fn of(schema: &Value, exploded: bool) -> Self {
        match schema["type"].as_str() {
            Some("array") => Self::Array { item: Scalar::of(&schema["items"]), exploded },
            Some("object") if exploded => Self::OpenObject,
            Some("object") => Self::Json,
            _ => Self::Scalar(Scalar::of(schema)),
        }
    }

    pub(super) fn decode(&self, texts: &[&str]) -> Value {
        match self {
            Self::Scalar(scalar) => scalar.decode(texts.first().copied().unwrap_or("")),
            Self::Array { item, exploded: true } => {
                texts.iter().map(|text| item.decode(text)).collect()
            }
            Self::Array { item, exploded: false } => texts
                .iter()
                .flat_map(|text| text.split(','))
                .map(|text| item.decode(text))
                .collect(),
            Self::OpenObject => Value::Object(Map::new()),
            Self::Json => texts
                .first()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or(Value::Null),
        }
    }
}

impl Scalar {
    fn of(schema: &Value) -> Self {
        let named = |name: &str| {
            schema["type"] == name
                || schema["type"]
                    .as_array()
                    .is_some_and(|kinds| kinds.iter().any(|kind| kind == name))
        };
        if named("integer") || named("number") {
            Self::Number
        } else if named("boolean") {
            Self::Flag
        } else {
            Self::Text
        }
    }

    /// A text that does not fit stays a text, for the schema to refuse.
    fn decode(self, text: &str) -> Value {
        let read = match self {
            Self::Text => None,
            Self::Number => serde_json::from_str::<Value>(text).ok().filter(Value::is_number),
            Self::Flag => text.parse::<bool>().ok().map(Value::from),
        };
        read.unwrap_or_else(|| text.into())
    }
}

/// The parameters in a path that fits a template.
pub(super) fn path_parameters(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let mut params = Vec::new();
    for (want, have) in wanted.into_iter().zip(given) {
        match want.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !have.is_empty() => {
                params.push((
                    name.to_owned(),
                    percent_decode_str(have).decode_utf8_lossy().into_owned(),
                ));
            }
            None if want == have => {}
            _ => return None,
        }
    }
    Some(params)
}

/// The parts of a form as an object: JSON where the schema wants more than a text.
pub(super) fn form_object(form: &Form, schema: &Value) -> Value {
    let mut object = Map::new();
    for part in &form.parts {
        let text = String::from_utf8_lossy(&part.content).into_owned();
        let wanted = &schema["properties"][part.name.as_str()]["type"];
        let structured =
            matches!(wanted.as_str(), Some("object" | "array" | "integer" | "number" | "boolean"));
        let value = if structured {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        } else {
            Value::String(text)
        };
        object.insert(part.name.clone(), value);
    }
    object.into()
}
