//! Whether a call is made again, and after which pause: decisions without I/O.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Method, StatusCode};

/// How often and how patiently calls are made again.
///
/// Only what may be repeated is (see [`is_idempotent`]), and only where that may help: after 429,
/// 502, 503 and 504, and where the connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    most: u32,
    first: Duration,
    ceiling: Duration,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum Ended<'a> {
    /// With an answer.
    Answered(StatusCode, &'a HeaderMap),
    /// Without one: the host could not be reached, or broke off.
    Unreachable,
}

impl Retries {
    /// Up to `most` further attempts, with pauses that grow from half a second to at most half a
    /// minute.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        Self { most, first: Duration::from_millis(500), ceiling: Duration::from_secs(30) }
    }

    /// The pause before the second attempt; it doubles with each further one.
    #[must_use]
    pub const fn first_pause(mut self, pause: Duration) -> Self {
        self.first = pause;
        self
    }

    /// The longest pause. An API that asks for a longer one is not asked again.
    #[must_use]
    pub const fn ceiling(mut self, pause: Duration) -> Self {
        self.ceiling = pause;
        self
    }

    /// The pause before the next attempt; `None` when there is none. `made` attempts were made,
    /// the last of which ended so. `jitter`, from 0 to 1, is a number of chance, so that callers
    /// who were refused together do not come back together.
    #[must_use]
    pub fn pause(
        &self,
        made: u32,
        method: &Method,
        ended: Ended<'_>,
        now: SystemTime,
        jitter: f64,
    ) -> Option<Duration> {
        if made > self.most || !is_idempotent(method) {
            return None;
        }
        let asked = match ended {
            Ended::Unreachable => None,
            Ended::Answered(status, headers) if is_transient(status) => retry_after(headers, now),
            Ended::Answered(..) => return None,
        };
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(made.saturating_sub(1)));
        let grown = doubled.min(self.ceiling);
        let own = grown / 2 + (grown / 2).mul_f64(jitter.clamp(0.0, 1.0));
        match asked {
            Some(asked) if asked > self.ceiling => None,
            Some(asked) => Some(asked.max(own).min(self.ceiling)),
            None => Some(own),
        }
    }
}

impl From<u32> for Retries {
    fn from(most: u32) -> Self {
        Self::new(most)
    }
}

/// Whether doing it twice is the same as doing it once (RFC 9110 section 9.2.2).
#[must_use]
pub fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}

/// Whether the same call may be answered otherwise later: 429, 502, 503, 504.
fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// How long an API asks to wait, by `Retry-After` (RFC 9110 section 10.2.3): a number of seconds,
/// or a date, of which as much is left as lies behind `now`.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if let Some(seconds) = delay_seconds(headers) {
        return Some(seconds);
    }
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = u64::try_from(mailparse::dateparse(text).ok()?).ok()?;
    let until = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    Some(until.duration_since(now).unwrap_or_default())
}

/// The same where it is a number of seconds: that needs no clock.
pub(crate) fn delay_seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries = Retries::new(3).ceiling(Duration::from_secs(5));

    fn pause(made: u32, method: &Method, status: u16, after: Option<&str>) -> Option<f64> {
        let headers =
            after.map(|after| (RETRY_AFTER, after.parse().unwrap())).into_iter().collect();
        let ended = Ended::Answered(StatusCode::from_u16(status).unwrap(), &headers);
        // 31 January 2026, 10:00:00 UTC.
        let now = UNIX_EPOCH + Duration::from_secs(1_769_853_600);
        RETRIES.pause(made, method, ended, now, 1.0).map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn only_what_may_be_repeated_and_may_help_is() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
            assert_eq!(pause(1, &method, 503, None), Some(0.5), "{method}");
            assert!(RETRIES.pause(1, &method, Ended::Unreachable, UNIX_EPOCH, 0.0).is_some());
        }
        for method in [Method::POST, Method::PATCH, Method::CONNECT] {
            assert_eq!(pause(1, &method, 429, Some("1")), None, "{method}");
            assert!(RETRIES.pause(1, &method, Ended::Unreachable, UNIX_EPOCH, 0.0).is_none());
        }
        for status in [200, 400, 401, 404, 409, 500, 501] {
            assert_eq!(pause(1, &Method::GET, status, Some("1")), None, "{status}");
        }
    }

    #[test]
    fn pauses_grow_to_the_ceiling_and_end() {
        assert_eq!(pause(2, &Method::GET, 502, None), Some(1.0));
        assert_eq!(pause(3, &Method::GET, 504, None), Some(2.0));
        assert_eq!(pause(4, &Method::GET, 502, None), None);
        let patient = Retries::new(u32::MAX).ceiling(Duration::from_secs(5));
        let late = patient.pause(900, &Method::GET, Ended::Unreachable, UNIX_EPOCH, 1.0);
        assert_eq!(late, Some(Duration::from_secs(5)));
        let soon = patient.pause(900, &Method::GET, Ended::Unreachable, UNIX_EPOCH, 0.0);
        assert_eq!(soon, Some(Duration::from_millis(2500)));
    }

    #[test]
    fn what_the_api_asks_for_is_waited_for_unless_it_is_too_long() {
        assert_eq!(pause(1, &Method::GET, 429, Some("3")), Some(3.0));
        assert_eq!(pause(1, &Method::GET, 429, Some("Sat, 31 Jan 2026 10:00:04 GMT")), Some(4.0));
        assert_eq!(pause(1, &Method::GET, 429, Some("Sat, 31 Jan 2026 09:00:00 GMT")), Some(0.5));
        assert_eq!(pause(1, &Method::GET, 429, Some("6")), None);
        assert_eq!(pause(1, &Method::GET, 429, Some("soon")), Some(0.5));
    }
}
