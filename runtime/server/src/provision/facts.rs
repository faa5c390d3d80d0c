//! What there is to know of the installation itself.

use super::{Provision, ProvisionError};

/// What there is to know of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// In bytes.
    pub size: u64,
    /// The last migration that was applied.
    pub schema: i64,
}

impl Provision {
    /// Asks the database of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn database(&self) -> Result<DatabaseFacts, ProvisionError> {
        let size = u64::try_from(self.store.size().await?).unwrap_or_default();
        Ok(DatabaseFacts { size, schema: self.store.schema_version().await? })
    }

    /// Whether several nodes can share the database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    /// What this process is called in the log of acts.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }
}
