//! The pages over the whole router: who is signed in, what forms do, and that what is shown
//! beforehand is what is served.

mod servers;

use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;

use super::browser::Browser;
use super::harness::{ADMIN, TestApp, databases};

fn later(test: &TestApp, time: SignedDuration) {
    test.clock.set(test.clock.now().checked_add(time).unwrap());
}

#[tokio::test]
async fn whoever_has_an_admin_token_signs_in_and_out() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::new(&test);
        let home = browser.get("/?show=paused").await;
        assert_eq!(home.status, StatusCode::SEE_OTHER);
        assert_eq!(home.headers[LOCATION], "/sign-in?next=%2F%3Fshow%3Dpaused");

        let page = browser.get("/sign-in?next=%2F%3Fshow%3Dpaused").await;
        assert!(page.text.contains(r#"type="password""#), "{}", page.text);
        let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
        assert_eq!(page.headers[CACHE_CONTROL], "no-store");
        let wrong = browser.submit("/sign-in", &[("token", "nobody's")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("no API token of this program"), "{}", wrong.text);
        let caller = test.post("/api-token", json!({"name": "c", "scope": "call"})).await;
        let scope = browser.submit("/sign-in", &[("token", &caller.made("token"))]).await;
        assert!(scope.text.contains("scope call"), "{}", scope.text);

        let form = [("token", ADMIN), ("next", "/?show=paused"), ("zone", "Europe/Berlin")];
        let answer = browser.submit("/sign-in", &form).await;
        assert_eq!(
            (answer.status, &answer.headers[LOCATION]),
            (StatusCode::SEE_OTHER, &"/?show=paused".parse().unwrap())
        );
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.contains("HttpOnly; SameSite=Strict") && !cookie.contains("Secure"),
            "{cookie}"
        );
        let home = browser.get("/").await;
        assert_eq!(home.status, StatusCode::OK);
        assert!(home.text.contains("Who can reach us right now"), "{}", home.text);
        // A cookie opens no route of the API, and a bearer no page.
        assert_eq!(browser.get("/integration").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(test.get("/accounts").await.status, StatusCode::SEE_OTHER);

        browser.get("/").await;
        let out = browser.submit("/sign-out", &[]).await;
        assert_eq!(out.headers[LOCATION], "/sign-in?out=1");
        browser.keep_cookies(&home);
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn only_pages_of_ours_are_gone_on_to() {
    let database = &databases().await[0];
    let test = database.start().await;
    let mut browser = Browser::new(&test);
    browser.get("/sign-in").await;
    let form = [("token", ADMIN), ("next", "//evil.example/")];
    assert_eq!(browser.submit("/sign-in", &form).await.headers[LOCATION], "/");
}

#[tokio::test]
async fn a_session_ends_with_its_token_and_its_time_on_every_node() {
    for database in databases().await {
        let test = database.start().await;
        let made = test.post("/api-token", json!({"name": "Ada", "scope": "admin"})).await;
        let mut browser = Browser::signed_in(&test, &made.made("token")).await;
        let other = database.start().await;
        assert_eq!(browser.on(&other).get("/").await.status, StatusCode::OK);
        test.delete(&format!("/api-token/{}", made.made("id"))).await;
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);

        let mut browser = Browser::signed_in(&test, ADMIN).await;
        for _ in 0..6 {
            later(&test, SignedDuration::from_mins(110));
            assert_eq!(browser.get("/").await.status, StatusCode::OK);
        }
        later(&test, SignedDuration::from_mins(110));
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "after 12 h 50 min");
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        later(&test, SignedDuration::from_mins(121));
        assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "unused for two hours");
        assert!(test.app.provision.remove_ended_sessions().await.unwrap() >= 2);
    }
}

#[tokio::test]
async fn a_form_that_is_not_ours_changes_nothing() {
    let database = &databases().await[0];
    let test = database.start().await;
    let account = test.account().await;
    let path = format!("/accounts/{account}/mcp/new");
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let fields = [("name", "x"), ("preset", "read"), ("until", "never"), ("keep", "1")];
    browser.get(&path).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let refused = browser.with_header(name, value).submit(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}: {}", refused.text);
    }
    let stolen = [&fields[..], &[("csrf", "guessed")]].concat();
    assert_eq!(browser.submit_as_is(&path, &stolen).await.status, StatusCode::FORBIDDEN);
    let json = browser.send(Method::POST, &path, "application/json", "{}").await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let made = test.get(&format!("/integrated-account/{account}/mcp")).await;
    assert_eq!(made.json()["result"], json!([]));
}

#[tokio::test]
async fn whatever_is_searched_for_is_no_trouble_to_the_database() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        // One that ends some day needs no attention, and stands in the list alone.
        let server = json!({"name": "50% _ \\ off", "expires_at": "2030-01-01T00:00:00Z"});
        test.server(&account, server).await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let long = "a%25".repeat(15_000);
        for (words, found) in [
            ("50%25%20_%20%5C", true),
            ("5__", false),
            ("OFF", true),
            ("%00", true),
            (long.as_str(), false),
        ] {
            let page = browser.get(&format!("/?q={words}")).await;
            assert_eq!(page.status, StatusCode::OK, "{words:.20}");
            assert_eq!(page.text.contains("50% _ \\ off"), found, "{words:.20}: {}", page.text);
            for path in ["/accounts", &format!("/accounts/{account}/mcp")] {
                let page = browser.get(&format!("{path}?q={words}")).await;
                assert_eq!(page.status, StatusCode::OK, "{path} {words:.20}");
            }
        }
        assert!(!test.app.provision.store().is_down());
    }
}

#[tokio::test]
async fn guessing_tokens_is_slow() {
    let database = &databases().await[0];
    let test = database.start().await;
    let mut browser = Browser::new(&test);
    browser.get("/sign-in").await;
    for _ in 0..10 {
        let wrong = browser.submit("/sign-in", &[("token", "guess")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let right = browser.submit("/sign-in", &[("token", ADMIN)]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(right.text.contains("Wait five minutes"), "{}", right.text);
}
