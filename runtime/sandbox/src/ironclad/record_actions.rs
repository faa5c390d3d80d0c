//! Contract lifecycle actions on records.

use serde_json::{Map, Value, json};

use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::reply::{Answer, Reply};

const ACTIONS: [&str; 7] =
    ["activate", "terminate", "supersede", "extend", "cancelAutoRenewal", "editRenewal", "undo"];

/// Properties that an action must bring.
fn required(action: &str) -> &'static [&'static str] {
    match action {
        "activate" | "editRenewal" => &["standard_renewalType"],
        "terminate" => &["standard_terminatedDate", "standard_terminationEffectiveDate"],
        "supersede" => &["standard_supersededDate", "standard_supersessionEffectiveDate"],
        "undo" => &["standard_undoObligationAction"],
        _ => &[],
    }
}

pub(super) fn run(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.record_index(call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("type", MemberKind::Word(&ACTIONS), Need::Must)],
        Others::Allowed,
    )?;
    let action = check::text(&body, "type").unwrap_or("");
    let needs_properties = action != "cancelAutoRenewal";
    let need = if needs_properties { Need::Must } else { Need::May };
    check::members(call, &body, &[("properties", MemberKind::Object, need)], Others::Allowed)?;
    let given = body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(absent) = required(action).iter().find(|name| !given.contains_key(**name)) {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            &format!("missing required property '{absent}'"),
            absent,
        ));
    }
    let properties =
        super::records::properties(call, Some(&Value::Object(given)), super::records::any)?;
    let record = &tenant.records[index];
    let status = record["contractStatus"]["status"].as_str().unwrap_or("indeterminate").to_owned();
    if record.get("contractStatus").is_none() && action != "activate" {
        return Err(call.refuse(
            404,
            "NOT_FOUND",
            "the record has no contract status to act on",
            "",
        ));
    }
    if status == "active" && action == "activate" {
        return Err(call.refuse(400, "INVALID_STATE", "the contract is active already", "type"));
    }
    let record = &mut tenant.records[index];
    let (status, enhanced) = after(action, &properties, &status);
    record["contractStatus"] = json!({ "status": status, "enhancedStatus": enhanced });
    if let Some(held) = record["properties"].as_object_mut() {
        held.extend(properties);
        if action == "cancelAutoRenewal" {
            held.insert(
                "standard_renewalType".into(),
                json!({ "type": "string", "value": "None" }),
            );
        }
    }
    record["lastUpdated"] = iso(call.now).into();
    Ok(Reply::json(Value::Object(body)))
}

/// The contract status once an action is done.
fn after(action: &str, properties: &Map<String, Value>, before: &str) -> (String, &'static str) {
    let renewal =
        properties.get("standard_renewalType").and_then(|renewal| renewal["value"].as_str());
    match action {
        "terminate" => ("inactive".into(), "terminating"),
        "supersede" => ("inactive".into(), "superseding"),
        "extend" => ("active".into(), "extending"),
        "cancelAutoRenewal" => ("active".into(), "expiring"),
        "activate" | "editRenewal" => match renewal {
            Some("Auto-Renew") => ("active".into(), "auto-renewing"),
            Some("Evergreen") => ("active".into(), "evergreen"),
            _ => ("active".into(), "active"),
        },
        _ => (if before == "inactive" { "active".into() } else { before.to_owned() }, "active"),
    }
}
