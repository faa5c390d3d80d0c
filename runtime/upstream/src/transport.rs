//! One account's transport: credentials in, one request out, the answer streamed back.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use support::oauth::is_spent;
use support::{
    Api, Content, Credentials, Request, Secret, StreamingResponse, Transport, TransportError,
};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::Upstream;
use crate::account::AccountCredentials;
use crate::oauth::{MemoryTokens, Session, TokenError, TokenStore};
use crate::origin::Origin;
use crate::way::{Room, Route};

/// The way to one account.
pub(crate) struct AccountTransport {
    upstream: Upstream,
    api: &'static Api,
    origin: Origin,
    credentials: AccountCredentials,
    /// Headers of every request: the API's constants and the acting user.
    headers: HeaderMap,
    session: Option<Arc<Session>>,
    room: Room,
}

impl AccountTransport {
    pub(crate) fn new(
        upstream: Upstream,
        api: &'static Api,
        origin: Origin,
        credentials: AccountCredentials,
        grants: Option<Arc<dyn TokenStore>>,
    ) -> Self {
        let session = credentials.oauth_client().is_some().then(|| {
            let store = grants.unwrap_or_else(|| Arc::new(MemoryTokens::default()));
            Session::new(upstream.clone(), api, origin.clone(), credentials.clone(), store)
        });
        let headers = headers_of(api, &credentials);
        let room =
            Room::new("account", upstream.settings.max_per_account, upstream.settings.max_waiting);
        Self { upstream, api, origin, credentials, headers, session, room }
    }

    async fn exchange(&self, request: Request) -> Result<StreamingResponse, TransportError> {
        let until = Instant::now() + self.upstream.settings.timeout;
        let Some(session) = &self.session else {
            return self.attempt(request, None, until).await;
        };
        let token = in_time(until, session.token(None)).await?;
        let again = request.clone();
        let response = self.attempt(request, Some(&token), until).await?;
        if !is_spent(response.status) {
            return Ok(response);
        }
        // The one repetition there is: an access token that ended early is renewed once, and the
        // call made once more.
        let token = in_time(until, session.token(Some(&token))).await?;
        self.attempt(again, Some(&token), until).await
    }

    async fn attempt(
        &self,
        request: Request,
        token: Option<&Secret>,
        until: Instant,
    ) -> Result<StreamingResponse, TransportError> {
        let credentials = self.credentials.by_scheme(self.api, token);
        let origin = self.origin.of_operation(self.api, request.operation);
        let operation = request.operation;
        let Outgoing { method, url, headers, body } =
            outgoing(self.api, &origin, &credentials, self.headers.clone(), request)?;
        let mut outgoing = self.upstream.client_for(&origin).request(method, url).headers(headers);
        if let Some(body) = body {
            outgoing = outgoing.body(body);
        }
        let own = Some((&self.room, "the account"));
        let route = Route { hosts: &self.upstream.way.vendors, host: origin.as_str(), own };
        let response = self.upstream.send(outgoing, route, until).await?;
        tracing::debug!(
            operation = operation.id,
            status = response.status.as_u16(),
            "upstream answered"
        );
        Ok(response)
    }
}

impl Transport for AccountTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        Box::pin(self.exchange(request))
    }

    fn origin(&self) -> Option<&str> {
        Some(self.origin.as_str())
    }
}

/// Headers of every request of an account: the API's constants and the acting user.
pub(crate) fn headers_of(api: &Api, credentials: &AccountCredentials) -> HeaderMap {
    let constants = api.constant_headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(*value).ok()?))
    });
    constants.chain(credentials.acting_user_header(api)).collect()
}

/// A request as it goes out, credentials included.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// Completes a request: where it goes, and all that is sent with it.
pub(crate) fn outgoing(
    api: &'static Api,
    origin: &Origin,
    credentials: &Credentials,
    mut headers: HeaderMap,
    mut request: Request,
) -> Result<Outgoing, TransportError> {
    // Nothing but this account's own credentials authenticates its calls.
    request.headers.remove(AUTHORIZATION);
    credentials.apply(api.schemes, &mut request)?;
    let outside = || TransportError::Unreachable("the path leaves the account's origin".into());
    let url = origin.join(&request.path_and_query()).ok_or_else(outside)?;
    headers.extend(request.headers);
    if !request.operation.accept.is_empty() {
        headers.append(ACCEPT, HeaderValue::from_static(request.operation.accept));
    }
    let body = match request.body.into_content() {
        None => None,
        Some((content_type, Content::Whole(content))) => {
            let unfit = |_| TransportError::Unreachable("the media type fits no header".into());
            headers.append(CONTENT_TYPE, HeaderValue::try_from(&*content_type).map_err(unfit)?);
            Some(content)
        }
        // No tool makes one, and it could not be sent once more with a new token.
        Some((_, Content::Streamed { .. })) => {
            let reason = "a file that is read as it is sent is not for accounts";
            return Err(TransportError::Unreachable(reason.into()));
        }
    };
    Ok(Outgoing { method: request.method, url, headers, body })
}

/// A token, if it can be had within the time of the call that needs it.
async fn in_time(
    until: Instant,
    token: impl Future<Output = Result<Secret, TokenError>>,
) -> Result<Secret, TransportError> {
    let late = || {
        TransportError::Unavailable("the account's token could not be renewed in time".to_owned())
    };
    timeout_at(until, token).await.map_err(|_| late())?.map_err(no_grant)
}

fn no_grant(error: TokenError) -> TransportError {
    match error {
        TokenError::Unavailable(reason) => TransportError::Unavailable(reason),
        TokenError::Refused(reason) => TransportError::NeedsReauth(reason),
        TokenError::Transient(reason) => TransportError::Unreachable(reason.into()),
    }
}

pub(crate) fn failure(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::Unreachable(describe(error).into())
    }
}

/// What a failure says about the host: why it gave no answer, or nothing, when the fault lies in
/// what it said or in us.
pub(crate) fn silence(error: &reqwest::Error) -> Option<&'static str> {
    if error.is_timeout() {
        Some("no answer in time")
    } else if error.is_builder() || error.is_decode() {
        None
    } else {
        Some("it cannot be reached, or breaks off")
    }
}

/// The innermost cause, without the URL.
fn describe(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.source().is_some() { cause.to_string() } else { "the exchange failed".to_owned() }
}
