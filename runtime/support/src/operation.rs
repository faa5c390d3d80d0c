//! Operations: what every generated argument struct implements.

use http::{HeaderMap, Method, StatusCode};

use crate::error::{ApiError, DecodeError, EncodeError, Error};
use crate::request::Request;
use crate::response::{Response, StreamingResponse};
use crate::transport::Transport;

/// The largest answer that a typed client keeps in memory, in bytes.
pub const RESPONSE_LIMIT: u64 = 64 * 1024 * 1024;

/// Static facts of an operation.
#[derive(Debug)]
pub struct OperationInfo {
    /// The document's `operationId`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template as the document has it.
    pub path: &'static str,
    /// The same, split at its variables.
    pub segments: &'static [Segment],
    /// Scheme, host and port of a server of its own, where the document names one that is not the
    /// API's.
    pub origin: Option<&'static str>,
    /// The media types of the success answers, for `Accept`.
    pub accept: &'static str,
    /// Security requirements: any one of the outer list, all of the inner one (scheme names).
    /// Empty: none needed.
    pub security: &'static [&'static [&'static str]],
}

/// A part of a path template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// Text, percent-encoded.
    Literal(&'static str),
    /// The variable of this name.
    Parameter(&'static str),
}

/// How many parts a path template has.
#[must_use]
pub const fn segment_count(path: &'static str) -> usize {
    let (mut rest, mut count) = (path, 0);
    while let Some((_, after)) = first_segment(rest) {
        rest = after;
        count += 1;
    }
    count
}

/// The parts of a path template; `N` is its [`segment_count`]. Worked out while compiling.
#[must_use]
pub const fn segments<const N: usize>(path: &'static str) -> [Segment; N] {
    let mut found = [Segment::Literal(""); N];
    let (mut rest, mut count) = (path, 0);
    while let Some((segment, after)) = first_segment(rest) {
        found[count] = segment;
        rest = after;
        count += 1;
    }
    found
}

/// The first part, and what follows; a brace without its other is text.
#[expect(clippy::disallowed_methods, reason = "the brace before the cut is one byte")]
const fn first_segment(rest: &'static str) -> Option<(Segment, &'static str)> {
    let bytes = rest.as_bytes();
    let opens = matches!(bytes.first(), Some(b'{'));
    let mut end = 1;
    while end < bytes.len() && bytes[end] != if opens { b'}' } else { b'{' } {
        end += 1;
    }
    if bytes.is_empty() {
        None
    } else if opens && end < bytes.len() {
        let (part, after) = rest.split_at(end);
        Some((Segment::Parameter(part.split_at(1).1), after.split_at(1).1))
    } else {
        let (part, after) = rest.split_at(end);
        Some((Segment::Literal(part), after))
    }
}

/// An operation with its arguments.
pub trait Operation: Send + Sync {
    /// The decoded 2xx answer.
    type Success: Send;
    /// The decoded error answer.
    type Failure: Send;

    /// Static facts.
    const INFO: &'static OperationInfo;

    /// Lowers the arguments to a request.
    ///
    /// # Errors
    /// When an argument cannot be encoded where it belongs.
    fn request(&self) -> Result<Request, EncodeError>;

    /// Decodes a 2xx answer.
    ///
    /// # Errors
    /// When the body is not what the document declares for its status.
    fn success(response: &Response) -> Result<Self::Success, DecodeError>;

    /// Decodes an error answer; `None` when the body is not what the document declares.
    fn failure(response: &Response) -> Option<Self::Failure>;
}

/// What a call of an operation brings: its decoded answer, or why there is none.
pub type Outcome<O> = Result<<O as Operation>::Success, Error<<O as Operation>::Failure>>;

/// A decoded 2xx answer with what came around it.
#[derive(Debug, Clone)]
pub struct TypedResponse<T> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The decoded body.
    pub body: T,
}

/// Sends an operation over a transport and decodes its answer.
///
/// # Errors
/// See [`Error`].
pub async fn send<O: Operation>(
    transport: &dyn Transport,
    operation: &O,
) -> Result<O::Success, Error<O::Failure>> {
    answer(transport, operation).await.map(|answer| answer.body)
}

/// The same with the answer's status and headers: for locations, links, entity tags and rates.
///
/// # Errors
/// See [`Error`].
pub async fn answer<O: Operation>(
    transport: &dyn Transport,
    operation: &O,
) -> Result<TypedResponse<O::Success>, Error<O::Failure>> {
    let response = exchange(transport, operation.request()?).await?;
    if response.status.is_success() {
        let body = O::success(&response)?;
        return Ok(TypedResponse { status: response.status, headers: response.headers, body });
    }
    let failure = O::failure(&response);
    let Response { status, headers, body } = response;
    Err(Error::Api(Box::new(ApiError { status, headers, body, failure })))
}

/// Sends an operation and leaves a 2xx answer's body streaming, for downloads.
///
/// # Errors
/// See [`Error`].
pub async fn stream<O: Operation>(
    transport: &dyn Transport,
    operation: &O,
) -> Result<StreamingResponse, Error<O::Failure>> {
    let response = transport.send(operation.request()?).await?;
    if response.status.is_success() {
        return Ok(response);
    }
    let response = response.collect(RESPONSE_LIMIT).await?;
    let failure = O::failure(&response);
    let Response { status, headers, body } = response;
    Err(Error::Api(Box::new(ApiError { status, headers, body, failure })))
}

async fn exchange(
    transport: &dyn Transport,
    request: Request,
) -> Result<Response, crate::TransportError> {
    transport.send(request).await?.collect(RESPONSE_LIMIT).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_split_at_its_variables() {
        use Segment::{Literal, Parameter};
        const PATH: &str = "/a/{b}/c/{d}{e}:f";
        const PARTS: [Segment; segment_count(PATH)] = segments(PATH);
        assert_eq!(
            PARTS,
            [
                Literal("/a/"),
                Parameter("b"),
                Literal("/c/"),
                Parameter("d"),
                Parameter("e"),
                Literal(":f")
            ]
        );
        assert_eq!(segments::<1>("/a"), [Literal("/a")]);
        assert_eq!(segments::<2>("/{a"), [Literal("/"), Literal("{a")]);
        assert_eq!(segment_count(""), 0);
    }
}
