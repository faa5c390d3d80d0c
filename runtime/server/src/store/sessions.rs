//! Statements on sessions of the pages.

use super::rows::{AuditRow, SessionRow};
use super::{Store, StoreError, execute, execute_noted, reading};

impl Store {
    /// Adds a session.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_session(&self, row: &SessionRow, act: &AuditRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO session (hash, token_hash, zone, created_at, seen_at) VALUES ($1, $2, $3, $4, $5)";
        let (hash, token, zone) = (&row.hash, &row.token_hash, &row.zone);
        execute_noted!(self, act, SQL, hash, token, zone, row.created_at, row.seen_at)?;
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

    /// Ends a session; `false` when there is none.
    pub async fn delete_session(&self, hash: &[u8], act: &AuditRow) -> Result<bool, StoreError> {
        execute_noted!(self, act, "DELETE FROM session WHERE hash = $1", hash)
    }

    /// How many sessions were begun with a token, and have been in use since `seen` and began after
    /// `created`.
    pub async fn count_sessions(
        &self,
        token: &[u8],
        seen: i64,
        created: i64,
    ) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM session WHERE token_hash = $1 AND seen_at >= $2 AND created_at >= $3";
        reading!(self, |pool| sqlx::query_scalar(SQL)
            .bind(token)
            .bind(seen)
            .bind(created)
            .fetch_one(pool)
            .await)
    }

    /// Removes the sessions that were not in use since `seen` or began before `created`; answers how
    /// many.
    pub async fn delete_ended_sessions(&self, seen: i64, created: i64) -> Result<u64, StoreError> {
        execute!(self, "DELETE FROM session WHERE seen_at < $1 OR created_at < $2", seen, created)
    }
}
