//! Requests out, answers back: credentials, renewal, retries, a span for each call.

use std::time::{Duration, SystemTime};

use futures_core::future::BoxFuture;
use http::header::CONTENT_LENGTH;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::exchange::perform;
use super::session::Session;
use crate::api::Api;
use crate::error::TransportError;
use crate::oauth::is_spent;
use crate::outgoing::Target;
use crate::request::{Content, Request};
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
            let credentials = self.target.own_credentials();
            return self.attempts(self.target.complete_with(credentials, request)?).await;
        };
        let token = session.token(None).await?;
        let again = (!request.body.is_streamed()).then(|| request.clone());
        let answer = self.attempts(self.with_token(request, &token)?).await?;
        if !is_spent(answer.status) {
            return Ok(answer);
        }
        let token = session.token(Some(&token)).await?;
        match again {
            Some(request) => self.attempts(self.with_token(request, &token)?).await,
            // What was read for it is gone: the caller has to send it again.
            None => Ok(answer),
        }
    }

    /// The request with an access token, where its scheme takes one.
    fn with_token(
        &self,
        request: Request,
        token: &Secret,
    ) -> Result<http::Request<Content>, TransportError> {
        let takes =
            |scheme| matches!(scheme, SecurityScheme::Bearer | SecurityScheme::OAuth2 { .. });
        let token = Credential::Token(token.clone());
        let tokens = Credentials::default().wherever(self.api, takes, &token);
        self.target.complete_with(&tokens.and(self.target.own_credentials().clone()), request)
    }

    async fn attempts(
        &self,
        request: http::Request<Content>,
    ) -> Result<StreamingResponse, TransportError> {
        let (head, content) = request.into_parts();
        let outgoing = || {
            let outgoing = self.http.request(head.method.clone(), head.uri.to_string());
            outgoing.headers(head.headers.clone())
        };
        let content = match content {
            Content::Whole(content) => content,
            Content::Streamed { stream, length } => {
                let mut outgoing = outgoing().body(reqwest::Body::wrap_stream(stream));
                if let Some(length) = length {
                    outgoing = outgoing.header(CONTENT_LENGTH, length);
                }
                return perform(&self.http, outgoing, self.timeout).await;
            }
        };
        let mut made = 0;
        loop {
            let outcome = perform(&self.http, outgoing().body(content.clone()), self.timeout).await;
            made += 1;
            let ended = match &outcome {
                Ok(answer) => Ended::Answered(answer.status, &answer.headers),
                Err(TransportError::Unreachable(_)) => Ended::Unreachable,
                Err(_) => return outcome,
            };
            let pause = self.retries.and_then(|retries| {
                retries.pause(made, &head.method, ended, now(), fastrand::f64())
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
