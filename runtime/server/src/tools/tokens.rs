//! What text costs in a model's context, about.

/// About as many tokens as o200k makes of `text`: words in pieces of six letters, numbers in
/// threes, punctuation in pairs.
#[must_use]
pub(super) fn estimate(text: &str) -> usize {
    let mut tokens = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = CharacterClass::of(first);
        let length = rest
            .char_indices()
            .find(|(_, c)| CharacterClass::of(*c) != kind)
            .map_or(rest.len(), |(index, _)| index);
        let Some((run, after)) = rest.split_at_checked(length) else { break };
        let count = run.chars().count();
        tokens += match kind {
            CharacterClass::Letters => count.div_ceil(8),
            CharacterClass::Digits | CharacterClass::Marks => count.div_ceil(3),
            // A single space belongs to the word that follows it.
            CharacterClass::Space => usize::from(count > 1),
            CharacterClass::Other => count,
        };
        rest = after;
    }
    tokens
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum CharacterClass {
    Letters,
    Digits,
    Space,
    Marks,
    Other,
}

impl CharacterClass {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' => Self::Letters,
            '0'..='9' => Self::Digits,
            ' ' | '\n' | '\t' | '\r' => Self::Space,
            c if c.is_ascii() => Self::Marks,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_numbers_and_marks_are_counted_in_pieces() {
        for (text, tokens) in
            [("", 0), ("word", 1), ("two words", 2), ("1234", 2), ("  ", 1), ("語é", 2)]
        {
            assert_eq!(estimate(text), tokens, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_of_any_script_has_no_more_tokens_than_characters(text in ".*") {
            prop_assert!(estimate(&text) <= text.chars().count());
        }
    }
}
