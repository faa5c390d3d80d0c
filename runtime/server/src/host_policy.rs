//! Which `Host` and `Origin` may come in, from which address, who carries which bearer token, and
//! how bodies are read.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Uri};
use http_body_util::BodyExt;
use url::{Host, Url};

use crate::config::Settings;

/// The address on whose behalf a request is made; an extension of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(pub IpAddr);

/// What counts as one address: with IPv6 a /64, which is what one customer has at least.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// Which `Host` and `Origin` may come in.
#[derive(Debug, Clone, Default)]
pub struct HostPolicy {
    hosts: Vec<String>,
    origins: Vec<String>,
    loopback: bool,
}

impl HostPolicy {
    /// The door of these settings: the public URL and what is listed, and loopback names while
    /// listening on loopback.
    #[must_use]
    pub fn new(settings: &Settings, public_url: &str) -> Self {
        let mut host_policy = Self {
            hosts: settings.allowed_hosts.clone(),
            origins: settings.allowed_origins.clone(),
            loopback: settings.listen.ip().is_loopback(),
        };
        if let Ok(url) = Url::parse(public_url) {
            host_policy.origins.push(url.origin().ascii_serialization());
            if let Some(host) = url.host_str() {
                host_policy.hosts.push(host.to_owned());
            }
        }
        host_policy
    }

    /// Whether a request's `Host` and `Origin` may come in.
    #[must_use]
    pub fn admits(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let host = match headers.get(HOST) {
            Some(value) => value.to_str().ok(),
            None => uri.authority().map(http::uri::Authority::as_str),
        };
        let one_host = headers.get_all(HOST).iter().count() <= 1;
        one_host
            && host.is_some_and(|host| self.admits_host(host))
            && headers
                .get_all(ORIGIN)
                .iter()
                .all(|origin| self.admits_origin(origin.to_str().unwrap_or_default()))
    }

    fn admits_host(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let name = bare_host(&text);
        self.hosts.iter().any(|known| *known == text || *known == name)
            || (self.loopback && is_loopback(name))
    }

    fn admits_origin(&self, text: &str) -> bool {
        if self.origins.iter().any(|known| known.eq_ignore_ascii_case(text)) {
            return true;
        }
        let Some(url) = Url::parse(text)
            .ok()
            .filter(|url| self.loopback && matches!(url.scheme(), "http" | "https"))
        else {
            return false;
        };
        url.host_str().is_some_and(is_loopback)
            && url.origin().ascii_serialization().eq_ignore_ascii_case(text)
    }
}

/// `host` of `host`, `host:port` and `[host]:port`.
fn bare_host(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port))
            if !host.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && !host.ends_with(':') =>
        {
            host
        }
        _ => text,
    }
}

fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Ok(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Err(_) => false,
    }
}

/// The bearer token of a request (RFC 6750 section 2.1); the query and the body are no place for
/// one.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
        .then_some(token)
}

/// As [`bearer`], of request parts.
#[must_use]
pub fn bearer_of(parts: &Parts) -> Option<&str> {
    bearer(&parts.headers)
}

/// The longest body that is read though nobody wants it, in bytes, and how long it may take.
const UNWANTED: (usize, Duration) = (64 * 1024, Duration::from_secs(1));

/// The largest body of a request, in bytes: uploads come as base64.
pub const LARGEST_BODY: usize = 16 << 20;
/// How long the body of a request may take to arrive, to its last byte.
pub const ARRIVAL: Duration = Duration::from_secs(60);

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It has more bytes than are taken.
    #[error("is too large")]
    TooLarge,
    /// The client broke it off.
    #[error("broke off")]
    BrokeOff,
    /// It was not there after [`ARRIVAL`].
    #[error("took too long to arrive")]
    TooSlow,
}

/// Reads the body of a request. All bodies are read here: at most `most` bytes, within [`ARRIVAL`]
/// however slowly they come.
///
/// # Errors
/// See [`Unread`].
pub async fn read(body: Body, most: usize) -> Result<Bytes, Unread> {
    tokio::time::timeout(ARRIVAL, collect(body, most)).await.unwrap_or(Err(Unread::TooSlow))
}

/// One piece is handed on as it is; several are put together at once, so that many small ones cost
/// no more than their bytes.
async fn collect(mut body: Body, most: usize) -> Result<Bytes, Unread> {
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let broken = |error| if is_too_large(&error) { Unread::TooLarge } else { Unread::BrokeOff };
        let Ok(piece) = frame.map_err(broken)?.into_data() else { continue };
        if piece.len() > most - first.len() - rest.len() {
            return Err(Unread::TooLarge);
        }
        if first.is_empty() && rest.is_empty() {
            first = piece;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&piece);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

fn is_too_large(error: &axum::Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes
        .into_iter()
        .any(<dyn std::error::Error + 'static>::is::<http_body_util::LengthLimitError>)
}

/// Reads what comes with a request that is turned away, within bounds: a connection with a body
/// left unread is closed, and clients lose the next request that they had on its way.
pub async fn drain_body(body: Body) {
    // Whatever it is, and whether it came to its end: the answer stands.
    let _ = tokio::time::timeout(UNWANTED.1, to_bytes(body, UNWANTED.0)).await;
}

#[cfg(test)]
mod tests {

    use super::*;

    fn host_policy(loopback: bool) -> HostPolicy {
        HostPolicy {
            hosts: vec!["mcp.example.com".to_owned(), "other.example:8080".to_owned()],
            origins: vec!["https://mcp.example.com".to_owned()],
            loopback,
        }
    }

    fn admits(host_policy: &HostPolicy, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        host_policy.admits(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn only_known_hosts_come_in() {
        for good in [
            "localhost",
            "LOCALHOST:8484",
            "127.0.0.1:1",
            "[::1]:8484",
            "mcp.example.com",
            "mcp.example.com:443",
            "other.example:8080",
        ] {
            assert!(admits(&host_policy(true), good, None), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil",
            "other.example",
            "other.example:81",
            "mcp.example.com.evil",
            "",
            ":",
            "127.0.0.1.evil",
        ] {
            assert!(!admits(&host_policy(true), bad, None), "{bad}");
        }
        assert!(!admits(&host_policy(false), "localhost", None));
    }

    #[test]
    fn only_known_origins_come_in() {
        for good in [
            "https://mcp.example.com",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:5",
        ] {
            assert!(admits(&host_policy(true), "localhost", Some(good)), "{good}");
        }
        for bad in [
            "null",
            "http://mcp.example.com",
            "http://localhost.evil",
            "https://mcp.example.com:444",
            "http://localhost/x",
            "evil",
            "file://",
        ] {
            assert!(!admits(&host_policy(true), "localhost", Some(bad)), "{bad}");
        }
        assert!(!admits(&host_policy(false), "mcp.example.com", Some("http://localhost:3000")));
    }

    #[test]
    fn a_bearer_token_stands_in_one_header_only() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "bEaReR  abc".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
        headers.append(AUTHORIZATION, "Bearer def".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }

    /// A body of which a piece comes every `seconds`.
    fn drip(seconds: u64, piece: &'static [u8]) -> Body {
        let clock = tokio::time::interval(Duration::from_secs(seconds));
        Body::from_stream(futures_util::stream::unfold(clock, move |mut clock| async move {
            clock.tick().await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(piece)), clock))
        }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_read_within_a_time_and_a_size() {
        let begun = tokio::time::Instant::now();
        assert_eq!(read(drip(1, b"x"), 1000).await, Err(Unread::TooSlow));
        assert_eq!(begun.elapsed(), ARRIVAL);
        assert_eq!(read(drip(1, b"xxxx"), 10).await, Err(Unread::TooLarge));
        assert_eq!(read(Body::from("xxxx"), 4).await, Ok(Bytes::from_static(b"xxxx")));
        let broken = futures_util::stream::iter([
            Ok(Bytes::from_static(b"x")),
            Err(std::io::Error::other("gone")),
        ]);
        assert_eq!(read(Body::from_stream(broken), 10).await, Err(Unread::BrokeOff));
    }

    #[test]
    fn bodies_of_requests_are_read_in_one_place() {
        fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, found);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    found.push(path);
                }
            }
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        sources(&folder, &mut found);
        assert!(found.len() > 50);
        for path in found {
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            if name == "host_policy.rs" || name.contains("test") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap().replace("into_bytes", "");
            for reader in [
                "to_bytes",
                "Bytes::from_request",
                "String::from_request",
                "into_data_stream",
                "BodyExt",
                ": Json<",
                ": Form<",
                "RawForm",
            ] {
                assert!(
                    !text.contains(reader),
                    "{name} reads a body by {reader}; host_policy::read has a bound and a clock"
                );
            }
        }
    }
}
