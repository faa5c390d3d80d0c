//! What published prompts name is there, and old as they say.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::documents::documents;
use super::harness::{PUBLIC, call, get, options, sandbox, send};
use crate::{Options, Sandbox};

async fn rows(sandbox: &Sandbox, path: &str, list: &str) -> Vec<Value> {
    get(sandbox, path).await[list].as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn contracts_of_acme_wait_in_review_some_for_more_than_three_days() {
    let sandbox = sandbox();
    let path = format!(
        "{PUBLIC}/workflows?pageSize=100&filter=And(Equals(%5BcounterpartyName%5D,'Acme%20Corp'),Equals(%5Bstep%5D,'Review'))"
    );
    let all = rows(&sandbox, &path, "list").await;
    let stuck = |row: &&Value| text(&row["lastUpdated"]) < "2026-11-17T10:00:00.000Z";
    assert_eq!((all.len(), all.iter().filter(stuck).count()), (4, 3));
    let path = format!("{PUBLIC}/workflows?pageSize=100&filter=Equals(%5Bstep%5D,'Review')");
    let all = rows(&sandbox, &path, "list").await;
    let created: Vec<&str> = all.iter().map(|row| text(&row["created"])).collect();
    assert!(created.len() > 10 && created.is_sorted_by(|newer, older| newer >= older));
    assert!(created.iter().collect::<BTreeSet<_>>().len() > 10, "of different ages");
}

#[tokio::test]
async fn what_a_leaver_has_open_goes_to_the_default_user_of_the_admin_group() {
    let sandbox = sandbox();
    let path = "/scim/v2/Users?filter=name.familyName%20eq%20%22Jenkins%22";
    let [sarah] = &rows(&sandbox, path, "Resources").await[..] else { panic!("one Sarah") };
    let id = text(&sarah["id"]);
    let hers = async || -> Vec<Value> {
        let path = format!("{PUBLIC}/workflows?pageSize=100");
        let mine = |row: &Value| row["creator"]["id"] == sarah["id"];
        rows(&sandbox, &path, "list").await.into_iter().filter(mine).collect()
    };
    let before = hers().await;
    assert!(before.len() >= 3 && before.iter().all(|row| row["status"] == "active"));
    let gone = call(&sandbox, "DELETE", &format!("/scim/v2/Users/{id}"), Value::Null).await;
    assert_eq!(gone.status, 204);
    let groups = rows(&sandbox, "/scim/v2/Groups?count=50", "Resources").await;
    let admins = groups.iter().find(|group| group["displayName"] == "Administrators").unwrap();
    for row in hers().await {
        let owner = row["roles"].as_array().unwrap().iter().find(|role| role["id"] == "owner");
        let heir = &owner.unwrap()["assignees"][0]["userId"];
        let members = admins["members"].as_array().unwrap();
        assert!(members.iter().any(|member| member["value"] == *heir), "{row}");
    }
}

#[tokio::test]
async fn both_groups_of_approvers_have_inactive_members_and_some_from_outside() {
    let sandbox = sandbox();
    let first = get(&sandbox, "/scim/v2/Users").await;
    assert!(first["totalResults"].as_u64() > Some(2 * 25), "more than two pages");
    let users = rows(&sandbox, "/scim/v2/Users?count=200", "Resources").await;
    let groups = rows(&sandbox, "/scim/v2/Groups?count=50", "Resources").await;
    for name in ["Executive Approvers", "Legal Approvers"] {
        let group = groups.iter().find(|group| group["displayName"] == name).unwrap();
        let members: Vec<&Value> = group["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| users.iter().find(|user| user["id"] == member["value"]).unwrap())
            .collect();
        let outside = |user: &&&Value| !text(&user["userName"]).ends_with("@acme.example");
        assert!(members.iter().any(|user| user["active"] == false), "{name}");
        assert!(members.iter().filter(outside).any(|user| user["active"] == true), "{name}");
        let known = first["Resources"].as_array().unwrap();
        assert!(members.iter().any(|user| !known.contains(user)), "{name}: behind the first page");
    }
}

#[tokio::test]
async fn an_inactive_user_stays_until_it_is_said_again() {
    let sandbox = sandbox();
    let wanted = "/scim/v2/Users?filter=active%20eq%20false";
    let inactive = rows(&sandbox, wanted, "Resources").await;
    let place = format!("/scim/v2/Users/{}", text(&inactive[0]["id"]));
    let patch = |member: &str, value: Value| {
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": member, "value": value }] })
    };
    let titled = call(&sandbox, "PATCH", &place, patch("title", json!("Emerita"))).await.ok();
    assert_eq!((&titled["title"], &titled["active"]), (&json!("Emerita"), &json!(false)));
    assert_eq!(get(&sandbox, &place).await["title"], "Emerita");
    let back = call(&sandbox, "PATCH", &place, patch("active", json!(true))).await.ok();
    assert_eq!(back["active"], true);
    call(&sandbox, "PATCH", &place, patch("active", json!(false))).await.ok();
    assert_eq!(call(&sandbox, "GET", &place, Value::Null).await.status, 404);
}

#[tokio::test]
async fn alex_is_deleted_and_active_with_apps_still_open() {
    let sandbox = sandbox();
    let path = "/v1.0/users?isDeletedInIdentitySources=true&lifecycleStatus=active";
    let users = rows(&sandbox, path, "users").await;
    assert!(users.len() >= 4);
    let alex = users.iter().find(|user| user["email"] == "alex.chen@company.com").unwrap();
    let path = format!("/v1.0/users/{}/apps", alex["id"]);
    let apps = rows(&sandbox, &path, "apps").await;
    let open = apps.iter().filter(|app| app["isUserRemovedFromApp"] == false).count();
    assert!(open >= 3 && apps.len() > open, "some are closed: {apps:?}");
    assert_eq!(alex["activeAppsCount"], open);
}

#[tokio::test]
async fn places_for_files_lack_owners_with_and_without_contracts() {
    let sandbox = sandbox();
    let mut found = Vec::new();
    for category in ["File%20Sharing", "Cloud%20Storage"] {
        let path = format!(
            "/v1.0/apps?category={category}&fields=id,name,primaryOwner,state,activeUsersCount"
        );
        found.extend(rows(&sandbox, &path, "apps").await);
    }
    let contracts = rows(&sandbox, "/v1.0/contracts?fields=idApp,status", "contracts").await;
    let unowned: Vec<&Value> = found.iter().filter(|app| app["primaryOwner"].is_null()).collect();
    let used: Vec<&&Value> = unowned.iter().filter(|app| app["state"] != "Closed").collect();
    assert!(unowned.len() > used.len() && found.len() > unowned.len());
    assert!(used.iter().all(|app| app["activeUsersCount"].as_u64() > Some(0)), "{used:?}");
    let covered = |app: &&&&Value| contracts.iter().any(|contract| contract["idApp"] == app["id"]);
    let covered = used.iter().filter(covered).count();
    assert!(covered > 0 && covered < used.len());
    let figma = rows(&sandbox, "/v1.0/apps?name=Figma", "apps").await;
    assert_eq!(figma.len(), 1);
}

#[tokio::test]
async fn the_audit_log_tells_who_changed_amounts_and_states_of_contracts() {
    let sandbox = sandbox();
    let audit = rows(&sandbox, "/v1.0/audit?entity=contracts&size=5", "audit").await;
    for member in ["amount", "status"] {
        let changed = |entry: &&Value| entry["properties"]["changes"][member] != Value::Null;
        assert!(audit.iter().any(|entry| changed(&entry)), "{member}: {audit:?}");
    }
    let who: BTreeSet<&str> = audit.iter().map(|entry| text(&entry["performedByEmail"])).collect();
    assert!(who.len() > 1 && audit.iter().all(|entry| entry["type"] == "update_contract"));
    for entry in &audit {
        let path = format!("/v1.0/contracts/{}", entry["properties"]["idContract"]);
        assert_eq!(call(&sandbox, "GET", &path, Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn both_tenants_know_sarah_and_the_nda_of_the_guides() {
    let sandbox = sandbox();
    let users = rows(&sandbox, "/v1.0/users?q=jenkins", "users").await;
    assert_eq!(users[0]["email"], "sarah.jenkins@acme.example");
    let templates = rows(&sandbox, &format!("{PUBLIC}/workflow-schemas?form=launch"), "list").await;
    let nda = templates.iter().find(|template| template["name"] == "Standard Mutual NDA").unwrap();
    let required: Vec<&str> = nda["schema"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, field)| field["required"] == "always")
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(required, ["counterpartyName", "counterpartySignerName", "counterpartySignerEmail"]);
}

#[tokio::test]
async fn the_link_of_a_workflow_opens_a_page_that_shows_it() {
    let sandbox = Sandbox::new(Options { spec_judge: Some(documents()), ..options() });
    let id = rows(&sandbox, &format!("{PUBLIC}/workflow-schemas?form=launch"), "list")
        .await
        .iter()
        .find(|template| template["name"] == "Standard Mutual NDA")
        .unwrap()["id"]
        .clone();
    let attributes = json!({ "counterpartyName": "<b>TechLogix</b>", "counterpartySignerName": "Ada",
        "counterpartySignerEmail": "ada@techlogix.example" });
    let body = json!({ "template": id, "attributes": attributes });
    let made = call(&sandbox, "POST", &format!("{PUBLIC}/workflows"), body).await.ok();
    let path = format!("/workflow/{}", text(&made["id"]));
    let page = send(&sandbox, "GET", &path, &[], Vec::new()).await;
    let shown = String::from_utf8(page.bytes.clone()).unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(shown.contains("with &lt;b&gt;TechLogix&lt;/b&gt;") && shown.contains("Review"));
    assert!(shown.contains(".docx"), "{shown}");
    assert_eq!(send(&sandbox, "GET", "/workflow/wf_394829", &[], Vec::new()).await.status, 404);
    assert!(sandbox.requests().iter().all(|seen| seen.violations.is_empty()));
}
