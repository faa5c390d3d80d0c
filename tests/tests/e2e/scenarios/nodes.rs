//! Several nodes over one PostgreSQL. Runs only where `DRAWBRIDGE_TEST_POSTGRES` names a server.

use std::time::Duration;

use serde_json::json;

use crate::app::{Node, Setup, TestApp};
use crate::http::Admin;
use crate::mcp::Mcp;
use crate::wait::eventually;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The server's URL with a database of this test's own; `None`, and a word, where there is no
/// server.
fn postgres(test: &str) -> Option<String> {
    let Ok(url) = std::env::var("DRAWBRIDGE_TEST_POSTGRES") else {
        eprintln!("not run: DRAWBRIDGE_TEST_POSTGRES names no server");
        return None;
    };
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    let database = format!("e2e_{test}_{}", std::process::id());
    let made = std::process::Command::new("psql")
        .arg(&url)
        .arg("-qc")
        .arg(format!("create database {database}"))
        .status();
    assert!(made.expect("psql is there").success());
    Some(format!("{server}/{database}"))
}

async fn two_nodes(test: &str) -> Option<(TestApp, Node)> {
    let url = postgres(test)?;
    let flags = [("database-url", url.as_str()), ("master-key", KEY)];
    let setup = flags.iter().fold(Setup::default(), |setup, (name, value)| setup.flag(name, value));
    let app = setup.sandbox(|options| options.rate_limits = false).start().await;
    let flags: Vec<(String, String)> =
        flags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let second = Node::start(app.directory.path(), "second", &app.upstream, &flags).await;
    Some((app, second))
}

fn on(node: &Admin, mcp: &Mcp) -> Mcp {
    Mcp { url: format!("{}/mcp/{}", node.base, mcp.token), ..mcp.clone() }
}

#[tokio::test]
async fn a_server_made_on_one_node_is_served_and_revoked_on_the_other() {
    let Some((app, second)) = two_nodes("revoke").await else { return };
    let here = app.ironclad().await;
    let there = on(&second.admin, &here);
    assert!(!there.names().await.is_empty(), "callable at once");
    let path = format!("/integrated-account/{}/mcp/{}", here.account_id, here.server_id);
    app.admin().patch(&path, &json!({"config": {"methods": ["list"]}})).await.expect(200);
    within_a_second(async || there.names().await.iter().all(|name| name.starts_with("list_all_")))
        .await;
    app.admin().delete(&path).await.expect(204);
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    within_a_second(async || there.post(&ping).await.status == 404).await;
}

async fn within_a_second(seen: impl AsyncFn() -> bool) {
    let look = async || seen().await.then_some(());
    eventually(Duration::from_secs(1), "not within a second", look).await;
}

#[tokio::test]
async fn both_nodes_together_renew_a_token_once() {
    let Some((app, second)) = two_nodes("renew").await else { return };
    let users = app.ironclad().await.call("list_all_ironclad_users", &json!({"limit": 1})).await;
    let mail = users.success()["result"][0]["userName"].clone();
    let credentials = json!({
        "type": "oauth2_client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-client-secret", "as_user_email": mail,
    });
    let account = app.account_with("ironclad", credentials).await;
    let here = app.server_of(&account, &json!({"name": "n", "config": {}})).await;
    let there = on(&second.admin, &here);
    for round in 0..2 {
        app.sandbox.control().clear_requests();
        let arguments = json!({"limit": 1});
        let calls = (0..200).map(|number| {
            if number % 2 == 0 { &here } else { &there }
                .call("list_all_ironclad_workflows", &arguments)
        });
        for called in futures_util::future::join_all(calls).await {
            called.success();
        }
        let renewals =
            app.sandbox.requests().iter().filter(|seen| seen.path == "/oauth/token").count();
        assert_eq!(renewals, 1, "round {round}");
        app.sandbox.control().advance(Duration::from_secs(7200));
        app.sandbox.control().revoke_access_tokens();
    }
}

#[tokio::test]
async fn a_dead_node_loses_nothing() {
    let Some((mut app, second)) = two_nodes("dead").await else { return };
    let here = app.ironclad().await;
    let first = here.call("list_all_ironclad_users", &json!({"limit": 7})).await;
    let cursor = first.success()["next_cursor"].clone();
    app.node().kill();
    let there = on(&second.admin, &here);
    let next =
        there.call("list_all_ironclad_users", &json!({"limit": 7, "next_cursor": cursor})).await;
    assert_eq!(
        next.success()["result"].as_array().unwrap().len(),
        7,
        "another node continues a list"
    );
    second
        .admin
        .get(&format!("/integrated-account/{}/mcp/{}", here.account_id, here.server_id))
        .await
        .expect(200);
}
