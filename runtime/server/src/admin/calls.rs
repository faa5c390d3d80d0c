//! `/call-log`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::export;
use super::input::Query;
use super::problem::Problem;
use super::wire::CallJson;
use crate::app::App;
use crate::call::FailureKind;
use crate::call_log::STATUSES;
use crate::provision::Named;
use crate::store::{CallColumn, CallFilter};

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Response, Problem> {
    let (paging, format) = (query.paging()?, query.format()?);
    let filter = filter(&app, query).await?;
    let provision = app.provision.clone();
    let read = move |before, limit| {
        let (provision, filter) = (provision.clone(), CallFilter { before, ..filter.clone() });
        async move { provision.calls(&filter, limit).await }
    };
    export::answer(format, paging, read, CallJson::from).await
}

/// The filter that a query names; a value that nothing has is a mistake.
async fn filter(app: &App, mut query: Query) -> Result<CallFilter, Problem> {
    let (provision, store) = (&app.provision, app.provision.store());
    let (account, server) = (query.text("account")?, query.text("server")?);
    let (tool, client) = (query.text("tool")?, query.text("client")?);
    let statuses =
        STATUSES.into_iter().chain(FailureKind::ALL.into_iter().map(FailureKind::as_str));
    let status = query.one_of("status", statuses)?;
    let (since, until) = query.period()?;
    query.finish()?;
    let account = match account {
        Some(text) => Some(one("account", provision.account_named(&text).await?)?),
        None => None,
    };
    let server = match server {
        Some(text) => Some(one("server", provision.server_named(&text).await?)?),
        None => None,
    };
    let tools = || provision.apis().iter().flat_map(|api| api.tools).map(|tool| tool.name);
    if let Some(tool) = &tool
        && !tools().any(|known| known == tool)
        && !store.has_call(CallColumn::Tool, tool).await?
    {
        let known: Vec<String> = tools().map(str::to_owned).collect();
        return Err(Problem::unknown("tool", "tool", &known));
    }
    if let Some(client) = &client
        && !store.has_call(CallColumn::Client, client).await?
    {
        return Err(Problem::unknown("client", "client in this log", &store.client_names().await?));
    }
    Ok(CallFilter { account, server, tool, status, client, since, until, before: None })
}

/// The id of what a parameter names.
fn one(parameter: &'static str, named: Named) -> Result<String, Problem> {
    match named {
        Named::One(id) => Ok(id),
        Named::Nothing(known) => {
            Err(Problem::unknown(parameter, &format!("id or name of an {parameter}"), &known))
        }
        Named::Several(ids) => Err(Problem::parameter(
            parameter,
            format!("is the name of several; give one of their ids: {}", ids.join(", ")),
        )),
    }
}
