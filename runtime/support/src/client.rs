//! A transport that is ready to call, over `reqwest`: origin, credentials, renewal of tokens,
//! retries.
//!
//! Generated crates have a builder of their own, with the methods that their API admits, in front
//! of the one here. TLS is rustls with ring and the certificates that the system trusts: that needs
//! neither CMake nor a library of the system. Redirects are not followed, since keys in headers
//! would go along.

mod exchange;
mod reader;
mod session;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::api::Api;
use crate::oauth::{Endpoint, OAuthClient};
use crate::outgoing::{Target, TargetError};
use crate::security::{Credential, Credentials, Secret, SecurityScheme};
use crate::transport::Transport;

pub use crate::retry::Retries;
pub use ::reqwest;

/// How long a call may take unless [`timeout`](Builder::timeout) says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// A client in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    api: &'static Api,
    agent: &'static str,
    base_url: Option<String>,
    region: Option<String>,
    acting_user: Option<String>,
    credentials: Credentials,
    oauth: Option<OAuthClient>,
    scopes: Vec<String>,
    http: Option<reqwest::Client>,
    user_agent: Option<String>,
    timeout: Duration,
    retries: Option<Retries>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Something that the API does not know.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The document names no server.
    #[error("missing: `base_url`, since the document of {0} names no server")]
    NoServer(&'static str),
    /// A base URL that is none, or holds credentials. It is not said again: it may hold some.
    #[error("`base_url`: expected scheme and host without a user, such as https://api.example.com")]
    BaseUrl,
    /// Scopes without a client that asks for them.
    #[error("missing: `client_credentials`, without which there is nobody to ask for `scopes`")]
    ScopesAlone,
    /// A client that asks for its own tokens is nobody.
    #[error("missing: `acting_as`, since {0} wants to know on whose behalf a machine calls")]
    NoActingUser(&'static str),
    /// The document declares no token endpoint, or one that cannot be asked safely.
    #[error("{0} declares no token endpoint that can be asked over https")]
    NoTokenEndpoint(&'static str),
    /// A user agent that no header can carry.
    #[error("`{0}` cannot be a user agent")]
    UserAgent(String),
    /// The HTTP client cannot be set up.
    #[error("cannot set up HTTP: {0}")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Builder {
    /// A client of `api` at the first of its origins, without credentials. `agent` is what it says
    /// in `User-Agent` unless told otherwise.
    pub fn new(api: &'static Api, agent: &'static str) -> Self {
        Self {
            api,
            agent,
            base_url: None,
            region: None,
            acting_user: None,
            credentials: Credentials::default(),
            oauth: None,
            scopes: Vec::new(),
            http: None,
            user_agent: None,
            timeout: TIMEOUT,
            retries: None,
        }
    }

    /// A token for every scheme that takes one in `Authorization`.
    pub fn bearer_token(self, token: impl Into<Secret>) -> Self {
        let token = Credential::Token(token.into());
        self.wherever(|scheme| scheme.takes_bearer_token(), &token)
    }

    /// A key for every scheme that takes one in a header, in the query or in a cookie.
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        let key = Credential::Token(key.into());
        self.wherever(|scheme| scheme.takes_api_key(), &key)
    }

    /// A user's name and password (RFC 7617).
    pub fn basic(self, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        let pair = Credential::Basic { username: username.into(), password: password.into() };
        self.wherever(|scheme| scheme == SecurityScheme::Basic, &pair)
    }

    fn wherever(mut self, admits: fn(SecurityScheme) -> bool, credential: &Credential) -> Self {
        self.credentials = self.credentials.wherever(self.api, admits, credential);
        self
    }

    /// An OAuth client that asks for its own tokens (RFC 6749 section 4.4), before the first call,
    /// before one ends, and once where the API refuses one with 401.
    pub fn client_credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        let (id, secret) = (id.into(), secret.into());
        self.oauth = Some(OAuthClient { id, secret, scopes: Vec::new() });
        self
    }

    /// The scopes that [`client_credentials`](Self::client_credentials) asks for; without them the
    /// API grants what it does by default.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Credentials scheme by scheme, before those of the other methods.
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = self.credentials.and(credentials.into());
        self
    }

    /// On whose behalf calls are made: see [`Target::acting_as`].
    pub fn acting_as(mut self, user: impl Into<String>) -> Self {
        self.acting_user = Some(user.into());
        self
    }

    /// The region whose servers are called, by its name in [`Api::origins`].
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Calls go to this scheme and host instead of the document's servers, whose base path stays,
    /// and so do questions for tokens.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// How long an attempt may take until the answer's head has arrived, and then each piece of its
    /// body; [`TIMEOUT`] by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What calls say in `User-Agent`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Makes calls again where that is safe and may help: see [`Retries`]. A number stands for as
    /// many further attempts. Without it every call is made once.
    pub fn retries(mut self, retries: impl Into<Retries>) -> Self {
        self.retries = Some(retries.into());
        self
    }

    /// Calls over an HTTP client of one's own: its proxies, certificates and pool.
    pub fn with_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The transport that a generated client calls over.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<Arc<dyn Transport>, BuildError> {
        let api = self.api;
        let mut target = Target::new(api).credentials(self.credentials);
        if let Some(region) = &self.region {
            target = target.region(region)?;
        }
        if let Some(url) = self.base_url {
            let known: Option<Uri> = url.parse().ok();
            let usable = known.filter(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.query().is_none()
                    && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            });
            target = match usable.and_then(|uri| uri.host().map(str::len)) {
                Some(1..) => target.origin(url),
                _ => return Err(BuildError::BaseUrl),
            };
        }
        if target.base().is_none() {
            return Err(BuildError::NoServer(api.title));
        }
        if let Some(user) = &self.acting_user {
            target = target.acting_as(user)?;
        }
        if let Some(agent) = self.user_agent {
            let value = HeaderValue::from_str(&agent).map_err(|_| BuildError::UserAgent(agent))?;
            target = target.user_agent(value);
        }
        let http = match self.http {
            Some(http) => http,
            None => http_client(self.agent)?,
        };
        let session = match self.oauth {
            None if self.scopes.is_empty() => None,
            None => return Err(BuildError::ScopesAlone),
            Some(_) if api.acting_user.is_some() && self.acting_user.is_none() => {
                return Err(BuildError::NoActingUser(api.title));
            }
            Some(client) => {
                let client = OAuthClient { scopes: self.scopes, ..client };
                let url = token_url(api, &target).ok_or(BuildError::NoTokenEndpoint(api.title))?;
                Some(session::Session::new(http.clone(), url, client, self.timeout))
            }
        };
        Ok(Arc::new(transport::HttpTransport {
            api,
            target,
            http,
            session,
            timeout: self.timeout,
            retries: self.retries,
        }))
    }
}

/// Where tokens are asked for.
fn token_url(api: &Api, target: &Target) -> Option<String> {
    let base = target.base()?.trim_end_matches('/');
    match Endpoint::token(api)? {
        Endpoint::Own(path) => Some(format!("{base}{path}")),
        Endpoint::Elsewhere(url) => {
            let uri: Uri = url.parse().ok()?;
            if target.is_moved() {
                return Some(format!("{base}{}", uri.path_and_query()?));
            }
            // A secret goes there.
            (uri.scheme_str() == Some("https")).then(|| url.to_owned())
        }
    }
}

fn http_client(agent: &str) -> Result<reqwest::Client, BuildError> {
    let fault = |error: rustls::Error| BuildError::Http(error.into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(fault)?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(agent)
        .build()
        .map_err(|error| BuildError::Http(error.into()))
}
