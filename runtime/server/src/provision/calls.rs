//! The call log, to be read.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{AccountId, Page, Provision, ProvisionError, ServerId, one_more, page};
use crate::store::{CallColumn, CallFilter, CallRow, HourRow, PageKey, RollupFilter, ToolRow};

/// What a text names that is an id or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The thing of this id.
    One(String),
    /// Several things of this name: the first of their ids.
    Several(Vec<String>),
    /// Nothing; these are some names that there are.
    Nothing(Vec<String>),
}

impl Provision {
    /// Calls that fit, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls(
        &self,
        filter: &CallFilter,
        limit: usize,
    ) -> Result<Page<CallRow>, ProvisionError> {
        let rows = self.store.calls(filter, one_more(limit)).await?;
        Ok(page(rows, limit, |row| PageKey { at: row.at, id: row.id.clone() }))
    }

    /// How many calls there were by hour, how many of them failed and how long they took, oldest
    /// hour first; at most `limit` hours, the newest.
    ///
    /// # Errors
    /// When the database fails; so below.
    pub async fn calls_by_hour(
        &self,
        filter: &RollupFilter,
        limit: usize,
    ) -> Result<Vec<HourRow>, ProvisionError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(self.store.calls_by_hour(filter, limit).await?)
    }

    /// How many calls there were by tool and status.
    pub async fn calls_by_tool(
        &self,
        filter: &RollupFilter,
    ) -> Result<Vec<ToolRow>, ProvisionError> {
        Ok(self.store.calls_by_tool(filter).await?)
    }

    /// How many calls of each tool there were in each account since the hour of `at`, at most
    /// `limit` of these counts, the largest first.
    pub async fn busiest_tools(
        &self,
        at: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String, i64)>, ProvisionError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(self.store.busiest_tools(at.as_microsecond(), limit).await?)
    }

    /// What these accounts and servers are called, by their ids; those that are gone have no name.
    pub async fn names_of(
        &self,
        accounts: BTreeSet<&str>,
        servers: BTreeSet<&str>,
    ) -> Result<HashMap<String, String>, ProvisionError> {
        let list = |ids: BTreeSet<_>| ids.into_iter().collect::<Vec<&str>>();
        let names = self.store.names_of(&list(accounts), &list(servers)).await?;
        Ok(names.into_iter().collect())
    }

    /// How many calls there were with each status since the hour of `at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls_by_status(
        &self,
        at: Timestamp,
    ) -> Result<Vec<(String, u64)>, ProvisionError> {
        let counts = self.store.calls_by_status(at.as_microsecond()).await?;
        let count = |count| u64::try_from(count).unwrap_or_default();
        Ok(counts.into_iter().map(|(status, calls)| (status, count(calls))).collect())
    }

    /// The account that a filter names by its id, also when only the log still knows it, or by its
    /// exact name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_named(&self, text: &str) -> Result<Named, ProvisionError> {
        if AccountId::parse(text).is_some()
            && (self.store.account(text).await?.is_some()
                || self.store.has_call(CallColumn::Account, text).await?)
        {
            return Ok(Named::One(text.to_owned()));
        }
        let ids = self.store.accounts_named(text).await?;
        if ids.is_empty() {
            return Ok(Named::Nothing(self.store.account_names().await?));
        }
        Ok(Named::of(ids))
    }

    /// As [`account_named`](Self::account_named), of MCP servers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn server_named(&self, text: &str) -> Result<Named, ProvisionError> {
        if ServerId::parse(text).is_some()
            && (self.store.has_server(text).await?
                || self.store.has_call(CallColumn::Server, text).await?)
        {
            return Ok(Named::One(text.to_owned()));
        }
        let ids = self.store.servers_named(text).await?;
        if ids.is_empty() {
            return Ok(Named::Nothing(self.store.server_names().await?));
        }
        Ok(Named::of(ids))
    }
}

impl Named {
    fn of(mut ids: Vec<String>) -> Self {
        if ids.len() == 1 { Self::One(ids.remove(0)) } else { Self::Several(ids) }
    }
}
