//! Custom integrations, anonymisation, settings of the browser extension.

use serde_json::{Value, json};

use super::files;
use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};

const MOST_SITES: usize = 5000;

pub(super) fn create_account(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("idApp", MemberKind::Whole, Need::Must), ("name", MemberKind::Text, Need::May)],
        Others::Allowed,
    )?;
    let app = body["idApp"].as_u64().unwrap_or(0);
    if tenant.app(app).is_none() {
        return Err(call.invalid("\"idApp\" must be the id of an app", "idApp"));
    }
    let id = tenant.next_id();
    tenant.accounts.push((id, app));
    Ok(Reply::json(json!({ "id": id })))
}

pub(super) fn sync_custom(tenant: &mut Tenant, call: &Call) -> Answer {
    let bytes = sync(tenant, call)?;
    let Ok(data) = serde_json::from_slice::<Value>(&bytes) else {
        return Err(call.invalid("The file is not valid JSON", "idFile"));
    };
    let users = data["users"]
        .as_array()
        .map_or(0, |users| users.iter().filter(|user| user["email"].is_string()).count());
    if users == 0 {
        return Err(call.invalid("The file holds no valid user", "idFile"));
    }
    tenant.note(call, "integrations", "sync_custom_integration", json!({ "users": users }));
    Ok(Reply::json(json!({ "success": true })))
}

pub(super) fn sync_gluu(tenant: &mut Tenant, call: &Call) -> Answer {
    sync(tenant, call)?;
    tenant.note(call, "integrations", "sync_gluu_custom_integration", json!({}));
    Ok(Reply::json(json!({ "success": true })))
}

fn sync(tenant: &Tenant, call: &Call) -> Result<bytes::Bytes, Reply> {
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[
            ("idFile", MemberKind::Whole, Need::Must),
            ("idAppAccount", MemberKind::Whole, Need::Must),
        ],
        Others::Refused,
    )?;
    if !tenant.accounts.iter().any(|(id, _)| body["idAppAccount"] == *id) {
        return Err(call.invalid("\"idAppAccount\" is not an app account", "idAppAccount"));
    }
    files::named_file(tenant, call, &body, "idFile")
}

pub(super) fn anonymize(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("email", MemberKind::Filled, Need::Must), ("fields", MemberKind::Texts, Need::May)],
        Others::Refused,
    )?;
    let mail = check::text(&body, "email").unwrap_or("");
    if !tenant
        .users
        .iter()
        .any(|user| user["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(mail)))
    {
        return Err(call.missing("User", "email"));
    }
    let id = tenant.next_id();
    tenant.note(call, "anonymizeUser", "create_anonymize_request", json!({ "id": id }));
    Ok(Reply::json(json!({ "id": id, "status": "inProgress" })))
}

pub(super) fn extension(tenant: &mut Tenant, _: &Call) -> Answer {
    Ok(Reply::json(tenant.extension.clone()))
}

pub(super) fn update_extension(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let table = [
        ("dlp", MemberKind::Object, Need::May),
        ("blockedSites", MemberKind::Object, Need::May),
        ("usersFilter", MemberKind::Object, Need::May),
    ];
    check::members(call, &body, &table, Others::Refused)?;
    let sites = body.get("blockedSites").and_then(|section| section["sites"].as_array());
    if sites.is_some_and(|sites| sites.len() > MOST_SITES) {
        return Err(
            call.invalid("\"blockedSites.sites\" may hold at most 5000 items", "blockedSites")
        );
    }
    for (section, value) in body {
        tenant.extension[section] = value;
    }
    tenant.note(call, "orgs", "update_extension_settings", json!({}));
    Ok(Reply::json(tenant.extension.clone()))
}
