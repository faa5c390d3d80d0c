//! `/api-token`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::input::{Body, By, PathParam, Query, api_token_id};
use super::problem::Problem;
use super::wire::{ApiTokenJson, List, created};
use crate::app::App;
use crate::store::PageKey;

pub(super) async fn create(
    State(app): State<Arc<App>>,
    By(by): By,
    query: Query,
    Body(body): Body,
) -> Result<Response, Problem> {
    query.finish()?;
    let new = app.provision.read_new_api_token(body)?;
    let (row, token) = app.provision.create_api_token(new, &by).await?;
    tracing::info!(api_token = %row.id, scope = row.scope.as_str(), "API token made");
    Ok(created(&format!("/api-token/{}", row.id), ApiTokenJson::with_token(row, &token)))
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Json<List<ApiTokenJson>>, Problem> {
    let paging = query.paging()?;
    query.finish()?;
    let page = app
        .provision
        .api_tokens(&paging.after.unwrap_or_else(PageKey::first), paging.limit)
        .await?;
    Ok(List::of(page, ApiTokenJson::from))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam(id): PathParam<String>,
    query: Query,
) -> Result<StatusCode, Problem> {
    query.finish()?;
    let id = api_token_id(&id)?;
    let hash = app.provision.delete_api_token(&id, &by).await?;
    app.directory.forget_api_token(&hash).await;
    tracing::info!(api_token = %id, "API token revoked");
    Ok(StatusCode::NO_CONTENT)
}
