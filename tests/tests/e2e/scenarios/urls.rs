//! MCP URLs: unknown, deleted, expired, guarded.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::http::{Answer, send};
use crate::mcp::Mcp;
use crate::wait::eventually;

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

async fn ping(url: &str, further: &[(&str, &str)]) -> Answer {
    let mut headers = vec![
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    headers.extend_from_slice(further);
    send(Method::POST, url, &headers, Some(Bytes::from_static(PING.as_bytes()))).await.unwrap()
}

/// Everything but the date.
fn visible(answer: &Answer) -> (u16, String, Bytes) {
    let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| *name != "date").collect();
    (answer.status.as_u16(), format!("{headers:?}"), answer.body.clone())
}

#[tokio::test]
async fn expired_deleted_unknown_and_malformed_urls_answer_alike() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1_500);
    let expiring = app
        .server_of(&account, &json!({"name": "n", "config": {}, "expires_at": soon.to_string()}))
        .await;
    let deleted = app.server_of(&account, &json!({"name": "n", "config": {}})).await;
    assert_eq!(ping(&expiring.url, &[]).await.status, 200, "before its end it works");
    assert_eq!(ping(&deleted.url, &[]).await.status, 200);
    app.admin()
        .delete(&format!("/integrated-account/{account}/mcp/{}", deleted.server_id))
        .await
        .expect(204);
    let unknown = "A".repeat(deleted.token.len());
    let reference = visible(&ping(&app.url(&format!("/mcp/{unknown}")), &[]).await);
    assert_eq!(reference.0, 404);
    assert!(!reference.1.contains("www-authenticate"));
    let is_over = async || (jiff::Timestamp::now() > soon).then_some(());
    eventually(Duration::from_secs(10), "time stands still", is_over).await;
    assert_eq!(visible(&ping(&expiring.url, &[]).await), reference, "expired");
    assert_eq!(visible(&ping(&deleted.url, &[]).await), reference, "deleted");
    for token in ["x", "mcp_1", "%00", &"B".repeat(5000)] {
        assert_eq!(
            visible(&ping(&app.url(&format!("/mcp/{token}")), &[]).await),
            reference,
            "{token:.20}"
        );
    }
    assert_eq!(
        visible(&ping(&format!("{}?token={}", app.url("/mcp/x"), deleted.token), &[]).await),
        reference
    );
}

#[tokio::test]
async fn an_account_takes_its_servers_along() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    assert_eq!(ping(&mcp.url, &[]).await.status, 200);
    app.admin().delete(&format!("/integrated-account/{}", mcp.account_id)).await.expect(204);
    assert_eq!(ping(&mcp.url, &[]).await.status, 404);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_on_every_request() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let mcp = app
        .server_of(&account, &json!({"name": "n", "config": {"require_api_token_auth": true}}))
        .await;
    let call = app
        .admin()
        .post("/api-token", &json!({"name": "agent", "scope": "call"}))
        .await
        .expect(201);
    let token = call["token"].as_str().unwrap().to_owned();
    app.keep_secret(&token);
    for headers in
        [vec![], vec![("authorization", "Bearer wrong")], vec![("authorization", "Basic x")]]
    {
        let refused = ping(&mcp.url, &headers).await;
        assert_eq!(refused.status, 401, "{}", refused.text());
        assert!(
            refused.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer"))
        );
    }
    let bearer = format!("Bearer {token}");
    assert_eq!(ping(&mcp.url, &[("authorization", &bearer)]).await.status, 200);
    let admin = format!("Bearer {}", app.admin().token);
    assert_eq!(ping(&mcp.url, &[("authorization", &admin)]).await.status, 200);
    assert_eq!(ping(&app.url("/mcp/unknown"), &[("authorization", &bearer)]).await.status, 404);
    let path = format!("/api-token/{}", call["id"].as_str().unwrap());
    app.admin().delete(&path).await.expect(204);
    assert_eq!(
        ping(&mcp.url, &[("authorization", &bearer)]).await.status,
        401,
        "a revoked token opens nothing"
    );
}

#[tokio::test]
async fn a_call_token_opens_tools_and_nothing_else() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let made = app
        .admin()
        .post("/api-token", &json!({"name": "agent", "scope": "call"}))
        .await
        .expect(201);
    let mut caller = app.admin().clone();
    caller.token = made["token"].as_str().unwrap().to_owned();
    app.keep_secret(&caller.token);
    caller
        .post(
            &format!("/integrated-account/{account}/tools/list_all_ironclad_workflow_schemas"),
            &json!({}),
        )
        .await
        .expect(200);
    for path in [
        "/integrated-account",
        "/api-token",
        "/call-log",
        &format!("/integrated-account/{account}/mcp"),
    ] {
        let refused = caller.get(path).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
    }
    let refused = caller.post("/api-token", &json!({"name": "x", "scope": "admin"})).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn an_end_in_the_past_is_refused() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    for end in ["2020-01-01T00:00:00Z", "tomorrow", ""] {
        let body = json!({"name": "n", "config": {}, "expires_at": end});
        let problem = app
            .admin()
            .post(&format!("/integrated-account/{account}/mcp"), &body)
            .await
            .expect_problem(422);
        assert!(problem.to_string().contains("expires_at"), "{problem}");
    }
    let made = app
        .admin()
        .post(&format!("/integrated-account/{account}/mcp"), &json!({"name": "n", "config": {}}))
        .await
        .expect(201);
    assert_eq!(made["expires_at"], Value::Null);
}

#[tokio::test]
async fn probes_of_clients_find_nothing_and_start_no_login() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let token = &mcp.token;
    let get = async |path: String| {
        send(Method::GET, &app.url(&path), &[("accept", "*/*")], None).await.unwrap()
    };
    let first = get(format!("/mcp/{token}")).await;
    assert_eq!(first.status, 405);
    assert!(first.header("www-authenticate").is_none());
    for path in [
        format!("/.well-known/oauth-protected-resource/mcp/{token}"),
        format!("/mcp/{token}/.well-known/oauth-protected-resource"),
        "/.well-known/oauth-protected-resource".to_owned(),
        format!("/.well-known/oauth-authorization-server/mcp/{token}"),
        format!("/.well-known/openid-configuration/mcp/{token}"),
        format!("/mcp/{token}/.well-known/openid-configuration"),
        "/.well-known/oauth-authorization-server".to_owned(),
    ] {
        let answer = get(path.clone()).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains(token.as_str()), "{path} gives the token back");
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let app = TestApp::start().await;
    let mcp: Mcp = app.ironclad().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost.evil.example"),
        ("host", "evil.example"),
        ("host", "127.0.0.1.evil.example:80"),
    ] {
        let refused = ping(&mcp.url, &[(name, value)]).await;
        assert_eq!(refused.status, 403, "{name}: {value}");
        assert!(refused.header("access-control-allow-origin").is_none());
    }
    assert_eq!(ping(&mcp.url, &[("origin", &app.admin().base)]).await.status, 200);
}

#[tokio::test]
async fn pages_behind_a_url_token_are_kept_out_of_caches_and_referrers() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let answer = ping(&mcp.url, &[]).await;
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert!(
        answer.header("cache-control").is_some_and(|value| value.contains("no-store")),
        "{:?}",
        answer.headers
    );
}
