//! The language of launch forms, and values held against a form.

mod check;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::tools::schema_notation::short;
use crate::tools::{Defaults, FormDialect, LaunchForm};
use crate::violation::Violations;
use crate::work;

/// Forms as a workflow schema holds them: a map from names to fields, each with a type, a label and
/// whether it is required.
#[derive(Debug)]
pub(crate) struct Forms;

pub(crate) static FORMS: Forms = Forms;

impl FormDialect for Forms {
    fn read(&self, form: &Value) -> Option<Arc<dyn LaunchForm>> {
        Some(Arc::new(Fields(form.as_object()?.clone())))
    }
}

#[derive(Debug)]
struct Fields(Map<String, Value>);

impl LaunchForm for Fields {
    fn schema(&self) -> Value {
        schema(&self.0)
    }

    fn size(&self) -> usize {
        work::weight(&self.0)
    }

    fn check(
        &self,
        pointer: &str,
        values: &mut Map<String, Value>,
        defaults: Defaults,
        violations: &mut Violations,
    ) -> Vec<String> {
        check::check(pointer, &self.0, values, defaults, violations)
    }
}

/// A form as JSON Schema: what an argument may be, its label, which ones are always needed.
pub(crate) fn schema(fields: &Map<String, Value>) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, field)| (name.clone(), field_schema(field))).collect();
    let needed = |field: &Value| field.get("required").and_then(Value::as_str) == Some("always");
    let required: Vec<&String> =
        fields.iter().filter(|(_, field)| needed(field)).map(|(name, _)| name).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn field_schema(field: &Value) -> Value {
    let number = json!({"type": "number"});
    let text = json!({"type": "string"});
    let mut schema = match kind(field) {
        "string" => match options(field) {
            Some(options) => json!({"type": "string", "enum": options}),
            None => text,
        },
        "email" => json!({"type": "string", "format": "email"}),
        "date" => json!({"type": "string", "format": "date-time"}),
        "number" => number,
        "boolean" => json!({"type": "boolean"}),
        "duration" => {
            json!({"type": "object", "properties": {"years": number, "months": number, "weeks": number, "days": number}})
        }
        "monetaryAmount" => {
            json!({"type": "object", "properties": {"currency": text, "amount": number}, "required": ["currency", "amount"]})
        }
        "address" => {
            json!({"type": "object", "properties": {"lines": {"type": "array", "items": text}, "locality": text,
            "region": text, "postcode": text, "country": text}, "required": ["lines", "locality", "country"]})
        }
        "document" => {
            json!({"type": "object", "properties": {"name": text, "content_base64": text, "content_type": text, "url": text}})
        }
        "linkedRecord" | "parentRecord" | "childRecord" | "reference" => text,
        "array" => {
            let mut items = field.get("elementType").map_or_else(|| json!({}), field_schema);
            if let Some(options) = options(field) {
                items["enum"] = json!(options);
            }
            json!({"type": "array", "items": items})
        }
        "object" => field
            .get("schema")
            .and_then(Value::as_object)
            .map_or_else(|| json!({"type": "object"}), schema),
        _ => json!({}),
    };
    if let Some(label) = field.get("displayName").and_then(Value::as_str) {
        let label: String = label.chars().filter(|letter| !letter.is_control()).take(120).collect();
        schema["description"] = label.into();
    }
    schema
}

/// The only values a field takes; `None` when any text will do.
fn options(field: &Value) -> Option<Vec<&str>> {
    let options = field.get("options")?;
    if options.get("freeTextAllowed") == Some(&Value::Bool(true)) {
        return None;
    }
    Some(options.get("values")?.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn one_of<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 40;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("one of {}{more}", names.take(SHOWN).collect::<Vec<_>>().join(", "))
}

fn kind(field: &Value) -> &str {
    field.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The shape of a field, with its label.
fn described(field: &Value) -> String {
    let shape = match kind(field) {
        "string" if options(field).is_none() => "string of at most 32000 characters",
        "email" => "an e-mail address",
        "address" => {
            "{lines: string[] (1 to 4), locality, country}, in the USA with region and postcode"
        }
        "monetaryAmount" => r#"{"currency": "USD", "amount": 25.37}"#,
        "document" => "{name, content_base64, content_type?} or {url: https://…} alone",
        "linkedRecord" | "parentRecord" | "childRecord" => "a record id like \"IC-123\"",
        "reference" => "an entity id like \"ENTITY-1\"",
        _ => &short(&field_schema(field), &Value::Null),
    };
    match field.get("displayName").and_then(Value::as_str) {
        Some(label) => format!("{shape} ({label})"),
        None => shape.to_owned(),
    }
}
