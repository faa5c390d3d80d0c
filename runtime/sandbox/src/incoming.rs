//! A request before routing.

use bytes::Bytes;
use http::Method;
use http::request::Parts;

/// What a tenant sees of a request before routing.
pub(crate) struct Incoming<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) parts: &'a Parts,
    pub(crate) body: &'a Bytes,
    pub(crate) rate_limits: bool,
}

impl Incoming<'_> {
    /// The query string as decoded pairs.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let text = self.parts.uri.query().unwrap_or("");
        url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }
}
