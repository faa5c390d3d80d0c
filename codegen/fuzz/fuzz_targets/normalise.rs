//! Any document, halved into document and overlay where it says so: what comes out is sound.
#![no_main]

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::{load, normalise, overlay};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (spec, changes) = text.split_once("\n---\n").unwrap_or((&text, ""));
    let mut diags = Diagnostics::new(Mode::Lenient);
    let Some(mut document) = load::parse("fuzz.yaml", spec.as_bytes(), &mut diags) else {
        return;
    };
    if let Some(changes) = load::parse("overlay.yaml", changes.as_bytes(), &mut diags) {
        overlay::apply(&mut document, &changes, &mut diags);
    }
    if let Some(done) = normalise::normalise(document, Mode::Lenient, &mut diags) {
        assert_eq!(normalise::unsound(&done.root), None);
    }
});
