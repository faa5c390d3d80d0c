//! References and what stands beside them.

use serde_json::json;

use super::{normalised, schema};

#[test]
fn what_stands_beside_a_reference_is_kept() {
    let pet = json!({"$ref": "#/components/schemas/Pet"});
    let (found, diags) = schema(json!({"properties": {
        "plain": {"$ref": "#/components/schemas/Pet", "nullable": false},
        "said": {"$ref": "#/components/schemas/Pet", "description": "d", "nullable": true},
        "bare": "#/components/schemas/Pet",
        "named": {"$ref": "Pet"},
        "encoded": {"$ref": "#/components/schemas/%50et"},
    }}));
    assert_eq!(
        found["properties"],
        json!({
            "plain": pet,
            "said": {"description": "d", "nullable": true, "allOf": [pet]},
            "bare": pet,
            "named": pet,
            "encoded": pet,
        })
    );
    assert_eq!(diags.matches("warning").count(), 1, "{diags}");
}

#[test]
fn what_references_point_at_elsewhere_becomes_a_component() {
    let (root, diags) = normalised(json!({
        "openapi": "3.0.0",
        "paths": {"/pets": {
            "get": {"operationId": "a", "responses": {"200": {"description": "", "content": {
                "application/json": {"schema": {"type": "object", "properties": {
                    "next": {"$ref": "#/paths/~1pets/get/responses/200/content/application~1json/schema"},
                    "id": {"$ref": "#/components/schemas/Pet/properties/id"}
                }}}
            }}}},
            "put": {"operationId": "b", "responses": {
                "200": {"$ref": "#/paths/~1pets/get/responses/200"}
            }}
        }},
        "components": {"schemas": {"Pet": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    }));
    assert_eq!(diags, "");
    let schemas = &root["components"]["schemas"];
    assert_eq!(schemas["PetId"], json!({"type": "string"}));
    assert_eq!(schemas["Pet"]["properties"]["id"], json!({"$ref": "#/components/schemas/PetId"}));
    assert_eq!(
        root["paths"]["/pets"]["put"]["responses"]["200"],
        root["paths"]["/pets"]["get"]["responses"]["200"]
    );
    let name = "PetsGet200ApplicationJson";
    let recursive = schemas
        .as_object()
        .and_then(|schemas| schemas.iter().find(|(key, _)| key.starts_with("PetsGet200")))
        .map(|(key, schema)| (key.clone(), schema.clone()));
    let (key, schema) = recursive.unwrap_or_else(|| panic!("{name} in {root:#}"));
    assert_eq!(
        schema["properties"]["next"],
        json!({"$ref": format!("#/components/schemas/{key}")})
    );
}

#[test]
fn what_stands_beside_a_reference_can_be_referred_to() {
    let place = "#/components/schemas/A/$defs/Node";
    let (root, diags) = normalised(json!({
        "openapi": "3.1.0",
        "paths": {},
        "components": {"schemas": {"A": {
            "$ref": place,
            "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": place}}}},
        }}},
    }));
    assert_eq!(diags, "");
    let node =
        json!({"type": "object", "properties": {"next": {"$ref": "#/components/schemas/ANode"}}});
    assert_eq!(root["components"]["schemas"]["ANode"], node, "{root:#}");
}

#[test]
fn client_certificates_are_no_matter_of_requests() {
    let (root, diags) = normalised(json!({
        "openapi": "3.1.0",
        "security": [{"certificate": [], "key": []}, {"certificate": []}],
        "paths": {},
        "components": {"securitySchemes": {
            "certificate": {"type": "mutualTLS"},
            "key": {"type": "http", "scheme": "bearer"},
        }},
    }));
    assert_eq!(diags, "");
    assert_eq!(root["security"], json!([{"key": []}, {}]));
}

#[test]
fn references_that_may_not_stand_somewhere_are_put_in_place() {
    let (root, diags) = normalised(json!({
        "openapi": "3.1.0",
        "paths": {
            "/a": {"$ref": "#/components/pathItems/A"},
            "/b": {"post": {"operationId": "b", "requestBody": {"content": {"$ref": "#/x-content"}}, "responses": {"204": null}}}
        },
        "components": {
            "pathItems": {"A": {"get": {"operationId": "a", "responses": {"200": {}}}}},
            "schemas": {"P": {"type": "object", "properties": {"$ref": "#/components/schemas/Q/properties"}}, "Q": {"type": "object", "properties": {"x": {}}}}
        },
        "x-content": {"text/plain": null},
    }));
    assert_eq!(root["paths"]["/a"]["get"]["operationId"], "a");
    assert_eq!(root["paths"]["/b"]["post"]["requestBody"]["content"], json!({"text/plain": {}}));
    assert_eq!(root["components"]["schemas"]["P"]["properties"], json!({"x": {}}));
    assert_eq!(diags.matches("warning").count(), 2, "{diags}");
}

#[test]
fn a_path_item_may_be_another_one_and_each_keeps_its_own_name() {
    let get = json!({"get": {"operationId": "readIt", "responses": {"200": {}}}});
    let (root, diags) = normalised(json!({
        "openapi": "3.1.0",
        "paths": {
            "/test": get,
            // The beginning of a name is no ancestor, and what is put first keeps the id.
            "/test2": {"$ref": "#/paths/~1test"},
            "/a": {"$ref": "#/paths/~1test"},
            "/a/{id}": {"$ref": "#/paths/~1a~1%7Bid%7D"},
            "/one": {"$ref": "#/components/pathItems/Shared"},
            "/two": {"$ref": "#/components/pathItems/Shared"},
        },
        "components": {"pathItems": {"Shared": {"post": {"operationId": "share", "responses": {"200": {}}}}}},
    }));
    let id = |path: &str, method: &str| root["paths"][path][method]["operationId"].clone();
    assert_eq!(id("/test", "get"), "readIt");
    assert_eq!(id("/test2", "get"), "getTest2");
    assert_eq!(id("/a", "get"), "getA");
    assert_eq!((id("/one", "post"), id("/two", "post")), (json!("share"), json!("postTwo")));
    assert_eq!(diags.matches("dangling").count(), 1, "only the one that is itself: {diags}");
}

#[test]
fn local_definitions_are_found() {
    let (root, diags) = normalised(json!({
        "openapi": "3.1.0",
        "paths": {},
        "components": {"schemas": {"A": {
            "$defs": {"B": {"type": "string"}},
            "properties": {"b": {"$ref": "#/$defs/B"}, "c": {"$ref": "#/components/schemas/A/$defs/B"}, "d": {"$ref": "#/definitions/A"}}
        }}},
    }));
    assert_eq!(diags, "");
    let properties = &root["components"]["schemas"]["A"]["properties"];
    assert_eq!(properties["b"], properties["c"]);
    assert_eq!(properties["d"], json!({"$ref": "#/components/schemas/A"}));
}
