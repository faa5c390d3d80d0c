//! Who sends what is no token: guessing is slow.

use std::net::IpAddr;
use std::time::Duration;

use moka::sync::Cache;

use crate::host_policy::network;

/// How many wrong tokens an address may send, and within what time.
const WRONG: (u32, Duration) = (10, Duration::from_secs(300));
/// How many addresses are remembered that sent some.
const ADDRESSES: u64 = 10_000;
/// How many addresses are told of in the log of acts, within the same time.
const TOLD: u64 = 20;

/// Wrong tokens by the address that sent them.
#[derive(Debug, Clone)]
pub(crate) struct WrongTokens {
    counts: Cache<IpAddr, u32>,
    /// The addresses that the log of acts was told of.
    told: Cache<IpAddr, ()>,
}

impl Default for WrongTokens {
    fn default() -> Self {
        Self {
            counts: Cache::builder().max_capacity(ADDRESSES).time_to_live(WRONG.1).build(),
            // Twice as many as are told of, so that none is forgotten before its time.
            told: Cache::builder().max_capacity(2 * TOLD).time_to_live(WRONG.1).build(),
        }
    }
}

impl WrongTokens {
    /// Whether this address, or one of its network, has sent as many as it may.
    pub(crate) fn too_many(&self, address: IpAddr) -> bool {
        self.counts.get(&network(address)).is_some_and(|count| count >= WRONG.0)
    }

    /// Counts one more.
    pub(crate) fn note(&self, address: IpAddr) {
        let address = network(address);
        let count = self.counts.get(&address).unwrap_or_default();
        self.counts.insert(address, count.saturating_add(1));
    }

    /// Whether the log of acts is to be told of this address: once in the time that wrong tokens are
    /// remembered, and of so few addresses that no flood of guesses fills the log.
    pub(crate) fn tell(&self, address: IpAddr) -> bool {
        let address = network(address);
        self.told.run_pending_tasks();
        if self.told.entry_count() >= TOLD || self.told.contains_key(&address) {
            return false;
        }
        self.told.insert(address, ());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_err_ten_times() {
        let wrong = WrongTokens::default();
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let same_network: IpAddr = "2001:db8::2".parse().unwrap();
        for _ in 0..WRONG.0 {
            assert!(!wrong.too_many(same_network));
            wrong.note(one);
        }
        assert!(wrong.too_many(same_network));
        assert!(!wrong.too_many("2001:db8:0:1::1".parse().unwrap()));
    }

    #[test]
    fn of_an_address_is_told_once_and_of_few() {
        let wrong = WrongTokens::default();
        let address = |last: u8| IpAddr::from([10, 0, 0, last]);
        let told = (0..100).filter(|last| wrong.tell(address(*last))).count();
        assert_eq!(u64::try_from(told), Ok(TOLD));
        let wrong = WrongTokens::default();
        assert!(wrong.tell(address(1)) && !wrong.tell(address(1)) && wrong.tell(address(2)));
    }
}
