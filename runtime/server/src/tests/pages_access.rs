//! Who gets a page, who gets JSON, and how long a browser stays signed in.

use axum::body::Body;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::request::Builder;
use http::{Method, Request, StatusCode};
use jiff::SignedDuration;

use super::harness::{ADMIN, Answer, TestApp, databases};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn request(method: Method, path: &str) -> Builder {
    Request::builder().method(method).uri(path).header(HOST, "localhost")
}

/// What a browser is sent that has this cookie.
async fn browse(app: &TestApp, path: &str, cookie: &str) -> Answer {
    let request = request(Method::GET, path).header(ACCEPT, BROWSER).header(COOKIE, cookie);
    app.send(request.body(Body::empty()).unwrap()).await
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers[LOCATION].to_str().unwrap()
}

/// The cookie that an answer sets, without its attributes.
fn cookie(answer: &Answer) -> String {
    let line = answer.headers[SET_COOKIE].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

/// Signs a browser in; answers its cookie.
async fn sign_in(app: &TestApp) -> String {
    let asked = browse(app, "/sign-in", "").await;
    let (_, rest) = asked.text.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = rest.split('"').next().unwrap();
    let form = request(Method::POST, "/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(COOKIE, cookie(&asked));
    let answer =
        app.send(form.body(Body::from(format!("csrf={csrf}&token={ADMIN}"))).unwrap()).await;
    assert_eq!(location(&answer), "/");
    cookie(&answer)
}

#[tokio::test]
async fn whoever_prefers_a_page_is_led_to_it() {
    for database in databases().await {
        let app = database.start().await;
        for (api, page) in [
            ("/integrated-account", "/accounts"),
            ("/integrated-account?limit=2", "/accounts?limit=2"),
            ("/integrated-account/acc_1", "/accounts/acc_1"),
            ("/api-token", "/tokens"),
            ("/audit-log?action=token.create", "/audit?action=token.create"),
            ("/integrated-account/acc_1/mcp", "/accounts/acc_1/mcp"),
            ("/integrated-account/acc_1/mcp/mcp_2", "/mcp-servers/mcp_2"),
            ("/integrated-account/a%2Fb/tools", "/accounts/a%2Fb/tools"),
            (
                "/call-log?tool=x&since=2026-01-01T12:00:00Z",
                "/calls?tool=x&since=2026-01-01T12:00:00Z",
            ),
        ] {
            let led = browse(&app, api, "").await;
            assert_eq!(location(&led), page);
            assert_eq!(led.headers["vary"], "Accept");
            for program in ["*/*", "application/json", ""] {
                let json = request(Method::GET, api).header(ACCEPT, program);
                let json = app.send(json.body(Body::empty()).unwrap()).await;
                assert_eq!(json.status, StatusCode::UNAUTHORIZED, "{api} {program}");
            }
        }
        for kept in ["/integration", "/openapi.json"] {
            assert_eq!(browse(&app, kept, "").await.status, StatusCode::UNAUTHORIZED, "{kept}");
        }
        let change = request(Method::POST, "/integrated-account").header(ACCEPT, BROWSER);
        let change = app.send(change.body(Body::empty()).unwrap()).await;
        assert_eq!(change.status, StatusCode::UNAUTHORIZED);
        assert_eq!(app.get("/integrated-account").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn programs_are_told_of_the_api_and_browsers_get_pages() {
    for database in databases().await {
        let app = database.start().await;
        let cookie = sign_in(&app).await;
        let told = app.as_caller(None, Method::GET, "/", None).await;
        assert!(told.violations(StatusCode::NOT_FOUND).is_empty());
        assert!(told.text.contains("/openapi.json"), "{}", told.text);
        assert_eq!(location(&browse(&app, "/", "").await), "/sign-in?next=%2F");
        assert_eq!(browse(&app, "/", &cookie).await.status, StatusCode::OK);
        let part = request(Method::GET, "/").header("hx-request", "true").header(COOKIE, &cookie);
        assert_eq!(app.send(part.body(Body::empty()).unwrap()).await.status, StatusCode::OK);

        let unknown = app.get("/nowhere").await;
        assert!(unknown.violations(StatusCode::NOT_FOUND).is_empty());
        for (cookie, way) in [("", "href=\"/sign-in\""), (&*cookie, "Back to Home")] {
            let page = browse(&app, "/nowhere", cookie).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
            assert!(page.text.contains(way), "{}", page.text);
            assert_eq!(page.headers["x-frame-options"], "DENY");
        }
    }
}

#[tokio::test]
async fn pages_take_cookies_only_and_the_api_takes_bearers_only() {
    for database in databases().await {
        let app = database.start().await;
        let cookie = sign_in(&app).await;
        let page = request(Method::GET, "/")
            .header(ACCEPT, BROWSER)
            .header(AUTHORIZATION, format!("Bearer {ADMIN}"));
        let page = app.send(page.body(Body::empty()).unwrap()).await;
        assert_eq!(location(&page), "/sign-in?next=%2F");
        let json = request(Method::GET, "/integrated-account").header(COOKIE, &cookie);
        let json = app.send(json.body(Body::empty()).unwrap()).await;
        assert_eq!(json.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn sessions_end_unused_and_at_the_latest_after_half_a_day() {
    for database in databases().await {
        let app = database.start().await;
        let is_in = async |cookie: &str| browse(&app, "/", cookie).await.status == StatusCode::OK;
        let (idle, used) = (sign_in(&app).await, sign_in(&app).await);
        for _ in 0..7 {
            app.clock.set(app.clock.now() + SignedDuration::from_mins(100));
            assert!(is_in(&used).await);
        }
        assert!(!is_in(&idle).await, "two hours unused");
        app.clock.set(app.clock.now() + SignedDuration::from_mins(21));
        assert!(!is_in(&used).await, "twelve hours in all");
        assert_eq!(
            location(&browse(&app, "/?show=paused", &used).await),
            "/sign-in?next=%2F%3Fshow%3Dpaused"
        );
    }
}
