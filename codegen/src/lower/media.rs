//! Media types: what they are, and what of their schemas matters for how they are written.

use serde_json::Value;

use super::Context;

/// Most schemas that are looked at for one answer.
const MOST: usize = 1_000;

/// A media type without parameters, in lower case.
pub(super) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase()
}

pub(super) fn is_json(essence: &str) -> bool {
    matches!(essence, "application/json" | "text/json" | "json")
        || essence.ends_with("+json")
        || essence.ends_with("/json")
}

pub(super) fn is_text(essence: &str) -> bool {
    essence.starts_with("text/")
        || essence.ends_with("+xml")
        || matches!(
            essence,
            "application/xml"
                | "application/yaml"
                | "application/x-yaml"
                | "application/javascript"
                | "application/graphql"
        )
}

/// Media types that are never text, whatever their schema says.
pub(super) fn is_bytes_only(essence: &str) -> bool {
    let kind = essence.split('/').next().unwrap_or_default();
    matches!(kind, "image" | "audio" | "video" | "font")
        || matches!(
            essence,
            "application/octet-stream" | "application/pdf" | "application/zip" | "application/gzip"
        )
}

/// Whether a schema is a string of bytes.
pub(super) fn is_bytes(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str) == Some("binary")
}

/// Whether an object has members that are strings of bytes.
pub(super) fn holds_bytes<'d>(cx: &Context<'d>, schema: &'d Value) -> bool {
    fn holds<'d>(cx: &Context<'d>, schema: &'d Value, member: bool, left: &mut usize) -> bool {
        let Some((rest, schema)) = left.checked_sub(1).zip(cx.resolve(schema)) else {
            return false;
        };
        *left = rest;
        let members = schema.get("properties").and_then(Value::as_object).filter(|_| !member);
        (member && is_bytes(schema))
            || parts(schema).any(|part| holds(cx, part, member, left))
            || schema.get("items").is_some_and(|item| member && holds(cx, item, true, left))
            || members.into_iter().flatten().any(|(_, value)| holds(cx, value, true, left))
    }
    holds(cx, schema, false, &mut MOST.clone())
}

/// Whether the values of a schema are texts, numbers or flags.
pub(super) fn is_scalar<'d>(cx: &Context<'d>, schema: &'d Value) -> bool {
    fn scalar<'d>(cx: &Context<'d>, schema: &'d Value, left: &mut usize) -> bool {
        let Some((rest, schema)) = left.checked_sub(1).zip(cx.resolve(schema)) else {
            return false;
        };
        *left = rest;
        let kind = schema.get("type").and_then(Value::as_str);
        let values = schema.get("enum").and_then(Value::as_array);
        match (kind, values) {
            (Some(kind), _) => matches!(kind, "string" | "integer" | "number" | "boolean"),
            (None, Some(values)) => {
                values.iter().all(|value| !value.is_object() && !value.is_array())
            }
            (None, None) => {
                parts(schema).next().is_some() && parts(schema).all(|part| scalar(cx, part, left))
            }
        }
    }
    scalar(cx, schema, &mut MOST.clone())
}

/// The schemas that one is composed of.
fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
}
