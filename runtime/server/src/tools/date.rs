//! Dates as people write them, in the form vendors want (RFC 3339).

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, fmt::rfc2822};

/// The schema format that a text must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `format: date`.
    Date,
    /// `format: date-time`.
    DateTime,
}

impl Form {
    /// The form that a schema's `format` asks for.
    pub(crate) fn of(format: &str) -> Option<Self> {
        match format {
            "date" => Some(Self::Date),
            "date-time" => Some(Self::DateTime),
            _ => None,
        }
    }

    /// What is expected, and what is wrong with what was given.
    pub(crate) fn example(self, problem: &str) -> String {
        match self {
            Self::Date => format!("a date like 2026-01-31{problem}"),
            Self::DateTime => format!("a date-time like 2026-01-31T09:30:00Z{problem}"),
        }
    }
}

/// The longest text that is looked at, in bytes: RFC 9557 with a zone's name is the longest way to
/// write a moment.
const LONGEST: usize = 100;

/// Spellings beyond ISO 8601 that can mean one day only.
const SPELLINGS: [&str; 10] = [
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d.%m.%Y",
];

/// `text` in the form asked for.
///
/// # Errors
/// What to write instead, when `text` is no date or could mean two days.
pub(crate) fn normalise(text: &str, form: Form) -> Result<String, String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(form.example(""));
    }
    if let Some(written) = exact(text, form).or_else(|| exact(&padded(text)?, form)) {
        return Ok(written);
    }
    let day = spelled(text).map_err(|problem| form.example(&problem))?;
    Ok(match form {
        Form::Date => day.to_string(),
        Form::DateTime => format!("{day}T00:00:00Z"),
    })
}

/// ISO 8601 and RFC 2822.
fn exact(text: &str, form: Form) -> Option<String> {
    let iso =
        |text: &str| text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    match form {
        Form::Date if text.len() == 10 && iso(text) => {
            text.parse::<Date>().ok().map(|day| day.to_string())
        }
        Form::Date if iso(text) => {
            let written = || text.parse::<DateTime>().map(jiff::civil::DateTime::date);
            let zoned = || {
                (text.parse::<Timestamp>().is_ok() || is_late(text))
                    .then(|| text.get(..10)?.parse::<Date>().ok())
                    .flatten()
            };
            written().ok().or_else(zoned).map(|day| day.to_string())
        }
        Form::Date => rfc2822::DateTimeParser::new()
            .parse_zoned(text)
            .ok()
            .map(|moment| moment.date().to_string()),
        Form::DateTime if text.len() == 10 && iso(text) => {
            text.parse::<Date>().ok().map(|day| format!("{day}T00:00:00Z"))
        }
        Form::DateTime => match text.parse::<Timestamp>() {
            Ok(_) if rfc3339(text) => Some(text.to_owned()),
            Err(_) if is_late(text) => Some(text.to_owned()),
            Ok(moment) => Some(moment.to_string()),
            Err(_) if iso(text) => text.parse::<DateTime>().ok().map(|moment| format!("{moment}Z")),
            Err(_) => rfc2822::DateTimeParser::new()
                .parse_timestamp(text)
                .ok()
                .map(|moment| moment.to_string()),
        },
    }
}

/// `2026-1-5T…` and `20260105` as `2026-01-05T…`.
fn padded(text: &str) -> Option<String> {
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if digits(text, 8, 8) {
        return Some(format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..)?));
    }
    let (day, time) = text.split_at_checked(text.find(['T', ' ']).unwrap_or(text.len()))?;
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    (digits(year, 4, 4) && digits(month, 1, 2) && digits(day, 1, 2))
        .then(|| format!("{year}-{month:0>2}-{day:0>2}{time}"))
}

/// Whether a text that is a moment is already written as RFC 3339 has it.
fn rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let zone = bytes.last() == Some(&b'Z')
        || (bytes.len() > 6
            && matches!(bytes[bytes.len() - 6], b'+' | b'-')
            && bytes[bytes.len() - 3] == b':');
    bytes.len() >= 20 && bytes[10] == b'T' && bytes[16] == b':' && zone
}

/// Whether a text is a moment in the last days of the year 9999, which stands for *never*: in other
/// time zones they lie beyond what clocks hold.
fn is_late(text: &str) -> bool {
    let local = || {
        let (local, zone) = text.split_at_checked(text.find('Z').unwrap_or(text.len() - 6))?;
        let offset = zone.get(1..).and_then(|offset| offset.split_once(':'));
        let is_offset = offset.is_some_and(|(hours, minutes)| {
            let within = |part: &str, most: u8| part.parse().is_ok_and(|part: u8| part <= most);
            within(hours, 23) && within(minutes, 59)
        });
        (zone == "Z" || is_offset).then(|| local.parse::<DateTime>().ok()).flatten()
    };
    text.is_ascii() && text.starts_with("9999-12-3") && rfc3339(text) && local().is_some()
}

fn spelled(text: &str) -> Result<Date, String> {
    if let Some(day) = SPELLINGS.iter().find_map(|spelling| Date::strptime(spelling, text).ok()) {
        return Ok(day);
    }
    let parts: Vec<i16> = text.split('/').map_while(|part| part.parse().ok()).collect();
    match parts[..] {
        [first, second, year] if text.matches('/').count() == 2 && year >= 1000 => {
            let (month, day) = if first > 12 { (second, first) } else { (first, second) };
            if first <= 12 && second <= 12 && first != second {
                return Err(format!("; {text} could mean two days"));
            }
            let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
                return Err(String::new());
            };
            Date::new(year, month, day).map_err(|_| String::new())
        }
        _ => Err(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_iso() {
        for (given, wanted) in [
            ("2026-01-31", "2026-01-31"),
            ("2026-01-31T10:00:00Z", "2026-01-31"),
            ("2026/01/31", "2026-01-31"),
            ("31 January 2026", "2026-01-31"),
            ("Jan 31, 2026", "2026-01-31"),
            ("January 31 2026", "2026-01-31"),
            ("31/01/2026", "2026-01-31"),
            ("01/31/2026", "2026-01-31"),
            ("31.01.2026", "2026-01-31"),
            ("2026-1-31", "2026-01-31"),
            ("20260131", "2026-01-31"),
            ("9999-12-31", "9999-12-31"),
            ("31 December 9999", "9999-12-31"),
            ("9999-12-31T23:59:59Z", "9999-12-31"),
        ] {
            assert_eq!(normalise(given, Form::Date).as_deref(), Ok(wanted), "{given}");
        }
    }

    #[test]
    fn moments_become_iso_and_good_ones_are_left_alone() {
        for (given, wanted) in [
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00.120+02:00", "2026-01-31T10:00:00.120+02:00"),
            ("2026-01-31T10:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("Jan 31, 2026", "2026-01-31T00:00:00Z"),
            ("2026-1-31", "2026-01-31T00:00:00Z"),
            ("2026-1-5T10:00:00Z", "2026-01-05T10:00:00Z"),
            ("2026-1-5 10:00", "2026-01-05T10:00:00Z"),
            ("Sat, 31 Jan 2026 10:00:00 +0000", "2026-01-31T10:00:00Z"),
            ("9999-12-31", "9999-12-31T00:00:00Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59-08:00"),
        ] {
            assert_eq!(normalise(given, Form::DateTime).as_deref(), Ok(wanted), "{given}");
        }
    }

    #[test]
    fn no_date_and_no_single_day_are_refused() {
        for given in [
            "soon",
            "",
            "2026-02-30",
            "2026-2-30",
            "2026-1",
            "2026-1-2-3",
            "20260230",
            "13/13/2026",
            "2026",
            "éééééééééé",
            "9999-12-31T25:00:00Z",
            "9999-12-32T00:00:00Z",
            "9999-12-31T23:59:59+99:00",
        ] {
            assert!(normalise(given, Form::Date).is_err(), "{given}");
        }
        assert!(normalise("03/04/2026", Form::Date).unwrap_err().contains("could mean two days"));
    }
}
