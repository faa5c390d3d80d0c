//! Writes entries: intents one group after the other as fast as the database commits, everything
//! else in batches.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::Unlogged;
use crate::provision::ServerId;
use crate::store::{CallRow, ServerUse, Store, StoreError};

/// How many are written in one transaction.
const BATCH: usize = 1_000;
/// How long an entry waits for company: what a kill may cost.
const GATHER: Duration = Duration::from_millis(200);
/// How long to wait before a batch is tried again that the database did not take.
const AGAIN: Duration = Duration::from_millis(500);

/// What is written in batches.
#[derive(Debug)]
pub(super) enum Entry {
    /// A call that has ended.
    Call(Box<CallRow>),
    /// A use of a server without a call.
    Server(ServerId, ServerUse),
    /// A use of an API token, by its id.
    ApiToken(String, Timestamp),
    /// Everything before this is to be written.
    Flush(oneshot::Sender<()>),
}

/// A call to be committed before it is sent.
#[derive(Debug)]
pub(super) struct Intent {
    pub(super) row: CallRow,
    pub(super) done: oneshot::Sender<Result<(), Unlogged>>,
}

/// Commits intents: those that come while one group is being committed are the next group.
pub(super) async fn commit(store: Store, mut intents: mpsc::Receiver<Intent>) {
    let mut group = Vec::with_capacity(64);
    while intents.recv_many(&mut group, BATCH).await > 0 {
        let (rows, waiting): (Vec<CallRow>, Vec<_>) =
            group.drain(..).map(|intent| (intent.row, intent.done)).unzip();
        let outcome = store.insert_intents(&rows).await.map_err(|error| {
            tracing::error!(%error, calls = rows.len(), "calls were refused because they could not be committed to the call log");
            Unlogged::Uncommitted
        });
        for done in waiting {
            // A caller who has gone needs no answer: its drop guard settles the entry.
            let _ = done.send(outcome);
        }
    }
}

/// Writes batches until every sender is gone.
pub(super) async fn write(store: Store, mut entries: mpsc::Receiver<Entry>) {
    while let Some(first) = entries.recv().await {
        let mut batch = Batch::default();
        batch.add(first);
        let until = Instant::now() + GATHER;
        while batch.calls.len() < BATCH && batch.waiting.is_empty() {
            match tokio::time::timeout_at(until, entries.recv()).await {
                Ok(Some(entry)) => batch.add(entry),
                Ok(None) | Err(_) => break,
            }
        }
        batch.write(&store).await;
    }
}

#[derive(Default)]
struct Batch {
    calls: Vec<CallRow>,
    servers: HashMap<String, ServerUse>,
    api_tokens: HashMap<String, i64>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Call(call) => {
                if let Some(server) = &call.server_id {
                    let used = ServerUse {
                        at: call.at,
                        client_name: call.client_name.clone(),
                        client_version: call.client_version.clone(),
                        listed_tools: None,
                    };
                    self.used(server.clone(), used);
                }
                if let Some(token) = &call.api_token_id {
                    self.api_tokens.insert(token.clone(), call.at);
                }
                self.calls.push(*call);
            }
            Entry::Server(id, used) => self.used(id.to_string(), used),
            Entry::ApiToken(id, at) => _ = self.api_tokens.insert(id, at.as_microsecond()),
            Entry::Flush(done) => self.waiting.push(done),
        }
    }

    /// The last use is what counts, and the last list beside it.
    fn used(&mut self, server: String, used: ServerUse) {
        let known = self.servers.entry(server).or_default();
        let listed_tools = used.listed_tools.or(known.listed_tools);
        let known_client = known.client_name.take().filter(|_| used.client_name.is_none());
        *known = match known_client {
            Some(name) => ServerUse {
                client_name: Some(name),
                client_version: known.client_version.take(),
                listed_tools,
                ..used
            },
            None => ServerUse { listed_tools, ..used },
        };
    }

    async fn write(self, store: &Store) {
        // A database that is away takes the batch when it is back. Meanwhile the queue fills, and
        // calls are refused in the end: rather that than calls without a trace.
        while let Err(error) = store.put_calls(&self.calls).await {
            tracing::warn!(%error, calls = self.calls.len(), "calls could not be written to the log yet");
            if !matches!(error, StoreError::Unavailable(_) | StoreError::Down) {
                metrics::counter!("drawbridge_call_log_dropped_total")
                    .increment(self.calls.len() as u64);
                break;
            }
            tokio::time::sleep(AGAIN).await;
        }
        let mut servers: Vec<(String, ServerUse)> = self.servers.into_iter().collect();
        let mut api_tokens: Vec<(String, i64)> = self.api_tokens.into_iter().collect();
        // In one order on every node, so that two of them cannot lock each other out.
        servers.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        api_tokens.sort_unstable();
        let touched = async {
            store.touch_servers(&servers).await?;
            store.touch_api_tokens(&api_tokens).await
        };
        if let Err(error) = touched.await {
            tracing::warn!(%error, "times of last use could not be noted");
        }
        for done in self.waiting {
            // Whoever waited may have stopped waiting.
            let _ = done.send(());
        }
    }
}
