//! Whether a caller wants a page or JSON, by its `Accept`: a browser that opens an address of the
//! admin API is led to the page about the same thing, and a program that opens a page is told of the
//! API.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::session::redirect;
use super::{dressed, is_part, session};
use crate::admin::Problem;
use crate::app::App;

/// How much of `Accept` is read, in ranges.
const RANGES: usize = 32;

/// The pages about what the routes of the admin API answer. `{id}` and `{server_id}` are taken over.
const PAGES: [(&str, &str); 8] = [
    ("/call-log", "/calls"),
    ("/integrated-account", "/accounts"),
    ("/integrated-account/{id}", "/accounts/{id}"),
    ("/integrated-account/{id}/mcp", "/accounts/{id}/mcp"),
    ("/integrated-account/{id}/mcp/{server_id}", "/mcp-servers/{server_id}"),
    ("/integrated-account/{id}/tools", "/accounts/{id}/tools"),
    ("/api-token", "/tokens"),
    ("/audit-log", "/audit"),
];

/// Leads whoever reads an address of the admin API and would rather have a page to it.
pub(crate) async fn lead(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some(page) = page_about(&request) else { return next.run(request).await };
    let mut response = if reads(&request) && prefers_page(request.headers()) {
        redirect(&format!("{}{page}", app.base_path()))
    } else {
        next.run(request).await
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
    response
}

/// Tells a program that opens Home where the admin API is described.
pub(super) async fn home_for_browsers(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let home = request.uri().path() == "/";
    if !home || prefers_page(headers) || is_part(headers) {
        return next.run(request).await;
    }
    let words = "this is a page for browsers; the admin API is described at /openapi.json";
    Problem::new(StatusCode::NOT_FOUND, words).into_response()
}

/// What is at an address that is none: a page for browsers, a problem for programs.
pub(crate) async fn nowhere(State(app): State<Arc<App>>, request: Request) -> Response {
    if reads(&request) && prefers_page(request.headers()) {
        let (parts, _) = request.into_parts();
        dressed(session::nowhere(&app, &parts.headers).await)
    } else {
        Problem::not_found().into_response()
    }
}

fn reads(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// The address of the page about what a request asks for, with its query.
fn page_about(request: &Request) -> Option<String> {
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    let (_, page) = PAGES.iter().find(|(api, _)| *api == route)?;
    let given = request.uri().path().split('/');
    let mut address = (*page).to_owned();
    for (name, value) in route.split('/').zip(given).filter(|(name, _)| name.starts_with('{')) {
        address = address.replace(name, value);
    }
    if let Some(query) = request.uri().query() {
        address = format!("{address}?{query}");
    }
    Some(address)
}

/// Whether an answer in HTML is wanted more than one in JSON (RFC 9110 section 12.5.1). What is as
/// good either way is JSON, unless only HTML is named.
fn prefers_page(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let ranges: Vec<_> = lines.flat_map(|line| line.split(',')).take(RANGES).map(range).collect();
    let html = weight(&ranges, "text", "html");
    html.0 > 0.0 && html > weight(&ranges, "application", "json")
}

/// A range of media types, and how welcome it is.
fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| Some(part.strip_prefix("q=")?.parse().unwrap_or_default()));
    (essence, quality.unwrap_or(1.0))
}

/// How welcome a media type is, and how exactly it is named, which decides between equals.
fn weight(ranges: &[(String, f32)], kind: &str, subtype: &str) -> (f32, u8) {
    let ways = [(3, format!("{kind}/{subtype}")), (2, format!("{kind}/*")), (1, "*/*".to_owned())];
    ways.iter()
        .find_map(|(exactness, name)| {
            let (_, quality) = ranges.iter().find(|(range, _)| range == name)?;
            Some((*quality, *exactness))
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_for_those_who_would_rather_have_them() {
        let prefers = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
            prefers_page(&headers)
        };
        for page in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
            "text/html, */*",
            "text/html;q=0.9, application/json;q=0.89",
            "TEXT/HTML",
            "text/*",
        ] {
            assert!(prefers(page), "{page}");
        }
        for json in [
            "*/*",
            "",
            "application/json",
            "application/json, text/html",
            "text/html;q=0.8, application/json",
            "text/html;q=0.5, */*",
            "text/html;q=0",
            "text/html;q=nan",
            "text/html;level=1;q=x, application/json;q=0.1",
            "image/png",
        ] {
            assert!(!prefers(json), "{json}");
        }
        assert!(!prefers_page(&HeaderMap::new()));
    }
}
