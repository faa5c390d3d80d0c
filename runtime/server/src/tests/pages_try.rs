//! A tool that is tried on its page: its form, and what came of it.

use http::StatusCode;
use serde_json::{Value, json};

use super::browser::{Browser, hidden};
use super::harness::ADMIN;
use super::shop::{Shop, borrowed, carried, escaped};

#[tokio::test]
async fn a_tool_that_reads_runs_and_is_logged_as_the_pages() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("shop_things_search");
    let tools = browser.page(&format!("/accounts/{}/tools", shop.account)).await;
    assert!(tools.contains(&format!("href=\"{path}\"")), "{tools}");
    let page = browser.page(&path).await;
    for part in [
        "It only reads from Shop.",
        "11 arguments, 1 of them required",
        "Words &#60;b&#62;",
        "8 more arguments",
        "A whole number, at least 1, at most 9. Left empty, it is 5",
        ">Run<",
        "<option value=\"&#60;i&#62;old\"",
        "JSON: {city?: string}",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(shop.vendor.sent("/search").is_empty());
    shop.vendor.answers(r#"{"rows":[{"id":1},{"id":2}],"next_cursor":"c2"}"#);
    let answer = browser.post(&path, &[("arg.q", "x")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for part in [
        "It worked.",
        "200 OK",
        "req-7",
        "2 items",
        "Next page",
        "$DRAWBRIDGE_TOKEN",
        &format!(
            "http://localhost:8484/integrated-account/{}/tools/shop_things_search",
            shop.account
        ),
        &escaped("\"method\": \"tools/call\""),
        "value=\"x\"",
    ] {
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    let next = answer.text.split_once("Next page").unwrap().0.rsplit_once("<form").unwrap().1;
    let fields = carried(&format!("<main{next}"));
    assert_eq!(borrowed(&fields), [("arg.q", "x"), ("arg.next_cursor", "c2")]);
    browser.post(&path, &borrowed(&fields)).await;
    assert_eq!(shop.last("/search"), json!({"q": "x", "next_cursor": "c2"}));
    shop.test.app.calls.flush().await;
    let log = shop.test.get("/call-log?client=admin+page").await.json();
    assert_eq!(log["result"].as_array().unwrap().len(), 2, "{log}");
    assert_eq!(log["result"][0]["tool"], "shop_things_search");
}

#[tokio::test]
async fn every_kind_of_argument_arrives_as_the_schema_wants_it() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("shop_things_search");
    let typed = [
        ("arg.q", "7"),
        ("arg.limit", "3"),
        ("arg.ratio", "1.5"),
        ("arg.open", "false"),
        ("arg.state", "<i>old"),
        ("arg.tags", "one\r\n\r\ntwo, three"),
        ("arg.sizes", "1\n2"),
        ("arg.kinds", "a"),
        ("arg.kinds", "c"),
        ("arg.where", "{\"city\": \"Ulm\"}"),
        ("arg.amount", "{\"value\":5}"),
        ("arg.next_cursor", ""),
    ];
    let answer = browser.post(&path, &typed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let wanted = json!({"q": "7", "limit": 3, "ratio": 1.5, "open": false, "state": "<i>old", "tags": ["one", "two, three"],
        "sizes": [1, 2], "kinds": ["a", "c"], "where": {"city": "Ulm"}, "amount": {"value": 5}});
    assert_eq!(shop.last("/search"), wanted);
    // What was typed is JSON at the push of a button, and the same then.
    let page = browser.post(&path, &[&typed[..], &[("step", "json")]].concat()).await.text;
    let text = page.split_once("name=\"arguments\"").unwrap().1.split_once('>').unwrap().1;
    let text = text
        .split("</textarea>")
        .next()
        .unwrap()
        .replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">");
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), wanted);
    browser
        .post(&path, &[("way", "json"), ("arguments", "{\"q\":\"whole\",\"limit\":\"4\"}")])
        .await;
    assert_eq!(shop.last("/search"), json!({"q": "whole", "limit": 4}));
    assert_eq!(shop.vendor.sent("/search").len(), 2);
}

#[tokio::test]
async fn faults_stand_beside_the_fields_and_what_was_typed_stays() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("shop_things_search");
    let fault = |page: &str, name: &str| {
        let field = page.split_once(&format!("name=\"{name}\"")).unwrap().1;
        let field = field.split("<div class=\"field\">").next().unwrap();
        field
            .split_once("class=\"error\"")
            .map(|(_, rest)| rest.split(['>', '<']).nth(1).unwrap().to_owned())
    };
    let typed = [
        ("arg.q", ""),
        ("arg.limit", "many"),
        ("arg.state", "nwe"),
        ("arg.where", "{\"town\": 1}"),
        ("arg.sizes", "1\nx"),
    ];
    let answer = browser.post(&path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text;
    assert!(page.contains("Nothing was sent: 5 arguments are missing or wrong."), "{page}");
    assert_eq!(fault(&page, "arg.q").as_deref(), Some("Fill this in."));
    assert_eq!(fault(&page, "arg.limit").as_deref(), Some("Expected a whole number."));
    assert!(fault(&page, "arg.state").unwrap().ends_with("Did you mean new?"), "{page}");
    assert!(fault(&page, "arg.where").unwrap().starts_with("At town: Expected"), "{page}");
    assert_eq!(fault(&page, "arg.sizes").as_deref(), Some("At 1: Expected a whole number."));
    assert_eq!(fault(&page, "arg.ratio"), None);
    for kept in [
        "value=\"many\"",
        &escaped("{\"town\": 1}"),
        "1\nx</textarea>",
        "aria-invalid=\"true\"",
        "<details open>",
    ] {
        assert!(page.contains(kept), "{kept}: {page}");
    }
    let broken = browser.post(&path, &[("arg.q", "x"), ("arg.where", "{no")]).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        fault(&broken.text, "arg.where").unwrap().starts_with("This is not JSON: "),
        "{}",
        broken.text
    );
    for (text, words) in [
        ("[1]", "This must be an object"),
        ("{", "This is not JSON"),
        ("{\"q\":1,\"x\":2}", "At x: "),
    ] {
        let whole = browser.post(&path, &[("way", "json"), ("arguments", text)]).await;
        assert_eq!(whole.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            whole.text.contains(words) && whole.text.contains(&escaped(text)),
            "{}",
            whole.text
        );
    }
    assert!(shop.vendor.sent("/search").is_empty());
}

#[tokio::test]
async fn a_template_is_chosen_and_its_live_form_filled_in() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("shop_things_launch");
    let choose = browser.page(&path).await;
    assert!(
        choose.contains("<option value=\"t1\">Order &#60;b&#62;</option>")
            && choose.contains("method=\"get\""),
        "{choose}"
    );
    let page = browser.page(&format!("{path}?template=t1")).await;
    for part in [
        "Who &#60;b&#62;buys",
        "name=\"form.buyer\"",
        "name=\"form.copies\"",
        "<option value=\"cloth\"",
        "name=\"arg.fast\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("arg.values") && !page.contains("arg.template"), "{page}");
    let own = ("template", "t1");
    let wrong = browser.post(&path, &[own, ("form.copies", "two"), ("form.cover", "papr")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["3 arguments are", "Fill this in.", "Did you mean paper?", "value=\"two\""] {
        assert!(wrong.text.contains(part), "{part}: {}", wrong.text);
    }
    let shown = browser
        .post(&path, &[own, ("form.buyer", "Ada"), ("form.copies", "2"), ("arg.fast", "true")])
        .await;
    assert!(shop.vendor.sent("/launch").is_empty());
    let form = [carried(&shown.text), vec![("step".to_owned(), "send".to_owned())]].concat();
    browser.post(&path, &borrowed(&form)).await;
    assert_eq!(
        shop.last("/launch"),
        json!({"template": "t1", "fast": true, "values": {"buyer": "Ada", "copies": 2}})
    );
    let gone = browser.page(&format!("{path}?template=gone")).await;
    assert!(
        gone.contains("The form of this template cannot be read: the vendor answered 404")
            && gone.contains("arg.values")
            && gone.contains("name=\"arg.template\" value=\"gone\""),
        "{gone}"
    );
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_is_said_in_words() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let account = Shop::account_at(&shop.test, "127.0.0.1:9").await;
    let at = |tool: &str| format!("/accounts/{account}/tools/{tool}");
    let page = browser.page(&at("create_a_shop_thing")).await;
    assert!(page.contains("The fields that this account defines itself are not known: "), "{page}");
    let launch = browser.page(&at("shop_things_launch")).await;
    assert!(
        launch.contains("did not tell which templates there are")
            && launch.contains("name=\"arg.values\""),
        "{launch}"
    );
    // What was typed when it still answered stays.
    let typed = [("template", "t1"), ("form.buyer", "Ada"), ("step", "edit")];
    let kept = browser.post(&at("shop_things_launch"), &typed).await;
    assert!(
        kept.text.contains("name=\"form.buyer\" value=\"Ada\"")
            && kept.text.contains("cannot be read"),
        "{}",
        kept.text
    );
    let failed = browser.post(&at("shop_things_search"), &[("arg.q", "x")]).await;
    assert_eq!(failed.status, StatusCode::OK);
    for part in ["It failed: the vendor cannot be reached.", "upstream_unreachable", "no answer"] {
        assert!(failed.text.contains(part), "{part}: {}", failed.text);
    }
}

#[tokio::test]
async fn hostile_answers_are_inert_and_pages_stay_small() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("shop_things_search");
    let evil = "</code></pre><script>alert(1)</script><img src=x onerror='alert(1)'>\" onfocus=\"x";
    let row = json!({evil: evil, "deep": [[[{evil: [evil]}]]]});
    let rows: Vec<&Value> = std::iter::repeat_n(&row, 100).collect();
    let poll = json!({"tool": "list_all_shop_fields\" onclick=\"x", "arguments": {}});
    shop.vendor.answers(
        &json!({"rows": rows, "next_cursor": evil, "pending": true, "poll": poll}).to_string(),
    );
    let answer = browser.post(&path, &[("arg.q", evil.get(..20).unwrap())]).await;
    let page = &answer.text;
    for bad in ["<script>alert", "<img src=x", "\" onfocus=\"x", "' onclick"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(page.contains("more.") && page.contains("How it begins, of "), "{page}");
    assert!(page.len() < 100_000, "{}", page.len());
    assert!(!page.contains("See how it stands"), "{page}");
    // Neither does much that is typed fill the page twice.
    let large = browser
        .post(
            &path,
            &[
                ("way", "json"),
                ("arguments", &json!({"q": "x", "tags": vec!["<"; 9_000]}).to_string()),
            ],
        )
        .await;
    assert!(large.text.contains("arguments.json"), "{}", large.text.len());
}

#[tokio::test]
async fn a_file_is_named_and_asked_for_again_to_be_kept() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("shop_pictures_download");
    let page = browser.page(&path).await;
    assert!(
        page.contains("This tool is deprecated") && page.contains("It takes no arguments."),
        "{page}"
    );
    let answer = browser.post(&path, &[]).await;
    assert!(
        answer.text.contains("A file came back: ")
            && answer.text.contains("image/png, 11 bytes")
            && answer.text.contains("Download"),
        "{}",
        answer.text
    );
    let csrf = hidden(&answer.text, "csrf");
    assert!(!csrf.is_empty());
    let file = browser.post(&path, &[("step", "file")]).await;
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    assert!(
        file.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename*=UTF-8''")
    );
}

#[tokio::test]
async fn there_is_no_page_for_a_tool_that_is_none() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    for path in [
        shop.at("list_all_shop_nothing"),
        shop.at("%ff"),
        "/accounts/acc_none/tools/shop_things_search".to_owned(),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("There is nothing here"), "{}", answer.text);
    }
    let filled =
        browser.page(&format!("{}?arg.q=%3Cb%3E&arg.kinds=b", shop.at("shop_things_search"))).await;
    assert!(
        filled.contains("value=\"&#60;b&#62;\"") && filled.contains("value=\"b\" checked"),
        "{filled}"
    );
    assert!(shop.vendor.sent("/").is_empty());
}
