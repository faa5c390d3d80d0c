//! The JSON that the admin API answers with.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::export::Record;
use super::input::cursor;
use crate::clock::from_micros;
use crate::provision::{Account, ApiToken, Creator, Page, Server, Token};
use crate::store::{AuditRow, CallRow};

/// `{"result":[…],"next_cursor":…}`.
#[derive(Serialize)]
pub(crate) struct List<T> {
    result: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> List<T> {
    pub(crate) fn whole(result: Vec<T>) -> Self {
        Self { result, next_cursor: None }
    }

    pub(crate) fn of<D>(page: Page<D>, wire: impl Fn(D) -> T) -> Json<Self> {
        let next_cursor = page.next.as_ref().map(cursor);
        Json(Self { result: page.items.into_iter().map(wire).collect(), next_cursor })
    }
}

/// Who made something.
#[derive(Serialize)]
pub(crate) struct CreatorJson {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
}

impl From<Creator> for CreatorJson {
    fn from(creator: Creator) -> Self {
        Self { id: creator.id, name: creator.name }
    }
}

#[derive(Serialize)]
pub(crate) struct AccountJson {
    id: String,
    integration: String,
    name: String,
    region: Option<String>,
    base_url: Option<String>,
    credentials_type: String,
    status: &'static str,
    attention: Option<String>,
    owner: Option<String>,
    purpose: Option<String>,
    created_at: String,
    created_by: Option<CreatorJson>,
    updated_at: String,
}

impl From<Account> for AccountJson {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.to_string(),
            integration: account.integration,
            name: account.name,
            region: account.region,
            base_url: account.base_url,
            credentials_type: account.credentials_type,
            status: account.status.as_str(),
            attention: account.attention,
            owner: account.owner,
            purpose: account.purpose,
            created_at: account.created_at.to_string(),
            created_by: account.created_by.map(Into::into),
            updated_at: account.updated_at.to_string(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ServerJson {
    id: String,
    name: String,
    integrated_account_id: String,
    config: Value,
    paused: bool,
    owner: Option<String>,
    purpose: Option<String>,
    expires_at: Option<String>,
    created_at: String,
    created_by: Option<CreatorJson>,
    updated_at: String,
    last_used_at: Option<String>,
    #[serde(flatten)]
    secret: Option<ServerSecret>,
}

/// What only the answers to a creation and to a rotation hold.
#[derive(Serialize)]
struct ServerSecret {
    token: String,
    url: String,
}

impl From<Server> for ServerJson {
    fn from(server: Server) -> Self {
        Self {
            id: server.id.to_string(),
            name: server.name,
            integrated_account_id: server.account.to_string(),
            config: server.config,
            paused: server.paused,
            owner: server.owner,
            purpose: server.purpose,
            expires_at: text(server.expires_at),
            created_at: server.created_at.to_string(),
            created_by: server.created_by.map(Into::into),
            updated_at: server.updated_at.to_string(),
            last_used_at: text(server.last_used_at),
            secret: None,
        }
    }
}

impl ServerJson {
    pub(crate) fn with_token(server: Server, token: &Token, public_url: &str) -> Self {
        let secret =
            ServerSecret { token: token.expose().to_owned(), url: mcp_url(public_url, token) };
        Self { secret: Some(secret), ..server.into() }
    }
}

/// The URL that a token opens.
pub(crate) fn mcp_url(public_url: &str, token: &Token) -> String {
    format!("{public_url}/mcp/{}", token.expose())
}

#[derive(Serialize)]
pub(crate) struct ApiTokenJson {
    id: String,
    name: String,
    scope: &'static str,
    owner: Option<String>,
    purpose: Option<String>,
    expires_at: Option<String>,
    created_at: String,
    created_by: Option<CreatorJson>,
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<ApiToken> for ApiTokenJson {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            scope: token.scope.as_str(),
            owner: token.owner,
            purpose: token.purpose,
            expires_at: text(token.expires_at),
            created_at: token.created_at.to_string(),
            created_by: token.created_by.map(Into::into),
            last_used_at: text(token.last_used_at),
            token: None,
        }
    }
}

impl ApiTokenJson {
    pub(crate) fn with_token(row: ApiToken, token: &Token) -> Self {
        Self { token: Some(token.expose().to_owned()), ..row.into() }
    }
}

#[derive(Serialize)]
pub(crate) struct CallJson {
    id: String,
    at: String,
    account: String,
    server: Option<String>,
    api_token: Option<String>,
    tool: String,
    status: String,
    upstream_status: Option<i64>,
    duration_ms: f64,
    upstream_ms: Option<f64>,
    bytes: Option<i64>,
    request_id: Option<String>,
    client: Option<ClientJson>,
}

/// What a client says of itself.
#[derive(Serialize)]
struct ClientJson {
    name: String,
    version: Option<String>,
}

impl From<CallRow> for CallJson {
    fn from(row: CallRow) -> Self {
        let millis = |micros: i64| f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1000.0;
        let version = row.client_version;
        Self {
            id: row.id,
            at: from_micros(row.at).to_string(),
            account: row.account_id,
            server: row.server_id,
            api_token: row.api_token_id,
            tool: row.tool,
            status: row.status,
            upstream_status: row.upstream_status,
            duration_ms: millis(row.duration_us),
            upstream_ms: row.upstream_us.map(millis),
            bytes: row.bytes,
            request_id: row.request_id,
            client: row.client_name.map(|name| ClientJson { name, version }),
        }
    }
}

impl Record for CallJson {
    const LOG: &'static str = "call-log";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "at",
        "account",
        "server",
        "api_token",
        "tool",
        "status",
        "upstream_status",
        "duration_ms",
        "upstream_ms",
        "bytes",
        "request_id",
        "client_name",
        "client_version",
    ];

    fn cells(&self) -> Vec<String> {
        let client = self.client.as_ref();
        vec![
            self.id.clone(),
            self.at.clone(),
            self.account.clone(),
            written(self.server.as_ref()),
            written(self.api_token.as_ref()),
            self.tool.clone(),
            self.status.clone(),
            written(self.upstream_status),
            self.duration_ms.to_string(),
            written(self.upstream_ms),
            written(self.bytes),
            written(self.request_id.as_ref()),
            written(client.map(|client| &client.name)),
            written(client.and_then(|client| client.version.as_ref())),
        ]
    }
}

fn written(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// What an act was about.
#[derive(Serialize)]
pub(crate) struct ObjectJson {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Serialize)]
pub(crate) struct ActJson {
    pub(crate) id: String,
    pub(crate) at: String,
    pub(crate) actor: CreatorJson,
    pub(crate) action: String,
    pub(crate) object: ObjectJson,
    pub(crate) changes: Value,
    pub(crate) address: Option<String>,
    pub(crate) node: String,
}

impl From<AuditRow> for ActJson {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            at: from_micros(row.at).to_string(),
            actor: CreatorJson { id: row.actor_id, name: row.actor_name },
            action: row.action,
            object: ObjectJson { id: row.object_id, name: row.object_name },
            // Written by this program, as an object.
            changes: serde_json::from_str(&row.changes).unwrap_or_default(),
            address: row.address,
            node: row.node,
        }
    }
}

impl Record for ActJson {
    const LOG: &'static str = "audit-log";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "at",
        "actor_id",
        "actor_name",
        "action",
        "object_id",
        "object_name",
        "changes",
        "address",
        "node",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.at.clone(),
            written(self.actor.id.as_ref()),
            self.actor.name.clone(),
            self.action.clone(),
            self.object.id.clone(),
            self.object.name.clone(),
            self.changes.to_string(),
            written(self.address.as_ref()),
            self.node.clone(),
        ]
    }
}

fn text(moment: Option<Timestamp>) -> Option<String> {
    moment.map(|moment| moment.to_string())
}

/// 201 with the thing made and where it is.
pub(crate) fn created(location: &str, body: impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
