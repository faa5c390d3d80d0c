//! `/mcp/{token}` and `/sse/{token}`: from a secret URL to the server behind it, and into the log.
//!
//! The token is read from the path here and goes no further than its hash.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, StatusCode};

use crate::admin::Problem;
use crate::admin::input::PathParam;
use crate::app::App;
use crate::call::CallContext;
use crate::call_log::CallSource;
use crate::directory::{Caller, ResolvedServer};
use crate::host_policy::{self, Unread, bearer, drain_body};
use crate::mcp::{Answer, Endpoint, handle};
use crate::toolset::{self, Toolset};

/// The largest message, in bytes: uploads come as base64.
pub const BODY: usize = 16 << 20;

/// The routes of MCP.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/mcp/{token}", any(serve))
        .route("/sse/{token}", any(stream))
        .route("/sse/{token}/messages", any(message))
}

/// The token in a path; an error where the path is not even text.
type TokenPath = Result<PathParam<String>, Problem>;

/// What cannot be read opens nothing, like every other wrong token.
fn secret(given: TokenPath) -> String {
    given.map_or_else(|_| String::new(), |PathParam(token)| token)
}

/// The answer to whoever may not speak to a server.
async fn reject(refused: Result<Option<Opened>, Problem>, body: Body) -> Result<Response, Problem> {
    drain_body(body).await;
    refused.map(|_| Answer::not_found().into_response())
}

async fn serve(
    State(app): State<Arc<App>>,
    token: TokenPath,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let opened = match open(&app, secret(token), &parts).await {
        Ok(Some(opened)) => opened,
        refused => return reject(refused, body).await,
    };
    let body = read(body).await?;
    Ok(handle(&opened.endpoint(&app), &parts.method, &parts.headers, &body).await.into_response())
}

/// Opens the stream that answers to posted messages go into.
async fn stream(
    State(app): State<Arc<App>>,
    token: TokenPath,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let token = secret(token);
    let opened = match open(&app, token.clone(), &parts).await {
        Ok(Some(opened)) => opened,
        refused => return reject(refused, body).await,
    };
    if parts.method != Method::GET {
        return Ok(Answer::method_not_allowed("GET").into_response());
    }
    let query = parts.uri.query().map(|query| format!("&{query}")).unwrap_or_default();
    let address = |session: &str| format!("/sse/{token}/messages?session={session}{query}");
    let events = app.streams.open(opened.found.server.id.as_str(), address);
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
async fn message(
    State(app): State<Arc<App>>,
    token: TokenPath,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let opened = match open(&app, secret(token), &parts).await {
        Ok(Some(opened)) => opened,
        refused => return reject(refused, body).await,
    };
    if parts.method != Method::POST {
        return Ok(Answer::method_not_allowed("POST").into_response());
    }
    let query = parts.uri.query().unwrap_or_default();
    let session = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "session")
        .map(|(_, value)| value.into_owned());
    let body = read(body).await?;
    let (server, session) = (opened.found.server.id.as_str(), session.unwrap_or_default());
    let answer =
        app.streams.post(&opened.endpoint(&app), server, &session, &parts.headers, &body).await;
    Ok(answer.into_response())
}

/// A server that may be spoken to.
struct Opened {
    found: ResolvedServer,
    source: CallSource,
    toolset: Arc<Toolset>,
}

/// The server behind a token. Whatever is wrong with the token, and whatever the method, the answer
/// is one and the same: `None`.
async fn open(app: &App, token: String, parts: &Parts) -> Result<Option<Opened>, Problem> {
    let Some(found) = app.directory.resolve(&token).await? else { return Ok(None) };
    drop(token);
    let caller = if found.server.config.require_api_token_auth {
        Some(second_factor(app, parts).await?)
    } else {
        None
    };
    let Some(catalogue) = app.catalogues.get(found.account.api.slug) else { return Ok(None) };
    let config = &found.server.config;
    let mut toolset = app.toolsets.get(catalogue, &config.filter, parts.uri.query());
    if config.dynamic_tools {
        let filter = toolset::narrowed(&config.filter, parts.uri.query());
        let (account, transport) = (found.account.id.as_str(), &*found.account.transport);
        toolset =
            app.launches.extend(&toolset, &filter, account, transport, &app.pipeline.tenant).await;
    }
    let api_token = caller.as_ref().and_then(Caller::id).map(str::to_owned);
    let source = CallSource {
        account: found.account.id.clone(),
        server: Some(found.server.id.clone()),
        api_token,
    };
    Ok(Some(Opened { found, source, toolset }))
}

impl Opened {
    fn endpoint<'a>(&'a self, app: &'a App) -> Endpoint<'a> {
        let Self { found, source, toolset } = self;
        let recorder = app.calls.recorder(source);
        Endpoint {
            context: CallContext {
                account: found.account.id.as_str(),
                transport: &*found.account.transport,
                toolset,
                recorder,
            },
            exposure: found.server.config.tool_exposure,
            pipeline: &app.pipeline,
        }
    }
}

/// The API token that the server asks for beside its URL.
async fn second_factor(app: &App, parts: &Parts) -> Result<Caller, Problem> {
    let Some(token) = bearer(&parts.headers) else { return Err(Problem::unauthorized(false)) };
    app.directory.caller(token).await?.ok_or_else(|| Problem::unauthorized(true))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    host_policy::read(body, BODY).await.map_err(|why| {
        let status = match why {
            Unread::TooLarge | Unread::BrokeOff => StatusCode::PAYLOAD_TOO_LARGE,
            Unread::TooSlow => StatusCode::REQUEST_TIMEOUT,
        };
        Problem::new(status, format!("the message {why}"))
    })
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        *response.headers_mut() = self.headers;
        response
    }
}
