//! What there is to know of the database itself.

use super::{Pool, Store, StoreError, reading};

impl Store {
    /// How large it is, in bytes.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn size(&self) -> Result<i64, StoreError> {
        let sql = match self.pool {
            Pool::Sqlite { .. } => {
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            }
            Pool::Postgres(_) => "SELECT pg_database_size(current_database())",
        };
        reading!(self, |connection| sqlx::query_scalar(sql).fetch_one(connection).await)
    }

    /// The version of its schema: the last migration that was applied.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations";
        reading!(self, |connection| sqlx::query_scalar(SQL).fetch_one(connection).await)
    }
}
