//! Who uses which app.

use serde_json::{Value, json};

use super::apps;
use super::query::{self, List};
use super::tenant::{Link, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::clock::{days_before, iso};
use crate::reply::{Answer, Reply};

fn user_id(tenant: &Tenant, call: &Call) -> Result<u64, Reply> {
    let id = call.number_param("idUser")?;
    if tenant.user(id).is_some() { Ok(id) } else { Err(call.missing("User", "idUser")) }
}

/// An app as one user's list shows it: owners are plain ids here.
fn application(tenant: &Tenant, link: &Link) -> Value {
    let mut app = tenant.app(link.app).cloned().unwrap_or_else(|| json!({ "id": link.app }));
    app["isUserRemovedFromApp"] = link.removed.into();
    app["users"] = app["activeUsersCount"].clone();
    app["lastUsageTime"] = iso(link.last_visit).into();
    app["annualCost"] = link.annual_cost.into();
    app["annualCostConverted"] = link.annual_cost.into();
    app["currency"] = super::tenant::CURRENCY.into();
    app
}

fn columns(tenant: &Tenant) -> Vec<String> {
    let extra = [
        "users",
        "lastUsageTime",
        "isUserRemovedFromApp",
        "annualCost",
        "annualCostConverted",
        "currency",
    ];
    apps::columns(tenant).into_iter().chain(extra.iter().map(|name| (*name).to_owned())).collect()
}

fn list(known: &[String]) -> List<'_> {
    List {
        key: "apps",
        searched: &["name"],
        default_fields: &["id", "name", "isUserRemovedFromApp", "state"],
        known_fields: known,
        always: &["id"],
        open_filters: true,
        default_size: 1000,
    }
}

pub(super) fn apps_of_user(tenant: &mut Tenant, call: &Call) -> Answer {
    let user = user_id(tenant, call)?;
    call.query_flag("isUserRemovedFromApp")?;
    let known = columns(tenant);
    let rows: Vec<Value> = tenant
        .links
        .iter()
        .filter(|link| link.user == user)
        .map(|link| application(tenant, link))
        .collect();
    let reply = query::answer(call, rows, &list(&known))?;
    // This list comes whole and without the members of paging.
    match reply.content {
        crate::reply::Content::Json(mut body) => {
            Ok(Reply::json(json!({ "apps": body["apps"].take() })))
        }
        _ => Ok(reply),
    }
}

fn link_index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let user = user_id(tenant, call)?;
    let app = call.number_param("idApp")?;
    let found = tenant.links.iter().position(|link| link.user == user && link.app == app);
    found.ok_or_else(|| call.missing("App of this user", "idApp"))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = link_index(tenant, call)?;
    let known = columns(tenant);
    let mut app = application(tenant, &tenant.links[index]);
    query::project(&mut app, &query::fields(call, &list(&known))?);
    Ok(Reply::json(json!({ "app": app })))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = link_index(tenant, call)?;
    let body = call.object()?;
    check::members(
        call,
        &body,
        &[("isUserRemovedFromApp", MemberKind::Flag, Need::Must)],
        Others::Refused,
    )?;
    tenant.links[index].removed = body["isUserRemovedFromApp"] == true;
    let link = tenant.links[index].clone();
    tenant.recount(link.user, link.app);
    tenant.note(
        call,
        "users",
        "update_user",
        json!({ "idUser": link.user, "idApp": link.app, "isUserRemovedFromApp": link.removed }),
    );
    let mut app = application(tenant, &link);
    query::project(&mut app, &["id", "name", "isUserRemovedFromApp", "state"]);
    Ok(Reply::json(json!({ "app": app })))
}

impl Tenant {
    /// Brings the counts of a user and an app up to date.
    pub(super) fn recount(&mut self, user: u64, app: u64) {
        let open = |link: &&Link| !link.removed && link.status == "active";
        let apps = self.links.iter().filter(|link| link.user == user).filter(open).count();
        let users = self.links.iter().filter(|link| link.app == app).filter(open).count();
        if let Some(user) = self.users.iter_mut().find(|row| row["id"] == user) {
            user["activeAppsCount"] = apps.into();
        }
        if let Some(app) = self.apps.iter_mut().find(|row| row["id"] == app) {
            app["activeUsersCount"] = users.into();
        }
    }
}

pub(super) fn users_of_app(tenant: &mut Tenant, call: &Call) -> Answer {
    let app = call.number_param("idApp")?;
    let Some(found) = tenant.app(app) else { return Err(call.missing("App", "idApp")) };
    let name = found["name"].clone();
    let status = call.query_word("status", &["deleted", "active", "managed"])?;
    let rows: Vec<Value> = tenant
        .links
        .iter()
        .filter(|link| link.app == app && status.is_none_or(|status| link.status == status))
        .filter_map(|link| Some(account(tenant.user(link.user)?, link, &name)))
        .collect();
    let list = List {
        key: "users",
        searched: &["email", "firstName", "lastName", "fullName"],
        default_fields: &[],
        known_fields: &[],
        always: &[],
        open_filters: false,
        default_size: 1000,
    };
    query::answer(call, rows, &list)
}

/// One account in an app.
fn account(user: &Value, link: &Link, app: &Value) -> Value {
    let full = format!(
        "{} {}",
        user["firstName"].as_str().unwrap_or(""),
        user["lastName"].as_str().unwrap_or("")
    );
    let created = iso(days_before(link.last_visit, 200));
    json!({
        "score": 1, "email": user["email"], "creationTime": created, "lastVisitTime": iso(link.last_visit), "appName": app,
        "firstName": user["firstName"], "lastName": user["lastName"], "fullName": full, "status": link.status,
        "idExternalUser": format!("ext-{}-{}", link.app, link.user), "idUser": link.user, "sources": ["sso"],
        "isUserRemovedFromApp": link.removed, "isOwnerNotifiedToRemoveUser": false, "isNewUserInApp": false, "role": link.role,
        "externalStatus": if link.status == "deleted" { "Suspended" } else { "Active" }, "isExternal": user["isExternal"],
        "isDeletedInIdentitySources": user["isDeletedInIdentitySources"], "isOffboardingIgnored": false,
        "numberOfInactiveLicenses": 0, "photoUrl": null, "licenses": [], "isSupportLastVisit": true, "ignoreAccount": false,
        "appAccountName": app, "idAppAccount": link.app + 500_000, "creationTimeInApp": created,
        "lifecycleStatus": user["lifecycleStatus"], "annualCost": link.annual_cost, "annualCostConverted": link.annual_cost,
    })
}
