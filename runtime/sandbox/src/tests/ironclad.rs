//! Ironclad: launching, steering, people, records, limits.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{PUBLIC, call, get, options, sandbox, send};
use crate::{Options, Sandbox};

async fn template(sandbox: &Sandbox, part: &str) -> Value {
    let list = get(sandbox, &format!("{PUBLIC}/workflow-schemas?form=launch")).await;
    list["list"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["name"].as_str().unwrap().contains(part))
        .unwrap()
        .clone()
}

fn nda() -> Value {
    json!({
        "counterpartyName": "Acme LLC", "counterpartySignerName": "Jo Field", "counterpartySignerEmail": "jo@acme-llc.example",
        "ndaType": "Mutual", "paperSource": "Our paper",
    })
}

async fn launched(sandbox: &Sandbox) -> Value {
    let id = template(sandbox, "NDA").await["id"].clone();
    call(
        sandbox,
        "POST",
        &format!("{PUBLIC}/workflows"),
        json!({ "template": id, "attributes": nda() }),
    )
    .await
    .ok()
}

#[tokio::test]
async fn an_nda_launched_as_a_job_is_pending_before_it_is_done() {
    let sandbox = sandbox();
    let template = template(&sandbox, "NDA").await;
    assert_eq!(template["schema"]["ndaType"]["options"]["values"][0], "Mutual");
    let body = json!({ "template": template["id"], "attributes": nda() });
    let job = call(&sandbox, "POST", &format!("{PUBLIC}/workflows/async"), body).await.ok();
    let path = format!("{PUBLIC}/workflows/async/{}", job["asyncJobId"].as_str().unwrap());
    assert_eq!(get(&sandbox, &path).await["status"], "in_progress");
    assert_eq!(get(&sandbox, &path).await["status"], "in_progress");
    let done = get(&sandbox, &path).await;
    assert_eq!(done["status"], "success");
    let id = done["workflow"]["id"].as_str().unwrap();
    let workflow = get(&sandbox, &format!("{PUBLIC}/workflows/{id}")).await;
    assert_eq!(workflow["attributes"]["counterpartyName"], "Acme LLC");
    assert_eq!(workflow["step"], "Review");
    let readable = workflow["ironcladId"].as_str().unwrap();
    assert_eq!(get(&sandbox, &format!("{PUBLIC}/workflows/{readable}")).await["id"], id);
    assert_eq!(get(&sandbox, &path).await["workflow"]["id"], id, "a finished job stays finished");
}

#[tokio::test]
async fn wrong_attributes_are_refused_at_once_or_fail_the_job() {
    let sandbox = sandbox();
    let id = template(&sandbox, "Vendor").await["id"].clone();
    let cases = [
        (json!({ "counterpartyName": "X" }), "MISSING_PARAM", "counterpartySignerName"),
        (json!({ "counterpartyName": "X", "color": "red" }), "INVALID_PARAM", "color"),
        (json!({ "counterpartyName": 7 }), "INVALID_PARAM", "counterpartyName"),
    ];
    for (attributes, code, param) in cases {
        let body = json!({ "template": id, "attributes": attributes });
        let refused = call(&sandbox, "POST", &format!("{PUBLIC}/workflows"), body.clone()).await;
        assert_eq!(
            (refused.status, &refused.body["code"], &refused.body["param"]),
            (400, &json!(code), &json!(param))
        );
        let job = call(&sandbox, "POST", &format!("{PUBLIC}/workflows/async"), body).await.ok();
        let path = format!("{PUBLIC}/workflows/async/{}", job["asyncJobId"].as_str().unwrap());
        for _ in 0..2 {
            get(&sandbox, &path).await;
        }
        let failed = get(&sandbox, &path).await;
        assert_eq!(
            (&failed["status"], &failed["error"]["param"]),
            (&json!("failed"), &json!(param))
        );
    }
}

#[tokio::test]
async fn a_vendor_agreement_goes_through_approvals_to_its_record() {
    let sandbox = sandbox();
    let id = template(&sandbox, "Vendor").await["id"].clone();
    let attributes = json!({
        "counterpartyName": "Globex", "counterpartySignerName": "Al", "counterpartySignerEmail": "al@globex.example",
        "serviceDescription": "Robots", "contractValue": { "currency": "EUR", "amount": 12.5 }, "startDate": "2026-12-01",
        "personalData": false, "paperSource": "Our paper", "costCenters": ["Sales"],
    });
    let workflow = call(
        &sandbox,
        "POST",
        &format!("{PUBLIC}/workflows"),
        json!({ "template": id, "attributes": attributes }),
    )
    .await
    .ok();
    let base = format!("{PUBLIC}/workflows/{}", workflow["id"].as_str().unwrap());
    let approvals = get(&sandbox, &format!("{base}/approvals")).await;
    let roles: Vec<&str> = approvals["approvalGroups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["reviewers"][0]["role"].as_str().unwrap())
        .collect();
    let early = call(
        &sandbox,
        "PATCH",
        &format!("{base}/approvals/{}", roles[2]),
        json!({ "status": "approved" }),
    )
    .await;
    assert_eq!((early.status, &early.body["code"]), (400, &json!("INVALID_STATE")));
    for role in &roles {
        let answer = call(
            &sandbox,
            "PATCH",
            &format!("{base}/approvals/{role}"),
            json!({ "status": "approved" }),
        )
        .await
        .ok();
        assert_eq!(answer, Value::Bool(true));
    }
    assert_eq!(get(&sandbox, &base).await["step"], "Sign");
    let sent =
        call(&sandbox, "POST", &format!("{base}/sign-status/send-signature-request"), Value::Null)
            .await
            .ok();
    assert_eq!((&sent["status"], &sent["signers"][0]["status"]), (&json!("sent"), &json!("sent")));
    let remind = format!("{base}/sign-status/signers/Counterparty%20Signer/remind");
    assert_eq!(call(&sandbox, "POST", &remind, Value::Null).await.status, 204);
    assert_eq!(call(&sandbox, "POST", &remind, Value::Null).await.status, 429);
    let form = b"--B\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"s.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--B--\r\n";
    let headers = [
        ("authorization", "Bearer sandbox-ironclad-token"),
        ("content-type", "multipart/form-data; boundary=B"),
    ];
    let signed = send(&sandbox, "POST", &format!("{base}/upload-signed"), &headers, form.to_vec())
        .await
        .ok();
    assert_eq!(signed["signed"]["filename"], "s.pdf");
    let done = get(&sandbox, &base).await;
    assert_eq!(done["status"], "completed");
    let record =
        get(&sandbox, &format!("{PUBLIC}/records/{}", done["recordIds"][0].as_str().unwrap()))
            .await;
    assert_eq!(record["type"], "vendorAgreement");
    let key = signed["signed"]["download"].as_str().unwrap().to_owned();
    let file = call(&sandbox, "GET", &key, Value::Null).await;
    assert_eq!(
        (file.header("content-type"), file.bytes.as_slice()),
        ("application/pdf", &b"%PDF"[..])
    );
    assert!(file.header("content-disposition").contains("s.pdf"));
}

#[tokio::test]
async fn cancelling_needs_a_comment() {
    let sandbox = sandbox();
    let workflow = launched(&sandbox).await;
    let path = format!("{PUBLIC}/workflows/{}/cancel", workflow["id"].as_str().unwrap());
    for body in [json!({}), json!({ "comment": {} })] {
        let refused = call(&sandbox, "POST", &path, body).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!("MISSING_PARAM")));
    }
    assert_eq!(
        call(&sandbox, "POST", &path, json!({ "comment": { "message": "No longer needed" } }))
            .await
            .status,
        204
    );
    let path = path.replace("/cancel", "");
    assert_eq!(get(&sandbox, &path).await["status"], "cancelled");
    assert_eq!(
        get(&sandbox, &format!("{path}/comments")).await["list"][0]["commentMessage"],
        "No longer needed"
    );
}

#[tokio::test]
async fn pages_of_workflows_never_overlap() {
    let sandbox = sandbox();
    let (mut seen, mut page) = (BTreeSet::new(), 0);
    loop {
        let path = format!(
            "{PUBLIC}/workflows?status=active,completed,paused,cancelled&pageSize=7&page={page}"
        );
        let answer = get(&sandbox, &path).await;
        let list = answer["list"].as_array().unwrap();
        for item in list {
            assert!(seen.insert(item["id"].as_str().unwrap().to_owned()));
        }
        page += 1;
        if page * 7 >= answer["count"].as_u64().unwrap() {
            break;
        }
    }
    assert!(seen.len() >= 60, "{} workflows", seen.len());
    let active = get(&sandbox, &format!("{PUBLIC}/workflows?pageSize=100")).await;
    assert!(active["list"].as_array().unwrap().iter().all(|item| item["status"] == "active"));
    let refused =
        call(&sandbox, "GET", &format!("{PUBLIC}/workflows?pageSize=101"), Value::Null).await;
    assert_eq!((refused.status, &refused.body["param"]), (400, &json!("/?pageSize")));
}

#[tokio::test]
async fn a_formula_filters_lists() {
    let sandbox = sandbox();
    let query = "filter=And(Equals(%5BcounterpartyName%5D,'Initech'),Contains(%5Btitle%5D,'with'))&status=active&status=completed";
    let answer = get(&sandbox, &format!("{PUBLIC}/workflows?{query}")).await;
    let list = answer["list"].as_array().unwrap();
    assert!(!list.is_empty());
    assert!(list.iter().all(|item| item["attributes"]["counterpartyName"] == "Initech"));
    let records =
        get(&sandbox, &format!("{PUBLIC}/records?filter=GreaterThan(%5BcontractValue%5D,'30000')&sortField=name&sortDirection=ASC")).await;
    assert!(records["count"].as_u64().unwrap() >= 5);
    let refused =
        call(&sandbox, "GET", &format!("{PUBLIC}/records?filter=Nonsense("), Value::Null).await;
    assert_eq!((refused.status, &refused.body["param"]), (400, &json!("/?filter")));
}

#[tokio::test]
async fn a_deleted_user_hands_over_open_work() {
    let sandbox = sandbox();
    let found =
        get(&sandbox, "/scim/v2/Users?filter=userName%20eq%20%22samuel.adeyemi%40acme.example%22")
            .await;
    assert_eq!(found["totalResults"], 1);
    let id = found["Resources"][0]["id"].as_str().unwrap();
    let as_user = [
        ("authorization", "Bearer sandbox-ironclad-token"),
        ("content-type", "application/json"),
        ("x-as-user-email", "samuel.adeyemi@acme.example"),
    ];
    let template = template(&sandbox, "NDA").await["id"].clone();
    let body = json!({ "template": template, "attributes": nda() }).to_string().into_bytes();
    let workflow =
        send(&sandbox, "POST", &format!("{PUBLIC}/workflows"), &as_user, body).await.ok();
    assert_eq!(workflow["creator"]["id"], id);
    assert_eq!(
        call(&sandbox, "DELETE", &format!("/scim/v2/Users/{id}"), Value::Null).await.status,
        204
    );
    let gone = call(&sandbox, "GET", &format!("/scim/v2/Users/{id}"), Value::Null).await;
    assert_eq!((gone.status, &gone.body["status"]), (404, &json!("404")));
    let after =
        get(&sandbox, &format!("{PUBLIC}/workflows/{}", workflow["id"].as_str().unwrap())).await;
    let owner =
        after["roles"].as_array().unwrap().iter().find(|role| role["id"] == "owner").unwrap();
    assert_eq!(owner["assignees"][0]["email"], "maya.cohen@acme.example");
    let groups = get(&sandbox, "/scim/v2/Groups?count=100").await.to_string();
    assert!(!groups.contains(id));
}

#[tokio::test]
async fn groups_join_with_users_across_pages() {
    let sandbox = sandbox();
    let groups = get(&sandbox, "/scim/v2/Groups").await;
    assert_eq!(groups["totalResults"], 14);
    let staff = groups["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["displayName"] == "All Staff")
        .unwrap();
    let mut users = BTreeSet::new();
    let mut start = 1;
    while start <= 58 {
        let page = get(&sandbox, &format!("/scim/v2/Users?startIndex={start}&count=7")).await;
        for user in page["Resources"].as_array().unwrap() {
            assert!(users.insert(user["id"].as_str().unwrap().to_owned()));
        }
        start += 7;
    }
    let members = staff["members"].as_array().unwrap();
    assert!(members.len() >= 45);
    assert!(members.iter().all(|member| users.contains(member["value"].as_str().unwrap())));
}

#[tokio::test]
async fn members_come_and_go_by_patch() {
    let sandbox = sandbox();
    let users = get(&sandbox, "/scim/v2/Users?count=2").await;
    let (first, second) = (&users["Resources"][0]["id"], &users["Resources"][1]["id"]);
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Deal Desk", "members": [{ "value": first }] });
    let group = call(&sandbox, "POST", "/scim/v2/Groups", body).await;
    assert_eq!(group.status, 201);
    let path = format!("/scim/v2/Groups/{}", group.body["id"].as_str().unwrap());
    let change = |op: &str, member: &Value| {
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": op, "path": "members", "value": [{ "value": member }] }] })
    };
    let group = call(&sandbox, "PATCH", &path, change("add", second)).await.ok();
    assert_eq!(group["members"].as_array().unwrap().len(), 2);
    let group = call(&sandbox, "PATCH", &path, change("remove", first)).await.ok();
    assert_eq!(group["members"], json!([{ "type": "User", "value": second }]));
}

#[tokio::test]
async fn limits_count_per_bucket_and_name_the_wait() {
    let sandbox = Sandbox::new(Options { rate_limits: true, ..options() });
    let first = call(&sandbox, "GET", "/oauth/userinfo", Value::Null).await;
    assert_eq!(
        (first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")),
        ("800", "799")
    );
    sandbox.control().limit("pub:workflows:read", 2, Duration::from_secs(30));
    for left in ["1", "0"] {
        let answer = call(&sandbox, "GET", &format!("{PUBLIC}/workflows"), Value::Null).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, left));
    }
    let refused = call(&sandbox, "GET", &format!("{PUBLIC}/workflows"), Value::Null).await;
    assert_eq!((refused.status, &refused.body["code"]), (429, &json!("TOO_MANY_REQUESTS")));
    assert_eq!((refused.header("retry-after"), refused.header("x-ratelimit-reset")), ("30", "30"));
    sandbox.control().advance(Duration::from_secs(31));
    assert_eq!(
        call(&sandbox, "GET", &format!("{PUBLIC}/workflows"), Value::Null).await.status,
        200
    );
    assert_eq!(sandbox.requests().len(), 5);
    assert_eq!(sandbox.requests()[3].status, 429);
}

#[tokio::test]
async fn a_changed_form_shows_at_once() {
    let sandbox = sandbox();
    let field = json!({ "type": "string", "displayName": "Region", "required": "always", "options": { "freeTextAllowed": true } });
    assert!(sandbox.control().set_form_field("Vendor Agreement", "region", field));
    assert_eq!(template(&sandbox, "Vendor").await["schema"]["region"]["required"], "always");
    let id = sandbox.control().add_template("Lease", json!({}));
    assert_eq!(template(&sandbox, "Lease").await["id"], id);
    assert!(sandbox.control().remove_template("Lease"));
}
