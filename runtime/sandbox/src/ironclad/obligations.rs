//! Obligations that follow from contracts, and their occurrences.

use serde_json::{Map, Value, json};

use super::entities::chosen;
use super::records::{any, edit_properties, properties};
use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::paging;
use crate::reply::{Answer, Reply};

/// Obligation types: id, key, label, meaning.
pub(super) const TYPES: [(&str, &str, &str, &str); 3] = [
    ("5d2e6b10-93c4-4a6f-a5d2-6f3b2c1d0e01", "payment", "Payment", "Money that falls due"),
    ("5d2e6b10-93c4-4a6f-a5d2-6f3b2c1d0e02", "delivery", "Delivery", "Goods or work to hand over"),
    ("5d2e6b10-93c4-4a6f-a5d2-6f3b2c1d0e03", "reporting", "Reporting", "A report to send"),
];

/// Members that only triggered instances have.
const INSTANCE: [&str; 4] = ["status", "dueDate", "assigneeUserId", "description"];

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let wanted = call.param("id");
    let found = tenant
        .obligations
        .iter()
        .position(|item| item["id"] == wanted || item["ironcladId"] == wanted);
    found.ok_or_else(|| call.missing("obligation", "id"))
}

pub(super) fn types(_: &mut Tenant, _: &Call) -> Answer {
    let list =
        TYPES.iter().map(|(id, name, label, meaning)| json!({ "id": id, "name": name, "displayName": label, "description": meaning }));
    Ok(Reply::json(list.collect()))
}

fn is_source(item: &Value) -> bool {
    item.get("sourceObligationId").is_none()
}

fn instances_of(tenant: &Tenant, source: &Value) -> Vec<Value> {
    let mut list: Vec<Value> = tenant
        .obligations
        .iter()
        .filter(|item| item.get("sourceObligationId") == Some(source))
        .cloned()
        .collect();
    list.sort_by_key(|item| item["dueDate"].as_str().map_or_else(|| "~".to_owned(), str::to_owned));
    list
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let include = call.query_word("include", &["occurrences"])?.is_some();
    let sources: Vec<Value> =
        tenant.obligations.iter().filter(|item| is_source(item)).cloned().collect();
    let mut rows = chosen(call, &sources)?;
    if include {
        for row in &mut rows {
            let mut occurrences = instances_of(tenant, &row["id"]);
            occurrences.truncate(5);
            row["occurrences"] = occurrences.into();
        }
    }
    Ok(Reply::json(paging::numbered(call, &rows)?))
}

pub(super) fn instances(tenant: &mut Tenant, call: &Call) -> Answer {
    let source = tenant.obligations[index(tenant, call)?]["id"].clone();
    let mut rows = instances_of(tenant, &source);
    for row in &mut rows {
        row["obligationType"] = "OCCURRENCE".into();
    }
    Ok(Reply::json(paging::numbered(call, &rows)?))
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let triggered = body.contains_key("sourceObligationId");
    let alone = if triggered { Need::May } else { Need::Must };
    let instance = if triggered { Need::Must } else { Need::May };
    let table = [
        ("name", MemberKind::Filled, Need::Must),
        ("properties", MemberKind::Object, Need::May),
        ("obligationTypeKey", MemberKind::Texts, alone),
        ("parentId", MemberKind::Filled, alone),
        ("sourceObligationId", MemberKind::Filled, Need::May),
        ("status", MemberKind::Filled, instance),
        ("dueDate", MemberKind::Date, instance),
        ("assigneeUserId", MemberKind::Filled, instance),
        ("description", MemberKind::Text, Need::May),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    if let (false, Some(extra)) =
        (triggered, INSTANCE.iter().find(|name| body.contains_key(**name)))
    {
        return Err(call.invalid(&format!("'{extra}' needs sourceObligationId"), extra));
    }
    tenant.last_obligation += 1;
    let mut item = json!({
        "id": tenant.ids.uuid(), "ironcladId": format!("OB-{}", tenant.last_obligation), "name": body["name"],
        "properties": properties(call, body.get("properties"), any)?, "lastUpdated": iso(call.now),
    });
    if triggered {
        let source = check::text(&body, "sourceObligationId").unwrap_or("");
        let found = tenant
            .obligations
            .iter()
            .find(|known| known["id"] == source || known["ironcladId"] == source);
        let found = found.ok_or_else(|| {
            call.invalid("sourceObligationId names no obligation", "sourceObligationId")
        })?;
        item["sourceObligationId"] = found["id"].clone();
        for name in ["namedTypeIds", "parentReadableId", "parentRecordName"] {
            item[name] = found[name].clone();
        }
        set_instance(tenant, call, &mut item, &body)?;
    } else {
        item["namedTypeIds"] = type_ids(call, &body)?;
        let parent = check::text(&body, "parentId").unwrap_or("");
        let record = tenant
            .record(parent)
            .ok_or_else(|| call.invalid("parentId names no record", "parentId"))?;
        item["parentReadableId"] = record["ironcladId"].clone();
        item["parentRecordName"] = record["name"].clone();
        item["parentId"] = record["id"].clone();
    }
    tenant.obligations.push(item.clone());
    Ok(Reply::status(201, item))
}

fn type_ids(call: &Call, body: &Map<String, Value>) -> Result<Value, Reply> {
    let keys: Vec<&str> = body
        .get("obligationTypeKey")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let [key] = keys[..] else {
        return Err(
            call.invalid("obligationTypeKey must hold exactly one key", "obligationTypeKey")
        );
    };
    let known = TYPES.iter().find(|(id, name, _, _)| *id == key || *name == key);
    known.map(|known| json!([known.0])).ok_or_else(|| {
        call.invalid(&format!("unknown obligation type '{key}'"), "obligationTypeKey")
    })
}

fn set_instance(
    tenant: &Tenant,
    call: &Call,
    item: &mut Value,
    body: &Map<String, Value>,
) -> Result<(), Reply> {
    if let Some(user) = check::text(body, "assigneeUserId")
        && tenant.user(user).is_none()
    {
        return Err(call.invalid("assigneeUserId names no user", "assigneeUserId"));
    }
    for name in INSTANCE {
        if let Some(value) = body.get(name) {
            item[name] = value.clone();
        }
    }
    Ok(())
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    Ok(Reply::json(tenant.obligations[index(tenant, call)?].clone()))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let table = [
        ("name", MemberKind::Filled, Need::May),
        ("addProperties", MemberKind::Object, Need::May),
        ("removeProperties", MemberKind::Texts, Need::May),
        ("obligationTypeKey", MemberKind::Texts, Need::May),
        ("sourceObligationId", MemberKind::Filled, Need::May),
        ("status", MemberKind::Filled, Need::May),
        ("dueDate", MemberKind::Date, Need::May),
        ("assigneeUserId", MemberKind::Filled, Need::May),
        ("description", MemberKind::Text, Need::May),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let mut item = tenant.obligations[index].clone();
    if let Some(name) = body.get("name") {
        item["name"] = name.clone();
    }
    edit_properties(call, &mut item, &body, any)?;
    if body.contains_key("obligationTypeKey") {
        item["namedTypeIds"] = type_ids(call, &body)?;
    }
    if INSTANCE.iter().any(|name| body.contains_key(*name)) {
        if is_source(&item) || !body.contains_key("sourceObligationId") {
            return Err(call.invalid(
                "these members belong to triggered instances and need sourceObligationId",
                "sourceObligationId",
            ));
        }
        set_instance(tenant, call, &mut item, &body)?;
    }
    if item == tenant.obligations[index] {
        return Err(call.invalid("the update would change nothing", ""));
    }
    item["lastUpdated"] = iso(call.now).into();
    tenant.obligations[index] = item.clone();
    Ok(Reply::json(item))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let item = &tenant.obligations[index];
    if item.get("recurring") == Some(&Value::Bool(true)) && !is_source(item) {
        let message = format!(
            "delete the parent obligation {} instead",
            item["sourceObligationId"].as_str().unwrap_or("")
        );
        return Err(call.refuse(409, "CONFLICT", &message, "id"));
    }
    let id = tenant.obligations.remove(index)["id"].clone();
    tenant.obligations.retain(|item| item.get("sourceObligationId") != Some(&id));
    Ok(Reply::none())
}
