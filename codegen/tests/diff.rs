//! What `diff` says of changes that callers notice.

#[path = "golden/ir.rs"]
mod ir;

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::diff::diff;
use codegen::ir::{Api, BodyArguments, Shape};
use codegen::{Layout, Options, load};

fn changed(change: impl FnOnce(&mut Api)) -> Vec<String> {
    let old = ir::api();
    let mut new = ir::api();
    change(&mut new);
    diff(&old, &new).iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_changed_is_nothing_to_say() {
    assert_eq!(changed(|_| {}), Vec::<String>::new());
}

#[test]
fn tools_that_go_or_change_their_name_break_callers() {
    let changes = changed(|api| {
        api.operations.retain(|operation| operation.id != "getPhoto");
        for operation in &mut api.operations {
            if let Some(tool) =
                operation.tool.as_mut().filter(|tool| tool.name.as_str() == "constructs_form")
            {
                tool.name = "constructs_post".into();
            }
        }
    });
    assert_eq!(
        changes,
        [
            "BREAKING       constructs_get_photo is gone (GET /pets/{}/photo)",
            "BREAKING tools constructs_form is now called constructs_post"
        ]
    );
}

#[test]
fn arguments_and_values_break_by_what_callers_may_have_sent() {
    let changes = changed(|api| {
        let list = &mut api.operations[0];
        list.parameters[0].required = true;
        list.parameters.remove(3);
        if let Shape::StringEnum(values) = &mut api.types[0].shape {
            values.remove(0);
        }
        if let Some(BodyArguments::Members { fields, .. }) =
            api.operations[3].body.as_mut().map(|body| &mut body.arguments)
        {
            fields[1].required = false;
        }
    });
    assert_eq!(
        changes,
        [
            "BREAKING       State: value open is gone",
            "BREAKING       constructs_list_pets: argument deep is gone",
            "BREAKING       constructs_list_pets: argument page is required now",
            "BREAKING Rust  constructs_create_pet: argument name is optional now",
        ]
    );
}

#[test]
fn a_body_that_must_be_there_now_breaks_who_left_it_out() {
    let changes = changed(|api| {
        let body = api
            .operations
            .iter_mut()
            .filter_map(|operation| operation.body.as_mut())
            .find(|body| !body.required);
        body.expect("an optional body").required = true;
    });
    assert!(
        changes.iter().any(|change| change.ends_with("the body is required now")),
        "{changes:?}"
    );
}

/// The API of a document of one operation and some schemas.
fn api(operation: &str, schemas: &str) -> Api {
    let text = format!(
        "{{openapi: 3.0.3, info: {{title: T, version: '1'}}, paths: {{/pets: {{post: {operation}}}}}, components: {{schemas: {{{schemas}}}}}}}"
    );
    let document = load::parse("case.yaml", text.as_bytes(), &mut Diagnostics::new(Mode::Lenient))
        .expect("the case can be read");
    let options = Options {
        mode: Mode::Lenient,
        name: "t".to_owned(),
        lock: None,
        prompts: None,
        layout: Layout::Workspace,
    };
    codegen::generate(document, None, &options).0.expect("the case is made into something").api
}

/// What a change of one argument's schema is.
fn argument(old: &str, new: &str) -> Vec<String> {
    let operation = |schema: &str| {
        api(
            &format!(
                "{{operationId: find, parameters: [{{name: q, in: query, schema: {schema}}}], responses: {{'204': {{description: d}}}}}}"
            ),
            "",
        )
    };
    diff(&operation(old), &operation(new)).iter().map(ToString::to_string).collect()
}

#[test]
fn an_argument_breaks_tools_when_it_admits_less() {
    let tools = |old: &str, new: &str| {
        argument(old, new)
            .iter()
            .any(|line| line.starts_with("BREAKING   ") || line.starts_with("BREAKING tools"))
    };
    for (narrow, wide) in [
        ("{type: string, enum: [a, b]}", "{type: string}"),
        ("{type: string, enum: [a, b]}", "{type: string, enum: [a, b, c]}"),
        ("{type: integer}", "{type: number}"),
        ("{type: integer, format: int32}", "{type: integer}"),
        ("{type: string, format: date}", "{type: string}"),
        ("{type: string, maxLength: 3}", "{type: string, maxLength: 4}"),
        ("{type: string, pattern: a}", "{type: string}"),
        ("{type: integer, minimum: 2}", "{type: integer, minimum: 1}"),
        ("{type: integer, minimum: 1, exclusiveMinimum: true}", "{type: integer, minimum: 1}"),
        ("{type: integer, enum: [1]}", "{type: integer, enum: [1, 2]}"),
        ("{type: string}", "{type: string, nullable: true}"),
        ("{type: string}", "{oneOf: [{type: string}, {type: integer}]}"),
        ("{type: array, items: {type: string, enum: [a]}}", "{type: array, items: {type: string}}"),
        ("{type: string}", "{}"),
    ] {
        assert!(!tools(narrow, wide), "{narrow} → {wide}: {:?}", argument(narrow, wide));
        assert!(tools(wide, narrow), "{wide} → {narrow}: {:?}", argument(wide, narrow));
    }
    assert!(
        tools("{type: string}", "{type: integer}")
            && tools("{type: string}", "{type: array, items: {type: string}}")
    );
}

#[test]
fn words_and_defaults_break_nobody() {
    assert_eq!(
        argument(
            "{type: integer, default: 1, description: a}",
            "{type: integer, default: 2, description: b}"
        ),
        [
            "compatible     create_a_t_pet: argument q is described otherwise",
            "compatible     create_a_t_pet: argument q: the default was 1, is 2",
        ]
    );
}

#[test]
fn a_new_operation_id_breaks_rust_only() {
    let named = |id: &str| {
        let body = "{content: {application/json: {schema: {type: object, properties: {state: {type: string, enum: [open, shut, gone]}}}}}}";
        api(
            &format!(
                "{{operationId: {id}, requestBody: {body}, responses: {{'204': {{description: d}}}}}}"
            ),
            "",
        )
    };
    let changes: Vec<String> =
        diff(&named("addPet"), &named("makePet")).iter().map(ToString::to_string).collect();
    assert!(
        !changes
            .iter()
            .any(|line| line.starts_with("BREAKING   ") || line.starts_with("BREAKING tools")),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"BREAKING Rust  operation AddPet is now MakePet".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.iter().any(|line| line.contains("type AddPetBody is now MakePetBody")),
        "{changes:?}"
    );
    assert!(!changes.iter().any(|line| line.contains("is gone")), "{changes:?}");
}

#[test]
fn answers_break_who_reads_them_by_what_is_no_longer_there() {
    let answered = |schema: &str| {
        api(
            "{operationId: a, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}",
            schema,
        )
    };
    let changes = |old: &str, new: &str| -> Vec<String> {
        let pet = |members: &str| {
            answered(&format!("Pet: {{type: object, required: [id], properties: {{{members}}}}}"))
        };
        diff(&pet(old), &pet(new)).iter().map(ToString::to_string).collect()
    };
    let id = "id: {type: string}";
    assert_eq!(
        changes(&format!("{id}, a: {{type: string}}"), id),
        ["BREAKING       Pet: member a is gone"]
    );
    assert_eq!(
        changes(id, &format!("{id}, a: {{type: string}}")),
        ["compatible     Pet: member a is new"]
    );
    assert_eq!(
        changes(id, "id: {type: integer}"),
        ["BREAKING       Pet: member id was String, is i64"]
    );
    assert_eq!(
        changes(id, "id: {type: string, nullable: true}"),
        ["BREAKING Rust  Pet: member id was String, is Option<String>"]
    );
    let state = |values: &str| format!("{id}, state: {{type: string, enum: [{values}]}}");
    assert_eq!(
        changes(&state("a, b, c"), &state("a, b, c, d")),
        ["compatible     PetState: value d is new"]
    );
    assert_eq!(
        changes(&state("a, b, c, d"), &state("a, b, c")),
        ["BREAKING Rust  PetState: value d is gone"]
    );
    let gone = diff(
        &answered("Pet: {type: object, properties: {a: {type: string}}}"),
        &api("{operationId: a, responses: {'204': {description: d}}}", ""),
    );
    assert!(
        gone.iter().any(|change| change.breaking_for_tools
            && change.what.contains("the answer was 200 Pet, is 204 ()")),
        "{gone:?}"
    );
}
