//! The admin API: JSON over HTTP for programs and people who provide accounts and servers.

mod accounts;
mod api_tokens;
pub(crate) mod audit;
pub(crate) mod calls;
pub(crate) mod connect;
pub(crate) mod export;
mod health;
pub mod input;
mod integrations;
pub mod problem;
mod servers;
pub(crate) mod tools;
pub(crate) mod wire;

use std::panic::resume_unwind;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

pub use problem::Problem;

use crate::app::App;
use crate::directory::Caller;
use crate::host_policy::{LARGEST_BODY, bearer, drain_body};
use crate::provision::Scope;

/// The largest body, in bytes.
const BODY: usize = 256 * 1024;

/// This API's own document.
pub const DOCUMENT: &str = include_str!("admin/openapi.json");

/// The routes of the admin API.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let admin = Router::new()
        .route("/integration", get(integrations::list))
        .route("/integration/{api}/tools", get(integrations::tools))
        .route("/integrated-account", get(accounts::list).post(accounts::create))
        .route(
            "/integrated-account/{id}",
            get(accounts::show).patch(accounts::change).delete(accounts::remove),
        )
        .route("/integrated-account/{id}/mcp", get(servers::list).post(servers::create))
        .route(
            "/integrated-account/{id}/mcp/{server_id}",
            get(servers::show).patch(servers::change).delete(servers::remove),
        )
        .route("/integrated-account/{id}/mcp/{server_id}/rotate", post(servers::rotate))
        .route("/integrated-account/{id}/test", post(tools::test))
        .route("/integrated-account/{id}/connect", get(connect::begin))
        .route("/integrated-account/{id}/tools", get(tools::list))
        .route("/api-token", get(api_tokens::list).post(api_tokens::create))
        .route("/api-token/{id}", delete(api_tokens::remove))
        .route("/call-log", get(calls::list))
        .route("/audit-log", get(audit::list))
        .route("/openapi.json", get(document))
        .route_layer(from_fn_with_state(Arc::clone(app), changes_to_their_end))
        .route_layer(from_fn_with_state(Arc::clone(app), admins_only))
        .layer(DefaultBodyLimit::max(BODY));
    let call = Router::new()
        .route("/integrated-account/{id}/tools/{tool}", post(tools::call))
        .route_layer(from_fn_with_state(Arc::clone(app), callers_too))
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    let open =
        Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::ready));
    let open =
        if app.metrics.is_some() { open.route("/metrics", get(health::metrics)) } else { open };
    admin.merge(call).merge(open)
}

/// The route that vendors send browsers back to; a page answers it.
pub(crate) fn callback<H, T>(app: &Arc<App>, page: H) -> Router<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    Router::new()
        .route("/oauth/callback", get(page))
        .route_layer(from_fn_with_state(Arc::clone(app), to_the_end))
}

/// Runs a request to its end whether or not its client stays: what was committed is forgotten by
/// the caches, and what a vendor granted is stored.
async fn to_the_end(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.changes.spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is going down, and this request with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// As [`to_the_end`], for requests that may change something.
pub(crate) async fn changes_to_their_end(
    app: State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        next.run(request).await
    } else {
        to_the_end(app, request, next).await
    }
}

/// Lets tokens with the scope `admin` pass.
async fn admins_only(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    admit(&app, request, next, |scope| scope == Scope::Admin).await
}

/// Lets tokens of every scope pass.
async fn callers_too(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    admit(&app, request, next, |_| true).await
}

async fn admit(
    app: &App,
    mut request: Request,
    next: Next,
    suffices: impl Fn(Scope) -> bool,
) -> Result<Response, Problem> {
    let caller = match caller(app, request.headers(), suffices).await {
        Ok(caller) => caller,
        Err(problem) => {
            drain_body(request.into_body()).await;
            return Err(problem);
        }
    };
    if let Some(id) = caller.id() {
        app.calls.api_token_used(id, app.provision.clock().now());
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

async fn caller(
    app: &App,
    headers: &HeaderMap,
    suffices: impl Fn(Scope) -> bool,
) -> Result<Caller, Problem> {
    let Some(token) = bearer(headers) else { return Err(Problem::unauthorized(false)) };
    let Some(caller) = app.directory.caller(token).await? else {
        return Err(Problem::unauthorized(true));
    };
    if !suffices(caller.scope()) {
        return Err(Problem::forbidden(
            "this token has the scope `call`: it calls tools and nothing else",
        ));
    }
    Ok(caller)
}

async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
