//! Requests that arrived upstream, judged by `specs/` with an independent JSON Schema validator.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use sandbox::Seen;
use serde_json::{Map, Value, json};

use crate::programs::repository;

/// One operation of a document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) api: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    body_required: bool,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: String,
    required: bool,
    check: Option<jsonschema::Validator>,
    list: bool,
    any_name: bool,
}

#[derive(Debug)]
struct Body {
    by_media: BTreeMap<String, jsonschema::Validator>,
}

/// What each request has against the document, with the request's line in front; empty when all
/// fit.
pub(crate) fn violations(requests: &[Seen]) -> Vec<String> {
    let mut found = Vec::new();
    for seen in requests {
        if seen.path.starts_with("/oauth/") && !seen.path.ends_with("/userinfo") {
            continue;
        }
        let line = format!("{} {}?{}", seen.method, seen.path, seen.query);
        match operation_of(&seen.method, &seen.path) {
            None => found.push(format!("{line}: no such operation")),
            Some(operation) => found.extend(
                violations_of(operation, seen)
                    .into_iter()
                    .map(|problem| format!("{line}: {problem}")),
            ),
        }
        found.extend(seen.violations.iter().map(|problem| format!("{line}: {problem}")));
    }
    found
}

/// The operation that a request line belongs to: literal segments win over parameters.
pub(crate) fn operation_of(method: &str, path: &str) -> Option<&'static Operation> {
    let candidates = operations()
        .iter()
        .filter(|operation| operation.method == method && fits(&operation.path, path));
    candidates.min_by_key(|operation| operation.path.matches('{').count())
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, given)| {
            if wanted.contains('{') { !given.is_empty() } else { wanted == given }
        })
}

/// Every operation of both documents.
pub(crate) fn operations() -> &'static [Operation] {
    static OPERATIONS: OnceLock<Vec<Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| ["ironclad", "torii"].into_iter().flat_map(read).collect())
}

fn read(api: &'static str) -> Vec<Operation> {
    let file = repository().join("specs").join(api).join("openapi.yaml");
    let text = std::fs::read_to_string(file).expect("the document is there");
    let document: Value = serde_yaml::from_str(&text).expect("the document is YAML");
    let schemas = json!({"schemas": json_schema(&document["components"]["schemas"])});
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("a document has paths") {
        for (method, operation) in item.as_object().expect("a path item is an object") {
            if !matches!(method.as_str(), "get" | "put" | "post" | "delete" | "patch") {
                continue;
            }
            let shared = item["parameters"].as_array().cloned().unwrap_or_default();
            let own = operation["parameters"].as_array().cloned().unwrap_or_default();
            let parameters = shared
                .iter()
                .chain(&own)
                .map(|node| parameter(&document, resolve(&document, node), &schemas))
                .collect();
            let body = operation.get("requestBody").map(|node| resolve(&document, node));
            operations.push(Operation {
                api,
                method: method.to_uppercase(),
                path: path.clone(),
                parameters,
                body_required: body.is_some_and(|body| body["required"] == true),
                body: body.map(|body| Body { by_media: bodies(body, &schemas) }),
            });
        }
    }
    operations
}

fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => {
            resolve(document, document.pointer(pointer).expect("references lead somewhere"))
        }
        None => node,
    }
}

fn parameter(document: &Value, node: &Value, schemas: &Value) -> Parameter {
    let schema = node.get("schema");
    let kind = schema.map_or(&Value::Null, |schema| &resolve(document, schema)["type"]);
    Parameter {
        name: node["name"].as_str().unwrap_or_default().to_owned(),
        place: node["in"].as_str().unwrap_or_default().to_owned(),
        required: node["required"] == true,
        check: schema.map(|schema| validator(schema, schemas)),
        list: kind == "array",
        any_name: kind == "object" && node["in"] == "query",
    }
}

fn bodies(body: &Value, schemas: &Value) -> BTreeMap<String, jsonschema::Validator> {
    let media = body["content"].as_object().into_iter().flatten();
    media.map(|(name, media)| (name.clone(), validator(&media["schema"], schemas))).collect()
}

fn validator(schema: &Value, schemas: &Value) -> jsonschema::Validator {
    let root = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [json_schema(schema)], "components": schemas});
    jsonschema::validator_for(&root).expect("the document's schemas are schemas")
}

/// OpenAPI 3.0's dialect as JSON Schema: `nullable` and the boolean bounds.
fn json_schema(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().map(json_schema).collect(),
        Value::Object(members) => {
            let mut out: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), json_schema(value))).collect();
            for (flag, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")]
            {
                if let Some(Value::Bool(exclusive)) = out.get(flag).cloned() {
                    out.shift_remove(flag);
                    if exclusive && let Some(value) = out.shift_remove(bound) {
                        out.insert(flag.to_owned(), value);
                    }
                }
            }
            if out.get("nullable") == Some(&Value::Bool(true)) {
                out.shift_remove("nullable");
                return json!({"anyOf": [{"type": "null"}, out]});
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn violations_of(operation: &Operation, seen: &Seen) -> Vec<String> {
    let mut problems = query_problems(operation, seen);
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place == "header" && parameter.required)
    {
        if seen.header(&parameter.name).is_none() {
            problems.push(format!("the header {} is missing", parameter.name));
        }
    }
    let media = support::headers::essence(seen.header("content-type").unwrap_or_default());
    match &operation.body {
        None if !seen.body.is_empty() => problems.push("a body where none is declared".to_owned()),
        Some(_) if seen.body.is_empty() && operation.body_required => {
            problems.push("the body is missing".to_owned());
        }
        Some(body) if !seen.body.is_empty() => match body.by_media.get(&media) {
            None => problems.push(format!("the media type {media} is not declared")),
            Some(validator) if media.ends_with("json") => match seen.json() {
                None => problems.push("the body is not JSON".to_owned()),
                Some(value) => problems.extend(
                    validator
                        .iter_errors(&value)
                        .map(|error| format!("body {}: {error}", error.instance_path())),
                ),
            },
            Some(_) => {}
        },
        _ => {}
    }
    problems
}

fn query_problems(operation: &Operation, seen: &Seen) -> Vec<String> {
    let mut problems = Vec::new();
    let pairs: Vec<(String, String)> = form_urlencoded(&seen.query);
    let declared: Vec<&Parameter> =
        operation.parameters.iter().filter(|parameter| parameter.place == "query").collect();
    for (name, value) in &pairs {
        let Some(parameter) = declared.iter().find(|parameter| &parameter.name == name) else {
            if !declared.iter().any(|parameter| parameter.any_name) {
                problems.push(format!("the query parameter {name} is not declared"));
            }
            continue;
        };
        let fits = parameter.check.as_ref().is_none_or(|check| {
            let whole = readings(value).iter().any(|reading| check.is_valid(reading));
            whole
                || parameter.list
                    && check.is_valid(&value.split(',').map(Value::from).collect::<Value>())
                || parameter.list && check.is_valid(&json!([readings(value).pop()]))
        });
        if !fits {
            problems.push(format!("the query parameter {name} does not admit {value:?}"));
        }
    }
    let missing = declared.iter().filter(|parameter| {
        parameter.required && !pairs.iter().any(|(name, _)| *name == parameter.name)
    });
    problems.extend(
        missing.map(|parameter| format!("the query parameter {} is missing", parameter.name)),
    );
    problems
}

/// What a text in a query can stand for: itself, or a number or boolean.
fn readings(text: &str) -> Vec<Value> {
    let mut readings = vec![Value::from(text)];
    if let Ok(value @ (Value::Number(_) | Value::Bool(_))) = serde_json::from_str::<Value>(text) {
        readings.push(value);
    }
    readings
}

fn form_urlencoded(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
