//! `multipart/form-data` bodies (RFC 7578), read from memory.

use bytes::Bytes;

use crate::call::{Call, Reply};

/// One part of a form.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) media: Option<String>,
    pub(crate) content: Bytes,
}

/// All parts of a form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) parts: Vec<Part>,
}

impl Form {
    /// Reads the body of a call; a wrong media type or a broken form is answered in the API's own
    /// form.
    pub(crate) fn read(call: &Call) -> Result<Self, Reply> {
        let header = call.header("content-type").unwrap_or("");
        let Some(boundary) = boundary(header) else {
            return Err(
                call.invalid("the request must be multipart/form-data with a boundary", "body")
            );
        };
        parse(&call.body, &boundary)
            .ok_or_else(|| call.invalid("the multipart body is malformed", "body"))
    }

    pub(crate) fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// A part that must be there.
    pub(crate) fn require(&self, call: &Call, name: &str) -> Result<&Part, Reply> {
        self.part(name).ok_or_else(|| {
            call.refuse(
                400,
                "MISSING_PARAM",
                &format!("missing required form-data part '{name}'"),
                name,
            )
        })
    }

    /// A part as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.part(name).map(|part| String::from_utf8_lossy(&part.content).into_owned())
    }
}

/// Reads a form whose media type is already known to be multipart.
pub(crate) fn read(body: &Bytes, content_type: &str) -> Option<Form> {
    parse(body, &boundary(content_type)?)
}

/// The boundary that a media type names.
fn boundary(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    if !lower.trim_start().starts_with("multipart/form-data") {
        return None;
    }
    let from = lower.find("boundary=")? + "boundary=".len();
    let value = content_type[from..].split(';').next()?.trim().trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}

fn parse(body: &Bytes, boundary: &str) -> Option<Form> {
    let delimiter = format!("--{boundary}");
    let delimiter = delimiter.as_bytes();
    let mut parts = Vec::new();
    let mut at = search(body, delimiter, 0)? + delimiter.len();
    loop {
        if body[at..].starts_with(b"--") {
            return Some(Form { parts });
        }
        let start = at + line_end(&body[at..])?;
        let end = search(body, delimiter, start)?;
        parts.push(part(&body.slice(start..strip_line_end(body, start, end)))?);
        at = end + delimiter.len();
    }
}

fn part(section: &Bytes) -> Option<Part> {
    let (head_end, gap) = match search(section, b"\r\n\r\n", 0) {
        Some(at) => (at, 4),
        None => (search(section, b"\n\n", 0)?, 2),
    };
    let head = std::str::from_utf8(&section[..head_end]).ok()?;
    let mut part = Part {
        name: String::new(),
        filename: None,
        media: None,
        content: section.slice(head_end + gap..),
    };
    for line in head.lines() {
        let (name, value) = line.split_once(':')?;
        match name.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                part.name = attribute(value, "name").unwrap_or_default();
                part.filename = attribute(value, "filename");
            }
            "content-type" => part.media = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    (!part.name.is_empty()).then_some(part)
}

fn attribute(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|piece| {
        let (key, value) = piece.split_once('=')?;
        (key.trim().eq_ignore_ascii_case(name)).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn search(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let tail = hay.get(from..)?;
    tail.windows(needle.len()).position(|piece| piece == needle).map(|at| at + from)
}

fn line_end(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"\r\n") {
        Some(2)
    } else if rest.starts_with(b"\n") {
        Some(1)
    } else {
        None
    }
}

fn strip_line_end(body: &[u8], start: usize, end: usize) -> usize {
    if end >= start + 2 && &body[end - 2..end] == b"\r\n" {
        end - 2
    } else if end > start && body[end - 1] == b'\n' {
        end - 1
    } else {
        end
    }
}
