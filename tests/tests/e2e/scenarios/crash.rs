//! Killed in the middle of writing, the program loses nothing that it has acknowledged.

use std::cell::Cell;
use std::rc::Rc;

use http::Method;
use serde_json::json;

use crate::app::TestApp;
use crate::http::{Admin, send};

/// Creates servers until the program is gone; gives those that were acknowledged.
async fn create_until_it_ends(admin: Admin, path: String, count: Rc<Cell<usize>>) -> Vec<String> {
    let mut acknowledged = Vec::new();
    let bearer = format!("Bearer {}", admin.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = json!({"name": "server", "config": {}}).to_string();
    while let Ok(answer) =
        send(Method::POST, &format!("{}{path}", admin.base), &headers, Some(body.clone().into()))
            .await
    {
        acknowledged.push(answer.expect(201)["id"].as_str().unwrap().to_owned());
        count.set(count.get() + 1);
    }
    acknowledged
}

#[tokio::test]
async fn kill_during_writes_loses_no_acknowledged_server() {
    let rounds: usize =
        std::env::var("E2E_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let mut app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let path = format!("/integrated-account/{account}/mcp");
    let mut all = Vec::new();
    for round in 0..rounds {
        let local = tokio::task::LocalSet::new();
        let count = Rc::new(Cell::new(0));
        let writers: Vec<_> = (0..4)
            .map(|_| {
                local.spawn_local(create_until_it_ends(
                    app.admin().clone(),
                    path.clone(),
                    Rc::clone(&count),
                ))
            })
            .collect();
        let kill = async {
            while count.get() < 2 + round % 5 {
                tokio::task::yield_now().await;
            }
            app.node().kill();
            futures_util::future::join_all(writers).await
        };
        all.extend(local.run_until(kill).await.into_iter().flat_map(|writer| writer.unwrap()));
        app.restart().await;
    }
    assert!(all.len() > rounds, "{} creations in {rounds} rounds", all.len());
    for id in &all {
        app.admin().get(&format!("{path}/{id}")).await.expect(200);
    }
}
