//! Time as an input: every decision that depends on it asks a [`Clock`] that was handed in.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Where the present moment comes from.
#[derive(Clone)]
pub struct Clock(Hand);

#[derive(Clone)]
enum Hand {
    System,
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Hand::System)
    }

    /// A clock that stands still at `at` until it is moved.
    #[must_use]
    pub fn held(at: Timestamp) -> Self {
        Self(Hand::Held(Arc::new(AtomicI64::new(at.as_microsecond()))))
    }

    /// The present moment, to the microsecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Hand::System => system_now().as_microsecond(),
            Hand::Held(at) => at.load(Ordering::SeqCst),
        };
        from_micros(micros)
    }

    /// Moves a held clock to `at`; the system's clock stays as it is.
    pub fn set(&self, at: Timestamp) {
        if let Hand::Held(held) = &self.0 {
            held.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The moment that many microseconds after 1970-01-01T00:00:00Z, held to what a timestamp can say.
#[must_use]
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
