//! The protocol's own rules, in both eras.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::http::{Answer, send};
use crate::mcp::Mcp;

const MODERN: &str = "2026-07-28";

async fn modern(mcp: &Mcp, method: &str, mut params: Value, headers: &[(&str, &str)]) -> Answer {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let message = json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params});
    let mut all = vec![("mcp-protocol-version", MODERN), ("mcp-method", method)];
    all.extend_from_slice(headers);
    mcp.post_with(&message, &all).await
}

#[tokio::test]
async fn the_handshake_answers_every_revision_that_has_one() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    for (asked, answered) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
    ] {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let answer = mcp
            .post(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))
            .await;
        let result = answer.expect(200)["result"].clone();
        assert_eq!(result["protocolVersion"], answered);
        assert!(
            result["capabilities"]["tools"].is_object() && result["serverInfo"]["name"].is_string(),
            "{result}"
        );
        assert!(result["instructions"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        assert!(answer.header("mcp-session-id").is_none(), "there are no sessions");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let noted = mcp.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    assert_eq!((noted.status.as_u16(), noted.body.len()), (202, 0));
    assert_eq!(mcp.request("ping", json!({})).await, json!({}));
}

#[tokio::test]
async fn the_era_without_a_handshake() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let discovered =
        modern(&mcp, "server/discover", json!({}), &[]).await.expect(200)["result"].clone();
    let versions = discovered["supportedVersions"].as_array().unwrap();
    for version in ["2025-06-18", "2025-11-25", MODERN] {
        assert!(versions.contains(&json!(version)), "{versions:?}");
    }
    assert_eq!(discovered["resultType"], "complete");
    let listed = modern(&mcp, "tools/list", json!({}), &[]).await.expect(200)["result"].clone();
    assert_eq!(
        (&listed["resultType"], &listed["cacheScope"]),
        (&json!("complete"), &json!("private"))
    );
    assert!(listed["ttlMs"].as_u64().is_some());
    assert_eq!(listed["tools"].as_array().unwrap(), &mcp.list().await, "both eras list the same");
    let name = "list_all_ironclad_workflows";
    let params = json!({"name": name, "arguments": {"limit": 1}});
    let called = modern(&mcp, "tools/call", params.clone(), &[("mcp-name", name)])
        .await
        .expect(200)["result"]
        .clone();
    assert_eq!(called["resultType"], "complete");
    assert!(called["structuredContent"]["result"].is_array());
    for (headers, status, code) in [
        (vec![("mcp-name", "other")], 400, -32020),
        (vec![], 400, -32020),
        (vec![("mcp-name", name), ("mcp-method", "tools/list")], 400, -32020),
    ] {
        let mut message =
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        message["params"]["_meta"] = json!({"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {}});
        let mut all = vec![("mcp-protocol-version", MODERN)];
        if !headers.iter().any(|(name, _)| *name == "mcp-method") {
            all.push(("mcp-method", "tools/call"));
        }
        all.extend_from_slice(&headers);
        let refused = mcp.post_with(&message, &all).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["code"]),
            (status, &json!(code)),
            "{}",
            refused.text()
        );
    }
    let unknown = modern(&mcp, "foo/bar", json!({}), &[]).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["error"]["code"]), (404, &json!(-32601)));
    let gone = modern(&mcp, "initialize", json!({}), &[]).await;
    assert_eq!((gone.status.as_u16(), &gone.json()["error"]["code"]), (404, &json!(-32601)));
}

#[tokio::test]
async fn broken_messages_have_the_specified_codes() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let raw = async |body: &'static str, media: &'static str| {
        let headers = [("content-type", media), ("accept", "application/json, text/event-stream")];
        send(Method::POST, &mcp.url, &headers, Some(Bytes::from_static(body.as_bytes())))
            .await
            .unwrap()
    };
    for (body, code) in [
        ("{", -32700),
        ("", -32700),
        ("\u{0}", -32700),
        ("[]", -32600),
        ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600),
        ("7", -32600),
        ("{}", -32600),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":4}", -32600),
    ] {
        let answer = raw(body, "application/json").await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]["code"]),
            (400, &json!(code)),
            "{body}: {}",
            answer.text()
        );
    }
    let unknown =
        raw("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"foo/bar\"}", "application/json").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["error"]["code"]), (200, &json!(-32601)));
    assert_eq!(
        raw("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "text/plain").await.status,
        415
    );
    let doubled = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"method\":\"tools/list\"}";
    assert_eq!(raw(doubled, "application/json").await.status, 400, "a repeated key is refused");
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
        let answer =
            send(method.clone(), &mcp.url, &[("accept", "text/event-stream")], None).await.unwrap();
        assert_eq!(answer.status, 405, "{method}");
    }
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{}{}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let headers =
        [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let answer = send(Method::POST, &mcp.url, &headers, Some(Bytes::from(deep))).await.unwrap();
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[tokio::test]
async fn equal_ids_of_two_callers_never_mix() {
    let app = TestApp::start().await;
    let (ironclad, torii) = (app.ironclad().await, app.torii().await);
    let calls = (0..100).map(|number| {
        let (mcp, tool) = if number % 2 == 0 {
            (&ironclad, "list_all_ironclad_workflow_schemas")
        } else {
            (&torii, "list_all_torii_roles")
        };
        async move { (number, mcp.call(tool, &json!({})).await) }
    });
    for (number, called) in futures_util::future::join_all(calls).await {
        let text = called.success().to_string();
        assert_eq!(text.contains("Vendor Agreement"), number % 2 == 0, "{text:.200}");
    }
}

#[tokio::test]
async fn the_older_transport_still_carries_a_handshake() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let sse = app.url(&format!("/sse/{}", mcp.token));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut stream = client.get(&sse).header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let mut seen = String::new();
    while !seen.contains("\n\n") {
        seen.push_str(&String::from_utf8_lossy(
            &stream.chunk().await.unwrap().expect("an endpoint event"),
        ));
    }
    assert!(seen.contains("event: endpoint"), "{seen}");
    let endpoint =
        seen.lines().find_map(|line| line.strip_prefix("data: ")).expect("where to post");
    let endpoint = url::Url::parse(&sse).unwrap().join(endpoint).unwrap();
    let body = json!({"jsonrpc": "2.0", "id": 5, "method": "ping"}).to_string();
    let posted = client
        .post(endpoint)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), 202);
    let mut seen = String::new();
    while !seen.contains("\"id\":5") {
        seen.push_str(&String::from_utf8_lossy(
            &stream.chunk().await.unwrap().expect("the answer"),
        ));
    }
}
