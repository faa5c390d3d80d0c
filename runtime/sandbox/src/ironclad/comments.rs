//! Comments and mail threads of a workflow.

use bytes::Bytes;
use serde_json::{Value, json};

use super::tenant::Tenant;
use super::tenant::find_workflow;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::paging;
use crate::reply::{Answer, Reply};

const BODY: [check::Member; 4] = [
    ("comment", MemberKind::Filled, Need::Must),
    ("creator", MemberKind::Object, Need::May),
    ("addUsersToWorkflow", MemberKind::Flag, Need::May),
    ("repliedToActivityFeedMessageId", MemberKind::Text, Need::May),
];

/// A comment as the activity feed shows it.
pub(super) fn build(tenant: &mut Tenant, call: &Call, text: &str, author: Value) -> Value {
    json!({
        "id": tenant.ids.uuid(), "commentMessage": text, "timestamp": iso(call.now), "isExternal": false, "author": author,
        "mentionedUserDetails": [], "addedParticipants": [], "reactions": [],
    })
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let body = call.object()?;
    check::members(call, &body, &BODY, Others::Allowed)?;
    let author = match body.get("creator") {
        None | Some(Value::Null) => call.actor.clone(),
        Some(creator) => {
            let wanted = creator["email"].as_str().or(creator["id"].as_str()).unwrap_or("");
            let user = tenant.find_person(wanted).map(|user| user.id.clone());
            user.ok_or_else(|| call.invalid("creator is not a user of the company", "creator"))?
        }
    };
    let text = check::text(&body, "comment").unwrap_or("").to_owned();
    let add = body.get("addUsersToWorkflow") == Some(&Value::Bool(true));
    let author = tenant.author(&author);
    let mut comment = build(tenant, call, &text, author);
    for mentioned in mentions(&text) {
        let Some(user) = tenant.find_person(mentioned).cloned() else { continue };
        let joins = !tenant.workflows[index].participants.contains(&user.id);
        if joins && !add {
            let message = format!(
                "{} is not on the workflow; set addUsersToWorkflow to true",
                user.user_name
            );
            return Err(call.invalid(&message, "addUsersToWorkflow"));
        }
        let detail =
            json!({ "id": user.id, "displayName": user.display(), "email": user.user_name });
        push(&mut comment["mentionedUserDetails"], detail);
        if joins {
            push(&mut comment["addedParticipants"], user.id.clone().into());
            tenant.workflows[index].participants.insert(user.id);
        }
    }
    if let Some(parent) = check::text(&body, "repliedToActivityFeedMessageId") {
        let Some(item) = tenant.workflows[index].comments.iter().find(|item| item["id"] == parent)
        else {
            return Err(call.invalid(
                "the message replied to does not exist",
                "repliedToActivityFeedMessageId",
            ));
        };
        comment["repliedTo"] = json!({ "item": item["id"], "itemAuthor": item["author"] });
    }
    let workflow = &mut tenant.workflows[index];
    workflow.comments.push(comment.clone());
    workflow.updated = call.now;
    Ok(Reply::json(comment))
}

/// The older route: the same, without an answer.
pub(super) fn create_old(tenant: &mut Tenant, call: &Call) -> Answer {
    create(tenant, call).map(|_| Reply::none())
}

fn push(list: &mut Value, item: Value) {
    if let Value::Array(items) = list {
        items.push(item);
    }
}

/// The ids and mails written as `<@…>`.
fn mentions(text: &str) -> impl Iterator<Item = &str> {
    text.split("<@").skip(1).filter_map(|piece| piece.split_once('>')).map(|(name, _)| name)
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    Ok(Reply::json(paging::numbered(call, &tenant.workflows[index].comments)?))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    let wanted = call.param("commentId");
    let comment = tenant.workflows[index].comments.iter().find(|comment| comment["id"] == wanted);
    comment
        .map(|comment| Reply::json(comment.clone()))
        .ok_or_else(|| call.missing("comment", "commentId"))
}

pub(super) fn emails(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = find_workflow(tenant, call)?;
    Ok(Reply::json(paging::numbered(call, &tenant.workflows[index].emails)?))
}

fn email<'a>(tenant: &'a Tenant, call: &Call) -> Result<&'a Value, Reply> {
    let index = find_workflow(tenant, call)?;
    let wanted = call.param("emailThreadId");
    let found = tenant.workflows[index]
        .emails
        .iter()
        .find(|mail| mail["emailThreadId"] == wanted || mail["id"] == wanted);
    found.ok_or_else(|| call.missing("email thread", "emailThreadId"))
}

pub(super) fn show_email(tenant: &mut Tenant, call: &Call) -> Answer {
    email(tenant, call).map(|mail| Reply::json(mail.clone()))
}

pub(super) fn email_attachment(tenant: &mut Tenant, call: &Call) -> Answer {
    let mail = email(tenant, call)?;
    let wanted = format!("/attachments/{}", call.param("attachmentId"));
    let attachments = mail["attachments"].as_array();
    let found = attachments
        .into_iter()
        .flatten()
        .find(|file| file["download"].as_str().is_some_and(|path| path.ends_with(&wanted)));
    let Some(file) = found else { return Err(call.missing("attachment", "attachmentId")) };
    let filename = file["filename"].as_str().unwrap_or("attachment.txt");
    let media = file["content-type"].as_str().unwrap_or("application/octet-stream");
    Ok(Reply::file(filename, media, Bytes::from(format!("Attachment {filename}\n"))))
}
