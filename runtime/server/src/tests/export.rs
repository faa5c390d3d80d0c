//! Logs as files, and how long they are kept.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use http::header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::harness::{ADMIN, TestApp, begin, databases};
use crate::app::Retention;
use crate::call_log::{CallSource, Client, Effect, OK};
use crate::provision::AccountId;

/// As many calls, a second apart.
async fn calls(test: &TestApp, account: &str, count: usize) {
    let name = "=cmd|' /C calc'!A1, \"x\"".to_owned();
    let source = CallSource {
        account: AccountId::parse(account).unwrap(),
        server: None,
        api_token: None,
        client: Some(Client { name, version: None }),
        address: None,
    };
    let recorder = test.app.calls.recorder(&source);
    for number in 0..count {
        let at = begin() + i64::try_from(number).unwrap().seconds();
        recorder.begin("read", Effect::Read, at).await.unwrap().settle(OK, None);
    }
    test.app.calls.flush().await;
}

#[tokio::test]
async fn logs_are_exported_whole_as_tables_and_as_json_lines() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        calls(&test, &account, 600).await;
        let table = test.get("/call-log?format=csv").await;
        assert_eq!(table.headers[CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
        assert_eq!(table.headers[CONTENT_DISPOSITION], "attachment; filename=\"call-log.csv\"");
        let lines: Vec<&str> = table.text.split("\r\n").collect();
        assert_eq!(lines.len(), 602, "a head, the calls, the last line's end");
        assert!(lines[0].starts_with("id,at,account,server,api_token,tool,status,"));
        assert!(lines[1].contains("2026-01-01T12:09:59Z"), "{}", lines[1]);
        assert!(lines[1].ends_with(",\"'=cmd|' /C calc'!A1, \"\"x\"\"\","), "{}", lines[1]);

        let later = test.get("/call-log?format=jsonl&since=2026-01-01T12:05:00Z").await.text;
        let rows: Vec<Value> =
            later.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 300);
        assert_eq!(rows[299]["at"], "2026-01-01T12:05:00Z");
        for (query, expected) in [("limit=3", 3), ("limit=251", 251), ("limit=600", 600)] {
            let some = test.get(&format!("/call-log?format=jsonl&{query}")).await.text;
            assert_eq!(some.lines().count(), expected, "{query}");
        }
        test.patch(&format!("/integrated-account/{account}"), json!({"name": "-1"})).await;
        let acts = test.get("/audit-log?format=csv&action=account.update").await.text;
        let lines: Vec<&str> = acts.split("\r\n").collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("id,at,actor_id,actor_name,action,object_id,object_name,"));
        assert!(lines[1].contains(",'-1,"), "{}", lines[1]);
        let acts = test.get("/audit-log?format=jsonl").await.text;
        assert_eq!(acts.lines().count(), 2);
    }
}

#[tokio::test]
async fn an_export_whose_database_goes_away_is_not_taken_for_whole() {
    let database = databases().await.remove(0);
    let test = database.start().await;
    let account = test.account().await;
    calls(&test, &account, 600).await;
    let request = Request::builder()
        .uri("/call-log?format=jsonl")
        .header(HOST, "localhost")
        .header(AUTHORIZATION, format!("Bearer {ADMIN}"));
    let response = test.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut chunks = response.into_body().into_data_stream();
    assert!(chunks.next().await.unwrap().is_ok());
    test.app.provision.store().close().await;
    assert!(chunks.next().await.unwrap().is_err());
}

#[tokio::test]
async fn logs_forget_what_is_older_than_they_are_kept() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        calls(&test, &account, 2_500).await;
        test.clock.set(begin() + 2_000.seconds());
        test.account().await;
        let left =
            async |log: &str| test.get(&format!("/{log}?format=jsonl")).await.text.lines().count();
        let retention =
            Retention { calls: Duration::from_secs(10), acts: Duration::from_secs(2_000) };
        retention.enforce(&test.app).await.unwrap();
        assert_eq!((left("call-log").await, left("audit-log").await), (510, 2));
        let retention =
            Retention { calls: Duration::from_secs(10), acts: Duration::from_secs(1_999) };
        retention.enforce(&test.app).await.unwrap();
        assert_eq!((left("call-log").await, left("audit-log").await), (510, 1));
    }
}
