//! Text in whatever encoding it came: its byte order mark says which, its media type, or it looks
//! like one. Names of encodings mean what browsers take them for (WHATWG Encoding Standard).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text of `body`, without a byte order mark, as the mark or `charset` says, or as UTF-8. `None`
/// when it cannot be read so.
#[must_use]
pub fn declared<'b>(body: &'b [u8], charset: Option<&str>) -> Option<Cow<'b, str>> {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        let body = body.get(mark..)?;
        return encoding.decode_without_bom_handling_and_without_replacement(body);
    }
    match named(body, charset) {
        Some(encoding) => encoding.decode_without_bom_handling_and_without_replacement(body),
        None => std::str::from_utf8(body).ok().map(Cow::Borrowed),
    }
}

/// The same where nothing says what it is, or wrongly: then text is what holds no bytes that text
/// has no use for. What cannot be read of it becomes U+FFFD.
#[must_use]
pub fn likely<'b>(body: &'b [u8], charset: Option<&str>) -> Option<Cow<'b, str>> {
    if let Some(text) = declared(body, charset) {
        return Some(text);
    }
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return Some(encoding.decode_without_bom_handling(body.get(mark..)?).0);
    }
    if is_binary(body) {
        return None;
    }
    let encoding = named(body, charset).unwrap_or_else(|| guessed(body));
    Some(encoding.decode_without_bom_handling(body).0)
}

/// Whether there are bytes that no text holds (WHATWG MIME Sniffing section 3).
#[must_use]
pub fn is_binary(body: &[u8]) -> bool {
    body.iter().any(|byte| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

/// The encoding that `charset` names, unless that is UTF-8. Those who name an encoding of single
/// bytes often mean what their program would do if nobody asked it: what is valid UTF-8 is that.
fn named(body: &[u8], charset: Option<&str>) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(charset?.as_bytes())?;
    if encoding == UTF_8 || encoding.is_single_byte() && std::str::from_utf8(body).is_ok() {
        return None;
    }
    // Without a mark, the order of the bytes is what the first letter makes likely.
    match body {
        [0, _, ..] if encoding == UTF_16LE => Some(UTF_16BE),
        [_, 0, ..] if encoding == UTF_16BE => Some(UTF_16LE),
        _ => Some(encoding),
    }
}

/// Damaged UTF-8 where more letters can be read than not, else windows-1252, which is what browsers
/// take.
fn guessed(body: &[u8]) -> &'static Encoding {
    let (mut letters, mut broken) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if letters > broken { UTF_8 } else { WINDOWS_1252 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encoding_that_is_declared() {
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        let marked = [&[0xff, 0xfe][..], &utf16("é,1", u16::to_le_bytes)].concat();
        for (body, charset, text) in [
            (&b"a,b"[..], None, "a,b"),
            ("é,1".as_bytes(), None, "é,1"),
            (b"\xef\xbb\xbf\xc3\xa9,1", None, "é,1"),
            (b"\xef\xbb\xbf\xc3\xa9,1", Some("iso-8859-1"), "é,1"),
            (b"\xe9,1", Some("ISO-8859-1"), "é,1"),
            (b"\xe9,1", Some("latin1"), "é,1"),
            (b"\x80,1", Some("windows-1252"), "€,1"),
            (b"\x83\x65", Some("shift_jis"), "テ"),
            (b"\xc3\xa9,1", Some("iso-8859-1"), "é,1"),
            (b"\xc3\xa9,1", Some("no such"), "é,1"),
            (&marked, None, "é,1"),
            (&marked, Some("utf-8"), "é,1"),
            (&utf16("é,1", u16::to_le_bytes), Some("utf-16le"), "é,1"),
            (&utf16("a,1", u16::to_be_bytes), Some("utf-16"), "a,1"),
            (&utf16("a,1", u16::to_le_bytes), Some("utf-16"), "a,1"),
            (b"", None, ""),
        ] {
            assert_eq!(declared(body, charset).as_deref(), Some(text), "{body:?} {charset:?}");
            assert_eq!(likely(body, charset).as_deref(), Some(text), "{body:?} {charset:?}");
        }
        for (body, charset) in [(&b"\xe9"[..], None), (b"\xe9", Some("utf-8"))] {
            assert_eq!(declared(body, charset), None, "{body:?} {charset:?}");
        }
    }

    #[test]
    fn text_that_nothing_declares_is_read_as_it_looks() {
        for (body, charset, text) in [
            (&b"caf\xe9, \x80 5"[..], None, "café, € 5"),
            (b"caf\xe9", Some("utf-8"), "café"),
            (b"\xc3\xa9t\xc3\xa9 cut \xc3", None, "été cut \u{fffd}"),
            (b"\xef\xbb\xbfa\xff", None, "a\u{fffd}"),
        ] {
            assert_eq!(likely(body, charset).as_deref(), Some(text), "{body:?}");
        }
        for body in [&b"PK\x03\x04\xff"[..], b"\x00\xff", b"\x1f\x8b\x08\xff"] {
            assert_eq!(likely(body, None), None, "{body:?}");
        }
    }
}
