//! One request over `reqwest`, bounded in time.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

use crate::error::TransportError;
use crate::response::{BodyStream, StreamingResponse};

/// Sends a request and answers when the head has arrived. `limit` bounds that, and then each wait
/// for more of the body.
pub(super) async fn perform(
    http: &reqwest::Client,
    request: reqwest::RequestBuilder,
    limit: Duration,
) -> Result<StreamingResponse, TransportError> {
    let request = request.build().map_err(failure)?;
    let answer = timeout(limit, http.execute(request))
        .await
        .map_err(|_| TransportError::Timeout)?
        .map_err(failure)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(StreamingResponse { status, headers, body: paced(answer.bytes_stream(), limit) })
}

fn paced(
    chunks: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
    limit: Duration,
) -> BodyStream {
    let chunks: Option<BodyStream> = Some(Box::pin(chunks.map(|chunk| chunk.map_err(failure))));
    Box::pin(stream::unfold(chunks, move |chunks| async move {
        let mut chunks = chunks?;
        match timeout(limit, chunks.next()).await {
            Ok(chunk) => chunk.map(|chunk| (chunk, Some(chunks))),
            Err(_) => Some((Err(TransportError::Timeout), None)),
        }
    }))
}

/// What failed, by its innermost cause: the URL, where a key may stand, is no part of it.
pub(super) fn failure(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    TransportError::Unreachable(cause.to_string().into())
}
