//! `multipart/form-data` (RFC 7578) as bytes.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher, RandomState};

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::request::{Content, Part};
use crate::upload::Upload;

/// The body of `parts` and the boundary that separates them, which none of them holds.
///
/// Quotes and line ends in names are written as browsers write them (HTML, "multipart form data"),
/// and other control characters likewise, so that no name can end its header.
pub(crate) fn encode(parts: &[Part]) -> (String, Bytes) {
    let boundary = boundary(parts);
    let size: usize = parts.iter().map(|part| part.content.len() + part.name.len() + 256).sum();
    let mut out = Vec::with_capacity(size + boundary.len() + 8);
    for part in parts {
        out.extend_from_slice(head(&boundary, part).as_bytes());
        out.extend_from_slice(&part.content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, out.into())
}

/// The same for parts of which some are read as they are sent. What these hold is not known, so
/// that their boundary is one of chance, 128 bits of it.
pub(crate) fn encode_streamed(parts: Vec<Part>) -> (String, Content) {
    let chance = || RandomState::new().build_hasher().finish();
    let boundary = format!("----form-data-{:016x}{:016x}", chance(), chance());
    let whole = |bytes: Bytes| Upload::new(stream::iter([Ok::<_, Infallible>(bytes)]), None);
    let mut length = Some(0_u64);
    let mut pieces = Vec::new();
    let mut push = |upload: Upload, size: Option<u64>| {
        length = length.zip(size).and_then(|(sum, size)| sum.checked_add(size));
        pieces.push(upload);
    };
    for mut part in parts {
        let head = Bytes::from(head(&boundary, &part));
        let sized = |bytes: Bytes| (whole(bytes.clone()), Some(bytes.len() as u64));
        let (content, size) = match part.upload.take() {
            Some(upload) => (upload.clone(), upload.length()),
            None => sized(part.content),
        };
        for (upload, size) in [sized(head), (content, size), sized(Bytes::from_static(b"\r\n"))] {
            push(upload, size);
        }
    }
    let end = Bytes::from(format!("--{boundary}--\r\n"));
    let size = end.len() as u64;
    push(whole(end), Some(size));
    let stream = Box::pin(stream::iter(pieces).flat_map(|piece| piece.take()));
    (boundary, Content::Streamed { stream, length })
}

/// What stands in front of the bytes of a part.
fn head(boundary: &str, part: &Part) -> String {
    let mut head =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
    if let Some(name) = &part.file_name {
        let _ = write!(head, "; filename=\"{}\"", quoted(name));
    }
    if let Some(media) = &part.content_type {
        let _ = write!(head, "\r\nContent-Type: {}", media.replace(['\r', '\n'], " "));
    }
    head.push_str("\r\n\r\n");
    head
}

fn quoted(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter == '"' || letter.is_control() {
            let mut bytes = [0; 4];
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02X}"); // writing to a String cannot fail
            }
        } else {
            out.push(letter);
        }
    }
    out
}

/// What all boundaries begin with; a number of [`DIGITS`] hexadecimal digits follows.
const BOUNDARY: &[u8] = b"----form-data-";
/// See [`BOUNDARY`].
const DIGITS: usize = 16;

/// A boundary that no part holds: the first of a row that depends on nothing else, so that equal
/// parts give equal bytes. The parts are gone through once, whatever they hold.
fn boundary(parts: &[Part]) -> String {
    let held: BTreeSet<u64> = parts.iter().flat_map(|part| numbers(&part.content)).collect();
    // The set is sorted: the first number that is not where it would stand in a row without gaps is
    // free.
    let free = (0..)
        .zip(&held)
        .find(|(place, number)| place != *number)
        .map_or(held.len() as u64, |(place, _)| place);
    format!("----form-data-{free:0DIGITS$x}")
}

/// The numbers of all boundaries in `content`.
fn numbers(content: &[u8]) -> impl Iterator<Item = u64> {
    let windows =
        content.windows(BOUNDARY.len() + DIGITS).filter(|window| window.starts_with(BOUNDARY));
    windows.filter_map(|window| {
        let digits = std::str::from_utf8(window.get(BOUNDARY.len()..)?).ok()?;
        let lower = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        lower.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, file: Option<&str>, content: &str) -> Part {
        Part {
            name: name.to_owned(),
            file_name: file.map(str::to_owned),
            content: content.to_owned().into(),
            ..Part::default()
        }
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
    fn control_characters_in_names_are_encoded() {
        let (_, body) = encode(&[part("a\0b", Some("x\u{1b}[2J\t\u{7f}\u{85}é\\.txt"), "1")]);
        let text = String::from_utf8(body.to_vec()).unwrap();
        let wanted = "name=\"a%00b\"; filename=\"x%1B[2J%09%7F%C2%85é\\.txt\"";
        assert!(text.contains(wanted), "{text}");
    }

    #[test]
    fn no_part_holds_the_boundary() {
        let (first, _) = encode(&[]);
        let (second, _) = encode(&[part("a", None, &format!("-\r\n--{first}--\r\n"))]);
        assert_ne!(first, second);
        let held = |numbers: &[u64]| {
            numbers
                .iter()
                .map(|number| format!("-{}", format_args!("----form-data-{number:016x}")))
                .collect::<Vec<_>>()
                .concat()
        };
        let chosen =
            |numbers: &[u64]| boundary(&[part("a", None, ""), part("b", None, &held(numbers))]);
        for (numbers, free) in
            [(&[][..], 0_u64), (&[1, 2], 0), (&[0, 0, 2], 1), (&[1, 0, 2, 3], 4), (&[0xf, 0], 1)]
        {
            assert_eq!(chosen(numbers), format!("----form-data-{free:016x}"), "{numbers:?}");
        }
        let (last, _) = encode(&[part("a", None, &held(&(0..50_000).collect::<Vec<_>>()))]);
        assert_eq!(last, format!("----form-data-{:016x}", 50_000));
    }
}
