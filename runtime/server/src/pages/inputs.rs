//! Fields of forms, with what is wrong with them in words beside them.

use super::form::Form;
use crate::violation::Violations;

/// A field for one line of text.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// The name that it is sent by, unique on its page.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    /// `text` or `password`: a browser holds up a form for what is wrong in a field of another type,
    /// also where that is not shown.
    pub(super) kind: &'static str,
    /// What was typed; empty in a field for a secret.
    pub(super) value: String,
    pub(super) error: Option<String>,
}

impl Input {
    /// A field without anything in it.
    pub(super) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            hint: String::new(),
            kind: "text",
            value: String::new(),
            error: None,
        }
    }

    /// The same with a sentence that helps.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The same for a secret, which no page shows again.
    pub(super) fn secret(self) -> Self {
        Self { kind: "password", ..self }
    }

    /// The same with `value`, where nothing was typed.
    pub(super) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// The same with what was typed, if the form has the field.
    pub(super) fn typed(self, form: &Form) -> Self {
        if self.kind == "password" || !form.has(&self.name) {
            return self;
        }
        let value = form.text(&self.name).to_owned();
        Self { value, ..self }
    }

    /// The same with what is wrong with the member at `pointer`.
    pub(super) fn faults(self, faults: &mut Faults<'_>, pointer: &str) -> Self {
        let error = faults.take(pointer, &self.label);
        Self { error: error.or(self.error), ..self }
    }

    /// What describes it, for a screen reader.
    pub(super) fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let error = self.error.is_some().then(|| format!("{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// The text of a field as a member of a body: `null` where nothing was typed.
pub(super) fn member(form: &Form, name: &str) -> serde_json::Value {
    form.given(name).map_or(serde_json::Value::Null, Into::into)
}

/// What is wrong with a form, until each fault stands beside its field.
#[derive(Debug)]
pub(super) struct Faults<'v> {
    left: Vec<(&'v str, &'v str)>,
    more: usize,
    count: usize,
}

impl<'v> Faults<'v> {
    pub(super) fn of(violations: &'v Violations) -> Self {
        let named = violations.named().iter();
        Self {
            left: named.map(|one| (one.pointer.as_str(), one.expected.as_str())).collect(),
            more: violations.more(),
            count: violations.count(),
        }
    }

    /// How many there were in all.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// What is wrong with the member at `pointer` or below it, in words.
    pub(super) fn take(&mut self, pointer: &str, label: &str) -> Option<String> {
        let is_there = |given: &str| {
            given.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found: Vec<String> = self
            .left
            .iter()
            .filter(|(given, _)| is_there(given))
            .map(|(_, expected)| words(label, expected))
            .collect();
        self.left.retain(|(given, _)| !is_there(given));
        (!found.is_empty()).then(|| found.join(" "))
    }

    /// Those that stand beside no field.
    pub(super) fn rest(&self) -> Vec<String> {
        let named = self
            .left
            .iter()
            .map(|(pointer, expected)| words(pointer.trim_start_matches('/'), expected));
        let more = (self.more > 0).then(|| format!("{} more are not named.", self.more));
        named.chain(more).collect()
    }
}

/// A fault as a sentence: the rest of one that begins with the field's label, or one of its own.
fn words(label: &str, expected: &str) -> String {
    if expected == "is required and must be a text" {
        return "Fill this in.".to_owned();
    }
    let goes_on = ["must ", "is ", "cannot "].iter().any(|word| expected.starts_with(word));
    let sentence = if goes_on { format!("{label} {expected}") } else { expected.to_owned() };
    // A name or an address that a sentence begins with stays as it is.
    let first = sentence.split(' ').next().unwrap_or_default();
    let is_word = first.chars().all(char::is_alphabetic);
    let mut sentence = if is_word { capital(&sentence) } else { sentence };
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// A text with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::violation::Violation;

    #[test]
    fn faults_stand_beside_their_fields_in_sentences() {
        let violations = Violations::from(vec![
            Violation::new("/name", "must be 1 to 200 characters"),
            Violation::new("/credentials/token", "is required and must be a text"),
            Violation::new("/credentials/scopes/1", "must be one word"),
            Violation::new("/base_url", "`x` is not an origin"),
            Violation::new("/region", "unknown region"),
            Violation::new("/strange", "is not known here"),
        ]);
        let mut faults = Faults::of(&violations);
        assert_eq!(faults.count(), 6);
        let mut of = |pointer: &str| faults.take(pointer, "This");
        assert_eq!(of("/name").as_deref(), Some("This must be 1 to 200 characters."));
        assert_eq!(of("/name"), None);
        assert_eq!(of("/credentials/token").as_deref(), Some("Fill this in."));
        assert_eq!(of("/credentials/scopes").as_deref(), Some("This must be one word."));
        assert_eq!(of("/base_url").as_deref(), Some("`x` is not an origin."));
        assert_eq!(of("/region").as_deref(), Some("Unknown region."));
        assert_eq!(faults.rest(), ["Strange is not known here."]);
    }
}
