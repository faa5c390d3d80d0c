//! What vendors last told of their rate limits, as this node heard it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use support::Tool;

use super::Rate;

/// How many are remembered; the oldest gives way.
const CAPACITY: usize = 1_000;

/// The account, and the endpoint as [`endpoint`] names it.
type Key = (Box<str>, &'static str);

/// The rate limits by account and endpoint; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Rates(Arc<Mutex<HashMap<Key, (Rate, Timestamp)>>>);

/// What a vendor told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The account that it was told to.
    pub account: String,
    /// The endpoint that it is about.
    pub endpoint: &'static str,
    /// What was told.
    pub rate: Rate,
    /// When.
    pub at: Timestamp,
}

/// What a limit counts: the counter that several tools share, or the tool.
#[must_use]
pub fn endpoint(tool: &Tool) -> &'static str {
    tool.rate_limit
        .map(|limit| limit.bucket)
        .filter(|bucket| !bucket.is_empty())
        .unwrap_or(tool.name)
}

impl Rates {
    /// Notes what an answer told.
    pub fn note(&self, account: &str, tool: &Tool, rate: &Rate, at: Timestamp) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (account.into(), endpoint(tool));
        if told.len() >= CAPACITY && !told.contains_key(&key) {
            let oldest = told.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone());
            oldest.and_then(|key| told.remove(&key));
        }
        told.insert(key, (rate.clone(), at));
    }

    /// What was told to an account, or to all of them.
    #[must_use]
    pub fn told(&self, account: Option<&str>) -> Vec<Told> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting =
            told.iter().filter(|((of, _), _)| account.is_none_or(|account| **of == *account));
        fitting
            .map(|((account, endpoint), (rate, at))| Told {
                account: account.to_string(),
                endpoint,
                rate: rate.clone(),
                at: *at,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::testing::DEMO;

    #[test]
    fn the_oldest_gives_way_and_the_latest_counts() {
        let (rates, begun) = (Rates::default(), Timestamp::UNIX_EPOCH);
        let tool = DEMO.tool("list_all_demo_things").unwrap();
        let rate = |remaining| Rate {
            limit: Some(40),
            remaining: Some(remaining),
            reset: None,
            retry_after: None,
        };
        for number in 0..=CAPACITY {
            let at = begun + i64::try_from(number).unwrap().seconds();
            rates.note(&format!("acc_{number}"), tool, &rate(7), at);
        }
        assert_eq!(rates.told(None).len(), CAPACITY);
        assert_eq!(rates.told(Some("acc_0")), []);
        rates.note("acc_1", tool, &rate(6), begun);
        let told = rates.told(Some("acc_1"));
        assert_eq!((told.len(), told[0].rate.remaining), (1, Some(6)));
        assert_eq!(told[0].endpoint, "list_all_demo_things");
    }
}
