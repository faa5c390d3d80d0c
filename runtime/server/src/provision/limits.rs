//! How much may be provided: generous, and there so that a loop gone wild is stopped and told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::{AccountId, Provision, ProvisionError};

/// The most there may be of each kind. Soft: several nodes that create at once may go a little
/// over.
#[derive(Debug, Clone, Copy)]
pub struct ObjectLimits {
    /// Accounts in all.
    pub accounts: i64,
    /// MCP servers of one account.
    pub servers_of_account: i64,
    /// API tokens in all.
    pub api_tokens: i64,
}

impl Default for ObjectLimits {
    fn default() -> Self {
        Self { accounts: 100_000, servers_of_account: 1_000_000, api_tokens: 100_000 }
    }
}

/// How long a count is trusted, creations of this node added.
const COUNTED: Duration = Duration::from_secs(60);

/// The limits, and counts that are not older than [`COUNTED`].
#[derive(Debug, Clone)]
pub(super) struct Room {
    limits: ObjectLimits,
    counts: moka::sync::Cache<Counted, Arc<AtomicI64>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted {
    Accounts,
    ServersOf(AccountId),
    ApiTokens,
}

impl Room {
    pub(super) fn new(limits: ObjectLimits) -> Self {
        Self {
            limits,
            counts: moka::sync::Cache::builder().max_capacity(1_024).time_to_live(COUNTED).build(),
        }
    }
}

impl Provision {
    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: ObjectLimits) -> Self {
        self.room = Room::new(limits);
        self
    }

    pub(super) async fn room_for_account(&self) -> Result<(), ProvisionError> {
        self.room_for(Counted::Accounts).await
    }

    pub(super) async fn room_for_server(&self, account: &AccountId) -> Result<(), ProvisionError> {
        self.room_for(Counted::ServersOf(account.clone())).await
    }

    pub(super) async fn room_for_api_token(&self) -> Result<(), ProvisionError> {
        self.room_for(Counted::ApiTokens).await
    }

    async fn room_for(&self, counted: Counted) -> Result<(), ProvisionError> {
        let ObjectLimits { accounts, servers_of_account, api_tokens } = self.room.limits;
        let (limit, what) = match &counted {
            Counted::Accounts => (accounts, "accounts; disconnect some first"),
            Counted::ServersOf(_) => (
                servers_of_account,
                "MCP servers of this account; delete some first, or let them expire",
            ),
            Counted::ApiTokens => (api_tokens, "API tokens; delete some first"),
        };
        if let Some(known) = self.room.counts.get(&counted)
            && known.fetch_add(1, Ordering::Relaxed) < limit
        {
            return Ok(());
        }
        // A full count is taken anew: something may have been deleted since.
        let present = match &counted {
            Counted::Accounts => self.store.number_of_accounts().await?,
            Counted::ServersOf(account) => self.store.number_of_servers(account.as_str()).await?,
            Counted::ApiTokens => self.store.number_of_api_tokens().await?,
        };
        self.room.counts.insert(counted, Arc::new(AtomicI64::new(present + 1)));
        if present < limit { Ok(()) } else { Err(ProvisionError::Full { limit, what }) }
    }
}
