//! Documents made to explode are lowered within bounds; mutated ones without a panic.

use std::time::{Duration, Instant};

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::ir::Api;
use codegen::load::{self, Document};
use codegen::{lower, normalise, passes};
use serde_json::{Map, Value, json};

/// Far more of a processor's time than any of these takes; a document that explodes takes minutes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A watch that runs while this thread does: what else the machine is busy with does not count.
struct Watch {
    start: Instant,
    ran: Option<Duration>,
}

impl Watch {
    fn start() -> Self {
        Self { start: Instant::now(), ran: Self::ran() }
    }

    /// How long this thread has run in all, where the system tells.
    fn ran() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
    }

    fn elapsed(&self) -> Duration {
        let ran = self.ran.zip(Self::ran()).and_then(|(before, now)| now.checked_sub(before));
        ran.unwrap_or_else(|| self.start.elapsed())
    }
}

/// An API whose only answer is `root`.
fn lowered(schemas: Map<String, Value>, root: &str) -> Api {
    let answer = json!({"description": "", "content": content(root)});
    completed(schemas, json!({"get": {"operationId": "a", "responses": {"200": answer}}}))
}

/// An API whose only body is `root`.
fn sent(schemas: Map<String, Value>, root: &str) -> Api {
    let body = json!({"required": true, "content": content(root)});
    let responses = json!({"204": {"description": ""}});
    let operation = json!({"operationId": "a", "requestBody": body, "responses": responses});
    completed(schemas, json!({"post": operation}))
}

fn content(root: &str) -> Value {
    json!({"application/json": {"schema": reference(root)}})
}

fn completed(schemas: Map<String, Value>, path: Value) -> Api {
    let start = Watch::start();
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Bounds", "version": "1"},
        "paths": {"/a": path},
        "components": {"schemas": schemas},
    });
    let mut diags = Diagnostics::new(Mode::Lenient);
    let document = Document { file: "bounds.json".to_owned(), root: document };
    let document =
        normalise::normalise(document, Mode::Lenient, &mut diags).expect("it is a document");
    let mut api = lower::lower(&document, false, &mut diags);
    passes::run(&mut api, &codegen::Layout::Workspace, &mut diags);
    assert!(start.elapsed() < PATIENCE);
    assert_eq!(api.operations.len(), 1);
    api
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[test]
fn every_component_takes_in_all_before_it() {
    let count = 700;
    let schemas = (0..count).map(|n| {
        let mut parts: Vec<Value> = (0..n).map(|before| reference(&format!("S{before}"))).collect();
        parts.push(json!({"type": "object", "properties": {format!("p{n}"): {"type": "string"}}}));
        (format!("S{n}"), json!({"allOf": parts}))
    });
    lowered(schemas.collect(), &format!("S{}", count - 1));
}

#[test]
fn alternatives_of_alternatives_of_alternatives() {
    let schemas = (0..40).map(|n| {
        let branches: Vec<Value> = (0..40).map(|other| reference(&format!("S{other}"))).collect();
        let properties: Map<String, Value> = (0..40)
            .map(|p| {
                (
                    format!("p{n}x{p}"),
                    json!({"type": "object", "properties": {"x": {"type": "string"}}}),
                )
            })
            .collect();
        (format!("S{n}"), json!({"type": "object", "properties": properties, "oneOf": branches}))
    });
    lowered(schemas.collect(), "S0");
}

#[test]
fn a_deep_inline_schema() {
    let mut schema = json!({"type": "string"});
    for depth in 0..90 {
        schema = if depth % 2 == 0 {
            json!({"type": "array", "items": schema})
        } else {
            json!({"type": "object", "properties": {"a": schema}})
        };
    }
    lowered(Map::from_iter([("Deep".to_owned(), schema)]), "Deep");
}

#[test]
fn a_ring_of_aliases_and_a_ring_of_structs() {
    let count = 3_000;
    let mut schemas = Map::new();
    for n in 0..count {
        let next = (n + 1) % count;
        schemas.insert(
            format!("Alias{n:05}"),
            json!({"type": "array", "items": reference(&format!("Alias{next:05}"))}),
        );
        schemas.insert(
            format!("Struct{n:05}"),
            json!({"type": "object", "properties": {"next": reference(&format!("Struct{next:05}")), "alias": reference("Alias00000")}}),
        );
    }
    lowered(schemas, "Struct00000");
}

#[test]
fn a_required_list_of_itself_and_two_lists_of_each_other() {
    let list = |of: &str| json!({"type": "array", "items": reference(of)});
    let members = json!({"own": reference("Own"), "nested": {"type": "array", "items": list("Own")}, "one": reference("One")});
    let mut schemas = Map::new();
    schemas.insert("Own".to_owned(), list("Own"));
    schemas.insert("One".to_owned(), list("Other"));
    schemas.insert("Other".to_owned(), list("One"));
    schemas.insert(
        "Root".to_owned(),
        json!({"type": "object", "required": ["own", "nested", "one"], "properties": members}),
    );
    sent(schemas, "Root");
}

/// Every place of a document, as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (codegen::pointer::escape(key).into_owned(), value))
            .collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in below {
        places(value, &format!("{at}/{key}"), found);
    }
}

#[test]
fn whatever_is_put_wherever_every_name_is_given_once() {
    let junk = [
        json!(null),
        json!({}),
        json!([]),
        json!("x"),
        json!({"$ref": "#/components/schemas/Pet"}),
        json!({"allOf": [{"$ref": "#/components/schemas/Pet"}, {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"type": "object", "properties": {"": {}}}]}]}),
        json!({"type": "string", "enum": ["", "a", "A", null, 1]}),
        json!({"oneOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}, {"type": "integer"}], "discriminator": {"propertyName": "x"}}),
    ];
    let mut diags = Diagnostics::new(Mode::Lenient);
    let whole =
        load::parse("everything.yaml", include_bytes!("fixtures/everything.yaml"), &mut diags)
            .expect("it is readable")
            .root;
    let mut found = Vec::new();
    places(&whole, "", &mut found);
    for (index, place) in found.iter().enumerate() {
        let mut root = whole.clone();
        *root.pointer_mut(place).expect("it is a place") = junk[index % junk.len()].clone();
        let Some(document) = normalise::normalise(
            Document { file: "mutated".to_owned(), root },
            Mode::Lenient,
            &mut diags,
        ) else {
            continue;
        };
        let mut api = lower::lower(&document, false, &mut diags);
        passes::run(&mut api, &codegen::Layout::Workspace, &mut diags);
        let mut seen = std::collections::BTreeSet::new();
        for ident in api
            .types
            .iter()
            .map(|ty| &ty.ident)
            .chain(api.operations.iter().map(|operation| &operation.type_ident))
        {
            assert!(!ident.is_empty() && seen.insert(ident.clone()), "{place}: {ident}");
        }
    }
}

/// How many bytes are written of a document in which every schema is the body of so many
/// operations.
fn written(schemas: Map<String, Value>, operations: usize) -> usize {
    let start = Watch::start();
    let names: Vec<String> = schemas.keys().cloned().collect();
    let paths = (0..operations).map(|n| {
        let body = json!({"content": {"application/json": {"schema": reference(&names[n % names.len()])}}});
        (
            format!("/a{n}"),
            json!({"post": {"operationId": format!("a{n}"), "requestBody": body, "responses": {"204": {"description": ""}}}}),
        )
    });
    let root = json!({
        "openapi": "3.0.3",
        "info": {"title": "Bounds", "version": "1"},
        "paths": paths.collect::<Map<_, _>>(),
        "components": {"schemas": schemas},
    });
    let layout = codegen::Layout::Standalone {
        support: codegen::Support::Shared("support".to_owned()),
        license: codegen::License::Document(None),
    };
    let options = codegen::Options {
        mode: Mode::Lenient,
        name: "bounds".to_owned(),
        lock: None,
        prompts: None,
        layout,
    };
    let (output, _) =
        codegen::generate(Document { file: "bounds.json".to_owned(), root }, None, &options);
    assert!(start.elapsed() < PATIENCE);
    output.expect("a crate").artifacts.iter().map(|artifact| artifact.contents.len()).sum()
}

#[test]
fn objects_that_all_hold_one_another() {
    let schemas = (0..100).map(|n| {
        let properties: Map<String, Value> =
            (0..100).map(|p| (format!("p{p}"), reference(&format!("S{p}")))).collect();
        (format!("S{n}"), json!({"type": "object", "properties": properties}))
    });
    assert!(written(schemas.collect(), 200) < 100 << 20);
}

#[test]
fn alternatives_that_hold_alternatives_of_all() {
    let schemas = (0..100).map(|n| {
        let properties: Map<String, Value> = (0..8)
            .map(|p| {
                (format!("p{p}"), json!({"oneOf": (1..12).map(|k| reference(&format!("S{}", (n + p * k) % 100))).collect::<Vec<_>>()}))
            })
            .collect();
        (format!("S{n}"), json!({"type": "object", "properties": properties}))
    });
    assert!(written(schemas.collect(), 20) < 100 << 20);
}

#[test]
fn lists_or_maps_of_lists_or_maps() {
    let schemas = (0..200).map(|n| {
        let inner = || if n == 0 { json!({"type": "string"}) } else { reference(&format!("S{}", n - 1)) };
        let branches = json!([{"type": "array", "items": inner()}, {"type": "object", "additionalProperties": inner()}]);
        (format!("S{n}"), json!({"oneOf": branches}))
    });
    assert!(written(schemas.collect(), 200) < 100 << 20);
}

#[test]
fn a_large_body_that_many_operations_share() {
    let properties: Map<String, Value> = (0..3_000)
        .map(|p| {
            (
                format!("p{p}"),
                json!({"type": "string", "description": "Said at length. ".repeat(60)}),
            )
        })
        .collect();
    let schemas =
        Map::from_iter([("S".to_owned(), json!({"type": "object", "properties": properties}))]);
    assert!(written(schemas, 1_500) < 100 << 20);
}
