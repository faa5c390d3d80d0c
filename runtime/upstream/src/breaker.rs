//! Whether a host that does not answer is still asked: after some failures in a row only once in a
//! while.
//!
//! Time is an input here, so that tests need none.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// When a host counts as mute, and how often it is asked then.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Transport failures (no answer in time, not reached, broken off) in a row after which nothing
    /// is sent. Answers with an error status are answers.
    pub failures: u32,
    /// From then to the first request that tries again; doubled after each one in vain.
    pub pause: Duration,
    /// The longest that it grows to.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { failures: 5, pause: Duration::from_secs(2), longest_pause: Duration::from_secs(30) }
    }
}

/// What a failure was, in words for callers.
pub(crate) type Reason = &'static str;

/// How a request was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// As every request to a host that answers.
    Ordinary,
    /// As the one that tries whether the host answers again.
    Probe,
}

/// What became of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing is sent for this long.
    Opened(Duration),
    /// One request tries again.
    Probing,
    /// It answers.
    Closed,
}

/// Why a request is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mute {
    /// When the first of the failures was.
    pub(crate) since: Timestamp,
    /// What the last one was.
    pub(crate) reason: Reason,
    /// Until the next try; `None` while one is under way.
    pub(crate) next: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed,
    Open { until: Instant, pause: Duration },
    Probing { pause: Duration },
}

/// The memory of one host's failures.
#[derive(Debug)]
pub(crate) struct Breaker {
    patience: Patience,
    state: State,
    /// In a row, without an answer between.
    failures: u32,
    last: Option<(Timestamp, Reason)>,
    /// When the host last answered.
    answered: Option<Instant>,
}

impl Breaker {
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, state: State::Closed, failures: 0, last: None, answered: None }
    }

    /// Why nothing may be sent at the moment.
    pub(crate) fn mute(&self, now: Instant) -> Option<Mute> {
        let next = match self.state {
            State::Open { until, .. } if until > now => Some(until - now),
            State::Probing { .. } => None,
            State::Closed | State::Open { .. } => return None,
        };
        self.last.map(|(since, reason)| Mute { since, reason, next })
    }

    /// What is remembered of a host that has not answered since it went mute, also when the next
    /// request may try again.
    pub(crate) fn silence(&self, now: Instant) -> Option<Mute> {
        let next = match self.state {
            State::Closed => return None,
            State::Open { until, .. } => Some(until.saturating_duration_since(now)),
            State::Probing { .. } => None,
        };
        self.last.map(|(since, reason)| Mute { since, reason, next })
    }

    /// Lets a request through, or says why not.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(Entry, Option<Change>), Mute> {
        if let Some(mute) = self.mute(now) {
            return Err(mute);
        }
        match self.state {
            State::Closed => Ok((Entry::Ordinary, None)),
            State::Open { pause, .. } | State::Probing { pause } => {
                self.state = State::Probing { pause };
                Ok((Entry::Probe, Some(Change::Probing)))
            }
        }
    }

    /// The host answered, whatever it said.
    pub(crate) fn answered(&mut self, now: Instant) -> Option<Change> {
        self.answered = Some(now);
        let was_closed = matches!(self.state, State::Closed);
        (self.state, self.failures, self.last) = (State::Closed, 0, None);
        (!was_closed).then_some(Change::Closed)
    }

    /// There was no answer to a request that was let through at `begun`. Where the host has
    /// answered another since, that says something about the request, and nothing about the host.
    pub(crate) fn failed(
        &mut self,
        (entry, begun): (Entry, Instant),
        reason: Reason,
        now: Instant,
        at: Timestamp,
    ) -> Option<Change> {
        if entry == Entry::Ordinary && self.answered.is_some_and(|answered| answered > begun) {
            return None;
        }
        let since = self.last.map_or(at, |(since, _)| since);
        self.last = Some((since, reason));
        let pause = match (self.state, entry) {
            (State::Closed, _) => {
                self.failures = self.failures.saturating_add(1);
                if self.failures < self.patience.failures {
                    return None;
                }
                self.patience.pause
            }
            (State::Probing { pause }, Entry::Probe) => {
                (pause * 2).min(self.patience.longest_pause)
            }
            // Sent before the host counted as mute: nothing new.
            (State::Open { .. } | State::Probing { .. }, _) => return None,
        };
        self.state = State::Open { until: now + pause, pause };
        Some(Change::Opened(pause))
    }

    /// Whoever asked has gone before there was an answer: that says nothing about the host, and the
    /// next request may try.
    pub(crate) fn abandoned(&mut self, entry: Entry, now: Instant) {
        if let (State::Probing { pause }, Entry::Probe) = (self.state, entry) {
            self.state = State::Open { until: now, pause };
        }
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_calm(&self) -> bool {
        matches!(self.state, State::Closed) && self.failures == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        failures: 3,
        pause: Duration::from_secs(2),
        longest_pause: Duration::from_secs(5),
    };

    /// A breaker and the clock that it is asked by.
    struct Case(Breaker, Instant);

    impl Case {
        fn new() -> Self {
            Self(Breaker::new(PATIENCE), Instant::now())
        }

        fn open() -> Self {
            let mut case = Self::new();
            (0..3).for_each(|_| _ = case.fail(Entry::Ordinary));
            case
        }

        fn fail(&mut self, entry: Entry) -> Option<Change> {
            self.0.failed(
                (entry, self.1),
                "silence",
                self.1,
                "2026-01-01T00:00:00Z".parse().unwrap(),
            )
        }

        fn later(&mut self, seconds: u64) -> Result<(Entry, Option<Change>), Mute> {
            self.1 += Duration::from_secs(seconds);
            self.0.admit(self.1)
        }
    }

    #[test]
    fn only_failures_in_a_row_make_a_host_mute() {
        let mut case = Case::new();
        for _ in 0..10 {
            assert_eq!((case.fail(Entry::Ordinary), case.fail(Entry::Ordinary)), (None, None));
            assert_eq!(case.0.answered(case.1), None);
        }
        assert!(case.0.is_calm());
        assert_eq!((case.fail(Entry::Ordinary), case.fail(Entry::Ordinary)), (None, None));
        assert_eq!(case.fail(Entry::Ordinary), Some(Change::Opened(PATIENCE.pause)));
        let mute = case.later(1).unwrap_err();
        assert_eq!((mute.reason, mute.next), ("silence", Some(Duration::from_secs(1))));
        assert_eq!(mute.since.to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_was_sent_before_the_host_answered_another_does_not_count() {
        let mut case = Case::new();
        let begun = case.1;
        case.later(5).unwrap();
        case.0.answered(case.1);
        for _ in 0..10 {
            let at = "2026-01-01T00:00:00Z".parse().unwrap();
            assert_eq!(case.0.failed((Entry::Ordinary, begun), "silence", case.1, at), None);
        }
        assert!(case.0.is_calm());
    }

    #[test]
    fn one_request_tries_after_a_pause_that_grows_to_a_cap() {
        let mut case = Case::open();
        for pause in [2, 4, 5, 5] {
            assert!(case.later(pause - 1).is_err(), "{pause}");
            assert_eq!(case.later(1), Ok((Entry::Probe, Some(Change::Probing))), "{pause}");
            assert_eq!(case.later(60).unwrap_err().next, None, "one only");
            assert!(matches!(case.fail(Entry::Probe), Some(Change::Opened(_))));
        }
        assert!(case.later(5).is_ok());
        assert_eq!(case.0.answered(case.1), Some(Change::Closed));
        assert_eq!(case.later(0), Ok((Entry::Ordinary, None)));
        // From the start again.
        (0..2).for_each(|_| _ = case.fail(Entry::Ordinary));
        assert_eq!(case.fail(Entry::Ordinary), Some(Change::Opened(PATIENCE.pause)));
    }

    #[test]
    fn a_try_that_is_given_up_neither_counts_nor_bars_the_next() {
        let mut case = Case::open();
        for _ in 0..5 {
            assert_eq!(case.later(2).unwrap().0, Entry::Probe);
            case.0.abandoned(Entry::Probe, case.1);
            assert_eq!(case.later(0).unwrap().0, Entry::Probe);
            case.0.abandoned(Entry::Ordinary, case.1);
            assert!(case.later(0).is_err(), "the second try is under way");
            case.0.abandoned(Entry::Probe, case.1);
        }
        case.later(0).unwrap();
        assert_eq!(
            case.fail(Entry::Probe),
            Some(Change::Opened(Duration::from_secs(4))),
            "the pause has doubled once"
        );
    }

    #[test]
    fn what_was_sent_before_the_host_was_mute_neither_prolongs_it_nor_is_lost() {
        let mut case = Case::open();
        assert_eq!(case.fail(Entry::Ordinary), None);
        assert_eq!(case.later(2).unwrap().0, Entry::Probe);
        assert_eq!(case.fail(Entry::Ordinary), None, "not the one that tries");
        assert_eq!(case.0.answered(case.1), Some(Change::Closed), "a late answer is an answer");
        assert_eq!(case.fail(Entry::Probe), None, "one failure after an answer");
    }
}
