//! `/healthz`, `/readyz`, `/metrics`: open to everyone who reaches the address.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::problem::Problem;
use crate::app::App;

pub(super) async fn alive() -> Response {
    json(r#"{"status":"ok"}"#.to_owned())
}

/// Whether requests can be served: the database answers, and opens. `sealed_under_other_keys`
/// counts the values that are still under another master key than the first of this node.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let unready =
        |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
    if app.shutdown.is_cancelled() {
        return unready("the program is ending");
    }
    let Ok(otherwise) = app.provision.sealed_otherwise().await else {
        return unready("the database does not answer");
    };
    let keys = app.provision.keys();
    let mut state = json!({"status": "ok", "master_key": keys.first_id().to_string(), "sealed_under_other_keys": otherwise});
    if let Some(trouble) = keys.trouble() {
        state["warning"] =
            format!("the master key's file {trouble}: the next start would be refused").into();
    }
    json(state.to_string())
}

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    match &app.metrics {
        Some(handle) => {
            ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
        }
        None => Problem::not_found().into_response(),
    }
}

fn json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
