//! Templates as tools of their own, and prompts for the jobs people bring.

use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn each_template_is_a_tool_whose_schema_is_its_form() {
    let app = TestApp::start().await;
    let mcp = app.server("ironclad", json!({"dynamic_tools": true, "tags": ["workflows"]})).await;
    let tools = mcp.list().await;
    let launch = |tool: &&Value| {
        tool["name"].as_str().is_some_and(|name| name.starts_with("ironclad_launch_"))
    };
    let launches: Vec<&Value> = tools.iter().filter(launch).collect();
    assert_eq!(launches.len(), 8, "one for each template: {launches:?}");
    let nda = launches
        .iter()
        .find(|tool| tool["title"].as_str().unwrap().contains("(NDA)"))
        .expect("the NDA has a tool");
    let required = nda["inputSchema"]["required"].as_array().unwrap();
    assert!(
        required.contains(&json!("counterpartyName")) && required.contains(&json!("ndaType")),
        "{required:?}"
    );
    assert!(
        nda["inputSchema"]["properties"]["ndaType"]["enum"]
            .as_array()
            .unwrap()
            .contains(&json!("Mutual"))
    );
    let name = nda["name"].as_str().unwrap();
    assert!(name.len() <= 48 && jsonschema::validator_for(&nda["inputSchema"]).is_ok());
    let faulty = mcp.call(name, &json!({"counterpartyName": "Initech", "ndaType": "Secret"})).await;
    assert!(faulty.fault_pointers().contains(&"/ndaType".to_owned()));
    let fitting = json!({
        "counterpartyName": "Initech", "counterpartySignerName": "Bill", "counterpartySignerEmail": "bill@initech.example",
        "ndaType": "Mutual", "paperSource": "Our paper",
    });
    let called = mcp.call(name, &fitting).await;
    assert_eq!(called.success()["pending"], true, "{}", called.success());
    let plain = app.server("ironclad", json!({"tags": ["workflows"]})).await;
    assert!(!plain.list().await.iter().any(|tool| launch(&tool)), "only where the config says so");
    assert_eq!(plain.call_raw(name, &fitting).await.json()["error"]["code"], -32602);
    let reading = app.server("ironclad", json!({"dynamic_tools": true, "methods": ["read"]})).await;
    assert!(!reading.list().await.iter().any(|tool| launch(&tool)), "launching is no reading");
}

#[tokio::test]
async fn prompts_are_filtered_like_the_tools_they_need() {
    let app = TestApp::start().await;
    let names = async |config: Value| -> Vec<String> {
        let mcp = app.server("ironclad", config).await;
        let listed = mcp.request("prompts/list", json!({})).await;
        listed["prompts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|prompt| prompt["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = names(json!({})).await;
    let reading = names(json!({"methods": ["read"]})).await;
    assert!(
        all.len() > reading.len() && reading.iter().all(|name| all.contains(name)),
        "{all:?} {reading:?}"
    );
    let nda = all.iter().find(|name| name.contains("nda")).expect("a prompt for an NDA");
    assert!(!reading.contains(nda), "who cannot launch is not told to");
    let mcp = app.ironclad().await;
    let arguments = json!({"counterparty": "Initech"});
    let prompt = mcp.request("prompts/get", json!({"name": nda, "arguments": arguments})).await;
    assert!(prompt["messages"][0]["content"]["text"].as_str().unwrap().contains("Initech"));
    let read_only = app.server("ironclad", json!({"methods": ["read"]})).await;
    let ask = async |name: &str| {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": {"name": name, "arguments": arguments}});
        read_only.post(&message).await.text()
    };
    assert_eq!(
        ask(nda).await.replace(nda.as_str(), "…"),
        ask("no_such_prompt").await.replace("no_such_prompt", "…")
    );
}
