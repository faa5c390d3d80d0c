//! Arguments against the full schema of their tool.

use std::fmt;

use jsonschema::Validator;
use serde_json::{Map, Value};
use support::Tool;
use support::tool::Place;

use crate::call::coerce::coerce;
use crate::call::fault::{self, Fault};
use crate::catalogue::{Schemas, with_own_arguments};

/// The compiled full schema of one tool.
pub struct Checker {
    full: Value,
    validator: Option<Validator>,
}

impl Checker {
    pub(crate) fn compile(tool: &'static Tool) -> Self {
        let full = serde_json::from_str(Schemas::of(tool).full.get()).expect("a raw value is JSON");
        Self::of(with_own_arguments(tool, full))
    }

    /// The check against `full`.
    pub(crate) fn of(full: Value) -> Self {
        let validator = jsonschema::options().should_validate_formats(false).build(&full);
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

    /// Brings the arguments into the types asked for, then appends every fault they have.
    pub(crate) fn check(&self, tool: &Tool, arguments: &mut Map<String, Value>, faults: &mut Vec<Fault>) {
        self.forget_nulls(tool, arguments);
        let mut value = Value::Object(std::mem::take(arguments));
        let before = faults.len();
        coerce(&mut value, &self.full, &self.full, "", faults);
        if let Some(validator) = &self.validator
            && !(faults.len() == before && validator.is_valid(&value))
        {
            validator.iter_errors(&value).for_each(|error| fault::explain(&error, &self.full, faults));
        }
        if let Value::Object(members) = value {
            *arguments = members;
        }
    }

    /// An optional parameter that is null is one that was not given; in a body null has a meaning of its own.
    fn forget_nulls(&self, tool: &Tool, arguments: &mut Map<String, Value>) {
        let required = self.full.get("required").and_then(Value::as_array);
        arguments.retain(|name, value| {
            let parameter = || tool.arguments.iter().any(|known| known.name == name && known.place == Place::Field);
            !value.is_null() || required.is_some_and(|names| names.iter().any(|one| one == name)) || !parameter()
        });
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker").field("compiled", &self.validator.is_some()).finish_non_exhaustive()
    }
}
