//! Every route of the admin API with good and bad input.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::http::{Admin, send};
use crate::wait::eventually;

#[tokio::test]
async fn no_route_opens_without_a_token() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let mut stranger = app.admin().clone();
    stranger.token = "wrong".to_owned();
    for (method, path) in routes(&account) {
        for answer in [
            stranger.call(method.clone(), &path, None).await,
            send(method.clone(), &app.url(&path), &[], None).await.unwrap(),
        ] {
            answer.expect_problem(401);
            assert!(answer.header("www-authenticate").is_some(), "{method} {path}");
        }
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            send(Method::GET, &app.url(path), &[], None).await.unwrap().status,
            200,
            "{path}"
        );
    }
}

fn routes(account: &str) -> Vec<(Method, String)> {
    let at = |rest: &str| format!("/integrated-account/{account}{rest}");
    vec![
        (Method::GET, "/integration".to_owned()),
        (Method::GET, "/integration/ironclad/tools".to_owned()),
        (Method::GET, "/integrated-account".to_owned()),
        (Method::POST, "/integrated-account".to_owned()),
        (Method::GET, at("")),
        (Method::PATCH, at("")),
        (Method::DELETE, at("")),
        (Method::POST, at("/test")),
        (Method::GET, at("/connect")),
        (Method::GET, at("/mcp")),
        (Method::POST, at("/mcp")),
        (Method::GET, at("/mcp/mcp_x")),
        (Method::PATCH, at("/mcp/mcp_x")),
        (Method::DELETE, at("/mcp/mcp_x")),
        (Method::GET, at("/tools")),
        (Method::POST, at("/tools/list_all_ironclad_workflows")),
        (Method::GET, "/api-token".to_owned()),
        (Method::POST, "/api-token".to_owned()),
        (Method::DELETE, "/api-token/tok_x".to_owned()),
        (Method::GET, "/call-log".to_owned()),
    ]
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let admin = app.admin();
    for path in [
        "/integrated-account/nope",
        "/integration/nope/tools",
        "/nowhere",
        &format!("/integrated-account/{account}/mcp/mcp_nope"),
    ] {
        admin.get(path).await.expect_problem(404);
    }
    admin.delete("/integrated-account/nope").await.expect_problem(404);
    admin.delete("/api-token/nope").await.expect_problem(404);
    admin.patch("/integrated-account/nope", &json!({"name": "x"})).await.expect_problem(404);
    admin
        .post("/integrated-account/nope/mcp", &json!({"name": "x", "config": {}}))
        .await
        .expect_problem(404);
    assert_eq!(admin.call(Method::PUT, "/integration", None).await.status, 405);
}

#[tokio::test]
async fn accounts_live_and_die() {
    let app = TestApp::start().await;
    let admin = app.admin();
    let integrations = admin.get("/integration").await.expect(200).to_string();
    assert!(integrations.contains("ironclad") && integrations.contains("torii"), "{integrations}");
    let body = json!({"integration": "torii", "name": "T", "credentials": {"type": "bearer", "token": "torii-key-of-nobody"}});
    let made = admin.post("/integrated-account", &body).await.expect(201);
    app.keep_secret("torii-key-of-nobody");
    assert!(app.sandbox.requests().is_empty(), "creating makes no upstream call");
    let path = format!("/integrated-account/{}", made["id"].as_str().unwrap());
    assert_eq!(
        (&made["status"], &made["name"], &made["integration"]),
        (&json!("active"), &json!("T"), &json!("torii"))
    );
    assert!(made["created_at"].is_string() && made["updated_at"].is_string(), "{made}");
    assert_eq!(admin.get(&path).await.expect(200), made);
    assert_eq!(
        admin.patch(&path, &json!({"name": "Renamed"})).await.expect(200)["name"],
        "Renamed"
    );
    let list = admin.get("/integrated-account").await.expect(200);
    assert!(list["result"].as_array().unwrap().iter().any(|row| row["id"] == made["id"]), "{list}");
    admin.delete(&path).await.expect(204);
    admin.get(&path).await.expect_problem(404);
}

#[tokio::test]
async fn bad_accounts_are_refused_field_by_field() {
    let app = TestApp::start().await;
    let good = json!({"integration": "ironclad", "name": "A", "region": "eu1", "credentials": {"type": "bearer", "token": "tkn-0001"}});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (body, field) in [
        (with("integration", json!("salesforce")), "integration"),
        (with("name", json!("")), "name"),
        (with("name", json!(7)), "name"),
        (with("region", json!("mars")), "region"),
        (with("base_url", json!("http://127.0.0.1:1")), "base_url"),
        (with("base_url", json!("https://evil.example")), "base_url"),
        (with("base_url", json!("https://169.254.169.254")), "base_url"),
        (with("credentials", json!({"type": "bearer"})), "token"),
        (with("credentials", json!({"type": "kerberos"})), "type"),
        (with("credentials", json!({"type": "bearer", "token": "a\nb"})), "token"),
        (
            with("credentials", json!({"type": "bearer", "token": "x", "scim_token": "y"})),
            "scim_token",
        ),
        (with("credentials", json!("secret")), "credentials"),
        (with("nmae", json!("x")), "nmae"),
    ] {
        let problem = app.admin().post("/integrated-account", &body).await.expect_problem(422);
        assert!(problem.to_string().contains(field), "{field}: {problem}");
    }
    let problem =
        app.admin().post("/integrated-account", &json!({})).await.expect_problem(422).to_string();
    for field in ["integration", "name", "credentials"] {
        assert!(problem.contains(field), "all at once: {problem}");
    }
    let headers = [
        ("authorization", &*format!("Bearer {}", app.admin().token)),
        ("content-type", "application/json"),
    ]
    .map(|(a, b)| (a, b.to_owned()));
    for (body, status) in [("{", 400), ("", 400), ("[]", 422)] {
        let borrowed: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer =
            send(Method::POST, &app.url("/integrated-account"), &borrowed, Some(body.into()))
                .await
                .unwrap();
        answer.expect_problem(status);
    }
    app.admin().post("/integrated-account", &good).await.expect(201);
}

#[tokio::test]
async fn servers_come_back_as_given() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let path = format!("/integrated-account/{account}/mcp");
    let config = json!({"methods": ["read", "write"], "tags": ["workflows", "users"], "require_api_token_auth": false, "tool_exposure": "all"});
    let body = json!({"name": "Ironclad Legal Ops Agent", "config": config, "expires_at": "2036-12-31T23:59:59Z"});
    let mut made = app.admin().post(&path, &body).await.expect(201);
    assert_eq!((&made["config"], &made["integrated_account_id"]), (&config, &json!(account)));
    assert_eq!(made["expires_at"], "2036-12-31T23:59:59Z");
    app.keep_secret(made["token"].as_str().unwrap());
    let own = format!("{path}/{}", made["id"].as_str().unwrap());
    for member in ["token", "url"] {
        made.as_object_mut().unwrap().shift_remove(member);
    }
    let shown = app.admin().get(&own).await.expect(200);
    for (name, value) in made.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    let changed =
        app.admin().patch(&own, &json!({"name": "Renamed", "expires_at": null})).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["expires_at"], &changed["config"]),
        (&json!("Renamed"), &Value::Null, &config)
    );
    for bad in [
        json!({"nmae": "x"}),
        json!({"name": ""}),
        json!({"config": {"methods": ["reed"]}}),
        json!({"expires_at": "2020-01-01T00:00:00Z"}),
    ] {
        app.admin().patch(&own, &bad).await.expect_problem(422);
    }
    let torii = app.account("torii").await;
    app.admin()
        .get(&format!("/integrated-account/{torii}/mcp/{}", made["id"].as_str().unwrap()))
        .await
        .expect_problem(404);
    app.admin().delete(&own).await.expect(204);
    app.admin().delete(&own).await.expect_problem(404);
}

#[tokio::test]
async fn lists_continue_until_everything_was_seen_once() {
    let app = TestApp::start().await;
    let account = app.account("ironclad").await;
    let path = format!("/integrated-account/{account}/mcp");
    for number in 0..11 {
        app.server_of(&account, &json!({"name": format!("s{number}"), "config": {}})).await;
    }
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = app.admin().get(&format!("{path}?limit=4{next}")).await.expect(200);
        let rows = page["result"].as_array().unwrap();
        assert!(rows.len() <= 4);
        seen.extend(rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&next_cursor={cursor}"),
            None => break,
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 11);
    for query in ["limit=0", "limit=x", "next_cursor=garbage", "limitt=4"] {
        app.admin().get(&format!("{path}?{query}")).await.expect_problem(400);
    }
}

#[tokio::test]
async fn the_call_log_knows_who_called_what_and_no_bodies() {
    let app = TestApp::start().await;
    let mcp = app.ironclad().await;
    mcp.call(
        "list_all_ironclad_users",
        &json!({"filter": "userName eq \"canary-argument@example.com\""}),
    )
    .await;
    mcp.call("get_single_ironclad_workflow_by_id", &json!({"id": "5f0375c4cdc1927c5c8c0000"}))
        .await;
    let entries = log_of(app.admin(), &mcp.server_id, 2).await;
    let text = entries.to_string();
    assert!(text.contains("list_all_ironclad_users") && text.contains("404"), "{text}");
    assert!(!text.contains("canary-argument"), "{text}");
    let one = app.admin().get("/call-log?tool=list_all_ironclad_users").await.expect(200);
    assert_eq!(one["result"].as_array().unwrap().len(), 1);
    app.admin().get("/call-log?since=yesterday").await.expect_problem(400);
}

/// The log is written in batches, off the call path.
async fn log_of(admin: &Admin, server: &str, count: usize) -> Value {
    eventually(Duration::from_secs(10), "the calls never appear in the log", async || {
        let log = admin.get(&format!("/call-log?server={server}")).await.expect(200);
        let whole = log["result"].as_array().unwrap().len() >= count;
        whole.then(|| log["result"].clone())
    })
    .await
}

#[tokio::test]
async fn an_account_can_be_tried() {
    let app = TestApp::start().await;
    for api in ["ironclad", "torii"] {
        let account = app.account(api).await;
        app.sandbox.control().clear_requests();
        let tried = app
            .admin()
            .post(&format!("/integrated-account/{account}/test"), &json!({}))
            .await
            .expect(200);
        assert_eq!(tried["ok"], true, "{tried}");
        assert_eq!(app.sandbox.requests().len(), 1, "one cheap call");
    }
}

#[tokio::test]
async fn the_api_describes_itself() {
    let app = TestApp::start().await;
    let document = app.admin().get("/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/integration",
        "/integration/{api}/tools",
        "/integrated-account",
        "/integrated-account/{id}",
        "/integrated-account/{id}/test",
        "/integrated-account/{id}/mcp",
        "/integrated-account/{id}/mcp/{server_id}",
        "/integrated-account/{id}/tools",
        "/integrated-account/{id}/tools/{tool}",
        "/api-token",
        "/api-token/{id}",
        "/call-log",
    ] {
        assert!(
            paths.contains_key(path),
            "{path} is not described: {:?}",
            paths.keys().collect::<Vec<_>>()
        );
    }
}
