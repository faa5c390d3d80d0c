//! Findings by kind, for people: what was found how often, what that means, and where first.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::kinds::{self, Kind};
use super::{Diagnostic, Diagnostics, Severity};

/// How many findings of a kind are shown when not all of them are.
pub const SHOWN: usize = 3;

/// The findings of one severity and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'d> {
    /// How grave they are.
    pub severity: Severity,
    /// Their code.
    pub code: &'static str,
    /// What the code stands for.
    pub kind: Option<&'static Kind>,
    /// How many there are, including those that were not kept.
    pub count: usize,
    /// Those that were kept, sorted by file and pointer.
    pub findings: Vec<&'d Diagnostic>,
}

impl Diagnostics {
    /// The findings by gravity and code.
    #[must_use]
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut kept: BTreeMap<(Severity, &str), Vec<&Diagnostic>> = BTreeMap::new();
        for found in self.sorted(Severity::Note) {
            kept.entry((found.severity, found.code)).or_default().push(found);
        }
        let group = |(&(severity, code), &count): (&(Severity, &'static str), &usize)| Group {
            severity,
            code,
            kind: kinds::kind(code),
            count,
            findings: kept.remove(&(severity, code)).unwrap_or_default(),
        };
        self.counted.iter().map(group).collect()
    }

    /// Text of all findings, the gravest first: every error and every lone warning in full, what
    /// is repeated and every note by kind.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = self.render(Severity::Error);
        for group in self.groups().iter().filter(|group| group.severity != Severity::Error) {
            let _ = match group.findings.as_slice() {
                [only] if group.count == 1 && group.severity == Severity::Warning => {
                    writeln!(text, "{only}")
                }
                _ => writeln!(text, "{group}"),
            };
        }
        text
    }
}

impl fmt::Display for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, code, kind, count, findings } = self;
        let plural = if *count == 1 { "" } else { "s" };
        let meaning = kind.map_or("findings of one kind", |kind| kind.meaning);
        write!(f, "{count} {severity}{plural}[{code}]: {meaning}")?;
        for Diagnostic { file, pointer, message, .. } in findings.iter().take(SHOWN) {
            let mark = if pointer.is_empty() { "" } else { "#" };
            write!(f, "\n  {file}{mark}{pointer}: {message}")?;
        }
        match count.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more, which -v lists"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::*;

    #[test]
    fn errors_are_listed_and_what_is_repeated_is_grouped_by_kind() {
        let mut diags = Diagnostics::new(Mode::Lenient);
        for member in ["d", "b", "a", "c"] {
            diags.note("const", "a.yaml", format!("/{member}"), format!("note {member}"));
        }
        diags.fault("style", "a.yaml", "/p", "only one of its kind");
        diags.fault("empty-enum", "a.yaml", "/y", "second");
        diags.fault("empty-enum", "a.yaml", "/x", "first");
        for member in ["f", "e"] {
            diags.error("syntax", "a.yaml", format!("/{member}"), "wrong");
        }
        assert_eq!(
            diags.summary(),
            "a.yaml#/e: error[syntax]: wrong\n\
             a.yaml#/f: error[syntax]: wrong\n\
             2 warnings[empty-enum]: an enum without values; it is left out\n\
             \x20 a.yaml#/x: first\n\
             \x20 a.yaml#/y: second\n\
             a.yaml#/p: warning[style]: only one of its kind\n\
             4 notes[const]: `const` is rewritten as an enum of one value\n\
             \x20 a.yaml#/a: note a\n\
             \x20 a.yaml#/b: note b\n\
             \x20 a.yaml#/c: note c\n\
             \x20 and 1 more, which -v lists\n"
        );
    }

    #[test]
    fn a_lone_note_is_explained_and_findings_that_were_not_kept_are_counted() {
        let mut diags = Diagnostics::new(Mode::Lenient);
        diags.note("const", "a.yaml", "", "the root");
        for _ in 0..super::super::KEPT_PER_CODE + 7 {
            diags.fault("style", "a.yaml", "/p", "again");
        }
        let summary = diags.summary();
        assert!(summary.starts_with("5007 warnings[style]: "), "{summary}");
        assert!(summary.contains("and 5004 more, which -v lists\n1 note[const]: "), "{summary}");
    }
}
