//! Request bodies and responses: with what openapiv3 asks for, and with content.

use serde_json::{Map, Value, json};

use super::super::Context;
use crate::pointer::Trail;

/// Repairs shared bodies and responses.
pub(super) fn repair_components(root: &mut Value, cx: &mut Context<'_>) {
    let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) else {
        return;
    };
    let top = Trail::root();
    let trail = top.key("components");
    if let Some(Value::Object(responses)) = components.get_mut("responses") {
        let trail = trail.key("responses");
        for (name, response) in responses {
            describe(response, &trail.key(name), cx);
        }
    }
    if let Some(Value::Object(headers)) = components.get_mut("headers") {
        let trail = trail.key("headers");
        headers.retain(|name, header| header_is_whole(header, &trail.key(name), cx));
    }
}

/// Repairs the body and the responses of an operation.
pub(super) fn complete(
    operation: &mut Map<String, Value>,
    trail: &Trail<'_>,
    cx: &mut Context<'_>,
) {
    if let Some(Value::Object(body)) = operation.get("requestBody")
        && !body.contains_key("$ref")
        && body.get("content").and_then(Value::as_object).is_none_or(Map::is_empty)
    {
        cx.fault(
            "empty-body",
            &trail.key("requestBody"),
            "a request body without content; left out",
        );
        operation.shift_remove("requestBody");
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        let trail = trail.key("responses");
        for (status, response) in responses {
            describe(response, &trail.key(status), cx);
        }
    }
}

/// A response has a description, if an empty one, and headers that can be read.
fn describe(response: &mut Value, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(response) = response.as_object_mut() else {
        return;
    };
    if response.contains_key("$ref") {
        return;
    }
    if !response.contains_key("description") {
        // Common, and without consequence.
        response.insert("description".to_owned(), json!(""));
    }
    if let Some(Value::Object(headers)) = response.get_mut("headers") {
        let trail = trail.key("headers");
        headers.retain(|name, header| header_is_whole(header, &trail.key(name), cx));
    }
}

/// A header has a schema; what else it lacks is filled in.
fn header_is_whole(header: &mut Value, trail: &Trail<'_>, cx: &mut Context<'_>) -> bool {
    let Some(header) = header.as_object_mut() else {
        return false;
    };
    if header.contains_key("$ref") {
        return true;
    }
    if header.contains_key("schema") {
        header.shift_remove("content");
    } else if !header.contains_key("content") {
        header.insert("schema".to_owned(), json!({"type": "string"}));
    }
    if header.get("style").is_some_and(|style| style != "simple") {
        cx.fault(
            "style",
            &trail.key("style"),
            "a header is always of style `simple`; read as that",
        );
        header.shift_remove("style");
    }
    true
}
