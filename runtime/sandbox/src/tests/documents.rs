//! The sandbox and the authored documents agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::harness::{Answered, PUBLIC, call, get, options, send};
use crate::contract::Contract;
use crate::{Options, Sandbox, SpecJudge};

pub(super) fn documents() -> SpecJudge {
    SpecJudge {
        ironclad: include_str!("../../../../specs/ironclad/openapi.yaml").into(),
        torii: include_str!("../../../../specs/torii/openapi.yaml").into(),
    }
}

fn judged() -> Sandbox {
    Sandbox::new(Options { spec_judge: Some(documents()), ..options() })
}

#[test]
fn every_documented_operation_is_served_and_no_other() {
    let documented: BTreeSet<(String, String)> =
        Contract::shared(&documents()).operation_names().into_iter().map(shape).collect();
    let served: BTreeSet<(String, String)> = Sandbox::operations().into_iter().map(shape).collect();
    assert_eq!(documented.difference(&served).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!(served.difference(&documented).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}

/// An operation without the names of its parameters.
pub(super) fn shape((method, path): (String, String)) -> (String, String) {
    let path: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    (method, path.join("/"))
}

#[tokio::test]
async fn departures_are_noted_and_refused() {
    let sandbox = judged();
    let cases = [
        ("GET", format!("{PUBLIC}/workflows?perPage=3"), Value::Null, "perPage"),
        ("GET", format!("{PUBLIC}/workflows?pageSize=many"), Value::Null, "pageSize"),
        ("GET", format!("{PUBLIC}/nothing"), Value::Null, "no operation"),
        (
            "POST",
            format!("{PUBLIC}/workflows/IC-1/cancel"),
            json!({ "comment": "text" }),
            "/comment",
        ),
        ("PUT", "/v1.0/users/100001".to_owned(), json!({}), "lifecycleStatus"),
        ("GET", "/v1.0/users/abc".to_owned(), Value::Null, "idUser"),
    ];
    for (method, path, body, part) in cases {
        let refused = call(&sandbox, method, &path, body).await;
        assert_eq!(refused.status, 400, "{path}");
        let noted = sandbox.requests().last().unwrap().violations.join("; ");
        assert!(noted.contains(part), "{path}: {noted}");
        assert!(refused.body["message"].as_str().unwrap().contains(part));
    }
    get(&sandbox, &format!("{PUBLIC}/workflows?status=active,paused&page=1")).await;
    get(&sandbox, "/v1.0/apps?category=Design&fields=id,name&c_planName=Free").await;
    let launch = json!({ "template": "x", "attributes": { "counterpartyName": "A", "anything": { "goes": [1] } } });
    assert_eq!(
        call(&sandbox, "POST", &format!("{PUBLIC}/workflows"), launch).await.body["code"],
        "INVALID_PARAM"
    );
    assert!(sandbox.requests().iter().rev().take(3).all(|seen| seen.violations.is_empty()));
}

/// Reads with ids that exist, one per operation.
#[expect(clippy::too_many_lines, reason = "one read after the other")]
async fn reads(sandbox: &Sandbox) -> Vec<String> {
    let mut paths = Vec::new();
    let all = get(
        sandbox,
        &format!("{PUBLIC}/workflows?pageSize=100&status=active,completed,paused,cancelled"),
    )
    .await;
    let workflows: Vec<Value> = all["list"].as_array().unwrap().clone();
    for workflow in workflows.iter().take(14) {
        let id = workflow["id"].as_str().unwrap();
        paths.push(format!("{PUBLIC}/workflows/{id}"));
        for part in [
            "approvals",
            "approval-requests?actorDetails=true",
            "turn-history",
            "participants",
            "documents",
            "comments",
            "emails",
        ] {
            paths.push(format!("{PUBLIC}/workflows/{id}/{part}"));
        }
        let comments = get(sandbox, &format!("{PUBLIC}/workflows/{id}/comments")).await;
        if let Some(comment) = comments["list"][0]["id"].as_str() {
            paths.push(format!("{PUBLIC}/workflows/{id}/comments/{comment}"));
            let emails = get(sandbox, &format!("{PUBLIC}/workflows/{id}/emails")).await;
            paths.push(format!(
                "{PUBLIC}/workflows/{id}/emails/{}",
                emails["list"][0]["emailThreadId"].as_str().unwrap()
            ));
        }
        if workflow["step"] == "Sign" {
            paths.push(format!("{PUBLIC}/workflows/{id}/sign-status"));
            paths.push(format!("{PUBLIC}/workflows/{id}/signatures"));
            paths.push(format!(
                "{PUBLIC}/workflows/{id}/roles/Internal%20Signer/eligible-assignees"
            ));
        }
    }
    let template = workflows[0]["template"].as_str().unwrap();
    let user = get(sandbox, "/scim/v2/Users?count=1").await["Resources"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let group = get(sandbox, "/scim/v2/Groups?count=1").await["Resources"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    paths.extend([
        format!("{PUBLIC}/workflows"),
        format!("{PUBLIC}/workflow-schemas?form=launch"),
        format!("{PUBLIC}/workflow-schemas/{template}?form=launch"),
        format!("/scim/v2/Users/{user}"),
        format!("/scim/v2/Groups/{group}"),
        "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User".into(),
        format!(
            "{PUBLIC}/webhooks/{}",
            get(sandbox, &format!("{PUBLIC}/webhooks")).await["list"][0]["id"].as_str().unwrap()
        ),
    ]);
    for part in [
        "records",
        "records/metadata",
        "records/IC-3?addressAsObject=true",
        "records/IC-4",
        "webhooks",
        "entities",
        "entities/ENTITY-2",
        "entities/relationship-types",
        "obligations?include=occurrences",
        "obligations/OB-1",
        "obligations/types",
        "obligations/OB-1/instances",
    ] {
        paths.push(format!("{PUBLIC}/{part}"));
    }
    for path in [
        "/oauth/userinfo",
        "/oauth/company-info",
        "/scim/v2/Users",
        "/scim/v2/Groups",
        "/scim/v2/Schemas",
    ] {
        paths.push(path.into());
    }
    for part in [
        "orgs/my",
        "users",
        "users/100001",
        "users/fields",
        "users/metadata",
        "users/100001/apps",
        "users/100001/apps/1001",
        "apps",
        "apps?includeLicenses=true&fields=id,name,primaryOwner,appOwners,tags,state,score,lastVisitTime,sources,vendor",
        "apps/1001",
        "apps/fields",
        "apps/metadata",
        "apps/search?q=a",
        "apps/similar?idApp=1001",
        "apps/1001/users",
        "contracts",
        "contracts?fields=id,name,idApp,owner,status,createdBy,creationTime,source,currency,amount,startDate",
        "contracts/50001",
        "contracts/fields",
        "contracts/metadata",
        "roles",
        "audit",
        "transactions",
        "transactions/metadata",
        "workflows",
        "workflows/310",
        "workflows/actionExecutions",
        "workflows/audit",
        "appCatalog/accessRequestPolicies",
        "appCatalog/accessRequestPolicies/eligible?userEmail=maya.cohen@acme.example&idApp=1001",
        "files/url?name=a.csv&type=text/csv",
        "extension/settings",
        "scim/v2/ServiceProviderConfig",
        "scim/v2/ResourceTypes",
        "scim/v2/Schemas",
        "scim/v2/Users",
        "scim/v2/Users/100001",
        "plugins/900002/fields",
    ] {
        paths.push(format!("/v1.0/{part}"));
    }
    paths
}

#[tokio::test]
async fn answers_are_what_the_documents_say() {
    let sandbox = judged();
    let judge = Contract::shared(&documents());
    let mut faults = Vec::new();
    for path in reads(&sandbox).await {
        let answer = call(&sandbox, "GET", &path, Value::Null).await;
        if answer.status != 200 {
            faults.push(format!("{path}: {} {}", answer.status, answer.body));
        }
        faults.extend(fit(&judge, "GET", &path, &answer));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// What is wrong with an answer by its document.
pub(super) fn fit(judge: &Contract, method: &str, path: &str, answer: &Answered) -> Vec<String> {
    let bare = path.split('?').next().unwrap();
    let json =
        answer.header("content-type").starts_with("application/json").then_some(&answer.body);
    judge
        .answer_faults(method, bare, answer.status, json)
        .into_iter()
        .map(|fault| format!("{method} {path} {}: {fault}", answer.status))
        .collect()
}

#[tokio::test]
async fn refusals_are_what_the_documents_say() {
    let sandbox = Sandbox::new(options());
    let judge = Contract::shared(&documents());
    let mut faults = Vec::new();
    for (method, template) in Sandbox::operations() {
        let path: Vec<&str> = template
            .split('/')
            .map(|part| if part.starts_with('{') { "0" } else { part })
            .collect();
        let path = path.join("/");
        for body in [Value::Null, json!({})] {
            let answer = call(&sandbox, &method, &path, body).await;
            if answer.status >= 400 && answer.status != 405 {
                faults.extend(fit(&judge, &method, &path, &answer));
            }
        }
        let unknown =
            send(&sandbox, &method, &path, &[("authorization", "Bearer wrong")], Vec::new()).await;
        if unknown.status == 401 {
            faults.extend(fit(&judge, &method, &path, &unknown));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
