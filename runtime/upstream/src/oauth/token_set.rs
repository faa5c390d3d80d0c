//! The tokens that a grant brought, and where they are kept.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use support::oauth::TokenRefusal;
use support::security::ExposeSecret;
use support::{Secret, oauth};
use tokio::sync::Mutex;

use crate::account::StoredError;

/// The version that is written.
const VERSION: u64 = 1;

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
    /// Whether the access token is still good at `now`; see [`is_fresh`](support::oauth::is_fresh).
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let until = |from: Timestamp| {
            Duration::try_from(from.duration_until(self.expires_at)).unwrap_or_default()
        };
        oauth::is_fresh(until(self.issued_at), until(now))
    }

    /// What [`from_stored`](Self::from_stored) reads, secrets included: only ever to be sealed.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let stored = json!({
            "version": VERSION,
            "access_token": self.access_token.expose_secret(),
            "refresh_token": self.refresh_token.as_ref().map(Secret::expose_secret),
            "issued_at": self.issued_at.to_string(),
            "expires_at": self.expires_at.to_string(),
        });
        stored.to_string()
    }

    /// Reads stored tokens, of every version up to this release's. Version 0 is the same without a
    /// `version`, as it was sealed at first.
    ///
    /// # Errors
    /// [`StoredError`].
    pub fn from_stored(json: &[u8]) -> Result<Self, StoredError> {
        let value: Value = serde_json::from_slice(json).map_err(|_| StoredError::Unreadable)?;
        match value.get("version").map(Value::as_u64) {
            None | Some(Some(VERSION)) => Self::of(&value).ok_or(StoredError::Unreadable),
            Some(Some(found)) => Err(StoredError::UnknownVersion { found, newest: VERSION }),
            Some(None) => Err(StoredError::Unreadable),
        }
    }

    fn of(value: &Value) -> Option<Self> {
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

impl From<TokenRefusal> for TokenError {
    fn from(refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::Refused(reason) => Self::Refused(reason),
            TokenRefusal::Transient(reason) => Self::Transient(reason),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_outlive_releases_and_those_of_a_later_one_are_not_taken_for_none() {
        let sealed_at_first = json!({
            "access_token": "canary",
            "refresh_token": "r",
            "issued_at": "2026-01-01T00:00:00Z",
            "expires_at": "2026-01-01T01:00:00Z",
        });
        let read = |value: &Value| TokenSet::from_stored(value.to_string().as_bytes());
        let tokens = read(&sealed_at_first).unwrap();
        assert!(!format!("{tokens:?}").contains("canary"));
        let mut stored: Value = serde_json::from_str(&tokens.to_stored()).unwrap();
        assert_eq!(read(&stored).unwrap().to_stored(), tokens.to_stored());
        assert_eq!(stored["version"].take(), 1);
        let mut without = stored.clone();
        without.as_object_mut().unwrap().shift_remove("version");
        assert_eq!(without, sealed_at_first);
        for (version, error) in [
            (json!(2), StoredError::UnknownVersion { found: 2, newest: 1 }),
            (json!("1"), StoredError::Unreadable),
            (Value::Null, StoredError::Unreadable),
        ] {
            stored["version"] = version;
            assert_eq!(read(&stored).unwrap_err(), error);
        }
        assert_eq!(read(&json!({"version": 1})).unwrap_err(), StoredError::Unreadable);
        assert_eq!(TokenSet::from_stored(b"\xff").unwrap_err(), StoredError::Unreadable);
    }
}
