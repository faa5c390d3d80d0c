//! The log of administrative acts: who did what to what, and what changed by it.

use serde_json::{Map, Value, json};

use super::{Account, Actor, Page, Provision, ProvisionError, one_more, page, random_id};
use crate::store::{AccountRow, ApiTokenRow, AuditFilter, AuditRow, PageKey, ServerRow};

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their words say it")]
pub enum Action {
    AccountCreate,
    AccountUpdate,
    AccountConnect,
    AccountDelete,
    ServerCreate,
    ServerUpdate,
    ServerRotate,
    ServerDelete,
    TokenCreate,
    TokenDelete,
    SessionCreate,
    SessionDelete,
    SessionRefuse,
    AdmissionCreate,
    AdmissionEnd,
    AdmissionRefuse,
    ToolCall,
    MasterKeyRotate,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::AccountCreate,
        Self::AccountUpdate,
        Self::AccountConnect,
        Self::AccountDelete,
        Self::ServerCreate,
        Self::ServerUpdate,
        Self::ServerRotate,
        Self::ServerDelete,
        Self::TokenCreate,
        Self::TokenDelete,
        Self::SessionCreate,
        Self::SessionDelete,
        Self::SessionRefuse,
        Self::AdmissionCreate,
        Self::AdmissionEnd,
        Self::AdmissionRefuse,
        Self::ToolCall,
        Self::MasterKeyRotate,
    ];

    /// The word on the wire and in rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountCreate => "account.create",
            Self::AccountUpdate => "account.update",
            Self::AccountConnect => "account.connect",
            Self::AccountDelete => "account.delete",
            Self::ServerCreate => "server.create",
            Self::ServerUpdate => "server.update",
            Self::ServerRotate => "server.rotate",
            Self::ServerDelete => "server.delete",
            Self::TokenCreate => "token.create",
            Self::TokenDelete => "token.delete",
            Self::SessionCreate => "session.create",
            Self::SessionDelete => "session.delete",
            Self::SessionRefuse => "session.refuse",
            Self::AdmissionCreate => "admission.create",
            Self::AdmissionEnd => "admission.end",
            Self::AdmissionRefuse => "admission.refuse",
            Self::ToolCall => "tool.call",
            Self::MasterKeyRotate => "master_key.rotate",
        }
    }
}

/// What is told of something: its members by name, none of them a secret.
pub(super) type Facts = Map<String, Value>;

/// The largest value that an act keeps, in bytes of JSON: a config may be far larger.
const LARGEST: usize = 16 << 10;

/// What an act is about: something that has an id and a name.
pub(super) struct Object<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Object<'a> {
    /// The way in to the pages.
    pub(super) const SIGN_IN: Self = Self { id: "sign-in", name: "sign-in" };

    /// The API token that somebody acts with; the token of the settings has no id but its name.
    pub(super) fn of(by: &'a Actor) -> Self {
        let name = by.who.name.as_str();
        Self { id: by.who.id.as_deref().unwrap_or(name), name }
    }
}

impl Provision {
    /// An act, to be written in the transaction of what it does.
    pub(super) fn act(
        &self,
        by: &Actor,
        action: Action,
        object: &Object<'_>,
        changes: Facts,
    ) -> AuditRow {
        AuditRow {
            id: random_id("act_"),
            at: self.now().as_microsecond(),
            actor_id: by.who.id.clone(),
            actor_name: by.who.name.clone(),
            action: action.as_str().to_owned(),
            object_id: object.id.to_owned(),
            object_name: object.name.to_owned(),
            changes: Value::Object(changes).to_string(),
            address: by.address.map(|address| address.to_string()),
            node: self.node.to_string(),
            nonce: by.nonce.clone(),
        }
    }

    /// Acts that fit, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acts(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Page<AuditRow>, ProvisionError> {
        let rows = self.store.acts(filter, one_more(limit)).await?;
        Ok(page(rows, limit, |row| PageKey { at: row.at, id: row.id.clone() }))
    }

    /// Those of these ids that something has which is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn existing(&self, ids: &[String]) -> Result<Vec<String>, ProvisionError> {
        Ok(self.store.existing(ids, self.now().as_microsecond()).await?)
    }

    /// The first names of actors and of objects in the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn names_in_acts(&self) -> Result<[Vec<String>; 2], ProvisionError> {
        Ok([self.store.actor_names().await?, self.store.object_names().await?])
    }

    /// Id and name of what a form with this nonce made or changed; `None` when none was sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn done_once(&self, nonce: &str) -> Result<Option<(String, String)>, ProvisionError> {
        Ok(self.store.act_of_nonce(nonce).await?)
    }

    /// Notes that a person lets a tool change something at a vendor's; nothing is told of the
    /// arguments.
    ///
    /// # Errors
    /// [`ProvisionError::Repeated`] when the same form was sent before; when the database fails.
    pub async fn tool_called(
        &self,
        by: &Actor,
        account: &Account,
        tool: &str,
    ) -> Result<(), ProvisionError> {
        let object = Object { id: account.id.as_str(), name: &account.name };
        let act = self.act(by, Action::ToolCall, &object, facts([("tool", json!({"to": tool}))]));
        Ok(self.store.insert_act(&act).await?)
    }

    /// Notes that what is stored was sealed under another master key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn master_key_rotated(
        &self,
        by: &Actor,
        changed: u64,
        left: u64,
    ) -> Result<(), ProvisionError> {
        let facts = json!({"sealed_anew": changed, "left": left});
        let facts = facts.as_object().cloned().unwrap_or_default();
        let object = Object { id: "installation", name: "installation" };
        let act = self.act(by, Action::MasterKeyRotate, &object, facts);
        Ok(self.store.insert_act(&act).await?)
    }
}

/// The members that differ, each with what it was and what it is: `{"name":{"from":"a","to":"b"}}`.
/// What was not, or is not any more, is left out.
pub(super) fn changes(before: &Facts, after: &Facts) -> Facts {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let mut changes = Facts::new();
    for name in names {
        let of = |facts: &Facts| facts.get(name).filter(|value| !value.is_null()).cloned();
        let (from, to) = (of(before), of(after));
        if from != to {
            let sides = [("from", from), ("to", to)];
            let kept = sides
                .into_iter()
                .filter_map(|(side, value)| Some((side.to_owned(), bounded(value?))));
            changes.insert(name.clone(), Value::Object(kept.collect()));
        }
    }
    changes
}

/// Adds that a secret was replaced, of which nothing else is told.
pub(super) fn replaced(changes: &mut Facts, secret: &str) {
    changes.insert(secret.to_owned(), json!({"replaced": true}));
}

fn bounded(value: Value) -> Value {
    let size = value.to_string().len();
    if size <= LARGEST { value } else { json!({"bytes": size}) }
}

fn facts<const N: usize>(members: [(&str, Value); N]) -> Facts {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn of_account(row: &AccountRow) -> Facts {
    facts([
        ("integration", json!(row.integration)),
        ("name", json!(row.name)),
        ("region", json!(row.region)),
        ("base_url", json!(row.base_url)),
        ("credentials_type", json!(row.kind)),
        ("status", json!(row.status)),
        ("owner", json!(row.owner)),
        ("purpose", json!(row.purpose)),
    ])
}

pub(super) fn of_server(row: &ServerRow) -> Facts {
    facts([
        ("integrated_account_id", json!(row.account_id)),
        ("name", json!(row.name)),
        ("config", serde_json::from_str(&row.config).unwrap_or_default()),
        ("expires_at", moment(row.expires_at)),
        ("paused", json!(row.paused)),
        ("owner", json!(row.owner)),
        ("purpose", json!(row.purpose)),
    ])
}

pub(super) fn of_api_token(row: &ApiTokenRow) -> Facts {
    facts([
        ("name", json!(row.name)),
        ("scope", json!(row.scope)),
        ("expires_at", moment(row.expires_at)),
        ("owner", json!(row.owner)),
        ("purpose", json!(row.purpose)),
    ])
}

fn moment(micros: Option<i64>) -> Value {
    json!(micros.map(|micros| crate::clock::from_micros(micros).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_hold_what_differs_within_bounds() {
        let of = |value: Value| value.as_object().unwrap().clone();
        let before = of(json!({"name": "a", "owner": null, "gone": 1, "same": [1]}));
        let after = of(
            json!({"name": "b", "owner": "x", "gone": null, "same": [1], "big": "x".repeat(LARGEST)}),
        );
        assert_eq!(
            Value::Object(changes(&before, &after)),
            json!({
                "name": {"from": "a", "to": "b"}, "owner": {"to": "x"}, "gone": {"from": 1},
                "big": {"to": {"bytes": LARGEST + 2}}
            })
        );
    }
}
