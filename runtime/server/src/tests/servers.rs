//! MCP servers over HTTP.

use axum::response::IntoResponse;
use http::StatusCode;
use serde_json::json;

use super::harness::{account_body, databases};
use crate::admin::Problem;
use crate::provision::{AccountId, Actor, NewApiToken, ObjectLimits};

#[tokio::test]
async fn a_server_is_made_as_truto_makes_it() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let config = json!({"methods": ["read", "write"], "tags": ["Things"], "require_api_token_auth": false, "tool_exposure": "all"});
        let body = json!({"name": "Agent", "config": config, "expires_at": "2026-12-31T23:59:59Z"});
        let made = test.post(&format!("/integrated-account/{account}/mcp"), body).await;
        let (id, token) = (made.made("id"), made.made("token"));
        let server = made.json();
        assert!(id.starts_with("mcp_"));
        assert_eq!(token.len(), 43);
        assert_eq!(server["url"], format!("http://localhost:8484/mcp/{token}"));
        assert_eq!(server["integrated_account_id"], account);
        assert_eq!(server["config"], config);
        assert_eq!(server["expires_at"], "2026-12-31T23:59:59Z");
        assert_eq!(server["created_at"], server["updated_at"]);

        let path = format!("/integrated-account/{account}/mcp/{id}");
        let shown = test.get(&path).await.json();
        assert_eq!((shown.get("token"), shown.get("url")), (None, None));
        assert_eq!(shown["config"], config);
        let list = test.get(&format!("/integrated-account/{account}/mcp")).await.json();
        assert_eq!(list, json!({"result": [shown], "next_cursor": null}));

        let changed = test
            .patch(&path, json!({"config": {"methods": ["get", "list"]}, "expires_at": null}))
            .await
            .json();
        assert_eq!(changed["config"], json!({"methods": ["get", "list"]}));
        assert_eq!(changed["expires_at"], json!(null));
        assert_eq!(changed["name"], "Agent");

        assert_eq!(test.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(test.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(test.app.directory.resolve(&token).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_bare_server_never_expires_and_exposes_everything() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let server = test
            .post(&format!("/integrated-account/{account}/mcp"), json!({"name": "Agent"}))
            .await
            .json();
        assert_eq!((&server["config"], &server["expires_at"]), (&json!({}), &json!(null)));
    }
}

#[tokio::test]
async fn everything_wrong_with_a_server_is_named() {
    for database in databases().await {
        let test = database.start().await;
        let path = format!("/integrated-account/{}/mcp", test.account().await);
        let cases = [
            (json!({}), vec!["/name"]),
            (json!({"name": "x", "config": []}), vec!["/config"]),
            (json!({"name": "x", "config": {"methods": "read"}}), vec!["/config/methods"]),
            (
                json!({"name": "x", "config": {"methods": ["reed", 7], "tags": ["x"]}}),
                vec!["/config/methods/1", "/config/methods/0", "/config/tags/0"],
            ),
            (json!({"name": "x", "config": {"method": ["read"]}}), vec!["/config/method"]),
            (
                json!({"name": "x", "config": {"methods": ["custom"], "tags": ["users"]}}),
                vec!["/config"],
            ),
            (
                json!({"name": "x", "config": {"tool_exposure": "some"}}),
                vec!["/config/tool_exposure"],
            ),
            (
                json!({"name": "x", "config": {"require_api_token_auth": "yes"}}),
                vec!["/config/require_api_token_auth"],
            ),
            (json!({"name": "x", "expires_at": "2026-01-01T12:00:00Z"}), vec!["/expires_at"]),
            (json!({"name": "x", "expires_at": "soon"}), vec!["/expires_at"]),
            (json!({"name": "x", "expires_at": 1}), vec!["/expires_at"]),
            (
                json!({"nam": "x", "config": {"methods": ["reed"]}}),
                vec!["/name", "/nam", "/config/methods/0"],
            ),
        ];
        for (body, expected) in cases {
            let answer = test.post(&path, body.clone()).await;
            assert_eq!(answer.violations(StatusCode::UNPROCESSABLE_ENTITY), expected, "{body}");
        }
        let nowhere = "/integrated-account/acc_000000000000000000000000/mcp";
        assert_eq!(test.post(nowhere, json!({"name": "x"})).await.status, StatusCode::NOT_FOUND);
        assert_eq!(test.get(nowhere).await.status, StatusCode::NOT_FOUND);
        assert_eq!(test.get("/integrated-account/..%2f/mcp").await.status, StatusCode::NOT_FOUND);
        assert_eq!(test.get("/integrated-account/%FF/mcp").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_config_that_exposes_nothing_says_why() {
    for database in databases().await {
        let test = database.start().await;
        let path = format!("/integrated-account/{}/mcp", test.account().await);
        let answer = test
            .post(&path, json!({"name": "x", "config": {"methods": ["custom"], "tags": ["users"]}}))
            .await;
        let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("no tool"), "{detail}");
    }
}

#[tokio::test]
async fn expiry_is_exact_and_alike_to_never_having_been() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (id, token) =
            test.server(&account, json!({"name": "x", "expires_at": "2026-01-01T12:00:10Z"})).await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        test.clock.set("2026-01-01T12:00:09.999999Z".parse().unwrap());
        assert!(test.app.directory.resolve(&token).await.unwrap().is_some());
        assert_eq!(test.get(&path).await.status, StatusCode::OK);
        test.clock.set("2026-01-01T12:00:10Z".parse().unwrap());
        assert!(test.app.directory.resolve(&token).await.unwrap().is_none());
        for answer in [
            test.get(&path).await,
            test.patch(&path, json!({"expires_at": null})).await,
            test.delete(&path).await,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(
            test.get(&format!("/integrated-account/{account}/mcp")).await.json()["result"],
            json!([])
        );
    }
}

#[tokio::test]
async fn an_account_takes_its_servers_with_it() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (_, token) = test.server(&account, json!({"name": "x"})).await;
        assert!(test.app.directory.resolve(&token).await.unwrap().is_some());
        assert_eq!(
            test.delete(&format!("/integrated-account/{account}")).await.status,
            StatusCode::NO_CONTENT
        );
        assert!(test.app.directory.resolve(&token).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn everything_wrong_with_a_change_is_said_at_once() {
    let database = databases().await.remove(0);
    let test = database.start().await;
    let account = test.account().await;
    let (id, _) = test.server(&account, json!({"name": "x"})).await;
    let body = json!({"name": "", "config": {"methods": ["reed"]}, "nmae": 1});
    let answer = test.patch(&format!("/integrated-account/{account}/mcp/{id}"), body).await;
    assert_eq!(
        answer.violations(StatusCode::UNPROCESSABLE_ENTITY),
        ["/name", "/nmae", "/config/methods/0"]
    );
}

#[tokio::test]
async fn there_is_room_for_so_many_and_no_more() {
    for database in databases().await {
        let test = database.start().await;
        let account = AccountId::parse(&test.account().await).unwrap();
        let by = Actor::configured();
        let limits = ObjectLimits { accounts: 1, servers_of_account: 2, api_tokens: 1 };
        let provision = test.app.provision.clone().with_limits(limits);
        let create = async || {
            let new = provision.read_new_server(json!({"name": "x"})).unwrap();
            provision.create_server(&account, new, &by).await.map(|(server, _)| server.id)
        };
        let first = create().await.unwrap();
        create().await.unwrap();
        for _ in 0..2 {
            let refused = create().await.unwrap_err();
            assert_eq!(
                refused.to_string(),
                "there are 2 MCP servers of this account; delete some first, or let them expire"
            );
            assert_eq!(Problem::from(refused).into_response().status(), StatusCode::CONFLICT);
        }
        provision.delete_server(&account, &first, &by).await.unwrap();
        create().await.unwrap();
        let another = provision.read_new_account(account_body()).unwrap();
        assert!(
            provision
                .create_account(another, &by)
                .await
                .unwrap_err()
                .to_string()
                .contains("1 accounts")
        );
        provision.create_api_token(NewApiToken::first(), &by).await.unwrap();
        assert!(provision.create_api_token(NewApiToken::first(), &by).await.is_err());
    }
}
