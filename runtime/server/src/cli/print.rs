//! What the commands say on standard output and standard error.
//!
//! Standard output that is no terminal is somebody's log. Secrets go there only where the command
//! asks for one (`token create`, `server create`); what a first start makes has other places.

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

/// An error with its causes. One whose own text ends with its cause does not say it twice.
pub(super) fn whole(error: &anyhow::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !texts.last().is_some_and(|last| last.ends_with(&cause)) {
            texts.push(cause);
        }
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    #[test]
    fn an_error_is_told_with_its_causes_and_none_of_them_twice() {
        let error = Err::<(), _>(anyhow!("address in use"))
            .context("cannot listen: address in use")
            .context("no start")
            .unwrap_err();
        assert_eq!(super::whole(&error), "no start: cannot listen: address in use");
    }
}
