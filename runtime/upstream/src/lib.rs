//! The only crate that talks to vendors: every outbound request passes [`Upstream`].
//!
//! Hosts come from configuration, never from an argument or an answer; redirects are not followed,
//! proxy variables are not read, nothing is repeated but the one call that an expired OAuth token
//! cost.

#![warn(missing_docs)]
#![deny(clippy::string_slice)]

pub mod account;
mod breaker;
pub mod clock;
mod coding;
pub mod fetch;
pub mod guard;
pub mod oauth;
pub mod origin;
pub mod preview;
mod transport;
mod way;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use http::header::ACCEPT_ENCODING;
use support::{Api, StreamingResponse, Transport, TransportError};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub use account::{AccountCredentials, ActingUser, OAuthClient};
pub use breaker::Patience;
pub use clock::Clock;
pub use oauth::{TokenSet, TokenStore};
pub use origin::{HostPort, Origin, OriginError};

use crate::transport::{failure, silence};
pub use crate::way::MuteHost;
use crate::way::{Hosts, Room, Route};

/// How long a request may take unless the settings say otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Limits of the traffic to vendors, and its clock.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts, besides the vendors' own, that accounts may point at; these may be private and plain
    /// http.
    pub upstream_hosts: Vec<HostPort>,
    /// From the moment that a call wants to be sent to the last byte received; waiting for room and
    /// for a token counts. [`TIMEOUT`] by default.
    pub timeout: Duration,
    /// For name resolution, TCP and TLS.
    pub connect_timeout: Duration,
    /// Requests under way at once, over all accounts (1,024); further ones wait within their time
    /// limit.
    pub max_concurrent: usize,
    /// Requests under way to one host (256), so that a mute one leaves room for others.
    pub max_per_host: usize,
    /// Requests under way of one account (128), so that it leaves room at its host for others.
    pub max_per_account: usize,
    /// Files being fetched from addresses that callers give (64), over all accounts.
    pub max_fetches: usize,
    /// Requests that wait at each of these limits (1,024); further ones fail at once.
    pub max_waiting: usize,
    /// When a host counts as mute, and how often it is asked then.
    pub patience: Patience,
    /// What tells when tokens end and since when a host is mute.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            upstream_hosts: Vec::new(),
            timeout: TIMEOUT,
            connect_timeout: Duration::from_secs(10),
            max_concurrent: 1024,
            max_per_host: 256,
            max_per_account: 128,
            max_fetches: 64,
            max_waiting: 1024,
            patience: Patience::default(),
            clock: Clock::system(),
        }
    }
}

/// Why the HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up outbound HTTP: {0}")]
pub struct BuildError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// What all requests share on their way out.
#[derive(Debug)]
struct Way {
    all: Room,
    fetches: Room,
    vendors: Hosts,
    /// Apart from the vendors', so that no address of a caller's choice decides whether a vendor is
    /// asked.
    files: Hosts,
}

/// Outbound HTTP of the whole process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// For hosts on the public internet: private addresses are refused when a name resolves to one.
    public: reqwest::Client,
    /// For hosts listed in the settings.
    listed: reqwest::Client,
    way: Arc<Way>,
    settings: Arc<Settings>,
    /// Renewals of tokens: what an API has granted must be stored, whoever still waits for it.
    renewals: TaskTracker,
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
        let way = Arc::new(Way {
            all: Room::new("all", settings.max_concurrent, settings.max_waiting),
            fetches: Room::new("fetches", settings.max_fetches, settings.max_waiting),
            vendors: Hosts::new(&settings),
            files: Hosts::new(&settings),
        });
        Ok(Self { public, listed, way, settings: Arc::new(settings), renewals: TaskTracker::new() })
    }

    /// The renewals of tokens under way, to be waited for at the end of the process.
    #[must_use]
    pub fn renewals(&self) -> &TaskTracker {
        &self.renewals
    }

    /// The hosts that do not answer, by name: calls to them fail at once for a while.
    #[must_use]
    pub fn mute_hosts(&self) -> Vec<MuteHost> {
        let mut mute = self.way.vendors.mute();
        mute.extend(self.way.files.mute());
        mute.sort_by(|one, other| one.host.cmp(&other.host));
        mute
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
        grants: Option<Arc<dyn TokenStore>>,
    ) -> Arc<dyn Transport> {
        Arc::new(transport::AccountTransport::new(self.clone(), api, origin, credentials, grants))
    }

    /// Sends a request and answers when the head has arrived. Every outbound request passes here,
    /// and this is the only place where a body of an answer is read: in pieces, for
    /// [`StreamingResponse::collect`] to bound. `until` ends the whole exchange, body included.
    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        route: Route<'_>,
        until: Instant,
    ) -> Result<StreamingResponse, TransportError> {
        let mut pass = route.enter(&self.way.all, until).await?;
        let left = until.saturating_duration_since(Instant::now());
        // A host is not to blame for a request that has spent its time waiting for room.
        let fair = left >= self.settings.timeout / 2;
        let blame =
            move |error: &reqwest::Error| silence(error).filter(|_| fair || !error.is_timeout());
        let request = request.header(ACCEPT_ENCODING, coding::ASKED).timeout(left);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                if let Some(reason) = blame(&error) {
                    pass.failed(reason);
                }
                return Err(failure(&error));
            }
        };
        pass.heard();
        let (status, mut headers) = (response.status(), response.headers().clone());
        let chunks = response.bytes_stream().map(move |chunk| {
            // `pass` lives as long as the body is read, so that limits count whole exchanges.
            chunk.map_err(|error| {
                if let Some(reason) = blame(&error) {
                    pass.failed(reason);
                }
                failure(&error)
            })
        });
        let body = coding::undone(&mut headers, Box::pin(chunks));
        Ok(StreamingResponse { status, headers, body })
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
        .no_gzip()
        .tcp_nodelay(true)
        .connect_timeout(settings.connect_timeout)
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
