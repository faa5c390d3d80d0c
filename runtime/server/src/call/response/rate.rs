//! A vendor's rate limit as its answer tells it, in one form.

use http::{HeaderMap, StatusCode};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use support::Tool;

/// How much a caller may still send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Requests allowed in the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Requests left in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Seconds until it begins anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<u64>,
    /// Seconds to wait, when the vendor says so.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// Header families, in the order they are looked for.
const PREFIXES: [&str; 4] = ["x-rate-limit-", "x-ratelimit-", "ratelimit-", "rate-limit-"];

impl Rate {
    /// Reads the headers of an answer; what a refusal leaves out comes from what is known of the
    /// operation.
    #[must_use]
    pub fn read(
        headers: &HeaderMap,
        tool: &Tool,
        status: StatusCode,
        now: Timestamp,
    ) -> Option<Self> {
        let number = |part: &str| {
            PREFIXES
                .iter()
                .find_map(|prefix| first_number(text(headers, &format!("{prefix}{part}"))?))
        };
        let reset = || {
            let value =
                PREFIXES.iter().find_map(|prefix| text(headers, &format!("{prefix}reset")))?;
            seconds_until(value, now)
        };
        let structured = text(headers, "ratelimit");
        let policy = text(headers, "ratelimit-policy");
        let mut rate = Self {
            limit: number("limit").or_else(|| parameter(policy?, "q")),
            remaining: number("remaining").or_else(|| parameter(structured?, "r")),
            reset: reset().or_else(|| parameter(structured?, "t")),
            retry_after: text(headers, "retry-after").and_then(|value| seconds_until(value, now)),
        };
        if status == StatusCode::TOO_MANY_REQUESTS {
            let known = tool.rate_limit;
            rate.limit = rate.limit.or_else(|| known.map(|known| known.requests.into()));
            rate.remaining = rate.remaining.or(Some(0));
            rate.reset =
                rate.reset.or(rate.retry_after).or_else(|| known.map(|known| known.seconds.into()));
            rate.retry_after = rate.retry_after.or(rate.reset);
        }
        let empty = rate.limit.is_none() && rate.remaining.is_none() && rate.reset.is_none();
        (!empty).then_some(rate)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// `100`, or the first of `100, 100;w=60`.
fn first_number(text: &str) -> Option<u64> {
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// `r` of `"default";r=50;t=30` (the `RateLimit` fields of the IETF draft).
fn parameter(text: &str, name: &str) -> Option<u64> {
    text.split([';', ','])
        .find_map(|part| first_number(part.trim().strip_prefix(name)?.strip_prefix('=')?))
}

/// Seconds, an epoch in seconds or milliseconds, an HTTP date or a timestamp, as seconds from
/// `now`.
fn seconds_until(text: &str, now: Timestamp) -> Option<u64> {
    /// Later than any number of seconds to wait, earlier than any epoch in use.
    const EPOCH: f64 = 1e9;
    let moment = match text.parse::<f64>() {
        Ok(number) if !number.is_finite() || number < 0.0 => return Some(0),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and EPOCH"
        )]
        Ok(number) if number < EPOCH => return Some(number.ceil() as u64),
        Ok(number) => {
            let seconds = if number > EPOCH * 100.0 { number / 1000.0 } else { number };
            let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
            Timestamp::from_duration(duration).ok()?
        }
        Err(_) => {
            text.parse().or_else(|_| rfc2822::DateTimeParser::new().parse_timestamp(text)).ok()?
        }
    };
    let left = moment.duration_since(now);
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    Some(seconds.max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_reset_is_seconds_from_now() {
        let now: Timestamp = "2026-01-31T10:00:00.5Z".parse().unwrap();
        for (text, seconds) in [
            ("30", 30),
            ("0.2", 1),
            ("1769853630", 30),
            ("1769853630000", 30),
            ("Sat, 31 Jan 2026 10:00:30 GMT", 30),
            ("2026-01-31T10:00:30Z", 30),
            ("1", 1),
            ("1000000001", 0),
            ("-5", 0),
        ] {
            assert_eq!(seconds_until(text, now), Some(seconds), "{text}");
        }
        assert_eq!(seconds_until("soon", now), None);
    }

    #[test]
    fn structured_fields_are_read() {
        assert_eq!(parameter("\"default\";r=50;t=30", "t"), Some(30));
        assert_eq!(parameter("\"burst\";q=100;w=60", "q"), Some(100));
        assert_eq!(first_number("100, 100;w=60"), Some(100));
    }
}
