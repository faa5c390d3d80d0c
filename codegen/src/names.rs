//! Names: from anything that a document may hold to identifiers, by one rule.
//!
//! Text is transliterated, split where case, digits or symbols change, and joined again in the
//! style asked for. What that yields may still be a keyword or taken; [`NameAllocator`] settles a
//! whole set at once.

mod allocator;
mod grammar;
mod operator;
pub mod resource;
mod symbols;

use std::borrow::Cow;

use heck::{ToSnakeCase, ToUpperCamelCase};

pub use allocator::NameAllocator;
pub use grammar::{is_verb, plural, singular, singular_phrase};
pub use operator::comparison;

/// The longest identifier that is made, in bytes.
const LONGEST: usize = 64;

/// The longest text that is read whole, in characters; of a longer one, as much from both of its
/// ends.
const LONGEST_TEXT: usize = 512;

/// How much of a text's symbols an identifier spells out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbols {
    /// Only those without which nothing would be left, or which come first and mean something:
    /// `-1`, `>=`.
    Telling,
    /// All of them.
    All,
}

/// A type's or variant's name in upper camel case; never empty, never beginning with a digit. May
/// be a keyword.
#[must_use]
pub fn pascal(text: &str) -> String {
    pascal_with(text, Symbols::Telling)
}

/// [`pascal`], with more or fewer symbols spelled out.
#[must_use]
pub fn pascal_with(text: &str, symbols: Symbols) -> String {
    let name = shorten(&symbols::spell(&ends(text), symbols)).to_upper_camel_case();
    guard(name, "N", "Empty")
}

/// A field's, method's or module's name in snake case; never empty, never beginning with a digit.
/// May be a keyword.
#[must_use]
pub fn snake(text: &str) -> String {
    snake_with(text, Symbols::Telling)
}

/// [`snake`], with more or fewer symbols spelled out.
#[must_use]
pub fn snake_with(text: &str, symbols: Symbols) -> String {
    let name = shorten(&symbols::spell(&ends(text), symbols)).to_snake_case();
    guard(name, "n", "empty")
}

/// An API's name: `[a-z][a-z0-9_]*`, at most 24 characters.
#[must_use]
pub fn slug(title: &str) -> String {
    const FILLERS: [&str; 10] =
        ["api", "the", "public", "rest", "openapi", "spec", "specification", "service", "v1", "v2"];
    let words = snake(title);
    let kept: Vec<&str> = words.split('_').filter(|word| !FILLERS.contains(word)).collect();
    let mut name = if kept.is_empty() { words.clone() } else { kept.join("_") };
    while name.len() > 24 {
        match name.rfind('_') {
            Some(at) => name.truncate(at),
            None => name.truncate(24),
        }
    }
    guard(name, "n", "api")
}

/// Whether a text reads like a name: letters and digits with single spaces or separators.
#[must_use]
pub fn is_wordy(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'))
}

/// A raw identifier where the name is a keyword; an underscore behind those that cannot be raw.
#[must_use]
pub fn escape(name: &str) -> String {
    match name {
        "self" | "super" | "crate" | "Self" | "_" => format!("{name}_"),
        _ if KEYWORDS.contains(&name) => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

/// Whether a name is a keyword of any edition.
#[must_use]
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name) || matches!(name, "self" | "super" | "crate" | "Self" | "_")
}

/// Whether a type must not be called so: names of the prelude and of what generated code uses.
#[must_use]
pub fn is_reserved_type(name: &str) -> bool {
    RESERVED_TYPES.binary_search(&name).is_ok()
}

fn guard(name: String, digit: &str, empty: &str) -> String {
    match name.chars().next() {
        None => empty.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{digit}{name}"),
        Some(_) => name,
    }
}

/// The two ends of a text that is very long: no more of it ends up in a name.
fn ends(text: &str) -> Cow<'_, str> {
    let front = text.char_indices().nth(LONGEST_TEXT / 2).map(|(at, _)| at);
    let back = text.char_indices().nth_back(LONGEST_TEXT / 2).map(|(at, _)| at);
    match (front, back) {
        (Some(front), Some(back)) if front < back => {
            format!("{} {}", &text[..front], &text[back..]).into()
        }
        _ => text.into(),
    }
}

/// Leaves out middle words of what is too long.
fn shorten(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let snake = text.to_snake_case();
    let words: Vec<&str> = snake.split('_').collect();
    let (mut front, mut back) = (0, words.len());
    let mut length = 0;
    // From both ends, the end first: it tells more.
    while front < back {
        let at_back = (words.len() - back) <= front;
        let word = if at_back { words[back - 1] } else { words[front] };
        if length + word.len() + 1 > LONGEST {
            break;
        }
        length += word.len() + 1;
        if at_back {
            back -= 1;
        } else {
            front += 1;
        }
    }
    let kept: Vec<&str> = words[..front].iter().chain(&words[back..]).copied().collect();
    if kept.is_empty() { snake.chars().take(LONGEST).collect() } else { kept.join("_") }
}

/// Strict and reserved keywords of all editions that may be raw identifiers.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Sorted. The prelude, what derives are called, and what every generated crate has.
const RESERVED_TYPES: &[&str] = &[
    "AsMut",
    "AsRef",
    "Box",
    "Client",
    "Clone",
    "Copy",
    "Credentials",
    "Debug",
    "Default",
    "Deserialize",
    "Deserializer",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "Error",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Operation",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Request",
    "Response",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Serializer",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "Transport",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Vec",
];

#[cfg(test)]
mod tests;
