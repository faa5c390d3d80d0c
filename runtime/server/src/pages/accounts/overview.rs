//! `/accounts/{id}`: how an account stands, and a test of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use http::HeaderMap;

use super::credentials::kind_title;
use super::head::{BROWSER, Head, Standing, Tab, lead, servers, title};
use super::{Of, open};
use crate::admin::tools::{NO_PROBE, Probe, probe};
use crate::app::App;
use crate::bound;
use crate::call_log::OK;
use crate::directory::OpenAccount;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::exposure::counted;
use crate::pages::form::Form;
use crate::pages::inputs::capital;
use crate::pages::session::SignedIn;
use crate::pages::{Answer, page};
use crate::provision::{Account, Status};
use crate::when;

/// How much of a vendor's answer is shown, in bytes.
const EXCERPT: usize = 4_000;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    chrome: Chrome,
    head: Head,
    notice: Option<String>,
    standing: Standing,
    title: String,
    facts: Vec<(&'static str, String)>,
    /// Whether a person goes to the vendor to connect it.
    browser: bool,
    sandbox: bool,
    tested: Option<Tested>,
    /// How many end with it.
    servers: Option<String>,
}

/// What came of a test.
struct Tested {
    ok: bool,
    words: String,
    asked: String,
    came: String,
    body: String,
}

/// `GET /accounts/{id}`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Form::of_query(query.as_deref());
    let title = title(&app, &account);
    let waits = account.status == Status::NeedsReauth;
    let notices = [
        (
            query.has("made") && !waits,
            "The account is stored. Test it, or let agents in by an MCP server.".to_owned(),
        ),
        (
            query.has("made") && waits,
            format!("The account is stored. Now sign in at {title}, so that it lets us in."),
        ),
        (query.has("connected") && !waits, format!("{title} let us in. The account is connected.")),
        (query.has("changed"), "The change is stored.".to_owned()),
    ];
    let notice = notices.into_iter().find(|(is_so, _)| *is_so).map(|(_, words)| words);
    shown(&app, &signed_in, &account, notice, None).await
}

/// `POST /accounts/{id}/test`: asks the vendor for as little as can be.
pub(in crate::pages) async fn test(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    headers: HeaderMap,
    _: Form,
) -> Answer {
    let opened = open(&app, &account).await?;
    let probe = probe(&app, &opened, &signed_in.caller, &headers).await?;
    // What the vendor said may have changed how the account stands.
    let account = app.provision.account(&account.id).await?;
    let tested = match probe {
        Some(probe) => tested(&opened, &probe),
        None => Tested {
            ok: false,
            words: format!("{}.", capital(NO_PROBE)),
            asked: "nothing".to_owned(),
            came: "nothing".to_owned(),
            body: String::new(),
        },
    };
    shown(&app, &signed_in, &account, None, Some(tested)).await
}

fn tested(account: &OpenAccount, probe: &Probe) -> Tested {
    let (outcome, operation) = (&probe.outcome, probe.tool.operation);
    let host = account.origin.as_ref().map(|origin| origin.as_str().to_owned());
    let took = outcome.upstream_time.map(|time| format!(" after {} ms", time.as_millis()));
    let came = match outcome.upstream_status {
        Some(status) => format!("{status}{}", took.unwrap_or_default()),
        None => "no answer".to_owned(),
    };
    Tested {
        ok: probe.ok(),
        words: if probe.ok() && outcome.failure.is_none() {
            "The credentials work.".to_owned()
        } else {
            format!("{}.", capital(probe.detail().trim_end_matches('.')))
        },
        asked: format!(
            "{} {}{} (the tool {})",
            operation.method,
            host.unwrap_or_default(),
            operation.path,
            probe.tool.name
        ),
        came,
        body: bound::cut(outcome.json(), EXCERPT).into_owned(),
    }
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    account: &Account,
    notice: Option<String>,
    tested: Option<Tested>,
) -> Answer {
    let count = servers(app, account).await?;
    // What a test brought is counted a moment later.
    let answered = tested.as_ref().is_some_and(|tested| tested.ok)
        || !app.provision.called(&[account.id.to_string()], OK).await?.is_empty();
    let title = title(app, account).to_owned();
    let servers = (count > 0).then(|| counted(count, "MCP server", "MCP servers"));
    let lead = lead(count, &title);
    page(&AccountPage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        head: Head::of(account, Tab::Overview, lead),
        notice,
        standing: Standing::of(app, account, answered),
        facts: facts(app, signed_in, account),
        browser: account.credentials_type == BROWSER && account.attention.is_none(),
        sandbox: account.status == Status::Sandbox,
        title,
        tested,
        servers,
    })
}

/// What is known of an account, but for its secrets.
fn facts(app: &App, signed_in: &SignedIn, account: &Account) -> Vec<(&'static str, String)> {
    let api = app.provision.api(&account.integration);
    let origin = api.and_then(|api| app.provision.origin_of(account, api));
    let address = match (&origin, account.status) {
        (_, Status::Sandbox) => "the built-in sandbox".to_owned(),
        (Some(origin), _) => origin.as_str().to_owned(),
        (None, _) => "a host that the setting upstream-hosts does not list".to_owned(),
    };
    let region = account.region.as_ref().map(|region| format!(" (region {region})"));
    let zone = &signed_in.zone;
    let by = account.created_by.as_ref().map(|by| format!(", by {}", by.name));
    let mut facts = vec![
        ("Service", title(app, account).to_owned()),
        ("Address", format!("{address}{}", region.unwrap_or_default())),
        ("Credentials", kind_title(&account.credentials_type, title(app, account))),
        ("Owner", account.owner.clone().unwrap_or_else(|| "nobody is named".to_owned())),
        ("Purpose", account.purpose.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Added", format!("{}{}", when::exact(account.created_at, zone), by.unwrap_or_default())),
    ];
    if account.updated_at != account.created_at {
        facts.push(("Changed", when::exact(account.updated_at, zone)));
    }
    facts.push(("ID", account.id.to_string()));
    facts
}
