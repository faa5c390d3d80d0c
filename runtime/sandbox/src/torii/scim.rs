//! SCIM: the people who may sign in to Torii itself.

use serde_json::{Map, Value, json};

use super::tenant::{ORG, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::reply::{Answer, Reply};
use crate::{paging, scim_filter, scim_patch};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

fn resource(tenant: &Tenant, user: &Value) -> Value {
    let active = user["id"].as_u64().is_some_and(|id| tenant.members.contains(&id));
    json!({
        "schemas": [USER], "id": user["id"].to_string(), "userName": user["email"],
        "name": { "givenName": user["firstName"], "familyName": user["lastName"] }, "active": active,
        "emails": [{ "primary": true, "value": user["email"] }], "userType": user["role"],
        "meta": { "created": user["creationTime"] },
    })
}

pub(super) fn config(_: &mut Tenant, _: &Call) -> Answer {
    Ok(Reply::json(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://support.toriihq.com/hc/en-us/articles/9183460072347", "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": 200 }, "changePassword": { "supported": false },
        "sort": { "supported": true }, "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token", "description": "The SCIM key as a bearer token", "primary": true,
            "specUri": "https://www.rfc-editor.org/info/rfc6750", "documentationUri": "https://support.toriihq.com",
        }],
    })))
}

pub(super) fn resource_types(_: &mut Tenant, _: &Call) -> Answer {
    Ok(Reply::json(
        json!([{ "id": "User", "name": "User", "endpoint": "/Users", "description": "User account", "schema": [USER] }]),
    ))
}

pub(super) fn schemas(_: &mut Tenant, _: &Call) -> Answer {
    let attributes: Vec<Value> =
        [("id", "readOnly"), ("userName", "readWrite"), ("name", "readWrite"), ("userType", "readWrite"), ("active", "readWrite")]
            .iter()
            .map(|(name, mutability)| {
                json!({
                    "name": name, "type": "string", "multiValued": false, "description": name, "required": *name == "userName",
                    "caseExact": false, "mutability": mutability, "returned": "default", "uniqueness": "none", "subAttributes": [],
                })
            })
            .collect();
    Ok(Reply::json(json!({
        "schemas": [LIST], "startIndex": 1, "itemsPerPage": 1, "totalResults": 1,
        "Resources": [{ "id": USER, "name": "User", "description": "User account", "attributes": attributes }],
    })))
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let descending =
        call.query_word("sortOrder", &["ascending", "descending"])? == Some("descending");
    let mut rows: Vec<Value> = tenant
        .members
        .iter()
        .filter_map(|id| tenant.user(*id))
        .map(|user| resource(tenant, user))
        .collect();
    if let Some(text) = call.query("filter").filter(|text| !text.trim().is_empty()) {
        let filter = scim_filter::parse(text).filter(|filter| {
            let attribute = filter.simple_attribute().map(str::to_ascii_lowercase);
            matches!(attribute.as_deref(), Some("username" | "emails" | "emails.value"))
        });
        let problem = || {
            call.refuse(
                400,
                "INVALID_FILTER",
                "only one comparison of userName or emails is supported",
                "filter",
            )
        };
        let filter = filter.ok_or_else(problem)?;
        rows.retain(|row| filter.admits(row));
    }
    let key = call.query("sortBy").unwrap_or("id");
    rows.sort_by_cached_key(|row| {
        let value = row[key].as_str().unwrap_or("").to_lowercase();
        (value, row["id"].as_str().and_then(|id| id.parse::<u64>().ok()))
    });
    if descending {
        rows.reverse();
    }
    Ok(Reply::json(paging::scim(call, &rows, 100, 200)?))
}

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let missing = || call.missing("User", "idUser");
    let id: u64 = call.param("idUser").parse().map_err(|_| missing())?;
    tenant
        .users
        .iter()
        .position(|user| user["id"] == id && user["idRole"].is_u64())
        .ok_or_else(missing)
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    Ok(Reply::json(resource(tenant, &tenant.users[index])))
}

/// A flag that may also come as a text.
fn flag(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn role<'a>(
    tenant: &'a Tenant,
    call: &Call,
    body: &Map<String, Value>,
) -> Result<Option<&'a Value>, Reply> {
    let Some(name) = check::text(body, "userType") else { return Ok(None) };
    let found = tenant
        .roles
        .iter()
        .find(|role| role["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
    found
        .map(Some)
        .ok_or_else(|| call.invalid(&format!("userType '{name}' is not a role"), "userType"))
}

fn check_user(call: &Call, body: &Map<String, Value>) -> Result<(), Reply> {
    let table = [
        ("schemas", MemberKind::Texts, Need::Must),
        ("userName", MemberKind::Filled, Need::Must),
        ("userType", MemberKind::Filled, Need::May),
        ("name", MemberKind::Object, Need::May),
    ];
    check::members(call, body, &table, Others::Allowed)?;
    if body["schemas"] != json!([USER]) {
        return Err(call.invalid("schemas must be the core user schema", "schemas"));
    }
    Ok(())
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check_user(call, &body)?;
    let mail = check::text(&body, "userName").unwrap_or("").to_lowercase();
    let role = role(tenant, call, &body)?
        .or_else(|| tenant.roles.iter().find(|role| role["name"] == "Employee"))
        .cloned();
    let role = role.unwrap_or(Value::Null);
    let index = match tenant.users.iter().position(|user| user["email"] == mail.as_str()) {
        Some(index)
            if tenant.users[index]["id"]
                .as_u64()
                .is_some_and(|id| tenant.members.contains(&id)) =>
        {
            return Err(call.refuse(
                409,
                "CONFLICT",
                "an active user with this userName exists",
                "userName",
            ));
        }
        Some(index) => index,
        None => {
            let id = tenant.next_id();
            let name = |part: &str| {
                body.get("name").and_then(|name| name[part].as_str()).unwrap_or("").to_owned()
            };
            tenant.users.push(json!({
                "id": id, "idOrg": ORG, "firstName": name("givenName"), "lastName": name("familyName"), "email": mail,
                "creationTime": iso(call.now), "idRole": null, "role": null, "lifecycleStatus": "active",
                "isDeletedInIdentitySources": false, "isExternal": false, "activeAppsCount": 0, "additionalEmails": [],
            }));
            tenant.users.len() - 1
        }
    };
    tenant.users[index]["idRole"] = role["id"].clone();
    tenant.users[index]["role"] = role["name"].clone();
    set_active(tenant, index, flag(body.get("active")).unwrap_or(true));
    tenant.note(call, "users", "scim_create_user", json!({ "userName": mail }));
    Ok(Reply::status(201, resource(tenant, &tenant.users[index])))
}

fn set_active(tenant: &mut Tenant, index: usize, active: bool) {
    let Some(id) = tenant.users[index]["id"].as_u64() else { return };
    tenant.members.retain(|member| *member != id);
    if active {
        tenant.members.push(id);
    }
}

/// Whether a user is the only administrator who can sign in.
fn last_admin(tenant: &Tenant, index: usize) -> bool {
    let is_admin = |user: &Value| {
        user["role"] == "Admin"
            && user["id"].as_u64().is_some_and(|id| tenant.members.contains(&id))
    };
    is_admin(&tenant.users[index]) && tenant.users.iter().filter(|user| is_admin(user)).count() == 1
}

fn change(tenant: &mut Tenant, call: &Call, index: usize, body: &Map<String, Value>) -> Answer {
    check_user(call, body)?;
    let id = tenant.users[index]["id"].as_u64().unwrap_or(0);
    if !tenant.members.contains(&id) {
        return Err(call.refuse(
            400,
            "MUTABILITY",
            "only active users can be changed; create the user again to reactivate",
            "idUser",
        ));
    }
    if !check::text(body, "userName").is_some_and(|name| {
        tenant.users[index]["email"].as_str().is_some_and(|mail| mail.eq_ignore_ascii_case(name))
    }) {
        return Err(call.refuse(400, "MUTABILITY", "userName cannot change", "userName"));
    }
    let role = role(tenant, call, body)?.cloned();
    let active = flag(body.get("active")).unwrap_or(true);
    let changes_role =
        role.as_ref().is_some_and(|role| role["name"] != tenant.users[index]["role"]);
    if last_admin(tenant, index) && (changes_role || !active) {
        return Err(call.refuse(400, "MUTABILITY", "the last admin must stay", "userType"));
    }
    if let Some(role) = role {
        tenant.users[index]["idRole"] = role["id"].clone();
        tenant.users[index]["role"] = role["name"].clone();
    }
    set_active(tenant, index, active);
    Ok(Reply::json(resource(tenant, &tenant.users[index])))
}

pub(super) fn replace(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let reply = change(tenant, call, index, &body)?;
    tenant.note(call, "users", "scim_update_user", json!({ "idUser": call.param("idUser") }));
    Ok(reply)
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let mut wanted = resource(tenant, &tenant.users[index]);
    scim_patch::apply(call, &call.object()?, &mut wanted)?;
    let Value::Object(wanted) = wanted else {
        return Err(call.invalid("the patch left no user", "Operations"));
    };
    let reply = change(tenant, call, index, &wanted)?;
    tenant.note(call, "users", "scim_patch_user", json!({ "idUser": call.param("idUser") }));
    Ok(reply)
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    if last_admin(tenant, index) {
        return Err(call.refuse(400, "MUTABILITY", "the last admin cannot be deleted", "idUser"));
    }
    set_active(tenant, index, false);
    tenant.users[index]["idRole"] = Value::Null;
    tenant.users[index]["role"] = Value::Null;
    tenant.note(call, "users", "scim_delete_user", json!({ "idUser": call.param("idUser") }));
    Ok(Reply::none())
}
