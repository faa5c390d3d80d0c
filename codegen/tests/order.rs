//! The order of keys in a document is nobody's: shuffled, it generates the same bytes. Nor does a
//! document that grows rename what it has.

use std::collections::{BTreeMap, BTreeSet};

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::ir::{Api, Node, Operation, ResponseBody, ResponseType, TypeRef};
use codegen::load::{self, Document};
use codegen::{Layout, Options, generate};
use serde_json::{Value, json};

fn turned(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().rev().map(|(key, value)| (key.clone(), turned(value))).collect()
        }
        Value::Array(items) => items.iter().map(turned).collect(),
        other => other.clone(),
    }
}

#[test]
fn shuffled_keys_generate_the_same_bytes() {
    let mut diags = Diagnostics::new(Mode::Lenient);
    let bytes = include_bytes!("fixtures/everything.yaml");
    let document = load::parse("everything.yaml", bytes, &mut diags).expect("readable");
    let options = Options {
        mode: Mode::Lenient,
        name: "everything".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    let shuffled = Document { file: document.file.clone(), root: turned(&document.root) };
    let (one, said) = generate(document, None, &options);
    let (other, said_again) = generate(shuffled, None, &options);
    let (one, other) = (one.expect("something"), other.expect("something"));
    assert!(one.artifacts.len() > 8);
    for (one, other) in one.artifacts.iter().zip(&other.artifacts) {
        assert_eq!(one, other);
    }
    assert_eq!(one.lock, other.lock);
    assert_eq!(said.render(Severity::Note), said_again.render(Severity::Note));
}

/// The identifiers of the types and enums by status that each operation reaches, by the
/// operation's id.
fn reached(api: &Api) -> BTreeMap<String, BTreeSet<String>> {
    let of = |operation: &Operation| {
        let answers = [&operation.signature.success, &operation.signature.failure];
        let by_status = answers.into_iter().filter_map(|answer| match answer {
            ResponseType::ByStatus(ident) => Some(ident.clone()),
            _ => None,
        });
        let mut found: BTreeSet<String> = by_status.collect();
        let mut pending = Vec::new();
        let mut see = |node: &Node| node.each(&mut |node| pending.push(node.ty.clone()));
        operation.parameters.iter().for_each(|parameter| see(&parameter.node));
        operation.body.iter().for_each(|body| see(&body.node));
        for answer in operation.success.iter().chain(&operation.failure) {
            if let ResponseBody::Json(node) = &answer.body {
                see(node);
            }
        }
        while let Some(ty) = pending.pop() {
            if let TypeRef::Named(id) | TypeRef::Boxed(id) = ty {
                let ty = &api.types[id.0];
                if found.insert(ty.ident.clone()) {
                    ty.shape.each_node(&mut |node| pending.push(node.ty.clone()));
                }
            }
        }
        found
    };
    api.operations.iter().map(|operation| (operation.id.clone(), of(operation))).collect()
}

/// Operations with inline types, alike within one and among all.
fn inline_document() -> Value {
    let sort = json!({"type": "string", "enum": ["asc", "desc"]});
    let answer = json!({
        "type": "object",
        "properties": {
            "ok": {"type": "boolean"},
            "page": {"type": "object", "properties": {"next": {"type": "string"}}},
        },
    });
    let object = |member: &str| json!({"type": "object", "properties": {member: {"type": "string"}}, "required": [member]});
    let operation = |id: &str, order: &str| {
        json!({
            "operationId": id,
            "parameters": [{"name": order, "in": "query", "schema": sort}],
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object",
                "properties": {"address": object("city"), "payload": answer},
            }}}},
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": answer}}},
                "400": {"description": "", "content": {"application/json": {"schema": object("code")}}},
                "404": {"description": "", "content": {"application/json": {"schema": object("title")}}},
            },
        })
    };
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Inline", "version": "1"},
        "paths": {
            "/qux": {"post": operation("getQux", "sortDirection")},
            "/mail": {"post": operation("sendMail", "sortDirection")},
            "/users": {"post": operation("findUsers", "order")},
            "/apps": {"post": operation("findApps", "order")},
        },
    })
}

#[test]
fn an_operation_more_renames_no_type_of_the_others() {
    let types = |root: Value| {
        let options = Options {
            mode: Mode::Lenient,
            name: "inline".to_owned(),
            lock: None,
            prompts: None,
            layout: Layout::Workspace,
        };
        let (output, _) =
            generate(Document { file: "inline.json".to_owned(), root }, None, &options);
        reached(&output.expect("something").api)
    };
    let document = inline_document();
    let before = types(document.clone());
    let paths = document["paths"].as_object().expect("an object").clone();
    for (path, item) in &paths {
        for (id, place) in [("abolish", "/aaa"), ("zipQux", "/zzz"), ("getUsers", "/get/users")] {
            let mut grown = document.clone();
            grown["paths"][place] = item.clone();
            grown["paths"][place]["post"]["operationId"] = id.into();
            let mut after = types(grown);
            assert!(after.remove(id).is_some());
            assert_eq!(after, before, "{id} with the types of {path}");
        }
        // Alone, an operation has the types that it has among the others.
        let mut alone = document.clone();
        alone["paths"] = json!({path: item});
        for (id, names) in types(alone) {
            assert_eq!(names, before[&id], "{id}");
        }
    }
}
