//! Arguments made from each tool's full schema: what it admits is sent as the document says.

use serde_json::{Map, Value, json};

use super::every_tool::{every_tool, file, full_schema};
use crate::app::Setup;
use crate::journal;

/// A value that the schema admits, every member given.
fn sample(schema: &Value, depth: u32) -> Value {
    if schema["properties"].get("content_base64").is_some() {
        return file("sample.txt");
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices[0].clone();
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    for word in ["oneOf", "anyOf"] {
        // An alternative that only demands members, or forbids some, is no value of its own.
        let is_value = |option: &&Value| {
            let demands = ["required", "not"].iter().any(|key| option.get(*key).is_some());
            option["type"] != "null" && !(demands && option.get("properties").is_none())
        };
        if let Some(first) =
            schema[word].as_array().and_then(|options| options.iter().find(is_value))
        {
            return sample(first, depth);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut all = Map::new();
        for part in parts {
            if let Value::Object(members) = sample(part, depth) {
                all.extend(members);
            }
        }
        return all.into();
    }
    let kind = schema["type"]
        .as_str()
        .or_else(|| schema["type"].as_array()?.iter().find(|kind| *kind != "null")?.as_str());
    match kind.unwrap_or("string") {
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        "array" if depth > 4 => json!([]),
        "array" => json!([sample(&schema["items"], depth + 1)]),
        "object" => {
            let needed = |name: &String| {
                schema["required"]
                    .as_array()
                    .is_some_and(|names| names.iter().any(|required| required == name))
            };
            let members = schema["properties"].as_object().into_iter().flatten();
            let members = members.filter(|(name, _)| depth < 4 || needed(name));
            members
                .map(|(name, member)| (name.clone(), sample(member, depth + 1)))
                .collect::<Map<String, Value>>()
                .into()
        }
        _ => match schema["format"].as_str() {
            Some("date") => json!("2026-12-01"),
            Some("date-time") => json!("2026-12-01T10:00:00Z"),
            Some("email") => json!("a@b.example"),
            Some("uri") => json!("https://h.example/x"),
            Some("uuid") => json!("0190a6b0-0000-7000-8000-000000000001"),
            _ if schema["description"].as_str().is_some_and(|said| said.contains("ISO 4217")) => {
                json!("USD")
            }
            _ => {
                let length = schema["minLength"].as_u64().unwrap_or(1).max(1);
                json!("x".repeat(length.try_into().unwrap()))
            }
        },
    }
}

/// Values that the tenants know, in place of texts that nobody does.
fn told_by_the_tenant(tool: &str, arguments: &mut Value) {
    let property = if tool.contains("entity") { "entity_pocName" } else { "seats" };
    let record = tool.contains("ironclad_record");
    for (name, value) in [
        ("type", json!("contract")),
        ("relationshipTypeKey", json!(["vendor"])),
        ("obligationTypeKey", json!(["payment"])),
        ("dueDate", json!("2026-12-01T10:00:00Z")),
        ("removeProperties", json!([property])),
        ("removePropertiesToAmend", json!([property])),
        ("status", json!("active")),
    ] {
        let concerned = match name {
            "type" => {
                record
                    && ["create_", "update_", "ironclad_records_replace"]
                        .iter()
                        .any(|start| tool.starts_with(start))
            }
            "status" => tool.contains("torii_contract"),
            _ => true,
        };
        if let Some(given) = arguments.get_mut(name).filter(|_| concerned) {
            *given = value;
        }
    }
}

/// Operations whose document says more than one flat schema of arguments can: which members exclude
/// one another.
const SAYS_MORE: [&str; 3] = ["/actions?", "/workflows?", "/workflows/async?"];

#[tokio::test]
async fn what_a_full_schema_admits_is_sent_as_the_document_says() {
    for api in ["ironclad", "torii"] {
        let setup = Setup::default().requests_may_differ_from_the_document();
        let app = setup.sandbox(|options| options.rate_limits = false).start().await;
        let mcp = app.server(api, json!({"allow": every_tool(api)})).await;
        let (mut refused, mut unmet) = (Vec::new(), Vec::new());
        for tool in every_tool(api) {
            let schema = full_schema(api, &tool);
            let mut arguments = sample(&schema, 0);
            told_by_the_tenant(&tool, &mut arguments);
            // What these may hold, answers say.
            for told in ["next_cursor", "fields"] {
                arguments.as_object_mut().unwrap().shift_remove(told);
            }
            // Samples are made member by member: what a schema says of several members, such as how
            // many there may be, few of them meet.
            if !jsonschema::is_valid(&schema, &arguments) {
                unmet.push(tool);
                continue;
            }
            let answer = mcp.call_raw(&tool, &arguments).await.json();
            let error = &answer["result"]["structuredContent"]["error"];
            // Launch forms and tenant-defined fields are checked against the tenant, which knows no
            // "x"; members of several alternatives do not go together.
            let others = schema["properties"].get("attributes").is_some()
                || answer.to_string().contains("does not go with the other");
            if answer["result"].is_null()
                || (error["kind"] == "invalid_arguments" && error["status"].is_null() && !others)
            {
                refused.push(format!("{tool}: {answer}"));
            }
        }
        let violations = journal::violations(&app.sandbox.requests());
        let violations = violations
            .into_iter()
            .filter(|line| !SAYS_MORE.iter().any(|known| line.contains(known)));
        refused.extend(violations);
        assert!(refused.is_empty(), "{}", refused.join("\n"));
        assert!(unmet.len() <= 5, "{unmet:?}");
    }
}
