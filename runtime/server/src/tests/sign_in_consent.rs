//! The page that asks whether to let a client in, and the list of those that were.

use std::net::IpAddr;

use http::StatusCode;
use serde_json::json;

use super::browser::Browser;
use super::harness::{ADMIN, databases};
use super::sign_in_client::{BACK, Client, ISSUER, Tokens, challenge, parameter};

const HOSTILE: &str = "</dd><script>alert(1)</script>\u{202e}";

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_leads_nowhere_else() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let body = json!({"name": "Legal", "expires_at": "2026-01-03T12:00:00Z", "config": {"auth": "oauth"}});
        let (_, url) = test.server(&account, body).await;
        let client = Client::at(&test, &url).await;
        let mut browser = Browser::new(&test);
        let answer = browser.get(&client.asks(&[])).await;
        let page = &answer.text;
        for words in [
            "Claude",
            "name not verified",
            "client.example",
            "“Legal”",
            "Our demo",
            "Ends ",
            "(in 2 days)",
            "delete_<wbr>a_<wbr>demo",
            "Reads",
            "Writes",
            "type=\"password\"",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(&url), "the URL is a secret");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://client.example;"), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.headers["x-frame-options"], "DENY");
        assert_eq!(answer.headers["referrer-policy"], "strict-origin");
        assert_eq!(answer.headers["cache-control"], "no-store");

        let body = json!({"client_name": HOSTILE, "redirect_uris": ["http://127.0.0.1/cb"]});
        let id = test.register(body).await.made("client_id");
        let asks = client.asks(&[("client_id", &id), ("redirect_uri", "http://127.0.0.1:4711/cb")]);
        let answer = browser.get(&asks).await;
        assert!(
            answer.text.contains("127.0.0.1:4711</code>: a program on this computer"),
            "{}",
            answer.text
        );
        assert!(!answer.text.contains("<script>a") && !answer.text.contains('\u{202e}'));
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' http://127.0.0.1:4711;"), "{policy}");
    }
}

#[tokio::test]
async fn a_client_with_a_document_is_vouched_for_by_its_host() {
    const ID: &str = "https://client.example/oauth/client.json";
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let redirects = json!(["https://client.example/cb", "http://localhost/cb"]);
        let document =
            json!({"client_id": ID, "client_name": "Claude", "redirect_uris": redirects});
        test.app.applicants.documents.keep(ID, &document.to_string()).await.unwrap();
        let client = Client { test: &test, url, id: ID.to_owned() };
        let mut browser = Browser::new(&test);
        let page = browser.page(&client.asks(&[])).await;
        assert!(page.contains("vouched for by client.example") && !page.contains("not verified"));
        let tokens = client.tokens(&token).await;
        assert_eq!(client.lists(&tokens.access).await.status, StatusCode::OK);
        Tokens::of(&client.refresh(&tokens.refresh).await);
        // Every program of a machine can say that it is one with this document.
        let page = browser.page(&client.asks(&[("redirect_uri", "http://localhost:99/cb")])).await;
        assert!(page.contains("name not verified"), "{page}");
        let other = browser.get(&client.asks(&[("redirect_uri", "https://evil.example/cb")])).await;
        assert_eq!(other.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn only_the_form_of_the_page_with_a_good_token_lets_anybody_in() {
    for database in databases().await {
        let test = database.start().await;
        let (account, server, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let client = Client::at(&test, &url).await;
        let mut browser = Browser::new(&test);
        let page = browser.page(&client.asks(&[])).await;
        let fields = [("token", token.as_str())];
        let admissions =
            async || test.app.provision.store().number_of_admissions(&server).await.unwrap();

        // RFC 6749 section 10.12: a form of another site, one without its proof, a browser without
        // its cookie.
        let foreign =
            browser.with_header("sec-fetch-site", "cross-site").consent(&page, &fields).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{}", foreign.text);
        let forged = browser.consent(&page, &[("token", &token), ("csrf", "x")]).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        assert!(forged.text.contains("not one of ours"), "{}", forged.text);
        let without = Browser::new(&test).consent(&page, &fields).await;
        assert_eq!(without.status, StatusCode::FORBIDDEN);
        // What the form carries is held against everything again.
        for (name, value) in [
            ("redirect_uri", "https://evil.example/cb"),
            ("client_id", "dbc_0"),
            ("server", &"0".repeat(64)),
            ("server", &url),
        ] {
            let answer = browser.consent(&page, &[("token", &token), (name, value)]).await;
            assert!(answer.status.is_client_error(), "{name}: {}", answer.status);
            assert!(!answer.headers.contains_key("location"));
        }
        let plain =
            browser.consent(&page, &[("token", &token), ("code_challenge_method", "plain")]).await;
        assert_eq!(parameter(plain.leads_to(), "error").as_deref(), Some("invalid_request"));
        let no = browser.consent(&page, &[("answer", "no")]).await;
        assert_eq!(parameter(no.leads_to(), "error").as_deref(), Some("access_denied"));
        assert_eq!(parameter(no.leads_to(), "iss").as_deref(), Some(ISSUER));
        assert_eq!(admissions().await, 0);

        // Wrong tokens are told, counted and noted.
        browser.from(IpAddr::from([10, 0, 0, 9]));
        for _ in 0..10 {
            let wrong = browser.consent(&page, &[("token", &url)]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(wrong.text.contains("no API token") && wrong.text.contains("aria-invalid"));
            assert!(!wrong.text.contains(&url), "what was typed is not shown again");
            let policy = wrong.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("https://client.example"), "the form still leads back");
        }
        let late = browser.consent(&page, &fields).await;
        assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
        let acts = test.get("/audit-log?action=admission.refuse").await.json();
        assert_eq!(acts["result"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&acts["result"][0]["object"]["id"], &acts["result"][0]["address"]),
            (&json!(server), &json!("10.0.0.9"))
        );
        assert_eq!(admissions().await, 0);

        // The server ends while the page is open.
        browser.from(IpAddr::from([127, 0, 0, 1]));
        test.delete(&format!("/integrated-account/{account}/mcp/{server}")).await;
        let gone = browser.consent(&page, &fields).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text);
    }
}

#[tokio::test]
async fn two_pages_that_are_open_at_once_both_work() {
    for database in databases().await {
        let test = database.start().await;
        let (_, _, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let (one, two) = (Client::at(&test, &url).await, Client::at(&test, &url).await);
        let mut browser = Browser::new(&test);
        // People come from other sites, and keep the cookie of the page that is open then.
        let first = browser.get(&one.asks(&[])).await;
        let cookie = first.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("drawbridge-consent="), "{cookie}");
        assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
        let pages = [browser.page(&one.asks(&[])).await, browser.page(&two.asks(&[])).await];
        for page in pages {
            let led = browser.consent(&page, &[("token", &token)]).await;
            assert!(led.leads_to().starts_with(BACK));
        }
    }
}

#[tokio::test]
async fn clients_that_were_let_in_are_listed_and_shut_out_one_by_one() {
    for database in databases().await {
        let test = database.start().await;
        let (_, server, url) = test.guarded().await;
        let (_, token) = test.person("Dana").await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let path = format!("/mcp-servers/{server}");
        let page = browser.page(&path).await;
        assert!(page.contains("Clients that were let in") && page.contains("None yet."), "{page}");
        let client = Client::at(&test, &url).await;
        // A code that nobody made use of is no client.
        client.code(&token).await;
        assert!(browser.page(&path).await.contains("None yet."));
        let kept = client.tokens(&token).await;
        let ended = client.tokens(&token).await;
        let page = browser.page(&path).await;
        assert_eq!(page.matches("Shut out</button>").count(), 2, "{page}");
        assert!(
            page.contains("at client.example, let in by Dana just now, tokens last just now"),
            "{page}"
        );
        assert!(
            page.contains("name not verified")
                && page.contains("people sign in, and let a client in")
        );
        client.lists(&kept.access).await;
        test.app.calls.flush().await;
        let since = browser.page(&format!("{path}/connection?since=0")).await;
        assert!(since.contains("let in by Dana"), "{since}");

        let end = page.split("/clients/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let end = format!("{path}/clients/{end}");
        assert_eq!(browser.forge(&end).await.status, StatusCode::FORBIDDEN);
        assert_eq!(client.lists(&ended.access).await.status, StatusCode::OK);
        assert_eq!(browser.submit(&end, &[]).await.leads_to(), path);
        let open = [&kept, &ended];
        let mut still = 0;
        for tokens in open {
            still += usize::from(client.lists(&tokens.access).await.status == StatusCode::OK);
        }
        assert_eq!(still, 1, "one is shut out and the other is not");
        assert_eq!(browser.submit(&end, &[]).await.status, StatusCode::NOT_FOUND);
        let acts = test.get("/audit-log?action=admission.end").await.json();
        assert_eq!(acts["result"][0]["actor"]["name"], "configured admin token");
        let page = browser.page("/audit").await;
        assert!(
            page.contains("shut a client out of the MCP server")
                && page.contains("let a client in to the MCP server")
        );
        assert!(!page.contains(&challenge()));
    }
}
