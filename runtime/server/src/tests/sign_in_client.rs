//! A client on its way in to a server with sign-in, and the person who lets it in.

use std::time::Instant;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::browser::Browser;
use super::harness::{Answer, TestApp};

pub(super) const ISSUER: &str = "http://localhost:8484";
pub(super) const BACK: &str = "https://client.example/cb";
pub(super) const VERIFIER: &str = "a-verifier-of-the-tests-that-is-long-enough-0123456789";

/// A client on its way in.
pub(super) struct Client<'t> {
    pub(super) test: &'t TestApp,
    /// The token of the server's URL.
    pub(super) url: String,
    pub(super) id: String,
}

/// What a client got.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: String,
}

pub(super) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

pub(super) fn list() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
}

impl TestApp {
    /// Makes a server that asks people to sign in; answers its account, id and URL token.
    pub(super) async fn guarded(&self) -> (String, String, String) {
        let account = self.account().await;
        let config = json!({"methods": ["read"], "auth": "oauth"});
        let (id, url) = self.server(&account, json!({"name": "Legal", "config": config})).await;
        (account, id, url)
    }

    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, "localhost:8484")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn register(&self, body: Value) -> Answer {
        self.as_caller(None, Method::POST, "/oauth/register", Some(&body)).await
    }

    pub(super) async fn person(&self, name: &str) -> (String, String) {
        let made = self.post("/api-token", json!({"name": name, "scope": "call"})).await;
        (made.made("id"), made.made("token"))
    }
}

impl<'t> Client<'t> {
    /// A client that has registered, at a server's URL.
    pub(super) async fn at(test: &'t TestApp, url: &str) -> Self {
        let body = json!({"client_name": "Claude", "redirect_uris": [BACK]});
        let id = test.register(body).await.made("client_id");
        Self { test, url: url.to_owned(), id }
    }

    pub(super) fn resource(&self) -> String {
        format!("{ISSUER}/mcp/{}", self.url)
    }

    /// The address that a person is led to, with some parameters changed.
    pub(super) fn asks(&self, changed: &[(&str, &str)]) -> String {
        let (resource, challenge) = (self.resource(), challenge());
        let usual = [
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", BACK),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("state", "st&te"),
            ("resource", resource.as_str()),
        ];
        let kept = usual.iter().filter(|(name, _)| !changed.iter().any(|(other, _)| name == other));
        let given = changed.iter().filter(|(_, value)| !value.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("/oauth/authorize?{}", query.extend_pairs(kept.chain(given)).finish())
    }

    /// Has a person let it in; answers the code.
    pub(super) async fn code(&self, token: &str) -> String {
        let mut browser = Browser::new(self.test);
        let page = browser.page(&self.asks(&[])).await;
        let led = browser.consent(&page, &[("token", token)]).await;
        parameter(led.leads_to(), "code").unwrap()
    }

    /// What its code is exchanged by, with some parameters changed.
    pub(super) async fn redeem(&self, code: &str, changed: &[(&str, &str)]) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", self.id.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        let kept = usual.iter().filter(|(name, _)| !changed.iter().any(|(other, _)| name == other));
        let all: Vec<_> = kept.chain(changed).copied().collect();
        self.test.form("/oauth/token", &all).await
    }

    pub(super) async fn refresh(&self, refresh: &str) -> Answer {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", &self.id)];
        self.test.form("/oauth/token", &fields).await
    }

    /// Goes the whole way.
    pub(super) async fn tokens(&self, person: &str) -> Tokens {
        let code = self.code(person).await;
        Tokens::of(&self.redeem(&code, &[]).await)
    }

    pub(super) async fn lists(&self, access: &str) -> Answer {
        let path = format!("/mcp/{}", self.url);
        self.test.as_caller(Some(access), Method::POST, &path, Some(&list())).await
    }

    /// Waits until an access token opens nothing on this node. Within a second, but for a machine that
    /// has much else to do.
    pub(super) async fn is_shut_out(&self, access: &str) {
        let begun = Instant::now();
        while self.lists(access).await.status == StatusCode::OK {
            assert!(begun.elapsed().as_secs() < 10, "it takes too long");
        }
    }
}

impl Tokens {
    pub(super) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let body = answer.json();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(900)));
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

impl Browser<'_> {
    /// Sends the form of a consent page.
    pub(super) async fn consent(&mut self, page: &str, fields: &[(&str, &str)]) -> Answer {
        let form = page.split("action=\"/oauth/authorize\"").nth(1).unwrap();
        let hidden: Vec<(String, String)> = form
            .split("type=\"hidden\" name=\"")
            .skip(1)
            .map(|field| {
                let (name, rest) = field.split_once("\" value=\"").unwrap();
                let value = rest.split('"').next().unwrap().replace("&#38;", "&");
                (name.to_owned(), value)
            })
            .filter(|(name, _)| !fields.iter().any(|(other, _)| name == other))
            .collect();
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.submit_as_is("/oauth/authorize", &all).await
    }
}

/// A parameter of an address.
pub(super) fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name)?;
    Some(found.1.into_owned())
}
