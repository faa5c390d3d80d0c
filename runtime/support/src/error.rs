//! What can go wrong between an argument struct and a decoded answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

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
#[error("answer {status} does not match the document: {problem}")]
pub struct DecodeError {
    /// The answer's status.
    pub status: StatusCode,
    /// What did not match.
    pub problem: String,
    /// The first bytes of the body, as text.
    pub excerpt: String,
}

impl DecodeError {
    /// A mismatch in `body`, of which the beginning is kept.
    #[must_use]
    pub fn new(status: StatusCode, problem: impl fmt::Display, body: &[u8]) -> Self {
        let excerpt = String::from_utf8_lossy(&body[..body.len().min(256)]).into_owned();
        Self { status, problem: problem.to_string(), excerpt }
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

/// An error answer: always the status, headers and body; the typed failure when the body matches
/// the document.
#[derive(Debug, Clone)]
pub struct ApiError<F> {
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
    /// The `Retry-After` header when it is a number of seconds (RFC 9110 section 10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.headers
            .get(http::header::RETRY_AFTER)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()
            .map(Duration::from_secs)
    }
}

impl<F> fmt::Display for ApiError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let excerpt = String::from_utf8_lossy(&self.body[..self.body.len().min(256)]);
        write!(f, "the API answered {}: {excerpt}", self.status)
    }
}
