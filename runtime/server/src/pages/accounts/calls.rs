//! `/accounts/{id}/calls`: the calls that reached an account.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use http::HeaderMap;

use super::Of;
use super::head::{Head, Tab};
use crate::admin::export::Format;
use crate::app::App;
use crate::pages::calls::{Live, Period, View, file, refreshed, view, with_status};
use crate::pages::chrome::{Chrome, Section};
use crate::pages::session::SignedIn;
use crate::pages::{Answer, is_part, page};

#[derive(Template)]
#[template(path = "account_calls.html")]
struct CallsPage {
    chrome: Chrome,
    head: Head,
    view: View,
}

/// `GET /accounts/{id}/calls`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let (asked, view) = view(&app, &signed_in, Some(&account), query.as_deref()).await?;
    if is_part(&headers) {
        return refreshed(&app, &signed_in, &asked, view, Section::Accounts);
    }
    let head = Head::of(&account, Tab::Calls, view.lead.clone());
    let chrome = Chrome::of(&app, &signed_in, Section::Accounts);
    Ok(with_status(&asked, page(&CallsPage { chrome, head, view })?))
}

/// `GET /accounts/{id}/calls.csv`, `/accounts/{id}/calls.jsonl`.
pub(in crate::pages) async fn csv(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    Of(account): Of,
    query: RawQuery,
) -> Answer {
    file(&app, &signed_in, Some(&account), query.0.as_deref(), Format::Csv).await
}

pub(in crate::pages) async fn jsonl(
    app: State<Arc<App>>,
    signed_in: Extension<SignedIn>,
    Of(account): Of,
    query: RawQuery,
) -> Answer {
    file(&app, &signed_in, Some(&account), query.0.as_deref(), Format::Jsonl).await
}
