//! Statements on API tokens.

use super::rows::{ApiTokenRow, AuditRow, PageKey};
use super::{Store, StoreError, execute, execute_noted, like, reading};

/// The columns of a row, by name: a release that adds one must not change what this one reads.
macro_rules! columns {
    () => {
        "id, name, scope, token_hash, expires_at, created_at, last_used_at, \
         owner, purpose, created_by_id, created_by_name"
    };
}

impl Store {
    /// Adds an API token.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_api_token(
        &self,
        row: &ApiTokenRow,
        act: &AuditRow,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO api_token (id, name, scope, token_hash, expires_at, created_at, last_used_at, \
            owner, purpose, created_by_id, created_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        execute_noted!(
            self,
            act,
            SQL,
            &row.id,
            &row.name,
            &row.scope,
            &row.token_hash,
            row.expires_at,
            row.created_at,
            row.last_used_at,
            &row.owner,
            &row.purpose,
            &row.created_by_id,
            &row.created_by_name
        )?;
        Ok(())
    }

    /// How many API tokens there are.
    pub async fn number_of_api_tokens(&self) -> Result<i64, StoreError> {
        reading!(self, |pool| sqlx::query_scalar("SELECT COUNT(*) FROM api_token")
            .fetch_one(pool)
            .await)
    }

    /// The API token of this id.
    pub async fn api_token(&self, id: &str) -> Result<Option<ApiTokenRow>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM api_token WHERE id = $1");
        reading!(self, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await)
    }

    /// The API token with this hash.
    pub async fn api_token_by_hash(&self, hash: &[u8]) -> Result<Option<ApiTokenRow>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM api_token WHERE token_hash = $1");
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// At most `limit` API tokens after `after`, oldest first.
    pub async fn api_tokens(
        &self,
        after: &PageKey,
        limit: i64,
    ) -> Result<Vec<ApiTokenRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM api_token WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3"
        );
        reading!(self, |pool| sqlx::query_as(SQL)
            .bind(after.at)
            .bind(&after.id)
            .bind(limit)
            .fetch_all(pool)
            .await)
    }

    /// At most `limit` API tokens that are good at `now` and were made before `before`, newest first:
    /// those whose name, owner, purpose or maker holds `words`.
    pub async fn held_api_tokens(
        &self,
        words: Option<&str>,
        before: Option<&PageKey>,
        now: i64,
        limit: i64,
    ) -> Result<Vec<ApiTokenRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM api_token WHERE (expires_at IS NULL OR expires_at > "
        );
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(SQL);
            sql.push_bind(now).push(")");
            if let Some(words) = words {
                let like = like(words);
                let columns = ["name", "owner", "purpose", "created_by_name"];
                for (index, column) in columns.into_iter().enumerate() {
                    sql.push(if index == 0 { " AND (LOWER(" } else { " OR LOWER(" });
                    sql.push(column).push(") LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
                }
                sql.push(")");
            }
            if let Some(before) = before {
                sql.push(" AND (created_at, id) < (").push_bind(before.at);
                sql.push(", ").push_bind(before.id.clone()).push(")");
            }
            sql.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// How many API tokens of this scope are good at `now`.
    pub async fn count_api_tokens(&self, scope: &str, now: i64) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM api_token WHERE scope = $1 AND (expires_at IS NULL OR expires_at > $2)";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(scope).bind(now).fetch_one(pool).await)
    }

    /// Removes an API token; `false` when there is none.
    pub async fn delete_api_token(&self, id: &str, act: &AuditRow) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM api_token WHERE id = $1";
        execute_noted!(self, act, SQL, id)
    }

    /// Removes the API tokens that expired at `now` or before; answers how many.
    pub async fn delete_expired_api_tokens(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM api_token WHERE expires_at IS NOT NULL AND expires_at <= $1";
        execute!(self, SQL, now)
    }
}
