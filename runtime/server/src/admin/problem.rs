//! Errors of the HTTP API: problem documents (RFC 9457) that name what is wrong.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::bound;
use crate::provision::ProvisionError;
use crate::store::StoreError;
use crate::violation::Violations;

/// What whoever sent no good API token is challenged with (RFC 6750 section 3).
pub(crate) const fn challenge(sent: bool) -> &'static str {
    if sent {
        r#"Bearer realm="drawbridge", error="invalid_token""#
    } else {
        r#"Bearer realm="drawbridge""#
    }
}

/// A problem document.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    errors: Vec<Value>,
    /// How many errors there are beside those.
    more: usize,
    challenge: Option<&'static str>,
}

impl Problem {
    /// A problem that `detail` tells all about.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: bound::cut_owned(detail.into(), bound::MESSAGE),
            errors: Vec::new(),
            more: 0,
            challenge: None,
        }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All that it says, as sentences for people.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = self.detail.clone();
        for error in &self.errors {
            let what =
                error["parameter"].as_str().or(error["pointer"].as_str()).unwrap_or_default();
            words.push_str(if words.is_empty() { "" } else { "; " });
            words.push_str(what.trim_start_matches('/'));
            words.push(' ');
            words.push_str(error["detail"].as_str().unwrap_or_default());
        }
        words
    }

    /// What is wrong with each parameter or member that it names, by itself.
    pub(crate) fn details(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().filter_map(|error| error["detail"].as_str())
    }

    /// The parameter that is wrong, and what is wrong with it.
    pub(crate) fn of_parameter(&self) -> Option<(&str, &str)> {
        let error = self.errors.first()?;
        Some((error["parameter"].as_str()?, error["detail"].as_str()?))
    }

    /// 404: no such route or thing.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing here")
    }

    /// 401: no API token, or none that we know.
    #[must_use]
    pub fn unauthorized(sent: bool) -> Self {
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "send a valid API token as `Authorization: Bearer <token>`",
        );
        problem.challenge = Some(challenge(sent));
        problem
    }

    /// 403: a token that does not reach so far.
    #[must_use]
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// 400: something about the query.
    #[must_use]
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "a query parameter is wrong");
        let detail = bound::cut_owned(detail.into(), bound::SENTENCE);
        problem.errors.push(json!({"parameter": bound::cut(name, bound::NAME), "detail": detail}));
        problem
    }

    /// 400: a parameter whose value is none of those that are known, of which some are listed.
    #[must_use]
    pub fn unknown(name: &str, what: &str, known: &[String]) -> Self {
        if known.is_empty() {
            return Self::parameter(name, format!("is no {what}: there is none yet"));
        }
        let known: Vec<_> = known.iter().map(|known| bound::cut(known, bound::NAME)).collect();
        Self::parameter(name, format!("is no {what}; known: {}", known.join(", ")))
    }

    /// 422: members of the body, each named by its pointer; those beyond what an answer names are
    /// counted.
    #[must_use]
    pub fn members(violations: &Violations) -> Self {
        let more = violations.more();
        let detail = match more {
            0 => "the body cannot be accepted; see errors".to_owned(),
            _ => format!(
                "the body cannot be accepted; see errors, of which {more} more are not named"
            ),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        problem.more = more;
        problem.errors = violations
            .named()
            .iter()
            .map(|violation| json!({"pointer": violation.pointer, "detail": violation.expected}))
            .collect();
        problem
    }
}

impl From<ProvisionError> for Problem {
    fn from(error: ProvisionError) -> Self {
        match error {
            ProvisionError::NotFound => Self::not_found(),
            ProvisionError::Invalid(violations) => Self::members(&violations),
            ProvisionError::Contended => Self::new(
                StatusCode::CONFLICT,
                "it was changed by someone else at the same time; try again",
            ),
            ProvisionError::Repeated => {
                Self::new(StatusCode::CONFLICT, "the same form was sent before, and did this then")
            }
            error @ ProvisionError::Full { .. } => {
                Self::new(StatusCode::CONFLICT, error.to_string())
            }
            ProvisionError::Store(StoreError::Unavailable(_) | StoreError::Down) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer; nothing was changed as far as we know, try again",
            ),
            error @ (ProvisionError::Seal(_) | ProvisionError::Credentials(..)) => {
                tracing::error!(%error, "a sealed value could not be opened");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("what is stored cannot be opened: {error}"),
                )
            }
            other => {
                tracing::error!(error = %other, "an answer could not be given");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "something went wrong on our side; the log says what",
                )
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        ProvisionError::from(error).into()
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::members(&violations)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut document = Map::new();
        document.insert("type".to_owned(), json!("about:blank"));
        document
            .insert("title".to_owned(), json!(self.status.canonical_reason().unwrap_or("Error")));
        document.insert("status".to_owned(), json!(self.status.as_u16()));
        document.insert("detail".to_owned(), json!(self.detail));
        if !self.errors.is_empty() {
            document.insert("errors".to_owned(), Value::Array(self.errors));
        }
        if self.more > 0 {
            document.insert("more".to_owned(), json!(self.more));
        }
        let mut response = (self.status, Value::Object(document).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
