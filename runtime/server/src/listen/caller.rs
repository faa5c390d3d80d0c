//! Who makes a request: the peer, or whom a trusted proxy names in `Forwarded` (RFC 7239) or
//! `X-Forwarded-For`.
//!
//! Only the right end of these headers is the proxies' own; everything to its left is what callers
//! made up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::TrustedProxies;

/// How many proxies may stand in front of one another.
const HOPS: usize = 32;

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The caller of a request that came from the trusted proxy `peer`: the rightmost address that is
/// no trusted proxy. Where a proxy names none (`unknown`, a name that hides it, nonsense, no
/// header), it is that proxy itself.
///
/// A proxy writes one of the two headers and may pass the other on as it came: when they disagree,
/// neither is believed.
pub(super) fn behind(trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let by = |name: &HeaderName, read: fn(&str) -> Vec<Hop>| {
        headers
            .contains_key(name)
            .then(|| rightmost(trusted, peer, headers.get_all(name).iter(), read))
    };
    match (by(&FORWARDED, forwarded), by(&X_FORWARDED_FOR, x_forwarded_for)) {
        (Some(one), Some(other)) => {
            if one == other {
                one
            } else {
                peer
            }
        }
        (Some(caller), None) | (None, Some(caller)) => caller,
        (None, None) => peer,
    }
}

/// Whom one proxy named; `None` when it named nobody.
type Hop = Option<IpAddr>;

fn rightmost<'a>(
    trusted: &TrustedProxies,
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a HeaderValue>,
    read: fn(&str) -> Vec<Hop>,
) -> IpAddr {
    // A line that is not even text names nobody.
    let hops = lines
        .rev()
        .flat_map(|line| line.to_str().map_or_else(|_| vec![None], read).into_iter().rev());
    let mut last = peer;
    for hop in hops.take(HOPS) {
        match hop {
            Some(address) if trusted.contains(address) => last = address,
            Some(address) => return address,
            None => return last,
        }
    }
    last
}

/// The hops of one line of `X-Forwarded-For`, in order. It has no specification: addresses, perhaps
/// with ports, by commas.
fn x_forwarded_for(line: &str) -> Vec<Hop> {
    line.split(',').map(|item| node(item.trim())).collect()
}

/// The hops of one line of `Forwarded`, in order; a line that does not follow the grammar names
/// nobody.
fn forwarded(line: &str) -> Vec<Hop> {
    let mut scanner = Scanner(line.as_bytes());
    let mut hops = Vec::new();
    loop {
        match scanner.element() {
            Some(hop) => hops.push(hop),
            None => return vec![None],
        }
        match scanner.next() {
            None => return hops,
            Some(b',') => {}
            Some(_) => return vec![None],
        }
    }
}

/// Reads the grammar of RFC 7239 section 4.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.next();
        }
    }

    /// `[pair] *(";" [pair])`; `None` when it is something else.
    fn element(&mut self) -> Option<Hop> {
        let mut hop: Option<Hop> = None;
        loop {
            self.skip_blanks();
            if self.peek().is_some_and(is_token) {
                let name = self.token();
                if self.next() != Some(b'=') {
                    return None;
                }
                let value = if self.peek() == Some(b'"') { self.quoted()? } else { self.token() };
                if value.is_empty() {
                    return None;
                }
                // Each parameter at most once in an element.
                if name.eq_ignore_ascii_case("for") && hop.replace(node(&value)).is_some() {
                    return None;
                }
                self.skip_blanks();
            }
            match self.peek() {
                Some(b';') => _ = self.next(),
                None | Some(b',') => return Some(hop.flatten()),
                Some(_) => return None,
            }
        }
    }

    fn token(&mut self) -> String {
        let mut token = String::new();
        while let Some(byte) = self.peek().filter(|byte| is_token(*byte)) {
            token.push(char::from(byte));
            self.next();
        }
        token
    }

    /// A quoted string (RFC 9110 section 5.6.4); `None` when it does not end.
    fn quoted(&mut self) -> Option<String> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next()? {
                b'"' => return Some(text),
                b'\\' => text.push(char::from(self.next()?)),
                byte => text.push(char::from(byte)),
            }
        }
    }
}

/// A character of a token (RFC 9110 section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The address of a node: IPv4 or IPv6, the latter in brackets where a port follows; nothing else
/// is an address.
fn node(text: &str) -> Hop {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address
            .parse::<Ipv6Addr>()
            .ok()
            .filter(|_| is_port)
            .map(|address| IpAddr::V6(address).to_canonical());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (address, port) = text.split_once(':')?;
    address.parse::<Ipv4Addr>().ok().filter(|_| is_port(port)).map(IpAddr::V4)
}

/// A port, or a name that hides one (RFC 7239 section 6).
fn is_port(text: &str) -> bool {
    let is_number = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    is_number || text.strip_prefix('_').is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The caller behind the proxy 10.0.0.1, with 10.0.0.0/8 and fd00::/8 trusted.
    fn caller(headers: &[(HeaderName, &str)]) -> String {
        let trusted = "10.0.0.0/8,fd00::/8".parse().unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        behind(&trusted, "10.0.0.1".parse().unwrap(), &map).to_string()
    }

    const PROXY: &str = "10.0.0.1";

    #[test]
    fn the_rightmost_untrusted_address_is_the_caller() {
        for (value, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("For=\"192.0.2.1:4711\";proto=https;by=203.0.113.43", "192.0.2.1"),
            ("for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=\"[2001:db8::1]\" , for=10.9.9.9", "2001:db8::1"),
            ("for=1.1.1.1, for=192.0.2.1, for=10.2.2.2, for=\"[fd00::7]\"", "192.0.2.1"),
            ("for=\"\\1\\9\\2.0.2.1\"", "192.0.2.1"),
            ("for=\"[::ffff:192.0.2.1]\"", "192.0.2.1"),
            ("proto=http;; for=192.0.2.1;", "192.0.2.1"),
            ("for=1.1.1.1;secret=\"a, for=2.2.2.2\", for=192.0.2.1:_port", PROXY),
            ("for=\"192.0.2.1:_hidden\"", "192.0.2.1"),
        ] {
            assert_eq!(caller(&[(FORWARDED, value)]), expected, "{value}");
        }
        for (value, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("1.1.1.1,192.0.2.1 , 10.3.3.3", "192.0.2.1"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:80,10.3.3.3", "2001:db8::1"),
            ("10.4.4.4, 10.3.3.3", "10.4.4.4"),
        ] {
            assert_eq!(caller(&[(X_FORWARDED_FOR, value)]), expected, "{value}");
        }
    }

    #[test]
    fn whoever_names_nobody_is_the_caller_itself() {
        for value in [
            "for=unknown",
            "for=_hidden",
            "for=192.0.2.1, for=unknown",
            "proto=https",
            "",
            "for=",
            "for=192.0.2.1;for=192.0.2.2",
            "for=\"192.0.2.1",
            "for=192.0.2.1:80",
            "for=[::1]",
            "for=\"2001:db8::1:99999999\"",
            "for =192.0.2.1",
            "for=192.0.2.1 proto=http",
            "for=192.0.2.999",
            "for=\"[fe80::1%eth0]\"",
            "192.0.2.1",
        ] {
            assert_eq!(caller(&[(FORWARDED, value)]), PROXY, "{value}");
        }
        for value in [
            "unknown",
            "",
            "192.0.2.1, ",
            "192.0.2.1, nonsense",
            "[192.0.2.1]",
            "192.0.2.1:",
            "192.0.2.1:999999",
            "é",
        ] {
            assert_eq!(caller(&[(X_FORWARDED_FOR, value)]), PROXY, "{value}");
        }
        assert_eq!(caller(&[]), PROXY);
        assert_eq!(
            caller(&[(X_FORWARDED_FOR, "192.0.2.1, unknown, 10.2.2.2")]),
            "10.2.2.2",
            "the proxy that did not say"
        );
    }

    #[test]
    fn several_lines_are_one_list_and_what_callers_wrote_changes_nothing() {
        let lines = [
            (FORWARDED, "for=\"6.6.6.6"),
            (FORWARDED, "for=192.0.2.1"),
            (FORWARDED, "for=10.2.2.2"),
        ];
        assert_eq!(
            caller(&lines),
            "192.0.2.1",
            "a quote that a caller left open ends with its line"
        );
        assert_eq!(
            caller(&[(X_FORWARDED_FOR, "6.6.6.6"), (X_FORWARDED_FOR, "192.0.2.1")]),
            "192.0.2.1"
        );
        assert_eq!(
            caller(&[(X_FORWARDED_FOR, "10.6.6.6"), (X_FORWARDED_FOR, "192.0.2.1, 10.2.2.2")]),
            "192.0.2.1"
        );
    }

    #[test]
    fn two_headers_that_disagree_are_not_believed() {
        assert_eq!(caller(&[(FORWARDED, "for=6.6.6.6"), (X_FORWARDED_FOR, "192.0.2.1")]), PROXY);
        assert_eq!(
            caller(&[(FORWARDED, "for=192.0.2.1"), (X_FORWARDED_FOR, "6.6.6.6, 192.0.2.1")]),
            "192.0.2.1"
        );
    }
}
