//! OpenAPI 3.0 schemas as plain JSON Schema (draft 4), references resolved.

use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// Which way a schema is used: `readOnly` members are not demanded of requests, `writeOnly` ones
/// not of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    #[cfg(test)]
    Answer,
}

/// How often a reference may lead into itself before anything is admitted.
const MOST_ROUNDS: usize = 3;
const MOST_FAULTS: usize = 8;

/// A schema whose validator is built when it is first needed.
pub(super) struct Check {
    schema: Value,
    validator: OnceLock<Result<Validator, String>>,
}

impl Check {
    pub(super) fn new(schema: Value) -> Self {
        Self { schema, validator: OnceLock::new() }
    }

    pub(super) fn schema(&self) -> &Value {
        &self.schema
    }

    /// What is wrong with a value; `what` begins each message.
    pub(super) fn faults(&self, value: &Value, what: &str) -> Vec<String> {
        let built = self.validator.get_or_init(|| {
            let options =
                jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true);
            options
                .build(&self.schema)
                .map_err(|error| format!("the schema does not compile: {error}"))
        });
        match built {
            Ok(validator) => {
                let errors = validator.iter_errors(value).take(MOST_FAULTS);
                errors.map(|error| format!("{what}{}: {error}", error.instance_path())).collect()
            }
            Err(problem) => vec![format!("{what}: {problem}")],
        }
    }

    /// What is wrong with the parts of a form.
    pub(super) fn form_faults(&self, form: &Value) -> Vec<String> {
        self.faults(form, "form")
    }
}

/// What a reference object stands for.
pub(super) fn follow<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    let mut node = node;
    while let Some(target) = node.get("$ref").and_then(Value::as_str) {
        match document.pointer(target.trim_start_matches('#')) {
            Some(found) => node = found,
            None => return node,
        }
    }
    node
}

/// A schema without references and without OpenAPI's own words.
pub(super) fn plain(document: &Value, node: &Value, side: Side) -> Value {
    Plain { document, side, trail: Vec::new() }.schema(node)
}

struct Plain<'a> {
    document: &'a Value,
    side: Side,
    trail: Vec<String>,
}

impl Plain<'_> {
    fn schema(&mut self, node: &Value) -> Value {
        if let Some(target) = node.get("$ref").and_then(Value::as_str) {
            if self.trail.iter().filter(|seen| *seen == target).count() >= MOST_ROUNDS {
                return json!({});
            }
            let Some(found) = self.document.pointer(target.trim_start_matches('#')) else {
                return json!({ "not": {} });
            };
            self.trail.push(target.to_owned());
            let schema = self.schema(found);
            self.trail.pop();
            return schema;
        }
        let Some(object) = node.as_object() else { return json!({}) };
        let mut out = Map::new();
        for (key, value) in object {
            match key.as_str() {
                "properties" => {
                    let members = value.as_object().into_iter().flatten();
                    let members: Map<String, Value> =
                        members.map(|(name, member)| (name.clone(), self.schema(member))).collect();
                    out.insert(key.clone(), members.into());
                }
                "items" | "not" => {
                    out.insert(key.clone(), self.schema(value));
                }
                "additionalProperties" if value.is_object() => {
                    out.insert(key.clone(), self.schema(value));
                }
                "allOf" | "anyOf" | "oneOf" => {
                    out.insert(
                        key.clone(),
                        value
                            .as_array()
                            .into_iter()
                            .flatten()
                            .map(|branch| self.schema(branch))
                            .collect(),
                    );
                }
                "required" => {
                    let names: Vec<&Value> = value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter(|name| self.demanded(object, name))
                        .collect();
                    if !names.is_empty() {
                        out.insert(key.clone(), json!(names));
                    }
                }
                "format"
                    if matches!(
                        value.as_str(),
                        Some(
                            "binary" | "byte" | "int32" | "int64" | "float" | "double" | "password"
                        )
                    ) => {}
                "type"
                | "enum"
                | "format"
                | "pattern"
                | "minimum"
                | "maximum"
                | "exclusiveMinimum"
                | "exclusiveMaximum"
                | "multipleOf"
                | "minLength"
                | "maxLength"
                | "minItems"
                | "maxItems"
                | "uniqueItems"
                | "minProperties"
                | "maxProperties"
                | "additionalProperties" => {
                    out.insert(key.clone(), value.clone());
                }
                _ => {}
            }
        }
        if object.get("nullable") == Some(&Value::Bool(true)) {
            admit_null(out)
        } else {
            out.into()
        }
    }

    /// Whether a required member is demanded on this side.
    fn demanded(&self, object: &Map<String, Value>, name: &Value) -> bool {
        let member = name.as_str().and_then(|name| object.get("properties")?.get(name));
        let excused = match self.side {
            Side::Request => "readOnly",
            #[cfg(test)]
            Side::Answer => "writeOnly",
        };
        member.is_none_or(|member| {
            follow(self.document, member).get(excused) != Some(&Value::Bool(true))
        })
    }
}

fn admit_null(mut schema: Map<String, Value>) -> Value {
    if let Some(Value::String(kind)) = schema.get("type").cloned() {
        schema.insert("type".into(), json!([kind, "null"]));
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.push(Value::Null);
        }
        return schema.into();
    }
    json!({ "anyOf": [{ "type": "null" }, schema] })
}
