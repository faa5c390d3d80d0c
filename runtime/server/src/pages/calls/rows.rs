//! Calls in a list.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bins::time_words;
use crate::app::App;
use crate::call_log::OK;
use crate::clock::from_micros;
use crate::pages::exposure::{number, sentence};
use crate::provision::{CallRow, ProvisionError};
use crate::when;

/// A call.
#[derive(Debug, Hash)]
pub(in crate::pages) struct Row {
    /// When, short and exact.
    pub(in crate::pages) at: (String, String),
    pub(in crate::pages) tool: String,
    pub(in crate::pages) account: Named,
    pub(in crate::pages) server: Option<Named>,
    pub(in crate::pages) client: String,
    pub(in crate::pages) class: &'static str,
    pub(in crate::pages) status: String,
    pub(in crate::pages) answered: Option<i64>,
    pub(in crate::pages) time: String,
    pub(in crate::pages) upstream_time: Option<String>,
    pub(in crate::pages) bytes: Option<String>,
    pub(in crate::pages) request: Option<String>,
}

impl Row {
    /// The tool's name in the pieces that a line may end between.
    pub(in crate::pages) fn pieces(&self) -> impl Iterator<Item = &str> {
        self.tool.split_inclusive('_')
    }
}

/// Something by its name, and by its id where it is gone.
#[derive(Debug, Hash)]
pub(in crate::pages) struct Named {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: Option<String>,
}

/// Calls as a list shows them.
pub(in crate::pages) async fn rows(
    app: &App,
    calls: Vec<CallRow>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Vec<Row>, ProvisionError> {
    let accounts: BTreeSet<&str> = calls.iter().map(|call| call.account_id.as_str()).collect();
    let servers = calls.iter().filter_map(|call| call.server_id.as_deref()).collect();
    let names = app.provision.names_of(accounts, servers).await?;
    let thing = |id: String| Named { name: names.get(&id).cloned(), id };
    let row = |call: CallRow| {
        let at = from_micros(call.at);
        let version = call.client_version.map(|version| format!(" {version}")).unwrap_or_default();
        let client = call.client_name.map(|name| format!("{name}{version}"));
        Row {
            at: (short(at, now, zone), exact(at, zone)),
            tool: call.tool,
            account: thing(call.account_id),
            server: call.server_id.map(thing),
            client: client.unwrap_or_default(),
            class: class(&call.status),
            status: status_words(&call.status),
            answered: call.upstream_status,
            time: time_words(call.duration_us),
            upstream_time: call.upstream_us.map(time_words),
            bytes: call.bytes.and_then(|bytes| u64::try_from(bytes).ok()).map(size),
            request: call.request_id,
        }
    };
    Ok(calls.into_iter().map(row).collect())
}

/// The class of a status's tag.
fn class(status: &str) -> &'static str {
    match status {
        OK => "good",
        "unsettled" | "cancelled" => "",
        _ => "bad",
    }
}

/// A status as people read it.
pub(super) fn status_words(status: &str) -> String {
    if status == OK { "OK".to_owned() } else { sentence(status) }
}

/// When a call began, to the second.
fn short(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() {
        "%H:%M:%S"
    } else if at.year() == now.year() {
        "%-d %b, %H:%M:%S"
    } else {
        "%-d %b %Y, %H:%M:%S"
    };
    at.strftime(form).to_string()
}

fn exact(at: Timestamp, zone: &TimeZone) -> String {
    let seconds = at.to_zoned(zone.clone()).strftime(":%S%.3f").to_string();
    when::exact(at, zone).replacen(" (", &format!("{seconds} ("), 1)
}

/// A size for people.
fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", number(bytes.div_ceil(1_000))),
        _ => format!("{}.{} MB", number(bytes / 1_000_000), bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_to_the_second() {
        let zone = when::zone("Europe/Berlin").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-01-01T12:00:00Z");
        for (moment, words) in [
            ("2026-01-01T00:00:07Z", "01:00:07"),
            ("2026-01-02T00:00:07Z", "2 Jan, 01:00:07"),
            ("2025-12-31T22:59:59Z", "31 Dec 2025, 23:59:59"),
        ] {
            assert_eq!(short(at(moment), now, &zone), words);
        }
        assert_eq!(
            exact(at("2026-01-01T00:00:07.25Z"), &zone),
            "Thursday, 1 January 2026, 01:00:07.250 (Europe/Berlin)"
        );
        assert_eq!(
            (size(999), size(1_001), size(2_560_000)),
            ("999 bytes".into(), "2 kB".into(), "2.5 MB".into())
        );
    }
}
