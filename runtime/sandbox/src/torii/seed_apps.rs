//! Apps, who uses them, contracts and expenses that a tenant starts with.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::tenant::{CURRENCY, Link, Tenant};
use crate::cast;
use crate::clock::{day, days_after, days_before, iso};

const CATEGORIES: [&str; 11] = [
    "Operations",
    "Sales & Marketing",
    "Developer Tools",
    "Design",
    "Project Management",
    "Customer Success",
    "Human Resources",
    "IT & Security",
    "Finance",
    "Productivity",
    "Analytics & BI",
];
const STATES: [&str; 4] = ["Sanctioned", "Discovered", "Managed", "Closed"];
/// The catalogue; the organisation uses all but the last twelve.
const NAMES: [&str; 108] = [
    "Salesforce",
    "Slack",
    "Figma",
    "Notion",
    "GitHub",
    "Zoom",
    "Jira",
    "Confluence",
    "Workday",
    "Okta",
    "HubSpot",
    "Zendesk",
    "Asana",
    "Trello",
    "Miro",
    "Canva",
    "Dropbox",
    "Box",
    "DocuSign",
    "Ironclad",
    "Stripe",
    "QuickBooks",
    "NetSuite",
    "Expensify",
    "Brex",
    "Ramp",
    "Gusto",
    "BambooHR",
    "Greenhouse",
    "Lever",
    "Lattice",
    "Culture Amp",
    "Gong",
    "Outreach",
    "Clari",
    "ZoomInfo",
    "Apollo",
    "Marketo",
    "Mailchimp",
    "Intercom",
    "Drift",
    "Front",
    "Freshdesk",
    "Gainsight",
    "Pendo",
    "Amplitude",
    "Mixpanel",
    "Segment",
    "Snowflake",
    "Databricks",
    "Looker",
    "Tableau",
    "Mode",
    "Fivetran",
    "dbt Cloud",
    "Airtable",
    "Monday",
    "ClickUp",
    "Linear",
    "Shortcut",
    "GitLab",
    "Bitbucket",
    "CircleCI",
    "Datadog",
    "New Relic",
    "Sentry",
    "PagerDuty",
    "LaunchDarkly",
    "Postman",
    "Docker Hub",
    "npm",
    "JetBrains",
    "Cloudflare",
    "Fastly",
    "Vercel",
    "Netlify",
    "Heroku",
    "DigitalOcean",
    "1Password",
    "LastPass",
    "Duo",
    "CrowdStrike",
    "KnowBe4",
    "Vanta",
    "Drata",
    "Jamf",
    "Kandji",
    "Loom",
    "Calendly",
    "Grammarly",
    "Evernote",
    "Lucidchart",
    "InVision",
    "Sketch",
    "Abstract",
    "Zeplin",
    "Webflow",
    "Contentful",
    "Hotjar",
    "Optimizely",
    "SurveyMonkey",
    "Typeform",
    "Zapier",
    "Workato",
    "Tray",
    "Coda",
    "Quip",
    "Basecamp",
];
const SENSITIVITY: [&str; 3] = ["low", "medium", "high"];
const UNUSED: usize = 12;
pub(super) const FIRST_APP: u64 = 1001;
const CONTRACTS: usize = 44;
const TRANSACTIONS: usize = 64;

/// Fills a tenant that has its users.
pub(super) fn fill(tenant: &mut Tenant, now: Timestamp) {
    tenant.catalog = NAMES
        .iter()
        .enumerate()
        .map(|(number, name)| {
            (FIRST_APP + number as u64, *name, CATEGORIES[number % CATEGORIES.len()])
        })
        .collect();
    tenant.app_fields = app_fields();
    tenant.contract_fields = contract_fields();
    for number in 0..NAMES.len() - UNUSED {
        let app = app(tenant, number, now);
        tenant.apps.push(app);
    }
    links(tenant, now);
    contracts(tenant, now);
    transactions(tenant, now);
    let first = tenant.apps[0]["id"].as_u64().unwrap_or(FIRST_APP);
    let account = tenant.next_id();
    tenant.accounts.push((account, first));
}

fn options(values: &[(&str, &str)]) -> Value {
    values.iter().map(|(value, label)| json!({ "value": value, "label": label })).collect()
}

fn field(id: u64, name: &str, key: &str, kind: &str, options: Value) -> Value {
    json!({ "id": id, "name": name, "systemKey": key, "type": kind, "options": options })
}

fn app_fields() -> Vec<Value> {
    vec![
        field(4001, "Plan Name", "c_planName", "singleLine", json!([])),
        field(
            4002,
            "Data Sensitivity",
            "c_dataSensitivity",
            "dropdown",
            options(&[("low", "Low"), ("medium", "Medium"), ("high", "High")]),
        ),
        field(4003, "Review Date", "c_reviewDate", "datePicker", json!([])),
        field(4004, "Yearly Budget", "c_yearlyBudget", "currency", json!([])),
        field(4005, "Business Owner", "c_businessOwner", "usersDropdown", json!([])),
    ]
}

fn contract_fields() -> Vec<Value> {
    let statuses = options(&[
        ("pipeline", "Pipeline"),
        ("active", "Active"),
        ("inReview", "In review"),
        ("closed", "Closed"),
    ]);
    vec![
        field(5001, "Name", "name", "singleLine", json!([])),
        field(5002, "Status", "status", "dropdown", statuses),
        field(5003, "Owner", "owner", "usersDropdown", json!([])),
        field(5004, "Contract value", "amount", "currency", json!([])),
        field(5005, "Start date", "startDate", "datePicker", json!([])),
        field(5006, "End date", "endDate", "datePicker", json!([])),
        field(5007, "Renews automatically", "autoRenewal", "bool", json!([])),
        field(5008, "Cancellation deadline", "cancellationDeadline", "datePicker", json!([])),
        field(
            5009,
            "Payment term",
            "paymentTerm",
            "dropdown",
            options(&[("monthly", "Monthly"), ("yearly", "Yearly")]),
        ),
        field(5010, "Notes", "notes", "multiLine", json!([])),
        field(
            5011,
            "Is there an NDA signed",
            "c_isThereAnNdaSigned_1",
            "dropdown",
            options(&[("Yes", "Yes"), ("No", "No")]),
        ),
        field(5012, "Cost center", "ccf_costCenter", "singleLine", json!([])),
    ]
}

/// Every fifth app lacks an owner; some owners have left.
fn app(tenant: &Tenant, number: usize, now: Timestamp) -> Value {
    let owner =
        if number % 5 == 3 { Value::Null } else { tenant.users[(number * 3) % 40]["id"].clone() };
    entry(tenant, number, &owner, STATES[number % STATES.len()], now)
}

/// The app with that place in the catalogue, as the organisation has it.
pub(super) fn entry(
    tenant: &Tenant,
    number: usize,
    owner: &Value,
    state: &str,
    now: Timestamp,
) -> Value {
    let (id, name, category) = tenant.catalog[number];
    let host = name.to_lowercase().replace(' ', "");
    json!({
        "id": id, "name": name, "primaryOwner": owner, "appOwners": if owner.is_null() { json!([]) } else { json!([owner]) },
        "state": state, "category": category, "url": format!("https://{host}.example"),
        "imageUrl": format!("https://media.toriihq.example/{host}.png"), "description": format!("{name} for the whole company"),
        "tags": [CATEGORIES[(number + 3) % CATEGORIES.len()]], "score": number % 100, "isCustom": false,
        "addedBy": tenant.users[0]["id"], "creationTime": iso(days_before(now, 800 - number as u64)), "isHidden": number % 31 == 30,
        "sources": ["sso", "extension"], "vendor": format!("{name} Inc."), "activeUsersCount": 0,
        "lastVisitTime": iso(days_before(now, number as u64 % 40)), "c_planName": if number.is_multiple_of(2) { "Business" } else { "Free" },
        "c_dataSensitivity": SENSITIVITY[number % SENSITIVITY.len()],
    })
}

/// Everybody has the first three apps and some more by number; those who left keep what nobody
/// closed.
fn links(tenant: &mut Tenant, now: Timestamp) {
    let people = tenant.users.len();
    for person in 0..people {
        let gone = cast::LEAVERS.contains(&person) && !cast::FORGOTTEN.contains(&person);
        let mut apps: Vec<usize> = (0..tenant.apps.len())
            .filter(|app| *app < 3 || (app * 7 + person * 13).is_multiple_of(17))
            .collect();
        if tenant.users[person]["isExternal"] == true {
            apps.truncate(2);
        }
        for app in apps {
            tenant.links.push(Link {
                user: tenant.users[person]["id"].as_u64().unwrap_or(0),
                app: FIRST_APP + app as u64,
                status: if (app + person) % 23 == 22 { "deleted" } else { "active" },
                role: if person < 3 { "Administrator" } else { "Member" },
                last_visit: days_before(now, ((app + person) % 120) as u64),
                removed: gone && app != 1,
                annual_cost: if app.is_multiple_of(3) {
                    0
                } else {
                    6_000 + 1_200 * (app as u64 % 9)
                },
            });
        }
    }
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for link in tenant.links.iter().filter(|link| !link.removed && link.status == "active") {
        *counts.entry(link.user).or_default() += 1;
        *counts.entry(link.app).or_default() += 1;
    }
    // Ids of users and of apps never meet.
    let count =
        |row: &Value| row["id"].as_u64().and_then(|id| counts.get(&id)).copied().unwrap_or(0);
    for user in &mut tenant.users {
        user["activeAppsCount"] = count(user).into();
    }
    for app in &mut tenant.apps {
        app["activeUsersCount"] = count(app).into();
    }
}

/// Contracts for every other app; ends lie from half a year ago to two years ahead, the next ones
/// within weeks.
fn contracts(tenant: &mut Tenant, now: Timestamp) {
    for number in 0..CONTRACTS {
        let app = tenant.apps[number * 2].clone();
        let ends = if number < 10 {
            days_before(now, 20 * number as u64 + 5)
        } else {
            days_after(now, 12 * (number as u64 - 9))
        };
        let status = if number < 10 {
            "closed"
        } else if number % 11 == 10 {
            "inReview"
        } else {
            "active"
        };
        let owner = if number % 7 == 5 {
            Value::Null
        } else {
            tenant.users[(number * 5) % 40]["id"].clone()
        };
        contract(tenant, &app, &owner, status, ends);
    }
}

/// Adds a contract for an app; what nobody looks for varies with its place.
pub(super) fn contract(
    tenant: &mut Tenant,
    app: &Value,
    owner: &Value,
    status: &str,
    ends: Timestamp,
) {
    let number = tenant.contracts.len();
    tenant.contracts.push(json!({
        "id": 50_001 + number, "name": format!("{} {}", app["name"].as_str().unwrap_or(""), if number.is_multiple_of(2) { "Enterprise" } else { "Team" }),
        "idApp": app["id"], "owner": owner, "status": status, "createdBy": tenant.users[0]["id"],
        "creationTime": iso(days_before(ends, 365)), "source": if number.is_multiple_of(4) { "api" } else { "ui" }, "currency": CURRENCY,
        "amount": 120_000 + 45_000 * number, "startDate": day(days_before(ends, 365)), "endDate": day(ends),
        "autoRenewal": !number.is_multiple_of(3), "cancellationDeadline": day(days_before(ends, 30)),
        "paymentTerm": if number.is_multiple_of(2) { "yearly" } else { "monthly" }, "notes": "",
        "c_isThereAnNdaSigned_1": if number.is_multiple_of(3) { "Yes" } else { "No" }, "ccf_costCenter": format!("CC-{}", 100 + number % 8),
    }));
}

fn transactions(tenant: &mut Tenant, now: Timestamp) {
    for number in 0..TRANSACTIONS {
        let app = &tenant.apps[number % 30];
        let status = match number % 8 {
            6 => "unknown",
            7 => "recommend_map",
            _ => "mapped",
        };
        let mapped = status == "mapped";
        let reporter = &tenant.users[number % 40];
        let name = app["name"].as_str().unwrap_or("");
        let value = 9_900 + 1_350 * number;
        tenant.transactions.push(json!({
            "id": 88_001 + number, "idApp": if mapped { app["id"].clone() } else { Value::Null },
            "appName": if mapped { app["name"].clone() } else { Value::Null }, "transactionDate": day(days_before(now, 3 * number as u64)),
            "origTransactionDate": day(days_before(now, 3 * number as u64)),
            "amount": { "value": value, "currency": CURRENCY, "convertedValue": value }, "source": "expenseReport",
            "description": format!("{} INC", name.to_uppercase()), "mappingStatus": status, "mappingLogic": "automatic",
            "reportedBy": reporter["id"],
            "reportedByFullName": format!("{} {}", reporter["firstName"].as_str().unwrap_or(""), reporter["lastName"].as_str().unwrap_or("")),
            "idExternalTransaction": format!("tx-{number}"),
        }));
    }
}
