//! `/audit-log`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::input::Query;
use super::problem::Problem;
use super::wire::{ActJson, List};
use crate::app::App;
use crate::provision::Action;
use crate::store::AuditFilter;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Json<List<ActJson>>, Problem> {
    let paging = query.paging()?;
    let filter = filter(&app, query).await?;
    let filter = AuditFilter { before: paging.after, ..filter };
    let page = app.provision.acts(&filter, paging.limit).await?;
    Ok(List::of(page, ActJson::from))
}

/// The filter that a query names; a value that the log does not know is a mistake.
async fn filter(app: &App, mut query: Query) -> Result<AuditFilter, Problem> {
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
