//! The server that a client is set up for.

use std::fmt;
use std::net::IpAddr;

use minijinja::value::Value;
use url::{Host, Url};

use super::{TOKEN_PLACEHOLDER, places};

/// How long a URL may be.
const LONGEST_URL: usize = 2_048;
/// How long a name may be, in characters.
const LONGEST_NAME: usize = 200;
/// What a server is called whose name has no letter that clients take.
const UNNAMED: &str = "drawbridge";
/// What the query of an MCP URL may hold.
const NARROWING: [&str; 2] = ["methods", "tags"];

/// An MCP server as clients see it: its secret URL, what it is called, and whether it asks for an API
/// token as well.
#[derive(Clone)]
pub struct Endpoint {
    url: Url,
    name: String,
    token: bool,
    sign_in: bool,
}

/// Why something is no MCP server of ours. It repeats nothing of what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// It is no http or https URL.
    #[error("this is no http or https URL; expected is one like https://HOST/mcp/TOKEN")]
    NoUrl,
    /// It is a URL of something else.
    #[error("this is no MCP URL: its path has to end with /mcp/TOKEN, as a server's URL does")]
    NoServer,
    /// It is the URL of the older transport.
    #[error("this is the URL of the older transport: write /mcp/ in the place of /sse/")]
    OlderTransport,
    /// Its query holds something else than what narrows a server.
    #[error(
        "the query of an MCP URL may only hold methods and tags, once each, as names with commas between them"
    )]
    Query,
    /// It holds a user name, a password or a fragment.
    #[error("an MCP URL has no user name, no password and no fragment")]
    Extra,
    /// It is too long.
    #[error("this is too long: a URL has at most 2048 bytes, a name at most 200 characters")]
    TooLong,
}

impl Endpoint {
    /// The server at `url`; `token` says whether it asks for an API token too.
    ///
    /// # Errors
    /// When that is no URL of an MCP server of ours.
    pub fn new(url: &str, name: &str, token: bool) -> Result<Self, BadEndpoint> {
        if url.len() > LONGEST_URL || name.chars().count() > LONGEST_NAME {
            return Err(BadEndpoint::TooLong);
        }
        let url = Url::parse(url.trim()).map_err(|_| BadEndpoint::NoUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(BadEndpoint::NoUrl);
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(BadEndpoint::Extra);
        }
        path(&url)?;
        query(&url)?;
        let name = Some(places::one_line(name)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| UNNAMED.to_owned());
        Ok(Self { url, name, token, sign_in: false })
    }

    /// The same of a server that asks people to sign in.
    #[must_use]
    pub fn with_sign_in(self) -> Self {
        Self { sign_in: true, ..self }
    }

    /// Whether it asks people to sign in.
    #[must_use]
    pub const fn sign_in(&self) -> bool {
        self.sign_in
    }

    /// Whether it asks for an API token.
    #[must_use]
    pub const fn token(&self) -> bool {
        self.token
    }

    /// Why nobody on the internet can reach it, as far as its URL tells.
    #[must_use]
    pub fn unreachable(&self) -> Option<&'static str> {
        if !public(&self.url) {
            Some("its host is known on this machine or in this network only")
        } else if self.url.scheme() != "https" {
            Some("it is plain http")
        } else {
            None
        }
    }

    /// What templates may use.
    pub(super) fn context(&self, longest_key: usize) -> Value {
        let remote_http = self.url.scheme() == "http" && !loopback(&self.url);
        Value::from_pairs([
            ("name", Value::from(self.name.as_str())),
            ("key", Value::from(key(&self.name, longest_key))),
            ("url", Value::from(self.url.as_str())),
            ("token", Value::from(self.token.then_some(TOKEN_PLACEHOLDER))),
            ("sign_in", Value::from(self.sign_in)),
            ("remote_http", Value::from(remote_http)),
        ])
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoint")
            .field("name", &self.name)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Whether the path ends as that of a server does.
fn path(url: &Url) -> Result<(), BadEndpoint> {
    let mut segments = url.path_segments().into_iter().flatten().rev();
    let (token, room) = (segments.next().unwrap_or_default(), segments.next());
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match room {
        _ if token.is_empty() || !token.bytes().all(letter) => Err(BadEndpoint::NoServer),
        Some("mcp") => Ok(()),
        Some("sse") => Err(BadEndpoint::OlderTransport),
        _ => Err(BadEndpoint::NoServer),
    }
}

/// Whether the query holds nothing that would be refused later, or that a client would take for one of
/// its own variables.
fn query(url: &Url) -> Result<(), BadEndpoint> {
    let mut seen = Vec::new();
    for (name, value) in url.query_pairs() {
        let letter =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ',' | '-');
        if !NARROWING.contains(&&*name) || seen.contains(&name) || !value.chars().all(letter) {
            return Err(BadEndpoint::Query);
        }
        seen.push(name);
    }
    Ok(())
}

/// What clients take for the name of a server: letters, digits and single hyphens, ending at the end
/// of a word where that is possible.
pub(super) fn key(name: &str, longest: usize) -> String {
    let plain = deunicode::deunicode_with_tofu(name, " ").to_ascii_lowercase();
    let words = plain.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mut key = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if key.is_empty() {
            key.extend(word.chars().take(longest));
        } else if key.len() + 1 + word.len() <= longest {
            key.push('-');
            key.push_str(word);
        } else {
            break;
        }
    }
    if key.is_empty() { UNNAMED.chars().take(longest).collect() } else { key }
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the host may be one that the internet knows.
fn public(url: &Url) -> bool {
    let local = [
        ".localhost",
        ".local",
        ".internal",
        ".lan",
        ".home.arpa",
        ".test",
        ".example",
        ".invalid",
    ];
    match url.host() {
        Some(Host::Domain(name)) => {
            name.contains('.') && !local.iter().any(|ending| name.ends_with(ending))
        }
        Some(Host::Ipv4(address)) => upstream::guard::is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => upstream::guard::is_public(IpAddr::V6(address)),
        None => false,
    }
}
