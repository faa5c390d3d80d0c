//! The proxies that are believed when they say who calls.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// The networks of the proxies in front of this program (`trusted-proxies`).
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether a connection from this address is such a proxy's.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The networks as texts.
    pub(super) fn words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl FromIterator<IpNet> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    /// Networks (`10.0.0.0/8`) and addresses, separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let network = |item: &str| {
            let network =
                item.parse::<IpNet>().or_else(|_| item.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| {
                format!("`{item}` is no network or address such as 10.0.0.0/8 or 2001:db8::1")
            })
        };
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(network).collect()
    }
}
