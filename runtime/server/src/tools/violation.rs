//! What is wrong with one argument, and what was expected instead.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Reason;
use serde::Serialize;
use serde_json::Value;

use super::schema_notation;
use crate::bound::{self, Room};
use crate::nearest::nearest;
use crate::pointer::child;

/// One wrong argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// JSON Pointer into the arguments.
    pub pointer: String,
    /// What would be right there.
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

    /// A violation of the argument `name`.
    pub(crate) fn of(name: &str, expected: impl Into<String>) -> Self {
        Self::new(child("", name), expected)
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

/// What is wrong with arguments: as many violations as an answer names, and the number of all
/// others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations {
    named: Vec<Violation>,
    more: usize,
    room: Room,
}

impl Default for Violations {
    fn default() -> Self {
        Self { named: Vec::new(), more: 0, room: Room::of(bound::RESULT_FAULTS) }
    }
}

impl Violations {
    /// One violation.
    pub(crate) fn one(violation: Violation) -> Self {
        let mut violations = Self::default();
        violations.push(violation);
        violations
    }

    /// Adds the violation that `make` makes; beyond what an answer names it is counted and not
    /// made.
    pub(crate) fn add(&mut self, make: impl FnOnce() -> Violation) {
        if self.room.is_full() {
            self.more += 1;
        } else {
            self.push(make());
        }
    }

    /// Adds a violation.
    pub(crate) fn push(&mut self, violation: Violation) {
        let violation = violation.bounded();
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

/// Appends the violations behind one validation error.
pub(crate) fn explain(error: &ValidationError<'_>, root: &Value, violations: &mut Violations) {
    if let (
        true,
        Reason::AdditionalProperties { unexpected } | Reason::UnevaluatedProperties { unexpected },
    ) = (violations.room.is_full(), error.kind())
    {
        violations.more += unexpected.len();
        return;
    }
    if violations.room.is_full() {
        violations.more += 1;
        return;
    }
    let pointer = error.instance_path().as_str();
    let schema = schema_notation::at(root, pointer);
    let whole = |fallback: &str| {
        schema.map_or_else(|| fallback.to_owned(), |schema| schema_notation::short(schema, root))
    };
    let expected = match error.kind() {
        Reason::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let pointer = child(pointer, name);
            let wanted = schema_notation::at(root, &pointer).map_or_else(
                || "a value".to_owned(),
                |schema| schema_notation::short(schema, root),
            );
            violations.push(Violation::new(pointer, format!("required: {wanted}")));
            return;
        }
        Reason::AdditionalProperties { unexpected }
        | Reason::UnevaluatedProperties { unexpected } => {
            let known =
                schema.map(|schema| schema_notation::members(schema, root)).unwrap_or_default();
            for name in unexpected {
                violations.add(|| unknown(pointer, name, &known));
            }
            return;
        }
        Reason::AnyOf { context } | Reason::OneOfNotValid { context } => {
            if let Some(branch) = closest(pointer, context) {
                for error in branch {
                    explain(error, root, violations);
                }
                return;
            }
            whole("another shape")
        }
        Reason::Enum { options } => {
            let options: Vec<&str> =
                options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let nearest = error
                .instance()
                .as_str()
                .and_then(|given| nearest(given, options.iter().copied()))
                .map(str::to_owned);
            violations.push(Violation {
                pointer: pointer.to_owned(),
                expected: format!("one of {}", whole("the listed values")),
                nearest,
            });
            return;
        }
        Reason::Minimum { limit } => format!("at least {limit}"),
        Reason::Maximum { limit } => format!("at most {limit}"),
        Reason::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Reason::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Reason::MinLength { limit: 1 } => "text that is not empty".to_owned(),
        Reason::MinLength { limit } => format!("at least {limit} characters"),
        Reason::MaxLength { limit } => format!("at most {limit} characters"),
        Reason::MinItems { limit } => format!("at least {limit} items"),
        Reason::MaxItems { limit } => format!("at most {limit} items"),
        Reason::MinProperties { limit } => format!("at least {limit} members"),
        Reason::MaxProperties { limit } => format!("at most {limit} members"),
        Reason::UniqueItems => "items that differ from each other".to_owned(),
        Reason::Pattern { pattern } => format!("text that matches {pattern}"),
        Reason::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Reason::Constant { expected_value } => expected_value.to_string(),
        _ => whole("another value"),
    };
    violations.push(Violation::new(pointer, expected));
}

fn unknown(pointer: &str, name: &str, known: &[&str]) -> Violation {
    let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
    let expected = match known {
        [] => "nothing: no arguments are taken here".to_owned(),
        _ if known.len() <= 24 => format!("one of the names {}", known.join(", ")),
        _ => "a known name".to_owned(),
    };
    Violation { pointer: child(pointer, name), expected, nearest }
}

/// The one branch of a union that the value was meant for: the only one whose type and constants
/// fit.
fn closest<'e>(
    pointer: &str,
    branches: &'e [Vec<ValidationError<'static>>],
) -> Option<&'e [ValidationError<'static>]> {
    let fits = |errors: &&Vec<ValidationError<'static>>| {
        !errors.iter().any(|error| match error.kind() {
            Reason::Type { .. } => error.instance_path().as_str() == pointer,
            Reason::Constant { .. } => true,
            _ => false,
        })
    };
    let mut fitting = branches.iter().filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first.as_slice())
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
