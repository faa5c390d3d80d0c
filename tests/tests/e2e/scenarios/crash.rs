//! Killed in the middle of writing, the program loses nothing that it has acknowledged.

use std::time::Duration;

use serde_json::json;

use crate::app::TestApp;
use crate::http::{Admin, send};

/// Creates servers until the program is gone; gives those that were acknowledged.
async fn create_until_it_ends(admin: Admin, path: String, round: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let bearer = format!("Bearer {}", admin.token);
    for number in 0.. {
        let body = json!({"name": format!("{round}-{number}"), "config": {}}).to_string().into();
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        match send(http::Method::POST, &format!("{}{path}", admin.base), &headers, Some(body)).await {
            Ok(answer) if answer.status == 201 => acknowledged.push(answer.json()["id"].as_str().unwrap().to_owned()),
            Ok(answer) => panic!("{}", answer.text()),
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test]
async fn kill_during_writes_loses_no_acknowledged_server() {
    let rounds = std::env::var("E2E_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let mut app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let path = format!("/integrated-account/{account}/mcp");
    let mut all = Vec::new();
    for round in 0..rounds {
        let writing = tokio::spawn(create_until_it_ends(app.admin().clone(), path.clone(), round));
        tokio::time::sleep(Duration::from_millis(40 + (round as u64 * 37) % 90)).await;
        app.node().kill();
        all.extend(writing.await.unwrap());
        app.restart().await;
    }
    assert!(all.len() > rounds, "{} creations in {rounds} rounds", all.len());
    for id in &all {
        app.admin().get(&format!("{path}/{id}")).await.expect(200);
    }
}
