//! Webhook registrations.

use serde_json::{Map, Value, json};

use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::paging;
use crate::reply::{Answer, Reply};

const EVENTS: [&str; 43] = [
    "*",
    "workflow_launched",
    "workflow_updated",
    "workflow_cancelled",
    "workflow_completed",
    "workflow_deleted",
    "workflow_approval_status_changed",
    "workflow_attribute_updated",
    "workflow_comment_added",
    "workflow_comment_removed",
    "workflow_comment_updated",
    "workflow_comment_reaction_added",
    "workflow_comment_reaction_removed",
    "workflow_counterparty_invite_sent",
    "workflow_counterparty_invite_revoked",
    "workflow_documents_added",
    "workflow_documents_removed",
    "workflow_documents_updated",
    "workflow_documents_renamed",
    "workflow_document_edited",
    "workflow_changed_turn",
    "workflow_paused",
    "workflow_resumed",
    "workflow_signature_packet_cancelled",
    "workflow_signature_packet_document_moved",
    "workflow_signature_packet_fully_signed",
    "workflow_signature_packet_sent",
    "workflow_signature_packet_signatures_collected",
    "workflow_signature_packet_signer_first_viewed",
    "workflow_signature_packet_signer_viewed",
    "workflow_signature_packet_uploaded",
    "workflow_signer_added",
    "workflow_signer_removed",
    "workflow_signer_reassigned",
    "workflow_step_updated",
    "workflow_roles_assigned",
    "record_contract_status_changed",
    "obligation_created",
    "obligation_status_changed",
    "obligation_due_date_changed",
    "obligation_assignee_changed",
    "obligation_updated",
    "obligations_extraction_completed",
];

const KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsandboxsandboxsandbox\n\
sandboxsandboxsandboxsandboxsandboxsandboxsandboxsandboxsandboxsa\n\
ndboxQIDAQAB\n\
-----END PUBLIC KEY-----\n";

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let wanted = call.param("id");
    tenant
        .webhooks
        .iter()
        .position(|hook| hook["id"] == wanted)
        .ok_or_else(|| call.missing("webhook", "id"))
}

fn check_body(
    tenant: &Tenant,
    call: &Call,
    body: &Map<String, Value>,
    need: Need,
    own: Option<&Value>,
) -> Result<(), Reply> {
    let table = [
        ("events", MemberKind::Texts, need),
        ("targetURL", MemberKind::Filled, need),
        ("status", MemberKind::Word(&["enabled", "disabled"]), Need::May),
    ];
    check::members(call, body, &table, Others::Allowed)?;
    if let Some(events) = body.get("events").and_then(Value::as_array) {
        if events.is_empty() {
            return Err(call.invalid("parameter 'events' must not be empty", "events"));
        }
        if let Some(odd) =
            events.iter().filter_map(Value::as_str).find(|event| !EVENTS.contains(event))
        {
            return Err(call.invalid(&format!("'{odd}' is not an event type"), "events"));
        }
    }
    if let Some(target) = check::text(body, "targetURL") {
        if !target.starts_with("https://") {
            return Err(call.invalid("parameter 'targetURL' must be an https address", "targetURL"));
        }
        if tenant
            .webhooks
            .iter()
            .any(|hook| hook["targetURL"] == target && Some(&hook["id"]) != own)
        {
            return Err(call.invalid("a webhook with this targetURL exists", "targetURL"));
        }
    }
    Ok(())
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check_body(tenant, call, &body, Need::Must, None)?;
    let hook = json!({
        "id": tenant.ids.hex24(), "events": body["events"], "targetURL": body["targetURL"], "companyId": tenant.company,
        "tags": [], "status": check::text(&body, "status").unwrap_or("enabled"), "statusLastUpdatedAt": iso(call.now),
        "statusLastUpdatedBy": call.actor, "consecutiveFailureCount": 0,
    });
    tenant.webhooks.push(hook.clone());
    Ok(Reply::json(hook))
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    Ok(Reply::json(paging::numbered_uncounted(call, &tenant.webhooks)?))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    Ok(Reply::json(tenant.webhooks[index(tenant, call)?].clone()))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let own = tenant.webhooks[index]["id"].clone();
    check_body(tenant, call, &body, Need::May, Some(&own))?;
    let hook = &mut tenant.webhooks[index];
    for name in ["events", "targetURL", "status"] {
        if let Some(value) = body.get(name) {
            hook[name] = value.clone();
        }
    }
    if body.contains_key("status") {
        hook["statusLastUpdatedAt"] = iso(call.now).into();
        hook["statusLastUpdatedBy"] = call.actor.clone().into();
    }
    Ok(Reply::json(hook.clone()))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    tenant.webhooks.remove(index);
    Ok(Reply::none())
}

pub(super) fn verification_key(_: &mut Tenant, _: &Call) -> Answer {
    Ok(Reply::bytes(
        "application/x-pem-file; charset=utf-8",
        bytes::Bytes::from_static(KEY.as_bytes()),
    ))
}
