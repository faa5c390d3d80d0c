//! OAuth 2.0 on the client's side: grants, their renewal in single flight, and the authorization
//! code exchange.
//!
//! A grant is renewed once however many calls and nodes want it: within the process a lock makes
//! the others wait, across nodes [`TokenStore::renew`] does. Renewal runs in a task of its own, so
//! that a caller who hangs up cannot lose a refresh token that the API has already rotated.

mod token_set;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use support::security::{ExposeSecret, SecurityScheme};
use support::{Api, Secret, TransportError};
use tokio::sync::Mutex;
use url::Url;

use crate::account::{AccountCredentials, OAuthClient};
use crate::origin::Origin;
use crate::way::Route;
use crate::{Upstream, guard};

pub use token_set::{MemoryTokens, Renewal, Renewed, TokenError, TokenSet, TokenStore};

/// One account's way to an access token.
pub(crate) struct Session {
    endpoint: Arc<Endpoint>,
    store: Arc<dyn TokenStore>,
    cached: ArcSwapOption<TokenSet>,
    renewing: Mutex<()>,
    /// When the API last refused to renew, and why.
    refused: ArcSwapOption<(Instant, String)>,
    /// When a renewal last came to nothing without a refusal, and why.
    failed: ArcSwapOption<(Instant, TokenError)>,
}

/// How long a refusal is taken for the answer, so that calls on a dead grant do not beat upon the
/// token endpoint.
const REFUSED: Duration = Duration::from_secs(10);

impl Session {
    pub(crate) fn new(
        upstream: Upstream,
        api: &'static Api,
        origin: Origin,
        credentials: AccountCredentials,
        store: Arc<dyn TokenStore>,
    ) -> Arc<Self> {
        let endpoint = Arc::new(Endpoint { upstream, api, origin, credentials });
        let (cached, refused, failed) =
            (ArcSwapOption::empty(), ArcSwapOption::empty(), ArcSwapOption::empty());
        Arc::new(Self { endpoint, store, cached, renewing: Mutex::new(()), refused, failed })
    }

    /// An access token that is good for a while; `spent` is one that the API has just refused.
    pub(crate) async fn token(
        self: &Arc<Self>,
        spent: Option<&Secret>,
    ) -> Result<Secret, TokenError> {
        if let Some(token) = self.usable(spent) {
            return Ok(token);
        }
        let session = Arc::clone(self);
        let spent = spent.cloned();
        let task = self
            .endpoint
            .upstream
            .renewals
            .spawn(async move { session.renew(spent.as_ref()).await });
        task.await.map_err(|_| TokenError::Transient("renewal was interrupted".to_owned()))?
    }

    fn usable(&self, spent: Option<&Secret>) -> Option<Secret> {
        let grant = self.cached.load_full()?;
        self.endpoint.accepts(&grant, spent).then(|| grant.access_token.clone())
    }

    async fn renew(&self, spent: Option<&Secret>) -> Result<Secret, TokenError> {
        let asked = Instant::now();
        let _alone = self.renewing.lock().await;
        if let Some(token) = self.usable(spent) {
            return Ok(token);
        }
        // Whoever waited for a renewal has its outcome: a mute endpoint is not asked once for each
        // of them.
        if let Some(failure) = self.failed.load_full().filter(|failure| failure.0 > asked) {
            return Err(failure.1.clone());
        }
        let stored = self.store.load().await?.filter(|grant| self.endpoint.accepts(grant, spent));
        let grant = if let Some(grant) = stored {
            grant
        } else {
            if let Some(refusal) =
                self.refused.load_full().filter(|refusal| refusal.0.elapsed() < REFUSED)
            {
                return Err(TokenError::Refused(refusal.1.clone()));
            }
            let endpoint = Arc::clone(&self.endpoint);
            let spent = spent.cloned();
            let renewal: Renewal = Box::new(move |current| {
                Box::pin(async move {
                    match current {
                        Some(grant) if endpoint.accepts(&grant, spent.as_ref()) => {
                            Ok(Renewed::Unchanged(grant))
                        }
                        current => endpoint.renew(current).await.map(Renewed::New),
                    }
                })
            });
            let outcome = self.store.renew(renewal).await;
            match &outcome {
                Ok(_) => {}
                Err(TokenError::Refused(reason)) => {
                    self.refused.store(Some(Arc::new((Instant::now(), reason.clone()))));
                }
                Err(error) => {
                    self.failed.store(Some(Arc::new((Instant::now(), error.clone()))));
                }
            }
            outcome?
        };
        let token = grant.access_token.clone();
        self.cached.store(Some(Arc::new(grant)));
        Ok(token)
    }
}

/// The token endpoint of one account.
struct Endpoint {
    upstream: Upstream,
    api: &'static Api,
    origin: Origin,
    credentials: AccountCredentials,
}

impl Endpoint {
    /// Whether a grant is fresh, and not of the token that was just refused.
    fn accepts(&self, grant: &TokenSet, spent: Option<&Secret>) -> bool {
        let is_spent =
            spent.is_some_and(|spent| spent.expose_secret() == grant.access_token.expose_secret());
        grant.is_fresh(self.upstream.settings.clock.now()) && !is_spent
    }

    async fn renew(&self, current: Option<TokenSet>) -> Result<TokenSet, TokenError> {
        match &self.credentials {
            AccountCredentials::ClientCredentials { client, .. } => {
                let mut form = vec![("grant_type", "client_credentials".to_owned())];
                if !client.scopes.is_empty() {
                    form.push(("scope", client.scopes.join(" ")));
                }
                request_grant(&self.upstream, self.api, &self.origin, client, form).await
            }
            AccountCredentials::AuthorizationCode { client } => {
                let Some(refresh) = current.and_then(|grant| grant.refresh_token) else {
                    return Err(TokenError::Refused(
                        "the account was never connected, or its grant has ended".to_owned(),
                    ));
                };
                let form = vec![
                    ("grant_type", "refresh_token".to_owned()),
                    ("refresh_token", refresh.expose_secret().to_owned()),
                ];
                let mut grant =
                    request_grant(&self.upstream, self.api, &self.origin, client, form).await?;
                // RFC 6749 section 6: without a new refresh token the old one stays good.
                grant.refresh_token = grant.refresh_token.or(Some(refresh));
                Ok(grant)
            }
            AccountCredentials::Token { .. } | AccountCredentials::Basic { .. } => {
                Err(TokenError::Refused("the account has no OAuth client".to_owned()))
            }
        }
    }
}

/// The answer of a token endpoint (RFC 6749 section 5.1).
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<Value>,
}

/// Its refusal (RFC 6749 section 5.2).
#[derive(Deserialize, Default)]
struct TokenRefusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// The lifetime assumed when the API names none.
const DEFAULT_LIFETIME: i64 = 3600;
/// How long the token endpoint may take, from wanting to ask to the last byte of the answer.
const EXCHANGE: Duration = Duration::from_secs(30);
/// The largest answer of a token endpoint, in bytes.
const ANSWER: u64 = 64 * 1024;

async fn request_grant(
    upstream: &Upstream,
    api: &Api,
    origin: &Origin,
    client: &OAuthClient,
    mut form: Vec<(&'static str, String)>,
) -> Result<TokenSet, TokenError> {
    let url = endpoint(api, origin, |scheme| match scheme {
        SecurityScheme::OAuth2 { token_url, .. } => token_url,
        _ => None,
    })?;
    form.push(("client_id", client.id.clone()));
    form.push(("client_secret", client.secret.expose_secret().to_owned()));
    let issued_at = upstream.settings.clock.now();
    let host = url.origin().ascii_serialization();
    let route = Route { hosts: &upstream.way.vendors, host: &host, own: None };
    let until = tokio::time::Instant::now() + EXCHANGE;
    let answer = upstream
        .send(upstream.client_for(origin).post(url).form(&form), route, until)
        .await
        .map_err(no_answer)?;
    let answer = answer.collect(ANSWER).await.map_err(no_answer)?;
    let (status, body) = (answer.status, answer.body);
    if status.is_success() {
        let answer: TokenAnswer = serde_json::from_slice(&body).map_err(|_| {
            TokenError::Transient("token endpoint: answer without an access token".to_owned())
        })?;
        let seconds = answer
            .expires_in
            .as_ref()
            .and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
            .unwrap_or(DEFAULT_LIFETIME);
        let expires_at = issued_at
            .checked_add(SignedDuration::from_secs(seconds.clamp(1, 10 * 365 * 86_400)))
            .unwrap_or(Timestamp::MAX);
        return Ok(TokenSet {
            access_token: answer.access_token.into(),
            refresh_token: answer.refresh_token.map(Secret::from),
            issued_at,
            expires_at,
        });
    }
    let refusal: TokenRefusal = serde_json::from_slice(&body).unwrap_or_default();
    let text = [refusal.error.as_str(), refusal.error_description.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(": ");
    let text = if text.is_empty() {
        format!("token endpoint answered {status}")
    } else {
        quoted(text, &form)
    };
    // The `error` member decides, not the status: vendors answer 400, 401 and 403 for the same
    // refusal.
    match refusal.error.as_str() {
        "invalid_client"
        | "invalid_grant"
        | "unauthorized_client"
        | "unsupported_grant_type"
        | "invalid_scope"
        | "access_denied"
        | "invalid_request" => Err(TokenError::Refused(text)),
        // A refusal in the API's own words. A page of something in between says nothing about the
        // grant.
        known if !known.is_empty() && matches!(status.as_u16(), 400 | 401 | 403) => {
            Err(TokenError::Refused(text))
        }
        _ => Err(TokenError::Transient(text)),
    }
}

/// What an API said, cut, and without what it repeats of the request: secrets stand in that.
fn quoted(text: String, form: &[(&'static str, String)]) -> String {
    const LONGEST: usize = 300;
    let secrets = ["client_secret", "refresh_token", "code", "code_verifier"];
    let sent = form.iter().filter(|(name, value)| secrets.contains(name) && !value.is_empty());
    let text = sent.fold(text, |text, (_, value)| text.replace(value.as_str(), "[redacted]"));
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect()
}

fn no_answer(error: TransportError) -> TokenError {
    match error {
        TransportError::Unavailable(reason) => {
            TokenError::Unavailable(format!("token endpoint: {reason}"))
        }
        error => TokenError::Transient(format!("token endpoint: {error}")),
    }
}

/// An OAuth endpoint of the document, moved to the account's origin when it is one of the API's own
/// hosts.
fn endpoint(
    api: &Api,
    origin: &Origin,
    choose: impl Fn(SecurityScheme) -> Option<&'static str>,
) -> Result<Url, TokenError> {
    let declared = api.schemes.iter().find_map(|named| choose(named.scheme));
    let fault = || TokenError::Refused(format!("{} declares no such OAuth endpoint", api.title));
    let declared = declared.ok_or_else(fault)?;
    if declared.starts_with('/') {
        return origin.join(declared).ok_or_else(fault);
    }
    let url = Url::parse(declared).map_err(|_| fault())?;
    let own = api
        .origins
        .iter()
        .any(|known| Url::parse(known.url).is_ok_and(|known| known.host() == url.host()));
    if own || origin.is_listed() {
        return origin
            .join(&url[url::Position::BeforePath..url::Position::AfterQuery])
            .ok_or_else(fault);
    }
    if url.scheme() != "https"
        || guard::literal(&url).is_some_and(|address| !guard::is_public(address))
    {
        return Err(fault());
    }
    Ok(url)
}

/// A proof key for the code exchange (RFC 7636): the verifier, kept until the callback, and its
/// challenge.
#[must_use]
pub fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret().as_bytes()))
}

/// Where to send the person who connects an account.
///
/// # Errors
/// When the API declares no authorization endpoint.
pub fn authorization_url(
    api: &Api,
    origin: &Origin,
    client: &OAuthClient,
    redirect_uri: &str,
    state: &str,
    verifier: &Secret,
) -> Result<Url, TokenError> {
    let mut url = endpoint(api, origin, |scheme| match scheme {
        SecurityScheme::OAuth2 { authorization_url, .. } => authorization_url,
        _ => None,
    })?;
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", redirect_uri);
    query
        .append_pair("state", state)
        .append_pair("code_challenge", &challenge(verifier))
        .append_pair("code_challenge_method", "S256");
    // Without scopes the API grants what the client is registered for; asking for every declared
    // one would be refused wherever one of them is not switched on.
    if !client.scopes.is_empty() {
        query.append_pair("scope", &client.scopes.join(" "));
    }
    drop(query);
    Ok(url)
}

/// Exchanges the code that the callback brought for a grant.
///
/// # Errors
/// When the API refuses, or does not answer.
pub async fn exchange_code(
    upstream: &Upstream,
    api: &Api,
    origin: &Origin,
    client: &OAuthClient,
    redirect_uri: &str,
    code: &str,
    verifier: &Secret,
) -> Result<TokenSet, TokenError> {
    let form = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", redirect_uri.to_owned()),
        ("code_verifier", verifier.expose_secret().to_owned()),
    ];
    request_grant(upstream, api, origin, client, form).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(lifetime: i64) -> (TokenSet, Timestamp) {
        let issued_at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let expires_at = issued_at + SignedDuration::from_secs(lifetime);
        (
            TokenSet {
                access_token: "a".into(),
                refresh_token: Some("r".into()),
                issued_at,
                expires_at,
            },
            issued_at,
        )
    }

    #[test]
    fn the_margin_is_a_tenth_of_the_lifetime_up_to_a_minute() {
        for (lifetime, last_fresh) in [(3600, 3539), (100, 89), (10, 8)] {
            let (grant, issued_at) = grant(lifetime);
            assert!(
                grant.is_fresh(issued_at + SignedDuration::from_secs(last_fresh)),
                "{lifetime}"
            );
            assert!(
                !grant.is_fresh(issued_at + SignedDuration::from_secs(last_fresh + 1)),
                "{lifetime}"
            );
        }
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        assert_eq!(
            challenge(&"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into()),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
