//! A browser: it keeps cookies and sends the forms of the pages that it is on.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{Request, StatusCode};

use super::harness::{ADMIN, Answer, TestApp};

/// A browser that is signed in.
pub(super) struct Browser<'t> {
    test: &'t TestApp,
    cookies: String,
    csrf: String,
}

impl<'t> Browser<'t> {
    /// Signs in with the token of the settings.
    pub(super) async fn signed_in(test: &'t TestApp) -> Self {
        let mut browser = Self { test, cookies: String::new(), csrf: String::new() };
        let form = browser.get("/sign-in").await;
        browser.take_cookie(&form);
        browser.csrf = hidden(&form.text, "csrf");
        let answer = browser.post("/sign-in", &[("token", ADMIN)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        browser.take_cookie(&answer);
        browser.csrf = hidden(&browser.get("/").await.text, "csrf");
        browser
    }

    fn take_cookie(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookies = format!("{}; {pair}", self.cookies).trim_start_matches("; ").to_owned();
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let request = Request::builder().uri(path).header(HOST, "localhost:8484");
        let request = request.header(ACCEPT, "text/html");
        self.test.send(request.header(COOKIE, &self.cookies).body(Body::empty()).unwrap()).await
    }

    /// The page at a path, which must be there.
    pub(super) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    /// Sends a form with the token that every form of this browser carries.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &self.csrf).extend_pairs(fields);
        self.send(path, form.finish()).await
    }

    /// Sends a form without that token.
    pub(super) async fn forge(&self, path: &str) -> Answer {
        self.send(path, "confirm=1&servers=0".to_owned()).await
    }

    async fn send(&self, path: &str, form: String) -> Answer {
        let request = Request::post(path)
            .header(HOST, "localhost:8484")
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, &self.cookies);
        self.test.send(request.body(Body::from(form)).unwrap()).await
    }
}

impl Answer {
    /// Where a form that was taken leads.
    pub(super) fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[LOCATION].to_str().unwrap()
    }
}

/// The value of a hidden field of a page.
pub(super) fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&start).unwrap_or_else(|| panic!("no {name}: {page}")).1;
    rest.split('"').next().unwrap().to_owned()
}

/// A vendor that answers every path with the same, and a token endpoint; its host with the port.
pub(super) async fn vendor(status: StatusCode, body: &'static str) -> String {
    let answer = move |path: http::Uri| async move {
        let token =
            r#"{"access_token":"t","token_type":"bearer","expires_in":3600,"refresh_token":"r"}"#;
        let (status, body) =
            if path.path() == "/oauth/token" { (StatusCode::OK, token) } else { (status, body) };
        let response: Response =
            (status, [(CONTENT_TYPE, "application/json")], body).into_response();
        response
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    host
}
