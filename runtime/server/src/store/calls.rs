//! Statements on the call log.

use std::time::Duration;

use super::rows::{CallRow, PageKey};
use super::{Store, StoreError, execute, reading, transaction};

/// Which calls to list; what is `None` does not matter.
#[derive(Debug, Default, Clone)]
#[expect(missing_docs, reason = "the columns of the log")]
pub struct CallFilter {
    pub account: Option<String>,
    pub server: Option<String>,
    pub tool: Option<String>,
    pub status: Option<String>,
    /// Not before this moment, in microseconds since the epoch.
    pub since: Option<i64>,
    /// Go on before this row: the newest comes first.
    pub before: Option<PageKey>,
}

/// The columns of the log, as [`CallRow`] names them.
const COLUMNS: &str =
    "id, at, account_id, server_id, api_token_id, tool, status, upstream_status, duration_us";

impl Store {
    /// Adds calls that have not come back yet, in one transaction. One that is there has come back
    /// already, and stays.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_intents(&self, rows: &[CallRow]) -> Result<(), StoreError> {
        self.insert_calls(rows, "ON CONFLICT (id) DO NOTHING").await
    }

    /// Adds calls that have ended, in one transaction, or settles those that were added before they
    /// were sent.
    pub async fn put_calls(&self, rows: &[CallRow]) -> Result<(), StoreError> {
        const SETTLE: &str = "ON CONFLICT (id) DO UPDATE \
            SET status = excluded.status, upstream_status = excluded.upstream_status, duration_us = excluded.duration_us";
        self.insert_calls(rows, SETTLE).await
    }

    async fn insert_calls(&self, rows: &[CallRow], conflict: &str) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO call_log ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) {conflict}"
        );
        transaction!(self, |transaction| {
            for row in rows {
                sqlx::query(&sql)
                    .bind(&row.id)
                    .bind(row.at)
                    .bind(&row.account_id)
                    .bind(&row.server_id)
                    .bind(&row.api_token_id)
                    .bind(&row.tool)
                    .bind(&row.status)
                    .bind(row.upstream_status)
                    .bind(row.duration_us)
                    .execute(&mut *transaction)
                    .await?;
            }
        })
    }

    /// Gives the calls that began before `at` and never came back their last status; answers how
    /// many.
    pub async fn settle_calls_before(&self, at: i64, status: &str) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE call_log SET status = $2 WHERE status = 'unsettled' AND at < $1";
        execute!(self, SQL, at, status)
    }

    /// At most `limit` calls that fit, newest first.
    pub async fn calls(&self, filter: &CallFilter, limit: i64) -> Result<Vec<CallRow>, StoreError> {
        const SQL: &str = "SELECT id, at, account_id, server_id, api_token_id, tool, status, upstream_status, duration_us \
            FROM call_log WHERE (at, id) < ($1, $2) AND at >= $3 \
            AND ($4 IS NULL OR account_id = $4) AND ($5 IS NULL OR server_id = $5) \
            AND ($6 IS NULL OR tool = $6) AND ($7 IS NULL OR status = $7) ORDER BY at DESC, id DESC LIMIT $8";
        let before = filter.before.clone().unwrap_or(PageKey { at: i64::MAX, id: String::new() });
        reading!(self, |pool| {
            sqlx::query_as(SQL)
                .bind(before.at)
                .bind(&before.id)
                .bind(filter.since.unwrap_or(i64::MIN))
                .bind(&filter.account)
                .bind(&filter.server)
                .bind(&filter.tool)
                .bind(&filter.status)
                .bind(limit)
                .fetch_all(pool)
                .await
        })
    }

    /// Removes the calls before `at`, in batches; answers how many.
    pub async fn delete_calls_before(&self, at: i64) -> Result<u64, StoreError> {
        const BATCH: u64 = 1_000;
        const PAUSE: Duration = Duration::from_millis(20);
        const SQL: &str =
            "DELETE FROM call_log WHERE id IN (SELECT id FROM call_log WHERE at < $1 LIMIT 1000)";
        let mut count = 0;
        loop {
            let removed = execute!(self, SQL, at)?;
            count += removed;
            if removed < BATCH {
                return Ok(count);
            }
            // Others write in between.
            tokio::time::sleep(PAUSE).await;
        }
    }
}
