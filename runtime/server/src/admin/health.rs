//! `/healthz`, `/readyz`, `/metrics`: open to everyone who reaches the address.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::problem::Problem;
use crate::app::App;

pub(super) async fn alive() -> Response {
    json(r#"{"status":"ok"}"#)
}

pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.provision.store().ping().await {
        Ok(()) => json(r#"{"status":"ok"}"#),
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    match &app.metrics {
        Some(handle) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response(),
        None => Problem::not_found().into_response(),
    }
}

fn json(text: &'static str) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}
