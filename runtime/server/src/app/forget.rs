//! What this node forgets when something was changed, here or elsewhere.

use super::App;
use crate::provision::{AccountId, TokenHash};
use crate::store::Change;

impl App {
    /// Forgets what was known of a server that was changed, and ends the streams of those of its
    /// URLs that open nothing any more.
    pub async fn server_changed(&self, known: &[TokenHash]) {
        for hash in known {
            self.directory.forget_server(hash).await;
        }
        self.end_dead_streams(|url| known.contains(url)).await;
    }

    /// Forgets an account that was changed or is gone, its servers with it.
    pub async fn account_changed(&self, id: &AccountId) {
        self.directory.forget_account(id).await;
        self.end_dead_streams(|_| true).await;
    }

    /// Forgets what another node changed.
    pub(super) async fn changed_elsewhere(&self, change: &Change) {
        self.directory.forget(change).await;
        match change {
            Change::Server(hash) => {
                let changed = TokenHash::from_hex(hash);
                self.end_dead_streams(|url| changed.as_ref() == Some(url)).await;
            }
            Change::Account(_) | Change::Everything => self.end_dead_streams(|_| true).await,
            Change::ApiToken(_) | Change::Admission => {}
        }
    }

    /// Ends the streams of such URLs that open nothing any more. While the database is away,
    /// nothing is known of an end.
    pub(super) async fn end_dead_streams(&self, such: impl Fn(&TokenHash) -> bool) {
        for url in self.streams.urls().into_iter().filter(such) {
            if matches!(self.directory.resolve_hash(url).await, Ok(None)) {
                self.streams.end(&url);
            }
        }
    }
}
