//! Launch forms: what a tenant's template asks for, in JSON Schema or in a dialect of the vendor's.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::check::Checker;
use crate::pointer::child;
use crate::violation::Violations;

/// What becomes of fields that are not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defaults {
    /// The vendor fills in the form's defaults.
    Filled,
    /// They stay empty.
    Left,
}

/// A language that forms are written in.
pub trait FormDialect: fmt::Debug + Send + Sync {
    /// Reads a form as a template holds it; `None` when it is none.
    fn read(&self, form: &Value) -> Option<Arc<dyn LaunchForm>>;
}

/// One template's form.
pub trait LaunchForm: fmt::Debug + Send + Sync {
    /// The form as JSON Schema: what a tool takes whose arguments are the form's fields.
    fn schema(&self) -> Value;

    /// About how much there is to hold values against, as JSON, in bytes.
    fn size(&self) -> usize;

    /// Brings values into the types of their fields and adds every violation, with pointers below
    /// `pointer`. Answers where files stand, as the form's fields have it.
    fn check(
        &self,
        pointer: &str,
        values: &mut Map<String, Value>,
        defaults: Defaults,
        violations: &mut Violations,
    ) -> Vec<String>;
}

/// Forms that are JSON Schemas of an object: the dialect of every API that declares no other.
#[derive(Debug)]
pub(crate) struct JsonSchema;

pub(crate) static JSON_SCHEMA: JsonSchema = JsonSchema;

impl FormDialect for JsonSchema {
    fn read(&self, form: &Value) -> Option<Arc<dyn LaunchForm>> {
        let mut schema = form.as_object()?.clone();
        schema.entry("type").or_insert_with(|| json!("object"));
        // Names that a form does not have are mistakes, unless it says that there may be others.
        let composed = ["allOf", "anyOf", "oneOf", "$ref", "patternProperties"]
            .iter()
            .any(|word| schema.contains_key(*word));
        if !composed {
            schema.entry("additionalProperties").or_insert(Value::Bool(false));
        }
        let schema = Value::Object(schema);
        let size = form.to_string().len();
        Some(Arc::new(SchemaForm { schema, size, left: OnceLock::new(), filled: OnceLock::new() }))
    }
}

#[derive(Debug)]
struct SchemaForm {
    schema: Value,
    size: usize,
    /// The check of values without defaults, compiled on first use: most forms are only listed.
    left: OnceLock<Checker>,
    /// The same without fields that have a default being asked for.
    filled: OnceLock<Checker>,
}

impl SchemaForm {
    fn without_defaults(&self) -> Value {
        let mut schema = self.schema.clone();
        let has_default = |name: &Value| {
            let field = name.as_str().map(|name| child("/properties", name));
            let at = field.and_then(|field| self.schema.pointer(&field));
            at.is_some_and(|field| field.get("default").is_some())
        };
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| !has_default(name));
        }
        schema
    }
}

impl LaunchForm for SchemaForm {
    fn schema(&self) -> Value {
        self.schema.clone()
    }

    fn size(&self) -> usize {
        self.size
    }

    fn check(
        &self,
        pointer: &str,
        values: &mut Map<String, Value>,
        defaults: Defaults,
        violations: &mut Violations,
    ) -> Vec<String> {
        let checker = match defaults {
            Defaults::Left => self.left.get_or_init(|| Checker::of(self.schema.clone())),
            Defaults::Filled => self.filled.get_or_init(|| Checker::of(self.without_defaults())),
        };
        let mut found = Violations::default();
        checker.check(values, &mut found);
        violations.append_below(pointer, found);
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::violation::Violation;

    fn found(form: &Value, values: &mut Value, defaults: Defaults) -> Vec<Violation> {
        let mut violations = Violations::default();
        let form = JSON_SCHEMA.read(form).unwrap();
        form.check("/values", values.as_object_mut().unwrap(), defaults, &mut violations);
        violations.named().to_vec()
    }

    #[test]
    fn a_json_schema_is_a_form_that_knows_its_fields() {
        let form = json!({"required": ["title", "copies"], "properties": {
            "title": {"type": "string"}, "copies": {"type": "integer", "default": 1},
            "binding": {"enum": ["cloth", "paper"]}}});
        let mut values = json!({"title": "x", "copies": "2", "binding": "papr", "titel": "y"});
        let violations = found(&form, &mut values, Defaults::Left);
        let named: Vec<(&str, Option<&str>)> = violations
            .iter()
            .map(|violation| (violation.pointer.as_str(), violation.nearest.as_deref()))
            .collect();
        assert_eq!(values["copies"], 2);
        assert_eq!(named.len(), 2, "{violations:?}");
        assert!(named.contains(&("/values/binding", Some("paper"))), "{violations:?}");
        assert!(named.contains(&("/values/titel", Some("title"))), "{violations:?}");
    }

    #[test]
    fn what_the_vendor_fills_in_need_not_be_given() {
        let form = json!({"required": ["title", "copies"], "properties": {
            "title": {"type": "string"}, "copies": {"type": "integer", "default": 1}}});
        let pointers = |defaults| -> Vec<String> {
            let found = found(&form, &mut json!({}), defaults);
            found.into_iter().map(|violation| violation.pointer).collect()
        };
        assert_eq!(pointers(Defaults::Filled), ["/values/title"]);
        assert_eq!(pointers(Defaults::Left).len(), 2);
        assert!(JSON_SCHEMA.read(&json!("no form")).is_none());
    }
}
