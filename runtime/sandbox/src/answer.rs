//! From an HTTP request to its answer: log, faults, tenant, log.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Shared;
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::control::Control;
use crate::dialect::Dialect;
use crate::fault::Fault;
use crate::incoming::Incoming;
use crate::journal::Seen;
use crate::reply::Reply;
use crate::state::{Inner, State};
use crate::{contract, ironclad, torii};

/// Larger bodies are refused; Ironclad takes files of up to 100 MB.
const MAX_BODY: usize = 110 * 1024 * 1024;

pub(crate) fn router(inner: Arc<Inner>) -> axum::Router {
    axum::Router::new().fallback(answer).with_state(inner)
}

async fn answer(Shared(inner): Shared<Arc<Inner>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Dialect::Torii
            .error(413, "TOO_LARGE", "the request body is too large", "")
            .into_response();
    };
    let path = parts.uri.path();
    if let Some(route) = path.strip_prefix("/_sandbox/")
        && inner.options.control_routes
    {
        return own_route(&inner, &parts, route, &body).into_response();
    }
    let (entry, fault) = arrive(&inner, &parts, &body);
    let Some(fault) = fault else {
        return tell(&inner, entry, &parts, &body).into_response();
    };
    match fault {
        Fault::Hang => std::future::pending().await,
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            tell(&inner, entry, &parts, &body).into_response()
        }
        Fault::Drop => broken(None),
        Fault::Truncate => broken(Some(Bytes::from_static(b"{\"list\":["))),
        Fault::Garbage => {
            inner.state().journal.answered(entry, 200, Vec::new());
            Reply::bytes("application/json", Bytes::from_static(b"<html>{\"list\": [\xff"))
                .into_response()
        }
        Fault::Status { status, body, headers } => {
            inner.state().journal.answered(entry, status, Vec::new());
            staged(status, body, &headers)
        }
    }
}

/// Logs the request and looks for a planned fault.
fn arrive(inner: &Inner, parts: &Parts, body: &Bytes) -> (u64, Option<Fault>) {
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let mut state = inner.state();
    let seen = Seen {
        at: state.clock.now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or("").to_owned(),
        headers,
        body: body.clone(),
        status: 0,
        violations: Vec::new(),
    };
    let entry = state.journal.push(seen);
    let fault = state.faults.take(parts.uri.path());
    (entry, fault)
}

/// Lets the tenant answer.
fn tell(inner: &Inner, entry: u64, parts: &Parts, body: &Bytes) -> Reply {
    let incoming = Incoming {
        method: &parts.method,
        path: parts.uri.path(),
        parts,
        body,
        rate_limits: inner.options.rate_limits,
    };
    let described = !torii::is_storage(incoming.path) && !ironclad::is_page(incoming.path);
    let judged = inner.contract.as_ref().filter(|_| described);
    let faults = judged.map_or_else(Vec::new, |contract| contract.violations(&incoming));
    let mut state = inner.state();
    let reply =
        if faults.is_empty() { route(&mut state, &incoming) } else { contract::refusal(&faults) };
    state.journal.answered(entry, reply.status, faults);
    reply
}

fn route(state: &mut State, incoming: &Incoming<'_>) -> Reply {
    let now = state.clock.now();
    if incoming.method == Method::GET && ironclad::is_page(incoming.path) {
        return ironclad::show(state.ironclad(), incoming.path);
    }
    if torii::owns(incoming.path) {
        state.torii();
    } else if ironclad::owns(incoming.path) {
        state.ironclad();
    }
    let State { ironclad, torii, limits, .. } = state;
    if let (Some(tenant), true) = (torii, torii::owns(incoming.path)) {
        torii::answer(tenant, limits, now, incoming)
    } else if let (Some(tenant), true) = (ironclad, ironclad::owns(incoming.path)) {
        ironclad::answer(tenant, limits, now, incoming)
    } else {
        Reply::status(404, json!({ "error": "no such route", "path": incoming.path }))
    }
}

fn own_route(inner: &Arc<Inner>, parts: &Parts, route: &str, body: &Bytes) -> Reply {
    match (route, &parts.method) {
        ("requests", &Method::GET) => {
            let entries: Vec<Value> =
                inner.state().journal.entries().iter().map(Seen::to_json).collect();
            Reply::json(Value::Array(entries))
        }
        ("requests", &Method::DELETE) => {
            inner.state().journal.clear();
            Reply::none()
        }
        ("control", &Method::POST) => {
            let Ok(command) = serde_json::from_slice::<Value>(body) else {
                return Reply::status(400, json!({ "error": "not JSON" }));
            };
            match Control::new(Arc::clone(inner)).apply(&command) {
                Ok(done) => Reply::json(done),
                Err(problem) => Reply::status(400, json!({ "error": problem })),
            }
        }
        _ => Reply::status(404, json!({ "error": "no such route" })),
    }
}

fn staged(status: u16, body: Value, headers: &[(String, String)]) -> Response<Body> {
    let reply = match body {
        Value::String(text) => {
            Reply { status, ..Reply::bytes("text/plain; charset=utf-8", Bytes::from(text)) }
        }
        Value::Null => Reply { status, ..Reply::none() },
        body => Reply::status(status, body),
    };
    let mut response = reply.into_response();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (name.parse::<header::HeaderName>(), HeaderValue::from_str(value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

enum Progress {
    Nothing,
    Some,
    Over,
}

/// A response whose body fails: before the first byte, so that the connection closes without an
/// answer, or after some.
fn broken(first: Option<Bytes>) -> Response<Body> {
    let cut = || Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    let steps = stream::unfold((first, Progress::Nothing), move |(first, progress)| async move {
        match (first, progress) {
            (Some(bytes), _) => Some((Ok(bytes), (None, Progress::Some))),
            (None, Progress::Nothing) => Some((cut(), (None, Progress::Over))),
            (None, Progress::Some) => {
                // Gives the connection a turn to send what it has.
                tokio::task::yield_now().await;
                Some((cut(), (None, Progress::Over)))
            }
            (None, Progress::Over) => None,
        }
    });
    let mut response = Response::new(Body::from_stream(steps));
    *response.status_mut() = StatusCode::OK;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
