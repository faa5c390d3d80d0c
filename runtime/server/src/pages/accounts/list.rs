//! `/accounts`: all accounts, or the one to choose for a new MCP server.

use std::collections::HashSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};

use super::head::{Standing, title};
use crate::app::App;
use crate::call_log::OK;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::exposure::counted;
use crate::pages::form::Form;
use crate::pages::lists::{Paged, Pager};
use crate::pages::session::{SignedIn, redirect};
use crate::pages::{Answer, page};
use crate::provision::HeldAccount;
use crate::when;

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    chrome: Chrome,
    /// Whether an account is looked for that a new MCP server shall reach.
    choose: bool,
    /// What was made or removed just now.
    notice: Option<&'static str>,
    count: u64,
    summary: String,
    words: String,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    name: String,
    integration: String,
    owner: Option<String>,
    standing: Standing,
    servers: String,
    since: (String, String),
}

/// `GET /accounts`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let (words, choose) = (form.words(), form.has("choose"));
    let paged = Paged::of(&form);
    let count = app.provision.count_accounts().await?;
    let given = (!words.is_empty()).then_some(words.as_str());
    let found = app.provision.held_accounts(given, paged.after.as_ref(), Paged::LIMIT).await?;
    let ids: Vec<String> = found.items.iter().map(|held| held.account.id.to_string()).collect();
    let answered = app.provision.called(&ids, OK).await?;
    if let ([only], true, 1) = (found.items.as_slice(), choose, count) {
        let target = format!("{}/accounts/{}/mcp/new", app.base_path(), only.account.id);
        return Ok(redirect(&target));
    }
    let choosing = if choose { "1" } else { "" };
    page(&AccountsPage {
        chrome: Chrome::of(&app, &signed_in, Section::Accounts),
        choose,
        notice: form
            .given("deleted")
            .map(|_| "The account is deleted, and its MCP servers with it."),
        count,
        summary: format!("Agents can be let into {}.", counted(count, "account", "accounts")),
        rows: found.items.iter().map(|held| row(&app, &signed_in, held, &answered)).collect(),
        pager: paged.pager(found.next.as_ref(), &[("q", &words), ("choose", choosing)]),
        words,
    })
}

fn row(app: &App, signed_in: &SignedIn, held: &HeldAccount, answered: &HashSet<String>) -> Row {
    let (account, now) = (&held.account, app.provision.now());
    let since = account.created_at;
    Row {
        id: account.id.to_string(),
        name: account.name.clone(),
        integration: title(app, account).to_owned(),
        owner: account.owner.clone(),
        standing: Standing::of(app, account, answered.contains(account.id.as_str())),
        servers: crate::pages::exposure::number(held.servers),
        since: (when::ago(since, now, &signed_in.zone), when::exact(since, &signed_in.zone)),
    }
}
