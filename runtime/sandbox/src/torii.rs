//! The Torii tenant: REST below `/v1.0` and SCIM below `/v1.0/scim/v2`.

mod aggregate;
mod apps;
mod audit;
mod contracts;
mod fields;
mod files;
mod filters;
mod integrations;
mod links;
mod plugins;
mod policies;
mod query;
mod scim;
mod seed;
mod seed_apps;
mod table;
mod transactions;
mod users;
mod workflows;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Options;
use crate::answer::{self, Incoming};
use crate::call::{Answer, Call, Reply};
use crate::clock::iso;
use crate::dialect::Dialect;
use crate::ids::Ids;
use crate::limits::{Limits, Standing};
use crate::routes::{Found, find};

const PREFIX: &str = "/v1.0";
/// Where uploaded files can be put and fetched with a signed address, as the vendor does through
/// its object store.
const STORAGE: &str = "/_storage/";
/// The organisation's id.
const ORG: u64 = 22;
/// The currency in which the organisation reads its costs.
const CURRENCY: &str = "USD";

/// Someone's use of an app.
#[derive(Debug, Clone)]
struct Link {
    user: u64,
    app: u64,
    status: &'static str,
    role: &'static str,
    last_visit: Timestamp,
    removed: bool,
    /// Cents a year.
    annual_cost: u64,
}

/// One organisation's data.
pub(crate) struct Tenant {
    pub(crate) token: String,
    pub(crate) scim_token: String,
    ids: Ids,
    created: Timestamp,
    users: Vec<Value>,
    roles: Vec<Value>,
    /// Users who may sign in to Torii itself, by id.
    members: Vec<u64>,
    apps: Vec<Value>,
    /// Apps that Torii knows: id, name, category.
    catalog: Vec<(u64, &'static str, &'static str)>,
    links: Vec<Link>,
    contracts: Vec<Value>,
    app_fields: Vec<Value>,
    user_fields: Vec<Value>,
    contract_fields: Vec<Value>,
    /// Audit entries with their category, oldest first.
    audit: Vec<(&'static str, Value)>,
    workflow_edits: Vec<Value>,
    workflows: Vec<Value>,
    executions: Vec<Value>,
    transactions: Vec<Value>,
    files: Vec<files::File>,
    stored: BTreeMap<String, Bytes>,
    parsings: Vec<files::Parsing>,
    plugins: Vec<plugins::Plugin>,
    accounts: Vec<(u64, u64)>,
    policies: Vec<Value>,
    extension: Value,
    polls_until_done: u32,
    last_id: u64,
}

impl Tenant {
    /// A tenant with its starting data.
    pub(crate) fn seeded(options: &Options, now: Timestamp) -> Self {
        seed::tenant(options, now)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn user(&self, id: u64) -> Option<&Value> {
        self.users.iter().find(|user| user["id"] == id)
    }

    fn app(&self, id: u64) -> Option<&Value> {
        self.apps.iter().find(|app| app["id"] == id)
    }

    /// A user as the owner of something.
    fn owner(&self, id: &Value) -> Value {
        let Some(user) = id.as_u64().and_then(|id| self.user(id)) else { return Value::Null };
        let full = format!(
            "{} {}",
            user["firstName"].as_str().unwrap_or(""),
            user["lastName"].as_str().unwrap_or("")
        );
        json!({
            "id": user["id"], "firstName": user["firstName"], "lastName": user["lastName"], "fullName": full, "email": user["email"],
            "photoUrl": null, "lifecycleStatus": user["lifecycleStatus"],
            "isDeletedInIdentitySources": user["isDeletedInIdentitySources"], "status": "active",
        })
    }

    /// Writes into the audit log.
    fn note(&mut self, call: &Call, entity: &'static str, kind: &str, properties: Value) {
        let Some(admin) = self.users.first() else { return };
        let entry = json!({
            "performedBy": admin["id"], "performedByFirstName": admin["firstName"], "performedByLastName": admin["lastName"],
            "performedByEmail": admin["email"], "idTargetOrg": ORG, "creationTime": iso(call.now), "type": kind,
            "requestDetails": { "path": call.path, "method": call.method.as_str().to_lowercase(), "remoteAddress": "10.10.10.10" },
            "properties": properties,
        });
        self.audit.push((entity, entry));
    }
}

/// Whether a path belongs to this vendor.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/')) || path.starts_with(STORAGE)
}

/// Whether a path leads to the object store, which no API document describes.
pub(crate) fn is_storage(path: &str) -> bool {
    path.starts_with(STORAGE)
}

/// Every operation as method and whole path template.
pub(crate) fn operations() -> Vec<(String, String)> {
    table::ROUTES
        .iter()
        .map(|route| (route.method.to_string(), format!("{PREFIX}{}", route.path)))
        .collect()
}

/// Answers a request whose path this vendor owns.
pub(crate) fn answer(
    tenant: &mut Tenant,
    limits: &mut Limits,
    now: Timestamp,
    incoming: &Incoming<'_>,
) -> Reply {
    dispatch(tenant, limits, now, incoming).unwrap_or_else(|refusal| refusal)
}

fn dispatch(
    tenant: &mut Tenant,
    limits: &mut Limits,
    now: Timestamp,
    incoming: &Incoming<'_>,
) -> Answer {
    if let Some(key) = incoming.path.strip_prefix(STORAGE) {
        return files::storage(tenant, key, incoming);
    }
    let rest = incoming.path.strip_prefix(PREFIX).unwrap_or("");
    let is_scim = rest.starts_with("/scim/");
    authenticate(tenant, incoming, is_scim)?;
    let (route, params) = match find(table::ROUTES, incoming.method, rest) {
        Found::Route(route, params) => (route, params),
        Found::OtherMethod => return Err(Dialect::Torii.error(405, "", "Method not allowed", "")),
        Found::Nothing => return Err(Dialect::Torii.error(404, "", "no such route", "")),
    };
    let call = Call {
        dialect: if is_scim { Dialect::ToriiScim } else { Dialect::Torii },
        method: incoming.method.clone(),
        path: incoming.path.to_owned(),
        params,
        query: answer::query(incoming.parts),
        headers: incoming.parts.headers.clone(),
        body: incoming.body.clone(),
        now,
        actor: String::new(),
        scopes: None,
    };
    let bucket = format!("{} {}", route.method, route.path);
    let documented = incoming.rate_limits.then_some(route.limit.per_minute);
    let Some(standing) = limits.take(&bucket, &[incoming.path], documented, now) else {
        return (route.run)(tenant, &call);
    };
    if !standing.allowed {
        let refusal = Dialect::Torii.error(429, "", "You have exceeded the request limit", "");
        return Err(rate_headers(refusal, standing));
    }
    match (route.run)(tenant, &call) {
        Ok(reply) => Ok(rate_headers(reply, standing)),
        Err(reply) => Err(rate_headers(reply, standing)),
    }
}

/// The reset is a moment, in seconds since the epoch.
fn rate_headers(reply: Reply, standing: Standing) -> Reply {
    reply
        .with("x-rate-limit-limit", standing.limit.to_string())
        .with("x-rate-limit-remaining", standing.remaining.to_string())
        .with("x-rate-limit-reset", standing.ends.as_second().to_string())
}

/// REST wants the API key, SCIM its own key; the other one of the two is known but not allowed.
fn authenticate(tenant: &Tenant, incoming: &Incoming<'_>, is_scim: bool) -> Result<(), Reply> {
    let text = incoming
        .parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, token)| token.trim());
    let (right, other) = if is_scim {
        (&tenant.scim_token, &tenant.token)
    } else {
        (&tenant.token, &tenant.scim_token)
    };
    if token == right {
        Ok(())
    } else if token == other {
        Err(Dialect::Torii.error(
            403,
            "",
            "This API key does not have permission for this endpoint",
            "",
        ))
    } else {
        Err(Dialect::Torii.error(401, "", "Invalid or expired API key", ""))
    }
}
