//! Expenses and the apps they are matched with.

use serde_json::{Value, json};

use super::fields;
use super::query::{self, List};
use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};

const FIELDS: [&str; 22] = [
    "id",
    "idApp",
    "appName",
    "idAppAccount",
    "appAccountName",
    "idUpload",
    "fileName",
    "transactionDate",
    "origTransactionDate",
    "amount",
    "source",
    "description",
    "extraInfo",
    "department",
    "domain",
    "externalAccountId",
    "externalAccountName",
    "mappingStatus",
    "mappingLogic",
    "reportedBy",
    "reportedByFullName",
    "idExternalTransaction",
];
const STATUSES: [&str; 4] = ["mapped", "unknown", "recommend_map", "archived"];
const LONGEST_SEARCH: usize = 800;

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let app = call.query_number("idApp", 1, 2_147_483_647)?;
    if call.query("q").is_some_and(|text| text.len() > LONGEST_SEARCH) {
        return Err(call.bad_query("q", "may have at most 800 characters"));
    }
    let mut wanted = call.query_list("mappingStatus");
    if let Some(odd) = wanted.iter().find(|status| !STATUSES.contains(status)) {
        return Err(call.bad_query("mappingStatus", &format!("does not know '{odd}'")));
    }
    if wanted.is_empty() {
        wanted.push("mapped");
    }
    let source = call.query("source");
    let mut rows = tenant.transactions.clone();
    rows.retain(|row| {
        row["mappingStatus"] != "archived"
            && row["mappingStatus"].as_str().is_some_and(|status| wanted.contains(&status))
    });
    rows.retain(|row| {
        app.is_none_or(|app| row["idApp"] == app)
            && source.is_none_or(|source| row["source"] == source)
    });
    let known: Vec<String> = FIELDS.iter().map(|name| (*name).to_owned()).collect();
    let list = List {
        key: "transactions",
        searched: &["description"],
        default_fields: &[
            "id",
            "idApp",
            "transactionDate",
            "amount",
            "source",
            "description",
            "mappingStatus",
        ],
        known_fields: &known,
        always: &["id"],
        open_filters: false,
        default_size: 1000,
    };
    query::answer(call, rows, &list)
}

pub(super) fn metadata(_: &mut Tenant, call: &Call) -> Answer {
    let predefined = [
        ("Application", "idApp", "number", "number"),
        ("Date", "transactionDate", "datePicker", "date"),
        ("Amount", "amount", "currency", "currency"),
        ("Source", "source", "singleLine", "text"),
        ("Description", "description", "multiLine", "longText"),
        ("Mapping", "mappingStatus", "dropdown", "dropdown"),
    ];
    Ok(Reply::json(fields::metadata(call, &predefined, Vec::new())))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = call.number_param("idTransaction")?;
    let body = call.object()?;
    let table = [
        ("idApp", MemberKind::Whole, Need::May),
        ("mappingStatus", MemberKind::Word(&STATUSES), Need::May),
        ("amount", MemberKind::Object, Need::May),
        ("transactionDate", MemberKind::Date, Need::May),
    ];
    check::members(call, &body, &table, Others::Refused)?;
    if let Some(app) = body.get("idApp").and_then(Value::as_u64)
        && tenant.app(app).is_none()
    {
        return Err(call.invalid("\"idApp\" must be the id of an app", "idApp"));
    }
    let app_name = body
        .get("idApp")
        .and_then(Value::as_u64)
        .and_then(|id| tenant.app(id))
        .map(|app| app["name"].clone());
    let Some(row) = tenant.transactions.iter_mut().find(|row| row["id"] == id) else {
        return Err(call.missing("Transaction", "idTransaction"));
    };
    match body.get("idApp") {
        None => {}
        Some(Value::Null) => {
            row["idApp"] = Value::Null;
            row["appName"] = Value::Null;
            row["mappingStatus"] = "unknown".into();
        }
        Some(app) => {
            row["idApp"] = app.clone();
            row["appName"] = app_name.unwrap_or(Value::Null);
            row["mappingStatus"] = "mapped".into();
        }
    }
    for name in ["mappingStatus", "transactionDate"] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            row[name] = value.clone();
        }
    }
    if let Some(value) =
        body.get("amount").map(|amount| &amount["value"]).filter(|value| value.is_number())
    {
        row["amount"]["value"] = value.clone();
        row["amount"]["convertedValue"] = value.clone();
    }
    let answer = json!({
        "id": row["id"], "idApp": row["idApp"], "mappingStatus": row["mappingStatus"], "transactionDate": row["transactionDate"],
    });
    tenant.note(call, "transactions", "update_transaction", json!({ "idTransaction": id }));
    Ok(Reply::json(answer))
}
