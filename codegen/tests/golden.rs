//! Golden output: small representations, and beside them the crate that `render` makes of each
//! construct.
//!
//! `golden/{ir,types,operations}.rs` are the input, `golden/constructs/` is the output, a member of
//! the workspace, so that it is compiled and linted like any generated crate; so is
//! `golden/wires/`, made from the document `golden/wires.yaml`. `UPDATE_GOLDEN=1` writes it anew.

#[path = "golden/ir.rs"]
mod ir;

use std::path::Path;

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::{Layout, License, Options, Support, load, render, write};

#[expect(clippy::disallowed_methods, reason = "only whether to write the crates anew")]
fn is_update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

#[test]
fn every_construct_renders_as_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/constructs");
    let artifacts = render::render(&ir::api(), &Layout::Workspace);
    let plan = write::plan(&folder, &artifacts).unwrap();
    if is_update() {
        plan.apply().unwrap();
        return;
    }
    assert!(plan.is_empty(), "set UPDATE_GOLDEN=1 after reviewing this:\n{}", plan.diff(&folder));
}

/// `golden/wires.yaml`, from the document to the crate beside it.
#[test]
fn the_document_of_every_wire_generates_as_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let document = load::parse(
        "wires.yaml",
        &std::fs::read(folder.join("wires.yaml")).unwrap(),
        &mut Diagnostics::new(Mode::Lenient),
    );
    let options = Options {
        mode: Mode::Lenient,
        name: "wires".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    let (output, diags) = codegen::generate(document.unwrap(), None, &options);
    let faults: Vec<String> =
        diags.sorted(Severity::Warning).iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let folder = folder.join("wires");
    let plan = write::plan(&folder, &output.unwrap().artifacts).unwrap();
    if is_update() {
        plan.apply().unwrap();
        return;
    }
    assert!(plan.is_empty(), "set UPDATE_GOLDEN=1 after reviewing this:\n{}", plan.diff(&folder));
}

#[test]
fn a_readme_shows_a_whole_program_of_ten_lines_that_is_compiled_as_an_example() {
    let shared = Layout::Standalone {
        support: Support::Shared("../support".to_owned()),
        license: License::Document(None),
    };
    for layout in [Layout::Workspace, shared] {
        let artifacts = render::render(&ir::api(), &layout);
        let file = |path: &str| {
            artifacts.iter().find(|file| file.path == path).map(|file| file.contents.as_str())
        };
        let (readme, example) = (file("README.md").unwrap(), file("examples/call.rs").unwrap());
        let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
        assert!(example.ends_with(shown) && shown.contains("fn main()"), "{shown}");
        assert!(shown.lines().count() <= 10, "{shown}");
        assert!(file("Cargo.toml").unwrap().contains("name = \"call\""));
    }
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    assert_eq!(
        render::render(&ir::api(), &Layout::Workspace),
        render::render(&ir::api(), &Layout::Workspace)
    );
}

#[test]
fn every_schema_is_an_object_without_references_or_top_level_combinators() {
    for entry in render::schema::entries(&ir::api()) {
        for schema in [&entry.input, &entry.full, &entry.output] {
            assert_eq!(schema["type"], "object", "{}", entry.name);
            assert!(
                ["$ref", "anyOf", "oneOf", "allOf"].iter().all(|key| schema.get(key).is_none()),
                "{}",
                entry.name
            );
            assert!(!schema.to_string().contains("\"$ref\""), "{}", entry.name);
            jsonschema::validator_for(schema).unwrap();
        }
        let listed = entry.input["properties"].as_object().unwrap();
        let full = entry.full["properties"].as_object().unwrap();
        assert!(listed.keys().all(|name| full.contains_key(name)), "{}", entry.name);
    }
}
