//! Crates of their own: what they carry of `support`, and that they build, run and pack anywhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use codegen::diagnostics::Mode;
use codegen::load::Document;
use codegen::write::Artifact;
use codegen::{Layout, License, Options, Support};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use serde_json::{Value, json};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/support/src");

/// Answers and bodies of every kind that generated code has items of its own for.
fn document() -> Value {
    let note = json!({"$ref": "#/components/schemas/Note"});
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    let answer = |schema: Value| json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1", "license": {"name": "Apache 2.0"}},
        "servers": [{"url": "https://notes.example.com"}],
        "security": [{"key": []}],
        "paths": {
            "/notes/{id}": {
                "parameters": [id],
                "get": {"operationId": "getNote", "summary": "Get a note", "responses": answer(note)},
                "put": {
                    "operationId": "putNote",
                    "summary": "Write a note",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}},
                    "responses": {"204": {"description": "ok"}, "409": {"description": "no"}},
                },
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            "schemas": {
                "Note": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "text": {"type": ["string", "null"]}}},
                // Sent, never received: a union by a tag, one by looks, a list of itself.
                "Change": {
                    "oneOf": [{"$ref": "#/components/schemas/Append"}, {"$ref": "#/components/schemas/Replace"}],
                    "discriminator": {"propertyName": "kind"},
                },
                "Append": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "parts": {"$ref": "#/components/schemas/Parts"}}},
                "Replace": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "by": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Place"}]}}},
                "Place": {"type": "object", "required": ["page"], "properties": {"page": {"type": "integer"}}},
                "Parts": {"type": "array", "items": {"$ref": "#/components/schemas/Parts"}},
            },
        },
    })
}

fn generated(support: Support, license: License) -> BTreeMap<String, String> {
    let options = Options {
        mode: Mode::Strict,
        name: "notes".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Standalone { support, license },
    };
    let document = Document { file: "notes.json".to_owned(), root: document() };
    let (output, _) = codegen::generate(document, None, &options);
    let files = output.expect("a crate").artifacts;
    files.into_iter().map(|Artifact { path, contents }| (path, contents)).collect()
}

/// The files below a folder, with their paths from there.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in std::fs::read_dir(next).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let below = path.strip_prefix(folder).expect("below").to_string_lossy();
                let text = std::fs::read_to_string(&path).expect("text");
                found.insert(below.replace('\\', "/"), text);
            }
        }
    }
    found
}

/// A source without what is compiled for tests only, token by token, and the modules that this
/// leaves out.
fn tokens(source: &str) -> (Vec<String>, Vec<String>) {
    fn flat(tokens: TokenStream, out: &mut Vec<String>) {
        for token in tokens {
            if let TokenTree::Group(group) = token {
                out.push(format!("{:?}", group.delimiter()));
                flat(group.stream(), out);
                out.push("end".to_owned());
            } else {
                out.push(token.to_string());
            }
        }
    }
    let mut out = Vec::new();
    let mut modules = Vec::new();
    let mut parsed = syn::parse_file(source).expect("Rust");
    parsed.items.retain(|item| {
        let text = item.to_token_stream().to_string();
        let is_test = text.starts_with("# [cfg (test)]");
        assert!(is_test || !text.contains("cfg (test)"), "tests within {text}");
        if let syn::Item::Mod(module) = item
            && is_test
            && module.content.is_none()
        {
            modules.push(module.ident.to_string());
        }
        !is_test
    });
    flat(parsed.into_token_stream(), &mut out);
    (out, modules)
}

#[test]
fn support_is_carried_as_it_is_written() {
    let made = generated(Support::Carried, License::Document(None));
    let mut carried: BTreeMap<String, &String> = made
        .iter()
        .filter_map(|(path, text)| {
            let below = path.strip_prefix("src/support")?;
            let path = below.strip_prefix('/').unwrap_or("lib.rs");
            Some((path.to_owned(), text))
        })
        .collect();
    for terms in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(terms);
        let text = std::fs::read_to_string(path).expect("readable");
        assert_eq!(carried.remove(terms), Some(&text), "{terms}");
    }
    let originals = files(Path::new(SOURCES));
    let mut tests = Vec::new();
    for (path, original) in &originals {
        let (_, modules) = tokens(original);
        let folder = if path == "lib.rs" { "" } else { path.trim_end_matches(".rs") };
        tests.extend(modules.iter().map(|name| format!("{folder}/{name}")));
    }
    let is_test = |path: &str| {
        let path = format!("/{}", path.trim_end_matches(".rs"));
        tests
            .iter()
            .any(|test| format!("{path}/").contains(&format!("/{}/", test.trim_start_matches('/'))))
    };
    for (path, original) in originals.iter().filter(|(path, _)| !is_test(path)) {
        let copy = carried.remove(path).unwrap_or_else(|| panic!("{path} is forgotten"));
        assert_eq!(copy.matches("crate::").count(), copy.matches("crate::support::").count());
        let undone =
            copy.replace("crate::support::", "crate::").replace("notes::support::", "support::");
        assert_eq!(tokens(&undone).0, tokens(original).0, "{path}");
        // Comments and blank lines are no tokens: every line is one of the original's, in order.
        let mut lines = original.lines();
        for line in undone.lines() {
            assert!(lines.any(|other| other == line), "{path}: {line}");
        }
    }
    assert!(carried.is_empty(), "nothing else: {:?}", carried.keys());
}

#[test]
fn a_manifest_says_what_a_registry_asks_for() {
    let manifest = |support, license| generated(support, license).remove("Cargo.toml");
    let carried = manifest(Support::Carried, License::Document(None)).expect("made");
    let carried: toml::Table = carried.parse().expect("TOML");
    let package = &carried["package"];
    assert_eq!(package["license"].as_str(), Some("Apache-2.0"), "as the document says");
    for key in ["description", "rust-version", "keywords", "categories", "readme", "version"] {
        assert!(package.get(key).is_some(), "{key}");
    }
    assert_eq!(package.get("publish"), None);
    assert_eq!(carried["dependencies"].get("support"), None);

    let shared = manifest(Support::Shared("../s".to_owned()), License::Given("MIT".to_owned()));
    let shared: toml::Table = shared.expect("made").parse().expect("TOML");
    assert_eq!(shared["package"]["license"].as_str(), Some("MIT"));
    assert_eq!(shared["package"]["publish"].as_bool(), Some(false));
    assert_eq!(shared["dependencies"]["support"]["path"].as_str(), Some("../s"));

    let own = std::fs::read_to_string(Path::new(SOURCES).join("../Cargo.toml")).expect("readable");
    let own: toml::Table = own.parse().expect("TOML");
    for (name, value) in own["dependencies"].as_table().expect("a table") {
        let carried = carried["dependencies"].get(name).unwrap_or_else(|| panic!("{name}"));
        let is_optional =
            |value: &toml::Value| value.get("optional").and_then(toml::Value::as_bool);
        assert_eq!(is_optional(carried), is_optional(value), "{name}");
    }
    let features = own.get("features").and_then(toml::Value::as_table);
    for (name, enables) in features.into_iter().flatten().filter(|(name, _)| *name != "default") {
        assert_eq!(carried["features"].get(name), Some(enables), "{name}");
        let enables = toml::Value::from(vec![format!("support/{name}")]);
        assert_eq!(shared["features"].get(name), Some(&enables), "{name}");
    }
}

/// Runs a program in a folder, with warnings of Rust denied.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        // One place for all, so that libraries are compiled once.
        .env("CARGO_TARGET_DIR", target())
        .env("RUSTFLAGS", "-D warnings")
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .expect("runs")
}

fn target() -> String {
    concat!(env!("CARGO_TARGET_TMPDIR"), "/standalone").to_owned()
}

fn said(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr];
    texts.map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

#[test]
fn a_crate_is_packed_and_builds_from_what_was_packed() {
    let folder = tempfile::tempdir().expect("a folder");
    let ok = |folder: &Path, program: &str, arguments: &[&str]| {
        let output = run(folder, program, arguments);
        assert!(output.status.success(), "{arguments:?}:\n{}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    std::fs::write(folder.path().join("notes.json"), document().to_string()).expect("written");
    let generate =
        ["generate", "--spec", "notes.json", "--name", "notes", "--out", "made", "--strict"];
    ok(folder.path(), env!("CARGO_BIN_EXE_codegen"), &generate);
    let made = folder.path().join("made");
    // The versions that were fetched for this repository: the test needs no network.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, made.join("Cargo.lock")).expect("copied");
    let cargo = env!("CARGO");
    ok(&made, cargo, &["package", "--offline", "--allow-dirty"]);

    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("made");
    let packed = format!("{}/package/notes-0.1.0.crate", target());
    ok(&empty, "tar", &["xzf", &packed]);
    std::fs::remove_dir_all(&made).expect("deleted");
    let unpacked = empty.join("notes-0.1.0");
    for file in ["README.md", "src/support/LICENSE-MIT", "src/support/request/body.rs"] {
        assert!(unpacked.join(file).is_file(), "{file}");
    }
    let shown = ok(&unpacked, cargo, &["run", "-q", "--offline", "--example", "first_call"]);
    assert!(shown.starts_with("GET https://notes.example.com/notes/id\n"), "{shown}");
    assert!(shown.contains("x-key: Sensitive"), "{shown}");
    ok(&unpacked, cargo, &["test", "-q", "--offline", "--doc"]);
    ok(&unpacked, cargo, &["check", "-q", "--offline", "--all-features"]);
}
