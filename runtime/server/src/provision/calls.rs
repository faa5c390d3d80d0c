//! The call log, to be read.

use super::{Page, Provision, ProvisionError, one_more, page};
use crate::store::{CallFilter, CallRow, PageKey};

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
}
