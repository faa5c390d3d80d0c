//! The call log.

use std::time::Duration;

use http::StatusCode;
use jiff::ToSpan;
use serde_json::json;

use super::harness::{begin, databases};
use crate::call_log::Call;
use crate::provision::{AccountId, ServerId};

#[tokio::test]
async fn calls_are_listed_newest_first_and_filtered() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (server, _) = test.server(&account, json!({"name": "x"})).await;
        for (index, status) in ["ok", "rate_limited", "ok"].into_iter().enumerate() {
            test.app.calls.call(Call {
                at: begin() + i64::try_from(index).unwrap().seconds(),
                account: AccountId::parse(&account).unwrap(),
                server: ServerId::parse(&server),
                api_token: None,
                tool: format!("tool_{index}"),
                status,
                upstream_status: Some(200),
                duration: Duration::from_micros(1500),
            });
        }
        test.app.calls.flush().await;
        let tools = async |query: &str| {
            let answer = test.get(&format!("/call-log?{query}")).await.json();
            let tools: Vec<String> =
                answer["result"].as_array().unwrap().iter().map(|call| call["tool"].as_str().unwrap().to_owned()).collect();
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
        assert_eq!(tools(&format!("limit=2&next_cursor={}", cursor.unwrap())).await, (vec!["tool_0".to_owned()], None));
        let call = test.get("/call-log?limit=1").await.json()["result"][0].clone();
        assert_eq!((&call["duration_ms"], &call["upstream_status"]), (&json!(1.5), &json!(200)));
        let server = test.get(&format!("/integrated-account/{account}/mcp/{server}")).await.json();
        assert_eq!(server["last_used_at"], "2026-01-01T12:00:02Z");
        assert_eq!(test.get("/call-log?since=yesterday").await.faults(StatusCode::BAD_REQUEST), ["since"]);
        assert_eq!(test.get("/call-log?tool=%00").await.faults(StatusCode::BAD_REQUEST), ["tool"]);
    }
}
