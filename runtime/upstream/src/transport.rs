//! One account's transport: credentials in, one request out, the answer streamed back.

use std::error::Error;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use support::{Api, Request, Secret, StreamingResponse, Transport, TransportError};

use crate::Upstream;
use crate::account::AccountCredentials;
use crate::oauth::{GrantError, GrantStore, MemoryGrants, Session};
use crate::origin::Origin;

/// The way to one account.
pub(crate) struct AccountTransport {
    upstream: Upstream,
    api: &'static Api,
    origin: Origin,
    credentials: AccountCredentials,
    /// Headers of every request: the API's constants and the acting user.
    headers: HeaderMap,
    session: Option<Arc<Session>>,
}

impl AccountTransport {
    pub(crate) fn new(
        upstream: Upstream,
        api: &'static Api,
        origin: Origin,
        credentials: AccountCredentials,
        grants: Option<Arc<dyn GrantStore>>,
    ) -> Self {
        let session = credentials.oauth_client().is_some().then(|| {
            let store = grants.unwrap_or_else(|| Arc::new(MemoryGrants::default()));
            Session::new(upstream.clone(), api, origin.clone(), credentials.clone(), store)
        });
        let constants = api
            .constant_headers
            .iter()
            .filter_map(|(name, value)| Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(*value).ok()?)));
        let headers = constants.chain(credentials.acting_user_header(api)).collect();
        Self { upstream, api, origin, credentials, headers, session }
    }

    async fn exchange(&self, request: Request) -> Result<StreamingResponse, TransportError> {
        let Some(session) = &self.session else {
            return self.attempt(request, None).await;
        };
        let token = session.token(None).await.map_err(no_grant)?;
        let again = request.clone();
        let response = self.attempt(request, Some(&token)).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        // The one repetition there is: an access token that ended early is renewed once, and the call made once more.
        match session.token(Some(&token)).await {
            Ok(token) => self.attempt(again, Some(&token)).await,
            Err(error) => Err(no_grant(error)),
        }
    }

    async fn attempt(&self, mut request: Request, token: Option<&Secret>) -> Result<StreamingResponse, TransportError> {
        self.credentials.by_scheme(self.api, token).apply(self.api.schemes, &mut request)?;
        let outside = || TransportError::Unreachable("the path leaves the account's origin".into());
        let origin = self.origin.of_operation(self.api, request.operation);
        let url = origin.join(&request.path_and_query()).ok_or_else(outside)?;
        let permit = Arc::clone(&self.upstream.permits).acquire_owned();
        let permit = tokio::time::timeout(self.upstream.settings.timeout, permit).await;
        let Ok(Ok(permit)) = permit else { return Err(TransportError::Timeout) };
        let operation = request.operation;
        let mut outgoing =
            self.upstream.client_for(&origin).request(request.method, url).headers(self.headers.clone()).headers(request.headers);
        if !operation.accept.is_empty() {
            outgoing = outgoing.header(ACCEPT, operation.accept);
        }
        if let Some((content_type, content)) = request.body.into_content() {
            outgoing = outgoing.header(CONTENT_TYPE, &*content_type).body(content);
        }
        let response = outgoing.send().await.map_err(|error| failure(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let chunks = response.bytes_stream().map(move |chunk| {
            // Held until the body has been read, so that the limit counts whole exchanges.
            let _ = &permit;
            chunk.map_err(|error| failure(&error))
        });
        tracing::debug!(operation = operation.id, status = status.as_u16(), "upstream answered");
        Ok(StreamingResponse { status, headers, body: Box::pin(chunks) })
    }
}

impl Transport for AccountTransport {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        // Nothing but this account's own credentials authenticates its calls.
        request.headers.remove(AUTHORIZATION);
        Box::pin(self.exchange(request))
    }
}

fn no_grant(error: GrantError) -> TransportError {
    match error {
        GrantError::Refused(reason) => TransportError::NeedsReauth(reason),
        GrantError::Transient(reason) => TransportError::Unreachable(reason.into()),
    }
}

pub(crate) fn failure(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() { TransportError::Timeout } else { TransportError::Unreachable(describe(error).into()) }
}

/// The innermost cause, without the URL.
pub(crate) fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.source().is_some() { cause.to_string() } else { "the exchange failed".to_owned() }
}
