//! The log of calls and the times of last use.
//!
//! A call that may change something is committed to the log before its first byte is sent. What
//! came of it, and calls that only read, are written in batches off the call path. Room in the
//! queue is taken when a call begins, so that its entry can always be put in, by a drop guard too:
//! neither a hang-up nor a flood loses one.

mod client;
mod open;
mod writer;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use support::Tool;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

pub use client::Client;
use client::Introduced;
pub use open::{Answered, OpenCall, OpenCalls};
pub(crate) use open::{OK, STATUSES, UNKNOWN};
use writer::{Entry, Intent};

use crate::provision::{AccountId, ServerId};
use crate::store::{ServerUse, Store};

/// How many entries wait at most, those of calls under way included.
const QUEUE: usize = 16_384;
/// How many calls wait at most to be committed before they are sent.
const INTENTS: usize = 4_096;
/// How long a call waits for room in the queue, or to be committed, before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes entries; cheap to clone.
#[derive(Debug, Clone)]
pub struct CallLog {
    entries: mpsc::Sender<Entry>,
    intents: mpsc::Sender<Intent>,
    open: Arc<OpenCalls>,
    introduced: Introduced,
}

/// Who calls, and where: what the log knows of a call before its tool.
#[derive(Debug, Clone)]
pub struct CallSource {
    /// In which account.
    pub account: AccountId,
    /// Through which MCP server, if through one.
    pub server: Option<ServerId>,
    /// With which API token, by its id.
    pub api_token: Option<String>,
    /// Through which client, as its headers say.
    pub client: Option<Client>,
    /// From which address.
    pub address: Option<IpAddr>,
}

/// What a call may do at the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It reads.
    Read,
    /// It may change something.
    Write,
}

impl Effect {
    /// What calls of a tool may do.
    #[must_use]
    pub fn of(tool: &Tool) -> Self {
        if tool.annotations.read_only { Self::Read } else { Self::Write }
    }
}

/// A call that cannot be logged, and is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unlogged {
    /// As many entries wait to be written as may.
    #[error("the call log is full, because its database takes nothing at the moment")]
    Full,
    /// The entry could not be committed.
    #[error("the call could not be committed to the call log, and is not made without that")]
    Uncommitted,
}

/// Where the calls of one source are noted: in the log, or nowhere in a program without a database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorder<'a> {
    log: Option<(&'a CallLog, &'a CallSource)>,
    /// Who the request itself says that it is.
    client: Option<&'a Client>,
}

impl CallLog {
    /// Starts the writers.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (entries, batches) = mpsc::channel(QUEUE);
        let (intents, commits) = mpsc::channel(INTENTS);
        tokio::spawn(writer::write(store.clone(), batches));
        tokio::spawn(writer::commit(store, commits));
        Self { entries, intents, open: Arc::default(), introduced: Introduced::default() }
    }

    /// Where the calls of `source` are noted.
    #[must_use]
    pub fn recorder<'a>(&'a self, source: &'a CallSource) -> Recorder<'a> {
        Recorder { log: Some((self, source)), client: None }
    }

    /// The calls under way.
    #[must_use]
    pub fn open(&self) -> &OpenCalls {
        &self.open
    }

    /// How many entries wait to be written, those of calls under way included, and how many may.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let most = self.entries.max_capacity();
        (most.saturating_sub(self.entries.capacity()), most)
    }

    /// Notes that an API token was used.
    pub fn api_token_used(&self, id: &str, at: Timestamp) {
        self.used(Entry::ApiToken(id.to_owned(), at));
    }

    /// Waits until everything noted so far is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.entries.send(Entry::Flush(done)).await.is_ok() {
            // An error means that the writer is gone, and then there is nothing to wait for.
            let _ = written.await;
        }
    }

    /// A time of last use gives way to calls when the queue is full: the next use brings it up to
    /// date.
    fn used(&self, entry: Entry) {
        let _ = self.entries.try_send(entry);
    }
}

impl<'a> Recorder<'a> {
    /// The same for a request that says which client it comes from.
    #[must_use]
    pub fn of_client(self, client: Option<&'a Client>) -> Self {
        Self { client, ..self }
    }

    /// Notes what a client said of itself in a handshake, for its calls to come.
    pub fn introduced(&self, client: Client) {
        if let Some((log, source)) = self.log {
            log.introduced.note(source, client);
        }
    }

    /// Begins a call of `tool`, and takes the room that its entry will need.
    ///
    /// # Errors
    /// [`Unlogged::Full`].
    pub async fn begin(
        &self,
        tool: &'static str,
        effect: Effect,
        at: Timestamp,
    ) -> Result<OpenCall, Unlogged> {
        let Some((log, source)) = self.log else { return Ok(OpenCall::unrecorded()) };
        let room = match log.entries.clone().try_reserve_owned() {
            Ok(room) => room,
            Err(_) => match timeout(PATIENCE, log.entries.clone().reserve_owned()).await {
                Ok(Ok(room)) => room,
                _ => return Err(Unlogged::Full),
            },
        };
        let client = self.client.cloned().or_else(|| log.introduced.client(source));
        Ok(OpenCall::new(log, source, client, room, tool, effect, at))
    }

    /// Notes that the server and the API token were used without a call; `listed` is how many tools
    /// were shown.
    pub fn used(&self, at: Timestamp, listed: Option<usize>) {
        let Some((log, source)) = self.log else { return };
        if let Some(server) = &source.server {
            let client = self.client.cloned().or_else(|| log.introduced.client(source));
            let used = ServerUse {
                at: at.as_microsecond(),
                client_version: client.as_ref().and_then(|client| client.version.clone()),
                client_name: client.map(|client| client.name),
                listed_tools: listed.and_then(|count| i64::try_from(count).ok()),
            };
            log.used(Entry::Server(server.clone(), used));
        }
        if let Some(token) = &source.api_token {
            log.api_token_used(token, at);
        }
    }
}
