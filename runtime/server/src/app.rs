//! What every request shares, and the work that goes on beside requests.

mod files;
mod forget;
mod jobs;
mod maintenance;
mod master_key;
mod shutdown;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::{ExposeSecret, SecretSlice};
use support::Api;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use upstream::{Origin, Upstream};

pub use files::database_file;
pub(crate) use jobs::{Job, Jobs};
pub(crate) use maintenance::Retention;
pub use master_key::{RotateError, Rotated, rotate};

use crate::applicants::Applicants;
use crate::call::launches::Launches;
use crate::call::rates::Rates;
use crate::call::tenant::TenantMetadata;
use crate::call::{Pipeline, ResultLimits, cursor};
use crate::call_log::CallLog;
use crate::clock::Clock;
use crate::config::{InForce, Settings};
use crate::directory::{Directory, OpenAccount};
use crate::host_policy::HostPolicy;
use crate::mcp::sse::Streams;
use crate::provision::{
    KeyFileError, KeyProofError, Provision, ProvisionError, SealError, ServerConfig,
};
use crate::store::{Store, StoreError};
use crate::tools::Catalogues;
use crate::toolset::{self, Toolset, Toolsets};
use crate::wrong_tokens::WrongTokens;

/// What every request shares.
#[derive(Debug)]
pub struct App {
    /// Accounts, servers, tokens.
    pub provision: Provision,
    /// The same, answered from memory.
    pub directory: Directory,
    /// Takes note of calls.
    pub calls: CallLog,
    /// The way to the vendors.
    pub upstream: Upstream,
    /// Which `Host` and `Origin` may come in.
    pub host_policy: HostPolicy,
    /// How the world reaches this program, without a slash at the end.
    pub public_url: String,
    /// Every API's tools.
    pub catalogues: Catalogues,
    /// The tools that servers expose, shared between servers.
    pub toolsets: Toolsets,
    /// The launch tools of each account.
    pub launches: Launches,
    /// The streams of the older transport that are open on this node.
    pub streams: Streams,
    /// Performs calls.
    pub pipeline: Pipeline,
    /// Who tried to sign in to the pages with what is no token.
    pub(crate) wrong_tokens: WrongTokens,
    /// What is known of clients that ask to be let in, and how often they ask.
    pub(crate) applicants: Applicants,
    /// What *today* means where a browser does not say.
    pub timezone: TimeZone,
    /// The settings, as people read them.
    pub in_force: Vec<InForce>,
    /// When this process began to serve.
    pub started: Timestamp,
    /// How the work beside requests went.
    pub(crate) jobs: Jobs,
    /// The metrics as text; `None` when they have an address of their own.
    pub metrics: Option<PrometheusHandle>,
    /// Ends when the program is to end.
    pub shutdown: CancellationToken,
    /// Ends when what is still under way has had its time.
    pub cut: CancellationToken,
    /// Administrative changes, which run to their end whether or not who asked for them stays.
    pub changes: TaskTracker,
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something in it cannot be used.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The key file cannot be used.
    #[error("the master key in {0}: {1}")]
    KeyFile(PathBuf, #[source] KeyFileError),
    /// The key file is gone, and the database is sealed.
    #[error(
        "there is no master key at {0}, and the database beside it holds what is sealed under one; put the key file back, \
         or give the key by the setting master-key (a new key would open nothing)"
    )]
    KeyMissing(PathBuf),
    /// The keys do not open what the database holds.
    #[error(transparent)]
    KeyProof(#[from] KeyProofError),
    /// Outbound HTTP cannot be set up.
    #[error(transparent)]
    Upstream(#[from] upstream::BuildError),
    /// An address cannot be listened at.
    #[error("cannot listen at {0}: {1}")]
    Listen(String, std::io::Error),
    /// A file cannot be written.
    #[error("cannot write {0}: {1}")]
    File(PathBuf, std::io::Error),
}

impl From<SealError> for StartError {
    fn from(error: SealError) -> Self {
        Self::Provision(error.into())
    }
}

/// Opens the database of these settings, with keys that are proven to open what is sealed there.
///
/// # Errors
/// When there is no database, no key, or one that does not fit.
pub async fn provision(
    settings: &Settings,
    apis: &'static [&'static Api],
) -> Result<Provision, StartError> {
    files::make_directory(settings)?;
    files::make_private(settings)?;
    let store = Store::open(&settings.database_url).await?;
    let keys = master_key::ring(settings, &store).await?;
    Ok(Provision::new(store, keys, Clock::system(), apis, &settings.upstream_hosts)
        .prove_keys()
        .await?)
}

/// The way to the vendors, as these settings bound it.
///
/// # Errors
/// When outbound HTTP cannot be set up.
pub fn outbound(settings: &Settings, clock: &Clock) -> Result<Upstream, StartError> {
    let hosts = settings.upstream_hosts.clone();
    let settings = upstream::Settings {
        upstream_hosts: hosts,
        timeout: settings.upstream_timeout,
        clock: clock.clone(),
        ..upstream::Settings::default()
    };
    Ok(Upstream::new(settings)?)
}

/// What performs calls, as these settings bound it; `secret` signs cursors.
#[must_use]
pub fn pipeline(
    settings: &Settings,
    secret: &SecretSlice<u8>,
    clock: &Clock,
    outbound: &Upstream,
) -> Pipeline {
    Pipeline {
        cursors: cursor::Key::derive(secret.expose_secret()),
        limits: ResultLimits::of(settings.max_result_bytes),
        clock: clock.clone(),
        tenant: TenantMetadata::default(),
        rates: Rates::default(),
        outbound: Some(outbound.clone()),
        reads_end: CancellationToken::new(),
    }
}

impl App {
    /// The path of the public URL, which links of pages begin with; empty for most.
    #[must_use]
    pub fn base_path(&self) -> &str {
        let behind_scheme = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        behind_scheme.find('/').and_then(|start| behind_scheme.get(start..)).unwrap_or_default()
    }

    /// The tools that a server with this config exposes of an account, narrowed by the `methods` and
    /// `tags` of a query: what is listed, called, searched and shown beforehand alike. `None` when
    /// the account's API is not on board. Templates that the tenant has still to tell are waited for
    /// as long as `patience` says.
    pub async fn toolset_of(
        &self,
        account: &OpenAccount,
        config: &ServerConfig,
        query: Option<&str>,
        patience: Duration,
    ) -> Option<Arc<Toolset>> {
        let catalogue = self.catalogues.get(account.api.slug)?;
        let toolset = self.toolsets.get(catalogue, &config.filter, query);
        if !config.dynamic_tools {
            return Some(toolset);
        }
        let filter = toolset::narrowed(&config.filter, query);
        let of = (account.id.as_str(), &account.transport);
        Some(self.launches.extend(&self.pipeline, &toolset, &filter, of, patience).await)
    }

    /// Puts everything together and starts the work beside requests. `sandbox` is where this
    /// process's own tenants listen.
    ///
    /// # Errors
    /// When outbound HTTP cannot be set up.
    pub fn start(
        settings: &Settings,
        provision: Provision,
        sandbox: Option<Origin>,
        public_url: String,
        metrics: Option<PrometheusHandle>,
    ) -> Result<Arc<Self>, StartError> {
        let provision = match sandbox {
            Some(origin) => provision.with_sandbox(origin),
            None => provision,
        };
        let upstream = outbound(settings, provision.clock())?;
        let pipeline = pipeline(settings, provision.secret(), provision.clock(), &upstream);
        let app = Arc::new(Self {
            directory: Directory::new(
                provision.clone(),
                upstream.clone(),
                settings.admin_token.as_ref(),
            ),
            calls: CallLog::start(provision.store().clone()),
            upstream,
            host_policy: HostPolicy::new(settings, &public_url),
            public_url,
            catalogues: crate::vendors::catalogues(provision.apis()),
            toolsets: Toolsets::default(),
            launches: Launches::default(),
            streams: Streams::default(),
            pipeline,
            wrong_tokens: WrongTokens::default(),
            applicants: Applicants::default(),
            timezone: settings.timezone.clone(),
            in_force: settings.in_force(),
            started: provision.clock().now(),
            jobs: Jobs::default(),
            metrics,
            shutdown: CancellationToken::new(),
            cut: CancellationToken::new(),
            changes: TaskTracker::new(),
            provision,
        });
        let Settings { call_log_retention: calls, audit_retention: acts, .. } = *settings;
        maintenance::start(&app, Retention { calls, acts });
        Ok(app)
    }
}
