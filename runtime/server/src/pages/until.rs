//! Until when something shall last, as forms ask it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::create::Chip;
use crate::when::{self, Until};

/// The choices, with the one that is made.
#[derive(Debug)]
pub(super) struct UntilChoice {
    pub(super) chips: Vec<Chip>,
    /// What was typed for the choice of a date.
    pub(super) date: String,
    /// Whose clocks are meant.
    pub(super) zone: String,
    pub(super) fault: Option<String>,
}

impl UntilChoice {
    pub(super) fn of(
        chosen: &str,
        date: &str,
        fault: Option<String>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Self {
        let all = [
            ("1h", "1 hour".to_owned()),
            ("today", "today".to_owned()),
            ("friday", words("friday", now, zone)),
            ("30d", "30 days".to_owned()),
            ("date", "a date".to_owned()),
            ("never", "never".to_owned()),
        ];
        let chips = all.into_iter().map(|(key, title)| Chip {
            key: key.to_owned(),
            title,
            chosen: key == chosen,
        });
        Self {
            chips: chips.collect(),
            date: date.to_owned(),
            zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            fault,
        }
    }
}

/// The moment that a choice means; `None` when there is no end.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(super) fn end(
    chosen: &str,
    date: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, String> {
    let text = if chosen == "date" { date } else { chosen };
    if text.is_empty() {
        return Err("Choose a day, or another end.".to_owned());
    }
    let moment = text.parse::<Until>().and_then(|until| until.resolve(now, zone));
    moment.map_err(|why| format!("This end {why}."))
}

/// What a choice comes to now, in a few words: `Friday, 18:00`.
fn words(choice: &str, now: Timestamp, zone: &TimeZone) -> String {
    let moment = choice.parse::<Until>().and_then(|until| until.resolve(now, zone));
    match moment {
        Ok(Some(at)) => when::moment(at, now, zone),
        _ => choice.to_owned(),
    }
}
