//! Texts, lists and nothing, as what the schema asks for.

use serde_json::json;

use super::*;

fn coerced(schema: &Value, mut value: Value) -> Value {
    let mut violations = Violations::default();
    coerce(&mut value, schema, &mut violations);
    assert_eq!(violations.named(), []);
    value
}

#[test]
fn text_becomes_what_the_schema_asks_for() {
    let schema = json!({"type": "object", "properties": {
        "n": {"type": "integer"}, "f": {"type": "number"}, "b": {"type": ["boolean", "null"]}, "s": {"type": "string"},
        "l": {"type": "array", "items": {"type": "integer"}}, "o": {"type": "object", "properties": {"x": {"type": "boolean"}}},
        "u": {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "free": {}}});
    let given = json!({"n": " 7 ", "f": "1.5", "b": "True", "s": "7", "l": "[1,\"2\"]", "o": "{\"x\":\"false\"}", "u": "7", "free": "7"});
    let wanted = json!({"n": 7, "f": 1.5, "b": true, "s": "7", "l": [1, 2], "o": {"x": false}, "u": "7", "free": "7"});
    assert_eq!(coerced(&schema, given), wanted);
    assert_eq!(coerced(&schema, json!({"n": 5.0})), json!({"n": 5}));
    assert_eq!(
        coerced(&schema, json!({"n": "seven", "l": "a,b"})),
        json!({"n": "seven", "l": "a,b"})
    );
}

#[test]
fn plain_text_becomes_the_only_required_member() {
    let schema = json!({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}, "loud": {"type": "boolean"}}});
    assert_eq!(coerced(&schema, json!("why")), json!({"message": "why"}));
    assert_eq!(coerced(&schema, json!("{broken")), json!("{broken"));
}

#[test]
fn one_option_and_options_with_commas_become_a_list() {
    let schema =
        json!({"type": "array", "items": {"type": "string", "enum": ["active", "on hold"]}});
    for (given, wanted) in [
        (json!("active"), json!(["active"])),
        (json!("active, on hold"), json!(["active", "on hold"])),
        (json!("active,nope"), json!("active,nope")),
        (json!(""), json!("")),
    ] {
        assert_eq!(coerced(&schema, given), wanted);
    }
    let texts = json!({"type": "array", "items": {"type": "string"}});
    assert_eq!(coerced(&texts, json!("a,b")), json!("a,b"));
    assert_eq!(coerced(&texts, json!("a b")), json!(["a b"]));
    let addresses = json!({"type": "array", "items": {"type": "string", "format": "email"}});
    assert_eq!(coerced(&addresses, json!("a@x.y, b@x.y")), json!(["a@x.y", "b@x.y"]));
    assert_eq!(
        coerced(&json!({"type": "array", "items": {"type": "integer"}}), json!("1, 2")),
        json!([1, 2])
    );
}

#[test]
fn a_union_is_entered_where_its_constants_fit() {
    let schema = json!({"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
        {"type": "object", "properties": {"kind": {"const": "b"}, "n": {"type": "string"}}}]});
    assert_eq!(coerced(&schema, json!({"kind": "a", "n": "1"})), json!({"kind": "a", "n": 1}));
    assert_eq!(coerced(&schema, json!({"kind": "b", "n": "1"})), json!({"kind": "b", "n": "1"}));
}

#[test]
fn a_bad_date_is_a_fault_with_its_pointer() {
    let schema = json!({"type": "object", "properties": {"due": {"type": "array", "items": {"type": "string", "format": "date"}}}});
    let mut violations = Violations::default();
    coerce(&mut json!({"due": ["Jan 31, 2026", "soon"]}), &schema, &mut violations);
    assert_eq!(violations.count(), 1);
    assert_eq!(violations.named()[0].pointer, "/due/1");
}

#[test]
fn texts_become_no_more_values_than_a_call_may_have() {
    let numbers = "1,".repeat(json::VALUES) + "1";
    for (schema, text) in [
        (json!({"type": "array", "items": {"type": "integer"}}), numbers.clone()),
        (json!({"type": "array"}), format!("[{numbers}]")),
    ] {
        assert!(coerced(&schema, json!(text)).is_string());
    }
    let schema = json!({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}});
    let twice = json!(["1,".repeat(json::VALUES / 2) + "1", "1,".repeat(json::VALUES / 2) + "1"]);
    let read = coerced(&schema, twice);
    assert!(read[0].is_array() && read[1].is_string());
}

#[test]
fn one_value_and_a_list_of_one_are_the_same_where_only_one_of_them_can_be_meant() {
    let numbers = json!({"type": "array", "items": {"type": "integer"}});
    assert_eq!(coerced(&numbers, json!(7)), json!([7]));
    let objects = json!({"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}});
    assert_eq!(coerced(&objects, json!({"n": "7"})), json!([{"n": 7}]));
    assert_eq!(coerced(&json!({"type": "string"}), json!(["a"])), json!("a"));
    assert_eq!(coerced(&json!({"type": "integer"}), json!([7])), json!(7));
    for (schema, kept) in [
        (json!({"type": "string"}), json!(["a", "b"])),
        (json!({"type": "string"}), json!([["a"]])),
        (json!({"type": "string"}), json!([7])),
        (json!({"type": "array", "items": {}}), json!(7)),
        (json!({"type": "array", "items": {"type": "string"}}), json!(7)),
        (json!({}), json!([7])),
    ] {
        assert_eq!(coerced(&schema, kept.clone()), kept, "{schema}");
    }
}

#[test]
fn json_for_a_text_that_holds_json_becomes_that_text() {
    let schema = json!({"type": "string", "contentMediaType": "application/json"});
    assert_eq!(coerced(&schema, json!([{"key": "a"}])), json!("[{\"key\":\"a\"}]"));
    assert_eq!(coerced(&schema, json!("[1]")), json!("[1]"));
    assert_eq!(coerced(&json!({"type": "string"}), json!({"a": 1})), json!({"a": 1}));
}

#[test]
fn what_says_nothing_is_left_out_where_it_may_be() {
    let schema = json!({"type": "object", "required": ["must"], "properties": {
        "must": {"type": "string", "minLength": 1}, "n": {"type": "integer"}, "clear": {"type": ["number", "null"]},
        "text": {"type": "string"}, "day": {"type": "string", "format": "date"}, "kind": {"type": "string", "enum": ["a"]},
        "free": {}, "inner": {"type": "object", "properties": {"n": {"type": "integer"}}}}});
    let given = json!({"must": "", "n": null, "clear": null, "text": "", "day": "", "kind": "", "free": null,
        "inner": {"n": ""}, "own": null});
    let wanted =
        json!({"must": "", "clear": null, "text": "", "free": null, "inner": {}, "own": null});
    assert_eq!(coerced(&schema, given), wanted);
    assert_eq!(coerced(&schema, json!({"must": null, "n": 1})), json!({"must": null, "n": 1}));
}
