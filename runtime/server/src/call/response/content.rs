//! What a vendor's body is, decided once.

use std::borrow::Cow;

use serde_json::value::RawValue;
use support::{Response, headers};

/// The content of an answer.
#[derive(Debug)]
pub(crate) enum Content<'r> {
    /// Nothing, or white space.
    Nothing,
    /// JSON, white space around it cut.
    Json(&'r RawValue),
    /// Text that is no JSON.
    Text(Cow<'r, str>),
    /// Anything else.
    File,
}

impl<'r> Content<'r> {
    /// Looks at media type and body: what says that it is JSON and is not, is text.
    pub(crate) fn of(response: &'r Response) -> Self {
        let media = response.media_type();
        let body = &response.body;
        let unmarked = matches!(media.as_str(), "" | "text/plain" | "text/json");
        let begins = || {
            let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
            first.is_some_and(|byte| matches!(byte, b'{' | b'['))
        };
        let is_json = headers::is_json(&media);
        if (is_json || unmarked && begins())
            && let Ok(json) = serde_json::from_slice(body)
        {
            return Self::Json(json);
        }
        let textual = media.is_empty()
            || media.starts_with("text/")
            || media.ends_with("+xml")
            || media == "application/xml"
            || is_json;
        match std::str::from_utf8(body) {
            _ if body.is_empty() => Self::Nothing,
            Ok(text) if textual && text.bytes().all(|byte| byte.is_ascii_whitespace()) => {
                Self::Nothing
            }
            Ok(text) if textual => Self::Text(Cow::Borrowed(text)),
            _ => Self::File,
        }
    }

    /// The JSON, if it is that.
    pub(crate) fn json(&self) -> Option<&'r RawValue> {
        match self {
            Self::Json(json) => Some(json),
            Self::Nothing | Self::Text(_) | Self::File => None,
        }
    }
}
