//! The audit log as a page and as files, and signing in as an act.

use std::net::IpAddr;

use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::browser::Browser;
use super::harness::{ADMIN, TestApp, databases};

async fn acts(test: &TestApp, query: &str) -> Vec<Value> {
    test.get(&format!("/audit-log?{query}")).await.json()["result"].as_array().unwrap().clone()
}

#[tokio::test]
async fn acts_are_sentences_with_what_changed() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (server, url) = test.server(&account, json!({"name": "Quarterly <audit>"})).await;
        let path = format!("/integrated-account/{account}/mcp/{server}");
        test.clock.set(test.clock.now() + 1.seconds());
        let body = json!({"paused": false, "owner": "Legal", "config": {"methods": ["read"]}});
        test.patch(&path, body).await;
        test.clock.set(test.clock.now() + 1.seconds());
        test.patch(&path, json!({"paused": true})).await;
        let token = test.post("/api-token", json!({"name": "gone", "scope": "call"})).await;
        test.delete(&format!("/api-token/{}", token.made("id"))).await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let page = browser.page("/audit").await;
        let actor = "<strong>configured admin token</strong>";
        let link = format!("<a href=\"/mcp-servers/{server}\">Quarterly &#60;audit&#62;</a>");
        for words in [
            format!("{actor} created the MCP server {link}"),
            format!("{actor} changed the MCP server {link}"),
            format!("{actor} paused the MCP server {link}"),
            format!("{actor} connected the account <a href=\"/accounts/{account}\">Our demo</a>"),
            format!("{actor} revoked the API token <em>gone</em>"),
            format!("{actor} signed in</p>"),
            "<dt>Methods</dt><dd><ins>read</ins></dd>".to_owned(),
            "<dt>Owner</dt><dd><ins>Legal</ins></dd>".to_owned(),
            "<del>no</del> <span aria-hidden=\"true\">→</span> <ins>yes</ins>".to_owned(),
            test.app.provision.node().to_owned(),
        ] {
            assert!(page.contains(&words), "{words}: {page}");
        }
        for secret in [ADMIN, &url, &token.made("token"), "canary"] {
            assert!(!page.contains(secret), "{secret}");
        }
        // What is gone has no page any more.
        test.delete(&path).await;
        let page = browser.page("/audit?action=server.create").await;
        assert!(page.contains("<em>Quarterly &#60;audit&#62;</em>"), "{page}");
    }
}

#[tokio::test]
async fn acts_are_filtered_by_what_the_log_knows() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        test.clock.set("2026-01-03T08:00:00Z".parse().unwrap());
        test.patch(&format!("/integrated-account/{account}"), json!({"name": "Second"})).await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let count = |page: &str| page.matches("class=\"moment\"").count();
        for (query, expected) in [
            ("", 3),
            ("actor=&action=&object=&since=&until=", 3),
            ("action=account.update", 1),
            ("actor=configured+admin+token", 3),
            ("object=Second", 1),
            (&format!("object={account}&action=account.create"), 1),
            ("since=2026-01-01&until=2026-01-01", 1),
            ("since=2026-01-02", 2),
            ("since=2026-01-03T08%3A00%3A00Z", 2),
            ("until=2026-01-02", 1),
            ("action=server.delete", 0),
            ("unknown=1&action=account.update", 1),
        ] {
            let page = browser.page(&format!("/audit?{query}")).await;
            assert_eq!(count(&page), expected, "{query}: {page}");
        }
        let none = browser.page("/audit?action=server.delete").await;
        assert!(none.contains("Nothing of that kind was done.") && none.contains("Show all"));
        let kept =
            browser.page("/audit?action=account.update&since=2026-01-03T08%3A00%3A00Z").await;
        assert!(kept.contains("value=\"account.update\" selected"), "{kept}");
        assert!(kept.contains("value=\"2026-01-03\""), "{kept}");
        assert!(
            kept.contains("/audit.csv?action=account.update&#38;since=2026-01-03T08"),
            "{kept}"
        );

        let query = "actor=Dana+%3Cb%3E&action=all&object=acc_0&since=yesterday&until=2026-01-02";
        let wrong = browser.get(&format!("/audit?{query}")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for words in [
            "“Dana &#60;b&#62;” is no id or name of an actor in this log; known: configured admin token.",
            "“all” is no action; known: account.create",
            "“acc_0” is no id or name of an object in this log; known: ",
            "“yesterday” is no day such as 2026-12-31.",
            "Nothing is shown until the filter below is mended.",
        ] {
            assert!(wrong.text.contains(words), "{words}: {}", wrong.text);
        }
        assert!(!wrong.text.contains("<table") && !wrong.text.contains("id=\"until-error\""));
        let turned = browser.get("/audit?since=2026-01-03&until=2026-01-01").await;
        assert_eq!(turned.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            turned.text.contains("The last day cannot be before the first."),
            "{}",
            turned.text
        );
        let file = browser.get("/audit.csv?actor=nobody").await;
        assert_eq!(file.status, StatusCode::BAD_REQUEST);
        assert!(file.text.contains("is no id or name of an actor"), "{}", file.text);
    }
}

#[tokio::test]
async fn files_hold_what_the_table_shows_on_its_pages() {
    for database in databases().await {
        let test = database.start().await;
        for number in 0..60 {
            test.clock.set(test.clock.now() + 1.seconds());
            let name = format!("=token {number}");
            test.post("/api-token", json!({"name": name, "scope": "call"})).await;
        }
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let (mut path, mut shown) = ("/audit?action=token.create".to_owned(), Vec::new());
        loop {
            let page = browser.page(&path).await;
            assert!(page.len() < 100_000, "{}", page.len());
            let names = page.split("created the API token ").skip(1);
            shown.extend(names.map(|rest| {
                let name = rest.split_once('>').unwrap().1.split('<').next().unwrap();
                name.replace("&#61;", "=")
            }));
            let Some((before, _)) = page.split_once("\">Next</a>") else { break };
            path =
                format!("/audit{}", before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&"));
        }
        assert_eq!((shown.len(), shown[0].as_str()), (60, "=token 59"));

        let jsonl = browser.get("/audit.jsonl?action=token.create").await;
        assert_eq!(jsonl.headers[CONTENT_TYPE], "application/jsonl");
        let lines = jsonl.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let names: Vec<String> =
            lines.map(|act| act["object"]["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, shown);
        let csv = browser.get("/audit.csv?action=token.create").await;
        assert!(csv.headers[CONTENT_DISPOSITION].to_str().unwrap().contains("audit-log.csv"));
        let same = test.get("/audit-log?action=token.create&format=csv").await;
        assert_eq!(csv.text, same.text);
        assert_eq!(csv.text.lines().count(), 61);
        assert!(csv.text.contains(",'=token 59,"), "no formula: {:.400}", csv.text);
        assert!(csv.headers.contains_key("content-security-policy"));
        assert!(browser.get("/audit.csv?since=2026-01-02").await.text.lines().count() == 1);
    }
}

#[tokio::test]
async fn whoever_signs_in_and_out_stands_in_the_log() {
    for database in databases().await {
        let test = database.start().await;
        let made = test.post("/api-token", json!({"name": "Ada", "scope": "admin"})).await;
        let (id, secret) = (made.made("id"), made.made("token"));
        let mut browser = Browser::signed_in(&test, &secret).await;
        test.clock.set(test.clock.now() + 1.seconds());
        browser.submit("/sign-out", &[]).await;
        let told = acts(&test, "actor=Ada").await;
        let said: Vec<&str> = told.iter().map(|act| act["action"].as_str().unwrap()).collect();
        assert_eq!(said, ["session.delete", "session.create"]);
        assert_eq!(told[0]["object"], json!({"id": id, "name": "Ada"}));
        assert_eq!(told[1]["address"], "127.0.0.1");
        assert_eq!(told[1]["changes"], json!({}));
        let own = Browser::signed_in(&test, ADMIN).await;
        drop(own);
        let name = "configured admin token";
        assert_eq!(acts(&test, "action=session.create").await[0]["object"]["id"], name);
        let bytes = database.bytes();
        let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!has(&secret) && !has(ADMIN));
    }
}

#[tokio::test]
async fn a_flood_of_guesses_does_not_fill_the_log() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::new(&test);
        browser.get("/sign-in").await;
        for _ in 0..15 {
            browser.submit("/sign-in", &[("token", "guess-canary")]).await;
        }
        let told = acts(&test, "action=session.refuse").await;
        assert_eq!(told.len(), 1, "once for an address: {told:?}");
        assert_eq!(told[0]["actor"], json!({"id": null, "name": "somebody"}));
        assert_eq!(told[0]["object"]["id"], "sign-in");
        assert_eq!(told[0]["address"], "127.0.0.1");
        assert!(!json!(told).to_string().contains("canary"));
        for last in 1..60 {
            let address = IpAddr::from([10, 0, 0, last]);
            browser.from(address).submit("/sign-in", &[("token", "guess-canary")]).await;
        }
        assert_eq!(acts(&test, "action=session.refuse&limit=1000").await.len(), 20, "and few");
        let bytes = database.bytes();
        assert!(!bytes.windows(12).any(|part| part == b"guess-canary"));
        let mut own = Browser::signed_in_from(&test, ADMIN, [192, 0, 2, 1].into()).await;
        let page = own.page("/audit?action=session.refuse").await;
        assert!(page.contains("<strong>somebody</strong> was refused at the sign-in"), "{page}");
    }
}
