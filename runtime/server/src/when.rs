//! How long something lasts, as people choose it, and moments in people's words.
//!
//! Nothing here asks what time it is: the present moment and the time zone are given. A time zone is
//! looked up in the system's database and, where that lacks it, in the one that this program brings
//! along.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase, TimeZoneName};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use crate::bound;
use crate::nearest::nearest;

/// How far ahead a Friday evening has to be to be meant by *Friday*.
const FRIDAY_AHEAD: SignedDuration = SignedDuration::from_hours(2);
/// What is left to say of a moment that no calendar holds.
const TOO_FAR: &str = "is too far away for a calendar";

/// Until when something shall last, as people choose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// `1h`: an hour from now.
    Hour,
    /// `today`: 23:59 of the day that it is.
    Today,
    /// `friday`: the next Friday at 18:00 that is at least two hours ahead.
    Friday,
    /// `30d`: thirty days from now, at the same time of day.
    ThirtyDays,
    /// `2026-12-31`: 23:59 of that day.
    Day(Date),
    /// `2026-12-31T18:00`: that moment, as clocks show it.
    Moment(DateTime),
    /// `never`: without an end.
    Never,
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Lengths are held because a calendar would also read years of other lengths, and an offset
        // it would leave out.
        let dated = || match text.len() {
            10 => Date::strptime("%Y-%m-%d", text).ok().map(Self::Day),
            16 => DateTime::strptime("%Y-%m-%dT%H:%M", text).ok().map(Self::Moment),
            19 => DateTime::strptime("%Y-%m-%dT%H:%M:%S", text).ok().map(Self::Moment),
            _ => None,
        };
        let chosen = match text {
            "1h" => Some(Self::Hour),
            "today" => Some(Self::Today),
            "friday" => Some(Self::Friday),
            "30d" => Some(Self::ThirtyDays),
            "never" => Some(Self::Never),
            _ => dated(),
        };
        chosen.ok_or_else(|| {
            format!(
                "`{}` is none of 1h, today, friday, 30d, never, a date such as 2026-12-31 or a moment such as 2026-12-31T18:00",
                bound::cut(text, bound::NAME)
            )
        })
    }
}

impl Until {
    /// The moment that is meant at `now` by someone whose clocks show `zone`; `None` when there is
    /// no end.
    ///
    /// A moment that clocks skip is the one that much later, and of one that they show twice it is
    /// the second. The end of a day is its last minute, whichever that is.
    ///
    /// # Errors
    /// What is wrong with the choice, in words: the moment is in the past or in no calendar.
    pub fn resolve(self, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
        let local = now.to_zoned(zone.clone());
        let moment = match self {
            Self::Never => return Ok(None),
            Self::Hour => now.checked_add(1.hour()),
            Self::Today => end_of(local.date(), zone),
            Self::Friday => friday(&local),
            Self::ThirtyDays => local.checked_add(30.days()).map(|moment| moment.timestamp()),
            Self::Day(date) => end_of(date, zone),
            Self::Moment(moment) => zone.to_ambiguous_timestamp(moment).later(),
        };
        let moment = moment.map_err(|_| TOO_FAR.to_owned())?;
        if moment > now {
            Ok(Some(moment))
        } else if self == Self::Today {
            Err("less than a minute is left of today: choose a later time".to_owned())
        } else {
            let (moment, now) = (exact(moment, zone), exact(now, zone));
            Err(format!("{moment} is in the past: it is {now}"))
        }
    }
}

/// 23:59 of a day. Clocks that go back show it twice: then the second time. Clocks that go forward
/// over it end the day before: then the last minute is that much earlier.
fn end_of(date: Date, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    let end = zone.to_ambiguous_timestamp(date.at(23, 59, 0, 0));
    if skipped(end.offset()) { end.earlier() } else { end.later() }
}

/// The next Friday at 18:00 that is far enough ahead. Zones have skipped a whole Friday: that one
/// does not count.
fn friday(local: &Zoned) -> Result<Timestamp, jiff::Error> {
    let earliest = local.timestamp().checked_add(FRIDAY_AHEAD)?;
    let mut date = local.date();
    if date.weekday() != Weekday::Friday {
        date = date.nth_weekday(1, Weekday::Friday)?;
    }
    loop {
        let evening = local.time_zone().to_ambiguous_timestamp(date.at(18, 0, 0, 0));
        let exists = !skipped(evening.offset());
        let evening = evening.later()?;
        if exists && evening >= earliest {
            return Ok(evening);
        }
        date = date.checked_add(1.week())?;
    }
}

fn skipped(offset: AmbiguousOffset) -> bool {
    matches!(offset, AmbiguousOffset::Gap { .. })
}

/// The time zone of an IANA name such as `Europe/Berlin`.
///
/// # Errors
/// That there is none of this name, with what is expected and the name that was probably meant.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    let bundled = TimeZoneDatabase::bundled();
    let found = jiff::tz::db().get(name).or_else(|_| bundled.get(name)).ok();
    // The database has a zone by the name of `Etc/Unknown`, which shows nobody's clocks.
    found.filter(|zone| !zone.is_unknown()).ok_or_else(|| {
        let known: Vec<_> = bundled.available().collect();
        let hint = nearest(name, known.iter().map(TimeZoneName::as_str))
            .map(|name| format!("; did you mean `{name}`?"));
        format!(
            "`{}` is no IANA name of a time zone such as Europe/Berlin or UTC{}",
            bound::cut(name, bound::NAME),
            hint.unwrap_or_default()
        )
    })
}

/// When something is, as people say it: `today, 17:30`, `tomorrow, 09:00`, `Friday, 18:00` within a
/// week, `29 December` within the year, `29 December 2027`.
pub fn moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = match days(&now, &at) {
        -1 => "yesterday, %H:%M",
        0 => "today, %H:%M",
        1 => "tomorrow, %H:%M",
        2..=6 => "%A, %H:%M",
        _ if at.year() == now.year() => "%-d %B",
        _ => "%-d %B %Y",
    };
    at.strftime(form).to_string()
}

/// A moment to the minute, with its zone: `Friday, 31 July 2026, 18:00 (Europe/Berlin)`.
pub fn exact(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    let name = zone.iana_name().map_or_else(|| at.offset().to_string(), str::to_owned);
    format!("{} ({name})", at.strftime("%A, %-d %B %Y, %H:%M"))
}

/// How long something still lasts: `in 41 minutes`, `in 3 hours`, `in 2 days`, and `ended` when it
/// does not. Days are those of the calendar, so that they agree with [`moment`].
pub fn remaining(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let seconds = at.duration_since(now).as_secs();
    let days = days(&now.to_zoned(zone.clone()), &at.to_zoned(zone.clone())).max(1);
    let months = (days * 12 + 182) / 365;
    match (seconds, days) {
        _ if at <= now => "ended".to_owned(),
        (..60, _) => "in less than a minute".to_owned(),
        (..3_600, _) => format!("in {}", counted(seconds / 60, "minute")),
        (..86_400, _) => format!("in {}", counted(seconds / 3_600, "hour")),
        (_, ..60) => format!("in {}", counted(days, "day")),
        _ if months < 24 => format!("in {}", counted(months, "month")),
        _ => format!("in {}", counted((days + 182) / 365, "year")),
    }
}

/// How long ago something was: `just now`, `2 min ago`, `3 h ago`, `yesterday`, `4 days ago`, then
/// the day. What another node's clock has ahead of ours is just now.
pub fn ago(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let seconds = now.duration_since(at).as_secs();
    let days = days(&at.to_zoned(zone.clone()), &now.to_zoned(zone.clone()));
    match (seconds, days) {
        (..60, _) => "just now".to_owned(),
        (..3_600, _) => format!("{} min ago", seconds / 60),
        (_, ..=0) => format!("{} h ago", seconds / 3_600),
        (_, 1) => "yesterday".to_owned(),
        (_, ..=6) => format!("{days} days ago"),
        _ => moment(at, now, zone),
    }
}

/// When something was last used: as [`ago`], or `never used`.
pub fn used(last: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> String {
    last.map_or_else(|| "never used".to_owned(), |at| ago(at, now, zone))
}

/// From one day of the calendar to another.
fn days(from: &Zoned, to: &Zoned) -> i64 {
    from.date().duration_until(to.date()).as_hours() / 24
}

fn counted(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests;
