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

/// What the sandbox holds of the files of a workflow: name, media type and size of each.
async fn files(app: &TestApp, workflow: &Value) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    let attributes = &workflow["attributes"];
    let shown = [&attributes["extra"], &attributes["items"][0]["sheet"]];
    for document in attributes["draft"].as_array().unwrap().iter().chain(shown) {
        let path = document["download"].as_str().unwrap_or_else(|| panic!("files in {workflow}"));
        let address = format!("{}{path}", app.sandbox_url());
        let token = "Bearer sandbox-ironclad-token";
        let request = reqwest::Client::new().get(address).header("authorization", token);
        let answer = request.send().await.unwrap();
        let media = answer.headers()["content-type"].to_str().unwrap().to_owned();
        let name = document["filename"].as_str().unwrap().to_owned();
        found.push((name, media, answer.bytes().await.unwrap().len()));
    }
    found
}

#[tokio::test]
async fn files_by_content_and_by_address_go_with_a_launch_at_once_and_as_a_job() {
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let app = TestApp::start().await;
    let document = json!({"type": "document", "required": "never"});
    let form = json!({
        "counterpartyName": {"type": "string", "required": "always"},
        "draft": {"type": "array", "required": "never", "elementType": document},
        "extra": document,
        "items": {"type": "array", "required": "never", "elementType": {"type": "object", "schema": {"sheet": document}}}});
    let template = app.sandbox.control().add_template("With files", form);
    let mcp = app.server("ironclad", json!({"dynamic_tools": true})).await;
    let names = mcp.names().await;
    let own = names.iter().find(|name| name.starts_with("ironclad_launch_with_files")).unwrap();
    let by_content = json!({"counterpartyName": "Initech",
        "draft": [
            {"name": "Contrat signé.docx", "content_base64": "UEsDBA=="},
            {"url": "https://files.invalid/annex%20a.pdf"},
            {"name": "notes", "content_base64": "aGk=", "content_type": "text/plain"}],
        "extra": {"name": "terms.PDF", "content_base64": "JVBERi0="},
        "items": [{"sheet": {"name": "prices.xlsx", "content_base64": "eA=="}}]});
    let whole = json!({"template": template, "attributes": by_content});
    for (tool, arguments) in [
        ("create_a_ironclad_workflow", &whole),
        ("create_a_ironclad_async_workflow", &whole),
        (own.as_str(), &by_content),
    ] {
        let called = mcp.call(tool, arguments).await;
        let found = files(&app, called.success()).await;
        let listed: Vec<(&str, &str)> =
            found.iter().map(|(name, media, _)| (name.as_str(), media.as_str())).collect();
        let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!(
            listed,
            [
                ("Contrat signé.docx", DOCX),
                ("annex%20a.pdf", "application/pdf"),
                ("notes", "text/plain"),
                ("terms.PDF", "application/pdf"),
                ("prices.xlsx", xlsx)
            ],
            "{tool}"
        );
        let sizes: Vec<usize> = found.iter().map(|(.., size)| *size).collect();
        assert_eq!((sizes[0], sizes[2], sizes[3], sizes[4]), (4, 2, 5, 1), "{tool}");
        assert!(sizes[1] > 0, "{tool}");
        let said = called.result["content"].to_string().contains("at once and not as a job");
        assert_eq!(said, tool != "create_a_ironclad_workflow", "{tool}");
    }
    let by_address = json!({"counterpartyName": "Initech",
        "draft": [{"url": "https://files.invalid/a.docx"}, {"url": "https://files.invalid/b.pdf"}],
        "extra": {"url": "https://files.invalid/c.doc"},
        "items": [{"sheet": {"url": "https://files.invalid/d.txt"}}]});
    let arguments = json!({"template": template, "attributes": by_address});
    let queued = mcp.call("create_a_ironclad_async_workflow", &arguments).await;
    let poll = queued.success()["poll"].clone();
    let workflow = loop {
        let polled = mcp.call(poll["tool"].as_str().unwrap(), &poll["arguments"]).await;
        if polled.success()["status"] != "in_progress" {
            break polled.success()["workflow"].clone();
        }
    };
    let found = files(&app, &workflow).await;
    let listed: Vec<(&str, &str)> =
        found.iter().map(|(name, media, _)| (name.as_str(), media.as_str())).collect();
    assert_eq!(
        listed,
        [
            ("a.docx", DOCX),
            ("b.pdf", "application/pdf"),
            ("c.doc", "application/msword"),
            ("d.txt", "text/plain")
        ]
    );
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
