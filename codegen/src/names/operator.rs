//! Names that end in a comparison: `StartTime<`.

/// Symbols, longer ones first, and what a value is compared to them like.
const OPERATORS: [(&str, &str); 6] = [
    ("<=", "at most"),
    (">=", "at least"),
    ("!=", "other than"),
    ("==", "equal to"),
    ("<", "less than"),
    (">", "greater than"),
];

/// The name without the comparison that it ends in, in brackets or not, and that in words.
#[must_use]
pub fn comparison(name: &str) -> Option<(&str, &'static str)> {
    let inner = name.strip_suffix(']').unwrap_or(name);
    let (symbol, words) = OPERATORS.iter().find(|(symbol, _)| inner.ends_with(symbol))?;
    let stem = inner.strip_suffix(symbol)?;
    let stem = if inner.len() < name.len() { stem.strip_suffix('[')? } else { stem };
    stem.ends_with(char::is_alphanumeric).then_some((stem, *words))
}

#[cfg(test)]
mod tests {
    use super::comparison;

    #[test]
    fn a_comparison_at_the_end_of_a_name_is_told_in_words() {
        for (name, expected) in [
            ("StartTime<", Some(("StartTime", "less than"))),
            ("StartTime>=", Some(("StartTime", "at least"))),
            ("state[!=]", Some(("state", "other than"))),
            ("a[gte]", None),
            ("a]<", None),
            ("a<]", None),
            ("<", None),
            ("<=>", None),
            ("plain", None),
            ("", None),
        ] {
            assert_eq!(comparison(name), expected, "{name}");
        }
    }
}
