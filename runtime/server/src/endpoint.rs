//! `/mcp/{token}`: from a secret URL to the server behind it, and into the log.
//!
//! The token is read from the path here and goes no further than its hash.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::admin::Problem;
use crate::admin::input::At;
use crate::app::App;
use crate::call::{Context, Kind};
use crate::call_log::Call;
use crate::directory::{Caller, ResolvedServer};
use crate::guard::bearer;
use crate::mcp::{Answer, CallRecord, Endpoint, handle};

/// The largest message, in bytes: uploads come as base64.
pub const BODY: usize = 16 << 20;
/// How long a message may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);

/// The routes of MCP.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/mcp/{token}", any(serve))
}

async fn serve(State(app): State<Arc<App>>, At(token): At<String>, request: Request) -> Result<Response, Problem> {
    // Whatever is wrong with the token, and whatever the method, the answer is one and the same.
    let Some(found) = app.directory.resolve(&token).await? else { return Ok(respond(Answer::not_found())) };
    drop(token);
    let (parts, body) = request.into_parts();
    let caller = if found.server.config.require_api_token_auth { Some(second_factor(&app, &parts).await?) } else { None };
    let body = read(body).await?;
    let begun = Instant::now();
    let at = app.provision.clock().now();
    let Some(catalogue) = app.catalogues.get(found.account.api.slug) else { return Ok(respond(Answer::not_found())) };
    let toolset = app.toolsets.get(catalogue, &found.server.config.filter, parts.uri.query());
    let endpoint = Endpoint {
        context: Context { account: found.account.id.as_str(), transport: &*found.account.transport, toolset: &toolset },
        exposure: found.server.config.tool_exposure,
        pipeline: &app.pipeline,
    };
    let answer = handle(&endpoint, &parts.method, &parts.headers, &body).await;
    match &answer.call {
        Some(record) => app.calls.call(logged(&found, caller.as_ref(), record, at, begun.elapsed())),
        None => {
            app.calls.server_used(&found.server.id, at);
            if let Some(id) = caller.as_ref().and_then(Caller::id) {
                app.calls.api_token_used(id, at);
            }
        }
    }
    Ok(respond(answer))
}

/// The API token that the server asks for beside its URL.
async fn second_factor(app: &App, parts: &Parts) -> Result<Caller, Problem> {
    let Some(token) = bearer(&parts.headers) else { return Err(Problem::unauthorized(false)) };
    app.directory.caller(token).await?.ok_or_else(|| Problem::unauthorized(true))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match tokio::time::timeout(ARRIVAL, to_bytes(body, BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the message is too large or broke off")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the message took too long to arrive")),
    }
}

fn logged(found: &ResolvedServer, caller: Option<&Caller>, record: &CallRecord, at: jiff::Timestamp, duration: Duration) -> Call {
    Call {
        at,
        account: found.account.id.clone(),
        server: Some(found.server.id.clone()),
        api_token: caller.and_then(Caller::id).map(str::to_owned),
        tool: record.tool.to_owned(),
        status: record.failure.map_or("ok", Kind::as_str),
        upstream_status: record.upstream_status.map(|status| status.as_u16()),
        duration,
    }
}

fn respond(answer: Answer) -> Response {
    let mut response = (answer.status, Body::from(answer.body)).into_response();
    *response.headers_mut() = answer.headers;
    response
}
