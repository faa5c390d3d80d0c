//! The vocabulary of generated code: requests and responses as plain data, operations, tools,
//! credentials.
//!
//! A generated operation is a struct that lowers to a [`Request`]; a [`Tool`] is a static row with
//! a pointer to that lowering; a [`Transport`] is whatever carries the request. Nothing here
//! performs I/O, waits, retries or logs, unless the feature `reqwest` adds a transport that does.

#![warn(missing_docs)]
#![deny(clippy::string_slice)]

pub mod api;
pub mod charset;
#[cfg(feature = "reqwest")]
pub mod client;
pub mod decode;
pub mod encode;
pub mod error;
pub mod headers;
mod multipart;
pub mod oauth;
pub mod operation;
mod operation_info;
pub mod outgoing;
pub mod page;
pub mod request;
pub mod response;
pub mod retry;
pub mod security;
mod tally;
pub mod tool;
pub mod transport;
pub mod union;
pub mod upload;
pub mod value;

pub use api::Api;
pub use error::{ApiError, DecodeError, EncodeError, Error, LowerError, TransportError};
pub use operation::{
    Operation, OperationInfo, Outcome, Segment, TypedResponse, WithFiles, answer, send,
};
pub use page::Paginated;
pub use request::{Body, Content, Part, Request, RequestBuilder};
pub use response::{BodyStream, Response, StreamingResponse};
pub use security::{Credential, Credentials, Secret};
pub use tool::Tool;
pub use transport::Transport;
pub use value::{Base64, Base64Url, Date, DateTime, FilePart};

/// Re-exports that generated crates name, so that they depend on this crate and serde alone.
pub mod export {
    pub use bytes::Bytes;
    pub use futures_core::Stream;
    pub use futures_core::future::BoxFuture;
    pub use futures_core::stream::BoxStream;
    pub use http::{HeaderMap, Method, StatusCode};
    pub use serde;
    pub use serde_json;
}
