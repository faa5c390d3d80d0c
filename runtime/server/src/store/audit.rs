//! Statements on the log of administrative acts. An act is written in the transaction of what it
//! did: see `note` in [`super`].

use super::rows::{AuditRow, PageKey};
use super::{Store, StoreError, narrow, note, reading, transaction};

/// Which acts to list; what is `None` does not matter.
#[derive(Debug, Default, Clone)]
pub struct AuditFilter {
    /// The actor's id or name.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// The object's id or name.
    pub object: Option<String>,
    /// Not before this moment, in microseconds since the epoch.
    pub since: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
    /// Go on before this row: the newest comes first.
    pub before: Option<PageKey>,
}

impl Store {
    /// Adds an act that is no change of a row.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn insert_act(&self, act: &AuditRow) -> Result<(), StoreError> {
        transaction!(self, |transaction| {
            note!(transaction, act);
        })
    }

    /// At most `limit` acts that fit, newest first.
    pub async fn acts(
        &self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        const SQL: &str = "SELECT id, at, actor_id, actor_name, action, object_id, object_name, changes, address, node \
            FROM audit_log WHERE at >= ";
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new(SQL);
            sql.push_bind(filter.since.unwrap_or(i64::MIN));
            narrow!(sql, " AND at < " => filter.until, " AND action = " => &filter.action);
            if let Some(actor) = &filter.actor {
                sql.push(" AND (actor_id = ").push_bind(actor);
                sql.push(" OR actor_name = ").push_bind(actor).push(")");
            }
            if let Some(object) = &filter.object {
                sql.push(" AND (object_id = ").push_bind(object);
                sql.push(" OR object_name = ").push_bind(object).push(")");
            }
            if let Some(before) = &filter.before {
                sql.push(" AND (at, id) < (").push_bind(before.at);
                sql.push(", ").push_bind(&before.id).push(")");
            }
            sql.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit);
            sql.build_query_as().fetch_all(connection).await
        })
    }

    /// Id and name of the object of the act that a form with this nonce did.
    pub async fn act_of_nonce(&self, nonce: &str) -> Result<Option<(String, String)>, StoreError> {
        const SQL: &str = "SELECT object_id, object_name FROM audit_log WHERE nonce = $1";
        reading!(self, |connection| sqlx::query_as(SQL)
            .bind(nonce)
            .fetch_optional(connection)
            .await)
    }

    /// Those of these ids that accounts, MCP servers and API tokens have which are there at `now`.
    pub async fn existing(&self, ids: &[String], now: i64) -> Result<Vec<String>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        reading!(self, |connection| {
            let mut sql = sqlx::QueryBuilder::new("");
            for (index, table) in
                ["integrated_account", "mcp_server", "api_token"].iter().enumerate()
            {
                sql.push(if index == 0 { "SELECT id FROM " } else { " UNION ALL SELECT id FROM " });
                sql.push(table).push(" WHERE id IN (");
                let mut listed = sql.separated(", ");
                for id in ids {
                    listed.push_bind(id);
                }
                sql.push(")");
                if index > 0 {
                    sql.push(" AND (expires_at IS NULL OR expires_at > ").push_bind(now).push(")");
                }
            }
            sql.build_query_scalar().fetch_all(connection).await
        })
    }

    /// Removes the acts before `at`, in batches; answers how many.
    pub async fn delete_acts_before(&self, at: i64) -> Result<u64, StoreError> {
        const SQL: &str =
            "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < $1 LIMIT 1000)";
        self.delete_in_batches(SQL, at).await
    }

    /// Whether the log holds an act of the actor with this id or name.
    pub async fn knows_actor(&self, text: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM audit_log WHERE actor_id = $1) \
            OR EXISTS (SELECT 1 FROM audit_log WHERE actor_name = $1)";
        reading!(self, |connection| sqlx::query_scalar(SQL).bind(text).fetch_one(connection).await)
    }

    /// Whether the log holds an act on the object with this id or name.
    pub async fn knows_object(&self, text: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM audit_log WHERE object_id = $1) \
            OR EXISTS (SELECT 1 FROM audit_log WHERE object_name = $1)";
        reading!(self, |connection| sqlx::query_scalar(SQL).bind(text).fetch_one(connection).await)
    }

    /// The first names of actors in the log.
    pub async fn actor_names(&self) -> Result<Vec<String>, StoreError> {
        self.first_values("audit_log", "actor_name").await
    }

    /// The first names of objects in the log.
    pub async fn object_names(&self) -> Result<Vec<String>, StoreError> {
        self.first_values("audit_log", "object_name").await
    }

    /// The first different values of an indexed column: as many look-ups, however many rows there
    /// are.
    pub(super) async fn first_values(
        &self,
        table: &'static str,
        column: &'static str,
    ) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "WITH RECURSIVE known (value) AS ( \
            SELECT MIN({column}) FROM {table} WHERE {column} IS NOT NULL \
            UNION ALL SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > known.value) FROM known WHERE known.value IS NOT NULL) \
            SELECT value FROM known WHERE value IS NOT NULL LIMIT 20";
        let sql = SQL.replace("{table}", table).replace("{column}", column);
        reading!(self, |connection| sqlx::query_scalar(&sql).fetch_all(connection).await)
    }
}

#[cfg(test)]
impl Store {
    /// Takes the log away, so that no act can be noted.
    pub(crate) async fn drop_audit_log(&self) -> Result<(), StoreError> {
        super::writing!(self, |connection| sqlx::query("DROP TABLE audit_log")
            .execute(connection)
            .await
            .map(|_| ()))
    }
}
