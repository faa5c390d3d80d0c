//! The crate `support` as part of this program: its sources as a module of another crate, and what
//! it depends on.

mod manifest;

use crate::write::Artifact;

pub use manifest::is_library;
pub(crate) use manifest::{Needs, dependencies, edition, features, list, rust_version};

/// Path below the sources and content of each file.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/support.rs"));

/// Terms of the sources, which go wherever they go.
const TERMS: [(&str, &str); 2] = [
    ("LICENSE-APACHE", include_str!("../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../LICENSE-MIT")),
];

/// The terms as an SPDX expression.
pub(crate) const LICENSE: &str = "MIT OR Apache-2.0";

/// The sources as module `support` of the crate of this name: as they are written, but for their
/// paths and without their tests.
pub(crate) fn files(crate_name: &str) -> Vec<Artifact> {
    let mut files = Vec::new();
    let mut tests = Vec::new();
    for (path, text) in SOURCES {
        let (text, test_modules) = without_tests(text);
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let folder = if path == "lib" { String::new() } else { format!("{path}/") };
        tests.extend(test_modules.iter().map(|name| format!("{folder}{name}")));
        files.push((path, text));
    }
    let is_test = |path: &str| {
        tests.iter().any(|test| {
            path.strip_prefix(test.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let mut out: Vec<Artifact> = files
        .into_iter()
        .filter(|(path, _)| !is_test(path))
        .map(|(path, text)| {
            let place = match path {
                "lib" => "src/support.rs".to_owned(),
                path => format!("src/support/{path}.rs"),
            };
            Artifact::new(place, moved(&text, crate_name))
        })
        .collect();
    out.extend(TERMS.map(|(name, text)| Artifact::new(format!("src/support/{name}"), text)));
    out
}

/// A source without what is compiled for tests only, which needs libraries of its own, and the
/// names of the modules of tests that are files.
///
/// Relies on rustfmt: an item begins and ends at the margin, and nothing within it stands there.
fn without_tests(text: &str) -> (String, Vec<&str>) {
    let mut kept = Vec::new();
    let mut modules = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            kept.push(line);
            continue;
        }
        let ends = |line: &str| {
            !line.starts_with([' ', '#', '/']) && (line.ends_with(';') || line.ends_with('}'))
        };
        let last = lines.by_ref().find(|line| ends(line)).unwrap_or_default();
        let name = last.strip_suffix(';').and_then(|item| item.split_once("mod "));
        modules.extend(name.map(|(_, name)| name));
        if lines.peek().is_none_or(|next| next.is_empty()) && kept.last() == Some(&"") {
            kept.pop();
        }
    }
    let mut text = kept.join("\n");
    text.push('\n');
    (text, modules)
}

/// A source whose paths lead to the same items from within the module: those that begin at its
/// crate, and in examples, which see the crate from outside, those that begin with its name.
fn moved(text: &str, crate_name: &str) -> String {
    let from_outside = format!("{crate_name}::support::");
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.split_inclusive('\n') {
        let line = with_prefix(line, "crate::", "crate::support::");
        let is_doc = ["///", "//!"].iter().any(|mark| line.trim_start().starts_with(mark));
        out.push_str(&if is_doc { with_prefix(&line, "support::", &from_outside) } else { line });
    }
    out
}

/// A text with another beginning of the paths that begin so.
fn with_prefix(text: &str, old: &str, new: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split(old);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let within = out.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'));
        out.push_str(if within { old } else { new });
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_tests_stays_behind() {
        let text = "use a::b;\n#[cfg(test)]\nuse a::{\n    c,\n};\n\nfn f() {}\n\n#[cfg(test)]\nmod more;\n\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn g() {}\n\n    fn h() {}\n}\n";
        assert_eq!(without_tests(text), ("use a::b;\n\nfn f() {}\n".to_owned(), vec!["more"]));
    }

    #[test]
    fn paths_lead_to_the_same_items() {
        for (text, expected) in [
            ("use crate::{a, b};", "use crate::support::{a, b};"),
            ("pub(in crate::a) x: $crate::B,", "pub(in crate::support::a) x: $crate::support::B,"),
            ("/// See [`crate::A`].", "/// See [`crate::support::A`]."),
            ("pub(crate) my_crate::A", "pub(crate) my_crate::A"),
            ("    //! # use support::A;", "    //! # use pets::support::A;"),
            ("/// my_support::A, a::support::A", "/// my_support::A, a::support::A"),
            ("const NAME: &str = \"support::A\";", "const NAME: &str = \"support::A\";"),
        ] {
            assert_eq!(moved(text, "pets"), expected);
        }
    }
}
