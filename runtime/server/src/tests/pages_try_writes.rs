//! A tool that writes, tried on its page: what is shown is what is sent, once.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::browser::Browser;
use super::harness::{ADMIN, databases};
use super::shop::{Shop, borrowed, carried, escaped};

#[tokio::test]
async fn what_a_tool_writes_is_shown_exactly_and_sent_once() {
    for database in databases().await {
        let shop = Shop::on(database).await;
        let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
        let path = shop.at("create_a_shop_thing");
        let page = browser.page(&path).await;
        assert!(page.contains("Show the request") && !page.contains(">Run<"), "{page}");
        assert!(
            page.contains("Fields of this account") && page.contains("Cost &#60;u&#62;"),
            "{page}"
        );
        let typed =
            [("arg.name", "it's <b> \"x\" $HOME"), ("own.cost", "12"), ("own.colour", "[\"red\"]")];
        let wrong = browser
            .post(&path, &[("arg.name", "far longer than twenty letters"), ("own.colr", "x")])
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            wrong.text.contains("At most 20 characters")
                && wrong.text.contains("Did you mean colour?"),
            "{}",
            wrong.text
        );
        let shown = browser.post(&path, &typed).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        assert!(shop.vendor.sent("/things").is_empty());
        assert!(
            shown.text.contains("Nothing was sent yet.") && !shown.text.contains("canary"),
            "{}",
            shown.text
        );
        let confirmed =
            [carried(&shown.text), vec![("step".to_owned(), "send".to_owned())]].concat();
        // Whoever changes what was shown is shown it anew.
        let mut other = confirmed.clone();
        other
            .iter_mut()
            .filter(|(name, _)| name == "own.cost")
            .for_each(|(_, text)| "13".clone_into(text));
        let anew = browser.post(&path, &borrowed(&other)).await;
        assert!(
            anew.text.contains("this is not the request that you were shown")
                && shop.vendor.sent("/things").is_empty(),
            "{}",
            anew.text
        );

        let done = browser.post(&path, &borrowed(&confirmed)).await;
        assert!(done.status == StatusCode::OK && done.text.contains("It worked."), "{}", done.text);
        let [sent] = shop.vendor.sent("/things").try_into().unwrap();
        let body = json!({"name": "it's <b> \"x\" $HOME", "cost": 12, "colour": ["red"]});
        assert_eq!(serde_json::from_str::<Value>(&sent.body).unwrap(), body);
        assert_eq!(sent.method, Method::POST);
        // Each line that was shown is what the vendor was sent, but for the credential.
        let host = sent.headers["host"].to_str().unwrap();
        assert!(
            shown.text.contains(&format!("<code>POST http://{host}{}</code>", sent.path)),
            "{}",
            shown.text
        );
        assert!(
            shown.text.contains(&format!("<code>{}</code>", escaped(&sent.body))),
            "{}",
            shown.text
        );
        assert_eq!(sent.headers["authorization"], "Bearer canary-token");
        let rows = shown.text.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
        let cells: Vec<&str> = rows
            .split("<code>")
            .skip(1)
            .map(|cell| cell.split("</code>").next().unwrap())
            .collect();
        let mut named: Vec<&str> = cells.iter().step_by(2).copied().collect();
        for (name, value) in named.iter().zip(cells.iter().skip(1).step_by(2)) {
            assert_eq!(
                sent.headers[*name].to_str().unwrap().replace("canary-token", "$TOKEN"),
                *value
            );
        }
        named.sort_unstable();
        assert_eq!(named, ["accept", "authorization", "content-type", "x-version"]);

        let again = browser.post(&path, &borrowed(&confirmed)).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text);
        assert!(again.text.contains("Nothing was sent twice."), "{}", again.text);
        assert_eq!(shop.vendor.sent("/things").len(), 1);
        let acts = shop.test.get("/audit-log?action=tool.call").await.json();
        assert_eq!(acts["result"].as_array().unwrap().len(), 1, "{acts}");
        assert_eq!(acts["result"][0]["changes"], json!({"tool": {"to": "create_a_shop_thing"}}));
    }
}

#[tokio::test]
async fn a_write_is_never_sent_unseen() {
    let shop = Shop::start().await;
    let mut browser = Browser::signed_in(&shop.test, ADMIN).await;
    let path = shop.at("delete_a_shop_thing_by_id");
    let page = browser.page(&path).await;
    assert!(page.contains("What this tool removes or ends may not come back."), "{page}");
    for step in ["", "run", "file", "send", "anything"] {
        let shown = browser.post(&path, &[("arg.id", "a/b"), ("step", step), ("nonce", "n")]).await;
        assert!(
            shown.text.contains("DELETE http://") && shown.text.contains("/things/a%2Fb"),
            "{step}: {}",
            shown.text
        );
        assert!(shown.text.contains("What is gone may not come back."), "{}", shown.text);
    }
    let edit = browser.post(&path, &[("arg.id", "a/b"), ("step", "edit")]).await;
    assert!(
        edit.text.contains("value=\"a/b\"") && edit.text.contains("Show the request"),
        "{}",
        edit.text
    );
    assert_eq!(browser.forge(&path).await.status, StatusCode::FORBIDDEN);
    assert!(shop.vendor.sent("/things").is_empty());
    let shown = browser.post(&path, &[("arg.id", "a/b")]).await.text;
    // Two at once send one.
    let form = [carried(&shown), vec![("step".to_owned(), "send".to_owned())]].concat();
    let mut second = browser.on(&shop.test);
    second.get(&path).await;
    let form = borrowed(&form);
    let (one, two) = tokio::join!(browser.post(&path, &form), second.post(&path, &form));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    assert_eq!(shop.vendor.sent("/things").len(), 1);
}
