//! What a schema of a document means, of arguments: which values its full schema admits.

use codegen::diagnostics::{Mode, Severity};
use codegen::load::Document;
use codegen::{Layout, Options, generate};
use serde_json::{Value, json};

/// The full schema of the tool of `POST /x` whose body has this schema, and every note.
fn full(version: &str, body: &Value, schemas: Value) -> (Value, String) {
    let content = json!({"application/json": {"schema": body}});
    full_of(version, &json!({"required": true, "content": content}), schemas)
}

/// The same for a request body as it stands.
fn full_of(version: &str, body: &Value, schemas: Value) -> (Value, String) {
    let root = json!({
        "openapi": version,
        "info": {"title": "Meaning", "version": "1"},
        "servers": [{"url": "https://api.test"}],
        "paths": {"/x": {"post": {
            "operationId": "opX",
            "requestBody": body,
            "responses": {"204": {"description": "done"}},
        }}},
        "components": {"schemas": schemas},
    });
    let options = Options {
        mode: Mode::Lenient,
        name: "meaning".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    let document = Document { file: "meaning.json".to_owned(), root };
    let (output, said) = generate(document, None, &options);
    let api = output.expect("something").api;
    let entry = codegen::render::schema::entries(&api).remove(0);
    (entry.full, said.render(Severity::Note))
}

/// Holds a member `v` of this schema against values.
fn holds(schema: &Value, schemas: Value, admitted: &[Value], refused: &[Value]) {
    let body = json!({"type": "object", "required": ["v"], "properties": {"v": schema}});
    let wrap = |value: &Value| json!({"v": value});
    let (full, _) = full("3.1.0", &body, schemas);
    judge(&full, admitted.iter().map(wrap), refused.iter().map(wrap));
}

/// Holds a body of this schema against arguments.
fn holds_whole(body: &Value, schemas: Value, admitted: &[Value], refused: &[Value]) {
    let (full, _) = full("3.1.0", body, schemas);
    judge(&full, admitted.iter().cloned(), refused.iter().cloned());
}

fn judge(
    full: &Value,
    admitted: impl Iterator<Item = Value>,
    refused: impl Iterator<Item = Value>,
) {
    let validator = jsonschema::validator_for(full).expect("a schema that compiles");
    for value in admitted {
        assert!(validator.is_valid(&value), "refuses {value}: {full:#}");
    }
    for value in refused {
        assert!(!validator.is_valid(&value), "admits {value}: {full:#}");
    }
}

#[test]
fn bounds_in_several_parts_hold_together() {
    let integer = json!({"I": {"type": "integer", "minimum": 0}});
    holds(
        &json!({"allOf": [{"$ref": "#/components/schemas/I"}, {"maximum": 30}]}),
        integer,
        &[json!(0), json!(30)],
        &[json!(-1), json!(31), json!(1.5), json!("1")],
    );
    holds(
        &json!({"allOf": [{"type": "string", "minLength": 3}, {"maxLength": 5}, {"pattern": "^a"}]}),
        json!({}),
        &[json!("abc"), json!("abcde")],
        &[json!("ab"), json!("abcdef"), json!("xyz")],
    );
    holds(
        &json!({"type": "array", "items": {"allOf": [{"enum": ["a", "b", "c"]}, {"enum": ["c", "b", "d"]}]}}),
        json!({}),
        &[json!(["b", "c"]), json!([])],
        &[json!(["a"]), json!(["d"])],
    );
}

#[test]
fn a_member_of_two_parts_is_what_both_say() {
    let base = json!({"B": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}}});
    holds(
        &json!({"allOf": [{"$ref": "#/components/schemas/B"}, {"properties": {"n": {"maximum": 10}, "l": {"minItems": 1}}},
            {"properties": {"l": {"type": "array", "items": {"type": "integer"}, "maxItems": 2}}}]}),
        base,
        &[json!({"n": 10, "l": [1, 2]}), json!({"n": 1})],
        &[
            json!({"n": 0}),
            json!({"n": 11}),
            json!({"n": 1.5}),
            json!({}),
            json!({"n": 1, "l": []}),
            json!({"n": 1, "l": [1, 2, 3]}),
        ],
    );
}

#[test]
fn what_stands_beside_a_reference_counts() {
    holds(
        &json!({"type": "object", "properties": {"p": {"$ref": "#/components/schemas/S", "maxLength": 3}}}),
        json!({"S": {"type": "string", "minLength": 1, "pattern": "^a"}}),
        &[json!({"p": "abc"})],
        &[json!({"p": "abcd"}), json!({"p": ""}), json!({"p": "b"})],
    );
}

#[test]
fn a_type_beside_alternatives_counts() {
    holds(
        &json!({"type": "string", "oneOf": [{"enum": ["a", "b"]}, {"enum": ["c"]}]}),
        json!({}),
        &[json!("a"), json!("c")],
        &[json!("d"), json!(1)],
    );
    holds(
        &json!({"type": "array", "oneOf": [{"items": {"type": "string"}}, {"items": {"type": "integer"}}]}),
        json!({}),
        &[json!(["a"]), json!([1, 2])],
        &[json!(["a", 1]), json!("a")],
    );
}

#[test]
fn texts_of_an_open_list_are_all_admitted() {
    holds(
        &json!({"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a", "b"]}]}),
        json!({}),
        &[json!("a"), json!("z")],
        &[json!(1)],
    );
    // As `oneOf`, the document would refuse its own values.
    holds(
        &json!({"oneOf": [{"type": "string"}, {"type": "string", "enum": ["a", "b"]}]}),
        json!({}),
        &[json!("a"), json!("z")],
        &[json!(1)],
    );
}

#[test]
fn exactly_null_and_exactly_one_value() {
    holds(&json!({"type": "null"}), json!({}), &[json!(null)], &[json!(0), json!("")]);
    holds(
        &json!({"const": {"a": 1}}),
        json!({}),
        &[json!({"a": 1})],
        &[json!({"a": 2}), json!({})],
    );
    holds(
        &json!({"type": "object", "properties": {"never": false, "a": {"type": "integer"}}}),
        json!({}),
        &[json!({"a": 1})],
        &[json!({"never": 1})],
    );
    let schemas = json!({"Status": {"type": "string", "enum": ["on", "off"]}, "Blank": {"enum": [""]}, "Null": {"enum": [null]}});
    holds(
        &json!({"oneOf": [{"$ref": "#/components/schemas/Status"}, {"$ref": "#/components/schemas/Blank"}, {"$ref": "#/components/schemas/Null"}]}),
        schemas,
        &[json!("on"), json!(""), json!(null)],
        &[json!("x"), json!(0)],
    );
}

#[test]
fn what_must_not_be_is_refused() {
    holds(
        &json!({"type": "string", "not": {"enum": ["root"]}}),
        json!({}),
        &[json!("jo")],
        &[json!("root")],
    );
    let either = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}]});
    holds(
        &either,
        json!({}),
        &[json!({"a": "x"}), json!({"b": "x"})],
        &[json!({}), json!({"a": "x", "b": "y"}), json!({"a": "x", "c": 1})],
    );
    holds_whole(
        &either,
        json!({}),
        &[json!({"a": "x"})],
        &[json!({}), json!({"a": "x", "b": "y"})],
    );
}

#[test]
fn one_of_several_members_is_demanded_of_arguments() {
    holds_whole(
        &json!({"type": "object", "anyOf": [{"required": ["first"]}, {"required": ["last"]}],
            "properties": {"first": {"type": "string"}, "last": {"type": "string"}, "age": {"type": "integer"}}}),
        json!({}),
        &[
            json!({"first": "a"}),
            json!({"last": "b", "age": 3}),
            json!({"first": "a", "last": "b"}),
        ],
        &[json!({"age": 3}), json!({}), json!({"first": 1})],
    );
    holds_whole(
        &json!({"type": "object", "minProperties": 1, "properties": {"a": {"type": "string"}}}),
        json!({}),
        &[json!({"a": "x"})],
        &[json!({})],
    );
}

#[test]
fn what_one_alternative_demands_is_not_demanded_of_others() {
    holds(
        &json!({"type": "object", "properties": {"a": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"], "properties": {"b": {"type": "integer"}}}]}),
        json!({}),
        &[json!({"a": "x"}), json!({"b": 1})],
        &[json!({}), json!({"b": "x"})],
    );
    holds(
        &json!({"allOf": [{"type": "object", "properties": {"b": {"type": "string"}}},
            {"oneOf": [{"$ref": "#/components/schemas/T"}, {"type": "object", "required": ["y"], "properties": {"y": {}}}]}]}),
        json!({"T": {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}}),
        &[json!({"y": 1}), json!({"x": "x", "b": "b"}), json!({"y": [], "b": "b"})],
        &[json!({"b": "b"}), json!({"x": 1})],
    );
}

#[test]
fn members_of_several_alternatives_go_together_where_any_may_hold() {
    let schema = json!({"anyOf": [
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}]});
    holds(
        &schema,
        json!({}),
        &[json!({"a": "x"}), json!({"b": "x"}), json!({"a": "x", "b": "y"})],
        &[json!({}), json!({"a": "x", "c": 1}), json!({"a": 1})],
    );
}

#[test]
fn a_demanded_member_need_not_be_declared() {
    holds(
        &json!({"type": "object", "required": ["a"], "additionalProperties": {"type": "string"}}),
        json!({}),
        &[json!({"a": "x"}), json!({"a": "x", "z": "y"})],
        &[json!({}), json!({"a": 1})],
    );
    holds(
        &json!({"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["q"]}]}),
        json!({"B": {"type": "object", "properties": {"a": {"type": "string"}}}}),
        &[json!({"q": 1}), json!({"q": {}, "a": "x"})],
        &[json!({"a": "x"}), json!({"q": 1, "z": 1})],
    );
}

#[test]
fn a_part_that_lets_other_members_through_opens_the_whole() {
    let listed =
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}});
    let open = json!({"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": true});
    let whole = json!({"allOf": [listed, open]});
    let admitted = [json!({"a": 1, "b": "x"}), json!({"a": 1, "c": [2]})];
    let refused = [json!({"c": 1}), json!({"a": "x"}), json!({"a": 1, "b": 2})];
    holds(&whole, json!({}), &admitted, &refused);
    holds_whole(&whole, json!({}), &admitted, &refused);
}

#[test]
fn a_body_of_alternatives_is_checked_against_them_whole() {
    let schemas = json!({
        "C": {"type": "object", "required": ["k", "claws"], "properties": {"k": {"type": "string", "enum": ["C"]}, "claws": {"type": "integer"}}},
        "D": {"type": "object", "required": ["k", "bark"], "properties": {"k": {"type": "string", "enum": ["D"]}, "bark": {"type": "string"}}},
    });
    holds_whole(
        &json!({"oneOf": [{"$ref": "#/components/schemas/C"}, {"$ref": "#/components/schemas/D"}], "discriminator": {"propertyName": "k"}}),
        schemas,
        &[json!({"k": "C", "claws": 4}), json!({"k": "D", "bark": "w"})],
        &[
            json!({}),
            json!({"k": "C"}),
            json!({"k": "C", "bark": "w"}),
            json!({"k": "E", "claws": 1}),
            json!({"k": "C", "claws": 1, "bark": "w"}),
        ],
    );
}

#[test]
fn a_tag_is_of_the_type_that_it_is_declared_with() {
    let schemas = json!({
        "Paper": {"type": "object", "required": ["revision"], "properties": {"revision": {"type": "integer", "const": 1}, "grams": {"type": "integer"}}},
        "Foil": {"type": "object", "required": ["revision"], "properties": {"revision": {"type": "integer"}, "colour": {"type": "string"}}},
    });
    let label = json!({"oneOf": [{"$ref": "#/components/schemas/Paper"}, {"$ref": "#/components/schemas/Foil"}],
        "discriminator": {"propertyName": "revision", "mapping": {"1": "#/components/schemas/Paper", "2": "#/components/schemas/Foil"}}});
    let admitted = [json!({"revision": 1, "grams": 5}), json!({"revision": 2, "colour": "red"})];
    let refused = [
        json!({"revision": "1", "grams": 5}),
        json!({"revision": 2, "grams": 5}),
        json!({"revision": 3}),
    ];
    holds(&label, schemas.clone(), &admitted, &refused);
    holds_whole(&label, schemas, &admitted, &refused);
}

#[test]
fn a_base_is_an_argument_like_those_made_of_it() {
    let schemas = json!({
        "Beast": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "name": {"type": "string"}},
            "discriminator": {"propertyName": "kind", "mapping": {"hound": "#/components/schemas/Dog"}}},
        "Dog": {"allOf": [{"$ref": "#/components/schemas/Beast"}, {"type": "object", "properties": {"bark": {"type": "string"}}}]},
        "Puppy": {"allOf": [{"$ref": "#/components/schemas/Dog"}, {"type": "object", "required": ["weeks"], "properties": {"weeks": {"type": "integer"}}}]},
    });
    holds(
        &json!({"$ref": "#/components/schemas/Beast"}),
        schemas.clone(),
        &[
            json!({"kind": "snail"}),
            json!({"kind": "hound", "bark": "w"}),
            json!({"kind": "Puppy", "weeks": 3, "bark": "w"}),
        ],
        &[json!({}), json!({"kind": "snail", "bark": "w"}), json!({"kind": "hound", "weeks": 1})],
    );
    // The middle of a chain keeps what its subtype has.
    holds(
        &json!({"$ref": "#/components/schemas/Dog"}),
        schemas,
        &[json!({"kind": "hound", "bark": "w"}), json!({"kind": "Puppy", "weeks": 3})],
        &[json!({"kind": "hound", "weeks": 3})],
    );
    // A discriminator beside members and alternatives: the tag stays on the base.
    let reply = json!({
        "Reply": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["W", "S"]}, "asker": {"type": "string"}},
            "discriminator": {"propertyName": "kind", "mapping": {"W": "#/components/schemas/Words", "S": "#/components/schemas/Scale"}},
            "oneOf": [{"$ref": "#/components/schemas/Words"}, {"$ref": "#/components/schemas/Scale"}]},
        "Words": {"type": "object", "required": ["words"], "properties": {"words": {"type": "string"}}},
        "Scale": {"type": "object", "required": ["grade"], "properties": {"grade": {"type": "integer"}}},
    });
    holds(
        &json!({"$ref": "#/components/schemas/Reply"}),
        reply,
        &[json!({"kind": "W", "words": "w", "asker": "jo"}), json!({"kind": "S", "grade": 1})],
        &[
            json!({"kind": "W", "grade": 1}),
            json!({"words": "w"}),
            json!({"kind": "X", "words": "w"}),
        ],
    );
}

#[test]
fn names_by_pattern_and_places_of_a_list_are_judged_as_stated() {
    holds(
        &json!({"type": "object", "properties": {"a": {"type": "integer"}}, "patternProperties": {"^s_": {"type": "string"}}, "additionalProperties": false}),
        json!({}),
        &[json!({"a": 1, "s_x": "t"})],
        &[json!({"s_x": 1}), json!({"b": 1})],
    );
    holds(
        &json!({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]}),
        json!({}),
        &[json!([1, "a"]), json!([1]), json!([1, "a", true])],
        &[json!(["a"]), json!([1, 2])],
    );
    holds(
        &json!({"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}}], "unevaluatedProperties": {"type": "string"}}),
        json!({}),
        &[json!({"a": 1, "b": "x"})],
        &[json!({"a": 1, "b": 2})],
    );
}

#[test]
fn recursion_is_spelled_out_twice_and_then_said() {
    let body = json!({"type": "object", "required": ["v"], "properties": {"v": {"$ref": "#/components/schemas/X"}}});
    let schemas = json!({"X": {"type": "array", "items": {"$ref": "#/components/schemas/X"}}});
    let (full, said) = full("3.1.0", &body, schemas);
    judge(
        &full,
        [json!({"v": [[]]}), json!({"v": []})].into_iter(),
        [json!({"v": [1]})].into_iter(),
    );
    assert!(said.contains("note[cut-schema]"), "{said}");
}

#[test]
fn null_and_exclusive_bounds_of_the_older_dialect_are_understood() {
    let body = json!({"type": "object", "required": ["v"], "properties": {"v": {"type": "integer", "nullable": true,
        "minimum": 1, "exclusiveMinimum": true}, "r": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/S"}]}}});
    let (full, _) = full("3.0.3", &body, json!({"S": {"type": "string", "maxLength": 2}}));
    judge(
        &full,
        [json!({"v": 2}), json!({"v": null, "r": null}), json!({"v": 3, "r": "ab"})].into_iter(),
        [json!({"v": 1}), json!({"v": 2, "r": "abc"})].into_iter(),
    );
}

#[test]
fn what_is_read_otherwise_than_stated_is_said() {
    let form = |member: &str| json!({"type": "object", "properties": {member: {"type": "string"}}});
    for (schema, code) in [
        (form("a"), "closed-object"),
        (json!({"oneOf": [form("a"), form("b")]}), "one-of"),
        (
            json!({"allOf": [{"type": "object", "properties": {"a": true}, "additionalProperties": false}, form("b")]}),
            "closed-part",
        ),
    ] {
        let body = json!({"type": "object", "properties": {"v": schema}});
        let (_, said) = full("3.1.0", &body, json!({}));
        assert!(said.contains(&format!("note[{code}]")), "{code}: {said}");
    }
}

#[test]
fn a_body_that_may_be_left_out_keeps_its_conditions() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a"], "if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}});
    let (full, _) =
        full_of("3.1.0", &json!({"content": {"application/json": {"schema": schema}}}), json!({}));
    judge(
        &full,
        [json!({}), json!({"a": "y"}), json!({"a": "x", "b": "z"})].into_iter(),
        [json!({"b": "z"}), json!({"a": "x"})].into_iter(),
    );
}
