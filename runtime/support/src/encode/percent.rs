//! Percent-encoding (RFC 3986 section 2.1).

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Reserved;

/// Everything but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What stays encoded under `allowReserved`: what a query cannot hold (RFC 3986 section 3.4), and
/// what would end the value.
const KEPT: &AsciiSet = &RESERVED
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// What a cookie's value cannot hold as it is (RFC 6265 section 4.1.1), and `%`, which marks what
/// was encoded.
const COOKIE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'\\');

/// Percent-encodes everything but unreserved characters.
#[must_use]
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A credential as a cookie can carry it: as it is, where that is possible.
pub(crate) fn cookie_value(text: &str) -> String {
    utf8_percent_encode(text, COOKIE).to_string()
}

impl Reserved {
    pub(super) fn percent(self, text: &str) -> String {
        match self {
            Self::Encoded => percent(text),
            Self::Kept => percent_but_reserved(text),
        }
    }
}

/// Percent-encodes what may not stay under `allowReserved`; triples that are there do stay (RFC
/// 6570 section 3.2.3).
fn percent_but_reserved(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.extend(utf8_percent_encode(before, KEPT));
        let digits = after.get(..2).filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
        out.push_str(if digits.is_some() { "%" } else { "%25" });
        rest = after;
    }
    out.extend(utf8_percent_encode(rest, KEPT));
    out
}
