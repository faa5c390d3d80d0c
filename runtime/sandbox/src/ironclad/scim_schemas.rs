//! The four SCIM schemas.

use serde_json::{Value, json};

use super::people::{CORE_GROUP, CORE_USER, ENTERPRISE_USER, IRONCLAD_USER};
use super::tenant::Tenant;
use crate::call::Call;
use crate::reply::{Answer, Reply};

fn schemas() -> [Value; 4] {
    [
        schema(
            CORE_USER,
            "User",
            "User Account",
            &["userName", "name", "title", "emails", "active", "password"],
        ),
        schema(CORE_GROUP, "Group", "Group", &["displayName", "externalId", "members"]),
        schema(
            ENTERPRISE_USER,
            "EnterpriseUser",
            "Enterprise User",
            &["employeeNumber", "costCenter", "organization", "department", "manager"],
        ),
        schema(
            IRONCLAD_USER,
            "IroncladUser",
            "Ironclad User",
            &["departmentHead", "provider", "allowProviderConversion"],
        ),
    ]
}

fn schema(id: &str, name: &str, description: &str, attributes: &[&str]) -> Value {
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|name| {
            let (kind, many) = match *name {
                "name" | "manager" => ("complex", false),
                "emails" | "members" => ("complex", true),
                "active" | "allowProviderConversion" => ("boolean", false),
                _ => ("string", false),
            };
            json!({
                "name": name, "type": kind, "multiValued": many, "required": *name == "userName" || *name == "displayName",
                "mutability": "readWrite", "returned": if *name == "password" { "never" } else { "default" },
            })
        })
        .collect();
    json!({
        "id": id, "name": name, "description": description, "attributes": attributes,
        "meta": { "resourceType": "Schema", "location": format!("https://ironcladapp.com/scim/v2/Schemas/{id}") },
    })
}

pub(super) fn list(_: &mut Tenant, _: &Call) -> Answer {
    let all = schemas();
    Ok(Reply::json(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": all.len(), "Resources": all,
    })))
}

pub(super) fn show(_: &mut Tenant, call: &Call) -> Answer {
    let wanted = call.param("schemaId");
    let found = schemas().into_iter().find(|schema| schema["id"] == wanted);
    found.map(Reply::json).ok_or_else(|| call.missing(&format!("schema {wanted}"), "schemaId"))
}
