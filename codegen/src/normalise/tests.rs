//! What a document becomes, step by step: input beside output.

mod references;
mod said;

use serde_json::{Value, json};

use super::{Mode, STATED, normalise};
use crate::diagnostics::{Diagnostics, Severity};
use crate::load::Document;

/// The normalised root, or null, and the findings graver than a note.
pub(super) fn normalised(root: Value) -> (Value, String) {
    let (root, diags) = run(root, Mode::Lenient);
    (root, diags.render(Severity::Warning))
}

fn run(mut root: Value, mode: Mode) -> (Value, Diagnostics) {
    if let Value::Object(root) = &mut root
        && root.contains_key("openapi")
    {
        root.entry("info").or_insert_with(|| json!({"title": "t", "version": "1"}));
    }
    let mut diags = Diagnostics::new(mode);
    let document = Document { file: String::new(), root };
    let mut root = normalise(document, mode, &mut diags).map_or(Value::Null, |done| done.root);
    forget_stated(&mut root);
    (root, diags)
}

/// Leaves what became of schemas; what they stated has tests of its own.
fn forget_stated(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove(STATED);
            map.values_mut().for_each(forget_stated);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_stated),
        _ => {}
    }
}

/// What a component schema becomes in a document of OpenAPI 3.1.
fn schema(schema: Value) -> (Value, String) {
    let (root, diags) = normalised(json!({
        "openapi": "3.1.0",
        "paths": {},
        "components": {"schemas": {"A": schema, "Pet": {"type": "object"}}},
    }));
    (root["components"]["schemas"]["A"].clone(), diags)
}

#[test]
fn schemas_of_3_1_are_rewritten() {
    for (input, output) in [
        (
            json!({"type": ["string", "null"], "minLength": 1}),
            json!({"type": "string", "minLength": 1, "nullable": true}),
        ),
        (
            json!({"type": ["integer", "string"], "minimum": 1, "pattern": "a", "description": "d"}),
            json!({"description": "d", "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": "a"},
            ]}),
        ),
        (
            json!({"type": ["number", "integer", "null"]}),
            json!({"anyOf": [{"type": "integer"}, {"type": "number"}], "nullable": true}),
        ),
        (
            json!({"type": ["string", "integer"], "enum": ["a", 1, "b"]}),
            json!({"anyOf": [{"type": "integer", "enum": [1]}, {"type": "string", "enum": ["a", "b"]}]}),
        ),
        (
            json!({"type": ["string", "number", "object", "array", "boolean", "null"]}),
            json!({"nullable": true}),
        ),
        (json!({"type": "null"}), json!({"nullable": true, "enum": [null]})),
        (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
        (json!({"const": null, "description": "d"}), json!({"description": "d", "enum": [null]})),
        (json!({"enum": ["a", null]}), json!({"enum": ["a"], "nullable": true, "type": "string"})),
        (
            json!({"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "null"}]}),
            json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Pet"}]}),
        ),
        (
            json!({"oneOf": [{"type": "string", "description": "inner"}, {"type": "null"}], "description": "outer"}),
            json!({"description": "outer", "nullable": true, "type": "string"}),
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 9, "maximum": 5}),
            json!({"type": "integer", "exclusiveMinimum": true, "maximum": 5, "minimum": 3}),
        ),
        (
            json!({"type": "string", "examples": ["a", "b"]}),
            json!({"type": "string", "example": "a"}),
        ),
        (
            json!({"type": "string", "contentEncoding": "base64"}),
            json!({"type": "string", "format": "byte"}),
        ),
        (json!({"contentMediaType": "image/png"}), json!({"format": "binary", "type": "string"})),
        (
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "items": false}),
            json!({"type": "array", "items": {"type": "string"}}),
        ),
        (
            json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}),
            json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}),
        ),
        (
            json!({"patternProperties": {"^a": {"type": "string"}, "^x-": true}, "additionalProperties": false}),
            json!({"additionalProperties": {"type": "string"}, "type": "object"}),
        ),
        (
            json!({"type": "object", "properties": {"a": true, "b": false}, "if": {}, "$id": "x"}),
            json!({"type": "object", "properties": {"a": {}, "b": {"not": {}}}}),
        ),
    ] {
        let (found, diags) = schema(input.clone());
        assert_eq!(found, output, "{input}");
        assert_eq!(diags, "", "{input}");
    }
}

#[test]
fn faulty_schemas_are_repaired_and_said_so() {
    for (input, output, code) in [
        (json!({"type": "file"}), json!({"type": "string", "format": "binary"}), "unknown-type"),
        (json!({"type": "any"}), json!({}), "unknown-type"),
        (json!({"type": "string", "required": true}), json!({"type": "string"}), "wrong-type"),
        (
            json!({"type": "string", "descripton": "d"}),
            json!({"type": "string"}),
            "unknown-keyword",
        ),
        (
            json!({"type": "string", "enum": [1, true, "a", "a"]}),
            json!({"type": "string", "enum": ["1", "true", "a"]}),
            "enum-type",
        ),
        (
            json!({"type": "array", "items": {"type": "string"}, "enum": ["a"]}),
            json!({"type": "array", "items": {"type": "string", "enum": ["a"]}}),
            "enum-of-array",
        ),
        (json!({"type": "string", "default": []}), json!({"type": "string"}), "default-type"),
        (
            json!({"type": "integer", "default": "7"}),
            json!({"type": "integer", "default": 7}),
            "default-type",
        ),
        (
            json!({"type": "integer", "minimum": "0"}),
            json!({"type": "integer", "minimum": 0}),
            "wrong-type",
        ),
        (
            json!({"type": "string", "nullable": "true"}),
            json!({"type": "string", "nullable": true}),
            "wrong-type",
        ),
        (json!({"type": "string", "maxLength": -1}), json!({"type": "string"}), "wrong-type"),
        (json!({"type": "object", "properties": []}), json!({"type": "object"}), "wrong-type"),
        (
            json!({"type": "object", "properties": {"a": null}}),
            json!({"type": "object", "properties": {"a": {}}}),
            "null-member",
        ),
        (
            json!({"type": "object", "properties": {"a": "string"}}),
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            "wrong-type",
        ),
        (
            json!({"type": "string", "properties": {"a": {}}}),
            json!({"type": "object", "properties": {"a": {}}}),
            "contradicting-type",
        ),
        (
            json!({"oneOf": [], "discriminator": "kind"}),
            json!({"discriminator": {"propertyName": "kind"}}),
            "wrong-type",
        ),
        (
            json!({"allOf": [{"$ref": "#/components/schemas/Gone"}]}),
            json!({"allOf": [{"x-codegen-untyped": "`#/components/schemas/Gone` points at nothing"}]}),
            "dangling-reference",
        ),
        (
            json!({"properties": {"a": {"$ref": "other.yaml#/A"}}}),
            json!({"properties": {"a": {"x-codegen-untyped": "`other.yaml#/A` points into another file, which is not there: only files in the document's folder are read; others are bundled first, for example with `npx @redocly/cli bundle`"}}, "type": "object", "additionalProperties": true}),
            "dangling-reference",
        ),
        (
            json!({"$ref": "#/components/schemas/A"}),
            json!({"x-codegen-untyped": "leads back to itself through `A`"}),
            "reference-cycle",
        ),
        (
            json!({"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]}),
            json!({"allOf": [{"type": "object"}]}),
            "reference-cycle",
        ),
    ] {
        let (found, diags) = schema(input.clone());
        assert_eq!(found, output, "{input}");
        assert!(diags.contains(&format!("warning[{code}]")), "{input}: {diags}");
    }
}

#[test]
fn operations_are_completed() {
    let (root, diags) = normalised(json!({
        "openapi": "3.0.0",
        "paths": {
            "x-stray": 1,
            "stray": "text",
            "/users/{userId}/apps/{app}": {
                "parameters": [
                    {"name": "user_id", "in": "path", "schema": {"type": "integer"}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}}
                ],
                "get": {"parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "boolean"}, "style": "simple"},
                    {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                    {"name": "app", "in": "path"}
                ]},
                "put": {"operationId": "same", "responses": {"2xx": {}, "OK": {}, "default": {}}},
                "post": {"operationId": "same", "responses": {"200": {}}, "parameters": [
                    {"name": "b", "in": "body", "schema": {"type": "object"}}
                ]}
            }
        },
    }));
    let item = &root["paths"]["/users/{userId}/apps/{app}"];
    assert_eq!(item.get("parameters"), None);
    assert_eq!(
        item["get"],
        json!({
            "operationId": "getUsersByUserIdAppsByApp",
            "parameters": [
                {"name": "q", "in": "query", "schema": {"type": "boolean"}},
                {"name": "app", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "userId", "in": "path", "required": true, "schema": {"type": "integer"}},
            ],
            "responses": {},
        })
    );
    assert_eq!(
        item["put"]["responses"],
        json!({"2XX": {"description": ""}, "default": {"description": ""}})
    );
    assert_eq!(item["post"]["operationId"], "same");
    assert_eq!(item["put"]["operationId"], "same_put");
    assert_eq!(
        item["post"]["requestBody"]["content"]["application/json"]["schema"],
        json!({"type": "object"})
    );
    for code in [
        "duplicate-operation-id",
        "renamed-path-parameter",
        "no-responses",
        "status-spelling",
        "style",
        "wrong-type",
    ] {
        assert!(diags.contains(&format!("[{code}]")), "{code} in\n{diags}");
    }
}

#[test]
fn queries_in_paths_become_constants() {
    let (root, diags) = normalised(json!({
        "openapi": "3.0.0",
        "paths": {
            "/rpc?action=b": {"get": {"operationId": "b", "responses": {}}},
            "/rpc?action=a&id={n}": {"get": {"operationId": "a", "responses": {}, "parameters": [
                {"name": "n", "in": "path", "required": true, "schema": {"type": "integer"}}]}},
            "no/slash": {"get": {"operationId": "c", "responses": {}}},
            "/half/{open": {"get": {"operationId": "d", "responses": {}}},
        },
    }));
    let paths = root["paths"].as_object().expect("an object");
    let mut keys: Vec<&str> = paths.keys().map(|key| super::route(key)).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["/no/slash", "/rpc", "/rpc"]);
    assert_eq!(
        paths["/rpc"]["get"]["parameters"],
        json!([
            {"name": "id", "in": "query", "required": true, "schema": {"type": "integer"}},
            {"name": "action", "in": "query", "required": true,
             "schema": {"type": "string", "enum": ["a"]}, "x-drawbridge": {"constant": "a"}},
        ])
    );
    assert!(diags.contains("[relative-path]") && diags.contains("[unbalanced-path]"));
}

#[test]
fn security_is_made_consistent() {
    let (root, diags) = normalised(json!({
        "openapi": "3.0.0",
        "paths": {},
        "security": [{"key": null}, {"gone": []}, {"basic": "read"}],
        "components": {"securitySchemes": {
            "key": {"type": "apiKey", "name": "k", "in": "header"},
            "basic": {"type": "basic"},
            "bad": {"type": "magic"},
        }},
    }));
    assert_eq!(root["security"], json!([{"key": []}, {"basic": ["read"]}]));
    assert_eq!(
        root["components"]["securitySchemes"],
        json!({"key": {"type": "apiKey", "name": "k", "in": "header"},
               "basic": {"type": "http", "scheme": "basic"}})
    );
    assert_eq!(diags.matches("warning").count(), 5, "{diags}");
}

#[test]
fn discriminators_map_to_components() {
    let (found, diags) = schema(json!({
        "oneOf": [{"$ref": "#/components/schemas/Pet"}],
        "discriminator": {"propertyName": "kind", "mapping": {
            "pet": "#/components/schemas/Pet", "also": "Pet", "gone": "Cat"
        }},
    }));
    assert_eq!(
        found["discriminator"]["mapping"],
        json!({"pet": "#/components/schemas/Pet", "also": "#/components/schemas/Pet"})
    );
    assert_eq!(diags.matches("warning[dangling-reference]").count(), 1, "{diags}");
}

#[test]
fn siblings_of_parameter_references_are_merged_in() {
    let (root, diags) = normalised(json!({
        "openapi": "3.0.0",
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"$ref": "#/components/responses/R", "description": "own"}},
            "parameters": [{"$ref": "#/components/parameters/P", "x-drawbridge": {"argument": "q"}}]}}},
        "components": {
            "parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "string"}}},
            "responses": {"R": {"description": "shared"}},
        },
    }));
    assert_eq!(diags, "");
    let get = &root["paths"]["/a"]["get"];
    assert_eq!(
        get["parameters"],
        json!([{"name": "p", "in": "query", "schema": {"type": "string"}, "x-drawbridge": {"argument": "q"}}])
    );
    assert_eq!(get["responses"]["200"], json!({"description": "own"}));
}

#[test]
fn our_extension_is_closed() {
    let (_, diags) = run(
        json!({
            "openapi": "3.0.3",
            "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": ""}},
                "x-drawbridge": {"tol": "a", "tags": "b", "pagination": {"style": "pages", "frist": 1}}}}},
            "x-drawbridge": {"slug": "a"},
        }),
        Mode::Strict,
    );
    let text = diags.to_string();
    for pointer in ["tol", "tags", "pagination/style", "pagination/frist"] {
        let expected = format!("#/paths/~1a/get/x-drawbridge/{pointer}: error[extension]");
        assert!(text.contains(&expected), "{expected} in\n{text}");
    }
    assert_eq!(diags.count(Severity::Error), 4, "{text}");
}

#[test]
fn a_clean_document_gives_no_findings_and_is_a_fixed_point() {
    let clean = json!({
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a/{id}": {"get": {
            "operationId": "getA",
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
        }}},
        "components": {"schemas": {"A": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/A"}}}}},
    });
    let (root, diags) = run(clean.clone(), Mode::Strict);
    assert_eq!(diags.to_string(), "");
    assert_eq!(root, clean);
}

#[test]
fn the_order_of_keys_does_not_matter() {
    fn turned(value: &Value) -> Value {
        match value {
            Value::Object(map) => map.iter().rev().map(|(k, v)| (k.clone(), turned(v))).collect(),
            Value::Array(items) => items.iter().map(turned).collect(),
            other => other.clone(),
        }
    }
    let document = json!({
        "openapi": "3.0.0",
        "paths": {
            "/b/{x}": {"post": {"responses": {"200": {"$ref": "#/paths/~1a/get/responses/200"}}},
                       "get": {"operationId": "same", "responses": {}}},
            "/a": {"get": {"operationId": "same", "responses": {"200": {"description": "d"}}}},
        },
        "components": {"schemas": {
            "B": {"type": "object", "required": ["z", "a"], "properties": {"a": {}, "b": {"$ref": "#/x/q/s"}, "z": {"$ref": "#/x/q"}}},
            "A": {"allOf": [{"$ref": "#/components/schemas/B"}]},
        }},
        "x": {"q": {"type": "object", "s": {"type": "string"}}},
    });
    let (one, diags_one) = normalised(document.clone());
    let (other, diags_other) = normalised(turned(&document));
    assert_eq!(one.to_string(), other.to_string());
    assert_eq!(diags_one, diags_other);
    let properties = &one["components"]["schemas"]["B"]["properties"];
    let names: Vec<&String> = properties.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["z", "a", "b"]);
}
