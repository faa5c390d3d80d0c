//! Integers that 64 bits do not hold: they are read as numbers that do not have all of their digits,
//! and are written again as they were given.

use std::ops::Range;
use std::sync::Arc;

use support::headers::is_json;
use support::request::Body;

/// The fewest digits that may be too many for 64 bits.
const FEWEST: usize = 19;
/// The most such integers of one request: each is looked for among all.
const MOST: usize = 1_000;
/// The longest of them, in bytes.
const LONGEST: usize = 400;

/// The integers of a request that are longer than 64 bits hold.
#[derive(Debug, Clone, Default)]
pub struct Digits(Option<Arc<[Written]>>);

/// One of them.
#[derive(Debug)]
struct Written {
    /// The name that stands before it, as it is written.
    name: Box<[u8]>,
    /// What it is read as.
    read: f64,
    text: Box<[u8]>,
}

impl Digits {
    /// Those in a text of JSON.
    pub(crate) fn of(json: &[u8]) -> Self {
        if !has_long_run(json) {
            return Self::default();
        }
        let mut found = Vec::new();
        numbers(json, |name, token| {
            let token = &json[token];
            let Ok(text) = std::str::from_utf8(token) else { return };
            let whole = token.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
            let held = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
            if whole
                && !held
                && token.len() <= LONGEST
                && found.len() < MOST
                && let Ok(read) = text.parse::<f64>()
            {
                found.push(Written { name: json[name].into(), read, text: token.into() });
            }
        });
        Self((!found.is_empty()).then(|| found.into()))
    }

    /// Writes them into a body of JSON as they were given.
    pub(crate) fn restore(&self, body: &mut Body) {
        let (Some(written), Body::Full { content_type, content }) = (&self.0, body) else { return };
        if !is_json(content_type) {
            return;
        }
        let mut out = Vec::with_capacity(content.len() + 32 * written.len());
        let mut used = vec![false; written.len()];
        let mut copied = 0;
        numbers(content, |name, token| {
            let (name, text) = (&content[name], &content[token.clone()]);
            // What is written as an integer has all its digits.
            let read = std::str::from_utf8(text).ok().filter(|text| text.contains(['.', 'e', 'E']));
            let Some(read) = read.and_then(|text| text.parse::<f64>().ok()) else { return };
            let alike = |at: &usize| written[*at].read.to_bits() == read.to_bits();
            let free = || (0..written.len()).filter(|at| !used[*at] && alike(at));
            let found = free().find(|at| *written[*at].name == *name).or_else(|| free().next());
            if let Some(at) = found {
                used[at] = true;
                out.extend_from_slice(&content[copied..token.start]);
                out.extend_from_slice(&written[at].text);
                copied = token.end;
            }
        });
        if copied > 0 {
            out.extend_from_slice(&content[copied..]);
            *content = out.into();
        }
    }
}

/// Whether so many digits stand in a row that they may be too many: looks at few bytes of most texts.
fn has_long_run(text: &[u8]) -> bool {
    let digits = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.take(FEWEST).take_while(|byte| byte.is_ascii_digit()).count()
    };
    (FEWEST - 1..text.len()).step_by(FEWEST).any(|at| {
        text[at].is_ascii_digit()
            && digits(&mut text[..at].iter().rev()) + digits(&mut text[at..].iter()) >= FEWEST
    })
}

/// Every number of a text of JSON, with the name that was the last before it.
fn numbers(json: &[u8], mut each: impl FnMut(Range<usize>, Range<usize>)) {
    let mut name = 0..0;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                let begin = at + 1;
                at = begin;
                while let Some(byte) = json.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                let end = at.min(json.len());
                at += 1;
                let rest = json.get(at..).unwrap_or_default();
                if rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
                    name = begin..end;
                }
            }
            b'-' | b'0'..=b'9' => {
                let begin = at;
                let belongs =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                at += json[begin..].iter().take_while(|byte| belongs(byte)).count();
                each(name.clone(), begin..at);
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::Value;

    use super::*;

    /// What becomes of a text that is read and written.
    fn through(text: &str) -> String {
        let value: Value = serde_json::from_str(text).unwrap();
        let content = Bytes::from(value.to_string());
        let mut body = Body::Full { content_type: "application/json".into(), content };
        Digits::of(text.as_bytes()).restore(&mut body);
        let Body::Full { content, .. } = body else { panic!("a body") };
        String::from_utf8(content.to_vec()).unwrap()
    }

    #[test]
    fn integers_of_any_length_are_written_as_they_were_given() {
        for text in [
            r#"{"n":123456789012345678901234567890}"#,
            r#"{"a":123456789012345678901234567890,"b":[123456789012345678901234567891,-99999999999999999999],"c":1.5}"#,
            r#"{"u":18446744073709551615,"i":-9223372036854775808,"x":18446744073709551616}"#,
            r#"{"text":"123456789012345678901234567890","n\\":{"m":100000000000000000000}}"#,
        ] {
            assert_eq!(through(text), text);
        }
    }

    #[test]
    fn what_64_bits_hold_costs_no_look_at_the_text() {
        assert!(Digits::of(br#"{"a":1,"b":"12345678901234567 890","c":[1.5,1e30]}"#).0.is_none());
        for at in 0..40 {
            let text = format!("{}1234567890123456789 {}", "x".repeat(at), "y".repeat(40 - at));
            assert!(has_long_run(text.as_bytes()), "{at}");
            assert!(!has_long_run(text.replace("9 ", " ").as_bytes()), "{at}");
        }
    }

    #[test]
    fn no_text_is_too_broken_to_be_looked_at() {
        for text in [
            "\"\\",
            "{\"1234567890123456789012",
            "-",
            "1234567890123456789012\\\"",
            "\"a\\\\\":12345678901234567890123",
        ] {
            Digits::of(text.as_bytes());
        }
    }
}
