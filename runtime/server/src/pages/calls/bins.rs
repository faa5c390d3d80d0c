//! Hours put together as a chart can show them, and what latency buckets tell.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::period::{hour_of, hours_end};
use crate::provision::{BUCKETS, HourRow};

/// How many hours a chart goes back at most.
pub(super) const HOURS: usize = 24_000;
/// How many bins a chart of days has at most.
const DAYS: i64 = 62;

/// How wide a bin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::pages) enum Width {
    Hours(i8),
    Days(i64),
}

/// The calls between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Bin {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) failed: u64,
    /// By latency bucket.
    pub(super) calls: [u64; BUCKETS.len()],
}

impl Bin {
    pub(super) fn total(&self) -> u64 {
        self.calls.iter().sum()
    }

    fn add(&mut self, row: &HourRow) {
        let count = |calls: i64| u64::try_from(calls).unwrap_or_default();
        self.failed += count(row.failed);
        for (sum, calls) in self.calls.iter_mut().zip(row.calls) {
            *sum += count(calls);
        }
    }
}

/// The latency bucket that this part of a hundred calls does not go beyond; `None` without calls.
pub(super) fn quantile(calls: &[u64], of_hundred: u64) -> Option<usize> {
    let total: u64 = calls.iter().sum();
    let rank = total.saturating_mul(of_hundred).div_ceil(100).max(1);
    let mut sum = 0;
    calls.iter().position(|calls| {
        sum += calls;
        sum >= rank
    })
}

/// A latency bucket as the end of a sentence: `at most 250 ms`.
pub(super) fn bucket_words(bucket: usize) -> String {
    match BUCKETS.get(bucket) {
        Some(&bound) if bound < i64::MAX => format!("at most {}", time_words(bound)),
        _ => format!("more than {}", time_words(BUCKETS[BUCKETS.len() - 2])),
    }
}

/// A time in microseconds, short.
pub(super) fn time_words(micros: i64) -> String {
    let (ms, seconds, tenth) = (micros / 1_000, micros / 1_000_000, micros / 100_000 % 10);
    match (ms, seconds, tenth) {
        (..=0, ..) => "less than 1 ms".to_owned(),
        (_, ..=0, _) => format!("{ms} ms"),
        (_, ..=59, 0) => format!("{seconds} s"),
        (_, ..=59, _) => format!("{seconds}.{tenth} s"),
        _ if seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// The bins from `since` until `until`, those without a call too, as clocks in `zone` divide the
/// day. Without a beginning, or with one that is far away, they begin with the first call.
pub(super) fn bins(
    hours: &[HourRow],
    since: Option<Timestamp>,
    until: Timestamp,
    zone: &TimeZone,
) -> (Vec<Bin>, Width) {
    let hour = SignedDuration::from_hours(1);
    let reach = SignedDuration::from_hours(i64::try_from(HOURS).unwrap_or(i64::MAX));
    let near = until.checked_sub(SignedDuration::from_hours(32 * 24)).unwrap_or(until);
    let first = hours.first().map(|row| crate::clock::from_micros(row.hour));
    let start = match since {
        Some(since) if since >= near => since,
        since => first.unwrap_or(until).max(since.unwrap_or(Timestamp::MIN)),
    };
    let (start, end) =
        (hour_of(start.max(until.checked_sub(reach).unwrap_or(until))), hours_end(until));
    let width = width(start, end, zone);
    let rows: BTreeMap<i64, &HourRow> = hours.iter().map(|row| (row.hour, row)).collect();
    let mut bins: Vec<Bin> = Vec::new();
    let (mut at, mut last) = (start, None);
    while at < end {
        let next = at.checked_add(hour).unwrap_or(end);
        let place = place(&at.to_zoned(zone.clone()), width);
        if last != Some(place) || bins.is_empty() {
            bins.push(Bin { start: at, end: next, failed: 0, calls: [0; BUCKETS.len()] });
            last = Some(place);
        }
        if let Some(bin) = bins.last_mut() {
            bin.end = next;
            if let Some(row) = rows.get(&at.as_microsecond()) {
                bin.add(row);
            }
        }
        at = next;
    }
    (bins, width)
}

fn width(start: Timestamp, end: Timestamp, zone: &TimeZone) -> Width {
    let hours = end.duration_since(start).as_hours();
    match hours {
        ..=49 => Width::Hours(1),
        50..=193 => Width::Hours(3),
        194..=385 => Width::Hours(6),
        _ => {
            let day = |at: Timestamp| number_of_day(&at.to_zoned(zone.clone()));
            Width::Days((day(end) - day(start) + 1).div_euclid(DAYS) + 1)
        }
    }
}

fn number_of_day(at: &Zoned) -> i64 {
    jiff::civil::date(1970, 1, 1).duration_until(at.date()).as_hours() / 24
}

/// In which bin a moment is: its day, and the part of the day.
fn place(at: &Zoned, width: Width) -> (i64, i8) {
    let day = number_of_day(at);
    match width {
        Width::Hours(1) => (at.timestamp().as_second() / 3_600, 0),
        Width::Hours(hours) => (day, at.hour() / hours.max(1)),
        Width::Days(days) => (day.div_euclid(days.max(1)), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::when;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn row(text: &str, failed: i64, calls: &[(usize, i64)]) -> HourRow {
        let mut row = HourRow { hour: at(text).as_microsecond(), failed, ..HourRow::default() };
        for (bucket, count) in calls {
            row.calls[*bucket] = *count;
        }
        row
    }

    #[test]
    fn quantiles_are_the_bounds_of_buckets() {
        assert_eq!(quantile(&[0; 13], 50), None);
        assert_eq!(quantile(&[0, 1, 0], 50), Some(1));
        assert_eq!(quantile(&[0, 1, 0], 95), Some(1));
        // Of ten calls the fifth, and the tenth.
        assert_eq!(quantile(&[5, 4, 1], 50), Some(0));
        assert_eq!(quantile(&[4, 5, 1], 50), Some(1));
        assert_eq!(quantile(&[5, 4, 1], 95), Some(2));
        // Of twenty calls the nineteenth.
        assert_eq!(quantile(&[19, 0, 1], 95), Some(0));
        assert_eq!(quantile(&[18, 0, 2], 95), Some(2));
        assert_eq!(bucket_words(4), "at most 250 ms");
        assert_eq!(bucket_words(7), "at most 2.5 s");
        assert_eq!(bucket_words(12), "more than 1 min");
        assert_eq!(time_words(61_500_000), "1 min 1 s");
        assert_eq!(time_words(999), "less than 1 ms");
    }

    #[test]
    fn nothing_and_one_hour_are_charts_too() {
        let (since, until) = (at("2026-01-01T12:00:00Z"), at("2026-01-01T12:10:00Z"));
        let (empty, width) = bins(&[], Some(since), until, &TimeZone::UTC);
        assert_eq!((empty.len(), empty[0].total(), width), (1, 0, Width::Hours(1)));
        assert_eq!(bins(&[], None, until, &TimeZone::UTC).0.len(), 1);
        let hours = [row("2026-01-01T12:00:00Z", 3, &[(0, 2), (12, 1)])];
        let (one, _) = bins(&hours, Some(since), until, &TimeZone::UTC);
        assert_eq!((one.len(), one[0].total(), one[0].failed), (1, 3, 3));
        // A beginning in the future has nothing.
        assert!(bins(&[], Some(at("2027-01-01T00:00:00Z")), until, &TimeZone::UTC).0.is_empty());
    }

    #[test]
    fn bins_are_parts_of_days_as_clocks_show_them() {
        let berlin = when::zone("Europe/Berlin").unwrap();
        // Clocks go forward on the 29th: that day has 23 hours.
        let (since, until) = (at("2026-03-27T23:00:00Z"), at("2026-03-30T22:00:00Z"));
        let hours =
            [row("2026-03-28T23:00:00Z", 0, &[(0, 1)]), row("2026-03-29T21:00:00Z", 0, &[(0, 2)])];
        let (found, width) = bins(&hours, Some(since), until, &berlin);
        assert_eq!((found.len(), width), (24, Width::Hours(3)));
        let night = &found[8];
        assert_eq!(
            (night.start, night.end),
            (at("2026-03-28T23:00:00Z"), at("2026-03-29T01:00:00Z"))
        );
        assert_eq!((night.total(), found[15].total()), (1, 2));
        // A month of days, the longer one in autumn included.
        let (since, until) = (at("2026-10-09T22:00:00Z"), at("2026-11-08T23:00:00Z"));
        let (days, width) = bins(&hours, Some(since), until, &berlin);
        assert_eq!((days.len(), width), (30, Width::Days(1)));
        assert_eq!(days[15].end.duration_since(days[15].start).as_hours(), 25);
    }

    #[test]
    fn whatever_is_asked_for_has_few_bins() {
        let until = at("2026-03-30T22:10:00Z");
        let old = [row("2019-01-01T00:00:00Z", 0, &[(0, 1)])];
        for hours in [&[][..], &old] {
            for since in [None, Some(Timestamp::UNIX_EPOCH), Some(at("2025-01-01T00:00:00Z"))] {
                let count = bins(hours, since, until, &TimeZone::UTC).0.len();
                assert!((1..=64).contains(&count), "{count}");
            }
        }
        for days in 1..=31 {
            let since = until.checked_sub(SignedDuration::from_hours(24 * days)).unwrap();
            let count = bins(&[], Some(since), until, &TimeZone::UTC).0.len();
            assert!((17..=66).contains(&count), "{days}: {count}");
        }
    }
}
