//! Requests out, answers back: credentials, renewal, retries, a span for each call.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::exchange::perform;
use super::session::Session;
use crate::api::Api;
use crate::error::TransportError;
use crate::oauth::is_spent;
use crate::outgoing::Target;
use crate::request::Request;
use crate::response::StreamingResponse;
use crate::retry::{Ended, Retries};
use crate::security::{Credential, Credentials, Secret, SecurityScheme};
use crate::transport::Transport;

/// The way to one API.
pub(super) struct HttpTransport {
    pub(super) api: &'static Api,
    pub(super) target: Target,
    pub(super) http: reqwest::Client,
    pub(super) session: Option<Session>,
    pub(super) timeout: Duration,
    pub(super) retries: Option<Retries>,
}

impl HttpTransport {
    async fn exchange(&self, request: Request) -> Result<StreamingResponse, TransportError> {
        let Some(session) = &self.session else {
            return self.attempts(self.target.complete(request)?).await;
        };
        let token = session.token(None).await?;
        let answer = self.attempts(self.with_token(request.clone(), &token)?).await?;
        if !is_spent(answer.status) {
            return Ok(answer);
        }
        let token = session.token(Some(&token)).await?;
        self.attempts(self.with_token(request, &token)?).await
    }

    /// The request with an access token, where its scheme takes one.
    fn with_token(
        &self,
        request: Request,
        token: &Secret,
    ) -> Result<http::Request<Bytes>, TransportError> {
        let takes =
            |scheme| matches!(scheme, SecurityScheme::Bearer | SecurityScheme::OAuth2 { .. });
        let token = Credential::Token(token.clone());
        let tokens = Credentials::default().wherever(self.api, takes, &token);
        self.target.complete_with(&tokens.and(self.target.own_credentials().clone()), request)
    }

    async fn attempts(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<StreamingResponse, TransportError> {
        let mut made = 0;
        loop {
            let (head, body) = request.clone().into_parts();
            let outgoing =
                self.http.request(head.method, head.uri.to_string()).headers(head.headers);
            let outcome = perform(&self.http, outgoing.body(body), self.timeout).await;
            made += 1;
            let ended = match &outcome {
                Ok(answer) => Ended::Answered(answer.status, &answer.headers),
                Err(TransportError::Unreachable(_)) => Ended::Unreachable,
                Err(_) => return outcome,
            };
            let pause = self.retries.and_then(|retries| {
                retries.pause(made, request.method(), ended, now(), fastrand::f64())
            });
            let Some(pause) = pause else { return outcome };
            // An answer that is passed over gives its connection back.
            drop(outcome);
            tokio::time::sleep(pause).await;
        }
    }
}

/// The present moment, which dates in `Retry-After` are told by.
#[allow(clippy::disallowed_methods, reason = "here is who asks the system for the decisions")]
fn now() -> SystemTime {
    SystemTime::now()
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let span = tracing::info_span!(
            "call",
            api = self.api.slug,
            operation = request.operation.id,
            method = %request.method,
            status = Empty,
            error = Empty,
            duration_ms = Empty,
        );
        let call = async move {
            let began = Instant::now();
            let outcome = self.exchange(request).await;
            let span = Span::current();
            match &outcome {
                Ok(answer) => span.record("status", answer.status.as_u16()),
                Err(error) => span.record("error", tracing::field::display(error)),
            };
            let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            span.record("duration_ms", milliseconds);
            outcome
        };
        Box::pin(call.instrument(span))
    }
}
