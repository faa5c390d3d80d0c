//! What a validation error says of arguments, in terms of the schema that they are held against.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Reason;
use serde_json::Value;

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
            let known =
                schema.map(|schema| schema_notation::members(schema, root)).unwrap_or_default();
            for name in unexpected {
                violations.add(|| unknown(pointer, name, &known));
            }
            return;
        }
        Reason::AnyOf { context } | Reason::OneOfNotValid { context } => {
            // What every alternative lacks is told by itself.
            let lacks = |name: &Value| {
                context.iter().all(|errors| {
                    errors.iter().any(|error| {
                        error.instance_path().as_str() == pointer
                            && matches!(error.kind(), Reason::Required { property } if property == name)
                    })
                })
            };
            let required = schema.and_then(|schema| schema.get("required")?.as_array());
            if required.is_some_and(|names| names.iter().any(lacks)) {
                return;
            }
            if let Some(sets) = demanded(pointer, context) {
                violations.push(Violation::new(pointer, format!("one of these: {sets}")));
                return;
            }
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
        Reason::OneOfMultipleValid { .. } => {
            format!("a value that fits one of these only: {}", whole("the alternatives"))
        }
        Reason::Not { schema } => {
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
    violations.push(Violation::new(pointer, expected));
}

/// The members of which alternatives demand one set or another, where that is all they lack.
fn demanded(pointer: &str, branches: &[Vec<ValidationError<'static>>]) -> Option<String> {
    let names = |errors: &Vec<ValidationError<'static>>| -> Option<String> {
        let name = |error: &ValidationError<'static>| match error.kind() {
            Reason::Required { property } if error.instance_path().as_str() == pointer => {
                property.as_str().map(str::to_owned)
            }
            _ => None,
        };
        errors.iter().map(name).collect::<Option<Vec<_>>>().map(|names| names.join(" with "))
    };
    let sets: Vec<String> = branches.iter().map(names).collect::<Option<_>>()?;
    (!sets.is_empty()).then(|| sets.join(", "))
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
