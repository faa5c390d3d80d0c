//! What overlays and prompts say of an API is resolved: a name that leads nowhere is an error that
//! says where it stands.
#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use std::path::Path;

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::load::{self, Document};
use codegen::{Layout, Options, Output};

/// The third API of this repository with its overlay and prompts, each changed by `change`.
fn made(change: impl Fn(&str, String) -> String) -> (Option<Output>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/apis");
    let read = |name: &str| -> Document {
        let text = change(name, std::fs::read_to_string(folder.join(name)).unwrap());
        let mut diags = Diagnostics::new(Mode::Strict);
        let document = load::parse(name, text.as_bytes(), &mut diags);
        document.unwrap_or_else(|| panic!("{}", diags.render(Severity::Error)))
    };
    let options = Options {
        mode: Mode::Strict,
        name: "library".to_owned(),
        lock: None,
        prompts: Some(read("library.prompts.yaml")),
        layout: Layout::Workspace,
    };
    let overlay = Some(read("library.overlay.yaml"));
    let (output, diags) = codegen::generate(read("library.yaml"), overlay, &options);
    (output, diags.render(Severity::Error))
}

#[test]
fn the_third_api_brings_forms_a_search_presets_and_a_prompt() {
    let (output, errors) = made(|_, text| text);
    assert_eq!(errors, "");
    let output = output.unwrap();
    let api = &output.api;
    assert_eq!(api.launch.as_ref().map(|launch| launch.dialect.as_str()), Some("json_schema"));
    assert_eq!(api.prompts.len(), 1);
    let presets: Vec<&str> = api.presets.iter().map(|preset| preset.key.as_str()).collect();
    assert_eq!(presets, ["lend_books", "ask_for_books"]);
    let tools = output.artifacts.iter().find(|artifact| artifact.path.ends_with("tools.rs"));
    // How the printer breaks lines says nothing here.
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let text = plain(&tools.unwrap().contents);
    for said in [
        "searched: Some(\"name\")",
        "launch_form: true",
        "LiveFields { tool: \"list_all_library_book_fields\"",
        "Argument::member(\"image\", \"image\").file()",
        "BodyForms::Tagged { property: \"kind\"",
        "Argument::path(\"id\", \"isbn\")",
        "ArgumentAlias::of(\"about\", \"subject\").written(\"topic:{string}\", Some(\"|\"))",
        "ArgumentAlias::of(\"page_size\", \"limit\")",
        "ArgumentAlias::of(\"book_number\", \"id\")",
        "ArgumentAlias::of(\"isbn\", \"id\")",
    ] {
        assert!(text.contains(&plain(said)), "{said}");
    }
}

/// The overlay of the third API with what its tenants say of the values of books.
fn with_values(text: &str) -> String {
    let known = "live_fields: {tool: list_all_library_book_fields, items: fields, key: key}";
    let values = "tenant_values: {tool: list_all_library_book_fields, fields: fields, key: key,\n        arguments: {title: line}, choices: [{argument: isbn, items: fields, key: key}], instead: {colour: none}}";
    assert!(text.contains(known) && text.contains("        launch:\n"));
    let text = text.replace(known, &format!("{known}, {values}, opens_at: '/b/{{isbn}}',\n        async: {{done_when: {{state: [ready]}}}}"));
    let kinds = "        values: {kinds: {line: text, when: date_time}}\n        launch:\n";
    text.replacen("        launch:\n", kinds, 1)
}

#[test]
fn what_tenants_say_of_values_is_part_of_the_rows() {
    let overlay = |name: &str, text: String| {
        if name == "library.overlay.yaml" { with_values(&text) } else { text }
    };
    let (output, errors) = made(overlay);
    assert_eq!(errors, "");
    let output = output.unwrap();
    let tools = output.artifacts.iter().find(|artifact| artifact.path.ends_with("tools.rs"));
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let text = plain(&tools.unwrap().contents);
    for said in [
        "static VALUES: ValueKinds = ValueKinds { kinds: &[(\"line\", ValueKind::Text), (\"when\", ValueKind::DateTime)]",
        "tenant_values: Some(TenantValues { tool: \"list_all_library_book_fields\"",
        "arguments: &[(\"title\", \"line\")]",
        "instead: &[(\"colour\", \"none\")]",
        "opens_at: Some(\"/b/{isbn}\")",
        "poll: None,",
        "done_when: Some((\"state\", &[\"ready\"]))",
    ] {
        assert!(text.contains(&plain(said)), "{said}");
    }
    for (right, wrong, said) in [
        (
            "tenant_values: {tool: list_all_library_book_fields",
            "tenant_values: {tool: nope",
            "`nope`, which says what its values may be, is no tool",
        ),
        ("{title: line}", "{title: lime}", "do not say what `lime` means"),
        ("'/b/{isbn}'", "'/b/{isbm}'", "its answer has no member `isbm`, by which it opens"),
        ("when: date_time", "when: dat_time", "unknown variant `dat_time`"),
        ("opens_at:", "opensat:", "`opensat` is not known here"),
    ] {
        let (_, errors) = made(|name, text| {
            let text = overlay(name, text);
            if name == "library.overlay.yaml" { text.replace(right, wrong) } else { text }
        });
        assert!(errors.contains(said), "{wrong}: {errors}");
    }
}

/// A change to one of the files, and what the error says.
const MISTAKES: [(&str, &str, &str, &str); 32] = [
    ("library.overlay.yaml", "argument: limit", "argument: limits", "`limits` of no tool"),
    (
        "library.overlay.yaml",
        "{isbn}'",
        "{nope}'",
        "aliases/1: error[argument-alias]: no operation",
    ),
    ("library.overlay.yaml", "argument: subject", "argument: sub", "which it does not take"),
    ("library.overlay.yaml", "names: [about]", "names: [published]", "is an argument itself"),
    ("library.overlay.yaml", "topic:{string}", "topic", "holds one of {string}, {boolean}, {word}"),
    (
        "library.overlay.yaml",
        "        aliases: [{argument",
        "        lifted: subject\n        aliases: [{argument",
        "is no map",
    ),
    (
        "library.overlay.yaml",
        "list: list_all_library_request_forms",
        "list: list_all",
        "x-drawbridge/launch/list",
    ),
    (
        "library.overlay.yaml",
        "get: get_single_library_request_form_by_id",
        "get: nope",
        "`nope` is no tool",
    ),
    (
        "library.overlay.yaml",
        "tool: create_a_library_request",
        "tool: nope",
        "x-drawbridge/launch/tool",
    ),
    ("library.overlay.yaml", "label: name", "label: title", "have no member `title`"),
    ("library.overlay.yaml", "form: schema", "form: shape", "have no member `shape`"),
    ("library.overlay.yaml", "template: form", "template: which", "takes no `which`"),
    ("library.overlay.yaml", "values: answers", "values: replies", "takes no `replies`"),
    ("library.overlay.yaml", "defaults: prefill", "defaults: fill", "takes no `fill`"),
    (
        "library.overlay.yaml",
        "defaults: prefill",
        "files: {tool: create_a_library_request, data: data, part: file}",
        "takes no `multipart/form-data`",
    ),
    (
        "library.overlay.yaml",
        "search: name",
        "search: titel",
        "no member `titel` that could be searched",
    ),
    (
        "library.prompts.yaml",
        "- create_a_library_request",
        "- create_a_library_wish",
        "`create_a_library_wish` is no tool",
    ),
    ("library.overlay.yaml", "methods: [read,", "methods: [reed,", "presets/0/methods/0"),
    ("library.overlay.yaml", "methods: [read,", "methods: [reed,", "did you mean `read`?"),
    ("library.overlay.yaml", "tags: [books, loans]", "tags: [loans, bookz]", "presets/0/tags/1"),
    (
        "library.overlay.yaml",
        "deny: [create_a_library_book]",
        "deny: [create_a_library_boook]",
        "`create_a_library_boook` is no tool; did you mean `create_a_library_book`?",
    ),
    ("library.overlay.yaml", "deny: [create_a_library_book]", "deny: []", "presets/0/deny"),
    ("library.overlay.yaml", "deny: [create_", "denny: [create_", "`denny` is not known here"),
    (
        "library.overlay.yaml",
        "methods: [read, create]",
        "methods: [delete]\n            allow: [list_all_library_books]",
        "presets/0: error[preset]: it exposes no tool",
    ),
    ("library.overlay.yaml", "key: ask_for_books", "key: lend_books", "presets/1/key"),
    ("library.overlay.yaml", "key: ask_for_books", "key: Ask", "`Ask` is not [a-z0-9_]"),
    ("library.overlay.yaml", "key: ask_for_books", "key: custom", "that every API has"),
    ("library.overlay.yaml", "title: Ask for books", "title: lend Books", "presets/1/title"),
    (
        "library.overlay.yaml",
        "title: Ask for books",
        "title: Ask for a book that is missing",
        "has 30 characters; expected are 1 to 24",
    ),
    ("library.prompts.yaml", "name: ask_for_a_book", "name: Ask", "prompts/0/name"),
    ("library.prompts.yaml", "buy {title}", "buy {titel}", "`{titel}` is no argument"),
    ("library.prompts.yaml", "required: true", "requird: true", "unknown field `requird`"),
];

#[test]
fn a_name_that_leads_nowhere_is_an_error() {
    for (file, right, wrong, said) in MISTAKES {
        let (_, errors) = made(|name, text| {
            if name == file {
                assert!(text.contains(right), "{right}");
                text.replace(right, wrong)
            } else {
                text
            }
        });
        assert!(errors.contains(said), "{wrong}: {errors}");
    }
}
