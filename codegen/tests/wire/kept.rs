//! What a schema admits is sent as it was given, whatever its type makes of it.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use serde_json::{Value, json};
use support::request::Body;

use super::wires;

/// The body that is sent for these members.
fn sent(operation: &str, given: &Value) -> Value {
    let Body::Full { content, .. } = wires(operation, given.clone()).unwrap().body else {
        panic!("a body")
    };
    serde_json::from_slice(&content).unwrap()
}

#[test]
fn what_is_admitted_is_sent_whole() {
    for given in [
        json!({"any": {"a": "x", "b": "y"}}),
        json!({"any": {"b": "y", "a": "x"}}),
        json!({"partial": {"a": "x"}}),
        json!({"partial": {"b": 1}}),
        json!({"demanded": {"q": {"deep": [1]}, "a": "x"}}),
        json!({"bounded": {"n": 7}}),
        json!({"loose": {"a": "x", "more": [true, null]}}),
        json!({"number": 9_007_199_254_740_993_i64}),
        json!({"number": 1.5}),
        json!({"label": {"revision": 1, "grams": 5}}),
        json!({"label": {"revision": 2, "colour": "red"}}),
        json!({"answer": "red"}),
        json!({"answer": ""}),
        json!({"hound": {"kind": "hound", "bark": "w"}}),
        json!({"hound": {"kind": "Puppy", "bark": "w", "weeks": 3}}),
    ] {
        assert_eq!(sent("kept", &given), given);
    }
}

#[test]
fn a_whole_number_that_tells_alternatives_stays_one() {
    let given = json!({"revision": 1, "grams": 5});
    assert_eq!(sent("keptLabel", &given), given);
    let refused = wires("keptLabel", json!({"revision": 1, "colour": "red"}));
    assert!(refused.is_err(), "{refused:?}");
}
