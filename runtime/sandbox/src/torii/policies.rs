//! Access-request policies and the requests made through them.

use serde_json::{Value, json};

use super::query::project;
use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};

const FIELDS: [&str; 6] =
    ["id", "name", "app", "approvalFlow", "eligibilityGroups", "accessDurationsConfig"];

fn known_user<'a>(
    tenant: &'a Tenant,
    call: &Call,
    mail: &str,
    param: &str,
) -> Result<&'a Value, Reply> {
    let found = tenant
        .users
        .iter()
        .find(|user| user["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(mail)));
    found.ok_or_else(|| {
        call.refuse(404, "NOT_FOUND", &format!("No user with the e-mail {mail}"), param)
    })
}

/// External people are in no eligibility group.
fn is_eligible(user: &Value) -> bool {
    user["isExternal"] != true && user["isDeletedInIdentitySources"] != true
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.query_list("fields");
    if let Some(odd) = wanted.iter().find(|name| !FIELDS.contains(name)) {
        return Err(call.bad_query("fields", &format!("does not know '{odd}'")));
    }
    let mut rows = tenant.policies.clone();
    for row in &mut rows {
        project(row, &wanted);
    }
    Ok(Reply::json(json!({ "accessRequestPolicies": rows })))
}

pub(super) fn eligible(tenant: &mut Tenant, call: &Call) -> Answer {
    let Some(mail) = call.query("userEmail") else {
        return Err(call.refuse(400, "MISSING_PARAM", "\"userEmail\" is required", "userEmail"));
    };
    let app = call.query_number("idApp", 1, 2_147_483_647)?;
    let user = known_user(tenant, call, mail, "userEmail")?;
    let rows: Vec<&Value> = tenant
        .policies
        .iter()
        .filter(|policy| is_eligible(user) && app.is_none_or(|app| policy["app"]["id"] == app))
        .collect();
    Ok(Reply::json(json!({ "accessRequestPolicies": rows })))
}

pub(super) fn trigger(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = call.number_param("idAccessRequestPolicy")?;
    let body = call.object()?;
    check::members(call, &body, &[("userEmail", MemberKind::Filled, Need::Must)], Others::Allowed)?;
    if !tenant.policies.iter().any(|policy| policy["id"] == id) {
        return Err(call.missing("Access request policy", "idAccessRequestPolicy"));
    }
    let user =
        known_user(tenant, call, check::text(&body, "userEmail").unwrap_or(""), "userEmail")?
            .clone();
    if !is_eligible(&user) {
        return Err(call.refuse(400, "INVALID_PARAM", "NOT_ELIGIBLE_FOR_POLICY", "userEmail"));
    }
    tenant.note(
        call,
        "appCatalog",
        "create_app_approval_requested_workflow",
        json!({ "idPolicy": id, "idUser": user["id"] }),
    );
    Ok(Reply::json(json!({ "success": true })))
}

pub(super) fn trigger_many(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let table =
        [("userEmail", MemberKind::Filled, Need::Must), ("policies", MemberKind::List, Need::Must)];
    check::members(call, &body, &table, Others::Allowed)?;
    let user =
        known_user(tenant, call, check::text(&body, "userEmail").unwrap_or(""), "userEmail")?
            .clone();
    let mut results = Vec::new();
    for policy in body["policies"].as_array().into_iter().flatten() {
        let id = policy.get("idAccessRequestPolicy").unwrap_or(policy);
        let known = tenant.policies.iter().any(|known| known["id"] == *id);
        let problem = if !known {
            Some("NOT_FOUND")
        } else if is_eligible(&user) {
            None
        } else {
            Some("NOT_ELIGIBLE_FOR_POLICY")
        };
        results.push(
            json!({ "idAccessRequestPolicy": id, "success": problem.is_none(), "error": problem }),
        );
    }
    tenant.note(
        call,
        "appCatalog",
        "create_app_approval_requested_workflow",
        json!({ "idUser": user["id"] }),
    );
    Ok(Reply::json(json!({ "results": results })))
}

pub(super) fn trigger_for_app(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let table = [
        ("triggerAppId", MemberKind::Whole, Need::Must),
        ("triggerUserEmail", MemberKind::Filled, Need::Must),
        ("description", MemberKind::Text, Need::May),
    ];
    check::members(call, &body, &table, Others::Refused)?;
    if body["triggerAppId"].as_u64().and_then(|id| tenant.app(id)).is_none() {
        return Err(call.invalid("\"triggerAppId\" must be the id of an app", "triggerAppId"));
    }
    known_user(
        tenant,
        call,
        check::text(&body, "triggerUserEmail").unwrap_or(""),
        "triggerUserEmail",
    )?;
    tenant.note(
        call,
        "appCatalog",
        "create_request_access_workflow",
        json!({ "idApp": body["triggerAppId"] }),
    );
    Ok(Reply::json(json!({ "success": true })))
}
