//! Every list ends, and gives each item exactly once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::{Setup, TestApp};
use crate::mcp::Mcp;

fn ids(items: &[Value], key: &str) -> BTreeSet<String> {
    // A list whose items have no id of their own is told apart by their whole content.
    items.iter().map(|item| item.get(key).unwrap_or(item).to_string()).collect()
}

/// Walks with 7 and with 50 a page and compares.
async fn walks(app: &TestApp, mcp: &Mcp, tool: &str, arguments: Value, key: &str) -> Vec<Value> {
    app.sandbox.control().clear_requests();
    let (items, pages) = mcp.walk(tool, &arguments, 7).await;
    let once = ids(&items, key);
    assert_eq!(once.len(), items.len(), "{tool}: an item came twice");
    assert!(items.len() > 14, "{tool}: {} items do not make three pages", items.len());
    assert_eq!(app.sandbox.requests().len(), pages, "{tool}: one upstream request a page");
    let (larger, _) = mcp.walk(tool, &arguments, 50).await;
    assert_eq!(ids(&larger, key), once, "{tool}: page size changes the outcome");
    let mut first = arguments;
    first["limit"] = 3.into();
    let called = mcp.call(tool, &first).await;
    if let Some(total) = called.success()["total"].as_u64() {
        assert_eq!(usize::try_from(total), Ok(items.len()), "{tool}: total");
    }
    items
}

#[tokio::test]
async fn numbered_pages() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    walks(&app, &mcp, "list_all_ironclad_workflows", json!({}), "id").await;
    walks(&app, &mcp, "list_all_ironclad_records", json!({}), "id").await;
}

#[tokio::test]
async fn scim_start_indexes() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    walks(&app, &mcp, "list_all_ironclad_users", json!({}), "id").await;
}

#[tokio::test]
async fn vendor_cursors() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    walks(&app, &mcp, "list_all_torii_users", json!({}), "id").await;
    walks(&app, &mcp, "list_all_torii_contracts", json!({}), "id").await;
}

#[tokio::test]
async fn offsets() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let workflows = mcp.call("list_all_torii_workflows", &json!({})).await;
    let id = workflows.success()["result"][0]["id"].clone();
    let mut arguments = json!({});
    let tools = mcp.list().await;
    let tool = tools
        .iter()
        .find(|tool| tool["name"] == "list_all_torii_workflow_audit_logs")
        .expect("the tool is listed");
    for name in tool["inputSchema"]["required"].as_array().into_iter().flatten() {
        arguments[name.as_str().unwrap()] = id.clone();
    }
    walks(&app, &mcp, "list_all_torii_workflow_audit_logs", arguments, "id").await;
}

#[tokio::test]
async fn a_list_without_pages_is_one_page() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let called = mcp.call("list_all_ironclad_workflow_schemas", &json!({})).await;
    let page = called.success();
    assert!(
        page["result"].as_array().unwrap().len() > 3 && page["next_cursor"].is_null(),
        "{page}"
    );
    let torii = app.torii().await;
    let me = torii.call("list_all_torii_me", &json!({})).await;
    assert!(
        me.success().get("result").is_none(),
        "a list without items answers its body as it is: {}",
        me.success()
    );
}

#[tokio::test]
async fn cursors_survive_a_restart_and_a_changed_limit() {
    let mut app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let tool = "list_all_ironclad_users";
    let first = mcp.call(tool, &json!({"limit": 7})).await;
    let (first, cursor) = (
        first.success()["result"].as_array().unwrap().clone(),
        first.success()["next_cursor"].clone(),
    );
    app.restart().await;
    let moved = Mcp { url: app.url(&format!("/mcp/{}", mcp.token)), ..mcp.clone() };
    let second = moved.call(tool, &json!({"limit": 5, "next_cursor": cursor})).await;
    let second = second.success()["result"].as_array().unwrap().clone();
    assert!(ids(&first, "id").is_disjoint(&ids(&second, "id")));
    let (all, _) = moved.walk(tool, &json!({}), 20).await;
    assert_eq!(all[7]["id"], second[0]["id"], "nothing is skipped");
}

#[tokio::test]
async fn a_changed_or_foreign_cursor_is_an_argument_fault() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let first = mcp.call("list_all_ironclad_users", &json!({"limit": 7})).await;
    let cursor = first.success()["next_cursor"].as_str().unwrap().to_owned();
    let mut changed = cursor.clone().into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let other = app.ironclad().await;
    app.sandbox.control().clear_requests();
    for (server, tool, cursor) in [
        (&mcp, "list_all_ironclad_users", changed.as_str()),
        (&mcp, "list_all_ironclad_users", "garbage"),
        (&mcp, "list_all_ironclad_workflows", cursor.as_str()),
        (&other, "list_all_ironclad_users", cursor.as_str()),
    ] {
        let called = server.call(tool, &json!({"next_cursor": cursor})).await;
        assert_eq!(called.fault_pointers(), ["/next_cursor"], "{cursor}");
    }
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn rows_beyond_the_size_limit_follow_on_the_next_page() {
    let app = Setup::default().flag("max-result-bytes", "6000").start().await;
    let mcp = app.ironclad().await;
    let called = mcp.call("list_all_ironclad_users", &json!({"limit": 40})).await;
    let page = called.success();
    let shown = page["result"].as_array().unwrap().len();
    assert!((1..40).contains(&shown), "{shown} rows");
    assert_eq!(page["truncated"]["shown"], shown);
    assert!(called.answer.body.len() < 20_000, "{} bytes", called.answer.body.len());
    let (cut, _) = mcp.walk("list_all_ironclad_users", &json!({}), 40).await;
    assert_eq!(ids(&cut, "id").len(), cut.len());
    assert_eq!(page["total"], cut.len(), "every row is reached");
}

#[tokio::test]
async fn fields_keeps_what_is_asked_for() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let called = mcp
        .call("list_all_ironclad_users", &json!({"limit": 3, "fields": ["id", "name.givenName"]}))
        .await;
    for user in called.success()["result"].as_array().unwrap() {
        let members: Vec<&String> = user.as_object().unwrap().keys().collect();
        assert_eq!(members, ["id", "name"], "{user}");
        assert_eq!(user["name"].as_object().unwrap().keys().collect::<Vec<_>>(), ["givenName"]);
    }
    let torii = app.torii().await;
    app.sandbox.control().clear_requests();
    let called = torii
        .call("list_all_torii_apps", &json!({"limit": 2, "fields": ["id", "name", "category"]}))
        .await;
    assert!(called.success()["result"][0]["category"].is_string(), "{}", called.success());
    let seen = app.sandbox.requests();
    assert!(
        seen[0].query.contains("fields="),
        "the vendor's own parameter is used: {}",
        seen[0].query
    );
}
