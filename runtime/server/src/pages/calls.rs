//! Calls: what agents did, how it went, and how long it took.

mod asked;
mod bins;
mod chart;
mod headroom;
mod period;
mod rows;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::asked::{Asked, FAILED};
use self::bins::{HOURS, bins};
use self::chart::{Bars, Columns, Lines, sum};
pub(super) use self::period::Period;
use self::period::hour_of;
pub(super) use self::rows::{Row, rows};
use super::chrome::{Chrome, Section};
use super::exposure::{counted, number};
use super::failure::Failure;
use super::lists::Pager;
use super::session::SignedIn;
use super::{Answer, is_part, page};
use crate::admin::calls::statuses;
use crate::admin::export::Format;
use crate::app::App;
use crate::clock::from_micros;
use crate::provision::{Account, CallFilter, HourRow, PageKey, ToolRow};

/// How many calls a page lists: rows are high, and are read anew every other second.
const LISTED: usize = 25;
/// How many accounts are offered by name.
const ACCOUNTS: usize = 100;
/// How many tools are offered by name.
const TOOLS: usize = 400;

#[derive(Template)]
#[template(path = "calls.html")]
struct CallsPage {
    chrome: Chrome,
    view: View,
}

#[derive(Template)]
#[template(path = "calls_live.html")]
struct LivePart {
    chrome: Chrome,
    view: View,
    part: bool,
}

/// Calls as a page shows them.
#[derive(Debug)]
pub(super) struct View {
    /// The address, without its query.
    pub(super) path: String,
    /// The sentence at the top.
    pub(super) lead: String,
    /// Whose calls they are anyway.
    pub(super) account: Option<String>,
    pub(super) fields: Fields,
    /// What is said of the counts.
    pub(super) hint: Option<String>,
    pub(super) live: Live,
    pub(super) charts: Option<Charts>,
    pub(super) rows: Vec<Row>,
    pub(super) pager: Pager,
    /// The addresses of the files.
    pub(super) files: Option<[String; 2]>,
    pub(super) narrowed: bool,
}

/// Whether the page is refreshed while it is open.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Live {
    /// From this address; and where it stands still.
    Every(String, String),
    /// Not, but there.
    Still(String),
    Never,
}

#[derive(Debug, Hash)]
pub(super) struct Charts {
    /// How wide a column is, as the rest of a title.
    pub(super) by: String,
    pub(super) hours: Columns,
    pub(super) times: Lines,
    pub(super) tools: Bars,
    pub(super) failures: Bars,
    pub(super) headroom: Bars,
}

/// A field of the form.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) value: String,
    /// What is offered.
    pub(super) known: Vec<String>,
    pub(super) error: Option<String>,
}

#[derive(Debug)]
pub(super) struct Fields {
    pub(super) texts: Vec<Field>,
    pub(super) status: String,
    pub(super) statuses: Vec<(&'static str, String)>,
    pub(super) period: Period,
    pub(super) edges: Vec<Field>,
    errors: Vec<(&'static str, String)>,
    pub(super) strange: Vec<String>,
}

impl Fields {
    pub(super) fn error(&self, name: &str) -> Option<&String> {
        self.errors.iter().find(|(of, _)| *of == name).map(|(_, error)| error)
    }
}

/// `GET /calls`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let (asked, view) = view(&app, &signed_in, None, query.as_deref()).await?;
    if is_part(&headers) {
        return refreshed(&app, &signed_in, &asked, view, Section::Calls);
    }
    let chrome = Chrome::of(&app, &signed_in, Section::Calls);
    Ok(with_status(&asked, page(&CallsPage { chrome, view })?))
}

/// `GET /calls.csv`, `/calls.jsonl`.
pub(super) async fn csv(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    query: RawQuery,
) -> Answer {
    file(&app, &signed_in, None, query.0.as_deref(), Format::Csv).await
}

pub(super) async fn jsonl(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    query: RawQuery,
) -> Answer {
    file(&app, &signed_in, None, query.0.as_deref(), Format::Jsonl).await
}

/// All calls that an address asks for, as a file. One whose filter is wrong has none.
pub(super) async fn file(
    app: &App,
    signed_in: &SignedIn,
    account: Option<&Account>,
    query: Option<&str>,
    format: Format,
) -> Answer {
    let account = account.map(|account| account.id.as_str());
    let now = (app.provision.now(), &signed_in.zone);
    let asked = Asked::of(app, query, account, now).await?;
    if asked.is_wrong() {
        let words: Vec<_> = asked.faults.into_values().chain(asked.strange).collect();
        let title = "There is no file of these calls";
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, title, words.join(" ")));
    }
    Ok(crate::admin::calls::file(app, asked.filter, format).await?)
}

/// A page whose filter is wrong says so in its status too.
pub(super) fn with_status(asked: &Asked, page: Response) -> Response {
    if asked.is_wrong() { (StatusCode::UNPROCESSABLE_ENTITY, page).into_response() } else { page }
}

/// What has changed on a page that is open; nothing when it shows that already.
pub(super) fn refreshed(
    app: &App,
    signed_in: &SignedIn,
    asked: &Asked,
    view: View,
    section: Section,
) -> Answer {
    if asked.seen == view.mark() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let chrome = Chrome::of(app, signed_in, section);
    page(&LivePart { chrome, view, part: true })
}

impl View {
    /// What is shown, in short: the same for the same.
    fn mark(&self) -> String {
        let mut hasher = DefaultHasher::new();
        (&self.lead, &self.hint, &self.charts, &self.rows).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// What an address asks for, and the calls.
pub(super) async fn view(
    app: &App,
    signed_in: &SignedIn,
    account: Option<&Account>,
    query: Option<&str>,
) -> Result<(Asked, View), Failure> {
    let clock = (app.provision.now(), &signed_in.zone);
    let asked = Asked::of(app, query, account.map(|account| account.id.as_str()), clock).await?;
    let filter = CallFilter { before: asked.paged.after.clone(), ..asked.filter.clone() };
    let found = app.provision.calls(&filter, LISTED).await?;
    let (lead, charts) = counts(app, &asked, clock).await?;
    let path = match account {
        Some(account) => format!("/accounts/{}/calls", account.id),
        None => "/calls".to_owned(),
    };
    let rows = rows(app, found.items, clock.0, clock.1).await?;
    let base = app.base_path();
    let mut view = View {
        lead,
        account: account.map(|account| account.name.clone()),
        fields: fields(app, &asked, account).await?,
        hint: hint(&asked, clock.1),
        live: Live::Never,
        charts,
        rows,
        pager: pager(&asked, found.next.as_ref()),
        files: (!asked.is_wrong()).then(|| {
            ["csv", "jsonl"].map(|ending| format!("{base}{path}.{ending}{}", asked.query(&[])))
        }),
        narrowed: asked.is_narrowed(),
        path,
    };
    view.live = live(&asked, &view, base);
    Ok((asked, view))
}

fn live(asked: &Asked, view: &View, base: &str) -> Live {
    if asked.is_wrong() || asked.paged.after.is_some() {
        return Live::Never;
    }
    let address = |more: &[(&str, &str)]| format!("{base}{}{}", view.path, asked.query(more));
    if asked.still {
        Live::Still(address(&[]))
    } else {
        Live::Every(address(&[("seen", &view.mark())]), address(&[("live", "0")]))
    }
}

fn pager(asked: &Asked, next: Option<&PageKey>) -> Pager {
    asked.paged.pager(next, &asked.pairs())
}

fn hint(asked: &Asked, zone: &TimeZone) -> Option<String> {
    if asked.counts().is_none() {
        return Some(
            "Calls are counted by account, server, tool and status, but not by client: there are no charts of one client’s calls."
                .to_owned(),
        );
    }
    asked.span.beyond(zone)
}

/// The sentence at the top and the charts, from the counts by the hour.
async fn counts(
    app: &App,
    asked: &Asked,
    (now, zone): (Timestamp, &TimeZone),
) -> Result<(String, Option<Charts>), Failure> {
    let within = asked.span.words(asked.period, now, zone);
    let Some(filter) = asked.counts() else {
        return Ok((format!("The calls of one client{within}, the newest first."), None));
    };
    let hours = app.provision.calls_by_hour(&filter, HOURS).await?;
    let by_tool = app.provision.calls_by_tool(&filter).await?;
    let lead = lead(asked, &by_tool, &within);
    if hours.is_empty() {
        return Ok((lead, None));
    }
    let headroom = headroom::headroom(app, &asked.filter, (now, zone)).await?;
    Ok((lead, Some(charts(asked, &hours, &by_tool, headroom, (now, zone)))))
}

fn lead(asked: &Asked, counts: &[ToolRow], within: &str) -> String {
    let total = sum(counts, |_| true);
    let failed = sum(counts, |row| row.status != "ok");
    let calls = match total {
        0 => "No call".to_owned(),
        _ => counted(total, "call", "calls"),
    };
    if asked.filter.failed {
        return format!("{calls} failed{within}.");
    }
    if let Some(status) = &asked.filter.status {
        return format!("{calls}{within} with the status “{}”.", rows::status_words(status));
    }
    match (total, failed) {
        (0, _) => format!("{calls}{within}."),
        (_, 0) => format!("{calls}{within}, none failed."),
        _ => format!("{calls}{within}, {} failed.", number(failed)),
    }
}

fn charts(
    asked: &Asked,
    hours: &[HourRow],
    by_tool: &[ToolRow],
    headroom: Bars,
    (now, zone): (Timestamp, &TimeZone),
) -> Charts {
    // Another node's clock may be ahead of ours.
    let last = hours.last().map_or(now, |row| from_micros(row.hour));
    let until = asked.span.until.unwrap_or(now).min(now.max(last));
    let (bins, width) = bins(hours, asked.span.since.map(hour_of), until, zone);
    Charts {
        by: chart::by(width),
        hours: Columns::of(&bins, width, zone),
        times: Lines::of(&bins, width, zone),
        tools: Bars::of_tools(by_tool),
        failures: Bars::of_failures(by_tool),
        headroom,
    }
}

async fn fields(app: &App, asked: &Asked, account: Option<&Account>) -> Result<Fields, Failure> {
    let field = |name, label, hint, known| Field {
        name,
        label,
        hint,
        value: asked.typed(name).to_owned(),
        known,
        error: asked.faults.get(name).cloned(),
    };
    let mut texts = Vec::new();
    if account.is_none() {
        let accounts = app.provision.accounts(None, &PageKey::first(), ACCOUNTS).await?;
        let mut names: Vec<_> = accounts.items.into_iter().map(|account| account.name).collect();
        names.sort();
        names.dedup();
        texts.push(field("account", "Account", "Name or id", names));
    }
    let apis = app.provision.apis().iter();
    let apis = apis.filter(|api| account.is_none_or(|account| account.integration == api.slug));
    let tools = apis.flat_map(|api| api.tools).map(|tool| tool.name.to_owned()).take(TOOLS);
    texts.push(field("server", "MCP server", "Name or id", Vec::new()));
    texts.push(field("tool", "Tool", "Name", tools.collect()));
    texts.push(field("client", "Client", "Name", Vec::new()));
    let every = [("", "any".to_owned()), (FAILED, "anything but OK".to_owned())];
    let each = statuses().map(|status| (status, rows::status_words(status)));
    Ok(Fields {
        texts,
        status: asked.typed("status").to_owned(),
        statuses: every.into_iter().chain(each).collect(),
        period: asked.period,
        edges: vec![
            field("since", "From", "", Vec::new()),
            field("until", "Until", "", Vec::new()),
        ],
        errors: asked.faults.iter().map(|(name, error)| (*name, error.clone())).collect(),
        strange: asked.strange.clone(),
    })
}
