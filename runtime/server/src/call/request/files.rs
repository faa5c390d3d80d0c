//! Files that are given by content: what is no base64 of whole bytes is told with what is wrong with
//! it, before anything is sent. Half a file is not sent for a whole one.

use serde_json::{Map, Value};

use crate::bound;
use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// How deep files may lie in arguments: in a list, in a member of a form.
const DEPTH: usize = 8;
/// The members of a file that is given by content.
const MEMBERS: [&str; 3] = ["name", "content_base64", "content_type"];

/// Adds what is wrong with the contents of files, wherever they stand in the arguments.
pub(super) fn check(arguments: &Map<String, Value>, violations: &mut Violations) {
    each(arguments, "", DEPTH, &mut |pointer, content| {
        if let Some(problem) = problem(content) {
            violations.add(|| {
                let expected =
                    format!("the file's bytes as base64 (RFC 4648, with padding); {problem}");
                Violation::new(child(pointer, MEMBERS[1]), expected)
            });
        }
    });
}

/// Where files stand in the arguments that are given by content.
pub(super) fn places(arguments: &Map<String, Value>) -> Vec<String> {
    let mut places = Vec::new();
    each(arguments, "", DEPTH, &mut |pointer, _| places.push(pointer.to_owned()));
    places
}

/// Shows every file below `members` that is given by content: its place and its content.
fn each(
    members: &Map<String, Value>,
    pointer: &str,
    depth: usize,
    visit: &mut dyn FnMut(&str, &str),
) {
    let is_file = members.keys().all(|name| MEMBERS.contains(&name.as_str()));
    if let Some(Value::String(content)) = members.get(MEMBERS[1]).filter(|_| is_file) {
        visit(pointer, content);
    }
    for (name, value) in members {
        each_within(value, &|| child(pointer, name), depth, visit);
    }
}

fn each_within(
    value: &Value,
    pointer: &dyn Fn() -> String,
    depth: usize,
    visit: &mut dyn FnMut(&str, &str),
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(members) => each(members, &pointer(), depth, visit),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            let pointer = pointer();
            for (index, item) in items.iter().enumerate() {
                each_within(item, &|| child(&pointer, &index.to_string()), depth, visit);
            }
        }
        _ => {}
    }
}

/// What is wrong with a text that should be base64. White space and either alphabet are taken.
fn problem(text: &str) -> Option<String> {
    let trimmed = text.trim_start();
    if trimmed.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
        let head = trimmed.split_once(',').map_or(trimmed, |(head, _)| head);
        let head = bound::cut(head, bound::NAME);
        return Some(format!("this is a data URI: give what follows `{head},` alone"));
    }
    let (mut letters, mut padding, mut last) = (0_usize, 0_usize, 0);
    for (place, letter) in
        text.chars().enumerate().filter(|(_, letter)| !letter.is_ascii_whitespace())
    {
        match value_of(letter) {
            Some(_) if padding > 0 => {
                return Some(format!("something follows the padding, at character {}", place + 1));
            }
            Some(value) => (letters, last) = (letters + 1, value),
            None if letter == '=' => padding += 1,
            None => {
                return Some(format!("{letter:?} at character {} is not of it", place + 1));
            }
        }
    }
    let bits_left = match letters % 4 {
        0 => 0,
        1 => return Some(format!("{letters} characters are no whole bytes: it was cut off")),
        2 => last & 0b1111,
        _ => last & 0b11,
    };
    let wanted = (4 - letters % 4) % 4;
    if padding != wanted {
        let sign = "=".repeat(wanted);
        return Some(match (padding, wanted) {
            (0, _) => format!("the padding `{sign}` at its end is missing, or it was cut off"),
            (_, 0) => format!("{letters} characters take no padding"),
            _ => format!("{letters} characters take the padding `{sign}`"),
        });
    }
    (bits_left != 0).then(|| "its last character holds a part of a byte: it was cut off".to_owned())
}

/// The six bits of a letter, in either alphabet.
fn value_of(letter: char) -> Option<u8> {
    let byte = u8::try_from(letter).ok()?;
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn base64_that_is_none_is_named() {
        for (text, part) in [
            (
                "data:application/pdf;base64,JVBERi0=",
                "data URI: give what follows `data:application/pdf;base64,`",
            ),
            (" DATA:,x", "data URI"),
            ("JVBERi0", "padding `=` at its end is missing"),
            ("JVBERg", "padding `==` at its end is missing"),
            ("JVBERi0==", "take the padding `=`"),
            ("JVBE=", "take no padding"),
            ("JVBER", "5 characters are no whole bytes"),
            ("JVB?Ri0=", "'?' at character 4"),
            ("JVBERi0=JVBE", "something follows the padding, at character 9"),
            ("JVBERh==", "a part of a byte"),
            ("C:\\file.pdf", "':' at character 2"),
            ("%PDF-1.4", "'%' at character 1"),
        ] {
            let told = problem(text).unwrap_or_default();
            assert!(told.contains(part), "{text}: {told}");
        }
        for text in ["", "JVBERi0=", "JVBE\r\nRi0=\n", "-_8=", "+/8="] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn files_are_found_wherever_they_stand() {
        let bad = json!({"name": "a.pdf", "content_base64": "?"});
        let arguments = json!({
            "file": bad, "files": [{"url": "u"}, bad],
            "attributes": {"paper": bad, "own": {"content_base64": "?", "kind": 1}}, "text": "?",
        });
        let mut violations = Violations::default();
        check(arguments.as_object().unwrap(), &mut violations);
        let named: Vec<&str> =
            violations.named().iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(
            named,
            ["/file/content_base64", "/files/1/content_base64", "/attributes/paper/content_base64"]
        );
    }

    proptest! {
        #[test]
        fn bytes_in_base64_are_taken_and_cut_ones_are_not(bytes in proptest::collection::vec(any::<u8>(), 1..50)) {
            for text in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
                prop_assert_eq!(problem(&text), None);
                let cut = text.trim_end_matches('=');
                prop_assert_eq!(problem(cut).is_none(), cut.len() == text.len());
                let short = text.get(..text.len() - 1).unwrap();
                prop_assert!(problem(short).is_some());
            }
        }
    }
}
