//! Who is connected: how many connections are open in all and by address, and how many requests
//! proxies bring for whom.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Patience;
use crate::config::{Settings, TrustedProxies};
use crate::host_policy::network;

/// How many connections may be open at a time, where the system allows as many.
pub const CONNECTIONS: usize = 8_192;
/// The same for an address that serves metrics only.
const METRICS_CONNECTIONS: usize = 64;
/// How often one limit has its line in the log, however often it turns someone away.
const LINE: Duration = Duration::from_secs(10);

/// What turns someone away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// All connections.
    Connections,
    /// The connections of one address.
    PerAddress,
    /// The requests under way that proxies bring for one address.
    PerCaller,
    /// The system's own: files that the process, or all of them, may have open.
    OpenFiles,
}

impl Limit {
    const ALL: [Self; 4] = [Self::Connections, Self::PerAddress, Self::PerCaller, Self::OpenFiles];

    fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::PerAddress => "connections-per-address",
            Self::PerCaller => "requests-per-caller",
            Self::OpenFiles => "open-files",
        }
    }
}

/// Everyone connected to one address of ours.
#[derive(Debug)]
pub struct Peers {
    connections: usize,
    per_address: usize,
    trusted: TrustedProxies,
    patience: Patience,
    open: Mutex<Counts>,
    requests: Mutex<Counts>,
    complaints: Mutex<[Complaint; Limit::ALL.len()]>,
}

/// How many there are, in all and by address.
#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// When a limit last had its line, and how many it has turned away since.
#[derive(Debug, Default, Clone, Copy)]
struct Complaint {
    last: Option<Instant>,
    since: u64,
}

impl Peers {
    /// Nobody yet, within these settings and at most `connections`.
    #[must_use]
    pub fn new(settings: &Settings, connections: usize) -> Arc<Self> {
        Self::with(
            connections,
            settings.connections_per_address,
            settings.trusted_proxies.clone(),
            Patience::default(),
        )
    }

    /// The same for an address that serves metrics only: whoever reads them comes in however full
    /// the other one is.
    #[must_use]
    pub fn of_metrics() -> Arc<Self> {
        Self::with(
            METRICS_CONNECTIONS,
            METRICS_CONNECTIONS,
            TrustedProxies::default(),
            Patience::default(),
        )
    }

    pub(super) fn with(
        connections: usize,
        per_address: usize,
        trusted: TrustedProxies,
        patience: Patience,
    ) -> Arc<Self> {
        let (open, requests, complaints) = Default::default();
        Arc::new(Self { connections, per_address, trusted, patience, open, requests, complaints })
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.patience
    }

    pub(super) fn trusted_proxies(&self) -> &TrustedProxies {
        &self.trusted
    }

    /// How many connections are open, and requests that proxies brought under way.
    #[cfg(test)]
    pub(super) fn counted(&self) -> (usize, usize) {
        (self.open.lock().unwrap().all, self.requests.lock().unwrap().by_address.values().sum())
    }

    /// Gives a connection its place.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Seat, Limit> {
        let address = peer.to_canonical();
        let is_trusted = self.trusted.contains(address);
        let counted = (!is_trusted).then(|| network(address));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.connections {
            return Err(Limit::Connections);
        }
        if let Some(counted) = counted
            && !open.add(counted, self.per_address)
        {
            return Err(Limit::PerAddress);
        }
        open.all += 1;
        metrics::gauge!("drawbridge_connections_open").increment(1.0);
        Ok(Seat { peers: Arc::clone(self), address, counted })
    }

    /// Gives a request that a proxy brings for `caller` its place.
    pub(super) fn begin_request(self: &Arc<Self>, caller: IpAddr) -> Result<UnderWay, Limit> {
        let caller = network(caller);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if !requests.add(caller, self.per_address) {
            return Err(Limit::PerCaller);
        }
        Ok(UnderWay { peers: Arc::clone(self), caller })
    }

    /// Counts one who is turned away; the log has a line now and then.
    pub(super) fn complain(&self, limit: Limit) {
        metrics::counter!("drawbridge_connections_shed_total", "limit" => limit.as_str())
            .increment(1);
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        let complaint = &mut complaints[limit as usize];
        complaint.since += 1;
        if complaint.last.is_none_or(|last| last.elapsed() >= LINE) {
            tracing::warn!(
                limit = limit.as_str(),
                count = complaint.since,
                "turned away: this limit is reached"
            );
            *complaint = Complaint { last: Some(Instant::now()), since: 0 };
        }
    }
}

impl Counts {
    /// Adds one, unless there are `most` already.
    fn add(&mut self, address: IpAddr, most: usize) -> bool {
        let count = self.by_address.entry(address).or_default();
        // `most` is at least 1: no entry is left at zero.
        let fits = *count < most;
        *count += usize::from(fits);
        fits
    }

    fn remove(&mut self, address: IpAddr) {
        if let Entry::Occupied(mut entry) = self.by_address.entry(address) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// The place of one connection; dropping it frees that.
#[derive(Debug)]
pub(super) struct Seat {
    peers: Arc<Peers>,
    address: IpAddr,
    /// What it counts as; `None` for a trusted proxy.
    counted: Option<IpAddr>,
}

impl Seat {
    pub(super) fn peers(&self) -> &Arc<Peers> {
        &self.peers
    }

    /// The peer's address.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    pub(super) fn is_trusted(&self) -> bool {
        self.counted.is_none()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(counted) = self.counted {
            open.remove(counted);
        }
        metrics::gauge!("drawbridge_connections_open").decrement(1.0);
    }
}

/// The place of one request that a proxy brought; dropping it frees that.
#[derive(Debug)]
pub(super) struct UnderWay {
    peers: Arc<Peers>,
    caller: IpAddr,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.peers.requests.lock().unwrap_or_else(PoisonError::into_inner).remove(self.caller);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(connections: usize, per_address: usize) -> Arc<Peers> {
        Peers::with(
            connections,
            per_address,
            "10.0.0.0/8, fd00::1".parse().unwrap(),
            Patience::default(),
        )
    }

    fn admit(peers: &Arc<Peers>, address: &str) -> Result<Seat, Limit> {
        peers.admit(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let peers = peers(10, 2);
        let (one, _two) =
            (admit(&peers, "192.0.2.1").unwrap(), admit(&peers, "192.0.2.1").unwrap());
        assert_eq!(
            admit(&peers, "::ffff:192.0.2.1").unwrap_err(),
            Limit::PerAddress,
            "the same address"
        );
        assert!(admit(&peers, "192.0.2.2").is_ok());
        drop(one);
        assert!(admit(&peers, "192.0.2.1").is_ok());
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_address() {
        let peers = peers(10, 2);
        let _seats = (
            admit(&peers, "2001:db8:0:1::1").unwrap(),
            admit(&peers, "2001:db8:0:1:ffff::2").unwrap(),
        );
        assert_eq!(admit(&peers, "2001:db8:0:1::3").unwrap_err(), Limit::PerAddress);
        assert!(admit(&peers, "2001:db8:0:2::1").is_ok());
    }

    #[test]
    fn proxies_have_no_share_but_their_callers_do() {
        let peers = peers(5, 2);
        let seats: Vec<Seat> = (0..5).map(|_| admit(&peers, "10.1.2.3").unwrap()).collect();
        assert!(seats.iter().all(Seat::is_trusted));
        assert_eq!(admit(&peers, "10.1.2.3").unwrap_err(), Limit::Connections);
        let request = |caller: &str| peers.begin_request(caller.parse().unwrap());
        let (one, _two) = (request("192.0.2.1").unwrap(), request("192.0.2.1").unwrap());
        assert_eq!(request("192.0.2.1").unwrap_err(), Limit::PerCaller);
        assert!(request("192.0.2.2").is_ok());
        drop(one);
        assert!(request("192.0.2.1").is_ok());
    }

    #[test]
    fn nothing_is_remembered_of_those_who_have_gone() {
        let peers = peers(10, 2);
        for number in 0..100_u8 {
            drop(admit(&peers, &format!("192.0.2.{number}")));
            drop(peers.begin_request(IpAddr::from([192, 0, 2, number])));
        }
        assert!(
            peers.open.lock().unwrap().by_address.is_empty()
                && peers.requests.lock().unwrap().by_address.is_empty()
        );
        assert_eq!(peers.open.lock().unwrap().all, 0);
    }

    #[test]
    fn networks_are_read_strictly() {
        let proxies: TrustedProxies = "10.0.0.0/8,2001:db8::/32 , 192.0.2.7".parse().unwrap();
        for (address, trusted) in [
            ("10.255.0.1", true),
            ("2001:db8::9", true),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::1", false),
        ] {
            assert_eq!(proxies.contains(address.parse().unwrap()), trusted, "{address}");
        }
        for bad in ["10.0.0.0/33", "localhost", "10.0.0", "::/129"] {
            assert!(bad.parse::<TrustedProxies>().is_err(), "{bad}");
        }
    }
}
