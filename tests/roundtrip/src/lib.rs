//! Round trips: samples of what a document admits, decoded by the generated types, encoded and
//! compared.
//!
//! The samples are made from the document itself, by a reading of it that shares nothing with the
//! generator.

mod check;
mod compare;
mod sample;

use std::fmt::Debug;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use check::{Report, check};
pub use compare::{Nulls, difference};
pub use sample::{Extent, Sampler};

/// One operation of a generated crate.
#[derive(Debug)]
pub struct Row {
    /// The HTTP method.
    pub method: &'static str,
    /// The path template.
    pub path: &'static str,
    /// The JSON body.
    pub body: Option<Trip>,
    /// What a 2xx answer brings.
    pub success: &'static [Answer],
    /// What any other answer brings.
    pub failure: &'static [Answer],
}

/// What an answer with one of these statuses brings.
#[derive(Debug)]
pub struct Answer {
    /// The lowest status.
    pub first: u16,
    /// The highest.
    pub last: u16,
    /// `json`, `optional_json`, `text`, `binary` or `empty`.
    pub kind: &'static str,
    /// For JSON.
    pub trip: Option<Trip>,
}

/// Decodes and encodes.
pub type Trip = fn(&Value) -> Result<Value, String>;

/// There and back again through `T`.
///
/// # Errors
/// Why the value does not decode, or not encode; or that an object in it is of no variant of its
/// union.
pub fn trip<T: Serialize + DeserializeOwned + Debug>(value: &Value) -> Result<Value, String> {
    // By text, as answers arrive.
    let decoded: T = serde_json::from_str(&value.to_string())
        .map_err(|error| format!("does not decode: {error}"))?;
    let shown = format!("{decoded:?}");
    if let Some(at) = shown.find("Unknown(Object") {
        return Err(format!(
            "no variant fits: {}",
            shown[at..].chars().take(200).collect::<String>()
        ));
    }
    serde_json::to_value(&decoded).map_err(|error| format!("does not encode: {error}"))
}

impl Row {
    /// The answer for a status.
    #[must_use]
    pub fn answer(&self, status: u16) -> Option<&Answer> {
        let answers = if (200..300).contains(&status) { self.success } else { self.failure };
        answers.iter().find(|answer| (answer.first..=answer.last).contains(&status))
    }
}

/// A document, JSON or YAML.
///
/// # Errors
/// When it cannot be read.
pub fn document(path: &Path) -> Result<Value, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if path.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(&text).map_err(|error| error.to_string());
    }
    serde_yaml::from_str(&text).map_err(|error| error.to_string())
}
