//! Arguments against the full schema of their tool.

use std::fmt;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};

use super::coerce::coerce;
use super::explain::explain;
use crate::violation::Violations;

/// How often a pattern that needs it may go back, for one text: a vendor's pattern must not cost
/// more than the call.
const BACKTRACKS: usize = 100_000;

/// The compiled full schema of one tool.
pub struct Checker {
    full: Value,
    validator: Option<Validator>,
}

impl Checker {
    /// The check against `full`.
    pub(crate) fn of(full: Value) -> Self {
        let patterns = PatternOptions::fancy_regex().backtrack_limit(BACKTRACKS);
        let options =
            jsonschema::options().should_validate_formats(false).with_pattern_options(patterns);
        let validator = options.build(&full).or_else(|error| {
            // A vendor's regular expression need not be one of JSON Schema's; all else can still be
            // checked.
            tracing::warn!(%error, "patterns are not checked: a full schema does not compile");
            let mut plain = full.clone();
            forget_patterns(&mut plain);
            options.build(&plain)
        });
        if let Err(error) = &validator {
            tracing::error!(%error, "arguments cannot be checked: a full schema does not compile");
        }
        Self { full, validator: validator.ok() }
    }

    /// The full schema.
    #[must_use]
    pub fn full(&self) -> &Value {
        &self.full
    }

    /// Whether the full schema could be compiled.
    #[cfg(test)]
    pub(crate) fn compiles(&self) -> bool {
        self.validator.is_some()
    }

    /// Brings the arguments into the types asked for, then appends every violation they have.
    pub(crate) fn check(&self, arguments: &mut Map<String, Value>, violations: &mut Violations) {
        let mut value = Value::Object(std::mem::take(arguments));
        let before = violations.count();
        coerce(&mut value, &self.full, violations);
        if let Some(validator) = &self.validator
            && !(violations.count() == before && validator.is_valid(&value))
        {
            validator.iter_errors(&value).for_each(|error| explain(&error, &self.full, violations));
        }
        if let Value::Object(members) = value {
            *arguments = members;
        }
    }

    /// Whether the schema has a place for an argument of this name.
    pub(crate) fn takes(&self, name: &str) -> bool {
        let properties = self.full.get("properties").and_then(Value::as_object);
        properties.is_some_and(|known| known.contains_key(name))
            || self.full.get("additionalProperties") != Some(&Value::Bool(false))
    }

    /// Whether the argument of this name has to be given.
    pub(crate) fn requires(&self, name: &str) -> bool {
        let required = self.full.get("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|one| one == name))
    }
}

/// Removes every `pattern`; schemas are finite, and as deep as the generator lets them be.
fn forget_patterns(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("pattern").is_some_and(Value::is_string) {
                members.shift_remove("pattern");
            }
            members.values_mut().for_each(forget_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_patterns),
        _ => {}
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker")
            .field("compiled", &self.validator.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_of_another_dialect_costs_the_pattern_only() {
        let checker =
            Checker::of(json!({"properties": {"id": {"type": "string", "pattern": "(?<!x)["}}}));
        assert!(
            checker
                .validator
                .as_ref()
                .is_some_and(|validator| !validator.is_valid(&json!({"id": 7})))
        );
        assert!(checker.full()["properties"]["id"].get("pattern").is_some());
    }

    #[test]
    fn what_alternatives_and_exclusions_want_is_told() {
        let checker = Checker::of(json!({"type": "object", "properties": {
                "a": {"type": "string", "not": {"enum": ["root"]}}, "b": {"type": "string"},
                "c": {"oneOf": [{"type": "integer"}, {"minimum": 2}]}, "never": false},
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}));
        for (given, pointer, expected) in [
            (json!({}), "/a", "one of these is required: a, b"),
            (json!({"a": "root"}), "/a", "anything but \"root\""),
            (json!({"b": "x", "c": 3}), "/c", "a value that fits one of these only: "),
            (json!({"b": "x", "never": 1}), "/never", "nothing: no value is allowed here"),
        ] {
            let Value::Object(mut arguments) = given else { panic!("an object") };
            let mut violations = Violations::default();
            checker.check(&mut arguments, &mut violations);
            let named = violations.named();
            assert_eq!(named[0].pointer, pointer);
            assert!(named[0].expected.starts_with(expected), "{}", named[0].expected);
        }
    }

    #[test]
    fn a_fault_of_all_arguments_together_has_a_place_and_names_with_commas_are_quoted() {
        let checker = Checker::of(json!({"type": "object", "minProperties": 2, "maxProperties": 2,
            "additionalProperties": false, "properties": {"a": {}, "b": {}, "c, d": {}}}));
        for (given, pointer, expected) in [
            (json!({}), "/a", "at least 2 members"),
            (json!({"a": 1}), "/b", "at least 2 members"),
            (json!({"b": 1, "a": 1, "c, d": 1}), "/b", "at most 2 members"),
            (json!({"b": 1, "e": 1}), "/e", "one of the names a, b, \"c, d\""),
        ] {
            assert_eq!(faults(&checker, given), [(pointer.to_owned(), expected.to_owned())]);
        }
    }

    fn faults(checker: &Checker, given: Value) -> Vec<(String, String)> {
        let Value::Object(mut arguments) = given else { panic!("an object") };
        let mut violations = Violations::default();
        checker.check(&mut arguments, &mut violations);
        let named = violations.named().iter();
        named.map(|violation| (violation.pointer.clone(), violation.expected.clone())).collect()
    }

    #[test]
    fn faults_of_a_union_are_those_of_the_branch_that_was_meant() {
        let form = |tag: &str, members: Value, required: Value| {
            json!({"type": "object", "required": required, "additionalProperties": false,
                "properties": {"type": {"type": "string", "enum": [tag]}, "properties": {"type": "object",
                    "required": members, "additionalProperties": false, "properties": {
                        "from": {"type": "string"}, "until": {"type": "string"}}}}})
        };
        let checker = Checker::of(json!({"type": "object", "required": ["type"],
            "properties": {"type": {"type": "string"}, "properties": true}, "additionalProperties": false,
            "anyOf": [form("end", json!(["from"]), json!(["type", "properties"])),
                form("extend", json!(["until"]), json!(["type", "properties"])),
                json!({"type": "object", "required": ["type"], "additionalProperties": false,
                    "properties": {"type": {"enum": ["cancel"]}}})]}));
        for (given, pointer, expected) in [
            (
                json!({"type": "extend", "properties": {"from": "x"}}),
                "/properties/until",
                "required: ",
            ),
            (json!({"type": "end"}), "/properties", "required: "),
            (json!({"type": "cancel", "properties": {}}), "/properties", "one of the names type"),
            (json!({"type": "finish"}), "/type", "one of \"end\"|\"extend\"|\"cancel\""),
        ] {
            let found = faults(&checker, given.clone());
            assert_eq!(found.len(), 1, "{given}: {found:?}");
            assert_eq!(found[0].0, pointer, "{given}");
            assert!(found[0].1.starts_with(expected), "{given}: {found:?}");
        }
    }

    #[test]
    fn members_that_need_or_exclude_others_are_named() {
        let checker = Checker::of(json!({"type": "object", "properties": {
                "source": {"type": "string"}, "status": {"type": "string"}, "due": {"type": "string"},
                "kind": {"type": "string"}, "new": {"type": "string"}, "label": {"type": "string"}},
            "additionalProperties": false,
            "allOf": [
                {"anyOf": [{"required": ["source"]},
                    {"not": {"anyOf": [{"required": ["status"]}, {"required": ["due"]}]}}]},
                {"anyOf": [{"required": ["new", "label"], "not": {"required": ["kind"]}},
                    {"not": {"anyOf": [{"required": ["new"]}, {"required": ["label"]}]}}]}]}));
        assert_eq!(faults(&checker, json!({"source": "s", "status": "x", "kind": "k"})), []);
        assert_eq!(faults(&checker, json!({"new": "n", "label": "l"})), []);
        for (given, pointer) in [
            (json!({"status": "x"}), "/source"),
            (json!({"new": "n"}), "/label"),
            (json!({"new": "n", "label": "l", "kind": "k"}), "/kind"),
        ] {
            let found = faults(&checker, given.clone());
            let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
            assert_eq!(pointers, [pointer], "{given}: {found:?}");
        }
    }

    #[test]
    fn a_pattern_that_goes_back_without_end_ends() {
        let checker = Checker::of(
            json!({"properties": {"id": {"type": "string", "pattern": "^(a|a)*(?=b)c$"}}}),
        );
        let begun = std::time::Instant::now();
        let mut arguments = Map::from_iter([("id".to_owned(), Value::from("a".repeat(64)))]);
        let mut violations = Violations::default();
        checker
            .validator
            .as_ref()
            .unwrap()
            .iter_errors(&Value::Object(std::mem::take(&mut arguments)))
            .for_each(|error| {
                explain(&error, checker.full(), &mut violations);
            });
        assert_eq!(violations.count(), 1);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    }
}
