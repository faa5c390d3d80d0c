//! `/health`: how this node is, what it is set to, and where that comes from.

use std::sync::Arc;
use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use http::HeaderMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::chrome::{Chrome, Section};
use super::exposure::{counted, number};
use super::form::Form;
use super::session::SignedIn;
use super::{Answer, is_part, page};
use crate::app::{App, Job};
use crate::config::InForce;
use crate::when;

/// How often the page looks again before it waits to be asked: half an hour, so that a page that was
/// forgotten keeps nobody signed in.
const LOOKS: u32 = 360;
/// How many hosts are named.
const HOSTS: usize = 20;
/// From when on a queue counts as full: calls are refused soon.
const FULL: usize = 80;

#[derive(Template)]
#[template(path = "health.html")]
struct HealthPage<'a> {
    chrome: Chrome,
    live: Live,
    base: String,
    node: Vec<(&'static str, String)>,
    settings: &'a [InForce],
}

#[derive(Template)]
#[template(path = "health_live.html")]
struct LivePart {
    base: String,
    live: Live,
}

/// What changes by itself.
struct Live {
    /// Which look this is; `None` when it was the last.
    next: Option<u32>,
    at: String,
    wrong: Vec<String>,
    facts: Vec<(&'static str, String)>,
    jobs: Vec<JobRow>,
    hosts: Vec<HostRow>,
    more_hosts: usize,
}

/// Work beside requests, and how it went last.
struct JobRow {
    title: &'static str,
    every: &'static str,
    ran: Option<(String, String)>,
    ok: bool,
    words: String,
}

/// A host that does not answer.
struct HostRow {
    host: String,
    reason: &'static str,
    since: (String, String),
    next: String,
}

/// `GET /health`: the page, or for the script what changes by itself.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let look = Form::of_query(query.as_deref()).text("look").parse().unwrap_or(0_u32);
    let live = live(&app, &signed_in.zone, look).await?;
    let base = app.base_path().to_owned();
    if is_part(&headers) {
        return page(&LivePart { base, live });
    }
    page(&HealthPage {
        chrome: Chrome::of(&app, &signed_in, Section::Health),
        live,
        base,
        node: node(&app, &signed_in.zone),
        settings: &app.in_force,
    })
}

/// What this node is.
fn node(app: &App, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let build = if cfg!(debug_assertions) { "for development" } else { "for production" };
    let sandbox = if cfg!(feature = "sandbox") { "with" } else { "without" };
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    let apis = app.provision.apis().iter().map(|api| api.title).collect::<Vec<_>>();
    vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Build", format!("{build}, {sandbox} the sandbox, {system} {machine}")),
        ("APIs on board", apis.join(", ")),
        ("This node", app.provision.node().to_owned()),
        ("Started", when::exact(app.started, zone)),
        ("Clients reach it at", app.public_url.clone()),
    ]
}

async fn live(app: &App, zone: &TimeZone, look: u32) -> Result<Live, super::Failure> {
    let now = app.provision.now();
    let begun = Instant::now();
    let database = app.provision.database().await?;
    let took = begun.elapsed();
    let otherwise = app.provision.sealed_otherwise().await.map_err(crate::admin::Problem::from)?;
    let (waiting, most) = app.calls.waiting();
    let keys = app.provision.keys();
    let jobs: Vec<JobRow> = Job::ALL
        .into_iter()
        .filter(|job| *job != Job::Listen || app.provision.is_shared())
        .map(|job| job_row(app, job, now, zone))
        .collect();
    let mute = app.upstream.mute_hosts();
    let hosts: Vec<HostRow> = mute
        .iter()
        .take(HOSTS)
        .map(|mute| HostRow {
            host: mute.host.clone(),
            reason: mute.reason,
            since: (when::ago(mute.since, now, zone), when::exact(mute.since, zone)),
            next: mute.next.map_or_else(
                || "one call tries now".to_owned(),
                |next| match next.as_secs() {
                    0 if next.is_zero() => "by the next call".to_owned(),
                    seconds => format!("in {} s", seconds + 1),
                },
            ),
        })
        .collect();
    let mut wrong = Vec::new();
    if let Some(trouble) = keys.trouble() {
        wrong.push(format!("The master key's file {trouble}: the next start would be refused."));
    }
    if waiting * 100 >= most * FULL {
        wrong.push("The call log is nearly full: its database takes too little at the moment, and calls will be refused.".to_owned());
    }
    let failed = jobs.iter().filter(|job| !job.ok);
    wrong.extend(failed.map(|job| format!("“{}” did not work: {}.", job.title, job.words)));
    if !mute.is_empty() {
        let hosts = counted(mute.len(), "host does", "hosts do");
        wrong
            .push(format!("{hosts} not answer: while one is not asked, calls there fail at once."));
    }
    let kind = if app.provision.is_shared() { "PostgreSQL" } else { "SQLite" };
    let under_others = match otherwise {
        0 => "nothing is sealed under another key".to_owned(),
        count => format!(
            "{} under other keys, being sealed anew",
            counted(count, "value is", "values are")
        ),
    };
    let facts = vec![
        ("Database", format!("{kind}, answers in {}", millis(took))),
        ("Its size", bytes(database.size)),
        ("Its schema", format!("version {}", database.schema)),
        ("Master key", format!("{}; {under_others}", keys.first_id())),
        (
            "Call log",
            format!(
                "{} of {} entries wait to be written",
                number(waiting as u64),
                number(most as u64)
            ),
        ),
        ("Open streams", number(app.streams.count() as u64)),
    ];
    Ok(Live {
        next: (look < LOOKS).then(|| look + 1),
        at: now.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string(),
        wrong,
        facts,
        jobs,
        more_hosts: mute.len().saturating_sub(hosts.len()),
        hosts,
    })
}

fn job_row(app: &App, job: Job, now: Timestamp, zone: &TimeZone) -> JobRow {
    let (title, every) = match job {
        Job::Sweep => ("Remove what has expired", "every 30 s"),
        Job::Retention => ("Remove old log entries and counts", "every 30 s"),
        Job::Reseal => ("Seal anew what is under an old master key", "every minute"),
        Job::Settle => ("Settle calls whose node ended", "at the start"),
        Job::Listen => ("Hear of changes on other nodes", "all the time"),
    };
    let run = app.jobs.last(job);
    let ran = run.as_ref().map(|run| (when::ago(run.at, now, zone), when::exact(run.at, zone)));
    let (ok, words) = match run.map(|run| run.outcome) {
        None => (true, "not run yet".to_owned()),
        Some(Ok(words)) => (true, words),
        Some(Err(words)) => (false, words),
    };
    JobRow { title, every, ran, ok, words }
}

/// A short time for people.
fn millis(time: Duration) -> String {
    match time.as_millis() {
        0 => "less than 1 ms".to_owned(),
        millis => format!("{millis} ms"),
    }
}

/// A size for people.
fn bytes(size: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = UNITS.into_iter().find(|(unit, _)| size >= *unit);
    unit.map_or_else(
        || format!("{size} bytes"),
        |(unit, name)| format!("{}.{} {name}", number(size / unit), size % unit * 10 / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_units() {
        for (size, told) in [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1_536, "1.5 KiB"),
            (123_456_789, "117.7 MiB"),
            (5 << 40, "5,120.0 GiB"),
        ] {
            assert_eq!(bytes(size), told);
        }
    }
}
