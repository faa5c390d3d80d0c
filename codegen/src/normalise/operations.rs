//! Operations made complete: parameters, responses, bodies, and an id for each.

mod bodies;
mod ids;
mod parameters;

use serde_json::{Map, Value, json};

use super::Context;
use super::grammar::is_extension;
use super::paths::{METHODS, route};
use crate::pointer::Trail;

/// Repairs what operations share, and removes what cannot be used.
pub(super) fn repair_shared(root: &mut Value, cx: &mut Context<'_>) {
    parameters::repair_components(root, cx);
    bodies::repair_components(root, cx);
}

/// Completes every operation.
pub(super) fn complete(root: &mut Value, cx: &mut Context<'_>) {
    let Some(Value::Object(mut paths)) = root.get_mut("paths").map(Value::take) else {
        return;
    };
    let top = Trail::root();
    let trail = top.key("paths");
    for (key, item) in &mut paths {
        let Some(item) = item.as_object_mut().filter(|_| !is_extension(key)) else {
            continue;
        };
        let trail = trail.key(key);
        let shared = match item.shift_remove("parameters") {
            Some(Value::Array(shared)) => shared,
            _ => Vec::new(),
        };
        for method in METHODS {
            let Some(Value::Object(operation)) = item.get_mut(method) else {
                continue;
            };
            let trail = trail.key(method);
            parameters::complete(root, operation, &shared, route(key), &trail, cx);
            bodies::complete(operation, &trail, cx);
            responses(operation, &trail, cx);
        }
    }
    ids::complete(&mut paths, cx);
    if let Some(place) = root.get_mut("paths") {
        *place = Value::Object(paths);
    }
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) {
        components.shift_remove("pathItems");
    }
}

/// Status codes that are some, and at least one answer.
fn responses(operation: &mut Map<String, Value>, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let at = trail.key("responses");
    if !operation.get("responses").is_some_and(Value::is_object) {
        cx.fault(
            "no-responses",
            &at,
            "the operation declares no answers; the typed client reads them as empty",
        );
        operation.insert("responses".to_owned(), json!({}));
    }
    let Some(Value::Object(responses)) = operation.get_mut("responses") else {
        return;
    };
    let old = std::mem::take(responses);
    for (key, response) in old {
        if key == "default" || is_extension(&key) {
            responses.insert(key, response);
            continue;
        }
        match status(&key) {
            Some(status) => {
                if responses.contains_key(&status) {
                    cx.fault(
                        "duplicate-status",
                        &at.key(&key),
                        format!("a second answer for `{status}`; left out"),
                    );
                } else {
                    if status != key {
                        cx.fault("status-spelling", &at.key(&key), format!("read as `{status}`"));
                    }
                    responses.insert(status, response);
                }
            }
            None => cx.fault(
                "unknown-status",
                &at.key(&key),
                "no status: three digits, `2XX` or `default`; left out",
            ),
        }
    }
}

/// A status as OpenAPI writes it.
fn status(key: &str) -> Option<String> {
    let key = key.trim().to_ascii_uppercase();
    let key = key.strip_suffix(".0").unwrap_or(&key);
    let bytes = key.as_bytes();
    if bytes.len() != 3 || !matches!(bytes[0], b'1'..=b'5') {
        // Codes from 600 do exist, rarely.
        let own = bytes.len() == 3 && bytes.iter().all(u8::is_ascii_digit) && bytes[0] >= b'6';
        return own.then(|| key.to_owned());
    }
    let range = &bytes[1..] == b"XX";
    let code = bytes[1..].iter().all(u8::is_ascii_digit);
    (range || code).then(|| key.to_owned())
}
