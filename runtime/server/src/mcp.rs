//! The MCP endpoint: a thin protocol layer for every revision from 2024-11-05 to 2026-07-28,
//! stateless in all of them.
//!
//! It knows nothing of URLs, tokens and the store: whoever has resolved those hands over an
//! [`Endpoint`].

mod discovery;
mod lifecycle;
mod message;
mod prompts;
mod reply;
pub mod sse;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use self::lifecycle::{Framing, Lifecycle};
use self::message::{Message, Request, Unreadable};
pub use self::reply::Answer;
use self::reply::{ResultWriter, RpcError};
use crate::call::{CallContext, Outcome, Pipeline};
use crate::call_log::Client;
use crate::json::Excess;
use crate::provision::ToolExposure;
use crate::violation::{Violation, Violations};
use crate::work;

/// How long clients may keep a list, in milliseconds. Calls are checked against the present filter
/// whatever they keep.
const TTL_MS: u32 = 60_000;

/// One MCP server at the moment of a request.
#[derive(Clone, Copy)]
pub struct Endpoint<'a> {
    /// Account, transport and tools.
    pub context: CallContext<'a>,
    /// How tools are shown.
    pub exposure: ToolExposure,
    /// Performs the calls.
    pub pipeline: &'a Pipeline,
}

/// Answers one HTTP request to an MCP URL that exists. Dropping the future cancels the call
/// upstream.
pub async fn handle(
    endpoint: &Endpoint<'_>,
    method: &Method,
    headers: &HeaderMap,
    body: &Bytes,
) -> Answer {
    if method != Method::POST {
        return Answer::method_not_allowed("POST");
    }
    if !is_json(headers) {
        return Answer::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            r#"{"error":"the content type must be application/json"}"#,
        );
    }
    answer(endpoint, Framing::Http(headers), body)
        .await
        .unwrap_or_else(|| Answer::new(StatusCode::ACCEPTED, Bytes::new()))
}

/// Answers one line of a stdio connection; `None` when it wants no answer. The line holds no line
/// break.
pub async fn line(endpoint: &Endpoint<'_>, body: &Bytes) -> Option<Vec<u8>> {
    let answer = answer(endpoint, Framing::Stdio, body).await?;
    // Between the tokens of a vendor's body, line breaks are white space like any other; within
    // strings they are escaped.
    Some(
        answer
            .body
            .iter()
            .map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte })
            .collect(),
    )
}

fn is_json(headers: &HeaderMap) -> bool {
    support::headers::media_type(headers) == "application/json"
}

async fn answer(endpoint: &Endpoint<'_>, framing: Framing<'_>, body: &Bytes) -> Option<Answer> {
    let whole = body.clone();
    let request = match work::over(body.len(), move || message::read(&whole)).await {
        Ok(Message::Request(request)) => request,
        Ok(Message::Silent) => return None,
        Err(unreadable) => {
            let code = match unreadable {
                Unreadable::Syntax(_) => -32700,
                Unreadable::Invalid(_) => -32600,
            };
            return Some(RpcError::new(code, unreadable.to_string()).refused().answer(None));
        }
    };
    let Request { id, .. } = &request;
    let lifecycle = match lifecycle::of(&request, framing) {
        Ok(lifecycle) => lifecycle,
        Err(error) => return Some(error.answer(Some(id))),
    };
    let id = id.clone();
    Some(
        dispatch(endpoint, lifecycle, request)
            .await
            .unwrap_or_else(|error| error.answer(Some(&id))),
    )
}

async fn dispatch(
    endpoint: &Endpoint<'_>,
    lifecycle: Lifecycle,
    request: Request,
) -> Result<Answer, RpcError> {
    let Request { id, method, params, excess, digits } = request;
    let client = params.get("_meta").and_then(|meta| meta.get(lifecycle::CLIENT_KEY));
    let client = client.and_then(Client::of_info);
    let recorder = endpoint.context.recorder.of_client(client.as_ref());
    let context = CallContext { recorder, digits: Some(&digits), ..endpoint.context };
    let endpoint = &Endpoint { context, ..*endpoint };
    let toolset = endpoint.context.toolset;
    let api = toolset.catalogue.api;
    if method == "tools/call" {
        return call(endpoint, lifecycle, id, params, excess).await;
    }
    if let Some(excess) = excess {
        return Err(RpcError::params(format!("`arguments` hold {excess}")));
    }
    let prompts = prompts::visible(toolset);
    let mut listed = None;
    let mut result = match (method.as_str(), lifecycle) {
        ("tools/list", _) => {
            let (count, listing) = match endpoint.exposure {
                ToolExposure::All => (toolset.tools().len(), toolset.listed_json().clone()),
                ToolExposure::Discovery => discovery::listing(toolset),
            };
            listed = Some(count);
            let mut result = ResultWriter::new(&id, lifecycle, listing.len());
            result.raw("tools", &listing);
            cacheable(&mut result, lifecycle);
            result
        }
        ("prompts/list", _) if !prompts.is_empty() => {
            let mut result = ResultWriter::new(&id, lifecycle, 1024);
            result
                .value("prompts", &prompts.iter().map(|prompt| prompts::listed(prompt)).collect());
            cacheable(&mut result, lifecycle);
            result
        }
        ("prompts/get", _) if !prompts.is_empty() => {
            let prompt = prompts::get(&prompts, &params)?;
            let mut result = ResultWriter::new(&id, lifecycle, 1024);
            prompt.into_iter().for_each(|(name, value)| result.value(&name, &value));
            result
        }
        ("initialize", Lifecycle::Handshake) => {
            if let Some(client) = params.get("clientInfo").and_then(Client::of_info) {
                endpoint.context.recorder.introduced(client);
            }
            let mut result = ResultWriter::new(&id, lifecycle, 1024);
            result.value("protocolVersion", &lifecycle::negotiated(&params).into());
            result.value("capabilities", &capabilities(!prompts.is_empty()));
            result.value("serverInfo", &server_info(api.title));
            result.value("instructions", &instructions(endpoint).into());
            result
        }
        ("ping", Lifecycle::Handshake) => ResultWriter::new(&id, lifecycle, 0),
        ("server/discover", Lifecycle::PerRequest) => {
            let mut result = ResultWriter::new(&id, lifecycle, 1024);
            result.value("supportedVersions", &lifecycle::supported().into());
            result.value("capabilities", &capabilities(!prompts.is_empty()));
            result.value("instructions", &instructions(endpoint).into());
            cacheable(&mut result, lifecycle);
            result
        }
        (method, lifecycle) => return Err(RpcError::method(method, lifecycle)),
    };
    // Noted when a handshake has been read: it says which client this is.
    endpoint.context.recorder.used(endpoint.pipeline.clock.now(), listed);
    if lifecycle == Lifecycle::PerRequest {
        result.value("_meta", &Value::Object(meta(api.title)));
    }
    Ok(Answer::new(StatusCode::OK, result.finish()))
}

async fn call(
    endpoint: &Endpoint<'_>,
    lifecycle: Lifecycle,
    id: Box<RawValue>,
    mut params: Map<String, Value>,
    excess: Option<Excess>,
) -> Result<Answer, RpcError> {
    let Some(Value::String(name)) = params.remove("name") else {
        return Err(RpcError::params("`name` must be the name of a tool"));
    };
    let arguments = match params.remove("arguments") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err(RpcError::params("`arguments` must be an object")),
    };
    let Endpoint { context, pipeline, .. } = endpoint;
    let called = match (excess, endpoint.exposure) {
        (Some(excess), _) => refused(endpoint, &name, &excess).await,
        (None, ToolExposure::All) => pipeline.call(context, &name, arguments).await.ok(),
        (None, ToolExposure::Discovery) => discovery::call(endpoint, &name, arguments).await,
    };
    let Some(outcome) = called else {
        return Err(RpcError::params("unknown tool"));
    };
    let title = context.toolset.catalogue.api.title;
    Ok(work::over(outcome.size(), move || result(&id, lifecycle, title, &outcome)).await)
}

/// The answer to arguments that there are too many of to look at them: that of a tool that exists,
/// or of none.
async fn refused(endpoint: &Endpoint<'_>, name: &str, excess: &Excess) -> Option<Outcome> {
    let violations = Violations::one(Violation::new(
        "",
        format!("less in one call; these arguments hold {excess}"),
    ));
    match endpoint.exposure {
        ToolExposure::All => endpoint.pipeline.refuse(&endpoint.context, name, &violations).await,
        ToolExposure::Discovery => discovery::has(endpoint.context.toolset, name)
            .then(|| Outcome::invalid_arguments(&violations)),
    }
}

/// The answer to a call that came to `outcome`.
fn result(id: &RawValue, lifecycle: Lifecycle, title: &str, outcome: &Outcome) -> Answer {
    let mut result = ResultWriter::new(id, lifecycle, outcome.json().len() * 5 / 2);
    result.outcome(outcome);
    let mut meta = if lifecycle == Lifecycle::PerRequest { meta(title) } else { Map::new() };
    if let Some(rate) = &outcome.rate {
        meta.insert("ratelimit".to_owned(), json!(rate));
    }
    if !meta.is_empty() {
        result.value("_meta", &Value::Object(meta));
    }
    let answer = Answer::new(StatusCode::OK, result.finish());
    match &outcome.rate {
        Some(rate) => answer.with_rate(rate),
        None => answer,
    }
}

fn cacheable(result: &mut ResultWriter, lifecycle: Lifecycle) {
    if lifecycle == Lifecycle::PerRequest {
        result.value("ttlMs", &TTL_MS.into());
        result.raw("cacheScope", b"\"private\"");
    }
}

fn capabilities(prompts: bool) -> Value {
    if prompts { json!({"tools": {}, "prompts": {}}) } else { json!({"tools": {}}) }
}

fn server_info(title: &str) -> Value {
    json!({"name": "drawbridge", "title": format!("{title} (Drawbridge)"), "version": env!("CARGO_PKG_VERSION")})
}

fn meta(title: &str) -> Map<String, Value> {
    Map::from_iter([("io.modelcontextprotocol/serverInfo".to_owned(), server_info(title))])
}

/// What every caller should know: the API's own words, and what this server adds.
fn instructions(endpoint: &Endpoint<'_>) -> String {
    const COMMON: &str = "A failed call answers {error} with kind and advice.";
    let toolset = endpoint.context.toolset;
    let own = toolset.speakable(toolset.catalogue.api.instructions);
    let discovery = match endpoint.exposure {
        ToolExposure::All => "",
        ToolExposure::Discovery => discovery::instructions(toolset),
    };
    format!("{} {COMMON}{discovery}", own.trim_end()).trim_start().to_owned()
}
