//! A bounded log of what arrived, for tests that count and inspect requests.

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One request that reached the sandbox.
#[derive(Debug, Clone)]
pub struct Seen {
    /// When it arrived, by the sandbox's clock.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query string as sent, without its question mark; empty when there was none.
    pub query: String,
    /// All headers in lower case, `authorization` included.
    pub headers: Vec<(String, String)>,
    /// The body, at most its first 256 KiB.
    pub body: Bytes,
    /// The status answered; 0 for a request that got no answer.
    pub status: u16,
    /// What the request judge objected to; empty without one.
    pub violations: Vec<String>,
}

impl Seen {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// This entry as JSON, as `/_sandbox/requests` shows it.
    pub(crate) fn to_json(&self) -> Value {
        let headers: Value =
            self.headers.iter().map(|(name, value)| json!([name, value])).collect();
        json!({
            "at": self.at.to_string(), "method": self.method, "path": self.path, "query": self.query, "headers": headers,
            "body": String::from_utf8_lossy(&self.body), "status": self.status, "violations": self.violations,
        })
    }
}

const KEPT_BODY: usize = 256 * 1024;

/// The log itself: the oldest entry goes when it is full.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<Seen>,
    capacity: usize,
    dropped: u64,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::new(), capacity, dropped: 0 }
    }

    /// Takes an entry in and gives the number by which its status can be set later.
    pub(crate) fn push(&mut self, mut seen: Seen) -> u64 {
        seen.body.truncate(KEPT_BODY);
        if self.capacity == 0 {
            return u64::MAX;
        }
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(seen);
        self.dropped + self.entries.len() as u64 - 1
    }

    /// Notes what was answered, unless the entry has been pushed out meanwhile.
    pub(crate) fn answered(&mut self, number: u64, status: u16, violations: Vec<String>) {
        let Some(index) =
            number.checked_sub(self.dropped).and_then(|index| usize::try_from(index).ok())
        else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(index) {
            entry.status = status;
            entry.violations = violations;
        }
    }

    pub(crate) fn entries(&self) -> Vec<Seen> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.dropped += self.entries.len() as u64;
        self.entries.clear();
    }
}
