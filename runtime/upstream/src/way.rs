//! The way out: how many requests are under way at once (by account, by host, in all), and hosts
//! that have gone mute.
//!
//! Who finds no room waits for it within the call's own time, and a bounded number waits; others
//! fail at once. A host that has not answered several times in a row is asked only now and then
//! (see [`breaker`](crate::breaker)).

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use support::TransportError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::Settings;
use crate::breaker::{Breaker, Change, Entry, Mute, Patience, Reason};
use crate::clock::Clock;

/// How many hosts of a kind are remembered at most.
const HOSTS: usize = 4_096;

/// Room for a number of requests at once, and for a number that waits.
#[derive(Debug)]
pub(crate) struct Room {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    /// Which limit this is, as the metric names it.
    limit: &'static str,
}

impl Room {
    pub(crate) fn new(limit: &'static str, most: usize, most_waiting: usize) -> Self {
        let permits = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        Self { permits, waiting: AtomicUsize::new(0), most_waiting, limit }
    }

    /// Waits for room, until then at most; `whose` says whose room it is.
    async fn enter(
        &self,
        until: Instant,
        whose: &str,
    ) -> Result<OwnedSemaphorePermit, TransportError> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        let refused = |why: &str| {
            metrics::counter!("drawbridge_upstream_refused_total", "reason" => self.limit)
                .increment(1);
            TransportError::Unavailable(format!(
                "{whose} has as many calls under way as it may, {why}"
            ))
        };
        let _waits = Waits::begin(self).ok_or_else(|| refused("and as many are waiting as may"))?;
        match timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(refused("and none ended in time")),
        }
    }
}

/// One that waits; dropping it ends that.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(room: &'a Room) -> Option<Self> {
        let waits = Self(&room.waiting);
        (room.waiting.fetch_add(1, Ordering::Relaxed) < room.most_waiting).then_some(waits)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A host that does not answer.
#[derive(Debug, Clone)]
pub struct MuteHost {
    /// Scheme, name and port.
    pub host: String,
    /// When the first of the failures was.
    pub since: Timestamp,
    /// What the last one was.
    pub reason: &'static str,
    /// Until it may be tried again, which may be over; `None` while that is being done.
    pub next: Option<Duration>,
}

/// One host: scheme, name and port.
#[derive(Debug)]
struct Host {
    name: Box<str>,
    room: Room,
    breaker: Mutex<Breaker>,
    clock: Clock,
}

impl Host {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse(&self, mute: Mute) -> TransportError {
        metrics::counter!("drawbridge_upstream_refused_total", "reason" => "mute").increment(1);
        let Mute { since, reason, next } = mute;
        let next = next.map_or_else(
            || "being tried again now".to_owned(),
            |next| format!("tried again in {} s", next.as_secs() + 1),
        );
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        TransportError::Unavailable(format!(
            "{} has not answered since {since} ({reason}); {next}",
            self.name
        ))
    }

    fn admit(&self) -> Result<Entry, TransportError> {
        let (entry, change) =
            self.breaker().admit(Instant::now()).map_err(|mute| self.refuse(mute))?;
        self.tell(change);
        Ok(entry)
    }

    fn tell(&self, change: Option<Change>) {
        let Some(change) = change else { return };
        let host = &*self.name;
        let to = match change {
            Change::Opened(pause) => {
                tracing::warn!(
                    host,
                    seconds = pause.as_secs_f64(),
                    "a host does not answer: calls to it fail at once for a while"
                );
                "open"
            }
            Change::Probing => {
                tracing::info!(host, "one call tries whether a host answers again");
                "probing"
            }
            Change::Closed => {
                tracing::info!(host, "a host answers again");
                "closed"
            }
        };
        metrics::counter!("drawbridge_upstream_breaker_changes_total", "to" => to).increment(1);
    }
}

/// The hosts of one kind that requests went to.
#[derive(Debug)]
pub(crate) struct Hosts {
    known: Mutex<HashMap<Box<str>, Arc<Host>>>,
    most: usize,
    most_waiting: usize,
    patience: Patience,
    clock: Clock,
}

impl Hosts {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { max_per_host: most, max_waiting: most_waiting, patience, .. } = *settings;
        let clock = settings.clock.clone();
        Self { known: Mutex::default(), most, most_waiting, patience, clock }
    }

    /// Those that have not answered since they went mute.
    pub(crate) fn mute(&self) -> Vec<MuteHost> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mute = known.values().filter_map(|host| {
            let Mute { since, reason, next } = host.breaker().silence(now)?;
            Some(MuteHost { host: host.name.to_string(), since, reason, next })
        });
        mute.collect()
    }

    fn get(&self, name: &str) -> Arc<Host> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(name) {
            return Arc::clone(host);
        }
        let room = Room::new("host", self.most, self.most_waiting);
        let host = Arc::new(Host {
            name: name.into(),
            room,
            breaker: Mutex::new(Breaker::new(self.patience)),
            clock: self.clock.clone(),
        });
        if known.len() >= HOSTS {
            known.retain(|_, host| Arc::strong_count(host) > 1 || !host.breaker().is_calm());
        }
        if known.len() >= HOSTS {
            known.retain(|_, host| Arc::strong_count(host) > 1);
        }
        // With as many hosts as that in use at once, a further one is bounded by the other limits
        // alone.
        if known.len() < HOSTS {
            known.insert(host.name.clone(), Arc::clone(&host));
        }
        host
    }
}

/// Where a request goes, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Route<'a> {
    pub(crate) hosts: &'a Hosts,
    /// Scheme, name and port.
    pub(crate) host: &'a str,
    /// The room of whoever asks, and whose that is.
    pub(crate) own: Option<(&'a Room, &'a str)>,
}

impl Route<'_> {
    /// Waits until a request may be sent, until then at most. Own room comes first: one account's
    /// calls that wait for it take no room from others.
    pub(crate) async fn enter(self, all: &Room, until: Instant) -> Result<Pass, TransportError> {
        let host = self.hosts.get(self.host);
        // A host that is mute keeps nobody waiting.
        if let Some(mute) = host.breaker().mute(Instant::now()) {
            return Err(host.refuse(mute));
        }
        let own = match self.own {
            Some((room, whose)) => Some(room.enter(until, whose).await?),
            None => None,
        };
        let of_host = host.room.enter(until, &host.name).await?;
        let of_all = all.enter(until, "this server").await?;
        let entry = host.admit()?;
        Ok(Pass {
            host,
            entry,
            begun: Instant::now(),
            heard: false,
            settled: false,
            _permits: (own, of_host, of_all),
        })
    }
}

/// Room for one exchange until its body has been read, and what its end says about the host.
#[derive(Debug)]
pub(crate) struct Pass {
    host: Arc<Host>,
    entry: Entry,
    begun: Instant,
    /// Whether the head of the answer has come.
    heard: bool,
    settled: bool,
    _permits: (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl Pass {
    /// The head of the answer has come: unless the body breaks off, this is an answer.
    pub(crate) fn heard(&mut self) {
        self.heard = true;
    }

    /// There is no answer, or it broke off.
    pub(crate) fn failed(&mut self, reason: Reason) {
        if !std::mem::replace(&mut self.settled, true) {
            let change = self.host.breaker().failed(
                (self.entry, self.begun),
                reason,
                Instant::now(),
                self.host.clock.now(),
            );
            self.host.tell(change);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.settled {
        } else if self.heard {
            let change = self.host.breaker().answered(Instant::now());
            self.host.tell(change);
        } else {
            self.host.breaker().abandoned(self.entry, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;

    struct Case {
        hosts: Hosts,
        account: Room,
        all: Room,
    }

    impl Case {
        fn new(account: usize, host: usize, all: usize, waiting: usize) -> Self {
            let clock = Clock::held("2026-03-01T09:30:00Z".parse().unwrap());
            let settings =
                Settings { max_per_host: host, max_waiting: waiting, clock, ..Settings::default() };
            Self {
                hosts: Hosts::new(&settings),
                account: Room::new("account", account, waiting),
                all: Room::new("all", all, waiting),
            }
        }

        async fn enter(&self, host: &str, own: Option<&Room>) -> Result<Pass, TransportError> {
            let route =
                Route { hosts: &self.hosts, host, own: own.map(|room| (room, "the account")) };
            route.enter(&self.all, Instant::now() + Duration::from_secs(30)).await
        }
    }

    fn why<T: std::fmt::Debug>(refused: Result<T, TransportError>) -> String {
        match refused {
            Err(TransportError::Unavailable(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_limit_holds_by_itself_and_names_itself() {
        for (case, whose) in [
            (Case::new(1, 9, 9, 0), "the account"),
            (Case::new(9, 1, 9, 0), "https://a"),
            (Case::new(9, 9, 1, 0), "this server"),
        ] {
            let pass = case.enter("https://a", Some(&case.account)).await.unwrap();
            let refused = why(case.enter("https://a", Some(&case.account)).await);
            assert!(refused.starts_with(whose), "{refused}");
            drop(pass);
            drop(case.enter("https://a", Some(&case.account)).await.unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bounded_number_waits_and_no_longer_than_its_own_time() {
        let case = Case::new(1, 9, 9, 2);
        let held = case.enter("https://a", Some(&case.account)).await.unwrap();
        let begun = Instant::now();
        let enter = || case.enter("https://a", Some(&case.account));
        let (one, two, three) = tokio::join!(enter(), enter(), enter());
        assert!(why(three).contains("as many are waiting"));
        assert!(why(one).contains("none ended in time") && why(two).contains("none ended in time"));
        assert_eq!(begun.elapsed(), Duration::from_secs(30));
        let (waited, ()) = tokio::join!(enter(), async {
            tokio::time::advance(Duration::from_secs(5)).await;
            drop(held);
        });
        assert!(waited.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn accounts_that_wait_take_no_room_of_their_host() {
        let case = Case::new(1, 2, 9, 9);
        let held = case.enter("https://a", Some(&case.account)).await.unwrap();
        let other = Room::new("account", 1, 9);
        let (waits, passes) = tokio::join!(case.enter("https://a", Some(&case.account)), async {
            let begun = Instant::now();
            case.enter("https://a", Some(&other)).await.unwrap();
            begun.elapsed()
        });
        assert_eq!(passes, Duration::ZERO);
        assert!(waits.is_err());
        drop(held);
    }

    #[tokio::test(start_paused = true)]
    async fn a_mute_host_refuses_at_once_and_with_the_reason_and_harms_no_other() {
        let case = Case::new(9, 9, 9, 9);
        for _ in 0..Patience::default().failures {
            case.enter("https://a", None).await.unwrap().failed("no answer in time");
        }
        let refused = why(case.enter("https://a", None).await);
        assert!(
            refused.starts_with("https://a has not answered since 2026-03-01T09:30:00Z"),
            "{refused}"
        );
        assert!(
            refused.ends_with("(no answer in time); tried again in 2 s")
                || refused.ends_with("in 3 s"),
            "{refused}"
        );
        drop(case.enter("https://b", None).await.unwrap());
        tokio::time::advance(Duration::from_secs(3)).await;
        let mut probe = case.enter("https://a", None).await.unwrap();
        assert!(why(case.enter("https://a", None).await).ends_with("being tried again now"));
        probe.heard();
        drop(probe);
        drop(case.enter("https://a", None).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_wait_at_a_host_that_goes_mute_fail_too() {
        let case = Case::new(9, 1, 9, 9);
        let mut held = case.enter("https://a", None).await.unwrap();
        (1..Patience::default().failures).for_each(|_| {
            held.host.breaker().failed(
                (Entry::Ordinary, Instant::now()),
                "silence",
                Instant::now(),
                Timestamp::UNIX_EPOCH,
            );
        });
        let (waits, ()) = tokio::join!(case.enter("https://a", None), async {
            held.failed("silence");
            drop(held);
        });
        assert!(why(waits).contains("has not answered"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_leaves_gives_its_room_and_its_try_back() {
        let case = Case::new(1, 9, 9, 9);
        for _ in 0..Patience::default().failures {
            case.enter("https://a", Some(&case.account)).await.unwrap().failed("silence");
        }
        tokio::time::advance(Duration::from_secs(5)).await;
        for _ in 0..100 {
            let probe = case.enter("https://a", Some(&case.account)).await.unwrap();
            assert_eq!(probe.entry, Entry::Probe);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_are_remembered_in_bounds_and_mute_ones_longer() {
        let case = Case::new(9, 9, 9, 9);
        for _ in 0..Patience::default().failures {
            case.enter("https://mute", None).await.unwrap().failed("silence");
        }
        for number in 0..2 * HOSTS {
            drop(case.enter(&format!("https://{number}"), None).await.unwrap());
        }
        assert!(case.hosts.known.lock().unwrap().len() <= HOSTS);
        assert!(case.enter("https://mute", None).await.is_err());
        for number in 0..2 * HOSTS {
            case.enter(&format!("https://gone{number}"), None).await.unwrap().failed("silence");
        }
        assert!(case.hosts.known.lock().unwrap().len() <= HOSTS);
    }
}
