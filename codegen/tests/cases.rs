//! Documents that were hard on other generators, kept beside the repository: each of them is read
//! to its end, and what was found is told by kind.
//!
//! They are in the folder that `CODEGEN_CASES` names, or else in `../shared/cases` seen from the
//! repository. Without them there is nothing to test, which is said.

use std::path::{Path, PathBuf};

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::{Layout, Options, generate, load};

fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
    #[expect(clippy::disallowed_methods, reason = "where documents are that a test reads")]
    let named = std::env::var_os("CODEGEN_CASES");
    named.map_or(beside, PathBuf::from)
}

/// The documents, by name.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect();
    found.sort();
    found
}

#[test]
fn each_case_is_read_to_its_end_without_an_error() {
    let folder = folder();
    let cases = cases(&folder);
    if cases.is_empty() {
        println!("skipped: there are no documents in {}", folder.display());
        return;
    }
    for path in cases {
        let mut diags = Diagnostics::new(Mode::Lenient);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let document = load::load_as(&path, &name, &mut diags);
        let options = Options {
            mode: Mode::Lenient,
            name: "case".to_owned(),
            lock: None,
            prompts: None,
            layout: Layout::Workspace,
        };
        let output = document.and_then(|document| {
            let (output, found) = generate(document, None, &options);
            diags.extend(found);
            output
        });
        println!("{name}\n{}", diags.summary());
        assert_eq!(diags.count(Severity::Error), 0, "{name}");
        assert!(output.is_some_and(|output| !output.artifacts.is_empty()), "{name}");
    }
}
