//! The sign step: packet, signers, schedule, reminders.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::tenant::Tenant;
use super::tenant::find_workflow;
use super::workflow::{ORIGIN, Scheduled, Signer, Status, Step, Workflow};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::{self, days_before, iso};
use crate::reply::{Answer, Reply};

const REMINDER_GAP: Duration = Duration::from_secs(3600);

/// Refuses what only works in the sign step.
pub(super) fn on_sign_step(tenant: &Tenant, call: &Call, index: usize) -> Result<(), Reply> {
    let workflow = &tenant.workflows[index];
    if workflow.step == Step::Sign && workflow.status == Status::Active {
        Ok(())
    } else {
        Err(call.wrong_state("workflow is not on the sign step"))
    }
}

fn at_sign_step(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let index = find_workflow(tenant, call)?;
    on_sign_step(tenant, call, index)?;
    Ok(index)
}

fn signer_json(signer: &Signer, order: usize) -> Value {
    let mut row = Map::new();
    row.insert("type".into(), if signer.user.is_some() { "internal" } else { "external" }.into());
    row.insert("name".into(), signer.name.clone().into());
    row.insert("email".into(), signer.email.clone().into());
    row.insert("roleName".into(), signer.role.clone().into());
    row.insert("routingOrder".into(), order.into());
    row.insert("status".into(), signer.status.into());
    row.insert("isWetSigned".into(), false.into());
    if let Some(user) = &signer.user {
        row.insert("userId".into(), user.clone().into());
    }
    Value::Object(row)
}

fn model(workflow: &Workflow) -> Value {
    let signing = &workflow.signing;
    let signers: Vec<Value> = signing
        .signers
        .iter()
        .enumerate()
        .map(|(order, signer)| signer_json(signer, order))
        .collect();
    let mut model = json!({
        "signers": signers, "routing": "sequential", "status": signing.status, "requireSignedDocumentUpload": false,
        "provider": "Ironclad Signature",
    });
    if let Some(plan) = &signing.scheduled {
        model["scheduledSend"] = json!({ "notifyAt": iso(plan.notify_at) });
        if let Some(days) = plan.reminder_days {
            let date = iso(days_before(plan.notify_at, days));
            model["scheduledSend"]["reminder"] =
                json!({ "daysBefore": days, "reminderDate": date });
        }
    }
    model
}

pub(super) fn status(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    Ok(Reply::json(model(&tenant.workflows[index])))
}

pub(super) fn send(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let workflow = &mut tenant.workflows[index];
    if workflow.signing.status == "sent" {
        return Err(call.wrong_state("the signature request has been sent already"));
    }
    workflow.signing.status = "sent";
    workflow.signing.scheduled = None;
    for signer in &mut workflow.signing.signers {
        if signer.status == "pending" {
            signer.status = "sent";
        }
    }
    workflow.updated = call.now;
    Ok(Reply::json(model(&tenant.workflows[index])))
}

pub(super) fn cancel(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    check::members(
        call,
        &call.object()?,
        &[("reason", MemberKind::Filled, Need::Must)],
        Others::Allowed,
    )?;
    let workflow = &mut tenant.workflows[index];
    if workflow.signing.status != "sent" {
        return Err(call.wrong_state("no signature request is out"));
    }
    recall(workflow);
    workflow.updated = call.now;
    Ok(Reply::json(model(&tenant.workflows[index])))
}

fn recall(workflow: &mut Workflow) {
    workflow.signing.status = "not_sent";
    for signer in &mut workflow.signing.signers {
        if signer.status != "signed" {
            signer.status = "pending";
        }
    }
}

pub(super) fn schedule(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("notifyAt", MemberKind::Date, Need::Must), ("reminder", MemberKind::Object, Need::May)],
        Others::Allowed,
    )?;
    if tenant.workflows[index].signing.status != "not_sent" {
        return Err(call.wrong_state("the signature request has been sent already"));
    }
    let notify_at = notify_at(call, &body)?.unwrap_or(call.now);
    let reminder_days = reminder(call, body.get("reminder"))?;
    tenant.workflows[index].signing.scheduled = Some(Scheduled { notify_at, reminder_days });
    Ok(Reply::json(model(&tenant.workflows[index])))
}

pub(super) fn reschedule(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("notifyAt", MemberKind::Date, Need::May), ("reminder", MemberKind::Object, Need::May)],
        Others::Allowed,
    )?;
    let moved = notify_at(call, &body)?;
    let days = reminder(call, body.get("reminder"))?;
    let Some(plan) = &mut tenant.workflows[index].signing.scheduled else {
        return Err(call.wrong_state("no sending is scheduled"));
    };
    plan.notify_at = moved.unwrap_or(plan.notify_at);
    // Present and null removes the reminder, absent leaves it.
    if body.contains_key("reminder") {
        plan.reminder_days = days;
    }
    Ok(Reply::json(model(&tenant.workflows[index])))
}

pub(super) fn unschedule(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    if tenant.workflows[index].signing.scheduled.take().is_none() {
        return Err(call.wrong_state("no sending is scheduled"));
    }
    Ok(Reply::json(model(&tenant.workflows[index])))
}

fn notify_at(call: &Call, body: &Map<String, Value>) -> Result<Option<jiff::Timestamp>, Reply> {
    let Some(at) = check::text(body, "notifyAt").and_then(clock::read) else { return Ok(None) };
    if at <= call.now {
        return Err(call.invalid("parameter 'notifyAt' must lie in the future", "notifyAt"));
    }
    Ok(Some(at))
}

fn reminder(call: &Call, value: Option<&Value>) -> Result<Option<u64>, Reply> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    match value["daysBefore"].as_u64() {
        Some(days) if (1..=7).contains(&days) => Ok(Some(days)),
        _ => Err(call.invalid(
            "parameter 'reminder.daysBefore' must be a whole number from 1 to 7",
            "reminder.daysBefore",
        )),
    }
}

fn signer_position(tenant: &Tenant, call: &Call, index: usize) -> Result<usize, Reply> {
    let wanted = call.param("signerRoleName");
    let signers = &tenant.workflows[index].signing.signers;
    let found = signers.iter().position(|signer| signer.role.eq_ignore_ascii_case(wanted));
    found.ok_or_else(|| call.missing("signer", "signerRoleName"))
}

pub(super) fn update_signer(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let position = signer_position(tenant, call, index)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("reason", MemberKind::Filled, Need::Must), ("assigned", MemberKind::Object, Need::Must)],
        Others::Allowed,
    )?;
    let assigned = &body["assigned"];
    let (name, email, user) = match assigned["type"].as_str() {
        Some("internal") => {
            let wanted = assigned["userId"].as_str().unwrap_or("");
            let user = tenant
                .find_person(wanted)
                .ok_or_else(|| call.invalid("assigned.userId is not a user", "assigned.userId"))?;
            (user.display(), user.user_name.clone(), Some(user.id.clone()))
        }
        Some("external") => match (assigned["name"].as_str(), assigned["email"].as_str()) {
            (Some(name), Some(email)) => (name.to_owned(), email.to_owned(), None),
            _ => {
                return Err(call.refuse(
                    400,
                    "MISSING_PARAM",
                    "assigned needs name and email",
                    "assigned",
                ));
            }
        },
        _ => {
            return Err(call.invalid("assigned.type must be internal or external", "assigned.type"));
        }
    };
    let workflow = &mut tenant.workflows[index];
    let signer = &mut workflow.signing.signers[position];
    if signer.status == "signed" {
        return Err(call.wrong_state("a signer who has signed cannot be changed"));
    }
    (signer.name, signer.email, signer.user) = (name, email, user);
    workflow.updated = call.now;
    Ok(Reply::json(signer_json(&tenant.workflows[index].signing.signers[position], position)))
}

pub(super) fn delete_signer(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let position = signer_position(tenant, call, index)?;
    let workflow = &mut tenant.workflows[index];
    workflow.signing.signers.remove(position);
    recall(workflow);
    workflow.updated = call.now;
    Ok(Reply::none())
}

pub(super) fn remind(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let position = signer_position(tenant, call, index)?;
    let signing = &mut tenant.workflows[index].signing;
    if signing.status != "sent" {
        return Err(call.wrong_state("no signature request is out"));
    }
    let signer = &mut signing.signers[position];
    if signer.reminded.is_some_and(|at| clock::later(at, REMINDER_GAP) > call.now) {
        return Err(call.refuse(
            429,
            "TOO_MANY_REQUESTS",
            "this signer was reminded within the last hour",
            "",
        ));
    }
    signer.reminded = Some(call.now);
    Ok(Reply::none())
}

/// Signers as the older route shows them.
pub(super) fn old_signers(workflow: &Workflow) -> Vec<Value> {
    let signers = workflow.signing.signers.iter().enumerate();
    signers
        .map(|(order, signer)| {
            json!({
                "roleName": signer.role, "name": signer.name, "email": signer.email,
                "signatureStatus": { "status": signer.status }, "delegates": [], "routingOrder": order,
            })
        })
        .collect()
}

pub(super) fn signatures(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let workflow = &tenant.workflows[index];
    if workflow.step == Step::Review {
        return Err(call.wrong_state("workflow has no signers before the sign step"));
    }
    Ok(Reply::json(json!({
        "workflowId": workflow.id, "title": workflow.title, "signers": old_signers(workflow), "routing": "sequential",
    })))
}

pub(super) fn recipient_url(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("type", MemberKind::Word(&["signer", "viewer"]), Need::Must)],
        Others::Allowed,
    )?;
    if check::text(&body, "type") == Some("viewer") {
        check::members(call, &body, &[("email", MemberKind::Filled, Need::Must)], Others::Allowed)?;
        let token = tenant.ids.nano();
        return Ok(Reply::status(201, json!({ "url": format!("{ORIGIN}/view/{token}") })));
    }
    let token = signer_token(tenant, call, index, &body)?;
    Ok(Reply::status(201, json!({ "url": format!("{ORIGIN}/sign/{token}") })))
}

pub(super) fn embedded_url(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = at_sign_step(tenant, call)?;
    let body = call.object()?;
    let table = [
        ("type", MemberKind::Word(&["signer"]), Need::Must),
        ("frameAncestor", MemberKind::Filled, Need::Must),
        ("allowMultipleUsages", MemberKind::Flag, Need::May),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let token = signer_token(tenant, call, index, &body)?;
    Ok(Reply::status(201, json!({ "url": format!("{ORIGIN}/sign/{token}?embedded=true") })))
}

fn signer_token(
    tenant: &mut Tenant,
    call: &Call,
    index: usize,
    body: &Map<String, Value>,
) -> Result<String, Reply> {
    check::members(call, body, &[("roleName", MemberKind::Filled, Need::Must)], Others::Allowed)?;
    let wanted = check::text(body, "roleName").unwrap_or("");
    let signers = &tenant.workflows[index].signing.signers;
    if !signers.iter().any(|signer| signer.role.eq_ignore_ascii_case(wanted)) {
        return Err(call.invalid(&format!("no signer with the role '{wanted}'"), "roleName"));
    }
    Ok(tenant.ids.nano())
}

/// The last signature is there: the workflow ends and leaves a record.
pub(super) fn complete(tenant: &mut Tenant, call: &Call, index: usize) {
    tenant.workflows[index].signing.status = "complete";
    tenant.workflows[index].step = Step::Complete;
    tenant.workflows[index].status = Status::Completed;
    tenant.record_from_workflow(index, call.now);
}
