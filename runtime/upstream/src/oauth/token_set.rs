//! The tokens that a grant brought, and where they are kept.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::Secret;
use support::security::ExposeSecret;
use tokio::sync::Mutex;

/// Tokens as an API granted them.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// The token that calls carry.
    pub access_token: Secret,
    /// The token that renews, for the authorization code grant.
    pub refresh_token: Option<Secret>,
    /// When the access token was granted.
    pub issued_at: Timestamp,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

impl TokenSet {
    /// Whether the access token is still good at `now`, with a margin of the lesser of 60 s and a
    /// tenth of its lifetime.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let lifetime = self.expires_at.duration_since(self.issued_at);
        let margin = SignedDuration::from_secs(60).min(lifetime / 10);
        now.duration_until(self.expires_at) > margin
    }

    /// The JSON that [`from_json`](Self::from_json) reads, secrets included: only ever to be
    /// sealed.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "access_token": self.access_token.expose_secret(),
            "refresh_token": self.refresh_token.as_ref().map(Secret::expose_secret),
            "issued_at": self.issued_at.to_string(),
            "expires_at": self.expires_at.to_string(),
        })
    }

    /// Reads what [`to_json`](Self::to_json) wrote; `None` when it is something else.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        Some(Self {
            access_token: text("access_token")?.into(),
            refresh_token: text("refresh_token").map(Secret::from),
            issued_at: text("issued_at")?.parse().ok()?,
            expires_at: text("expires_at")?.parse().ok()?,
        })
    }
}

/// Why there is no usable grant.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The API refused for good: the account must be connected again.
    #[error("{0}")]
    Refused(String),
    /// The API, or the store, did not answer; the grant is kept.
    #[error("{0}")]
    Transient(String),
    /// The API was not asked: the way to it is closed or full for the moment; the grant is kept.
    #[error("{0}")]
    Unavailable(String),
}

/// What a renewal did.
#[derive(Debug)]
pub enum Renewed {
    /// The stored grant was good already: another call or node was faster.
    Unchanged(TokenSet),
    /// A new grant, to be stored before it is used.
    New(TokenSet),
}

/// A renewal to be run while no one else renews this account; its argument is the stored grant.
pub type Renewal =
    Box<dyn FnOnce(Option<TokenSet>) -> BoxFuture<'static, Result<Renewed, TokenError>> + Send>;

/// Where an account's grant is kept.
pub trait TokenStore: Send + Sync {
    /// The stored grant.
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, TokenError>>;

    /// Runs `renewal` with the newest stored grant while no other node runs one for this account; a
    /// new grant is stored, durably, before it is returned. A refusal is recorded as
    /// `needs_reauth`; a transient failure changes nothing.
    fn renew(&self, renewal: Renewal) -> BoxFuture<'_, Result<TokenSet, TokenError>>;
}

/// A grant kept in memory: for one process without a database.
#[derive(Debug, Default)]
pub struct MemoryTokens(Mutex<Option<TokenSet>>);

impl TokenStore for MemoryTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, TokenError>> {
        Box::pin(async { Ok(self.0.lock().await.clone()) })
    }

    fn renew(&self, renewal: Renewal) -> BoxFuture<'_, Result<TokenSet, TokenError>> {
        Box::pin(async move {
            let mut stored = self.0.lock().await;
            let (Renewed::Unchanged(grant) | Renewed::New(grant)) = renewal(stored.clone()).await?;
            *stored = Some(grant.clone());
            Ok(grant)
        })
    }
}
