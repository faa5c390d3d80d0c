//! Values of a tenant's own fields; mirrors `support::tool` with owned names.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ToolName;

/// What the types of a vendor's fields mean.
#[derive(Debug, Clone, Serialize)]
pub struct ValueKinds {
    /// Types, each with the variant of `ValueKind` that it means.
    pub kinds: BTreeMap<String, &'static str>,
    pub money: Money,
    pub people: Option<People>,
}

/// How money is written.
#[derive(Debug, Clone, Serialize)]
pub struct Money {
    pub amount: String,
    pub currency: String,
    pub unit: String,
    pub whole: bool,
    pub bare: bool,
}

/// Where people are found by their mail address.
#[derive(Debug, Clone, Serialize)]
pub struct People {
    pub tool: ToolName,
    pub argument: String,
    pub given: String,
    pub items: String,
    pub id: String,
    pub whole: bool,
    pub mail: String,
}

/// Where values of a tenant's fields stand, and where the tenant says what they may be.
#[derive(Debug, Clone, Serialize)]
pub struct TenantValues {
    pub tool: ToolName,
    pub fields: String,
    pub key: String,
    pub kind: String,
    pub label: String,
    pub options: String,
    pub option: String,
    pub option_label: String,
    pub within: Vec<String>,
    pub wrapped: bool,
    pub names: Vec<String>,
    pub choices: Vec<Choice>,
    pub further: BTreeMap<String, String>,
    pub arguments: BTreeMap<String, String>,
    pub instead: BTreeMap<String, String>,
}

/// An argument that names something that the metadata lists.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    pub argument: String,
    pub items: String,
    pub key: String,
    pub also: Vec<String>,
}
