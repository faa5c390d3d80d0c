//! The dependency directions of ARCHITECTURE.md, read from cargo's own metadata.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The crates of this repository and, for each, the names of its direct dependencies (those for
/// tests left out).
fn rooms() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let of = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        dependencies
            .filter(|found| found["kind"].is_null())
            .map(|found| found["name"].as_str().unwrap().to_owned())
            .collect()
    };
    packages
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), of(package)))
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let rooms = rooms();
    let own: BTreeSet<&str> = rooms.keys().map(String::as_str).collect();
    let within = |name: &str| {
        rooms[name]
            .iter()
            .map(String::as_str)
            .filter(|found| own.contains(found))
            .collect::<Vec<_>>()
    };
    assert!(within("support").is_empty(), "support is the bottom");
    assert!(within("codegen").is_empty(), "codegen stands alone");
    assert!(within("sandbox").is_empty(), "the sandbox shares no code with what it judges");
    assert_eq!(within("upstream"), ["support"]);
    for name in ["ironclad", "torii"] {
        if own.contains(name) {
            assert_eq!(within(name), ["support"], "{name}");
        }
    }
    for (name, dependencies) in &rooms {
        assert!(!dependencies.contains("codegen"), "{name} depends on the generator");
    }
}

#[test]
fn libraries_stay_in_their_rooms() {
    let users = |library: &str| {
        rooms()
            .into_iter()
            .filter(|(_, found)| found.contains(library))
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(users("reqwest"), ["upstream"]);
    assert_eq!(users("sqlx"), ["runtime"]);
    assert_eq!(users("openapiv3"), ["codegen"]);
    assert!(users("rmcp").is_empty(), "rmcp is for tests");
    for library in ["tokio", "reqwest", "axum"] {
        assert!(!rooms()["support"].contains(library), "support performs no I/O");
    }
}
