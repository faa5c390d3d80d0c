//! MCP servers in pages: made, shown once, changed, ended.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::call::launches::A_WHILE;
use crate::tests::browser::Browser;
use crate::tests::harness::{ADMIN, Answer, TestApp, begin, databases};

/// The token in a page that shows a URL.
fn shown_token(page: &Answer) -> String {
    let at = page.text.split("http://localhost:8484/mcp/").nth(1);
    at.expect("the page shows a URL").split('"').next().unwrap().to_owned()
}

async fn rpc(test: &TestApp, token: &str, method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    test.as_caller(None, Method::POST, &format!("/mcp/{token}"), Some(&message)).await.json()
}

async fn listed(test: &TestApp, token: &str) -> Option<BTreeSet<String>> {
    let answer = rpc(test, token, "tools/list", json!({})).await;
    let tools = answer["result"]["tools"].as_array()?;
    Some(tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect())
}

const READING: [(&str, &str); 4] =
    [("name", "Auditor"), ("preset", "read"), ("until", "never"), ("keep", "1")];

#[tokio::test]
async fn a_url_is_shown_once_however_often_its_form_is_sent() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let path = format!("/accounts/{account}/mcp/new");
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        browser.get(&path).await;
        let once = browser.submit(&path, &READING).await;
        assert_eq!(once.status, StatusCode::OK, "{}", once.text);
        let token = shown_token(&once);
        assert_eq!(once.headers["cache-control"], "no-store");
        assert!(once.text.contains("not from the internet"), "{}", once.text);

        let again = browser.submit(&path, &READING).await;
        assert!(again.text.contains("has its URL already"), "{}", again.text);
        let servers = test.get(&format!("/integrated-account/{account}/mcp")).await.json();
        assert_eq!(servers["result"].as_array().unwrap().len(), 1);
        assert_eq!(servers["result"][0]["created_by"]["name"], "configured admin token");
        let id = servers["result"][0]["id"].as_str().unwrap();
        let page = browser.get(&format!("/mcp-servers/{id}")).await;
        assert!(page.text.contains("Auditor") && !page.text.contains(&token), "{}", page.text);

        // The box waits for whoever comes first.
        let since = test.app.provision.now().as_microsecond() - 1;
        let box_path = format!("/mcp-servers/{id}/connection?since={since}");
        assert!(browser.get(&box_path).await.text.contains("Waiting for the first connection"));
        let client = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "<b>Claude</b>", "version": "1.4"}});
        rpc(&test, &token, "initialize", client).await;
        let tools = listed(&test, &token).await.unwrap().len();
        test.app.calls.flush().await;
        let there = browser.get(&box_path).await;
        assert!(
            there.text.contains("&#60;b&#62;Claude&#60;/b&#62; 1.4 is connected"),
            "{}",
            there.text
        );
        assert!(there.text.contains(&format!("listed {tools} tool")), "{}", there.text);
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_made() {
    let database = &databases().await[0];
    let test = database.start().await;
    let account = test.account().await;
    let path = format!("/accounts/{account}/mcp/new");
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    browser.get(&path).await;
    let fields = [
        ("name", ""),
        ("preset", "read"),
        ("until", "date"),
        ("date", "2020-01-01T10:00"),
        ("owner", "<script>"),
    ];
    let refused = browser.submit(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["Give it a name", "id=\"until-error\"", "&#60;script&#62;", "aria-invalid"] {
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    assert!(!refused.text.contains("<script>"));
    let nothing = [
        ("name", "x"),
        ("preset", "custom"),
        ("methods", "delete"),
        ("tags", "users"),
        ("until", "never"),
        ("keep", "1"),
    ];
    let refused = browser.submit(&path, &nothing).await;
    assert!(refused.text.contains("No tool fits all of these choices"), "{}", refused.text);
    let servers = test.get(&format!("/integrated-account/{account}/mcp")).await.json();
    assert_eq!(servers["result"], json!([]));
    for missing in
        ["/accounts/acc_000000000000000000000000/mcp/new", "/accounts/x/mcp/new", "/mcp-servers/x"]
    {
        let page = browser.get(missing).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{missing}");
        assert!(page.text.contains("There is nothing here") && page.text.contains("Sign out"));
    }
}

#[tokio::test]
async fn a_server_is_paused_rotated_changed_and_revoked() {
    for database in databases().await {
        let test = database.start().await;
        let account = test.account().await;
        let (id, token) = test.server(&account, json!({"name": "x"})).await;
        let page = format!("/mcp-servers/{id}");
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        browser.get(&page).await;
        let before = listed(&test, &token).await.unwrap();

        assert_eq!(
            browser.submit(&format!("{page}/pause"), &[]).await.status,
            StatusCode::SEE_OTHER
        );
        assert_eq!(listed(&test, &token).await, None);
        assert!(browser.get(&page).await.text.contains("Resume"));
        browser.submit(&format!("{page}/resume"), &[]).await;

        browser.get(&page).await;
        let once = browser.submit(&format!("{page}/rotate"), &[("overlap", "3600")]).await;
        let fresh = shown_token(&once);
        assert!(fresh != token && listed(&test, &token).await.is_some());
        let again = browser.submit(&format!("{page}/rotate"), &[("overlap", "3600")]).await;
        assert!(again.text.contains("has its URL already"), "{}", again.text);
        assert!(listed(&test, &fresh).await.is_some());

        let shown = browser.get(&format!("{page}/change")).await;
        assert!(shown.text.contains("The tools stay the same"), "{}", shown.text);
        let shown = browser.submit(&format!("{page}/preview"), &READING).await;
        assert!(shown.text.contains("Removes "), "{}", shown.text);
        assert_eq!(listed(&test, &fresh).await.unwrap(), before, "a preview changes nothing");
        let saved = browser.submit(&format!("{page}/change"), &READING).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
        assert!(listed(&test, &fresh).await.unwrap().is_subset(&before));

        browser.get(&page).await;
        let unsure = browser.submit(&format!("{page}/revoke"), &[]).await;
        assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unsure.text.contains("Tick the box to confirm"));
        let gone = browser.submit(&format!("{page}/revoke"), &[("sure", "1")]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert_eq!(listed(&test, &fresh).await, None);
        assert_eq!(browser.get(&page).await.status, StatusCode::NOT_FOUND);
        let acts = test.get("/audit-log").await.text;
        for action in ["server.update", "server.rotate", "server.delete"] {
            assert!(acts.contains(action), "{action}");
        }
    }
}

/// The names in a preview's list of what is exposed, and the tokens that it tells.
fn previewed(page: &str) -> (BTreeSet<String>, String) {
    let list = page.split(r#"aria-label="Tools that it will see">"#).nth(1).unwrap_or_default();
    let list = list.split("</div>").next().unwrap();
    let names = list.split("<code ").skip(1).map(|code| {
        let text = code.split_once('>').unwrap().1.split("</code>").next().unwrap();
        text.replace("<wbr>", "")
    });
    let tokens = page.split(" of the model’s context").next().unwrap();
    (names.collect(), tokens.rsplit('>').next().unwrap().to_owned())
}

fn some<'w>(random: &mut impl Rng, words: &[&'w str], most: usize) -> Vec<&'w str> {
    let count = random.random_range(0..=most);
    (0..count).map(|_| words[random.random_range(0..words.len())]).collect()
}

/// A thousand random choices: what is shown beforehand is what is listed, can be called and is found.
#[tokio::test]
async fn what_is_previewed_is_what_is_listed_called_and_found() {
    // Hundreds of servers made in a row would keep the disk from the tests beside this one, some of
    // which look at the clock.
    let mut database = databases().await.remove(0);
    "sqlite::memory:".clone_into(&mut database.url);
    let apis = crate::apis::apis();
    let test = database.start_with(begin(), apis, "127.0.0.1:9").await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let mut random = SmallRng::seed_from_u64(7);
    let mut served = 0;
    for api in apis {
        let body = json!({"integration": api.slug, "name": api.slug, "credentials": {"type": "bearer", "token": "t"}});
        let account = test.post("/integrated-account", body).await.made("id");
        let presets: Vec<&str> = ["read", "everything", "custom"]
            .into_iter()
            .chain(api.presets.iter().map(|one| one.key))
            .collect();
        let methods: Vec<&str> = api.tools.iter().map(|tool| tool.method.as_str()).collect();
        let tags: Vec<&str> = api.tools.iter().flat_map(|tool| tool.tags).copied().collect();
        let tools: Vec<&str> = api.tools.iter().map(|tool| tool.name).collect();
        browser.get(&format!("/accounts/{account}/mcp/new")).await;
        for _ in 0..500 {
            let mut fields = vec![("name", "x"), ("until", "1h")];
            fields.push(("preset", presets[random.random_range(0..presets.len())]));
            fields.extend(some(&mut random, &methods, 3).into_iter().map(|word| ("methods", word)));
            fields.extend(some(&mut random, &tags, 3).into_iter().map(|word| ("tags", word)));
            fields.extend(some(&mut random, &tools, 2).into_iter().map(|word| ("drop", word)));
            if random.random_bool(0.8) {
                fields.push(("keep", "1"));
                fields.extend(some(&mut random, &tools, 2).into_iter().map(|word| ("add", word)));
            }
            let preview =
                browser.submit(&format!("/accounts/{account}/mcp/preview"), &fields).await;
            let (names, tokens) = previewed(&preview.text);
            let nonce = format!("{:x}", random.random::<u64>());
            let fields = [&[("nonce", nonce.as_str())], &fields[..]].concat();
            let csrf = browser.csrf().to_owned();
            let fields = [&[("csrf", csrf.as_str())], &fields[..]].concat();
            let made = browser.submit_as_is(&format!("/accounts/{account}/mcp/new"), &fields).await;
            if names.is_empty() {
                assert_eq!(made.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
                continue;
            }
            if made.status == StatusCode::UNPROCESSABLE_ENTITY {
                // A choice that only *keep* can hold.
                assert!(made.text.contains("keep-error"), "{fields:?}");
                continue;
            }
            let token = shown_token(&made);
            let (toolset, answer) = (listed(&test, &token).await.unwrap(), &fields);
            assert_eq!(names, toolset, "{answer:?}");
            assert_eq!(tokens, counted_tokens(&test, &toolset), "{answer:?}");
            served += 1;
            // What is not listed is no tool, by name and by search.
            let other = tools[random.random_range(0..tools.len())];
            let arguments = json!({"name": other, "arguments": {"no such argument": 1}});
            let called = rpc(&test, &token, "tools/call", arguments).await;
            assert_eq!(called.get("error").is_none(), toolset.contains(other), "{other}: {called}");
            let found = found(&test, &token, other).await;
            assert_eq!(found, toolset.contains(other), "{other}");
        }
    }
    assert!(served > 400, "{served} servers");
}

/// Whether a search by a tool's own words finds it, in the toolset behind a URL.
async fn found(test: &TestApp, token: &str, name: &str) -> bool {
    let server = test.app.directory.resolve(token).await.unwrap().unwrap();
    let config = &server.server.config;
    let toolset = test.app.toolset_of(&server.account, config, None, A_WHILE).await.unwrap();
    toolset.search(&name.replace('_', " ")).iter().any(|served| served.name() == name)
}

fn counted_tokens(test: &TestApp, names: &BTreeSet<String>) -> String {
    let tools = test.app.catalogues.iter().flat_map(|catalogue| catalogue.tools());
    let tokens: usize =
        tools.filter(|served| names.contains(served.name())).map(|served| served.tokens()).sum();
    crate::pages::counted(tokens, "token", "tokens")
}
