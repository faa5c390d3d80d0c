//! Four tools instead of all: search, schema, and a call for reads and one for writes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::call::{FailureKind, Outcome};
use crate::mcp::Endpoint;
use crate::tools::Checker;
use crate::toolset::Toolset;
use crate::toolset::search::LONGEST_QUERY;
use crate::violation::{Violation, Violations};
use crate::work;

const SEARCH: &str = "search_tools";
const SCHEMA: &str = "get_tool_schema";
const READ: &str = "call_read_tool";
const WRITE: &str = "call_write_tool";

/// The listed objects of the four tools, with as few words as they can bear. The one that writes
/// stands last: where nothing may be written, it is not there.
static LISTED: LazyLock<Vec<Value>> = LazyLock::new(|| {
    // What a search and a schema say is known here; a call reaches the vendor.
    let reads = |open_world: bool| json!({"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": open_world});
    let writes = json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": false, "openWorldHint": true});
    let text = json!({"type": "string"});
    let object = json!({"type": "object"});
    let call = json!({"type": "object", "properties": {"name": text, "arguments": object}, "required": ["name"]});
    vec![
        json!({"name": SEARCH, "title": "Search tools", "description": "Finds tools for a task in plain words.",
         "inputSchema": {"type": "object", "properties": {"query": text, "limit": {"type": "integer"}}, "required": ["query"]},
         "outputSchema": object, "annotations": reads(false)}),
        json!({"name": SCHEMA, "title": "Get a tool's schema", "description": "Full arguments and notes of one tool.",
         "inputSchema": {"type": "object", "properties": {"name": text}, "required": ["name"]},
         "outputSchema": object, "annotations": reads(false)}),
        json!({"name": READ, "title": "Call a tool that reads", "description": "Runs a found tool that only reads.",
         "inputSchema": call, "outputSchema": object, "annotations": reads(true)}),
        json!({"name": WRITE, "title": "Call a tool that writes", "description": "Runs any found tool.",
         "inputSchema": call, "outputSchema": object, "annotations": writes}),
    ]
});

/// The list where something may be written, and where nothing may.
static LISTINGS: LazyLock<[Bytes; 2]> = LazyLock::new(|| {
    let (_, reading) = LISTED.split_last().expect("four tools are listed");
    [&LISTED[..], reading].map(|tools| json!(tools).to_string().into())
});

/// What the arguments of each of the four tools are checked against: what is listed, and what the
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
    LISTED.iter().filter_map(checker).collect()
});

/// The list of a discovery server over `toolset`, and how many tools it shows.
pub(crate) fn listing(toolset: &Toolset) -> (usize, Bytes) {
    let [all, reading] = &*LISTINGS;
    if toolset.writes() { (LISTED.len(), all.clone()) } else { (LISTED.len() - 1, reading.clone()) }
}

/// What the instructions of such a server say of its tools.
pub(crate) fn instructions(toolset: &Toolset) -> &'static str {
    if toolset.writes() {
        " Find tools with search_tools, read arguments with get_tool_schema, run them with call_read_tool or call_write_tool."
    } else {
        " Find tools with search_tools, read arguments with get_tool_schema, run them with call_read_tool."
    }
}

/// How many tools a search answers when nothing else is asked for.
const FOUND: usize = 5;
/// The most that can be asked for.
const MOST: usize = 25;

/// The check of the arguments of `name`, if it is one of the tools that are listed over `toolset`.
fn checker(toolset: &Toolset, name: &str) -> Option<&'static Checker> {
    CHECKERS.get(name).filter(|_| name != WRITE || toolset.writes())
}

/// Whether `name` is one of the tools that are listed over `toolset`.
pub(crate) fn has(toolset: &Toolset, name: &str) -> bool {
    checker(toolset, name).is_some()
}

/// Runs one of the four tools. `None`: no such tool.
pub(crate) async fn call(
    endpoint: &Endpoint<'_>,
    name: &str,
    arguments: Map<String, Value>,
) -> Option<Outcome> {
    let toolset = endpoint.context.toolset;
    let checker = checker(toolset, name)?;
    let size = work::weight(&arguments);
    let mut arguments = match work::over(size, move || checked(checker, arguments)).await {
        Ok(arguments) => arguments,
        Err(violations) => return Some(Outcome::invalid_arguments(&violations)),
    };
    let inner = arguments.remove("arguments");
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let outcome = match name {
        SEARCH => {
            toolset.indexed().await;
            let limit = arguments.get("limit").and_then(Value::as_i64);
            let limit = limit.map_or(FOUND, |limit| usize::try_from(limit).unwrap_or(0));
            let found: Vec<Value> = toolset
                .search(text("query"))
                .into_iter()
                .take(limit.clamp(1, MOST))
                .map(|served| json!({"name": served.name(), "description": served.description(), "arguments": served.signature()}))
                .collect();
            let answer = if found.is_empty() {
                json!({"result": found, "advice": nothing_found(toolset)})
            } else {
                json!({"result": found})
            };
            Outcome::success(answer.to_string())
        }
        SCHEMA => {
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
            // What only reads may run either way: a caller who was let write may read.
            if name == READ && toolset.get(text("name")).is_some_and(|served| served.writes()) {
                return Some(Outcome::invalid_arguments(&Violations::one(Violation::of(
                    "name",
                    "a tool that only reads; this one may change something: run it with call_write_tool",
                ))));
            }
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

/// How many subjects an answer without a tool names.
const SUBJECTS: usize = 40;

/// What to try when a search finds nothing: the subjects of the tools that are there.
fn nothing_found(toolset: &Toolset) -> String {
    let subjects: Vec<String> =
        toolset.subjects().into_iter().take(SUBJECTS).map(|tag| tag.replace('_', " ")).collect();
    let about = if subjects.is_empty() {
        String::new()
    } else {
        format!(" The tools here are about: {}.", subjects.join(", "))
    };
    format!("No tool fits. Say in English what to do, and with what: a verb and a noun.{about}")
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
