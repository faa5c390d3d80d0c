//! Who comes in, and what every answer carries.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use http::{Method, Request, StatusCode};
use serde_json::json;

use super::harness::{ADMIN, databases};

#[tokio::test]
async fn foreign_hosts_and_origins_are_turned_away() {
    let database = databases().await.remove(0);
    let test = database.start().await;
    let send = async |host: &str, origin: Option<&str>, path: &str| {
        let mut request = Request::builder()
            .uri(path)
            .header(HOST, host)
            .header(AUTHORIZATION, format!("Bearer {ADMIN}"));
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        test.send(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(
        send("localhost:1", Some("http://localhost:3"), "/integration").await,
        StatusCode::OK
    );
    assert_eq!(send("evil.example", None, "/integration").await, StatusCode::FORBIDDEN);
    assert_eq!(
        send("localhost", Some("http://evil.example"), "/integration").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(send("localhost", Some("null"), "/integration").await, StatusCode::FORBIDDEN);
    assert_eq!(send("10.0.0.7", None, "/healthz").await, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_keeps_its_address_to_itself() {
    let database = databases().await.remove(0);
    let test = database.start().await;
    for path in
        ["/healthz", "/integration", "/nowhere", "/.well-known/oauth-protected-resource/mcp/x"]
    {
        let answer = test.get(path).await;
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
    assert_eq!(test.get("/.well-known/openid-configuration").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bodies_that_are_not_json_are_refused_with_a_problem() {
    let database = databases().await.remove(0);
    let test = database.start().await;
    let send = async |kind: Option<&str>, body: String| {
        let mut request =
            Request::builder().method(Method::POST).uri("/api-token").header(HOST, "localhost");
        request = request.header(AUTHORIZATION, format!("Bearer {ADMIN}"));
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let answer = test.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json");
        answer.status
    };
    let good = json!({"name": "x", "scope": "call"}).to_string();
    assert_eq!(send(None, good.clone()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(send(Some("text/plain"), good).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for bad in ["", "{", "{\"name\":}", "\u{0}", &"[".repeat(10_000)] {
        assert_eq!(
            send(Some("application/json; charset=utf-8"), bad.to_owned()).await,
            StatusCode::BAD_REQUEST
        );
    }
    assert_eq!(
        send(Some("application/json"), format!("\"{}\"", "x".repeat(300_000))).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        test.patch("/api-token", json!({})).await.violations(StatusCode::METHOD_NOT_ALLOWED),
        [""; 0]
    );
}
