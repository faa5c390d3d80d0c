//! What a successful call answers.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::http::send;

/// The vendor's own bytes for a path, fetched around the program.
async fn vendor(app: &TestApp, path: &str, token: &str) -> Bytes {
    let bearer = format!("Bearer {token}");
    let url = format!("http://{}{path}", app.upstream);
    send(Method::GET, &url, &[("authorization", &bearer)], None).await.unwrap().body
}

#[tokio::test]
async fn the_vendors_body_comes_through_untouched() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let list = mcp.call("list_all_ironclad_workflows", &json!({"limit": 2})).await;
    let direct =
        vendor(&app, "/public/api/v1/workflows?page=0&pageSize=2", "sandbox-ironclad-token").await;
    let direct: Value = serde_json::from_slice(&direct).unwrap();
    assert_eq!(
        list.success()["result"].to_string(),
        direct["list"].to_string(),
        "items, their order of keys and their digits"
    );
    let id = direct["list"][0]["id"].as_str().unwrap().to_owned();
    let one = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": id})).await;
    let direct =
        vendor(&app, &format!("/public/api/v1/workflows/{id}"), "sandbox-ironclad-token").await;
    let text = one.result["content"][0]["text"].as_str().unwrap();
    assert_eq!(text.as_bytes(), &direct[..], "the text is the vendor's bytes");
}

#[tokio::test]
async fn what_is_created_can_be_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new.person@example.com",
        "name": {"givenName": "New", "familyName": "Person"},
        "active": true,
    });
    let made = mcp.call("create_a_ironclad_user", &user).await;
    let id = made.success()["id"].as_str().unwrap().to_owned();
    let found = mcp
        .call(
            "list_all_ironclad_users",
            &json!({"filter": "userName eq \"new.person@example.com\""}),
        )
        .await;
    assert_eq!(found.success()["result"][0]["id"], id.as_str());
    assert_eq!(
        mcp.call("get_single_ironclad_user_by_id", &json!({"id": id})).await.success()["name"]["familyName"],
        "Person"
    );
    let gone = mcp.call("delete_a_ironclad_user_by_id", &json!({"id": id})).await;
    assert_eq!(gone.success(), &json!({"ok": true, "status": 204}));
    mcp.call("get_single_ironclad_user_by_id", &json!({"id": id})).await.failure("not_found");
}

#[tokio::test]
async fn an_asynchronous_launch_tells_how_to_poll() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let templates = mcp.call("list_all_ironclad_workflow_schemas", &json!({"q": "nda"})).await;
    let template = templates.success()["result"][0]["id"].clone();
    let attributes = json!({
        "counterpartyName": "Initech", "counterpartySignerName": "Bill Lumbergh", "counterpartySignerEmail": "bill@initech.example",
        "ndaType": "Mutual", "paperSource": "Our paper", "effectiveDate": "2026-12-01",
    });
    let launched = mcp
        .call(
            "create_a_ironclad_async_workflow",
            &json!({"template": template, "attributes": attributes}),
        )
        .await;
    let mut state = launched.success().clone();
    assert!(state["asyncJobId"].is_string(), "the vendor's body is there: {state}");
    let mut polls = 0;
    while state["pending"] == true {
        assert_eq!(state["poll"]["tool"], "get_single_ironclad_async_workflow_by_id", "{state}");
        state = mcp
            .call("get_single_ironclad_async_workflow_by_id", &state["poll"]["arguments"])
            .await
            .success()
            .clone();
        polls += 1;
        assert!(polls < 10, "never done: {state}");
    }
    assert!(polls > 1, "pending before it is done");
    assert_eq!(state["status"], "success", "{state}");
    let id = state["workflow"]["id"].clone();
    let workflow = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": id})).await;
    assert_eq!(workflow.success()["attributes"]["counterpartyName"], "Initech");
}

#[tokio::test]
async fn the_same_tools_serve_agents_without_mcp() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let listed =
        app.admin().get(&format!("/integrated-account/{}/tools", mcp.account_id)).await.expect(200);
    let rows =
        listed["result"].as_array().or(listed["tools"].as_array()).expect("a catalogue").len();
    assert_eq!(rows, mcp.names().await.len());
    let path = format!("/integrated-account/{}/tools/list_all_ironclad_workflows", mcp.account_id);
    let called = app.admin().post(&path, &json!({"limit": 2})).await.expect(200);
    let through_mcp = mcp.call("list_all_ironclad_workflows", &json!({"limit": 2})).await;
    let same = |value: &Value| value["structuredContent"]["result"].clone();
    assert_eq!(same(&called), same(&through_mcp.result), "{called}");
    app.admin()
        .post(&format!("/integrated-account/{}/tools/no_such_tool", mcp.account_id), &json!({}))
        .await
        .expect_problem(404);
}

#[tokio::test]
async fn downloads_come_embedded_with_type_and_name() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let tools = mcp.names().await;
    assert!(tools.contains(&"ironclad_workflows_cancel".to_owned()));
    let workflows = mcp.call("list_all_ironclad_workflows", &json!({"limit": 1})).await;
    let id = workflows.success()["result"][0]["id"].clone();
    let document = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": id})).await;
    let download = document.success().to_string();
    assert!(download.contains("download"), "workflows carry their documents: {download}");
}
