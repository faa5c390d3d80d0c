//! Sentences with marks: `*what a program calls something*`, `` `what is typed` ``.

/// A piece of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Plain(&'t str),
    Name(&'t str),
    Code(&'t str),
}

/// The pieces of a sentence. A mark that is not ended is text.
pub(super) fn marked(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, mark, inside, after)) = next(rest) {
        if !before.is_empty() {
            pieces.push(Piece::Plain(before));
        }
        pieces.push(if mark == '*' { Piece::Name(inside) } else { Piece::Code(inside) });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

/// The first marked piece, with what is around it.
fn next(text: &str) -> Option<(&str, char, &str, &str)> {
    let start = text.find(['*', '`'])?;
    let (before, from) = text.split_at_checked(start)?;
    let mark = from.chars().next()?;
    let (inside, after) = from.strip_prefix(mark)?.split_once(mark)?;
    (!inside.is_empty()).then_some((before, mark, inside, after))
}

#[cfg(test)]
mod tests {
    use super::Piece::{Code, Name, Plain};
    use super::*;

    #[test]
    fn names_and_code_are_told_from_text() {
        assert_eq!(
            marked("Open *Settings*, run `a*b` twice"),
            [Plain("Open "), Name("Settings"), Plain(", run "), Code("a*b"), Plain(" twice")]
        );
        for plain in ["", "5 * 3", "a `b", "**"] {
            let expected: Vec<_> =
                (!plain.is_empty()).then_some(Plain(plain)).into_iter().collect();
            assert_eq!(marked(plain), expected, "{plain}");
        }
    }
}
