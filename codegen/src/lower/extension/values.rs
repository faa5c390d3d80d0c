//! What overlays say of a tenant's own fields: where they are listed, and what their types mean.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ir;

/// Of the document: what the types of a vendor's fields mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ValueKinds {
    kinds: BTreeMap<String, Kind>,
    #[serde(default)]
    money: Money,
    people: Option<People>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Email,
    Number,
    Boolean,
    Date,
    DateTime,
    Duration,
    Money,
    Option,
    Options,
    Person,
    People,
    Texts,
    Ids,
    Object,
    Address,
    Any,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Money {
    amount: String,
    currency: String,
    unit: String,
    whole: bool,
    bare: bool,
}

impl Default for Money {
    fn default() -> Self {
        let [amount, currency] = ["amount", "currency"].map(str::to_owned);
        Self { amount, currency, unit: String::new(), whole: false, bare: false }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    tool: String,
    argument: String,
    #[serde(default = "whole")]
    given: String,
    items: String,
    #[serde(default = "id")]
    id: String,
    #[serde(default)]
    whole: bool,
    mail: String,
}

fn whole() -> String {
    "{}".to_owned()
}

fn id() -> String {
    "id".to_owned()
}

fn kind() -> String {
    "type".to_owned()
}

impl ValueKinds {
    pub(in super::super) fn lower(self) -> ir::ValueKinds {
        let Self { kinds, money, people } = self;
        let Money { amount, currency, unit, whole, bare } = money;
        ir::ValueKinds {
            kinds: kinds.into_iter().map(|(name, kind)| (name, kind.ident())).collect(),
            money: ir::Money { amount, currency, unit, whole, bare },
            people: people.map(|People { tool, argument, given, items, id, whole, mail }| {
                ir::People { tool: tool.into(), argument, given, items, id, whole, mail }
            }),
        }
    }
}

impl Kind {
    /// The variant of `support::tool::ValueKind`.
    fn ident(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Email => "Email",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::Date => "Date",
            Self::DateTime => "DateTime",
            Self::Duration => "Duration",
            Self::Money => "Money",
            Self::Option => "Option",
            Self::Options => "Options",
            Self::Person => "Person",
            Self::People => "People",
            Self::Texts => "Texts",
            Self::Ids => "Ids",
            Self::Object => "Object",
            Self::Address => "Address",
            Self::Any => "Any",
        }
    }
}

/// Of an operation: what the tenant says of the values that it takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct TenantValues {
    tool: String,
    #[serde(default)]
    fields: String,
    #[serde(default)]
    key: String,
    #[serde(default = "kind", rename = "type")]
    kind: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    options: String,
    #[serde(default)]
    option: String,
    #[serde(default)]
    option_label: String,
    #[serde(default)]
    within: Vec<String>,
    #[serde(default)]
    wrapped: bool,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    further: BTreeMap<String, String>,
    #[serde(default)]
    arguments: BTreeMap<String, String>,
    #[serde(default)]
    instead: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    argument: String,
    #[serde(default)]
    items: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    also: Vec<String>,
}

impl TenantValues {
    pub(in super::super) fn lower(self) -> ir::TenantValues {
        let Self {
            tool,
            fields,
            key,
            kind,
            label,
            options,
            option,
            option_label,
            within,
            wrapped,
            names,
            choices,
            further,
            arguments,
            instead,
        } = self;
        let choices = choices.into_iter().map(|Choice { argument, items, key, also }| ir::Choice {
            argument,
            items,
            key,
            also,
        });
        ir::TenantValues {
            tool: tool.into(),
            fields,
            key,
            kind,
            label,
            options,
            option,
            option_label,
            within,
            wrapped,
            names,
            choices: choices.collect(),
            further,
            arguments,
            instead,
        }
    }
}
