//! What is said of a document is what becomes of it.

use serde_json::{Value, json};

use super::normalised;

/// The normalised paths, and what was said.
fn paths(paths: Value) -> (Value, String) {
    let (root, said) = normalised(json!({"openapi": "3.0.3", "paths": paths}));
    (root["paths"].clone(), said)
}

fn operation(more: Value) -> Value {
    let mut operation = json!({"operationId": "a", "responses": {"200": {"description": ""}}});
    if let (Value::Object(operation), Value::Object(more)) = (&mut operation, more) {
        operation.extend(more);
    }
    operation
}

#[test]
fn a_path_item_or_operation_that_refers_to_nothing_is_said_to_be_left_out_and_no_more() {
    let (found, said) = paths(json!({
        "/a": {"get": {"$ref": "#/nowhere"}, "put": operation(json!({}))},
        "/b~c": {"$ref": "#/nowhere"},
    }));
    assert_eq!(found["/a"].get("get"), None);
    assert!(found["/a"]["put"].is_object());
    assert_eq!(found.get("/b~c"), None);
    assert_eq!(
        said,
        "#/paths/~1a/get: warning[dangling-reference]: `#/nowhere` points at nothing that could stand here; left out\n\
         #/paths/~1b~0c: warning[dangling-reference]: `#/nowhere` points at nothing that could stand here; left out\n"
    );
}

#[test]
fn a_lost_parameter_does_not_move_the_pointers_of_those_behind_it() {
    let (found, said) = paths(json!({"/a": {"get": operation(json!({"parameters": [
        {"$ref": "#/components/parameters/Gone"},
        {"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/Gone"}},
        {"name": "r", "in": "query", "style": "none", "schema": {}},
    ]}))}}));
    assert_eq!(found["/a"]["get"]["parameters"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        said,
        "#/paths/~1a/get/parameters/0: warning[dangling-reference]: `#/components/parameters/Gone` points at nothing; left out\n\
         #/paths/~1a/get/parameters/1/schema: warning[dangling-reference]: `#/components/schemas/Gone` points at nothing; read as any value\n\
         #/paths/~1a/get/parameters/2/style: warning[style]: a query parameter has no style `none`; the default one is taken\n"
    );
}

#[test]
fn a_lost_server_does_not_move_the_pointers_of_those_behind_it() {
    let (root, said) = normalised(json!({"openapi": "3.0.3", "paths": {}, "servers": [
        {"description": "without an address"},
        {"url": "https://{a}.example.com", "variables": {"a": {"enum": ["b", "c"]}}},
    ]}));
    assert_eq!(root["servers"][0]["variables"]["a"]["default"], "b");
    assert_eq!(
        said,
        "#/servers/0: warning[incomplete-item]: `url` is missing; left out\n\
         #/servers/1/variables/a/default: warning[missing-member]: `default` is missing; read as \"b\"\n"
    );
}

#[test]
fn a_status_that_is_left_out_is_not_said_to_be_read() {
    let (found, said) = paths(json!({"/a": {"get": {"operationId": "a", "responses": {
        "200": {"description": "first"}, "200.0": {"description": "second"}, "2xx": {"description": ""},
    }}}}));
    assert_eq!(found["/a"]["get"]["responses"]["200"]["description"], "first");
    assert!(found["/a"]["get"]["responses"]["2XX"].is_object());
    assert_eq!(
        said,
        "#/paths/~1a/get/responses/200.0: warning[duplicate-status]: a second answer for `200`; left out\n\
         #/paths/~1a/get/responses/2xx: warning[status-spelling]: read as `2XX`\n"
    );
}

#[test]
fn the_variables_of_a_query_in_a_path_become_parameters_of_the_query() {
    let of = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    let (found, said) = paths(json!({
        "/a{?x,y*}": {"get": operation(json!({"parameters": [of("x"), of("y")]}))},
    }));
    let parameters = &found["/a"]["get"]["parameters"];
    assert_eq!((&parameters[0]["in"], &parameters[0]["name"]), (&json!("query"), &json!("x")));
    assert_eq!((&parameters[1]["in"], &parameters[1]["name"]), (&json!("query"), &json!("y")));
    assert!(!said.contains("unused-path-parameter"), "{said}");
}

#[test]
fn a_circle_is_cut_where_it_is_said_to_be_cut() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let (root, said) =
        normalised(json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": {
            "A": to("B"), "B": to("A"),
            "C": {"allOf": [to("C"), {"type": "object"}]},
        }}}));
    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["B"], json!({"x-codegen-untyped": "leads back to itself through `A`"}));
    assert_eq!(schemas["C"], json!({"allOf": [{"type": "object"}]}));
    assert!(said.contains("/B: warning[reference-cycle]: leads back to itself through `A`, without holding anything; read as any value\n"), "{said}");
    assert!(said.contains("/C: warning[reference-cycle]: leads back to itself through `C`, without holding anything; that part is left out\n"), "{said}");
}

#[test]
fn a_name_in_another_file_is_not_said_to_be_a_file_that_is_absent() {
    let (_, said) = paths(json!({"/a": {"get": operation(json!({"parameters": [
        {"name": "q", "in": "query", "schema": {"$ref": "other.yaml#anchor"}},
    ]}))}}));
    assert!(said.contains("`other.yaml#anchor` points at a name in another file, and only JSON pointers into files are followed"), "{said}");
}

#[test]
fn what_stands_beside_the_reference_of_a_component_is_said_to_be_left_out() {
    let (root, diags) = super::run(
        json!({"openapi": "3.1.0", "paths": {}, "components": {"responses": {
            "A": {"description": "a"},
            "B": {"$ref": "#/components/responses/A", "description": "b"},
        }}}),
        super::Mode::Strict,
    );
    let responses = &root["components"]["responses"];
    assert_eq!(responses["B"], json!({"$ref": "#/components/responses/A"}));
    let said = diags.to_string();
    assert!(said.contains("#/components/responses/B: note[lost-siblings]: "), "{said}");
}
