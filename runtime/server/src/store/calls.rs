//! Statements on the call log.

use std::time::Duration;

use super::rollups::{ADD, ADD_HOUR, ADD_TOOL, Totals, counted};
use super::rows::{CallRow, PageKey};
use super::{Store, StoreError, execute, narrow, reading, transaction};

/// Which calls to list; what is `None` does not matter.
#[derive(Debug, Default, Clone)]
#[expect(missing_docs, reason = "the columns of the log")]
pub struct CallFilter {
    pub account: Option<String>,
    pub server: Option<String>,
    pub tool: Option<String>,
    pub status: Option<String>,
    pub client: Option<String>,
    /// Only those that failed.
    pub failed: bool,
    /// Not before this moment, in microseconds since the epoch.
    pub since: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
    /// Go on before this row: the newest comes first.
    pub before: Option<PageKey>,
}

/// What a call may be looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the log")]
pub enum CallColumn {
    Account,
    Server,
    Tool,
    Client,
}

/// The columns of the log, as [`CallRow`] names them.
const COLUMNS: &str = "id, at, account_id, server_id, api_token_id, tool, status, upstream_status, \
    duration_us, client_name, client_version, request_id, bytes, upstream_us";

/// Calls that are written together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// They are about to be sent.
    Begun,
    /// It is known what came of them, or that nobody ever will.
    Ended,
}

impl Calls {
    /// What becomes of a call that is in the log already.
    fn on_conflict(self) -> &'static str {
        match self {
            Self::Begun => "ON CONFLICT (id) DO NOTHING",
            Self::Ended => {
                "ON CONFLICT (id) DO UPDATE \
                SET status = excluded.status, upstream_status = excluded.upstream_status, duration_us = excluded.duration_us, \
                request_id = excluded.request_id, bytes = excluded.bytes, upstream_us = excluded.upstream_us \
                WHERE call_log.status = 'unsettled' OR (call_log.status = 'unknown' AND excluded.status <> 'unknown')"
            }
        }
    }
}

/// How many rows are removed at once, and how long others have the database for themselves then.
pub(super) const BATCH: u64 = 1_000;
pub(super) const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Adds calls that have not come back yet, in one transaction. One that is there has come back
    /// already, and stays.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_intents(&self, rows: &[CallRow]) -> Result<(), StoreError> {
        self.insert_calls(rows, Calls::Begun).await
    }

    /// Adds calls that have ended, in one transaction, or settles those that were added before they
    /// were sent; those that were not settled before are counted. One that is written again, because
    /// nobody heard that it was written, is neither changed nor counted twice.
    pub async fn put_calls(&self, rows: &[CallRow]) -> Result<(), StoreError> {
        self.insert_calls(rows, Calls::Ended).await
    }

    async fn insert_calls(&self, rows: &[CallRow], calls: Calls) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO call_log ({COLUMNS}) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) {}",
            calls.on_conflict()
        );
        transaction!(self, |transaction| {
            let mut settled = Vec::new();
            for row in rows {
                let written = sqlx::query(&sql)
                    .bind(&row.id)
                    .bind(row.at)
                    .bind(&row.account_id)
                    .bind(&row.server_id)
                    .bind(&row.api_token_id)
                    .bind(&row.tool)
                    .bind(&row.status)
                    .bind(row.upstream_status)
                    .bind(row.duration_us)
                    .bind(&row.client_name)
                    .bind(&row.client_version)
                    .bind(&row.request_id)
                    .bind(row.bytes)
                    .bind(row.upstream_us)
                    .execute(&mut *transaction)
                    .await?
                    .rows_affected();
                if calls == Calls::Ended && written == 1 {
                    settled.push(row);
                }
            }
            let counts = counted(settled.into_iter());
            let totals = Totals::of(&counts);
            for (key, (calls, duration)) in counts {
                let (hour, account, server, tool, status, bucket) = key;
                sqlx::query(ADD)
                    .bind(hour)
                    .bind(account)
                    .bind(server)
                    .bind(tool)
                    .bind(status)
                    .bind(bucket)
                    .bind(calls)
                    .bind(duration)
                    .execute(&mut *transaction)
                    .await?;
            }
            for ((scope, tool, hour, status, bucket), calls) in totals.by_hour {
                sqlx::query(ADD_HOUR)
                    .bind(scope)
                    .bind(tool)
                    .bind(hour)
                    .bind(status)
                    .bind(bucket)
                    .bind(calls)
                    .execute(&mut *transaction)
                    .await?;
            }
            for ((scope, hour, tool, status), calls) in totals.by_tool {
                sqlx::query(ADD_TOOL)
                    .bind(scope)
                    .bind(hour)
                    .bind(tool)
                    .bind(status)
                    .bind(calls)
                    .execute(&mut *transaction)
                    .await?;
            }
        })
    }

    /// Gives the calls that began before `at` and never came back their last status; answers how
    /// many.
    pub async fn settle_calls_before(&self, at: i64, status: &str) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM call_log WHERE status = 'unsettled' AND at < $1 LIMIT 1000"
        );
        let mut count = 0;
        loop {
            let mut rows: Vec<CallRow> = reading!(self, |connection| sqlx::query_as(&sql)
                .bind(at)
                .fetch_all(connection)
                .await)?;
            if rows.is_empty() {
                return Ok(count);
            }
            for row in &mut rows {
                status.clone_into(&mut row.status);
            }
            // Should one come back meanwhile, what came of it stays.
            self.put_calls(&rows).await?;
            count += rows.len() as u64;
        }
    }

    /// At most `limit` calls that fit, newest first.
    pub async fn calls(&self, filter: &CallFilter, limit: i64) -> Result<Vec<CallRow>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM call_log WHERE at >= ");
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(&select);
            sql.push_bind(filter.since.unwrap_or(i64::MIN));
            if filter.failed || filter.status.as_deref().is_some_and(|status| status != "ok") {
                // What makes the indexes of failed calls fit.
                sql.push(" AND status <> 'ok'");
            }
            narrow!(
                sql, " AND at < " => filter.until, " AND account_id = " => &filter.account,
                " AND server_id = " => &filter.server, " AND tool = " => &filter.tool,
                " AND status = " => &filter.status, " AND client_name = " => &filter.client
            );
            if let Some(before) = &filter.before {
                sql.push(" AND (at, id) < (").push_bind(before.at);
                sql.push(", ").push_bind(&before.id).push(")");
            }
            sql.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// Whether the log holds a call with this value.
    pub async fn has_call(&self, column: CallColumn, value: &str) -> Result<bool, StoreError> {
        let sql = match column {
            CallColumn::Account => "SELECT EXISTS (SELECT 1 FROM call_log WHERE account_id = $1)",
            CallColumn::Server => "SELECT EXISTS (SELECT 1 FROM call_log WHERE server_id = $1)",
            CallColumn::Tool => "SELECT EXISTS (SELECT 1 FROM call_log WHERE tool = $1)",
            CallColumn::Client => "SELECT EXISTS (SELECT 1 FROM call_log WHERE client_name = $1)",
        };
        reading!(self, |connection| sqlx::query_scalar(sql).bind(value).fetch_one(connection).await)
    }

    /// The first names of clients in the log.
    pub async fn client_names(&self) -> Result<Vec<String>, StoreError> {
        self.first_values("call_log", "client_name").await
    }

    /// Removes the calls before `at`, in batches; answers how many.
    pub async fn delete_calls_before(&self, at: i64) -> Result<u64, StoreError> {
        const SQL: &str =
            "DELETE FROM call_log WHERE id IN (SELECT id FROM call_log WHERE at < $1 LIMIT 1000)";
        self.delete_in_batches(SQL, at).await
    }

    /// Removes what was before `at` by a statement that takes [`BATCH`] rows, until none is left.
    pub(super) async fn delete_in_batches(&self, sql: &str, at: i64) -> Result<u64, StoreError> {
        let mut count = 0;
        loop {
            let removed = execute!(self, sql, at)?;
            count += removed;
            if removed < BATCH {
                return Ok(count);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
