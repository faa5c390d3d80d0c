//! Path templates in parts.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::normalise::variable;

/// What a path cannot hold as it is (RFC 3986 section 3.3); `%` stays, since templates may be
/// encoded already.
const OUTSIDE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text, percent-encoded.
    Fixed(String),
    /// A variable's name.
    Variable(&'t str),
}

/// The parts of a template: `/a/{b}.json` is `/a/`, `b`, `.json`.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        fixed(&mut found, &rest[..start]);
        found.push(Piece::Variable(variable(&rest[start + 1..start + length])));
        rest = &rest[start + length + 1..];
    }
    fixed(&mut found, rest);
    found
}

fn fixed(found: &mut Vec<Piece<'_>>, text: &str) {
    if !text.is_empty() {
        found.push(Piece::Fixed(encode(text)));
    }
}

/// Text as a path may hold it.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, OUTSIDE).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_may_have_prefixes_and_suffixes() {
        let fixed = |text: &str| Piece::Fixed(text.to_owned());
        assert_eq!(pieces("/a/{b}.json"), [fixed("/a/"), Piece::Variable("b"), fixed(".json")]);
        assert_eq!(
            pieces("/c/{a}...{b}"),
            [fixed("/c/"), Piece::Variable("a"), fixed("..."), Piece::Variable("b")]
        );
        assert_eq!(
            pieces("/v/{id}:cancel"),
            [fixed("/v/"), Piece::Variable("id"), fixed(":cancel")]
        );
        assert_eq!(pieces("/a b/{open"), [fixed("/a%20b/%7Bopen")]);
    }
}
