//! Small documents beside the representation they become: one pair of files per construct in
//! `lower/`.
//!
//! `UPDATE_CASES=1` writes the expected files anew; what changed then shows in review.

use std::fs;
use std::path::{Path, PathBuf};

use codegen::diagnostics::{Diagnostics, Mode, Severity};
use codegen::ir::Api;
use codegen::{load, lower, normalise, passes};
use serde_json::{Map, Value, json};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lower");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of cases exists")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    cases.sort();
    cases
}

fn lowered(bytes: &[u8], file: &str) -> (Api, Diagnostics) {
    let mut diags = Diagnostics::new(Mode::Lenient);
    let document = load::parse(file, bytes, &mut diags).expect("the case can be read");
    let document =
        normalise::normalise(document, Mode::Lenient, &mut diags).expect("the case is a document");
    let mut api = lower::lower(&document, false, &mut diags);
    passes::run(&mut api, &codegen::Layout::Workspace, &mut diags);
    (api, diags)
}

/// What a reader of the case wants to see: no empty members, only types that are used, types by
/// name.
fn shown(api: &Api, diags: &Diagnostics) -> Value {
    let mut types = Map::new();
    let mut order: Vec<_> =
        api.types.iter().filter(|ty| ty.usage.request || ty.usage.response).collect();
    order.sort_by(|a, b| a.ident.cmp(&b.ident));
    for ty in order {
        types.insert(
            format!("{}::{}", ty.module, ty.ident),
            json!({"doc": ty.doc, "shape": ty.shape}),
        );
    }
    let mut operations = Map::new();
    for operation in &api.operations {
        let mut value = json!(operation);
        for key in ["pointer", "method", "path"] {
            value.as_object_mut().expect("an operation is an object").shift_remove(key);
        }
        operations.insert(format!("{} {}", operation.method, operation.path), value);
    }
    let findings: Vec<String> =
        diags.sorted(Severity::Warning).iter().map(ToString::to_string).collect();
    let mut value = json!({
        "origins": api.origins, "base_path": api.base_path, "schemes": api.schemes, "constant_headers": api.constant_headers,
        "acting_user": api.acting_user, "further_tokens": api.further_tokens, "environment": api.environment,
        "synonyms": api.synonyms, "proper_nouns": api.proper_nouns,
        "operations": operations, "types": types, "skipped": api.skipped, "findings": findings,
    });
    names(&mut value, api);
    prune(&mut value);
    value
}

/// Types by their names instead of their numbers.
fn names(value: &mut Value, api: &Api) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value.as_u64()) {
                    ("Named" | "Boxed", Some(id)) => {
                        *value = json!(api.types[usize::try_from(id).expect("an index")].ident);
                    }
                    _ => names(value, api),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| names(item, api)),
        _ => {}
    }
}

fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            map.retain(|key, value| match value {
                Value::Null => false,
                Value::Bool(flag) => *flag || key == "explode",
                Value::String(text) if key == "listed" => text != "Auto",
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Object(map) => !map.is_empty(),
                Value::Number(_) => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[test]
fn each_construct_becomes_what_lies_beside_it() {
    #[expect(clippy::disallowed_methods, reason = "only whether to write the cases anew")]
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 8);
    for case in cases {
        let name = case.file_name().expect("a file").to_string_lossy().into_owned();
        let (api, diags) = lowered(&fs::read(&case).expect("the case can be read"), &name);
        let text = serde_json::to_string_pretty(&shown(&api, &diags)).expect("it is JSON") + "\n";
        let beside = case.with_extension("json");
        if update {
            fs::write(&beside, &text).expect("the case can be written");
        } else if fs::read_to_string(&beside).unwrap_or_default() != text {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "different from what lies beside: {wrong:?}");
}

/// The same document with the keys of every object the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

#[test]
fn the_order_of_keys_changes_nothing() {
    for case in cases() {
        let bytes = fs::read(&case).expect("the case can be read");
        let mut diags = Diagnostics::new(Mode::Lenient);
        let document = load::parse("case.yaml", &bytes, &mut diags).expect("the case can be read");
        let turned = serde_json::to_vec(&reversed(&document.root)).expect("it is JSON");
        let (straight, _) = lowered(&bytes, "case");
        let (turned, _) = lowered(&turned, "case");
        assert_eq!(
            serde_json::to_string(&straight).ok(),
            serde_json::to_string(&turned).ok(),
            "{}",
            case.display()
        );
    }
}

/// Documents of others, where they are at hand: every operation is lowered, and what is lowered
/// names everything once.
#[test]
fn documents_of_others_lower_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no folder of documents");
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if !path.extension().is_some_and(|end| end == "json" || end == "yaml") {
            continue;
        }
        let name = path.display().to_string();
        let (api, _) = lowered(&fs::read(&path).expect("it can be read"), &name);
        assert!(!api.operations.is_empty(), "{name}");
        assert_eq!(api.skipped.len(), 0, "{name}");
        let mut seen = std::collections::BTreeSet::new();
        for ident in api
            .types
            .iter()
            .map(|ty| &ty.ident)
            .chain(api.operations.iter().map(|operation| &operation.type_ident))
        {
            assert!(seen.insert(ident.clone()), "{name}: two types are called {ident}");
        }
        for tool in api.operations.iter().filter_map(|operation| operation.tool.as_ref()) {
            assert!(
                tool.name.as_str().len() <= 64 && seen.insert(tool.name.to_string()),
                "{name}: {}",
                tool.name
            );
        }
        for operation in &api.operations {
            let mut arguments = std::collections::BTreeSet::new();
            for parameter in &operation.parameters {
                assert!(
                    arguments.insert(parameter.argument.as_str()),
                    "{name} {}: {}",
                    operation.path,
                    parameter.argument
                );
            }
        }
    }
}

/// What is said of a document of one operation.
fn said_of(operation: &str, mode: Mode) -> Vec<String> {
    let text = format!(
        "{{openapi: 3.0.3, info: {{title: T, version: '1'}}, paths: {{/a: {{get: {operation}}}}}}}"
    );
    let mut diags = Diagnostics::new(mode);
    let document =
        load::parse("case.yaml", text.as_bytes(), &mut diags).expect("the case can be read");
    let document = normalise::normalise(document, mode, &mut diags).expect("the case is OpenAPI");
    let _ = lower::lower(&document, mode == Mode::Strict, &mut diags);
    diags.sorted(Severity::Warning).iter().map(ToString::to_string).collect()
}

#[test]
fn an_operation_may_do_without_an_id() {
    assert_eq!(
        said_of("{responses: {'204': {description: done}}}", Mode::Strict),
        Vec::<String>::new()
    );
}

#[test]
fn each_mistake_in_the_extension_is_reported_once() {
    let said = said_of(
        "{x-drawbridge: {toool: x, tags: 3, method: list}, responses: {'204': {description: done}}}",
        Mode::Lenient,
    );
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("tags: warning[extension]")
            && said[1].contains("`toool` is not known here"),
        "{said:?}"
    );
}

#[test]
fn an_example_is_a_call_that_can_be_made_and_changes_nothing() {
    let said = |example: &str, mode: Mode| {
        let text = format!(
            "{{openapi: 3.0.3, info: {{title: T, version: '1'}}, x-drawbridge: {{slug: t, example: {example}}},
            paths: {{/things: {{
              get: {{operationId: a, parameters: [{{name: kind, in: query, schema: {{type: string}}}}], responses: {{'200': {{description: ok}}}}}},
              post: {{operationId: b, responses: {{'204': {{description: ok}}}}}}}}}}}}"
        );
        let mut diags = Diagnostics::new(mode);
        let document =
            load::parse("case.yaml", text.as_bytes(), &mut diags).expect("the case can be read");
        let document =
            normalise::normalise(document, mode, &mut diags).expect("the case is OpenAPI");
        let mut api = lower::lower(&document, mode == Mode::Strict, &mut diags);
        passes::run(&mut api, &codegen::Layout::Workspace, &mut diags);
        let said: Vec<String> =
            diags.sorted(Severity::Warning).iter().map(ToString::to_string).collect();
        (said, api.example)
    };
    let (nothing, kept) =
        said("{question: Which?, tool: list_all_t_things, arguments: {kind: x}}", Mode::Strict);
    assert_eq!(nothing, Vec::<String>::new());
    assert_eq!(
        json!(kept),
        json!({"question": "Which?", "tool": "list_all_t_things", "arguments": {"kind": "x"}})
    );
    for (example, key, says) in [
        ("{question: Which?, tool: list_all_things}", "tool", "`list_all_things` is no tool"),
        ("{question: Which?, tool: create_a_t_thing}", "tool", "may change something"),
        (
            "{question: Which?, tool: list_all_t_things, arguments: {kid: x}}",
            "arguments",
            "takes no `kid`",
        ),
    ] {
        for (mode, severity) in [(Mode::Strict, "error"), (Mode::Lenient, "warning")] {
            let (said, kept) = said(example, mode);
            assert_eq!(said.len(), 1, "{said:?}");
            let pointer = format!("/x-drawbridge/example/{key}: {severity}[example]");
            assert!(said[0].contains(&pointer) && said[0].contains(says), "{said:?}");
            assert!(kept.is_none(), "what cannot be called is left out");
        }
    }
}

/// What is said of a document with three security schemes and this extension, and what came of it.
fn account_settings(extension: &str, mode: Mode) -> (Vec<String>, Api) {
    let text = format!(
        "{{openapi: 3.0.3, info: {{title: T, version: '1'}}, x-drawbridge: {extension},
        paths: {{/a: {{get: {{operationId: a, responses: {{'204': {{description: done}}}}}}}}}},
        components: {{securitySchemes: {{main: {{type: http, scheme: bearer}},
        people: {{type: http, scheme: bearer}}, basic: {{type: http, scheme: basic}}}}}}}}"
    );
    let mut diags = Diagnostics::new(mode);
    let document =
        load::parse("case.yaml", text.as_bytes(), &mut diags).expect("the case can be read");
    let document = normalise::normalise(document, mode, &mut diags).expect("the case is OpenAPI");
    let api = lower::lower(&document, mode == Mode::Strict, &mut diags);
    (diags.sorted(Severity::Warning).iter().map(ToString::to_string).collect(), api)
}

#[test]
fn what_an_overlay_says_of_credentials_is_kept() {
    let (said, api) = account_settings(
        "{acting_user: {email: X-As-Email}, further_tokens: {people_token: people}, environment: {PEOPLE_KEY: people_token}}",
        Mode::Strict,
    );
    assert_eq!(said, Vec::<String>::new());
    let user = api.acting_user.expect("it is kept");
    assert_eq!((user.email.as_deref(), user.id), (Some("x-as-email"), None));
    assert_eq!(
        json!([api.further_tokens, api.environment]),
        json!([[{"member": "people_token", "scheme": "people"}], [["PEOPLE_KEY", "people_token"]]])
    );
}

#[test]
fn what_an_overlay_says_of_credentials_must_exist_in_the_document() {
    let of_token = "/x-drawbridge/further_tokens/t";
    for (extension, pointer, says) in [
        ("{acting_user: {email: 'as user'}}", "/x-drawbridge/acting_user/email", "`as user`"),
        ("{acting_user: {id: ''}}", "/x-drawbridge/acting_user/id", "HTTP header"),
        ("{acting_user: {}}", "/x-drawbridge/acting_user", "neither"),
        ("{constant_headers: {'a:b': x}}", "/x-drawbridge/constant_headers/a:b", "`a:b`"),
        ("{server_headers: [ok, 'a b']}", "/x-drawbridge/server_headers/1", "`a b`"),
        ("{further_tokens: {t: peple}}", of_token, "it has basic, main, people"),
        ("{further_tokens: {t: basic}}", of_token, "not a token"),
        ("{further_tokens: {s: people, t: people}}", of_token, "already"),
        ("{further_tokens: {token: people}}", "/x-drawbridge/further_tokens/token", "already"),
        ("{further_tokens: {Token: people}}", "/x-drawbridge/further_tokens/Token", "lower case"),
        ("{environment: {KEY: tokn}}", "/x-drawbridge/environment/KEY", "no member `tokn`"),
        ("{environment: {key: token}}", "/x-drawbridge/environment/key", "upper case"),
    ] {
        for (mode, severity) in [(Mode::Strict, "error"), (Mode::Lenient, "warning")] {
            let (said, _) = account_settings(extension, mode);
            assert_eq!(said.len(), 1, "{extension}: {said:?}");
            assert!(
                said[0].contains(&format!("{pointer}: {severity}[")) && said[0].contains(says),
                "{said:?}"
            );
        }
    }
}

#[test]
fn a_document_in_several_files_is_one_document() {
    let mut diags = Diagnostics::new(Mode::Strict);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/files/openapi.yaml");
    let document = load::load(&path, &mut diags).expect("the document is read");
    let document = normalise::normalise(document, Mode::Strict, &mut diags).expect("it is OpenAPI");
    let mut api = lower::lower(&document, true, &mut diags);
    passes::run(&mut api, &codegen::Layout::Workspace, &mut diags);
    let shown = shown(&api, &diags);
    assert_eq!(shown.get("findings"), None);
    let types: Vec<&str> =
        shown["types"].as_object().expect("a map of types").keys().map(String::as_str).collect();
    assert_eq!(types, ["pets::Cat", "pets::Dog", "pets::Owner", "pets::Pet"]);
    assert_eq!(
        shown["types"]["pets::Pet"]["shape"]["Union"]["Tagged"]["variants"][1]["tag"],
        json!("dog")
    );
    assert_eq!(api.operations[0].parameters[0].wire, "page");
}

/// Where a document is said to be read with less than it says, by the kind of finding.
fn said(version: &str, paths: Value) -> Vec<String> {
    let document =
        json!({"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths});
    let (_, diags) = lowered(document.to_string().as_bytes(), "t.json");
    let mut said: Vec<String> =
        diags.iter().map(|found| format!("{} {}", found.code, found.pointer)).collect();
    said.sort();
    said
}

#[test]
fn a_media_type_that_is_not_used_is_said_at_its_place() {
    let text = json!({"schema": {"type": "string"}});
    let paths = json!({"/a": {"put": {
        "operationId": "a",
        "requestBody": {"content": {"application/json": text, "text/plain": text, "application/xml": text}},
        "responses": {
            "200": {"description": "", "headers": {"ETag": {"schema": {"type": "string"}}}, "content": {"application/json": text, "application/pdf": {}, "text/csv": text}},
            "204": {"description": "", "content": {"text/csv": text}},
            "400": {"description": "", "content": {"text/xml": {"schema": {"type": "object"}}, "text/html": text}},
        },
    }}});
    let at = |code: &str, rest: &str| format!("{code} /paths/~1a/put/{rest}");
    assert_eq!(
        said("3.0.3", paths),
        [
            at("answer-headers", "responses/200/headers"),
            at("answer-media-type", "responses/200/content/application~1pdf"),
            at("answer-media-type", "responses/200/content/text~1csv"),
            at("answer-media-type", "responses/400/content/text~1xml"),
            at("bodiless-answer", "responses/204/content"),
            at("body-media-type", "requestBody/content/application~1xml"),
            at("body-media-type", "requestBody/content/text~1plain"),
        ]
    );
    let xml = json!({"/a": {"put": {
        "operationId": "a",
        "requestBody": {"content": {"application/xml": {"schema": {"type": "object", "xml": {"name": "n"}}}}},
        "responses": {"204": {"description": ""}},
    }}});
    assert!(
        said("3.0.3", xml)
            .contains(&at("text-schema", "requestBody/content/application~1xml/schema"))
    );
}

#[test]
fn styles_of_parts_are_those_of_the_version_of_the_document() {
    let paths = || {
        json!({"/a": {"put": {
            "operationId": "a",
            "requestBody": {"content": {"multipart/form-data": {
                "schema": {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}},
                "encoding": {"a": {"explode": false}},
            }}},
            "responses": {"204": {"description": ""}},
        }}})
    };
    let place = "part-style /paths/~1a/put/requestBody/content/multipart~1form-data/encoding/a";
    assert_eq!(said("3.0.3", paths()), [place]);
    assert_eq!(said("3.1.0", paths()), [""; 0]);
}

#[test]
fn a_header_that_is_no_argument_is_said() {
    let header = |name: &str| json!({"name": name, "in": "header", "schema": {"type": "string"}});
    let paths = json!({"/a": {"get": {
        "operationId": "a",
        "parameters": [header("authorization"), header("Accept"), header("X-Own")],
        "responses": {"204": {"description": ""}},
    }}});
    assert_eq!(
        said("3.0.3", paths),
        [
            "header-parameter /paths/~1a/get/parameters/0",
            "media-type-header /paths/~1a/get/parameters/1"
        ]
    );
}

#[test]
fn a_name_that_is_an_argument_as_it_is_spelled_keeps_it() {
    let query = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let document = json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {
        "operationId": "a",
        "parameters": [query("filter[state]"), query("filter_state"), query("At"), query("At<="), query("At!="), query("a b"), query("a,b")],
        "responses": {"204": {"description": ""}},
    }}}});
    let (api, _) = lowered(document.to_string().as_bytes(), "t.json");
    let arguments: Vec<&str> =
        api.operations[0].parameters.iter().map(|parameter| parameter.argument.as_str()).collect();
    assert_eq!(
        arguments,
        ["query_filter_state", "filter_state", "At", "at_le", "at_ne", "query_a_b", "query_a_b_2"]
    );
}
