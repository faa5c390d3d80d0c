//! MCP URLs.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::harness::{Answer, TestApp, databases};

impl TestApp {
    /// Sends a message to an MCP URL.
    async fn message(&self, path: &str, token: Option<&str>, message: &Value) -> Answer {
        let mut request =
            Request::builder().method(Method::POST).uri(path).header(HOST, "localhost");
        request = request
            .header(CONTENT_TYPE, "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(message.to_string())).unwrap()).await
    }

    async fn names(&self, path: &str) -> Vec<String> {
        let answer = self
            .message(path, None, &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))
            .await
            .json();
        answer["result"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn call(tool: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}})
}

#[tokio::test]
async fn a_url_lists_what_its_config_and_query_admit() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (_, token) =
            test.server(&account, json!({"name": "x", "config": {"methods": ["read"]}})).await;
        let path = format!("/mcp/{token}");
        assert_eq!(test.names(&path).await, ["list_all_demo_things", "list_all_demo_users"]);
        assert_eq!(
            test.names(&format!("{path}?tags=users&methods=read,write")).await,
            ["list_all_demo_users"]
        );
        assert_eq!(test.names(&format!("{path}?methods=nonsense")).await, [""; 0]);
        let (hidden, never) = (
            test.message(&path, None, &call("create_a_demo_thing")).await,
            test.message(&path, None, &call("nonsense")).await,
        );
        assert_eq!((hidden.status, &hidden.text), (never.status, &never.text));
        assert_eq!(hidden.json()["error"]["code"], -32602);
    }
}

#[tokio::test]
async fn unknown_expired_and_deleted_urls_answer_the_same_bytes() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (_, expired) =
            test.server(&account, json!({"name": "x", "expires_at": "2026-01-01T12:00:10Z"})).await;
        let (id, deleted) = test.server(&account, json!({"name": "y"})).await;
        let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
        assert_eq!(
            test.message(&format!("/mcp/{expired}"), None, &list).await.status,
            StatusCode::OK
        );
        test.clock.set("2026-01-01T12:00:10Z".parse().unwrap());
        test.delete(&format!("/integrated-account/{account}/mcp/{id}")).await;
        let mut answers = Vec::new();
        for token in [expired.as_str(), deleted.as_str(), "never-was", "%00", "%ff", "..%2f"] {
            let answer = test.message(&format!("/mcp/{token}"), None, &list).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
            answers.push((answer.text, format!("{:?}", answer.headers)));
            assert_eq!(test.get(&format!("/mcp/{token}")).await.status, StatusCode::NOT_FOUND);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    }
}

#[tokio::test]
async fn the_second_factor_is_asked_for_with_every_request() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (_, token) = test
            .server(&account, json!({"name": "x", "config": {"require_api_token_auth": true}}))
            .await;
        let made = test.post("/api-token", json!({"name": "agent", "scope": "call"})).await;
        let (id, factor) = (made.made("id"), made.made("token"));
        let path = format!("/mcp/{token}");
        let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
        for wrong in [None, Some("nonsense"), Some(token.as_str())] {
            let answer = test.message(&path, wrong, &list).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            let challenge = answer.headers["www-authenticate"].to_str().unwrap();
            assert_eq!(challenge.contains("invalid_token"), wrong.is_some(), "{challenge}");
            // What clients show is a JSON-RPC error.
            let error = answer.json()["error"].clone();
            assert!(error["message"].as_str().unwrap().contains("API token"), "{error}");
        }
        assert_eq!(test.message(&path, Some(&factor), &list).await.status, StatusCode::OK);
        test.message(&path, Some(&factor), &call("list_all_demo_users")).await;
        test.app.calls.flush().await;
        assert_eq!(test.get("/call-log").await.json()["result"][0]["api_token"], id);
        test.delete(&format!("/api-token/{id}")).await;
        assert_eq!(
            test.message(&path, Some(&factor), &list).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn a_call_that_reaches_nobody_is_a_result_and_is_logged() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        test.patch(
            &format!("/integrated-account/{account}"),
            json!({"base_url": "http://127.0.0.1:9"}),
        )
        .await;
        let (server, token) = test.server(&account, json!({"name": "x"})).await;
        let answer =
            test.message(&format!("/mcp/{token}"), None, &call("list_all_demo_users")).await;
        assert_eq!(
            (answer.status, &answer.json()["result"]["isError"]),
            (StatusCode::OK, &json!(true))
        );
        let direct = test
            .post(&format!("/integrated-account/{account}/tools/list_all_demo_users"), json!({}))
            .await;
        assert_eq!(direct.status, StatusCode::OK);
        let kind = json!("upstream_unreachable");
        assert_eq!(direct.json()["structuredContent"]["error"]["kind"], kind);
        assert_eq!(direct.json()["isError"], json!(true));
        let tested =
            test.post(&format!("/integrated-account/{account}/test"), json!({})).await.json();
        assert_eq!((&tested["ok"], &tested["status"]), (&json!(false), &json!(null)));
        test.app.calls.flush().await;
        let calls = test.get(&format!("/call-log?account={account}")).await.json();
        let calls = calls["result"].as_array().unwrap();
        assert!(calls.len() >= 2 && calls.iter().all(|call| call["status"] == kind));
        assert!(calls.iter().any(|call| call["server"] == server));
    }
}

#[tokio::test]
async fn tools_are_listed_previewed_and_called_without_mcp() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let tools =
            test.get(&format!("/integrated-account/{account}/tools?methods=read")).await.json();
        assert_eq!(tools["result"].as_array().unwrap().len(), 2);
        assert_eq!(tools["result"][0]["inputSchema"], json!({"type": "object"}));
        let preview = test.get("/integration/demo/tools?tags=users").await.json();
        assert_eq!(
            (&preview["total"], &preview["result"][0]["name"]),
            (&json!(1), &json!("list_all_demo_users"))
        );
        assert!(preview["tokens"].as_u64().unwrap() > 5);
        assert_eq!(test.get("/integration/nope/tools").await.status, StatusCode::NOT_FOUND);
        let path = format!("/integrated-account/{account}/tools");
        assert_eq!(
            test.post(&format!("{path}/nonsense"), json!({})).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            test.post(&format!("{path}/list_all_demo_users"), json!([])).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let token =
            test.post("/api-token", json!({"name": "agent", "scope": "call"})).await.made("token");
        let as_agent = async |method, path: &str| {
            test.as_caller(Some(&token), method, path, Some(&json!({}))).await.status
        };
        assert_eq!(
            as_agent(Method::POST, &format!("{path}/list_all_demo_users")).await,
            StatusCode::OK
        );
        assert_eq!(as_agent(Method::GET, &path).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn connecting_by_oauth_leads_to_the_vendor_and_a_state_is_good_once() {
    for database in databases().await {
        let test = database.start().await;
        let client = json!({"type": "oauth2_authorization_code", "client_id": "i", "client_secret": "canary-secret"});
        let made = test
            .post(
                "/integrated-account",
                json!({"integration": "demo", "name": "x", "credentials": client}),
            )
            .await;
        let id = made.made("id");
        assert_eq!(made.json()["status"], "needs_reauth");
        let answer = test.get(&format!("/integrated-account/{id}/connect")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let location = url::Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
        assert_eq!(location.host_str(), Some("eu.demo.example"));
        let state =
            location.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let finish = async |query: &str| {
            test.as_caller(None, Method::GET, &format!("/oauth/callback?{query}"), None).await
        };
        assert_eq!(
            finish(&format!("state={state}&error=access_denied")).await.status,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(finish(&format!("state={state}&code=x")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(finish("state=forged&code=x").await.status, StatusCode::NOT_FOUND);
        assert_eq!(finish("code=x").await.violations(StatusCode::BAD_REQUEST), ["state"]);
        let plain = test.account().await;
        assert_eq!(
            test.get(&format!("/integrated-account/{plain}/connect")).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
}

#[tokio::test]
async fn the_older_transport_answers_on_its_stream() {
    use futures_util::StreamExt;
    let database = databases().await.remove(0);
    let test = database.start().await;
    let account = test.account().await;
    let (_, token) = test.server(&account, json!({"name": "x"})).await;
    let path = format!("/sse/{token}");
    let request = Request::builder()
        .uri(format!("{path}?tags=users"))
        .header(HOST, "localhost")
        .body(Body::empty())
        .unwrap();
    let response = test.open(request).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    let mut next =
        async || String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
    let first = next().await;
    let posts = first.trim_end().strip_prefix("event: endpoint\ndata: ").unwrap().to_owned();
    let list = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
    assert_eq!(test.message(&posts, None, &list).await.status, StatusCode::ACCEPTED);
    let answer = next().await;
    let data = answer.trim_end().strip_prefix("event: message\ndata: ").unwrap().to_owned();
    let answer: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(
        (&answer["id"], answer["result"]["tools"].as_array().unwrap().len()),
        (&json!(7), 1)
    );
    assert_eq!(
        test.message(&format!("{path}/messages?session=forged"), None, &list).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(test.message(&path, None, &list).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(test.get("/sse/never-was").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_log_says_which_client_called() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (_, token) = test.server(&account, json!({"name": "x"})).await;
        let send = async |agent: &str, headers: &[(&str, &str)], message: Value| {
            let mut request = Request::builder()
                .method(Method::POST)
                .uri(format!("/mcp/{token}"))
                .header(HOST, "localhost")
                .header(CONTENT_TYPE, "application/json")
                .header("accept", "application/json, text/event-stream")
                .header("user-agent", agent);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = test.send(request.body(Body::from(message.to_string())).unwrap()).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        };
        let last = async || {
            test.app.calls.flush().await;
            test.clock.set(test.clock.now() + jiff::SignedDuration::from_secs(1));
            test.get("/call-log?limit=1").await.json()["result"][0]["client"].clone()
        };
        // Refused before anything is sent, and in the log all the same.
        let mut wrong = call("list_all_demo_things");
        wrong["params"]["arguments"] = json!({"nonsense": 1});
        send("node/22 (linux)", &[], wrong.clone()).await;
        assert_eq!(last().await, json!({"name": "node", "version": "22"}));
        let hello = json!({
            "jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "Claude", "version": "9"}}
        });
        send("node/22 (linux)", &[], hello).await;
        send("node/22 (linux)", &[], wrong.clone()).await;
        assert_eq!(last().await, json!({"name": "Claude", "version": "9"}));
        send("Cursor/1.0", &[], wrong.clone()).await;
        assert_eq!(last().await, json!({"name": "Cursor", "version": "1.0"}), "another client");
        wrong["params"]["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "Codex"}
        });
        let headers = [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "list_all_demo_things"),
        ];
        send("node/22 (linux)", &headers, wrong).await;
        assert_eq!(last().await, json!({"name": "Codex", "version": null}));
    }
}
