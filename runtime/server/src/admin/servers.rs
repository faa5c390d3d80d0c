//! `/integrated-account/{id}/mcp`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::input::{Body, By, PathParam, Query, account_id, server_id};
use super::problem::Problem;
use super::wire::{List, ServerJson, created};
use crate::app::App;
use crate::provision::Overlap;
use crate::store::PageKey;

pub(super) async fn create(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam(account): PathParam<String>,
    query: Query,
    Body(body): Body,
) -> Result<Response, Problem> {
    query.finish()?;
    let account = account_id(&account)?;
    // An account that is not there is said before a body that is wrong.
    app.provision.account(&account).await?;
    let config = body.get("config").cloned();
    let new = match app.provision.read_new_server(body) {
        Ok(new) => new,
        Err(violations) => {
            return Err(app
                .provision
                .with_config_faults(&account, config, violations)
                .await?
                .into());
        }
    };
    let (server, token) = app.provision.create_server(&account, new, &by).await?;
    tracing::info!(%account, server = %server.id, "MCP server made");
    let location = format!("/integrated-account/{account}/mcp/{}", server.id);
    Ok(created(&location, ServerJson::with_token(server, &token, &app.public_url)))
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    PathParam(account): PathParam<String>,
    mut query: Query,
) -> Result<Json<List<ServerJson>>, Problem> {
    let paging = query.paging()?;
    query.finish()?;
    let after = paging.after.unwrap_or_else(PageKey::first);
    let page = app.provision.servers(&account_id(&account)?, &after, paging.limit).await?;
    Ok(List::of(page, ServerJson::from))
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    PathParam((account, id)): PathParam<(String, String)>,
    query: Query,
) -> Result<Json<ServerJson>, Problem> {
    query.finish()?;
    Ok(Json(app.provision.server(&account_id(&account)?, &server_id(&id)?).await?.into()))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam((account, id)): PathParam<(String, String)>,
    query: Query,
    Body(body): Body,
) -> Result<Json<ServerJson>, Problem> {
    query.finish()?;
    let (account, id) = (account_id(&account)?, server_id(&id)?);
    app.provision.server(&account, &id).await?;
    let config = body.get("config").cloned();
    let patch = match app.provision.read_server_patch(body) {
        Ok(patch) => patch,
        Err(violations) => {
            return Err(app
                .provision
                .with_config_faults(&account, config, violations)
                .await?
                .into());
        }
    };
    let (server, known) = app.provision.update_server(&account, &id, &patch, &by).await?;
    app.server_changed(&known).await;
    Ok(Json(server.into()))
}

pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam((account, id)): PathParam<(String, String)>,
    query: Query,
    Body(body): Body,
) -> Result<Json<ServerJson>, Problem> {
    query.finish()?;
    let (account, id) = (account_id(&account)?, server_id(&id)?);
    app.provision.server(&account, &id).await?;
    let overlap = Overlap::read(body)?;
    let (server, token, known) = app.provision.rotate_server(&account, &id, overlap, &by).await?;
    app.server_changed(&known).await;
    tracing::info!(%account, server = %id, "MCP server has a new URL");
    Ok(Json(ServerJson::with_token(server, &token, &app.public_url)))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam((account, id)): PathParam<(String, String)>,
    query: Query,
) -> Result<StatusCode, Problem> {
    query.finish()?;
    let (account, id) = (account_id(&account)?, server_id(&id)?);
    let known = app.provision.delete_server(&account, &id, &by).await?;
    app.server_changed(&known).await;
    tracing::info!(%account, server = %id, "MCP server ended");
    Ok(StatusCode::NO_CONTENT)
}
