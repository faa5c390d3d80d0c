//! OAuth grants in the database: sealed, renewed by one node at a time, stored before they are used.

use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use upstream::oauth::{Grant, GrantError, GrantStore, Renewal, Renewed};

use super::accounts::grant_row;
use super::{AccountId, Provision, ProvisionError, SealError, Status};

/// How long one node may take to renew before another may try.
const LEASE_MICROS: i64 = 60_000_000;
/// How long to wait for another node's renewal.
const WAIT: Duration = Duration::from_secs(45);
/// How often to look whether it is done.
const LOOK: Duration = Duration::from_millis(40);
/// How often storing a new grant is tried: a rotated refresh token exists nowhere else.
const STORE_TRIES: u32 = 60;

/// One account's grant.
#[derive(Debug, Clone)]
pub struct AccountGrants {
    provision: Provision,
    account: AccountId,
}

impl Provision {
    /// Where the grant of an account is kept.
    #[must_use]
    pub fn grants_of(&self, account: AccountId) -> AccountGrants {
        AccountGrants { provision: self.clone(), account }
    }
}

impl AccountGrants {
    /// The stored grant.
    ///
    /// # Errors
    /// When the database fails, or the seal does not open.
    pub async fn read(&self) -> Result<Option<Grant>, ProvisionError> {
        let Some(row) = self.provision.store.grant(self.account.as_str()).await? else { return Ok(None) };
        if row.sealed.is_empty() {
            return Ok(None);
        }
        let plain = self.provision.keys.open(&grant_row(self.account.as_str()), &row.sealed)?;
        let value = serde_json::from_slice(plain.expose_secret()).map_err(|_| SealError::Broken)?;
        Ok(Grant::from_json(&value))
    }

    /// Stores a grant and marks the account as good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self, grant: &Grant) -> Result<(), ProvisionError> {
        let id = self.account.as_str();
        let sealed = self.provision.keys.seal(&grant_row(id), grant.to_json().to_string().as_bytes());
        self.provision.store.put_grant(id, &sealed, Some(grant.expires_at.as_microsecond())).await?;
        self.set_status(Status::NeedsReauth, Status::Active).await
    }

    /// Stores the grant that a person has just given. What was granted before, perhaps by another person, is used no more,
    /// on any node.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connect(&self, grant: &Grant) -> Result<(), ProvisionError> {
        // A renewal of the old grant that is under way must not end after this.
        if let Err(error) = self.lease().await {
            tracing::warn!(account = %self.account, %error, "an account is connected while its old grant is being renewed");
        }
        self.write(grant).await?;
        let now = self.provision.clock.now().as_microsecond();
        Ok(self.provision.store.touch_account(self.account.as_str(), now).await?)
    }

    async fn set_status(&self, from: Status, to: Status) -> Result<(), ProvisionError> {
        self.provision.store.move_account_status(self.account.as_str(), from.as_str(), to.as_str()).await?;
        Ok(())
    }

    /// Waits for the right to renew; gives what it is held under.
    async fn lease(&self) -> Result<i64, GrantError> {
        let begun = std::time::Instant::now();
        loop {
            let now = self.provision.clock.now().as_microsecond();
            let until = now + LEASE_MICROS;
            if self.provision.store.lease_grant(self.account.as_str(), &[], now, until).await.map_err(transient)? {
                return Ok(until);
            }
            if begun.elapsed() > WAIT {
                return Err(GrantError::Transient("another node has been renewing the grant for too long".to_owned()));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn renew_leased(&self, renewal: Renewal) -> Result<Grant, GrantError> {
        let stored = self.read().await.map_err(transient)?;
        match renewal(stored).await? {
            Renewed::Unchanged(grant) => Ok(grant),
            Renewed::New(grant) => {
                let mut tries = 1;
                while let Err(error) = self.write(&grant).await {
                    if tries == STORE_TRIES {
                        return Err(transient(error));
                    }
                    tracing::warn!(account = %self.account, %error, "a renewed grant could not be stored yet");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    tries += 1;
                }
                Ok(grant)
            }
        }
    }
}

impl GrantStore for AccountGrants {
    fn load(&self) -> BoxFuture<'_, Result<Option<Grant>, GrantError>> {
        Box::pin(async { self.read().await.map_err(transient) })
    }

    fn renew(&self, renewal: Renewal) -> BoxFuture<'_, Result<Grant, GrantError>> {
        Box::pin(async move {
            let until = self.lease().await?;
            let outcome = self.renew_leased(renewal).await;
            if let Err(error) = self.provision.store.release_grant(self.account.as_str(), until).await {
                tracing::warn!(account = %self.account, %error, "the right to renew a grant could not be given back; it ends by itself");
            }
            if let Err(GrantError::Refused(reason)) = &outcome {
                tracing::warn!(account = %self.account, reason, "the vendor refused to renew the grant");
                if let Err(error) = self.set_status(Status::Active, Status::NeedsReauth).await {
                    tracing::warn!(account = %self.account, %error, "the account could not be marked");
                }
            }
            outcome
        })
    }
}

fn transient(error: impl std::fmt::Display) -> GrantError {
    GrantError::Transient(error.to_string())
}
