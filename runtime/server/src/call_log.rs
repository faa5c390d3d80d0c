//! The log of calls and the times of last use, written in batches off the call path.
//!
//! A call never waits for the database: a full queue loses the entry and counts the loss.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::provision::{AccountId, ServerId, random_id};
use crate::store::{CallRow, Store};

/// How many entries wait at most.
const QUEUE: usize = 16_384;
/// How many are written in one transaction.
const BATCH: usize = 1_000;
/// How long an entry waits for company.
const GATHER: Duration = Duration::from_millis(200);

/// One call of a tool: who, what, when, how it went. Never arguments, results or secrets.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it began.
    pub at: Timestamp,
    /// In which account.
    pub account: AccountId,
    /// Through which MCP server, if through one.
    pub server: Option<ServerId>,
    /// With which API token, by its id.
    pub api_token: Option<String>,
    /// The tool.
    pub tool: String,
    /// `ok`, or the kind of the error.
    pub status: &'static str,
    /// The vendor's status, when it answered.
    pub upstream_status: Option<u16>,
    /// How long it took.
    pub duration: Duration,
}

enum Entry {
    Call(Box<Call>),
    Server(ServerId, Timestamp),
    ApiToken(String, Timestamp),
    Flush(oneshot::Sender<()>),
}

/// Takes entries; cheap to clone.
#[derive(Debug, Clone)]
pub struct CallLog(mpsc::Sender<Entry>);

impl CallLog {
    /// Starts the writer.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write(store, receiver));
        Self(sender)
    }

    /// Notes a call, and the use of its server and token.
    pub fn call(&self, call: Call) {
        let seconds = call.duration.as_secs_f64();
        metrics::counter!("drawbridge_tool_calls_total", "status" => call.status).increment(1);
        metrics::histogram!("drawbridge_tool_call_seconds").record(seconds);
        self.put(Entry::Call(Box::new(call)));
    }

    /// Notes that a server was used without a call: listed, say.
    pub fn server_used(&self, id: &ServerId, at: Timestamp) {
        self.put(Entry::Server(id.clone(), at));
    }

    /// Notes that an API token was used.
    pub fn api_token_used(&self, id: &str, at: Timestamp) {
        self.put(Entry::ApiToken(id.to_owned(), at));
    }

    /// Waits until everything noted so far is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.0.send(Entry::Flush(done)).await.is_ok() {
            // An error means that the writer is gone, and then there is nothing to wait for.
            let _ = written.await;
        }
    }

    fn put(&self, entry: Entry) {
        if self.0.try_send(entry).is_err() {
            metrics::counter!("drawbridge_call_log_dropped_total").increment(1);
        }
    }
}

#[derive(Default)]
struct Batch {
    calls: Vec<CallRow>,
    servers: HashMap<String, i64>,
    api_tokens: HashMap<String, i64>,
    waiting: Vec<oneshot::Sender<()>>,
}

async fn write(store: Store, mut entries: mpsc::Receiver<Entry>) {
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

impl Batch {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Call(call) => {
                let at = call.at.as_microsecond();
                if let Some(server) = &call.server {
                    self.servers.insert(server.to_string(), at);
                }
                if let Some(token) = &call.api_token {
                    self.api_tokens.insert(token.clone(), at);
                }
                self.calls.push(row(*call));
            }
            Entry::Server(id, at) => _ = self.servers.insert(id.to_string(), at.as_microsecond()),
            Entry::ApiToken(id, at) => _ = self.api_tokens.insert(id, at.as_microsecond()),
            Entry::Flush(done) => self.waiting.push(done),
        }
    }

    async fn write(self, store: &Store) {
        let lost = self.calls.len() as u64;
        if let Err(error) = store.insert_calls(&self.calls).await {
            tracing::warn!(%error, lost, "calls could not be logged");
            metrics::counter!("drawbridge_call_log_dropped_total").increment(lost);
        }
        let mut servers: Vec<(String, i64)> = self.servers.into_iter().collect();
        let mut api_tokens: Vec<(String, i64)> = self.api_tokens.into_iter().collect();
        // In one order on every node, so that two of them cannot lock each other out.
        servers.sort_unstable();
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

fn row(call: Call) -> CallRow {
    CallRow {
        id: random_id("call_"),
        at: call.at.as_microsecond(),
        account_id: call.account.to_string(),
        server_id: call.server.map(|id| id.to_string()),
        api_token_id: call.api_token,
        tool: call.tool,
        status: call.status.to_owned(),
        upstream_status: call.upstream_status.map(i64::from),
        duration_us: i64::try_from(call.duration.as_micros()).unwrap_or(i64::MAX),
    }
}
