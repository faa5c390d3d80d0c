//! Calls in pages: what was called is what is counted, listed and exported.

use std::collections::BTreeSet;

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{Method, StatusCode};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::browser::{Browser, vendor};
use super::harness::{ADMIN, TestApp, begin, databases};
use crate::call::FailureKind;
use crate::call_log::{Answered, CallSource, Client, Effect, OK};
use crate::provision::{AccountId, ServerId};

/// What would be an element, were it not text.
const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'";

/// Calls of one account and server, made at moments.
struct Caller<'t> {
    test: &'t TestApp,
    source: CallSource,
}

impl<'t> Caller<'t> {
    fn new(test: &'t TestApp, account: &str, server: Option<&str>, client: Option<&str>) -> Self {
        let client =
            client.map(|name| Client { name: name.to_owned(), version: Some("1.2".to_owned()) });
        let source = CallSource {
            account: AccountId::parse(account).unwrap(),
            server: server.map(|id| ServerId::parse(id).unwrap()),
            api_token: None,
            client,
            address: None,
        };
        Self { test, source }
    }

    /// As many calls of a tool, a second apart from `minutes` after the beginning on.
    async fn call(&self, tool: &'static str, status: &'static str, count: usize, minutes: i64) {
        for number in 0..count {
            let at = begin() + minutes.minutes() + i64::try_from(number).unwrap().seconds();
            let recorder = self.test.app.calls.recorder(&self.source);
            let call = recorder.begin(tool, Effect::Read, at).await.unwrap();
            let answered = Answered {
                status: Some(StatusCode::OK),
                request_id: Some(format!("req-{HOSTILE}")),
                bytes: Some(2_048),
                time: Some(std::time::Duration::from_millis(7)),
            };
            call.settle(status, answered);
        }
        self.test.app.calls.flush().await;
    }
}

/// The texts between two others in a page.
fn between<'p>(page: &'p str, start: &str, end: &str) -> Vec<&'p str> {
    page.split(start).skip(1).map(|rest| rest.split(end).next().unwrap()).collect()
}

/// The sentence at the top.
fn lead(page: &str) -> &str {
    between(page, "<p class=\"lead\" id=\"lead\"", "</p>")[0].split_once('>').unwrap().1
}

/// The tools of the calls that are listed, in their order.
fn listed(page: &str) -> Vec<String> {
    let cells = between(page, "<code class=\"strong\">", "</code>");
    cells.iter().map(|cell| cell.replace("<wbr>", "")).collect()
}

/// What the charts tell on hover.
fn told(page: &str) -> Vec<&str> {
    between(page, "<title>", "</title>").into_iter().skip(1).collect()
}

#[tokio::test]
async fn the_sentence_and_the_charts_are_what_was_called() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let page = browser.page("/calls").await;
        assert_eq!(lead(&page), "No call in the last 7 days.");
        assert!(page.contains("Give an agent the URL") && !page.contains("<svg class=\"chart\""));

        let (account, other) = (test.account().await, test.account().await);
        let (server, _) = test.server(&account, json!({"name": "Agent"})).await;
        let caller = Caller::new(&test, &account, Some(&server), Some("Claude"));
        caller.call("list_all_demo_things", OK, 5, 0).await;
        caller.call("list_all_demo_users", FailureKind::RateLimited.as_str(), 2, 61).await;
        Caller::new(&test, &other, None, None).call("list_all_demo_users", OK, 1, 62).await;
        test.clock.set(begin() + 70.minutes());
        let page = browser.page("/calls?period=today").await;
        assert_eq!(lead(&page), "8 calls today, 2 failed.");
        let told = told(&page);
        for words in ["1 Jan, 12:00–13:00: 5 calls", "1 Jan, 13:00–14:00: 3 calls, 2 failed"] {
            assert!(told.contains(&words), "{words}: {told:?}");
        }
        assert!(
            told.contains(&"1 Jan, 12:00–13:00: half took at most 10 ms, 95 of 100 at most 10 ms")
        );
        for words in [
            "Calls by tool. First is list_all_demo_things: 5 calls.",
            "Failed calls by kind. First is Rate limited: 2 calls.",
            "list_all_demo_users: 3 calls, 2 failed",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        for (query, words) in [
            ("", "8 calls in the last 7 days, 2 failed."),
            ("?period=hour", "8 calls since today, 12:00, 2 failed."),
            ("?tool=list_all_demo_users", "3 calls in the last 7 days, 2 failed."),
            ("?status=rate_limited", "2 calls in the last 7 days with the status “Rate limited”."),
            ("?status=failed", "2 calls failed in the last 7 days."),
            ("?status=ok", "6 calls in the last 7 days with the status “OK”."),
            ("?server=Agent", "7 calls in the last 7 days, 2 failed."),
            (&format!("?account={other}"), "1 call in the last 7 days, none failed."),
            (&format!("?account={other}&server=Agent"), "No call in the last 7 days."),
            (&format!("?account={account}&server=Agent"), "7 calls in the last 7 days, 2 failed."),
            (
                "?since=2026-01-01T13:00&until=2026-01-01T14:00",
                "3 calls from 1 January 2026, 13:00 until 1 January 2026, 14:00, 2 failed.",
            ),
            ("?client=Claude", "The calls of one client in the last 7 days, the newest first."),
        ] {
            let page = browser.page(&format!("/calls{query}")).await;
            assert_eq!(lead(&page), words, "{query}");
        }
        let page = browser.page("/calls?client=Claude").await;
        assert!(page.contains("not by client") && !page.contains("<svg class=\"chart\""), "{page}");
        assert_eq!(listed(&page).len(), 7);
        let page = browser.page("/calls?since=2026-01-01T12:30").await;
        assert_eq!(lead(&page), "8 calls since 1 January 2026, 12:30, 2 failed.");
        assert!(page.contains("Counted by whole hours: since 1 January, 12:00."), "{page}");
        assert_eq!(listed(&page).len(), 3);
        let tab = browser.page(&format!("/accounts/{other}/calls")).await;
        assert_eq!(lead(&tab), "1 call in the last 7 days, none failed.");
        assert!(tab.contains("aria-current=\"page\">Calls</a>") && !tab.contains("id=\"account\""));
        let home = browser.page("/").await;
        assert!(home.contains("2 calls</strong> met a vendor"), "{home}");
        assert!(home.contains("/calls?status=rate_limited&#38;period=hour"), "{home}");
    }
}

#[tokio::test]
async fn days_are_those_of_the_readers_clock() {
    let test = databases().await.remove(0).start_at("2026-03-29T10:20:00Z".parse().unwrap()).await;
    let account = test.account().await;
    let mut browser = Browser::new(&test);
    browser.get("/sign-in").await;
    browser.submit("/sign-in", &[("token", ADMIN), ("zone", "Europe/Berlin")]).await;
    let caller = Caller::new(&test, &account, None, None);
    // The hour before midnight in Berlin, the one after, and the one after clocks went forward.
    let minutes = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        at.duration_since(begin()).as_mins()
    };
    caller.call("list_all_demo_things", OK, 1, minutes("2026-03-28T22:59:00Z")).await;
    caller.call("list_all_demo_things", OK, 2, minutes("2026-03-28T23:00:00Z")).await;
    caller.call("list_all_demo_things", OK, 3, minutes("2026-03-29T01:00:00Z")).await;
    let page = browser.page("/calls?period=today").await;
    assert_eq!(lead(&page), "5 calls today, none failed.");
    let told = told(&page);
    assert!(told.contains(&"29 Mar, 00:00–01:00: 2 calls"), "{told:?}");
    assert!(told.contains(&"29 Mar, 03:00–04:00: 3 calls"), "{told:?}");
    assert!(!told.iter().any(|words| words.starts_with("29 Mar, 02:00")), "{told:?}");
    let month = browser.page("/calls?period=30d").await;
    assert!(month.contains("<title>Sat, 28 Mar: 1 call</title>"), "{month}");
    assert!(month.contains("<title>Sun, 29 Mar: 5 calls</title>"), "{month}");
    assert!(month.contains("Sunday, 29 March 2026, 03:00:02.000 (Europe/Berlin)"), "{month}");
}

#[tokio::test]
async fn what_is_wrong_with_a_filter_stands_beside_it_and_the_rest_is_shown() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (twin, _) = test.server(&account, json!({"name": "Twin"})).await;
        test.server(&account, json!({"name": "Twin"})).await;
        let caller = Caller::new(&test, &account, Some(&twin), Some("Claude"));
        caller.call("list_all_demo_things", OK, 3, 0).await;
        test.clock.set(begin() + 1.hours());
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        for (query, field, words) in [
            ("account=nobody", "account", "is no id or name of an account; known: Our demo"),
            ("server=Twin", "server", twin.as_str()),
            ("tool=list_all", "tool", "known: create_a_demo_thing"),
            ("client=Claud", "client", "known: Claude."),
            ("status=OK", "status", "known: ok, cancelled, unsettled"),
            ("period=year", "period", "known: hour, today, 7d, 30d, range."),
            ("since=yesterday", "since", "must be a date"),
            ("since=2026-01-02&until=2026-01-01T00:00:00Z", "until", "later than the beginning"),
            ("tool=%3Cb%3E", "tool", "“&#60;b&#62;” is no tool"),
            ("server=%00x", "server", "without control characters"),
        ] {
            let page = browser.get(&format!("/calls?{query}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            let error = between(&page.text, &format!("id=\"{field}-error\">"), "</p>");
            assert!(error.len() == 1 && error[0].contains(words), "{query}: {error:?}");
            assert!(page.text.contains(&format!("aria-describedby=\"{field}-error\"")), "{query}");
            assert_eq!(
                listed(&page.text).len(),
                if query.contains("2026-01-02") { 0 } else { 3 },
                "{query}"
            );
            assert!(!page.text.contains("data-live") && !page.text.contains(".csv"), "{query}");
            let file = browser.get(&format!("/calls.csv?{query}")).await;
            assert_eq!(file.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(file.text.contains("There is no file of these calls"), "{}", file.text);
        }
        let page = browser.get("/calls?acount=x").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.text.contains("no filter “acount”; there are: account, server"),
            "{}",
            page.text
        );
        let tab = browser.get(&format!("/accounts/{account}/calls?account=x")).await;
        assert!(tab.text.contains("no filter “account”; there are: server, tool"), "{}", tab.text);
        // Two filters: the one that is right counts.
        let page = browser.get("/calls?tool=list_all_demo_users&client=nobody").await;
        assert_eq!(listed(&page.text), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn paging_comes_by_every_call_once_and_files_hold_the_same() {
    for database in databases().await {
        let test = database.start().await;
        let (account, other) = (test.account().await, test.account().await);
        let caller = Caller::new(&test, &account, None, Some("Claude"));
        caller.call("list_all_demo_things", OK, 30, 0).await;
        caller.call("list_all_demo_users", OK, 31, 1).await;
        Caller::new(&test, &other, None, None).call("demo_things_cancel", OK, 3, 2).await;
        test.clock.set(begin() + 1.hours());
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let path = format!("/accounts/{account}/calls?client=Claude");
        let mut page = browser.page(&path).await;
        assert!(page.contains("data-live"));
        let (mut tools, mut moments) = (Vec::new(), BTreeSet::new());
        loop {
            tools.extend(listed(&page));
            moments.extend(
                between(&page, "class=\"moment\"><span title=\"", "\"")
                    .iter()
                    .map(|at| (*at).to_owned()),
            );
            let Some((before, _)) = page.split_once("\">Next</a>") else { break };
            let next = before.rsplit("href=\"").next().unwrap();
            let query = next.replace("&#38;", "&").replace("&amp;", "&");
            page = browser.page(&format!("/accounts/{account}/calls{query}")).await;
            assert!(!page.contains("data-live"), "whoever goes back is left in peace");
        }
        assert_eq!((tools.len(), moments.len()), (61, 61));
        assert!(tools[..31].iter().all(|tool| tool == "list_all_demo_users"));

        let csv = browser.get(&format!("/accounts/{account}/calls.csv?client=Claude")).await;
        assert_eq!(csv.headers[CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.headers[CONTENT_DISPOSITION], "attachment; filename=\"call-log.csv\"");
        let lines: Vec<&str> = csv.text.trim_end().split("\r\n").skip(1).collect();
        assert_eq!(lines.len(), 61);
        for (line, tool) in lines.iter().zip(&tools) {
            assert!(line.contains(tool.as_str()) && line.contains(&account), "{line}");
        }
        let jsonl = browser.get("/calls.jsonl?tool=list_all_demo_users").await.text;
        let rows: Vec<Value> =
            jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 31);
        let api = test.get("/call-log?format=jsonl&tool=list_all_demo_users").await.text;
        assert_eq!(jsonl, api);
        // A bearer opens no file of the pages.
        assert_eq!(test.get("/calls.csv").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_page_that_is_open_is_told_what_has_changed_and_nothing_else() {
    let test = databases().await.remove(0).start().await;
    let account = test.account().await;
    let caller = Caller::new(&test, &account, None, None);
    caller.call("list_all_demo_things", OK, 1, 0).await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    for path in
        ["/calls?period=today".to_owned(), format!("/accounts/{account}/calls?period=today")]
    {
        let page = browser.page(&path).await;
        let from = between(&page, "data-live hx-get=\"", "\"")[0]
            .replace("&#38;", "&")
            .replace("&amp;", "&");
        let same = browser.with_header("hx-request", "true").get(&from).await;
        assert_eq!((same.status, same.text.as_str()), (StatusCode::NO_CONTENT, ""));
        caller.call("list_all_demo_users", OK, 1, 5).await;
        let part = browser.with_header("hx-request", "true").get(&from).await;
        assert_eq!(part.status, StatusCode::OK);
        assert!(!part.text.contains("<html") && part.text.contains("hx-swap-oob"), "{}", part.text);
        assert_eq!(listed(&part.text)[0], "list_all_demo_users");
        let still = browser.page(&format!("{path}&live=0")).await;
        assert!(!still.contains("data-live") && still.contains("Not refreshed."), "{still}");
    }
}

#[tokio::test]
async fn names_of_others_are_text() {
    let test = databases().await.remove(0).start().await;
    let account = test.account().await;
    test.patch(&format!("/integrated-account/{account}"), json!({"name": HOSTILE})).await;
    let (server, _) = test.server(&account, json!({"name": HOSTILE})).await;
    let caller = Caller::new(&test, &account, Some(&server), Some(HOSTILE));
    caller.call("tool<img src=x onerror=alert(2)>", "status<img>", 2, 0).await;
    caller.call("tool<img src=x onerror=alert(2)>", OK, 1, 0).await;
    test.clock.set(begin() + 1.minutes());
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    for path in [
        "/calls".to_owned(),
        format!("/accounts/{account}/calls"),
        format!("/mcp-servers/{server}"),
    ] {
        let page = browser.page(&path).await;
        assert!(!page.contains("<img src=x") && page.contains("&#60;img src=x"), "{path}: {page}");
    }
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair("client", HOSTILE).finish();
    let page = browser.page(&format!("/calls?{query}")).await;
    assert_eq!(listed(&page).len(), 3);
    let query =
        form_urlencoded::Serializer::new(String::new()).append_pair(HOSTILE, HOSTILE).finish();
    let page = browser.get(&format!("/calls?{query}")).await;
    assert!(!page.text.contains("<img src=x"), "{}", page.text);
}

#[tokio::test]
async fn a_server_shows_its_last_calls() {
    let test = databases().await.remove(0).start().await;
    let account = test.account().await;
    let (server, _) = test.server(&account, json!({"name": "Agent"})).await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let path = format!("/mcp-servers/{server}");
    assert!(browser.page(&path).await.contains("Nothing was called through it yet."));
    Caller::new(&test, &account, Some(&server), None).call("list_all_demo_things", OK, 12, 0).await;
    Caller::new(&test, &account, None, None).call("list_all_demo_users", OK, 1, 5).await;
    let page = browser.page(&path).await;
    assert_eq!(listed(&page), ["list_all_demo_things"; 10]);
    assert!(page.contains(&format!("href=\"/calls?server={server}\"")), "{page}");
    // What has ended is still in the log, by its id.
    test.delete(&format!("/integrated-account/{account}/mcp/{server}")).await;
    let page = browser.page(&format!("/calls?server={server}")).await;
    assert_eq!(listed(&page).len(), 12);
    assert!(page.contains(&format!("<code>{server}</code> (ended)")), "{page}");
}

#[tokio::test]
async fn errors_and_limits_are_told_at_home_and_on_the_page() {
    let host = vendor(StatusCode::TOO_MANY_REQUESTS, "{}").await;
    let test = databases().await.remove(0).start_towards(begin(), &host).await;
    let body = json!({"integration": "demo", "name": "Busy", "base_url": format!("http://{host}"),
        "credentials": {"type": "bearer", "token": "t"}});
    let account = test.post("/integrated-account", body).await.made("id");
    let (_, token) = test.server(&account, json!({"name": "Agent"})).await;
    let params = json!({"name": "create_a_demo_thing", "arguments": {}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let answer = test.as_caller(None, Method::POST, &format!("/mcp/{token}"), Some(&message)).await;
    assert!(answer.text.contains("rate_limited"), "{}", answer.text);
    let caller = Caller::new(&test, &account, None, None);
    caller.call("list_all_demo_users", FailureKind::UpstreamError.as_str(), 2, 0).await;
    caller.call("list_all_demo_users", FailureKind::InvalidArguments.as_str(), 2, 0).await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let page = browser.page("/calls?period=today").await;
    assert!(page.contains("create_a_demo_thing: 0 of 50 left"), "{page}");
    assert!(page.contains("Busy: told today, 12:00, begins anew at 12:01:00"), "{page}");
    let elsewhere = browser.page("/calls?tool=list_all_demo_users").await;
    assert!(!elsewhere.contains("of 50 left"), "{elsewhere}");
    let home = browser.page("/").await;
    assert!(
        home.contains("2 calls</strong> failed within the last hour or two: upstream error."),
        "{home}"
    );
    assert!(home.contains("/calls?status=upstream_error&#38;period=hour"), "{home}");
    caller.call("list_all_demo_users", FailureKind::Forbidden.as_str(), 1, 0).await;
    let home = browser.page("/").await;
    assert!(
        home.contains(
            "3 calls</strong> failed within the last hour or two, most of them: upstream error."
        ),
        "{home}"
    );
    assert!(home.contains("/calls?status=failed&#38;period=hour"), "{home}");
}

#[tokio::test]
async fn a_page_that_is_left_open_keeps_nobody_signed_in() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    for minutes in [50, 100, 119] {
        test.clock.set(begin() + minutes.minutes());
        let page = browser.with_header("hx-trigger", "live").get("/calls").await;
        assert_eq!(page.status, StatusCode::OK, "after {minutes} minutes");
    }
    test.clock.set(begin() + 121.minutes());
    assert_eq!(browser.get("/calls").await.status, StatusCode::SEE_OTHER);
}
