//! Findings about an input document: what is wrong, where, and what became of it.
//!
//! Nothing in a document is ignored silently: it is modelled, it is on a list of things
//! knowingly left out, or it ends here with a file and a JSON pointer.

pub mod groups;
pub mod kinds;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// How many findings of one severity and code are kept; the rest is only counted.
const KEPT_PER_CODE: usize = 5_000;
/// Longest message or pointer that is kept, in bytes.
const LONGEST_TEXT: usize = 2_000;

/// How grave a finding is. The order is the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing may be written.
    Error,
    /// Something was repaired by guessing, or skipped.
    Warning,
    /// Something was rewritten without loss, or is knowingly not modelled.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// How faults of a document are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A fault is an error: for documents that we write ourselves.
    #[default]
    Strict,
    /// A fault is a warning and costs only the node it is in: for documents of others.
    Lenient,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// Short stable word for the kind of finding, for example `dangling-reference`; one of
    /// [`kinds::KINDS`].
    pub code: &'static str,
    /// File name as the user gave it.
    pub file: String,
    /// JSON pointer (RFC 6901) into that file; empty for the whole document.
    pub pointer: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it, where that is not plain from the message.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, code, file, pointer, message, help } = self;
        let mark = if pointer.is_empty() { "" } else { "#" };
        write!(f, "{file}{mark}{pointer}: {severity}[{code}]: {message}")?;
        if let Some(help) = help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// The findings of one run, in the order they were made.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    mode: Mode,
    kept: Vec<Diagnostic>,
    counted: BTreeMap<(Severity, &'static str), usize>,
}

impl Diagnostics {
    /// An empty collection that judges faults as `mode` says.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// How faults are judged.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Judges the faults found from now on as `mode` says.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// Adds a finding.
    pub fn push(&mut self, mut diagnostic: Diagnostic) {
        let count = self.counted.entry((diagnostic.severity, diagnostic.code)).or_default();
        *count += 1;
        if *count <= KEPT_PER_CODE {
            shorten(&mut diagnostic.pointer);
            shorten(&mut diagnostic.message);
            self.kept.push(diagnostic);
        }
    }

    /// Adds an error.
    pub fn error(
        &mut self,
        code: &'static str,
        file: &str,
        pointer: impl fmt::Display,
        message: impl fmt::Display,
    ) {
        self.add(Severity::Error, code, file, &pointer, &message);
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        code: &'static str,
        file: &str,
        pointer: impl fmt::Display,
        message: impl fmt::Display,
    ) {
        self.add(Severity::Warning, code, file, &pointer, &message);
    }

    /// Adds a note.
    pub fn note(
        &mut self,
        code: &'static str,
        file: &str,
        pointer: impl fmt::Display,
        message: impl fmt::Display,
    ) {
        self.add(Severity::Note, code, file, &pointer, &message);
    }

    /// Adds a fault of the document: an error when reading strictly, else a warning.
    pub fn fault(
        &mut self,
        code: &'static str,
        file: &str,
        pointer: impl fmt::Display,
        message: impl fmt::Display,
    ) {
        let severity = match self.mode {
            Mode::Strict => Severity::Error,
            Mode::Lenient => Severity::Warning,
        };
        self.add(severity, code, file, &pointer, &message);
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        file: &str,
        pointer: &dyn fmt::Display,
        message: &dyn fmt::Display,
    ) {
        if self.count_of(severity, code) >= KEPT_PER_CODE {
            *self.counted.entry((severity, code)).or_default() += 1;
            return;
        }
        self.push(Diagnostic {
            severity,
            code,
            file: file.to_owned(),
            pointer: pointer.to_string(),
            message: message.to_string(),
            help: None,
        });
    }

    /// Takes over everything from `other`.
    pub fn extend(&mut self, other: Self) {
        for (key, count) in &other.counted {
            let beyond = count.saturating_sub(KEPT_PER_CODE);
            *self.counted.entry(*key).or_default() += beyond;
        }
        for diagnostic in other.kept {
            self.push(diagnostic);
        }
    }

    /// Whether anything forbids writing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many findings of this severity were made, including those not kept.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.counted.iter().filter(|((of, _), _)| *of == severity).map(|(_, count)| count).sum()
    }

    fn count_of(&self, severity: Severity, code: &'static str) -> usize {
        self.counted.get(&(severity, code)).copied().unwrap_or(0)
    }

    /// The findings that were kept, in the order they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.kept.iter()
    }

    /// The findings at least as grave as `severity`, sorted by file, pointer and gravity.
    #[must_use]
    pub fn sorted(&self, severity: Severity) -> Vec<&Diagnostic> {
        let mut found: Vec<&Diagnostic> =
            self.kept.iter().filter(|diagnostic| diagnostic.severity <= severity).collect();
        found.sort_by(|a, b| {
            (&a.file, &a.pointer, a.severity, a.code, &a.message)
                .cmp(&(&b.file, &b.pointer, b.severity, b.code, &b.message))
        });
        found
    }

    /// Text of the findings at least as grave as `severity`, one a line, sorted.
    #[must_use]
    pub fn render(&self, severity: Severity) -> String {
        let mut text = String::new();
        for diagnostic in self.sorted(severity) {
            text.push_str(&diagnostic.to_string());
            text.push('\n');
        }
        for ((of, code), count) in &self.counted {
            if *of <= severity && *count > KEPT_PER_CODE {
                let more = count - KEPT_PER_CODE;
                let _ = writeln!(text, "{more} more: {of}[{code}]");
            }
        }
        text
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Severity::Note))
    }
}

fn shorten(text: &mut String) {
    if text.len() > LONGEST_TEXT {
        let mut end = LONGEST_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_shown_by_file_pointer_and_gravity() {
        let mut diags = Diagnostics::new(Mode::Strict);
        diags.note("b-note", "a.yaml", "/paths", "second");
        diags.fault("a-fault", "a.yaml", "/paths", "first");
        diags.push(Diagnostic {
            severity: Severity::Warning,
            code: "c",
            file: "a.yaml".to_owned(),
            pointer: String::new(),
            message: "whole".to_owned(),
            help: Some("turn it round".to_owned()),
        });
        assert_eq!(
            diags.to_string(),
            "a.yaml: warning[c]: whole\n  help: turn it round\n\
             a.yaml#/paths: error[a-fault]: first\n\
             a.yaml#/paths: note[b-note]: second\n"
        );
        assert!(diags.has_errors());
    }

    #[test]
    fn a_fault_is_a_warning_when_reading_leniently() {
        let mut diags = Diagnostics::new(Mode::Lenient);
        diags.fault("a", "a.yaml", "", "first");
        assert!(!diags.has_errors());
        assert_eq!(diags.count(Severity::Warning), 1);
    }

    #[test]
    fn findings_beyond_the_limit_are_only_counted() {
        let mut diags = Diagnostics::new(Mode::Lenient);
        for _ in 0..KEPT_PER_CODE + 7 {
            diags.fault("same", "a.yaml", "", "again");
        }
        assert_eq!(diags.iter().count(), KEPT_PER_CODE);
        assert_eq!(diags.count(Severity::Warning), KEPT_PER_CODE + 7);
        assert!(diags.to_string().ends_with("7 more: warning[same]\n"));
    }
}
