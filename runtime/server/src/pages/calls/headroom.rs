//! How much of each vendor's rate limit is left, as far as this node knows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use support::tool::RateLimit;

use super::chart::{BarRow, Bars, part};
use super::period::hour_of;
use crate::app::App;
use crate::call::Rate;
use crate::call::rates::{Told, endpoint};
use crate::pages::exposure::number;
use crate::provision::{CallFilter, ProvisionError};
use crate::when;

/// How many endpoints are shown.
const SHOWN: usize = 10;
/// How many counts of documented limits are looked at.
const COUNTS: usize = 200;
/// How long what a vendor told is worth a word.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// How far a limit is used.
struct Used {
    account: String,
    endpoint: &'static str,
    calls: u64,
    limit: u64,
    words: String,
    note: String,
}

/// The endpoints whose limits are used most.
pub(super) async fn headroom(
    app: &App,
    filter: &CallFilter,
    (now, zone): (Timestamp, &TimeZone),
) -> Result<Bars, ProvisionError> {
    let account = filter.account.as_deref();
    let told = app.pipeline.rates.told(account);
    let known: BTreeSet<(String, &str)> =
        told.iter().map(|told| (told.account.clone(), told.endpoint)).collect();
    let mut found: Vec<Used> =
        told.into_iter().filter_map(|told| of_told(&told, now, zone)).collect();
    let begun = hour_of(now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now));
    let counts = app.provision.busiest_tools(begun, COUNTS).await?;
    let counts = counts.into_iter().filter(|(of, ..)| account.is_none_or(|account| account == of));
    let mut calls: BTreeMap<(String, &'static str), (RateLimit, u64)> = BTreeMap::new();
    for (account, tool, count) in counts {
        let tool = app.provision.apis().iter().find_map(|api| api.tool(&tool));
        if let Some((tool, limit)) = tool.and_then(|tool| Some((tool, tool.rate_limit?))) {
            let counted = calls.entry((account, endpoint(tool))).or_insert((limit, 0));
            counted.1 += u64::try_from(count).unwrap_or_default();
        }
    }
    let elapsed = u64::try_from(now.duration_since(begun).as_secs()).unwrap_or(1).max(1);
    calls.retain(|(account, endpoint), _| !known.contains(&(account.clone(), *endpoint)));
    found.extend(calls.into_iter().map(|(key, count)| of_documented(key, count, elapsed)));
    if let Some(tool) = filter.tool.as_deref() {
        let tool = app.provision.apis().iter().find_map(|api| api.tool(tool));
        found.retain(|used| tool.is_some_and(|tool| endpoint(tool) == used.endpoint));
    }
    found.sort_by_key(|used| std::cmp::Reverse((part(used.calls, used.limit), used.endpoint)));
    found.truncate(SHOWN);
    let accounts = found.iter().map(|used| used.account.as_str()).collect();
    let names = app.provision.names_of(accounts, BTreeSet::new()).await?;
    let rows = found.iter().map(|used| row(used, &names, account.is_none())).collect();
    Ok(Bars::named("How much of each rate limit is used", rows))
}

fn row(used: &Used, names: &HashMap<String, String>, says_account: bool) -> BarRow {
    let account = names.get(&used.account).unwrap_or(&used.account);
    let of = if says_account { format!("{account}: ") } else { String::new() };
    BarRow {
        label: used.endpoint.to_owned(),
        is_name: true,
        ok: part(used.calls, used.limit),
        failed: 0,
        words: used.words.clone(),
        note: format!("{of}{}", used.note),
    }
}

/// What a vendor told, and what has become of it since.
fn of_told(told: &Told, now: Timestamp, zone: &TimeZone) -> Option<Used> {
    let Rate { limit, remaining, reset, .. } = told.rate;
    let (limit, remaining) = (limit?, remaining?);
    if now.duration_since(told.at) > FRESH {
        return None;
    }
    let clock = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
    let seconds = i64::try_from(reset.unwrap_or_default()).unwrap_or(i64::MAX).min(86_400);
    let anew = told.at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(told.at);
    let said = format!("told {}", when::moment(told.at, now, zone));
    let (left, note) = match reset {
        Some(_) if anew <= now => (limit, format!("{said}, began anew at {}", clock(anew))),
        Some(_) => (remaining, format!("{said}, begins anew at {}", clock(anew))),
        None => (remaining, said),
    };
    let left = left.min(limit);
    Some(Used {
        account: told.account.clone(),
        endpoint: told.endpoint,
        calls: limit - left,
        limit,
        words: format!("{} of {} left", number(left), number(limit)),
        note,
    })
}

/// What the vendor's document says, held against the calls of the last hour and what has passed of
/// this one.
fn of_documented(
    (account, endpoint): (String, &'static str),
    (limit, calls): (RateLimit, u64),
    elapsed: u64,
) -> Used {
    let used = calls.saturating_mul(limit.seconds.into()).div_ceil(elapsed);
    let within = match limit.seconds {
        60 => "a minute".to_owned(),
        3_600 => "an hour".to_owned(),
        1 => "a second".to_owned(),
        seconds => format!("in {} s", number(seconds.into())),
    };
    Used {
        account,
        endpoint,
        calls: used,
        limit: limit.requests.into(),
        words: format!("about {} of {} {within}", number(used), number(limit.requests.into())),
        note: "documented; the vendor tells nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_fades() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let rate =
            Rate { limit: Some(40), remaining: Some(10), reset: Some(30), retry_after: None };
        let told = Told {
            account: "acc_1".to_owned(),
            endpoint: "list_all_demo_things",
            rate,
            at: at("2026-01-01T12:00:00Z"),
        };
        let seen = |now: &str| {
            of_told(&told, at(now), &TimeZone::UTC).map(|used| (used.calls, used.words, used.note))
        };
        let (used, words, note) = seen("2026-01-01T12:00:29Z").unwrap();
        assert_eq!((used, words.as_str()), (30, "10 of 40 left"));
        assert_eq!(note, "told today, 12:00, begins anew at 12:00:30");
        let (used, _, note) = seen("2026-01-01T12:00:30Z").unwrap();
        assert_eq!((used, note.as_str()), (0, "told today, 12:00, began anew at 12:00:30"));
        assert_eq!(seen("2026-01-02T12:00:01Z"), None);
        let silent = Told { rate: Rate { limit: None, ..told.rate.clone() }, ..told.clone() };
        assert!(of_told(&silent, told.at, &TimeZone::UTC).is_none());
    }

    #[test]
    fn documented_limits_are_held_against_the_last_calls() {
        let limit = RateLimit { requests: 100, seconds: 60, bucket: "" };
        // 90 minutes: two calls in three minutes.
        let used = of_documented(("acc_1".to_owned(), "x"), (limit, 60), 5_400);
        assert_eq!((used.calls, used.words.as_str()), (1, "about 1 of 100 a minute"));
    }
}
