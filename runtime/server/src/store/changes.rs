//! What other nodes changed: PostgreSQL's notifications as values.

use sqlx::postgres::PgListener;

use super::{Pool, Store, StoreError};

/// Something that caches must forget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An account, by id.
    Account(String),
    /// A server, by its token's hash in hexadecimal.
    Server(String),
    /// An API token, by its hash in hexadecimal.
    ApiToken(String),
    /// Somebody was shut out who was let in.
    Admission,
    /// Notifications may have been missed: everything.
    Everything,
}

/// A connection that hears of changes.
#[derive(Debug)]
pub struct Changes(PgListener);

impl Store {
    /// Listens for changes; `None` when the database belongs to one node, which knows what it does.
    ///
    /// # Errors
    /// When the connection cannot be made.
    pub async fn changes(&self) -> Result<Option<Changes>, StoreError> {
        let Pool::Postgres(pool) = &self.pool else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("drawbridge").await?;
        Ok(Some(Changes(listener)))
    }
}

impl Changes {
    /// Waits for the next change. A lost connection is made anew and reported as
    /// [`Change::Everything`].
    ///
    /// # Errors
    /// When the connection is lost and cannot be made anew.
    pub async fn next(&mut self) -> Result<Change, StoreError> {
        loop {
            let Some(notification) = self.0.try_recv().await? else {
                return Ok(Change::Everything);
            };
            match notification.payload().split_once(':') {
                Some(("account", id)) => return Ok(Change::Account(id.to_owned())),
                Some(("server", hash)) => return Ok(Change::Server(hash.to_owned())),
                Some(("token", hash)) => return Ok(Change::ApiToken(hash.to_owned())),
                Some(("admission", _)) => return Ok(Change::Admission),
                _ => tracing::warn!("a notification of an unknown kind was ignored"),
            }
        }
    }
}
