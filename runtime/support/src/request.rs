//! One HTTP request as plain data, and the segment-safe way to build it.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::Serialize;
use serde_json::Value;

use crate::encode::{self, PathStyle, QueryStyle};
use crate::error::EncodeError;
use crate::operation::OperationInfo;
use crate::value::FilePart;

/// A request below an origin that is not part of it: whoever sends it decides where it goes and with which credentials.
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

/// A request body, encoded.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// No body, no `Content-Type`.
    #[default]
    Empty,
    /// A complete body of one media type.
    Full {
        /// The `Content-Type` value.
        content_type: &'static str,
        /// The encoded bytes.
        content: Bytes,
    },
    /// `multipart/form-data`; the sender chooses the boundary.
    Multipart(Vec<Part>),
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone)]
pub struct Part {
    /// The form field's name.
    pub name: String,
    /// The file name, for files.
    pub file_name: Option<String>,
    /// The part's media type, when it is not plain text.
    pub content_type: Option<String>,
    /// The part's bytes.
    pub content: Bytes,
}

/// The variables of a path, percent-encoded.
#[derive(Debug, Default)]
pub struct Route(Vec<(&'static str, String)>);

impl Route {
    /// Adds a variable, encoded so that it stays within its segment.
    ///
    /// # Errors
    /// When the value is empty, is `.` or `..`, or holds control characters.
    pub fn with<T: Serialize + ?Sized>(mut self, name: &'static str, style: PathStyle, value: &T) -> Result<Self, EncodeError> {
        let mut text = String::new();
        encode::path(&mut text, name, style, &encode::to_value(name, value)?)?;
        self.0.push((name, text));
        Ok(self)
    }
}

/// Files of a multipart member: one, an optional one, or several.
pub trait Files {
    /// Adds the files that are there to `into`.
    fn collect<'a>(&'a self, into: &mut Vec<&'a FilePart>);
}

impl Files for FilePart {
    fn collect<'a>(&'a self, into: &mut Vec<&'a FilePart>) {
        into.push(self);
    }
}

impl<T: Files> Files for Option<T> {
    fn collect<'a>(&'a self, into: &mut Vec<&'a FilePart>) {
        self.iter().for_each(|file| file.collect(into));
    }
}

impl<T: Files> Files for Vec<T> {
    fn collect<'a>(&'a self, into: &mut Vec<&'a FilePart>) {
        self.iter().for_each(|file| file.collect(into));
    }
}

impl Request {
    /// An empty request of `operation`; path segments follow through [`fixed`](Self::fixed) and [`variable`](Self::variable).
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
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
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
    pub fn variable<T: Serialize + ?Sized>(mut self, name: &'static str, style: PathStyle, value: &T) -> Result<Self, EncodeError> {
        encode::path(&mut self.path, name, style, &encode::to_value(name, value)?)?;
        Ok(self)
    }

    /// A request whose path is the operation's template with the variables of `route` filled in.
    ///
    /// # Errors
    /// When the template has a variable that `route` lacks.
    pub fn routed(operation: &'static OperationInfo, route: &Route) -> Result<Self, EncodeError> {
        let mut request = Self::new(operation);
        let mut rest = operation.path;
        while let Some((before, after)) = rest.split_once('{')
            && let Some((name, after)) = after.split_once('}')
        {
            let value = route.0.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.as_str());
            request.path.push_str(before);
            request.path.push_str(value.ok_or_else(|| EncodeError::segment(name, "is missing"))?);
            rest = after;
        }
        request.path.push_str(rest);
        Ok(request)
    }

    /// Appends a query parameter; `null` and absent values append nothing.
    ///
    /// # Errors
    /// When the value has a shape that the style cannot carry.
    pub fn parameter<T: Serialize + ?Sized>(mut self, name: &'static str, style: QueryStyle, value: &T) -> Result<Self, EncodeError> {
        encode::query(&mut self.query, name, style, &encode::to_value(name, value)?)?;
        Ok(self)
    }

    /// Appends a header parameter; `null` and absent values append nothing.
    ///
    /// # Errors
    /// When the value holds characters that a header cannot, or the name is one the sender owns.
    pub fn header<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Result<Self, EncodeError> {
        if let Some(text) = encode::simple(name, &encode::to_value(name, value)?)? {
            let value = HeaderValue::from_str(&text).map_err(|_| EncodeError::header(name))?;
            let key = HeaderName::try_from(name).map_err(|_| EncodeError::header(name))?;
            self.headers.insert(key, value);
        }
        Ok(self)
    }

    /// Appends a cookie parameter; `null` and absent values append nothing.
    ///
    /// # Errors
    /// When the value cannot stand in a header.
    pub fn cookie<T: Serialize + ?Sized>(mut self, name: &'static str, value: &T) -> Result<Self, EncodeError> {
        if let Some(text) = encode::simple(name, &encode::to_value(name, value)?)? {
            let value = HeaderValue::from_str(&self.cookies_with(name, &text)).map_err(|_| EncodeError::header(name))?;
            self.headers.insert(http::header::COOKIE, value);
        }
        Ok(self)
    }

    /// Sets the body to `value` as JSON under `content_type`.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, content_type: &'static str, value: &T) -> Result<Self, EncodeError> {
        let content = serde_json::to_vec(value).map_err(|error| EncodeError::body(&error))?;
        self.body = Body::Full { content_type, content: content.into() };
        Ok(self)
    }

    /// Sets the body to `value` as `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// When `value` is not an object, or a member has a shape that a form cannot carry.
    pub fn form<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self, EncodeError> {
        let content = encode::form(&encode::to_value("body", value)?)?;
        self.body = Body::Full { content_type: "application/x-www-form-urlencoded", content: content.into() };
        Ok(self)
    }

    /// Sets the body to `value` as text: a text as it is, anything else as JSON.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn text<T: Serialize + ?Sized>(self, content_type: &'static str, value: &T) -> Result<Self, EncodeError> {
        let content = encode::part(&encode::to_value("body", value)?).unwrap_or_default();
        Ok(self.content(content_type, content))
    }

    /// Sets the body to text or bytes of another media type.
    #[must_use]
    pub fn content(mut self, content_type: &'static str, content: Bytes) -> Self {
        self.body = Body::Full { content_type, content };
        self
    }

    /// Starts, or continues, a `multipart/form-data` body with a text or JSON part; `null` and absent values append nothing.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn part<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        content_type: Option<&'static str>,
        value: &T,
    ) -> Result<Self, EncodeError> {
        let value = encode::to_value(name, value)?;
        if let Some(content) = encode::part(&value) {
            let structured = value.is_object() || value.is_array();
            let content_type = content_type.or(structured.then_some("application/json")).map(str::to_owned);
            self.push_part(Part { name: name.to_owned(), file_name: None, content_type, content });
        }
        Ok(self)
    }

    /// Starts a `multipart/form-data` body that may stay without parts.
    #[must_use]
    pub fn multipart(mut self) -> Self {
        self.body = Body::Multipart(Vec::new());
        self
    }

    /// Appends a part for each item of a list, or one part for anything else.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn each_part<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Self, EncodeError> {
        match encode::to_value(name, value)? {
            Value::Array(items) => items.iter().try_fold(self, |request, item| request.part(name, None, item)),
            other => self.part(name, None, &other),
        }
    }

    /// Sets the body to `multipart/form-data` with a part for each member of `value`.
    ///
    /// # Errors
    /// When `value` is not an object.
    pub fn parts<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, EncodeError> {
        let Value::Object(members) = encode::to_value("body", value)? else {
            return Err(EncodeError::shape("body", "a multipart body must be an object"));
        };
        let mut request = self.multipart();
        for (name, value) in members {
            if let Some(content) = encode::part(&value) {
                let content_type = (value.is_object() || value.is_array()).then(|| "application/json".to_owned());
                request.push_part(Part { name, file_name: None, content_type, content });
            }
        }
        Ok(request)
    }

    /// Appends every file that is there.
    #[must_use]
    pub fn files<T: Files + ?Sized>(self, name: &'static str, files: &T) -> Self {
        let mut found = Vec::new();
        files.collect(&mut found);
        found.into_iter().fold(self, |request, file| request.file(name, file))
    }

    /// Starts, or continues, a `multipart/form-data` body with a file.
    #[must_use]
    pub fn file(mut self, name: &'static str, file: &FilePart) -> Self {
        self.push_part(Part {
            name: name.to_owned(),
            file_name: Some(file.name.clone()),
            content_type: Some(file.content_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned())),
            content: file.content.clone(),
        });
        self
    }

    /// The `Cookie` header with one more pair (RFC 6265 section 4.2.1).
    pub(crate) fn cookies_with(&self, name: &str, text: &str) -> String {
        let pair = format!("{name}={}", encode::percent(text));
        match self.headers.get(http::header::COOKIE).and_then(|value| value.to_str().ok()) {
            Some(present) => format!("{present}; {pair}"),
            None => pair,
        }
    }

    /// Appends one query pair, percent-encoded: what an API key in the query needs.
    pub(crate) fn push_query(&mut self, name: &str, text: &str) {
        encode::push_pair(&mut self.query, name, text);
    }

    fn push_part(&mut self, part: Part) {
        match &mut self.body {
            Body::Multipart(parts) => parts.push(part),
            body => *body = Body::Multipart(vec![part]),
        }
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
