//! The log of administrative acts.

use http::{Method, StatusCode};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::harness::{TestApp, account_body, databases};
use crate::provision::random_id;
use crate::store::{AuditFilter, AuditRow, GrantFate};

/// The acts that a query lists, newest first.
async fn acts(test: &TestApp, query: &str) -> Vec<Value> {
    let answer = test.get(&format!("/audit-log?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["result"].as_array().unwrap().clone()
}

/// What was done, oldest first.
async fn actions(test: &TestApp, query: &str) -> Vec<String> {
    let acts = acts(test, query).await;
    acts.iter().rev().map(|act| act["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_act_is_noted_with_what_it_changed_and_without_secrets() {
    for database in databases().await {
        let test = database.start().await;
        let made = test.post("/api-token", json!({"name": "ci", "scope": "admin"})).await;
        let (by, token) = (made.made("id"), made.made("token"));
        let mut secrets = vec![token.clone(), "canary".to_owned()];
        let mut send = async |method: Method, path: &str, body: Option<Value>| {
            // One moment an act, to tell their order by.
            test.clock.set(test.clock.now() + 1.seconds());
            let answer = test.as_caller(Some(&token), method, path, body.as_ref()).await;
            assert!(answer.status.is_success(), "{}", answer.text);
            let answer = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
            secrets.extend(answer["token"].as_str().map(str::to_owned));
            answer
        };
        let (post, change) = (Method::POST, Method::PATCH);
        let account = send(post.clone(), "/integrated-account", Some(account_body())).await;
        let account = account["id"].as_str().unwrap().to_owned();
        let path = format!("/integrated-account/{account}");
        let credentials = json!({"type": "bearer", "token": "canary-new"});
        let body = json!({"name": "Other", "credentials": credentials});
        send(change.clone(), &path, Some(body)).await;
        let servers = format!("{path}/mcp");
        let server = send(post.clone(), &servers, Some(json!({"name": "x"}))).await;
        let server = server["id"].as_str().unwrap().to_owned();
        let at = format!("{servers}/{server}");
        let body = json!({"paused": true, "owner": "Legal", "config": {"methods": ["read"]}});
        send(change, &at, Some(body)).await;
        let overlap = json!({"overlap_seconds": 60});
        send(post.clone(), &format!("{at}/rotate"), Some(overlap)).await;
        send(Method::DELETE, &at, None).await;
        send(post.clone(), &servers, Some(json!({"name": "y"}))).await;
        send(Method::DELETE, &path, None).await;
        let call = json!({"name": "agent", "scope": "call"});
        let call = send(post, "/api-token", Some(call)).await;
        let call = call["id"].as_str().unwrap().to_owned();
        send(Method::DELETE, &format!("/api-token/{call}"), None).await;

        let acts = acts(&test, "").await;
        let said: Vec<&str> = acts.iter().map(|act| act["action"].as_str().unwrap()).collect();
        assert_eq!(
            said,
            [
                "token.delete",
                "token.create",
                "account.delete",
                "server.create",
                "server.delete",
                "server.rotate",
                "server.update",
                "server.create",
                "account.update",
                "account.create",
                "token.create",
            ]
        );
        let first = &acts[10];
        assert_eq!(first["actor"], json!({"id": null, "name": "configured admin token"}));
        assert_eq!(first["object"], json!({"id": by, "name": "ci"}));
        assert_eq!(first["changes"], json!({"name": {"to": "ci"}, "scope": {"to": "admin"}}));
        assert!(acts[..10].iter().all(|act| act["actor"] == json!({"id": by, "name": "ci"})));
        let changes = |index: usize| acts[index]["changes"].clone();
        assert_eq!(
            changes(8),
            json!({"name": {"from": "Our demo", "to": "Other"}, "credentials": {"replaced": true}})
        );
        assert_eq!(
            changes(6),
            json!({
                "config": {"from": {}, "to": {"methods": ["read"]}},
                "paused": {"from": false, "to": true}, "owner": {"to": "Legal"}
            })
        );
        assert_eq!(changes(5), json!({"url": {"replaced": true}, "overlap_seconds": 60}));
        assert_eq!(changes(2)["servers"], json!({"from": 1}));
        assert_eq!(acts[5]["object"], json!({"id": server, "name": "x"}));
        assert!(acts[5]["node"].as_str().is_some_and(|node| node.contains(':')));
        let told = json!(acts).to_string();
        for secret in secrets {
            assert!(!told.contains(&secret), "{secret} in {told}");
        }
    }
}

#[tokio::test]
async fn what_is_refused_is_no_act() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let path = format!("/integrated-account/{account}");
        test.patch(&path, json!({"name": ""})).await.violations(StatusCode::UNPROCESSABLE_ENTITY);
        let nothing = format!("{path}/mcp/mcp_000000000000000000000000");
        for answer in [
            test.patch(&nothing, json!({"paused": true})).await,
            test.delete(&nothing).await,
            test.post(&format!("{nothing}/rotate"), json!({"overlap_seconds": 0})).await,
            test.delete("/api-token/tok_000000000000000000000000").await,
            test.delete("/integrated-account/acc_000000000000000000000000").await,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
        }
        // One that came too late: what it was about has been changed, or is gone.
        let store = test.app.provision.store();
        let act = store.acts(&AuditFilter::default(), 1).await.unwrap().remove(0);
        let act = AuditRow { id: random_id("act_"), ..act };
        let row = store.account(&account).await.unwrap().unwrap();
        let seen = row.updated_at - 1;
        assert!(!store.update_account(&row, seen, GrantFate::Kept, &act).await.unwrap());
        assert!(!store.delete_server(&account, "mcp_gone", &act).await.unwrap());
        assert_eq!(actions(&test, "").await, ["account.create"]);
    }
}

#[tokio::test]
async fn what_cannot_be_noted_is_not_done() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (server, token) = test.server(&account, json!({"name": "x"})).await;
        let path = format!("/integrated-account/{account}/mcp/{server}");
        test.app.provision.store().drop_audit_log().await.unwrap();
        for answer in [
            test.post("/integrated-account", account_body()).await,
            test.patch(&format!("/integrated-account/{account}"), json!({"name": "y"})).await,
            test.delete(&format!("/integrated-account/{account}")).await,
            test.post(&format!("/integrated-account/{account}/mcp"), json!({"name": "y"})).await,
            test.patch(&path, json!({"name": "y"})).await,
            test.post(&format!("{path}/rotate"), json!({"overlap_seconds": 0})).await,
            test.delete(&path).await,
            test.post("/api-token", json!({"name": "y", "scope": "call"})).await,
        ] {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
        }
        let accounts = test.get("/integrated-account").await.json()["result"].clone();
        assert_eq!(accounts.as_array().map(Vec::len), Some(1));
        assert_eq!(accounts[0]["name"], "Our demo");
        assert_eq!(test.get(&path).await.json()["name"], "x");
        assert!(test.app.directory.resolve(&token).await.unwrap().is_some());
        assert_eq!(test.get("/api-token").await.json()["result"], json!([]));
    }
}

#[tokio::test]
async fn acts_are_paged_and_filtered_by_exact_known_values() {
    for database in databases().await {
        let test = database.start().await;
        let token = test.post("/api-token", json!({"name": "ci", "scope": "admin"})).await;
        let (id, token) = (token.made("id"), token.made("token"));
        test.clock.set("2026-01-01T12:00:01Z".parse().unwrap());
        let account = test
            .as_caller(Some(&token), Method::POST, "/integrated-account", Some(&account_body()))
            .await
            .made("id");
        test.clock.set("2026-01-01T12:00:02Z".parse().unwrap());
        test.patch(&format!("/integrated-account/{account}"), json!({"name": "New"})).await;

        let account_acts = ["account.create", "account.update"];
        assert_eq!(actions(&test, &format!("object={account}")).await, account_acts);
        assert_eq!(actions(&test, "object=New").await, ["account.update"]);
        assert_eq!(actions(&test, "object=ci").await, ["token.create"]);
        assert_eq!(actions(&test, &format!("actor={id}")).await, ["account.create"]);
        assert_eq!(actions(&test, "actor=ci").await, ["account.create"]);
        assert_eq!(actions(&test, "action=account.update").await, ["account.update"]);
        assert_eq!(
            actions(&test, "actor=configured+admin+token&action=token.create").await,
            ["token.create"]
        );
        assert_eq!(
            actions(&test, "since=2026-01-01T12:00:01Z&until=2026-01-01T12:00:02Z").await,
            ["account.create"]
        );
        let page = test.get("/audit-log?limit=2").await.json();
        let next = page["next_cursor"].as_str().unwrap();
        assert_eq!(actions(&test, &format!("limit=2&next_cursor={next}")).await, ["token.create"]);

        for (query, parameter, known) in [
            (
                "acter=ci",
                "acter",
                "limit, next_cursor, format, actor, object, action, since, until",
            ),
            ("actor=c", "actor", "ci, configured admin token"),
            ("object=acc_000000000000000000000000", "object", "New, Our demo, ci"),
            ("action=account", "action", "account.create, account.update, account.connect"),
            ("since=yesterday", "since", "RFC 3339"),
            ("since=2026-01-01T12:00:01Z&until=2026-01-01T12:00:01Z", "until", "later than since"),
        ] {
            let answer = test.get(&format!("/audit-log?{query}")).await;
            assert_eq!(answer.violations(StatusCode::BAD_REQUEST), [parameter]);
            assert!(answer.text.contains(known), "{known}: {}", answer.text);
        }
        let call = test.post("/api-token", json!({"name": "agent", "scope": "call"})).await;
        let call = call.made("token");
        let answer = test.as_caller(Some(&call), Method::GET, "/audit-log", None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}
