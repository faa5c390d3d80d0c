//! Sign-in in front of servers: a small OAuth authorization server, which lets clients in to MCP
//! servers whose config asks for it (MCP authorization; RFC 6749, 7009, 7591, 7636, 8414, 8707, 9207,
//! 9728).
//!
//! What a person is asked is a page of the room `pages`; what is stored, of `provision`. The URL
//! token of a server is a part of its resource's name: it is looked up here and goes no further than
//! its hash.

pub(crate) mod authorize;
mod metadata;
mod parameters;
mod register;
mod token;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ORIGIN, RETRY_AFTER, VARY,
};
use http::{HeaderValue, StatusCode};
use serde_json::json;

pub(crate) use self::metadata::challenge;
pub(crate) use self::parameters::Parameters;
use crate::admin::Problem;
use crate::app::App;
use crate::bound;
use crate::directory::ResolvedServer;
use crate::provision::{ProvisionError, ServerAuth, TokenHash};

/// The largest body, in bytes.
const BODY: usize = 32 * 1024;

/// The routes that programs ask; the one that people are led to is a page.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/.well-known/oauth-protected-resource/{*resource}",
            get(metadata::resource).options(cors_only),
        )
        .route("/.well-known/oauth-authorization-server", get(metadata::server).options(cors_only))
        .route(
            "/.well-known/oauth-authorization-server/{*path}",
            get(metadata::server_below).options(cors_only),
        )
        .route("/oauth/register", post(register::register).options(cors_only))
        .route("/oauth/token", post(token::token).options(cors_only))
        .route("/oauth/revoke", post(token::revoke).options(cors_only))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(cors))
}

/// What a browser asks beforehand.
async fn cors_only() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Lets pages of other origins read the answers: of those origins that may come in at all.
async fn cors(request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let methods = HeaderValue::from_static("GET, POST, OPTIONS");
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("content-type, authorization, mcp-protocol-version");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
    response
}

/// The server behind the URL token with this hash, when it is there and asks people to sign in.
async fn server_of(app: &App, url: TokenHash) -> Result<Option<ResolvedServer>, ProvisionError> {
    let found = app.directory.resolve_hash(url).await?;
    Ok(found.filter(|found| found.server.config.auth == ServerAuth::Oauth))
}

/// The URL token in the name of a resource: `{public-url}/mcp/{token}`, or the same of the older
/// transport (RFC 8707; what narrows a server in the query makes no other resource of it).
fn url_of_resource(app: &App, resource: &str) -> Option<TokenHash> {
    let path = resource.strip_prefix(app.public_url.as_str())?;
    let path = path.split('?').next().unwrap_or_default();
    let token = path.strip_prefix("/mcp/").or_else(|| path.strip_prefix("/sse/"))?;
    let token = token.strip_suffix('/').unwrap_or(token);
    let plain = !token.is_empty() && !token.contains(['/', '#', '%']);
    plain.then(|| TokenHash::of(token))
}

/// An error as programs get it (RFC 6749 section 5.2, RFC 7591 section 3.2.2).
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    code: &'static str,
    words: String,
}

impl Refused {
    /// 400.
    fn new(code: &'static str, words: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, words: words.into() }
    }

    /// 429: an address did it too often.
    fn too_many() -> Self {
        let words = "too many of these came from your address; wait some minutes";
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..Self::new("temporarily_unavailable", words)
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let words = bound::cut(&self.words, bound::SENTENCE);
        let body = json!({"error": self.code, "error_description": words});
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("300"));
        }
        response
    }
}

/// Why there is no answer: the error of an RFC, or a failure of ours.
enum Failed {
    Refused(Refused),
    Ours(Problem),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<ProvisionError> for Failed {
    fn from(error: ProvisionError) -> Self {
        Self::Ours(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refused) => refused.into_response(),
            Self::Ours(problem) => problem.into_response(),
        }
    }
}
