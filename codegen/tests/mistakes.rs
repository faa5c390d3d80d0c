//! Mistakes in calling a generated crate are reported where they are made: in the caller's file, on
//! the caller's line, and not inside of what was generated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The programs: each has one line with the mistake, but for the one that has none.
const PROGRAMS: [&str; 6] =
    ["none", "missing_argument", "wrong_type", "unknown_member", "moved_client", "forgotten_await"];

#[test]
fn mistakes_are_reported_in_the_callers_file_and_line() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = here.join("tests/mistakes");
    let work = tempfile::tempdir().expect("a folder");
    let made = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(["generate", "--name", "notes", "--spec"])
        .arg(sources.join("notes.yaml"))
        .arg("--out")
        .arg(work.path().join("notes"))
        .arg("--support")
        .arg(here.join("../runtime/support"))
        .output()
        .expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let caller = work.path().join("caller");
    std::fs::create_dir_all(caller.join("src/bin")).expect("made");
    for program in PROGRAMS {
        let file = format!("{program}.rs");
        std::fs::copy(sources.join(&file), caller.join("src/bin").join(file)).expect("copied");
    }
    std::fs::write(
        caller.join("Cargo.toml"),
        "[package]\nname = \"caller\"\nedition = \"2024\"\n\n[dependencies]\nnotes = { path = \"../notes\", default-features = false }\n\n[workspace]\n",
    )
    .expect("written");
    std::fs::copy(here.join("../Cargo.lock"), caller.join("Cargo.lock")).expect("copied");

    let reported = errors(&caller);
    for program in PROGRAMS {
        let path = format!("src/bin/{program}.rs");
        let text = std::fs::read_to_string(caller.join(&path)).expect("readable");
        let marked: BTreeSet<usize> = (1..)
            .zip(text.lines())
            .filter(|(_, line)| line.ends_with("// mistake"))
            .map(|(number, _)| number)
            .collect();
        let lines = reported.get(Path::new(&path)).cloned().unwrap_or_default();
        assert_eq!(lines, marked, "{path}");
        assert_eq!(marked.len(), usize::from(program != "none"), "{path}");
    }
    assert_eq!(reported.len(), PROGRAMS.len() - 1, "elsewhere: {reported:?}");
}

/// The lines of errors by file, as the compiler points at them.
fn errors(caller: &Path) -> BTreeMap<PathBuf, BTreeSet<usize>> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--bins", "--keep-going", "--message-format=json", "--quiet"])
        .current_dir(caller)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes"))
        .output()
        .expect("runs");
    let mut found: BTreeMap<PathBuf, BTreeSet<usize>> = BTreeMap::new();
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = &line["message"];
        if line["reason"] != "compiler-message" || message["level"] != "error" {
            continue;
        }
        for span in message["spans"].as_array().into_iter().flatten() {
            if span["is_primary"] == true {
                let file = PathBuf::from(span["file_name"].as_str().expect("a file"));
                let at = span["line_start"].as_u64().and_then(|at| usize::try_from(at).ok());
                found.entry(file).or_default().extend(at);
            }
        }
    }
    assert!(!found.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    found
}
