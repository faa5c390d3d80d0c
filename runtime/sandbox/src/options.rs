//! How a sandbox is set up.

use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;

/// Settings of a sandbox. The defaults are fixed, documented values, so that they can be typed by
/// hand.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ironclad's static bearer token; default `sandbox-ironclad-token`.
    pub ironclad_token: String,
    /// Torii's API key; default `sandbox-torii-token`.
    pub torii_token: String,
    /// Torii's SCIM key; default `sandbox-torii-scim-token`.
    pub torii_scim_token: String,
    /// OAuth client of Ironclad; default `sandbox-client`.
    pub oauth_client_id: String,
    /// Its secret; default `sandbox-client-secret`.
    pub oauth_client_secret: String,
    /// Redirect URIs the client may use; empty (the default) allows any.
    pub oauth_redirect_uris: Vec<String>,
    /// How long an access token lives; default one hour.
    pub oauth_access_lifetime: Duration,
    /// How many polls of an asynchronous job answer "not yet" before it is done; default 2.
    pub async_polls_until_done: u32,
    /// Whether the documented limits are enforced and their headers sent; default true. Limits set
    /// through [`Control::limit`](crate::Control::limit) hold either way.
    pub rate_limits: bool,
    /// Freezes the clock at this moment; `None` (the default) follows the system's.
    pub start: Option<Timestamp>,
    /// Serves `/_sandbox/requests` and `/_sandbox/control`; default false.
    pub control_routes: bool,
    /// How many requests the log keeps; default 10,000, 0 keeps none.
    pub journal_capacity: usize,
    /// Seed of all identifiers; default 1.
    pub seed: u64,
    /// Judges every request against these documents: what departs from them is noted in the log and
    /// answered 400.
    pub spec_judge: Option<SpecJudge>,
}

/// The authored OpenAPI documents, as YAML or JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecJudge {
    /// Ironclad's document.
    pub ironclad: String,
    /// Torii's document.
    pub torii: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ironclad_token: "sandbox-ironclad-token".into(),
            torii_token: "sandbox-torii-token".into(),
            torii_scim_token: "sandbox-torii-scim-token".into(),
            oauth_client_id: "sandbox-client".into(),
            oauth_client_secret: "sandbox-client-secret".into(),
            oauth_redirect_uris: Vec::new(),
            oauth_access_lifetime: Duration::from_secs(3600),
            async_polls_until_done: 2,
            rate_limits: true,
            start: None,
            control_routes: false,
            journal_capacity: 10_000,
            seed: 1,
            spec_judge: None,
        }
    }
}

impl Options {
    pub(crate) fn clock(&self) -> Clock {
        self.start.map_or(Clock::System { ahead: Duration::ZERO }, Clock::Fixed)
    }
}
