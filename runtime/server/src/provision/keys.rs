//! Which master key the database is under: proven at the start, changed while servers run.

use secrecy::{ExposeSecret, SecretSlice};

use super::accounts::credentials_row;
use super::connecting::attempt_row;
use super::token_store::grant_row;
use super::{KeyId, Provision, ProvisionError, SealError};
use crate::store::{SealedColumn, SealedRow, Store, StoreError};

/// How many values are sealed anew between two looks at the database.
const BATCH: i64 = 200;
/// What the seal of the installation's secret is bound to.
const INSTALLATION: &str = "installation";

/// Why the master key does not fit the database.
#[derive(Debug, thiserror::Error)]
pub enum KeyProofError {
    /// Values are sealed under keys that are not here.
    #[error(
        "the master key does not fit the database: values there are sealed under the key {needed}, and the keys here are {}; \
         start with the key that they were sealed under (the setting master-key, or the key file beside the database)",
        ids(.here)
    )]
    Foreign {
        /// A key that is missing.
        needed: KeyId,
        /// The keys that are here.
        here: Vec<KeyId>,
    },
    /// The value that proves the key does not open under its own key.
    #[error("the database's proof of the master key is damaged: {0}")]
    Damaged(SealError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn ids(keys: &[KeyId]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether anything in a database is sealed: a key made beside it would open none of it.
///
/// # Errors
/// When the database fails.
pub async fn holds_sealed(store: &Store) -> Result<bool, StoreError> {
    Ok(store.installation().await?.is_some()
        || store.seal_prefixes().await?.iter().any(|prefix| !prefix.is_empty()))
}

impl Provision {
    /// Proves that the keys here open what the database holds, and learns the installation's secret
    /// from it. The first start stores that secret; a start under a new first key puts it under
    /// that key, which tells the other nodes which key is in force.
    ///
    /// # Errors
    /// See [`KeyProofError`].
    pub async fn prove_keys(mut self) -> Result<Self, KeyProofError> {
        let here = self.keys.ids();
        let prefixes = self.store.seal_prefixes().await?;
        let in_use = prefixes.iter().filter_map(|prefix| KeyId::of_prefix(prefix));
        if let Some(needed) = in_use.into_iter().find(|id| !here.contains(id)) {
            return Err(KeyProofError::Foreign { needed, here });
        }
        let sealed = if let Some(sealed) = self.store.installation().await? {
            sealed
        } else {
            // Cursors were signed with what follows from the first key: they stay good.
            let made = self.keys.seal(INSTALLATION, self.keys.derived().expose_secret());
            self.store.insert_installation(&made).await?;
            self.store.installation().await?.unwrap_or(made)
        };
        let secret = self.keys.open(INSTALLATION, &sealed).map_err(|error| match error {
            SealError::UnknownKey(needed) => KeyProofError::Foreign { needed, here },
            error => KeyProofError::Damaged(error),
        })?;
        if KeyId::of_prefix(&sealed) != Some(self.keys.first_id()) {
            let anew = self.keys.seal(INSTALLATION, secret.expose_secret());
            self.store.reseal_installation(&sealed, &anew).await?;
        }
        self.secret = secret;
        Ok(self)
    }

    /// A secret of this installation that outlives its master keys, for signing cursors.
    #[must_use]
    pub fn secret(&self) -> &SecretSlice<u8> {
        &self.secret
    }

    /// How many values are sealed under another key than the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sealed_otherwise(&self) -> Result<u64, StoreError> {
        let count = self.store.count_sealed_otherwise(&self.keys.first_id().prefix()).await?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Whether this node's first key is the one in force: a node that was started later may have a
    /// newer one, and what is sealed under that must not be put back under the old one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seals_in_force(&self) -> Result<bool, StoreError> {
        let sealed = self.store.installation().await?;
        Ok(sealed.is_none_or(|sealed| KeyId::of_prefix(&sealed) == Some(self.keys.first_id())))
    }

    /// Seals under the first key what is under another one, in batches; answers how many values
    /// were changed. It can be interrupted and repeated at any point, and run on several nodes at
    /// once: a value that changed meanwhile is left.
    ///
    /// # Errors
    /// When the database fails. What was sealed anew by then stays so.
    pub async fn reseal(&self) -> Result<u64, ProvisionError> {
        let mut count = 0;
        for column in SealedColumn::ALL {
            count += self.reseal_column(column).await?;
        }
        Ok(count)
    }

    async fn reseal_column(&self, column: SealedColumn) -> Result<u64, ProvisionError> {
        let mut count = 0;
        loop {
            let rows =
                self.store.sealed_otherwise(column, &self.keys.first_id().prefix(), BATCH).await?;
            let mut changed = 0;
            for row in &rows {
                match self.keys.reseal(&sealed_row(row), &row.sealed) {
                    Ok(sealed) => changed += u64::from(self.store.reseal(row, &sealed).await?),
                    Err(error) => {
                        tracing::error!(account = row.account, %error, "a sealed value cannot be put under the first master key");
                    }
                }
            }
            count += changed;
            // What cannot be opened would be met again and again.
            if changed == 0 {
                return Ok(count);
            }
        }
    }
}

/// What the seal of a value is bound to.
fn sealed_row(row: &SealedRow) -> String {
    match row.column {
        SealedColumn::Credentials => credentials_row(&row.account),
        SealedColumn::TokenSet => grant_row(&row.account),
        SealedColumn::Attempt => attempt_row(&row.account),
    }
}
