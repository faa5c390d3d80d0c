//! One organisation's data, and what is read of it everywhere.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::Call;
use crate::clock::iso;
use crate::ids::Ids;

/// The organisation's id.
pub(super) const ORG: u64 = 22;
/// The currency in which the organisation reads its costs.
pub(super) const CURRENCY: &str = "USD";

/// Someone's use of an app.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) user: u64,
    pub(super) app: u64,
    pub(super) status: &'static str,
    pub(super) role: &'static str,
    pub(super) last_visit: Timestamp,
    pub(super) removed: bool,
    /// Cents a year.
    pub(super) annual_cost: u64,
}

/// A registered file.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) id: u64,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) at: String,
    pub(super) by: Value,
}

/// A parse job.
#[derive(Debug, Clone)]
pub(super) struct Parsing {
    pub(super) id: u64,
    pub(super) polls_left: u32,
    pub(super) rows: usize,
}

/// An installed plugin.
#[derive(Debug, Clone)]
pub(super) struct Plugin {
    pub(super) id: u64,
    pub(super) uuid: String,
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) fields: Vec<(u64, &'static str)>,
}

/// One organisation's data.
pub(crate) struct Tenant {
    pub(crate) token: String,
    pub(crate) scim_token: String,
    pub(super) ids: Ids,
    pub(super) created: Timestamp,
    pub(super) users: Vec<Value>,
    pub(super) roles: Vec<Value>,
    /// Users who may sign in to Torii itself, by id.
    pub(super) members: Vec<u64>,
    pub(super) apps: Vec<Value>,
    /// Apps that Torii knows: id, name, category.
    pub(super) catalog: Vec<(u64, &'static str, &'static str)>,
    pub(super) links: Vec<Link>,
    pub(super) contracts: Vec<Value>,
    pub(super) app_fields: Vec<Value>,
    pub(super) user_fields: Vec<Value>,
    pub(super) contract_fields: Vec<Value>,
    /// Audit entries with their category, oldest first.
    pub(super) audit: Vec<(&'static str, Value)>,
    pub(super) workflow_edits: Vec<Value>,
    pub(super) workflows: Vec<Value>,
    pub(super) executions: Vec<Value>,
    pub(super) transactions: Vec<Value>,
    pub(super) files: Vec<File>,
    pub(super) stored: BTreeMap<String, Bytes>,
    pub(super) parsings: Vec<Parsing>,
    pub(super) plugins: Vec<Plugin>,
    pub(super) accounts: Vec<(u64, u64)>,
    pub(super) policies: Vec<Value>,
    pub(super) extension: Value,
    pub(super) polls_until_done: u32,
    pub(super) last_id: u64,
}

impl Tenant {
    /// Adds a field to those of contracts.
    pub(crate) fn add_contract_field(&mut self, definition: Value) {
        self.contract_fields.push(definition);
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn user(&self, id: u64) -> Option<&Value> {
        self.users.iter().find(|user| user["id"] == id)
    }

    pub(super) fn app(&self, id: u64) -> Option<&Value> {
        self.apps.iter().find(|app| app["id"] == id)
    }

    /// A user as the owner of something.
    pub(super) fn owner(&self, id: &Value) -> Value {
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
    pub(super) fn note(
        &mut self,
        call: &Call,
        entity: &'static str,
        kind: &str,
        properties: Value,
    ) {
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
