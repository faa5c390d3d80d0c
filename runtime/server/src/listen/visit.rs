//! What one connection is doing, as far as its deadlines need it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::Version;
use tokio::time::Instant;

use super::Patience;

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It never said a word.
    Silent,
    /// The head of a request takes too long.
    SlowHead,
    /// It has had no request for long.
    Idle,
    /// It does not read what it asked for.
    Unread,
}

impl End {
    /// Counts it.
    pub(super) fn note(self) {
        let reason = match self {
            Self::Silent => "silent",
            Self::SlowHead => "slow_head",
            Self::Idle => "idle",
            Self::Unread => "unread",
        };
        metrics::counter!("drawbridge_connections_ended_total", "reason" => reason).increment(1);
        tracing::debug!(reason, "a connection was ended");
    }
}

/// A moment in milliseconds since the connection began, plus one; 0: none.
#[derive(Debug, Default)]
pub(super) struct Moment(AtomicU64);

impl Moment {
    fn set(&self, now: u64) {
        self.0.store(now, Relaxed);
    }

    fn clear(&self) {
        self.0.store(0, Relaxed);
    }

    fn get(&self) -> Option<u64> {
        Some(self.0.load(Relaxed)).filter(|moment| *moment != 0)
    }
}

/// One connection from its beginning to its end. Written by whoever reads, writes and answers; read
/// when its clock ticks.
#[derive(Debug)]
pub(super) struct Visit {
    begun: Instant,
    /// Requests that are not answered to their last byte, streams included.
    under_way: AtomicU32,
    /// Those of them whose answers are event streams: these do not keep the program from ending.
    streams: AtomicU32,
    /// Whether there has been a request.
    asked: AtomicBool,
    /// Whether several requests can be under way: then bytes need not belong to a head.
    multiplexed: AtomicBool,
    /// When the first byte of the next head came.
    heard: Moment,
    /// When the last request ended, while none is under way.
    quiet: Moment,
    /// Since when the peer has taken nothing of what is to be written.
    blocked: Moment,
    /// Whether it was ended because it left us waiting.
    aborted: AtomicBool,
    /// For each answer that comes in pieces: when the last piece was handed over, until a further
    /// one is wanted.
    pieces: Mutex<Vec<Weak<Moment>>>,
}

impl Visit {
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            under_way: AtomicU32::new(0),
            streams: AtomicU32::new(0),
            asked: AtomicBool::new(false),
            multiplexed: AtomicBool::new(false),
            heard: Moment::default(),
            quiet: Moment::default(),
            blocked: Moment::default(),
            aborted: AtomicBool::new(false),
            pieces: Mutex::default(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// A request has come.
    pub(super) fn ask(self: &Arc<Self>, version: Version) -> Asked {
        self.under_way.fetch_add(1, Relaxed);
        self.asked.store(true, Relaxed);
        self.multiplexed.store(version == Version::HTTP_2, Relaxed);
        self.heard.clear();
        self.quiet.clear();
        Asked { visit: Arc::clone(self), stream: false }
    }

    /// Bytes have come.
    pub(super) fn hear(&self) {
        if self.under_way.load(Relaxed) == 0 && self.heard.get().is_none() {
            self.heard.set(self.now());
        }
    }

    /// The peer takes nothing at the moment.
    pub(super) fn block(&self) {
        if self.blocked.get().is_none() {
            self.blocked.set(self.now());
        }
    }

    /// The connection is ended although it has something under way.
    pub(super) fn abort(&self) {
        self.aborted.store(true, Relaxed);
    }

    /// Whether what is to be written yet is for nobody: the connection was aborted, or its peer
    /// takes nothing.
    pub(super) fn is_for_nobody(&self) -> bool {
        self.aborted.load(Relaxed) || self.blocked.get().is_some()
    }

    /// The peer takes what is written.
    pub(super) fn unblock(&self) {
        if self.blocked.get().is_some() {
            self.blocked.clear();
        }
    }

    /// A part of an answer went out: where its request has ended before (HTTP/2 keeps answers of
    /// its own), it is not quiet.
    pub(super) fn told(&self) {
        if self.quiet.get().is_some() {
            self.quiet.set(self.now());
        }
    }

    /// Whether nothing but streams holds the connection.
    pub(super) fn may_go(&self) -> bool {
        let streams = self.streams.load(Relaxed);
        self.under_way.load(Relaxed) <= streams && (streams > 0 || self.blocked.get().is_none())
    }

    /// How long until this connection has left us waiting for too long, or for what it has.
    pub(super) fn late(&self, patience: &Patience) -> Result<Duration, End> {
        let Some((since, limit, end)) = self.waited(patience) else { return Ok(Duration::MAX) };
        let waited = Duration::from_millis(self.now().saturating_sub(since));
        limit.checked_sub(waited).filter(|left| !left.is_zero()).ok_or(end)
    }

    /// Since when we wait, how long we do, and for what.
    fn waited(&self, patience: &Patience) -> Option<(u64, Duration, End)> {
        if let Some(since) = self.blocked.get() {
            return Some((since, patience.unread, End::Unread));
        }
        if self.under_way.load(Relaxed) > 0 {
            return self.unread().map(|since| (since, patience.unread, End::Unread));
        }
        let asked = self.asked.load(Relaxed);
        match self.heard.get() {
            Some(since) if !asked || !self.multiplexed.load(Relaxed) => {
                Some((since, patience.head, End::SlowHead))
            }
            _ if asked => Some((self.quiet.get().unwrap_or_default(), patience.idle, End::Idle)),
            _ => Some((0, patience.first_byte, End::Silent)),
        }
    }

    /// Since when nothing more was wanted of any answer, where that is so of all requests under
    /// way.
    fn unread(&self) -> Option<u64> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        pieces.retain(|piece| piece.strong_count() > 0);
        let waiting: Vec<u64> = pieces.iter().filter_map(|piece| piece.upgrade()?.get()).collect();
        if waiting.len() < self.under_way.load(Relaxed) as usize {
            None
        } else {
            waiting.into_iter().max()
        }
    }
}

/// A request under way; dropping it ends that.
#[derive(Debug)]
pub(super) struct Asked {
    visit: Arc<Visit>,
    stream: bool,
}

impl Asked {
    /// Its answer is an event stream.
    pub(super) fn is_stream(&mut self) {
        if !std::mem::replace(&mut self.stream, true) {
            self.visit.streams.fetch_add(1, Relaxed);
        }
    }

    /// Its answer comes in pieces.
    pub(super) fn in_pieces(&self) -> Pieces {
        let last = Arc::new(Moment::default());
        self.visit
            .pieces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::downgrade(&last));
        Pieces { visit: Arc::clone(&self.visit), last }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.stream {
            self.visit.streams.fetch_sub(1, Relaxed);
        }
        if self.visit.under_way.fetch_sub(1, Relaxed) == 1 {
            self.visit.quiet.set(self.visit.now());
        }
    }
}

/// The pieces of one answer.
#[derive(Debug)]
pub(super) struct Pieces {
    visit: Arc<Visit>,
    last: Arc<Moment>,
}

impl Pieces {
    /// The peer can take another one.
    pub(super) fn wanted(&self) {
        self.last.clear();
    }

    /// One was handed over.
    pub(super) fn handed_over(&self) {
        self.last.set(self.visit.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A visit under the paused clock.
    struct Case(Arc<Visit>);

    impl Case {
        fn new() -> Self {
            Self(Arc::new(Visit::begin()))
        }

        /// What a connection is ended for within an hour of nothing more, and after how many
        /// seconds.
        async fn ends(&self) -> Option<(End, u64)> {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(3600) {
                if let Err(end) = self.0.late(&Patience::default()) {
                    return Some((end, begun.elapsed().as_secs()));
                }
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            None
        }
    }

    async fn seconds(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn silence_slow_heads_and_idleness_end() {
        assert_eq!(Case::new().ends().await, Some((End::Silent, 10)));
        let case = Case::new();
        seconds(9).await;
        case.0.hear();
        seconds(15).await;
        case.0.hear();
        assert_eq!(
            case.ends().await,
            Some((End::SlowHead, 5)),
            "further bytes of a head give no further time"
        );
        let case = Case::new();
        case.0.hear();
        drop(case.0.ask(Version::HTTP_11));
        assert_eq!(case.ends().await, Some((End::Idle, 120)));
        case.0.hear();
        assert_eq!(case.ends().await, Some((End::SlowHead, 20)), "of a later request");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_may_take_long_with_a_silent_client() {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let case = Case::new();
            let asked = case.0.ask(version);
            assert_eq!(case.ends().await, None);
            let pieces = asked.in_pieces();
            pieces.handed_over();
            pieces.wanted();
            assert_eq!(case.ends().await, None, "a stream that waits for its next event");
            drop(asked);
            assert_eq!(case.ends().await, Some((End::Idle, 120)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn peers_that_only_answer_pings_are_idle() {
        let case = Case::new();
        case.0.hear();
        seconds(15).await;
        case.0.hear();
        assert_eq!(case.ends().await, Some((End::SlowHead, 5)), "without a request ever");
        let case = Case::new();
        drop(case.0.ask(Version::HTTP_2));
        seconds(60).await;
        case.0.hear();
        assert_eq!(case.ends().await, Some((End::Idle, 60)));
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_are_not_read_end() {
        let case = Case::new();
        let asked = case.0.ask(Version::HTTP_11);
        case.0.block();
        seconds(20).await;
        case.0.unblock();
        case.0.block();
        assert_eq!(case.ends().await, Some((End::Unread, 30)));
        case.0.unblock();
        let (one, other) = (asked.in_pieces(), case.0.ask(Version::HTTP_2));
        one.handed_over();
        assert_eq!(case.ends().await, None, "another request is under way");
        drop(other);
        assert_eq!(case.ends().await, Some((End::Unread, 0)));
    }

    #[tokio::test(start_paused = true)]
    async fn only_streams_give_way_when_the_program_ends() {
        let case = Case::new();
        assert!(case.0.may_go());
        let mut asked = case.0.ask(Version::HTTP_11);
        assert!(!case.0.may_go());
        asked.is_stream();
        case.0.block();
        assert!(case.0.may_go(), "a stream that is not read");
        drop(asked);
        assert!(!case.0.may_go(), "the rest of an answer");
        case.0.unblock();
        assert!(case.0.may_go());
    }
}
