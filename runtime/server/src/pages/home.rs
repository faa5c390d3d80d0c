//! Home: who can reach us right now, and what needs attention.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use jiff::{SignedDuration, Timestamp};

use super::chrome::{Chrome, Section};
use super::exposure::{Exposure, Reach, counted, number};
use super::failure::Failure;
use super::form::Form;
use super::lists::{Paged, Pager};
use super::session::SignedIn;
use super::{Answer, page};
use crate::app::App;
use crate::call::FailureKind;
use crate::call_log::OK;
use crate::provision::{HeldServer, PageKey, ServerAuth, ServerFilter, Status};
use crate::when;

/// How soon an end needs attention.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);
/// After what time a server that nobody uses needs attention.
const UNUSED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many servers are looked at for what only their tools tell.
const LOOKED_AT: usize = 200;
/// How many things of one kind have a notice of their own.
const NAMED: usize = 3;
/// How many accounts are looked at.
const ACCOUNTS: usize = 1_000;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    chrome: Chrome,
    summary: String,
    notices: Vec<Notice>,
    servers: Vec<Row>,
    pager: Pager,
    words: String,
    show: Show,
    /// Whether there is anything at all.
    accounts: u64,
    any: bool,
    sandbox: bool,
}

/// Something that needs attention, and what to do about it.
struct Notice {
    subject: String,
    words: String,
    action: &'static str,
    target: String,
}

/// A server in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) account_name: String,
    pub(super) owner: Option<String>,
    pub(super) reach: Reach,
    pub(super) paused: bool,
    pub(super) tools: String,
    pub(super) tokens: String,
    pub(super) client: Option<String>,
    pub(super) used: String,
    pub(super) ends: Option<(String, String)>,
}

/// Which servers are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Ending,
    Unused,
    Forever,
    Paused,
}

impl Show {
    const ALL: [Self; 5] = [Self::All, Self::Ending, Self::Unused, Self::Forever, Self::Paused];

    fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.key() == word).unwrap_or(Self::All)
    }

    fn key(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Ending => "ending",
            Self::Unused => "unused",
            Self::Forever => "forever",
            Self::Paused => "paused",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Ending => "ending within 7 days",
            Self::Unused => "unused for 30 days",
            Self::Forever => "without an end",
            Self::Paused => "paused",
        }
    }

    fn filter(self, now: Timestamp) -> ServerFilter {
        let moment = |moment: Result<Timestamp, _>| moment.ok().map(Timestamp::as_microsecond);
        match self {
            Self::All => ServerFilter::default(),
            Self::Ending => {
                ServerFilter { ends_before: moment(now.checked_add(SOON)), ..Default::default() }
            }
            Self::Unused => {
                ServerFilter { unused_since: moment(now.checked_sub(UNUSED)), ..Default::default() }
            }
            Self::Forever => ServerFilter { forever: true, ..Default::default() },
            Self::Paused => ServerFilter { paused: Some(true), ..Default::default() },
        }
    }
}

/// `GET /`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let (words, show) = (form.words(), Show::of(form.text("show")));
    let now = app.provision.now();
    let paged = Paged::of(&form);
    let filter = ServerFilter {
        words: (!words.is_empty()).then(|| words.clone()),
        before: paged.after.clone(),
        ..show.filter(now)
    };
    let found = app.provision.held_servers(&filter, Paged::LIMIT).await?;
    let accounts = app.provision.count_accounts().await?;
    let live = app.provision.count_held_servers(&ServerFilter::default()).await?;
    let midnight = now.to_zoned(signed_in.zone.clone()).start_of_day();
    let since = midnight.map_or(now, |at| at.timestamp());
    let today = app.provision.calls_by_status(since).await?;
    let count = |such: fn(&str) -> bool| counting(&today, such);
    let failed = count(|status| status != OK);
    page(&HomePage {
        chrome: Chrome::of(&app, &signed_in, Section::Home),
        summary: format!(
            "{} over {}. {} today{}.",
            counted(live, "MCP server", "MCP servers"),
            counted(accounts, "account", "accounts"),
            counted(count(|_| true), "call", "calls"),
            if failed == 0 { String::new() } else { format!(", {} failed", number(failed)) }
        ),
        notices: notices(&app, &signed_in, now).await?,
        servers: found.items.iter().map(|held| row(&app, &signed_in, held, now)).collect(),
        pager: paged.pager(found.next.as_ref(), &[("q", &words), ("show", show.key())]),
        words,
        show,
        accounts,
        any: live > 0,
        sandbox: app.provision.has_sandbox(),
    })
}

/// How many calls have such a status.
fn counting(calls: &[(String, u64)], such: impl Fn(&str) -> bool) -> u64 {
    calls.iter().filter(|(status, _)| such(status)).map(|(_, count)| count).sum()
}

pub(super) fn row(app: &App, signed_in: &SignedIn, held: &HeldServer, now: Timestamp) -> Row {
    let server = &held.server;
    let exposure = Exposure::of_server(app, &held.integration, server);
    let zone = &signed_in.zone;
    let client = server.last_client.as_ref().map(|client| client.name.clone());
    Row {
        id: server.id.to_string(),
        name: server.name.clone(),
        account: server.account.to_string(),
        account_name: held.account_name.clone(),
        owner: server.owner.clone(),
        reach: exposure.reach,
        paused: server.paused,
        tools: number(exposure.tools as u64),
        tokens: counted(exposure.tokens, "token", "tokens"),
        client,
        used: when::used(server.last_used_at, now, zone),
        ends: server
            .expires_at
            .map(|at| (when::moment(at, now, zone), when::remaining(at, now, zone))),
    }
}

/// What needs attention, most urgent first.
async fn notices(app: &App, signed_in: &SignedIn, now: Timestamp) -> Result<Vec<Notice>, Failure> {
    let mut notices = of_accounts(app).await?;
    let zone = &signed_in.zone;
    for show in [Show::Ending, Show::Unused] {
        let found = app.provision.held_servers(&show.filter(now), NAMED).await?;
        if found.next.is_some() {
            let count = app.provision.count_held_servers(&show.filter(now)).await?;
            notices.push(Notice {
                subject: counted(count, "MCP server", "MCP servers"),
                words: match show {
                    Show::Ending => " end within 7 days.".to_owned(),
                    _ => " were not used for 30 days.".to_owned(),
                },
                action: "Show them",
                target: format!("/?show={}", show.key()),
            });
            continue;
        }
        for held in found.items {
            let server = &held.server;
            let (words, action) = match (show, server.expires_at) {
                (Show::Ending, Some(at)) => {
                    let (at, left) = (when::moment(at, now, zone), when::remaining(at, now, zone));
                    (format!(" ends {at} ({left})."), "Extend")
                }
                _ => (" was not used for 30 days.".to_owned(), "Revoke or keep"),
            };
            let mut notice = of_server(&held, words, action);
            if show == Show::Unused {
                notice.target = format!("/mcp-servers/{}", server.id);
            }
            notices.push(notice);
        }
    }
    notices.extend(without_end(app, now).await?);
    let hour = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now);
    let lately = app.provision.calls_by_status(hour).await?;
    let limited = counting(&lately, |status| status == FailureKind::RateLimited.as_str());
    if limited > 0 {
        let calls = counted(limited, "call", "calls");
        notices.push(Notice {
            subject: calls,
            words: " met a vendor's rate limit within the last hour or two.".to_owned(),
            action: "See how it recovers",
            target: "/calls?status=rate_limited&period=hour".to_owned(),
        });
    }
    notices.extend(errors(&lately));
    Ok(notices)
}

/// Calls that failed lately, but for those that met a limit and those that were not asked for
/// rightly: agents mend those themselves.
fn errors(lately: &[(String, u64)]) -> Option<Notice> {
    let mend = [OK, "cancelled", "rate_limited", "invalid_arguments"];
    let failed: Vec<_> =
        lately.iter().filter(|(status, _)| !mend.contains(&status.as_str())).collect();
    let (most, _) = failed.iter().max_by_key(|(_, calls)| *calls)?;
    let total: u64 = failed.iter().map(|(_, calls)| calls).sum();
    let kind = most.replace('_', " ");
    let (words, status) = match failed.len() {
        1 => (format!(" failed within the last hour or two: {kind}."), most.as_str()),
        _ => (format!(" failed within the last hour or two, most of them: {kind}."), "failed"),
    };
    Some(Notice {
        subject: counted(total, "call", "calls"),
        words,
        action: "See which",
        target: format!("/calls?status={status}&period=hour"),
    })
}

async fn of_accounts(app: &App) -> Result<Vec<Notice>, Failure> {
    let accounts = app.provision.accounts(None, &PageKey::first(), ACCOUNTS).await?;
    let wanting = accounts.items.into_iter().filter_map(|account| {
        let words = match (&account.attention, account.status) {
            (Some(why), _) => format!(": {why}."),
            (None, Status::NeedsReauth) => {
                " must be connected again: the vendor no longer accepts its grant.".to_owned()
            }
            _ => return None,
        };
        let target = format!("/accounts/{}", account.id);
        Some(Notice { subject: account.name, words, action: "Reconnect", target })
    });
    Ok(wanting.take(10).collect())
}

/// Servers that may change something, never end, and ask for nothing but their URL.
async fn without_end(app: &App, now: Timestamp) -> Result<Vec<Notice>, Failure> {
    let filter = ServerFilter { paused: Some(false), ..Show::Forever.filter(now) };
    let found = app.provision.held_servers(&filter, LOOKED_AT).await?;
    let mut notices: Vec<Notice> = found
        .items
        .iter()
        .filter(|held| ServerAuth::of_config(&held.server.config) == ServerAuth::Url)
        .filter_map(|held| {
            let reach = Exposure::of_server(app, &held.integration, &held.server).reach;
            let can = match reach {
                Reach::Deletes => "can delete",
                Reach::Writes => "can write",
                Reach::Reads | Reach::Nothing => return None,
            };
            Some(of_server(
                held,
                format!(" {can}, never ends, and its URL is all it takes."),
                "Set an end",
            ))
        })
        .collect();
    if notices.len() > NAMED {
        let count = counted(notices.len(), "MCP server", "MCP servers");
        let more = if found.next.is_some() { "At least " } else { "" };
        notices = vec![Notice {
            subject: format!("{more}{count}"),
            words: " can change something, never end, and take nothing but their URL.".to_owned(),
            action: "Show them",
            target: format!("/?show={}", Show::Forever.key()),
        }];
    }
    Ok(notices)
}

fn of_server(held: &HeldServer, words: String, action: &'static str) -> Notice {
    let target = format!("/mcp-servers/{}/change", held.server.id);
    Notice { subject: held.server.name.clone(), words, action, target }
}
