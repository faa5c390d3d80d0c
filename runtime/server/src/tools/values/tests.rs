use proptest::prelude::*;
use support::tool::{Choice, Money, ValueKinds};

use super::*;
use crate::call::foreign_text::foreign;
use crate::testing::DEMO;

static KINDS: ValueKinds = ValueKinds {
    kinds: &[("line", ValueKind::Text), ("days", ValueKind::Date), ("pick", ValueKind::Options)],
    money: Money { amount: "amount", currency: "currency", unit: "", whole: false, bare: false },
    people: None,
};

const SOURCE: TenantValues = TenantValues {
    tool: "list_all_demo_fields",
    fields: "kinds[].fields",
    key: "",
    kind: "type",
    label: "label",
    options: "of",
    option: "",
    option_label: "",
    within: &["own"],
    wrapped: false,
    names: &["without"],
    choices: &[Choice { argument: "sort", items: "kinds", key: "name", also: &["label"] }],
    further: &[("always", "line")],
    arguments: &[("due", "days")],
    instead: &[("never", "nothing")],
    kinds: &KINDS,
};

fn metadata(label: &str, option: &str) -> Value {
    json!({"kinds": [
        {"name": "one", "label": label, "fields": {"a": {"type": "line", "label": label}, "b": {"type": "days"}}},
        {"name": "two", "fields": {"c": {"type": "pick", "of": [option, "x, y"]}, "d": {"type": "hologram"}}}]})
}

fn fitted(metadata: &Value, mut given: Value) -> (Value, Vec<Violation>) {
    let found = Found::new();
    let mut fit = Fit::new(&KINDS, &found);
    let fields = TenantFields::read(SOURCE, metadata);
    fields.fit(&DEMO.tools[0], None, given.as_object_mut().unwrap(), &mut fit);
    (given, fit.violations.named().to_vec())
}

#[test]
fn what_metadata_says_is_read_from_lists_and_by_name() {
    let given = json!({"own": {"a": 1, "b": "31 January 2026", "c": "X, Y", "d": [7], "always": "x"},
        "sort": "Eins", "due": "2026-1-5", "without": ["a"]});
    let (sent, violations) = fitted(&metadata("Eins", "z"), given);
    assert_eq!(violations, []);
    let own = json!({"a": "1", "b": "2026-01-31", "c": ["x, y"], "d": [7], "always": "x"});
    assert_eq!(sent["own"], own);
    assert_eq!((&sent["sort"], &sent["due"]), (&json!("one"), &json!("2026-01-05")));
    let wrong = json!({"own": {"never": 1, "e": 1, "eins": 1, "c": ["q"]}, "sort": "three", "without": ["aa", "z"]});
    let (_, violations) = fitted(&metadata("Eins", "z"), wrong);
    let mut named: Vec<(&str, Option<&str>)> =
        violations.iter().map(|found| (found.pointer.as_str(), found.nearest.as_deref())).collect();
    named.sort_unstable();
    let wanted = [
        ("/own/c/0", None),
        ("/own/e", None),
        ("/own/eins", Some("a")),
        ("/own/never", None),
        ("/sort", None),
        ("/without/0", None),
        ("/without/1", None),
    ];
    assert_eq!(named, wanted);
}

#[test]
fn metadata_without_fields_and_spellings_that_could_be_two_decide_nothing() {
    let given = json!({"own": {"anything": 1}, "without": ["x"]});
    assert_eq!(fitted(&json!({"kinds": 7}), given.clone()), (given, Vec::new()));
    let (_, violations) = fitted(&metadata("", "X, ý"), json!({"own": {"c": ["X, Y"]}}));
    assert_eq!(violations.len(), 1, "{violations:?}");
}

proptest! {
    #[test]
    fn text_of_every_script_is_held_against_fields(name in foreign(), text in foreign()) {
        let given = json!({"own": {&name: text, "a": text, "b": text, "c": [text, name]}, "sort": text,
            "due": text, "without": [text]});
        let (_, violations) = fitted(&metadata(&name, &text), given);
        prop_assert!(violations.iter().all(|violation| violation.pointer.len() <= 203));
    }
}
