//! Contracts with the suppliers of apps.

use serde_json::{Map, Value, json};

use super::fields;
use super::query::{self, List};
use super::tenant::{CURRENCY, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::reply::{Answer, Reply};

fn columns(tenant: &Tenant) -> Vec<String> {
    let own = [
        "id",
        "name",
        "idApp",
        "owner",
        "status",
        "createdBy",
        "creationTime",
        "source",
        "currency",
    ];
    let custom = tenant.contract_fields.iter().filter_map(|field| field["systemKey"].as_str());
    own.into_iter().chain(custom).map(str::to_owned).collect()
}

fn list_spec(known: &[String]) -> List<'_> {
    List {
        key: "contracts",
        searched: &["name", "notes", "status"],
        default_fields: &["id", "name", "idApp", "owner"],
        known_fields: known,
        always: &["id"],
        open_filters: true,
        default_size: 1000,
    }
}

/// A contract with its owner as a person.
fn shown(tenant: &Tenant, contract: &Value) -> Value {
    let mut contract = contract.clone();
    contract["owner"] = tenant.owner(&contract["owner"]);
    contract
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let known = columns(tenant);
    let rows = tenant.contracts.iter().map(|contract| shown(tenant, contract)).collect();
    query::answer(call, rows, &list_spec(&known))
}

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let id = call.number_param("idContract")?;
    tenant
        .contracts
        .iter()
        .position(|contract| contract["id"] == id)
        .ok_or_else(|| call.missing("Contract", "idContract"))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let known = columns(tenant);
    let mut contract = shown(tenant, &tenant.contracts[index]);
    query::project(&mut contract, &query::fields(call, &list_spec(&known))?);
    Ok(Reply::json(json!({ "contract": contract })))
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let table = [
        ("name", MemberKind::Filled, Need::Must),
        ("idApp", MemberKind::Whole, Need::Must),
        ("status", MemberKind::Filled, Need::Must),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let author = tenant.users.first().map_or(Value::Null, |user| user["id"].clone());
    let mut contract = json!({
        "id": tenant.next_id(), "name": "", "idApp": null, "owner": null, "status": "", "createdBy": author,
        "creationTime": iso(call.now), "source": "api", "currency": CURRENCY,
    });
    apply(tenant, call, &mut contract, &body)?;
    tenant.contracts.push(contract.clone());
    tenant.note(call, "contracts", "create_contract", json!({ "idContract": contract["id"] }));
    Ok(Reply::json(json!({ "contract": shown(tenant, &contract) })))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let mut contract = tenant.contracts[index].clone();
    apply(tenant, call, &mut contract, &body)?;
    tenant.contracts[index] = contract.clone();
    tenant.note(
        call,
        "contracts",
        "update_contract",
        json!({ "idContract": contract["id"], "changes": body }),
    );
    Ok(Reply::json(json!({ "contract": shown(tenant, &contract) })))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let contract = tenant.contracts.remove(index);
    tenant.note(call, "contracts", "delete_contract", json!({ "idContract": contract["id"] }));
    Ok(Reply::none())
}

/// Writes members into a contract: built-in ones and the organisation's fields, nothing else.
fn apply(
    tenant: &Tenant,
    call: &Call,
    contract: &mut Value,
    body: &Map<String, Value>,
) -> Result<(), Reply> {
    if body.contains_key("currency") {
        return Err(call.invalid(
            "\"currency\" is not allowed; send the amount as {value, currency}",
            "currency",
        ));
    }
    let field = |name: &str| tenant.contract_fields.iter().find(|field| field["systemKey"] == name);
    fields::refuse_unknown(call, body, |name| name == "idApp" || field(name).is_some())?;
    for (name, value) in body {
        if name == "idApp" {
            if value.as_u64().and_then(|id| tenant.app(id)).is_none() {
                return Err(call.invalid("\"idApp\" must be the id of an app", "idApp"));
            }
        } else if let Some(field) = field(name) {
            fields::check(tenant, call, field, value)?;
        }
        if name == "amount" {
            let (amount, currency) = amount(value);
            contract["amount"] = amount;
            contract["currency"] = currency;
        } else {
            contract[name.as_str()] = value.clone();
        }
    }
    Ok(())
}

/// Amount in minor units and its currency, from any of the forms that are taken.
fn amount(value: &Value) -> (Value, Value) {
    match value {
        Value::Object(money) => (
            money.get("value").cloned().unwrap_or(Value::Null),
            money.get("currency").cloned().unwrap_or_else(|| CURRENCY.into()),
        ),
        Value::String(text) => (text.parse::<f64>().map_or(Value::Null, whole), CURRENCY.into()),
        other => (other.clone(), CURRENCY.into()),
    }
}

/// A number without a needless fraction.
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 10^15 fits")]
        let whole = number as i64;
        return whole.into();
    }
    number.into()
}
