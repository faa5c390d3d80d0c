//! Why there is no page, in words: what happened, why, and what to do.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;

use super::chrome::Chrome;
use crate::admin::Problem;
use crate::provision::ProvisionError;

/// A page that cannot be shown. [`super::session::required`] puts it into what is around pages.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) detail: String,
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    chrome: &'a Chrome,
    failure: &'a Failure,
}

impl Failure {
    pub(super) fn new(
        status: StatusCode,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { status, title: title.into(), detail: detail.into() }
    }

    /// 404.
    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing here",
            "It may have been revoked or deleted, or have expired. The audit log says what became of it.",
        )
    }

    /// 404, for an address that no page has.
    pub(super) fn nowhere() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is no page at this address",
            "Look at how it is written, or begin at Home.",
        )
    }

    /// 500.
    pub(super) fn ours() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "Nothing was lost. The log of this program says what it was.",
        )
    }

    /// The page that says so.
    pub(super) fn shown(&self, chrome: &Chrome) -> Response {
        let html = FailurePage { chrome, failure: self }.render().unwrap_or_default();
        let mut response = (self.status, Html(html)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, http::HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem.status() {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::INTERNAL_SERVER_ERROR => Self::ours(),
            StatusCode::SERVICE_UNAVAILABLE => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "This cannot be answered at the moment",
                problem.words(),
            ),
            status => Self::new(status, "This cannot be done", problem.words()),
        }
    }
}

impl From<ProvisionError> for Failure {
    fn from(error: ProvisionError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
