//! The organisation's apps and the catalogue they come from.

use serde_json::{Map, Value, json};

use super::query::{self, List};
use super::tenant::{CURRENCY, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::reply::{Answer, Reply};

const BUILT_IN: [&str; 19] = [
    "id",
    "name",
    "primaryOwner",
    "appOwners",
    "state",
    "category",
    "url",
    "imageUrl",
    "description",
    "tags",
    "score",
    "isCustom",
    "addedBy",
    "creationTime",
    "isHidden",
    "sources",
    "vendor",
    "activeUsersCount",
    "lastVisitTime",
];
const LARGEST_ID: u64 = 2_147_483_647;

/// All columns an app can show.
pub(super) fn columns(tenant: &Tenant) -> Vec<String> {
    let custom =
        tenant.app_fields.iter().filter_map(|field| field["systemKey"].as_str().map(str::to_owned));
    BUILT_IN.iter().map(|name| (*name).to_owned()).chain(custom).collect()
}

/// An app with its owners as people.
fn shown(tenant: &Tenant, app: &Value, licenses: bool) -> Value {
    let mut app = app.clone();
    app["primaryOwner"] = tenant.owner(&app["primaryOwner"]);
    app["appOwners"] =
        app["appOwners"].as_array().into_iter().flatten().map(|id| tenant.owner(id)).collect();
    if licenses {
        app["licenses"] = license_block(tenant, &app);
    }
    app
}

fn license_block(tenant: &Tenant, app: &Value) -> Value {
    let held: Vec<_> = tenant
        .links
        .iter()
        .filter(|link| app["id"] == link.app && link.status == "active")
        .collect();
    let cost: u64 = held.iter().map(|link| link.annual_cost).sum();
    let inactive = held.iter().filter(|link| link.removed).count();
    let money = |value: u64| json!({ "value": value, "currency": CURRENCY });
    let each = cost.checked_div(held.len() as u64).unwrap_or(0);
    let mut block = json!({
        "totalAmount": held.len() + 5, "activeAmount": held.len() - inactive, "inactiveAmount": inactive, "unassignedAmount": 5,
        "pricePerLicense": null, "annualCost": money(cost), "potentialSavings": money(each * 5),
    });
    let summary = block.clone();
    block["name"] = "Full seat".into();
    block["pricePerLicense"] = money(each);
    for name in ["pricePerLicense", "annualCost", "potentialSavings"] {
        block[format!("{name}InOrgCurrency")] = block[name].clone();
    }
    json!({ "summary": summary, "types": [block] })
}

fn list_spec(known: &[String]) -> List<'_> {
    List {
        key: "apps",
        searched: &["name", "description", "category", "url"],
        default_fields: &["id", "name", "primaryOwner"],
        known_fields: known,
        always: &["id"],
        open_filters: true,
        default_size: 1000,
    }
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let licenses = call.query_flag("includeLicenses")?.unwrap_or(false);
    let known = columns(tenant);
    let rows = tenant.apps.iter().map(|app| shown(tenant, app, licenses)).collect();
    query::answer(call, rows, &list_spec(&known))
}

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let id = call.number_param("idApp")?;
    if id > LARGEST_ID {
        return Err(call.invalid("\"idApp\" must be less than or equal to 2147483647", "idApp"));
    }
    tenant.apps.iter().position(|app| app["id"] == id).ok_or_else(|| call.missing("App", "idApp"))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let licenses = call.query_flag("includeLicenses")?.unwrap_or(false);
    let index = index(tenant, call)?;
    let known = columns(tenant);
    let wanted = query::fields(call, &list_spec(&known))?;
    let mut app = shown(tenant, &tenant.apps[index], licenses);
    query::project(&mut app, &wanted);
    Ok(Reply::json(json!({ "app": app })))
}

/// What POST and PUT answer: built-in details, and custom ones where they are set.
fn payload(tenant: &Tenant, app: &Value) -> Value {
    let mut app = app.clone();
    let wanted: Vec<String> = [
        "id",
        "isHidden",
        "name",
        "state",
        "url",
        "category",
        "description",
        "tags",
        "primaryOwner",
    ]
    .iter()
    .map(|name| (*name).to_owned())
    .chain(
        tenant.app_fields.iter().filter_map(|field| field["systemKey"].as_str().map(str::to_owned)),
    )
    .collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    query::project(&mut app, &wanted);
    app["tags"] = join_tags(&app["tags"]);
    app
}

fn join_tags(tags: &Value) -> Value {
    match tags {
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",").into()
        }
        other => other.clone(),
    }
}

fn split_tags(text: &str) -> Value {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect()
}

fn fresh(tenant: &Tenant, call: &Call, id: u64, name: &str, category: &str, custom: bool) -> Value {
    let added_by = tenant.users.first().map_or(Value::Null, |user| user["id"].clone());
    json!({
        "id": id, "name": name, "primaryOwner": null, "appOwners": [], "state": "discovered", "category": category, "url": "",
        "imageUrl": "", "description": "", "tags": [], "score": 0, "isCustom": custom, "addedBy": added_by,
        "creationTime": iso(call.now), "isHidden": false, "sources": ["manual"], "vendor": name, "activeUsersCount": 0,
        "lastVisitTime": null,
    })
}

pub(super) fn add(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &[("idApp", MemberKind::Whole, Need::Must)], Others::Refused)?;
    let id = body["idApp"].as_u64().unwrap_or(0);
    let Some((_, name, category)) =
        tenant.catalog.iter().find(|(known, _, _)| *known == id).copied()
    else {
        return Err(call.missing("App in the catalog", "idApp"));
    };
    if tenant.app(id).is_none() {
        let app = fresh(tenant, call, id, name, category, false);
        tenant.apps.push(app);
        tenant.note(call, "apps", "add_app_from_catalog", json!({ "idApp": id }));
    }
    let app = tenant.app(id).cloned().unwrap_or(Value::Null);
    Ok(Reply::json(json!({ "app": payload(tenant, &app) })))
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &[("name", MemberKind::Filled, Need::Must)], Others::Allowed)?;
    let name = check::text(&body, "name").unwrap_or("").to_owned();
    let id = tenant.next_id();
    let mut app = fresh(tenant, call, id, &name, "Other", true);
    apply(tenant, call, &mut app, &body)?;
    tenant.apps.push(app.clone());
    tenant.note(call, "apps", "add_custom_app", json!({ "idApp": id }));
    Ok(Reply::json(json!({ "app": payload(tenant, &app) })))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let mut app = tenant.apps[index].clone();
    apply(tenant, call, &mut app, &body)?;
    tenant.apps[index] = app.clone();
    tenant.note(call, "apps", "edit_app", json!({ "idApp": app["id"], "changes": body }));
    Ok(Reply::json(json!({ "app": payload(tenant, &app) })))
}

/// Writes details into an app; names that are neither built in nor fields are refused together.
fn apply(
    tenant: &Tenant,
    call: &Call,
    app: &mut Value,
    body: &Map<String, Value>,
) -> Result<(), Reply> {
    let table = [
        ("primaryOwner", MemberKind::Whole, Need::May),
        ("owner", MemberKind::Whole, Need::May),
        ("isHidden", MemberKind::Flag, Need::May),
        ("name", MemberKind::Filled, Need::May),
        ("state", MemberKind::Text, Need::May),
        ("url", MemberKind::Text, Need::May),
        ("category", MemberKind::Text, Need::May),
        ("description", MemberKind::Text, Need::May),
        ("tags", MemberKind::Text, Need::May),
    ];
    check::members(call, body, &table, Others::Allowed)?;
    let custom = |name: &str| tenant.app_fields.iter().find(|field| field["systemKey"] == name);
    let known =
        |name: &str| table.iter().any(|(member, _, _)| *member == name) || custom(name).is_some();
    super::fields::refuse_unknown(call, body, known)?;
    for (name, value) in body {
        match name.as_str() {
            "primaryOwner" | "owner" => {
                if !value.is_null() && value.as_u64().and_then(|id| tenant.user(id)).is_none() {
                    return Err(call.invalid(&format!("\"{name}\" must be the id of a user"), name));
                }
                app["primaryOwner"] = value.clone();
            }
            "tags" => app["tags"] = split_tags(value.as_str().unwrap_or("")),
            _ => {
                if let Some(field) = custom(name) {
                    super::fields::check(tenant, call, field, value)?;
                }
                app[name.as_str()] = value.clone();
            }
        }
    }
    Ok(())
}

fn catalog_row(app: (u64, &str, &str)) -> Value {
    let host = app.1.to_lowercase().replace([' ', '.'], "");
    json!({
        "id": app.0, "name": app.1, "category": app.2, "imageUrl": format!("https://media.toriihq.example/{host}.png"),
        "url": format!("https://{host}.example"), "isHidden": false,
    })
}

pub(super) fn search(tenant: &mut Tenant, call: &Call) -> Answer {
    let Some(text) = call.query("q").filter(|text| !text.is_empty()) else {
        return Err(call.refuse(400, "MISSING_PARAM", "\"q\" is required", "q"));
    };
    let limit = call.query_number("limit", 1, 50)?.unwrap_or(5);
    let text = text.to_lowercase();
    let found = tenant.catalog.iter().filter(|(_, name, _)| name.to_lowercase().contains(&text));
    let rows: Vec<Value> =
        found.take(usize::try_from(limit).unwrap_or(50)).map(|app| catalog_row(*app)).collect();
    Ok(Reply::json(json!({ "apps": rows })))
}

pub(super) fn matches(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &[("apps", MemberKind::List, Need::Must)], Others::Refused)?;
    let wanted = body["apps"].as_array().cloned().unwrap_or_default();
    if wanted.is_empty() || wanted.len() > 1000 {
        return Err(call.invalid("\"apps\" must hold 1 to 1000 items", "apps"));
    }
    let mut rows = Vec::new();
    for item in &wanted {
        let Some(name) = item["name"].as_str() else {
            return Err(call.refuse(400, "MISSING_PARAM", "\"apps[].name\" is required", "apps"));
        };
        let found =
            tenant.catalog.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name.trim()));
        rows.push(match found {
            Some(app) => json!({ "idApp": app.0, "name": app.1, "url": catalog_row(*app)["url"], "searchedBy": name }),
            None => json!({ "searchedBy": name }),
        });
    }
    Ok(Reply::json(json!({ "apps": rows })))
}

pub(super) fn similar(tenant: &mut Tenant, call: &Call) -> Answer {
    let Some(id) = call.query_number("idApp", 1, LARGEST_ID)? else {
        return Err(call.refuse(400, "MISSING_PARAM", "\"idApp\" is required", "idApp"));
    };
    let Some(app) = tenant.app(id) else { return Err(call.missing("App", "idApp")) };
    let rows: Vec<Value> = tenant
        .apps
        .iter()
        .filter(|other| other["category"] == app["category"] && other["id"] != app["id"])
        .take(10)
        .map(|other| json!({ "id": other["id"], "name": other["name"], "category": other["category"] }))
        .collect();
    Ok(Reply::json(json!({ "similarApps": rows })))
}
