//! The data a Torii tenant starts with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::tenant::{ORG, Plugin, Tenant};
use super::{audit, seed_apps, seed_stories};
use crate::cast::{self, Person};
use crate::clock::{days_before, iso};
use crate::ids::Ids;
use crate::options::Options;

const USERS: usize = 136;
const EXTERNALS: usize = 9;
const FIRST_USER: u64 = 100_001;
const MEMBERS: usize = 30;
const AUDIT: usize = 140;
const EXECUTIONS: usize = 66;
const EDITS: usize = 62;

/// A tenant as it starts.
pub(super) fn tenant(options: &Options, now: Timestamp) -> Tenant {
    let mut tenant = Tenant {
        token: options.torii_token.clone(),
        scim_token: options.torii_scim_token.clone(),
        ids: Ids::new(options.seed.wrapping_add(7)),
        created: days_before(now, 1400),
        users: Vec::new(),
        roles: roles(),
        members: Vec::new(),
        apps: Vec::new(),
        catalog: Vec::new(),
        links: Vec::new(),
        contracts: Vec::new(),
        app_fields: Vec::new(),
        user_fields: user_fields(),
        contract_fields: Vec::new(),
        audit: Vec::new(),
        workflow_edits: Vec::new(),
        workflows: workflows(),
        executions: Vec::new(),
        transactions: Vec::new(),
        files: Vec::new(),
        stored: BTreeMap::new(),
        parsings: Vec::new(),
        plugins: Vec::new(),
        accounts: Vec::new(),
        policies: Vec::new(),
        extension: json!({
            "dlp": { "isEnabled": false }, "blockedSites": { "isEnabled": true, "sites": ["gambling.example"] },
            "usersFilter": { "mode": "all" },
        }),
        polls_until_done: options.async_polls_until_done,
        last_id: 900_000,
    };
    for number in 0..USERS {
        let user = user(&tenant, number, now);
        if number < MEMBERS {
            tenant.members.extend(user["id"].as_u64());
        }
        tenant.users.push(user);
    }
    seed_apps::fill(&mut tenant, now);
    logs(&mut tenant, now);
    let (id, uuid) = (tenant.next_id(), tenant.ids.uuid());
    tenant.plugins.push(Plugin {
        id,
        uuid,
        name: "Badge reader".into(),
        version: 1,
        fields: vec![(9001, "badgeNumber"), (9002, "lastEntry")],
    });
    tenant.policies = tenant
        .apps
        .iter()
        .take(6)
        .enumerate()
        .map(|(number, app)| {
            json!({
                "id": 7001 + number, "name": format!("Access to {}", app["name"].as_str().unwrap_or("")),
                "app": { "id": app["id"], "name": app["name"] }, "approvalFlow": { "steps": [{ "approver": "manager" }] },
                "eligibilityGroups": [{ "name": "All employees" }], "accessDurationsConfig": { "durations": ["P30D", "unlimited"] },
            })
        })
        .collect();
    seed_stories::fill(&mut tenant, now);
    tenant
}

fn roles() -> Vec<Value> {
    [
        (1, "admin", "Admin", "Everything"),
        (2, "readOnly", "Read Only", "Sees everything, changes nothing"),
        (3, "itManager", "IT Manager", "Apps, users and automations"),
        (4, "finance", "Finance", "Contracts and expenses"),
        (5, "employee", "Employee", "The app catalog only"),
    ]
    .iter()
    .map(|(id, key, name, text)| json!({ "id": id, "systemKey": key, "name": name, "description": text, "isAdmin": *id == 1, "usersCount": 0 }))
    .collect()
}

fn user_fields() -> Vec<Value> {
    [("Department", "department"), ("Job title", "jobTitle"), ("Cost center", "c_costCenter")]
        .iter()
        .enumerate()
        .map(|(number, (name, key))| {
            json!({ "id": 3001 + number, "idOrg": ORG, "sourceIdApp": 1001, "name": name, "type": "singleLine", "key": key, "isDeleted": false })
        })
        .collect()
}

fn user(tenant: &Tenant, number: usize, now: Timestamp) -> Value {
    let mut person = cast::person(number);
    let external = number >= USERS - EXTERNALS;
    let left = cast::LEAVERS.contains(&number);
    if external {
        person.email = person.email.replace("@acme.example", "@partner.example");
    }
    let life = match (left, cast::FORGOTTEN.contains(&number)) {
        (false, _) | (true, true) => "active",
        (true, false) if number.is_multiple_of(2) => "offboarding",
        (true, false) => "offboarded",
    };
    let mut user = row(tenant, &person, now);
    user["lifecycleStatus"] = life.into();
    user["isDeletedInIdentitySources"] = left.into();
    user["isExternal"] = external.into();
    user
}

/// The row of a person who comes next: at work, and without any app yet.
pub(super) fn row(tenant: &Tenant, person: &Person, now: Timestamp) -> Value {
    let number = tenant.users.len();
    let role = match number {
        0 | 1 => 0,
        2..=5 => 1,
        6..=9 => 2,
        10..=13 => 3,
        _ => 4,
    };
    let role = &tenant.roles[role];
    json!({
        "id": FIRST_USER + number as u64, "idOrg": ORG, "firstName": person.given, "lastName": person.family, "email": person.email,
        "creationTime": iso(days_before(now, 1000 - 5 * number as u64)), "idRole": role["id"], "role": role["name"],
        "lifecycleStatus": "active", "isDeletedInIdentitySources": false, "isExternal": false, "activeAppsCount": 0,
        "additionalEmails": [], "department": person.department, "jobTitle": person.title,
        "c_costCenter": format!("CC-{}", 100 + number % 8),
    })
}

fn workflows() -> Vec<Value> {
    [
        (310, "Offboard leavers", "userLeft", "triggerUserEmail"),
        (311, "Welcome joiners", "userJoins", "triggerUserEmail"),
        (312, "New app discovered", "newAppDiscovered", "triggerAppId"),
        (313, "Contract is about to renew", "contractMeetsCriteria", "triggerContractId"),
        (314, "Unused licenses", "licenseNotInUse", "triggerLicenseName"),
        (315, "Weekly digest", "scheduled", ""),
    ]
    .iter()
    .map(|(id, name, trigger, needs)| {
        json!({
            "id": id, "name": name, "type": "regular", "version": "2.0", "isActive": true, "trigger": { "type": trigger, "needs": needs },
            "actions": [{ "idAction": "3873472394983", "type": "actionOnUser" }],
        })
    })
    .collect()
}

fn logs(tenant: &mut Tenant, now: Timestamp) {
    const KINDS: [(&str, &str); 7] = [
        ("users", "update_user_lifecycle_status"),
        ("apps", "edit_app"),
        ("contracts", "update_contract"),
        ("workflows", "update_workflow"),
        ("roles", "update_role"),
        ("integrations", "call_run_sync"),
        ("authentication", "create_public_api_key"),
    ];
    for number in (0..AUDIT).rev() {
        let (entity, kind) = KINDS[number % KINDS.len()];
        let admin = tenant.users[number % 2].clone();
        let entry = json!({
            "performedBy": admin["id"], "performedByFirstName": admin["firstName"], "performedByLastName": admin["lastName"],
            "performedByEmail": admin["email"], "idTargetOrg": ORG, "creationTime": iso(days_before(now, 1 + number as u64)),
            "type": kind,
            "requestDetails": { "path": format!("/api/orgs/{ORG}/{entity}/{number}"), "method": "put", "remoteAddress": "10.10.10.10" },
            "properties": { "id": number },
        });
        debug_assert!(audit::ENTITIES.contains(&entity));
        tenant.audit.push((entity, entry));
    }
    for number in 0..EXECUTIONS {
        let at = iso(days_before(now, 1 + number as u64 / 2));
        let user = &tenant.users[(number * 7) % tenant.users.len()]["id"];
        let app = &tenant.apps[(number * 3) % tenant.apps.len()]["id"];
        let failed = number % 9 == 4;
        tenant.executions.push(json!({
            "id": 71_001 + number, "idOrg": ORG, "idApp": app, "idWorkflow": 310 + number % 6, "idWorkflowExecution": 9021 + number / 2,
            "idAction": "3873472394983", "actionType": "actionOnUser", "runtimeInfo": { "user": { "id": user } }, "isRun": true,
            "runTime": at, "isCompleted": !failed, "completionTime": if failed { Value::Null } else { at.clone().into() },
            "continueOnError": false, "isIgnored": false, "ignoredTime": null, "details": {},
            "executionErrorType": if failed { "userNotFoundInApp".into() } else { Value::Null },
            "errorTime": if failed { at.clone().into() } else { Value::Null }, "creationTime": at, "updateTime": at,
        }));
    }
    for number in 0..EDITS {
        let at = days_before(now, number as u64 / 3);
        let admin = &tenant.users[number % 2];
        let id = 310 + number % 6;
        tenant.workflow_edits.push(json!({
            "performedBy": admin["id"], "performedByFirstName": admin["firstName"], "performedByLastName": admin["lastName"],
            "performedByEmail": admin["email"], "idTargetOrg": ORG,
            "properties": format!("{{\"idWorkflow\":{id},\"isActive\":true}}"), "creationTime": iso(at), "type": "update_workflow",
            "message": format!("User {} updated workflow {id}", admin["email"].as_str().unwrap_or("")),
        }));
    }
}
