//! A connection on which something is read or written.

use sqlx::Database;
use sqlx::pool::PoolConnection;

/// Whether another connection could take the place of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replaceable {
    Yes,
    No,
}

/// A connection that is closed, and not used again, unless what was to be done on it is done. One
/// that has gone silent would keep whoever gets it next waiting, too. And when a commit and the
/// rollback after it both fail, as on a full disk, the library takes the transaction for open, and
/// what is written on that connection later would be acknowledged without ever being committed. A
/// caller who leaves in the middle counts as a failure.
pub(super) struct Connection<D: Database> {
    connection: PoolConnection<D>,
    /// Whether it goes on serving whatever happens now.
    kept: bool,
}

impl<D: Database> Connection<D> {
    pub(super) fn new(connection: PoolConnection<D>, replaceable: Replaceable) -> Self {
        Self { connection, kept: replaceable == Replaceable::No }
    }

    pub(super) fn inner(&mut self) -> &mut D::Connection {
        &mut self.connection
    }

    /// What was to be done is.
    pub(super) fn done(mut self) {
        self.kept = true;
    }
}

impl<D: Database> Drop for Connection<D> {
    fn drop(&mut self) {
        if !self.kept {
            self.connection.close_on_drop();
        }
    }
}
