//! Rows as the tables have them; provisioning turns them into what they mean.

use sqlx::FromRow;

/// A row of `integrated_account`. Times are microseconds since the epoch here and below.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct AccountRow {
    pub id: String,
    pub integration: String,
    pub name: String,
    pub region: Option<String>,
    pub base_url: Option<String>,
    pub kind: String,
    pub credentials: Vec<u8>,
    pub status: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub owner: Option<String>,
    pub purpose: Option<String>,
    pub created_by_id: Option<String>,
    pub created_by_name: Option<String>,
}

/// A row of `mcp_server`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct ServerRow {
    pub id: String,
    pub account_id: String,
    pub name: String,
    pub config: String,
    pub token_hash: Vec<u8>,
    pub expires_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_used_at: Option<i64>,
    pub owner: Option<String>,
    pub purpose: Option<String>,
    pub created_by_id: Option<String>,
    pub created_by_name: Option<String>,
    pub paused: bool,
    pub previous_hash: Option<Vec<u8>>,
    pub previous_until: Option<i64>,
    pub last_client_name: Option<String>,
    pub last_client_version: Option<String>,
    pub listed_tools: Option<i64>,
    pub sign_in: bool,
}

/// A row of `mcp_server` with what is told of its account.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct HeldServerRow {
    #[sqlx(flatten)]
    pub server: ServerRow,
    pub account_name: String,
    pub integration: String,
    pub account_status: String,
}

/// A row of `integrated_account` with what is told of its servers.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct HeldAccountRow {
    #[sqlx(flatten)]
    pub account: AccountRow,
    pub servers: i64,
}

/// A row of `session`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct SessionRow {
    pub hash: Vec<u8>,
    pub token_hash: Vec<u8>,
    pub zone: Option<String>,
    pub created_at: i64,
    pub seen_at: i64,
}

/// A row of `applicant`, as long as it does not matter when it was last used.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct ApplicantRow {
    pub id: String,
    pub name: String,
    pub redirects: String,
    pub created_at: i64,
}

/// A row of `admission`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct AdmissionRow {
    pub id: String,
    pub server_id: String,
    pub url_hash: Vec<u8>,
    pub token_id: Option<String>,
    pub token_name: String,
    pub token_hash: Vec<u8>,
    pub applicant_id: String,
    pub applicant_name: String,
    pub verified: bool,
    pub redirect_host: String,
    pub redirect_uri: String,
    pub challenge: String,
    pub code_hash: Vec<u8>,
    pub code_until: Option<i64>,
    pub family_hash: Option<Vec<u8>>,
    pub refresh_hash: Option<Vec<u8>>,
    pub refresh_until: Option<i64>,
    pub created_at: i64,
    pub used_at: Option<i64>,
}

/// A row of `admission_access` with what it opens.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct AccessRow {
    pub expires_at: i64,
    pub url_hash: Vec<u8>,
    pub token_hash: Vec<u8>,
}

/// A use of a server: when, through which client, and how many tools it was shown.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct ServerUse {
    pub at: i64,
    pub client_name: Option<String>,
    pub client_version: Option<String>,
    pub listed_tools: Option<i64>,
}

/// A row of `api_token`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct ApiTokenRow {
    pub id: String,
    pub name: String,
    pub scope: String,
    pub token_hash: Vec<u8>,
    pub expires_at: Option<i64>,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub owner: Option<String>,
    pub purpose: Option<String>,
    pub created_by_id: Option<String>,
    pub created_by_name: Option<String>,
}

/// A row of `call_log`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct CallRow {
    pub id: String,
    pub at: i64,
    pub account_id: String,
    pub server_id: Option<String>,
    pub api_token_id: Option<String>,
    pub tool: String,
    pub status: String,
    pub upstream_status: Option<i64>,
    pub duration_us: i64,
    pub client_name: Option<String>,
    pub client_version: Option<String>,
    pub request_id: Option<String>,
    pub bytes: Option<i64>,
    pub upstream_us: Option<i64>,
}

/// The calls of one hour.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct HourRow {
    /// When it begins, in microseconds since the epoch.
    pub hour: i64,
    /// How many of them failed.
    pub failed: i64,
    /// How many there were in each latency bucket.
    pub calls: [i64; super::BUCKETS.len()],
}

/// The calls of one tool with one status.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct ToolRow {
    pub tool: String,
    pub status: String,
    pub calls: i64,
}

/// Counts of `call_rollup`, summed over accounts and servers.
#[cfg(test)]
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct RollupRow {
    pub(crate) hour: i64,
    pub(crate) tool: String,
    pub(crate) status: String,
    pub(crate) le_us: i64,
    pub(crate) calls: i64,
    pub(crate) duration_us: i64,
}

/// A row of `audit_log`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct AuditRow {
    pub id: String,
    pub at: i64,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub action: String,
    pub object_id: String,
    pub object_name: String,
    pub changes: String,
    pub address: Option<String>,
    pub node: String,
    /// What the form was sent with that did it; not read again.
    #[sqlx(default)]
    pub nonce: Option<String>,
}

/// A row of `oauth_grant`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct TokenSetRow {
    pub account_id: String,
    pub sealed: Vec<u8>,
    pub version: i64,
}

/// A row of `oauth_attempt`.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "the columns, named as in the migrations")]
pub struct AttemptRow {
    pub state_hash: Vec<u8>,
    pub account_id: String,
    pub sealed: Vec<u8>,
    pub expires_at: i64,
    pub begun_by_id: Option<String>,
    pub begun_by_name: Option<String>,
}

/// The row that a list goes on after: its time and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageKey {
    /// When that row was made.
    pub at: i64,
    /// Its id.
    pub id: String,
}

impl PageKey {
    /// Before every row of a list in the order of creation.
    #[must_use]
    pub fn first() -> Self {
        Self { at: i64::MIN, id: String::new() }
    }
}
