//! `/audit-log`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::export::{self, Format};
use super::input::{Paging, Query};
use super::problem::Problem;
use super::wire::ActJson;
use crate::app::App;
use crate::provision::{Action, Page};
use crate::store::{AuditFilter, PageKey};

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Response, Problem> {
    let (paging, format) = (query.paging()?, query.format()?);
    let filter = filter(&app, query).await?;
    answer(&app, filter, paging, format).await
}

/// The acts that fit: a page of them, or all as a file.
pub(crate) async fn answer(
    app: &App,
    filter: AuditFilter,
    paging: Paging,
    format: Format,
) -> Result<Response, Problem> {
    let provision = app.provision.clone();
    let read = move |before, limit| {
        let (provision, filter) = (provision.clone(), AuditFilter { before, ..filter.clone() });
        async move { provision.acts(&filter, limit).await }
    };
    export::answer(format, paging, read, ActJson::from).await
}

/// A page of the acts that fit, and where it goes on.
pub(crate) async fn page(
    app: &App,
    filter: AuditFilter,
    before: Option<PageKey>,
    limit: usize,
) -> Result<Page<ActJson>, Problem> {
    let page = app.provision.acts(&AuditFilter { before, ..filter }, limit).await?;
    Ok(Page { items: page.items.into_iter().map(ActJson::from).collect(), next: page.next })
}

/// The filter that a query names; a value that the log does not know is a mistake.
pub(crate) async fn filter(app: &App, mut query: Query) -> Result<AuditFilter, Problem> {
    let store = app.provision.store();
    let (actor, object) = (query.text("actor")?, query.text("object")?);
    let action = query.one_of("action", Action::ALL.into_iter().map(Action::as_str))?;
    let (since, until) = query.period()?;
    query.finish()?;
    if let Some(actor) = &actor
        && !store.knows_actor(actor).await?
    {
        return Err(Problem::unknown(
            "actor",
            "id or name of an actor in this log",
            &store.actor_names().await?,
        ));
    }
    if let Some(object) = &object
        && !store.knows_object(object).await?
    {
        return Err(Problem::unknown(
            "object",
            "id or name of an object in this log",
            &store.object_names().await?,
        ));
    }
    Ok(AuditFilter { actor, action, object, since, until, before: None })
}
