//! Decoders that generated operations choose from, one per kind of body.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::error::DecodeError;
use crate::response::Response;

/// A JSON body.
///
/// # Errors
/// When the body is not JSON of the declared type.
pub fn json<T: DeserializeOwned>(response: &Response) -> Result<T, DecodeError> {
    serde_json::from_slice(&response.body).map_err(|error| DecodeError::new(response.status, error, &response.body))
}

/// A JSON body, or nothing.
///
/// # Errors
/// When the body is neither empty nor JSON of the declared type.
pub fn optional_json<T: DeserializeOwned>(response: &Response) -> Result<Option<T>, DecodeError> {
    if response.body.iter().all(u8::is_ascii_whitespace) { Ok(None) } else { json(response).map(Some) }
}

/// A text body.
///
/// # Errors
/// When the body is not UTF-8.
pub fn text(response: &Response) -> Result<String, DecodeError> {
    String::from_utf8(response.body.to_vec()).map_err(|error| DecodeError::new(response.status, error, &response.body))
}

/// Any body, as received.
///
/// # Errors
/// Never; the signature is that of the other decoders.
pub fn binary(response: &Response) -> Result<Bytes, DecodeError> {
    Ok(response.body.clone())
}

/// An answer without a declared body; whatever it holds is left alone.
///
/// # Errors
/// Never; the signature is that of the other decoders.
pub fn empty(_: &Response) -> Result<(), DecodeError> {
    Ok(())
}
