//! `/integration`: the APIs on board.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use support::Api;
use upstream::account::kinds;

use super::input::{PathParam, Query};
use super::problem::Problem;
use super::wire::List;
use crate::app::App;
use crate::tools::ServedTool;
use crate::toolset::Filter;

#[derive(Serialize)]
pub(super) struct IntegrationJson {
    name: &'static str,
    title: &'static str,
    tools: usize,
    regions: Vec<&'static str>,
    credentials: Vec<&'static str>,
    tags: Vec<&'static str>,
    methods: Vec<&'static str>,
}

impl From<&'static Api> for IntegrationJson {
    fn from(api: &'static Api) -> Self {
        let sorted = |mut words: Vec<&'static str>| {
            words.sort_unstable();
            words.dedup();
            words
        };
        Self {
            name: api.slug,
            title: api.title,
            // Deprecated ones are not listed.
            tools: api.tools.iter().filter(|tool| !tool.deprecated).count(),
            regions: api
                .origins
                .iter()
                .map(|origin| origin.region)
                .filter(|region| !region.is_empty())
                .collect(),
            credentials: kinds(api),
            tags: sorted(api.tools.iter().flat_map(|tool| tool.tags.iter().copied()).collect()),
            methods: sorted(api.tools.iter().map(|tool| tool.method.as_str()).collect()),
        }
    }
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Json<List<IntegrationJson>>, Problem> {
    query.finish()?;
    Ok(Json(List::whole(app.provision.apis().iter().copied().map(IntegrationJson::from).collect())))
}

#[derive(Serialize)]
pub(super) struct PreviewJson {
    result: Vec<PreviewedToolJson>,
    next_cursor: Option<String>,
    total: usize,
    tokens: usize,
}

#[derive(Serialize)]
struct PreviewedToolJson {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    method: &'static str,
    tags: &'static [&'static str],
    deprecated: bool,
    tokens: usize,
}

pub(super) async fn tools(
    State(app): State<Arc<App>>,
    PathParam(slug): PathParam<String>,
    mut query: Query,
) -> Result<Json<PreviewJson>, Problem> {
    let catalogue = app.catalogues.get(&slug).ok_or_else(Problem::not_found)?;
    let (methods, tags) = (query.take("methods"), query.take("tags"));
    query.finish()?;
    let toolset = app.toolsets.get(
        catalogue,
        &Filter::default().narrowed(methods.as_deref(), tags.as_deref()),
        None,
    );
    let result: Vec<PreviewedToolJson> =
        toolset.tools().iter().map(|served| preview(served)).collect();
    let tokens = result.iter().map(|tool| tool.tokens).sum();
    Ok(Json(PreviewJson { total: result.len(), tokens, result, next_cursor: None }))
}

fn preview(served: &ServedTool) -> PreviewedToolJson {
    let tool = served.tool;
    PreviewedToolJson {
        name: tool.name,
        title: tool.title,
        description: tool.description,
        method: tool.method.as_str(),
        tags: tool.tags,
        deprecated: tool.deprecated,
        tokens: served.tokens(),
    }
}
