//! Static facts of an operation, apart from sending it.

use http::Method;

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
