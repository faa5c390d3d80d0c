//! SCIM PatchOp (RFC 7644, 3.5.2) on a resource in JSON.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::Reply;

/// Applies the operations of a PatchOp body.
pub(crate) fn apply(
    call: &Call,
    body: &Map<String, Value>,
    resource: &mut Value,
) -> Result<(), Reply> {
    let table =
        [("schemas", MemberKind::Texts, Need::Must), ("Operations", MemberKind::List, Need::Must)];
    check::members(call, body, &table, Others::Allowed)?;
    for operation in body["Operations"].as_array().into_iter().flatten() {
        let Some(operation) = operation.as_object() else {
            return Err(call.invalid("every operation must be an object", "Operations"));
        };
        one(call, operation, resource)?;
    }
    Ok(())
}

fn one(call: &Call, operation: &Map<String, Value>, resource: &mut Value) -> Result<(), Reply> {
    let op = check::text(operation, "op").unwrap_or("").to_lowercase();
    if !matches!(op.as_str(), "add" | "remove" | "replace") {
        return Err(call.invalid("op must be add, remove or replace", "op"));
    }
    let value = operation.get("value").cloned().unwrap_or(Value::Null);
    let path = check::text(operation, "path").unwrap_or("");
    if path.is_empty() {
        let Value::Object(members) = value else {
            return Err(call.invalid("an operation without path needs an object as value", "value"));
        };
        for (name, value) in members {
            put(resource, &name, value);
        }
        return Ok(());
    }
    if op != "remove" && value.is_null() {
        return Err(call.refuse(400, "MISSING_PARAM", "the operation needs a value", "value"));
    }
    if let Some((list, id)) = selector(path) {
        drop_items(resource, list, &[Value::from(id)]);
        return Ok(());
    }
    match op.as_str() {
        "add" if resource.get(path).is_some_and(Value::is_array) => {
            let added = if let Value::Array(items) = value { items } else { vec![value] };
            if let Some(Value::Array(held)) = resource.get_mut(path) {
                held.extend(added);
            }
        }
        "remove" => match &value {
            Value::Array(items) => {
                let ids: Vec<Value> =
                    items.iter().map(|item| item.get("value").unwrap_or(item).clone()).collect();
                drop_items(resource, path, &ids);
            }
            _ if resource.get(path).is_some_and(Value::is_array) => {
                put(resource, path, Value::Array(Vec::new()));
            }
            _ => put(resource, path, Value::Null),
        },
        _ => put(resource, path, value),
    }
    Ok(())
}

/// `members[value eq "id"]` as list and id.
fn selector(path: &str) -> Option<(&str, &str)> {
    let (list, rest) = path.split_once('[')?;
    let inner = rest.strip_suffix(']')?.trim();
    let id = inner.strip_prefix("value")?.trim_start().strip_prefix("eq")?.trim().trim_matches('"');
    Some((list, id))
}

fn drop_items(resource: &mut Value, list: &str, ids: &[Value]) {
    if let Some(Value::Array(items)) = resource.get_mut(list) {
        items.retain(|item| !ids.contains(item.get("value").unwrap_or(item)));
    }
}

/// Sets a dotted or URN path. Texts `true` and `false` become booleans where a boolean stands.
fn put(resource: &mut Value, path: &str, value: Value) {
    let (parent, name) = if path.starts_with("urn:") {
        match path.rsplit_once(':') {
            Some((urn, name)) if resource.get(path).is_none() => (Some(urn), name),
            _ => (None, path),
        }
    } else {
        path.split_once('.').map_or((None, path), |(parent, name)| (Some(parent), name))
    };
    let holder = match parent {
        Some(parent) => {
            if !resource[parent].is_object() {
                resource[parent] = Value::Object(Map::new());
            }
            &mut resource[parent]
        }
        None => resource,
    };
    let value = match (&value, holder.get(name)) {
        (Value::String(text), Some(Value::Bool(_))) if text.eq_ignore_ascii_case("true") => {
            Value::Bool(true)
        }
        (Value::String(text), Some(Value::Bool(_))) if text.eq_ignore_ascii_case("false") => {
            Value::Bool(false)
        }
        _ => value,
    };
    if let Some(object) = holder.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
