//! Statements on the counts of calls by the hour, which are written with the calls themselves.

use std::collections::BTreeMap;

use sqlx::Row;

use super::rows::{CallRow, HourRow, ToolRow};
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
    /// Only of this tool.
    pub tool: Option<String>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only those that failed.
    pub failed: bool,
    /// Not before this moment, in microseconds since the epoch.
    pub since: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
}

/// What calls are counted by: hour, account, server, tool, status, bucket. Their order is that in
/// which every node writes, so that two of them cannot lock each other out.
type Key<'a> = (i64, &'a str, &'a str, &'a str, &'a str, i64);
/// What totals are read by: scope, tool, hour, status, bucket; and scope, hour, tool, status. They are
/// written after the counts, one kind after the other, in their order.
type HourKey<'a> = (&'a str, &'a str, i64, &'a str, i64);
type ToolKey<'a> = (&'a str, i64, &'a str, &'a str);

/// Adds to what has been counted by the same key.
pub(super) const ADD: &str = "INSERT INTO call_rollup \
    (hour, account_id, server_id, tool, status, le_us, calls, duration_us) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (hour, account_id, server_id, tool, status, le_us) DO UPDATE \
    SET calls = call_rollup.calls + excluded.calls, duration_us = call_rollup.duration_us + excluded.duration_us";
/// The same for the totals.
pub(super) const ADD_HOUR: &str = "INSERT INTO call_by_hour (scope, tool, hour, status, le_us, calls) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (scope, tool, hour, status, le_us) DO UPDATE \
    SET calls = call_by_hour.calls + excluded.calls";
pub(super) const ADD_TOOL: &str = "INSERT INTO call_by_tool (scope, hour, tool, status, calls) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scope, hour, tool, status) DO UPDATE \
    SET calls = call_by_tool.calls + excluded.calls";

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

/// The same counts for all calls together and for each account.
#[derive(Debug, Default)]
pub(super) struct Totals<'a> {
    pub(super) by_hour: BTreeMap<HourKey<'a>, i64>,
    pub(super) by_tool: BTreeMap<ToolKey<'a>, i64>,
}

impl<'a> Totals<'a> {
    pub(super) fn of(counts: &BTreeMap<Key<'a>, (i64, i64)>) -> Self {
        let mut totals = Self::default();
        for (&(hour, account, _, tool, status, bucket), (calls, _)) in counts {
            for scope in ["", account] {
                for tool in ["", tool] {
                    let key = (scope, tool, hour, status, bucket);
                    *totals.by_hour.entry(key).or_insert(0) += calls;
                }
                *totals.by_tool.entry((scope, hour, tool, status)).or_insert(0) += calls;
            }
        }
        totals
    }
}

/// Adds where the counts of a filter stand, and its conditions. A server has few enough to be read
/// one by one.
macro_rules! fitting {
    ($sql:ident, $totals:literal, $tool:expr, $filter:expr) => {
        let filter = $filter;
        if let Some(server) = &filter.server {
            $sql.push(" FROM call_rollup WHERE server_id = ").push_bind(server);
            narrow!($sql, " AND account_id = " => &filter.account, " AND tool = " => &filter.tool);
        } else {
            let scope = filter.account.as_deref().unwrap_or_default();
            $sql.push($totals).push(" WHERE scope = ").push_bind(scope);
            narrow!($sql, " AND tool = " => $tool);
        }
        if let Some(since) = filter.since {
            $sql.push(" AND hour >= ").push_bind(since - since.rem_euclid(HOUR));
        }
        narrow!($sql, " AND hour < " => filter.until, " AND status = " => &filter.status);
        if filter.failed {
            $sql.push(" AND status <> 'ok'");
        }
    };
}

impl Store {
    /// How many calls there were with each status since the hour of `at`.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn calls_by_status(&self, at: i64) -> Result<Vec<(String, i64)>, StoreError> {
        const SQL: &str = "SELECT status, CAST(SUM(calls) AS BIGINT) FROM call_by_hour \
            WHERE scope = '' AND tool = '' AND hour >= $1 GROUP BY status";
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
            sql.push(
                ") AND EXISTS (SELECT 1 FROM call_by_tool t WHERE t.scope = a.id AND t.status = ",
            );
            sql.push_bind(status).push(")");
            sql.build_query_scalar().fetch_all(connection).await
        })
    }

    /// The calls of each hour that fit, oldest first; at most `limit` hours, the newest.
    pub async fn calls_by_hour(
        &self,
        filter: &RollupFilter,
        limit: i64,
    ) -> Result<Vec<HourRow>, StoreError> {
        let mut select = String::from(
            "SELECT hour, CAST(SUM(CASE WHEN status <> 'ok' THEN calls ELSE 0 END) AS BIGINT)",
        );
        for bound in BUCKETS {
            select.push_str(", CAST(SUM(CASE WHEN le_us = ");
            select.push_str(&bound.to_string());
            select.push_str(" THEN calls ELSE 0 END) AS BIGINT)");
        }
        let mut hours: Vec<HourRow> = reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(&select);
            let tool = Some(filter.tool.as_deref().unwrap_or_default());
            fitting!(sql, " FROM call_by_hour", tool, filter);
            sql.push(" GROUP BY hour ORDER BY hour DESC LIMIT ").push_bind(limit);
            sql.build().fetch_all(connection).await.and_then(|rows| {
                let hour = |row: &_| {
                    let (hour, failed) = (Row::try_get(row, 0)?, Row::try_get(row, 1)?);
                    let mut hour = HourRow { hour, failed, ..HourRow::default() };
                    for (index, calls) in hour.calls.iter_mut().enumerate() {
                        *calls = Row::try_get(row, index + 2)?;
                    }
                    Ok(hour)
                };
                rows.iter().map(hour).collect::<Result<Vec<_>, sqlx::Error>>()
            })
        })?;
        hours.reverse();
        Ok(hours)
    }

    /// The calls of each tool and status that fit.
    pub async fn calls_by_tool(&self, filter: &RollupFilter) -> Result<Vec<ToolRow>, StoreError> {
        const SQL: &str = "SELECT tool, status, CAST(SUM(calls) AS BIGINT) AS calls";
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(SQL);
            fitting!(sql, " FROM call_by_tool", &filter.tool, filter);
            sql.push(" GROUP BY tool, status");
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// How many calls of each tool there were in each account since the hour of `at`: the accounts
    /// and tools with most calls, at most `limit` of them.
    pub async fn busiest_tools(
        &self,
        at: i64,
        limit: i64,
    ) -> Result<Vec<(String, String, i64)>, StoreError> {
        const SQL: &str = "SELECT account_id, tool, CAST(SUM(calls) AS BIGINT) AS calls FROM call_rollup \
            WHERE hour >= $1 GROUP BY account_id, tool ORDER BY calls DESC, account_id, tool LIMIT $2";
        let hour = at - at.rem_euclid(HOUR);
        reading!(self, |pool| sqlx::query_as(SQL).bind(hour).bind(limit).fetch_all(pool).await)
    }

    /// Removes the counts of the hours before `at`, in batches; answers how many.
    pub async fn delete_rollups_before(&self, at: i64) -> Result<u64, StoreError> {
        const HOURS: &str = "DELETE FROM call_by_hour WHERE (scope, tool, hour, status, le_us) IN \
            (SELECT scope, tool, hour, status, le_us FROM call_by_hour WHERE hour < $1 LIMIT 1000)";
        const TOOLS: &str = "DELETE FROM call_by_tool WHERE (scope, hour, tool, status) IN \
            (SELECT scope, hour, tool, status FROM call_by_tool WHERE hour < $1 LIMIT 1000)";
        const SQL: &str = "DELETE FROM call_rollup WHERE (hour, account_id, server_id, tool, status, le_us) IN \
            (SELECT hour, account_id, server_id, tool, status, le_us FROM call_rollup WHERE hour < $1 LIMIT 1000)";
        self.delete_in_batches(HOURS, at).await?;
        self.delete_in_batches(TOOLS, at).await?;
        self.delete_in_batches(SQL, at).await
    }
}

#[cfg(test)]
impl Store {
    /// Every count that fits, those of servers and accounts together, oldest hour first.
    pub(crate) async fn rollups(
        &self,
        filter: &RollupFilter,
    ) -> Result<Vec<super::rows::RollupRow>, StoreError> {
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
            sql.push(" GROUP BY hour, tool, status, le_us ORDER BY hour, tool, status, le_us");
            sql.build_query_as().fetch_all(connection).await
        })
    }
}
