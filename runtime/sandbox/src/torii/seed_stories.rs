//! What the prompts name that people paste from published guides. It comes behind everything else, so
//! that nothing else changes its place or its id.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::seed::row;
use super::seed_apps::{FIRST_APP, contract, entry};
use super::tenant::{Link, ORG, Tenant};
use crate::cast::{self, Person};
use crate::clock::{days_after, days_before, hours_before, iso};

/// Apps where files lie or go around: name, category, owner by number, state, how many use it, and
/// the status of its contract.
type Store = (&'static str, &'static str, Option<usize>, &'static str, usize, Option<&'static str>);

const SHARING: &str = "File Sharing";
const CLOUD: &str = "Cloud Storage";
/// Five lack an owner: one of them is closed, and two of the others have a contract.
const STORES: [Store; 8] = [
    ("Google Drive", CLOUD, Some(6), "Sanctioned", 24, Some("active")),
    ("WeTransfer", SHARING, None, "Discovered", 7, None),
    ("Egnyte", SHARING, None, "Managed", 11, Some("active")),
    ("OneDrive", CLOUD, Some(14), "Managed", 9, Some("inReview")),
    ("Wasabi", CLOUD, None, "Discovered", 3, Some("active")),
    ("pCloud", CLOUD, None, "Discovered", 2, None),
    ("ShareFile", SHARING, Some(22), "Sanctioned", 5, None),
    ("Hightail", SHARING, None, "Closed", 0, Some("closed")),
];
/// The first user of these apps, by number; whom tests look at comes before.
const FIRST_OF_STORES: usize = 60;

/// What Alex has, by its place in the catalogue, and whether it was closed: Salesforce, Slack, Figma,
/// GitHub, Zoom, Dropbox.
const ALEX_HAS: [(usize, bool); 6] =
    [(0, true), (1, false), (2, false), (4, false), (5, true), (16, false)];
/// And by its name.
const ALEX_SHARES: &str = "WeTransfer";

/// Adds all of it to a tenant that has the rest.
pub(super) fn fill(tenant: &mut Tenant, now: Timestamp) {
    stores(tenant, now);
    people(tenant, now);
    audit(tenant, now);
}

fn stores(tenant: &mut Tenant, now: Timestamp) {
    for (name, category, owner, state, users, status) in STORES {
        let number = tenant.catalog.len();
        let id = FIRST_APP + number as u64;
        tenant.catalog.push((id, name, category));
        let owner = owner.map_or(Value::Null, |owner| tenant.users[owner]["id"].clone());
        let app = entry(tenant, number, &owner, state, now);
        if let Some(status) = status {
            let ends = if status == "closed" {
                days_before(now, 45)
            } else {
                days_after(now, 20 + 5 * number as u64)
            };
            contract(tenant, &app, &owner, status, ends);
        }
        tenant.apps.push(app);
        for user in 0..users {
            link(tenant, FIRST_OF_STORES + user * 2, id, false, days_before(now, user as u64));
        }
    }
}

fn link(tenant: &mut Tenant, user: usize, app: u64, removed: bool, last_visit: Timestamp) {
    let user = tenant.users[user]["id"].as_u64().unwrap_or(0);
    let annual_cost = if removed { 0 } else { 9_600 };
    tenant.links.push(Link {
        user,
        app,
        status: "active",
        role: "Member",
        last_visit,
        removed,
        annual_cost,
    });
    tenant.recount(user, app);
}

/// Alex, whom the identity source has deleted and Torii has not noticed, and Sarah, who leaves today.
fn people(tenant: &mut Tenant, now: Timestamp) {
    let alex = Person {
        given: "Alex",
        family: "Chen",
        email: "alex.chen@company.com".into(),
        department: "Sales",
        title: "Account Executive",
    };
    let number = tenant.users.len();
    let mut user = row(tenant, &alex, now);
    user["isDeletedInIdentitySources"] = true.into();
    tenant.users.push(user);
    let shared = tenant.apps.iter().find(|app| app["name"] == ALEX_SHARES);
    let shared = shared.and_then(|app| app["id"].as_u64()).expect("the stores come first");
    let has = ALEX_HAS.map(|(place, removed)| (FIRST_APP + place as u64, removed));
    for (app, removed) in has.into_iter().chain([(shared, false)]) {
        link(tenant, number, app, removed, days_before(now, 9));
    }
    let sarah = row(tenant, &cast::sarah(), now);
    tenant.users.push(sarah);
    for place in 0..4 {
        link(tenant, number + 1, FIRST_APP + place, false, days_before(now, 1));
    }
}

/// Who changed amounts and states of contracts last: the age in hours, the administrator by number,
/// the contract by its place, and what was changed.
fn audit(tenant: &mut Tenant, now: Timestamp) {
    let money = |value: u64| json!({ "amount": { "value": value, "currency": "USD" } });
    let changes = [
        (46, 1, 12, money(725_000)),
        (29, 0, 21, json!({ "status": "inReview" })),
        (26, 10, 44, money(2_400_000)),
        (7, 10, 44, json!({ "status": "active" })),
        (3, 1, 30, money(1_380_000)),
    ];
    for (age, admin, place, change) in changes {
        let (admin, contract) = (&tenant.users[admin], &mut tenant.contracts[place]);
        let id = contract["id"].clone();
        for (name, value) in change.as_object().into_iter().flatten() {
            contract[name] = value.get("value").unwrap_or(value).clone();
        }
        let entry = json!({
            "performedBy": admin["id"], "performedByFirstName": admin["firstName"], "performedByLastName": admin["lastName"],
            "performedByEmail": admin["email"], "idTargetOrg": ORG, "creationTime": iso(hours_before(now, age)),
            "type": "update_contract",
            "requestDetails": { "path": format!("/api/orgs/{ORG}/contracts/{id}"), "method": "put", "remoteAddress": "10.10.10.10" },
            "properties": { "idContract": id, "changes": change },
        });
        tenant.audit.push(("contracts", entry));
    }
}
