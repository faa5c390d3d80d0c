//! Bodies: what they are, and how values and files become them.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::HeaderValue;
use serde::Serialize;
use serde_json::Value;

use super::Request;
use crate::encode::{self, FormMember};
use crate::error::EncodeError;
use crate::headers::{essence, is_json};
use crate::multipart;
use crate::value::FilePart;

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
        if let Some(file) = self {
            file.collect(into);
        }
    }
}

impl<T: Files> Files for Vec<T> {
    fn collect<'a>(&'a self, into: &mut Vec<&'a FilePart>) {
        for file in self {
            file.collect(into);
        }
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

impl Request {
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

    fn push_part(&mut self, part: Part) {
        match &mut self.body {
            Body::Multipart(parts) => parts.push(part),
            body => *body = Body::Multipart(vec![part]),
        }
    }
}
