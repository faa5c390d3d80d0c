//! Values held against a form.

use proptest::prelude::*;

use super::check::check;
use super::*;
use crate::call::foreign_text::foreign;
use crate::violation::Violation;

fn violations(attributes: &mut Value, defaults: Defaults) -> Vec<Violation> {
    let form = json!({
        "counterpartyName": {"type": "string", "displayName": "Counterparty Name", "required": "always", "options": {"freeTextAllowed": true}},
        "signer8b": {"type": "email", "displayName": "Signer Email", "required": "always", "default": "a@b.example"},
        "law": {"type": "string", "required": "never", "options": {"freeTextAllowed": false, "values": ["Delaware", "California"]}},
        "regions": {"type": "array", "required": "never", "options": {"freeTextAllowed": false, "values": ["EU", "US"]}, "elementType": {"type": "string"}},
        "fee": {"type": "monetaryAmount", "required": "never"}, "term": {"type": "duration", "required": "never"},
        "start": {"type": "date", "required": "conditional"}, "count": {"type": "number"},
        "table": {"type": "array", "elementType": {"type": "object", "schema": {"item": {"type": "string", "required": "always"}}}},
        "new": {"type": "hologram"}});
    let mut found = Violations::default();
    check(
        "/attributes",
        form.as_object().unwrap(),
        attributes.as_object_mut().unwrap(),
        defaults,
        &mut found,
    );
    found.named().to_vec()
}

#[test]
fn every_fault_is_named_with_the_right_shape() {
    let mut attributes = json!({"counterPartyname": "x", "Signer Email": "y", "law": "Delawere", "regions": ["EU", "UK"], "fee": "lots",
        "term": {"year": 1}, "start": "soon", "table": [{}], "new": 7});
    let found = violations(&mut attributes, Defaults::Left);
    let find = |pointer: &str| {
        found
            .iter()
            .find(|violation| violation.pointer == pointer)
            .unwrap_or_else(|| panic!("{pointer} in {found:?}"))
    };
    assert_eq!(
        find("/attributes/counterpartyName").expected,
        "required: string of at most 32000 characters (Counterparty Name)"
    );
    assert_eq!(find("/attributes/counterPartyname").nearest.as_deref(), Some("counterpartyName"));
    assert_eq!(find("/attributes/Signer Email").nearest.as_deref(), Some("signer8b"));
    assert_eq!(find("/attributes/law").nearest.as_deref(), Some("Delaware"));
    assert_eq!(find("/attributes/regions/1").expected, "one of EU, US");
    assert!(find("/attributes/fee").expected.contains("currency"));
    find("/attributes/term");
    find("/attributes/start");
    find("/attributes/table/0/item");
    find("/attributes/signer8b");
    assert_eq!(found.len(), 10);
}

#[test]
fn good_values_pass_and_text_becomes_what_the_form_asks_for() {
    let mut attributes = json!({"counterpartyName": "x", "fee": {"currency": "USD", "amount": "25.5"}, "start": "Jan 31, 2026",
        "count": "3", "table": "[{\"item\":\"a\"}]", "law": "DELAWARE", "regions": ["eu", "Ús"]});
    assert_eq!(violations(&mut attributes, Defaults::Filled), []);
    assert_eq!(
        (&attributes["law"], &attributes["regions"]),
        (&json!("Delaware"), &json!(["EU", "US"]))
    );
    assert_eq!(attributes["fee"]["amount"], 25.5);
    assert_eq!(attributes["start"], "2026-01-31T00:00:00Z");
    assert_eq!((&attributes["count"], &attributes["table"]), (&json!(3), &json!([{"item": "a"}])));
}

#[test]
fn a_day_is_sent_as_iso_however_long_its_spelling_is() {
    for (given, sent) in [
        ("2026-01-31", "2026-01-31"),
        ("01/31/2026", "2026-01-31T00:00:00Z"),
        ("31.01.2026", "2026-01-31T00:00:00Z"),
        ("2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
    ] {
        let mut attributes =
            json!({"counterpartyName": "x", "signer8b": "a@b.example", "start": given});
        assert_eq!(violations(&mut attributes, Defaults::Left), []);
        assert_eq!(attributes["start"], sent, "{given}");
    }
}

proptest! {
    #[test]
    fn text_of_every_script_is_held_against_a_form(name in foreign(), text in foreign()) {
        let fields = json!({"a": {"type": "date", "displayName": name},
            "b": {"type": "string", "options": {"values": [name, "x"]}},
            "c": {"type": "array", "elementType": {"type": "number"}}});
        let fields = fields.as_object().unwrap();
        let given = ["a", "b", "c", &text].map(|member| (member.to_owned(), text.clone().into()));
        let mut found = Violations::default();
        check("", fields, &mut Map::from_iter(given), Defaults::Left, &mut found);
        let short = |violation: &Violation| violation.pointer.len() <= 203;
        prop_assert!(found.named().iter().all(short));
        let _ = schema(fields);
    }
}
