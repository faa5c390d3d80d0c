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
/// What the time until a window begins anew is called in them, and how many of its units a second has.
const RESETS: [(&str, u64); 5] = [
    ("reset", 1),
    ("reset-after", 1),
    ("reset-in", 1),
    ("reset-ms", 1000),
    ("reset-after-ms", 1000),
];
/// What the time to wait is called, likewise.
const WAITS: [(&str, u64); 3] =
    [("retry-after", 1), ("retry-after-ms", 1000), ("x-retry-after-ms", 1000)];

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
        let seconds = |name: &str, units| time(text(headers, name)?, units, now);
        let reset = || {
            let names = PREFIXES.iter().flat_map(|prefix| RESETS.map(|reset| (prefix, reset)));
            names
                .into_iter()
                .find_map(|(prefix, (name, units))| seconds(&format!("{prefix}{name}"), units))
        };
        let structured = Structured::read(headers);
        let mut rate = Self {
            limit: number("limit").or(structured.limit),
            remaining: number("remaining").or(structured.remaining),
            reset: reset().or(structured.reset),
            retry_after: WAITS.iter().find_map(|(name, units)| seconds(name, *units)),
        };
        if status == StatusCode::TOO_MANY_REQUESTS {
            let known = tool.rate_limit;
            rate.limit = rate.limit.or_else(|| known.map(|known| known.requests.into()));
            rate.remaining = rate.remaining.or(Some(0));
            rate.reset =
                rate.reset.or(rate.retry_after).or_else(|| known.map(|known| known.seconds.into()));
            rate.retry_after = rate.retry_after.or(rate.reset);
        }
        let tells = rate.limit.or(rate.remaining).or(rate.reset).is_some();
        (tells || !status.is_success() && rate.retry_after.is_some()).then_some(rate)
    }
}

/// What the fields `RateLimit` and `RateLimit-Policy` of the IETF's drafts tell: of several policies
/// the one that leaves least.
#[derive(Default)]
struct Structured {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<u64>,
}

impl Structured {
    fn read(headers: &HeaderMap) -> Self {
        let items = |name| text(headers, name).map(items).unwrap_or_default();
        let (told, policies) = (items("ratelimit"), items("ratelimit-policy"));
        // Draft 7: `limit=100, remaining=50, reset=5`.
        let member = |name| told.iter().find_map(|item| parameter(item, name));
        if let (limit, Some(remaining)) = (member("limit"), member("remaining")) {
            return Self { limit, remaining: Some(remaining), reset: member("reset") };
        }
        // Since draft 8: `"burst";r=50;t=5`, and `"burst";q=100;w=60`.
        let left = |item: &&&str| parameter(item, "r").unwrap_or(u64::MAX);
        let tightest = told.iter().min_by_key(left);
        let policy = |item: &&&str| Some(name(item)) == tightest.map(|tightest| name(tightest));
        let policy = policies.iter().find(policy).or(policies.first());
        Self {
            limit: policy.and_then(|item| parameter(item, "q").or_else(|| first_number(item))),
            remaining: tightest.and_then(|item| parameter(item, "r")),
            reset: tightest.and_then(|item| parameter(item, "t")),
        }
    }
}

/// The items of a list, which commas part where they are not quoted.
fn items(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|letter: char| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    });
    parts.map(str::trim).take(32).collect()
}

/// What an item is called.
fn name(item: &str) -> &str {
    item.split(';').next().unwrap_or(item).trim()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// `100`, or the first of `100, 100;w=60`.
fn first_number(text: &str) -> Option<u64> {
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// `r` of `"default";r=50;t=30`.
fn parameter(item: &str, name: &str) -> Option<u64> {
    item.split(';')
        .find_map(|part| first_number(part.trim().strip_prefix(name)?.strip_prefix('=')?))
}

/// A time in such units, an epoch in seconds or milliseconds, a duration with its unit (`6m0s`), an
/// HTTP date or a timestamp, as seconds from `now`.
fn time(text: &str, units: u64, now: Timestamp) -> Option<u64> {
    if units > 1 {
        return text.parse::<u64>().ok().map(|number| number.div_ceil(units));
    }
    let whole = |left: SignedDuration| {
        let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
        seconds.max(0).unsigned_abs()
    };
    seconds_until(text, now).or_else(|| text.parse().ok().map(whole))
}

/// Seconds, an epoch in seconds or milliseconds, an HTTP date or a timestamp, as seconds from `now`.
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

    /// What is read of these headers in an answer with this status: limit, remaining, reset, wait.
    fn read(status: u16, headers: &[(&'static str, &str)]) -> Option<[Option<u64>; 4]> {
        let now: Timestamp = "2026-01-31T10:00:00Z".parse().unwrap();
        let tool =
            crate::call::testing::CATALOGUE.tool("get_single_acme_thing_by_id").unwrap().tool;
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let rate = Rate::read(&headers, tool, StatusCode::from_u16(status).unwrap(), now)?;
        Some([rate.limit, rate.remaining, rate.reset, rate.retry_after])
    }

    #[test]
    fn every_dialect_of_the_drafts_and_of_vendors_is_read() {
        let told = Some([Some(100), Some(7), Some(30), None]);
        for headers in [
            &[
                ("ratelimit-limit", "100, 100;w=60"),
                ("ratelimit-remaining", "7"),
                ("ratelimit-reset", "30"),
            ][..],
            &[("ratelimit", "limit=100, remaining=7, reset=30")],
            &[
                ("ratelimit", "\"default\";r=7;t=30"),
                ("ratelimit-policy", "\"default\";q=100;w=60"),
            ],
            &[("ratelimit", "default;r=7;t=30"), ("ratelimit-policy", "100;w=60")],
            &[
                ("ratelimit", "\"a, b\";r=90;t=1, \"day;x\";r=7;t=30"),
                ("ratelimit-policy", "\"a, b\";q=9;w=1, \"day;x\";q=100;w=9"),
            ],
            &[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "7"),
                ("x-ratelimit-reset-after", "29.5"),
            ],
            &[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "7"),
                ("x-ratelimit-reset-ms", "29001"),
            ],
            &[
                ("x-rate-limit-limit", "100"),
                ("x-rate-limit-remaining", "7"),
                ("x-rate-limit-reset", "1769853630"),
            ],
            &[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "7"),
                ("x-ratelimit-reset", "0m30s"),
            ],
        ] {
            assert_eq!(read(200, headers), told, "{headers:?}");
        }
    }

    #[test]
    fn a_time_to_wait_is_told_by_every_refusal_and_by_no_success() {
        let wait = |seconds| Some([None, None, None, Some(seconds)]);
        assert_eq!(read(503, &[("retry-after", "120")]), wait(120));
        assert_eq!(read(503, &[("retry-after", "Sat, 31 Jan 2026 10:00:30 GMT")]), wait(30));
        assert_eq!(read(503, &[("retry-after-ms", "1500")]), wait(2));
        assert_eq!(read(200, &[("retry-after", "120")]), None);
        assert_eq!(read(429, &[("retry-after", "9")]), Some([Some(40), Some(0), Some(9), Some(9)]));
        assert_eq!(read(429, &[]), Some([Some(40), Some(0), Some(60), Some(60)]));
    }
}
