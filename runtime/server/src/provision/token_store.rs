//! OAuth grants in the database: sealed, renewed by one node at a time, stored before they are
//! used.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use upstream::oauth::{Renewal, Renewed, TokenError, TokenSet, TokenStore};

use super::audit::{Action, Facts, Object, replaced};
use super::{AccountId, Actor, Provision, ProvisionError, Status, random_id};

/// How long the right to renew outlives a node that is gone. A node that renews takes it anew all
/// the time.
const LEASE: Duration = Duration::from_secs(5);
/// How long to wait for another node's renewal. Calls that wait for it have deadlines of their own.
const WAIT: Duration = Duration::from_secs(45);
/// How often to look whether it is done.
const LOOK: Duration = Duration::from_millis(40);
/// How often storing a new grant is tried, and how long to wait in between: a rotated refresh token
/// exists nowhere else.
const STORE_TRIES: u32 = 60;
const STORE_AGAIN: Duration = Duration::from_millis(500);

/// One account's grant.
#[derive(Debug, Clone)]
pub struct AccountTokens {
    provision: Provision,
    account: AccountId,
    lease: Duration,
}

/// A grant as it is stored, and the version that a newer one is stored over.
struct Stored {
    grant: Option<TokenSet>,
    version: i64,
}

impl Provision {
    /// Where the grant of an account is kept.
    #[must_use]
    pub fn grants_of(&self, account: AccountId) -> AccountTokens {
        AccountTokens { provision: self.clone(), account, lease: LEASE }
    }
}

impl AccountTokens {
    /// The same, with another time for which the right to renew outlives a node that is gone.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// The stored grant.
    ///
    /// # Errors
    /// When the database fails, or the seal does not open.
    pub async fn read(&self) -> Result<Option<TokenSet>, ProvisionError> {
        Ok(self.stored().await?.grant)
    }

    async fn stored(&self) -> Result<Stored, ProvisionError> {
        let id = self.account.as_str();
        let Some(row) = self.provision.store.grant(id).await? else {
            return Ok(Stored { grant: None, version: 0 });
        };
        let version = row.version;
        if row.sealed.is_empty() {
            return Ok(Stored { grant: None, version });
        }
        let plain = self.provision.keys.open(&grant_row(id), &row.sealed)?;
        let grant = TokenSet::from_stored(plain.expose_secret())
            .map_err(|error| ProvisionError::Credentials(id.to_owned(), error))?;
        Ok(Stored { grant: Some(grant), version })
    }

    /// Stores the grant that a person has just given and marks the account as good. What was
    /// granted before, perhaps by another person, is used no more, on any node: a renewal of it
    /// that is under way finds another version.
    ///
    /// # Errors
    /// [`ProvisionError::Contended`] when the account was changed since `seen`, or when the
    /// database fails.
    pub async fn connect(
        &self,
        grant: &TokenSet,
        seen: Timestamp,
        by: &Actor,
    ) -> Result<(), ProvisionError> {
        let name = self.provision.account(&self.account).await?.name;
        let object = Object { id: self.account.as_str(), name: &name };
        let mut changes = Facts::new();
        replaced(&mut changes, "grant");
        let act = self.provision.act(by, Action::AccountConnect, &object, changes);
        let (sealed, expires_at) = self.sealed(grant);
        let times = (seen.as_microsecond(), self.provision.clock.now().as_microsecond());
        let stored = self
            .provision
            .store
            .connect_grant(self.account.as_str(), &sealed, expires_at, GOOD_AGAIN, times, &act)
            .await?;
        if stored { Ok(()) } else { Err(ProvisionError::Contended) }
    }

    fn sealed(&self, grant: &TokenSet) -> (Vec<u8>, i64) {
        let sealed = self
            .provision
            .keys
            .seal(&grant_row(self.account.as_str()), grant.to_stored().as_bytes());
        (sealed, grant.expires_at.as_microsecond())
    }

    /// Waits for the right to renew, and takes it as `holder`.
    async fn lease(&self, holder: &str) -> Result<(), TokenError> {
        let begun = std::time::Instant::now();
        while !self
            .provision
            .store
            .lease_grant(self.account.as_str(), b"", holder, self.lease)
            .await
            .map_err(unavailable)?
        {
            if begun.elapsed() > WAIT {
                return Err(TokenError::Unavailable(
                    "another node has been renewing the grant for too long".to_owned(),
                ));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Keeps the right to renew for as long as it is polled.
    async fn hold(&self, holder: &str) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(self.lease / 3).await;
            // Without a database nobody else can take the lease either; one that is lost is noticed
            // when the grant is stored.
            if let Err(error) =
                self.provision.store.extend_lease(self.account.as_str(), holder, self.lease).await
            {
                tracing::debug!(account = %self.account, %error, "the right to renew could not be prolonged");
            }
        }
    }

    async fn renew_leased(&self, holder: &str, renewal: Renewal) -> Result<TokenSet, TokenError> {
        let work = async {
            let before = self.stored().await.map_err(unavailable)?;
            match renewal(before.grant).await {
                Ok(Renewed::Unchanged(grant)) => Ok(grant),
                Ok(Renewed::New(grant)) => self.store_renewed(grant, before.version).await,
                Err(TokenError::Refused(reason)) => self.refused(reason, before.version).await,
                Err(error) => Err(error),
            }
        };
        tokio::select! {
            outcome = work => outcome,
            never = self.hold(holder) => match never {},
        }
    }

    /// Stores what a renewal of version `seen` brought. Where another node or person was faster,
    /// theirs counts.
    async fn store_renewed(&self, grant: TokenSet, seen: i64) -> Result<TokenSet, TokenError> {
        let mut tries = 1;
        loop {
            // Under the key of this moment: it may change while the database is away.
            let (sealed, expires_at) = self.sealed(&grant);
            match self
                .provision
                .store
                .renew_grant(self.account.as_str(), &sealed, expires_at, seen, GOOD_AGAIN)
                .await
            {
                Ok(true) => return Ok(grant),
                Ok(false) => break,
                Err(error) if tries == STORE_TRIES => return Err(unavailable(error)),
                Err(error) => {
                    tracing::warn!(account = %self.account, %error, "a renewed grant could not be stored yet");
                }
            }
            tokio::time::sleep(STORE_AGAIN).await;
            tries += 1;
        }
        // A commit whose answer was lost looks like another's version, and is found here.
        let newer = self.stored().await.map_err(unavailable)?.grant;
        newer.ok_or_else(|| {
            TokenError::Unavailable(
                "the account was changed while its grant was renewed".to_owned(),
            )
        })
    }

    /// What a refusal to renew version `seen` means: the account must be connected again, unless a
    /// newer grant is there by now, of which the vendor told nothing.
    async fn refused(&self, reason: String, seen: i64) -> Result<TokenSet, TokenError> {
        if let Stored { grant: Some(newer), version } = self.stored().await.map_err(unavailable)?
            && version != seen
        {
            return Ok(newer);
        }
        tracing::warn!(account = %self.account, reason, "the vendor refused to renew the grant");
        let marked = (Status::Active.as_str(), Status::NeedsReauth.as_str());
        if let Err(error) =
            self.provision.store.move_account_status(self.account.as_str(), marked, seen).await
        {
            tracing::warn!(account = %self.account, %error, "the account could not be marked");
        }
        Err(TokenError::Refused(reason))
    }
}

/// How the status of an account moves that has a grant again.
const GOOD_AGAIN: (&str, &str) = (Status::NeedsReauth.as_str(), Status::Active.as_str());

impl TokenStore for AccountTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, TokenError>> {
        Box::pin(async { self.read().await.map_err(unavailable) })
    }

    fn renew(&self, renewal: Renewal) -> BoxFuture<'_, Result<TokenSet, TokenError>> {
        Box::pin(async move {
            let holder = random_id("lease_");
            self.lease(&holder).await?;
            let outcome = self.renew_leased(&holder, renewal).await;
            if let Err(error) =
                self.provision.store.release_grant(self.account.as_str(), &holder).await
            {
                tracing::warn!(account = %self.account, %error, "the right to renew a grant could not be given back; it ends by itself");
            }
            outcome
        })
    }
}

/// The database failed, or does not open: the vendor has heard nothing of the call that needs the
/// grant.
fn unavailable(error: impl std::fmt::Display) -> TokenError {
    TokenError::Unavailable(error.to_string())
}

/// What the seal of an account's grant is bound to.
pub(super) fn grant_row(id: &str) -> String {
    format!("oauth_grant/{id}")
}
