//! All routes, and what every request passes: the door, the headers of every answer, the log line
//! without secrets.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONNECTION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;

use crate::admin::{self, Problem};
use crate::app::App;
use crate::endpoint;
use crate::host_policy::CallerAddress;
use crate::pages;
use crate::sign_in;

/// The whole program as a service.
pub fn router(app: &Arc<App>) -> Router {
    Router::new()
        .merge(admin::routes(app).route_layer(from_fn_with_state(Arc::clone(app), pages::lead)))
        .merge(pages::routes(app))
        .merge(sign_in::routes())
        .merge(endpoint::routes())
        .fallback(pages::nowhere)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Arc::clone(app))
        .layer(from_fn_with_state(Arc::clone(app), host_policy))
        .layer(from_fn_with_state(Arc::clone(app), open))
        .layer(from_fn(headers))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(observe))
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this route has other methods; see Allow")
}

/// Probes come under whatever name the prober knows, and tell nothing.
const OPEN_TO_ANY_HOST: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

async fn host_policy(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if OPEN_TO_ANY_HOST.contains(&request.uri().path())
        || app.host_policy.admits(request.uri(), request.headers())
    {
        return next.run(request).await;
    }
    let detail = "this Host or Origin may not come in; the settings public-url, allowed-hosts and allowed-origins decide";
    Problem::forbidden(detail).into_response()
}

/// A program that is ending takes nothing new: what is under way has passed here before.
async fn open(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !app.shutdown.is_cancelled() || OPEN_TO_ANY_HOST.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    let mut response = if path.starts_with("/mcp/") || path.starts_with("/sse/") {
        crate::mcp::Answer::unavailable(ENDING).into_response()
    } else {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, ENDING).into_response()
    };
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

const ENDING: &str = "this server is being shut down; try again in a few seconds";

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic hook has written what happened.
    metrics::counter!("drawbridge_panics_total").increment(1);
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "something went wrong on our side; the log says what",
    )
    .into_response()
}

/// One line and two metrics a request, by route: a path may hold a secret, the pattern that it
/// matched cannot.
async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let caller = request.extensions().get().map(|CallerAddress(address)| *address);
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str).to_owned();
    let (status, elapsed) = (response.status(), begun.elapsed());
    let labels = [
        ("route", route.clone()),
        ("method", known(&method).to_owned()),
        ("status", status.as_str().to_owned()),
    ];
    metrics::counter!("drawbridge_http_requests_total", &labels).increment(1);
    metrics::histogram!("drawbridge_http_request_seconds", "route" => route.clone())
        .record(elapsed.as_secs_f64());
    tracing::debug!(
        ?caller,
        method = known(&method),
        route,
        status = status.as_u16(),
        micros = elapsed.as_micros(),
        "answered"
    );
    response
}

/// The method, of a small set: a caller must not be able to make up labels.
fn known(method: &http::Method) -> &'static str {
    ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|name| *name == method.as_str())
        .unwrap_or("other")
}
