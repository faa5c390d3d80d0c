//! The API's own document says what the router does.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::admin::DOCUMENT;

/// Method and path of every route in the sources of the admin API.
fn routes() -> BTreeSet<String> {
    // However it is broken into lines.
    let source: String = include_str!("../admin.rs").split_whitespace().collect();
    let mut routes = BTreeSet::new();
    for rest in source.split(".route(").skip(1) {
        let (_, rest) = rest.split_once('"').unwrap();
        let (path, handlers) = rest.split_once('"').unwrap();
        let handlers = handlers.split(".route").next().unwrap().split(';').next().unwrap();
        for method in ["get", "post", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    routes
}

#[test]
fn every_route_is_documented_and_nothing_else_is() {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .filter(|key| *key != "parameters")
                .map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(documented, routes());
}
