//! Accounts: which there are, how they stand, what they hold, and how they are connected.

mod calls;
mod change;
mod connect;
mod credentials;
mod fields;
mod head;
mod list;
mod new;
mod overview;
mod reconnect;
mod remove;
mod servers;
mod tools;
mod try_tool;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::{get, post};
use http::request::Parts;

use super::failure::Failure;
use crate::admin;
use crate::admin::input::{PathParam, account_id};
use crate::app::App;
use crate::directory::OpenAccount;
use crate::provision::Account;

/// The routes of those who are signed in.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/accounts", get(list::show))
        .route("/accounts/new", get(new::show).post(new::create))
        .route("/accounts/{id}", get(overview::show))
        .route("/accounts/{id}/test", post(overview::test))
        .route("/accounts/{id}/connect", post(connect::begin))
        .route("/accounts/{id}/reconnect", get(reconnect::show).post(reconnect::change))
        .route("/accounts/{id}/edit", get(change::show).post(change::change))
        .route("/accounts/{id}/delete", get(remove::show).post(remove::remove))
        .route("/accounts/{id}/mcp", get(servers::show))
        .route("/accounts/{id}/tools", get(tools::show))
        .route("/accounts/{id}/tools/{tool}", get(try_tool::show).post(try_tool::submit))
        .route("/accounts/{id}/fields", get(fields::show))
        .route("/accounts/{id}/calls", get(calls::show))
        .route("/accounts/{id}/calls.csv", get(calls::csv))
        .route("/accounts/{id}/calls.jsonl", get(calls::jsonl))
}

/// Where vendors send browsers back to, without the cookie that says who is signed in.
pub(super) fn callback(app: &Arc<App>) -> Router<Arc<App>> {
    admin::callback(app, connect::finish)
}

/// The account that a path names.
#[derive(Debug)]
pub(crate) struct Of(Account);

impl FromRequestParts<Arc<App>> for Of {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let PathParam(id) = PathParam::<String>::from_request_parts(parts, app).await?;
        Ok(Self(app.provision.account(&account_id(&id)?).await?))
    }
}

/// An account with the way to its vendor.
async fn open(app: &App, account: &Account) -> Result<Arc<OpenAccount>, Failure> {
    app.directory.account(&account.id).await?.ok_or_else(Failure::not_found)
}
