//! Field catalogues: custom app fields, user fields, contract fields, metadata.

use serde_json::{Map, Value, json};

use super::tenant::{ORG, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock;
use crate::reply::{Answer, Reply};

const TYPES: [&str; 9] = [
    "multiLine",
    "number",
    "datePicker",
    "dropdown",
    "dropdownMulti",
    "usersDropdown",
    "currency",
    "singleLine",
    "usersDropdownMulti",
];

pub(super) fn of_apps(tenant: &mut Tenant, call: &Call) -> Answer {
    call.query_flag("includeDeletedOptions")?;
    Ok(Reply::json(json!({ "fields": tenant.app_fields })))
}

pub(super) fn of_contracts(tenant: &mut Tenant, _: &Call) -> Answer {
    Ok(Reply::json(json!({ "fields": tenant.contract_fields })))
}

pub(super) fn of_users(tenant: &mut Tenant, call: &Call) -> Answer {
    let mut rows = tenant.user_fields.clone();
    if let Some(text) = call.query("q") {
        super::query::search(&mut rows, text, &["name", "key"]);
    }
    Ok(Reply::json(json!({ "fields": rows })))
}

/// Refuses members that are neither known nor fields, all in one message.
pub(super) fn refuse_unknown(
    call: &Call,
    body: &Map<String, Value>,
    known: impl Fn(&str) -> bool,
) -> Result<(), Reply> {
    let unknown: Vec<&str> = body.keys().map(String::as_str).filter(|name| !known(name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message =
        format!("The following fields are deleted, hidden or unknown: {}", unknown.join(", "));
    Err(call.invalid(&message, unknown[0]))
}

/// Checks a value against its field.
pub(super) fn check(
    tenant: &Tenant,
    call: &Call,
    field: &Value,
    value: &Value,
) -> Result<(), Reply> {
    if value.is_null() {
        return Ok(());
    }
    let name = field["systemKey"].as_str().unwrap_or("");
    let options: Vec<&str> = field["options"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|option| option["value"].as_str())
        .collect();
    let is_option = |value: &Value| value.as_str().is_some_and(|text| options.contains(&text));
    let is_user = |value: &Value| value.as_u64().is_some_and(|id| tenant.user(id).is_some());
    let (fits, expected) = match field["type"].as_str().unwrap_or("") {
        "singleLine" | "multiLine" | "cardNumber" => (value.is_string(), "a string".to_owned()),
        "email" => (value.as_str().is_some_and(is_mail), "a valid email".to_owned()),
        "number" => (value.is_number(), "a number".to_owned()),
        "bool" => (value.is_boolean(), "a boolean".to_owned()),
        "datePicker" => {
            (value.as_str().is_some_and(clock::is_date), "a valid ISO 8601 date".to_owned())
        }
        "currency" => (is_money(value), "a number or an object {value, currency}".to_owned()),
        "dropdown" => (is_option(value), format!("one of [{}]", options.join(", "))),
        "dropdownMulti" => {
            let fits = value.as_array().is_some_and(|items| items.iter().all(is_option));
            (fits, format!("an array of [{}]", options.join(", ")))
        }
        "user" | "usersDropdown" => (is_user(value), "the id of a user".to_owned()),
        "usersDropdownMulti" => (
            value.as_array().is_some_and(|items| items.iter().all(is_user)),
            "an array of user ids".to_owned(),
        ),
        "contractsDropdownMulti" => (
            value.as_array().is_some_and(|items| items.iter().all(Value::is_u64)),
            "an array of contract ids".to_owned(),
        ),
        "multiValueString" => (
            value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            "an array of strings".to_owned(),
        ),
        _ => (true, String::new()),
    };
    if fits { Ok(()) } else { Err(call.invalid(&format!("\"{name}\" must be {expected}"), name)) }
}

/// Minor units: a bare number, one in a text, or value and currency.
pub(super) fn is_money(value: &Value) -> bool {
    let whole = |value: &Value| value.is_i64() || value.is_u64();
    match value {
        Value::Number(_) => whole(value),
        Value::String(text) => text.parse::<i64>().is_ok(),
        Value::Object(money) => {
            let code = money.get("currency").and_then(Value::as_str).unwrap_or("");
            money.len() == 2
                && money.get("value").is_some_and(whole)
                && code.len() == 3
                && code.bytes().all(|letter| letter.is_ascii_uppercase())
        }
        _ => false,
    }
}

fn is_mail(text: &str) -> bool {
    let apart = text.split_once('@');
    !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
        && apart.is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
        })
}

fn body_members(need: Need) -> [check::Member; 5] {
    [
        ("name", MemberKind::Filled, need),
        ("type", MemberKind::Word(&TYPES), need),
        ("formQuestion", MemberKind::Text, Need::May),
        ("idGroup", MemberKind::Whole, Need::May),
        ("options", MemberKind::List, Need::May),
    ]
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &body_members(Need::Must), Others::Refused)?;
    let id = tenant.next_id();
    let name = check::text(&body, "name").unwrap_or("");
    let field = json!({
        "id": id, "name": name, "systemKey": key_for(name), "type": body["type"],
        "options": body.get("options").cloned().unwrap_or_else(|| json!([])),
    });
    tenant.app_fields.push(field.clone());
    tenant.note(call, "apps", "create_field_in_group", json!({ "idField": id }));
    Ok(Reply::json(json!({ "field": field })))
}

/// `Plan Name` becomes `c_planName`.
fn key_for(name: &str) -> String {
    let mut key = String::from("c_");
    for (index, word) in
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).enumerate()
    {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            let first =
                if index == 0 { first.to_ascii_lowercase() } else { first.to_ascii_uppercase() };
            key.push(first);
            key.extend(letters);
        }
    }
    key
}

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let id = call.number_param("idField")?;
    tenant
        .app_fields
        .iter()
        .position(|field| field["id"] == id)
        .ok_or_else(|| call.missing("Field", "idField"))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object_or_empty()?;
    check::members(call, &body, &body_members(Need::May), Others::Refused)?;
    for name in ["name", "type", "options"] {
        if let Some(value) = body.get(name) {
            tenant.app_fields[index][name] = value.clone();
        }
    }
    let field = tenant.app_fields[index].clone();
    tenant.note(call, "apps", "update_field_info", json!({ "idField": field["id"] }));
    Ok(Reply::json(json!({ "field": field })))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let field = tenant.app_fields.remove(index);
    if let Some(key) = field["systemKey"].as_str() {
        for app in tenant.apps.iter_mut().filter_map(Value::as_object_mut) {
            app.shift_remove(key);
        }
    }
    tenant.note(call, "apps", "delete_field", json!({ "idField": field["id"] }));
    Ok(Reply::json(json!({ "success": true })))
}

/// One predefined field: name, key, type, kind of filter.
type Predefined = (&'static str, &'static str, &'static str, &'static str);

const USER_FIELDS: [Predefined; 6] = [
    ("First name", "firstName", "singleLine", "text"),
    ("Last name", "lastName", "singleLine", "text"),
    ("E-mail", "email", "email", "text"),
    ("Life cycle", "lifecycleStatus", "dropdown", "dropdown"),
    ("Role", "role", "singleLine", "text"),
    ("Active apps", "activeAppsCount", "number", "number"),
];
const APP_FIELDS: [Predefined; 8] = [
    ("Name", "name", "singleLine", "name"),
    ("Primary owner", "primaryOwner", "user", "user"),
    ("State", "state", "dropdown", "dropdown"),
    ("Category", "category", "dropdown", "dropdown"),
    ("Website", "url", "singleLine", "text"),
    ("Description", "description", "multiLine", "longText"),
    ("Tags", "tags", "dropdownMulti", "dropdownMulti"),
    ("Hidden", "isHidden", "bool", "bool"),
];
const CONTRACT_FIELDS: [Predefined; 6] = [
    ("Name", "name", "singleLine", "text"),
    ("Application", "idApp", "number", "number"),
    ("Status", "status", "dropdown", "dropdown"),
    ("Owner", "owner", "usersDropdown", "user"),
    ("Contract value", "amount", "currency", "currency"),
    ("Created by", "createdBy", "user", "user"),
];

pub(super) fn users_metadata(tenant: &mut Tenant, call: &Call) -> Answer {
    let custom = tenant.user_fields.iter().map(|field| (field, field["key"].clone()));
    Ok(Reply::json(metadata(call, &USER_FIELDS, custom.collect())))
}

pub(super) fn apps_metadata(tenant: &mut Tenant, call: &Call) -> Answer {
    let custom = tenant.app_fields.iter().map(|field| (field, field["systemKey"].clone()));
    Ok(Reply::json(metadata(call, &APP_FIELDS, custom.collect())))
}

pub(super) fn contracts_metadata(tenant: &mut Tenant, call: &Call) -> Answer {
    let predefined = |key: &Value| CONTRACT_FIELDS.iter().any(|(_, known, _, _)| key == known);
    let custom = tenant
        .contract_fields
        .iter()
        .map(|field| (field, field["systemKey"].clone()))
        .filter(|(_, key)| !predefined(key));
    Ok(Reply::json(metadata(call, &CONTRACT_FIELDS, custom.collect())))
}

/// Built-in and custom fields, searched by name and key.
pub(super) fn metadata(
    call: &Call,
    predefined: &[Predefined],
    custom: Vec<(&Value, Value)>,
) -> Value {
    let text = call.query("q").unwrap_or("").to_lowercase();
    let wanted = |name: &str, key: &str| {
        name.to_lowercase().contains(&text) || key.to_lowercase().contains(&text)
    };
    let predefined: Vec<Value> = predefined
        .iter()
        .filter(|(name, key, _, _)| wanted(name, key))
        .map(|(name, key, kind, filter)| {
            json!({
                "name": name, "systemKey": key, "type": kind, "filterType": filter, "filterSystemKey": key, "relatedFields": [],
                "scopes": ["applications:read"],
            })
        })
        .collect();
    let custom: Vec<Value> = custom
        .into_iter()
        .filter(|(field, key)| wanted(field["name"].as_str().unwrap_or(""), key.as_str().unwrap_or("")))
        .map(|(field, key)| {
            json!({
                "idField": field["id"], "systemKey": key, "isShown": true, "idOrg": ORG, "name": field["name"],
                "type": field["type"], "isDeleted": false, "relatedFields": [],
            })
        })
        .collect();
    json!({ "predefinedFields": predefined, "customFields": custom })
}
