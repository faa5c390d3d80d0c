//! A vendor's failure is a tool result that says what kind it is.

use std::time::{Duration, Instant};

use sandbox::Fault;
use serde_json::{Value, json};

use crate::app::{Setup, TestApp};

fn status(status: u16, body: Value) -> Fault {
    Fault::Status {
        status,
        body,
        headers: vec![("x-request-id".to_owned(), "vendor-request-1".to_owned())],
    }
}

#[tokio::test]
async fn each_status_has_its_kind_and_keeps_the_vendors_body() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let cases = [
        (400, "upstream_error"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (405, "upstream_error"),
        (409, "conflict"),
        (422, "upstream_error"),
        (429, "rate_limited"),
        (500, "upstream_error"),
        (502, "upstream_error"),
        (503, "upstream_error"),
    ];
    for (code, kind) in cases {
        app.sandbox.control().clear_requests();
        let body = json!({"code": "SOME_CODE", "message": "what the vendor says", "param": "x"});
        app.sandbox.control().fault("/public/api/v1/workflows", 1, status(code, body.clone()));
        let called = mcp.call("list_all_ironclad_workflows", &json!({})).await;
        let error = called.failure(kind);
        assert_eq!((&error["status"], &error["upstream"]), (&json!(code), &body), "{error}");
        assert!(error["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{error}");
        assert_eq!(error["request_id"], "vendor-request-1", "{error}");
        assert_eq!(called.answer.status, 200, "our status never mirrors the vendor's");
        assert_eq!(app.sandbox.requests().len(), 1, "{code}: nothing is repeated");
    }
}

#[tokio::test]
async fn the_vendors_own_words_for_a_missing_item_come_through() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let called = mcp
        .call("get_single_ironclad_workflow_by_id", &json!({"id": "5f0375c4cdc1927c5c8c0000"}))
        .await;
    let error = called.failure("not_found");
    assert_eq!(error["status"], 404);
    assert!(error["upstream"].is_object(), "{error}");
}

#[tokio::test]
async fn a_wrong_credential_is_unauthorized() {
    let app = TestApp::start().await;
    for (api, tool) in
        [("ironclad", "list_all_ironclad_workflows"), ("torii", "list_all_torii_users")]
    {
        let account = app
            .account_with(api, json!({"type": "bearer", "token": "wrong-credential-value"}))
            .await;
        app.keep_secret("wrong-credential-value");
        let mcp = app.server_of(&account, &json!({"name": "n", "config": {}})).await;
        let called = mcp.call(tool, &json!({})).await;
        called.failure("unauthorized");
        assert!(!called.answer.text().contains("wrong-credential-value"));
        let tested =
            app.admin().post(&format!("/integrated-account/{account}/test"), &json!({})).await;
        assert!(
            tested.text().contains("unauthorized") || tested.text().contains("401"),
            "{}",
            tested.text()
        );
    }
}

#[tokio::test]
async fn a_missing_scim_key_is_said_before_anything_is_sent() {
    let app = TestApp::start().await;
    let account =
        app.account_with("torii", json!({"type": "bearer", "token": "sandbox-torii-token"})).await;
    let mcp = app.server_of(&account, &json!({"name": "n", "config": {}})).await;
    let called = mcp.call("list_all_torii_scim_users", &json!({})).await;
    let error = called.failure("unauthorized");
    assert!(error.to_string().to_lowercase().contains("scim"), "{error}");
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_in_time_is_a_timeout() {
    let app = Setup::default().flag("upstream-timeout", "0.3").start().await;
    let mcp = app.ironclad().await;
    app.sandbox.control().fault("/public/api/v1/workflows", 1, Fault::Hang);
    let started = Instant::now();
    mcp.call("list_all_ironclad_workflows", &json!({})).await.failure("upstream_timeout");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(app.sandbox.requests().len(), 1);
    mcp.call("list_all_ironclad_workflows", &json!({})).await.success();
}

#[tokio::test]
async fn broken_connections_and_broken_answers_stay_results() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let path = "/public/api/v1/workflows";
    for fault in [Fault::Drop, Fault::Truncate] {
        app.sandbox.control().clear_requests();
        app.sandbox.control().fault(path, 1, fault);
        mcp.call("list_all_ironclad_workflows", &json!({})).await.failure("upstream_unreachable");
        assert_eq!(app.sandbox.requests().len(), 1, "nothing is repeated");
    }
    app.sandbox.control().fault(path, 1, Fault::Garbage);
    let called = mcp.call("list_all_ironclad_workflows", &json!({})).await;
    assert_eq!(called.answer.status, 200, "{}", called.answer.text());
    app.sandbox.control().fault(path, 1, status(503, json!("<html>maintenance</html>")));
    let called = mcp.call("list_all_ironclad_workflows", &json!({})).await;
    assert!(called.failure("upstream_error").to_string().contains("maintenance"));
}

#[tokio::test]
async fn a_vendor_that_is_not_there_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap().to_string();
    drop(listener);
    let app = Setup::default().flag("upstream-hosts", &nobody).start().await;
    let body = json!({"integration": "torii", "name": "n", "base_url": format!("http://{nobody}"), "credentials": {"type": "bearer", "token": "t0ken-of-nobody"}});
    let account = app.admin().post("/integrated-account", &body).await.expect(201);
    let mcp =
        app.server_of(account["id"].as_str().unwrap(), &json!({"name": "n", "config": {}})).await;
    mcp.call("list_all_torii_users", &json!({})).await.failure("upstream_unreachable");
}

#[tokio::test]
async fn drift_in_an_answer_never_fails_a_call() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let odd = json!({"list": [{"id": 17, "title": null, "unheard_of": {"a": [1.50, "x"]}}], "count": "one", "page": {}});
    app.sandbox.control().fault("/public/api/v1/workflows", 1, status(200, odd.clone()));
    let called = mcp.call("list_all_ironclad_workflows", &json!({})).await;
    assert_eq!(called.success()["result"], odd["list"]);
    for (code, body) in
        [(200, json!([1, 2])), (200, json!(7)), (201, json!({})), (207, json!({"multi": true}))]
    {
        app.sandbox.control().fault("/public/api/v1/workflows/*", 1, status(code, body.clone()));
        let called = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": "IC-1"})).await;
        let expected = if body.is_object() { body } else { json!({"result": body}) };
        assert_eq!(called.success(), &expected);
    }
    app.sandbox.control().fault("/public/api/v1/workflows/*", 1, status(200, json!("plain words")));
    let called = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": "IC-1"})).await;
    assert_eq!(called.success()["text"], "plain words");
    app.sandbox.control().fault("/public/api/v1/workflows/*", 1, status(204, Value::Null));
    let called = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": "IC-1"})).await;
    assert_eq!(called.success(), &json!({"ok": true, "status": 204}));
}
