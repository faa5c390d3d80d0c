//! Static facts of an operation, apart from sending it.

use http::Method;

/// Static facts of an operation.
#[derive(Debug)]
pub struct OperationInfo {
    /// The document's `operationId`.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template as the document has it.
    pub path: &'static str,
    /// The same, split at its variables.
    pub segments: &'static [Segment],
    /// Scheme, host and port of a server of its own, where the document names one that is not the
    /// API's.
    pub origin: Option<&'static str>,
    /// The media types of the success answers, for `Accept`.
    pub accept: &'static str,
    /// Security requirements: any one of the outer list, all of the inner one (scheme names).
    /// Empty: none needed.
    pub security: &'static [&'static [&'static str]],
}

/// A part of a path template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// Text, percent-encoded.
    Literal(&'static str),
    /// The variable of this name.
    Parameter(&'static str),
}

/// How many parts a path template has.
#[must_use]
pub const fn segment_count(path: &'static str) -> usize {
    let (mut rest, mut count) = (path, 0);
    while let Some((_, after)) = first_segment(rest) {
        rest = after;
        count += 1;
    }
    count
}

/// The parts of a path template; `N` is its [`segment_count`]. Worked out while compiling.
#[must_use]
pub const fn segments<const N: usize>(path: &'static str) -> [Segment; N] {
    let mut found = [Segment::Literal(""); N];
    let (mut rest, mut count) = (path, 0);
    while let Some((segment, after)) = first_segment(rest) {
        found[count] = segment;
        rest = after;
        count += 1;
    }
    found
}

/// The first part, and what follows; a brace without its other is text.
#[expect(clippy::disallowed_methods, reason = "the brace before the cut is one byte")]
const fn first_segment(rest: &'static str) -> Option<(Segment, &'static str)> {
    let bytes = rest.as_bytes();
    let opens = matches!(bytes.first(), Some(b'{'));
    let mut end = 1;
    while end < bytes.len() && bytes[end] != if opens { b'}' } else { b'{' } {
        end += 1;
    }
    if bytes.is_empty() {
        None
    } else if opens && end < bytes.len() {
        let (part, after) = rest.split_at(end);
        Some((Segment::Parameter(part.split_at(1).1), after.split_at(1).1))
    } else {
        let (part, after) = rest.split_at(end);
        Some((Segment::Literal(part), after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_split_at_its_variables() {
        use Segment::{Literal, Parameter};
        const PATH: &str = "/a/{b}/c/{d}{e}:f";
        const PARTS: [Segment; segment_count(PATH)] = segments(PATH);
        assert_eq!(
            PARTS,
            [
                Literal("/a/"),
                Parameter("b"),
                Literal("/c/"),
                Parameter("d"),
                Parameter("e"),
                Literal(":f")
            ]
        );
        assert_eq!(segments::<1>("/a"), [Literal("/a")]);
        assert_eq!(segments::<2>("/{a"), [Literal("/"), Literal("{a")]);
        assert_eq!(segment_count(""), 0);
    }
}
