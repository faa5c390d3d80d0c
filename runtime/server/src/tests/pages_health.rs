//! The page on how a node is.

use http::{HeaderMap, StatusCode};
use secrecy::ExposeSecret;
use serde_json::json;

use super::browser::{Browser, vendor};
use super::harness::{ADMIN, begin, databases};
use crate::app::Job;
use crate::config::{Flags, Settings};
use crate::provision::Keys;

#[tokio::test]
async fn a_node_tells_how_it_is_and_what_it_is_set_to() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let page = browser.page("/health").await;
        assert!(page.contains("<h1>All is well</h1>"), "{page}");
        let kind = if database.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        let schema = test.app.provision.database().await.unwrap().schema;
        assert!(schema >= 7, "{schema}");
        for words in [
            env!("CARGO_PKG_VERSION"),
            test.app.provision.node(),
            "Thursday, 1 January 2026, 12:00 (UTC)",
            &format!("<dd>{kind}, answers in "),
            &format!("<dd>version {schema}</dd>"),
            &format!(
                "{}; nothing is sealed under another key",
                test.app.provision.keys().first_id()
            ),
            "0 of 16,384 entries wait to be written",
            "<dt>Open streams</dt><dd>0</dd>",
            "None. A host that fails five times",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        for (name, value, source) in [
            ("listen", "127.0.0.1:0", "flag"),
            ("admin-token", "set", "flag"),
            ("master-key", "set", "flag"),
            ("upstream-hosts", "127.0.0.1:9, 127.0.0.1:9", "flag"),
            ("audit-retention", "730 days", "default"),
            ("shutdown-grace", "25 s", "default"),
        ] {
            let row = format!(
                "<code>{name}</code></td><td data-head=\"Value\">{value}</td><td data-head=\"From\">{source}</td>"
            );
            assert!(page.contains(&row), "{row}: {page}");
        }
        for secret in [ADMIN, database.keys_text()] {
            assert!(!page.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn what_is_not_well_is_said_in_a_sentence_on_top() {
    let database = &databases().await[0];
    let test = database.start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let now = test.clock.now();
    test.app.jobs.note(Job::Sweep, now, Err("the <disk> is full".to_owned()));
    test.app.jobs.note(Job::Retention, now, Ok("12 removed".to_owned()));
    let page = browser.page("/health").await;
    assert!(page.contains("<h1>One thing is not well</h1>"), "{page}");
    let sentence = "“Remove what has expired” did not work: the &#60;disk&#62; is full.";
    assert!(page.contains(sentence) && page.contains("12 removed"), "{page}");
    test.app.jobs.note(Job::Reseal, now, Err("no".to_owned()));
    let page = browser.page("/health").await;
    assert!(page.contains("<h1>2 things are not well</h1>"), "{page}");
}

#[tokio::test]
async fn a_host_that_does_not_answer_stands_there() {
    let database = &databases().await[0];
    let host = vendor(StatusCode::OK, "{}").await;
    let test = database.start_towards(begin(), &host).await;
    let body = json!({"integration": "demo", "name": "x", "base_url": "http://127.0.0.1:9",
        "credentials": {"type": "bearer", "token": "t"}});
    let account = test.post("/integrated-account", body).await.made("id");
    for _ in 0..5 {
        test.post(&format!("/integrated-account/{account}/test"), json!(null)).await;
    }
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let page = browser.page("/health").await;
    assert!(page.contains("1 host does not answer: while one is not asked"), "{page}");
    assert!(page.contains("<code>http://127.0.0.1:9</code>"), "{page}");
    assert!(page.contains("Tried again\">in ") || page.contains("one call tries now"), "{page}");
}

#[tokio::test]
async fn the_live_part_looks_again_and_stops_in_the_end() {
    let database = &databases().await[0];
    let test = database.start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let page = browser.page("/health").await;
    assert!(page.contains("hx-get=\"/health?look=1\" hx-trigger=\"every 5s\""), "{page}");
    let mut part = async |look: &str| {
        let path = format!("/health?look={look}");
        browser.with_header("hx-request", "true").get(&path).await
    };
    let next = part("7").await;
    assert!(next.text.starts_with("<div id=\"live\"") && next.text.contains("look=8"));
    assert!(!next.text.contains("<html") && !next.text.contains("admin-token"));
    let last = part("360").await;
    assert!(!last.text.contains("hx-get") && last.text.contains("It no longer looks by itself"));
    assert!(part("x").await.text.contains("look=1"));
    let headers: &HeaderMap = &last.headers;
    assert_eq!(headers["cache-control"], "no-store");
}

#[test]
fn no_secret_is_among_the_settings_in_force_wherever_it_comes_from() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("drawbridge.toml");
    let key = Keys::random_text();
    let toml = format!(
        "admin-token = 'canary-in-the-file-1234'\nmaster-key = '{}'\ntimezone = 'Asia/Tokyo'",
        key.expose_secret()
    );
    std::fs::write(&file, toml).unwrap();
    let environment = [
        ("DRAWBRIDGE_ADMIN_TOKEN", "canary-in-the-environment"),
        (
            "DRAWBRIDGE_DATABASE_URL",
            "postgres://ada:canary-password@db.example/gate?sslpassword=canary-too",
        ),
    ];
    let environment =
        || environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags = Flags { max_result_bytes: Some("2000".to_owned()), ..Flags::default() };
    let settings = Settings::gather(&flags, environment(), &file).unwrap();
    let told: Vec<(&str, Option<String>, &str)> = settings
        .in_force()
        .into_iter()
        .map(|one| (one.name, one.value, one.source.words()))
        .collect();
    let of = |name: &str| {
        let one = told.iter().find(|one| one.0 == name).unwrap();
        (one.1.as_deref(), one.2)
    };
    assert_eq!(of("admin-token"), (Some("set"), "environment"));
    assert_eq!(of("master-key"), (Some("set"), "settings file"));
    assert_eq!(of("database-url"), (Some("postgres://db.example/gate"), "environment"));
    assert_eq!(of("timezone"), (Some("Asia/Tokyo"), "settings file"));
    assert_eq!(of("max-result-bytes"), (Some("2000 bytes"), "flag"));
    assert_eq!(of("ready-file"), (None, "default"));
    let all = format!("{told:?}");
    assert!(!all.contains("canary") && !all.contains(key.expose_secret()), "{all}");
    assert_eq!(told.len(), 20);
}
