//! How often an address may do something that costs us a row or somebody else a request.

use std::net::IpAddr;
use std::time::Duration;

use moka::sync::Cache;

use crate::host_policy::network;

/// How many addresses are remembered.
const ADDRESSES: u64 = 10_000;

/// How often each address did something within a time that begins with its first.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    most: u32,
    counts: Cache<IpAddr, (u32, std::time::Instant)>,
    within: Duration,
}

impl Rate {
    pub(crate) fn new(most: u32, within: Duration) -> Self {
        let counts = Cache::builder().max_capacity(ADDRESSES).time_to_live(within).build();
        Self { most, counts, within }
    }

    /// Whether this address, or one of its network, did it as often as it may.
    pub(crate) fn is_spent(&self, address: Option<IpAddr>) -> bool {
        let count = address.and_then(|address| self.counts.get(&network(address)));
        count.is_some_and(|(count, since)| count >= self.most && since.elapsed() < self.within)
    }

    /// Counts one more.
    pub(crate) fn note(&self, address: Option<IpAddr>) {
        let Some(address) = address.map(network) else { return };
        let known = self.counts.get(&address).filter(|(_, since)| since.elapsed() < self.within);
        let (count, since) = known.unwrap_or((0, std::time::Instant::now()));
        self.counts.insert(address, (count.saturating_add(1), since));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_does_it_so_often_and_no_more() {
        let rate = Rate::new(2, Duration::from_secs(60));
        let one = Some(IpAddr::from([10, 0, 0, 1]));
        for _ in 0..2 {
            assert!(!rate.is_spent(one));
            rate.note(one);
        }
        assert!(rate.is_spent(one) && !rate.is_spent(Some(IpAddr::from([10, 0, 0, 2]))));
        assert!(!rate.is_spent(None));
    }
}
