//! Where a browser is sent back to with a code: compared as text, so that nothing that only looks
//! like a known address passes for it (RFC 9700 section 4.1.3, RFC 8252 section 7.3).

use serde_json::Value;
use url::Url;

/// The longest address, in bytes.
const LONGEST: usize = 2_000;
/// The hosts of this machine, as programs that listen on it write them (RFC 8252 section 7.3; the
/// name is discouraged there, and used).
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// The address of a way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    text: String,
    /// The host and what follows the port, when it leads to this machine.
    loopback: Option<(&'static str, String)>,
    url: Url,
}

impl Redirect {
    /// Reads an address: https anywhere, or http to this machine.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        const SCHEME: &str =
            "must begin with https://, or with http:// and lead to 127.0.0.1, [::1] or localhost";
        let plain =
            |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(plain) {
            return Err("must be an address of at most 2000 plain characters");
        }
        if text.contains('#') {
            return Err("must not have a fragment");
        }
        let (scheme, rest) = text.split_once("://").ok_or(SCHEME)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).ok_or(SCHEME)?;
        if authority.contains('@') {
            return Err("must not have a user name or password");
        }
        let url = Url::parse(text).map_err(|_| SCHEME)?;
        // What a browser makes of the host must be what is compared.
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SCHEME)?;
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (authority, None),
        };
        if name != host || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(
                "must name its host in lower case as browsers write it, and a port as digits",
            );
        }
        let loopback = LOOPBACK.into_iter().find(|known| *known == name);
        let loopback = loopback.map(|known| (known, path.to_owned()));
        match (scheme, &loopback) {
            ("https", None) | ("http", Some(_)) => {
                Ok(Self { text: text.to_owned(), loopback, url })
            }
            ("https", Some(_)) => Ok(Self { text: text.to_owned(), loopback: None, url }),
            _ => Err(SCHEME),
        }
    }

    /// Whether something is an address of a scheme that a program has made its own (RFC 8252 section
    /// 7.1).
    pub(super) fn has_own_scheme(given: &Value) -> bool {
        let scheme = given.as_str().and_then(|text| Some(text.split_once("://")?.0));
        scheme.is_some_and(|scheme| {
            !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        })
    }

    /// Whether `asked` is this address; one of this machine may have any port, since programs take
    /// the one that is free.
    #[must_use]
    pub fn admits(&self, asked: &Self) -> bool {
        self.text == asked.text || (self.loopback.is_some() && self.loopback == asked.loopback)
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, and the port where it is not the usual one.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether it leads to a program on the reader's own machine, which any of them may be.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback.is_some()
    }

    /// The source of a Content-Security-Policy that lets a form lead there.
    #[must_use]
    pub fn csp_source(&self) -> String {
        let origin = self.url.origin().ascii_serialization();
        // That grammar has no addresses of IPv6.
        origin.replace("[::1]", "*")
    }

    /// The address with these parameters behind its own.
    #[must_use]
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()));
        let join = if self.text.contains('?') { '&' } else { '?' };
        format!("{}{join}{}", self.text, query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_ways_back_are_read() {
        for good in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://a.example:8443/cb?x=1",
            "https://a.example",
            "http://127.0.0.1:33418",
            "http://127.0.0.1/cb",
            "http://localhost:1/cb",
            "http://[::1]:9/cb",
            "https://localhost/cb",
        ] {
            assert!(Redirect::read(good).is_ok(), "{good}: {:?}", Redirect::read(good));
        }
        for bad in [
            "",
            "https://",
            "/cb",
            "a.example/cb",
            "http://a.example/cb",
            "http://127.0.0.2/cb",
            "http://127.1/cb",
            "http://0x7f.0.0.1/cb",
            "http://localhost.evil.example/cb",
            "HTTPS://a.example/cb",
            "https://A.example/cb",
            "https://a.example/cb#x",
            "https://a.example#@evil.example/",
            "https://user@a.example/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "https://a.example\\@evil.example/cb",
            "https://a.example:port/cb",
            "https://a.example:99999/cb",
            "https://a.example:/cb",
            "https://a.example/c b",
            "https://a.example/\ncb",
            "https:a.example/cb",
            "https:/a.example/cb",
            "https:///a.example/cb",
            "https://ä.example/cb",
            "cursor://anysphere.cursor-mcp/cb",
            "com.example.app:/cb",
            "javascript:alert(1)",
            "javascript://a.example/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "urn:ietf:wg:oauth:2.0:oob",
        ] {
            assert!(Redirect::read(bad).is_err(), "{bad}");
        }
        assert!(Redirect::read(&format!("https://a.example/{}", "x".repeat(LONGEST))).is_err());
    }

    #[test]
    fn what_only_looks_like_a_known_address_is_another() {
        let admits = |known: &str, asked: &str| {
            let asked = Redirect::read(asked);
            asked.is_ok_and(|asked| Redirect::read(known).unwrap().admits(&asked))
        };
        let known = "https://a.example/cb";
        assert!(admits(known, known));
        for asked in [
            "https://a.example/cb/",
            "https://a.example/cb/../x",
            "https://a.example/cb?x=1",
            "https://a.example/CB",
            "https://a.example:443/cb",
            "https://a.example:8443/cb",
            "https://a.example.evil.example/cb",
            "https://evil.example/https://a.example/cb",
            "http://a.example/cb",
        ] {
            assert!(!admits(known, asked), "{asked}");
        }
        let known = "http://127.0.0.1:7/cb?x=1";
        assert!(
            admits(known, "http://127.0.0.1:8/cb?x=1") && admits(known, "http://127.0.0.1/cb?x=1")
        );
        for asked in [
            "http://localhost:7/cb?x=1",
            "http://[::1]:7/cb?x=1",
            "http://127.0.0.1:7/cb",
            "http://127.0.0.1:7/cbb?x=1",
            "https://127.0.0.1:7/cb?x=1",
        ] {
            assert!(!admits(known, asked), "{asked}");
        }
        // Another port of another machine is another program.
        assert!(!admits("https://localhost:7/cb", "https://localhost:8/cb"));
    }

    #[test]
    fn parameters_are_put_behind_and_nothing_gets_out_of_them() {
        let with =
            |text: &str| Redirect::read(text).unwrap().with(&[("code", "a&b=c#"), ("state", "")]);
        assert_eq!(with("https://a.example/cb"), "https://a.example/cb?code=a%26b%3Dc%23");
        assert_eq!(with("https://a.example/cb?x=1"), "https://a.example/cb?x=1&code=a%26b%3Dc%23");
        assert_eq!(Redirect::read("http://[::1]:9/cb").unwrap().csp_source(), "http://*:9");
        assert_eq!(
            Redirect::read("https://a.example/cb").unwrap().csp_source(),
            "https://a.example"
        );
    }
}
