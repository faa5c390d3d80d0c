//! Workflows: the list, their runs and their edit history.

use serde_json::{Value, json};

use super::audit;
use super::tenant::{ORG, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::paging;
use crate::reply::{Answer, Reply};

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    call.query_word("type", &["regular"])?;
    let rows: Vec<Value> = tenant
        .workflows
        .iter()
        .map(|workflow| json!({ "id": workflow["id"], "name": workflow["name"], "type": "regular", "version": workflow["version"] }))
        .collect();
    Ok(Reply::json(json!({ "workflows": rows })))
}

fn find<'a>(tenant: &'a Tenant, call: &Call) -> Result<&'a Value, Reply> {
    let id = call.number_param("idWorkflow")?;
    tenant
        .workflows
        .iter()
        .find(|workflow| workflow["id"] == id)
        .ok_or_else(|| call.missing("Workflow", "idWorkflow"))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    Ok(Reply::json(json!({ "workflow": find(tenant, call)? })))
}

pub(super) fn executions(tenant: &mut Tenant, call: &Call) -> Answer {
    let most = 2_147_483_647;
    let number = |name: &str| call.query_number(name, 1, most);
    let app = number("idActionApp")?.or(number("idApp")?);
    let user = number("idActionUser")?.or(number("idUser")?);
    let mut rows = tenant.executions.clone();
    rows.retain(|row| app.is_none_or(|app| row["idApp"] == app));
    rows.retain(|row| user.is_none_or(|user| row["runtimeInfo"]["user"]["id"] == user));
    rows.sort_by_cached_key(|row| {
        (row["creationTime"].as_str().unwrap_or("").to_owned(), row["id"].as_u64())
    });
    rows.reverse();
    let page = paging::cursor(call, &rows, 50)?;
    Ok(Reply::json(Value::Object(paging::cursor_envelope("response", &page, Some(rows.len())))))
}

pub(super) fn edits(tenant: &mut Tenant, call: &Call) -> Answer {
    let offset = call.query_number("offset", 0, u64::from(u32::MAX))?.unwrap_or(0);
    let limit = call.query_number("limit", 1, 1000)?.unwrap_or(50);
    let mut rows = tenant.workflow_edits.clone();
    audit::between(call, &mut rows)?;
    rows.sort_by_cached_key(|row| row["creationTime"].as_str().unwrap_or("").to_owned());
    rows.reverse();
    Ok(Reply::json(json!({ "audit": paging::window(&rows, offset, limit) })))
}

pub(super) fn trigger(tenant: &mut Tenant, call: &Call) -> Answer {
    let workflow = find(tenant, call)?.clone();
    let body = call.object_or_empty()?;
    let table = [
        ("triggerAppId", MemberKind::Whole, Need::May),
        ("triggerUserEmail", MemberKind::Filled, Need::May),
        ("triggerContractId", MemberKind::Whole, Need::May),
        ("triggerLicenseName", MemberKind::Filled, Need::May),
        ("triggerLicenseAppId", MemberKind::Whole, Need::May),
    ];
    check::members(call, &body, &table, Others::Refused)?;
    let needed = workflow["trigger"]["needs"].as_str().unwrap_or("");
    if !needed.is_empty() && !body.contains_key(needed) {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            &format!("\"{needed}\" is required for this workflow"),
            needed,
        ));
    }
    let user = match check::text(&body, "triggerUserEmail") {
        None => None,
        Some(mail) => {
            let known = tenant.users.iter().find(|user| {
                user["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(mail))
            });
            Some(
                known.ok_or_else(|| {
                    call.invalid("\"triggerUserEmail\" is not a user", "triggerUserEmail")
                })?["id"]
                    .clone(),
            )
        }
    };
    let (id, execution) = (tenant.next_id(), tenant.next_id());
    tenant.executions.push(json!({
        "id": id, "idOrg": ORG, "idApp": body.get("triggerAppId").cloned().unwrap_or(Value::Null), "idWorkflow": workflow["id"],
        "idWorkflowExecution": execution, "idAction": "3873472394983", "actionType": "actionOnUser",
        "runtimeInfo": { "user": { "id": user } }, "isRun": true, "runTime": iso(call.now), "isCompleted": true,
        "completionTime": iso(call.now), "continueOnError": false, "isIgnored": false, "ignoredTime": null, "details": {},
        "executionErrorType": null, "errorTime": null, "creationTime": iso(call.now), "updateTime": iso(call.now),
    }));
    tenant.note(
        call,
        "workflows",
        "workflow_triggered_manually",
        json!({ "idWorkflow": workflow["id"] }),
    );
    Ok(Reply::json(json!({ "success": true })))
}
