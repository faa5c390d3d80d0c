//! Any document, through the whole line: a crate or a diagnostic, never a panic; and no name is
//! given twice.
#![no_main]

use std::collections::BTreeSet;

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::{Layout, Options, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut diags = Diagnostics::new(Mode::Lenient);
    let Some(document) = load::parse("fuzz.yaml", bytes, &mut diags) else {
        return;
    };
    let layout = Layout::Standalone { support: "../support".to_owned() };
    let options = Options { mode: Mode::Lenient, name: "fuzz".to_owned(), lock: None, prompts: None, layout };
    let (Some(output), _) = codegen::generate(document, None, &options) else {
        return;
    };
    let mut paths = BTreeSet::new();
    for artifact in &output.artifacts {
        assert!(paths.insert(artifact.path.to_ascii_lowercase()), "{} twice", artifact.path);
    }
    let types = output.api.types.iter().map(|ty| &ty.ident);
    let mut names = BTreeSet::new();
    for name in types.chain(output.api.operations.iter().map(|operation| &operation.type_ident)) {
        assert!(!name.is_empty() && names.insert(name), "{name} twice");
    }
});
