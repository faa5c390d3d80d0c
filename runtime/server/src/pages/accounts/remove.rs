//! `/accounts/{id}/delete`: what ends with an account, and its end.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, State};
use http::StatusCode;

use super::Of;
use super::head::servers;
use crate::app::App;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::exposure::counted;
use crate::pages::form::Form;
use crate::pages::session::{SignedIn, redirect};
use crate::pages::{Answer, page};
use crate::provision::{Account, ServerFilter};

/// How many servers are named.
const NAMED: usize = 50;

#[derive(Template)]
#[template(path = "account_delete.html")]
struct DeletePage {
    chrome: Chrome,
    id: String,
    name: String,
    count: u64,
    ends: String,
    /// Id, name and owner.
    servers: Vec<(String, String, Option<String>)>,
    more: Option<String>,
    error: Option<&'static str>,
}

/// `GET /accounts/{id}/delete`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
) -> Answer {
    ask(&app, &signed_in, &account, None).await
}

async fn ask(
    app: &App,
    signed_in: &SignedIn,
    account: &Account,
    error: Option<&'static str>,
) -> Answer {
    let filter = ServerFilter { account: Some(account.id.to_string()), ..ServerFilter::default() };
    let found = app.provision.held_servers(&filter, NAMED).await?;
    let count = servers(app, account).await?;
    let named: Vec<_> = found
        .items
        .into_iter()
        .map(|held| (held.server.id.to_string(), held.server.name, held.server.owner))
        .collect();
    let unnamed = count.saturating_sub(named.len() as u64);
    let mut response = page(&DeletePage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        id: account.id.to_string(),
        name: account.name.clone(),
        count,
        ends: counted(count, "MCP server", "MCP servers"),
        servers: named,
        more: (unnamed > 0)
            .then(|| format!("and {} more", crate::pages::exposure::number(unnamed))),
        error,
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /accounts/{id}/delete`.
pub(in crate::pages) async fn remove(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    form: Form,
) -> Answer {
    if !form.has("confirm") {
        let error = "Nothing was deleted. Tick the box to confirm.";
        return ask(&app, &signed_in, &account, Some(error)).await;
    }
    if form.text("servers") != servers(&app, &account).await?.to_string() {
        let error = "Nothing was deleted. Its MCP servers have changed since this page was opened: look at them again.";
        return ask(&app, &signed_in, &account, Some(error)).await;
    }
    app.provision.delete_account(&account.id, &signed_in.actor()).await?;
    app.account_changed(&account.id).await;
    tracing::info!(account = %account.id, "account disconnected");
    Ok(redirect(&format!("{}/accounts?deleted=1", app.base_path())))
}
