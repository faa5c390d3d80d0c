//! Which tools exist for whom.

use std::collections::BTreeSet;

use serde_json::json;

use crate::app::TestApp;
use crate::http::Answer;

/// Status, headers (but the date) and body.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    (answer.status.as_u16(), headers, answer.text())
}

#[tokio::test]
async fn a_read_only_server_has_no_tool_that_changes_anything() {
    let app = TestApp::start().await;
    for api in ["ironclad", "torii"] {
        let mcp = app.server(api, json!({"methods": ["read"]})).await;
        let tools = mcp.list().await;
        assert!(tools.len() > 20, "{api} lists {} tools", tools.len());
        for tool in &tools {
            let name = tool["name"].as_str().unwrap();
            assert_eq!(tool["annotations"]["readOnlyHint"], true, "{name}");
            assert_eq!(tool["annotations"]["destructiveHint"], false, "{name}");
            assert!(name.starts_with("list_all_") || name.starts_with("get_single_"), "{name}");
        }
    }
}

#[tokio::test]
async fn calling_a_filtered_tool_is_calling_a_name_that_never_existed() {
    let app = TestApp::start().await;
    let mcp = app.server("ironclad", json!({"methods": ["read"], "tags": ["workflows"]})).await;
    // Same length, so that even the content length may not differ.
    for (filtered, unknown) in [
        ("ironclad_workflows_cancel", "ironclad_workflows_cancex"),
        ("create_a_ironclad_workflow", "create_a_ironclad_workflox"),
        ("list_all_ironclad_users", "list_all_ironclad_userx"),
    ] {
        let arguments = json!({"id": "x", "comment": "y"});
        let one = mcp.call_raw(filtered, &arguments).await;
        let other = mcp.call_raw(unknown, &arguments).await;
        assert_eq!(one.json()["error"]["code"], -32602, "{}", one.text());
        let (status, headers, body) = visible(&other);
        assert_eq!(visible(&one), (status, headers, body.replace(unknown, filtered)));
    }
    assert!(app.sandbox.requests().is_empty(), "nothing goes upstream");
}

#[tokio::test]
async fn methods_split_the_tools_into_read_write_and_custom() {
    let app = TestApp::start().await;
    for api in ["ironclad", "torii"] {
        let account = app.account(api).await;
        let names = async |config| {
            let mcp = app.server_of(&account, &json!({"name": "n", "config": config})).await;
            mcp.names().await.into_iter().collect::<BTreeSet<_>>()
        };
        let all = names(json!({})).await;
        let read = names(json!({"methods": ["READ"]})).await;
        let write = names(json!({"methods": ["write"]})).await;
        let custom = names(json!({"methods": ["custom"]})).await;
        assert!(
            read.is_disjoint(&write) && read.is_disjoint(&custom) && write.is_disjoint(&custom)
        );
        let union: BTreeSet<String> = read.iter().chain(&write).chain(&custom).cloned().collect();
        assert_eq!(union, all);
        assert!(write.iter().all(|name| name.starts_with("create_a_")
            || name.starts_with("update_a_")
            || name.starts_with("delete_a_")));
        let single = names(json!({"methods": ["create", "delete"]})).await;
        assert!(
            single.is_subset(&write) && !single.iter().any(|name| name.starts_with("update_a_"))
        );
    }
    let cancel = app.server("ironclad", json!({"methods": ["cancel"]})).await;
    assert_eq!(cancel.names().await, ["ironclad_workflows_cancel"]);
}

#[tokio::test]
async fn tags_admit_tools_that_carry_any_of_them() {
    let app = TestApp::start().await;
    let people = app.server("ironclad", json!({"tags": ["users"]})).await.names().await;
    assert!(people.contains(&"list_all_ironclad_users".to_owned()), "{people:?}");
    assert!(!people.contains(&"list_all_ironclad_workflows".to_owned()), "{people:?}");
    let directory = app.server("ironclad", json!({"tags": ["Directory"]})).await.names().await;
    for name in
        ["list_all_ironclad_users", "list_all_ironclad_groups", "delete_a_ironclad_user_by_id"]
    {
        assert!(directory.contains(&name.to_owned()), "{directory:?}");
    }
    let apps = app.server("torii", json!({"tags": ["apps"]})).await.names().await;
    assert!(apps.contains(&"list_all_torii_apps".to_owned()), "{apps:?}");
    assert!(
        !apps.contains(&"list_all_torii_application_users".to_owned()),
        "a tag that promises no people shows none"
    );
    let both = app
        .server("torii", json!({"methods": ["list"], "tags": ["apps", "users"]}))
        .await
        .names()
        .await;
    assert!(
        both.contains(&"list_all_torii_application_users".to_owned())
            && both.contains(&"list_all_torii_apps".to_owned())
    );
    assert!(
        both.iter().all(|name| name.starts_with("list_all_")),
        "methods and tags both hold: {both:?}"
    );
}

#[tokio::test]
async fn the_query_of_the_url_narrows_and_never_widens_or_fails() {
    let app = TestApp::start().await;
    let mcp =
        app.server("ironclad", json!({"methods": ["read"], "tags": ["workflows", "users"]})).await;
    let all: BTreeSet<String> = mcp.names().await.into_iter().collect();
    let narrowed: BTreeSet<String> =
        mcp.with_query("methods=LIST&tags=Users").names().await.into_iter().collect();
    assert!(
        narrowed.contains("list_all_ironclad_users")
            && narrowed.is_subset(&all)
            && narrowed.len() < all.len(),
        "{narrowed:?}"
    );
    let widened: BTreeSet<String> = mcp
        .with_query("methods=read,write,custom&tags=workflows,users,records")
        .names()
        .await
        .into_iter()
        .collect();
    assert_eq!(widened, all);
    assert!(mcp.with_query("methods=write").names().await.is_empty());
    assert!(mcp.with_query("tags=no_such_tag").names().await.is_empty());
    let hidden = mcp
        .with_query("methods=list")
        .call_raw("get_single_ironclad_workflow_by_id", &json!({"id": "x"}))
        .await;
    assert_eq!(hidden.json()["error"]["code"], -32602);
}

#[tokio::test]
async fn allow_narrows_and_deny_wins() {
    let app = TestApp::start().await;
    let allow =
        ["list_all_ironclad_workflows", "ironclad_workflows_cancel", "list_all_ironclad_users"];
    let config =
        json!({"methods": ["read", "custom"], "allow": allow, "deny": ["list_all_ironclad_users"]});
    let mut names = app.server("ironclad", config).await.names().await;
    names.sort();
    assert_eq!(names, ["ironclad_workflows_cancel", "list_all_ironclad_workflows"]);
    let denied = app.server("ironclad", json!({"deny": ["ironclad_workflows_cancel"]})).await;
    assert!(!denied.names().await.contains(&"ironclad_workflows_cancel".to_owned()));
    assert_eq!(
        denied.call_raw("ironclad_workflows_cancel", &json!({})).await.json()["error"]["code"],
        -32602
    );
}

#[tokio::test]
async fn deprecated_tools_appear_only_when_allowed_by_name() {
    let app = TestApp::start().await;
    let everything = app.ironclad().await.names().await.len();
    let catalogue = app.admin().get("/integration/ironclad/tools").await.expect(200);
    let rows = catalogue["result"]
        .as_array()
        .or(catalogue["tools"].as_array())
        .expect("a catalogue")
        .len();
    assert_eq!(rows, everything, "the preview is what a server lists");
    let old = "ironclad_workflows_comment";
    let usual = app.ironclad().await;
    assert!(!usual.names().await.contains(&old.to_owned()));
    assert_eq!(usual.call_raw(old, &json!({})).await.json()["error"]["code"], -32602);
    assert_eq!(app.server("ironclad", json!({"allow": [old]})).await.names().await, [old]);
}

#[tokio::test]
async fn a_config_with_unknown_words_is_refused_and_told_the_known_ones() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let path = format!("/integrated-account/{account}/mcp");
    for (config, field, known) in [
        (json!({"methods": ["reed"]}), "methods", "read"),
        (json!({"tags": ["workflow"]}), "tags", "workflows"),
        (json!({"allow": ["list_all_ironclad_workflow"]}), "allow", "list_all_ironclad_workflows"),
        (json!({"deny": ["ironclad_workflows_cancle"]}), "deny", "ironclad_workflows_cancel"),
        (json!({"tool_exposure": "some"}), "tool_exposure", "discovery"),
        (json!({"method": ["read"]}), "method", "methods"),
    ] {
        let problem = app
            .admin()
            .post(&path, &json!({"name": "n", "config": config}))
            .await
            .expect_problem(422)
            .to_string();
        assert!(problem.contains(field) && problem.contains(known), "{problem}");
    }
    let empty = json!({"name": "n", "config": {"methods": ["delete"], "tags": ["launch"]}});
    let problem = app.admin().post(&path, &empty).await.expect_problem(422).to_string();
    assert!(problem.contains("no tool"), "{problem}");
}

#[tokio::test]
async fn a_changed_filter_holds_from_the_next_request_on() {
    let app = TestApp::start().await;
    let mcp = app.server("ironclad", json!({})).await;
    assert!(mcp.names().await.contains(&"ironclad_workflows_cancel".to_owned()));
    let path = format!("/integrated-account/{}/mcp/{}", mcp.account_id, mcp.server_id);
    let changed =
        app.admin().patch(&path, &json!({"config": {"methods": ["list"]}})).await.expect(200);
    assert_eq!(changed["config"], json!({"methods": ["list"]}));
    assert!(mcp.names().await.iter().all(|name| name.starts_with("list_all_")));
    assert_eq!(
        mcp.call_raw("ironclad_workflows_cancel", &json!({})).await.json()["error"]["code"],
        -32602
    );
}

#[tokio::test]
async fn preview_list_and_catalogue_show_the_same_tools() {
    let app = TestApp::start().await;
    for (api, methods, tags) in
        [("ironclad", "read", "workflows"), ("torii", "write,custom", "apps,users")]
    {
        let (methods_list, tags_list): (Vec<&str>, Vec<&str>) =
            (methods.split(',').collect(), tags.split(',').collect());
        let mcp = app.server(api, json!({"methods": methods_list, "tags": tags_list})).await;
        let listed: BTreeSet<String> = mcp.names().await.into_iter().collect();
        let preview = app
            .admin()
            .get(&format!("/integration/{api}/tools?methods={methods}&tags={tags}"))
            .await
            .expect(200);
        let names = |body: &serde_json::Value| -> BTreeSet<String> {
            let rows = body["result"]
                .as_array()
                .or(body["tools"].as_array())
                .unwrap_or_else(|| panic!("no tools: {body}"));
            rows.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&preview), listed);
    }
}
