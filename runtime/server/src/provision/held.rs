//! MCP servers across accounts, and accounts with what they hold: what pages list and look up.

use std::collections::HashSet;

use super::servers::{is_good, server_of};
use super::{Account, Page, Provision, ProvisionError, Server, ServerId, Status, one_more, page};
use crate::store::{HeldAccountRow, HeldServerRow, PageKey, ServerFilter};

/// A server with what is told of its account.
#[derive(Debug, Clone)]
pub struct HeldServer {
    /// The server.
    pub server: Server,
    /// What people call the account.
    pub account_name: String,
    /// The account's API.
    pub integration: String,
    /// How the account stands.
    pub account_status: Status,
}

/// An account with the number of its servers.
#[derive(Debug, Clone)]
pub struct HeldAccount {
    /// The account.
    pub account: Account,
    /// How many servers reach it.
    pub servers: u64,
}

impl Provision {
    /// Accounts whose name, owner or integration holds `words`, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_accounts(
        &self,
        words: Option<&str>,
        before: Option<&PageKey>,
        limit: usize,
    ) -> Result<Page<HeldAccount>, ProvisionError> {
        let now = self.now().as_microsecond();
        let rows = self.store.held_accounts(words, before, now, one_more(limit)).await?;
        let place = |row: &HeldAccountRow| PageKey {
            at: row.account.created_at,
            id: row.account.id.clone(),
        };
        let rows = page(rows, limit, place);
        let held = |row: HeldAccountRow| {
            let servers = u64::try_from(row.servers).unwrap_or_default();
            Ok(HeldAccount { account: self.account_of(row.account)?, servers })
        };
        let items: Result<Vec<HeldAccount>, ProvisionError> =
            rows.items.into_iter().map(held).collect();
        Ok(Page { items: items?, next: rows.next })
    }

    /// Servers of all accounts that fit, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_servers(
        &self,
        filter: &ServerFilter,
        limit: usize,
    ) -> Result<Page<HeldServer>, ProvisionError> {
        let now = self.now().as_microsecond();
        let rows = self.store.held_servers(filter, now, one_more(limit)).await?;
        let rows = page(rows, limit, |row| PageKey {
            at: row.server.created_at,
            id: row.server.id.clone(),
        });
        let items: Result<Vec<HeldServer>, _> = rows.items.into_iter().map(held).collect();
        Ok(Page { items: items?, next: rows.next })
    }

    /// How many servers of all accounts fit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_held_servers(&self, filter: &ServerFilter) -> Result<u64, ProvisionError> {
        let now = self.now().as_microsecond();
        let count = self.store.count_held_servers(filter, now).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The server of this id, whatever its account.
    ///
    /// # Errors
    /// [`ProvisionError::NotFound`] when there is none or it has expired.
    pub async fn held_server(&self, id: &ServerId) -> Result<HeldServer, ProvisionError> {
        let row = self.store.held_server(id.as_str()).await?.ok_or(ProvisionError::NotFound)?;
        if !is_good(row.server.expires_at, self.now().as_microsecond()) {
            return Err(ProvisionError::NotFound);
        }
        held(row)
    }

    /// Those of these accounts that have a call with this status, as far as the counts go back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn called(
        &self,
        accounts: &[String],
        status: &str,
    ) -> Result<HashSet<String>, ProvisionError> {
        Ok(self.store.called(accounts, status).await?.into_iter().collect())
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_accounts(&self) -> Result<u64, ProvisionError> {
        Ok(u64::try_from(self.store.number_of_accounts().await?).unwrap_or_default())
    }
}

fn held(row: HeldServerRow) -> Result<HeldServer, ProvisionError> {
    let account_status = Status::parse(&row.account_status)
        .ok_or_else(|| ProvisionError::Damaged(row.server.account_id.clone()))?;
    let (account_name, integration) = (row.account_name, row.integration);
    Ok(HeldServer { server: server_of(row.server)?, account_name, integration, account_status })
}
