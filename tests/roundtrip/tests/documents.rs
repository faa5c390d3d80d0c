//! The types of every API on board carry whatever their documents admit.

#[path = "documents/recorded.rs"]
mod recorded;
mod tables {
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

use std::path::Path;

use roundtrip::{Row, check};

fn hold(document: &str, table: &[&[Row]]) {
    let document = roundtrip::document(Path::new(document)).expect("the document is read");
    let report = check(&document, table);
    assert!(report.missing.is_empty(), "without a row: {}", report.missing.join(", "));
    assert!(
        report.faults.is_empty(),
        "{} faults in {} schemas:\n{}",
        report.faults.len(),
        report.schemas,
        report.faults.join("\n")
    );
    assert!(
        report.samples > 2 * report.schemas && report.schemas > 100,
        "{} samples of {} schemas",
        report.samples,
        report.schemas
    );
}

#[test]
fn ironclad_loses_nothing() {
    hold(tables::ironclad::DOCUMENT, tables::ironclad::TABLE);
}

#[test]
fn torii_loses_nothing() {
    hold(tables::torii::DOCUMENT, tables::torii::TABLE);
}
