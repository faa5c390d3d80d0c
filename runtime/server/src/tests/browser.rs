//! A browser as far as the program can tell: cookies, forms, and where they come from; and a vendor for
//! it to be sent to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{Method, Request, StatusCode};

use super::harness::{Answer, TestApp};
use crate::host_policy::CallerAddress;

/// A browser with one page open.
pub(super) struct Browser<'t> {
    test: &'t TestApp,
    cookies: BTreeMap<String, String>,
    csrf: String,
    nonce: String,
    header: Option<(&'static str, &'static str)>,
    address: IpAddr,
}

impl<'t> Browser<'t> {
    pub(super) fn new(test: &'t TestApp) -> Self {
        let (csrf, nonce) = (String::new(), String::new());
        let address = IpAddr::from([127, 0, 0, 1]);
        Self { test, cookies: BTreeMap::new(), csrf, nonce, header: None, address }
    }

    pub(super) async fn signed_in(test: &'t TestApp, token: &str) -> Self {
        Self::signed_in_from(test, token, IpAddr::from([127, 0, 0, 1])).await
    }

    pub(super) async fn signed_in_from(test: &'t TestApp, token: &str, address: IpAddr) -> Self {
        let mut browser = Self::new(test);
        browser.from(address);
        browser.get("/sign-in").await;
        browser.submit("/sign-in", &[("token", token)]).await;
        assert!(browser.get("/").await.text.contains("Sign out"));
        browser
    }

    /// The same browser, led to another node.
    pub(super) fn on<'o>(&self, test: &'o TestApp) -> Browser<'o> {
        Browser {
            test,
            cookies: self.cookies.clone(),
            csrf: String::new(),
            nonce: String::new(),
            header: None,
            address: self.address,
        }
    }

    /// The same browser at another address.
    pub(super) fn from(&mut self, address: IpAddr) -> &mut Self {
        self.address = address;
        self
    }

    /// What the forms of the open page carry.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Sends the next form with this header in the place of what a browser says.
    pub(super) fn with_header(&mut self, name: &'static str, value: &'static str) -> &mut Self {
        self.header = Some((name, value));
        self
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, "", "").await;
        let field = |name: &str| {
            let at = answer.text.split(&format!(r#"name="{name}" value=""#)).nth(1)?;
            Some(at.split('"').next()?.to_owned())
        };
        // A session has one, and not every answer has a form.
        self.csrf = field("csrf").unwrap_or_else(|| std::mem::take(&mut self.csrf));
        self.nonce = field("nonce").unwrap_or_default();
        answer
    }

    /// The page at a path, which must be there.
    pub(super) async fn page(&mut self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    /// Sends a form of the page that is open.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let (csrf, nonce) = (self.csrf.clone(), self.nonce.clone());
        let own = [("csrf", csrf.as_str()), ("nonce", nonce.as_str())];
        self.submit_as_is(path, &[&own[..], fields].concat()).await
    }

    /// Sends a form that is written out whole but for the proof that it is ours.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        self.submit_as_is(path, &[&[("csrf", csrf.as_str())], fields].concat()).await
    }

    /// Sends a form without that proof.
    pub(super) async fn forge(&mut self, path: &str) -> Answer {
        self.submit_as_is(path, &[("confirm", "1"), ("servers", "0")]).await
    }

    pub(super) async fn submit_as_is(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.send(Method::POST, path, "application/x-www-form-urlencoded", &form.finish()).await
    }

    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: &str,
    ) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (name, value) = self.header.take().unwrap_or(("sec-fetch-site", "same-origin"));
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "localhost:8484")
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookies.join("; "))
            .header(name, value)
            .extension(CallerAddress(self.address));
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let answer = self.test.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        self.keep_cookies(&answer);
        answer
    }

    pub(super) fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = value.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
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
