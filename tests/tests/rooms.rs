//! What ARCHITECTURE.md says of rooms: dependencies by cargo's own metadata, imports, names and sizes
//! by the sources.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

#[path = "rooms/imports.rs"]
mod imports;
#[path = "rooms/names.rs"]
mod names;
#[path = "rooms/size.rs"]
mod size;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below a folder of the repository whose names end so, with their paths from its root.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(folder)];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                pending.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
}

/// Whether a file holds tests only.
fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || ["tests.rs", "testing.rs", "foreign_text.rs"].iter().any(|name| path.ends_with(name))
}

/// A source without its comments and the tests at its end.
fn program(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(code).collect::<Vec<_>>().join("\n")
}

/// The crates of this repository and, for each, the names of its direct dependencies (those for
/// tests left out, and those that stand behind a feature: see [`the_servers_only_way_out_is_upstream`]).
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
            .filter(|found| found["kind"].is_null() && found["optional"] == false)
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

/// A build of the server has no other HTTP client than that of `upstream`: the one that `support`
/// has for programs stands behind a feature that nothing here switches on.
#[test]
fn the_servers_only_way_out_is_upstream() {
    let tree = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--locked", "--prefix", "none"])
            .args(arguments)
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let of_support = |arguments: &[&str]| {
        let found = tree(&[arguments, &["-e", "normal", "-f", "{p} [{f}]"]].concat());
        let lines = found.lines().filter(|line| line.starts_with("support v"));
        lines.map(|line| line.split(['[', ']']).nth(1).unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let none = BTreeSet::from([String::new()]);
    assert_eq!(of_support(&["-p", "runtime"]), none);
    assert_eq!(of_support(&["-p", "runtime", "--all-features"]), none);
    let ready = of_support(&["-p", "ironclad", "--features", "reqwest"]);
    assert!(ready.iter().all(|features| features.contains("reqwest")), "{ready:?}");

    let users = tree(&["-p", "runtime", "-e", "normal", "-i", "reqwest", "--depth", "1"]);
    let users: Vec<_> = users.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(users, ["upstream"]);
}
