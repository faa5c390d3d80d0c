//! From when to when calls are looked at, as people say it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::clock::from_micros;
use crate::fields;
use crate::provision::HOUR;
use crate::when;

/// A period to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::pages) enum Period {
    Hour,
    Today,
    #[default]
    Week,
    Month,
    Range,
}

/// From when, and until before when; without an end where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

impl Period {
    pub(in crate::pages) const ALL: [Self; 5] =
        [Self::Hour, Self::Today, Self::Week, Self::Month, Self::Range];

    pub(super) fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.key() == key)
    }

    /// The word for it in an address.
    pub(in crate::pages) const fn key(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Today => "today",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Range => "range",
        }
    }

    pub(in crate::pages) const fn words(self) -> &'static str {
        match self {
            Self::Hour => "the last hour",
            Self::Today => "today",
            Self::Week => "the last 7 days",
            Self::Month => "the last 30 days",
            Self::Range => "from … until …",
        }
    }

    /// When it begins at `now`. What is no day begins with an hour, by which calls are counted.
    pub(super) fn since(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = now.to_zoned(zone.clone());
        let began = match self {
            Self::Hour => now.checked_sub(SignedDuration::from_hours(1)),
            Self::Today => return local.start_of_day().ok().map(|day| day.timestamp()),
            Self::Week => local.checked_sub(7.days()).map(|day| day.timestamp()),
            Self::Month => local.checked_sub(30.days()).map(|day| day.timestamp()),
            Self::Range => return None,
        };
        began.ok().map(hour_of)
    }
}

/// The hour of a moment, as calls are counted.
pub(super) fn hour_of(at: Timestamp) -> Timestamp {
    let micros = at.as_microsecond();
    from_micros(micros - micros.rem_euclid(HOUR))
}

/// When the last of the hours ends that begin before a moment.
pub(super) fn hours_end(at: Timestamp) -> Timestamp {
    let hour = hour_of(at);
    if hour == at { at } else { hour.checked_add(SignedDuration::from_hours(1)).unwrap_or(at) }
}

/// Whether a text is the beginning or the end of a period. Of a moment that clocks show twice the
/// period has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Since,
    Until,
}

/// A moment as the admin API takes it, or as clocks in `zone` show it. An end that is a day has that
/// day.
pub(super) fn moment(text: &str, edge: Edge, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Some(moment) = fields::moment(text) {
        return Ok(moment);
    }
    let civil = match text.len() {
        10 => Date::strptime("%Y-%m-%d", text).ok().and_then(|date| match edge {
            Edge::Since => Some(date.to_datetime(jiff::civil::Time::midnight())),
            Edge::Until => Some(date.tomorrow().ok()?.to_datetime(jiff::civil::Time::midnight())),
        }),
        16 => DateTime::strptime("%Y-%m-%dT%H:%M", text).ok(),
        19 => DateTime::strptime("%Y-%m-%dT%H:%M:%S", text).ok(),
        _ => None,
    };
    let ambiguous = civil.map(|civil| zone.to_ambiguous_timestamp(civil));
    let moment = ambiguous.and_then(|moment| match edge {
        Edge::Since => moment.earlier().ok(),
        Edge::Until => moment.later().ok(),
    });
    // The admin API takes no others.
    let moment = moment.filter(|at| fields::moment(&at.to_string()).is_some());
    moment.ok_or_else(|| "must be a date, or a date and time such as 2026-12-31T18:00".to_owned())
}

/// A moment as a field for one shows it.
pub(super) fn in_field(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    let form = if at.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    at.strftime(form).to_string()
}

impl Span {
    /// The end of a sentence about calls: ` in the last 7 days`.
    pub(super) fn words(self, period: Period, now: Timestamp, zone: &TimeZone) -> String {
        let exact = |at: Timestamp| {
            let at = at.to_zoned(zone.clone());
            at.strftime("%-d %B %Y, %H:%M").to_string()
        };
        match (period, self.since, self.until) {
            (Period::Today, ..) => " today".to_owned(),
            (Period::Week | Period::Month, ..) => format!(" in {}", period.words()),
            (Period::Hour, Some(since), _) => format!(" since {}", when::moment(since, now, zone)),
            (_, Some(since), Some(until)) => {
                format!(" from {} until {}", exact(since), exact(until))
            }
            (_, Some(since), None) => format!(" since {}", exact(since)),
            (_, None, Some(until)) => format!(" until {}", exact(until)),
            (_, None, None) => " in all".to_owned(),
        }
    }

    /// How far counts go beyond it, where it does not begin and end with an hour.
    pub(super) fn beyond(self, zone: &TimeZone) -> Option<String> {
        let words = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%-d %B, %H:%M").to_string();
        let since = self.since.filter(|at| hour_of(*at) != *at).map(hour_of);
        let until = self.until.filter(|at| hours_end(*at) != *at).map(hours_end);
        let span = match (since, until) {
            (None, None) => return None,
            (Some(since), None) => format!("since {}", words(since)),
            (None, Some(until)) => format!("until {}", words(until)),
            (Some(since), Some(until)) => format!("from {} until {}", words(since), words(until)),
        };
        Some(format!("Counted by whole hours: {span}. The list below is exact."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        when::zone(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_where_clocks_say() {
        // The morning after Berlin's clocks went forward.
        let now = at("2026-03-29T10:20:00Z");
        for (period, name, since) in [
            (Period::Hour, "Europe/Berlin", "2026-03-29T09:00:00Z"),
            (Period::Today, "Europe/Berlin", "2026-03-28T23:00:00Z"),
            // The same time of day, 167 hours before, and the beginning of that hour.
            (Period::Week, "Europe/Berlin", "2026-03-22T11:00:00Z"),
            (Period::Month, "UTC", "2026-02-27T10:00:00Z"),
            (Period::Today, "Asia/Kolkata", "2026-03-28T18:30:00Z"),
        ] {
            assert_eq!(period.since(now, &zone(name)), Some(at(since)), "{period:?} {name}");
        }
        assert_eq!(Period::Range.since(now, &TimeZone::UTC), None);
    }

    #[test]
    fn moments_are_read_as_clocks_show_them() {
        let berlin = zone("Europe/Berlin");
        for (text, edge, moment_) in [
            ("2026-01-01T12:00:00Z", Edge::Since, Some("2026-01-01T12:00:00Z")),
            ("2026-01-01T12:00", Edge::Since, Some("2026-01-01T11:00:00Z")),
            ("2026-01-01T12:00:07", Edge::Until, Some("2026-01-01T11:00:07Z")),
            ("2026-01-01", Edge::Since, Some("2025-12-31T23:00:00Z")),
            ("2026-01-01", Edge::Until, Some("2026-01-01T23:00:00Z")),
            // Shown twice: a period has both.
            ("2026-10-25T02:30", Edge::Since, Some("2026-10-25T00:30:00Z")),
            ("2026-10-25T02:30", Edge::Until, Some("2026-10-25T01:30:00Z")),
            ("yesterday", Edge::Since, None),
            ("0000-01-01", Edge::Since, None),
            ("9999-12-31", Edge::Until, None),
            ("", Edge::Since, None),
        ] {
            let expected = moment_.map(at);
            assert_eq!(moment(text, edge, &berlin).ok(), expected, "{text} {edge:?}");
        }
        assert_eq!(in_field(at("2026-01-01T11:00:07Z"), &berlin), "2026-01-01T12:00:07");
        assert_eq!(in_field(at("2026-07-01T10:00:00Z"), &berlin), "2026-07-01T12:00");
    }

    #[test]
    fn what_is_counted_beyond_a_period_is_said() {
        let kolkata = zone("Asia/Kolkata");
        let span = Span { since: Some(at("2026-03-28T18:30:00Z")), until: None };
        let words = span.beyond(&kolkata).unwrap();
        assert!(words.contains("since 28 March, 23:30"), "{words}");
        let span = Span { since: Some(at("2026-03-28T18:00:00Z")), until: None };
        assert_eq!(span.beyond(&kolkata), None);
        let both = Span { until: Some(at("2026-03-29T00:00:01Z")), ..span };
        let words = both.beyond(&TimeZone::UTC).unwrap();
        assert!(words.contains("until 29 March, 01:00"), "{words}");
    }
}
