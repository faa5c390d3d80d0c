//! Bodies: what they are, and how values and files become them.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::HeaderValue;
use serde::Serialize;
use serde_json::Value;

use super::RequestBuilder;
use crate::encode::{self, FormMember, QueryStyle};
use crate::error::EncodeError;
use crate::headers::{essence, is_json};
use crate::multipart;
use crate::upload::{Upload, UploadStream};
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
    /// A complete body of one media type that is read as it is sent.
    Streamed {
        /// The `Content-Type` value.
        content_type: Cow<'static, str>,
        /// The bytes.
        upload: Upload,
    },
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
}

/// The encoded bytes of a body.
pub enum Content {
    /// All of them.
    Whole(Bytes),
    /// As they are read.
    Streamed {
        /// The bytes, piece by piece.
        stream: UploadStream,
        /// How many there are, where that is known.
        length: Option<u64>,
    },
}

impl Body {
    /// The `Content-Type` and the encoded bytes; `None` when there is no body.
    #[must_use]
    pub fn into_content(self) -> Option<(Cow<'static, str>, Content)> {
        let streamed = self.is_streamed();
        match self {
            Self::Empty => None,
            Self::Full { content_type, content } => Some((content_type, Content::Whole(content))),
            Self::Streamed { content_type, upload } => {
                let (stream, length) = (upload.take(), upload.length());
                Some((content_type, Content::Streamed { stream, length }))
            }
            Self::Multipart(parts) => {
                let (boundary, content) = if streamed {
                    multipart::encode_streamed(parts)
                } else {
                    let (boundary, content) = multipart::encode(&parts);
                    (boundary, Content::Whole(content))
                };
                Some((format!("multipart/form-data; boundary={boundary}").into(), content))
            }
        }
    }

    /// Whether a part of it is read as it is sent: such a body can be sent once.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        match self {
            Self::Empty | Self::Full { .. } => false,
            Self::Streamed { .. } => true,
            Self::Multipart(parts) => parts.iter().any(|part| part.upload.is_some()),
        }
    }
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// The form field's name.
    pub name: String,
    /// The file name, for files.
    pub file_name: Option<String>,
    /// The part's media type, when it is not plain text.
    pub content_type: Option<String>,
    /// The part's bytes.
    pub content: Bytes,
    /// Where the bytes are read from as they are sent, in place of `content`.
    pub upload: Option<Upload>,
}

impl Part {
    /// A file, of those `media_types` that the document lists where it knows no better.
    ///
    /// # Errors
    /// A media type that would end its header.
    pub(super) fn of_file(
        name: &str,
        media_types: Option<&'static str>,
        file: &FilePart,
    ) -> Result<Self, EncodeError> {
        sendable(name, file)?;
        let only = media_types.filter(|listed| !listed.contains([',', '*'])).map(str::trim);
        let media = media_type(file).or(only).unwrap_or(BYTES).to_owned();
        Ok(Self {
            name: name.to_owned(),
            file_name: Some(file.name.clone()),
            content_type: Some(media),
            content: file.content.clone(),
            upload: file.upload.clone(),
        })
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

/// The media type of a file: its own, or what the ending of its name says.
fn media_type(file: &FilePart) -> Option<&str> {
    let by_name = || mime_guess::from_path(&file.name).first_raw();
    file.content_type.as_deref().or_else(by_name)
}

impl RequestBuilder {
    /// A body of JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.json_as("application/json", value)
    }

    /// A body of JSON under another media type.
    pub fn json_as<T: Serialize + ?Sized>(self, media_type: &'static str, value: &T) -> Self {
        self.attempt(|request| {
            let content = encode::json(value)?.into();
            request.body = Body::Full { content_type: media_type.into(), content };
            Ok(())
        })
    }

    /// A body of `application/x-www-form-urlencoded`: an object.
    pub fn form<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.form_styled(&[], value)
    }

    /// The same; `members` are those with a style of their own.
    pub fn form_styled<T: Serialize + ?Sized>(self, members: &[FormMember], value: &T) -> Self {
        self.attempt(|request| {
            let content = encode::form(members, &encode::to_value("body", value)?)?.into();
            let content_type = "application/x-www-form-urlencoded".into();
            request.body = Body::Full { content_type, content };
            Ok(())
        })
    }

    /// A body of text: a text as it is, anything else as JSON.
    pub fn text<T: Serialize + ?Sized>(self, media_type: &'static str, value: &T) -> Self {
        self.attempt(|request| {
            let content = encode::part(&encode::to_value("body", value)?).unwrap_or_default();
            request.body = Body::Full { content_type: media_type.into(), content };
            Ok(())
        })
    }

    /// The bytes of `file` as the body, under its media type where the operation takes that, else
    /// under the first of `media_types` that is one.
    pub fn upload(self, media_types: &[&'static str], file: &FilePart) -> Self {
        self.attempt(|request| {
            sendable("body", file)?;
            let own =
                media_type(file).filter(|own| media_types.iter().any(|range| admits(range, own)));
            let first =
                media_types.iter().find(|media| !media.contains('*')).copied().unwrap_or(BYTES);
            let content_type = own.map_or(Cow::Borrowed(first), |own| Cow::Owned(own.to_owned()));
            request.body = match file.upload.clone() {
                Some(upload) => Body::Streamed { content_type, upload },
                None => Body::Full { content_type, content: file.content.clone() },
            };
            Ok(())
        })
    }

    /// A body of `multipart/form-data`, which may stay without parts.
    pub fn multipart(mut self) -> Self {
        self.body = Body::Multipart(Vec::new());
        self
    }

    /// A part, or a part for each item of a list (OpenAPI 3.0.4 and 3.1.1, as RFC 7578 section 4.3
    /// has it): text, or JSON where the value is an object.
    pub fn part<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Self {
        self.attempt(|request| request.push_value(name, None, encode::to_value(name, value)?))
    }

    /// The same under a media type, the first of those that are separated by commas.
    pub fn part_as<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        media_types: &'static str,
        value: &T,
    ) -> Self {
        self.attempt(|request| {
            request.push_value(name, Some(media_types), encode::to_value(name, value)?)
        })
    }

    /// The parts of a member in a style of its own: what would be pairs of a form, as texts.
    pub fn styled_part<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        style: QueryStyle,
        value: &T,
    ) -> Self {
        self.attempt(|request| {
            for (name, text) in encode::parts(name, style, &encode::to_value(name, value)?) {
                request.push_part(Part { name, content: text.into(), ..Part::default() });
            }
            Ok(())
        })
    }

    /// A part for each member of an object whose members the document does not declare.
    pub fn parts<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.attempt(|request| {
            let Value::Object(members) = encode::to_value("body", value)? else {
                return Err(EncodeError::shape("body", "a multipart body must be an object"));
            };
            members.into_iter().try_for_each(|(name, value)| request.push_value(&name, None, value))
        })
    }

    /// Every file that is there, under its own media type or that of its name.
    pub fn files<T: Files + ?Sized>(self, name: &'static str, files: &T) -> Self {
        self.files_with(name, None, files)
    }

    /// The same; a file of which neither tells goes under `media_types` where that is a single one,
    /// and not a list separated by commas.
    pub fn files_as<T: Files + ?Sized>(
        self,
        name: &'static str,
        media_types: &'static str,
        files: &T,
    ) -> Self {
        self.files_with(name, Some(media_types), files)
    }

    fn files_with<T: Files + ?Sized>(
        self,
        name: &'static str,
        media_types: Option<&'static str>,
        files: &T,
    ) -> Self {
        self.attempt(|request| {
            let mut found = Vec::new();
            files.collect(&mut found);
            found.into_iter().try_for_each(|file| request.push_file(name, media_types, file))
        })
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
                content_type: content_type.map(str::to_owned),
                content,
                ..Part::default()
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
        self.push_part(Part::of_file(name, media_types, file)?);
        Ok(())
    }

    fn push_part(&mut self, part: Part) {
        match &mut self.body {
            Body::Multipart(parts) => parts.push(part),
            body => *body = Body::Multipart(vec![part]),
        }
    }
}
