//! API tokens over HTTP.

use http::{Method, StatusCode};
use serde_json::json;

use super::harness::databases;

#[tokio::test]
async fn a_token_opens_what_its_scope_says_until_it_is_revoked() {
    for database in databases().await {
        let test = database.start().await;
        let made = test.post("/api-token", json!({"name": "ci", "scope": "admin"})).await;
        let (id, token) = (made.made("id"), made.made("token"));
        assert!(id.starts_with("tok_"));
        let list = test.get("/api-token").await.json();
        assert_eq!(list["result"][0]["id"], id);
        assert_eq!(list["result"][0].get("token"), None);

        let get = async |token: Option<&str>| {
            test.as_caller(token, Method::GET, "/integrated-account", None).await
        };
        assert_eq!(get(Some(&token)).await.status, StatusCode::OK);
        let call =
            test.post("/api-token", json!({"name": "agent", "scope": "call"})).await.made("token");
        assert_eq!(get(Some(&call)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(test.delete(&format!("/api-token/{id}")).await.status, StatusCode::NO_CONTENT);
        assert_eq!(test.delete(&format!("/api-token/{id}")).await.status, StatusCode::NOT_FOUND);
        for wrong in [None, Some("nonsense"), Some(token.as_str())] {
            let answer = get(wrong).await;
            answer.violations(StatusCode::UNAUTHORIZED);
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        }
    }
}

#[tokio::test]
async fn a_token_expires_to_the_second() {
    for database in databases().await {
        let test = database.start().await;
        let token = test
            .post(
                "/api-token",
                json!({"name": "x", "scope": "admin", "expires_at": "2026-01-01T12:00:05Z"}),
            )
            .await
            .made("token");
        let status =
            async || test.as_caller(Some(&token), Method::GET, "/api-token", None).await.status;
        assert_eq!(status().await, StatusCode::OK);
        test.clock.set("2026-01-01T12:00:05Z".parse().unwrap());
        assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn everything_wrong_with_a_token_is_named() {
    for database in databases().await {
        let test = database.start().await;
        let violations = async |body| {
            test.post("/api-token", body).await.violations(StatusCode::UNPROCESSABLE_ENTITY)
        };
        assert_eq!(violations(json!({})).await, ["/name", "/scope"]);
        assert_eq!(
            violations(json!({"name": "x", "scope": "root", "x": 1})).await,
            ["/scope", "/x"]
        );
        assert_eq!(
            violations(json!({"name": "x", "scope": "call", "expires_at": "2025-01-01T00:00:00Z"}))
                .await,
            ["/expires_at"]
        );
    }
}
