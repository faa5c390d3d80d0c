//! Entities: counterparties and the like.

use serde_json::{Map, Value, json};

use super::records::{edit_properties, properties, property, remove, sort, target};
use super::tenant::Tenant;
use super::{formula, workflows};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::paging;
use crate::reply::{Answer, Reply};

/// Relationship types: id, key, label, meaning.
pub(super) const RELATIONSHIPS: [(&str, &str, &str, &str); 3] = [
    (
        "7b1c0a52-4f0e-4d7e-a1d0-0c3f5b9f1a01",
        "customer",
        "Customer",
        "Buys goods or services from us",
    ),
    ("7b1c0a52-4f0e-4d7e-a1d0-0c3f5b9f1a02", "vendor", "Vendor", "Sells goods or services to us"),
    (
        "7b1c0a52-4f0e-4d7e-a1d0-0c3f5b9f1a03",
        "partner",
        "Partner",
        "Works with us on shared offers",
    ),
];

/// Properties of entities: key, type, label.
const PROPERTIES: [(&str, &str, &str); 7] = [
    ("entity_category", "string", "Category"),
    ("entity_businessType", "string", "Business Type"),
    ("entity_alternativeNames", "array", "Alternative Names"),
    ("entity_address", "address", "Address"),
    ("entity_pocName", "string", "Contact Name"),
    ("entity_pocEmail", "email", "Contact Email"),
    ("entity_salesforceID", "string", "Salesforce ID"),
];

fn of_entities(name: &str, kind: &str, _: &Value) -> Option<bool> {
    PROPERTIES.iter().find(|(known, _, _)| *known == name).map(|(_, known, _)| *known == kind)
}

impl Tenant {
    /// An entity by UUID or `ENTITY-` number.
    pub(super) fn entity(&self, wanted: &str) -> Option<&Value> {
        self.entities.iter().find(|entity| entity["id"] == wanted || entity["ironcladId"] == wanted)
    }

    fn entity_index(&self, call: &Call) -> Result<usize, Reply> {
        let wanted = call.param("id");
        let found = self
            .entities
            .iter()
            .position(|entity| entity["id"] == wanted || entity["ironcladId"] == wanted);
        found.ok_or_else(|| call.missing("entity", "id"))
    }
}

pub(super) fn relationship_types(tenant: &mut Tenant, _: &Call) -> Answer {
    let list: Vec<Value> = RELATIONSHIPS
        .iter()
        .map(|(id, name, label, meaning)| {
            let mut properties = Map::new();
            for (key, kind, label) in PROPERTIES {
                properties.insert(key.into(), json!({ "key": key, "type": { "typeName": kind }, "erasedType": kind, "displayName": label, "required": false }));
            }
            json!({
                "id": id, "companyId": tenant.company, "name": name, "kind": "object", "displayName": label,
                "description": meaning, "properties": properties,
            })
        })
        .collect();
    Ok(Reply::json(list.into()))
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let rows = chosen(call, &tenant.entities)?;
    Ok(Reply::json(paging::numbered(call, &rows)?))
}

/// Filtered and sorted as entities and obligations are.
pub(super) fn chosen(call: &Call, items: &[Value]) -> Result<Vec<Value>, Reply> {
    let direction = call.query_word("sortDirection", &["ASC", "DESC"])?.unwrap_or("DESC");
    let field = call.query_word("sortField", &["name", "lastUpdated"])?.unwrap_or("name");
    let filter = formula::from_query(call)?;
    let search = workflows::search_text(call)?;
    let mut rows: Vec<&Value> = items
        .iter()
        .filter(|item| {
            search.as_deref().is_none_or(|text| item.to_string().to_lowercase().contains(text))
        })
        .filter(|item| {
            filter
                .as_ref()
                .is_none_or(|filter| filter.admits(&|name| property(item, name), call.now))
        })
        .collect();
    sort(&mut rows, direction, |item| item[field].as_str().unwrap_or("").to_lowercase());
    Ok(rows.into_iter().cloned().collect())
}

const BODY: [check::Member; 5] = [
    ("name", MemberKind::Filled, Need::Must),
    ("relationshipTypeKey", MemberKind::Texts, Need::May),
    ("status", MemberKind::Word(&["ACTIVE", "INACTIVE"]), Need::May),
    ("properties", MemberKind::Object, Need::May),
    ("parent", MemberKind::Object, Need::May),
];

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &BODY, Others::Allowed)?;
    let mut held = properties(call, body.get("properties"), of_entities)?;
    held.entry("entity_category")
        .or_insert_with(|| json!({ "type": "string", "value": "external" }));
    held.entry("entity_businessType")
        .or_insert_with(|| json!({ "type": "string", "value": "company" }));
    tenant.last_entity += 1;
    let mut entity = json!({
        "id": tenant.ids.uuid(), "status": check::text(&body, "status").unwrap_or("ACTIVE"),
        "ironcladId": format!("ENTITY-{}", tenant.last_entity), "name": body["name"], "lastUpdated": iso(call.now),
        "properties": held,
    });
    apply_common(tenant, call, &mut entity, &body, "parent")?;
    tenant.entities.push(entity.clone());
    Ok(Reply::json(entity))
}

fn apply_common(
    tenant: &Tenant,
    call: &Call,
    entity: &mut Value,
    body: &Map<String, Value>,
    parent: &str,
) -> Result<(), Reply> {
    if let Some(keys) = body.get("relationshipTypeKey").and_then(Value::as_array) {
        let mut types = Vec::new();
        for key in keys.iter().filter_map(Value::as_str) {
            let known = RELATIONSHIPS.iter().find(|(id, name, _, _)| *id == key || *name == key);
            let known = known.ok_or_else(|| {
                call.invalid(&format!("unknown relationship type '{key}'"), "relationshipTypeKey")
            })?;
            types.push(Value::from(known.0));
        }
        entity["namedTypeIds"] = types.into();
    }
    if let Some(parent) = body.get(parent).filter(|parent| !parent.is_null()) {
        entity["parentId"] = target(tenant, call, parent)?;
    }
    Ok(())
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.entity_index(call)?;
    Ok(Reply::json(tenant.entities[index].clone()))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.entity_index(call)?;
    let body = call.object()?;
    let table = [
        ("name", MemberKind::Filled, Need::May),
        ("relationshipTypeKey", MemberKind::Texts, Need::May),
        ("status", MemberKind::Word(&["ACTIVE", "INACTIVE"]), Need::May),
        ("addProperties", MemberKind::Object, Need::May),
        ("removeProperties", MemberKind::Texts, Need::May),
        ("setParent", MemberKind::Object, Need::May),
        ("removeParent", MemberKind::Flag, Need::May),
    ];
    check::members(call, &body, &table, Others::Allowed)?;
    let mut entity = tenant.entities[index].clone();
    for name in ["name", "status"] {
        if let Some(value) = body.get(name) {
            entity[name] = value.clone();
        }
    }
    edit_properties(call, &mut entity, &body, of_entities)?;
    if body.get("removeParent") == Some(&Value::Bool(true)) {
        remove(&mut entity, "parentId");
    }
    apply_common(tenant, call, &mut entity, &body, "setParent")?;
    entity["lastUpdated"] = iso(call.now).into();
    tenant.entities[index] = entity.clone();
    Ok(Reply::json(entity))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = tenant.entity_index(call)?;
    tenant.entities.remove(index);
    Ok(Reply::none())
}
