//! One HTTP request as plain data, and the segment-safe way to build it.

mod body;
mod builder;

use http::{HeaderMap, Method};

use crate::encode;
use crate::error::EncodeError;
use crate::operation_info::OperationInfo;
use crate::value::FilePart;

pub use body::{Body, Content, Files, Part};
pub use builder::RequestBuilder;

/// A request below an origin that is not part of it: whoever sends it decides where it goes and
/// with which credentials.
#[derive(Debug, Clone)]
pub struct Request {
    /// Facts of the operation this request belongs to.
    pub operation: &'static OperationInfo,
    /// The HTTP method.
    pub method: Method,
    path: String,
    query: String,
    /// Headers of the operation; never `Authorization` and the like, which the sender adds.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

impl Request {
    /// The percent-encoded path, beginning with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The percent-encoded query without `?`; empty when there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Path and query as they stand in the request line.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }

    /// The same request as `multipart/form-data`: its body as the part `data`, and each file as a
    /// part of the name given with it.
    ///
    /// # Errors
    /// A media type that no header can carry, or a body of which no part can be made.
    pub fn with_files<'f>(
        mut self,
        data: &str,
        files: impl IntoIterator<Item = (&'f str, &'f FilePart)>,
    ) -> Result<Self, EncodeError> {
        let (content_type, content) = match std::mem::take(&mut self.body) {
            Body::Full { content_type, content } => (content_type.into_owned(), content),
            _ => return Err(EncodeError::shape(data, "only a complete body can be a part")),
        };
        let content_type = Some(content_type);
        let mut parts =
            vec![Part { name: data.to_owned(), content_type, content, ..Part::default() }];
        for (name, file) in files {
            parts.push(Part::of_file(name, None, file)?);
        }
        self.body = Body::Multipart(parts);
        Ok(self)
    }

    /// Appends one query pair, percent-encoded: what an API key in the query needs.
    pub(crate) fn push_query(&mut self, name: &str, text: &str) {
        encode::push_pair(&mut self.query, name, text);
    }
}

/// The `Cookie` header with one more pair, already encoded (RFC 6265 section 4.2.1).
pub(crate) fn cookies_with(headers: &HeaderMap, name: &str, text: &str) -> String {
    let pair = format!("{name}={text}");
    match headers.get(http::header::COOKIE).and_then(|value| value.to_str().ok()) {
        Some(present) => format!("{present}; {pair}"),
        None => pair,
    }
}
