//! The list that every model reads: well-formed, cheap, the same each time.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::journal;
use crate::oracle;

const HINTS: [&str; 4] = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];

fn well_formed(tool: &Value) {
    let name = tool["name"].as_str().expect("a name");
    assert!((1..=48).contains(&name.len()), "{name}");
    assert!(
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
        "{name}"
    );
    assert!(tool["title"].as_str().is_some_and(|title| !title.is_empty()), "{name} has no title");
    let description = tool["description"].as_str().unwrap_or_default();
    assert!(
        (40..=600).contains(&description.chars().count()),
        "{name}: {} characters of description",
        description.chars().count()
    );
    assert_ne!(description, tool["title"].as_str().unwrap(), "{name}");
    for hint in HINTS {
        assert!(tool["annotations"][hint].is_boolean(), "{name}: {hint}");
    }
    assert_eq!(tool["annotations"]["openWorldHint"], true, "{name}");
    for schema in ["inputSchema", "outputSchema"] {
        let schema = &tool[schema];
        assert_eq!(schema["type"], "object", "{name}: {schema}");
        for word in ["oneOf", "anyOf", "allOf", "$ref"] {
            assert!(schema.get(word).is_none(), "{name}: {word} at the root");
        }
        assert!(!schema.to_string().contains("\"$ref\""), "{name} refers elsewhere");
        jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert!(
        tool["outputSchema"].get("required").is_none(),
        "{name}: an output schema requires nothing"
    );
    let server_headers =
        ["authorization", "x-api-version", "x-as-user-email", "x-as-user-id", "form"];
    for argument in tool["inputSchema"]["properties"]
        .as_object()
        .into_iter()
        .flat_map(|properties| properties.keys())
    {
        assert!(
            !server_headers.contains(&argument.to_lowercase().as_str()),
            "{name} takes {argument}"
        );
    }
    let required = tool["inputSchema"]["required"].as_array().cloned().unwrap_or_default();
    for argument in required {
        assert!(
            tool["inputSchema"]["properties"].get(argument.as_str().unwrap()).is_some(),
            "{name}: {argument} is required and unknown"
        );
    }
}

#[tokio::test]
async fn every_tool_is_well_formed() {
    let app = TestApp::start().await;
    for (api, count) in [("ironclad", 95..110), ("torii", 73..80)] {
        let mcp = app.server(api, json!({})).await;
        let tools = mcp.list().await;
        assert!(count.contains(&tools.len()), "{api}: {} tools", tools.len());
        tools.iter().for_each(well_formed);
        let names: BTreeSet<&str> =
            tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), tools.len(), "names are unique");
        let descriptions: BTreeSet<&str> =
            tools.iter().map(|tool| tool["description"].as_str().unwrap()).collect();
        assert_eq!(descriptions.len(), tools.len(), "no two tools are described alike");
        for tool in &tools {
            let name = tool["name"].as_str().unwrap();
            let (read, destructive) =
                (&tool["annotations"]["readOnlyHint"], &tool["annotations"]["destructiveHint"]);
            if name.starts_with("delete_a_") || name.ends_with("_cancel") {
                assert_eq!((read, destructive), (&json!(false), &json!(true)), "{name}");
            }
            let paging = tool["inputSchema"]["properties"].get("next_cursor").is_some();
            assert!(
                !paging
                    || name.starts_with("list_all_")
                    || !name.starts_with("get_single_")
                    // A text, which may be long.
                    || name == "get_single_ironclad_webhook_verification_key",
                "{name}"
            );
            for own in ["page", "pageSize", "startIndex", "cursor"] {
                assert!(
                    !paging || tool["inputSchema"]["properties"].get(own).is_none(),
                    "{name}: {own} stands beside next_cursor"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_names_that_callers_rely_on_are_there() {
    let app = TestApp::start().await;
    let fixed = [
        (
            "ironclad",
            "list_all_ironclad_workflows get_single_ironclad_workflow_by_id list_all_ironclad_workflow_schemas \
            get_single_ironclad_workflow_schema_by_id create_a_ironclad_workflow create_a_ironclad_async_workflow \
            get_single_ironclad_async_workflow_by_id ironclad_workflows_cancel list_all_ironclad_users get_single_ironclad_user_by_id \
            create_a_ironclad_user update_a_ironclad_user_by_id delete_a_ironclad_user_by_id list_all_ironclad_groups \
            get_single_ironclad_group_by_id",
        ),
        (
            "torii",
            "list_all_torii_me list_all_torii_users get_single_torii_user_by_id update_a_torii_user_by_id \
            list_all_torii_user_applications list_all_torii_application_users list_all_torii_apps create_a_torii_app \
            list_all_torii_contracts get_single_torii_contract_by_id create_a_torii_contract list_all_torii_audit_logs \
            list_all_torii_workflow_action_executions list_all_torii_roles",
        ),
    ];
    for (api, names) in fixed {
        let listed: BTreeSet<String> =
            app.server(api, json!({})).await.names().await.into_iter().collect();
        for name in names.split_whitespace() {
            assert!(listed.contains(name), "{name} is missing");
        }
    }
}

#[tokio::test]
async fn arguments_are_named_by_the_rules() {
    let app = TestApp::start().await;
    let arguments = async |api, tool: &str| -> BTreeSet<String> {
        let tools = app.server(api, json!({})).await.list().await;
        let tool = tools.iter().find(|row| row["name"] == tool).unwrap_or_else(|| panic!("{tool}"));
        tool["inputSchema"]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(
        arguments("ironclad", "ironclad_workflows_cancel").await,
        BTreeSet::from(["comment".to_owned(), "id".to_owned()])
    );
    assert!(arguments("torii", "list_all_torii_user_applications").await.contains("id_user"));
    assert!(arguments("torii", "list_all_torii_application_users").await.contains("id_app"));
    let list = arguments("ironclad", "list_all_ironclad_workflows").await;
    for name in ["limit", "next_cursor", "fields"] {
        assert!(list.contains(name), "{list:?}");
    }
}

#[tokio::test]
async fn every_operation_is_one_tool() {
    let app = TestApp::start().await;
    for api in ["ironclad", "torii"] {
        let everything = app.server(api, json!({})).await.names().await.len();
        let operations =
            journal::operations().iter().filter(|operation| operation.api == api).count();
        let lock = std::fs::read_to_string(
            crate::programs::repository().join("specs").join(api).join("tools.lock"),
        )
        .unwrap();
        let lines: Vec<&str> =
            lock.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert_eq!(lines.len(), operations, "one line an operation");
        let tools = lines.iter().filter(|line| !line.ends_with(" -")).count();
        assert!(
            everything <= tools && tools - everything <= 3,
            "{api}: {everything} of {tools}: only deprecated ones stay hidden"
        );
    }
}

#[tokio::test]
async fn the_list_fits_its_budget() {
    let app = TestApp::start().await;
    let tokens = tiktoken_rs::o200k_base().unwrap();
    let count = |text: &str| tokens.encode_ordinary(text).len();
    for (api, config, budget, whole) in [
        ("ironclad", json!({}), 10_000, 15_000),
        ("ironclad", json!({"methods": ["read"]}), 4_000, 15_000),
        ("torii", json!({}), 7_500, 10_500),
        ("ironclad", json!({"tool_exposure": "discovery"}), 200, 15_000),
    ] {
        let tools = app.server(api, config.clone()).await.list().await;
        let costs = tools.iter().map(|tool| {
            let read = json!({"name": tool["name"], "description": tool["description"], "inputSchema": tool["inputSchema"]});
            (count(&read.to_string()), tool["name"].as_str().unwrap())
        });
        let mut costs: Vec<(usize, &str)> = costs.collect();
        costs.sort_unstable();
        let sum: usize = costs.iter().map(|(cost, _)| cost).sum();
        assert!(
            sum <= budget,
            "{api} {config}: {sum} tokens of {budget}; dearest {:?}",
            &costs[costs.len().saturating_sub(5)..]
        );
        assert!(costs.last().unwrap().0 <= 350, "{:?}", costs.last());
        assert!(costs[costs.len() / 2].0 <= 90, "median {:?}", costs[costs.len() / 2]);
        let full = count(&Value::from(tools).to_string());
        assert!(full <= whole, "{api} {config}: {full} tokens in full of {whole}");
    }
}

#[tokio::test]
async fn the_list_is_the_same_bytes_each_time_and_an_official_client_reads_it() {
    let app = TestApp::start().await;
    let mcp = app.torii().await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
    let first = mcp.post(&message).await;
    assert_eq!(first.body, mcp.post(&message).await.body);
    let client = oracle::connect(&mcp).await;
    let tools = client.list_all_tools().await.expect("rmcp reads the list");
    assert_eq!(tools.len(), mcp.list().await.len());
    let called = client
        .call_tool(rmcp::model::CallToolRequestParams::new("list_all_torii_roles"))
        .await
        .expect("rmcp calls");
    assert_ne!(called.is_error, Some(true));
    client.cancel().await.expect("rmcp closes");
}

#[tokio::test]
async fn a_server_that_only_reads_lists_three_tools_and_finds_the_rest() {
    let app = TestApp::start().await;
    let mcp =
        app.server("ironclad", json!({"tool_exposure": "discovery", "methods": ["read"]})).await;
    let mut names = mcp.names().await;
    names.sort();
    assert_eq!(names, ["call_read_tool", "get_tool_schema", "search_tools"]);
    let found = mcp
        .call("search_tools", &json!({"query": "which contracts are being made right now"}))
        .await;
    let text = found.success().to_string();
    assert!(text.contains("list_all_ironclad_workflows"), "{text}");
    assert!(!text.contains("create_a_"), "search reads the filtered set: {text}");
    let schema = mcp.call("get_tool_schema", &json!({"name": "list_all_ironclad_workflows"})).await;
    assert!(schema.success().to_string().contains("limit"));
    let called = mcp
        .call(
            "call_read_tool",
            &json!({"name": "list_all_ironclad_workflows", "arguments": {"limit": 2}}),
        )
        .await;
    assert_eq!(called.success()["result"].as_array().unwrap().len(), 2);
    let hidden = mcp
        .call_raw("call_read_tool", &json!({"name": "ironclad_workflows_cancel", "arguments": {}}))
        .await
        .text();
    let unknown = mcp
        .call_raw("call_read_tool", &json!({"name": "ironclad_workflows_cancex", "arguments": {}}))
        .await
        .text();
    assert_eq!(hidden, unknown.replace("cancex", "cancel"));
}
