//! What headers with parameters say: media types (RFC 9110 section 8.3.1) and file names (RFC
//! 6266).
//!
//! A parameter that cannot be read is passed over: what a body is does not hang on it. That is why
//! `mailparse` reads them; `mime` and `mediatype` refuse the whole header.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use mailparse::ParsedContentType;

use crate::charset;

/// As much of a header as is read, in bytes: the time that its reader takes grows with the square
/// of its parameters.
const LONGEST: usize = 2048;

/// A media type without parameters, in lower case.
#[must_use]
pub fn essence(text: &str) -> String {
    read(text).mimetype
}

/// Whether a media type is JSON (RFC 6839).
#[must_use]
pub fn is_json(text: &str) -> bool {
    let essence = essence(text);
    essence == "application/json" || essence.ends_with("+json")
}

/// The media type in `Content-Type`, without parameters and in lower case; empty when absent.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> String {
    essence(&text(headers, &CONTENT_TYPE))
}

/// The `charset` in `Content-Type`, in lower case.
#[must_use]
pub fn charset(headers: &HeaderMap) -> Option<String> {
    let mut parameters = parameters(&text(headers, &CONTENT_TYPE));
    Some(parameters.remove("charset")?.to_ascii_lowercase())
}

/// The longest file name that is read, in characters.
const LONGEST_NAME: usize = 200;

/// The file name in `Content-Disposition` (RFC 6266), without directories and control characters:
/// `filename*` where it can be decoded, else `filename`.
#[must_use]
pub fn file_name(headers: &HeaderMap) -> Option<String> {
    let mut parameters = parameters(&text(headers, &CONTENT_DISPOSITION));
    // Where both are sent, mailparse leaves the extended one as it stands.
    let extended = parameters.remove("filename*").and_then(|value| {
        self::parameters(&format!("attachment; filename*={value}")).remove("filename")
    });
    let name = extended.or_else(|| parameters.remove("filename"))?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // A quotation mark at an end was left open.
    let clean = last.trim_matches('"').chars().filter(|letter| !letter.is_control());
    Some(clean.take(LONGEST_NAME).collect()).filter(|name: &String| !name.is_empty())
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    // What is no UTF-8 is what browsers take it for.
    let value = headers.get(name).and_then(|value| charset::likely(value.as_bytes(), None));
    value.unwrap_or_default().into_owned()
}

fn parameters(text: &str) -> BTreeMap<String, String> {
    read(text).params
}

fn read(text: &str) -> ParsedContentType {
    let most = text.len().min(LONGEST);
    let beginning = (0..=most).rev().find_map(|end| text.get(..end));
    mailparse::parse_content_type(beginning.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_cannot_be_read_of_a_media_type_leaves_the_rest_of_it() {
        for (text, media, charset) in [
            ("", "", None),
            ("text/plain", "text/plain", None),
            (" Text/CSV ;Charset = \"ISO-8859-1\"", "text/csv", Some("iso-8859-1")),
            ("application/json;", "application/json", None),
            ("application/json;; charset=utf-8", "application/json", Some("utf-8")),
            ("text/csv; header; charset=latin1", "text/csv", Some("latin1")),
            ("text/csv; name=\"a; charset=x\"; charset=latin1", "text/csv", Some("latin1")),
            ("text/html; =; charset", "text/html", None),
            ("text/html; charset=\"open", "text/html", Some("\"open")),
            ("csv", "csv", None),
        ] {
            let headers = [(CONTENT_TYPE, HeaderValue::from_static(text))].into_iter().collect();
            assert_eq!(media_type(&headers), media, "{text}");
            assert_eq!(super::charset(&headers).as_deref(), charset, "{text}");
        }
        assert_eq!(media_type(&HeaderMap::new()), "");
    }

    #[test]
    fn json_is_known_by_its_name_or_its_suffix() {
        for text in ["application/json", "Application/SCIM+JSON; v=\"2;0\"", "a/b+json;;"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["text/json", "application/jsonl", "text/plain; v=a+json", "json", ""] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn file_names_are_read_and_cleaned() {
        for (value, name) in [
            ("attachment; filename=\"NDA signed.pdf\"", Some("NDA signed.pdf")),
            ("attachment; FileName = NDA signed.pdf", Some("NDA signed.pdf")),
            ("attachment; filename=\"a;b=c.pdf\"; size=3", Some("a;b=c.pdf")),
            ("attachment; filename=\"a\\\"b\\\\c.pdf\"", Some("c.pdf")),
            ("attachment; filename=\"a\\\"; b.pdf\"", Some("a\"; b.pdf")),
            ("attachment; filename=a.pdf; filename*=UTF-8''%C3%A9.pdf", Some("é.pdf")),
            ("attachment; filename*=utf-8'en'%C3%A9%3B.pdf; filename=a.pdf", Some("é;.pdf")),
            ("attachment; filename*=ISO-8859-1''%A3%20rates.pdf", Some("£ rates.pdf")),
            ("attachment; filename*=\"UTF-8''%C3%A9.pdf\"", Some("é.pdf")),
            ("attachment; filename*=UTF-8''it's.pdf", Some("it's.pdf")),
            ("attachment; filename*=unknown''%41.pdf; filename=a.pdf", Some("a.pdf")),
            ("attachment; filename*=unknown''%41.pdf", None),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename*=UTF-8''..%2F..%5Cetc%2Fpasswd", Some("passwd")),
            ("attachment; filename*=UTF-8''a%00%0D%0Ab.pdf", Some("ab.pdf")),
            ("attachment; filename=\"open.pdf", Some("open.pdf")),
            ("attachment; bad; =; filename=a.pdf;;", Some("a.pdf")),
            ("attachment; filename=\"naïve.pdf\"", Some("naïve.pdf")),
            ("attachment; filename=\"x/\"", None),
            ("attachment; filename=", None),
            ("attachment", None),
            ("", None),
        ] {
            let sent = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            let headers = [(CONTENT_DISPOSITION, sent)].into_iter().collect();
            assert_eq!(file_name(&headers).as_deref(), name, "{value}");
        }
        let latin = HeaderValue::from_bytes(b"attachment; filename=\"pr\xe9cis.pdf\"").unwrap();
        let headers = [(CONTENT_DISPOSITION, latin)].into_iter().collect();
        assert_eq!(file_name(&headers).as_deref(), Some("précis.pdf"));
        assert_eq!(file_name(&HeaderMap::new()), None);
    }

    #[test]
    fn a_header_of_many_parameters_is_read_at_its_beginning() {
        let many: Vec<_> = (0..10_000).map(|at| format!(";a{at}*0*=")).collect();
        let many = many.concat();
        assert_eq!(essence(&format!("text/plain{many}")), "text/plain");
        assert!(parameters(&format!("text/plain{many}")).len() < 1000);
    }
}
