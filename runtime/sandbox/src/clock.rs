//! What time it is for a sandbox: the system's, or one that stands still until it is moved.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// A source of the current time. Time is an input, so that tests need not sleep.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    /// The machine's clock, moved by an offset.
    System {
        /// How far ahead of the machine it runs.
        ahead: Duration,
    },
    /// Stands still.
    Fixed(Timestamp),
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    pub(crate) fn now(self) -> Timestamp {
        match self {
            Self::System { ahead } => {
                let system =
                    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
                later(system, ahead)
            }
            Self::Fixed(at) => at,
        }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        match self {
            Self::System { ahead } => *ahead = ahead.saturating_add(by),
            Self::Fixed(at) => *at = later(*at, by),
        }
    }
}

/// `at` plus `by`, or the last representable moment.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` minus `days` days.
pub(crate) fn days_before(at: Timestamp, days: u64) -> Timestamp {
    hours_before(at, days * 24)
}

/// `at` minus `hours` hours.
pub(crate) fn hours_before(at: Timestamp, hours: u64) -> Timestamp {
    at.checked_sub(Duration::from_secs(hours * 3_600)).unwrap_or(Timestamp::MIN)
}

/// `at` plus `days` days.
pub(crate) fn days_after(at: Timestamp, days: u64) -> Timestamp {
    later(at, Duration::from_secs(days * 86_400))
}

/// ISO 8601 with milliseconds, as both vendors write it.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The calendar day in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Whether a text is a date as both vendors accept one; the last day there is means *never*, and in
/// the hours of other zones no clock reaches it.
pub(crate) fn is_date(text: &str) -> bool {
    read(text).is_some()
        || text
            .strip_suffix('Z')
            .is_some_and(|local| local.len() > 10 && local.parse::<jiff::civil::DateTime>().is_ok())
        || text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Reads what both vendors accept as a date: a full timestamp, or a bare day.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let midnight = text.parse::<jiff::civil::Date>().ok()?;
    if text.len() != 10 {
        return None;
    }
    midnight.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
