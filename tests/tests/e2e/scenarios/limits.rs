//! The vendors' rate limits are passed on at once.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_429_is_passed_on_at_once_with_all_it_says() {
    let app = TestApp::start().await;
    for (api, tool, bucket) in [
        ("torii", "list_all_torii_users", "/v1.0/users"),
        ("ironclad", "list_all_ironclad_workflows", "/public/api/v1/workflows"),
    ] {
        let mcp = app.server(api, json!({"methods": ["read"]})).await;
        app.sandbox.control().limit(bucket, 1, Duration::from_secs(60));
        let first = mcp.call(tool, &json!({"limit": 1})).await;
        first.success();
        app.sandbox.control().clear_requests();
        let started = Instant::now();
        let refused = mcp.call(tool, &json!({"limit": 1})).await;
        assert!(started.elapsed() < Duration::from_secs(5), "no waiting");
        assert_eq!(app.sandbox.requests().len(), 1, "exactly one upstream request");
        let error = refused.failure("rate_limited");
        assert_eq!(error["status"], 429);
        let wait = error["retry_after_seconds"].as_u64().unwrap_or_else(|| panic!("{error}"));
        assert!((1..=60).contains(&wait), "{error}");
        assert_eq!(
            (&error["ratelimit"]["limit"], &error["ratelimit"]["remaining"]),
            (&json!(1), &json!(0)),
            "{error}"
        );
        assert!(error["ratelimit"]["reset"].as_u64().is_some_and(|reset| reset <= 60), "{error}");
        assert!(!error["upstream"].is_null(), "the vendor's body is there: {error}");
        assert_eq!(refused.answer.status, 200);
        assert_eq!(refused.answer.header("ratelimit-limit"), Some("1"));
        assert_eq!(refused.answer.header("ratelimit-remaining"), Some("0"));
        let reset: u64 =
            refused.answer.header("ratelimit-reset").expect("the reset header").parse().unwrap();
        assert!(reset <= 60);
        app.sandbox.control().clear_limits();
    }
}

#[tokio::test]
async fn successes_carry_the_same_information() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let called = mcp.call("list_all_torii_users", &json!({"limit": 1})).await;
    called.success();
    let meta = called.result["_meta"].to_string();
    assert!(meta.contains("remaining") && meta.contains("100"), "{}", called.result["_meta"]);
}
