//! What `diff` says of changes that callers notice.

#[path = "golden/ir.rs"]
mod ir;

use codegen::diff::diff;
use codegen::ir::{Api, BodyArguments, Shape};

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
            if let Some(tool) = operation.tool.as_mut().filter(|tool| tool.name == "constructs_form") {
                tool.name = "constructs_post".to_owned();
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
        if let Some(BodyArguments::Members { fields, .. }) = api.operations[3].body.as_mut().map(|body| &mut body.arguments) {
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
        let body = api.operations.iter_mut().filter_map(|operation| operation.body.as_mut()).find(|body| !body.required);
        body.expect("an optional body").required = true;
    });
    assert!(changes.iter().any(|change| change.ends_with("the body is required now")), "{changes:?}");
}
