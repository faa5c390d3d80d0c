//! `multipart/form-data` (RFC 7578) as bytes.

use bytes::Bytes;

use crate::request::Part;

/// The body of `parts` and the boundary that separates them, which none of them holds.
///
/// Quotes and line ends in names are written as browsers write them (HTML, "multipart form data"), so that no name can
/// end its header.
pub(crate) fn encode(parts: &[Part]) -> (String, Bytes) {
    let boundary = boundary(parts);
    let size: usize = parts.iter().map(|part| part.content.len() + part.name.len() + 256).sum();
    let mut out = Vec::with_capacity(size + boundary.len() + 8);
    for part in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
        if let Some(name) = &part.file_name {
            head.push_str(&format!("; filename=\"{}\"", quoted(name)));
        }
        if let Some(media) = &part.content_type {
            head.push_str(&format!("\r\nContent-Type: {}", media.replace(['\r', '\n'], " ")));
        }
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(&part.content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, out.into())
}

fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

/// A boundary that no part holds: the first of a row that depends on nothing else, so that equal parts give equal bytes.
fn boundary(parts: &[Part]) -> String {
    let mut number = 0_u64;
    loop {
        let boundary = format!("----form-data-{number:016x}");
        if !parts.iter().any(|part| holds(&part.content, boundary.as_bytes())) {
            return boundary;
        }
        number += 1;
    }
}

/// Whether `content` holds `wanted`, which begins with hyphens.
fn holds(content: &[u8], wanted: &[u8]) -> bool {
    let mut rest = content;
    while let Some(at) = rest.iter().position(|byte| *byte == b'-') {
        rest = &rest[at..];
        if rest.starts_with(wanted) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, file: Option<&str>, content: &str) -> Part {
        Part { name: name.to_owned(), file_name: file.map(str::to_owned), content_type: None, content: content.to_owned().into() }
    }

    #[test]
    fn names_cannot_end_their_header() {
        let (boundary, body) = encode(&[part("a\"b", Some("ü\r\nX: y\".txt"), "1")]);
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a%22b\"; filename=\"ü%0D%0AX: y%22.txt\"\r\n\r\n1\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected);
    }

    #[test]
    fn no_part_holds_the_boundary() {
        let (first, _) = encode(&[]);
        let (second, _) = encode(&[part("a", None, &format!("-\r\n--{first}--\r\n"))]);
        assert_ne!(first, second);
    }
}
