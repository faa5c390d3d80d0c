//! Statements on MCP servers.

use super::rows::{AuditRow, HeldServerRow, PageKey, ServerRow, ServerUse};
use super::{Store, StoreError, execute, execute_noted, narrow, reading, transaction};

/// The columns of a row, by name: a release that adds one must not change what this one reads.
macro_rules! columns {
    () => {
        "id, account_id, name, config, token_hash, expires_at, created_at, updated_at, last_used_at, \
         owner, purpose, created_by_id, created_by_name, paused, previous_hash, previous_until, \
         last_client_name, last_client_version, listed_tools, sign_in"
    };
}

/// Servers with what is told of their accounts.
const HELD: &str = "SELECT s.*, a.name AS account_name, a.integration, a.status AS account_status \
    FROM mcp_server s JOIN integrated_account a ON a.id = s.account_id";
/// What all of these have in common: the moment follows.
const FITTING: &str = " WHERE (s.expires_at IS NULL OR s.expires_at > ";

/// Adds the conditions of a filter.
macro_rules! fitting {
    ($sql:ident, $filter:expr) => {
        let filter = $filter;
        narrow!(
            $sql,
            " AND s.account_id = " => &filter.account,
            " AND s.expires_at < " => filter.ends_before,
            " AND COALESCE(s.last_used_at, s.created_at) < " => filter.unused_since,
            " AND s.paused = " => filter.paused
        );
        if filter.forever {
            $sql.push(" AND s.expires_at IS NULL");
        }
        if let Some(words) = &filter.words {
            let like = super::like(words);
            for (index, column) in ["s.name", "s.owner", "a.name"].into_iter().enumerate() {
                $sql.push(if index == 0 { " AND (LOWER(" } else { " OR LOWER(" });
                $sql.push(column).push(") LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
            }
            $sql.push(")");
        }
    };
}

/// Which servers of all accounts to list; what is `None` does not matter.
#[derive(Debug, Default, Clone)]
pub struct ServerFilter {
    /// Part of the name, the owner or the account's name, whatever the case.
    pub words: Option<String>,
    /// Of which account.
    pub account: Option<String>,
    /// Those that end before this moment.
    pub ends_before: Option<i64>,
    /// Those that were not used since this moment, though they were there.
    pub unused_since: Option<i64>,
    /// Those that never end.
    pub forever: bool,
    /// Those that are, or are not, paused.
    pub paused: Option<bool>,
    /// Go on before this row: the newest comes first.
    pub before: Option<PageKey>,
}

impl Store {
    /// Adds a server.
    ///
    /// # Errors
    /// [`StoreError::ForeignKeyViolation`] when its account is gone; see [`StoreError`] here and
    /// below.
    pub async fn insert_server(&self, row: &ServerRow, act: &AuditRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO mcp_server \
            (id, account_id, name, config, token_hash, expires_at, created_at, updated_at, last_used_at, \
            owner, purpose, created_by_id, created_by_name, paused, sign_in) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
        execute_noted!(
            self,
            act,
            SQL,
            &row.id,
            &row.account_id,
            &row.name,
            &row.config,
            &row.token_hash,
            row.expires_at,
            row.created_at,
            row.updated_at,
            row.last_used_at,
            &row.owner,
            &row.purpose,
            &row.created_by_id,
            &row.created_by_name,
            row.paused,
            row.sign_in
        )?;
        Ok(())
    }

    /// The server of this id under this account.
    pub async fn server(&self, account: &str, id: &str) -> Result<Option<ServerRow>, StoreError> {
        const SQL: &str =
            concat!("SELECT ", columns!(), " FROM mcp_server WHERE id = $1 AND account_id = $2");
        reading!(self, |pool| sqlx::query_as(SQL).bind(id).bind(account).fetch_optional(pool).await)
    }

    /// The server one of whose URL tokens has this hash, the one before a rotation included.
    pub async fn server_by_hash(&self, hash: &[u8]) -> Result<Option<ServerRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM mcp_server WHERE token_hash = $1 OR previous_hash = $1"
        );
        reading!(self, |pool| sqlx::query_as(SQL).bind(hash).fetch_optional(pool).await)
    }

    /// Whether there is a server of this id.
    pub async fn has_server(&self, id: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM mcp_server WHERE id = $1)";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(id).fetch_one(pool).await)
    }

    /// The first servers of exactly this name.
    pub async fn servers_named(&self, name: &str) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "SELECT id FROM mcp_server WHERE name = $1 ORDER BY id LIMIT 20";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(name).fetch_all(pool).await)
    }

    /// The first names of servers.
    pub async fn server_names(&self) -> Result<Vec<String>, StoreError> {
        self.first_values("mcp_server", "name").await
    }

    /// How many servers an account has.
    pub async fn number_of_servers(&self, account: &str) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT COUNT(*) FROM mcp_server WHERE account_id = $1";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(account).fetch_one(pool).await)
    }

    /// At most `limit` servers of an account after `after`, oldest first.
    pub async fn servers(
        &self,
        account: &str,
        after: &PageKey,
        limit: i64,
    ) -> Result<Vec<ServerRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM mcp_server WHERE account_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
        );
        reading!(self, |pool| {
            sqlx::query_as(SQL)
                .bind(account)
                .bind(after.at)
                .bind(&after.id)
                .bind(limit)
                .fetch_all(pool)
                .await
        })
    }

    /// At most `limit` servers that fit and have not expired at `now`, newest first, with their
    /// accounts.
    pub async fn held_servers(
        &self,
        filter: &ServerFilter,
        now: i64,
        limit: i64,
    ) -> Result<Vec<HeldServerRow>, StoreError> {
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(HELD);
            sql.push(FITTING).push_bind(now).push(")");
            fitting!(sql, filter);
            if let Some(before) = &filter.before {
                sql.push(" AND (s.created_at, s.id) < (").push_bind(before.at);
                sql.push(", ").push_bind(&before.id).push(")");
            }
            sql.push(" ORDER BY s.created_at DESC, s.id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// How many servers fit and have not expired at `now`.
    pub async fn count_held_servers(
        &self,
        filter: &ServerFilter,
        now: i64,
    ) -> Result<i64, StoreError> {
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(
                "SELECT COUNT(*) FROM mcp_server s JOIN integrated_account a ON a.id = s.account_id",
            );
            sql.push(FITTING).push_bind(now).push(")");
            fitting!(sql, filter);
            sql.build_query_scalar().fetch_one(connection).await
        })
    }

    /// The server of this id, whatever its account.
    pub async fn held_server(&self, id: &str) -> Result<Option<HeldServerRow>, StoreError> {
        let sql = format!("{HELD} WHERE s.id = $1");
        reading!(self, |pool| sqlx::query_as(&sql).bind(id).fetch_optional(pool).await)
    }

    /// Whether there is a server that asks people to sign in and has not expired at `now`.
    pub async fn has_sign_in(&self, now: i64) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM mcp_server WHERE sign_in AND (expires_at IS NULL OR expires_at > $1))";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(now).fetch_one(pool).await)
    }

    /// Writes the changeable columns of a server; `false` when it is gone or was changed since
    /// `seen`.
    pub async fn update_server(
        &self,
        row: &ServerRow,
        seen: i64,
        act: &AuditRow,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE mcp_server SET name = $2, config = $3, expires_at = $4, updated_at = $5, \
            owner = $6, purpose = $7, paused = $8, token_hash = $9, previous_hash = $10, previous_until = $11, sign_in = $12 \
            WHERE id = $1 AND updated_at = $13";
        execute_noted!(
            self,
            act,
            SQL,
            &row.id,
            &row.name,
            &row.config,
            row.expires_at,
            row.updated_at,
            &row.owner,
            &row.purpose,
            row.paused,
            &row.token_hash,
            &row.previous_hash,
            row.previous_until,
            row.sign_in,
            seen
        )
    }

    /// Removes a server; `false` when there is none.
    pub async fn delete_server(
        &self,
        account: &str,
        id: &str,
        act: &AuditRow,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM mcp_server WHERE id = $1 AND account_id = $2";
        execute_noted!(self, act, SQL, id, account)
    }

    /// Removes the servers that expired at `now` or before; answers how many.
    pub async fn delete_expired_servers(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str =
            "DELETE FROM mcp_server WHERE expires_at IS NOT NULL AND expires_at <= $1";
        execute!(self, SQL, now)
    }

    /// Forgets the URLs from before a rotation whose overlap ended at `now` or before.
    pub async fn delete_ended_overlaps(&self, now: i64) -> Result<u64, StoreError> {
        const SQL: &str = "UPDATE mcp_server SET previous_hash = NULL, previous_until = NULL \
            WHERE previous_until IS NOT NULL AND previous_until <= $1";
        execute!(self, SQL, now)
    }

    /// Notes the last uses of servers, in one transaction.
    pub async fn touch_servers(&self, uses: &[(String, ServerUse)]) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE mcp_server SET last_used_at = $2, \
            last_client_name = COALESCE($3, last_client_name), \
            last_client_version = CASE WHEN $3 IS NULL THEN last_client_version ELSE $4 END, \
            listed_tools = COALESCE($5, listed_tools) \
            WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $2)";
        transaction!(self, |transaction| {
            for (id, used) in uses {
                sqlx::query(SQL)
                    .bind(id)
                    .bind(used.at)
                    .bind(&used.client_name)
                    .bind(&used.client_version)
                    .bind(used.listed_tools)
                    .execute(&mut *transaction)
                    .await?;
            }
        })
    }

    /// Notes when API tokens were last used, in one transaction.
    pub async fn touch_api_tokens(&self, uses: &[(String, i64)]) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE api_token SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
        transaction!(self, |transaction| {
            for (id, at) in uses {
                sqlx::query(SQL).bind(id).bind(at).execute(&mut *transaction).await?;
            }
        })
    }
}
