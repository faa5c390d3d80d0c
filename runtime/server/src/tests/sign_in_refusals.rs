//! What the sign-in refuses, each with the error of the RFC that rules it, and nothing stored.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::browser::Browser;
use super::harness::{TestApp, databases};
use super::sign_in_client::{BACK, Client, ISSUER, Tokens, VERIFIER, challenge, list, parameter};

/// How many rows there are of applicants and admissions.
async fn stored(test: &TestApp, server: &str) -> (i64, i64) {
    let store = test.app.provision.store();
    let applicants = store.number_of_applicants().await.unwrap();
    (applicants, store.number_of_admissions(server).await.unwrap())
}

#[tokio::test]
async fn a_request_whose_way_back_is_not_known_is_answered_with_a_page() {
    for database in databases().await {
        let test = database.start().await;
        let (account, server, url) = test.guarded().await;
        let (_, open) = test.server(&account, json!({"name": "open"})).await;
        let client = Client::at(&test, &url).await;
        let before = stored(&test, &server).await;
        let mut browser = Browser::new(&test);
        let elsewhere = format!("https://evil.example/mcp/{url}");
        let (open, below) = (format!("{ISSUER}/mcp/{open}"), format!("{ISSUER}/mcp/{url}/x"));
        for (rule, changed) in [
            (
                "RFC 6749 3.1.2.4: an unregistered redirect",
                ("redirect_uri", "https://evil.example/cb"),
            ),
            ("RFC 9700 4.1.3: a prefix", ("redirect_uri", "https://client.example/cb/../x")),
            (
                "RFC 9700 4.1.3: a longer host",
                ("redirect_uri", "https://client.example.evil.example/cb"),
            ),
            (
                "RFC 9700 4.1.3: userinfo",
                ("redirect_uri", "https://client.example@evil.example/cb"),
            ),
            ("RFC 9700 4.1.3: a port", ("redirect_uri", "https://client.example:8443/cb")),
            ("RFC 9700 4.1.3: case", ("redirect_uri", "https://client.example/CB")),
            ("RFC 9700 4.1.3: case of the scheme", ("redirect_uri", "HTTPS://client.example/cb")),
            ("RFC 6749 3.1.2: a fragment", ("redirect_uri", "https://client.example/cb#x")),
            ("RFC 8252 8.4: a custom scheme", ("redirect_uri", "client://cb")),
            ("a scheme that runs", ("redirect_uri", "javascript:alert(1)")),
            ("no redirect", ("redirect_uri", "")),
            ("RFC 6749 4.1.2.1: an unknown client", ("client_id", "dbc_000000000000000000000000")),
            ("no client", ("client_id", "")),
            ("a document on a private host", ("client_id", "https://127.0.0.1/client.json")),
            ("a document in plain http", ("client_id", "http://client.example/client.json")),
            ("RFC 8707 2: no resource", ("resource", "")),
            ("RFC 8707 2: another host's resource", ("resource", &elsewhere)),
            ("RFC 8707 2: a resource below", ("resource", &below)),
            ("RFC 8707 2: a server without sign-in", ("resource", &open)),
            ("RFC 8707 2: an unknown server", ("resource", "http://localhost:8484/mcp/unknown")),
            ("a state without end", ("state", &"x".repeat(5_000))),
        ] {
            let answer = browser.get(&client.asks(&[changed])).await;
            assert!(answer.status.is_client_error(), "{rule}: {}", answer.status);
            assert!(!answer.headers.contains_key("location"), "{rule}");
            assert!(!answer.text.contains("evil.example") && !answer.text.contains(&url), "{rule}");
            assert!(answer.text.contains("<h1>"), "{rule}: {}", answer.text);
        }
        let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", client.asks(&[]));
        let answer = browser.get(&twice).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "RFC 6749 3.1: given twice");
        let many = format!(
            "{}&{}",
            client.asks(&[]),
            (0..50).map(|n| format!("x{n}=1")).collect::<Vec<_>>().join("&")
        );
        assert_eq!(browser.get(&many).await.status, StatusCode::BAD_REQUEST, "too many parameters");
        assert_eq!(stored(&test, &server).await, before);
    }
}

#[tokio::test]
async fn a_request_with_a_known_way_back_is_answered_there() {
    for database in databases().await {
        let test = database.start().await;
        let (_, server, url) = test.guarded().await;
        let client = Client::at(&test, &url).await;
        let before = stored(&test, &server).await;
        let mut browser = Browser::new(&test);
        let verifier = VERIFIER;
        for (rule, changed, error) in [
            ("RFC 7636 4.4.1: no challenge", ("code_challenge", ""), "invalid_request"),
            ("RFC 7636 4.2: a short challenge", ("code_challenge", "abc"), "invalid_request"),
            ("RFC 7636 4.2: no base64url", ("code_challenge", &"=".repeat(43)), "invalid_request"),
            ("RFC 7636 4.3: plain", ("code_challenge_method", "plain"), "invalid_request"),
            (
                "RFC 7636 4.3: no method means plain",
                ("code_challenge_method", ""),
                "invalid_request",
            ),
            ("RFC 7636 4.2: the verifier itself", ("code_challenge", verifier), "invalid_request"),
            (
                "RFC 6749 4.1.2.1: another type",
                ("response_type", "token"),
                "unsupported_response_type",
            ),
            ("RFC 6749 3.1.1: no type", ("response_type", ""), "invalid_request"),
        ] {
            let answer = browser.get(&client.asks(&[changed])).await;
            let back = answer.leads_to();
            assert!(back.starts_with(&format!("{BACK}?error=")), "{rule}: {back}");
            assert_eq!(parameter(back, "error").as_deref(), Some(error), "{rule}");
            assert_eq!(parameter(back, "state").as_deref(), Some("st&te"), "{rule}");
            // RFC 9207 section 2: errors too say who answers.
            assert_eq!(parameter(back, "iss").as_deref(), Some(ISSUER), "{rule}");
            assert!(parameter(back, "code").is_none(), "{rule}");
        }
        assert_eq!(stored(&test, &server).await, before);
    }
}

#[tokio::test]
async fn a_code_opens_what_it_was_given_for_and_once() {
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let (_, _, other_url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let client = Client::at(&test, &url).await;
        let other = Client::at(&test, &other_url).await;
        let code = client.code(&token).await;
        let (resource, long) = (other.resource(), "x".repeat(129));
        for (rule, changed, error) in [
            ("RFC 6749 4.1.3: another client", ("client_id", other.id.as_str()), "invalid_grant"),
            (
                "RFC 6749 4.1.3: another redirect",
                ("redirect_uri", "https://client.example/cb2"),
                "invalid_grant",
            ),
            ("RFC 6749 4.1.3: no redirect", ("redirect_uri", ""), "invalid_request"),
            ("RFC 6749 3.2.1: no client", ("client_id", ""), "invalid_request"),
            ("RFC 7636 4.6: another verifier", ("code_verifier", &"x".repeat(43)), "invalid_grant"),
            (
                "RFC 7636 4.6: the challenge for a verifier",
                ("code_verifier", &challenge()),
                "invalid_grant",
            ),
            ("RFC 7636 4.1: a verifier too long", ("code_verifier", &long), "invalid_grant"),
            ("RFC 7636 4.5: no verifier", ("code_verifier", ""), "invalid_request"),
            ("RFC 8707 2.2: another audience", ("resource", &resource), "invalid_target"),
            (
                "RFC 8707 2.2: no resource of ours",
                ("resource", "https://evil.example"),
                "invalid_target",
            ),
            ("RFC 6749 5.2: an unknown code", ("code", "dbo_unknown"), "invalid_grant"),
            (
                "RFC 6749 5.2: another grant type",
                ("grant_type", "client_credentials"),
                "unsupported_grant_type",
            ),
            ("RFC 6749 5.2: the password", ("grant_type", "password"), "unsupported_grant_type"),
            ("RFC 6749 5.2: no grant type", ("grant_type", ""), "invalid_request"),
        ] {
            let answer = client.redeem(&code, &[changed]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{rule}: {}", answer.text);
            assert_eq!(answer.json()["error"], error, "{rule}: {}", answer.text);
        }
        let fields = [("grant_type", "authorization_code"), ("grant_type", "refresh_token")];
        let twice = test.form("/oauth/token", &fields).await;
        assert_eq!(twice.json()["error"], "invalid_request", "RFC 6749 3.2: given twice");
        let request = Request::builder()
            .method(Method::POST)
            .uri("/oauth/token")
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/json");
        let answer = test.send(request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(answer.json()["error"], "invalid_request", "RFC 6749 4.1.3: a form");

        // None of that spent it; it opens one URL, and a second use ends what it gave.
        let tokens = Tokens::of(&client.redeem(&code, &[]).await);
        let elsewhere = test
            .as_caller(
                Some(&tokens.access),
                Method::POST,
                &format!("/mcp/{other_url}"),
                Some(&list()),
            )
            .await;
        assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED, "RFC 8707: another audience");
        let api =
            test.as_caller(Some(&tokens.access), Method::GET, "/integrated-account", None).await;
        assert_eq!(api.status, StatusCode::UNAUTHORIZED, "an access token is no API token");
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::OK);
        let replayed = client.redeem(&code, &[]).await;
        assert_eq!(replayed.json()["error"], "invalid_grant", "RFC 6749 4.1.2: replayed");
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(client.refresh(&tokens.refresh).await.json()["error"], "invalid_grant");
        let acts = test.get("/audit-log?action=admission.end").await.json();
        assert_eq!(acts["result"][0]["changes"]["why"]["to"], "its code was sent twice");

        // RFC 6749 4.1.2: short-lived.
        let code = client.code(&token).await;
        let late = test.clock.now().checked_add(jiff::SignedDuration::from_secs(60)).unwrap();
        test.clock.set(late);
        assert_eq!(client.redeem(&code, &[]).await.json()["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn a_refresh_token_that_was_used_ends_its_family() {
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let client = Client::at(&test, &url).await;
        let first = client.tokens(&token).await;
        let another = client.tokens(&token).await;
        let stolen = Client { test: &test, url: url.clone(), id: Client::at(&test, &url).await.id };
        let answer = stolen.refresh(&first.refresh).await;
        assert_eq!(answer.json()["error"], "invalid_grant", "RFC 6749 6: another client");
        for garbage in ["", "dbr_", "dbr_x", &first.access, &"x".repeat(90), &"é".repeat(45)] {
            let answer = client.refresh(garbage).await;
            assert!(answer.json()["error"].as_str().unwrap().starts_with("invalid_"), "{garbage}");
        }
        let second = Tokens::of(&client.refresh(&first.refresh).await);
        let third = Tokens::of(&client.refresh(&second.refresh).await);
        let reused = client.refresh(&first.refresh).await;
        assert_eq!(reused.json()["error"], "invalid_grant", "RFC 9700 4.14.2: reused");
        for access in [&first.access, &second.access, &third.access] {
            assert_eq!(client.lists(access).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(client.refresh(&third.refresh).await.json()["error"], "invalid_grant");
        // Who was let in another time is not touched.
        assert_eq!(client.lists(&another.access).await.status, StatusCode::OK);
        let acts = test.get("/audit-log?action=admission.end").await.json();
        assert_eq!(acts["result"][0]["changes"]["why"]["to"], "a refresh token was sent twice");
        assert_eq!(acts["result"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_opens_one_kind_of_server_opens_no_other() {
    for database in databases().await {
        let test = database.start().await;
        let (account, _, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let client = Client::at(&test, &url).await;
        for bearer in [super::harness::ADMIN, &token, &url, "", "nonsense"] {
            let answer = client.lists(bearer).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bearer}");
        }
        let tokens = client.tokens(&token).await;
        let config = json!({"auth": "api_token"});
        let (_, other) = test.server(&account, json!({"name": "x", "config": config})).await;
        let answer = test
            .as_caller(Some(&tokens.access), Method::POST, &format!("/mcp/{other}"), Some(&list()))
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        // A refresh token, or a token in the query, is no access token (RFC 6750 section 2.3).
        assert_eq!(client.lists(&tokens.refresh).await.status, StatusCode::UNAUTHORIZED);
        let query = format!("/mcp/{url}?access_token={}", tokens.access);
        let answer = test.as_caller(None, Method::POST, &query, Some(&list())).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn registrations_are_read_strictly_and_bounded() {
    for database in databases().await {
        let test = database.start().await;
        let made = test.register(json!({"redirect_uris": ["http://127.0.0.1:1/cb"], "token_endpoint_auth_method": "client_secret_basic", "scope": "x"})).await;
        assert_eq!(
            made.json()["token_endpoint_auth_method"],
            "none",
            "RFC 7591 3.2.1: what is in force"
        );
        assert!(
            made.json().get("client_secret").is_none()
                && made.made("client_id").starts_with("dbc_")
        );
        let before = test.app.provision.store().number_of_applicants().await.unwrap();
        let redirects = |uris: Value| json!({"redirect_uris": uris});
        for (body, error) in [
            (redirects(json!(["http://client.example/cb"])), "invalid_redirect_uri"),
            (redirects(json!(["client://cb"])), "invalid_redirect_uri"),
            (redirects(json!(["https://client.example/cb#x"])), "invalid_redirect_uri"),
            (redirects(json!(["https://a@client.example/cb"])), "invalid_redirect_uri"),
            (redirects(json!([])), "invalid_redirect_uri"),
            (json!({}), "invalid_redirect_uri"),
            (json!([]), "invalid_client_metadata"),
            (
                json!({"redirect_uris": [BACK], "grant_types": ["implicit"]}),
                "invalid_client_metadata",
            ),
            (json!({"redirect_uris": [BACK], "client_name": {}}), "invalid_client_metadata"),
            (
                json!({"redirect_uris": [BACK], "client_name": "x".repeat(40_000)}),
                "invalid_client_metadata",
            ),
        ] {
            let answer = test.register(body.clone()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
            assert_eq!(answer.json()["error"], error, "{}", answer.text);
        }
        assert_eq!(test.app.provision.store().number_of_applicants().await.unwrap(), before);
        let from = async |last: u8| {
            let address = crate::host_policy::CallerAddress([10, 0, 0, last].into());
            let body = redirects(json!([BACK])).to_string();
            let request = Request::builder()
                .method(Method::POST)
                .uri("/oauth/register")
                .header(HOST, "localhost")
                .header(CONTENT_TYPE, "application/json")
                .extension(address);
            test.send(request.body(Body::from(body)).unwrap()).await.status
        };
        for _ in 0..120 {
            assert_eq!(from(1).await, StatusCode::CREATED);
        }
        assert_eq!(from(1).await, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(from(2).await, StatusCode::CREATED);
    }
}
