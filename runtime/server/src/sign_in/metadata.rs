//! What clients find out by themselves: who lets them in to a server (RFC 9728), and how that is
//! asked (RFC 8414).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::admin::Problem;
use crate::admin::input::PathParam;
use crate::app::App;
use crate::provision::ServerAuth;

/// `GET /.well-known/oauth-protected-resource/…`: the path of the public URL, where it has one and
/// nobody took it away on the way here (RFC 9728 section 3.1), and that of a server's URL.
pub(super) async fn resource(
    State(app): State<Arc<App>>,
    PathParam(path): PathParam<String>,
) -> Result<Response, Problem> {
    const TOKEN: &str = "this MCP server has no sign-in (OAuth): send an API token as `Authorization: Bearer <token>` \
        with every request, or have its config changed to \"auth\":\"oauth\"";
    let base = app.base_path().trim_start_matches('/');
    let below = path.strip_prefix(base).map(|rest| rest.trim_start_matches('/'));
    let path = below.filter(|_| !base.is_empty()).unwrap_or(&path);
    let Some((transport @ ("mcp" | "sse"), token)) = path.split_once('/') else {
        return Err(Problem::not_found());
    };
    let Some(found) = app.directory.resolve(token).await? else { return Err(Problem::not_found()) };
    match found.server.config.auth {
        ServerAuth::Url => Err(Problem::not_found()),
        ServerAuth::ApiToken => Err(Problem::new(StatusCode::NOT_FOUND, TOKEN)),
        ServerAuth::Oauth => Ok(Json(json!({
            "resource": format!("{}/{transport}/{token}", app.public_url),
            "authorization_servers": [app.public_url],
            "bearer_methods_supported": ["header"],
            "resource_name": found.server.name,
        }))
        .into_response()),
    }
}

/// `GET /.well-known/oauth-authorization-server`. Clients that find it begin a sign-in wherever they
/// are: where no server asks for one, there is none.
pub(super) async fn server(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    if !app.provision.has_sign_in().await? {
        return Err(Problem::not_found());
    }
    let at = |path: &str| format!("{}/oauth/{path}", app.public_url);
    Ok(Json(json!({
        "issuer": app.public_url,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "registration_endpoint": at("register"),
        "revocation_endpoint": at("revoke"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
    })))
}

/// The same behind which the path of the public URL stands (RFC 8414 section 3.1).
pub(super) async fn server_below(
    app: State<Arc<App>>,
    PathParam(path): PathParam<String>,
) -> Result<Json<Value>, Problem> {
    let base = app.base_path().trim_start_matches('/');
    if base.is_empty() || path != base { Err(Problem::not_found()) } else { server(app).await }
}

/// What a server answers whoever was not let in (RFC 9728 section 5.1, RFC 6750 section 3); `path`
/// is that of its URL.
pub(crate) fn challenge(app: &App, path: &str, sent: bool) -> HeaderValue {
    let error = if sent { ", error=\"invalid_token\"" } else { "" };
    let base = &app.public_url;
    let text = format!(
        "Bearer resource_metadata=\"{base}/.well-known/oauth-protected-resource{path}\"{error}"
    );
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}
