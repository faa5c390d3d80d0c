//! Symbols, emoji and foreign scripts → words.

use deunicode::deunicode_char;

use super::Symbols;

/// Symbols and what they are called. Longer ones first.
const TABLE: [(&str, &str); 33] = [
    (">=", "ge"),
    ("<=", "le"),
    ("==", "eq"),
    ("!=", "ne"),
    ("<>", "ne"),
    ("=~", "matches"),
    ("!~", "not matches"),
    ("&&", "and"),
    ("||", "or"),
    ("..", "to"),
    ("+", "plus"),
    ("-", "minus"),
    ("<", "lt"),
    (">", "gt"),
    ("=", "eq"),
    ("*", "star"),
    ("/", "slash"),
    ("%", "percent"),
    (".", "dot"),
    ("!", "not"),
    ("&", "and"),
    ("|", "or"),
    ("~", "tilde"),
    ("^", "caret"),
    ("@", "at"),
    ("#", "hash"),
    ("$", "dollar"),
    ("?", "question"),
    (",", "comma"),
    (":", "colon"),
    (";", "semicolon"),
    ("\\", "backslash"),
    ("_", "underscore"),
];

/// Symbols that come first for show: `$filter`, `@type`, `#tag`.
fn decorates(symbol: &str) -> bool {
    matches!(symbol, "$" | "@" | "#" | "_" | "." | "/" | ":" | "\\" | "," | ";" | "..")
}

/// Text of ASCII letters, digits and spaces that means the same, as far as identifiers go.
pub(super) fn spell(text: &str, symbols: Symbols) -> String {
    if !text.is_empty() && text.trim().is_empty() {
        return "blank".to_owned();
    }
    let has_words = text.chars().any(char::is_alphanumeric);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
            rest = &rest[1..];
        } else if let Some((symbol, word)) =
            TABLE.iter().find(|(symbol, _)| rest.starts_with(symbol))
        {
            let leads = out.trim().is_empty();
            let after = &rest[symbol.len()..];
            let named = match symbols {
                _ if !has_words => true,
                Symbols::All => true,
                // A leading minus turns a sort order or a number round; inside, it joins words.
                Symbols::Telling if leads => {
                    !decorates(symbol) && after.chars().next().is_some_and(char::is_alphanumeric)
                }
                Symbols::Telling => {
                    matches!(*symbol, "+" | ">=" | "<=" | "<" | ">" | "=" | "!=" | "==" | "*" | "%")
                }
            };
            out.push(' ');
            if named {
                out.push_str(word);
                out.push(' ');
            }
            rest = after;
        } else {
            let length = letter.len_utf8();
            match deunicode_char(letter) {
                // Latin letters with marks belong to their word; whole words stand alone.
                Some(plain)
                    if plain.len() <= 2 && plain.chars().all(|c| c.is_ascii_alphanumeric()) =>
                {
                    out.push_str(plain);
                }
                Some(plain) => {
                    out.push(' ');
                    spell_plain(plain, &mut out);
                    out.push(' ');
                }
                None => out.push(' '),
            }
            rest = &rest[length..];
        }
    }
    out
}

/// The transliteration of one character; that of a raised thumb is `+1`.
fn spell_plain(plain: &str, out: &mut String) {
    for letter in plain.chars() {
        let symbol = TABLE.iter().find(|(symbol, _)| {
            matches!(letter, '+' | '-') && symbol.len() == 1 && symbol.starts_with(letter)
        });
        match symbol {
            Some((_, word)) => {
                out.push_str(word);
                out.push(' ');
            }
            None => out.push(if letter.is_ascii_alphanumeric() { letter } else { ' ' }),
        }
    }
}
