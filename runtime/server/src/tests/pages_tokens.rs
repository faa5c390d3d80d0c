//! The pages on API tokens: the list, a new one that is shown once, and the end of one.

use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;

use super::browser::Browser;
use super::harness::{ADMIN, TestApp, databases};

const HOSTILE: &str = "</td><script>alert(1)</script>";

/// The token that a page shows.
fn shown(page: &str) -> String {
    let (_, rest) = page.split_once(r#"id="token" value=""#).unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().to_owned()
}

async fn token(test: &TestApp, name: &str, scope: &str) -> (String, String) {
    let made = test.post("/api-token", json!({"name": name, "scope": scope})).await;
    (made.made("id"), made.made("token"))
}

#[tokio::test]
async fn tokens_are_listed_with_who_made_them_and_searched() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let page = browser.page("/tokens").await;
        assert!(page.contains("1 token administers everything, 0 call only tools."), "{page}");
        assert!(page.contains("No API token was made yet") && !page.contains("<table"), "{page}");
        assert!(page.contains("The configured admin token") && page.contains("(flag)"), "{page}");
        assert!(page.contains("signed in with it") && !page.contains(ADMIN), "{page}");

        let body = json!({"name": HOSTILE, "scope": "call", "owner": "Dana 100%", "purpose": "audits",
            "expires_at": "2026-01-03T12:00:00Z"});
        let hostile = test.post("/api-token", body).await;
        let (ada, secret) = token(&test, "Ada", "admin").await;
        let mut own = Browser::signed_in(&test, &secret).await;
        let page = own.page("/tokens").await;
        assert!(page.contains("2 tokens administer everything, 1 calls only tools."), "{page}");
        assert!(page.contains("&#60;/td&#62;&#60;script&#62;") && !page.contains("<script>a"));
        for words in [
            "opens MCP URLs with a second factor, lets clients in to those with sign-in, and calls tools, nothing else",
            "administers everything",
            "Dana 100%",
            "audits",
            "by configured admin token",
            "never used",
            "in 2 days",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(page.matches("signed in with it").count(), 1, "{page}");
        let mine = page.split("<tr>").find(|row| row.contains("signed in with it")).unwrap();
        assert!(mine.contains(&ada), "{mine}");
        for token in [&secret, &hostile.made("token")] {
            assert!(!page.contains(token.as_str()));
        }

        for (words, found) in [
            ("ada", "Ada"),
            ("100%25", "Dana 100%"),
            ("AUDITS", "Dana 100%"),
            ("configured", "Ada"),
        ] {
            assert!(own.page(&format!("/tokens?q={words}")).await.contains(found), "{words}");
        }
        let none = own.page("/tokens?q=1__%25").await;
        assert!(none.contains("No API token fits this search") && !none.contains("<table"));
        // What has expired is gone from the list, and counts no more.
        test.clock.set("2026-01-03T12:00:00Z".parse().unwrap());
        let mut later = Browser::signed_in(&test, ADMIN).await;
        let page = later.page("/tokens").await;
        assert!(page.contains("0 call only tools.") && !page.contains("Dana 100%"), "{page}");
    }
}

#[tokio::test]
async fn a_long_list_has_pages() {
    for database in databases().await {
        let test = database.start().await;
        for number in 0..53 {
            token(&test, &format!("agent {number}"), "call").await;
        }
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let first = browser.page("/tokens?q=agent").await;
        let next = first.split("href=\"?q=agent&#38;").nth(1).unwrap_or_else(|| panic!("{first}"));
        let next = next.split('"').next().unwrap();
        let second = browser.page(&format!("/tokens?q=agent&{next}")).await;
        let count = |page: &str| page.matches("/revoke\"").count();
        assert_eq!((count(&first), count(&second)), (50, 3));
        assert!(second.contains("To the first"));
    }
}

#[tokio::test]
async fn a_token_is_shown_once_however_often_its_form_is_sent() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let form = browser.page("/tokens/new").await;
        assert!(
            form.contains(r#"value="call" checked"#) && form.contains(r#"value="30d" checked"#)
        );
        let nonce = super::browser::hidden(&form, "nonce");
        let fields = [
            ("nonce", nonce.as_str()),
            ("name", " CI of <Ada> "),
            ("scope", "admin"),
            ("until", "1h"),
            ("owner", "IT"),
            ("purpose", "deploys"),
        ];
        let made = browser.post("/tokens/new", &fields).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        assert_eq!(made.headers["cache-control"], "no-store");
        let secret = shown(&made.text);
        assert!(secret.starts_with("dbt_"), "{secret}");
        assert!(made.text.contains(&format!("Authorization: Bearer {secret}")), "{}", made.text);
        assert!(made.text.contains("in 59 minutes") || made.text.contains("in 1 hour"));
        assert!(made.text.contains("“CI of &#60;Ada&#62;” is ready"), "{}", made.text);

        let again = browser.post("/tokens/new", &fields).await;
        assert_eq!(again.status, StatusCode::OK);
        assert!(again.text.contains("was already created"), "{}", again.text);
        assert!(!again.text.contains("dbt_"));
        let listed = test.get("/api-token").await.json()["result"].clone();
        assert_eq!(listed.as_array().map(Vec::len), Some(1));
        assert_eq!(listed[0]["name"], "CI of <Ada>");
        assert_eq!(listed[0]["owner"], "IT");
        assert_eq!(listed[0]["purpose"], "deploys");
        assert_eq!(listed[0]["expires_at"], "2026-01-01T13:00:00Z");
        let used = test.as_caller(Some(&secret), Method::GET, "/integrated-account", None).await;
        assert_eq!(used.status, StatusCode::OK);

        browser.get("/tokens/new").await;
        let fields = [("name", "agent"), ("scope", "call"), ("until", "never")];
        let call = browser.submit("/tokens/new", &fields).await;
        let secret = shown(&call.text);
        assert!(call.text.contains("Never ends.") && call.text.contains("/mcp/…"), "{}", call.text);
        let admin = test.as_caller(Some(&secret), Method::GET, "/integrated-account", None).await;
        assert_eq!(admin.status, StatusCode::FORBIDDEN);
        let tool = format!("/integrated-account/{account}/tools/none");
        let tool = test.as_caller(Some(&secret), Method::POST, &tool, Some(&json!({}))).await;
        assert_eq!(tool.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_new_token_stands_beside_its_field() {
    let database = &databases().await[0];
    let test = database.start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    browser.get("/tokens/new").await;
    let long = "x".repeat(201);
    let fields = [
        ("name", ""),
        ("scope", "everything"),
        ("until", "date"),
        ("date", "2025-12-31T10:00"),
        ("owner", &long),
        ("purpose", "kept <as typed>"),
    ];
    let refused = browser.submit("/tokens/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text;
    assert!(page.contains("Nothing was created: 4 answers are missing or wrong."), "{page}");
    for error in ["name-error", "scope-error", "until-error", "owner-error"] {
        assert!(page.contains(&format!("id=\"{error}\"")), "{error}: {page}");
    }
    assert!(page.contains("is in the past") && page.contains("2025-12-31T10:00"), "{page}");
    assert!(page.contains("kept &#60;as typed&#62;") && page.contains("<details open>"), "{page}");
    let fields = [("name", "x"), ("scope", "call"), ("until", "date"), ("date", "")];
    let refused = browser.submit("/tokens/new", &fields).await;
    assert!(refused.text.contains("Choose a day, or another end."), "{}", refused.text);
    assert!(refused.text.contains("1 answer is missing or wrong"), "{}", refused.text);
    assert_eq!(test.get("/api-token").await.json()["result"], json!([]));
}

#[tokio::test]
async fn a_token_is_revoked_after_it_is_said_what_ends() {
    for database in databases().await {
        let test = database.start().await;
        let (id, secret) = token(&test, "Ada", "admin").await;
        let path = format!("/tokens/{id}/revoke");
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let page = browser.page(&path).await;
        assert!(page.contains("No browser is signed in with it") && page.contains("never used"));
        let mut own = Browser::signed_in(&test, &secret).await;
        Browser::signed_in(&test, &secret).await;
        let page = browser.page(&path).await;
        assert!(page.contains("2 browsers that are signed in with it"), "{page}");
        assert!(!page.contains("You are signed in with this token"), "{page}");
        assert!(!page.contains("last token that administers"), "the configured one is left");
        let unsure = browser.post(&path, &[]).await;
        assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unsure.text.contains("Nothing was revoked"), "{}", unsure.text);
        assert_eq!(own.get("/tokens").await.status, StatusCode::OK);

        // Sessions whose time is over are none that end.
        test.clock.set(test.clock.now() + SignedDuration::from_hours(3));
        let mut own = Browser::signed_in(&test, &secret).await;
        let page = own.page(&path).await;
        assert!(page.contains("The browser that is signed in with it is signed out"), "{page}");
        assert!(page.contains("You are signed in with this token: you will be signed out"));
        let other = database.start_at(test.clock.now()).await;
        let gone = own.post(&path, &[("confirm", "1")]).await;
        assert_eq!(gone.leads_to(), "/sign-in?revoked=1");
        assert_eq!(own.get("/tokens").await.leads_to(), "/sign-in?next=%2Ftokens");
        assert_eq!(own.on(&other).get("/tokens").await.status, StatusCode::SEE_OTHER);
        assert!(own.page("/sign-in?revoked=1").await.contains("you are signed out with it"));
        let refused = test.as_caller(Some(&secret), Method::GET, "/api-token", None).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);

        let mut browser = Browser::signed_in(&test, ADMIN).await;
        for nothing in
            [path.as_str(), "/tokens/tok_000000000000000000000000/revoke", "/tokens/x/revoke"]
        {
            assert_eq!(browser.get(nothing).await.status, StatusCode::NOT_FOUND, "{nothing}");
            browser.get("/").await;
            let gone = browser.post(nothing, &[("confirm", "1")]).await;
            assert_eq!(gone.status, StatusCode::NOT_FOUND, "{nothing}");
        }
        let (call, _) = token(&test, "agent", "call").await;
        browser.page(&format!("/tokens/{call}/revoke")).await;
        let gone = browser.post(&format!("/tokens/{call}/revoke"), &[("confirm", "1")]).await;
        assert_eq!(gone.leads_to(), "/tokens?revoked=1");
        assert!(browser.page("/tokens?revoked=1").await.contains("The API token is revoked."));
        assert_eq!(test.get("/api-token").await.json()["result"], json!([]));
    }
}

#[tokio::test]
async fn only_who_is_signed_in_sees_and_changes_tokens() {
    let database = &databases().await[0];
    let test = database.start().await;
    let (id, _) = token(&test, "agent", "call").await;
    let mut nobody = Browser::new(&test);
    let revoke = format!("/tokens/{id}/revoke");
    for path in
        ["/tokens", "/tokens/new", &revoke, "/audit", "/audit.csv", "/audit.jsonl", "/health"]
    {
        let led = nobody.get(path).await;
        assert!(led.leads_to().starts_with("/sign-in?next="), "{path}");
    }
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    browser.get("/tokens/new").await;
    let fields = [("name", "x"), ("scope", "admin"), ("until", "never"), ("confirm", "1")];
    for path in ["/tokens/new", &revoke] {
        assert_eq!(nobody.submit(path, &fields).await.leads_to(), "/sign-in?ended=1", "{path}");
        assert_eq!(browser.forge(path).await.status, StatusCode::FORBIDDEN, "{path}");
        let foreign =
            browser.with_header("sec-fetch-site", "cross-site").submit(path, &fields).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(test.get("/api-token").await.json()["result"].as_array().map(Vec::len), Some(1));
    assert!(browser.page("/tokens").await.contains("agent"));
}
