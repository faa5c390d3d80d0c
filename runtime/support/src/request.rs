//! One HTTP request as plain data, and the segment-safe way to build it.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use serde::Serialize;
use serde_json::Value;

use crate::encode::{self, CookieStyle, FormMember, HeaderStyle, PathStyle, QueryStyle, Reserved};
use crate::error::EncodeError;
use crate::multipart;
use crate::operation::{OperationInfo, Segment};
use crate::value::FilePart;

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

/// A request body, encoded.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// No body, no `Content-Type`.
    #[default]
    Empty,
    /// A complete body of one media type.
    Full {
        /// The `Content-Type` value.
        content_type: Cow<'static, str>,
        /// The encoded bytes.
        content: Bytes,
    },
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
}

impl Body {
    /// The `Content-Type` and the encoded bytes; `None` when there is no body.
    #[must_use]
    pub fn into_content(self) -> Option<(Cow<'static, str>, Bytes)> {
        match self {
            Self::Empty => None,
            Self::Full { content_type, content } => Some((content_type, content)),
            Self::Multipart(parts) => {
                let (boundary, content) = multipart::encode(&parts);
                Some((format!("multipart/form-data; boundary={boundary}").into(), content))
            }
        }
    }
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

/// The media type of bytes of which nothing is known.
const BYTES: &str = "application/octet-stream";

/// Refuses a media type that would end its header.
fn sendable(name: &str, file: &FilePart) -> Result<(), EncodeError> {
    match &file.content_type {
        Some(media) if HeaderValue::from_str(media).is_err() => Err(EncodeError::header(name)),
        _ => Ok(()),
    }
}

/// Whether a media range (RFC 9110 section 12.5.1) admits a media type.
fn admits(range: &str, media: &str) -> bool {
    let (range, media) = (essence(range), essence(media));
    range == "*/*"
        || range == media
        || range
            .strip_suffix('*')
            .is_some_and(|kind| kind.ends_with('/') && media.starts_with(kind))
}

/// The first of media types that are separated by commas, as an Encoding Object lists them.
fn first_of(media_types: &'static str) -> &'static str {
    let mut listed = media_types.split(',').map(str::trim);
    listed
        .clone()
        .find(|media| !media.contains('*'))
        .or_else(|| listed.next())
        .unwrap_or(media_types)
}

/// A media type without parameters, in lower case.
pub(crate) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON (RFC 6839).
pub(crate) fn is_json(media: &str) -> bool {
    let essence = essence(media);
    essence == "application/json" || essence.ends_with("+json")
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

    /// Sets the body to `value` as JSON under `content_type`.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(
        mut self,
        content_type: &'static str,
        value: &T,
    ) -> Result<Self, EncodeError> {
        let content = encode::json(value)?;
        self.body = Body::Full { content_type: content_type.into(), content: content.into() };
        Ok(self)
    }

    /// Sets the body to `value` as `application/x-www-form-urlencoded`; `members` are those with a
    /// style of their own.
    ///
    /// # Errors
    /// When `value` is not an object.
    pub fn form<T: Serialize + ?Sized>(
        mut self,
        members: &[FormMember],
        value: &T,
    ) -> Result<Self, EncodeError> {
        let content = encode::form(members, &encode::to_value("body", value)?)?;
        self.body = Body::Full {
            content_type: "application/x-www-form-urlencoded".into(),
            content: content.into(),
        };
        Ok(self)
    }

    /// Sets the body to `value` as text: a text as it is, anything else as JSON.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn text<T: Serialize + ?Sized>(
        self,
        content_type: &'static str,
        value: &T,
    ) -> Result<Self, EncodeError> {
        let content = encode::part(&encode::to_value("body", value)?).unwrap_or_default();
        Ok(self.content(content_type, content))
    }

    /// Sets the body to text or bytes of another media type.
    #[must_use]
    pub fn content(mut self, content_type: &'static str, content: Bytes) -> Self {
        self.body = Body::Full { content_type: content_type.into(), content };
        self
    }

    /// Sets the body to the bytes of `file`, under its own media type where the operation takes
    /// that, else under the first of `media_types` that is one.
    ///
    /// # Errors
    /// When the file's media type cannot stand in a header.
    pub fn upload(
        mut self,
        media_types: &[&'static str],
        file: &FilePart,
    ) -> Result<Self, EncodeError> {
        sendable("body", file)?;
        let own = file
            .content_type
            .as_deref()
            .filter(|own| media_types.iter().any(|range| admits(range, own)));
        let first = media_types.iter().find(|media| !media.contains('*')).copied().unwrap_or(BYTES);
        let content_type = own.map_or(Cow::Borrowed(first), |own| Cow::Owned(own.to_owned()));
        self.body = Body::Full { content_type, content: file.content.clone() };
        Ok(self)
    }

    /// Starts a `multipart/form-data` body that may stay without parts.
    #[must_use]
    pub fn multipart(mut self) -> Self {
        self.body = Body::Multipart(Vec::new());
        self
    }

    /// Appends a part, or a part for each item of a list; `null` and absent values append nothing.
    ///
    /// A part without `content_type` is text, or JSON when it is an object.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn part<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        content_type: Option<&'static str>,
        value: &T,
    ) -> Result<Self, EncodeError> {
        self.push_value(name, content_type, encode::to_value(name, value)?)?;
        Ok(self)
    }

    /// Appends the parts of a member in the style `deepObject`: texts under names in brackets.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn deep_part<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        value: &T,
    ) -> Result<Self, EncodeError> {
        for (name, text) in encode::deep(name, &encode::to_value(name, value)?) {
            self.push_part(Part {
                name,
                file_name: None,
                content_type: None,
                content: text.into(),
            });
        }
        Ok(self)
    }

    /// Appends a part for each member of an object whose members the document does not declare.
    ///
    /// # Errors
    /// When `value` is not an object.
    pub fn parts<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self, EncodeError> {
        let Value::Object(members) = encode::to_value("body", value)? else {
            return Err(EncodeError::shape("body", "a multipart body must be an object"));
        };
        for (name, value) in members {
            self.push_value(&name, None, value)?;
        }
        Ok(self)
    }

    /// Appends every file that is there, those without a media type of their own under the first of
    /// `media_types` that is one.
    ///
    /// # Errors
    /// When a file's media type cannot stand in a header.
    pub fn files<T: Files + ?Sized>(
        mut self,
        name: &'static str,
        media_types: Option<&'static str>,
        files: &T,
    ) -> Result<Self, EncodeError> {
        let mut found = Vec::new();
        files.collect(&mut found);
        found.into_iter().try_for_each(|file| self.push_file(name, media_types, file))?;
        Ok(self)
    }

    fn push_value(
        &mut self,
        name: &str,
        content_type: Option<&'static str>,
        value: Value,
    ) -> Result<(), EncodeError> {
        match value {
            Value::Array(items) => {
                items.into_iter().try_for_each(|item| self.push_item(name, content_type, item))
            }
            other => self.push_item(name, content_type, other),
        }
    }

    fn push_item(
        &mut self,
        name: &str,
        content_type: Option<&'static str>,
        value: Value,
    ) -> Result<(), EncodeError> {
        if let Some(file) = FilePart::from_argument(&value) {
            return self.push_file(name, content_type, &file);
        }
        let structured = value.is_object() || value.is_array();
        let content_type = content_type.map(first_of).or(structured.then_some("application/json"));
        let content = match content_type {
            Some(media) if !value.is_null() && is_json(media) => {
                Some(Bytes::from(value.to_string()))
            }
            _ => encode::part(&value),
        };
        if let Some(content) = content {
            self.push_part(Part {
                name: name.to_owned(),
                file_name: None,
                content_type: content_type.map(str::to_owned),
                content,
            });
        }
        Ok(())
    }

    fn push_file(
        &mut self,
        name: &str,
        media_types: Option<&'static str>,
        file: &FilePart,
    ) -> Result<(), EncodeError> {
        sendable(name, file)?;
        let stated = || {
            media_types
                .map(first_of)
                .filter(|media| !media.contains('*'))
                .unwrap_or(BYTES)
                .to_owned()
        };
        self.push_part(Part {
            name: name.to_owned(),
            file_name: Some(file.name.clone()),
            content_type: Some(file.content_type.clone().unwrap_or_else(stated)),
            content: file.content.clone(),
        });
        Ok(())
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
