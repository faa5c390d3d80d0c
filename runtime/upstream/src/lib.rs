//! The only crate that talks to vendors: every outbound request passes [`Upstream`].
//!
//! Hosts come from configuration, never from an argument or an answer; redirects are not followed, proxy variables are
//! not read, nothing is repeated but the one call that an expired OAuth token cost.

#![warn(missing_docs)]

pub mod account;
pub mod fetch;
pub mod guard;
pub mod oauth;
pub mod origin;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use support::{Api, Transport};
use tokio::sync::Semaphore;

pub use account::{AccountCredentials, ActingUser, CredentialFault};
pub use oauth::{Grant, GrantStore};
pub use origin::{HostPort, Origin, OriginError};

/// Limits of the traffic to vendors.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts, besides the vendors' own, that accounts may point at; these may be private and plain http.
    pub upstream_hosts: Vec<HostPort>,
    /// From the first byte sent to the last byte received.
    pub timeout: Duration,
    /// For name resolution, TCP and TLS.
    pub connect_timeout: Duration,
    /// Requests under way at once, over all accounts; further ones wait within their time limit.
    pub max_concurrent: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            upstream_hosts: Vec::new(),
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            max_concurrent: 1024,
        }
    }
}

/// Why the HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up outbound HTTP: {0}")]
pub struct BuildError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Outbound HTTP of the whole process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// For hosts on the public internet: private addresses are refused when a name resolves to one.
    public: reqwest::Client,
    /// For hosts listed in the settings.
    listed: reqwest::Client,
    permits: Arc<Semaphore>,
    settings: Arc<Settings>,
}

impl Upstream {
    /// Sets up the connection pools.
    ///
    /// # Errors
    /// When the TLS configuration cannot be built.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        let tls = tls_config()?;
        let public = client(&settings, tls.clone())
            .https_only(true)
            .dns_resolver(guard::PublicResolver)
            .build()
            .map_err(|error| BuildError(error.into()))?;
        let listed = client(&settings, tls).build().map_err(|error| BuildError(error.into()))?;
        let permits = Arc::new(Semaphore::new(settings.max_concurrent.min(Semaphore::MAX_PERMITS)));
        Ok(Self { public, listed, permits, settings: Arc::new(settings) })
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The way to one account: its origin, its credentials and, for OAuth, where its grant is kept.
    #[must_use]
    pub fn transport(
        &self,
        api: &'static Api,
        origin: Origin,
        credentials: AccountCredentials,
        grants: Option<Arc<dyn GrantStore>>,
    ) -> Arc<dyn Transport> {
        Arc::new(transport::AccountTransport::new(self.clone(), api, origin, credentials, grants))
    }

    fn client_for(&self, origin: &Origin) -> &reqwest::Client {
        if origin.is_listed() { &self.listed } else { &self.public }
    }
}

fn client(settings: &Settings, tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .tcp_nodelay(true)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(64)
        .user_agent(concat!("drawbridge/", env!("CARGO_PKG_VERSION")))
}

fn tls_config() -> Result<rustls::ClientConfig, BuildError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| BuildError(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
