//! Secrets at rest and in passing, searched for by value.

use std::path::Path;

use http::Method;
use serde_json::json;

use crate::app::TestApp;
use crate::http::send;

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test]
async fn nothing_on_disk_and_no_answer_holds_a_secret() {
    let mut app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let torii = app.torii().await;
    let token = app
        .admin()
        .post("/api-token", &json!({"name": "t", "scope": "call"}))
        .await
        .expect(201)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    app.keep_secret(&token);
    let oauth = json!({"type": "oauth2_client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-client-secret", "as_user_email": "a@b.example"});
    app.account_with("ironclad", oauth).await;
    mcp.call("list_all_ironclad_users", &json!({"limit": 2})).await.success();
    torii.call("list_all_torii_users", &json!({"limit": 2})).await.success();
    let mut answers = Vec::new();
    for path in [
        "/integrated-account",
        &format!("/integrated-account/{}", mcp.account_id),
        "/api-token",
        "/call-log",
        "/metrics",
        "/healthz",
        "/readyz",
        "/openapi.json",
    ] {
        answers.push((path.to_owned(), app.admin().get(path).await.text()));
    }
    answers.push((
        "servers".to_owned(),
        app.admin().get(&format!("/integrated-account/{}/mcp", mcp.account_id)).await.text(),
    ));
    let stray =
        send(Method::GET, &app.url(&format!("/nowhere/{}", mcp.token)), &[], None).await.unwrap();
    answers.push(("an error page".to_owned(), stray.text()));
    for secret in app.secret_values() {
        for (path, body) in &answers {
            assert!(!body.contains(&secret), "{path} holds a secret: {body}");
        }
    }
    // The write-ahead log is emptied into the database file at the end.
    app.node().terminate();
    let checked = files(app.directory.path());
    assert!(
        checked.iter().any(|path| path.extension().is_some_and(|name| name == "db")),
        "{checked:?}"
    );
    for path in checked {
        let bytes = std::fs::read(&path).unwrap();
        for secret in app.secret_values() {
            assert!(!contains(&bytes, &secret), "{} holds a secret", path.display());
        }
    }
}

#[tokio::test]
async fn tokens_are_long_and_shown_once() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let path = format!("/integrated-account/{account}/mcp");
    let made = app.admin().post(&path, &json!({"name": "n", "config": {}})).await.expect(201);
    let (token, url) = (made["token"].as_str().unwrap(), made["url"].as_str().unwrap());
    app.keep_secret(token);
    assert!(token.len() >= 43, "256 bits take 43 characters: {}", token.len());
    assert!(url.ends_with(&format!("/mcp/{token}")), "{url}");
    assert!(made["id"].as_str().unwrap().starts_with("mcp_"));
    let shown =
        app.admin().get(&format!("{path}/{}", made["id"].as_str().unwrap())).await.expect(200);
    assert!(shown["token"].is_null() && shown["url"].is_null(), "{shown}");
    let account = app.admin().get(&format!("/integrated-account/{account}")).await.expect(200);
    assert!(
        account
            .get("credentials")
            .is_none_or(|credentials| !credentials.to_string().contains("sandbox-")),
        "{account}"
    );
}
