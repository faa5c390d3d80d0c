//! Statements on integrated accounts.

use super::rows::{AccountRow, AuditRow, HeldAccountRow, PageKey};
use super::{Store, StoreError, execute, execute_noted, like, note, reading, transaction};

/// What becomes of an account's OAuth grant when the account is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantFate {
    /// It stays.
    Kept,
    /// It ends: it was given for other credentials.
    Ended,
}

/// The columns of a row, by name: a release that adds one must not change what this one reads.
macro_rules! columns {
    () => {
        "id, integration, name, region, base_url, kind, credentials, status, created_at, updated_at, \
         owner, purpose, created_by_id, created_by_name"
    };
}

impl Store {
    /// Adds an account.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_account(&self, row: &AccountRow, act: &AuditRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO integrated_account \
            (id, integration, name, region, base_url, kind, credentials, status, created_at, updated_at, \
            owner, purpose, created_by_id, created_by_name) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
        execute_noted!(
            self,
            act,
            SQL,
            &row.id,
            &row.integration,
            &row.name,
            &row.region,
            &row.base_url,
            &row.kind,
            &row.credentials,
            &row.status,
            row.created_at,
            row.updated_at,
            &row.owner,
            &row.purpose,
            &row.created_by_id,
            &row.created_by_name
        )?;
        Ok(())
    }

    /// The account of this id.
    pub async fn account(&self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM integrated_account WHERE id = $1");
        reading!(self, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await)
    }

    /// At most `limit` accounts after `after`, oldest first, of one integration when one is named.
    pub async fn accounts(
        &self,
        integration: Option<&str>,
        after: &PageKey,
        limit: i64,
    ) -> Result<Vec<AccountRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM integrated_account WHERE (created_at, id) > ($1, $2) AND ($3 IS NULL OR integration = $3) ORDER BY created_at, id LIMIT $4"
        );
        reading!(self, |pool| {
            sqlx::query_as(SQL)
                .bind(after.at)
                .bind(&after.id)
                .bind(integration)
                .bind(limit)
                .fetch_all(pool)
                .await
        })
    }

    /// At most `limit` accounts before `before`, newest first, each with how many of its servers
    /// have not expired at `now`; only those whose name, owner or integration holds `words`, whatever
    /// the case.
    pub async fn held_accounts(
        &self,
        words: Option<&str>,
        before: Option<&PageKey>,
        now: i64,
        limit: i64,
    ) -> Result<Vec<HeldAccountRow>, StoreError> {
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(
                "SELECT a.*, (SELECT COUNT(*) FROM mcp_server s WHERE s.account_id = a.id \
                AND (s.expires_at IS NULL OR s.expires_at > ",
            );
            sql.push_bind(now).push(")) AS servers FROM integrated_account a WHERE 1 = 1");
            if let Some(words) = words {
                let like = like(words);
                for (index, column) in ["name", "owner", "integration"].into_iter().enumerate() {
                    sql.push(if index == 0 { " AND (LOWER(a." } else { " OR LOWER(a." });
                    sql.push(column).push(") LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
                }
                sql.push(")");
            }
            if let Some(before) = before {
                sql.push(" AND (a.created_at, a.id) < (").push_bind(before.at);
                sql.push(", ").push_bind(before.id.clone()).push(")");
            }
            sql.push(" ORDER BY a.created_at DESC, a.id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// How many accounts there are, and how many of them have this status.
    pub async fn count_accounts(&self, status: &str) -> Result<(i64, i64), StoreError> {
        const SQL: &str =
            "SELECT COUNT(*), COUNT(CASE WHEN status = $1 THEN 1 END) FROM integrated_account";
        reading!(self, |pool| sqlx::query_as(SQL).bind(status).fetch_one(pool).await)
    }

    /// Writes the changeable columns of an account, and what becomes of its grant, together;
    /// `false` when it is gone or was changed since `seen`.
    pub async fn update_account(
        &self,
        row: &AccountRow,
        seen: i64,
        grant: GrantFate,
        act: &AuditRow,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE integrated_account \
            SET name = $2, region = $3, base_url = $4, kind = $5, credentials = $6, status = $7, updated_at = $8, \
            owner = $9, purpose = $10 WHERE id = $1 AND updated_at = $11";
        // The row stays, so that its version goes on rising: a renewal under way must find another
        // one.
        const END: &str = "UPDATE oauth_grant SET sealed = $2, expires_at = NULL, version = version + 1, leased_until = 0 WHERE account_id = $1";
        transaction!(self, |transaction| {
            let done = sqlx::query(SQL)
                .bind(&row.id)
                .bind(&row.name)
                .bind(&row.region)
                .bind(&row.base_url)
                .bind(&row.kind)
                .bind(&row.credentials)
                .bind(&row.status)
                .bind(row.updated_at)
                .bind(&row.owner)
                .bind(&row.purpose)
                .bind(seen)
                .execute(&mut *transaction)
                .await?;
            let updated = done.rows_affected() == 1;
            if updated && grant == GrantFate::Ended {
                sqlx::query(END)
                    .bind(&row.id)
                    .bind(b"".as_slice())
                    .execute(&mut *transaction)
                    .await?;
            }
            if updated {
                note!(transaction, act);
            }
            updated
        })
    }

    /// Moves an account from one status to another while its grant has the version `seen`; `false`
    /// when it has another by now, or the account is gone or has a third status.
    pub async fn move_account_status(
        &self,
        id: &str,
        (from, to): (&str, &str),
        seen: i64,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE integrated_account SET status = $3 WHERE id = $1 AND status = $2 \
            AND EXISTS (SELECT 1 FROM oauth_grant WHERE account_id = $1 AND version = $4)";
        let done = execute!(self, SQL, id, from, to, seen)?;
        Ok(done == 1)
    }

    /// The first accounts of exactly this name.
    pub async fn accounts_named(&self, name: &str) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "SELECT id FROM integrated_account WHERE name = $1 ORDER BY id LIMIT 20";
        reading!(self, |pool| sqlx::query_scalar(SQL).bind(name).fetch_all(pool).await)
    }

    /// The first names of accounts.
    pub async fn account_names(&self) -> Result<Vec<String>, StoreError> {
        self.first_values("integrated_account", "name").await
    }

    /// Ids and names of those of these accounts and servers that there are.
    pub async fn names_of(
        &self,
        accounts: &[&str],
        servers: &[&str],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        for (table, ids) in [("integrated_account", accounts), ("mcp_server", servers)] {
            if ids.is_empty() {
                continue;
            }
            let select = format!("SELECT id, name FROM {table} WHERE id IN (");
            let names: Vec<(String, String)> = reading!(self, |connection| {
                let mut sql = sqlx::QueryBuilder::new(&select);
                let mut list = sql.separated(", ");
                for id in ids {
                    list.push_bind(*id);
                }
                sql.push(")");
                sql.build_query_as().fetch_all(connection).await
            })?;
            found.extend(names);
        }
        Ok(found)
    }

    /// How many accounts there are.
    pub async fn number_of_accounts(&self) -> Result<i64, StoreError> {
        reading!(self, |pool| sqlx::query_scalar("SELECT COUNT(*) FROM integrated_account")
            .fetch_one(pool)
            .await)
    }

    /// Removes an account with its servers and grants; `false` when there is none.
    pub async fn delete_account(&self, id: &str, act: &AuditRow) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM integrated_account WHERE id = $1";
        execute_noted!(self, act, SQL, id)
    }
}
