//! What a vendor's body is, decided once.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::value::RawValue;
use support::{Response, charset, headers};

/// The content of an answer that was made [`legible`].
#[derive(Debug)]
pub(crate) enum Content<'r> {
    /// Nothing, or white space.
    Nothing,
    /// JSON, white space around it cut.
    Json(&'r RawValue),
    /// Text that is no JSON.
    Text(&'r str),
    /// Anything else.
    File,
}

impl<'r> Content<'r> {
    /// Looks at media type and body: what says that it is JSON and is not, is text.
    pub(crate) fn of(response: &'r Response) -> Self {
        let media = response.media_type();
        let (kind, body) = (Kind::of(&media), &response.body);
        let may_be_json = kind == Kind::Unmarked || media == "text/plain";
        if (kind == Kind::Json || may_be_json && begins_as_json(body))
            && let Ok(json) = serde_json::from_slice(body)
        {
            return Self::Json(json);
        }
        match std::str::from_utf8(body) {
            _ if body.is_empty() => Self::Nothing,
            Ok(text) if kind.holds(text) => {
                let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
                if blank { Self::Nothing } else { Self::Text(text) }
            }
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

/// What a media type says of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Text,
    /// Nothing: there is none, or one that any bytes may have.
    Unmarked,
    Other,
}

/// Words of media types of texts: `x-ndjson`, `vnd.oai.openapi+yaml`, `x-pem-file`.
const TEXTS: [&str; 12] = [
    "csv", "graphql", "ndjson", "pem", "rfc822", "sh", "sql", "subrip", "toml", "tsv", "xml",
    "yaml",
];
/// Words of media types that say nothing: `octet-stream`, `force-download`.
const UNMARKED: [&str; 5] = ["", "binary", "download", "octet", "unknown"];
/// Endings of the names of text files.
const ENDINGS: [&str; 24] = [
    "asc", "cfg", "conf", "csv", "eml", "htm", "html", "ics", "ini", "json", "jsonl", "log", "md",
    "ndjson", "pem", "sql", "toml", "tsv", "txt", "vcf", "xml", "yaml", "yml", "vtt",
];
/// How files begin that may look like text and are written for programs.
const DOCUMENTS: [&str; 3] = ["%PDF-", "%!PS", "{\\rtf"];
/// How keys and certificates begin as text (RFC 7468), whose media types say both text and bytes.
const PEM: &[u8] = b"-----BEGIN ";

impl Kind {
    fn of(media: &str) -> Self {
        let mut words = media.split(['/', '.', '+', '-']);
        let is_text =
            |word: &str| TEXTS.contains(&word) || word.starts_with("json") || word == "javascript";
        if headers::is_json(media) || media == "text/json" {
            Self::Json
        } else if media.starts_with("text/") || words.clone().any(is_text) {
            Self::Text
        } else if words.any(|word| UNMARKED.contains(&word)) {
            Self::Unmarked
        } else {
            Self::Other
        }
    }

    /// Whether a body that can be read as `text` is meant to be.
    fn holds(self, text: &str) -> bool {
        match self {
            Self::Json | Self::Text => true,
            Self::Unmarked => {
                let is_document = DOCUMENTS.iter().any(|begin| text.starts_with(begin));
                !is_document && !charset::is_binary(text.as_bytes())
            }
            Self::Other => text.as_bytes().starts_with(PEM),
        }
    }
}

fn begins_as_json(body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    first.is_some_and(|byte| matches!(byte, b'{' | b'['))
}

/// The answer with a body that is UTF-8, without a byte order mark, where it is text in some
/// encoding, and in which escapes of half a letter in JSON are whole ones.
pub(crate) fn legible(mut response: Response) -> Response {
    if let Some(body) = rewritten(&response) {
        response.body = body;
    }
    response
}

/// The body, if it has to change to be read.
fn rewritten(response: &Response) -> Option<Bytes> {
    let body = &response.body;
    // Most bodies, whose headers need no second look.
    if begins_as_json(body) && is_plain(body) && whole_letters(body).is_none() {
        return None;
    }
    let (kind, named) = (Kind::of(&response.media_type()), response.charset());
    let text = match kind {
        Kind::Json | Kind::Text => charset::likely(body, named.as_deref())?,
        Kind::Unmarked if is_named_as_text(response) => charset::likely(body, named.as_deref())?,
        Kind::Unmarked => {
            charset::declared(body, named.as_deref()).filter(|text| kind.holds(text))?
        }
        Kind::Other => return None,
    };
    let is_json = kind == Kind::Json || begins_as_json(text.as_bytes());
    if is_json && let Some(whole) = whole_letters(text.as_bytes()) {
        return Some(whole.into());
    }
    match text {
        Cow::Borrowed(text) if text.len() == body.len() => None,
        Cow::Borrowed(text) => Some(body.slice_ref(text.as_bytes())),
        Cow::Owned(text) => Some(text.into()),
    }
}

/// Whether this is UTF-8 whatever it says that it is in: nothing shifts, nothing is two bytes wide.
fn is_plain(body: &[u8]) -> bool {
    let controls = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    std::str::from_utf8(body).is_ok() && !body.iter().any(controls)
}

fn is_named_as_text(response: &Response) -> bool {
    let name = headers::file_name(&response.headers).unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// JSON whose escapes of single surrogates, which some readers refuse, stand for U+FFFD; `None` when
/// there are none. No backslash stands outside of its strings.
fn whole_letters(json: &[u8]) -> Option<Vec<u8>> {
    const HIGH: std::ops::Range<u32> = 0xd800..0xdc00;
    const LOW: std::ops::Range<u32> = 0xdc00..0xe000;
    const SIZE: usize = r"\u0000".len();
    let unit = |at: usize| {
        let digits = json.get(at..at + SIZE)?.strip_prefix(br"\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut whole: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(next) =
        json.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\'))
    {
        at += next;
        let first = unit(at).unwrap_or_default();
        let pair =
            HIGH.contains(&first) && unit(at + SIZE).is_some_and(|second| LOW.contains(&second));
        at += if pair {
            2 * SIZE
        } else if HIGH.contains(&first) || LOW.contains(&first) {
            let copy = whole.get_or_insert_with(|| json.to_vec());
            copy.splice(at..at + SIZE, *br"\ufffd");
            SIZE
        } else {
            // What an escape escapes may be a backslash too.
            2
        };
    }
    whole
}
