//! The organisation, its people and their roles.

use serde_json::{Value, json};

use super::query::{self, List};
use super::tenant::{ORG, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::iso;
use crate::reply::{Answer, Reply};

/// The stages of a person's life cycle.
pub(super) const LIFE: [&str; 3] = ["active", "offboarding", "offboarded"];
const BUILT_IN: [&str; 12] = [
    "idOrg",
    "firstName",
    "lastName",
    "email",
    "creationTime",
    "idRole",
    "lifecycleStatus",
    "isDeletedInIdentitySources",
    "isExternal",
    "activeAppsCount",
    "role",
    "additionalEmails",
];
const VIEWS: [&str; 10] = [
    "currentEmployees",
    "pastEmployees",
    "allEmployees",
    "currentUsers",
    "pastUsers",
    "allUsers",
    "currentNonHumanUsers",
    "pastNonHumanUsers",
    "allNonHumanUsers",
    "externalUsers",
];

pub(super) fn organization(tenant: &mut Tenant, _: &Call) -> Answer {
    Ok(Reply::json(json!({ "org": {
        "id": ORG, "companyName": "Acme Robotics", "domain": "acme.example", "creationTime": iso(tenant.created),
    }})))
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let view = call.query_word("view", &VIEWS)?;
    call.query_word("lifecycleStatus", &LIFE)?;
    for flag in ["isDeletedInIdentitySources", "isExternal"] {
        call.query_flag(flag)?;
    }
    let ids = call.query_list("idUsers");
    if ids.len() > 50 {
        return Err(call.bad_query("idUsers", "may name at most 50 users"));
    }
    let mut rows = tenant.users.clone();
    rows.retain(|user| ids.is_empty() || ids.iter().any(|id| query::is_text(&user["id"], id)));
    rows.retain(|user| view.is_none_or(|view| in_view(user, view)));
    for name in [
        "email",
        "lifecycleStatus",
        "isDeletedInIdentitySources",
        "isExternal",
        "firstName",
        "lastName",
    ] {
        let Some(wanted) = call.query(name) else { continue };
        rows.retain(|user| {
            user[name].as_str().map_or_else(
                || query::is_text(&user[name], wanted),
                |text| text.eq_ignore_ascii_case(wanted),
            )
        });
    }
    let known: Vec<String> = BUILT_IN
        .iter()
        .map(|name| (*name).to_owned())
        .chain(["id".to_owned()])
        .chain(
            tenant.user_fields.iter().filter_map(|field| field["key"].as_str().map(str::to_owned)),
        )
        .collect();
    let list = List {
        key: "users",
        searched: &["firstName", "lastName", "email"],
        default_fields: &BUILT_IN,
        known_fields: &known,
        always: &["id", "additionalEmails"],
        open_filters: false,
        default_size: 1000,
    };
    query::answer(call, rows, &list)
}

/// The saved populations; nobody here is a machine.
fn in_view(user: &Value, view: &str) -> bool {
    let past = user["isDeletedInIdentitySources"] == true;
    let external = user["isExternal"] == true;
    match view {
        "currentEmployees" => !past && !external,
        "pastEmployees" => past && !external,
        "allEmployees" => !external,
        "currentUsers" => !past,
        "pastUsers" => past,
        "externalUsers" => external,
        "allUsers" => true,
        _ => false,
    }
}

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let id = call.number_param("idUser")?;
    tenant
        .users
        .iter()
        .position(|user| user["id"] == id)
        .ok_or_else(|| call.missing("User", "idUser"))
}

/// A user as single answers show one: the built-in columns.
fn shown(user: &Value) -> Value {
    let mut user = user.clone();
    let columns: Vec<&str> = BUILT_IN.iter().copied().chain(["id"]).collect();
    query::project(&mut user, &columns);
    user
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    Ok(Reply::json(json!({ "user": shown(&tenant.users[index]) })))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("lifecycleStatus", MemberKind::Word(&LIFE), Need::Must)],
        Others::Refused,
    )?;
    tenant.users[index]["lifecycleStatus"] = body["lifecycleStatus"].clone();
    let (id, status) = (tenant.users[index]["id"].clone(), body["lifecycleStatus"].clone());
    tenant.note(
        call,
        "users",
        "update_user_lifecycle_status",
        json!({ "idUser": id, "lifecycleStatus": status }),
    );
    Ok(Reply::json(json!({ "user": shown(&tenant.users[index]) })))
}

pub(super) fn roles(tenant: &mut Tenant, _: &Call) -> Answer {
    let roles: Vec<Value> = tenant
        .roles
        .iter()
        .map(|role| {
            let mut role = role.clone();
            role["usersCount"] =
                tenant.users.iter().filter(|user| user["idRole"] == role["id"]).count().into();
            role
        })
        .collect();
    Ok(Reply::json(json!({ "roles": roles })))
}
