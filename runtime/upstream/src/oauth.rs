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
use sha2::{Digest, Sha256};
use support::oauth::{Endpoint, TokenRequest};
use support::security::ExposeSecret;
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
    endpoint: Arc<Grantor>,
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
        let endpoint = Arc::new(Grantor { upstream, api, origin, credentials });
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
struct Grantor {
    upstream: Upstream,
    api: &'static Api,
    origin: Origin,
    credentials: AccountCredentials,
}

impl Grantor {
    /// Whether a grant is fresh, and not of the token that was just refused.
    fn accepts(&self, grant: &TokenSet, spent: Option<&Secret>) -> bool {
        let is_spent =
            spent.is_some_and(|spent| spent.expose_secret() == grant.access_token.expose_secret());
        grant.is_fresh(self.upstream.settings.clock.now()) && !is_spent
    }

    async fn renew(&self, current: Option<TokenSet>) -> Result<TokenSet, TokenError> {
        match &self.credentials {
            AccountCredentials::ClientCredentials { client, .. } => {
                self.ask(TokenRequest::client_credentials(client)).await
            }
            AccountCredentials::AuthorizationCode { client } => {
                let Some(refresh) = current.and_then(|grant| grant.refresh_token) else {
                    return Err(TokenError::Refused(
                        "the account was never connected, or its grant has ended".to_owned(),
                    ));
                };
                let mut grant = self.ask(TokenRequest::refresh(client, &refresh)).await?;
                // RFC 6749 section 6: without a new refresh token the old one stays good.
                grant.refresh_token = grant.refresh_token.or(Some(refresh));
                Ok(grant)
            }
            AccountCredentials::Token { .. } | AccountCredentials::Basic { .. } => {
                Err(TokenError::Refused("the account has no OAuth client".to_owned()))
            }
        }
    }

    async fn ask(&self, request: TokenRequest) -> Result<TokenSet, TokenError> {
        request_grant(&self.upstream, self.api, &self.origin, request).await
    }
}

/// How long the token endpoint may take, from wanting to ask to the last byte of the answer.
const EXCHANGE: Duration = Duration::from_secs(30);
/// The largest answer of a token endpoint, in bytes.
const ANSWER: u64 = 64 * 1024;

async fn request_grant(
    upstream: &Upstream,
    api: &Api,
    origin: &Origin,
    request: TokenRequest,
) -> Result<TokenSet, TokenError> {
    let url = endpoint(api, origin, Endpoint::token(api))?;
    let issued_at = upstream.settings.clock.now();
    let host = url.origin().ascii_serialization();
    let route = Route { hosts: &upstream.way.vendors, host: &host, own: None };
    let until = tokio::time::Instant::now() + EXCHANGE;
    let answer = upstream
        .send(upstream.client_for(origin).post(url).form(request.form()), route, until)
        .await
        .map_err(no_answer)?;
    let answer = answer.collect(ANSWER).await.map_err(no_answer)?;
    let grant = request.read(answer.status, &answer.body)?;
    let lifetime = SignedDuration::try_from(grant.lifetime).unwrap_or(SignedDuration::MAX);
    Ok(TokenSet {
        access_token: grant.access_token,
        refresh_token: grant.refresh_token,
        issued_at,
        expires_at: issued_at.checked_add(lifetime).unwrap_or(Timestamp::MAX),
    })
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
fn endpoint(api: &Api, origin: &Origin, declared: Option<Endpoint>) -> Result<Url, TokenError> {
    let fault = || TokenError::Refused(format!("{} declares no such OAuth endpoint", api.title));
    let elsewhere = match declared.ok_or_else(fault)? {
        Endpoint::Own(path) => return origin.join(&path).ok_or_else(fault),
        Endpoint::Elsewhere(url) => url,
    };
    let url = Url::parse(elsewhere).map_err(|_| fault())?;
    if origin.is_listed() {
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
    let mut url = endpoint(api, origin, Endpoint::authorization(api))?;
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
    let request = TokenRequest::authorization_code(client, redirect_uri, code, verifier);
    request_grant(upstream, api, origin, request).await
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
