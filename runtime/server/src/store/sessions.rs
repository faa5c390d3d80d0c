//! Statements on sessions of the pages.

use super::rows::SessionRow;
use super::{Store, StoreError, execute, reading};

impl Store {
    /// Adds a session.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_session(&self, row: &SessionRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO session (hash, token_hash, zone, created_at, seen_at) VALUES ($1, $2, $3, $4, $5)";
        execute!(self, SQL, &row.hash, &row.token_hash, &row.zone, row.created_at, row.seen_at)?;
        Ok(())
    }

    /// The session with this hash.
    pub async fn session(&self, hash: &[u8]) -> Result<Option<SessionRow>, StoreError> {
        const SQL: &str =
            "SELECT hash, token_hash, zone, created_at, seen_at FROM session WHERE hash = $1";
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// Notes that a session is in use.
    pub async fn touch_session(&self, hash: &[u8], at: i64) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE session SET seen_at = $2 WHERE hash = $1 AND seen_at < $2";
        execute!(self, SQL, hash, at)?;
        Ok(())
    }

    /// Ends a session.
    pub async fn delete_session(&self, hash: &[u8]) -> Result<(), StoreError> {
        execute!(self, "DELETE FROM session WHERE hash = $1", hash)?;
        Ok(())
    }

    /// Removes the sessions that were not in use since `seen` or began before `created`; answers how
    /// many.
    pub async fn delete_ended_sessions(&self, seen: i64, created: i64) -> Result<u64, StoreError> {
        execute!(self, "DELETE FROM session WHERE seen_at < $1 OR created_at < $2", seen, created)
    }
}
