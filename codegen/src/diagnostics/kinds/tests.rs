//! The table and the code that uses it say the same.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

use super::*;

/// Methods whose first argument is a code.
const SAY: [&str; 4] = ["error", "warning", "note", "fault"];

#[test]
fn every_code_has_one_meaning_that_is_one_sentence() {
    let mut codes = BTreeSet::new();
    let mut meanings = BTreeSet::new();
    for Kind { code, meaning, .. } in KINDS {
        assert!(codes.insert(code), "{code} stands twice");
        assert!(meanings.insert(meaning), "{code} means what another one means");
        assert!(meaning.len() > 10 && !meaning.ends_with('.'), "{code}: {meaning}");
    }
}

#[test]
fn the_codes_in_use_are_those_that_have_a_meaning() {
    let mut used = BTreeSet::new();
    files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut used);
    let known: BTreeSet<String> = KINDS.iter().map(|kind| kind.code.to_owned()).collect();
    let unexplained: Vec<_> = used.difference(&known).collect();
    assert!(unexplained.is_empty(), "without a meaning: {unexplained:?}");
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(unused.is_empty(), "no longer in use: {unused:?}");
}

fn files(folder: &Path, used: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files(&path, used);
        } else if path.extension().is_some_and(|kind| kind == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            let text = std::fs::read_to_string(&path).expect("text");
            codes(text.parse().expect("Rust"), used);
        }
    }
}

/// The codes that are said in these tokens: `.fault("code", …)` and the like, and `code: "code"`.
/// Tests are passed over.
fn codes(tokens: TokenStream, used: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let word = |ahead: usize| tokens.get(index + ahead).map(ToString::to_string);
        if word(0).as_deref() == Some("#") && word(1).is_some_and(|text| is_test(&text)) {
            // The attribute, `mod`, its name, and its body or semicolon.
            index += 5;
            continue;
        }
        if let TokenTree::Group(group) = token {
            let before = |behind: usize| Some(tokens.get(index.checked_sub(behind)?)?.to_string());
            let name = before(1).unwrap_or_default();
            let is_method = before(2).as_deref() == Some(".");
            if (is_method && SAY.contains(&name.as_str()))
                || ["note", "refuse"].contains(&name.as_str())
            {
                used.extend(group.stream().into_iter().take(3).find_map(literal));
            }
            codes(group.stream(), used);
        }
        if word(0).as_deref() == Some("code") && word(1).as_deref() == Some(":") {
            used.extend(tokens.get(index + 2).cloned().and_then(literal));
        }
        index += 1;
    }
}

fn is_test(attribute: &str) -> bool {
    attribute.replace(' ', "") == "[cfg(test)]"
}

/// A literal that looks like a code.
fn literal(token: TokenTree) -> Option<String> {
    let text = token.to_string();
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
}
