//! `/call-log`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::input::Query;
use super::problem::Problem;
use super::wire::{CallJson, List};
use crate::app::App;
use crate::store::CallFilter;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    mut query: Query,
) -> Result<Json<List<CallJson>>, Problem> {
    let paging = query.paging()?;
    let filter = CallFilter {
        account: query.text("account")?,
        server: query.text("server")?,
        tool: query.text("tool")?,
        status: query.text("status")?,
        since: query.moment("since")?.map(jiff::Timestamp::as_microsecond),
        before: paging.after,
    };
    query.finish()?;
    let page = app.provision.calls(&filter, paging.limit).await?;
    Ok(List::of(page, CallJson::from))
}
