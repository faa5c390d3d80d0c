//! Three tools instead of all: search, schema, call.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::call::{FailureKind, Outcome};
use crate::mcp::Endpoint;
use crate::tools::Checker;
use crate::toolset::search::LONGEST_QUERY;
use crate::violation::Violations;
use crate::work;

/// The listed objects of the three tools, with as few words as they can bear.
static LISTED: LazyLock<Value> = LazyLock::new(|| {
    let hints = |read_only: bool| json!({"readOnlyHint": read_only, "destructiveHint": !read_only, "idempotentHint": read_only, "openWorldHint": !read_only});
    let text = json!({"type": "string"});
    let object = json!({"type": "object"});
    json!([
        {"name": "search_tools", "title": "Search tools", "description": "Finds tools for a task in plain words.",
         "inputSchema": {"type": "object", "properties": {"query": text, "limit": {"type": "integer"}}, "required": ["query"]},
         "outputSchema": object, "annotations": hints(true)},
        {"name": "get_tool_schema", "title": "Get a tool's schema", "description": "Full arguments and notes of one tool.",
         "inputSchema": {"type": "object", "properties": {"name": text}, "required": ["name"]},
         "outputSchema": object, "annotations": hints(true)},
        {"name": "call_tool", "title": "Call a tool", "description": "Runs a tool found by search_tools.",
         "inputSchema": {"type": "object", "properties": {"name": text, "arguments": object}, "required": ["name"]},
         "outputSchema": object, "annotations": hints(false)},
    ])
});

static LISTING: LazyLock<Bytes> = LazyLock::new(|| LISTED.to_string().into());

/// What the arguments of each of the three tools are checked against: what is listed, and what the
/// list has no words for.
static CHECKERS: LazyLock<BTreeMap<&'static str, Checker>> = LazyLock::new(|| {
    let checker = |tool: &'static Value| {
        let mut schema = tool["inputSchema"].clone();
        schema["additionalProperties"] = false.into();
        if let Some(query) = schema["properties"].get_mut("query") {
            query["maxLength"] = LONGEST_QUERY.into();
        }
        Some((tool["name"].as_str()?, Checker::of(schema)))
    };
    LISTED.as_array().into_iter().flatten().filter_map(checker).collect()
});

/// The list of a discovery server.
pub(crate) fn listing() -> Bytes {
    LISTING.clone()
}

/// How many tools that list shows.
pub(crate) fn count() -> usize {
    CHECKERS.len()
}

/// How many tools a search answers when nothing else is asked for.
const FOUND: usize = 5;
/// The most that can be asked for.
const MOST: usize = 25;

/// Whether `name` is one of the three tools.
pub(crate) fn has(name: &str) -> bool {
    CHECKERS.contains_key(name)
}

/// Runs one of the three tools. `None`: no such tool.
pub(crate) async fn call(
    endpoint: &Endpoint<'_>,
    name: &str,
    arguments: Map<String, Value>,
) -> Option<Outcome> {
    let checker = CHECKERS.get(name)?;
    let size = work::weight(&arguments);
    let mut arguments = match work::over(size, move || checked(checker, arguments)).await {
        Ok(arguments) => arguments,
        Err(violations) => return Some(Outcome::invalid_arguments(&violations)),
    };
    let inner = arguments.remove("arguments");
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let toolset = endpoint.context.toolset;
    let outcome = match name {
        "search_tools" => {
            let limit = arguments.get("limit").and_then(Value::as_i64);
            let limit = limit.map_or(FOUND, |limit| usize::try_from(limit).unwrap_or(0));
            let found: Vec<Value> = toolset
                .search(text("query"))
                .into_iter()
                .take(limit.clamp(1, MOST))
                .map(|served| json!({"name": served.name(), "description": served.description(), "arguments": served.signature()}))
                .collect();
            Outcome::success(json!({"result": found}).to_string())
        }
        "get_tool_schema" => {
            let Some(served) = toolset.get(text("name")) else { return Some(unknown()) };
            let tool = served.tool;
            let mut schema = json!({"name": served.name(), "description": served.description(), "inputSchema": served.checker().full()});
            if !tool.detail.is_empty() {
                schema["detail"] = tool.detail.into();
            }
            let (schema, limit) = (schema.to_string(), endpoint.pipeline.limits.result);
            if schema.len() > limit {
                too_large(schema.len(), limit)
            } else {
                Outcome::success(schema)
            }
        }
        _ => {
            let inner = match inner {
                Some(Value::Object(inner)) => inner,
                _ => Map::new(),
            };
            let called = endpoint.pipeline.call(&endpoint.context, text("name"), inner);
            called.await.unwrap_or_else(|_| unknown())
        }
    };
    Some(outcome)
}

/// The arguments in the types that the tool takes; one that is null was not given.
fn checked(
    checker: &Checker,
    mut arguments: Map<String, Value>,
) -> Result<Map<String, Value>, Violations> {
    let known = &checker.full()["properties"];
    arguments.retain(|name, value| {
        !value.is_null() || checker.requires(name) || known.get(name).is_none()
    });
    let mut violations = Violations::default();
    checker.check(&mut arguments, &mut violations);
    if violations.is_empty() { Ok(arguments) } else { Err(violations) }
}

/// Worded the same for a tool that is filtered out and one that never existed.
fn unknown() -> Outcome {
    let kind = FailureKind::NotFound;
    Outcome::failed(
        kind,
        &json!({"kind": kind.as_str(), "message": "unknown tool", "advice": "Find tools with search_tools."}),
    )
}

/// A schema that does not fit into one result: that of a launch form without end.
fn too_large(size: usize, limit: usize) -> Outcome {
    let kind = FailureKind::TooLarge;
    let message = format!("the schema has {size} bytes, a result at most {limit}");
    Outcome::failed(
        kind,
        &json!({"kind": kind.as_str(), "message": message, "advice": "Call the tool: what is wrong is named then."}),
    )
}
