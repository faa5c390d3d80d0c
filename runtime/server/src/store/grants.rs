//! Statements on OAuth grants and attempts.

use super::rows::{AttemptRow, GrantRow};
use super::{Store, StoreError, execute, reading, writing};

impl Store {
    /// The grant of an account.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn grant(&self, account: &str) -> Result<Option<GrantRow>, StoreError> {
        const SQL: &str = "SELECT * FROM oauth_grant WHERE account_id = $1";
        reading!(self, |pool| sqlx::query_as(SQL).bind(account).fetch_optional(pool).await)
    }

    /// Every grant, for resealing.
    pub async fn grants(&self) -> Result<Vec<GrantRow>, StoreError> {
        reading!(self, |pool| sqlx::query_as("SELECT * FROM oauth_grant").fetch_all(pool).await)
    }

    /// Writes an account's grant, raises its version and ends the lease.
    pub async fn put_grant(&self, account: &str, sealed: &[u8], expires_at: Option<i64>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO oauth_grant (account_id, sealed, expires_at, version, leased_until) \
            VALUES ($1, $2, $3, 1, 0) ON CONFLICT (account_id) DO UPDATE \
            SET sealed = excluded.sealed, expires_at = excluded.expires_at, version = oauth_grant.version + 1, leased_until = 0";
        execute!(self, SQL, account, sealed, expires_at)?;
        Ok(())
    }

    /// Takes the right to renew a grant until `until`; `false` when another holds it at `now`.
    /// `empty` is stored where the account has no grant yet.
    pub async fn lease_grant(&self, account: &str, empty: &[u8], now: i64, until: i64) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO oauth_grant (account_id, sealed, expires_at, version, leased_until) \
            VALUES ($1, $2, NULL, 0, $4) ON CONFLICT (account_id) DO UPDATE \
            SET leased_until = excluded.leased_until WHERE oauth_grant.leased_until <= $3";
        let done = execute!(self, SQL, account, empty, now, until)?;
        Ok(done == 1)
    }

    /// Gives the right to renew until `until` back; one that ended by itself, and may be another's by now, is left alone.
    pub async fn release_grant(&self, account: &str, until: i64) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE oauth_grant SET leased_until = 0 WHERE account_id = $1 AND leased_until = $2";
        execute!(self, SQL, account, until)?;
        Ok(())
    }

    /// Forgets an account's grant.
    pub async fn delete_grant(&self, account: &str) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM oauth_grant WHERE account_id = $1";
        execute!(self, SQL, account)?;
        Ok(())
    }

    /// Puts another seal on a grant; `false` when it was changed meanwhile.
    pub async fn reseal_grant(&self, account: &str, old: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE oauth_grant SET sealed = $3 WHERE account_id = $1 AND sealed = $2";
        let done = execute!(self, SQL, account, old, new)?;
        Ok(done == 1)
    }

    /// Notes that a browser was sent to an authorization endpoint.
    pub async fn insert_attempt(&self, row: &AttemptRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO oauth_attempt (state_hash, account_id, sealed, expires_at) VALUES ($1, $2, $3, $4)";
        execute!(self, SQL, &row.state_hash, &row.account_id, &row.sealed, row.expires_at)?;
        Ok(())
    }

    /// Takes an attempt out: it can be used once.
    pub async fn take_attempt(&self, state_hash: &[u8]) -> Result<Option<AttemptRow>, StoreError> {
        const SQL: &str = "DELETE FROM oauth_attempt WHERE state_hash = $1 RETURNING *";
        writing!(self, |pool| sqlx::query_as(SQL).bind(state_hash).fetch_optional(pool).await)
    }

    /// Removes the attempts that nobody finished by `now`.
    pub async fn delete_expired_attempts(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM oauth_attempt WHERE expires_at <= $1";
        execute!(self, SQL, now)
    }
}
