//! The known name that a misspelt one probably means.

/// How much of two names must be alike: one less the edits between them as a share of the longer.
const CLOSE_ENOUGH: f64 = 0.6;
/// How much of a name is looked at, in characters.
const LOOKED_AT: usize = 128;

/// The candidate that `given` probably means; case and separators do not count.
pub(crate) fn nearest<'c>(
    given: &str,
    candidates: impl Iterator<Item = &'c str>,
) -> Option<&'c str> {
    let given = plain(given);
    let given_length = given.chars().count();
    #[expect(clippy::cast_precision_loss, reason = "names are far shorter than 2^52")]
    let score = |candidate: &str| {
        let candidate = plain(candidate);
        let length = candidate.chars().count();
        let longest = given_length.max(length);
        // Names of very different lengths cannot be close, which spares the comparison.
        let reach = longest as f64 * (1.0 - CLOSE_ENOUGH);
        if given_length.abs_diff(length) as f64 > reach {
            return 0.0;
        }
        if longest == 0 {
            1.0
        } else {
            1.0 - strsim::osa_distance(&given, &candidate) as f64 / longest as f64
        }
    };
    candidates
        .map(|candidate| (score(candidate), candidate))
        .filter(|(score, _)| *score >= CLOSE_ENOUGH)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// The letters and digits of a name in lower case.
fn plain(text: &str) -> String {
    let letters = text.chars().take(2 * LOOKED_AT).filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).take(LOOKED_AT).collect()
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

    #[test]
    fn the_nearest_name_is_found_whatever_its_case() {
        let known = ["counterpartyName", "signer8b", "due_date"];
        for (given, near) in [
            ("counterPartyname", Some("counterpartyName")),
            ("dueDate", Some("due_date")),
            ("payroll", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known.into_iter()), near, "{given}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), known.into_iter()), None);
    }
}
