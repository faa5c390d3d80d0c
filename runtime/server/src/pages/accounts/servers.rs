//! `/accounts/{id}/mcp`: the MCP servers that reach an account.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};

use super::Of;
use super::head::{Head, Tab, lead, servers, title};
use crate::app::App;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::form::Form;
use crate::pages::home::{Row, row};
use crate::pages::lists::{Paged, Pager};
use crate::pages::session::SignedIn;
use crate::pages::{Answer, page};
use crate::provision::ServerFilter;

#[derive(Template)]
#[template(path = "account_servers.html")]
struct ServersPage {
    chrome: Chrome,
    head: Head,
    count: u64,
    words: String,
    servers: Vec<Row>,
    pager: Pager,
}

/// `GET /accounts/{id}/mcp`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let words = form.words();
    let paged = Paged::of(&form);
    let filter = ServerFilter {
        account: Some(account.id.to_string()),
        words: (!words.is_empty()).then(|| words.clone()),
        before: paged.after.clone(),
        ..ServerFilter::default()
    };
    let found = app.provision.held_servers(&filter, Paged::LIMIT).await?;
    let count = servers(&app, &account).await?;
    let now = app.provision.now();
    let lead = lead(count, title(&app, &account));
    page(&ServersPage {
        chrome: Chrome::of(&app, &signed_in, Section::Accounts),
        head: Head::of(&account, Tab::Servers, lead),
        count,
        servers: found.items.iter().map(|held| row(&app, &signed_in, held, now)).collect(),
        pager: paged.pager(found.next.as_ref(), &[("q", &words)]),
        words,
    })
}
