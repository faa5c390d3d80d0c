//! Statements on sealed values, wherever they are: which keys they are under, and putting another
//! seal on them.

use super::{Store, StoreError, execute, reading};

/// The columns that hold sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedColumn {
    /// An account's credentials.
    Credentials,
    /// An account's OAuth grant.
    TokenSet,
    /// The verifier of an attempt to connect an account.
    Attempt,
}

/// A sealed value and the account that it belongs to.
#[derive(Debug, Clone)]
pub struct SealedRow {
    /// Where it stands.
    pub column: SealedColumn,
    /// The account's id.
    pub account: String,
    /// The value.
    pub sealed: Vec<u8>,
}

impl SealedColumn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Credentials, Self::TokenSet, Self::Attempt];

    /// A statement in which `{table}`, `{account}` and `{sealed}` stand for this column's names.
    fn sql(self, text: &str) -> String {
        let (table, account, sealed) = match self {
            Self::Credentials => ("integrated_account", "id", "credentials"),
            Self::TokenSet => ("oauth_grant", "account_id", "sealed"),
            Self::Attempt => ("oauth_attempt", "account_id", "sealed"),
        };
        text.replace("{table}", table).replace("{account}", account).replace("{sealed}", sealed)
    }
}

/// Values whose first bytes, which name their key, are not `$1`. A grant that was never given is
/// empty.
const OTHERS: &str =
    "(substr({sealed}, 1, 5) < $1 OR substr({sealed}, 1, 5) > $1) AND substr({sealed}, 1, 5) > $2";

impl Store {
    /// The installation's sealed secret; `None` before the first start.
    ///
    /// # Errors
    /// See [`StoreError`], here and below.
    pub async fn installation(&self) -> Result<Option<Vec<u8>>, StoreError> {
        reading!(self, |pool| sqlx::query_scalar("SELECT sealed FROM installation WHERE id = 1")
            .fetch_optional(pool)
            .await)
    }

    /// Stores the installation's sealed secret; one that another node has just stored stays.
    pub async fn insert_installation(&self, sealed: &[u8]) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO installation (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
        execute!(self, SQL, sealed)?;
        Ok(())
    }

    /// Puts another seal on the installation's secret; `false` when it was changed meanwhile.
    pub async fn reseal_installation(&self, old: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE installation SET sealed = $2 WHERE id = 1 AND sealed = $1";
        let done = execute!(self, SQL, old, new)?;
        Ok(done == 1)
    }

    /// The first five bytes of all sealed values, each once: what names their keys. Looked up, not
    /// counted through.
    pub async fn seal_prefixes(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        const SQL: &str = "SELECT substr({sealed}, 1, 5) FROM {table} WHERE substr({sealed}, 1, 5) > $1 \
            ORDER BY substr({sealed}, 1, 5) LIMIT 1";
        let mut found = Vec::new();
        for column in SealedColumn::ALL {
            let sql = column.sql(SQL);
            let mut after: Vec<u8> = Vec::new();
            while let Some(next) = reading!(self, |pool| sqlx::query_scalar::<_, Vec<u8>>(&sql)
                .bind(&after)
                .fetch_optional(pool)
                .await)?
            {
                after.clone_from(&next);
                if !found.contains(&next) {
                    found.push(next);
                }
            }
        }
        Ok(found)
    }

    /// How many sealed values do not begin with `prefix`.
    pub async fn count_sealed_otherwise(&self, prefix: &[u8]) -> Result<i64, StoreError> {
        let mut count = 0;
        for column in SealedColumn::ALL {
            let sql = column.sql(&format!("SELECT COUNT(*) FROM {{table}} WHERE {OTHERS}"));
            count += reading!(self, |pool| {
                sqlx::query_scalar::<_, i64>(&sql)
                    .bind(prefix)
                    .bind(b"".as_slice())
                    .fetch_one(pool)
                    .await
            })?;
        }
        Ok(count)
    }

    /// At most `limit` values of a column that do not begin with `prefix`.
    pub async fn sealed_otherwise(
        &self,
        column: SealedColumn,
        prefix: &[u8],
        limit: i64,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let sql = column
            .sql(&format!("SELECT {{account}}, {{sealed}} FROM {{table}} WHERE {OTHERS} LIMIT $3"));
        let rows: Vec<(String, Vec<u8>)> = reading!(self, |pool| {
            sqlx::query_as(&sql).bind(prefix).bind(b"".as_slice()).bind(limit).fetch_all(pool).await
        })?;
        Ok(rows
            .into_iter()
            .map(|(account, sealed)| SealedRow { column, account, sealed })
            .collect())
    }

    /// Puts another seal on a value; `false` when it was changed meanwhile.
    pub async fn reseal(&self, row: &SealedRow, new: &[u8]) -> Result<bool, StoreError> {
        let sql = row
            .column
            .sql("UPDATE {table} SET {sealed} = $3 WHERE {account} = $1 AND {sealed} = $2");
        let done = execute!(self, &sql, &row.account, &row.sealed, new)?;
        Ok(done == 1)
    }
}
