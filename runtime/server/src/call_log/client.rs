//! Through which client a call came: what the client says of itself, in the field's words.

use std::net::IpAddr;
use std::time::Duration;

use http::HeaderMap;
use http::header::USER_AGENT;
use serde_json::Value;

use super::CallSource;
use crate::bound;

/// A client's name and version, as it tells them: nothing proves them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Its version, where it tells one.
    pub version: Option<String>,
}

impl Client {
    /// Reads MCP's `{name, version}`.
    #[must_use]
    pub fn of_info(info: &Value) -> Option<Self> {
        let text = |member: &str| plain(info.get(member)?.as_str()?);
        Some(Self { name: text("name")?, version: text("version") })
    }

    /// Reads the first product of `User-Agent` (RFC 9110 section 10.1.5).
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let product = headers.get(USER_AGENT)?.to_str().ok()?.split_whitespace().next()?;
        let (name, version) = product.split_once('/').unwrap_or((product, ""));
        Some(Self { name: plain(name)?, version: plain(version) })
    }
}

/// A short text without control characters; `None` when nothing is left.
fn plain(text: &str) -> Option<String> {
    let text = bound::cut(text.trim(), bound::NAME);
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    (!text.is_empty()).then_some(text)
}

/// How many clients are remembered.
const CAPACITY: u64 = 10_000;
/// How long one is remembered after its last call.
const IDLE: Duration = Duration::from_secs(24 * 3_600);

/// What clients said of themselves in a handshake: their later requests do not repeat it. Another
/// node, which has not heard that, goes by `User-Agent`.
#[derive(Debug, Clone)]
pub(super) struct Introduced(moka::sync::Cache<Key, Client>);

/// What one client's requests have in common.
type Key = (Option<Box<str>>, Option<Box<str>>, Option<IpAddr>, Option<Client>);

impl Default for Introduced {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_idle(IDLE).build())
    }
}

impl Introduced {
    pub(super) fn note(&self, source: &CallSource, client: Client) {
        self.0.insert(key(source), client);
    }

    /// Who calls from this source.
    pub(super) fn client(&self, source: &CallSource) -> Option<Client> {
        self.0.get(&key(source)).or_else(|| source.client.clone())
    }
}

fn key(source: &CallSource) -> Key {
    (
        source.server.as_ref().map(|server| server.as_str().into()),
        source.api_token.as_deref().map(Into::into),
        source.address,
        source.client.clone(),
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn clients_are_read_from_what_they_say_within_bounds() {
        let of = |agent: &'static str| {
            let headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(agent))]);
            Client::of_headers(&headers).map(|client| (client.name, client.version))
        };
        let named =
            |name: &str, version: Option<&str>| Some((name.to_owned(), version.map(str::to_owned)));
        assert_eq!(of("claude-code/1.2.3 (cli)"), named("claude-code", Some("1.2.3")));
        assert_eq!(of("Cursor"), named("Cursor", None));
        assert_eq!((of(""), of("/1")), (None, None));
        let info = json!({"name": " Claude\u{7} ", "version": "x".repeat(1_000)});
        let client = Client::of_info(&info).unwrap();
        assert_eq!(client.name, "Claude");
        assert!(client.version.unwrap().len() <= bound::NAME + 3);
        for nobody in [json!(null), json!({}), json!({"name": 7}), json!({"name": "\u{0}"})] {
            assert_eq!(Client::of_info(&nobody), None, "{nobody}");
        }
    }
}
