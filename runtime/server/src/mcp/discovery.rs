//! Three tools instead of all: search, schema, call.

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::call::{Kind, Outcome};
use crate::mcp::Endpoint;

/// The listed objects of the three tools, with as few words as they can bear.
static LISTING: LazyLock<Bytes> = LazyLock::new(|| {
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
    .to_string()
    .into()
});

/// The list of a discovery server.
pub(crate) fn listing() -> Bytes {
    LISTING.clone()
}

/// How many tools a search answers when nothing else is asked for.
const FOUND: usize = 5;
/// The most that can be asked for.
const MOST: usize = 25;

/// Runs one of the three tools; the name is that of the tool called through `call_tool`. `None`: no such tool.
pub(crate) async fn call(endpoint: &Endpoint<'_>, name: &str, mut arguments: Map<String, Value>) -> Option<(Option<String>, Outcome)> {
    let toolset = endpoint.context.toolset;
    let text = |arguments: &Map<String, Value>, name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    match name {
        "search_tools" => {
            let Some(query) = text(&arguments, "query") else { return Some((None, missing("query"))) };
            let limit = arguments.get("limit").and_then(|limit| limit.as_u64().or_else(|| limit.as_str()?.parse().ok()));
            let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(FOUND).clamp(1, MOST);
            let found: Vec<Value> = toolset
                .search(&query)
                .into_iter()
                .take(limit)
                .map(|served| json!({"name": served.name(), "description": served.description(), "arguments": served.signature()}))
                .collect();
            Some((None, Outcome::success(json!({"result": found}).to_string())))
        }
        "get_tool_schema" => {
            let Some(name) = text(&arguments, "name") else { return Some((None, missing("name"))) };
            let Some(served) = toolset.get(&name) else { return Some((None, unknown())) };
            let tool = served.tool;
            let mut schema = json!({"name": served.name(), "description": served.description(), "inputSchema": served.checker().full()});
            if !tool.detail.is_empty() {
                schema["detail"] = tool.detail.into();
            }
            Some((None, Outcome::success(schema.to_string())))
        }
        "call_tool" => {
            let Some(name) = text(&arguments, "name") else { return Some((None, missing("name"))) };
            let inner = match arguments.remove("arguments") {
                None | Some(Value::Null) => Map::new(),
                Some(Value::Object(inner)) => inner,
                Some(Value::String(text)) => match serde_json::from_str(&text) {
                    Ok(inner) => inner,
                    Err(_) => return Some((None, missing("arguments"))),
                },
                Some(_) => return Some((None, missing("arguments"))),
            };
            match endpoint.pipeline.call(&endpoint.context, &name, inner).await {
                Ok(outcome) => Some((Some(name), outcome)),
                Err(_) => Some((None, unknown())),
            }
        }
        _ => None,
    }
}

fn missing(name: &str) -> Outcome {
    let expected = if name == "arguments" { "an object with the tool's arguments" } else { "required: string" };
    Outcome::invalid_arguments(&[crate::call::Fault { pointer: format!("/{name}"), expected: expected.to_owned(), nearest: None }])
}

/// Worded the same for a tool that is filtered out and one that never existed.
fn unknown() -> Outcome {
    let kind = Kind::NotFound;
    Outcome::failed(kind, &json!({"kind": kind.as_str(), "message": "unknown tool", "advice": "Find tools with search_tools."}))
}
