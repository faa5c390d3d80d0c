//! Listing, reading and steering workflows.

use serde_json::{Map, Value, json};

use super::tenant::{Tenant, find_workflow};
use super::workflow::{Status, Step, Workflow};
use super::{forms, formula};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::{self, iso};
use crate::paging;
use crate::reply::{Answer, Reply};

const STATUSES: [&str; 4] = ["active", "paused", "completed", "cancelled"];

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.query_list("status");
    if let Some(odd) = wanted.iter().find(|status| !STATUSES.contains(status)) {
        return Err(call.bad_query(
            "status",
            &format!("value '{odd}' is not one of [{}]", STATUSES.join(", ")),
        ));
    }
    let since = match call.query("lastUpdated") {
        None => None,
        Some(text) => Some(
            clock::read(text)
                .ok_or_else(|| call.bad_query("lastUpdated", "must be an ISO 8601 date"))?,
        ),
    };
    let filter = formula::from_query(call)?;
    let search = search_text(call)?;
    let hydrate = call.query_flag("hydrateEntities")?.unwrap_or(false);
    let template = call.query("template");
    let chosen: Vec<&Workflow> = tenant
        .workflows
        .iter()
        .rev()
        .filter(|workflow| {
            if wanted.is_empty() {
                workflow.status == Status::Active
            } else {
                wanted.contains(&workflow.status.as_str())
            }
        })
        .filter(|workflow| template.is_none_or(|template| workflow.template == template))
        .filter(|workflow| since.is_none_or(|since| workflow.updated > since))
        .filter(|workflow| search.as_deref().is_none_or(|text| mentions(workflow, text)))
        .filter(|workflow| {
            filter
                .as_ref()
                .is_none_or(|filter| filter.admits(&|name| property(workflow, name), call.now))
        })
        .collect();
    // Rows outside the page are counted, not rendered.
    let places: Vec<Value> = (0..chosen.len()).map(Value::from).collect();
    let mut envelope = paging::numbered(call, &places)?;
    let rows: Vec<Value> = envelope["list"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|place| chosen.get(usize::try_from(place.as_u64()?).ok()?))
        .map(|workflow| workflow.render(tenant, hydrate))
        .collect();
    envelope["list"] = rows.into();
    Ok(Reply::json(envelope))
}

/// The free-text parameter of lists.
pub(super) fn search_text(call: &Call) -> Result<Option<String>, Reply> {
    match call.query("search") {
        Some(text) if text.len() > 1000 => {
            Err(call.bad_query("search", "may have at most 1000 characters"))
        }
        text => Ok(text.filter(|text| !text.is_empty()).map(str::to_lowercase)),
    }
}

fn mentions(workflow: &Workflow, text: &str) -> bool {
    workflow.title.to_lowercase().contains(text)
        || workflow.readable().to_lowercase() == text
        || workflow
            .attributes
            .values()
            .any(|value| value.as_str().is_some_and(|value| value.to_lowercase().contains(text)))
}

/// A property as formulas see it.
fn property(workflow: &Workflow, name: &str) -> Option<Value> {
    match name {
        "readableId" | "ironcladId" => Some(workflow.readable().into()),
        "title" | "name" => Some(workflow.title.clone().into()),
        "status" => Some(workflow.status.as_str().into()),
        "step" => Some(workflow.step.as_str().into()),
        "lastUpdated" => Some(iso(workflow.updated).into()),
        "created" => Some(iso(workflow.created).into()),
        _ => workflow.attributes.get(name).cloned(),
    }
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let hydrate = call.query_flag("hydrateEntities")?.unwrap_or(false);
    let index = find_workflow(tenant, call)?;
    Ok(Reply::json(tenant.workflows[index].render(tenant, hydrate)))
}

pub(super) fn update_attributes(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("updates", MemberKind::List, Need::Must), ("comment", MemberKind::Text, Need::May)],
        Others::Allowed,
    )?;
    let workflow = &tenant.workflows[index];
    if workflow.step != Step::Review || workflow.status != Status::Active {
        return Err(call.refuse(
            400,
            "INVALID_STATE",
            "attributes can only be edited while the workflow is in review",
            "attributes",
        ));
    }
    let form = tenant
        .templates
        .iter()
        .find(|template| template.id == workflow.template)
        .map(|template| template.form.clone());
    let form = form.unwrap_or_default();
    let mut attributes = workflow.attributes.clone();
    for update in body["updates"].as_array().into_iter().flatten() {
        apply_update(call, &form, &mut attributes, update)?;
    }
    if attributes == workflow.attributes {
        return Err(call.invalid("the updates would change nothing", "attributes"));
    }
    let author = tenant.author(&call.actor);
    let comment = check::text(&body, "comment")
        .map(|text| super::comments::build(tenant, call, text, author));
    let workflow = &mut tenant.workflows[index];
    workflow.attributes = attributes;
    workflow.updated = call.now;
    workflow.comments.extend(comment);
    Ok(Reply::json(tenant.workflows[index].render(tenant, false)))
}

fn apply_update(
    call: &Call,
    form: &Map<String, Value>,
    attributes: &mut Map<String, Value>,
    update: &Value,
) -> Result<(), Reply> {
    let Some(update) = update.as_object() else {
        return Err(call.invalid("every update must be an object", "updates"));
    };
    let table = [
        ("action", MemberKind::Word(&["set", "remove"]), Need::May),
        ("path", MemberKind::Filled, Need::Must),
    ];
    check::members(call, update, &table, Others::Allowed)?;
    let path = check::text(update, "path").unwrap_or("");
    let Some(field) = form.get(path) else {
        return Err(
            call.invalid(&format!("no such attribute on this workflow: {path}"), "attributes")
        );
    };
    if field["elementType"]["type"] == "document" {
        return Err(call.invalid(&format!("attribute {path} is read-only here"), "attributes"));
    }
    if check::text(update, "action") == Some("remove") {
        if field["required"] == "always" {
            return Err(
                call.invalid(&format!("form validation failed: {path} is required"), "attributes")
            );
        }
        attributes.shift_remove(path);
        return Ok(());
    }
    let Some(value) = update.get("value") else {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            "missing required parameter 'value'",
            "value",
        ));
    };
    forms::check_field(path, field, value).map_err(|fault| {
        call.invalid(&format!("form validation failed: {}", fault.message), "attributes")
    })?;
    attributes.insert(path.to_owned(), value.clone());
    Ok(())
}

/// The comment that cancel, pause and resume need.
fn steering_comment(tenant: &mut Tenant, call: &Call) -> Result<Value, Reply> {
    let body = call.object()?;
    check::members(call, &body, &[("comment", MemberKind::Object, Need::Must)], Others::Allowed)?;
    let comment = body["comment"].as_object().cloned().unwrap_or_default();
    let Some(Value::String(text)) = comment.get("message") else {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            "missing required parameter 'comment.message'",
            "comment.message",
        ));
    };
    if text.trim().is_empty() {
        return Err(
            call.invalid("parameter 'comment.message' must not be empty", "comment.message")
        );
    }
    let author = tenant.author(&call.actor);
    Ok(super::comments::build(tenant, call, text, author))
}

pub(super) fn cancel(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let comment = steering_comment(tenant, call)?;
    let workflow = &mut tenant.workflows[index];
    if !workflow.open() {
        return Err(call.wrong_state(&format!("workflow is already {}", workflow.status.as_str())));
    }
    steer(workflow, Status::Cancelled, comment, call);
    Ok(Reply::none())
}

pub(super) fn pause(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let comment = steering_comment(tenant, call)?;
    let workflow = &mut tenant.workflows[index];
    if workflow.status != Status::Active || workflow.step != Step::Review {
        return Err(call.wrong_state("only an active workflow in review can be paused"));
    }
    steer(workflow, Status::Paused, comment, call);
    Ok(Reply::none())
}

pub(super) fn resume(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let comment = steering_comment(tenant, call)?;
    let workflow = &mut tenant.workflows[index];
    if workflow.status != Status::Paused {
        return Err(call.wrong_state("only a paused workflow can be resumed"));
    }
    steer(workflow, Status::Active, comment, call);
    Ok(Reply::none())
}

fn steer(workflow: &mut Workflow, to: Status, comment: Value, call: &Call) {
    workflow.status = to;
    workflow.comments.push(comment);
    workflow.updated = call.now;
}

pub(super) fn participants(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let mail = call.query("email");
    let list: Vec<Value> = tenant.workflows[index]
        .participants
        .iter()
        .filter_map(|id| tenant.user(id))
        .filter(|user| mail.is_none_or(|mail| user.user_name.eq_ignore_ascii_case(mail)))
        .map(|user| json!({ "userId": user.id, "email": user.user_name }))
        .collect();
    Ok(Reply::json(paging::numbered(call, &list)?))
}

pub(super) fn turn_history(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let turns = &tenant.workflows[index].turns;
    let list: Vec<Value> = turns
        .iter()
        .enumerate()
        .map(|(number, turn)| {
            let mut row = json!({
                "turnNumber": number + 1, "turnParty": turn.party, "turnLocation": turn.location,
                "turnStartTime": iso(turn.from), "turnUserId": turn.user,
            });
            if let Some(user) = tenant.user(&turn.user) {
                row["turnUserEmail"] = user.user_name.clone().into();
            }
            if let Some(to) = turn.to {
                row["turnEndTime"] = iso(to).into();
            }
            row
        })
        .collect();
    Ok(Reply::json(paging::numbered(call, &list)?))
}
