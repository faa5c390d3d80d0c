//! Stateful in-process tenants of Ironclad and Torii, spoken to over HTTP.
//!
//! What is created can be read, listed, changed and deleted; forms, paging, limits, errors and
//! OAuth behave as the vendors' do. The crate shares no code with what it is used to judge.

mod answer;
mod call;
mod cast;
mod check;
mod clock;
mod contract;
mod control;
mod dialect;
mod ids;
mod ironclad;
mod journal;
mod limits;
mod multipart;
mod options;
mod paging;
mod routes;
mod scim_filter;
mod scim_patch;
mod tenants;
mod torii;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::serve::ListenerExt as _;
use jiff::Timestamp;
use tokio::net::TcpListener;

pub use crate::contract::SpecJudge;
pub use crate::control::{Control, Fault};
pub use crate::journal::Seen;
pub use crate::options::Options;
pub use crate::tenants::Tenant;

use crate::clock::Clock;
use crate::control::Faults;
use crate::journal::Journal;
use crate::limits::Limits;

/// One running sandbox: both tenants behind one router, told apart by path (`/public/api/v1`,
/// `/scim/v2`, `/oauth` for Ironclad; `/v1.0` for Torii). Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    options: Arc<Options>,
    contract: Option<Arc<contract::Contract>>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("options", &self.options).finish_non_exhaustive()
    }
}

pub(crate) struct State {
    clock: Clock,
    journal: Journal,
    faults: Faults,
    limits: Limits,
    options: Arc<Options>,
    /// When the sandbox came to be: what seeded dates are counted from.
    since: Timestamp,
    /// Both tenants are seeded by the first request that needs them.
    ironclad: Option<ironclad::Tenant>,
    torii: Option<torii::Tenant>,
}

impl State {
    fn ironclad(&mut self) -> &mut ironclad::Tenant {
        self.ironclad.get_or_insert_with(|| ironclad::Tenant::seeded(&self.options, self.since))
    }

    fn torii(&mut self) -> &mut torii::Tenant {
        self.torii.get_or_insert_with(|| torii::Tenant::seeded(&self.options, self.since))
    }
}

impl Inner {
    /// The lock is held for one request's work and never over an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sandbox {
    /// A sandbox with freshly seeded tenants. The same options give the same data and the same ids;
    /// only dates follow the clock.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let clock = options.clock();
        let contract = options.spec_judge.as_ref().map(contract::Contract::shared);
        let options = Arc::new(options);
        let state = State {
            clock,
            journal: Journal::new(options.journal_capacity),
            faults: Faults::default(),
            limits: Limits::default(),
            options: Arc::clone(&options),
            since: clock.now(),
            ironclad: None,
            torii: None,
        };
        Self { inner: Arc::new(Inner { options, contract, state: Mutex::new(state) }) }
    }

    /// The router that answers for both tenants.
    pub fn router(&self) -> axum::Router {
        answer::router(Arc::clone(&self.inner))
    }

    /// Serves over TCP (no Nagle delay) until the task is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY on a sandbox connection");
            }
        });
        axum::serve(listener, self.router()).await
    }

    /// What has arrived, oldest first; bounded by [`Options::journal_capacity`].
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.inner.state().journal.entries()
    }

    /// Knobs for tests.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.inner))
    }

    /// The time by this sandbox's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.state().clock.now()
    }

    /// Every operation served: method and path template (`GET /public/api/v1/workflows/{id}`).
    #[must_use]
    pub fn operations() -> Vec<(String, String)> {
        ironclad::operations().into_iter().chain(torii::operations()).collect()
    }
}

#[cfg(test)]
mod tests;
