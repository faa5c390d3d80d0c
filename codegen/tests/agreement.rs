//! Two truths that must agree: what a full schema admits, the argument struct decodes and lowers.

use serde_json::{Map, Value, json};
use support::tool::{ArgumentTarget, BodyArguments, BodyForms};
use support::{Api, Body, Request, Tool};

/// How many samples are made of each schema; each leaves other members out and takes other
/// branches.
const SAMPLES: u64 = 24;

#[test]
fn what_the_full_schema_admits_becomes_a_request() {
    let mut lowered = 0;
    let mut faults = Vec::new();
    for api in [&constructs::API, &ironclad::API, &torii::API] {
        for tool in api.tools {
            lowered += samples(api, tool, &mut faults);
        }
    }
    assert!(faults.is_empty(), "{} of the samples fail:\n{}", faults.len(), faults.join("\n"));
    assert!(lowered > 1000, "{lowered} samples are too few to mean anything");
}

fn samples(api: &Api, tool: &Tool, faults: &mut Vec<String>) -> usize {
    let schemas: Value = serde_json::from_str(tool.schemas).unwrap_or_default();
    let full = &schemas["full"];
    let validator = jsonschema::validator_for(full).expect("every full schema compiles");
    let mut lowered = 0;
    for seed in 0..SAMPLES {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d);
        let Value::Object(arguments) = sample(full, &mut chance, 0) else { continue };
        let text = Value::Object(arguments.clone()).to_string();
        // Samples are made member by member: what a schema says of several is met by chance.
        if !validator.is_valid(&Value::Object(arguments.clone())) {
            continue;
        }
        match (tool.request)(tool, arguments.clone()) {
            // One flat schema does not say which members of several forms exclude one another; that
            // is found here.
            Err(error) if has_forms(tool) && error.to_string().contains(EXCLUDED) => {}
            Err(error) => faults.push(format!("{} {}: {error}: {text}", api.slug, tool.name)),
            Ok(request) => {
                lowered += 1;
                if let Some(lost) = lost(tool, &arguments, &request) {
                    faults.push(format!("{} {}: `{lost}` is lost: {text}", api.slug, tool.name));
                }
            }
        }
    }
    if lowered == 0 {
        faults.push(format!("{} {}: no sample is admitted", api.slug, tool.name));
    }
    lowered
}

const EXCLUDED: &str = "does not go with the other arguments";

fn has_forms(tool: &Tool) -> bool {
    let BodyArguments::Members { forms, .. } = tool.body else { return false };
    !matches!(forms, BodyForms::One)
}

/// The first body member that was given and is not sent, where the body has several forms.
fn lost(tool: &Tool, arguments: &Map<String, Value>, request: &Request) -> Option<&'static str> {
    let Body::Full { content, .. } = &request.body else { return None };
    let sent: Map<String, Value> = serde_json::from_slice(content).ok()?;
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    tool.arguments.iter().filter(|_| has_forms(tool)).find_map(|argument| {
        let ArgumentTarget::BodyMember(wire) = argument.target else { return None };
        let given = arguments.get(argument.name).is_some_and(|value| !empty(value));
        (given && !sent.contains_key(wire)).then_some(wire)
    })
}

/// Choices that are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most.max(1)
    }
}

/// A value that the schema admits.
fn sample(schema: &Value, chance: &mut Chance, depth: usize) -> Value {
    if let Some(values) = schema["enum"].as_array() {
        return values[chance.below(values.len())].clone();
    }
    if let Some(variants) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        let variant = &variants[chance.below(variants.len())];
        if schema.get("type").is_none() {
            return sample(variant, chance, depth);
        }
        if schema["properties"].get("content_base64").is_none()
            && let (Value::Object(mut whole), Value::Object(more)) =
                (object(schema, chance, depth), sample(variant, chance, depth))
        {
            // Of what alternatives declare, only what the chosen one says.
            let own = |name: &String| variant["properties"].get(name).is_none();
            whole.retain(|name, _| own(name) && !declared(variants, name));
            whole.extend(
                more.into_iter().filter(|(name, value)| {
                    variant["properties"][name] != true || value.is_object()
                }),
            );
            for name in
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
            {
                if !whole.contains_key(name) {
                    whole.insert(
                        name.to_owned(),
                        sample(&schema["properties"][name], chance, depth + 1),
                    );
                }
            }
            return Value::Object(whole);
        }
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds[chance.below(kinds.len())].as_str().unwrap_or("null"),
        _ => {
            return [json!("x"), json!(1), json!({"k": [true]}), json!([])][chance.below(4)]
                .clone();
        }
    };
    let least = schema["minimum"].as_i64().unwrap_or(1);
    match kind {
        "boolean" => json!(chance.below(2) == 0),
        "integer" => json!(least),
        "number" => json!(schema["minimum"].as_f64().unwrap_or(1.5)),
        "string" => text(schema),
        "array" => {
            let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or(0);
            let most = if schema["uniqueItems"] == true {
                least.max(1)
            } else {
                least.max(chance.below(3))
            };
            let most = most.min(
                usize::try_from(schema["maxItems"].as_u64().unwrap_or(u64::MAX))
                    .unwrap_or(usize::MAX),
            );
            (0..most).map(|_| sample(&schema["items"], chance, depth + 1)).collect()
        }
        "object" => object(schema, chance, depth),
        _ => Value::Null,
    }
}

fn declared(variants: &[Value], name: &str) -> bool {
    variants.iter().any(|variant| variant["properties"].get(name).is_some_and(|one| *one != true))
}

fn text(schema: &Value) -> Value {
    json!(match schema["format"].as_str() {
        Some("date") => "2026-01-31",
        Some("date-time") => "2026-01-31T10:00:00Z",
        Some("email") => "a@example.com",
        Some("uri") => "https://example.com/a",
        _ if schema["contentEncoding"] == "base64" => "aGk=",
        _ if schema["pattern"].is_string() =>
            return json!(matching(schema["pattern"].as_str().unwrap_or_default())),
        _ =>
            return json!("x".repeat(
                usize::try_from(schema["minLength"].as_u64().unwrap_or(1).max(1)).unwrap_or(1)
            )),
    })
}

/// A text for the few patterns that our documents have.
fn matching(pattern: &str) -> &'static str {
    let candidates = [
        "P1Y",
        "USD",
        "2026-01-31",
        "0123456789abcdef01234567",
        "a@example.com",
        "1",
        "a",
        "https://example.com",
        "00000000-0000-0000-0000-000000000000",
    ];
    let schema = json!({"pattern": pattern});
    let fits = |text: &&&str| jsonschema::is_valid(&schema, &json!(text));
    candidates.iter().find(fits).copied().unwrap_or("x")
}

fn object(schema: &Value, chance: &mut Chance, depth: usize) -> Value {
    let mut out = Map::new();
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|found| found == name))
    };
    // A file is given by its content here: fetching addresses is the server's part.
    let file = schema["properties"].get("content_base64").is_some();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let wanted = if file { name != "url" } else { depth < 6 && chance.below(2) == 0 };
        if required(name) || wanted {
            let value = if file && name == "content_base64" {
                json!("aGk=")
            } else {
                sample(member, chance, depth + 1)
            };
            out.insert(name.clone(), value);
        }
    }
    let least = usize::try_from(schema["minProperties"].as_u64().unwrap_or(0)).unwrap_or(0);
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if out.len() < least && !out.contains_key(name) {
            out.insert(name.clone(), sample(member, chance, depth + 1));
        }
    }
    if let Some(most) = schema["maxProperties"].as_u64() {
        let mut left = usize::try_from(most).unwrap_or(usize::MAX);
        out.retain(|name, _| {
            let stays = required(name) || left > 0;
            left = left.saturating_sub(1);
            stays
        });
    }
    if let Some(further @ Value::Object(_)) = schema.get("additionalProperties") {
        out.insert("further".to_owned(), sample(further, chance, depth + 1));
    }
    Value::Object(out)
}
