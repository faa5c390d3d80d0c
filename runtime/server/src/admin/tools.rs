//! `/integrated-account/{id}/tools` and `/test`: the same tools for agents without MCP.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use support::tool::ToolMethod;
use support::{Request, Tool};

use super::input::{DigitsBody, PathParam, Query, account_id};
use super::problem::Problem;
use crate::app::App;
use crate::call::{CallContext, Digits, FailureKind, Outcome};
use crate::call_log::{CallSource, Client, Recorder};
use crate::directory::{Caller, OpenAccount};
use crate::tools::ServedTool;
use crate::toolset::Filter;
use crate::toolset::Toolset;
use crate::violation::Violations;
use crate::work;

#[derive(Serialize)]
pub(super) struct ToolsJson {
    result: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
}

/// What a call answers, over HTTP as over MCP.
#[derive(Serialize)]
struct ResultJson<'a> {
    content: Vec<Value>,
    #[serde(rename = "structuredContent")]
    structured: &'a RawValue,
    #[serde(rename = "isError")]
    is_error: bool,
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
}

#[derive(Serialize)]
pub(super) struct TestJson {
    ok: bool,
    status: Option<u16>,
    detail: String,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    PathParam(id): PathParam<String>,
    mut query: Query,
) -> Result<Json<ToolsJson>, Problem> {
    let (methods, tags) = (query.take("methods"), query.take("tags"));
    query.finish()?;
    let account = open(&app, &id).await?;
    let toolset =
        toolset(&app, &account, &Filter::default().narrowed(methods.as_deref(), tags.as_deref()))?;
    let raw = |served: &Arc<ServedTool>| RawValue::from_string(served.listed_json().to_owned());
    let result: Result<Vec<_>, _> = toolset.tools().iter().map(raw).collect();
    Ok(Json(ToolsJson { result: result.map_err(|_| Problem::not_found())?, next_cursor: None }))
}

pub(super) async fn call(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    PathParam((id, tool)): PathParam<(String, String)>,
    query: Query,
    DigitsBody(body, digits): DigitsBody,
) -> Result<Response, Problem> {
    query.finish()?;
    let account = open(&app, &id).await?;
    let Value::Object(arguments) = body else {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the body must be the tool's arguments, as an object",
        ));
    };
    let toolset = toolset(&app, &account, &Filter::default())?;
    let by = (&caller, Client::of_headers(&headers));
    let outcome = perform(&app, &account, &toolset, &tool, (arguments, Some(&digits)), by)
        .await
        .ok_or_else(Problem::not_found)?;
    work::over(outcome.size(), move || respond(&outcome)).await
}

pub(super) async fn test(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    PathParam(id): PathParam<String>,
    query: Query,
) -> Result<Json<TestJson>, Problem> {
    query.finish()?;
    let account = open(&app, &id).await?;
    let Some(probe) = probe(&app, &account, &caller, &headers).await? else {
        return Ok(Json(TestJson { ok: false, status: None, detail: NO_PROBE.to_owned() }));
    };
    let status = probe.outcome.upstream_status.map(|status| status.as_u16());
    Ok(Json(TestJson { ok: probe.ok(), status, detail: probe.detail() }))
}

/// Why an account cannot be tested.
pub(crate) const NO_PROBE: &str = "this integration has no tool that could be called for a test";

/// One cheap call, and what came of it.
pub(crate) struct Probe {
    /// The tool that was called.
    pub(crate) tool: &'static Tool,
    pub(crate) outcome: Outcome,
}

impl Probe {
    /// Whether the credentials are known. Who may not do one thing is known all the same; so is who
    /// is told to wait.
    pub(crate) fn ok(&self) -> bool {
        let failure = self.outcome.failure;
        matches!(failure, None | Some(FailureKind::Forbidden | FailureKind::RateLimited))
    }

    /// What came of it, in words.
    pub(crate) fn detail(&self) -> String {
        let name = self.tool.name;
        match self.outcome.failure {
            None => format!("{name} was answered"),
            Some(FailureKind::Forbidden) => {
                format!("the credentials are known, but may not call {name}")
            }
            Some(_) => message(&self.outcome).unwrap_or_else(|| format!("{name} failed")),
        }
    }
}

/// Asks the vendor for as little as can be, with an account's credentials; `None` where no tool can
/// be called without arguments.
///
/// # Errors
/// 404 when the account's API is not on board.
pub(crate) async fn probe(
    app: &App,
    account: &OpenAccount,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Option<Probe>, Problem> {
    let toolset = toolset(app, account, &Filter::default())?;
    let Some(tool) = cheapest(&toolset).map(|served| served.tool) else { return Ok(None) };
    let arguments = if tool.pagination.is_some() {
        Map::from_iter([("limit".to_owned(), json!(1))])
    } else {
        Map::new()
    };
    let by = (caller, Client::of_headers(headers));
    let outcome = perform(app, account, &toolset, tool.name, (arguments, None), by).await;
    let outcome = outcome.ok_or_else(Problem::not_found)?;
    Ok(Some(Probe { tool, outcome }))
}

async fn open(app: &App, id: &str) -> Result<Arc<OpenAccount>, Problem> {
    app.directory.account(&account_id(id)?).await?.ok_or_else(Problem::not_found)
}

/// The tools of an account that the admin API serves and, where it is a deprecated one, the tool that
/// was asked for by name.
///
/// # Errors
/// 404 when the account's API is not on board, or has no such tool.
pub(crate) fn named(app: &App, account: &OpenAccount, tool: &str) -> Result<Arc<Toolset>, Problem> {
    let all = toolset(app, account, &Filter::default())?;
    let known = all.catalogue.tool(tool).ok_or_else(Problem::not_found)?;
    if !known.tool.deprecated {
        return Ok(all);
    }
    toolset(app, account, &Filter::only(tool))
}

fn toolset(app: &App, account: &OpenAccount, filter: &Filter) -> Result<Arc<Toolset>, Problem> {
    let catalogue = app.catalogues.get(account.api.slug).ok_or_else(Problem::not_found)?;
    Ok(app.toolsets.get(catalogue, filter, None))
}

/// Calls a tool for whoever asks, through a client; `None` when there is no such tool.
pub(crate) async fn perform(
    app: &App,
    account: &OpenAccount,
    toolset: &Toolset,
    tool: &str,
    (arguments, digits): (Map<String, Value>, Option<&Digits>),
    (caller, client): (&Caller, Option<Client>),
) -> Option<Outcome> {
    let source = CallSource {
        account: account.id.clone(),
        server: None,
        api_token: caller.id().map(str::to_owned),
        client,
        address: None,
    };
    let recorder = app.calls.recorder(&source);
    let context = CallContext {
        account: account.id.as_str(),
        transport: &*account.transport,
        toolset,
        recorder,
        digits,
    };
    app.pipeline.call(&context, tool, arguments).await.ok()
}

/// The request that a call would send, checked as the call is; nothing is sent. `None` when there is no
/// such tool.
pub(crate) async fn request(
    app: &App,
    account: &OpenAccount,
    toolset: &Toolset,
    tool: &str,
    arguments: Map<String, Value>,
) -> Option<Result<Request, Violations>> {
    let context = CallContext {
        account: account.id.as_str(),
        transport: &*account.transport,
        toolset,
        recorder: Recorder::default(),
        digits: None,
    };
    app.pipeline.request(&context, tool, arguments).await.ok()
}

/// The read tool that asks for least: no argument it could not do without, one row where rows are
/// counted.
fn cheapest(toolset: &Toolset) -> Option<&Arc<ServedTool>> {
    let needs_nothing = |served: &&Arc<ServedTool>| {
        matches!(served.tool.method, ToolMethod::List)
            && served.tool.annotations.read_only
            && served
                .checker()
                .full()
                .get("required")
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty)
    };
    let cost = |served: &&Arc<ServedTool>| (served.tool.name.len(), served.tool.name);
    toolset.tools().iter().filter(needs_nothing).min_by_key(cost)
}

fn message(outcome: &Outcome) -> Option<String> {
    let value: Value = serde_json::from_str(outcome.json()).ok()?;
    Some(value["error"]["message"].as_str()?.to_owned())
}

fn respond(outcome: &Outcome) -> Result<Response, Problem> {
    let structured: &RawValue =
        serde_json::from_str(outcome.json()).map_err(|_| Problem::not_found())?;
    let mut content = vec![json!({"type": "text", "text": outcome.json()})];
    content.extend(outcome.blocks.iter().map(|block| block.0.clone()));
    let meta = outcome.rate.as_ref().map(|rate| json!({"ratelimit": rate}));
    let result = ResultJson { content, structured, is_error: outcome.failure.is_some(), meta };
    let text = serde_json::to_string(&result).map_err(|_| Problem::not_found())?;
    let mut response = ([(CONTENT_TYPE, "application/json")], text).into_response();
    if let Some(rate) = &outcome.rate {
        for (name, value) in [
            ("ratelimit-limit", rate.limit),
            ("ratelimit-remaining", rate.remaining),
            ("ratelimit-reset", rate.reset),
        ] {
            if let Some(value) = value {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static(name), HeaderValue::from(value));
            }
        }
    }
    Ok(response)
}
