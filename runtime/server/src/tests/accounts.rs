//! Accounts over HTTP.

use http::StatusCode;
use serde_json::json;

use super::harness::{account_body, databases};

#[tokio::test]
async fn an_account_is_connected_shown_changed_and_disconnected() {
    for database in databases().await {
        let test = database.start().await;
        let made = test.post("/integrated-account", account_body()).await;
        let id = made.made("id");
        assert!(id.starts_with("acc_"));
        assert_eq!(made.headers["location"], format!("/integrated-account/{id}"));
        let account = made.json();
        assert_eq!(account["integration"], "demo");
        assert_eq!(account["status"], "active");
        assert_eq!(account["credentials_type"], "bearer");
        assert_eq!(account["created_at"], "2026-01-01T12:00:00Z");
        assert_eq!(account.get("credentials"), None);

        let path = format!("/integrated-account/{id}");
        assert_eq!(test.get(&path).await.json(), account);
        assert_eq!(
            test.get("/integrated-account").await.json(),
            json!({"result": [account], "next_cursor": null})
        );

        let changed = test.patch(&path, json!({"name": "Renamed", "region": "us"})).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
        assert_eq!(
            (&changed.json()["name"], &changed.json()["region"]),
            (&json!("Renamed"), &json!("us"))
        );
        let moved = test.patch(&path, json!({"base_url": "http://127.0.0.1:9"})).await.json();
        assert_eq!(
            (&moved["base_url"], &moved["region"]),
            (&json!("http://127.0.0.1:9"), &json!(null))
        );

        assert_eq!(test.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert_eq!(test.get(&path).await.violations(StatusCode::NOT_FOUND), [""; 0]);
        assert_eq!(test.delete(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn everything_wrong_with_an_account_is_named() {
    for database in databases().await {
        let test = database.start().await;
        let cases = [
            (json!({}), vec!["/integration", "/name", "/credentials"]),
            (json!([]), vec![""]),
            (
                json!({"integration": "nope", "name": "x", "credentials": {"type": "bearer", "token": "t"}}),
                vec!["/integration"],
            ),
            (
                json!({"integration": "demo", "name": " ", "credentials": {"type": "bearer"}, "colour": "red"}),
                vec!["/name", "/colour", "/credentials/token"],
            ),
            (
                json!({"integration": "demo", "name": "x\u{0}y", "credentials": {"type": "bearer", "token": "t"}}),
                vec!["/name"],
            ),
            (
                json!({"integration": "demo", "name": "x", "region": "mars", "credentials": {"type": "magic"}}),
                vec!["/region", "/credentials/type"],
            ),
            (
                json!({"integration": "demo", "name": "x", "base_url": "http://10.0.0.1", "credentials": {"type": "bearer", "token": "t"}}),
                vec!["/base_url"],
            ),
            (
                json!({"integration": "demo", "name": "x", "base_url": "https://evil.com", "credentials": {"type": "bearer", "token": "t", "tokn": 1}}),
                vec!["/base_url", "/credentials/tokn"],
            ),
        ];
        for (body, expected) in cases {
            let answer = test.post("/integrated-account", body.clone()).await;
            assert_eq!(answer.violations(StatusCode::UNPROCESSABLE_ENTITY), expected, "{body}");
        }
        let id = test.account().await;
        let path = format!("/integrated-account/{id}");
        assert_eq!(
            test.patch(&path, json!({"integration": "x"}))
                .await
                .violations(StatusCode::UNPROCESSABLE_ENTITY),
            ["/integration"]
        );
        assert_eq!(
            test.patch(&path, json!({"name": null}))
                .await
                .violations(StatusCode::UNPROCESSABLE_ENTITY),
            ["/name"]
        );
        assert_eq!(
            test.patch(&path, json!({"base_url": "ftp://x"}))
                .await
                .violations(StatusCode::UNPROCESSABLE_ENTITY),
            ["/base_url"]
        );
    }
}

#[tokio::test]
async fn a_list_is_walked_in_pages_and_yields_each_account_once() {
    for database in databases().await {
        let test = database.start().await;
        let mut made = Vec::new();
        for _ in 0..7 {
            made.push(test.account().await);
        }
        made.sort_unstable();
        let (mut found, mut path) = (Vec::new(), "/integrated-account?limit=3".to_owned());
        loop {
            let page = test.get(&path).await.json();
            found.extend(
                page["result"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|account| account["id"].as_str().unwrap().to_owned()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/integrated-account?limit=3&next_cursor={cursor}");
        }
        found.sort_unstable();
        assert_eq!(found, made);
        for (query, parameter) in [
            ("limit=0", "limit"),
            ("limit=x", "limit"),
            ("next_cursor=x", "next_cursor"),
            ("nextcursor=x", "nextcursor"),
        ] {
            let answer = test.get(&format!("/integrated-account?{query}")).await;
            assert_eq!(answer.violations(StatusCode::BAD_REQUEST), [parameter]);
        }
        assert_eq!(
            test.get("/integrated-account?integration=other").await.json()["result"],
            json!([])
        );
    }
}

#[tokio::test]
async fn the_database_holds_no_secret_in_clear() {
    let database = databases().await.remove(0);
    let test = database.start().await;
    let account = test.account().await;
    let (_, url_token) = test.server(&account, json!({"name": "x"})).await;
    let api_token =
        test.post("/api-token", json!({"name": "x", "scope": "call"})).await.made("token");
    test.app.drain(tokio::spawn(async {}), std::time::Duration::ZERO).await;
    let bytes = database.bytes();
    assert!(bytes.windows(4).any(|part| part == b"acc_"));
    for secret in ["canary-bearer-token", &url_token, &api_token] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
}

#[tokio::test]
async fn secrets_open_under_the_new_key_after_resealing() {
    use crate::provision::{AccountId, KeyRing, Keys, Provision};
    use crate::testing::APIS;
    use secrecy::ExposeSecret;
    for database in databases().await {
        let test = database.start().await;
        let id = AccountId::parse(&test.account().await).unwrap();
        let (store, old) = (test.app.provision.store().clone(), database.keys_text().to_owned());
        let new = Keys::random_text().expose_secret().to_owned();
        let with = |keys: &str| {
            Provision::new(
                store.clone(),
                KeyRing::fixed(Keys::parse(keys).unwrap()),
                test.clock.clone(),
                &APIS,
                &[],
            )
        };
        assert_eq!(with(&format!("{new},{old}")).reseal().await.unwrap(), 1);
        assert_eq!(with(&format!("{new},{old}")).reseal().await.unwrap(), 0);
        let row = store.account(id.as_str()).await.unwrap().unwrap();
        assert!(with(&new).open_credentials(&row).is_ok());
        assert!(with(&old).open_credentials(&row).is_err());
    }
}

#[tokio::test]
async fn stored_credentials_outlive_documents_and_releases() {
    use axum::response::IntoResponse;

    use crate::admin::problem::Problem;
    use crate::provision::{Keys, random_id};
    use crate::store::{AuditFilter, AuditRow, GrantFate};
    let fits = json!({"type": "bearer", "token": "t"});
    let partly = json!({"type": "bearer", "token": "t", "gone_token": "canary"});
    let gone = json!({"type": "basic", "username": "u", "password": "canary"});
    let later = json!({"version": 9, "secret": "canary"});
    for database in databases().await {
        let test = database.start().await;
        let id = test.account().await;
        let path = format!("/integrated-account/{id}");
        assert_eq!(test.get(&path).await.json()["attention"], json!(null));
        let store = test.app.provision.store();
        let keys = Keys::parse(database.keys_text()).unwrap();
        for (stored, attention, opens) in [
            (&fits, None, true),
            (&partly, Some("Demo has no use any more for gone_token"), true),
            (&gone, Some("Demo takes no credentials of type basic"), true),
            (&later, Some("have version 9; this release"), false),
        ] {
            let mut row = store.account(&id).await.unwrap().unwrap();
            let seal = format!("integrated_account/{id}/credentials");
            row.credentials = keys.seal(&seal, stored.to_string().as_bytes());
            let seen = row.updated_at;
            let act = store.acts(&AuditFilter::default(), 1).await.unwrap().remove(0);
            let act = AuditRow { id: random_id("act_"), ..act };
            row.updated_at += 1;
            assert!(store.update_account(&row, seen, GrantFate::Kept, &act).await.unwrap());
            let shown = test.get(&path).await;
            let told = shown.json()["attention"].clone();
            match attention {
                Some(words) => assert!(told.as_str().unwrap().contains(words), "{told}"),
                None => assert_eq!(told, json!(null)),
            }
            assert_eq!(test.get("/integrated-account").await.json()["result"][0], shown.json());
            let opened = test.app.provision.open_credentials(&row);
            assert_eq!(opened.is_ok(), opens);
            let why = opened.err().map(|error| Problem::from(error).into_response());
            assert!(why.is_none_or(|answer| answer.status() == StatusCode::SERVICE_UNAVAILABLE));
            assert!(!shown.text.contains("canary"));
            let kept = store.account(&id).await.unwrap().unwrap();
            assert_eq!(kept.credentials, row.credentials, "what is stored stays as it is");
        }
        let mended = test
            .patch(&path, json!({"credentials": {"type": "bearer", "token": "new"}}))
            .await
            .json();
        assert_eq!(mended["attention"], json!(null));
    }
}
