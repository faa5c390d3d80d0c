//! Servers that list four tools instead of all.

use super::*;

#[tokio::test]
async fn discovery_lists_four_tools_and_calls_the_others() {
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
    assert_eq!(list["result"]["tools"].as_array().unwrap().len(), 4);
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
        send("tools/call", json!({"name": "call_read_tool", "arguments": {"name": "list_all_acme_page", "arguments": {"limit": 2}}})).await;
    assert_eq!(called["result"]["structuredContent"]["result"].as_array().unwrap().len(), 2);
    let direct = send("tools/call", json!({"name": "list_all_acme_page"})).await;
    assert_eq!(direct["error"]["code"], -32602);
}

#[tokio::test]
async fn the_four_tools_name_every_wrong_argument() {
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
        ("call_read_tool", json!({"arguments": 7, "limit": 1}), &["/arguments", "/limit", "/name"]),
        ("call_read_tool", json!({"name": "list_all_acme_page", "limit": 1}), &["/limit"]),
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
async fn the_four_tools_take_what_models_write() {
    let toolset = everything();
    for (name, arguments, found) in [
        ("search_tools", json!({"query": "é".repeat(1_000), "limit": null}), 0),
        ("search_tools", json!({"query": "thing", "limit": "2"}), 2),
        ("search_tools", json!({"query": "thing", "limit": 1.0}), 1),
        ("search_tools", json!({"query": "thing", "limit": -7}), 1),
        ("call_read_tool", json!({"name": "list_all_acme_page", "arguments": "{\"limit\": 2}"}), 2),
        ("call_read_tool", json!({"name": "list_all_acme_page", "arguments": null}), 3),
    ] {
        let body = legacy("tools/call", json!({"name": name, "arguments": arguments}));
        let answer =
            post_to(&Vendor::with_rows(3), toolset, ToolExposure::Discovery, &[], &body).await;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        let result = answer["result"]["structuredContent"]["result"].as_array();
        assert_eq!(result.map(Vec::len), Some(found), "{arguments} {answer}");
    }
}

/// What a discovery server over `toolset` answers to a call.
async fn called(toolset: &Toolset, name: &str, arguments: Value) -> Value {
    let body = legacy("tools/call", json!({"name": name, "arguments": arguments}));
    let vendor = Vendor::with_rows(3);
    let answer = post_to(&vendor, toolset, ToolExposure::Discovery, &[], &body).await;
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn a_read_is_run_either_way_and_a_write_only_by_the_tool_that_says_so() {
    let toolset = everything();
    let read = json!({"name": "list_all_acme_page", "arguments": {"limit": 2}});
    for name in ["call_read_tool", "call_write_tool"] {
        let answer = called(toolset, name, read.clone()).await;
        let rows = answer["result"]["structuredContent"]["result"].as_array();
        assert_eq!(rows.map(Vec::len), Some(2), "{name}: {answer}");
    }
    for served in toolset.tools().iter().filter(|served| served.writes()) {
        let answer = called(toolset, "call_read_tool", json!({"name": served.name()})).await;
        let error = &answer["result"]["structuredContent"]["error"];
        assert_eq!(error["kind"], "invalid_arguments", "{answer}");
        assert_eq!(error["faults"][0]["pointer"], "/name", "{answer}");
        assert!(error["faults"][0].to_string().contains("call_write_tool"), "{answer}");
    }
}

#[tokio::test]
async fn where_nothing_may_be_written_nothing_lists_or_knows_the_tool_that_writes() {
    let reading = Filter::default().narrowed(Some("read"), None);
    let reading = Toolset::build(&CATALOGUE, &reading);
    for (toolset, names) in [
        (
            everything(),
            &["search_tools", "get_tool_schema", "call_read_tool", "call_write_tool"][..],
        ),
        (&reading, &["search_tools", "get_tool_schema", "call_read_tool"]),
    ] {
        let send = |method| {
            let body = legacy(method, json!({"protocolVersion": "2025-11-25"}));
            async move {
                let vendor = Vendor::with_rows(3);
                let answer = post_to(&vendor, toolset, ToolExposure::Discovery, &[], &body).await;
                serde_json::from_slice::<Value>(&answer.body).unwrap()
            }
        };
        let list = send("tools/list").await;
        let listed: Vec<&str> = list["result"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|tool| tool["name"].as_str())
            .collect();
        assert_eq!(listed, names);
        let hints = &list["result"]["tools"][2]["annotations"];
        assert_eq!(hints["readOnlyHint"], true);
        assert_eq!(hints["destructiveHint"], false);
        let said = send("initialize").await["result"]["instructions"].to_string();
        assert_eq!(said.contains("call_write_tool"), names.len() == 4, "{said}");
    }
    let answer = called(&reading, "call_write_tool", json!({"name": "list_all_acme_page"})).await;
    assert_eq!(answer["error"], called(&reading, "call_wrte_tool", json!({})).await["error"]);
    // A tool that is not exposed is as unknown as one that never was.
    for name in ["create_a_acme_thing", "create_a_acme_nothing"] {
        let answer = called(&reading, "call_read_tool", json!({"name": name})).await;
        assert_eq!(answer["result"]["structuredContent"]["error"]["message"], "unknown tool");
    }
}

#[tokio::test]
async fn a_search_that_finds_nothing_says_what_the_tools_are_about() {
    let reading = Filter::default().narrowed(Some("read"), None);
    let reading = Toolset::build(&CATALOGUE, &reading);
    for toolset in [everything(), &reading] {
        for query in ["", "the of and", "契約を見せて", "qwertzuiop"] {
            let answer = called(toolset, "search_tools", json!({"query": query})).await;
            let answer = &answer["result"]["structuredContent"];
            assert_eq!(answer["result"], json!([]), "{query}");
            let advice = answer["advice"].as_str().unwrap();
            for served in toolset.tools() {
                for tag in served.tool.tags {
                    assert!(advice.contains(&tag.replace('_', " ")), "{tag} in {advice}");
                }
            }
            assert!(advice.len() < 2_000, "{advice}");
        }
    }
}
