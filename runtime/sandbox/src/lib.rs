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
mod fault;
mod ids;
mod incoming;
mod ironclad;
mod journal;
mod limits;
mod media;
mod multipart;
mod options;
mod paging;
mod reply;
mod routes;
mod scim_filter;
mod scim_patch;
mod started;
mod state;
mod tenants;
mod torii;

use std::sync::Arc;

use axum::serve::ListenerExt as _;
use jiff::Timestamp;
use tokio::net::TcpListener;

pub use crate::control::Control;
pub use crate::fault::Fault;
pub use crate::journal::Seen;
pub use crate::options::{Options, SpecJudge};
pub use crate::started::Started;
pub use crate::tenants::Tenant;

use crate::state::Inner;

/// One running sandbox: both tenants behind one router, told apart by path (`/public/api/v1`,
/// `/scim/v2`, `/oauth` for Ironclad; `/v1.0` for Torii). Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

impl Sandbox {
    /// A sandbox with freshly seeded tenants. The same options give the same data and the same ids;
    /// only dates follow the clock.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { inner: Arc::new(Inner::new(options)) }
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
