//! Statements on the counts of calls by the hour, which are written with the calls themselves.

use std::collections::BTreeMap;

use super::rows::{CallRow, RollupRow};
use super::{Store, StoreError, narrow, reading};

/// An hour, in microseconds.
pub const HOUR: i64 = 3_600_000_000;

/// The upper bounds of the latency buckets, in microseconds; the last holds whatever took longer.
pub const BUCKETS: [i64; 13] = [
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    i64::MAX,
];

/// Which counts to read; what is `None` does not matter.
#[derive(Debug, Default, Clone)]
pub struct RollupFilter {
    /// Only of this account.
    pub account: Option<String>,
    /// Only of this server.
    pub server: Option<String>,
    /// Not before this moment, in microseconds since the epoch.
    pub since: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
}

/// What calls are counted by: hour, account, server, tool, status, bucket. Their order is that in
/// which every node writes, so that two of them cannot lock each other out.
type Key<'a> = (i64, &'a str, &'a str, &'a str, &'a str, i64);

/// Adds to what has been counted by the same key.
pub(super) const ADD: &str = "INSERT INTO call_rollup \
    (hour, account_id, server_id, tool, status, le_us, calls, duration_us) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (hour, account_id, server_id, tool, status, le_us) DO UPDATE \
    SET calls = call_rollup.calls + excluded.calls, duration_us = call_rollup.duration_us + excluded.duration_us";

/// How many calls there are by each key, and how long they took together.
pub(super) fn counted<'a>(
    rows: impl Iterator<Item = &'a CallRow>,
) -> BTreeMap<Key<'a>, (i64, i64)> {
    let mut counts = BTreeMap::new();
    for row in rows {
        let bucket = BUCKETS.into_iter().find(|bound| row.duration_us <= *bound);
        let key = (
            row.at - row.at.rem_euclid(HOUR),
            row.account_id.as_str(),
            row.server_id.as_deref().unwrap_or_default(),
            row.tool.as_str(),
            row.status.as_str(),
            bucket.unwrap_or(i64::MAX),
        );
        let (calls, duration) = counts.entry(key).or_insert((0, 0_i64));
        *calls += 1;
        *duration = duration.saturating_add(row.duration_us);
    }
    counts
}

impl Store {
    /// How many calls there were with each status since the hour of `at`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn calls_by_status(&self, at: i64) -> Result<Vec<(String, i64)>, StoreError> {
        const SQL: &str = "SELECT status, CAST(SUM(calls) AS BIGINT) FROM call_rollup WHERE hour >= $1 GROUP BY status";
        let hour = at - at.rem_euclid(HOUR);
        reading!(self, |pool| sqlx::query_as(SQL).bind(hour).fetch_all(pool).await)
    }

    /// Those of these accounts that have a call with this status, as far as the counts go back.
    pub async fn called(
        &self,
        accounts: &[String],
        status: &str,
    ) -> Result<Vec<String>, StoreError> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        reading!(self, |connection| {
            let mut sql =
                sqlx::QueryBuilder::new("SELECT id FROM integrated_account a WHERE id IN (");
            let mut listed = sql.separated(", ");
            for account in accounts {
                listed.push_bind(account);
            }
            sql.push(") AND EXISTS (SELECT 1 FROM call_rollup r WHERE r.account_id = a.id AND r.status = ");
            sql.push_bind(status).push(")");
            sql.build_query_scalar().fetch_all(connection).await
        })
    }

    /// At most `limit` counts that fit, those of servers and accounts together, oldest hour first.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn rollups(
        &self,
        filter: &RollupFilter,
        limit: i64,
    ) -> Result<Vec<RollupRow>, StoreError> {
        const SQL: &str = "SELECT hour, tool, status, le_us, CAST(SUM(calls) AS BIGINT) AS calls, \
            CAST(SUM(duration_us) AS BIGINT) AS duration_us FROM call_rollup WHERE hour >= ";
        let since = filter.since.unwrap_or(0);
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(SQL);
            sql.push_bind(since - since.rem_euclid(HOUR));
            narrow!(
                sql, " AND hour < " => filter.until, " AND account_id = " => &filter.account,
                " AND server_id = " => &filter.server
            );
            sql.push(
                " GROUP BY hour, tool, status, le_us ORDER BY hour, tool, status, le_us LIMIT ",
            );
            sql.push_bind(limit);
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// Removes the counts of the hours before `at`, in batches; answers how many.
    pub async fn delete_rollups_before(&self, at: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM call_rollup WHERE (hour, account_id, server_id, tool, status, le_us) IN \
            (SELECT hour, account_id, server_id, tool, status, le_us FROM call_rollup WHERE hour < $1 LIMIT 1000)";
        self.delete_in_batches(SQL, at).await
    }
}
