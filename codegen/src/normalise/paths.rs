//! Keys of `paths`: absolute, balanced, without query.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Context;
use super::grammar::is_extension;
use crate::pointer::Trail;

/// HTTP methods that a path item can hold.
pub(super) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Longest path that is read, in bytes; servers take no more either.
const LONGEST_ROUTE: usize = 4096;

/// The route that a key of `paths` stands for: what follows `#` only keeps keys apart.
#[must_use]
pub fn route(key: &str) -> &str {
    key.split('#').next().unwrap_or(key)
}

/// Repairs the keys and what hangs on them.
pub(super) fn repair(root: &mut Value, cx: &mut Context<'_>) {
    let Some(Value::Object(paths)) = root.get_mut("paths") else {
        return;
    };
    let top = Trail::root();
    let trail = top.key("paths");
    let old = std::mem::take(paths);
    let mut moved: BTreeMap<String, Value> = BTreeMap::new();
    for (key, item) in old {
        let here = trail.key(&key);
        // Extensions stand among the paths, too; none of them means anything to us.
        if is_extension(&key) {
            continue;
        }
        let Some(plain) = plain(&key, &here, cx) else {
            continue;
        };
        if plain == key {
            paths.insert(key, item);
        } else {
            moved.insert(key, item);
        }
    }
    // In the order of their names, so that the order of the document does not matter.
    for (key, mut item) in moved {
        let here = trail.key(&key);
        let absolute = absolute(&key);
        let (route, query) = cut(&absolute);
        constants(&mut item, query, &here, cx);
        place(paths, route, &absolute, item);
    }
}

/// What a key should be; `None` when it is no route at all, which is reported.
fn plain(key: &str, trail: &Trail<'_>, cx: &mut Context<'_>) -> Option<String> {
    if !key.starts_with('/') {
        cx.fault("relative-path", trail, "a path starts with a slash; one is put in front");
    }
    let absolute = absolute(key);
    let (route, query) = cut(&absolute);
    if route.len() > LONGEST_ROUTE {
        cx.fault(
            "long-path",
            trail,
            format!("longer than {LONGEST_ROUTE} bytes; its operations are left out"),
        );
        return None;
    }
    if !is_balanced(route) {
        cx.fault(
            "unbalanced-path",
            trail,
            "the braces of the template do not match; its operations are left out",
        );
        return None;
    }
    let is_operator = |piece: &str| {
        piece.split_once('}').is_some_and(|(expression, _)| variable(expression) != expression)
    };
    if route.split('{').skip(1).any(is_operator) {
        cx.note(
            "path-template",
            trail,
            "a template knows no operators; its variables are written as their parameters say",
        );
    }
    if query.is_some() {
        cx.fault(
            "query-in-path",
            trail,
            "a path has no query; what is fixed in it is always sent, what varies is a parameter",
        );
    } else if route.len() < absolute.len() {
        cx.fault(
            "fragment-in-path",
            trail,
            "a path has no fragment; it only keeps this path apart and is not sent",
        );
    }
    Some(route.to_owned())
}

fn absolute(key: &str) -> String {
    let key = key.trim();
    if key.starts_with('/') { key.to_owned() } else { format!("/{key}") }
}

/// Route and query of a key. Query templates (`{?a,b}`) are part of the query, too.
fn cut(key: &str) -> (&str, Option<&str>) {
    let key_end = key.find('#').unwrap_or(key.len());
    let key = &key[..key_end];
    if let Some(at) = key.find("{?") {
        return (&key[..at], Some(&key[at..]));
    }
    match key.split_once('?') {
        Some((route, query)) => (route, Some(query)),
        None => (key, None),
    }
}

fn is_balanced(route: &str) -> bool {
    let mut open = false;
    let mut empty = false;
    for letter in route.chars() {
        match letter {
            '{' if open => return false,
            '{' => {
                open = true;
                empty = true;
            }
            '}' if !open || empty => return false,
            '}' => open = false,
            _ => empty = false,
        }
    }
    !open
}

/// Pairs of a query that stood in the key → parameters with one value.
fn constants(item: &mut Value, query: Option<&str>, trail: &Trail<'_>, cx: &mut Context<'_>) {
    let Some(item) = item.as_object_mut() else {
        return;
    };
    let query = query.unwrap_or_default();
    // `{?a,b}` names parameters of the query (RFC 6570 section 3.2.8).
    if query.starts_with("{?") {
        let names = query.split(['{', '?', '&', ',', '*', '}']).filter(|name| !name.is_empty());
        names.for_each(|name| move_to_query(item, name, name));
        return;
    }
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // `?id={id}` says that a parameter of the query is called so.
        if value.contains(['{', '<']) {
            let variable = value.trim_matches(['{', '}', '<', '>']);
            move_to_query(item, variable, name);
            continue;
        }
        let parameter = json!({
            "name": name,
            "in": "query",
            "required": true,
            "schema": {"type": "string", "enum": [value]},
            "x-drawbridge": {"constant": value},
        });
        cx.note(
            "constant-parameter",
            trail,
            format!("`{name}={value}` is sent with every request"),
        );
        let parameters = item.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(parameter);
        }
    }
}

/// Path parameters that belong to a query that stood in the key.
fn move_to_query(item: &mut Map<String, Value>, variable: &str, name: &str) {
    let moved = |parameters: Option<&mut Value>| {
        let parameters = parameters.and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if parameter["in"] == "path" && parameter["name"] == variable {
                parameter["in"] = json!("query");
                parameter["name"] = json!(name);
            }
        }
    };
    moved(item.get_mut("parameters"));
    for method in METHODS {
        moved(item.get_mut(method).and_then(|operation| operation.get_mut("parameters")));
    }
}

/// Puts an item at its route; where that is taken, beside it.
fn place(paths: &mut Map<String, Value>, route: &str, key: &str, item: Value) {
    if !paths.contains_key(route) {
        paths.insert(route.to_owned(), item);
        return;
    }
    let mark = key.get(route.len()..).unwrap_or_default();
    let mark = mark.trim_start_matches(['?', '#']);
    let mut free = format!("{route}#{mark}");
    let mut number = 1;
    while paths.contains_key(&free) {
        number += 1;
        free = format!("{route}#{mark}{number}");
    }
    paths.insert(free, item);
}

/// The name of a variable of a template: the operators of RFC 6570 are not part of it.
#[must_use]
pub fn variable(expression: &str) -> &str {
    let plain = expression.trim_start_matches(['+', '#', '.', '/', ';']).trim_end_matches('*');
    if plain.is_empty() { expression } else { plain }
}

/// Names of the variables of a template, in order, each once.
pub(super) fn variables(route: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = route;
    while let Some(start) = rest.find('{') {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        let name = variable(&rest[start + 1..start + length]);
        if !names.contains(&name) {
            names.push(name);
        }
        rest = &rest[start + length + 1..];
    }
    names
}
