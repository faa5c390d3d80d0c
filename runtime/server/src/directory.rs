//! Who may call what, answered from memory: servers, accounts and API tokens by hash or id.
//!
//! An entry is good for [`FRESH`] and then read again, so that a change made elsewhere is seen
//! within that time even where no notification arrives. While the database is out of reach, an
//! entry keeps answering for [`STALE`].

mod cached;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use support::{Api, Request, StreamingResponse, Transport, TransportError};
use upstream::{AccountCredentials, Origin, Upstream};

use self::cached::Cached;
use crate::clock::from_micros;
use crate::provision::{
    Access, Account, AccountId, Actor, ApiToken, Provision, ProvisionError, Scope, ServerConfig,
    ServerId, Status, TokenHash, end_of,
};
use crate::store::Change;

/// How long an entry is taken for true.
pub const FRESH: Duration = Duration::from_millis(750);
/// How long an entry answers when the database does not.
pub const STALE: Duration = Duration::from_secs(300);
/// How long an account's transport is kept after its last use.
const IDLE: Duration = Duration::from_secs(900);
/// How many entries of each kind are kept.
const CAPACITY: u64 = 4_096;

/// Answers from memory in front of [`Provision`].
pub struct Directory {
    provision: Provision,
    upstream: Upstream,
    configured: Option<TokenHash>,
    servers: Cached<TokenHash, OpenServer>,
    accounts: Cached<AccountId, OpenAccount>,
    api_tokens: Cached<TokenHash, ApiToken>,
    accesses: Cached<TokenHash, Access>,
    /// Ways to accounts outlive the entries that lead to them: they hold OAuth tokens.
    transports: moka::sync::Cache<(AccountId, Timestamp), Arc<dyn Transport>>,
}

/// A server as calls need it.
#[derive(Debug)]
pub struct OpenServer {
    /// Its id.
    pub id: ServerId,
    /// The hash of the URL token that it was opened by.
    pub url: TokenHash,
    /// The account that it acts in.
    pub account: AccountId,
    /// What people call it.
    pub name: String,
    /// What it exposes, and how.
    pub config: ServerConfig,
    /// From when on this URL opens nothing.
    pub expires_at: Option<Timestamp>,
}

/// An account as calls need it, credentials included.
pub struct OpenAccount {
    /// Its id.
    pub id: AccountId,
    /// Its API.
    pub api: &'static Api,
    /// What people call it.
    pub name: String,
    /// Where its requests go. `None` for a sandbox account while the sandbox is off, and for a host
    /// no longer listed.
    pub origin: Option<Origin>,
    /// Carries requests there, with its credentials.
    pub transport: Arc<dyn Transport>,
    /// What it authenticates with.
    pub credentials: AccountCredentials,
    /// How it stands.
    pub status: Status,
    /// When it was last changed: what was learned under an older version is not true any more.
    pub updated_at: Timestamp,
}

/// A server with its account.
#[derive(Debug, Clone)]
pub struct ResolvedServer {
    /// The server.
    pub server: Arc<OpenServer>,
    /// Its account.
    pub account: Arc<OpenAccount>,
}

impl ResolvedServer {
    /// Whether nothing was changed between `other` and this.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        self.server.config == other.server.config
            && self.account.updated_at == other.account.updated_at
    }
}

/// Who sent an API token.
#[derive(Debug, Clone)]
pub enum Caller {
    /// The admin token of the settings.
    Configured,
    /// A token from the database.
    Token(Arc<ApiToken>),
}

impl Caller {
    /// What this caller may do.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Configured => Scope::Admin,
            Self::Token(token) => token.scope,
        }
    }

    /// Who that is, for what is made and changed.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Configured => Actor::configured(),
            Self::Token(token) => Actor::token(&token.id, &token.name),
        }
    }

    /// The token's id, for the call log.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Configured => None,
            Self::Token(token) => Some(token.id.as_str()),
        }
    }
}

impl Directory {
    /// A directory over `provision`, where `admin_token` of the settings opens everything.
    #[must_use]
    pub fn new(
        provision: Provision,
        upstream: Upstream,
        admin_token: Option<&SecretString>,
    ) -> Self {
        Self {
            provision,
            upstream,
            configured: admin_token.map(|token| TokenHash::of(token.expose_secret())),
            servers: Cached::new(),
            accounts: Cached::new(),
            api_tokens: Cached::new(),
            accesses: Cached::new(),
            transports: moka::sync::Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_idle(IDLE)
                .build(),
        }
    }

    /// The server behind a URL token; `None` alike for one that never was, was deleted, is paused,
    /// or has expired.
    ///
    /// # Errors
    /// When the database fails and memory cannot answer.
    pub async fn resolve(&self, token: &str) -> Result<Option<ResolvedServer>, ProvisionError> {
        self.resolve_hash(TokenHash::of(token)).await
    }

    /// The same by the hash of the token.
    ///
    /// # Errors
    /// When the database fails and memory cannot answer.
    pub async fn resolve_hash(
        &self,
        hash: TokenHash,
    ) -> Result<Option<ResolvedServer>, ProvisionError> {
        let Some(server) =
            self.servers.get(&hash, &self.provision, || Box::pin(self.load_server(hash))).await?
        else {
            return Ok(None);
        };
        if server.expires_at.is_some_and(|moment| moment <= self.provision.now()) {
            self.servers.forget(&hash).await;
            return Ok(None);
        }
        let account = self.account(&server.account).await?;
        Ok(account.map(|account| ResolvedServer { server, account }))
    }

    /// The account of this id, with its credentials.
    ///
    /// # Errors
    /// When the database fails and memory cannot answer.
    pub async fn account(
        &self,
        id: &AccountId,
    ) -> Result<Option<Arc<OpenAccount>>, ProvisionError> {
        self.accounts.get(id, &self.provision, || self.load_account(id)).await
    }

    /// Who sent this API token; `None` when it is unknown or has expired.
    ///
    /// # Errors
    /// When the database fails and memory cannot answer.
    pub async fn caller(&self, token: &str) -> Result<Option<Caller>, ProvisionError> {
        self.caller_of(TokenHash::of(token)).await
    }

    /// The same by the hash of the token.
    ///
    /// # Errors
    /// When the database fails and memory cannot answer.
    pub async fn caller_of(&self, hash: TokenHash) -> Result<Option<Caller>, ProvisionError> {
        if self.configured.as_ref().is_some_and(|own| {
            subtle::ConstantTimeEq::ct_eq(own.as_bytes(), hash.as_bytes()).into()
        }) {
            return Ok(Some(Caller::Configured));
        }
        let load = || self.provision.api_token_by_hash(&hash);
        let Some(token) = self.api_tokens.get(&hash, &self.provision, load).await? else {
            return Ok(None);
        };
        if token.expires_at.is_some_and(|moment| moment <= self.provision.now()) {
            self.api_tokens.forget(&hash).await;
            return Ok(None);
        }
        Ok(Some(Caller::Token(token)))
    }

    /// Who let the client in that sent this access token to `server`; `None` when it is unknown, has
    /// expired, is for another URL, or when the person's own API token opens nothing any more.
    ///
    /// # Errors
    /// When the database fails and memory cannot answer.
    pub async fn admitted(
        &self,
        access: &str,
        server: &OpenServer,
    ) -> Result<Option<Caller>, ProvisionError> {
        let hash = TokenHash::of(access);
        let load = || self.provision.access(&hash);
        let Some(access) = self.accesses.get(&hash, &self.provision, load).await? else {
            return Ok(None);
        };
        if access.expires_at <= self.provision.now() || access.url != server.url {
            return Ok(None);
        }
        self.caller_of(access.token).await
    }

    /// Forgets all access tokens at once: somebody was shut out.
    pub fn shut_out(&self) {
        self.accesses.clear();
    }

    /// Forgets a server at once.
    pub async fn forget_server(&self, hash: &TokenHash) {
        self.servers.forget(hash).await;
    }

    /// Forgets an account at once.
    pub async fn forget_account(&self, id: &AccountId) {
        self.accounts.forget(id).await;
    }

    /// Forgets an API token at once.
    pub async fn forget_api_token(&self, hash: &TokenHash) {
        self.api_tokens.forget(hash).await;
    }

    /// Forgets what another node changed.
    pub async fn forget(&self, change: &Change) {
        match change {
            Change::Account(id) => {
                if let Some(id) = AccountId::parse(id) {
                    self.accounts.forget(&id).await;
                }
            }
            Change::Server(hash) => {
                if let Some(hash) = TokenHash::from_hex(hash) {
                    self.servers.forget(&hash).await;
                }
            }
            Change::ApiToken(hash) => {
                if let Some(hash) = TokenHash::from_hex(hash) {
                    self.api_tokens.forget(&hash).await;
                }
            }
            Change::Admission => self.accesses.clear(),
            Change::Everything => {
                self.servers.age();
                self.accounts.age();
                self.api_tokens.age();
                self.accesses.age();
            }
        }
    }

    async fn load_server(&self, hash: TokenHash) -> Result<Option<OpenServer>, ProvisionError> {
        let row = self.provision.store().server_by_hash(hash.as_bytes()).await?;
        let Some(row) = row.filter(|row| !row.paused) else { return Ok(None) };
        let expires_at = end_of(&row, &hash).map(from_micros);
        let (Some(id), Some(account)) =
            (ServerId::parse(&row.id), AccountId::parse(&row.account_id))
        else {
            return Err(ProvisionError::Damaged(row.id));
        };
        let Some(owner) = self.account(&account).await? else { return Ok(None) };
        let config = ServerConfig::reopen(&row.config, owner.api)
            .ok_or_else(|| ProvisionError::Damaged(row.id.clone()))?;
        Ok(Some(OpenServer { id, url: hash, account, name: row.name, config, expires_at }))
    }

    async fn load_account(&self, id: &AccountId) -> Result<Option<OpenAccount>, ProvisionError> {
        let Some(row) = self.provision.store().account(id.as_str()).await? else { return Ok(None) };
        let Some(api) = self.provision.api(&row.integration) else { return Ok(None) };
        let credentials = self.provision.open_credentials(&row)?;
        let account = self.provision.account_of(row)?;
        let origin = self.provision.origin_of(&account, api);
        let transport = match &origin {
            Some(origin) => self.transport(api, &account, origin, &credentials),
            None => Arc::new(DisabledTransport),
        };
        Ok(Some(OpenAccount {
            id: account.id,
            api,
            name: account.name,
            origin,
            transport,
            credentials,
            status: account.status,
            updated_at: account.updated_at,
        }))
    }

    fn transport(
        &self,
        api: &'static Api,
        account: &Account,
        origin: &Origin,
        credentials: &AccountCredentials,
    ) -> Arc<dyn Transport> {
        self.transports.get_with((account.id.clone(), account.updated_at), || {
            let grants = Arc::new(self.provision.grants_of(account.id.clone()));
            self.upstream.transport(api, origin.clone(), credentials.clone(), Some(grants))
        })
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAccount")
            .field("id", &self.id)
            .field("api", &self.api.slug)
            .finish_non_exhaustive()
    }
}

/// The way to an account that points nowhere.
struct DisabledTransport;

impl Transport for DisabledTransport {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<StreamingResponse, TransportError>> {
        let reason =
            "the account's sandbox is off, or its host is not listed in upstream-hosts any more";
        Box::pin(async move { Err(TransportError::Unreachable(reason.into())) })
    }
}
