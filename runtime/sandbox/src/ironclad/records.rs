//! Records of the repository.

use serde_json::{Map, Value, json};

use super::tenant::Tenant;
use super::{formula, metadata, workflows};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::{self, iso};
use crate::paging;
use crate::reply::{Answer, Reply};

impl Tenant {
    /// A record by UUID or `IC-` number.
    pub(super) fn record(&self, wanted: &str) -> Option<&Value> {
        self.records.iter().find(|record| record["id"] == wanted || record["ironcladId"] == wanted)
    }

    pub(super) fn record_index(&self, call: &Call) -> Result<usize, Reply> {
        let wanted = call.param("id");
        let found = self
            .records
            .iter()
            .position(|record| record["id"] == wanted || record["ironcladId"] == wanted);
        found.ok_or_else(|| call.missing("record", "id"))
    }

    /// Files what a finished workflow agreed on.
    pub(super) fn record_from_workflow(&mut self, index: usize, now: jiff::Timestamp) {
        let workflow = &self.workflows[index];
        let template = self.templates.iter().find(|template| template.id == workflow.template);
        let record_type =
            template.map_or_else(|| "contract".to_owned(), |template| template.record_type.clone());
        let mut properties = Map::new();
        properties.insert("agreementDate".into(), json!({ "type": "date", "value": iso(now) }));
        for name in ["counterpartyName", "additionalNotes"] {
            if let Some(text) = workflow.attributes.get(name).and_then(Value::as_str) {
                properties.insert(name.into(), json!({ "type": "string", "value": text }));
            }
        }
        let (name, source, readable) =
            (workflow.title.clone(), workflow.id.clone(), workflow.readable());
        let id = self.ids.uuid();
        self.workflows[index].records.push(id.clone());
        self.records.push(json!({
            "id": id, "ironcladId": readable, "type": record_type, "name": name, "lastUpdated": iso(now),
            "properties": properties, "attachments": {}, "links": [], "childIds": [],
            "contractStatus": { "status": "active", "enhancedStatus": "executed" },
            "source": { "type": "workflow", "workflowId": source },
        }));
    }
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let direction = call.query_word("sortDirection", &["ASC", "DESC"])?.unwrap_or("DESC");
    let field = call
        .query_word("sortField", &["agreementDate", "name", "lastUpdated"])?
        .unwrap_or("agreementDate");
    let since = match call.query("lastUpdated") {
        None => None,
        Some(text) => Some(
            clock::read(text)
                .ok_or_else(|| call.bad_query("lastUpdated", "must be an ISO 8601 date"))?,
        ),
    };
    let filter = formula::from_query(call)?;
    let search = workflows::search_text(call)?;
    let types = call.query_list("types");
    if let Some(unknown) = types.iter().find(|name| !metadata::is_type(name)) {
        return Err(call.bad_query("types", &format!("names the unknown record type '{unknown}'")));
    }
    let hydrate = call.query_flag("hydrateEntities")?.unwrap_or(false);
    let mut chosen: Vec<&Value> = tenant
        .records
        .iter()
        .filter(|record| {
            types.is_empty() || record["type"].as_str().is_some_and(|name| types.contains(&name))
        })
        .filter(|record| since.is_none_or(|since| updated(record) > Some(since)))
        .filter(|record| {
            search.as_deref().is_none_or(|text| record.to_string().to_lowercase().contains(text))
        })
        .filter(|record| {
            filter
                .as_ref()
                .is_none_or(|filter| filter.admits(&|name| property(record, name), call.now))
        })
        .collect();
    sort(&mut chosen, direction, |record| match field {
        "name" => record["name"].as_str().unwrap_or("").to_lowercase(),
        "lastUpdated" => record["lastUpdated"].as_str().unwrap_or("").to_owned(),
        _ => record["properties"]["agreementDate"]["value"].as_str().unwrap_or("").to_owned(),
    });
    let rows = chosen
        .into_iter()
        .map(|record| shown(tenant, call, record, hydrate))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::json(paging::numbered(call, &rows)?))
}

/// Sorts by a text key; ties keep a fixed order by id, so that pages never overlap.
pub(super) fn sort(rows: &mut [&Value], direction: &str, key: impl Fn(&Value) -> String) {
    rows.sort_by_cached_key(|row| (key(row), row["id"].as_str().unwrap_or("").to_owned()));
    if direction == "DESC" {
        rows.reverse();
    }
}

fn updated(record: &Value) -> Option<jiff::Timestamp> {
    record["lastUpdated"].as_str().and_then(clock::read)
}

/// A property as formulas see it.
pub(super) fn property(record: &Value, name: &str) -> Option<Value> {
    match name {
        "readableId" | "ironcladId" => Some(record["ironcladId"].clone()),
        "name" | "type" | "lastUpdated" | "parentId" => record.get(name).cloned(),
        "entityStatus" => record.get("status").cloned(),
        "relationshipType" => record["namedTypeIds"].get(0).cloned(),
        _ => record["properties"].get(name).cloned(),
    }
}

/// A record as answers show it: addresses are plain text unless asked for as objects.
fn shown(tenant: &Tenant, call: &Call, record: &Value, hydrate: bool) -> Result<Value, Reply> {
    let mut record = record.clone();
    let as_object = call.query_flag("addressAsObject")?.unwrap_or(false);
    if let Some(properties) = record["properties"].as_object_mut() {
        for property in properties.values_mut().filter(|_| !as_object) {
            if property["type"] == "address" && property["value"].is_object() {
                property["type"] = "string".into();
                property["value"] = one_line(&property["value"]).into();
            }
        }
        if hydrate {
            tenant.hydrate(properties.values_mut());
        }
    }
    Ok(record)
}

fn one_line(address: &Value) -> String {
    let lines = address["lines"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let rest = ["locality", "region", "postcode", "country"]
        .into_iter()
        .filter_map(|name| address[name].as_str());
    lines.chain(rest).collect::<Vec<_>>().join(", ")
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let hydrate = call.query_flag("hydrateEntities")?.unwrap_or(false);
    let index = tenant.record_index(call)?;
    Ok(Reply::json(shown(tenant, call, &tenant.records[index], hydrate)?))
}

const BODY: [check::Member; 7] = [
    ("type", MemberKind::Filled, Need::Must),
    ("name", MemberKind::Filled, Need::Must),
    ("properties", MemberKind::Object, Need::Must),
    ("links", MemberKind::List, Need::May),
    ("parent", MemberKind::Object, Need::May),
    ("propertiesToAmend", MemberKind::Object, Need::May),
    ("children", MemberKind::List, Need::May),
];

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &BODY, Others::Refused)?;
    let record_type = record_type(call, body.get("type"))?;
    let properties = properties(call, body.get("properties"), of_records)?;
    tenant.last_number += 1;
    let mut record = json!({
        "id": tenant.ids.uuid(), "ironcladId": format!("IC-{}", tenant.last_number), "type": record_type,
        "name": body["name"], "lastUpdated": iso(call.now), "properties": properties, "attachments": {},
        "links": links(tenant, call, body.get("links"))?, "childIds": ids(tenant, call, body.get("children"))?,
    });
    set_parent(tenant, call, &mut record, body.get("parent"))?;
    tenant.records.push(record.clone());
    Ok(Reply::json(shown(tenant, call, &record, false)?))
}

pub(super) fn replace(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.record_index(call)?;
    let body = call.object()?;
    check::members(call, &body, &BODY, Others::Refused)?;
    let mut record = tenant.records[index].clone();
    record["type"] = record_type(call, body.get("type"))?.into();
    record["name"] = body["name"].clone();
    record["properties"] = properties(call, body.get("properties"), of_records)?.into();
    record["childIds"] = ids(tenant, call, body.get("children"))?;
    record["lastUpdated"] = iso(call.now).into();
    set_parent(tenant, call, &mut record, body.get("parent"))?;
    tenant.records[index] = record.clone();
    Ok(Reply::json(shown(tenant, call, &record, false)?))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.record_index(call)?;
    let body = call.object()?;
    let table = [
        ("type", MemberKind::Filled, Need::May),
        ("name", MemberKind::Filled, Need::May),
        ("addProperties", MemberKind::Object, Need::May),
        ("removeProperties", MemberKind::Texts, Need::May),
        ("addLinks", MemberKind::List, Need::May),
        ("removeLinks", MemberKind::List, Need::May),
        ("setParent", MemberKind::Object, Need::May),
        ("removeParent", MemberKind::Flag, Need::May),
        ("addChildren", MemberKind::List, Need::May),
        ("removeChildren", MemberKind::List, Need::May),
        ("addPropertiesToAmend", MemberKind::Object, Need::May),
        ("removePropertiesToAmend", MemberKind::Texts, Need::May),
    ];
    check::members(call, &body, &table, Others::Refused)?;
    let mut record = tenant.records[index].clone();
    if body.contains_key("type") {
        record["type"] = record_type(call, body.get("type"))?.into();
    }
    if let Some(name) = body.get("name") {
        record["name"] = name.clone();
    }
    edit_properties(call, &mut record, &body, of_records)?;
    edit_list(
        &mut record["links"],
        &links(tenant, call, body.get("addLinks"))?,
        &links(tenant, call, body.get("removeLinks"))?,
    );
    edit_list(
        &mut record["childIds"],
        &ids(tenant, call, body.get("addChildren"))?,
        &ids(tenant, call, body.get("removeChildren"))?,
    );
    if body.get("removeParent") == Some(&Value::Bool(true)) {
        remove(&mut record, "parentId");
        remove(&mut record, "parentLinkType");
    }
    set_parent(tenant, call, &mut record, body.get("setParent"))?;
    record["lastUpdated"] = iso(call.now).into();
    tenant.records[index] = record.clone();
    Ok(Reply::json(shown(tenant, call, &record, false)?))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.record_index(call)?;
    let gone = tenant.records.remove(index);
    for record in &mut tenant.records {
        edit_list(&mut record["childIds"], &json!([]), &json!([gone["id"]]));
        edit_list(&mut record["links"], &json!([]), &json!([{ "recordId": gone["id"] }]));
        if record.get("parentId") == Some(&gone["id"]) {
            remove(record, "parentId");
        }
    }
    let id = gone["id"].as_str().unwrap_or("");
    tenant.record_files.retain(|(record, _), _| record != id);
    Ok(Reply::none())
}

/// Adds and removes wrapped properties.
pub(super) fn edit_properties(
    call: &Call,
    item: &mut Value,
    body: &Map<String, Value>,
    known: Known,
) -> Result<(), Reply> {
    let added = properties(call, body.get("addProperties"), known)?;
    let Some(held) = item["properties"].as_object_mut() else { return Ok(()) };
    held.extend(added);
    for name in body
        .get("removeProperties")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        held.shift_remove(name);
    }
    Ok(())
}

/// Whether there is a property of this name, and whether this type and value are its.
pub(super) type Known = fn(&str, &str, &Value) -> Option<bool>;

/// Properties of which the API shows no list.
pub(super) fn any(_: &str, _: &str, _: &Value) -> Option<bool> {
    Some(true)
}

/// Properties of records, as the metadata lists them.
fn of_records(name: &str, kind: &str, value: &Value) -> Option<bool> {
    let options = metadata::options_of(name);
    let chosen = options.is_empty() || value.as_str().is_some_and(|text| options.contains(&text));
    metadata::type_of(name).map(|known| known == kind && chosen)
}

/// Reads properties: each must be a known one and `{type, value}`, and the value must fit the type.
pub(super) fn properties(
    call: &Call,
    value: Option<&Value>,
    known: Known,
) -> Result<Map<String, Value>, Reply> {
    let Some(properties) = value.and_then(Value::as_object) else { return Ok(Map::new()) };
    for (name, property) in properties {
        let kind = property["type"].as_str().unwrap_or("");
        match known(name, kind, &property["value"]) {
            None => {
                let message = format!("there is no property '{name}'");
                return Err(call.invalid(&message, &format!("properties.{name}")));
            }
            Some(false) => {
                let message = format!("property '{name}' has another type or other options");
                return Err(call.invalid(&message, &format!("properties.{name}")));
            }
            Some(true) => {}
        }
        let fits = match (property["type"].as_str(), property.get("value")) {
            (Some(kind), Some(value)) => property_fits(kind, value),
            _ => false,
        };
        if !fits {
            let message = format!(
                "property '{name}' must be an object {{type, value}} whose value fits its type"
            );
            return Err(call.invalid(&message, &format!("properties.{name}")));
        }
    }
    Ok(properties.clone())
}

fn property_fits(kind: &str, value: &Value) -> bool {
    match kind {
        "string" | "playbookClause" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "date" => value.as_str().is_some_and(clock::is_date),
        "email" => value.as_str().is_some_and(super::forms::is_mail),
        "duration" => value.as_str().is_some_and(|text| {
            text.starts_with('P') && text.parse::<jiff::Span>().is_ok_and(|span| !span.is_zero())
        }),
        "monetary_amount" => value["currency"].is_string() && value["amount"].is_number(),
        "address" => {
            value.is_object() || value.as_str().is_some_and(|text| !text.trim().is_empty())
        }
        "array" => value
            .as_array()
            .is_some_and(|items| !items.is_empty() && items.iter().all(Value::is_string)),
        "clause" | "reference" => value.is_object(),
        "document" | "workflow" => true,
        _ => false,
    }
}

fn record_type(call: &Call, value: Option<&Value>) -> Result<String, Reply> {
    let name = value.and_then(Value::as_str).unwrap_or("");
    if metadata::is_type(name) {
        Ok(name.to_owned())
    } else {
        Err(call.invalid(&format!("unknown record type '{name}'"), "type"))
    }
}

/// Reads a list of `{recordId}` and answers the ids.
fn ids(tenant: &Tenant, call: &Call, value: Option<&Value>) -> Result<Value, Reply> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.map(|item| target(tenant, call, item)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn links(tenant: &Tenant, call: &Call, value: Option<&Value>) -> Result<Value, Reply> {
    let ids = ids(tenant, call, value)?;
    Ok(ids.as_array().into_iter().flatten().map(|id| json!({ "recordId": id })).collect())
}

/// The id of the record that `{recordId}` names.
pub(super) fn target(tenant: &Tenant, call: &Call, item: &Value) -> Result<Value, Reply> {
    let wanted = item["recordId"].as_str().unwrap_or("");
    let record = tenant.record(wanted).or_else(|| tenant.entity(wanted));
    record
        .map(|record| record["id"].clone())
        .ok_or_else(|| call.invalid(&format!("no record with the id '{wanted}'"), "recordId"))
}

fn set_parent(
    tenant: &Tenant,
    call: &Call,
    record: &mut Value,
    parent: Option<&Value>,
) -> Result<(), Reply> {
    let Some(parent) = parent.filter(|parent| !parent.is_null()) else { return Ok(()) };
    record["parentId"] = target(tenant, call, parent)?;
    if let Some(kind) = parent.get("parentLinkType") {
        record["parentLinkType"] = kind.clone();
    }
    Ok(())
}

fn edit_list(list: &mut Value, added: &Value, removed: &Value) {
    let gone = |item: &Value| removed.as_array().is_some_and(|removed| removed.contains(item));
    let mut items: Vec<Value> =
        list.as_array().into_iter().flatten().filter(|item| !gone(item)).cloned().collect();
    for item in added.as_array().into_iter().flatten() {
        if !items.contains(item) {
            items.push(item.clone());
        }
    }
    *list = items.into();
}

pub(super) fn remove(item: &mut Value, name: &str) {
    if let Some(object) = item.as_object_mut() {
        object.shift_remove(name);
    }
}
