//! Tokens as models count them: o200k, the encoding of current OpenAI models; others differ by some
//! percent.

use serde_json::{Value, json};
use tiktoken_rs::o200k_base_singleton;

use crate::render::schema::Entry;

/// Tokens of a text.
#[must_use]
pub fn count(text: &str) -> usize {
    o200k_base_singleton().encode_ordinary(text).len()
}

/// Tokens of what every client forwards to its model: name, description, input schema.
#[must_use]
pub fn listed(entry: &Entry) -> usize {
    count(&object(
        json!({"name": entry.name, "description": entry.description, "inputSchema": entry.input}),
    ))
}

/// Tokens of the whole tool object.
#[must_use]
pub fn whole(entry: &Entry) -> usize {
    count(&object(json!({
        "name": entry.name, "title": entry.title, "description": entry.description, "inputSchema": entry.input,
        "outputSchema": entry.output, "annotations": entry.annotations,
    })))
}

#[expect(clippy::needless_pass_by_value, reason = "made for this call")]
fn object(value: Value) -> String {
    value.to_string()
}
