//! What the commands say on standard output and standard error.

use std::fmt::Display;
use std::io::Write;

/// One line on standard output. A reader who is gone does not matter.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// What went wrong, on standard error.
pub(super) fn complain(error: &dyn Display) {
    let _ = writeln!(std::io::stderr().lock(), "{error}");
}
