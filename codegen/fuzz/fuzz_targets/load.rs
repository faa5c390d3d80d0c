//! Any bytes, as JSON and as YAML: a document or a diagnostic, never a panic.
#![no_main]

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::load;
use codegen::measure;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for file in ["fuzz.yaml", "fuzz.json"] {
        let mut diags = Diagnostics::new(Mode::Strict);
        match load::parse(file, bytes, &mut diags) {
            Some(document) => {
                assert!(document.root.is_object());
                assert!(measure::depth(&document.root) <= load::MAX_DEPTH + 1);
                assert!(measure::weight(&document.root) <= load::MAX_NODES);
            }
            None => assert!(diags.has_errors()),
        }
    }
});
