//! One HTTP request as plain data, and the segment-safe way to build it.

mod body;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::encode::{self, CookieStyle, HeaderStyle, PathStyle, QueryStyle, Reserved};
use crate::error::EncodeError;
use crate::operation_info::{OperationInfo, Segment};

pub use body::{Body, Files, Part};

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

/// The variables of a path, percent-encoded.
#[derive(Debug, Default)]
pub struct Route(Vec<(&'static str, String)>);

impl Route {
    /// Adds a variable, encoded so that it stays within its segment.
    ///
    /// # Errors
    /// When the value is empty, is `.` or `..`, or holds control characters.
    pub fn with<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        style: PathStyle,
        value: &T,
    ) -> Result<Self, EncodeError> {
        let mut text = String::new();
        encode::path(&mut text, name, style, &encode::to_value(name, value)?)?;
        self.0.push((name, text));
        Ok(self)
    }
}

impl Request {
    /// An empty request of `operation`; path segments follow through [`fixed`](Self::fixed) and
    /// [`variable`](Self::variable).
    #[must_use]
    pub fn new(operation: &'static OperationInfo) -> Self {
        Self {
            operation,
            method: operation.method.clone(),
            path: String::new(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Body::Empty,
        }
    }

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

    /// Appends a fixed part of the path template, already encoded by the generator.
    #[must_use]
    pub fn fixed(mut self, text: &'static str) -> Self {
        self.path.push_str(text);
        self
    }

    /// Appends a path parameter, percent-encoded so that it stays within its segment.
    ///
    /// # Errors
    /// When the value is empty, is `.` or `..`, or holds control characters.
    pub fn variable<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        style: PathStyle,
        value: &T,
    ) -> Result<Self, EncodeError> {
        encode::path(&mut self.path, name, style, &encode::to_value(name, value)?)?;
        Ok(self)
    }

    /// A request whose path is the operation's template with the variables of `route` filled in.
    ///
    /// # Errors
    /// When the template has a variable that `route` lacks.
    pub fn routed(operation: &'static OperationInfo, route: &Route) -> Result<Self, EncodeError> {
        let mut request = Self::new(operation);
        for segment in operation.segments {
            request.path.push_str(match segment {
                Segment::Literal(text) => text,
                Segment::Parameter(name) => {
                    let value = route.0.iter().find(|(variable, _)| variable == name);
                    value.ok_or_else(|| EncodeError::segment(name, "is missing"))?.1.as_str()
                }
            });
        }
        Ok(request)
    }

    /// Appends a query parameter; `null` and absent values append nothing.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn parameter<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        style: QueryStyle,
        value: &T,
    ) -> Result<Self, EncodeError> {
        encode::query(
            &mut self.query,
            name,
            style,
            Reserved::Encoded,
            &encode::to_value(name, value)?,
        );
        Ok(self)
    }

    /// Appends a query parameter with `allowReserved`.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn reserved_parameter<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        style: QueryStyle,
        value: &T,
    ) -> Result<Self, EncodeError> {
        encode::query(
            &mut self.query,
            name,
            style,
            Reserved::Kept,
            &encode::to_value(name, value)?,
        );
        Ok(self)
    }

    /// Appends a header parameter; `null` and absent values append nothing. What is not ASCII is
    /// sent as UTF-8.
    ///
    /// # Errors
    /// When the value holds characters that a header cannot, or the name is no header's.
    pub fn header<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        style: HeaderStyle,
        value: &T,
    ) -> Result<Self, EncodeError> {
        if let Some(text) = encode::header(style, &encode::to_value(name, value)?) {
            let value =
                HeaderValue::from_bytes(text.as_bytes()).map_err(|_| EncodeError::header(name))?;
            let key = HeaderName::try_from(name).map_err(|_| EncodeError::header(name))?;
            self.headers.insert(key, value);
        }
        Ok(self)
    }

    /// Appends a cookie parameter; `null` and absent values append nothing.
    ///
    /// # Errors
    /// When the name cannot stand in a header.
    pub fn cookie<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        style: CookieStyle,
        value: &T,
    ) -> Result<Self, EncodeError> {
        for (key, text) in encode::cookies(name, style, &encode::to_value(name, value)?) {
            let value = HeaderValue::from_str(&self.cookies_with(&key, &text))
                .map_err(|_| EncodeError::header(name))?;
            self.headers.insert(http::header::COOKIE, value);
        }
        Ok(self)
    }

    /// The `Cookie` header with one more pair, already encoded (RFC 6265 section 4.2.1).
    pub(crate) fn cookies_with(&self, name: &str, text: &str) -> String {
        let pair = format!("{name}={text}");
        match self.headers.get(http::header::COOKIE).and_then(|value| value.to_str().ok()) {
            Some(present) => format!("{present}; {pair}"),
            None => pair,
        }
    }

    /// Appends one query pair, percent-encoded: what an API key in the query needs.
    pub(crate) fn push_query(&mut self, name: &str, text: &str) {
        encode::push_pair(&mut self.query, name, text);
    }

    /// The last check of a finished request.
    ///
    /// # Errors
    /// When variables next to each other have formed a segment `.` or `..`.
    pub fn finish(self) -> Result<Self, EncodeError> {
        encode::check_segments(&self.path)?;
        Ok(self)
    }
}
