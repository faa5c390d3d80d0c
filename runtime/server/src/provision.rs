//! What operators provide: accounts, MCP servers, API tokens, and the log of calls.
//!
//! These are the meanings; `store` has the rows and `admin` the wire. Both the HTTP API and the
//! shell commands end here.

mod accounts;
mod actor;
mod admissions;
mod api_tokens;
mod audit;
mod auth;
mod calls;
mod connecting;
mod credentials;
mod facts;
mod held;
mod ids;
mod key_file;
mod key_ring;
mod keys;
mod limits;
mod rotation;
mod seal;
mod servers;
mod sessions;
mod token;
mod token_store;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use secrecy::SecretSlice;
use support::Api;
use upstream::account::StoredError;
use upstream::{HostPort, Origin};

pub use crate::store::{
    AuditFilter, BUCKETS, CallFilter, CallRow, HOUR, HourRow, PageKey, RollupFilter, ServerFilter,
    ToolRow,
};
pub use accounts::{Account, AccountPatch, NewAccount, SandboxNeed, Status};
pub use actor::{Actor, Creator};
pub use admissions::{ACCESS_LASTS, Access, Admission, CodeState, NewAdmission, Tokens};
pub use api_tokens::{ApiToken, NewApiToken, Scope};
pub use audit::Action;
pub use auth::ServerAuth;
pub use calls::Named;
pub use credentials::read as read_credentials;
pub use facts::DatabaseFacts;
pub use ids::{AccountId, AdmissionId, ApiTokenId, ServerId, random_id};
pub use key_file::{KeyFile, KeyFileError};
pub use key_ring::KeyRing;
pub use keys::{KeyProofError, holds_sealed};
pub use limits::ObjectLimits;
pub use rotation::{Overlap, end_of};
pub use seal::{KeyId, Keys, SealError};

pub use held::{HeldAccount, HeldServer};
pub use servers::{LastClient, NewServer, Server, ServerConfig, ServerPatch, ToolExposure};
pub use sessions::Session;
pub use token::{Token, TokenHash};
pub use token_store::AccountTokens;

use limits::Room;

use crate::clock::{Clock, from_micros};
use crate::store::{Store, StoreError};
use crate::violation::{Violation, Violations};

/// Everything that provisioning works with.
#[derive(Debug, Clone)]
pub struct Provision {
    store: Store,
    keys: KeyRing,
    /// See [`Provision::secret`]; what follows from the first key until that is proven.
    secret: SecretSlice<u8>,
    clock: Clock,
    /// The latest moment that was asked for, in microseconds since the epoch.
    latest: Arc<AtomicI64>,
    /// What this process is called in the log of acts.
    node: Arc<str>,
    apis: &'static [&'static Api],
    hosts: Arc<[HostPort]>,
    sandbox: Option<Origin>,
    room: Room,
}

/// Why something cannot be provided.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// What was given is wrong.
    #[error("{} fault(s) in what was given", .0.count())]
    Invalid(Violations),
    /// The form that asks for it was sent before, and did it then.
    #[error("done before by the same form")]
    Repeated,
    /// Someone else changed it again and again at the same time.
    #[error("changed by someone else at the same time")]
    Contended,
    /// There is as much of it as there may be.
    #[error("there are {limit} {what}")]
    Full {
        /// How many there may be.
        limit: i64,
        /// Of what, and how to make room.
        what: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// A sealed value does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An account's credentials, or its tokens, open and cannot be read.
    #[error("account {0}: {1}")]
    Credentials(String, #[source] StoredError),
    /// A row holds what this program never writes.
    #[error("the row {0} is damaged")]
    Damaged(String),
}

impl From<StoreError> for ProvisionError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::ForeignKeyViolation => Self::NotFound,
            // Ids and tokens are random: only the nonce of a form comes twice.
            StoreError::UniqueViolation => Self::Repeated,
            other => Self::Store(other),
        }
    }
}

impl From<Violations> for ProvisionError {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

/// Some of a list, and where it goes on.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The last item's place when more follow.
    pub next: Option<PageKey>,
}

/// How often a change is tried again that someone else's change got in the way of.
const TRIES: usize = 8;

impl Provision {
    /// Provisioning over a database, for these APIs, with these hosts beside the vendors' own.
    #[must_use]
    pub fn new(
        store: Store,
        keys: KeyRing,
        clock: Clock,
        apis: &'static [&'static Api],
        hosts: &[HostPort],
    ) -> Self {
        let secret = keys.derived();
        Self {
            store,
            keys,
            secret,
            clock,
            latest: Arc::new(AtomicI64::new(i64::MIN)),
            node: crate::system::node().into(),
            apis,
            hosts: hosts.into(),
            sandbox: None,
            room: Room::new(ObjectLimits::default()),
        }
    }

    /// Says where this process's own sandbox tenants listen: an origin whose host is among the
    /// hosts given.
    #[must_use]
    pub fn with_sandbox(mut self, origin: Origin) -> Self {
        self.sandbox = Some(origin);
        self
    }

    /// Whether this process has sandbox tenants.
    #[must_use]
    pub fn has_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// The APIs on board.
    #[must_use]
    pub fn apis(&self) -> &'static [&'static Api] {
        self.apis
    }

    /// The API of this slug.
    #[must_use]
    pub fn api(&self, slug: &str) -> Option<&'static Api> {
        self.apis.iter().find(|api| api.slug == slug).copied()
    }

    /// The moment that decides what has expired. It never goes back, so that a clock that does
    /// revives nothing.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now().as_microsecond();
        from_micros(now.max(self.latest.fetch_max(now, Ordering::SeqCst)))
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The keys that seal secrets.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    fn api_or_fault(&self, slug: &str, violations: &mut Violations) -> Option<&'static Api> {
        let api = self.api(slug);
        if api.is_none() {
            let known: Vec<&str> = self.apis.iter().map(|api| api.slug).collect();
            violations.push(Violation::of(
                "integration",
                format!("is no integration on board; known: {}", known.join(", ")),
            ));
        }
        api
    }
}

/// Cuts a list that was read one row too far.
fn page<T>(mut items: Vec<T>, limit: usize, place: impl Fn(&T) -> PageKey) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(place) } else { None };
    Page { items, next }
}

/// A limit as SQL takes it, one row more than asked for.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}
