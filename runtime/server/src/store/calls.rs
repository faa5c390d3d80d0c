//! Statements on the call log.

use super::rows::{CallRow, Place};
use super::{Store, StoreError, execute, reading, writing};

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
    pub before: Option<Place>,
}

impl Store {
    /// Adds calls, in one transaction.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_calls(&self, rows: &[CallRow]) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO call_log \
            (id, at, account_id, server_id, api_token_id, tool, status, upstream_status, duration_us) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        writing!(self, |pool| {
            async {
                let mut transaction = pool.begin().await?;
                for row in rows {
                    sqlx::query(SQL)
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
                transaction.commit().await
            }
            .await
        })
    }

    /// At most `limit` calls that fit, newest first.
    pub async fn calls(&self, filter: &CallFilter, limit: i64) -> Result<Vec<CallRow>, StoreError> {
        const SQL: &str = "SELECT * FROM call_log WHERE (at, id) < ($1, $2) AND at >= $3 \
            AND ($4 IS NULL OR account_id = $4) AND ($5 IS NULL OR server_id = $5) \
            AND ($6 IS NULL OR tool = $6) AND ($7 IS NULL OR status = $7) ORDER BY at DESC, id DESC LIMIT $8";
        let before = filter.before.clone().unwrap_or(Place { at: i64::MAX, id: String::new() });
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

    /// Removes the calls before `at`; answers how many.
    pub async fn delete_calls_before(&self, at: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM call_log WHERE at < $1";
        execute!(self, SQL, at)
    }
}
