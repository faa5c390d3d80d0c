//! The nearest known name to a misspelt one.

/// How much of a word is looked at, in characters.
const LOOKED_AT: usize = 64;

/// The known name that is at most a third of its length away in edits.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().take(LOOKED_AT).count();
    // Names of very different lengths are far apart, which spares the comparison.
    let alike = |name: &&str| {
        length.abs_diff(name.chars().take(LOOKED_AT).count()) * 3 <= name.len().max(3)
    };
    let near = known.filter(alike).map(|name| (distance(word, name), name));
    near.filter(|(far, name)| *far * 3 <= name.len().max(3)).min().map(|(_, name)| name)
}

/// Levenshtein's distance over characters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(LOOKED_AT).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.chars().take(LOOKED_AT).enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, right) in other.iter().enumerate() {
            let change = corner + usize::from(left != *right);
            corner = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["read", "write", "workflows"];
        assert_eq!(nearest("reed", known.into_iter()), Some("read"));
        assert_eq!(nearest("workflow", known.into_iter()), Some("workflows"));
        assert_eq!(nearest("payroll", known.into_iter()), None);
    }
}
