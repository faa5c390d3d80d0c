//! Arguments are checked before anything is sent, and all faults are told at once.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::http::send;
use crate::mcp::Called;

fn fault<'a>(called: &'a Called, pointer: &str) -> &'a Value {
    let faults = called.failure("invalid_arguments")["faults"].as_array().unwrap();
    faults
        .iter()
        .find(|fault| fault["pointer"] == pointer)
        .unwrap_or_else(|| panic!("no fault at {pointer}: {faults:?}"))
}

#[tokio::test]
async fn a_missing_argument_is_named() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let called = mcp.call("ironclad_workflows_cancel", &json!({"id": "6493"})).await;
    assert_eq!(called.fault_pointers(), ["/comment"]);
    assert_eq!(called.answer.status, 200);
    let both = mcp.call("ironclad_workflows_cancel", &json!({})).await;
    assert_eq!(both.fault_pointers(), ["/comment", "/id"]);
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_misspelt_argument_is_named_with_its_nearest_neighbour() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let called = mcp
        .call("ironclad_workflows_cancel", &json!({"id": "6493", "coment": "no longer needed"}))
        .await;
    assert_eq!(called.fault_pointers(), ["/coment", "/comment"]);
    assert_eq!(fault(&called, "/coment")["nearest"], "comment");
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_mistyped_argument_is_named_with_what_was_expected() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let called =
        mcp.call("list_all_torii_contracts", &json!({"limit": "many", "idApp": {"id": 4}})).await;
    assert_eq!(called.fault_pointers(), ["/idApp", "/limit"]);
    assert!(fault(&called, "/idApp")["expected"].as_str().unwrap().contains("integer"));
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn every_fault_of_every_sort_comes_in_one_answer() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let arguments =
        json!({"lifecycleStatus": "gone", "emial": "a@b.example", "isExternal": "perhaps"});
    let called = mcp.call("list_all_torii_users", &arguments).await;
    assert_eq!(called.fault_pointers(), ["/emial", "/isExternal", "/lifecycleStatus"]);
    assert_eq!(fault(&called, "/emial")["nearest"], "email");
    assert!(
        fault(&called, "/lifecycleStatus")["expected"].as_str().unwrap().contains("active"),
        "the choices are told"
    );
    let deep = json!({"id": 1, "comment": ["not", "a", "text"], "extra": null});
    let called = app.ironclad().await.call("ironclad_workflows_cancel", &deep).await;
    assert!(called.fault_pointers().contains(&"/comment".to_owned()));
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn texts_are_taken_for_the_type_that_the_schema_wants() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let called = mcp
        .call(
            "list_all_torii_users",
            &json!({"limit": "2", "isExternal": "false", "fields": "[\"id\",\"email\"]"}),
        )
        .await;
    assert_eq!(called.success()["result"].as_array().unwrap().len(), 2);
    assert!(app.sandbox.requests()[0].query.contains("isExternal=false"));
}

#[tokio::test]
async fn arguments_that_are_no_object_are_a_malformed_message() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    for arguments in [json!([]), json!("x"), json!(3)] {
        let answer = mcp.call_raw("list_all_ironclad_users", &arguments).await.json();
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    let none =
        mcp.request("tools/call", json!({"name": "list_all_ironclad_workflow_schemas"})).await;
    assert_ne!(none["isError"], true, "no arguments are no fault: {none}");
}

#[tokio::test]
async fn a_launch_is_checked_against_the_live_form_of_its_template() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let schemas = mcp.call("list_all_ironclad_workflow_schemas", &json!({"q": "(nda)"})).await;
    let templates = schemas.success()["result"].as_array().unwrap().clone();
    assert_eq!(templates.len(), 1, "q matches template names: {templates:?}");
    let template = templates[0]["id"].clone();
    app.sandbox.control().clear_requests();
    let attributes = json!({"counterpartyName": "Initech", "counterpartySignerEmail": 4, "ndaType": "Secret", "purpse": "x"});
    for tool in ["create_a_ironclad_async_workflow", "create_a_ironclad_workflow"] {
        let called = mcp.call(tool, &json!({"template": template, "attributes": attributes})).await;
        let pointers = called.fault_pointers();
        for wanted in [
            "counterpartySignerEmail",
            "counterpartySignerName",
            "ndaType",
            "paperSource",
            "purpse",
        ] {
            assert!(
                pointers.contains(&format!("/attributes/{wanted}")),
                "{wanted} is not named: {pointers:?}"
            );
        }
        assert!(
            fault(&called, "/attributes/ndaType")["expected"].as_str().unwrap().contains("Mutual"),
            "options are told"
        );
        assert_eq!(fault(&called, "/attributes/purpse")["nearest"], "purpose");
    }
    assert!(app.sandbox.requests().iter().all(|seen| seen.method == "GET"), "nothing is launched");
}

#[tokio::test]
async fn tenant_defined_fields_are_checked_against_the_live_list() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let fields = mcp.call("list_all_torii_contract_fields", &json!({})).await;
    let custom = fields.success()["result"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["systemKey"].as_str().is_some_and(|key| key.starts_with("c_")));
    let key =
        custom.unwrap_or_else(|| panic!("no custom field: {}", fields.success()))["systemKey"]
            .as_str()
            .unwrap()
            .to_owned();
    let apps = mcp.call("list_all_torii_apps", &json!({"limit": 1})).await;
    let app_id = apps.success()["result"][0]["id"].clone();
    app.sandbox.control().clear_requests();
    let mut misspelt = json!({"name": "Renewal", "idApp": app_id, "status": "active"});
    misspelt[format!("{key}x")] = "value".into();
    let called = mcp.call("create_a_torii_contract", &misspelt).await;
    assert_eq!(called.fault_pointers(), [format!("/{key}x")]);
    assert!(app.sandbox.requests().iter().all(|seen| seen.method == "GET"), "nothing is created");
}

#[tokio::test]
async fn what_goes_with_the_form_that_was_meant_is_told() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let file = json!({"name": "a.pdf", "content_base64": "JVBERi0xLjQK"});
    for (tool, arguments, pointers) in [
        (
            "ironclad_records_run_action",
            json!({"id": "IC-1", "type": "terminate", "properties": {}}),
            &[
                "/properties/standard_terminatedDate",
                "/properties/standard_terminationEffectiveDate",
            ][..],
        ),
        ("ironclad_records_run_action", json!({"id": "IC-1", "type": "end"}), &["/type"]),
        ("create_a_ironclad_recipient_url", json!({"id": "x", "type": "signer"}), &["/roleName"]),
        (
            "create_a_ironclad_recipient_url",
            json!({"id": "x", "type": "signer", "roleName": "r", "email": "a@b.example"}),
            &["/email"],
        ),
        (
            "create_a_ironclad_smart_import",
            json!({"attachment": file, "newRecordTypeId": "x"}),
            &["/newRecordTypeDisplayName"],
        ),
        (
            "update_a_ironclad_obligation_by_id",
            json!({"id": "x", "status": "DONE"}),
            &["/sourceObligationId"],
        ),
    ] {
        let called = mcp.call(tool, &arguments).await;
        assert_eq!(called.fault_pointers(), pointers, "{tool} {arguments}");
    }
    assert!(app.sandbox.requests().iter().all(|seen| seen.method == "GET"), "nothing is changed");
}

#[tokio::test]
async fn an_integer_of_any_length_reaches_the_vendor_as_it_was_given() {
    const LONG: &str = "123456789012345678901234567890";
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let message = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"update_a_ironclad_workflow_by_id",
        "arguments":{{"id":"x","updates":[{{"action":"set","path":"count","value":{LONG}}}]}}}}}}"#
    );
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    send(Method::POST, &mcp.url, &headers, Some(Bytes::from(message))).await.unwrap();
    let requests = app.sandbox.requests();
    let sent = requests.iter().find(|seen| seen.method == "PATCH").expect("a request");
    let body = String::from_utf8_lossy(&sent.body);
    assert!(body.contains(&format!(r#""value":{LONG}"#)), "{body}");
}
