//! SCIM users of the company.

use serde_json::{Map, Value, json};

use super::forms;
use super::people::{ENTERPRISE_USER, IRONCLAD_USER, User};
use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::paging;
use crate::reply::{Answer, Reply};
use crate::{scim_filter, scim_patch};

const SHORTEST_PASSWORD: usize = 16;

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let wanted = call.param("userId");
    tenant
        .users
        .iter()
        .position(|user| user.id == wanted)
        .ok_or_else(|| call.missing(&format!("user {wanted}"), "userId"))
}

/// Reads the filter of a SCIM list and keeps what passes.
pub(super) fn filtered(call: &Call, items: Vec<Value>) -> Result<Vec<Value>, Reply> {
    let Some(text) = call.query("filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(items);
    };
    let filter = scim_filter::parse(text).ok_or_else(|| {
        call.refuse(400, "INVALID_FILTER", "the filter cannot be understood", "filter")
    })?;
    Ok(items.into_iter().filter(|item| filter.admits(item)).collect())
}

/// Leaves out the attributes named by `excludedAttributes`; ids always come back.
pub(super) fn trimmed(call: &Call, mut item: Value) -> Value {
    for name in call.query_list("excludedAttributes") {
        if !matches!(name, "id" | "schemas") {
            super::records::remove(&mut item, name);
        }
    }
    item
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let all = filtered(call, tenant.users.iter().map(User::scim).collect())?;
    let rows: Vec<Value> = all.into_iter().map(|item| trimmed(call, item)).collect();
    Ok(Reply::json(paging::scim(call, &rows, 25, 1000)?))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    Ok(Reply::json(trimmed(call, tenant.users[index].scim())))
}

fn check_body(call: &Call, body: &Map<String, Value>) -> Result<(), Reply> {
    let table = [
        ("schemas", MemberKind::Texts, Need::Must),
        ("userName", MemberKind::Filled, Need::Must),
        ("name", MemberKind::Object, Need::Must),
        ("title", MemberKind::Text, Need::May),
        ("password", MemberKind::Text, Need::May),
        ("active", MemberKind::Flag, Need::May),
        (ENTERPRISE_USER, MemberKind::Object, Need::May),
        (IRONCLAD_USER, MemberKind::Object, Need::May),
    ];
    check::members(call, body, &table, Others::Allowed)?;
    if !check::text(body, "userName").is_some_and(forms::is_mail) {
        return Err(call.invalid("userName must be an e-mail address", "userName"));
    }
    if check::text(body, "password").is_some_and(|password| password.len() < SHORTEST_PASSWORD) {
        return Err(call.invalid("password must have at least 16 characters", "password"));
    }
    Ok(())
}

fn fill(user: &mut User, body: &Map<String, Value>, call: &Call) {
    let given = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    user.user_name = given("userName");
    user.title = given("title");
    body["name"]["givenName"].as_str().unwrap_or("").clone_into(&mut user.given);
    body["name"]["familyName"].as_str().unwrap_or("").clone_into(&mut user.family);
    if let Some(department) =
        body.get(ENTERPRISE_USER).and_then(|extension| extension["department"].as_str())
    {
        department.clone_into(&mut user.department);
    }
    if let Some(extension) = body.get(IRONCLAD_USER) {
        user.department_head = extension["departmentHead"].as_str().map(str::to_owned);
    }
    user.active = body.get("active") != Some(&Value::Bool(false));
    user.modified = call.now;
}

fn taken(tenant: &Tenant, call: &Call, name: &str, own: Option<&str>) -> Result<(), Reply> {
    let clash = tenant
        .users
        .iter()
        .any(|user| user.user_name.eq_ignore_ascii_case(name) && Some(user.id.as_str()) != own);
    if clash {
        Err(call.refuse(409, "CONFLICT", "a user with this userName exists", "userName"))
    } else {
        Ok(())
    }
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check_body(call, &body)?;
    taken(tenant, call, check::text(&body, "userName").unwrap_or(""), None)?;
    let mut user = User {
        id: tenant.ids.hex24(),
        user_name: String::new(),
        given: String::new(),
        family: String::new(),
        title: String::new(),
        department: String::new(),
        department_head: None,
        active: true,
        created: call.now,
        modified: call.now,
    };
    fill(&mut user, &body, call);
    let answer = user.scim();
    tenant.users.push(user);
    Ok(Reply::status(201, trimmed(call, answer)))
}

pub(super) fn replace(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    check_body(call, &body)?;
    let id = tenant.users[index].id.clone();
    taken(tenant, call, check::text(&body, "userName").unwrap_or(""), Some(&id))?;
    fill(&mut tenant.users[index], &body, call);
    Ok(settle(tenant, call, index, body.get("active") == Some(&Value::Bool(false))))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let mut resource = tenant.users[index].scim();
    scim_patch::apply(call, &body, &mut resource)?;
    let Value::Object(patched) = resource else {
        return Err(call.invalid("the patch left no user", "Operations"));
    };
    check_body(call, &patched)?;
    let User { id, active, .. } = tenant.users[index].clone();
    taken(tenant, call, check::text(&patched, "userName").unwrap_or(""), Some(&id))?;
    fill(&mut tenant.users[index], &patched, call);
    let leaves = active && !tenant.users[index].active;
    Ok(settle(tenant, call, index, leaves))
}

/// Answers with the user; a user who is no longer active leaves the company.
fn settle(tenant: &mut Tenant, call: &Call, index: usize, leaves: bool) -> Reply {
    let mut answer = tenant.users[index].scim();
    if leaves {
        answer["active"] = false.into();
        let id = tenant.users[index].id.clone();
        tenant.remove_user(&id, call.now);
    }
    Reply::json(trimmed(call, answer))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let id = tenant.users[index].id.clone();
    tenant.remove_user(&id, call.now);
    Ok(Reply::none())
}

pub(super) fn known_members(
    tenant: &Tenant,
    call: &Call,
    members: &Value,
) -> Result<Vec<String>, Reply> {
    let mut ids: Vec<String> = Vec::new();
    for member in members.as_array().into_iter().flatten() {
        let id = member["value"].as_str().or(member.as_str()).unwrap_or("");
        if tenant.user(id).is_none() {
            return Err(call.invalid(&format!("member '{id}' is not a user"), "members"));
        }
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

/// The members of a group in the form in which requests give them.
pub(super) fn member_list(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "value": id })).collect()
}
