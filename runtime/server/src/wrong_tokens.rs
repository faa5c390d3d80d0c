//! Who sends what is no token: guessing is slow.

use std::net::IpAddr;
use std::time::Duration;

use moka::sync::Cache;

use crate::host_policy::network;

/// How many wrong tokens an address may send, and within what time.
const WRONG: (u32, Duration) = (10, Duration::from_secs(300));
/// How many addresses are remembered that sent some.
const ADDRESSES: u64 = 10_000;

/// Wrong tokens by the address that sent them.
#[derive(Debug, Clone)]
pub(crate) struct WrongTokens(Cache<IpAddr, u32>);

impl Default for WrongTokens {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(ADDRESSES).time_to_live(WRONG.1).build())
    }
}

impl WrongTokens {
    /// Whether this address, or one of its network, has sent as many as it may.
    pub(crate) fn too_many(&self, address: IpAddr) -> bool {
        self.0.get(&network(address)).is_some_and(|count| count >= WRONG.0)
    }

    /// Counts one more.
    pub(crate) fn note(&self, address: IpAddr) {
        let address = network(address);
        let count = self.0.get(&address).unwrap_or_default();
        self.0.insert(address, count.saturating_add(1));
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
}
