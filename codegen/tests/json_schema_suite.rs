//! How much of what JSON Schema says arrives in the schemas that arguments are checked against: the
//! JSON Schema Test Suite (draft 2020-12), each group's schema as a member of a request body.
//!
//! The suite is not part of the repository: the test says that it was skipped where it is absent.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codegen::diagnostics::{Mode, Severity};
use codegen::load::Document;
use codegen::{Layout, Options, generate};
use serde_json::{Value, json};

/// The least share of instances, in percent, that is judged as the suite judges it.
const AGREED: usize = 90;

#[derive(Default)]
struct Tally {
    agreed: usize,
    said: usize,
    silent: Vec<String>,
}

/// Where the suite lies beside the repository.
const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/json-schema-suite");

#[test]
fn what_json_schema_says_is_checked_or_said() {
    let Ok(folder) = std::fs::read_dir(SUITE) else {
        println!("skipped: the JSON Schema Test Suite is not beside the repository");
        return;
    };
    let mut files: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    files.sort();
    let mut tallies = BTreeMap::new();
    for file in files {
        let keyword = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let groups = std::fs::read(&file).expect("a readable file");
        let groups: Vec<Value> = serde_json::from_slice(&groups).expect("a list of groups");
        let tally: &mut Tally = tallies.entry(keyword).or_default();
        for group in &groups {
            judge(group, tally);
        }
    }
    let all = |count: fn(&Tally) -> usize| tallies.values().map(count).sum::<usize>();
    let (agreed, said, silent) = (all(|t| t.agreed), all(|t| t.said), all(|t| t.silent.len()));
    println!("| keyword | agrees | differs, said | differs, silent |\n|---|---|---|---|");
    for (keyword, tally) in &tallies {
        println!("| {keyword} | {} | {} | {} |", tally.agreed, tally.said, tally.silent.len());
    }
    println!("| all | {agreed} | {said} | {silent} |");
    let silent: Vec<&String> = tallies.values().flat_map(|tally| &tally.silent).collect();
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(agreed * 100 >= AGREED * (agreed + said), "{agreed} of {}", agreed + said);
}

fn judge(group: &Value, tally: &mut Tally) {
    let mut schema = group["schema"].clone();
    at_home(&mut schema);
    let name = group["description"].as_str().expect("a text");
    let (full, notes) = full(schema);
    let full = full.unwrap_or_else(|| json!({"not": {}}));
    let validator = jsonschema::draft202012::new(&full)
        .unwrap_or_else(|error| panic!("{name}: {error}: {full:#}"));
    for test in group["tests"].as_array().expect("a list") {
        let judged = validator.is_valid(&json!({"v": test["data"]}));
        let what = format!("{name}: {}: {full}", test["description"].as_str().expect("a text"));
        match (judged == test["valid"].as_bool().expect("a verdict"), notes) {
            (true, _) => tally.agreed += 1,
            (false, true) => tally.said += 1,
            (false, false) => tally.silent.push(what),
        }
    }
}

/// References within the schema, when it is a component.
fn at_home(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref")
                && let Some(place) = target.strip_prefix('#')
                && (place.is_empty() || place.starts_with('/'))
            {
                *target = format!("#/components/schemas/X{place}");
            }
            let held = |key: &str| !matches!(key, "enum" | "const");
            map.iter_mut().filter(|(key, _)| held(key)).for_each(|(_, value)| at_home(value));
        }
        Value::Array(items) => items.iter_mut().for_each(at_home),
        _ => {}
    }
}

/// The schema of a tool's arguments whose one member is of this schema, and whether anything was
/// said about it.
fn full(schema: Value) -> (Option<Value>, bool) {
    let root = json!({
        "openapi": "3.1.0",
        "info": {"title": "Suite", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "paths": {"/x": {"post": {
            "operationId": "opX",
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["v"],
                "properties": {"v": {"$ref": "#/components/schemas/X"}},
            }}}},
            "responses": {"204": {"description": "done"}},
        }}},
        "components": {"schemas": {"X": schema}},
    });
    let options = Options {
        mode: Mode::Lenient,
        name: "suite".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    let document = Document { file: "suite.json".to_owned(), root };
    let (output, said) = generate(document, None, &options);
    let said = said.render(Severity::Note);
    let notes = said.contains("components/schemas/X") || said.contains("properties/v");
    let entries = output.map(|output| codegen::render::schema::entries(&output.api));
    (entries.and_then(|entries| entries.into_iter().next()).map(|entry| entry.full), notes)
}
