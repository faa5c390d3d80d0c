//! Where accounts may point: the vendors' own hosts, and those that the operator lists.

use std::collections::BTreeSet;

use support::Api;
use url::{Host, Url};

/// Hosts beside the vendors' own, as `host:port`; they may be private and plain http.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamHosts(BTreeSet<(String, u16)>);

impl UpstreamHosts {
    /// Adds `host:port` (or `host` alone, for 443); `None` when it is neither.
    pub fn add(&mut self, text: &str) -> Option<()> {
        let url = Url::parse(&format!("https://{text}")).ok()?;
        let bare =
            url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        if !bare || text.ends_with('/') || text.is_empty() {
            return None;
        }
        self.0.insert((url.host_str()?.to_owned(), url.port().unwrap_or(443)));
        Some(())
    }

    /// Whether the operator lists this host and port.
    #[must_use]
    pub fn lists(&self, host: &str, port: u16) -> bool {
        self.0.contains(&(host.to_owned(), port))
    }

    /// Every host and port listed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u16)> {
        self.0.iter().map(|(host, port)| (host.as_str(), *port))
    }

    /// Reads an account's origin: scheme, host and port only, at a host of the vendor or one that is listed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn origin(&self, text: &str, api: &Api) -> Result<String, String> {
        let url = Url::parse(text).map_err(|_| "must be a URL such as https://host.example".to_owned())?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or password".to_owned());
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must be scheme, host and port only: the API's paths follow it".to_owned());
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err("must name a host".to_owned());
        };
        let origin = url.origin().ascii_serialization();
        if self.lists(host, port) {
            return Ok(origin);
        }
        if url.scheme() != "https" {
            return Err(format!("must begin with https:// unless the setting upstream-hosts lists {host}:{port}"));
        }
        let vendors = matches!(url.host(), Some(Host::Domain(_))) && port == 443 && is_vendors(host, api);
        if vendors { Ok(origin) } else { Err(format!("is no host of {}; the setting upstream-hosts can list {host}:{port}", api.title)) }
    }
}

/// Whether a host is one of the API's own, or a sister of one under the same domain.
fn is_vendors(host: &str, api: &Api) -> bool {
    api.origins.iter().filter_map(|origin| Url::parse(origin.url).ok()).filter_map(|url| url.host_str().map(str::to_owned)).any(|own| {
        let domain = own.split_once('.').map(|(_, domain)| domain).filter(|domain| is_private(domain));
        host == own || domain.is_some_and(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')))
    })
}

/// Whether everything under a domain belongs to one owner: `ironcladapp.com`, and not `co.uk`.
fn is_private(domain: &str) -> bool {
    domain.split_once('.').is_some_and(|(first, rest)| rest.contains('.') || first.len() > 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::DEMO;

    #[test]
    fn vendors_hosts_and_listed_hosts_pass_and_others_do_not() {
        let mut hosts = UpstreamHosts::default();
        hosts.add("127.0.0.1:9000").unwrap();
        for good in ["https://eu.demo.example", "https://own.demo.example/", "http://127.0.0.1:9000"] {
            assert!(hosts.origin(good, &DEMO).is_ok(), "{good}");
        }
        for bad in [
            "http://eu.demo.example",
            "https://demo.example.evil.com",
            "https://evildemo.example",
            "https://demo.example",
            "https://eu.demo.example:444",
            "https://eu.demo.example/path",
            "https://user@eu.demo.example",
            "https://127.0.0.1",
            "http://127.0.0.1:9001",
            "ftp://eu.demo.example",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(hosts.origin(bad, &DEMO).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_take_host_and_port_only() {
        let mut hosts = UpstreamHosts::default();
        assert!(hosts.add("mock.internal:8080").is_some() && hosts.add("mock.internal").is_some());
        for bad in ["", "http://x:1", "x:99999", "x/y", "a b", "u@x"] {
            assert!(hosts.add(bad).is_none(), "{bad}");
        }
    }
}
