//! Values that generated types are made of beyond Rust's own.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::upload::Upload;

/// `format: date-time`, kept as received: real APIs depart from RFC 3339, and decoding must not
/// fail for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct DateTime(String);

/// `format: date`, kept as received.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Date(String);

impl DateTime {
    /// The text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the text into any date type, such as `jiff::Timestamp` or `chrono::DateTime<Utc>`.
    ///
    /// # Errors
    /// Those of the target type.
    pub fn parse<T: FromStr>(&self) -> Result<T, T::Err> {
        self.0.parse()
    }
}

impl<T: Into<String>> From<T> for DateTime {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Date {
    /// The text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the text into any date type, such as `jiff::civil::Date` or `chrono::NaiveDate`.
    ///
    /// # Errors
    /// Those of the target type.
    pub fn parse<T: FromStr>(&self) -> Result<T, T::Err> {
        self.0.parse()
    }
}

impl<T: Into<String>> From<T> for Date {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `format: byte`: bytes that travel as base64 (RFC 4648 section 4), kept as received and decoded
/// when asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Base64(String);

impl Base64 {
    /// Bytes to send.
    #[must_use]
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// The text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes; either alphabet, with or without padding and line breaks.
    ///
    /// # Errors
    /// When the text is no base64.
    pub fn decode(&self) -> Result<Bytes, base64::DecodeError> {
        let plain = |letter: char| match letter {
            '-' => Some('+'),
            '_' => Some('/'),
            letter if letter.is_ascii_whitespace() => None,
            letter => Some(letter),
        };
        let text: String = self.0.chars().filter_map(plain).collect();
        STANDARD_NO_PAD.decode(text.trim_end_matches('=')).map(Into::into)
    }
}

/// `contentEncoding: base64url`: bytes that travel in the alphabet of RFC 4648 section 5, which is
/// what is sent whichever alphabet a text came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, Default)]
#[serde(transparent)]
pub struct Base64Url(Base64);

impl Base64Url {
    /// Bytes to send.
    #[must_use]
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(Base64(URL_SAFE.encode(bytes)))
    }

    /// The text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The bytes; either alphabet, with or without padding and line breaks.
    ///
    /// # Errors
    /// When the text is no base64.
    pub fn decode(&self) -> Result<Bytes, base64::DecodeError> {
        self.0.decode()
    }
}

impl Serialize for Base64Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_str().replace('+', "-").replace('/', "_"))
    }
}

/// A file to upload. As a tool argument: `{"name", "content_base64", "content_type"?}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilePart {
    /// The file name.
    pub name: String,
    /// The media type; when absent, that of the name's ending.
    pub content_type: Option<String>,
    /// The bytes.
    pub content: Bytes,
    /// Where the bytes are read from as they are sent, in place of `content`. Such a file has no
    /// form as a tool argument, and a call that sends it is made once.
    pub upload: Option<Upload>,
}

impl FilePart {
    /// A file of these bytes.
    #[must_use]
    pub fn new(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self { name: name.into(), content: content.into(), ..Self::default() }
    }

    /// A file whose bytes are read as they are sent.
    #[must_use]
    pub fn streamed(name: impl Into<String>, upload: Upload) -> Self {
        Self { name: name.into(), upload: Some(upload), ..Self::default() }
    }

    /// With its media type.
    #[must_use]
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }

    /// The file that a value describes as a tool argument does, and with nothing else.
    pub(crate) fn from_argument(value: &serde_json::Value) -> Option<Self> {
        let members = value.as_object()?;
        let known = ["name", "content_base64", "content_type"];
        let described = members.contains_key("content_base64")
            && members.keys().all(|key| known.contains(&key.as_str()));
        described.then(|| Self::deserialize(value).ok()).flatten()
    }
}

#[derive(Serialize, Deserialize)]
struct FileArgument {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    content_base64: Base64,
}

impl Serialize for FilePart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.upload.is_some() {
            return Err(serde::ser::Error::custom("a file that is read as it is sent is no JSON"));
        }
        FileArgument {
            name: self.name.clone(),
            content_type: self.content_type.clone(),
            content_base64: Base64::new(&self.content),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FilePart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let file = FileArgument::deserialize(deserializer)?;
        let content = file.content_base64.decode().map_err(serde::de::Error::custom)?;
        Ok(Self { name: file.name, content_type: file.content_type, content, upload: None })
    }
}

/// Reads a member that is there, null included: with `#[serde(default, deserialize_with = …)]` an
/// `Option<Option<T>>` tells null from absent.
///
/// # Errors
/// Those of the value.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_are_kept_as_received_and_read_from_either_alphabet() {
        for text in ["+/8=", "-_8=", "-_8", "+/8=\n"] {
            let bytes: super::Base64 = serde_json::from_value(text.into()).unwrap();
            assert_eq!(bytes.decode().unwrap().as_ref(), [0xfb, 0xff]);
            assert_eq!(serde_json::to_value(&bytes).unwrap(), text);
        }
        assert_eq!(super::Base64::new([0xfb, 0xff]).as_str(), "+/8=");
        assert!(serde_json::from_str::<super::Base64>("\"no bytes!\"").unwrap().decode().is_err());
        assert!(
            serde_json::from_str::<super::FilePart>(r#"{"name": "a", "content_base64": "?"}"#)
                .is_err()
        );
    }

    #[test]
    fn bytes_go_out_in_the_alphabet_that_is_asked_for() {
        for text in ["+/8=", "-_8=", "+_8="] {
            let bytes: super::Base64Url = serde_json::from_value(text.into()).unwrap();
            assert_eq!(bytes.decode().unwrap().as_ref(), [0xfb, 0xff]);
            assert_eq!(serde_json::to_value(&bytes).unwrap(), "-_8=");
        }
        let bytes = super::Base64Url::new([0xfb, 0xff]);
        assert_eq!(serde_json::to_value(&bytes).unwrap(), "-_8=");
    }

    #[test]
    #[expect(clippy::option_option, reason = "what generated code has for null and absent")]
    fn null_is_told_from_absent() {
        #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        struct Note {
            #[serde(
                default,
                deserialize_with = "super::present",
                skip_serializing_if = "Option::is_none"
            )]
            text: Option<Option<String>>,
        }
        for (text, read) in [
            ("{}", None),
            (r#"{"text":null}"#, Some(None)),
            (r#"{"text":"a"}"#, Some(Some("a".to_owned()))),
        ] {
            let note: Note = serde_json::from_str(text).unwrap();
            assert_eq!(note.text, read);
            assert_eq!(serde_json::to_string(&note).unwrap(), text);
        }
    }
}
