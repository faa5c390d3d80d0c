//! Operations: what every generated argument struct implements.

use http::header::{ACCEPT, HeaderValue};
use http::{HeaderMap, StatusCode};

use crate::error::{ApiError, DecodeError, EncodeError, Error};
use crate::request::Request;
use crate::response::{Response, StreamingResponse};
use crate::transport::Transport;
use crate::value::FilePart;

pub use crate::operation_info::{OperationInfo, Segment};

/// The largest answer that a typed client keeps in memory, in bytes.
pub const RESPONSE_LIMIT: u64 = 64 * 1024 * 1024;

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

/// An operation whose JSON body goes as the part `data` of a `multipart/form-data` body, with files
/// beside it, each with the name of its part: the other form of a body for which a document declares
/// both.
#[derive(Debug, Clone)]
pub struct WithFiles<O> {
    /// The operation.
    pub operation: O,
    /// The part that is its body.
    pub data: &'static str,
    /// The files, each behind the name by which the body refers to it.
    pub files: Vec<(String, FilePart)>,
}

impl<O: Operation> Operation for WithFiles<O> {
    type Success = O::Success;
    type Failure = O::Failure;
    const INFO: &'static OperationInfo = O::INFO;

    fn request(&self) -> Result<Request, EncodeError> {
        let files = self.files.iter().map(|(name, file)| (name.as_str(), file));
        self.operation.request()?.with_files(self.data, files)
    }

    fn success(response: &Response) -> Result<Self::Success, DecodeError> {
        O::success(response)
    }

    fn failure(response: &Response) -> Option<Self::Failure> {
        O::failure(response)
    }
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
        let body = O::success(&response)
            .map_err(|error| DecodeError { operation: O::INFO.id, ..error })?;
        return Ok(TypedResponse { status: response.status, headers: response.headers, body });
    }
    Err(failure::<O>(response))
}

/// Sends an operation and leaves a 2xx answer's body streaming, for downloads.
///
/// # Errors
/// See [`Error`].
pub async fn stream<O: Operation>(
    transport: &dyn Transport,
    operation: &O,
) -> Result<StreamingResponse, Error<O::Failure>> {
    opened::<O>(transport, operation.request()?).await
}

/// The same in a media type that is asked for in place of the one that is decoded: for answers that
/// the API has in several.
///
/// # Errors
/// See [`Error`]; also where `media_type` cannot stand in a header.
pub async fn stream_as<O: Operation>(
    transport: &dyn Transport,
    operation: &O,
    media_type: &str,
) -> Result<StreamingResponse, Error<O::Failure>> {
    let mut request = operation.request()?;
    let accept = HeaderValue::from_str(media_type).map_err(|_| EncodeError::header("accept"))?;
    request.headers.insert(ACCEPT, accept);
    opened::<O>(transport, request).await
}

/// A 2xx answer with its body left streaming.
async fn opened<O: Operation>(
    transport: &dyn Transport,
    request: Request,
) -> Result<StreamingResponse, Error<O::Failure>> {
    let response = transport.send(request).await?;
    if response.status.is_success() {
        return Ok(response);
    }
    let response = response.collect(RESPONSE_LIMIT).await?;
    Err(failure::<O>(response))
}

/// An answer with another status than 2xx.
fn failure<O: Operation>(response: Response) -> Error<O::Failure> {
    let failure = O::failure(&response);
    let Response { status, headers, body } = response;
    Error::Api(Box::new(ApiError { operation: O::INFO.id, status, headers, body, failure }))
}

async fn exchange(
    transport: &dyn Transport,
    request: Request,
) -> Result<Response, crate::TransportError> {
    transport.send(request).await?.collect(RESPONSE_LIMIT).await
}
