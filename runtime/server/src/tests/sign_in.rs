//! Sign-in in front of servers: a client finds its way from a URL to tools, and what ends that.

use axum::body::Body;
use http::header::{AUTHORIZATION, HOST};
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::browser::Browser;
use super::harness::{ADMIN, databases};
use super::sign_in_client::{BACK, Client, ISSUER, Tokens, list, parameter};

#[tokio::test]
async fn a_client_finds_its_way_from_the_url_to_the_tools() {
    for database in databases().await {
        let test = database.start().await;
        let (_, server, url) = test.guarded().await;
        let (person, token) = test.person("Dana").await;
        let path = format!("/mcp/{url}");

        // RFC 9728 section 5.1: the challenge names the metadata.
        let asked = test.as_caller(None, Method::POST, &path, Some(&list())).await;
        assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
        assert!(asked.json()["error"]["message"].as_str().unwrap().contains("sign in"));
        let named = format!("{ISSUER}/.well-known/oauth-protected-resource{path}");
        let expected = format!("Bearer resource_metadata=\"{named}\"");
        assert_eq!(asked.headers["www-authenticate"], expected);
        let metadata = named.strip_prefix(ISSUER).unwrap();
        let metadata = test.as_caller(None, Method::GET, metadata, None).await.json();
        assert_eq!(metadata["resource"], format!("{ISSUER}{path}"));
        assert_eq!(metadata["authorization_servers"], json!([ISSUER]));
        let older = format!("/.well-known/oauth-protected-resource/sse/{url}");
        let older = test.as_caller(None, Method::GET, &older, None).await.json();
        assert_eq!(older["resource"], format!("{ISSUER}/sse/{url}"));

        // RFC 8414 section 2.
        let well_known = "/.well-known/oauth-authorization-server";
        let server_metadata = test.as_caller(None, Method::GET, well_known, None).await.json();
        assert_eq!(server_metadata["issuer"], ISSUER);
        assert_eq!(server_metadata["code_challenge_methods_supported"], json!(["S256"]));
        for (name, path) in [
            ("authorization_endpoint", "/oauth/authorize"),
            ("token_endpoint", "/oauth/token"),
            ("registration_endpoint", "/oauth/register"),
            ("revocation_endpoint", "/oauth/revoke"),
        ] {
            assert_eq!(server_metadata[name], format!("{ISSUER}{path}"));
        }

        let client = Client::at(&test, &url).await;
        let mut browser = Browser::new(&test);
        let page = browser.page(&client.asks(&[])).await;
        let led = browser.consent(&page, &[("token", &token)]).await;
        let back = led.leads_to();
        assert!(back.starts_with(&format!("{BACK}?code=")), "{back}");
        // RFC 6749 section 4.1.2 and RFC 9207 section 2.
        assert_eq!(parameter(back, "state").as_deref(), Some("st&te"));
        assert_eq!(parameter(back, "iss").as_deref(), Some(ISSUER));
        let code = parameter(back, "code").unwrap();
        let tokens = Tokens::of(&client.redeem(&code, &[("resource", &client.resource())]).await);

        let listed = client.lists(&tokens.access).await;
        assert_eq!(
            listed.json()["result"]["tools"].as_array().unwrap().len(),
            2,
            "{}",
            listed.text
        );
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_all_demo_users"}});
        test.as_caller(Some(&tokens.access), Method::POST, &path, Some(&call)).await;
        test.app.calls.flush().await;
        assert_eq!(test.get("/call-log").await.json()["result"][0]["api_token"], person);

        let acts = test.get("/audit-log?action=admission.create").await.json();
        let act = &acts["result"][0];
        assert_eq!((&act["actor"]["name"], &act["object"]["id"]), (&json!("Dana"), &json!(server)));
        assert_eq!(act["changes"]["client"]["to"], "Claude");
        assert_eq!(act["changes"]["redirect_host"]["to"], "client.example");
        // Nothing that opens anything is told or stored.
        for secret in [&url, &code, &tokens.access, &tokens.refresh, &token] {
            assert!(!acts.to_string().contains(secret.as_str()));
            let stored = database.bytes();
            assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
        }
    }
}

#[tokio::test]
async fn access_tokens_last_fifteen_minutes_and_refresh_tokens_follow_each_other() {
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let client = Client::at(&test, &url).await;
        let first = client.tokens(&token).await;
        let begun = test.clock.now();
        test.clock.set(begun.checked_add(SignedDuration::from_secs(899)).unwrap());
        assert_eq!(client.lists(&first.access).await.status, StatusCode::OK);
        test.clock.set(begun.checked_add(SignedDuration::from_secs(900)).unwrap());
        let late = client.lists(&first.access).await;
        assert_eq!(late.status, StatusCode::UNAUTHORIZED);
        assert!(
            late.headers["www-authenticate"].to_str().unwrap().ends_with("error=\"invalid_token\"")
        );

        let second = Tokens::of(&client.refresh(&first.refresh).await);
        assert!(second.refresh != first.refresh && second.access != first.access);
        assert_eq!(client.lists(&second.access).await.status, StatusCode::OK);
        // Thirty days that nobody uses it, and it is over.
        test.clock.set(begun.checked_add(SignedDuration::from_hours(31 * 24)).unwrap());
        let over = client.refresh(&second.refresh).await;
        assert_eq!(over.json()["error"], "invalid_grant", "{}", over.text);
        assert_eq!(test.app.provision.remove_ended_admissions().await.unwrap(), 1);
        // A client that nobody let in for long is forgotten as well.
        test.clock.set(begun.checked_add(SignedDuration::from_hours(91 * 24)).unwrap());
        test.app.provision.remove_ended_admissions().await.unwrap();
        assert!(test.app.provision.applicant(&client.id).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_client_that_nobody_let_in_is_forgotten_after_a_day() {
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let client = Client::at(&test, &url).await;
        let in_hours =
            |hours| test.clock.now().checked_add(SignedDuration::from_hours(hours)).unwrap();
        test.clock.set(in_hours(23));
        test.app.provision.remove_ended_admissions().await.unwrap();
        assert!(test.app.provision.applicant(&client.id).await.unwrap().is_some());
        test.clock.set(in_hours(2));
        test.app.provision.remove_ended_admissions().await.unwrap();
        let mut browser = Browser::new(&test);
        let page = browser.get(&client.asks(&[])).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.text.contains("The client is not known here"), "{}", page.text);
    }
}

#[tokio::test]
async fn what_ends_or_rests_a_server_acts_on_its_clients_at_once() {
    for database in databases().await {
        let test = database.start().await;
        let (_, token) = test.person("Dana").await;
        let refused = async |client: &Client<'_>, tokens: &Tokens, code: &str| {
            let answer = client.refresh(&tokens.refresh).await;
            assert_eq!(answer.json()["error"], code, "{}", answer.text);
        };
        let narrow = json!({"config": {"methods": ["list"], "tags": ["users"], "auth": "oauth"}});
        let (account, id, url) = test.guarded().await;
        let path = format!("/integrated-account/{account}/mcp/{id}");
        let client = Client::at(&test, &url).await;
        let tokens = client.tokens(&token).await;

        // Narrowed: the tools are the server's own.
        assert_eq!(test.patch(&path, narrow).await.status, StatusCode::OK);
        let listed = client.lists(&tokens.access).await.json();
        assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 1, "{listed}");

        // Paused: like no server, and everything goes on when it is resumed.
        test.patch(&path, json!({"paused": true})).await;
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::NOT_FOUND);
        let metadata = format!("/.well-known/oauth-protected-resource/mcp/{url}");
        assert_eq!(test.get(&metadata).await.status, StatusCode::NOT_FOUND);
        refused(&client, &tokens, "invalid_target").await;
        test.patch(&path, json!({"paused": false})).await;
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::OK);
        let tokens = Tokens::of(&client.refresh(&tokens.refresh).await);

        // Another way in: sign-in is over, and so is what it gave.
        test.patch(&path, json!({"config": {"methods": ["read"], "auth": "api_token"}})).await;
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
        refused(&client, &tokens, "invalid_target").await;
        assert_eq!(test.app.provision.remove_ended_admissions().await.unwrap(), 1);
        test.patch(&path, json!({"config": {"methods": ["read"], "auth": "oauth"}})).await;
        refused(&client, &tokens, "invalid_grant").await;
        let tokens = client.tokens(&token).await;

        // Rotated: who was let in by the old URL lasts as long as that.
        let rotated =
            test.post(&format!("{path}/rotate"), json!({"overlap_seconds": 60})).await.json();
        let new = Client {
            test: &test,
            url: rotated["token"].as_str().unwrap().to_owned(),
            id: client.id.clone(),
        };
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::OK);
        assert_eq!(new.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
        test.post(&format!("{path}/rotate"), json!({"overlap_seconds": 0})).await;
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::NOT_FOUND);
        refused(&client, &tokens, "invalid_target").await;
        assert_eq!(test.app.provision.remove_ended_admissions().await.unwrap(), 1);
        refused(&client, &tokens, "invalid_grant").await;

        // The person's API token is revoked.
        let (account, id, url) = test.guarded().await;
        let client = Client::at(&test, &url).await;
        let (person, token) = test.person("Ada").await;
        let tokens = client.tokens(&token).await;
        test.delete(&format!("/api-token/{person}")).await;
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
        refused(&client, &tokens, "invalid_grant").await;

        // It expires: before its row is removed, too.
        let body = json!({"name": "Ben", "scope": "call", "expires_at": "2026-01-01T12:05:00Z"});
        let token = test.post("/api-token", body).await.made("token");
        let tokens = client.tokens(&token).await;
        let code = client.code(&token).await;
        test.clock.set("2026-01-01T12:05:00Z".parse().unwrap());
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
        refused(&client, &tokens, "invalid_grant").await;
        let late = client.redeem(&code, &[]).await;
        assert_eq!(late.json()["error"], "invalid_grant", "{}", late.text);

        // The server expires between the code and the token.
        let (_, token) = test.person("Eve").await;
        let code = client.code(&token).await;
        test.delete(&format!("/integrated-account/{account}/mcp/{id}")).await;
        let answer = client.redeem(&code, &[]).await;
        assert_eq!(answer.json()["error"], "invalid_grant", "{}", answer.text);
    }
}

#[tokio::test]
async fn a_client_gives_its_tokens_back() {
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let client = Client::at(&test, &url).await;
        let revoke = async |token: &str, id: &str| {
            test.form("/oauth/revoke", &[("token", token), ("client_id", id)]).await
        };
        for which in ["access", "refresh"] {
            let tokens = client.tokens(&token).await;
            let given = if which == "access" { &tokens.access } else { &tokens.refresh };
            assert_eq!(revoke(given, "dbc_other").await.json()["error"], "invalid_client");
            assert_eq!(client.lists(&tokens.access).await.status, StatusCode::OK);
            assert_eq!(revoke(given, &client.id).await.status, StatusCode::OK);
            assert_eq!(client.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
            assert_eq!(client.refresh(&tokens.refresh).await.json()["error"], "invalid_grant");
            // RFC 7009 section 2.2: what is unknown is over.
            assert_eq!(revoke(given, &client.id).await.status, StatusCode::OK);
        }
        let acts = test.get("/audit-log?action=admission.end").await.json();
        assert_eq!(acts["result"].as_array().unwrap().len(), 2);
        assert_eq!(acts["result"][0]["changes"]["why"]["to"], "its client gave it back");
    }
}

#[tokio::test]
async fn any_node_goes_on_and_hears_of_an_end() {
    for database in databases().await.into_iter().filter(|one| one.url.starts_with("postgres")) {
        let (one, other) = (database.start().await, database.start().await);
        let (_, id, url) = one.guarded().await;
        let (_, token) = one.person("Dana").await;
        let here = Client::at(&one, &url).await;
        let there = Client { test: &other, url: url.clone(), id: here.id.clone() };
        let code = here.code(&token).await;
        let tokens = Tokens::of(&there.redeem(&code, &[]).await);
        assert_eq!(here.lists(&tokens.access).await.status, StatusCode::OK);
        assert_eq!(there.lists(&tokens.access).await.status, StatusCode::OK);
        let mut browser = Browser::signed_in(&one, ADMIN).await;
        let page = browser.page(&format!("/mcp-servers/{id}")).await;
        let end = page.split("/clients/").nth(1).unwrap().split('"').next().unwrap();
        let ended = browser.submit(&format!("/mcp-servers/{id}/clients/{end}"), &[]).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
        assert_eq!(here.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
        there.is_shut_out(&tokens.access).await;
        // A code that two nodes are sent at once opens one of them, and then neither.
        let code = here.code(&token).await;
        let (first, second) = tokio::join!(here.redeem(&code, &[]), there.redeem(&code, &[]));
        let good = [&first, &second].into_iter().filter(|one| one.status == StatusCode::OK);
        let good: Vec<Tokens> = good.map(Tokens::of).collect();
        assert!(good.len() <= 1, "{} {}", first.text, second.text);
        for tokens in good {
            here.is_shut_out(&tokens.access).await;
        }
    }
}

#[tokio::test]
async fn servers_say_how_they_are_opened_and_config_may_say_it_both_ways() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let metadata = async |config: &Value| {
            let (id, url) = test.server(&account, json!({"name": "x", "config": config})).await;
            let kept = test.get(&format!("/integrated-account/{account}/mcp/{id}")).await.json();
            assert_eq!(&kept["config"], config, "it comes back as it was given");
            let path = format!("/.well-known/oauth-protected-resource/mcp/{url}");
            test.as_caller(None, Method::GET, &path, None).await
        };
        for config in [
            json!({"auth": "api_token"}),
            json!({"require_api_token_auth": true}),
            json!({"auth": "API_TOKEN", "require_api_token_auth": true}),
        ] {
            let told = metadata(&config).await;
            assert!(told.violations(StatusCode::NOT_FOUND).is_empty());
            assert!(
                told.text.contains("send an API token as `Authorization: Bearer"),
                "{}",
                told.text
            );
        }
        let nobody = test.get("/.well-known/oauth-protected-resource/mcp/nobody").await;
        for config in [json!({}), json!({"auth": "url", "require_api_token_auth": false})] {
            let quiet = metadata(&config).await;
            assert_eq!((quiet.status, &quiet.text), (StatusCode::NOT_FOUND, &nobody.text));
        }
        assert_eq!(
            metadata(&json!({"auth": "oauth", "require_api_token_auth": false})).await.status,
            StatusCode::OK
        );
        for bad in [
            json!({"auth": "oauth", "require_api_token_auth": true}),
            json!({"auth": "url", "require_api_token_auth": true}),
            json!({"auth": "api_token", "require_api_token_auth": false}),
            json!({"auth": "saml"}),
            json!({"auth": null}),
            json!({"auth": true}),
        ] {
            let body = json!({"name": "x", "config": bad});
            let answer = test.post(&format!("/integrated-account/{account}/mcp"), body).await;
            assert_eq!(
                answer.violations(StatusCode::UNPROCESSABLE_ENTITY),
                ["/config/auth"],
                "{bad}"
            );
        }
        // The other paths belong to no server.
        for path in [
            "/.well-known/oauth-protected-resource",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server/mcp/x",
            "/.well-known/oauth-protected-resource/x/y",
        ] {
            assert_eq!(test.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[tokio::test]
async fn clients_are_told_how_to_sign_in_while_a_server_asks_for_it() {
    for database in databases().await {
        let test = database.start().await;
        let told = async || {
            let path = "/.well-known/oauth-authorization-server";
            test.as_caller(None, Method::GET, path, None).await.status
        };
        let account = test.account().await;
        test.server(&account, json!({"name": "x"})).await;
        assert_eq!(told().await, StatusCode::NOT_FOUND);
        let config = json!({"auth": "OAuth"});
        let (id, _) = test.server(&account, json!({"name": "x", "config": config})).await;
        assert_eq!(told().await, StatusCode::OK);
        let path = format!("/integrated-account/{account}/mcp/{id}");
        test.patch(&path, json!({"config": {"auth": "url"}})).await;
        assert_eq!(told().await, StatusCode::NOT_FOUND);
        test.patch(&path, json!({"config": config, "expires_at": "2026-01-01T13:00:00Z"})).await;
        assert_eq!(told().await, StatusCode::OK);
        test.clock.set("2026-01-01T13:00:00Z".parse().unwrap());
        assert_eq!(told().await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn pages_of_origins_that_may_come_in_read_the_answers() {
    for database in databases().await {
        let test = database.start().await;
        for path in [
            "/oauth/token",
            "/oauth/register",
            "/oauth/revoke",
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-protected-resource/mcp/x",
        ] {
            for (origin, status) in [
                ("http://localhost:6274", StatusCode::NO_CONTENT),
                ("https://evil.example", StatusCode::FORBIDDEN),
            ] {
                let request = Request::builder()
                    .method(Method::OPTIONS)
                    .uri(path)
                    .header(HOST, "localhost:8484")
                    .header("origin", origin)
                    .header("access-control-request-method", "POST");
                let answer = test.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, status, "{path} {origin}");
                let allowed = answer.headers.get("access-control-allow-origin");
                assert_eq!(
                    allowed.is_some_and(|allowed| allowed == origin),
                    status == StatusCode::NO_CONTENT
                );
            }
        }
        // The page that asks a person is for no other page.
        let request = Request::builder()
            .method(Method::GET)
            .uri("/oauth/authorize")
            .header(HOST, "localhost:8484")
            .header("origin", "http://localhost:6274")
            .header(AUTHORIZATION, "Bearer x");
        let answer = test.send(request.body(Body::empty()).unwrap()).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}
