//! What all clones of a sandbox share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::contract::Contract;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::options::Options;
use crate::{ironclad, torii};

/// The state behind its lock, and what never changes.
pub(crate) struct Inner {
    pub(crate) options: Arc<Options>,
    pub(crate) contract: Option<Arc<Contract>>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What requests and knobs change.
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) limits: Limits,
    options: Arc<Options>,
    /// When the sandbox came to be: what seeded dates are counted from.
    since: Timestamp,
    /// Both tenants are seeded by the first request that needs them.
    pub(crate) ironclad: Option<ironclad::Tenant>,
    pub(crate) torii: Option<torii::Tenant>,
}

impl State {
    pub(crate) fn ironclad(&mut self) -> &mut ironclad::Tenant {
        self.ironclad.get_or_insert_with(|| ironclad::seeded(&self.options, self.since))
    }

    pub(crate) fn torii(&mut self) -> &mut torii::Tenant {
        self.torii.get_or_insert_with(|| torii::seeded(&self.options, self.since))
    }
}

impl Inner {
    /// The state of a sandbox whose tenants nobody has asked for yet.
    pub(crate) fn new(options: Options) -> Self {
        let clock = options.clock();
        let contract = options.spec_judge.as_ref().map(Contract::shared);
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
        Self { options, contract, state: Mutex::new(state) }
    }

    /// The lock is held for one request's work and never over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
