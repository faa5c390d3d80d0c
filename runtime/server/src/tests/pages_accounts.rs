//! Pages on all accounts: the list, how one is connected, changed and deleted.

use http::{Method, StatusCode};
use jiff::ToSpan;
use serde_json::json;

use super::browser::{Browser, hidden};
use super::harness::{ADMIN, account_body, databases};
use crate::provision::Actor;
use crate::testing::DEMO;

#[tokio::test]
async fn accounts_are_listed_searched_and_chosen() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let empty = browser.page("/accounts").await;
        assert!(empty.contains("No account is connected yet") && !empty.contains("<table"));
        let ours = test.account().await;
        let alone = browser.get("/accounts?choose=1").await;
        assert_eq!(alone.leads_to(), format!("/accounts/{ours}/mcp/new"));
        let mut other = account_body();
        other["name"] = json!("100% <script>x</script>");
        other["owner"] = json!("Grace");
        let other = test.post("/integrated-account", other).await.made("id");
        test.server(&other, json!({"name": "one"})).await;
        let all = browser.page("/accounts").await;
        assert!(all.contains("Agents can be let into 2 accounts."), "{all}");
        assert!(all.contains("100% &#60;script&#62;") && !all.contains("<script>x"), "{all}");
        assert!(
            all.contains(r#"class="number">1</td>"#) && all.contains(r#"class="number">0</td>"#)
        );
        for (words, found) in
            [("GRACE", true), ("100%25", true), ("0%25 %3Cs", true), ("_", false), ("demo", true)]
        {
            let page = browser.page(&format!("/accounts?q={}", words.replace(' ', "+"))).await;
            assert_eq!(page.contains(&other), found, "{words}: {page}");
        }
        let choose = browser.page("/accounts?choose=1").await;
        assert!(choose.contains(&format!("/accounts/{ours}/mcp/new")), "{choose}");
        let nothing = browser.page("/accounts?choose=1&q=zzz").await;
        assert!(nothing.contains("No account fits this search."), "{nothing}");
    }
}

#[tokio::test]
async fn a_long_list_goes_on() {
    let test = databases().await.remove(0).start().await;
    let first = test.account().await;
    test.clock.set(test.clock.now() + 1.seconds());
    for _ in 0..50 {
        test.account().await;
    }
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let page = browser.page("/accounts?q=demo").await;
    assert!(!page.contains(&first), "the newest come first");
    let next = page.split_once(r#"<nav class="pager""#).unwrap().1;
    let next = next.split_once(r#"href=""#).unwrap().1.split('"').next().unwrap();
    let next = next.replace("&#38;", "&").replace("&amp;", "&");
    assert!(next.contains("q=demo"), "{next}");
    let last = browser.page(&format!("/accounts{next}")).await;
    assert!(last.contains(&first) && last.matches("/accounts/acc").count() == 1, "{last}");
}

#[tokio::test]
async fn an_account_is_connected_once_by_a_form() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let form = browser.page("/accounts/new?integration=demo").await;
        for kind in ["bearer", "api_key", "oauth2_client_credentials", "oauth2_authorization_code"]
        {
            assert!(form.contains(&format!(r#"data-kind="{kind}""#)), "{kind}: {form}");
        }
        for part in
            ["us.demo.example", "http://localhost:8484/oauth/callback", r#"type="password""#]
        {
            assert!(form.contains(part), "{part}: {form}");
        }
        let nonce = hidden(&form, "nonce");
        let fields = [
            ("integration", "demo"),
            ("nonce", &nonce),
            ("type", "api_key"),
            ("api_key.token", "canary-key"),
            ("bearer.token", "canary-of-another-kind"),
            ("place", "us"),
            ("base_url", "left over"),
            ("name", "Second <b>"),
            ("owner", " "),
        ];
        let made = browser.post("/accounts/new", &fields).await;
        let (path, query) = made.leads_to().split_once('?').unwrap();
        assert_eq!(query, "made=1");
        let id = path.strip_prefix("/accounts/").unwrap();
        let account = test.get(&format!("/integrated-account/{id}")).await.json();
        assert_eq!(
            (&account["name"], &account["region"], &account["credentials_type"], &account["owner"]),
            (&json!("Second <b>"), &json!("us"), &json!("api_key"), &json!(null))
        );
        let page = browser.page(made.leads_to()).await;
        assert!(
            page.contains("The account is stored.") && page.contains("Second &#60;b&#62;"),
            "{page}"
        );
        assert!(!page.contains("canary"), "{page}");
        let again = browser.post("/accounts/new", &fields).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert!(again.text.contains("connected already"), "{}", again.text);
        let all = test.get("/integrated-account").await.json();
        assert_eq!(all["result"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_new_account_stands_beside_its_field() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let mut refused = async |fields: &[(&str, &str)]| {
        let fields = [&[("integration", "demo")], fields].concat();
        let answer = browser.post("/accounts/new", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        answer.text
    };
    let page = refused(&[
        ("type", "oauth2_client_credentials"),
        ("oauth2_client_credentials.client_id", "typed-id"),
        ("oauth2_client_credentials.client_secret", "canary\nsecret"),
        ("oauth2_client_credentials.scopes", "a b"),
        ("bearer.token", "canary-token"),
        ("place", "own"),
        ("base_url", "http://evil.example"),
        ("owner", "The team"),
    ])
    .await;
    for part in [
        r#"id="name-error">Fill this in.<"#,
        r#"id="oauth2_client_credentials.client_secret-error""#,
        r#"value="typed-id""#,
        r#"value="http://evil.example""#,
        r#"value="The team""#,
        "3 answers are missing or wrong",
        r#"aria-describedby="base_url-hint base_url-error" aria-invalid="true""#,
        r#"value="oauth2_client_credentials" checked"#,
        r#"value="own" checked"#,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("canary"), "{page}");
    assert!(
        refused(&[("type", "bearer"), ("bearer.token", "x"), ("name", "n"), ("place", "mars")])
            .await
            .to_lowercase()
            .contains("unknown region")
    );
    assert!(
        refused(&[("type", "bearer"), ("name", "n")])
            .await
            .contains(r#"id="bearer.token-error">Fill this in."#)
    );
    let unknown = browser.post("/accounts/new", &[("integration", "nobody")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/accounts/new?integration=nobody").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.forge("/accounts/new").await.status, StatusCode::FORBIDDEN);
    let all = test.get("/integrated-account").await.json();
    assert_eq!(all["result"], json!([]));
}

#[tokio::test]
async fn an_account_is_described_anew() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let id = test.account().await;
    let path = format!("/accounts/{id}/edit");
    assert!(browser.page(&path).await.contains(r#"value="Our demo""#));
    let long = "x".repeat(201);
    let refused =
        browser.post(&path, &[("name", &long), ("owner", "Grace"), ("purpose", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("Name must be 1 to 200 characters")
            && refused.text.contains(r#"value="Grace""#),
        "{}",
        refused.text
    );
    let done =
        browser.post(&path, &[("name", "Renamed"), ("owner", "Grace"), ("purpose", "")]).await;
    assert_eq!(done.leads_to(), format!("/accounts/{id}?changed=1"));
    let account = test.get(&format!("/integrated-account/{id}")).await.json();
    assert_eq!(
        (&account["name"], &account["owner"], &account["purpose"]),
        (&json!("Renamed"), &json!("Grace"), &json!(null))
    );
    assert_eq!(browser.get("/accounts/acc_0/edit").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_takes_new_credentials() {
    let test = databases().await.remove(0).start().await;
    let mut browser = Browser::signed_in(&test, ADMIN).await;
    let id = test.account().await;
    let path = format!("/accounts/{id}/reconnect");
    assert!(browser.page(&path).await.contains(r#"value="bearer" checked"#));
    let refused = browser.post(&path, &[("type", "api_key"), ("place", "us")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains(r#"id="api_key.token-error">Fill this in."#), "{}", refused.text);
    let elsewhere = [
        ("type", "bearer"),
        ("bearer.token", "canary"),
        ("place", "own"),
        ("base_url", "http://10.0.0.1"),
    ];
    let refused = browser.post(&path, &elsewhere).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("upstream-hosts") && !refused.text.contains("canary"),
        "{}",
        refused.text
    );
    let done = browser
        .post(&path, &[("type", "api_key"), ("api_key.token", "new"), ("place", "us")])
        .await;
    assert_eq!(done.leads_to(), format!("/accounts/{id}?changed=1"));
    let account = test.get(&format!("/integrated-account/{id}")).await.json();
    assert_eq!(
        (&account["credentials_type"], &account["region"]),
        (&json!("api_key"), &json!("us"))
    );
    let own = [
        ("type", "api_key"),
        ("api_key.token", "new"),
        ("place", "own"),
        ("base_url", "http://127.0.0.1:9"),
    ];
    browser.post(&path, &own).await.leads_to();
    let account = test.get(&format!("/integrated-account/{id}")).await.json();
    assert_eq!(
        (&account["base_url"], &account["region"]),
        (&json!("http://127.0.0.1:9"), &json!(null))
    );

    let credentials = json!({"type": "bearer", "token": "t"});
    let by = Actor::first_start();
    let sandbox =
        test.app.provision.create_sandbox_account(&DEMO, "Sandbox", &credentials, &by).await;
    let sandbox = sandbox.unwrap().id;
    let answer = browser.get(&format!("/accounts/{sandbox}/reconnect")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("needs no credentials"), "{}", answer.text);
    assert!(!browser.page(&format!("/accounts/{sandbox}")).await.contains("/reconnect"));
}

#[tokio::test]
async fn an_account_is_deleted_when_it_is_known_what_ends() {
    for database in databases().await {
        let test = database.start().await;
        let mut browser = Browser::signed_in(&test, ADMIN).await;
        let id = test.account().await;
        let (_, token) = test.server(&id, json!({"name": "Auditor <i>", "owner": "Grace"})).await;
        let path = format!("/accounts/{id}/delete");
        let page = browser.page(&path).await;
        assert!(
            page.contains("1 MCP server ends with it") && page.contains("Auditor &#60;i&#62;"),
            "{page}"
        );
        let refused = browser.post(&path, &[("servers", "1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Tick the box"), "{}", refused.text);
        let stale = browser.post(&path, &[("servers", "0"), ("confirm", "1")]).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stale.text.contains("have changed"), "{}", stale.text);
        assert_eq!(browser.forge(&path).await.status, StatusCode::FORBIDDEN);
        let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
        let url = format!("/mcp/{token}");
        let open = test.as_caller(None, Method::POST, &url, Some(&list)).await;
        assert_ne!(open.status, StatusCode::NOT_FOUND, "it is there still");
        let done = browser.post(&path, &[("servers", "1"), ("confirm", "1")]).await;
        assert_eq!(done.leads_to(), "/accounts?deleted=1");
        assert!(browser.page("/accounts?deleted=1").await.contains("The account is deleted"));
        assert_eq!(browser.get(&format!("/accounts/{id}")).await.status, StatusCode::NOT_FOUND);
        let gone = test.as_caller(None, Method::POST, &url, Some(&list)).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
}
