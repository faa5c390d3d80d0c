//! The life of a server: paused, given a new URL, expired; and whose it is.

use std::time::Instant;

use axum::body::Body;
use futures_util::StreamExt;
use http::header::HOST;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::harness::{Database, TestApp, databases};

/// Whether a URL token opens anything.
async fn is_open(test: &TestApp, token: &str) -> bool {
    test.app.directory.resolve(token).await.unwrap().is_some()
}

/// Waits until `token` opens something, or nothing, on this node: for a second at most.
async fn becomes(test: &TestApp, token: &str, open: bool) {
    let begun = Instant::now();
    while is_open(test, token).await != open {
        assert!(begun.elapsed().as_millis() < 1_000, "{open} takes too long");
        tokio::task::yield_now().await;
    }
}

/// Opens a stream of the older transport, and reads its first event.
async fn stream(test: &TestApp, token: &str) -> axum::body::BodyDataStream {
    let request = Request::builder().uri(format!("/sse/{token}")).header(HOST, "localhost");
    let response = test.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut events = response.into_body().into_data_stream();
    assert!(events.next().await.is_some());
    events
}

async fn rotate(test: &TestApp, path: &str, seconds: i64) -> String {
    let answer = test.post(&format!("{path}/rotate"), json!({"overlap_seconds": seconds})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let server = answer.json();
    let token = server["token"].as_str().unwrap().to_owned();
    assert_eq!(server["url"], format!("http://localhost:8484/mcp/{token}"));
    token
}

async fn databases_of_several() -> impl Iterator<Item = Database> {
    databases().await.into_iter().filter(|database| database.url.starts_with("postgres"))
}

#[tokio::test]
async fn whatever_is_made_tells_owner_purpose_and_maker() {
    for database in databases().await {
        let test = database.start().await;
        let notes = json!({"owner": "Legal", "purpose": "NDAs"});
        let with_notes = |mut body: Value| {
            body["owner"] = "Legal".into();
            body["purpose"] = "NDAs".into();
            body
        };
        let token =
            test.post("/api-token", with_notes(json!({"name": "ci", "scope": "admin"}))).await;
        assert_eq!(
            token.json()["created_by"],
            json!({"id": null, "name": "configured admin token"})
        );
        let (id, token) = (token.made("id"), token.made("token"));
        let by = json!({"id": id, "name": "ci"});
        let post = async |path: &str, body: Value| {
            let made =
                test.as_caller(Some(&token), Method::POST, path, Some(&with_notes(body))).await;
            assert_eq!(made.json()["created_by"], by, "{}", made.text);
            assert_eq!(
                json!({"owner": made.json()["owner"], "purpose": made.json()["purpose"]}),
                notes
            );
            made.made("id")
        };
        let account = post("/integrated-account", super::harness::account_body()).await;
        let servers = format!("/integrated-account/{account}/mcp");
        let server = post(&servers, json!({"name": "x"})).await;
        for path in [format!("/integrated-account/{account}"), format!("{servers}/{server}")] {
            let changed = test.patch(&path, json!({"owner": null, "purpose": "Both"})).await.json();
            assert_eq!(
                (&changed["owner"], &changed["purpose"], &changed["created_by"]),
                (&json!(null), &json!("Both"), &by)
            );
            assert_eq!(test.get(&path).await.json()["purpose"], "Both");
            let long = test.patch(&path, json!({"owner": "x".repeat(201), "purpose": ""})).await;
            assert_eq!(long.violations(StatusCode::UNPROCESSABLE_ENTITY), ["/owner", "/purpose"]);
        }
        let listed = test.get("/api-token").await.json()["result"][0].clone();
        assert_eq!((&listed["owner"], &listed["purpose"]), (&json!("Legal"), &json!("NDAs")));
    }
}

#[tokio::test]
async fn a_paused_server_answers_like_none_and_shows_to_admins() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (id, token) = test.server(&account, json!({"name": "x"})).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        assert_eq!(test.get(&path).await.json()["paused"], false);
        let mut events = stream(&test, &token).await;
        let unknown = test.as_caller(None, Method::POST, "/mcp/unknown", None).await;
        assert_eq!(test.patch(&path, json!({"paused": true})).await.json()["paused"], true);
        assert!(events.next().await.is_none(), "its streams end");
        let answer = test.as_caller(None, Method::POST, &format!("/mcp/{token}"), None).await;
        assert_eq!((answer.status, &answer.text), (unknown.status, &unknown.text));
        assert_eq!(test.get(&path).await.json()["paused"], true);
        assert_eq!(test.patch(&path, json!({"name": "y"})).await.json()["paused"], true);
        assert!(!is_open(&test, &token).await);
        test.patch(&path, json!({"paused": false})).await;
        assert!(is_open(&test, &token).await);
        for (wrong, expected) in
            [(json!({"paused": null}), "/paused"), (json!({"paused": 1}), "/paused")]
        {
            let answer = test.patch(&path, wrong).await;
            assert_eq!(answer.violations(StatusCode::UNPROCESSABLE_ENTITY), [expected]);
        }
        let (_, born_paused) = test.server(&account, json!({"name": "x", "paused": true})).await;
        assert!(!is_open(&test, &born_paused).await);
    }
}

#[tokio::test]
async fn one_old_url_stays_good_for_its_overlap() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (id, first) = test.server(&account, json!({"name": "x"})).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        let second = rotate(&test, &path, 10).await;
        assert!(is_open(&test, &first).await && is_open(&test, &second).await);
        assert!(test.get(&path).await.json().get("token").is_none());
        // A second rotation ends the first one's overlap.
        let third = rotate(&test, &path, 10).await;
        assert!(!is_open(&test, &first).await);
        assert!(is_open(&test, &second).await && is_open(&test, &third).await);
        test.clock.set("2026-01-01T12:00:09.999999Z".parse().unwrap());
        assert!(is_open(&test, &second).await);
        test.clock.set("2026-01-01T12:00:10Z".parse().unwrap());
        assert!(!is_open(&test, &second).await && is_open(&test, &third).await);
        // Without an overlap the old URL and its streams end at once; those of the new one begin.
        let mut events = stream(&test, &third).await;
        let fourth = rotate(&test, &path, 0).await;
        assert!(events.next().await.is_none());
        assert!(!is_open(&test, &third).await && is_open(&test, &fourth).await);
        for wrong in [
            json!({}),
            json!({"overlap_seconds": 604_801}),
            json!({"overlap_seconds": -1}),
            json!({"overlap_seconds": 1.5}),
        ] {
            let answer = test.post(&format!("{path}/rotate"), wrong).await;
            assert_eq!(answer.violations(StatusCode::UNPROCESSABLE_ENTITY), ["/overlap_seconds"]);
        }
    }
}

#[tokio::test]
async fn rotation_pausing_and_expiry_meet() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let body = json!({"name": "x", "paused": true, "expires_at": "2026-01-01T12:00:10Z"});
        let (id, first) = test.server(&account, body).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        let second = rotate(&test, &path, 604_800).await;
        assert!(!is_open(&test, &first).await && !is_open(&test, &second).await, "it stays paused");
        test.patch(&path, json!({"paused": false})).await;
        assert!(is_open(&test, &first).await && is_open(&test, &second).await);
        test.clock.set("2026-01-01T12:00:10Z".parse().unwrap());
        assert!(!is_open(&test, &first).await && !is_open(&test, &second).await);
        let rotated = test.post(&format!("{path}/rotate"), json!({"overlap_seconds": 5})).await;
        assert_eq!(rotated.status, StatusCode::NOT_FOUND);
        // A clock that steps back revives none.
        test.clock.set("2026-01-01T12:00:01Z".parse().unwrap());
        assert!(!is_open(&test, &first).await && !is_open(&test, &second).await);
        assert_eq!(test.get(&path).await.status, StatusCode::NOT_FOUND);
        let extended = test.patch(&path, json!({"expires_at": null})).await;
        assert_eq!(extended.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_old_url_outlives_neither_pause_nor_end_nor_account() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (id, first) = test.server(&account, json!({"name": "x"})).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        let second = rotate(&test, &path, 100).await;
        assert!(is_open(&test, &first).await && is_open(&test, &second).await);
        test.patch(&path, json!({"paused": true})).await;
        assert!(!is_open(&test, &first).await && !is_open(&test, &second).await);
        test.patch(&path, json!({"paused": false})).await;
        let mut events = [stream(&test, &first).await, stream(&test, &second).await];
        test.delete(&format!("/integrated-account/{account}")).await;
        assert!(!is_open(&test, &first).await && !is_open(&test, &second).await);
        for events in &mut events {
            assert!(events.next().await.is_none());
        }
    }
}

#[tokio::test]
async fn another_node_hears_of_a_pause_within_a_second() {
    for database in databases_of_several().await {
        let (one, other) = (database.start().await, database.start().await);
        let account = one.account().await;
        let (id, token) = one.server(&account, json!({"name": "x"})).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        assert!(is_open(&other, &token).await);
        let mut events = stream(&other, &token).await;
        one.patch(&path, json!({"paused": true})).await;
        becomes(&other, &token, false).await;
        let ended = tokio::time::timeout(std::time::Duration::from_secs(1), events.next()).await;
        assert!(ended.unwrap().is_none(), "the stream on the other node ends");
        one.patch(&path, json!({"paused": false})).await;
        becomes(&other, &token, true).await;
    }
}

#[tokio::test]
async fn another_node_hears_of_a_rotation_within_a_second() {
    for database in databases_of_several().await {
        let (one, other) = (database.start().await, database.start().await);
        let account = one.account().await;
        let (id, first) = one.server(&account, json!({"name": "x"})).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        assert!(is_open(&other, &first).await);
        let second = rotate(&one, &path, 100).await;
        becomes(&other, &second, true).await;
        assert!(is_open(&other, &first).await);
        let third = rotate(&one, &path, 0).await;
        becomes(&other, &third, true).await;
        becomes(&other, &second, false).await;
        becomes(&other, &first, false).await;
    }
}

#[tokio::test]
async fn another_node_hears_of_a_revoked_token_within_a_second() {
    for database in databases_of_several().await {
        let (one, other) = (database.start().await, database.start().await);
        let made = one.post("/api-token", json!({"name": "ci", "scope": "admin"})).await;
        let (id, token) = (made.made("id"), made.made("token"));
        let status =
            async || other.as_caller(Some(&token), Method::GET, "/api-token", None).await.status;
        assert_eq!(status().await, StatusCode::OK);
        let revoked = one.delete(&format!("/api-token/{id}")).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        let begun = Instant::now();
        while status().await != StatusCode::UNAUTHORIZED {
            assert!(begun.elapsed().as_millis() < 1_000, "the other node still admits it");
            tokio::task::yield_now().await;
        }
    }
}
