//! The call log.

use http::StatusCode;
use jiff::ToSpan;
use serde_json::json;

use super::harness::{TestApp, begin, databases};
use crate::call::FailureKind;
use crate::call_log::{Answered, CallSource, Client, Effect, OK};
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
            client: None,
            address: None,
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

#[tokio::test]
async fn calls_are_filtered_by_exact_known_values() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (server, _) = test.server(&account, json!({"name": "Agent"})).await;
        let (twin, _) = test.server(&account, json!({"name": "Twin"})).await;
        let (other, _) = test.server(&account, json!({"name": "Twin"})).await;
        let client = Client { name: "Claude".to_owned(), version: Some("1".to_owned()) };
        let source = CallSource {
            account: AccountId::parse(&account).unwrap(),
            server: ServerId::parse(&server),
            api_token: None,
            client: Some(client),
            address: None,
        };
        let answered = Answered {
            status: Some(StatusCode::OK),
            request_id: Some("req-1".to_owned()),
            bytes: Some(2_048),
            time: Some(std::time::Duration::from_millis(7)),
        };
        let recorder = test.app.calls.recorder(&source);
        let mut call =
            recorder.begin("old_tool", Effect::Write, begin() + 1.seconds()).await.unwrap();
        call.commit().await.unwrap();
        call.settle(OK, answered);
        test.app.calls.flush().await;
        let count = async |query: &str| {
            let answer = test.get(&format!("/call-log?{query}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
            answer.json()["result"].as_array().unwrap().len()
        };
        for query in [
            "account=Our+demo".to_owned(),
            format!("account={account}&server={server}"),
            "server=Agent&client=Claude&tool=old_tool&status=ok".to_owned(),
            "since=2026-01-01T12:00:01Z&until=2026-01-01T12:00:02Z".to_owned(),
        ] {
            assert_eq!(count(&query).await, 1, "{query}");
        }
        for query in [
            format!("server={twin}"),
            "tool=list_all_demo_things".to_owned(),
            "status=rate_limited".to_owned(),
            "status=cancelled".to_owned(),
            "until=2026-01-01T12:00:01Z".to_owned(),
        ] {
            assert_eq!(count(&query).await, 0, "{query}");
        }
        let call = test.get("/call-log").await.json()["result"][0].clone();
        assert_eq!(call["client"], json!({"name": "Claude", "version": "1"}));
        assert_eq!(
            (&call["request_id"], &call["bytes"], &call["upstream_ms"]),
            (&json!("req-1"), &json!(2_048), &json!(7.0))
        );
        // What the log still knows can be looked for; what nothing has is a mistake.
        test.delete(&format!("/integrated-account/{account}/mcp/{server}")).await;
        assert_eq!(count(&format!("server={server}")).await, 1);
        let [twin, other] = [&twin, &other];
        for (query, parameter, known) in [
            ("acount=x", "acount", "account, server, tool, client, status, since, until"),
            ("account=acc_000000000000000000000000", "account", "Our demo"),
            ("account=our+demo", "account", "Our demo"),
            ("server=mcp_000000000000000000000000", "server", "Twin"),
            ("server=Twin", "server", twin),
            ("server=Twin", "server", other),
            ("tool=list_all", "tool", "list_all_demo_things"),
            ("status=OK", "status", "ok, cancelled, unsettled, unknown, invalid_arguments"),
            ("client=Claud", "client", "Claude"),
            ("format=xml", "format", "json, csv, jsonl"),
        ] {
            let answer = test.get(&format!("/call-log?{query}")).await;
            assert_eq!(answer.violations(StatusCode::BAD_REQUEST), [parameter]);
            assert!(answer.text.contains(known), "{known}: {}", answer.text);
        }
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
        let source =
            CallSource { account, server: None, api_token: None, client: None, address: None };
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
        let source =
            CallSource { account, server: None, api_token: None, client: None, address: None };
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
    let source = CallSource { account, server: None, api_token: None, client: None, address: None };
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
        let source =
            CallSource { account, server: None, api_token: None, client: None, address: None };
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
