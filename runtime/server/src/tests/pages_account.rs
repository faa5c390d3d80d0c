//! Pages on one account: how it stands, the way through the vendor, its servers, tools and fields.

use http::{Method, StatusCode};
use serde_json::json;

use super::browser::{Browser, vendor};
use super::harness::{ADMIN, TestApp, account_body, begin, databases};

/// What a vendor answers to everything: fields and templates of its tenant.
const TENANT: &str = r#"{"list":[
    {"id":"t1","name":"NDA <b>","schema":{"properties":{"party":{"type":"string","title":"Other <i>party"}},"required":["party"]}},
    {"id":"t2","name":"Closed","schema":{"properties":{}},"permissions":["view"]}],
    "fields":[{"key":"cost_center","type":"dropdown","options":["a"]},{"key":"c2","label":"<u>x"},{"no":"key"}]}"#;

/// An account at a vendor of the test's own.
async fn account_at(test: &TestApp, host: &str, credentials: serde_json::Value) -> String {
    let mut body = account_body();
    body["base_url"] = json!(format!("http://{host}"));
    body["credentials"] = credentials;
    test.post("/integrated-account", body).await.made("id")
}

fn bearer() -> serde_json::Value {
    json!({"type": "bearer", "token": "canary-token"})
}

#[tokio::test]
async fn a_test_says_what_was_asked_and_what_came_back() {
    let database = databases().await.remove(0);
    let (good, bad) = (
        vendor(StatusCode::OK, TENANT).await,
        vendor(StatusCode::UNAUTHORIZED, r#"{"message":"<b>no"}"#).await,
    );
    let test = database.start_towards(begin(), &format!("{good},{bad}")).await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let mut tested = async |host: &str| {
        let id = account_at(&test, host, bearer()).await;
        let answer = browser.post(&format!("/accounts/{id}/test"), &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert!(answer.text.contains(&format!("GET http://{host}/things")), "{}", answer.text);
        assert!(!answer.text.contains("canary"), "{}", answer.text);
        assert_eq!(
            browser.forge(&format!("/accounts/{id}/test")).await.status,
            StatusCode::FORBIDDEN
        );
        answer.text
    };
    let page = tested(&good).await;
    assert!(
        page.contains("Works") && page.contains("200 OK") && page.contains("cost_center"),
        "{page}"
    );
    let page = tested(&bad).await;
    assert!(
        page.contains("Failed") && page.contains("401 Unauthorized") && !page.contains("<b>no"),
        "{page}"
    );
    let page = tested("127.0.0.1:9").await;
    assert!(page.contains("Failed") && page.contains("no answer"), "{page}");
}

#[tokio::test]
async fn an_account_says_how_it_stands() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let id = test.account().await;
    let page = browser.page(&format!("/accounts/{id}")).await;
    for part in [
        "No MCP server leads into this Demo account.",
        "https://eu.demo.example",
        "API token",
        "configured admin token",
        &id,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("canary") && !page.contains("/connect\""), "{page}");
    for path in ["/accounts/acc_nothing", "/accounts/%ff", "/accounts/x/mcp"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("There is nothing here"), "{path}: {}", answer.text);
    }
    let nobody = test.as_caller(None, Method::GET, &format!("/accounts/{id}"), None).await;
    assert!(nobody.leads_to().starts_with("/sign-in?next="), "{}", nobody.leads_to());
}

#[tokio::test]
async fn a_person_goes_to_the_vendor_and_comes_back_to_the_account() {
    for database in databases().await {
        let host = vendor(StatusCode::OK, TENANT).await;
        let test = database.start_towards(begin(), &host).await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let client = json!({"type": "oauth2_authorization_code", "client_id": "i", "client_secret": "canary-secret"});
        let id = account_at(&test, &host, client).await;
        let path = format!("/accounts/{id}");
        let page = browser.page(&format!("{path}?made=1")).await;
        assert!(page.contains("Sign in at Demo") && page.contains("To be connected"), "{page}");
        let mut begun = async || {
            let page = browser.post(&format!("{path}/connect"), &[]).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            let url = page.text.split_once("url=").unwrap().1.split('"').next().unwrap();
            let url = url::Url::parse(&url.replace("&#38;", "&").replace("&amp;", "&")).unwrap();
            assert_eq!(url.path(), "/oauth/authorize");
            url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
        };
        // The browser comes from another site: without its cookie.
        let back = async |query: String| {
            test.as_caller(None, Method::GET, &format!("/oauth/callback?{query}"), None).await
        };
        let state = begun().await;
        let no =
            back(format!("state={state}&error=access_denied&error_description=%3Cb%3Eno")).await;
        assert_eq!(no.status, StatusCode::BAD_REQUEST);
        assert!(
            no.text.contains("access_denied &#60;b&#62;no")
                && no.text.contains(&format!("href=\"{path}\"")),
            "{}",
            no.text
        );
        assert!(
            !no.text.contains("http-equiv") && no.headers.contains_key("content-security-policy")
        );
        let used = back(format!("state={state}&code=c")).await;
        assert_eq!(used.status, StatusCode::NOT_FOUND);
        assert!(
            used.text.contains("good once") && used.text.contains("href=\"/accounts\""),
            "{}",
            used.text
        );
        let yes = back(format!("state={}&code=c", begun().await)).await;
        assert_eq!(yes.status, StatusCode::OK, "{}", yes.text);
        assert!(yes.text.contains(&format!("0; url={path}?connected=1")), "{}", yes.text);
        let page = browser.page(&format!("{path}?connected=1")).await;
        assert!(page.contains("Demo let us in.") && !page.contains("canary"), "{page}");
        // The admin API's way stays its own.
        let sent = test.get(&format!("/integrated-account/{id}/connect")).await;
        let url = url::Url::parse(sent.leads_to()).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let yes = back(format!("state={state}&code=c")).await;
        assert!(yes.text.contains("You can close this page."), "{}", yes.text);
        let plain = test.account().await;
        let wrong = browser.post(&format!("/accounts/{plain}/connect"), &[]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.forge(&format!("{path}/connect")).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_servers_of_an_account_are_listed() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let (id, other) = (test.account().await, test.account().await);
    let path = format!("/accounts/{id}/mcp");
    let page = browser.page(&path).await;
    assert!(
        page.contains("No MCP server reaches this account yet")
            && page.contains(&format!("{path}/new")),
        "{page}"
    );
    test.server(&other, json!({"name": "of-another"})).await;
    let (server, _) =
        test.server(&id, json!({"name": "Reader", "config": {"methods": ["read"]}})).await;
    let page = browser.page(&path).await;
    assert!(
        page.contains("1 MCP server leads into this Demo account.")
            && page.contains(&format!("/mcp-servers/{server}")),
        "{page}"
    );
    assert!(!page.contains("of-another"), "{page}");
    assert!(
        browser.page(&format!("{path}?q=nobody")).await.contains("No MCP server fits this search.")
    );
}

#[tokio::test]
async fn the_tools_of_an_account_are_listed_and_found() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let path = format!("/accounts/{}/tools", test.account().await);
    let all = browser.page(&path).await;
    for tool in test.app.catalogues.get("demo").unwrap().tools() {
        assert!(all.contains(&format!(">{}<", tool.name())), "{}: {all}", tool.name());
    }
    for part in [
        "Demo has 6 tools",
        "at most 50 calls a minute",
        "deprecated",
        "Things (5)",
        "Method <code>cancel</code>",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let users = browser.page(&format!("{path}?about=users")).await;
    assert!(
        users.contains(">list_all_demo_users<") && !users.contains(">list_all_demo_things<"),
        "{users}"
    );
    let found = browser.page(&format!("{path}?q=delete+a+thing")).await;
    let names: Vec<&str> = found
        .split("<code class=\"strong\">")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap())
        .collect();
    let toolset = test.app.toolsets.get(
        test.app.catalogues.get("demo").unwrap(),
        &crate::toolset::Filter::default(),
        None,
    );
    let searched: Vec<&str> =
        toolset.search("delete a thing").iter().map(|served| served.name()).collect();
    assert_eq!(names, searched);
    for query in ["q=zzzz", "about=nothing", "page=99", "page=18446744073709551615"] {
        let page = browser.page(&format!("{path}?{query}")).await;
        assert!(page.contains("No tool"), "{query}: {page}");
    }
}

#[tokio::test]
async fn what_the_tenant_defines_is_read_from_the_vendor() {
    let database = databases().await.remove(0);
    let (good, bad) =
        (vendor(StatusCode::OK, TENANT).await, vendor(StatusCode::FORBIDDEN, "{}").await);
    let test = database.start_towards(begin(), &format!("{good},{bad}")).await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let path = format!("/accounts/{}/fields", account_at(&test, &good, bearer()).await);
    let page = browser.page(&path).await;
    for part in [
        "This account itself defines 2 fields and 2 launch forms.",
        "<code>cost_center</code>",
        "type: dropdown",
        "label: &#60;u&#62;x",
        "NDA &#60;b&#62;",
        "Other &#60;i&#62;party",
        "may not be launched",
        "It has no form that can be filled in here.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let found = browser.page(&format!("{path}?q=NDA")).await;
    assert!(
        !found.contains("cost_center") && found.contains("No field fits this search."),
        "{found}"
    );
    let refused = format!("/accounts/{}/fields", account_at(&test, &bad, bearer()).await);
    let page = browser.page(&refused).await;
    assert!(
        page.matches("Demo did not tell: the vendor answered 403 Forbidden.").count() == 2,
        "{page}"
    );
    let dead = format!("/accounts/{}/fields", account_at(&test, "127.0.0.1:9", bearer()).await);
    let page = browser.page(&dead).await;
    assert!(page.contains("Demo did not tell: ") && page.contains("unreachable"), "{page}");
}
