//! How much of what others sent an answer may repeat: decided here for every answer, so that none
//! grows with its request.
//!
//! An answer names at most [`FAULTS`] violations and counts the rest. Names, values and sentences
//! are cut, and all violations of one answer together stay within a size, however their characters
//! have to be escaped.

use std::borrow::Cow;

/// How many violations one answer names.
pub const FAULTS: usize = 50;
/// The size of all violations of one tool result together, in bytes of JSON: a result holds them
/// twice.
pub const RESULT_FAULTS: usize = 32 << 10;
/// The size of all violations of one problem document together, in bytes of JSON.
pub const PROBLEM_FAULTS: usize = 128 << 10;
/// The longest name, pointer or value that is repeated, in bytes.
pub const NAME: usize = 200;
/// The longest sentence, which may list what is known, in bytes.
pub const SENTENCE: usize = 6_000;
/// The longest message of an error, in bytes.
pub const MESSAGE: usize = 2_000;

/// `text` as far as it fits into `most` bytes; where something is left out stands an ellipsis.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let end = text
        .char_indices()
        .map(|(index, _)| index)
        .take_while(|&index| index <= most)
        .last()
        .unwrap_or_default();
    let mut kept = text.get(..end).unwrap_or_default().to_owned();
    kept.push('…');
    Cow::Owned(kept)
}

/// The same of a text that is at hand as a whole.
#[must_use]
pub fn cut_owned(text: String, most: usize) -> String {
    if text.len() <= most { text } else { cut(&text, most).into_owned() }
}

/// The size of `text` as a JSON string, quotes included, in bytes.
#[must_use]
pub fn written(text: &str) -> usize {
    text.chars().map(written_letter).sum::<usize>() + 2
}

/// The size of a letter within a JSON string, in bytes.
#[must_use]
pub fn written_letter(letter: char) -> usize {
    match letter {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..='\x1f' => 6,
        letter => letter.len_utf8(),
    }
}

/// What is left of the violations that an answer may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    number: usize,
    size: usize,
}

impl Room {
    /// Room for [`FAULTS`] violations of `size` bytes of JSON together.
    #[must_use]
    pub const fn of(size: usize) -> Self {
        Self { number: FAULTS, size }
    }

    /// Whether nothing more fits.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.number == 0
    }

    /// Takes room for a violation made of these texts. `false`: it does not fit, and neither does
    /// any after it.
    pub fn take<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> bool {
        /// What stands around the texts of one violation.
        const FRAME: usize = 48;
        let size = FRAME + texts.into_iter().map(written).sum::<usize>();
        let fits = self.number > 0 && size <= self.size;
        (self.number, self.size) = if fits { (self.number - 1, self.size - size) } else { (0, 0) };
        fits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn room_ends_with_number_or_size() {
        let mut room = Room::of(RESULT_FAULTS);
        assert_eq!((0..100).filter(|_| room.take(["/a", "b"])).count(), FAULTS);
        let mut room = Room::of(RESULT_FAULTS);
        let escaped = "\u{1}".repeat(NAME);
        let named = (0..100).filter(|_| room.take([escaped.as_str()])).count();
        assert!(named < FAULTS && room.is_full() && named * NAME * 6 <= RESULT_FAULTS, "{named}");
    }

    proptest! {
        #[test]
        fn text_of_any_script_is_cut_between_characters(text in "\\PC*", most in 0_usize..40) {
            let kept = cut(&text, most);
            prop_assert!(kept.len() <= most + '…'.len_utf8());
            let whole = kept.strip_suffix('…').unwrap_or(&kept);
            prop_assert!(text.starts_with(whole) || *kept == *text);
            prop_assert_eq!(cut_owned(text.clone(), most), kept);
        }

        #[test]
        fn the_written_size_is_that_of_the_json(text in ".*") {
            prop_assert!(written(&text) >= serde_json::to_string(&text).unwrap().len());
        }
    }
}
