//! The order of keys in a document is nobody's: shuffled, it generates the same bytes.

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::load::{self, Document};
use codegen::{Layout, Options, generate};
use serde_json::Value;

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
