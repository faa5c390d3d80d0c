//! `/integrated-account`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::input::{Body, By, PathParam, Query, account_id};
use super::problem::Problem;
use super::wire::{AccountJson, List, created};
use crate::app::App;
use crate::provision::Provision;
use crate::store::PageKey;

pub(super) async fn create(
    State(app): State<Arc<App>>,
    By(by): By,
    query: Query,
    Body(body): Body,
) -> Result<Response, Problem> {
    query.finish()?;
    let new = app.provision.read_new_account(body)?;
    let account = app.provision.create_account(new, &by).await?;
    tracing::info!(account = %account.id, integration = account.integration, "account connected");
    Ok(created(&format!("/integrated-account/{}", account.id), AccountJson::from(account)))
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Json<List<AccountJson>>, Problem> {
    let paging = query.paging()?;
    let integration = query.text("integration")?;
    query.finish()?;
    let after = paging.after.unwrap_or_else(PageKey::first);
    let page = app.provision.accounts(integration.as_deref(), &after, paging.limit).await?;
    Ok(List::of(page, AccountJson::from))
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathParam(id): PathParam<String>,
    query: Query,
) -> Result<Json<AccountJson>, Problem> {
    query.finish()?;
    Ok(Json(app.provision.account(&account_id(&id)?).await?.into()))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam(id): PathParam<String>,
    query: Query,
    Body(body): Body,
) -> Result<Json<AccountJson>, Problem> {
    query.finish()?;
    let id = account_id(&id)?;
    let patch = Provision::read_account_patch(body)?;
    let account = app.provision.update_account(&id, &patch, &by).await?;
    app.account_changed(&id).await;
    Ok(Json(account.into()))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam(id): PathParam<String>,
    query: Query,
) -> Result<StatusCode, Problem> {
    query.finish()?;
    let id = account_id(&id)?;
    app.provision.delete_account(&id, &by).await?;
    app.account_changed(&id).await;
    tracing::info!(account = %id, "account disconnected");
    Ok(StatusCode::NO_CONTENT)
}
