//! The page of one MCP server: exactly what it shows, and what can be done with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::admitted::{self, Admitted};
use super::calls::{Row, rows};
use super::chrome::{Chrome, Section};
use super::create::{self, Change, Choices, Preview, PreviewPart};
use super::draft::{Draft, Settled, end_in_words};
use super::exposure::{Exposure, counted};
use super::failure::Failure;
use super::form::Form;
use super::once;
use super::session::{SignedIn, redirect};
use super::{Answer, is_part, page};
use crate::admin::input::server_id;
use crate::app::App;
use crate::call::launches::A_WHILE;
use crate::directory::OpenAccount;
use crate::provision::{CallFilter, HeldServer, Overlap, ProvisionError, ServerAuth, ServerConfig};
use crate::when;

#[derive(Template)]
#[template(path = "server.html")]
struct ServerPage {
    chrome: Chrome,
    id: String,
    name: String,
    account: String,
    account_name: String,
    paused: bool,
    summary: String,
    end: String,
    exposure: Exposure,
    tokens: String,
    fit: (&'static str, &'static str),
    cannot: String,
    discovery: bool,
    facts: Vec<(&'static str, String)>,
    overlaps: [(u32, &'static str); 4],
    nonce: String,
    /// The clients that were let in, where people sign in.
    clients: Option<Vec<Admitted>>,
    /// What was not confirmed.
    unconfirmed: bool,
    /// The last calls.
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "change.html")]
struct ChangePage {
    chrome: Chrome,
    id: String,
    name: String,
    choices: Choices,
    preview: Preview,
}

/// How long an old URL may stay good beside a new one.
const OVERLAPS: [(u32, &str); 4] = [
    (0, "ends at once"),
    (3_600, "stays good for 1 hour"),
    (86_400, "stays good for 24 hours"),
    (604_800, "stays good for 7 days"),
];

/// How many of its last calls a server shows.
const CALLS: usize = 10;

/// A server, its account, and what it shows.
struct Found {
    held: HeldServer,
    account: Arc<OpenAccount>,
    exposure: Exposure,
}

async fn found(app: &App, id: &str) -> Result<Found, Failure> {
    let held = app.provision.held_server(&server_id(id)?).await?;
    let account = app.directory.account(&held.server.account).await?;
    let account = account.ok_or_else(Failure::not_found)?;
    let config = ServerConfig::reread(held.server.config.clone(), account.api);
    let toolset = match &config {
        Some(config) => app.toolset_of(&account, config, None, A_WHILE).await,
        None => None,
    };
    Ok(Found { exposure: Exposure::of_toolset(toolset.as_deref()), held, account })
}

/// `GET /mcp-servers/{id}`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
) -> Answer {
    whole(&app, &signed_in, &found(&app, &id).await?, false).await
}

async fn whole(app: &App, signed_in: &SignedIn, found: &Found, unconfirmed: bool) -> Answer {
    let Found { held, account, exposure } = found;
    let (server, now, zone) = (&held.server, app.provision.now(), &signed_in.zone);
    let filter = CallFilter { server: Some(server.id.to_string()), ..CallFilter::default() };
    let calls = app.provision.calls(&filter, CALLS).await?.items;
    let rows = rows(app, calls, now, zone).await?;
    let used = when::used(server.last_used_at, now, zone);
    let client = match &server.last_client {
        Some(client) => format!("Last used by {}, {used}.", client.name),
        None => format!("{}.", super::exposure::sentence(&used)),
    };
    let auth = ServerAuth::of_config(&server.config);
    let mut facts = vec![
        ("Owner", server.owner.clone().unwrap_or_else(|| "nobody named".to_owned())),
        ("Purpose", server.purpose.clone().unwrap_or_else(|| "none given".to_owned())),
        (
            "Second factor",
            match auth {
                ServerAuth::Url => "none: the URL is all it takes".to_owned(),
                ServerAuth::ApiToken => "an API token beside the URL".to_owned(),
                ServerAuth::Oauth => "people sign in, and let a client in (OAuth)".to_owned(),
            },
        ),
        (
            "New tools",
            if server.config.get("allow").is_some() {
                "stay off: it keeps to exactly these tools".to_owned()
            } else {
                "a newer version of the API may add some that fit".to_owned()
            },
        ),
        ("Created", when::exact(server.created_at, zone)),
        ("Last changed", when::exact(server.updated_at, zone)),
        ("Id", server.id.to_string()),
    ];
    if let Some(by) = &server.created_by {
        facts.insert(4, ("Created by", by.name.clone()));
    }
    page(&ServerPage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        id: server.id.to_string(),
        name: server.name.clone(),
        account: server.account.to_string(),
        account_name: held.account_name.clone(),
        paused: server.paused,
        summary: format!(
            "{} of {}. {client}",
            counted(exposure.tools, "tool", "tools"),
            held.account_name
        ),
        end: end_in_words(server.expires_at, now, zone),
        tokens: counted(exposure.tokens, "token", "tokens"),
        fit: exposure.fit(),
        cannot: exposure.cannot(account.api),
        exposure: exposure.clone(),
        discovery: server.config["tool_exposure"].as_str() == Some("discovery"),
        facts,
        overlaps: OVERLAPS,
        nonce: create::fresh_nonce(),
        clients: admitted::clients(app, &server.id, auth, zone).await?,
        unconfirmed,
        rows,
    })
}

/// `POST /mcp-servers/{id}/pause` and `/resume`.
pub(super) async fn pause(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    id: Path<String>,
    _: Form,
) -> Answer {
    set_paused(app, signed_in, id, true).await
}

pub(super) async fn resume(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    id: Path<String>,
    _: Form,
) -> Answer {
    set_paused(app, signed_in, id, false).await
}

async fn set_paused(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    paused: bool,
) -> Answer {
    let server = app.provision.held_server(&server_id(&id)?).await?.server;
    let patch = app.provision.read_server_patch(json!({"paused": paused}));
    let patch = patch.map_err(|_| Failure::ours())?;
    let changed = app
        .provision
        .update_server(&server.account, &server.id, &patch, &signed_in.actor())
        .await?;
    app.server_changed(&changed.1).await;
    Ok(create::to_server(&app, &id))
}

/// `POST /mcp-servers/{id}/rotate`: the one answer that shows the new URL.
pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    form: Form,
) -> Answer {
    let Found { held, account, exposure } = found(&app, &id).await?;
    let seconds = form.text("overlap").parse::<u32>().unwrap_or_default();
    let overlap = Overlap::read(json!({"overlap_seconds": seconds}))
        .map_err(|violations| Failure::from(crate::admin::Problem::from(violations)))?;
    let nonce = form.text("nonce");
    let (account_id, id) = (&held.server.account, &held.server.id);
    match app.provision.rotate_server(account_id, id, overlap, &signed_in.once(nonce)).await {
        Ok((server, token, known)) => {
            app.server_changed(&known).await;
            tracing::info!(account = %account.id, server = %server.id, "MCP server has a new URL");
            once::shown(&app, &signed_in, &account, &server, &token, &exposure).await
        }
        Err(ProvisionError::Repeated) => once::repeated(&app, &signed_in, nonce).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /mcp-servers/{id}/revoke`.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    form: Form,
) -> Answer {
    if !form.has("sure") {
        let shown = whole(&app, &signed_in, &found(&app, &id).await?, true).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
    }
    let server = app.provision.held_server(&server_id(&id)?).await?.server;
    let known =
        app.provision.delete_server(&server.account, &server.id, &signed_in.actor()).await?;
    app.server_changed(&known).await;
    tracing::info!(account = %server.account, server = %server.id, "MCP server ended");
    Ok(redirect(&format!("{}/accounts/{}/mcp", app.base_path(), server.account)))
}

/// `GET /mcp-servers/{id}/change`.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
) -> Answer {
    let found = found(&app, &id).await?;
    let (server, zone) = (&found.held.server, &signed_in.zone);
    let draft = Draft::of_server(&app, found.account.api, server, &found.exposure, zone);
    let settled = draft.settle(&app, &found.account, zone).await;
    form_page(&app, &signed_in, &found, draft, &settled)
}

/// `POST /mcp-servers/{id}/preview`.
pub(super) async fn shown(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let found = found(&app, &id).await?;
    let draft = Draft::of(&form);
    let settled = draft.settle(&app, &found.account, &signed_in.zone).await;
    if is_part(&headers) {
        let preview = compared(&app, &signed_in, &found, &draft, &settled);
        return page(&PreviewPart { preview });
    }
    form_page(&app, &signed_in, &found, draft, &settled)
}

/// `POST /mcp-servers/{id}/change`.
pub(super) async fn save(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    form: Form,
) -> Answer {
    let found = found(&app, &id).await?;
    let draft = Draft::of(&form);
    let mut settled = draft.settle(&app, &found.account, &signed_in.zone).await;
    let patch = match app.provision.read_server_patch(draft.body(&settled)) {
        Ok(patch) if settled.faults.is_empty() => patch,
        read => {
            if let Err(violations) = read {
                create::add_faults(&mut settled.faults, &violations);
            }
            let shown = form_page(&app, &signed_in, &found, draft, &settled)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
        }
    };
    let server = &found.held.server;
    let changed = app
        .provision
        .update_server(&server.account, &server.id, &patch, &signed_in.actor())
        .await?;
    app.server_changed(&changed.1).await;
    Ok(create::to_server(&app, &id))
}

fn form_page(
    app: &App,
    signed_in: &SignedIn,
    found: &Found,
    draft: Draft,
    settled: &Settled,
) -> Answer {
    let preview = compared(app, signed_in, found, &draft, settled);
    let (api, faults) = (found.account.api, settled.faults.clone());
    page(&ChangePage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        id: found.held.server.id.to_string(),
        name: found.held.server.name.clone(),
        choices: create::choices(app, api, draft, faults, &signed_in.zone),
        preview,
    })
}

/// What a change comes to, held against what is there.
fn compared(
    app: &App,
    signed_in: &SignedIn,
    found: &Found,
    draft: &Draft,
    settled: &Settled,
) -> Preview {
    let before: BTreeSet<&str> = found.exposure.names().collect();
    let after: BTreeSet<&str> = settled.exposure.names().collect();
    let names = |these: &BTreeSet<&str>, those: &BTreeSet<&str>| {
        these.difference(those).map(|name| (*name).to_owned()).collect()
    };
    let change = Change { adds: names(&after, &before), removes: names(&before, &after) };
    Preview {
        change: Some(change),
        ..create::preview(app, found.account.api, draft, settled, &signed_in.zone)
    }
}
