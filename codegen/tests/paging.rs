//! Paging that follows from what parameters and answers are called, and of what types they are.

use codegen::diagnostics::{Diagnostics, Mode};
use codegen::ir::{PageStyle, Pagination};
use codegen::{Layout, load, lower, normalise, passes};
use serde_json::{Value, json};

/// The paging of a list with these query parameters, by name and type, and these members of its
/// answer.
fn derived(parameters: &[(&str, &str)], answer: Value) -> Option<Pagination> {
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, kind)| json!({"name": name, "in": "query", "schema": {"type": kind}}))
        .collect();
    let answer = json!({"type": "object", "properties": answer});
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/things": {"get": {
            "operationId": "listThings",
            "parameters": parameters,
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": answer}}}},
        }}},
    });
    let mut diags = Diagnostics::new(Mode::Lenient);
    let document = load::parse("t.json", document.to_string().as_bytes(), &mut diags)
        .and_then(|document| normalise::normalise(document, Mode::Lenient, &mut diags))
        .expect("a document");
    let mut api = lower::lower(&document, false, &mut diags);
    passes::run(&mut api, &Layout::Workspace, &mut diags);
    api.operations.remove(0).tool.expect("a tool").pagination
}

fn rows() -> Value {
    json!({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}})
}

const PAGES: &[(&str, &str)] = &[("page", "integer"), ("per_page", "integer")];

#[test]
fn only_a_whole_number_counts_pages() {
    let by = |kind: &'static str| {
        derived(&[("page", kind), ("size", "integer")], json!({"data": rows()}))
    };
    assert!(matches!(by("integer").expect("paged").style, PageStyle::Page { .. }));
    for kind in ["number", "boolean", "string", "object"] {
        assert!(by(kind).is_none(), "{kind}");
    }
    let sized = derived(&[("offset", "integer"), ("count", "string")], json!({"data": rows()}));
    assert!(sized.is_none());
    let start = derived(&[("start", "string"), ("limit", "integer")], json!({"data": rows()}));
    assert!(start.is_none(), "a date, perhaps");
}

#[test]
fn a_cursor_is_a_text_that_the_answer_gives() {
    let text = json!({"type": "string"});
    let cursor = |answer: Value| derived(&[("cursor", "string"), ("limit", "integer")], answer);
    for (answer, place) in [
        (json!({"data": rows(), "next_cursor": text}), "next_cursor"),
        (
            json!({"data": rows(), "links": {"type": "object", "properties": {"next": text}}}),
            "links.next",
        ),
        (
            json!({"data": rows(), "paging": {"type": "object", "properties": {"nextPageUrl": text}}}),
            "paging.nextPageUrl",
        ),
        (
            json!({"data": rows(), "_links": {"type": "object", "properties": {"next": {"type": "object", "properties": {"href": text}}}}}),
            "_links.next.href",
        ),
    ] {
        match cursor(answer).expect("paged").style {
            PageStyle::Cursor { next, .. } => assert_eq!(next, place),
            other => panic!("{other:?}"),
        }
    }
    assert!(cursor(json!({"data": rows(), "next_cursor": {"type": "integer"}})).is_none());
    assert!(derived(&[("cursor", "integer")], json!({"data": rows(), "next": text})).is_none());
}

#[test]
fn what_says_that_more_follows_is_believed_one_level_down_too() {
    let (flag, text) = (json!({"type": "boolean"}), json!({"type": "string"}));
    let number = json!({"type": "integer", "nullable": true});
    let within =
        |name: &str, member: &Value| json!({"type": "object", "properties": {name: member}});
    for (answer, more) in [
        (json!({"data": rows(), "has_more": flag}), "has_more"),
        (json!({"data": rows(), "meta": within("hasMore", &flag)}), "meta.hasMore"),
        (json!({"data": rows(), "links": within("next", &text)}), "links.next"),
        (
            json!({"data": rows(), "pagination": within("next_page", &number)}),
            "pagination.next_page",
        ),
    ] {
        assert_eq!(derived(PAGES, answer).expect("paged").more.as_deref(), Some(more));
    }
    assert_eq!(derived(PAGES, json!({"data": rows(), "cursor": text})).expect("paged").more, None);
}

#[test]
fn a_count_is_no_total_where_it_may_be_the_pages_own() {
    let (flag, number) = (json!({"type": "boolean"}), json!({"type": "integer"}));
    let total = |answer: Value| derived(PAGES, answer).expect("paged").total;
    let count = |doc: &str| json!({"type": "integer", "description": doc});
    assert_eq!(total(json!({"data": rows(), "count": number})).as_deref(), Some("count"));
    assert_eq!(
        total(json!({"data": rows(), "count": number, "total": number})).as_deref(),
        Some("total")
    );
    assert_eq!(total(json!({"data": rows(), "count": number, "has_more": flag})), None);
    assert_eq!(total(json!({"data": rows(), "count": count("Items on this page.")})), None);
    let meta = json!({"type": "object", "properties": {"total_count": number}});
    assert_eq!(
        total(json!({"data": rows(), "count": number, "meta": meta})).as_deref(),
        Some("meta.total_count")
    );
}

#[test]
fn an_answer_with_other_data_is_no_list() {
    let text = json!({"type": "string"});
    assert!(derived(PAGES, json!({"data": rows(), "included": rows()})).is_none());
    assert!(derived(PAGES, json!({"data": rows(), "owner": text})).is_none());
    assert!(derived(&[], json!({"data": rows(), "owner": text})).is_none());
    assert!(derived(&[], json!({"data": rows(), "status": text})).is_some());
    let around = json!({"data": rows(), "total": {"type": "integer"}, "errors": rows()});
    assert!(derived(PAGES, around).is_some());
}
