//! Rows in SQLite or PostgreSQL: the only room that knows SQL.
//!
//! One text serves both databases (`$1` placeholders, integers for times). Writers to SQLite share
//! one connection, so they queue instead of failing; an acknowledged write is on disk
//! (`synchronous=FULL`).

mod accounts;
mod admissions;
mod audit;
mod calls;
mod changes;
mod connection;
mod facts;
mod rollups;
mod rows;
mod seals;
mod servers;
mod sessions;
mod token_sets;
mod tokens;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};

pub use accounts::GrantFate;
pub use admissions::{Renewal, Spent};
pub use audit::AuditFilter;
pub use calls::{CallColumn, CallFilter};
pub use changes::{Change, Changes};
use connection::Replaceable;
pub use rollups::{BUCKETS, HOUR, RollupFilter};
pub use rows::{
    AccessRow, AccountRow, AdmissionRow, ApiTokenRow, ApplicantRow, AttemptRow, AuditRow, CallRow,
    HeldAccountRow, HeldServerRow, HourRow, PageKey, ServerRow, ServerUse, SessionRow, TokenSetRow,
    ToolRow,
};
pub use seals::{SealedColumn, SealedRow};
pub use servers::ServerFilter;

/// A database that answers.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    down: Arc<AtomicBool>,
    in_memory: bool,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// What can go wrong with a statement.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or cannot work at the moment.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// As above, found out by someone else who asked for the same.
    #[error("the database is unavailable")]
    Down,
    /// The row that this one belongs to is gone.
    #[error("the row that this one belongs to does not exist")]
    ForeignKeyViolation,
    /// A row with this key exists.
    #[error("a row with this key exists")]
    UniqueViolation,
    /// The migrations do not fit the database.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The address is not one of a database that we know.
    #[error("{0}")]
    Address(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) if database.is_foreign_key_violation() => Self::ForeignKeyViolation,
            Some(database) if database.is_unique_violation() => Self::UniqueViolation,
            _ => Self::Unavailable(error),
        }
    }
}

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a statement or transaction may take, the wait for a connection included: a database
/// that has gone silent is one that does not answer.
const DEADLINE: Duration = Duration::from_secs(8);

/// What `work` comes to within [`DEADLINE`].
async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let late = || {
        sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            format!("no answer within {} s", DEADLINE.as_secs()),
        ))
    };
    tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(late()))
}

/// Runs one expression against a connection of a pool.
macro_rules! on_connection {
    ($store:expr, $of_sqlite:ident, |$connection:ident| $body:expr) => {{
        let store = $store;
        let work = async {
            match &store.pool {
                $crate::store::Pool::Sqlite { $of_sqlite: pool, .. } => {
                    let mut lent = $crate::store::connection::Connection::new(
                        pool.acquire().await?,
                        store.replaceable(),
                    );
                    let $connection = lent.inner();
                    let value = $body?;
                    lent.done();
                    Ok(value)
                }
                $crate::store::Pool::Postgres(pool) => {
                    let mut lent = $crate::store::connection::Connection::new(
                        pool.acquire().await?,
                        store.replaceable(),
                    );
                    let $connection = lent.inner();
                    let value = $body?;
                    lent.done();
                    Ok(value)
                }
            }
        };
        store.noted($crate::store::in_time(work).await)
    }};
}

/// Runs one expression against a connection for reading.
macro_rules! reading {
    ($store:expr, |$connection:ident| $body:expr) => {
        $crate::store::on_connection!($store, read, |$connection| $body)
    };
}

/// Runs one expression against a connection for writing. Reading a row of a writing statement
/// (`RETURNING`) would end it before its commit can fail: statements are executed to their end,
/// transactions to that of their commit.
macro_rules! writing {
    ($store:expr, |$connection:ident| $body:expr) => {
        $crate::store::on_connection!($store, write, |$connection| $body)
    };
}

/// Runs statements in one transaction; the block gives what is answered once that is committed.
macro_rules! transaction {
    ($store:expr, |$transaction:ident| $body:block) => {
        $crate::store::writing!($store, |connection| {
            async {
                let mut $transaction = sqlx::Connection::begin(connection).await?;
                let value = $body;
                $transaction.commit().await?;
                Ok::<_, sqlx::Error>(value)
            }
            .await
        })
    };
}

/// Runs one changing statement with its arguments; answers how many rows it touched.
macro_rules! execute {
    ($store:expr, $sql:expr, $($argument:expr),*) => {
        $crate::store::writing!($store, |connection| {
            sqlx::query($sql)$(.bind($argument))*.execute(connection).await.map(|done| done.rows_affected())
        })
    };
}

/// Writes an administrative act in the transaction of what it did.
macro_rules! note {
    ($transaction:ident, $act:expr) => {
        sqlx::query(
            "INSERT INTO audit_log \
            (id, at, actor_id, actor_name, action, object_id, object_name, changes, address, node, nonce) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&$act.id)
        .bind($act.at)
        .bind(&$act.actor_id)
        .bind(&$act.actor_name)
        .bind(&$act.action)
        .bind(&$act.object_id)
        .bind(&$act.object_name)
        .bind(&$act.changes)
        .bind(&$act.address)
        .bind(&$act.node)
        .bind(&$act.nonce)
        .execute(&mut *$transaction)
        .await?
    };
}

/// Runs one changing statement with its arguments and, where it touched a row, notes the act;
/// answers whether it did.
macro_rules! execute_noted {
    ($store:expr, $act:expr, $sql:expr, $($argument:expr),*) => {
        $crate::store::transaction!($store, |transaction| {
            let query = sqlx::query($sql)$(.bind($argument))*;
            let touched = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if touched {
                $crate::store::note!(transaction, $act);
            }
            touched
        })
    };
}

/// Adds the conditions whose values are there.
macro_rules! narrow {
    ($sql:ident, $($condition:literal => $value:expr),*) => {
        $(if let Some(value) = $value {
            $sql.push($condition).push_bind(value);
        })*
    };
}

/// The pattern of LIKE that finds `words` anywhere in a lower-case text.
fn like(words: &str) -> String {
    let mut pattern = String::from("%");
    for letter in words.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

use {execute, execute_noted, narrow, note, on_connection, reading, transaction, writing};

impl Store {
    /// Opens the database at `url` (`sqlite://PATH`, `sqlite::memory:` or `postgres://…`) and
    /// migrates it.
    ///
    /// # Errors
    /// When the address is not understood, the database cannot be reached, or a migration fails.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let pool = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Pool::Postgres(open_postgres(url).await?)
        } else if url.starts_with("sqlite:") {
            open_sqlite(url).await?
        } else {
            return Err(StoreError::Address(
                "a database address starts with sqlite: or postgres:".to_owned(),
            ));
        };
        if let Pool::Sqlite { write, .. } = &pool {
            sqlx::migrate!("migrations/sqlite").run(write).await?;
        }
        Ok(Self { pool, down: Arc::default(), in_memory: url.contains(":memory:") })
    }

    /// The file of the SQLite database at `url`; `None` in memory, in PostgreSQL, and where the
    /// address is not understood.
    #[must_use]
    pub fn file(url: &str) -> Option<PathBuf> {
        if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
            return None;
        }
        Some(SqliteConnectOptions::from_str(url).ok()?.get_filename().to_owned())
    }

    /// One trip to the database and back.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        reading!(self, |pool| sqlx::query("SELECT 1").execute(pool).await.map(|_| ()))
    }

    /// Whether the last statement found the database unreachable.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// Whether several nodes can share this database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.pool, Pool::Postgres(_))
    }

    /// The present moment by the database's own clock, in microseconds since the epoch, as an SQL
    /// expression.
    fn now(&self) -> &'static str {
        match self.pool {
            Pool::Sqlite { .. } => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
            Pool::Postgres(_) => "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
        }
    }

    /// What becomes of a connection for writing that failed. A database in memory is its
    /// connection.
    fn replaceable(&self) -> Replaceable {
        if self.in_memory { Replaceable::No } else { Replaceable::Yes }
    }

    /// Closes every connection, so that SQLite leaves one file behind.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    fn noted<T>(&self, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        let outcome = outcome.map_err(StoreError::from);
        let down = matches!(&outcome, Err(StoreError::Unavailable(_)));
        if self.down.swap(down, Ordering::Relaxed) != down {
            if down {
                tracing::error!("the database does not answer");
            } else {
                tracing::info!("the database answers again");
            }
        }
        outcome
    }
}

/// An empty database of its own on the PostgreSQL server at `admin`; it stays there when the test
/// is over.
#[cfg(test)]
pub(crate) async fn fresh_postgres(admin: &str) -> String {
    use sqlx::Connection;
    let name = format!("drawbridge_test_{:016x}", rand::random::<u64>());
    let mut connection = sqlx::PgConnection::connect(admin).await.unwrap();
    sqlx::query(&format!("CREATE DATABASE {name}")).execute(&mut connection).await.unwrap();
    let mut url = url::Url::parse(admin).unwrap();
    url.set_path(&name);
    url.into()
}

async fn open_sqlite(url: &str) -> Result<Pool, StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Address(error.to_string()))?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5));
    // A database in memory belongs to its connection: one serves for everything.
    if url.contains(":memory:") {
        let only = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        return Ok(Pool::Sqlite { read: only.clone(), write: only });
    }
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(2)
        .acquire_timeout(PATIENCE)
        .max_lifetime(None)
        .connect_lazy_with(options);
    Ok(Pool::Sqlite { read, write })
}

async fn open_postgres(url: &str) -> Result<PgPool, StoreError> {
    use sqlx::Connection;
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Address("the PostgreSQL address cannot be read".to_owned()))?
        .application_name("drawbridge");
    // Migrations take the time they take.
    let mut migrating = sqlx::PgConnection::connect_with(&options).await?;
    sqlx::migrate!("migrations/postgres").run(&mut migrating).await?;
    // What was said is as much as can be; the migration is over.
    let _ = migrating.close().await;
    // What a caller has given up must not go on in the server, wait for a lock there, or hold one.
    let deadline = format!("{}s", DEADLINE.as_secs());
    let limits = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    let options = options.options(limits.map(|name| (name, deadline.as_str())));
    Ok(PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await?)
}

#[cfg(test)]
mod tests {
    /// What is inside the parentheses that follow each `writing!` and `transaction!`.
    fn writing_blocks(source: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for (start, _) in
            source.match_indices("writing!(").chain(source.match_indices("transaction!("))
        {
            let rest = &source.as_bytes()[start..];
            let mut depth = 0_i32;
            let end = rest.iter().position(|byte| {
                depth += match byte {
                    b'(' => 1,
                    b')' => -1,
                    _ => 0,
                };
                *byte == b')' && depth == 0
            });
            found.push(source.get(start..start + end.unwrap()).unwrap());
        }
        found
    }

    #[test]
    fn no_writing_statement_is_read() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
        let mut blocks = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            assert!(
                !source.contains("RETURNING"),
                "a statement that writes and is read is over before its commit can fail"
            );
            for block in writing_blocks(&source) {
                assert!(!block.contains("fetch"), "{block}");
                blocks += 1;
            }
        }
        assert!(blocks >= 4, "{blocks}");
    }
}
