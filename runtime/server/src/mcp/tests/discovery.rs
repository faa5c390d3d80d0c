//! Servers that list three tools instead of all.

use super::*;

#[tokio::test]
async fn discovery_lists_three_tools_and_calls_the_others() {
    let vendor = Vendor::with_rows(3);
    let toolset = everything();
    let send = |method: &str, params: Value| {
        let body = legacy(method, params);
        let (vendor, toolset) = (&vendor, toolset);
        async move {
            serde_json::from_slice::<Value>(
                &post_to(vendor, toolset, ToolExposure::Discovery, &[], &body).await.body,
            )
            .unwrap()
        }
    };
    let list = send("tools/list", json!({})).await;
    assert_eq!(list["result"]["tools"].as_array().unwrap().len(), 3);
    let found = send(
        "tools/call",
        json!({"name": "search_tools", "arguments": {"query": "remove a thing"}}),
    )
    .await;
    assert_eq!(
        found["result"]["structuredContent"]["result"][0]["name"],
        "delete_a_acme_thing_by_id"
    );
    let schema = send(
        "tools/call",
        json!({"name": "get_tool_schema", "arguments": {"name": "create_a_acme_thing"}}),
    )
    .await;
    assert_eq!(
        schema["result"]["structuredContent"]["inputSchema"]["required"],
        json!(["name", "kind"])
    );
    let called =
        send("tools/call", json!({"name": "call_tool", "arguments": {"name": "list_all_acme_page", "arguments": {"limit": 2}}})).await;
    assert_eq!(called["result"]["structuredContent"]["result"].as_array().unwrap().len(), 2);
    let direct = send("tools/call", json!({"name": "list_all_acme_page"})).await;
    assert_eq!(direct["error"]["code"], -32602);
}

#[tokio::test]
async fn the_three_tools_name_every_wrong_argument() {
    let toolset = everything();
    for (name, arguments, pointers) in [
        (
            "search_tools",
            json!({"query": 7, "limit": "many", "q": "x"}),
            &["/limit", "/q", "/query"][..],
        ),
        ("search_tools", json!({}), &["/query"]),
        ("search_tools", json!({"query": "é".repeat(1_001), "q": null}), &["/q", "/query"]),
        ("get_tool_schema", json!({"tool": "x"}), &["/name", "/tool"]),
        ("call_tool", json!({"arguments": 7, "limit": 1}), &["/arguments", "/limit", "/name"]),
        ("call_tool", json!({"name": "list_all_acme_page", "limit": 1}), &["/limit"]),
    ] {
        let body = legacy("tools/call", json!({"name": name, "arguments": arguments}));
        let answer =
            post_to(&Vendor::with_rows(3), toolset, ToolExposure::Discovery, &[], &body).await;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        let violations = answer["result"]["structuredContent"]["error"]["faults"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"));
        let mut named: Vec<&str> =
            violations.iter().filter_map(|violation| violation["pointer"].as_str()).collect();
        named.sort_unstable();
        assert_eq!(named, pointers, "{answer}");
    }
}

#[tokio::test]
async fn the_three_tools_take_what_models_write() {
    let toolset = everything();
    for (name, arguments, found) in [
        ("search_tools", json!({"query": "é".repeat(1_000), "limit": null}), 0),
        ("search_tools", json!({"query": "thing", "limit": "2"}), 2),
        ("search_tools", json!({"query": "thing", "limit": 1.0}), 1),
        ("search_tools", json!({"query": "thing", "limit": -7}), 1),
        ("call_tool", json!({"name": "list_all_acme_page", "arguments": "{\"limit\": 2}"}), 2),
        ("call_tool", json!({"name": "list_all_acme_page", "arguments": null}), 3),
    ] {
        let body = legacy("tools/call", json!({"name": name, "arguments": arguments}));
        let answer =
            post_to(&Vendor::with_rows(3), toolset, ToolExposure::Discovery, &[], &body).await;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        let result = answer["result"]["structuredContent"]["result"].as_array();
        assert_eq!(result.map(Vec::len), Some(found), "{arguments} {answer}");
    }
}
