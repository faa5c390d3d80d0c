//! Reads a JSON object member by member and collects every violation with its pointer, unknown
//! members included.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::bound::{self, Room};
use crate::pointer::child;

/// One thing that is wrong with what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// RFC 6901 pointer into what was given: `/config/methods/0`.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub detail: String,
}

/// The violations found so far: as many as an answer names, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>, Beyond);

/// What does not fit into an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Beyond {
    room: Room,
    more: usize,
}

impl Default for Violations {
    fn default() -> Self {
        Self(Vec::new(), Beyond { room: Room::of(bound::PROBLEM_FAULTS), more: 0 })
    }
}

impl Violations {
    /// Adds a violation.
    pub fn push(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        let Self(named, Beyond { room, more }) = self;
        if room.is_full() {
            *more += 1;
            return;
        }
        let pointer = bound::cut_owned(pointer.into(), bound::NAME);
        let detail = bound::cut_owned(detail.into(), bound::SENTENCE);
        if room.take([pointer.as_str(), detail.as_str()]) {
            named.push(Violation { pointer, detail });
        } else {
            *more += 1;
        }
    }

    /// Adds the violation that `make` makes, pointer and detail; beyond what an answer names it is
    /// counted and not made.
    pub fn add<P: Into<String>, D: Into<String>>(&mut self, make: impl FnOnce() -> (P, D)) {
        if self.1.room.is_full() {
            self.1.more += 1;
        } else {
            let (pointer, detail) = make();
            self.push(pointer, detail);
        }
    }

    /// How many violations there are beside those named.
    #[must_use]
    pub fn more(&self) -> usize {
        self.1.more
    }

    /// `value` when nothing was found, else the violations.
    ///
    /// # Errors
    /// When there are violations.
    pub fn settle<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

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
}

/// The longest name and the like, in characters.
const LONGEST_TEXT: usize = 200;
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
                violations.push(at, format!("must be an object, not {}", kind(&other)));
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
        self.violations.push(pointer, detail);
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
        match self.text_if_given(name) {
            Patch::Some(text) => Some(text),
            Patch::Absent | Patch::Null => {
                if !self
                    .violations
                    .0
                    .iter()
                    .any(|violation| violation.pointer == self.pointer(name))
                {
                    self.violation(name, "is required and must be a text");
                }
                None
            }
        }
    }

    /// A short text without control characters.
    pub fn text_if_given(&mut self, name: &'static str) -> Patch<String> {
        match self.value(name) {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Some(Value::String(text)) => match text_fault(&text) {
                None => Patch::Some(text),
                Some(detail) => {
                    self.violation(name, detail);
                    Patch::Absent
                }
            },
            Patch::Some(other) => {
                self.violation(name, format!("must be a text, not {}", kind(&other)));
                Patch::Absent
            }
        }
    }

    /// `true` or `false`; `false` when it is not there.
    pub fn flag(&mut self, name: &'static str) -> bool {
        match self.value(name) {
            Patch::Absent => false,
            Patch::Some(Value::Bool(flag)) => flag,
            Patch::Null => {
                self.violation(name, "must be true or false, not null");
                false
            }
            Patch::Some(other) => {
                self.violation(name, format!("must be true or false, not {}", kind(&other)));
                false
            }
        }
    }

    /// An array of short texts.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let items = match self.value(name) {
            Patch::Absent => return None,
            Patch::Some(Value::Array(items)) => items,
            Patch::Null => {
                self.violation(name, "must be an array of texts, not null");
                return None;
            }
            Patch::Some(other) => {
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
                    self.violations.push(pointer, format!("must be a text, not {}", kind(&other)));
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
                (child(&at, name), format!("is not known here; known: {}", known.join(", ")))
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
            violations.0.iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/expires_at", "/flag", "/tags/1", "/title", "/nmae"]);
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
        assert_eq!((violations.0.len(), violations.more()), (bound::FAULTS, 5_000 - bound::FAULTS));
        let mut violations = Violations::default();
        let value =
            serde_json::json!({"語".repeat(10_000): 1, "words": vec!["a"; LONGEST_ARRAY + 1]});
        let mut fields = Fields::new(value, "", &mut violations).unwrap();
        assert_eq!(fields.texts("words"), None);
        fields.finish();
        assert!(
            violations.0.iter().all(|violation| violation.pointer.len() <= bound::NAME + 3),
            "{violations:?}"
        );
        assert_eq!(violations.0.len(), 2);
    }
}
