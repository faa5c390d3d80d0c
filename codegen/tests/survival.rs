//! Mutated documents: whatever is put wherever, the normaliser ends, and what it makes is sound.

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::load::{self, Document};
use codegen::normalise::{STATED, normalise, unsound};
use codegen::pointer;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

const EVERYTHING: &[u8] = include_bytes!("fixtures/everything.yaml");

fn everything() -> Value {
    let mut diags = Diagnostics::new(Mode::Strict);
    let document = load::parse("everything.yaml", EVERYTHING, &mut diags).expect("readable");
    assert_eq!(diags.to_string(), "");
    document.root
}

/// What is put in place of a value.
fn junk() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("null"),
        json!("#/components/schemas/Pet"),
        json!([]),
        json!([null]),
        json!(["a", 1, null, {}]),
        json!({}),
        json!({"": {}}),
        json!({"$ref": "#/components/schemas/Pet"}),
        json!({"$ref": "#/components/schemas/Pet", "description": "d", "type": ["string", "null"]}),
        json!({"$ref": "#"}),
        json!({"$ref": "#/"}),
        json!({"$ref": "#/paths"}),
        json!({"$ref": "#/components"}),
        json!({"$ref": "#/components/schemas"}),
        json!({"$ref": "#/components/schemas/Cat/allOf/1"}),
        json!({"$ref": "#/components/responses/Error"}),
        json!({"$ref": "#/paths/~1files/post/requestBody/content"}),
        json!({"$ref": "#/components/schemas/Inner"}),
        json!({"$ref": "http://example.com/a"}),
        json!({"$ref": {"$ref": "a"}}),
        json!({"type": "null"}),
        json!({"type": ["array", "object", "string"], "items": [{}, {}], "enum": [null, "a", []]}),
        json!({"allOf": [{"$ref": "#/components/schemas/Cat"}], "oneOf": [], "anyOf": [true, false]}),
        json!({"type": "array", "enum": ["a", null], "items": {}, "default": 1, "required": true}),
        json!({"name": "petId", "in": "path"}),
        json!({"in": "body", "name": "b", "schema": {"$ref": "#/x"}}),
        json!({"x-drawbridge": 7, "discriminator": "a", "const": null}),
        json!({"discriminator": {"mapping": {"a": "#/components/schemas/Dog", "b": 1, "c": "Gone"}}}),
    ]
}

/// Every place of a document.
fn places(value: &Value, at: &mut String, found: &mut Vec<String>) {
    found.push(at.clone());
    let length = at.len();
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointer::push(at, key);
                places(value, at, found);
                at.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointer::push(at, &index.to_string());
                places(value, at, found);
                at.truncate(length);
            }
        }
        _ => {}
    }
}

fn normalised(root: Value) -> Option<Value> {
    let mut diags = Diagnostics::new(Mode::Lenient);
    let document = Document { file: "mutated".to_owned(), root };
    normalise(document, Mode::Lenient, &mut diags).map(|done| done.root)
}

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

fn check(root: Value) -> Result<(), TestCaseError> {
    let Some(once) = normalised(root) else {
        return Ok(());
    };
    prop_assert_eq!(unsound(&once), None);
    let read = serde_json::from_value::<openapiv3::OpenAPI>(once.clone());
    prop_assert!(read.is_ok(), "{:?}", read.err());
    let mut twice = normalised(once.clone()).unwrap_or_default();
    // What was stated is put aside as it stood, which is another text each time.
    let mut once = once;
    [&mut once, &mut twice].into_iter().for_each(forget_stated);
    let difference = difference(&once, &twice, "");
    prop_assert!(difference.is_none(), "not a fixed point: {:?}", difference);
    Ok(())
}

/// The first place where two documents differ.
fn difference(one: &Value, other: &Value, at: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(a), Value::Object(b))
            if a.keys().all(|key| b.contains_key(key)) && a.len() == b.len() =>
        {
            a.iter().find_map(|(key, value)| difference(value, &b[key], &format!("{at}/{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).find_map(|(a, b)| difference(a, b, &format!("{at}/-")))
        }
        _ => (one != other).then(|| format!("{at}: {one} became {other}")),
    }
}

#[test]
fn the_whole_of_everything_is_sound() {
    check(everything()).expect("sound");
}

#[test]
fn single_replacements_are_survived_everywhere() {
    let document = everything();
    let mut all = Vec::new();
    places(&document, &mut String::new(), &mut all);
    let mut failures = Vec::new();
    for (turn, place) in all.into_iter().enumerate() {
        // A seventh of the junk at each place: all of it takes minutes and has been seen to pass.
        for (_, junk) in junk().into_iter().enumerate().filter(|(kind, _)| (kind + turn) % 7 == 0) {
            let mut root = document.clone();
            let told = format!("{junk} at {place}");
            *root.pointer_mut(&place).expect("a place of the document") = junk;
            if let Err(error) = check(root) {
                failures.push(format!("{told}: {error}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_reference_that_is_no_text_stays_none() {
    for target in [json!(true), json!(7), json!(null), json!({"$ref": "a"})] {
        let mut root = everything();
        root["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["scopes"] =
            json!({"$ref": target});
        check(root).expect("a fixed point");
    }
}

#[test]
fn enums_that_stand_beside_a_list_settle_at_once() {
    for values in [
        json!(["a", {}]),
        json!(["a", null]),
        json!([1, 1.5]),
        json!([null, true, 1]),
        json!([1, null]),
        json!([{}, null, [1]]),
    ] {
        for items in [json!({}), json!({"type": "string"}), json!({"nullable": true})] {
            let mut root = everything();
            root["components"]["schemas"]["Listed"] =
                json!({"type": "array", "items": items, "enum": values});
            check(root).expect("a fixed point");
        }
    }
}

#[test]
fn enums_of_several_types_beside_a_type_that_is_none_settle_at_once() {
    for kind in [json!("magic"), json!(""), json!(7), json!([]), json!(["magic"]), json!("null")] {
        let mut root = everything();
        root["components"]["schemas"]["Listed"] = json!({"type": kind, "enum": ["a", 1, null, {}]});
        check(root).expect("a fixed point");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_replacements_at_once_are_survived(edits in prop::collection::vec(any::<(Index, Index)>(), 1..12)) {
        let mut root = everything();
        let junk = junk();
        for (place, with) in &edits {
            let mut all = Vec::new();
            places(&root, &mut String::new(), &mut all);
            if let Some(node) = root.pointer_mut(place.get(all.as_slice()).as_str()) {
                *node = with.get(&junk).clone();
            }
        }
        check(root)?;
    }
}
