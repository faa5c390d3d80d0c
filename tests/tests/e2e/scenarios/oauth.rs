//! OAuth accounts: tokens fetched once, renewed in time, grants kept or given up.

use std::time::Duration;

use http::Method;
use sandbox::Fault;
use serde_json::{Value, json};

use crate::app::{Setup, TestApp};
use crate::http::send;
use crate::mcp::Mcp;

const TOOL: &str = "list_all_ironclad_workflows";

async fn client_credentials(app: &TestApp) -> Mcp {
    let credentials = json!({
        "type": "oauth2_client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-client-secret",
        "as_user_email": first_user(app).await,
    });
    let account = app.account_with("ironclad", credentials).await;
    app.server_of(&account, &json!({"name": "n", "config": {}})).await
}

async fn first_user(app: &TestApp) -> String {
    let mcp = app.ironclad().await;
    let users = mcp.call("list_all_ironclad_users", &json!({"limit": 1})).await;
    app.sandbox.control().clear_requests();
    users.success()["result"][0]["userName"].as_str().unwrap().to_owned()
}

fn token_requests(app: &TestApp) -> usize {
    app.sandbox.requests().iter().filter(|seen| seen.path == "/oauth/token").count()
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let app = Setup::default().sandbox(|options| options.rate_limits = false).start().await;
    let mcp = client_credentials(&app).await;
    let arguments = json!({"limit": 1});
    let calls = (0..50).map(|_| mcp.call(TOOL, &arguments));
    for called in futures_util::future::join_all(calls).await {
        called.success();
    }
    assert_eq!(token_requests(&app), 1);
    let acting = app
        .sandbox
        .requests()
        .iter()
        .filter(|seen| seen.path.ends_with("/workflows"))
        .all(|seen| seen.header("x-as-user-email").is_some());
    assert!(acting, "the acting user is sent");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_repeated_once() {
    let app = TestApp::start().await;
    let mcp = client_credentials(&app).await;
    mcp.call(TOOL, &json!({"limit": 1})).await.success();
    app.sandbox.control().revoke_access_tokens();
    app.sandbox.control().clear_requests();
    mcp.call(TOOL, &json!({"limit": 1})).await.success();
    assert_eq!(token_requests(&app), 1);
    assert_eq!(app.sandbox.requests().len(), 3, "refused, renewed, repeated");
    app.sandbox.control().fail("/public/api/v1/workflows", 5, 401);
    app.sandbox.control().clear_requests();
    mcp.call(TOOL, &json!({"limit": 1})).await.failure("unauthorized");
    let calls =
        app.sandbox.requests().iter().filter(|seen| seen.path.ends_with("/workflows")).count();
    assert_eq!(calls, 2, "not more than one repetition");
}

#[tokio::test]
async fn a_transient_failure_keeps_the_grant() {
    let app = TestApp::start().await;
    let mcp = client_credentials(&app).await;
    app.sandbox.control().fail("/oauth/token", 1, 503);
    let failed = mcp.call(TOOL, &json!({"limit": 1})).await;
    assert!(failed.is_error());
    let kind = failed.content()["error"]["kind"].clone();
    assert_ne!(kind, "needs_reauth", "{}", failed.content());
    mcp.call(TOOL, &json!({"limit": 1})).await.success();
    assert_eq!(status(&app, &mcp).await, "active");
}

async fn status(app: &TestApp, mcp: &Mcp) -> String {
    let account =
        app.admin().get(&format!("/integrated-account/{}", mcp.account_id)).await.expect(200);
    account["status"].as_str().unwrap().to_owned()
}

/// Connects an authorization-code account as a browser would.
async fn connected(app: &TestApp) -> Mcp {
    let credentials = json!({"type": "oauth2_authorization_code", "client_id": "sandbox-client", "client_secret": "sandbox-client-secret"});
    let account = app.account_with("ironclad", credentials).await;
    let mcp = app.server_of(&account, &json!({"name": "n", "config": {}})).await;
    let error = mcp.call(TOOL, &json!({"limit": 1})).await.failure("needs_reauth").clone();
    assert!(error.to_string().contains("connect"), "says how to connect: {error}");
    connect(app, &mcp).await;
    mcp
}

async fn connect(app: &TestApp, mcp: &Mcp) {
    let start = app.admin().get(&format!("/integrated-account/{}/connect", mcp.account_id)).await;
    let authorize = match start.header("location") {
        Some(location) => location.to_owned(),
        None => {
            start.json().as_object().unwrap().values().find_map(Value::as_str).unwrap().to_owned()
        }
    };
    assert!(authorize.contains("/oauth/authorize") && authorize.contains("state="), "{authorize}");
    let consent = send(Method::GET, &authorize, &[], None).await.unwrap();
    let back =
        consent.header("location").unwrap_or_else(|| panic!("{}", consent.text())).to_owned();
    let done = send(Method::GET, &back, &[], None).await.unwrap();
    assert!(done.status.is_success() || done.status.is_redirection(), "{}", done.text());
    let again = send(Method::GET, &back, &[], None).await.unwrap();
    assert!(again.status.is_client_error(), "a state works once: {}", again.text());
}

#[tokio::test]
async fn a_connected_account_renews_with_rotated_tokens_over_restarts() {
    let mut app = Setup::default()
        .sandbox(|options| options.oauth_access_lifetime = Duration::from_secs(30))
        .start()
        .await;
    let mcp = connected(&app).await;
    mcp.call(TOOL, &json!({"limit": 1})).await.success();
    for _ in 0..3 {
        app.sandbox.control().revoke_access_tokens();
        mcp.call(TOOL, &json!({"limit": 1})).await.success();
    }
    app.restart().await;
    let moved = Mcp { url: app.url(&format!("/mcp/{}", mcp.token)), ..mcp.clone() };
    app.sandbox.control().revoke_access_tokens();
    moved.call(TOOL, &json!({"limit": 1})).await.success();
    assert_eq!(status(&app, &mcp).await, "active");
}

#[tokio::test]
async fn a_refused_grant_needs_a_person_and_says_so() {
    let app = TestApp::start().await;
    let mcp = connected(&app).await;
    mcp.call(TOOL, &json!({"limit": 1})).await.success();
    app.sandbox.control().revoke_grants();
    let error = mcp.call(TOOL, &json!({"limit": 1})).await.failure("needs_reauth").clone();
    assert!(error["advice"].as_str().unwrap().contains("connect"), "{error}");
    assert_eq!(status(&app, &mcp).await, "needs_reauth");
    app.sandbox.control().clear_requests();
    mcp.call(TOOL, &json!({"limit": 1})).await.failure("needs_reauth");
    assert!(token_requests(&app) <= 1, "a refused grant is not tried forever");
    connect(&app, &mcp).await;
    mcp.call(TOOL, &json!({"limit": 1})).await.success();
    assert_eq!(status(&app, &mcp).await, "active");
}

#[tokio::test]
async fn a_callback_that_nobody_asked_for_is_refused() {
    let app = TestApp::start().await;
    for query in ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y"] {
        let answer = send(Method::GET, &app.url(&format!("/oauth/callback{query}")), &[], None)
            .await
            .unwrap();
        assert!(answer.status.is_client_error(), "{query}: {}", answer.status);
    }
    app.sandbox.control().fault("/oauth/token", 0, Fault::Drop);
    assert!(app.sandbox.requests().is_empty());
}
