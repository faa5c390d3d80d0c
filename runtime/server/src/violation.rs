//! What is wrong with what somebody sent, all of it at once and within the bounds of an answer.

use serde::Serialize;

use crate::bound::{self, Room};
use crate::pointer::child;

/// One thing that is wrong with what was given: an argument, a member of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// RFC 6901 pointer into what was given: `/config/methods/0`.
    pub pointer: String,
    /// What would be right there and, where that helps, what is wrong: in schema notation for
    /// agents, as the rest of a sentence for people (`must be a text, not a number`).
    pub expected: String,
    /// The name or value that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl Violation {
    /// A violation without a suggestion.
    pub(crate) fn new(pointer: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), expected: expected.into(), nearest: None }
    }

    /// A violation of the argument, or the member of a body, called `name`.
    pub(crate) fn of(name: &str, expected: impl Into<String>) -> Self {
        Self::new(child("", name), expected)
    }

    /// Tells what else is wrong at the same place, as far as there is room.
    fn add(&mut self, other: Self, room: &mut Room) {
        let Self { expected, nearest, .. } = other;
        let nearest = nearest.filter(|_| self.nearest.is_none());
        let told = self.expected.split("; ").any(|told| told == expected);
        let long = self.expected.len() + expected.len() >= bound::SENTENCE;
        let further = Some(expected).filter(|_| !told && !long);
        if further.is_none() && nearest.is_none()
            || !room.take(further.iter().chain(&nearest).map(String::as_str))
        {
            return;
        }
        if let Some(further) = further {
            self.expected.push_str("; ");
            self.expected.push_str(&further);
        }
        self.nearest = self.nearest.take().or(nearest);
    }

    /// The violation as an answer may repeat it.
    fn bounded(self) -> Self {
        Self {
            pointer: bound::cut_owned(self.pointer, bound::NAME),
            expected: bound::cut_owned(self.expected, bound::SENTENCE),
            nearest: self.nearest.map(|nearest| bound::cut_owned(nearest, bound::NAME)),
        }
    }
}

/// What is wrong with all that was given: as many violations as an answer names, and the number of
/// all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations {
    named: Vec<Violation>,
    more: usize,
    room: Room,
    advice: Option<String>,
}

impl Default for Violations {
    /// Those of arguments, which a tool result names.
    fn default() -> Self {
        Self { named: Vec::new(), more: 0, room: Room::of(bound::RESULT_FAULTS), advice: None }
    }
}

impl Violations {
    /// Those of a request's body, which a problem document names.
    #[must_use]
    pub fn of_body() -> Self {
        Self { room: Room::of(bound::PROBLEM_FAULTS), ..Self::default() }
    }

    /// `value` when nothing was found, else the violations.
    ///
    /// # Errors
    /// When there are violations.
    pub fn settle<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// What to do about them, where that is more than each of them says.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// Says what to do about them.
    pub(crate) fn advise(&mut self, advice: String) {
        self.advice = Some(bound::cut_owned(advice, bound::SENTENCE));
    }

    /// Whether an answer has no room to name another one.
    pub(crate) const fn is_full(&self) -> bool {
        self.room.is_full()
    }

    /// Counts violations that are not made because no answer would name them.
    pub(crate) fn count_unnamed(&mut self, violations: usize) {
        self.more += violations;
    }

    /// One violation.
    pub(crate) fn one(violation: Violation) -> Self {
        let mut violations = Self::default();
        violations.push(violation);
        violations
    }

    /// Adds the violation that `make` makes; beyond what an answer names it is counted and not
    /// made.
    pub(crate) fn add(&mut self, make: impl FnOnce() -> Violation) {
        if self.is_full() {
            self.count_unnamed(1);
        } else {
            self.push(make());
        }
    }

    /// Adds a violation; what is wrong at one place is told as one.
    pub(crate) fn push(&mut self, violation: Violation) {
        let violation = violation.bounded();
        if let Some(known) = self.named.iter_mut().find(|it| it.pointer == violation.pointer) {
            known.add(violation, &mut self.room);
            return;
        }
        let texts =
            [Some(&violation.pointer), Some(&violation.expected), violation.nearest.as_ref()];
        if self.room.take(texts.into_iter().flatten().map(String::as_str)) {
            self.named.push(violation);
        } else {
            self.more += 1;
        }
    }

    /// Adds the violations of `others`, but for places that are named already.
    pub(crate) fn append(&mut self, others: Self) {
        let known = self.named.len();
        for violation in others.named {
            if !self.named.iter().take(known).any(|named| named.pointer == violation.pointer) {
                self.push(violation);
            }
        }
        self.more += others.more;
        self.advice = self.advice.take().or(others.advice);
    }

    /// Adds the violations of `others`, but for what lies at or below places that are named already,
    /// and for members of arguments that hold such places: what is wrong there is said.
    pub(crate) fn append_beside(&mut self, others: Self) {
        let known = self.named.len();
        for violation in others.named {
            let place = &violation.pointer;
            let within = |inner: &str, outer: &str| {
                let rest = inner.strip_prefix(outer);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let is_member = place.matches('/').count() > 1;
            let said = |named: &Violation| {
                within(place, &named.pointer) || is_member && within(&named.pointer, place)
            };
            if !self.named.iter().take(known).any(said) {
                self.push(violation);
            }
        }
        self.more += others.more;
    }

    /// Adds the violations of what stands at `pointer`.
    pub(crate) fn append_below(&mut self, pointer: &str, others: Self) {
        for violation in others.named {
            let pointer = format!("{pointer}{}", violation.pointer);
            self.push(Violation { pointer, ..violation });
        }
        self.more += others.more;
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.more == 0
    }

    /// Those that an answer names.
    #[must_use]
    pub fn named(&self) -> &[Violation] {
        &self.named
    }

    /// How many others there are.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    /// How many there are in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.named.len() + self.more
    }
}

impl From<Vec<Violation>> for Violations {
    fn from(all: Vec<Violation>) -> Self {
        let mut violations = Self::default();
        for violation in all {
            violations.push(violation);
        }
        violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_beyond_what_is_named_are_counted_and_not_made() {
        let mut violations = Violations::default();
        let mut made = 0;
        for number in 0..1_000 {
            violations.add(|| {
                made += 1;
                Violation::of(&format!("x{number}"), "nothing")
            });
        }
        assert_eq!(
            (violations.named().len(), violations.more(), violations.count(), made),
            (bound::FAULTS, 950, 1_000, bound::FAULTS)
        );
    }

    #[test]
    fn what_is_wrong_at_one_place_is_one_fault() {
        let mut violations = Violations::default();
        for expected in ["at least 3 characters", "text that matches ^a", "at least 3 characters"] {
            violations.push(Violation::of("x", expected));
        }
        violations
            .push(Violation { nearest: Some("abc".to_owned()), ..Violation::of("x", "text") });
        let [only] = violations.named() else { panic!("one fault: {violations:?}") };
        assert_eq!(only.expected, "at least 3 characters; text that matches ^a; text");
        assert_eq!((only.nearest.as_deref(), violations.count()), (Some("abc"), 1));
    }

    #[test]
    fn long_names_and_sentences_are_cut_between_characters() {
        let violation = Violation {
            nearest: Some("ß".repeat(10_000)),
            ..Violation::of(&"語".repeat(10_000), "é".repeat(10_000))
        };
        let violations = Violations::one(violation);
        let [violation] = violations.named() else { panic!("one fault") };
        assert!(
            violation.pointer.len() <= bound::NAME + 3 && violation.pointer.ends_with("語…"),
            "{}",
            violation.pointer
        );
        assert!(
            violation.expected.len() <= bound::SENTENCE + 3
                && violation.nearest.as_ref().is_some_and(|near| near.len() <= bound::NAME + 3)
        );
    }
}
