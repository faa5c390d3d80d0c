//! Torii: people, apps, contracts, logs, files, SCIM, limits.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{call, get, options, sandbox, send};
use crate::{Options, Sandbox};

/// Walks a list cut by cursor and gives all rows.
async fn walk(sandbox: &Sandbox, path: &str, key: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = Value::Null;
    let join = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = match cursor.as_str() {
            Some(text) => {
                get(
                    sandbox,
                    &format!(
                        "{path}{join}size=7&cursor={}",
                        text.replace('=', "%3D").replace('+', "%2B")
                    ),
                )
                .await
            }
            None => get(sandbox, &format!("{path}{join}size=7")).await,
        };
        rows.extend(page[key].as_array().unwrap().clone());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            return rows;
        }
    }
}

#[tokio::test]
async fn cursors_give_every_row_once() {
    let sandbox = sandbox();
    let lists = [
        ("/v1.0/users", "users", 130),
        ("/v1.0/apps?sort=name:desc", "apps", 90),
        ("/v1.0/contracts", "contracts", 40),
        ("/v1.0/workflows/actionExecutions", "response", 60),
        ("/v1.0/transactions?mappingStatus=mapped,unknown", "transactions", 50),
        ("/v1.0/apps/1001/users", "users", 130),
    ];
    for (path, key, least) in lists {
        let rows = walk(&sandbox, path, key).await;
        let distinct: BTreeSet<String> = rows.iter().map(Value::to_string).collect();
        assert!(
            rows.len() >= least && distinct.len() == rows.len(),
            "{path}: {} of {}",
            distinct.len(),
            rows.len()
        );
    }
    let audit = walk(&sandbox, "/v1.0/audit", "audit").await;
    assert!(audit.len() >= 120);
    assert_eq!(get(&sandbox, "/v1.0/audit").await["count"], 50);
    let page = get(&sandbox, "/v1.0/users?size=7").await;
    let foreign = page["nextCursor"].as_str().unwrap();
    assert_eq!(
        call(&sandbox, "GET", &format!("/v1.0/apps?cursor={foreign}"), Value::Null).await.status,
        400
    );
}

#[tokio::test]
async fn a_forgotten_leaver_is_offboarded() {
    let sandbox = sandbox();
    let gone =
        get(&sandbox, "/v1.0/users?isDeletedInIdentitySources=true&lifecycleStatus=active").await;
    assert!(gone["total"].as_u64().unwrap() >= 3);
    let mail = gone["users"][0]["email"].as_str().unwrap();
    let found = get(&sandbox, &format!("/v1.0/users?email={mail}")).await;
    assert_eq!(found["total"], 1);
    let id = found["users"][0]["id"].as_u64().unwrap();
    let updated = call(
        &sandbox,
        "PUT",
        &format!("/v1.0/users/{id}"),
        json!({ "lifecycleStatus": "offboarding" }),
    )
    .await
    .ok();
    assert_eq!(updated["user"]["lifecycleStatus"], "offboarding");
    let open = get(&sandbox, &format!("/v1.0/users/{id}/apps?isUserRemovedFromApp=false")).await;
    let open = open["apps"].as_array().unwrap();
    assert!(open.len() >= 3);
    let app = open[0]["id"].as_u64().unwrap();
    let path = format!("/v1.0/users/{id}/apps/{app}");
    assert_eq!(
        call(&sandbox, "PUT", &path, json!({ "isUserRemovedFromApp": true })).await.ok()["app"]["isUserRemovedFromApp"],
        true
    );
    let left = get(&sandbox, &format!("/v1.0/users/{id}/apps?isUserRemovedFromApp=false")).await;
    assert_eq!(left["apps"].as_array().unwrap().len(), open.len() - 1);
    let log = get(&sandbox, "/v1.0/audit?entity=users&size=2").await;
    assert_eq!(log["audit"][1]["properties"]["lifecycleStatus"], "offboarding");
    let refused =
        call(&sandbox, "PUT", &format!("/v1.0/users/{id}"), json!({ "lifecycleStatus": "gone" }))
            .await;
    assert_eq!(
        (refused.status, &refused.body["statusCode"], &refused.body["error"]),
        (400, &json!(400), &json!("Bad Request"))
    );
}

#[tokio::test]
async fn apps_without_owner_join_with_their_contracts() {
    let sandbox = sandbox();
    let filters = "%5B%7B%22key%22%3A%22category%22%2C%22op%22%3A%22equals%22%2C%22value%22%3A%22Design%22%7D%2C%7B%22key%22%3A%22primaryOwner%22%2C%22op%22%3A%22isNotSet%22%7D%5D";
    let apps = get(
        &sandbox,
        &format!("/v1.0/apps?fields=id,name,category,primaryOwner&filters={filters}"),
    )
    .await;
    let apps = apps["apps"].as_array().unwrap();
    assert!(!apps.is_empty());
    assert!(apps.iter().all(|app| app["category"] == "Design" && app["primaryOwner"].is_null()));
    let mut contracts = 0;
    for app in apps {
        let found = get(
            &sandbox,
            &format!("/v1.0/contracts?idApp={}&fields=id,idApp,endDate,autoRenewal", app["id"]),
        )
        .await;
        contracts += found["total"].as_u64().unwrap();
    }
    assert!(contracts >= 1);
}

#[tokio::test]
async fn fields_are_chosen_and_unknown_ones_named() {
    let sandbox = sandbox();
    let page = get(&sandbox, "/v1.0/apps?size=1").await;
    let columns: Vec<&String> = page["apps"][0].as_object().unwrap().keys().collect();
    assert_eq!(columns, ["id", "name", "primaryOwner"]);
    let refused = call(&sandbox, "GET", "/v1.0/apps?fields=id,c_gone,c_lost", Value::Null).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["message"].as_str().unwrap().ends_with("c_gone, c_lost"));
    let one = get(&sandbox, "/v1.0/apps/1001?fields=id,c_planName&includeLicenses=true").await;
    assert!(one["app"]["licenses"]["summary"]["totalAmount"].is_u64());
}

#[tokio::test]
async fn aggregations_group_and_sum() {
    let sandbox = sandbox();
    let aggs = "%7B%22field%22%3A%22status%22%2C%22aggregationType%22%3A%22groupBy%22%2C%22aggs%22%3A%7B%22field%22%3A%22amount%22%2C%22aggregationType%22%3A%22metric%22%2C%22options%22%3A%7B%22metricFunction%22%3A%22sum%22%7D%7D%7D";
    let answer = get(&sandbox, &format!("/v1.0/contracts?aggs={aggs}&size=1")).await;
    let buckets = answer["aggregations"].as_array().unwrap();
    let total: u64 = buckets.iter().map(|bucket| bucket["groupCount"].as_u64().unwrap()).sum();
    assert_eq!(total, answer["total"].as_u64().unwrap());
    assert!(buckets[0]["aggregations"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn contracts_live_through_their_whole_life() {
    let sandbox = sandbox();
    let body = json!({
        "name": "Figma 2027", "idApp": 1003, "status": "pipeline", "startDate": "2026-12-01",
        "amount": { "value": 23000, "currency": "EUR" }, "c_isThereAnNdaSigned_1": "Yes",
    });
    let created = call(&sandbox, "POST", "/v1.0/contracts", body).await.ok();
    let id = created["contract"]["id"].as_u64().unwrap();
    let path = format!("/v1.0/contracts/{id}");
    let changed =
        call(&sandbox, "PUT", &path, json!({ "status": "active", "amount": "12000" })).await.ok();
    assert_eq!(
        (&changed["contract"]["status"], &changed["contract"]["amount"]),
        (&json!("active"), &json!(12000))
    );
    let cases = [
        json!({ "currency": "EUR" }),
        json!({ "c_nothing": 1 }),
        json!({ "status": "odd" }),
        json!({ "startDate": "soon" }),
        json!({ "idApp": 5 }),
    ];
    for body in cases {
        assert_eq!(call(&sandbox, "PUT", &path, body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(call(&sandbox, "DELETE", &path, Value::Null).await.status, 204);
    let gone = call(&sandbox, "GET", &path, Value::Null).await;
    assert_eq!((gone.status, &gone.body["error"]), (404, &json!("Not Found")));
}

#[tokio::test]
async fn scim_wants_its_own_key() {
    let sandbox = sandbox();
    let send = |path: &'static str, token: &'static str| {
        let sandbox = sandbox.clone();
        async move { send(&sandbox, "GET", path, &[("authorization", token)], Vec::new()).await.status }
    };
    assert_eq!(send("/v1.0/scim/v2/Users", "Bearer sandbox-torii-token").await, 403);
    assert_eq!(send("/v1.0/scim/v2/Users", "Bearer wrong").await, 401);
    assert_eq!(send("/v1.0/users", "Bearer sandbox-torii-scim-token").await, 403);
    assert_eq!(send("/v1.0/nowhere", "Bearer wrong").await, 401);
    let page = get(&sandbox, "/v1.0/scim/v2/Users?count=7&startIndex=8").await;
    assert_eq!(
        (&page["itemsPerPage"], &page["startIndex"], &page["totalResults"]),
        (&json!(7), &json!(8), &json!(30))
    );
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new@acme.example", "userType": "Read Only" });
    let created = call(&sandbox, "POST", "/v1.0/scim/v2/Users", body).await;
    assert_eq!((created.status, &created.body["active"]), (201, &json!(true)));
    let path = format!("/v1.0/scim/v2/Users/{}", created.body["id"].as_str().unwrap());
    let change = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "userType", "value": "Admin" }] });
    assert_eq!(call(&sandbox, "PATCH", &path, change).await.ok()["userType"], "Admin");
    let found =
        get(&sandbox, "/v1.0/scim/v2/Users?filter=userName%20eq%20%22new%40acme.example%22").await;
    assert_eq!(found["totalResults"], 1);
    assert_eq!(call(&sandbox, "DELETE", &path, Value::Null).await.status, 204);
}

#[tokio::test]
async fn files_go_up_and_come_down() {
    let sandbox = sandbox();
    let form = b"--B\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nexpenseReport\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"e.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\nc,d\n\r\n--B--\r\n";
    let headers = [
        ("authorization", "Bearer sandbox-torii-token"),
        ("content-type", "multipart/form-data; boundary=\"B\""),
        ("host", "x.test"),
    ];
    let id = send(&sandbox, "POST", "/v1.0/files/upload", &headers, form.to_vec()).await.ok()["id"]
        .clone();
    assert_eq!(get(&sandbox, &format!("/v1.0/files/{id}")).await["file"]["fileName"], "e.csv");
    let moved =
        send(&sandbox, "GET", &format!("/v1.0/files/{id}/download"), &headers[..1], Vec::new())
            .await;
    assert_eq!(moved.status, 302);
    let location = moved.header("location").replace("http://127.0.0.1", "");
    let file = send(&sandbox, "GET", &location, &[], Vec::new()).await;
    assert_eq!(
        (file.header("content-type"), file.bytes.as_slice()),
        ("text/csv", &b"a,b\nc,d\n"[..])
    );
    assert_eq!(
        send(&sandbox, "GET", location.split('?').next().unwrap(), &[], Vec::new()).await.status,
        403
    );
    let job = call(&sandbox, "PUT", "/v1.0/parsings/automatic", json!({ "idFile": id })).await.ok()
        ["id"]
        .clone();
    let path = format!("/v1.0/parsings/{job}");
    assert_eq!(get(&sandbox, &path).await["parse"]["status"], "parsing_in_progress");
    get(&sandbox, &path).await;
    assert_eq!(
        get(&sandbox, &path).await["parse"],
        json!({ "id": job, "status": "parsed_successfully", "matchedTransactions": 1, "totalTransactions": 2 })
    );
}

#[tokio::test]
async fn limits_are_per_operation_and_reset_at_a_moment() {
    let sandbox = Sandbox::new(Options { rate_limits: true, ..options() });
    let first = call(&sandbox, "GET", "/v1.0/users?size=1", Value::Null).await;
    assert_eq!(
        (first.header("x-rate-limit-limit"), first.header("x-rate-limit-remaining")),
        ("100", "99")
    );
    let reset: i64 = first.header("x-rate-limit-reset").parse().unwrap();
    assert_eq!(reset, sandbox.now().as_second() + 60);
    sandbox.control().limit("/v1.0/users", 1, Duration::from_secs(60));
    assert_eq!(call(&sandbox, "GET", "/v1.0/users?size=1", Value::Null).await.status, 200);
    let refused = call(&sandbox, "GET", "/v1.0/users?size=1", Value::Null).await;
    assert_eq!((refused.status, &refused.body["error"]), (429, &json!("Too Many Requests")));
    assert_eq!(refused.header("retry-after"), "");
    assert_eq!(call(&sandbox, "GET", "/v1.0/roles", Value::Null).await.status, 200);
}
