//! The review step: approvals, roles, the way back from signing.

use serde_json::{Value, json};

use super::forms;
use super::people::User;
use super::tenant::Tenant;
use super::tenant::find_workflow;
use super::workflow::{Status, Step, Turn};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::paging;
use crate::reply::{Answer, Reply};

pub(super) fn approvals(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    Ok(Reply::json(tenant.workflows[index].approvals_json(tenant)))
}

pub(super) fn approval_requests(tenant: &mut Tenant, call: &Call) -> Answer {
    let details = call.query_flag("actorDetails")?.unwrap_or(false);
    let by_role = call.query_word("requestType", &["role", "user"])? == Some("role");
    let index = find_workflow(tenant, call)?;
    let workflow = &tenant.workflows[index];
    let mut list = Vec::new();
    for approval in &workflow.approvals {
        let role = workflow.role(&approval.role);
        let actor = match (&approval.given, role) {
            (Some((user, _)), _) => user.clone(),
            (None, Some(role)) => role.assignees.first().cloned().unwrap_or_default(),
            (None, None) => String::new(),
        };
        let status = match (&approval.given, workflow.status) {
            (Some(_), _) => "Approved",
            (None, Status::Paused) => "Workflow Paused",
            (None, Status::Cancelled) => "Workflow Canceled",
            (None, _) => "Pending",
        };
        let end = approval.given.as_ref().map_or(call.now, |(_, at)| *at);
        let took = (end.as_millisecond() - approval.asked.as_millisecond()).max(0);
        let mut row = json!({
            "startTime": iso(approval.asked), "status": status, "role": approval.role,
            "roleName": role.map_or("", |role| role.name.as_str()),
            "duration": took, "durationSeconds": took / 1000, "aggregateDuration": took, "approvalType": "Workflow",
        });
        if !by_role {
            row["actorId"] = actor.clone().into();
            row["actorType"] = "User".into();
        }
        if approval.given.is_some() {
            row["endTime"] = iso(end).into();
        }
        if details && let Some(user) = tenant.user(&actor) {
            row["actorDetails"] =
                json!({ "userName": user.display(), "userEmail": user.user_name });
        }
        list.push(row);
    }
    Ok(Reply::json(paging::numbered(call, &list)?))
}

pub(super) fn decide(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let body = call.object()?;
    let table = [
        ("status", MemberKind::Word(&["approved", "pending"]), Need::Must),
        ("user", MemberKind::Object, Need::May),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let actor = acting_user(tenant, call, body.get("user"))?;
    let workflow = &mut tenant.workflows[index];
    let refuse = |code: &str, message: &str| Err(call.refuse(400, code, message, "approval"));
    let role = call.param("roleId");
    let Some(position) = workflow.approvals.iter().position(|approval| approval.role == role)
    else {
        return refuse("INVALID_PARAM", "this role owes no approval on this workflow");
    };
    if workflow.step != Step::Review || workflow.status != Status::Active {
        return refuse(
            "INVALID_STATE",
            "approvals can only change while the workflow is in review",
        );
    }
    if check::text(&body, "status") == Some("approved") {
        if workflow.active_order() != Some(workflow.approvals[position].order) {
            return refuse("INVALID_STATE", "another approval must come first");
        }
        workflow.approvals[position].given = Some((actor, call.now));
        if workflow.approved() {
            to_signing(tenant, index, call);
        }
    } else {
        workflow.approvals[position].given = None;
    }
    tenant.workflows[index].updated = call.now;
    Ok(Reply::json(Value::Bool(true)))
}

fn to_signing(tenant: &mut Tenant, index: usize, call: &Call) {
    let workflow = &mut tenant.workflows[index];
    workflow.step = Step::Sign;
    if let Some(turn) = workflow.turns.last_mut() {
        turn.to = Some(call.now);
    }
    let user = workflow.creator.clone();
    workflow.turns.push(Turn {
        party: "Counterparty",
        location: "Sign",
        user,
        from: call.now,
        to: None,
    });
}

fn acting_user(tenant: &Tenant, call: &Call, named: Option<&Value>) -> Result<String, Reply> {
    let Some(named) = named.filter(|named| !named.is_null()) else { return Ok(call.actor.clone()) };
    let mail = named["email"].as_str().filter(|mail| forms::is_mail(mail)).unwrap_or("");
    tenant.find_person(mail).map(|user| user.id.clone()).ok_or_else(|| {
        call.refuse(400, "INVALID_PARAM", "the attribute 'user' does not name a user", "approval")
    })
}

pub(super) fn revert(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let body = call.object_or_empty()?;
    acting_user(tenant, call, body.get("user"))?;
    let workflow = &mut tenant.workflows[index];
    if workflow.step != Step::Sign || workflow.status != Status::Active {
        return Err(call.refuse(
            400,
            "INVALID_STATE",
            "only a workflow in the sign step can go back to review",
            "workflowId",
        ));
    }
    workflow.step = Step::Review;
    workflow.reverted = true;
    workflow.updated = call.now;
    workflow.signing.status = "not_sent";
    workflow.signing.scheduled = None;
    for signer in &mut workflow.signing.signers {
        signer.status = "pending";
    }
    for approval in &mut workflow.approvals {
        approval.given = None;
    }
    Ok(Reply::none())
}

pub(super) fn assign_role(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let body = call.object()?;
    check::members(call, &body, &[("userId", MemberKind::Filled, Need::Must)], Others::Allowed)?;
    let wanted = check::text(&body, "userId").unwrap_or("");
    let Some(user) = tenant.find_person(wanted).cloned() else {
        return Err(call.invalid("userId is not a user who may hold this role", "userId"));
    };
    let workflow = &mut tenant.workflows[index];
    if !workflow.open() {
        return Err(call.refuse(
            422,
            "INVALID_STATE",
            "roles of an ended workflow cannot change",
            "",
        ));
    }
    let name = call.param("roleName");
    let Some(role) = workflow
        .roles
        .iter_mut()
        .find(|role| role.name.eq_ignore_ascii_case(name) || role.id == name)
    else {
        return Err(call.invalid("role does not exist on this workflow", "roleName"));
    };
    role.assignees = vec![user.id.clone()];
    let answer = json!({
        "roleName": role.name,
        "assignee": { "userId": user.id, "displayName": user.display(), "email": user.user_name },
    });
    workflow.participants.insert(user.id);
    workflow.updated = call.now;
    Ok(Reply::json(answer))
}

pub(super) fn eligible(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let name = call.param("roleName");
    let Some(role) = tenant.workflows[index].role(name) else {
        return Err(call.missing("role on this workflow", "roleName"));
    };
    let row = |user: &User| json!({ "userId": user.id, "email": user.user_name, "displayName": user.display() });
    let holder = role.assignees.first().and_then(|id| tenant.user(id));
    let list: Vec<Value> = match holder {
        Some(holder) if role.id.starts_with("approver") => tenant
            .users
            .iter()
            .filter(|user| user.department == holder.department)
            .map(row)
            .collect(),
        _ => tenant.users.iter().map(row).collect(),
    };
    let mut envelope = paging::numbered(call, &list)?;
    if let Some(holder) = holder {
        envelope["defaultAssignee"] = row(holder);
    }
    Ok(Reply::json(envelope))
}
