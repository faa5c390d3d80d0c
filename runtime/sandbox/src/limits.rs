//! Request counters per bucket and minute, as the vendors keep them.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;

/// Counters of one sandbox.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    windows: HashMap<String, Window>,
    overrides: HashMap<String, (u32, Duration)>,
}

#[derive(Debug)]
struct Window {
    ends: Timestamp,
    used: u32,
}

/// The state of a bucket after a request was counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) ends: Timestamp,
    pub(crate) allowed: bool,
}

impl Standing {
    /// Whole seconds until the window ends, at least one.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> u64 {
        let left = self.ends.as_millisecond() - now.as_millisecond();
        u64::try_from(left).unwrap_or(0).div_ceil(1000).max(1)
    }
}

impl Limits {
    /// Counts one request. `aliases` are other names under which a limit may have been set by hand.
    /// `None` when nothing limits this bucket.
    pub(crate) fn take(
        &mut self,
        bucket: &str,
        aliases: &[&str],
        documented: Option<u32>,
        now: Timestamp,
    ) -> Option<Standing> {
        let by_hand =
            std::iter::once(&bucket).chain(aliases).find_map(|name| self.overrides.get(*name));
        let (limit, length) = match (by_hand, documented) {
            (Some(set), _) => *set,
            (None, Some(limit)) => (limit, Duration::from_secs(60)),
            (None, None) => return None,
        };
        let fresh = Window { ends: later(now, length), used: 0 };
        let window = self.windows.entry(bucket.to_owned()).or_insert(fresh);
        if window.ends <= now {
            *window = Window { ends: later(now, length), used: 0 };
        }
        let allowed = window.used < limit;
        if allowed {
            window.used += 1;
        }
        Some(Standing {
            limit,
            remaining: limit.saturating_sub(window.used),
            ends: window.ends,
            allowed,
        })
    }

    /// Sets a limit by hand, for a bucket or for a path, and forgets what was counted.
    pub(crate) fn set(&mut self, name: &str, requests: u32, window: Duration) {
        self.overrides.insert(name.to_owned(), (requests, window));
        self.windows.clear();
    }

    /// Back to the documented limits, all counters at zero.
    pub(crate) fn reset(&mut self) {
        self.overrides.clear();
        self.windows.clear();
    }
}
