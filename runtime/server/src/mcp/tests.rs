//! Bytes in, bytes and status out, in both lifecycles.

mod discovery;
mod hidden;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Answer, Endpoint, handle, line};
use crate::call::CallContext;
use crate::call::testing::{CATALOGUE, Reply, Vendor, everything, pipeline};
use crate::call_log::Recorder;
use crate::provision::ToolExposure;
use crate::toolset::Filter;
use crate::toolset::{Toolset, Toolsets};

async fn post_to(
    vendor: &Vendor,
    toolset: &Toolset,
    exposure: ToolExposure,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let pipeline = pipeline(10_000);
    let endpoint = Endpoint {
        context: CallContext {
            account: "acc",
            transport: vendor,
            toolset,
            recorder: Recorder::default(),
            digits: None,
        },
        exposure,
        pipeline: &pipeline,
    };
    let mut map = HeaderMap::new();
    map.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        map.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    handle(&endpoint, &Method::POST, &map, &Bytes::from(body.to_owned())).await
}

async fn post(headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let vendor =
        Vendor::always(Reply::json(200, r#"{"id":1.50}"#).with("x-ratelimit-remaining", "9"));
    let answer = post_to(&vendor, everything(), ToolExposure::All, headers, body).await;
    (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
}

fn legacy(method: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

fn per_request(method: &str, mut params: Value) -> String {
    params["_meta"] = json!({VERSION: "2026-07-28", CAPABILITIES: {}});
    legacy(method, params)
}

#[tokio::test]
async fn initialize_settles_on_the_clients_revision_or_the_newest() {
    for (asked, answered) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let (status, answer) =
            post(&[], &legacy("initialize", json!({"protocolVersion": asked, "capabilities": {}})))
                .await;
        assert_eq!((status, &answer["result"]["protocolVersion"]), (200, &json!(answered)));
        assert_eq!(answer["result"]["capabilities"], json!({"tools": {}}));
        assert!(
            answer["result"]["instructions"].as_str().unwrap().starts_with("Things have ids. ")
        );
    }
}

#[tokio::test]
async fn both_eras_list_the_same_tools() {
    let (_, old) = post(
        &[("mcp-protocol-version", "2025-06-18")],
        &legacy("tools/list", json!({"_meta": {"progressToken": 1}})),
    )
    .await;
    let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/list")];
    let (status, new) = post(&headers, &per_request("tools/list", json!({}))).await;
    assert_eq!(status, 200);
    assert_eq!(old["result"]["tools"], new["result"]["tools"]);
    assert_eq!(old["result"].as_object().unwrap().len(), 1);
    assert_eq!(
        (&new["result"]["resultType"], &new["result"]["cacheScope"]),
        (&json!("complete"), &json!("private"))
    );
    assert!(new["result"]["ttlMs"].as_u64().unwrap() > 0);
    assert_eq!(new["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "drawbridge");
    for tool in old["result"]["tools"].as_array().unwrap() {
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean());
        }
        for member in ["name", "title", "description"] {
            assert!(tool[member].is_string());
        }
    }
}

#[tokio::test]
async fn a_call_answers_the_body_as_text_and_as_it_is() {
    let params = json!({"name": "get_single_acme_thing_by_id", "arguments": {"id": "1"}});
    let vendor =
        Vendor::always(Reply::json(200, r#"{"id":1.50}"#).with("x-ratelimit-remaining", "9"));
    let answer = post_to(
        &vendor,
        everything(),
        ToolExposure::All,
        &[],
        &legacy("tools/call", params.clone()),
    )
    .await;
    assert_eq!(
        std::str::from_utf8(&answer.body).unwrap(),
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"id\":1.50}"}],"structuredContent":{"id":1.50},"isError":false,"_meta":{"ratelimit":{"remaining":9}}}}"#
    );
    assert_eq!(answer.headers["ratelimit-remaining"], "9");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let headers = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", " get_single_acme_thing_by_id "),
    ];
    let (status, answer) = post(&headers, &per_request("tools/call", params)).await;
    assert_eq!(
        (status, &answer["result"]["resultType"], &answer["result"]["isError"]),
        (200, &json!("complete"), &json!(false))
    );
}

#[tokio::test]
async fn a_rate_limit_is_told_in_headers_too_and_the_status_stays_200() {
    let vendor = Vendor::always(
        Reply::json(429, "{}").with("retry-after", "12").with("x-ratelimit-limit", "40"),
    );
    let body = legacy("tools/call", json!({"name": "list_all_acme_page"}));
    let answer = post_to(&vendor, everything(), ToolExposure::All, &[], &body).await;
    assert_eq!(answer.status, 200);
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("ratelimit-limit"), header("ratelimit-remaining"), header("ratelimit-reset")),
        ("40".into(), "0".into(), "12".into())
    );
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&body["result"]["isError"], vendor.count()), (&json!(true), 1));
}

#[tokio::test]
async fn a_filtered_tool_and_one_that_never_existed_answer_the_same_bytes() {
    let filter = Filter::default().narrowed(Some("read"), None);
    let toolset = Toolset::build(&CATALOGUE, &filter);
    let vendor = Vendor::with_rows(1);
    let mut answers = Vec::new();
    for name in ["create_a_acme_thing", "create_a_acme_nothing", "", "search_tools"] {
        let body = legacy("tools/call", json!({"name": name, "arguments": {"id": 1}}));
        let answer = post_to(&vendor, &toolset, ToolExposure::All, &[], &body).await;
        answers.push((answer.status, answer.body));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    let error: Value = serde_json::from_slice(&answers[0].1).unwrap();
    assert_eq!(error["error"]["code"], -32602);
    assert_eq!(vendor.count(), 0);
}

#[tokio::test]
async fn broken_messages_get_the_right_status_and_code() {
    let call = |params: Value| legacy("tools/call", params);
    for (body, status, code) in [
        ("{".to_owned(), 400, -32700),
        ("[]".to_owned(), 400, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#.to_owned(), 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#.to_owned(), 400, -32600),
        ("[".repeat(5000), 400, -32600),
        (
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{}"#,
                "[".repeat(5000)
            ),
            400,
            -32700,
        ),
        (legacy("foo/bar", json!({})), 200, -32601),
        (legacy("resources/list", json!({})), 200, -32601),
        (call(json!({})), 200, -32602),
        (call(json!({"name": "list_all_acme_page", "arguments": []})), 200, -32602),
        (call(json!({"name": 7})), 200, -32602),
    ] {
        let (got, answer) = post(&[], &body).await;
        assert_eq!(
            (got, &answer["error"]["code"]),
            (status, &json!(code)),
            "{}",
            body.get(..80).unwrap_or(&body)
        );
    }
}

#[tokio::test]
async fn modern_requests_repeat_themselves_in_headers() {
    let version = ("mcp-protocol-version", "2026-07-28");
    let list = per_request("tools/list", json!({}));
    let call = per_request("tools/call", json!({"name": "list_all_acme_page"}));
    let missing = legacy("tools/list", json!({"_meta": {VERSION: "2026-07-28"}}));
    let future = legacy("tools/list", json!({"_meta": {VERSION: "2099-01-01", CAPABILITIES: {}}}));
    for (headers, body, status, code) in [
        (vec![], &list, 400, -32020),
        (vec![version], &list, 400, -32020),
        (vec![version, ("mcp-method", "tools/call")], &list, 400, -32020),
        (
            vec![("mcp-protocol-version", "2025-11-25"), ("mcp-method", "tools/list")],
            &list,
            400,
            -32020,
        ),
        (vec![version, ("mcp-method", "tools/call")], &call, 400, -32020),
        (vec![version, ("mcp-method", "tools/call"), ("mcp-name", "other")], &call, 400, -32020),
        (vec![version, ("mcp-method", "tools/list")], &missing, 400, -32602),
        (
            vec![version, ("mcp-method", "tools/list")],
            &legacy("tools/list", json!({})),
            400,
            -32602,
        ),
        (
            vec![("mcp-protocol-version", "2099-01-01"), ("mcp-method", "tools/list")],
            &future,
            400,
            -32022,
        ),
        (
            vec![("mcp-protocol-version", "2099-01-01")],
            &legacy("tools/list", json!({})),
            400,
            -32022,
        ),
        (vec![version, ("mcp-method", "foo/bar")], &per_request("foo/bar", json!({})), 404, -32601),
        (vec![version, ("mcp-method", "ping")], &per_request("ping", json!({})), 404, -32601),
        (
            vec![version, ("mcp-method", "initialize")],
            &per_request("initialize", json!({})),
            404,
            -32601,
        ),
        (
            vec![version, ("mcp-method", "prompts/list")],
            &per_request("prompts/list", json!({})),
            404,
            -32601,
        ),
    ] {
        let (got, answer) = post(&headers, body).await;
        assert_eq!((got, &answer["error"]["code"]), (status, &json!(code)), "{headers:?} {body}");
    }
    let encoded = [
        version,
        ("mcp-method", "tools/call"),
        ("mcp-name", "=?base64?bGlzdF9hbGxfYWNtZV9wYWdl?="),
    ];
    assert_eq!(post(&encoded, &call).await.0, 200);
    let (status, answer) = post(
        &[version, ("mcp-method", "server/discover")],
        &per_request("server/discover", json!({})),
    )
    .await;
    assert_eq!((status, answer["result"]["supportedVersions"].as_array().unwrap().len()), (200, 5));
}

#[tokio::test]
async fn only_json_posts_are_read() {
    let vendor = Vendor::with_rows(1);
    let (toolset, pipeline) = (everything(), pipeline(1000));
    let context = CallContext {
        account: "acc",
        transport: &vendor,
        toolset,
        recorder: Recorder::default(),
        digits: None,
    };
    let endpoint = Endpoint { context, exposure: ToolExposure::All, pipeline: &pipeline };
    let ping = Bytes::from(legacy("ping", json!({})));
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let answer = handle(&endpoint, &method, &HeaderMap::new(), &ping).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["allow"]),
            (405, &HeaderValue::from_static("POST"))
        );
    }
    for (content_type, status) in
        [("text/plain", 415), ("", 415), ("application/json; charset=utf-8", 200)]
    {
        let headers = HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            HeaderValue::from_str(content_type).unwrap(),
        )]);
        assert_eq!(handle(&endpoint, &Method::POST, &headers, &ping).await.status.as_u16(), status);
    }
    let (status, body) =
        post(&[], r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    assert_eq!((status, body), (202, Value::Null));
}

#[tokio::test]
async fn a_line_of_stdio_answers_a_line() {
    let vendor = Vendor::always(Reply::json(200, "{\n  \"a\": \"x\\ny\"\r\n}"));
    let (toolset, pipeline) = (everything(), pipeline(1000));
    let context = CallContext {
        account: "acc",
        transport: &vendor,
        toolset,
        recorder: Recorder::default(),
        digits: None,
    };
    let endpoint = Endpoint { context, exposure: ToolExposure::All, pipeline: &pipeline };
    let body = legacy(
        "tools/call",
        json!({"name": "get_single_acme_thing_by_id", "arguments": {"id": "1"}}),
    );
    let answer = line(&endpoint, &body.into()).await.unwrap();
    assert!(!answer.contains(&b'\n'));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["result"]["structuredContent"], json!({"a": "x\ny"}));
    assert!(
        line(
            &endpoint,
            &Bytes::from_static(br#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#)
        )
        .await
        .is_none()
    );
    assert!(line(&endpoint, &per_request("server/discover", json!({})).into()).await.is_some());
}

#[test]
fn toolsets_are_shared_by_what_they_expose() {
    let toolsets = Toolsets::default();
    let open = Filter::default();
    let all = toolsets.get(&CATALOGUE, &open, None);
    let same = toolsets.get(&CATALOGUE, &open, Some("methods=read,write,custom&x=1"));
    assert!(std::sync::Arc::ptr_eq(&all, &same));
    let read = toolsets.get(&CATALOGUE, &open, Some("methods=READ"));
    assert_eq!(read.tools().len(), 7);
    assert_eq!(
        toolsets.get(&CATALOGUE, &open, Some("methods=get&methods=delete")).tools().len(),
        2
    );
    assert!(
        toolsets
            .get(&CATALOGUE, &open, Some(&format!("methods=nope&tags={}", "x".repeat(500))))
            .is_empty()
    );
}

/// Messages near enough to real ones to get past the first check.
fn odd_message() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just(json!(null)),
        Just(json!({})),
        Just(json!([])),
        Just(json!("list_all_acme_page")),
        Just(json!("get_single_acme_thing_by_id")),
        Just(json!({"id": "1", "limit": "x", "next_cursor": "AAAA", "fields": [1]})),
        Just(json!({VERSION: "2026-07-28", CAPABILITIES: {}})),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    let method = prop_oneof![
        Just("tools/call"),
        Just("tools/list"),
        Just("initialize"),
        Just("server/discover"),
        Just("prompts/get"),
        Just("ping"),
        Just("")
    ];
    let params = proptest::collection::btree_map(
        prop_oneof![Just("name"), Just("arguments"), Just("_meta"), Just("x")],
        value.clone(),
        0..4,
    );
    let message = (value, method, params).prop_map(|(id, method, params)| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
            .to_string()
            .into_bytes()
    });
    (message, any::<usize>(), any::<Option<u8>>()).prop_map(|(mut bytes, at, with)| {
        if let Some(with) = with {
            let at = at % bytes.len();
            bytes[at] = with;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_arrives_is_answered_in_json(body in prop_oneof![odd_message(), proptest::collection::vec(any::<u8>(), 0..64)], per_request: bool) {
        let vendor = Vendor::with_rows(3);
        let (toolset, pipeline) = (everything(), pipeline(10_000));
        let context = CallContext { account: "acc", transport: &vendor, toolset, recorder: Recorder::default(), digits: None };
        let endpoint = Endpoint { context, exposure: ToolExposure::All, pipeline: &pipeline };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if per_request {
            headers.insert("mcp-protocol-version", HeaderValue::from_static("2026-07-28"));
            headers.insert("mcp-method", HeaderValue::from_static("tools/call"));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(handle(&endpoint, &Method::POST, &headers, &Bytes::from(body)));
        prop_assert!([200, 202, 400, 404].contains(&answer.status.as_u16()));
        prop_assert!(answer.status == 202 || serde_json::from_slice::<Value>(&answer.body).is_ok());
    }
}
