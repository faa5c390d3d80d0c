//! `/mcp/{token}` and `/sse/{token}`: from a secret URL to the server behind it, and into the log.
//!
//! The token is read from the path here and goes no further than its hash.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use crate::admin::Problem;
use crate::admin::input::PathParam;
use crate::app::App;
use crate::call::CallContext;
use crate::call::launches::patience;
use crate::call_log::{CallSource, Client};
use crate::directory::{Caller, ResolvedServer};
use crate::host_policy::{self, CallerAddress, LARGEST_BODY, Unread, bearer, drain_body};
use crate::mcp::{Answer, Endpoint, handle};
use crate::provision::{ProvisionError, ServerAuth};
use crate::sign_in;
use crate::toolset::Toolset;

/// The routes of MCP.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/mcp/{token}", any(serve))
        .route("/sse/{token}", any(stream))
        .route("/sse/{token}/messages", any(message))
}

async fn serve(State(app): State<Arc<App>>, opened: Opened) -> Result<Response, Problem> {
    let (opened, body) = opened.read(&app).await?;
    let Parts { method, headers, .. } = &opened.parts;
    Ok(handle(&opened.endpoint(&app), method, headers, &body).await.into_response())
}

/// Opens the stream that answers to posted messages go into.
async fn stream(State(app): State<Arc<App>>, opened: Opened) -> Result<Response, Problem> {
    let Opened { found, parts, .. } = opened;
    if parts.method != Method::GET {
        return Ok(Answer::method_not_allowed("GET").into_response());
    }
    let query = parts.uri.query().map(|query| format!("&{query}")).unwrap_or_default();
    let stream = parts.uri.path();
    let address = |session: &str| format!("{stream}/messages?session={session}{query}");
    let events = app.streams.open(found.server.url, address);
    let headers = [
        (CONTENT_TYPE.as_str(), "text/event-stream"),
        ("x-accel-buffering", "no"),
        (CACHE_CONTROL.as_str(), "no-store"),
    ];
    // A stream would outlive the program's end.
    let events = events.take_until(app.shutdown.clone().cancelled_owned());
    Ok((headers, Body::from_stream(events)).into_response())
}

/// Takes a message whose answer goes into a stream.
async fn message(State(app): State<Arc<App>>, opened: Opened) -> Result<Response, Problem> {
    if opened.parts.method != Method::POST {
        return Ok(Answer::method_not_allowed("POST").into_response());
    }
    let (opened, body) = opened.read(&app).await?;
    let query = opened.parts.uri.query().unwrap_or_default();
    let session = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "session")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let (url, headers) = (&opened.found.server.url, &opened.parts.headers);
    let endpoint = opened.endpoint(&app);
    let answer = app.streams.post(&endpoint, url, &session, headers, &body).await;
    Ok(answer.into_response())
}

/// A server that may be spoken to, with the request that speaks to it.
struct Opened {
    found: ResolvedServer,
    source: CallSource,
    toolset: Arc<Toolset>,
    parts: Parts,
    body: Body,
}

impl FromRequest<Arc<App>> for Opened {
    type Rejection = Response;

    /// Whoever may not speak to a server is answered when the body has been taken off the
    /// connection.
    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        // What cannot be read opens nothing, like every other wrong token.
        let token = match PathParam::from_request_parts(&mut parts, app).await {
            Ok(PathParam(token)) => token,
            Err(_) => String::new(),
        };
        let refused = match open(app, token, &parts).await {
            Ok(Some((found, source, toolset))) => {
                return Ok(Self { found, source, toolset, parts, body });
            }
            Ok(None) => Answer::not_found().into_response(),
            Err(refused) => refused,
        };
        drain_body(body).await;
        Err(refused)
    }
}

/// The server behind a token. Whatever is wrong with the token, and whatever the method, the answer
/// is one and the same: `None`.
async fn open(
    app: &App,
    token: String,
    parts: &Parts,
) -> Result<Option<(ResolvedServer, CallSource, Arc<Toolset>)>, Response> {
    let ours = |error: ProvisionError| Problem::from(error).into_response();
    let Some(found) = app.directory.resolve(&token).await.map_err(ours)? else { return Ok(None) };
    let config = &found.server.config;
    let caller = match second_factor(app, &found, parts).await.map_err(ours)? {
        Ok(caller) => caller,
        Err(sent) => return Err(unauthorized(app, config.auth, &token, parts, sent)),
    };
    drop(token);
    let query = parts.uri.query();
    let Some(toolset) = app.toolset_of(&found.account, config, query, Duration::ZERO).await else {
        return Ok(None);
    };
    let source = CallSource {
        account: found.account.id.clone(),
        server: Some(found.server.id.clone()),
        api_token: caller.as_ref().and_then(Caller::id).map(str::to_owned),
        client: Client::of_headers(&parts.headers),
        address: parts.extensions.get().map(|CallerAddress(address)| *address),
    };
    Ok(Some((found, source, toolset)))
}

impl Opened {
    /// The body that came with the request, and the tools that it needs.
    async fn read(mut self, app: &App) -> Result<(Self, Bytes), Problem> {
        let body = std::mem::take(&mut self.body);
        let read = host_policy::read(body, LARGEST_BODY).await;
        let read = read.map_err(|why| {
            let status = match why {
                Unread::TooLarge | Unread::BrokeOff => StatusCode::PAYLOAD_TOO_LARGE,
                Unread::TooSlow => StatusCode::REQUEST_TIMEOUT,
            };
            Problem::new(status, format!("the message {why}"))
        })?;
        let ResolvedServer { account, server } = &self.found;
        if server.config.dynamic_tools {
            let (query, patience) = (self.parts.uri.query(), patience(account.api, &read));
            let toolset = app.toolset_of(account, &server.config, query, patience).await;
            self.toolset = toolset.unwrap_or(self.toolset);
        }
        Ok((self, read))
    }

    fn endpoint<'a>(&'a self, app: &'a App) -> Endpoint<'a> {
        let Self { found, source, toolset, .. } = self;
        let recorder = app.calls.recorder(source);
        Endpoint {
            context: CallContext {
                account: found.account.id.as_str(),
                transport: &*found.account.transport,
                toolset,
                recorder,
                digits: None,
            },
            exposure: found.server.config.tool_exposure,
            pipeline: &app.pipeline,
        }
    }
}

/// Whether a bearer token came that was not good.
struct Sent(bool);

/// Who calls, by what the server asks for beside its URL. What opens one kind of server opens no
/// other: an API token is not for one server, as access tokens have to be (RFC 8707).
async fn second_factor(
    app: &App,
    found: &ResolvedServer,
    parts: &Parts,
) -> Result<Result<Option<Caller>, Sent>, ProvisionError> {
    let token = bearer(&parts.headers);
    let caller = match (found.server.config.auth, token) {
        (ServerAuth::Url, _) => return Ok(Ok(None)),
        (_, None) => None,
        (ServerAuth::ApiToken, Some(token)) => app.directory.caller(token).await?,
        (ServerAuth::Oauth, Some(token)) => app.directory.admitted(token, &found.server).await?,
    };
    Ok(caller.map(Some).ok_or(Sent(token.is_some())))
}

/// 401, in words that clients show.
fn unauthorized(
    app: &App,
    auth: ServerAuth,
    token: &str,
    parts: &Parts,
    Sent(sent): Sent,
) -> Response {
    const TOKEN: &str = "this MCP server asks for an API token: send a valid one as `Authorization: Bearer <token>`";
    const SIGN_IN: &str = "this MCP server asks people to sign in: let this client open the sign-in page (OAuth), which asks for an API token";
    let (words, challenge) = if auth == ServerAuth::Oauth {
        let transport = if parts.uri.path().starts_with("/sse/") { "sse" } else { "mcp" };
        (SIGN_IN, sign_in::challenge(app, &format!("/{transport}/{token}"), sent))
    } else {
        (TOKEN, HeaderValue::from_static(crate::admin::problem::challenge(sent)))
    };
    let mut answer = Answer::unauthorized(words);
    answer.headers.insert(WWW_AUTHENTICATE, challenge);
    answer.into_response()
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        *response.headers_mut() = self.headers;
        response
    }
}
