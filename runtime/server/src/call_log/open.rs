//! A call under way: its entry in the log, settled once, whatever becomes of the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;

use super::writer::{Entry, Intent};
use super::{CallLog, CallSource, Client, Effect, PATIENCE, Unlogged};
use crate::provision::random_id;
use crate::store::CallRow;

/// The status of a call that was committed before it was sent and has not come back.
pub(super) const UNSETTLED: &str = "unsettled";
/// The status of a call that the vendor may have carried out, and of whose answer nothing is known.
pub(crate) const UNKNOWN: &str = "unknown";
/// The status of a call that went well.
pub(crate) const OK: &str = "ok";
/// The status of a call that was given up before anything was changed.
const CANCELLED: &str = "cancelled";

/// All statuses but the kinds of failure.
pub(crate) const STATUSES: [&str; 4] = [OK, CANCELLED, UNSETTLED, UNKNOWN];

/// What the log keeps of a vendor's answer.
#[derive(Debug, Default, Clone)]
pub struct Answered {
    /// Its status, where there was one.
    pub status: Option<StatusCode>,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
    /// The size of its body, in bytes.
    pub bytes: Option<usize>,
    /// How long the vendor took, the way to it included.
    pub time: Option<Duration>,
}

impl From<Option<StatusCode>> for Answered {
    fn from(status: Option<StatusCode>) -> Self {
        Self { status, ..Self::default() }
    }
}

/// A call under way. Dropping it without [`settle`](Self::settle) notes that it was given up.
#[derive(Debug)]
pub struct OpenCall(Option<Recorded>);

#[derive(Debug)]
struct Recorded {
    room: mpsc::OwnedPermit<Entry>,
    intents: mpsc::Sender<Intent>,
    open: Arc<OpenCalls>,
    row: CallRow,
    effect: Effect,
    sent: Sent,
    begun: Instant,
}

/// Whether the vendor may have heard of a call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    Perhaps,
}

impl OpenCall {
    /// A call that nobody notes.
    pub(super) fn unrecorded() -> Self {
        Self(None)
    }

    pub(super) fn new(
        log: &CallLog,
        source: &CallSource,
        client: Option<Client>,
        room: mpsc::OwnedPermit<Entry>,
        tool: &'static str,
        effect: Effect,
        at: Timestamp,
    ) -> Self {
        let (client_name, client_version) =
            client.map_or((None, None), |client| (Some(client.name), client.version));
        let row = CallRow {
            id: random_id("call_"),
            at: at.as_microsecond(),
            account_id: source.account.to_string(),
            server_id: source.server.as_ref().map(ToString::to_string),
            api_token_id: source.api_token.clone(),
            tool: tool.to_owned(),
            status: UNSETTLED.to_owned(),
            upstream_status: None,
            duration_us: 0,
            client_name,
            client_version,
            request_id: None,
            bytes: None,
            upstream_us: None,
        };
        let open = Arc::clone(&log.open);
        open.of(effect).fetch_add(1, Ordering::SeqCst);
        Self(Some(Recorded {
            room,
            intents: log.intents.clone(),
            open,
            row,
            effect,
            sent: Sent::Nothing,
            begun: Instant::now(),
        }))
    }

    /// To be awaited before the first byte is sent: commits a call that may change something to the
    /// log.
    ///
    /// # Errors
    /// [`Unlogged::Uncommitted`]: the call must not be made.
    pub async fn commit(&mut self) -> Result<(), Unlogged> {
        let Some(call) = self.0.as_mut().filter(|call| call.effect == Effect::Write) else {
            return Ok(());
        };
        let (done, committed) = oneshot::channel();
        let commit = async {
            call.intents
                .send(Intent { row: call.row.clone(), done })
                .await
                .map_err(|_| Unlogged::Uncommitted)?;
            committed.await.map_err(|_| Unlogged::Uncommitted)?
        };
        timeout(PATIENCE, commit).await.unwrap_or(Err(Unlogged::Uncommitted))?;
        call.sent = Sent::Perhaps;
        Ok(())
    }

    /// Notes how the call went: `ok` or the kind of its failure, and what the vendor answered.
    pub fn settle(mut self, status: &'static str, answered: impl Into<Answered>) {
        if let Some(call) = self.0.take() {
            call.put(status, answered.into());
        }
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let Some(call) = self.0.take() else { return };
        let status = match call.sent {
            Sent::Perhaps => {
                let (id, tool) = (&call.row.id, &call.row.tool);
                tracing::warn!(
                    call = id,
                    tool,
                    "a call was given up that the vendor may have carried out"
                );
                UNKNOWN
            }
            Sent::Nothing => CANCELLED,
        };
        call.put(status, Answered::default());
    }
}

impl Recorded {
    fn put(mut self, status: &'static str, answered: Answered) {
        let duration = self.begun.elapsed();
        metrics::counter!("drawbridge_tool_calls_total", "status" => status).increment(1);
        metrics::histogram!("drawbridge_tool_call_seconds").record(duration.as_secs_f64());
        status.clone_into(&mut self.row.status);
        self.row.upstream_status = answered.status.map(|status| status.as_u16().into());
        self.row.request_id = answered.request_id;
        self.row.bytes = answered.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
        self.row.upstream_us = answered.time.map(micros);
        self.row.duration_us = micros(duration);
        self.room.send(Entry::Call(Box::new(self.row)));
        self.open.of(self.effect).fetch_sub(1, Ordering::SeqCst);
        self.open.ended.notify_waiters();
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// How many calls are under way on this node.
#[derive(Debug, Default)]
pub struct OpenCalls {
    reads: AtomicUsize,
    writes: AtomicUsize,
    ended: Notify,
}

impl OpenCalls {
    /// How many calls of this effect are under way.
    #[must_use]
    pub fn count(&self, effect: Effect) -> usize {
        self.of(effect).load(Ordering::SeqCst)
    }

    /// Waits until no call of this effect is under way.
    pub async fn none_left(&self, effect: Effect) {
        loop {
            let ended = self.ended.notified();
            if self.count(effect) == 0 {
                return;
            }
            ended.await;
        }
    }

    fn of(&self, effect: Effect) -> &AtomicUsize {
        match effect {
            Effect::Read => &self.reads,
            Effect::Write => &self.writes,
        }
    }
}
