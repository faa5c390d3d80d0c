//! The program without a socket, over a database of its own.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Request, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use support::Api;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Flags, Settings};
use crate::provision::{KeyRing, Keys, Provision};
use crate::router::router;
use crate::store::{Store, fresh_postgres};
use crate::testing::APIS;

/// The token of the settings.
pub(super) const ADMIN: &str = "the-admin-token-of-the-tests";

/// A database to be opened by one or several programs.
pub(super) struct Database {
    pub(super) url: String,
    keys: String,
    directory: TempDir,
}

/// One running program.
pub(super) struct TestApp {
    pub(super) app: Arc<App>,
    router: Router,
    pub(super) clock: Clock,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// A new database of each kind there is: SQLite, and PostgreSQL where `DRAWBRIDGE_TEST_POSTGRES`
/// says where.
pub(super) async fn databases() -> Vec<Database> {
    let database = |url: Option<String>| {
        let directory = tempfile::tempdir().unwrap();
        let url = url
            .unwrap_or_else(|| format!("sqlite://{}", directory.path().join("test.db").display()));
        Database { url, keys: Keys::random_text().expose_secret().to_owned(), directory }
    };
    let mut found = vec![database(None)];
    #[expect(clippy::disallowed_methods, reason = "where the tests' own database is")]
    let postgres = std::env::var("DRAWBRIDGE_TEST_POSTGRES");
    if let Ok(admin) = postgres {
        found.push(database(Some(fresh_postgres(&admin).await)));
    }
    found
}

/// When all tests begin.
pub(super) fn begin() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

impl Database {
    pub(super) async fn start(&self) -> TestApp {
        self.start_at(begin()).await
    }

    pub(super) async fn start_at(&self, now: Timestamp) -> TestApp {
        self.start_with(now, &APIS, "127.0.0.1:9").await
    }

    /// Starts a program whose accounts may point at a vendor of the test's own.
    pub(super) async fn start_towards(&self, now: Timestamp, vendor: &str) -> TestApp {
        self.start_with(now, &APIS, vendor).await
    }

    pub(super) async fn start_with(
        &self,
        now: Timestamp,
        apis: &'static [&'static Api],
        vendor: &str,
    ) -> TestApp {
        let flags = Flags {
            listen: Some("127.0.0.1:0".to_owned()),
            database_url: Some(self.url.clone()),
            admin_token: Some(ADMIN.to_owned()),
            master_key: Some(self.keys.clone()),
            upstream_hosts: Some(format!("127.0.0.1:9,{vendor}")),
            ..Flags::default()
        };
        let settings =
            Settings::gather(&flags, std::iter::empty(), &self.directory.path().join("none.toml"))
                .unwrap();
        let clock = Clock::held(now);
        let store = Store::open(&self.url).await.unwrap();
        let keys = KeyRing::fixed(settings.master_key.clone().unwrap());
        let provision = Provision::new(store, keys, clock.clone(), apis, &settings.upstream_hosts)
            .prove_keys()
            .await
            .unwrap();
        let app = App::start(&settings, provision, None, "http://localhost:8484".to_owned(), None)
            .unwrap();
        TestApp { router: router(&app), app, clock }
    }

    pub(super) fn keys_text(&self) -> &str {
        &self.keys
    }

    /// Every byte that is on disk, for SQLite.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.directory.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }
}

impl TestApp {
    pub(super) async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub(super) async fn as_caller(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(HOST, "localhost");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.as_caller(Some(ADMIN), Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.as_caller(Some(ADMIN), Method::POST, path, Some(&body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.as_caller(Some(ADMIN), Method::PATCH, path, Some(&body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Answer {
        self.as_caller(Some(ADMIN), Method::DELETE, path, None).await
    }

    /// Connects an account; answers its id.
    pub(super) async fn account(&self) -> String {
        self.post("/integrated-account", account_body()).await.made("id")
    }

    /// Makes a server; answers its id and token.
    pub(super) async fn server(&self, account: &str, body: Value) -> (String, String) {
        let answer = self.post(&format!("/integrated-account/{account}/mcp"), body).await;
        (answer.made("id"), answer.made("token"))
    }
}

pub(super) fn account_body() -> Value {
    json!({"integration": "demo", "name": "Our demo", "credentials": {"type": "bearer", "token": "canary-bearer-token"}})
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// A text member of what was just made.
    pub(super) fn made(&self, member: &str) -> String {
        assert_eq!(self.status, StatusCode::CREATED, "{}", self.text);
        self.json()[member].as_str().unwrap().to_owned()
    }

    /// The pointers (or parameters) that a problem document names.
    pub(super) fn violations(&self, status: StatusCode) -> Vec<String> {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        let document = self.json();
        assert_eq!(document["status"], status.as_u16());
        let errors = document["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                error["pointer"].as_str().or(error["parameter"].as_str()).unwrap().to_owned()
            })
            .collect()
    }
}
