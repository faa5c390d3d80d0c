//! Answers recorded from the vendor decode into the typed answers without loss.

use std::path::Path;

use roundtrip::{Nulls, Row, difference};
use serde_json::Value;

use super::tables;

/// Beside the repository, where it is kept at all.
const RECORDED: &str = "../../../shared/vendor-specs/ironclad-live-shapes.json";

/// The row for a recorded path, which is written without the part that all paths share.
fn row(method: &str, path: &str) -> Option<&'static Row> {
    let whole = format!("/public/api/v1{path}");
    let names = |path: &str| {
        path.split('/')
            .map(|part| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() })
            .collect::<Vec<_>>()
    };
    let mut rows = tables::ironclad::TABLE.iter().copied().flatten();
    rows.find(|row| row.method == method && names(row.path) == names(&whole))
}

fn fault(call: &Value) -> Option<String> {
    let (method, path) = (call["method"].as_str()?, call["path"].as_str()?);
    let Some(row) = row(method, path) else { return Some("no operation".to_owned()) };
    let status = call["status"].as_u64().and_then(|status| status.try_into().ok())?;
    let Some(answer) = row.answer(status) else {
        return Some(format!("status {status} is not declared"));
    };
    let body = &call["response"];
    let brings = match body {
        Value::Null => "nothing",
        Value::Object(members) if members.contains_key("$binaryBytes") => "bytes",
        Value::String(_) if !call["contentType"].as_str().unwrap_or_default().contains("json") => {
            "text"
        }
        _ => "json",
    };
    match (brings, answer.kind, answer.trip) {
        ("nothing", "empty" | "optional_json", _)
        | ("bytes", "binary", _)
        | ("text", "text" | "binary", _) => None,
        ("json", _, Some(trip)) => match trip(body) {
            Ok(back) => difference(body, &back, Nulls::AreAbsent),
            Err(fault) => Some(fault),
        },
        (brings, kind, _) => {
            Some(format!("{status} brings {brings}, the document declares {kind}"))
        }
    }
}

#[test]
fn recorded_answers_are_decoded_without_loss() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDED);
    if !path.exists() {
        println!("skipped: there are no recorded answers at {}", path.display());
        return;
    }
    let recorded = roundtrip::document(&path).expect("the recording is read");
    let calls = recorded["calls"].as_array().expect("a list of calls");
    let faults: Vec<String> = calls
        .iter()
        .filter_map(|call| {
            fault(call).map(|fault| {
                format!("{} {} {}: {fault}", call["method"], call["path"], call["status"])
            })
        })
        .collect();
    assert!(!calls.is_empty(), "the recording is empty");
    assert!(
        faults.is_empty(),
        "{} of {} answers:\n{}",
        faults.len(),
        calls.len(),
        faults.join("\n")
    );
}
