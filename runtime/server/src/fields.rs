//! Reads a JSON object member by member and collects every violation with its pointer, unknown
//! members included.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// A member that may be absent, null, or there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not named: stays as it is.
    Absent,
    /// `null`: is to be unset.
    Null,
    /// A value.
    Some(T),
}

impl<T> Patch<T> {
    /// The value, where there is one.
    pub fn some(self) -> Option<T> {
        match self {
            Self::Some(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Makes `member` what the patch says.
    pub fn apply_to(&self, member: &mut Option<T>)
    where
        T: Clone,
    {
        match self {
            Self::Absent => {}
            Self::Null => *member = None,
            Self::Some(value) => *member = Some(value.clone()),
        }
    }
}

/// The longest name and the like, in characters.
const LONGEST_TEXT: usize = 200;
/// The longest secret, in bytes: fit for a header.
const LONGEST_SECRET: usize = 16 << 10;
/// The longest array of texts.
const LONGEST_ARRAY: usize = 1_000;

/// The members of one object.
#[derive(Debug)]
pub struct Fields<'a> {
    members: Map<String, Value>,
    at: String,
    known: Vec<&'static str>,
    violations: &'a mut Violations,
}

impl<'a> Fields<'a> {
    /// Begins with an object that stands at `at`; a violation when it is none.
    pub fn new(value: Value, at: &str, violations: &'a mut Violations) -> Option<Self> {
        match value {
            Value::Object(members) => {
                Some(Self { members, at: at.to_owned(), known: Vec::new(), violations })
            }
            other => {
                let expected = format!("must be an object, not {}", kind(&other));
                violations.push(Violation::new(at, expected));
                None
            }
        }
    }

    /// Takes a member out as it is.
    pub fn value(&mut self, name: &'static str) -> Patch<Value> {
        self.known.push(name);
        match self.members.shift_remove(name) {
            None => Patch::Absent,
            Some(Value::Null) => Patch::Null,
            Some(value) => Patch::Some(value),
        }
    }

    /// The violations, with the pointer of a member.
    pub fn violation(&mut self, name: &str, detail: impl Into<String>) {
        let pointer = self.pointer(name);
        self.violations.push(Violation::new(pointer, detail));
    }

    /// The pointer of a member.
    #[must_use]
    pub fn pointer(&self, name: &str) -> String {
        child(&self.at, name)
    }

    /// The collection that violations go to.
    pub fn violations(&mut self) -> &mut Violations {
        self.violations
    }

    /// A short text without control characters that must be there.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let given = self.text_within(name, text_fault);
        self.required(name, given)
    }

    /// A short text without control characters.
    pub fn text_if_given(&mut self, name: &'static str) -> Patch<String> {
        self.text_within(name, text_fault).unwrap_or(Patch::Absent)
    }

    /// A secret, or a name that belongs to one, that must be there: a text of up to 16 KiB without
    /// control characters.
    pub fn secret(&mut self, name: &'static str) -> Option<String> {
        let given = self.text_within(name, secret_fault);
        self.required(name, given)
    }

    /// The same that may be absent or null.
    pub fn secret_if_given(&mut self, name: &'static str) -> Option<String> {
        self.text_within(name, secret_fault)?.some()
    }

    /// A text in which `fault` finds none; `None` when it is a violation.
    fn text_within(
        &mut self,
        name: &'static str,
        fault: fn(&str) -> Option<String>,
    ) -> Option<Patch<String>> {
        let detail = match self.value(name) {
            Patch::Absent => return Some(Patch::Absent),
            Patch::Null => return Some(Patch::Null),
            Patch::Some(Value::String(text)) => match fault(&text) {
                None => return Some(Patch::Some(text)),
                Some(detail) => detail,
            },
            Patch::Some(other) => format!("must be a text, not {}", kind(&other)),
        };
        self.violation(name, detail);
        None
    }

    /// The text, which must be there unless it is a violation already.
    fn required(&mut self, name: &str, given: Option<Patch<String>>) -> Option<String> {
        let text = given?.some();
        if text.is_none() {
            self.violation(name, "is required and must be a text");
        }
        text
    }

    /// `true` or `false`; `false` when it is not there.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.flag_if_given(name).unwrap_or_default()
    }

    /// `true` or `false`, or neither when it is not there.
    pub fn flag_if_given(&mut self, name: &'static str) -> Option<bool> {
        let other = match self.value(name) {
            Patch::Absent => return None,
            Patch::Some(Value::Bool(flag)) => return Some(flag),
            Patch::Null => Value::Null,
            Patch::Some(other) => other,
        };
        self.violation(name, format!("must be true or false, not {}", kind(&other)));
        None
    }

    /// A whole number within `range` that must be there.
    pub fn whole(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let given = self.value(name).some();
        let number = given.as_ref().and_then(Value::as_i64).filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.violation(
                name,
                format!("is required and must be a whole number from {least} to {most}"),
            );
        }
        number
    }

    /// An array of short texts.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        match self.value(name) {
            Patch::Absent => None,
            Patch::Null => self.texts_in(name, Value::Null),
            Patch::Some(value) => self.texts_in(name, value),
        }
    }

    /// Words: an array of them, or one text that parts them by spaces; none when it is absent or
    /// null.
    pub fn words(&mut self, name: &'static str) -> Vec<String> {
        let words = match self.value(name) {
            Patch::Absent | Patch::Null => return Vec::new(),
            Patch::Some(Value::String(text)) => {
                let words = text.split_ascii_whitespace().map(str::to_owned);
                self.texts_in(name, words.collect::<Vec<_>>().into())
            }
            Patch::Some(value) => self.texts_in(name, value),
        };
        let words = words.unwrap_or_default();
        let pointer = self.pointer(name);
        for (index, word) in words.iter().enumerate() {
            if word.contains(' ') || secret_fault(word).is_some() {
                let detail = "must be one word, without spaces and control characters";
                self.violations.add(|| Violation::new(format!("{pointer}/{index}"), detail));
            }
        }
        words
    }

    fn texts_in(&mut self, name: &str, value: Value) -> Option<Vec<String>> {
        let items = match value {
            Value::Array(items) => items,
            other => {
                self.violation(name, format!("must be an array of texts, not {}", kind(&other)));
                return None;
            }
        };
        if items.len() > LONGEST_ARRAY {
            self.violation(
                name,
                format!("must have at most {LONGEST_ARRAY} entries, not {}", items.len()),
            );
            return None;
        }
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text),
                other => {
                    let pointer = format!("{}/{index}", self.pointer(name));
                    let expected = format!("must be a text, not {}", kind(&other));
                    self.violations.push(Violation::new(pointer, expected));
                }
            }
        }
        Some(texts)
    }

    /// A moment in RFC 3339.
    pub fn moment(&mut self, name: &'static str) -> Patch<Timestamp> {
        match self.value(name) {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Some(Value::String(text)) => {
                if let Some(moment) = moment(&text) {
                    Patch::Some(moment)
                } else {
                    self.violation(
                        name,
                        "must be a date and time with offset as in RFC 3339: 2026-12-31T23:59:59Z",
                    );
                    Patch::Absent
                }
            }
            Patch::Some(other) => {
                self.violation(
                    name,
                    format!("must be a date and time as a text, not {}", kind(&other)),
                );
                Patch::Absent
            }
        }
    }

    /// Ends the object: every member that nobody asked for is a violation.
    pub fn finish(self) {
        let Self { members, at, known, violations } = self;
        for name in members.keys() {
            violations.add(|| {
                let expected = format!("is not known here; known: {}", known.join(", "));
                Violation::new(child(&at, name), expected)
            });
        }
    }
}

/// A moment in RFC 3339, within the years that every database and client can take.
#[must_use]
pub fn moment(text: &str) -> Option<Timestamp> {
    let moment: Timestamp = text.parse().ok()?;
    let in_reach = text.len() >= 20
        && text.as_bytes().get(4) == Some(&b'-')
        && text.as_bytes().get(10).is_some_and(|c| matches!(c, b'T' | b't' | b' '))
        && !text.contains('[');
    let year_9999 = 253_402_300_799_i64;
    (in_reach && (0..=year_9999).contains(&moment.as_second())).then_some(moment)
}

/// What is wrong with a short text.
#[must_use]
pub fn text_fault(text: &str) -> Option<String> {
    let shown = text.trim();
    (shown.is_empty()
        || text.chars().nth(LONGEST_TEXT).is_some()
        || text.chars().any(char::is_control))
    .then(|| {
        format!("must be 1 to {LONGEST_TEXT} characters, not all blank, without control characters")
    })
}

/// What is wrong with a secret: more often than not a slip of the clipboard.
fn secret_fault(text: &str) -> Option<String> {
    let is_usable = !text.trim().is_empty()
        && text.len() <= LONGEST_SECRET
        && !text.chars().any(char::is_control);
    (!is_usable).then(|| {
        format!(
            "must be a text of 1 to {LONGEST_SECRET} bytes, not all blank, without control \
             characters such as a line break"
        )
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound;

    #[test]
    fn every_fault_is_named_at_once() {
        let mut violations = Violations::default();
        let value = serde_json::json!({"name": 7, "expires_at": "tomorrow", "flag": "yes", "tags": ["a", 1], "nmae": "x"});
        let mut fields = Fields::new(value, "", &mut violations).unwrap();
        assert_eq!(fields.text("name"), None);
        assert_eq!(fields.moment("expires_at"), Patch::Absent);
        assert!(!fields.flag("flag"));
        assert_eq!(fields.texts("tags"), Some(vec!["a".to_owned()]));
        assert_eq!(fields.text("title"), None);
        fields.finish();
        let pointers: Vec<&str> =
            violations.named().iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/expires_at", "/flag", "/tags/1", "/title", "/nmae"]);
    }

    #[test]
    fn secrets_may_be_long_and_are_not_repeated() {
        let (fits, long) = ("s".repeat(LONGEST_SECRET), "s".repeat(LONGEST_SECRET + 1));
        let value = serde_json::json!({"token": fits, "key": long, "pasted": "canary\n", "blank": " ", "of": 7, "null": null});
        let mut violations = Violations::default();
        let mut fields = Fields::new(value, "/a", &mut violations).unwrap();
        assert_eq!(fields.secret("token"), Some(fits));
        for name in ["key", "pasted", "blank", "of", "null", "absent"] {
            assert_eq!(fields.secret(name), None);
        }
        for name in ["null", "absent"] {
            assert_eq!(fields.secret_if_given(name), None);
        }
        fields.finish();
        let pointers: Vec<&str> =
            violations.named().iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a/key", "/a/pasted", "/a/blank", "/a/of", "/a/null", "/a/absent"]);
        let told = format!("{violations:?}");
        assert!(told.contains("16384 bytes") && !told.contains("canary"), "{told}");
    }

    #[test]
    fn words_are_listed_or_parted_by_spaces() {
        let value = serde_json::json!({"list": ["a", "b c"], "text": " a  b ", "null": null, "mixed": ["", 7, "a"], "flag": true});
        let mut violations = Violations::default();
        let mut fields = Fields::new(value, "", &mut violations).unwrap();
        assert_eq!(fields.words("text"), ["a", "b"]);
        assert_eq!(fields.words("absent"), [""; 0]);
        assert_eq!(fields.words("null"), [""; 0]);
        for name in ["list", "mixed", "flag"] {
            fields.words(name);
        }
        let pointers: Vec<&str> =
            violations.named().iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(pointers, ["/list/1", "/mixed/1", "/mixed/0", "/flag"]);
    }

    #[test]
    fn moments_are_rfc_3339_only() {
        assert!(moment("2026-12-31T23:59:59Z").is_some());
        assert!(moment("2026-12-31T23:59:59.123456+02:00").is_some());
        for bad in [
            "2026-12-31",
            "2026-12-31T23:59",
            "20261231T235959Z",
            "2026-12-31T23:59:59",
            "now",
            "+012026-12-31T23:59:59Z",
        ] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn faults_beyond_what_an_answer_names_are_counted() {
        let members: Map<String, Value> =
            (0..5_000).map(|number| (format!("é{number}"), Value::Null)).collect();
        let mut violations = Violations::default();
        Fields::new(members.into(), "", &mut violations).unwrap().finish();
        assert_eq!(
            (violations.named().len(), violations.more()),
            (bound::FAULTS, 5_000 - bound::FAULTS)
        );
        let mut violations = Violations::default();
        let value =
            serde_json::json!({"語".repeat(10_000): 1, "words": vec!["a"; LONGEST_ARRAY + 1]});
        let mut fields = Fields::new(value, "", &mut violations).unwrap();
        assert_eq!(fields.texts("words"), None);
        fields.finish();
        assert!(
            violations.named().iter().all(|violation| violation.pointer.len() <= bound::NAME + 3),
            "{violations:?}"
        );
        assert_eq!(violations.named().len(), 2);
    }
}
