//! Bodies of outbound answers are read in one place, read from the sources.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use std::path::{Path, PathBuf};

/// Every Rust source below a folder, with its path from there.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// A text without blanks, so that a chain of calls reads the same however it is broken into lines.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn only_one_function_reads_the_body_of_an_outbound_answer() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let own = runtime.join("upstream/src");
    let mut places = Vec::new();
    for (path, text) in sources(runtime) {
        let is_own = path.starts_with(&own);
        // What `support` has for programs is no part of the server: `rooms` looks at its build.
        let is_for_programs = path.starts_with(runtime.join("support/src/client"))
            || path == runtime.join("support/src/client.rs");
        if !is_own && !is_for_programs && !path.starts_with(runtime.join("upstream")) {
            assert!(!text.contains("reqwest::"), "{} talks past `upstream`", path.display());
        }
        let text = dense(&text);
        if is_own {
            for reader in [
                ".bytes().await",
                ".text().await",
                ".text_with_charset(",
                ".json().await",
                ".json::<",
                ".chunk().await",
                "reqwest::Body",
            ] {
                assert!(
                    !text.contains(reader),
                    "{} reads a body by {reader}: StreamingResponse::collect has a bound",
                    path.display()
                );
            }
            places.extend(
                text.matches(".bytes_stream()")
                    .map(|_| path.strip_prefix(&own).unwrap().to_owned()),
            );
            assert_eq!(
                text.matches(".send().await").count(),
                usize::from(path.ends_with("lib.rs")),
                "{}: all requests pass Upstream::send",
                path.display()
            );
        }
    }
    assert_eq!(places, [PathBuf::from("lib.rs")]);
}
