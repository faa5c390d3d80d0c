//! A browser as far as the program can tell: cookies, forms, and where they come from.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{Method, Request};

use crate::host_policy::CallerAddress;
use crate::tests::harness::{Answer, TestApp};

/// A browser with one page open.
pub(super) struct Browser<'t> {
    test: &'t TestApp,
    cookies: BTreeMap<String, String>,
    csrf: String,
    nonce: String,
    header: Option<(&'static str, &'static str)>,
}

impl<'t> Browser<'t> {
    pub(super) fn new(test: &'t TestApp) -> Self {
        let (csrf, nonce) = (String::new(), String::new());
        Self { test, cookies: BTreeMap::new(), csrf, nonce, header: None }
    }

    pub(super) async fn signed_in(test: &'t TestApp, token: &str) -> Self {
        let mut browser = Self::new(test);
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
        }
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
        self.csrf = field("csrf").unwrap_or_default();
        self.nonce = field("nonce").unwrap_or_default();
        answer
    }

    /// Sends a form of the page that is open.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let (csrf, nonce) = (self.csrf.clone(), self.nonce.clone());
        let own = [("csrf", csrf.as_str()), ("nonce", nonce.as_str())];
        self.submit_as_is(path, &[&own[..], fields].concat()).await
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
            .header(HOST, "localhost")
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookies.join("; "))
            .header(name, value)
            .extension(CallerAddress(IpAddr::from([127, 0, 0, 1])));
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
