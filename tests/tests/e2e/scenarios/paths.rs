//! Path arguments never leave their segment, and no argument reaches another place of the request.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::app::{Setup, TestApp};
use crate::mcp::Mcp;

const HOSTILE: [&str; 22] = [
    "../users",
    "..",
    ".",
    "a/b",
    "a?b=c",
    "a#b",
    "%2e%2e",
    "%2e%2e/x",
    "..%2f",
    "//evil.example",
    "http://evil.example/",
    "a;b",
    "\\..\\",
    "a\u{0}b",
    "a\r\nX-Injected: 1",
    "a b",
    "é",
    "\u{202e}x",
    "{id}",
    "a&b=c",
    "+",
    "💥",
];

fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Sends `value` as the path argument and asserts that it arrived as one segment, or nowhere.
async fn stays_in_its_segment(app: &TestApp, mcp: &Mcp, value: &str) {
    app.sandbox.control().clear_requests();
    let called = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": value})).await;
    let seen = app.sandbox.requests();
    assert!(called.is_error(), "{value:?} finds nothing: {}", called.result);
    let Some(seen) = seen.first() else {
        called.failure("invalid_arguments");
        return;
    };
    assert_eq!(app.sandbox.requests().len(), 1);
    let segments: Vec<&str> = seen.path.split('/').collect();
    assert_eq!(
        segments[..5],
        ["", "public", "api", "v1", "workflows"],
        "{value:?} became {}",
        seen.path
    );
    assert_eq!(segments.len(), 6, "{value:?} became {}", seen.path);
    assert_eq!(decoded(segments[5]), value);
    assert_eq!(seen.query, "");
    assert_eq!(seen.header("x-injected"), None);
    assert_eq!(seen.header("host"), Some(app.upstream.as_str()));
}

#[tokio::test]
async fn hostile_path_arguments_stay_in_their_segment() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    for value in HOSTILE {
        stays_in_its_segment(&app, &mcp, value).await;
    }
    stays_in_its_segment(&app, &mcp, &"x".repeat(4096)).await;
}

#[tokio::test]
async fn dots_and_nothing_are_refused_before_sending() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    for value in ["", ".", ".."] {
        let called = mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": value})).await;
        called.failure("invalid_arguments");
    }
    assert!(app.sandbox.requests().is_empty());
}

#[tokio::test]
async fn query_arguments_stay_in_their_parameter() {
    let app = Setup::default().requests_may_differ_from_the_document().start().await;
    let mcp = app.torii().await;
    for value in HOSTILE.into_iter().chain(["x&size=1", "a=b", "x%26y"]) {
        app.sandbox.control().clear_requests();
        mcp.call("list_all_torii_users", &json!({"email": value, "limit": 5})).await;
        let Some(seen) = app.sandbox.requests().pop() else { continue };
        assert_eq!(seen.path, "/v1.0/users");
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(seen.query.as_bytes()).into_owned().collect();
        let mails: Vec<&str> = pairs
            .iter()
            .filter(|(name, _)| name == "email")
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(mails, [value], "{}", seen.query);
        assert!(pairs.len() <= 3, "{}", seen.query);
        assert_eq!(seen.header("x-injected"), None);
    }
}

#[tokio::test]
async fn what_the_caller_sends_in_headers_stays_here() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "list_all_ironclad_workflows", "arguments": {"limit": 1}}});
    let headers = [
        ("authorization", "Bearer canary-of-the-caller"),
        ("cookie", "canary-of-the-caller=1"),
        ("x-as-user-email", "canary-of-the-caller@example.com"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-canary", "canary-of-the-caller"),
    ];
    mcp.post_with(&message, &headers).await.expect(200);
    let seen = app.sandbox.requests().pop().expect("a request arrived");
    let everything = format!("{:?}", seen.headers);
    assert!(!everything.contains("canary") && !everything.contains("203.0.113.9"), "{everything}");
    assert!(!everything.contains(&mcp.token), "the URL token goes nowhere");
}

#[tokio::test]
async fn any_text_stays_in_its_segment() {
    let app = Setup::default().sandbox(|options| options.rate_limits = false).start().await;
    let mcp = app.ironclad().await;
    let mut runner = TestRunner::deterministic();
    let texts = string_regex("(\\PC|[./?#%&;\\\\\\x00-\\x1f]){1,16}").unwrap();
    for _ in 0..200 {
        let value = texts.new_tree(&mut runner).unwrap().current();
        stays_in_its_segment(&app, &mcp, &value).await;
    }
}

#[tokio::test]
async fn an_answer_sends_nothing_to_another_host() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    for path in ["/elsewhere", "/public/api/v1/workflows"] {
        let location = format!("http://{}{path}", elsewhere.local_addr().unwrap());
        for status in [301, 302, 303, 307, 308] {
            let fault = sandbox::Fault::Status {
                status,
                body: Value::Null,
                headers: vec![("location".into(), location.clone())],
            };
            app.sandbox.control().fault("/public/api/v1/workflows", 1, fault);
            mcp.call("list_all_ironclad_workflows", &json!({})).await;
        }
    }
    assert_eq!(
        elsewhere.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "a redirect was followed"
    );
    assert_eq!(app.sandbox.requests().len(), 10);
}
