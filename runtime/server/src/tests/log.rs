//! The call log.

use http::StatusCode;
use jiff::ToSpan;
use serde_json::json;

use super::harness::{TestApp, begin, databases};
use crate::call::FailureKind;
use crate::call_log::{CallSource, Effect, OK};
use crate::provision::{AccountId, ServerId};

#[tokio::test]
async fn calls_are_listed_newest_first_and_filtered() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (server, _) = test.server(&account, json!({"name": "x"})).await;
        let source = CallSource {
            account: AccountId::parse(&account).unwrap(),
            server: ServerId::parse(&server),
            api_token: None,
        };
        for (index, (tool, failure)) in
            [("tool_0", None), ("tool_1", Some(FailureKind::RateLimited)), ("tool_2", None)]
                .into_iter()
                .enumerate()
        {
            let at = begin() + i64::try_from(index).unwrap().seconds();
            let call =
                test.app.calls.recorder(&source).begin(tool, Effect::Read, at).await.unwrap();
            call.settle(failure.map_or(OK, FailureKind::as_str), Some(StatusCode::OK));
        }
        test.app.calls.flush().await;
        let tools = async |query: &str| {
            let answer = test.get(&format!("/call-log?{query}")).await.json();
            let tools: Vec<String> = answer["result"]
                .as_array()
                .unwrap()
                .iter()
                .map(|call| call["tool"].as_str().unwrap().to_owned())
                .collect();
            (tools, answer["next_cursor"].as_str().map(str::to_owned))
        };
        assert_eq!(tools("").await.0, ["tool_2", "tool_1", "tool_0"]);
        assert_eq!(tools("status=rate_limited").await.0, ["tool_1"]);
        assert_eq!(tools("tool=tool_0").await.0, ["tool_0"]);
        assert_eq!(tools(&format!("account={account}&server={server}")).await.0.len(), 3);
        assert_eq!(tools("account=acc_x").await.0.len(), 0);
        assert_eq!(tools("since=2026-01-01T12:00:01Z").await.0, ["tool_2", "tool_1"]);
        let (first, cursor) = tools("limit=2").await;
        assert_eq!(first, ["tool_2", "tool_1"]);
        assert_eq!(
            tools(&format!("limit=2&next_cursor={}", cursor.unwrap())).await,
            (vec!["tool_0".to_owned()], None)
        );
        let call = test.get("/call-log?limit=1").await.json()["result"][0].clone();
        assert!(call["duration_ms"].is_number(), "{call}");
        assert_eq!(call["upstream_status"], 200);
        let server = test.get(&format!("/integrated-account/{account}/mcp/{server}")).await.json();
        assert_eq!(server["last_used_at"], "2026-01-01T12:00:02Z");
        assert_eq!(
            test.get("/call-log?since=yesterday").await.violations(StatusCode::BAD_REQUEST),
            ["since"]
        );
        assert_eq!(
            test.get("/call-log?tool=%00").await.violations(StatusCode::BAD_REQUEST),
            ["tool"]
        );
    }
}

/// The statuses of all calls in the log, newest first.
async fn statuses(test: &TestApp) -> Vec<String> {
    let rows = test.get("/call-log").await.json()["result"].as_array().unwrap().clone();
    rows.iter().map(|call| call["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_call_that_may_change_something_is_in_the_log_before_it_is_sent() {
    for database in databases().await {
        let test = database.start().await;
        let account = AccountId::parse(&test.account().await).unwrap();
        let source = CallSource { account, server: None, api_token: None };
        let recorder = test.app.calls.recorder(&source);
        let mut write = recorder.begin("write", Effect::Write, begin()).await.unwrap();
        assert_eq!(statuses(&test).await, [] as [&str; 0]);
        write.commit().await.unwrap();
        assert_eq!(statuses(&test).await, ["unsettled"]);
        write.settle(OK, Some(StatusCode::CREATED));
        test.app.calls.flush().await;
        assert_eq!(statuses(&test).await, ["ok"]);
    }
}

#[tokio::test]
async fn whoever_hangs_up_leaves_an_entry() {
    for database in databases().await {
        let test = database.start().await;
        let account = AccountId::parse(&test.account().await).unwrap();
        let source = CallSource { account, server: None, api_token: None };
        let recorder = test.app.calls.recorder(&source);
        let mut sent = recorder.begin("sent", Effect::Write, begin() + 3.seconds()).await.unwrap();
        sent.commit().await.unwrap();
        let unsent = recorder.begin("unsent", Effect::Write, begin() + 2.seconds()).await.unwrap();
        let read = recorder.begin("read", Effect::Read, begin() + 1.seconds()).await.unwrap();
        assert_eq!(
            (test.app.calls.open().count(Effect::Write), test.app.calls.open().count(Effect::Read)),
            (2, 1)
        );
        drop((sent, unsent, read));
        test.app.calls.flush().await;
        assert_eq!(statuses(&test).await, ["unknown", "cancelled", "cancelled"]);
        test.app.calls.open().none_left(Effect::Write).await;
    }
}

#[tokio::test]
async fn a_flood_loses_no_entry() {
    const CALLS: usize = 40_000;
    let database = databases().await.remove(0);
    let test = database.start().await;
    let account = AccountId::parse(&test.account().await).unwrap();
    let source = CallSource { account, server: None, api_token: None };
    let recorder = test.app.calls.recorder(&source);
    for _ in 0..CALLS {
        recorder.begin("read", Effect::Read, begin()).await.unwrap().settle(OK, None);
    }
    test.app.calls.flush().await;
    assert_eq!(
        test.app.provision.store().delete_calls_before(i64::MAX).await.unwrap(),
        CALLS as u64
    );
}

#[tokio::test]
async fn an_entry_of_a_node_that_is_gone_is_settled_as_unknown_at_the_next_start() {
    for database in databases().await {
        let gone = database.start().await;
        let account = AccountId::parse(&gone.account().await).unwrap();
        let source = CallSource { account, server: None, api_token: None };
        let mut call =
            gone.app.calls.recorder(&source).begin("write", Effect::Write, begin()).await.unwrap();
        call.commit().await.unwrap();
        gone.clock.set(begin() + 1.seconds());
        let next = database.start_at(begin() + 1.seconds()).await;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while statuses(&next).await != ["unknown"] {
            assert!(std::time::Instant::now() < deadline, "{:?}", statuses(&next).await);
            tokio::task::yield_now().await;
        }
        // It was not gone after all: what came of the call counts.
        call.settle(OK, Some(StatusCode::OK));
        gone.app.calls.flush().await;
        assert_eq!(statuses(&next).await, ["ok"]);
    }
}
