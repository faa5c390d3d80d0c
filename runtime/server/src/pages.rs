//! The admin pages: plain HTML forms and links over the functions of the admin API, which work
//! without a script and are made faster by one.
//!
//! A page reads what it shows through `provision` and `admin`, fills a template (`templates/`), and
//! knows no rows. Who asks is decided in [`session`], what a form carries in [`form`].

mod accounts;
mod admitted;
mod assets;
mod audit;
mod calls;
mod chrome;
mod consent;
mod create;
mod draft;
mod exposure;
mod failure;
mod form;
mod health;
mod home;
mod inputs;
mod lists;
mod marked;
mod once;
mod preference;
mod server;
mod session;
mod tokens;
mod until;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue};

#[cfg(test)]
pub(crate) use self::exposure::counted;
use self::failure::Failure;
pub(crate) use self::preference::{lead, nowhere};
use crate::admin;
use crate::app::App;

/// The largest form, in bytes.
const FORM: usize = 256 * 1024;

/// What a page may load: nothing but our own files, and nothing written into the page itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The routes of the pages.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let signed_in = Router::new()
        .route("/", get(home::show))
        .route("/accounts/{id}/mcp/new", get(create::show).post(create::create))
        .route("/accounts/{id}/mcp/preview", get(create::show).post(create::shown))
        .route("/mcp-servers/{id}", get(server::show))
        .route("/mcp-servers/{id}/change", get(server::change).post(server::save))
        .route("/mcp-servers/{id}/preview", get(server::change).post(server::shown))
        .route("/mcp-servers/{id}/pause", post(server::pause))
        .route("/mcp-servers/{id}/resume", post(server::resume))
        .route("/mcp-servers/{id}/rotate", post(server::rotate))
        .route("/mcp-servers/{id}/revoke", post(server::revoke))
        .route("/mcp-servers/{id}/clients/{admission}/end", post(admitted::end))
        .route("/mcp-servers/{id}/connection", get(once::connection))
        .route("/calls", get(calls::show))
        .route("/calls.csv", get(calls::csv))
        .route("/calls.jsonl", get(calls::jsonl))
        .route("/tokens", get(tokens::show))
        .route("/tokens/new", get(tokens::ask).post(tokens::create))
        .route("/tokens/{id}/revoke", get(tokens::confirm).post(tokens::revoke))
        .route("/audit", get(audit::show))
        .route("/audit.csv", get(audit::csv))
        .route("/audit.jsonl", get(audit::jsonl))
        .route("/health", get(health::show))
        .route("/sign-out", post(session::sign_out))
        .merge(accounts::routes())
        .route_layer(from_fn_with_state(Arc::clone(app), admin::changes_to_their_end))
        .route_layer(from_fn_with_state(Arc::clone(app), session::required))
        .route_layer(from_fn(preference::home_for_browsers));
    Router::new()
        .route("/sign-in", get(session::show).post(session::sign_in))
        .route("/oauth/authorize", get(consent::show).post(consent::answer))
        .merge(signed_in)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(from_fn(headers))
        .merge(accounts::callback(app))
        .route("/assets/{name}", get(assets::serve))
}

/// What every page is sent with. Its own origin is told to itself alone, so that a form can be told
/// from one of another site.
async fn headers(request: Request, next: Next) -> Response {
    dressed(next.run(request).await)
}

/// A page that people come to from a client, and where its form may lead them back to, as a source
/// of the policy. Its own address holds what nobody else may know, our own files included.
#[derive(Debug, Clone)]
struct Leads(Option<String>);

impl Leads {
    fn policy(&self) -> Option<HeaderValue> {
        let form = format!("form-action 'self' {}", self.0.as_deref()?);
        HeaderValue::from_str(&POLICY.replace("form-action 'self'", &form)).ok()
    }
}

/// An answer with the headers of a page.
fn dressed(mut response: Response) -> Response {
    let leads = response.extensions_mut().remove::<Leads>();
    let policy = leads.as_ref().and_then(Leads::policy);
    let referrer = if leads.is_some() { "strict-origin" } else { "same-origin" };
    let headers = response.headers_mut();
    let policy = policy.unwrap_or(HeaderValue::from_static(POLICY));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(VARY, HeaderValue::from_static("Accept, Cookie, HX-Request"));
    response
}

/// A page, or why there is none.
type Answer = Result<Response, Failure>;

/// A filled-in template as an answer.
fn page(template: &impl askama::Template) -> Answer {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            Err(Failure::ours())
        }
    }
}

/// Whether a request is the script's, which wants a part of a page.
fn is_part(headers: &HeaderMap) -> bool {
    headers.get("hx-request").is_some_and(|value| value == "true")
}
