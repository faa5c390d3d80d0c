//! Where an account's requests go: a vendor's own host, or one that the operator listed.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use support::{Api, OperationInfo};
use url::Url;

use crate::guard;

/// A host with an optional port, as `upstream-hosts` lists it; without a port it stands for every
/// port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    host: String,
    port: Option<u16>,
}

/// A text that is not `host` or `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `host` or `host:port`")]
pub struct HostPortError(String);

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || HostPortError(text.to_owned());
        if text.is_empty() || text.contains(['/', '@', '?', '#', ' ']) {
            return Err(fault());
        }
        let url = Url::parse(&format!("http://{text}")).map_err(|_| fault())?;
        let host = url.host_str().ok_or_else(fault)?.to_owned();
        let port = if text.ends_with(']') {
            None
        } else {
            text.rsplit_once(':').map(|(_, port)| port.parse()).transpose().map_err(|_| fault())?
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

/// Scheme, host and port, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    url: Url,
    listed: bool,
}

/// A base URL or region that an account cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Not a URL, or with more than scheme, host and port.
    #[error(
        "`{0}` is not an origin: expected scheme, host and optional port, such as https://api.example.com"
    )]
    NotAnOrigin(String),
    /// Neither one of the vendor's hosts nor listed.
    #[error("{host} is not a host of {api} ({known}) and not listed in upstream-hosts")]
    UnknownHost {
        /// The host asked for.
        host: String,
        /// The API.
        api: &'static str,
        /// The vendor's hosts.
        known: String,
    },
    /// Plain http to a host that is not listed.
    #[error("{0} must be https, or be listed in upstream-hosts")]
    NotHttps(String),
    /// A literal private address.
    #[error("{0} is not a public address; list it in upstream-hosts if that is meant")]
    Private(IpAddr),
    /// A region that the API does not have.
    #[error("unknown region `{region}`; known: {known}")]
    UnknownRegion {
        /// The region asked for.
        region: String,
        /// The regions there are.
        known: String,
    },
}

impl Origin {
    /// The origin of an account: its base URL, else its region's, else the API's default.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub fn parse(
        api: &Api,
        base_url: Option<&str>,
        region: Option<&str>,
        listed: &[HostPort],
    ) -> Result<Self, OriginError> {
        match (base_url, region) {
            (Some(text), _) => Self::custom(api, text, listed),
            (None, Some(region)) => Self::of_region(api, region),
            (None, None) => match api.origins.first() {
                Some(origin) => Self::vendor(origin.url),
                None => Err(OriginError::NotAnOrigin(String::new())),
            },
        }
    }

    /// Scheme, host and port without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Whether the host stands in `upstream-hosts`, and so may be private and plain http.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    /// Where an operation goes: to the server of its own that the document names, when this is a
    /// server of the document, too; an account with a base URL of its own stays there.
    pub(crate) fn of_operation(&self, api: &Api, operation: &OperationInfo) -> Cow<'_, Self> {
        let Some(own) = operation.origin.filter(|_| !self.listed) else {
            return Cow::Borrowed(self);
        };
        let is_documents =
            api.origins.iter().any(|origin| bare(origin.url).is_ok_and(|url| url == self.url));
        match Self::vendor(own) {
            Ok(own) if is_documents && own.url.scheme() == "https" => Cow::Owned(own),
            _ => Cow::Borrowed(self),
        }
    }

    /// The URL of a path below this origin; `None` when the result would lie elsewhere.
    pub(crate) fn join(&self, path_and_query: &str) -> Option<Url> {
        if !path_and_query.starts_with('/') || path_and_query.starts_with("//") {
            return None;
        }
        let url = Url::parse(&format!("{}{path_and_query}", self.as_str())).ok()?;
        (url.origin() == self.url.origin() && url.username().is_empty() && url.password().is_none())
            .then_some(url)
    }

    fn vendor(text: &str) -> Result<Self, OriginError> {
        Ok(Self { url: bare(text)?, listed: false })
    }

    fn of_region(api: &Api, region: &str) -> Result<Self, OriginError> {
        match api.origins.iter().find(|origin| origin.region.eq_ignore_ascii_case(region)) {
            Some(origin) => Self::vendor(origin.url),
            None => Err(OriginError::UnknownRegion {
                region: region.to_owned(),
                known: api
                    .origins
                    .iter()
                    .map(|origin| origin.region)
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }

    fn custom(api: &Api, text: &str, listed: &[HostPort]) -> Result<Self, OriginError> {
        let url = bare(text)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default();
        if listed.iter().any(|entry| {
            entry.host.eq_ignore_ascii_case(&host)
                && entry.port.is_none_or(|wanted| Some(wanted) == port)
        }) {
            return Ok(Self { url, listed: true });
        }
        if let Some(address) = guard::literal(&url)
            && !guard::is_public(address)
        {
            return Err(OriginError::Private(address));
        }
        if url.scheme() != "https" {
            return Err(OriginError::NotHttps(host));
        }
        let own: Vec<Url> =
            api.origins.iter().filter_map(|origin| Url::parse(origin.url).ok()).collect();
        if own.iter().any(|known| belongs(&url, known)) {
            return Ok(Self { url, listed: false });
        }
        Err(OriginError::UnknownHost {
            host,
            api: api.title,
            known: own.iter().filter_map(Url::host_str).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Whether `url` is a host of the vendor: the same registrable domain as one of its origins, same
/// port.
fn belongs(url: &Url, known: &Url) -> bool {
    let (Some(host), Some(known_host)) = (url.host_str(), known.host_str()) else { return false };
    let same_domain =
        psl::domain_str(known_host).is_some_and(|domain| psl::domain_str(host) == Some(domain));
    (host == known_host || same_domain)
        && url.port_or_known_default() == known.port_or_known_default()
}

/// Parses a URL that is an origin and nothing else.
fn bare(text: &str) -> Result<Url, OriginError> {
    let fault = || OriginError::NotAnOrigin(text.to_owned());
    let url = Url::parse(text).map_err(|_| fault())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    // A dot at the end names the same host to DNS, but not to TLS or to a comparison.
    let is_name = url.host_str().is_some_and(|host| !host.ends_with('.'));
    if !plain || !is_name || !url.username().is_empty() || url.password().is_some() {
        return Err(fault());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api() -> Api {
        Api {
            slug: "ironclad",
            title: "Ironclad",
            instructions: "",
            origins: &[
                support::api::Origin { region: "na1", url: "https://na1.ironcladapp.com" },
                support::api::Origin { region: "eu1", url: "https://eu1.ironcladapp.com" },
            ],
            schemes: &[],
            constant_headers: &[],
            synonyms: &[],
            proper_nouns: "",
            tools: &[],
        }
    }

    #[test]
    fn an_origin_is_the_vendors_or_listed() {
        let listed = ["127.0.0.1:9000".parse().unwrap(), "mock.internal".parse().unwrap()];
        let parse = |base: Option<&str>, region: Option<&str>| {
            Origin::parse(&api(), base, region, &listed).map(|origin| origin.as_str().to_owned())
        };
        assert_eq!(parse(None, None).unwrap(), "https://na1.ironcladapp.com");
        assert_eq!(parse(None, Some("EU1")).unwrap(), "https://eu1.ironcladapp.com");
        assert_eq!(
            parse(Some("https://acme.ironcladapp.com"), None).unwrap(),
            "https://acme.ironcladapp.com"
        );
        assert_eq!(parse(Some("http://127.0.0.1:9000"), None).unwrap(), "http://127.0.0.1:9000");
        assert_eq!(
            parse(Some("http://mock.internal:81/"), None).unwrap(),
            "http://mock.internal:81"
        );
        assert!(matches!(parse(None, Some("mars")), Err(OriginError::UnknownRegion { .. })));
        for (text, host) in [
            ("https://evil.com", "evil.com"),
            ("https://evilironcladapp.com", "evilironcladapp.com"),
        ] {
            assert!(
                matches!(parse(Some(text), None), Err(OriginError::UnknownHost { host: found, .. }) if found == host)
            );
        }
        for text in [
            "http://127.0.0.1:9001",
            "https://169.254.169.254",
            "http://2130706433",
            "https://[::ffff:127.0.0.1]",
        ] {
            assert!(matches!(parse(Some(text), None), Err(OriginError::Private(_))), "{text}");
        }
        assert!(matches!(
            parse(Some("http://na1.ironcladapp.com"), None),
            Err(OriginError::NotHttps(_))
        ));
        for text in [
            "ftp://x",
            "https://na1.ironcladapp.com.",
            "https://u:p@na1.ironcladapp.com",
            "https://na1.ironcladapp.com/v1",
            "nonsense",
            "",
        ] {
            assert!(matches!(parse(Some(text), None), Err(OriginError::NotAnOrigin(_))), "{text}");
        }
    }

    #[test]
    fn an_operation_with_a_server_of_its_own_goes_there_unless_the_account_is_elsewhere() {
        static UPLOAD: OperationInfo = OperationInfo {
            id: "upload",
            method: http::Method::POST,
            path: "/upload",
            origin: Some("https://upload.ironcladapp.com"),
            accept: "",
            security: &[],
        };
        let listed = ["127.0.0.1:9000".parse().unwrap()];
        let goes = |base: Option<&str>| {
            Origin::parse(&api(), base, None, &listed)
                .unwrap()
                .of_operation(&api(), &UPLOAD)
                .as_str()
                .to_owned()
        };
        assert_eq!(goes(None), "https://upload.ironcladapp.com");
        assert_eq!(goes(Some("https://acme.ironcladapp.com")), "https://acme.ironcladapp.com");
        assert_eq!(goes(Some("http://127.0.0.1:9000")), "http://127.0.0.1:9000");
    }

    #[test]
    fn a_path_cannot_leave_the_origin() {
        let origin = Origin::parse(&api(), None, None, &[]).unwrap();
        assert!(origin.join("/a?b=c").is_some());
        for path in ["//evil.com/", "@evil.com/", ".evil.com/", "https://evil.com/"] {
            assert!(origin.join(path).is_none(), "{path}");
        }
    }
}
