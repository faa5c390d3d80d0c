//! `multipart/form-data` bodies (RFC 7578), read from memory.

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::header;
use multer::{Field, Multipart};

use crate::call::Call;
use crate::reply::Reply;

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
        let Ok(boundary) = multer::parse_boundary(header) else {
            return Err(
                call.invalid("the request must be multipart/form-data with a boundary", "body")
            );
        };
        parse(&call.body, boundary).map_err(|reason| call.invalid(&malformed(&reason), "body"))
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
///
/// # Errors
/// Says what is wrong with it.
pub(crate) fn read(body: &Bytes, content_type: &str) -> Result<Form, String> {
    let boundary =
        multer::parse_boundary(content_type).map_err(|error| malformed(&error.to_string()))?;
    parse(body, boundary).map_err(|reason| malformed(&reason))
}

fn malformed(reason: &str) -> String {
    format!("the multipart body is malformed: {reason}")
}

fn parse(body: &Bytes, boundary: String) -> Result<Form, String> {
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
    // The parser is made for streams. This one is there as a whole, so it never waits.
    let parts = parts(Multipart::new(whole, boundary)).now_or_never();
    Ok(Form { parts: parts.unwrap_or_else(|| Err("it does not end".to_owned()))? })
}

async fn parts(mut form: Multipart<'_>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| error.to_string())? {
        parts.push(part(field).await?);
    }
    Ok(parts)
}

async fn part(field: Field<'_>) -> Result<Part, String> {
    let name = field.name().unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err("a part has no name".to_owned());
    }
    let filename = field.file_name().map(str::to_owned);
    let media = field.headers().get(header::CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let content = field.bytes().await.map_err(|error| error.to_string())?;
    Ok(Part { name, filename, media, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.txt\"\r\nContent-Type: Text/Plain; charset=UTF-8\r\n\r\none\r\n--C\r\ntwo\r\n";

    fn read_text(body: &str) -> Result<Form, String> {
        read(&Bytes::from(body.to_owned()), "Multipart/Form-Data; boundary=\"B\"")
    }

    #[test]
    fn a_form_is_read_to_its_last_boundary() {
        let form = read_text(&format!("{PART}{PART}--B--\r\n")).unwrap();
        assert_eq!(form.parts.len(), 2);
        let part = form.part("file").unwrap();
        assert_eq!(part.filename.as_deref(), Some("a;b.txt"));
        assert_eq!(part.media.as_deref(), Some("Text/Plain; charset=UTF-8"));
        assert_eq!(part.content, "one\r\n--C\r\ntwo");
        assert!(read_text("--B--").unwrap().parts.is_empty());
    }

    #[test]
    fn a_broken_form_is_refused_with_a_reason() {
        let nameless = PART.replace("name=\"file\"; ", "");
        for (body, reason) in [
            ("", "incomplete multipart stream"),
            ("no boundary at all", "incomplete multipart stream"),
            (PART, "field \"file\" received with incomplete data"),
            ("--B\r\nContent-Disposition: form-data", "incomplete multipart stream"),
            ("--B\r\nno header\r\n\r\none\r\n--B--", "failed to read headers"),
            (&format!("{nameless}--B--"), "a part has no name"),
        ] {
            let expected = format!("the multipart body is malformed: {reason}");
            assert_eq!(read_text(body).unwrap_err(), expected, "{body}");
        }
        let other = read(&Bytes::from_static(b"{}"), "multipart/form-data").unwrap_err();
        assert!(other.ends_with("boundary not found in Content-Type"), "{other}");
    }
}
