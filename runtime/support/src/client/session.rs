//! The tokens of one OAuth client, renewed once however many calls want one.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::exchange;
use crate::error::TransportError;
use crate::oauth::{Grant, OAuthClient, TokenRefusal, TokenRequest, is_fresh};
use crate::security::{ExposeSecret, Secret};

/// The largest answer of a token endpoint, in bytes.
const ANSWER: u64 = 64 * 1024;

/// One client at one token endpoint.
pub(super) struct Session {
    http: reqwest::Client,
    url: String,
    client: OAuthClient,
    timeout: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was granted, and when it was asked for.
    grant: Option<(Grant, Instant)>,
    /// When asking last came to nothing, and why.
    failed: Option<(Instant, TokenRefusal)>,
}

impl Session {
    pub(super) fn new(
        http: reqwest::Client,
        url: String,
        client: OAuthClient,
        timeout: Duration,
    ) -> Self {
        Self { http, url, client, timeout, state: Mutex::default() }
    }

    /// A token that is good for a while; `spent` is one that the API has just refused.
    pub(super) async fn token(&self, spent: Option<&Secret>) -> Result<Secret, TransportError> {
        let wanted = Instant::now();
        // Whoever comes meanwhile waits here, and finds the new token.
        let mut state = self.state.lock().await;
        if let Some(token) = state.usable(spent) {
            return Ok(token);
        }
        // Or the failure: a mute endpoint is not asked once for each of them.
        if let Some((_, refusal)) = state.failed.as_ref().filter(|(at, _)| *at > wanted) {
            return Err(no_grant(refusal.clone()));
        }
        let asked = Instant::now();
        match self.ask().await {
            Ok(grant) => {
                let token = grant.access_token.clone();
                *state = State { grant: Some((grant, asked)), failed: None };
                Ok(token)
            }
            Err(refusal) => {
                state.failed = Some((Instant::now(), refusal.clone()));
                Err(no_grant(refusal))
            }
        }
    }

    async fn ask(&self) -> Result<Grant, TokenRefusal> {
        let no_answer =
            |error: TransportError| TokenRefusal::Transient(format!("token endpoint: {error}"));
        let request = TokenRequest::client_credentials(&self.client);
        let outgoing = self.http.post(&self.url).form(request.form());
        let answer =
            exchange::perform(&self.http, outgoing, self.timeout).await.map_err(no_answer)?;
        let answer = answer.collect(ANSWER).await.map_err(no_answer)?;
        request.read(answer.status, &answer.body)
    }
}

impl State {
    fn usable(&self, spent: Option<&Secret>) -> Option<Secret> {
        let (grant, asked) = self.grant.as_ref()?;
        let left = grant.lifetime.saturating_sub(asked.elapsed());
        let token = &grant.access_token;
        let is_spent = spent.is_some_and(|spent| spent.expose_secret() == token.expose_secret());
        (is_fresh(grant.lifetime, left) && !is_spent).then(|| token.clone())
    }
}

fn no_grant(refusal: TokenRefusal) -> TransportError {
    match refusal {
        TokenRefusal::Refused(reason) => TransportError::NeedsReauth(reason),
        TokenRefusal::Transient(reason) => TransportError::Unreachable(reason.into()),
    }
}
