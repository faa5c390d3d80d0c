//! Parameters: whole, each once, exactly those of the path template.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::paths::variables;
use super::super::{Context, UNTYPED};
use crate::pointer::{self, Trail};

/// Header parameters that OpenAPI says to leave to other parts of the document.
const FOREIGN_HEADERS: [&str; 2] = ["accept", "content-type"];

/// Repairs shared parameters.
pub(super) fn repair_components(root: &mut Value, cx: &mut Context<'_>) {
    let Some(Value::Object(shared)) =
        root.get_mut("components").and_then(|components| components.get_mut("parameters"))
    else {
        return;
    };
    let top = Trail::root();
    let components = top.key("components");
    let trail = components.key("parameters");
    shared.retain(|name, parameter| {
        let trail = trail.key(name);
        parameter.as_object_mut().is_some_and(|parameter| is_whole(parameter, &trail, cx))
    });
}

/// Gives an operation all of its parameters: its own, those of the path, those of the template.
pub(super) fn complete(
    root: &Value,
    operation: &mut Map<String, Value>,
    shared: &[Value],
    route: &str,
    trail: &Trail<'_>,
    cx: &mut Context<'_>,
) {
    let at = trail.key("parameters");
    let own = match operation.shift_remove("parameters") {
        Some(Value::Array(own)) => own,
        _ => Vec::new(),
    };
    let count = own.len();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for (index, mut parameter) in own.into_iter().chain(shared.iter().cloned()).enumerate() {
        // A reference that led nowhere, as was said.
        if parameter.get(UNTYPED).is_some() {
            continue;
        }
        let here = at.index(index);
        let inherited = index >= count;
        if let Some(parameter) = parameter.as_object_mut()
            && !parameter.contains_key("$ref")
            && !is_whole(parameter, &here, cx)
        {
            body_of_swagger(operation, parameter, &here, cx);
            continue;
        }
        let Some((location, name)) = identity(root, &parameter) else {
            if !inherited {
                cx.fault("unreadable-parameter", &here, "refers to what cannot be read; left out");
            }
            continue;
        };
        let key = match location.as_str() {
            "header" => name.to_ascii_lowercase(),
            _ => name.clone(),
        };
        if location == "header" && FOREIGN_HEADERS.contains(&key.as_str()) {
            cx.note(
                "media-type-header",
                &here,
                format!("`{name}` follows from the media types; it is no argument"),
            );
            continue;
        }
        if !seen.insert((location, key)) {
            if !inherited {
                cx.fault(
                    "duplicate-parameter",
                    &here,
                    format!("a second `{name}` in the same place; left out"),
                );
            }
            continue;
        }
        kept.push(parameter);
    }
    template(root, &mut kept, route, &at, cx);
    if !kept.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(kept));
    }
}

/// Path parameters are those of the template, no more and no less.
fn template(
    root: &Value,
    kept: &mut Vec<Value>,
    route: &str,
    trail: &Trail<'_>,
    cx: &mut Context<'_>,
) {
    let variables = variables(route);
    let declared: Vec<Option<String>> = kept
        .iter()
        .map(|parameter| {
            identity(root, parameter)
                .filter(|(location, _)| location == "path")
                .map(|(_, name)| name)
        })
        .collect();
    let mut missing: Vec<&str> = variables
        .iter()
        .filter(|name| !declared.iter().flatten().any(|d| d == *name))
        .copied()
        .collect();
    let extra: Vec<usize> = declared
        .iter()
        .enumerate()
        .filter(|(_, name)| name.as_ref().is_some_and(|name| !variables.contains(&name.as_str())))
        .map(|(index, _)| index)
        .collect();

    // One too few and one too many: the same, spelled in two ways.
    if let ([name], [index]) = (missing.as_slice(), extra.as_slice()) {
        let was = declared[*index].clone().unwrap_or_default();
        if let Some(mut whole) = resolved(root, &kept[*index]).cloned() {
            whole.insert("name".to_owned(), json!(name));
            kept[*index] = Value::Object(whole);
            cx.fault(
                "renamed-path-parameter",
                trail,
                format!("`{was}` is called `{name}` in the path; read as `{name}`"),
            );
            return;
        }
    }
    for index in &extra {
        let name = declared[*index].as_deref().unwrap_or_default();
        cx.fault(
            "unused-path-parameter",
            trail,
            format!("`{name}` is declared but not part of the path; left out"),
        );
    }
    let extra: BTreeSet<usize> = extra.into_iter().collect();
    let mut index = 0;
    kept.retain(|_| {
        index += 1;
        !extra.contains(&(index - 1))
    });
    for name in missing.drain(..) {
        cx.fault(
            "undeclared-path-parameter",
            trail,
            format!("`{name}` is part of the path but not declared; added as text"),
        );
        kept.push(json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": {"type": "string"},
        }));
    }
}

/// Repairs a parameter; the answer is whether it can be used.
fn is_whole(parameter: &mut Map<String, Value>, trail: &Trail<'_>, cx: &mut Context<'_>) -> bool {
    if parameter.contains_key("$ref") {
        return true;
    }
    let name = parameter.get("name").and_then(Value::as_str);
    if name.is_none_or(str::is_empty) {
        cx.fault("incomplete-parameter", trail, "no name; left out");
        return false;
    }
    let lower = parameter
        .get("in")
        .and_then(Value::as_str)
        .map(|location| location.trim().to_ascii_lowercase());
    let styles: &[&str] = match lower.as_deref() {
        Some("path") => &["simple", "label", "matrix"],
        Some("query") => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        Some("header") => &["simple"],
        Some("cookie") => &["form"],
        found => {
            if found != Some("body") {
                cx.fault(
                    "incomplete-parameter",
                    trail,
                    "in none of path, query, header and cookie; left out",
                );
            }
            return false;
        }
    };
    let location = lower.unwrap_or_default();
    parameter.insert("in".to_owned(), json!(location));
    if location == "path" && parameter.get("required") != Some(&json!(true)) {
        parameter.insert("required".to_owned(), json!(true));
        cx.fault(
            "optional-path-parameter",
            trail,
            "not said to be required; read as required, as every path parameter is",
        );
    }
    if let Some(style) = parameter.get("style").and_then(Value::as_str)
        && !styles.contains(&style)
    {
        cx.fault(
            "style",
            &trail.key("style"),
            format!("a {location} parameter has no style `{style}`; the default one is taken"),
        );
        parameter.shift_remove("style");
    }
    let has_content = parameter
        .get("content")
        .and_then(Value::as_object)
        .is_some_and(|content| !content.is_empty());
    match (parameter.contains_key("schema"), has_content) {
        (true, false) | (false, true) => {}
        (true, true) => {
            cx.fault("schema-and-content", trail, "both `schema` and `content`; the schema counts");
        }
        (false, false) => {
            cx.fault("untyped-parameter", trail, "neither `schema` nor `content`; read as text");
            parameter.insert("schema".to_owned(), json!({"type": "string"}));
        }
    }
    if parameter.contains_key("schema") {
        parameter.shift_remove("content");
    }
    true
}

/// A body parameter of Swagger 2.0 in a document of 3.x → the request body.
fn body_of_swagger(
    operation: &mut Map<String, Value>,
    parameter: &mut Map<String, Value>,
    trail: &Trail<'_>,
    cx: &mut Context<'_>,
) {
    let is_body = parameter.get("in").and_then(Value::as_str) == Some("body");
    if !is_body {
        return;
    }
    let schema = parameter.shift_remove("schema").unwrap_or_else(|| json!({}));
    if operation.contains_key("requestBody") {
        cx.fault("second-body", trail, "a body parameter beside a request body; left out");
        return;
    }
    cx.fault(
        "swagger-body",
        trail,
        "a body parameter (Swagger 2.0 wrote it so); read as the request body",
    );
    let required = parameter.get("required") == Some(&json!(true));
    operation.insert(
        "requestBody".to_owned(),
        json!({"required": required, "content": {"application/json": {"schema": schema}}}),
    );
}

/// Location and name of a parameter, through references.
fn identity(root: &Value, parameter: &Value) -> Option<(String, String)> {
    let whole = resolved(root, parameter)?;
    let location = whole.get("in")?.as_str()?;
    let name = whole.get("name")?.as_str()?;
    matches!(location, "path" | "query" | "header" | "cookie")
        .then(|| (location.to_owned(), name.to_owned()))
}

fn resolved<'v>(root: &'v Value, parameter: &'v Value) -> Option<&'v Map<String, Value>> {
    const MAX_HOPS: usize = 32;
    let mut node = parameter.as_object()?;
    for _ in 0..MAX_HOPS {
        let Some(reference) = node.get("$ref").and_then(Value::as_str) else {
            return Some(node);
        };
        let (section, name) = pointer::component(reference)?;
        node = root["components"][section].get(name.as_ref())?.as_object()?;
    }
    None
}
