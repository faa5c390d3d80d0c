//! `/call-log`, and how calls are looked for there and on the pages.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::export::{self, Format};
use super::input::{Paging, Query};
use super::problem::Problem;
use super::wire::CallJson;
use crate::app::App;
use crate::call::FailureKind;
use crate::call_log::STATUSES;
use crate::fields::text_fault;
use crate::provision::Named;
use crate::store::{CallColumn, CallFilter};

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Response, Problem> {
    let (paging, format) = (query.paging()?, query.format()?);
    let filter = filter(&app, query).await?;
    answer(&app, filter, format, paging).await
}

/// The calls that fit: one page of them, or all as a file.
async fn answer(
    app: &App,
    filter: CallFilter,
    format: Format,
    paging: Paging,
) -> Result<Response, Problem> {
    let provision = app.provision.clone();
    let read = move |before, limit| {
        let (provision, filter) = (provision.clone(), CallFilter { before, ..filter.clone() });
        async move { provision.calls(&filter, limit).await }
    };
    export::answer(format, paging, read, CallJson::from).await
}

/// All calls that fit, as a file.
///
/// # Errors
/// When the database fails.
pub(crate) async fn file(
    app: &App,
    filter: CallFilter,
    format: Format,
) -> Result<Response, Problem> {
    answer(app, filter, format, Paging { limit: 0, given: None, after: None }).await
}

/// The filter that a query names; a value that nothing has is a mistake.
async fn filter(app: &App, mut query: Query) -> Result<CallFilter, Problem> {
    let given = By::ALL.map(|by| (by, query.take(by.name())));
    let (since, until) = query.period()?;
    query.finish()?;
    let mut filter = CallFilter { since, until, ..CallFilter::default() };
    for (by, text) in given {
        if let Some(text) = text {
            by.add(app, &text, &mut filter).await?;
        }
    }
    Ok(filter)
}

/// What calls are looked for by, beside their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Account,
    Server,
    Tool,
    Client,
    Status,
}

impl By {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Account, Self::Server, Self::Tool, Self::Client, Self::Status];

    /// The name of the parameter.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Server => "server",
            Self::Tool => "tool",
            Self::Client => "client",
            Self::Status => "status",
        }
    }

    /// Narrows a filter to what has this value.
    ///
    /// # Errors
    /// 400 when nothing can have it.
    pub(crate) async fn add(
        self,
        app: &App,
        text: &str,
        filter: &mut CallFilter,
    ) -> Result<(), Problem> {
        if let Some(fault) = text_fault(text) {
            return Err(Problem::parameter(self.name(), fault));
        }
        let provision = &app.provision;
        match self {
            Self::Account => {
                filter.account = Some(one(self, provision.account_named(text).await?)?);
            }
            Self::Server => filter.server = Some(one(self, provision.server_named(text).await?)?),
            Self::Tool => filter.tool = Some(tool(app, text).await?),
            Self::Client => filter.client = Some(client(app, text).await?),
            Self::Status => filter.status = Some(status(text)?),
        }
        Ok(())
    }
}

/// Every status that a call can have.
pub(crate) fn statuses() -> impl Iterator<Item = &'static str> {
    STATUSES.into_iter().chain(FailureKind::ALL.into_iter().map(FailureKind::as_str))
}

fn status(text: &str) -> Result<String, Problem> {
    if statuses().any(|known| known == text) {
        return Ok(text.to_owned());
    }
    let known: Vec<String> = statuses().map(str::to_owned).collect();
    Err(Problem::unknown("status", "status", &known))
}

async fn tool(app: &App, text: &str) -> Result<String, Problem> {
    let (provision, store) = (&app.provision, app.provision.store());
    let tools = || provision.apis().iter().flat_map(|api| api.tools).map(|tool| tool.name);
    if !tools().any(|known| known == text) && !store.has_call(CallColumn::Tool, text).await? {
        let known: Vec<String> = tools().map(str::to_owned).collect();
        return Err(Problem::unknown("tool", "tool", &known));
    }
    Ok(text.to_owned())
}

async fn client(app: &App, text: &str) -> Result<String, Problem> {
    let store = app.provision.store();
    if !store.has_call(CallColumn::Client, text).await? {
        return Err(Problem::unknown("client", "client in this log", &store.client_names().await?));
    }
    Ok(text.to_owned())
}

/// The id of what a parameter names.
fn one(by: By, named: Named) -> Result<String, Problem> {
    let name = by.name();
    match named {
        Named::One(id) => Ok(id),
        Named::Nothing(known) => {
            Err(Problem::unknown(name, &format!("id or name of an {name}"), &known))
        }
        Named::Several(ids) => Err(Problem::parameter(
            name,
            format!("is the name of several; give one of their ids: {}", ids.join(", ")),
        )),
    }
}
