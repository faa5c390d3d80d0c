//! How the work beside requests went last, for whoever looks after this node. Kept in memory, of this
//! node alone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Work that goes on beside requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// Removes what has expired.
    Sweep,
    /// Removes old entries of both logs, and old counts.
    Retention,
    /// Seals anew what is under an old master key.
    Reseal,
    /// Settles calls whose node has ended.
    Settle,
    /// Hears of what other nodes change.
    Listen,
}

impl Job {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Sweep, Self::Retention, Self::Reseal, Self::Settle, Self::Listen];
}

/// How a job went, and when.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) at: Timestamp,
    /// What was done, or why it was not.
    pub(crate) outcome: Result<String, String>,
}

/// The last run of each job.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<BTreeMap<Job, Run>>);

impl Jobs {
    /// Takes note of a run.
    pub(crate) fn note(&self, job: Job, at: Timestamp, outcome: Result<String, String>) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.insert(job, Run { at, outcome });
    }

    /// The last run of a job; `None` before the first.
    pub(crate) fn last(&self, job: Job) -> Option<Run> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&job).cloned()
    }
}
