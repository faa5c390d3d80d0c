//! What can go wrong between an argument struct and a decoded answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::response::Response;

/// An argument that cannot be put into a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("argument `{argument}` {problem}")]
pub struct EncodeError {
    /// The argument, by its wire name.
    pub argument: String,
    /// What is wrong with it, as a clause that follows the name.
    pub problem: String,
}

impl EncodeError {
    pub(crate) fn segment(name: &str, problem: &str) -> Self {
        Self { argument: name.to_owned(), problem: problem.to_owned() }
    }
    pub(crate) fn shape(name: &str, problem: &str) -> Self {
        Self { argument: name.to_owned(), problem: format!("cannot be written: {problem}") }
    }
    pub(crate) fn header(name: &str) -> Self {
        Self {
            argument: name.to_owned(),
            problem: "holds characters that a header cannot carry".to_owned(),
        }
    }
    pub(crate) fn left_out(name: &str) -> Self {
        Self {
            argument: name.to_owned(),
            problem:
                "does not go with the other arguments: the body has no form that holds all of them"
                    .to_owned(),
        }
    }
    pub(crate) fn body(error: &serde_json::Error) -> Self {
        Self { argument: "body".to_owned(), problem: format!("cannot be written: {error}") }
    }
}

/// Tool arguments that do not make a request.
#[derive(Debug, thiserror::Error)]
pub enum LowerError {
    /// The arguments do not fit the operation's struct.
    #[error("arguments do not fit: {0}")]
    Shape(#[from] serde_json::Error),
    /// One argument cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// An answer that is not what the document says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} answered {status}, but not as the document says: {problem}{}", at(.path))]
pub struct DecodeError {
    /// The operation's id.
    pub operation: &'static str,
    /// The answer's status.
    pub status: StatusCode,
    /// Where in the body: members and indices, `list[3].name`; empty for the body itself.
    pub path: String,
    /// What did not match.
    pub problem: String,
    /// The body as received.
    pub body: Bytes,
}

/// A place in a body, as a clause.
fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", at {path}") }
}

impl DecodeError {
    /// A mismatch at `path` in the body of an answer. Which operation it answers is filled in by
    /// who sent it.
    #[must_use]
    pub fn new(response: &Response, path: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self {
            operation: "",
            status: response.status,
            path: path.into(),
            problem: problem.to_string(),
            body: response.body.clone(),
        }
    }

    /// An answer whose status the document does not declare.
    #[must_use]
    pub fn undeclared(response: &Response) -> Self {
        Self::new(response, "", "its status is not declared")
    }
}

/// A request that got no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The time limit passed.
    #[error("no answer in time")]
    Timeout,
    /// The answer is larger than the limit in bytes.
    #[error("answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The API refused to renew the account's grant: a person must connect it again.
    #[error("the account must be connected again: {0}")]
    NeedsReauth(String),
    /// No credential fits the operation's security requirement.
    #[error("no credential for {0}")]
    MissingCredential(String),
    /// Nothing was sent: the way to the host is closed or full for the moment, for the reason
    /// given.
    #[error("{0}")]
    Unavailable(String),
    /// The host could not be reached, or broke off.
    #[error("upstream unreachable: {0}")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A failed call of a typed client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error<F> {
    /// The arguments cannot be sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A success answer that does not match the document.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The API answered with an error status.
    #[error("{0}")]
    Api(Box<ApiError<F>>),
}

impl<F> Error<F> {
    /// The status, where there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api(answer) => Some(answer.status),
            Self::Decode(error) => Some(error.status),
            Self::Encode(_) | Self::Transport(_) => None,
        }
    }

    /// Whether the API asks to be called less often (429, RFC 6585 section 4).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self, Self::Api(answer) if answer.is_rate_limited())
    }

    /// How long the API asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(answer) => answer.retry_after(),
            _ => None,
        }
    }
}

/// The headers in which APIs name a request, the usual first.
const REQUEST_IDS: [&str; 5] =
    ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-trace-id"];
/// The members in which APIs put a message for people, the usual first.
const MESSAGES: [&str; 7] =
    ["message", "error_description", "detail", "title", "errorMessage", "description", "error"];
/// How much of an answer's text stands in a message, in characters.
const EXCERPT: usize = 300;

/// An error answer: always the status, headers and body; the typed failure when the body matches
/// the document.
#[derive(Debug, Clone)]
pub struct ApiError<F> {
    /// The operation's id.
    pub operation: &'static str,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as received.
    pub body: Bytes,
    /// The body as the document declares it for this status; `None` when it is something else.
    pub failure: Option<F>,
}

impl<F> ApiError<F> {
    /// Whether the API asks to be called less often (429, RFC 6585 section 4).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// How long the API asks to wait: `Retry-After` as a number of seconds (RFC 9110 section
    /// 10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        crate::retry::delay_seconds(&self.headers)
    }

    /// The id under which the API knows the request: what its support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        REQUEST_IDS.into_iter().find_map(|name| self.header(name))
    }

    /// The API's own message for people, or the beginning of the body.
    #[must_use]
    pub fn message(&self) -> String {
        let body = serde_json::from_slice(&self.body).ok();
        let text = body
            .as_ref()
            .and_then(message)
            .map_or_else(|| String::from_utf8_lossy(&self.body).trim().to_owned(), str::to_owned);
        match text.char_indices().nth(EXCERPT) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The message in a body: in one of the usual members, or in the first of several errors.
fn message(body: &Value) -> Option<&str> {
    match body {
        Value::String(text) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        Value::Object(members) => {
            let named = MESSAGES.into_iter().filter_map(|name| members.get(name));
            named.chain(members.get("errors")).find_map(message)
        }
        Value::Array(items) => items.first().and_then(message),
        _ => None,
    }
}

impl<F> fmt::Display for ApiError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}", self.operation, self.status)?;
        match self.message() {
            text if text.is_empty() => Ok(()),
            text => write!(f, ": {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ApiError<()> {
        ApiError {
            operation: "getThing",
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
                })
                .collect(),
            body: body.to_owned().into(),
            failure: None,
        }
    }

    #[test]
    fn an_error_says_operation_status_and_the_apis_own_message() {
        for (body, message) in [
            (json!({"code": "X", "message": "no such thing"}).to_string(), "no such thing"),
            (json!({"error": {"message": "gone"}}).to_string(), "gone"),
            (json!({"errors": [{"detail": "first"}, {"detail": "second"}]}).to_string(), "first"),
            (json!({"error": "invalid_grant", "error_description": "old"}).to_string(), "old"),
            ("<html>down</html>\n".to_owned(), "<html>down</html>"),
        ] {
            let shown = error(404, &[], &body).to_string();
            assert_eq!(shown, format!("getThing answered 404 Not Found: {message}"));
        }
        assert_eq!(error(502, &[], "").to_string(), "getThing answered 502 Bad Gateway");
        let long = "é".repeat(1_000);
        assert_eq!(error(500, &[], &long).message().chars().count(), EXCERPT + 1);
    }

    #[test]
    fn a_refused_call_says_when_to_come_back_and_by_which_id_it_is_known() {
        let refused = error(429, &[("retry-after", "7"), ("x-request-id", "r-1")], "");
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(refused.request_id(), Some("r-1"));
        let error = Error::Api(Box::new(refused));
        assert!(error.is_rate_limited());
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS));
    }
}
