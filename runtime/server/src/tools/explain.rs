//! What a validation error says of arguments, in terms of the schema that they are held against.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Reason;
use serde_json::{Map, Value};

use super::branches::{self, Meant};
use super::schema_notation;
use crate::nearest::nearest;
use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// Appends the violations behind one validation error.
pub(crate) fn explain(error: &ValidationError<'_>, root: &Value, violations: &mut Violations) {
    if violations.is_full() {
        violations.count_unnamed(match error.kind() {
            Reason::AdditionalProperties { unexpected }
            | Reason::UnevaluatedProperties { unexpected } => unexpected.len(),
            _ => 1,
        });
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
            // Of alternatives only what the one that was meant has.
            let closed = closed_by(error, root).or(schema);
            let known =
                closed.map(|schema| schema_notation::members(schema, root)).unwrap_or_default();
            for name in unexpected {
                violations.add(|| unknown(pointer, name, &known));
            }
            return;
        }
        Reason::AnyOf { context } | Reason::OneOfNotValid { context } => {
            if unfit(pointer, context, schema, root, violations) {
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
        Reason::OneOfMultipleValid { .. } => {
            format!("a value that fits one of these only: {}", whole("the alternatives"))
        }
        Reason::Not { schema } => {
            if let Some(names) = branches::excluded(schema) {
                let given = |name: &&str| error.instance().get(*name).is_some();
                for name in names.into_iter().filter(given) {
                    let expected = "nothing: it does not go with the other members";
                    violations.add(|| Violation::new(child(pointer, name), expected));
                }
                return;
            }
            let forbidden = schema_notation::short(schema, root);
            format!("anything but {}", if forbidden.is_empty() { "this" } else { &forbidden })
        }
        Reason::FalseSchema => "nothing: no value is allowed here".to_owned(),
        Reason::UniqueItems => "items that differ from each other".to_owned(),
        Reason::Pattern { pattern } => format!("text that matches {pattern}"),
        Reason::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Reason::Constant { expected_value } => expected_value.to_string(),
        _ => whole("another value"),
    };
    violations.push(Violation::new(place(error, pointer, schema, root), expected));
}

/// Appends what keeps a value from all branches of a union. `false`: nobody knows what it was meant to
/// be.
fn unfit(
    pointer: &str,
    branches: &[Vec<ValidationError<'static>>],
    schema: Option<&Value>,
    root: &Value,
    violations: &mut Violations,
) -> bool {
    // What every alternative lacks is told by itself.
    let lacks = |name: &Value| {
        branches.iter().all(|errors| {
            errors.iter().any(|error| {
                error.instance_path().as_str() == pointer
                    && matches!(error.kind(), Reason::Required { property } if property == name)
            })
        })
    };
    let required = schema.and_then(|schema| schema.get("required")?.as_array());
    if required.is_some_and(|names| names.iter().any(lacks)) {
        return true;
    }
    if let Some(sets) = demanded(pointer, branches) {
        let first = sets.first().and_then(|set| set.first()).copied().unwrap_or_default();
        let told: Vec<String> = sets.iter().map(|set| set.join(" with ")).collect();
        let expected = format!("one of these is required: {}", told.join(", "));
        violations.push(Violation::new(child(pointer, first), expected));
        return true;
    }
    match branches::meant(pointer, branches) {
        Meant::Branch(branch) => {
            for error in branch {
                explain(error, root, violations);
            }
        }
        Meant::Tag { pointer, given, known } => {
            violations.push(unknown_tag(pointer, given, &known));
        }
        Meant::Unknown => return false,
    }
    true
}

/// The members of which alternatives demand one set or another, where that is all they lack.
fn demanded<'e>(
    pointer: &str,
    branches: &'e [Vec<ValidationError<'static>>],
) -> Option<Vec<Vec<&'e str>>> {
    let name = |error: &'e ValidationError<'static>| match error.kind() {
        Reason::Required { property } if error.instance_path().as_str() == pointer => {
            property.as_str()
        }
        _ => None,
    };
    let sets: Vec<Vec<&str>> =
        branches.iter().map(|errors| errors.iter().map(name).collect()).collect::<Option<_>>()?;
    (!sets.is_empty()).then_some(sets)
}

/// Where a fault of `pointer` is shown: one of all arguments together at the one that is too much, or
/// at the first that could be added.
fn place(
    error: &ValidationError<'_>,
    pointer: &str,
    schema: Option<&Value>,
    root: &Value,
) -> String {
    if !pointer.is_empty() {
        return pointer.to_owned();
    }
    let empty = Map::new();
    let given = error.instance().as_object().unwrap_or(&empty);
    let known = schema.map(|schema| schema_notation::members(schema, root)).unwrap_or_default();
    let lacking = known.iter().copied().find(|name| !given.contains_key(*name));
    let surplus = given.keys().next().map(String::as_str);
    let name = match error.kind() {
        Reason::MinProperties { .. } => lacking.or(surplus),
        _ => surplus.or(lacking),
    };
    name.map_or_else(String::new, |name| child("", name))
}

/// The schema whose `additionalProperties` or the like an error is about.
fn closed_by<'s>(error: &ValidationError<'_>, root: &'s Value) -> Option<&'s Value> {
    let (place, _) = error.schema_path().as_str().rsplit_once('/')?;
    root.pointer(place).filter(|schema| schema.get("properties").is_some())
}

fn unknown(pointer: &str, name: &str, known: &[&str]) -> Violation {
    let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
    let expected = match known {
        [] => "nothing: no arguments are taken here".to_owned(),
        _ if known.len() <= 24 => {
            // A name with a comma or a blank would look like several.
            let quoted = |name: &&str| {
                if name.contains([',', ' ']) { format!("{name:?}") } else { (*name).to_owned() }
            };
            let names: Vec<String> = known.iter().map(quoted).collect();
            format!("one of the names {}", names.join(", "))
        }
        _ => "a known name".to_owned(),
    };
    Violation { pointer: child(pointer, name), expected, nearest }
}

/// A tag that no branch has.
fn unknown_tag(pointer: &str, given: &Value, known: &[&Value]) -> Violation {
    let texts = known.iter().filter_map(|value| value.as_str());
    let nearest = given.as_str().and_then(|given| nearest(given, texts)).map(str::to_owned);
    let values: Vec<String> = known.iter().map(ToString::to_string).collect();
    let expected = format!("one of {}", values.join("|"));
    Violation { pointer: pointer.to_owned(), expected, nearest }
}
