//! SCIM groups of the company.

use serde_json::{Map, Value};

use super::people::Group;
use super::scim_users::{filtered, known_members, member_list, trimmed};
use super::tenant::Tenant;
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};
use crate::{paging, scim_patch};

const BODY: [check::Member; 3] = [
    ("schemas", MemberKind::Texts, Need::Must),
    ("displayName", MemberKind::Filled, Need::Must),
    ("members", MemberKind::List, Need::May),
];

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let wanted = call.param("groupId");
    tenant
        .groups
        .iter()
        .position(|group| group.id == wanted)
        .ok_or_else(|| call.missing(&format!("group {wanted}"), "groupId"))
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let all = filtered(call, tenant.groups.iter().map(Group::scim).collect())?;
    let rows: Vec<Value> = all.into_iter().map(|item| trimmed(call, item)).collect();
    Ok(Reply::json(paging::scim(call, &rows, 25, 1000)?))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    Ok(Reply::json(trimmed(call, tenant.groups[index].scim())))
}

fn read(
    tenant: &Tenant,
    call: &Call,
    body: &Map<String, Value>,
    own: Option<&str>,
) -> Result<(String, Vec<String>), Reply> {
    check::members(call, body, &BODY, Others::Allowed)?;
    let name = check::text(body, "displayName").unwrap_or("").to_owned();
    if tenant.groups.iter().any(|group| group.display == name && Some(group.id.as_str()) != own) {
        return Err(call.refuse(
            409,
            "CONFLICT",
            "a group with this displayName exists",
            "displayName",
        ));
    }
    let members = known_members(tenant, call, body.get("members").unwrap_or(&Value::Null))?;
    Ok((name, members))
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    let (display, members) = read(tenant, call, &body, None)?;
    let external_id = check::text(&body, "externalId").map(str::to_owned);
    let group = Group { id: tenant.ids.hex24(), display, external_id, members };
    let answer = group.scim();
    tenant.groups.push(group);
    Ok(Reply::status(201, trimmed(call, answer)))
}

pub(super) fn replace(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let id = tenant.groups[index].id.clone();
    let (display, members) = read(tenant, call, &body, Some(&id))?;
    let group = &mut tenant.groups[index];
    group.display = display;
    group.members = members;
    Ok(Reply::json(trimmed(call, group.scim())))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    let mut resource = tenant.groups[index].scim();
    resource["members"] = member_list(&tenant.groups[index].members);
    scim_patch::apply(call, &body, &mut resource)?;
    let members = known_members(tenant, call, &resource["members"])?;
    let group = &mut tenant.groups[index];
    group.members = members;
    if let Some(name) = resource["displayName"].as_str() {
        name.clone_into(&mut group.display);
    }
    Ok(Reply::json(trimmed(call, group.scim())))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    tenant.groups.remove(index);
    Ok(Reply::none())
}
