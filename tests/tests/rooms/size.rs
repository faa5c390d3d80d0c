//! The runtime stays small.

use super::{files, is_test, program};

/// Lines of code in `support`, `upstream` and `server`, without pages: neither blank nor comments nor
/// tests.
const MOST_LINES: usize = 29_940;
/// Lines of a file written by hand, comments and tests included.
const LONGEST_FILE: usize = 500;

#[test]
fn support_upstream_and_server_stay_small() {
    let mut lines = 0;
    for crate_ in ["runtime/support", "runtime/upstream", "runtime/server"] {
        for (path, text) in files(crate_, &[".rs"]) {
            if !is_test(&path) && !path.contains("/src/pages") {
                lines += program(&text).lines().filter(|line| !line.trim().is_empty()).count();
            }
        }
    }
    println!("{lines} lines of code");
    assert!(lines <= MOST_LINES, "{lines} lines of code, {MOST_LINES} at most");
}

#[test]
fn no_file_is_longer_than_can_be_read() {
    let mut long = Vec::new();
    for folder in ["runtime", "codegen/src", "tests"] {
        for (path, text) in files(folder, &[".rs"]) {
            let lines = text.lines().count();
            if lines > LONGEST_FILE {
                long.push(format!("{path}: {lines} lines"));
            }
        }
    }
    assert!(long.is_empty(), "more than {LONGEST_FILE} lines:\n{}", long.join("\n"));
}
