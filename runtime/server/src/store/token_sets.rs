//! Statements on OAuth grants and attempts.
//!
//! The right to renew a grant is a lease on the database's own clock, so that nodes need not agree
//! on the time. What a renewal brought is stored only over the version that it set out from:
//! whoever comes too late changes nothing.

use std::time::Duration;

use super::rows::{AttemptRow, AuditRow, TokenSetRow};
use super::{Store, StoreError, execute, note, reading, transaction};

/// Whether a lease is held: not yet over, and not from a time that a clock step took back.
const HELD: &str = "oauth_grant.leased_until > {now} AND (oauth_grant.leased_at IS NULL OR oauth_grant.leased_at <= {now})";

impl Store {
    /// The grant of an account.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn grant(&self, account: &str) -> Result<Option<TokenSetRow>, StoreError> {
        const SQL: &str =
            "SELECT account_id, sealed, version FROM oauth_grant WHERE account_id = $1";
        reading!(self, |pool| sqlx::query_as(SQL).bind(account).fetch_optional(pool).await)
    }

    /// Writes the grant that a person has just given, over any other; raises its version, ends the
    /// lease, moves the account's status from one to another and notes at `now` that the account
    /// was changed. `false`, with nothing changed, when the account was changed since `seen`: the
    /// grant was given for what it was then.
    pub async fn connect_grant(
        &self,
        account: &str,
        sealed: &[u8],
        expires_at: i64,
        (from, to): (&str, &str),
        (seen, now): (i64, i64),
        act: &AuditRow,
    ) -> Result<bool, StoreError> {
        const GRANT: &str = "INSERT INTO oauth_grant (account_id, sealed, expires_at, version, leased_until) \
            VALUES ($1, $2, $3, 1, 0) ON CONFLICT (account_id) DO UPDATE \
            SET sealed = excluded.sealed, expires_at = excluded.expires_at, version = oauth_grant.version + 1, leased_until = 0";
        const ACCOUNT: &str = "UPDATE integrated_account SET status = CASE WHEN status = $2 THEN $3 ELSE status END, \
            updated_at = CASE WHEN updated_at < $4 THEN $4 ELSE updated_at + 1 END WHERE id = $1 AND updated_at = $5";
        transaction!(self, |transaction| {
            let query = sqlx::query(ACCOUNT).bind(account).bind(from).bind(to).bind(now).bind(seen);
            let unchanged = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if unchanged {
                sqlx::query(GRANT)
                    .bind(account)
                    .bind(sealed)
                    .bind(expires_at)
                    .execute(&mut *transaction)
                    .await?;
                note!(transaction, act);
            }
            unchanged
        })
    }

    /// Writes a renewed grant over version `seen`, raises the version, ends the lease and moves the
    /// account's status from one to another; `false`, with nothing changed, when the grant has
    /// another version by now.
    pub async fn renew_grant(
        &self,
        account: &str,
        sealed: &[u8],
        expires_at: i64,
        seen: i64,
        (from, to): (&str, &str),
    ) -> Result<bool, StoreError> {
        const GRANT: &str = "UPDATE oauth_grant SET sealed = $2, expires_at = $3, version = version + 1, leased_until = 0 \
            WHERE account_id = $1 AND version = $4";
        const STATUS: &str =
            "UPDATE integrated_account SET status = $3 WHERE id = $1 AND status = $2";
        transaction!(self, |transaction| {
            let done = sqlx::query(GRANT)
                .bind(account)
                .bind(sealed)
                .bind(expires_at)
                .bind(seen)
                .execute(&mut *transaction)
                .await?;
            let renewed = done.rows_affected() == 1;
            if renewed {
                sqlx::query(STATUS)
                    .bind(account)
                    .bind(from)
                    .bind(to)
                    .execute(&mut *transaction)
                    .await?;
            }
            renewed
        })
    }

    /// Takes the right to renew a grant for as long as `lease`; `false` while another holds it.
    /// `holder` names who takes it, and `empty` is stored where the account has no grant yet.
    pub async fn lease_grant(
        &self,
        account: &str,
        empty: &[u8],
        holder: &str,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO oauth_grant (account_id, sealed, expires_at, version, leased_at, leased_until, lease_holder) \
            VALUES ($1, $2, NULL, 0, {now}, {now} + $3, $4) ON CONFLICT (account_id) DO UPDATE \
            SET leased_at = excluded.leased_at, leased_until = excluded.leased_until, lease_holder = excluded.lease_holder \
            WHERE NOT ({held})";
        let sql = SQL.replace("{held}", HELD).replace("{now}", self.now());
        let done = execute!(self, &sql, account, empty, micros(lease), holder)?;
        Ok(done == 1)
    }

    /// Holds a lease for `lease` longer from now on; `false` when it went to another.
    pub async fn extend_lease(
        &self,
        account: &str,
        holder: &str,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE oauth_grant SET leased_at = {now}, leased_until = {now} + $3 WHERE account_id = $1 AND lease_holder = $2";
        let sql = SQL.replace("{now}", self.now());
        let done = execute!(self, &sql, account, holder, micros(lease))?;
        Ok(done == 1)
    }

    /// Gives a lease back; one that ended by itself, and may be another's by now, is left alone.
    pub async fn release_grant(&self, account: &str, holder: &str) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE oauth_grant SET leased_until = 0 WHERE account_id = $1 AND lease_holder = $2";
        execute!(self, SQL, account, holder)?;
        Ok(())
    }

    /// Notes that a browser was sent to an authorization endpoint.
    pub async fn insert_attempt(&self, row: &AttemptRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO oauth_attempt (state_hash, account_id, sealed, expires_at, begun_by_id, begun_by_name) VALUES ($1, $2, $3, $4, $5, $6)";
        execute!(
            self,
            SQL,
            &row.state_hash,
            &row.account_id,
            &row.sealed,
            row.expires_at,
            &row.begun_by_id,
            &row.begun_by_name
        )?;
        Ok(())
    }

    /// Takes an attempt out: of all who ask for it, one gets it, and only when that is on disk.
    pub async fn take_attempt(&self, state_hash: &[u8]) -> Result<Option<AttemptRow>, StoreError> {
        const READ: &str = "SELECT state_hash, account_id, sealed, expires_at, begun_by_id, begun_by_name FROM oauth_attempt WHERE state_hash = $1";
        const TAKE: &str = "DELETE FROM oauth_attempt WHERE state_hash = $1";
        let row: Option<AttemptRow> = reading!(self, |pool| sqlx::query_as(READ)
            .bind(state_hash)
            .fetch_optional(pool)
            .await)?;
        let taken = execute!(self, TAKE, state_hash)?;
        Ok(row.filter(|_| taken == 1))
    }

    /// Removes the attempts that nobody finished by `now`.
    pub async fn delete_expired_attempts(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM oauth_attempt WHERE expires_at <= $1";
        execute!(self, SQL, now)
    }
}

#[cfg(test)]
impl Store {
    /// Moves every lease into the future, as a clock that goes back does.
    pub(crate) async fn shift_leases(&self, by: i64) -> Result<(), StoreError> {
        const SQL: &str =
            "UPDATE oauth_grant SET leased_at = leased_at + $1, leased_until = leased_until + $1";
        execute!(self, SQL, by)?;
        Ok(())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
