//! What a body of several forms lists, and what a parameter has to hold.

use codegen::diagnostics::Mode;
use codegen::load::Document;
use codegen::render::schema::{Entry, entries};
use codegen::{Layout, Options, generate};
use serde_json::{Value, json};

/// The only tool of a document of these paths and schemas.
fn entry(paths: &Value, schemas: &Value) -> Entry {
    let mut root = json!({
        "openapi": "3.1.0",
        "info": {"title": "Forms", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "paths": paths,
    });
    if !schemas.is_null() {
        root["components"] = json!({"schemas": schemas});
    }
    let options = Options {
        mode: Mode::Lenient,
        name: "forms".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    let document = Document { file: "forms.json".to_owned(), root };
    let (output, _) = generate(document, None, &options);
    entries(&output.expect("something").api).remove(0)
}

/// The listed members of the tool whose body has this schema.
fn listed(body: &Value, schemas: &Value) -> Value {
    let content = json!({"application/json": {"schema": body}});
    let post = json!({"operationId": "opX", "requestBody": {"required": true, "content": content},
        "responses": {"204": {"description": "done"}}});
    entry(&json!({"/x": {"post": post}}), schemas).input["properties"].clone()
}

/// Three steps, each with other members.
fn steps() -> Value {
    let step = |tag: &str, required: Value, members: Value| {
        json!({"type": "object", "required": ["step", "with"], "properties": {
            "step": {"type": "string", "enum": [tag]},
            "with": {"type": "object", "required": required, "properties": members}}})
    };
    let date = json!({"type": "string", "format": "date"});
    json!({
        "End": step("end", json!(["on"]), json!({"on": date, "record": {"type": "string"}})),
        "Extend": step("extend", json!(["months"]), json!({"months": {"type": "integer"}})),
        "Undo": {"type": "object", "required": ["step", "of"], "properties": {
            "step": {"type": "string", "enum": ["undo"]}, "of": {"type": "string"}, "why": {"type": "string"}}},
    })
}

#[test]
fn what_differs_by_form_is_listed_with_what_goes_with_each() {
    let forms = ["End", "Extend", "Undo"]
        .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let tagged = json!({"oneOf": forms, "discriminator": {"propertyName": "step", "mapping": {
        "end": "#/components/schemas/End", "extend": "#/components/schemas/Extend", "undo": "#/components/schemas/Undo"}}});
    for body in [tagged, json!({"oneOf": forms})] {
        let listed = listed(&body, &steps());
        assert_eq!(
            listed["with"],
            json!({"type": "object", "description": "end {on,record?}, extend {months}"})
        );
        assert_eq!(listed["of"]["description"], "required with undo");
        assert_eq!(listed["why"]["description"], "with undo");
    }
}

#[test]
fn what_differs_by_forms_without_a_tag_is_listed_by_its_shapes() {
    let form = |mark: &str, value: Value| json!({"type": "object", "required": [mark, "value"], "properties": {mark: {"type": "string"}, "value": value}});
    let body = json!({"oneOf": [form("a", json!({"type": "integer"})), form("b", json!({"type": "object", "properties": {"x": {"type": "string"}}}))]});
    let listed = listed(&body, &Value::Null);
    assert_eq!(listed["value"], json!({"description": "int|{x?}"}));
}

#[test]
fn what_has_to_stand_in_an_address_is_not_empty() {
    for (schema, expected) in [
        (json!({"type": "string"}), json!({"type": "string", "minLength": 1})),
        (json!({"type": "string", "minLength": 8}), json!({"type": "string", "minLength": 8})),
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            json!({"type": "string", "enum": ["a", "b"]}),
        ),
        (json!({"type": "integer"}), json!({"type": "integer"})),
    ] {
        let parameter = |name: &str, place: &str, required: bool| json!({"name": name, "in": place, "required": required, "schema": schema});
        let get = json!({"operationId": "getX", "responses": {"204": {"description": "done"}}, "parameters": [
            parameter("key", "path", true), parameter("word", "query", true), parameter("more", "query", false)]});
        // Without components: what parameters state is stated all the same.
        let entry = entry(&json!({"/x/{key}": {"get": get}}), &Value::Null);
        assert_eq!(entry.full["properties"]["id"], expected);
        assert_eq!(entry.full["properties"]["word"], expected);
        assert_eq!(entry.full["properties"]["more"], schema);
    }
}
