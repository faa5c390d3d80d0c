//! Tests of the crates wait for what happens, or move tokio's paused clock; none sleeps.
//!
//! `std::thread::sleep` is forbidden by clippy everywhere. `tokio::time::sleep` is what a server's
//! own background work is made of, and so is looked for here, in tests alone.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use std::path::{Path, PathBuf};

/// The Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|end| end == "rs") {
            found.push(entry);
        }
    }
}

/// The part of a file that is tests: all of it, what follows `#[cfg(test)]`, or nothing.
fn tests_in<'a>(path: &Path, text: &'a str) -> &'a str {
    let named = |name: &str| path.iter().any(|part| part.to_string_lossy().starts_with(name));
    if named("tests") || named("testing") {
        return text;
    }
    text.find("#[cfg(test)]\nmod tests {").map_or("", |at| &text[at..])
}

#[test]
fn no_test_sleeps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for room in ["runtime", "codegen"] {
        sources(&root.join(room), &mut found);
    }
    let mut looked = 0;
    let mut sleeping = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let within = path.strip_prefix(root).unwrap();
        let tests = tests_in(within, &text);
        looked += usize::from(!tests.is_empty());
        if tests.contains("sleep(") {
            sleeping.push(within.to_owned());
        }
    }
    assert!(looked > 80, "only {looked} files with tests were found");
    assert!(sleeping.is_empty(), "these sleep: {sleeping:?}");
}
