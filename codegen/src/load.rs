//! From bytes to a plain value: JSON and YAML documents, within bounds.
//!
//! Both formats are read by one visitor, so both count nodes and text, notice duplicate keys
//! and keep key order. Numbers that fit no integer become floating point; keys are text as it
//! stands in the file (`200:` is `"200"`).

mod bounds;
mod files;
mod visitor;

use std::io;
use std::path::Path;

use serde::de::DeserializeSeed;
use serde_json::Value;

use crate::diagnostics::Diagnostics;
use bounds::Refusal;
use visitor::{Node, State};

pub use bounds::{MAX_BYTES, MAX_DEPTH, MAX_MEMBERS, MAX_NODES, MAX_SCALAR};
pub use files::FILES;

/// A document as read, before anything is known about it but that its root is an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// File name as the user gave it, used in diagnostics.
    pub file: String,
    /// The content; keys in file order.
    pub root: Value,
}

/// Reads a document from a file.
///
/// Every failure is a diagnostic of severity error; the answer is then `None`.
pub fn load(path: &Path, diags: &mut Diagnostics) -> Option<Document> {
    load_as(path, &path.display().to_string(), diags)
}

/// Reads a document from a file that diagnostics call `file`, and with it the files below its
/// folder that it refers to.
///
/// Every failure is a diagnostic of severity error; the answer is then `None`.
pub fn load_as(path: &Path, file: &str, diags: &mut Diagnostics) -> Option<Document> {
    match bounded(path) {
        Ok(Some(bytes)) => {
            let mut document = parse(file, &bytes, diags)?;
            files::gather(&mut document, path, diags);
            Some(document)
        }
        Ok(None) => {
            refuse(file, &Refusal::Size, diags);
            None
        }
        Err(error) => {
            diags.error("unreadable-document", file, "", format!("cannot be read: {error}"));
            None
        }
    }
}

/// The content of a file; `None` when it is larger than a document may be, without reading it.
fn bounded(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if std::fs::metadata(path)?.len() > MAX_BYTES as u64 {
        Ok(None)
    } else {
        std::fs::read(path).map(Some)
    }
}

/// Reads a document from memory: JSON when the first character is `{`, else YAML.
///
/// Every failure is a diagnostic of severity error; the answer is then `None`.
pub fn parse(file: &str, bytes: &[u8], diags: &mut Diagnostics) -> Option<Document> {
    if bytes.len() > MAX_BYTES {
        refuse(file, &Refusal::Size, diags);
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let looks_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let named_json =
        Path::new(file).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));

    let (outcome, state) = if looks_json {
        let (outcome, state) = from_json(bytes);
        // A flow mapping of YAML also starts with a brace.
        if outcome.is_err() && state.refusal.is_none() && !named_json {
            from_yaml(bytes)
        } else {
            (outcome, state)
        }
    } else {
        from_yaml(bytes)
    };

    for pointer in &state.duplicates {
        diags.fault(
            "duplicate-key",
            file,
            pointer,
            "the key stands here more than once; the last one counts",
        );
    }
    for pointer in &state.not_a_number {
        diags.fault("not-a-number", file, pointer, "JSON has no such number; read as null");
    }
    match outcome {
        Ok(root @ Value::Object(_)) => Some(Document { file: file.to_owned(), root }),
        Ok(_) => {
            diags.error("not-an-object", file, "", "the root is not an object");
            None
        }
        Err(message) => {
            match &state.refusal {
                Some(refusal) => refuse(file, refusal, diags),
                None => diags.error("syntax", file, "", message),
            }
            None
        }
    }
}

fn from_json(bytes: &[u8]) -> (Result<Value, String>, State) {
    let mut state = State::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let outcome = Node(&mut state)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| format!("not readable as JSON: {error}"));
    (outcome, state)
}

fn from_yaml(bytes: &[u8]) -> (Result<Value, String>, State) {
    let mut state = State::yaml();
    if let Err(refusal) = bounds::survey_yaml(bytes) {
        state.refusal = Some(refusal);
        return (Err(String::new()), state);
    }
    let outcome = Node(&mut state)
        .deserialize(serde_yaml::Deserializer::from_slice(bytes))
        .map_err(|error| format!("not readable as YAML: {error}"));
    (outcome, state)
}

fn refuse(file: &str, refusal: &Refusal, diags: &mut Diagnostics) {
    diags.error("too-large", file, "", refusal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Mode;
    use serde_json::json;
    use std::fmt::Write as _;

    fn read(file: &str, text: &str) -> (Option<Value>, String) {
        let mut diags = Diagnostics::new(Mode::Strict);
        let document = parse(file, text.as_bytes(), &mut diags);
        (document.map(|document| document.root), diags.to_string())
    }

    #[test]
    fn keys_are_text_as_it_stands() {
        let (root, diags) = read("a.yaml", "200: a\n1.10: b\ntrue: c\n090: d\n");
        assert_eq!(root, Some(json!({"200": "a", "1.10": "b", "true": "c", "090": "d"})));
        assert_eq!(diags, "");
    }

    #[test]
    fn plain_words_that_older_yaml_takes_for_booleans_stay_text() {
        let (root, _) = read("a.yaml", "required: [x, y, n, yes, off]\nyes: 1\n");
        assert_eq!(root, Some(json!({"required": ["x", "y", "n", "yes", "off"], "yes": 1})));
    }

    #[test]
    fn numbers_beyond_64_bits_become_floating_point() {
        let (root, diags) = read(
            "a.yaml",
            "low: -9223372036854776000\nhigh: 340282366920938463463374607431768211456\nnan: .nan\n",
        );
        assert_eq!(
            root,
            Some(json!({"low": -9_223_372_036_854_776_000.0_f64,
                        "high": 340_282_366_920_938_463_463_374_607_431_768_211_456.0_f64,
                        "nan": null}))
        );
        assert_eq!(
            diags,
            "a.yaml#/nan: error[not-a-number]: JSON has no such number; read as null\n"
        );
    }

    #[test]
    fn merge_keys_fill_in_what_is_missing() {
        let (root, diags) = read(
            "a.yaml",
            "base: &b {x: 1, y: 2}\nmore: &m {z: 3}\none: {<<: *b, y: 5}\ntwo:\n  <<: [*b, *m]\n",
        );
        let root = root.expect("readable");
        assert_eq!(root["one"], json!({"y": 5, "x": 1}));
        assert_eq!(root["two"], json!({"x": 1, "y": 2, "z": 3}));
        assert_eq!(diags, "");
    }

    #[test]
    fn all_duplicate_keys_are_named_in_both_formats() {
        let (root, diags) = read("a.yaml", "a: {b/c: 1, b/c: 2}\na: 3\nd: 4\n");
        assert_eq!(root, Some(json!({"a": 3, "d": 4})));
        assert!(diags.contains("a.yaml#/a: error[duplicate-key]"));
        assert!(diags.contains("a.yaml#/a/b~1c: error[duplicate-key]"));
        let (_, diags) = read("a.json", r#"{"a": [{"b": 1, "b": 2}]}"#);
        assert!(diags.contains("a.json#/a/0/b: error[duplicate-key]"));
    }

    #[test]
    fn a_syntax_error_names_line_and_column() {
        let (root, diags) = read("a.yaml", "openapi: 3.0.3\ninfo: {title: [\n");
        assert_eq!(root, None);
        assert!(diags.contains("line 3 column 1"), "{diags}");
        let (root, diags) = read("a.json", "{\"a\": }");
        assert_eq!(root, None);
        assert!(diags.contains("line 1 column 7"), "{diags}");
    }

    #[test]
    fn yaml_that_starts_with_a_brace_is_read() {
        let (root, diags) = read("a.yaml", "{openapi: 3.0.3, info: {title: x}}");
        assert_eq!(root, Some(json!({"openapi": "3.0.3", "info": {"title": "x"}})));
        assert_eq!(diags, "");
    }

    #[test]
    fn tags_are_passed_over() {
        let (root, _) = read("a.yaml", "a: !custom {b: !!str 1}\nc: !x [1]\nd: !y z\n");
        assert_eq!(root, Some(json!({"a": {"b": "1"}, "c": [1], "d": "z"})));
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in ["", "- a\n", "word", "[1]"] {
            let (root, diags) = read("a.yaml", text);
            assert_eq!(root, None, "{text}");
            assert!(diags.contains("error["), "{diags}");
        }
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let inner = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(text, "a{level}: &a{level} [{inner}]").expect("a string takes every write");
        }
        let (root, diags) = read("a.yaml", &text);
        assert_eq!(root, None);
        assert!(diags.contains("error["), "{diags}");
    }

    #[test]
    fn deep_nesting_is_refused() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = format!("{{\"a\": {}{}}}", open.repeat(100_000), close);
            for file in ["a.json", "a.yaml"] {
                let (root, diags) = read(file, &text);
                assert_eq!(root, None);
                assert!(diags.contains("error["), "{diags}");
            }
        }
        let (root, _) = read("a.yaml", &"- ".repeat(100_000));
        assert_eq!(root, None);
    }

    #[test]
    fn an_oversized_string_is_refused() {
        let long = "x".repeat(MAX_SCALAR + 1);
        for (file, text) in [
            ("a.json", format!("{{\"a\": \"{long}\"}}")),
            ("a.yaml", format!("a: {long}\n")),
            ("a.yaml", format!("{long}: a\n")),
        ] {
            let (root, diags) = read(file, &text);
            assert_eq!(root, None);
            assert!(diags.contains("error[too-large]"), "{}", &diags[..200]);
        }
    }
}
