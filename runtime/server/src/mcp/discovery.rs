//! Three tools instead of all: search, schema, call.

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::call::{Fault, Kind, Outcome};
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

/// Runs one of the three tools. `None`: no such tool.
pub(crate) async fn call(endpoint: &Endpoint<'_>, name: &str, arguments: Map<String, Value>) -> Option<Outcome> {
    let toolset = endpoint.context.toolset;
    let mut asked = Asked { arguments, known: Vec::new(), faults: Vec::new() };
    match name {
        "search_tools" => {
            let (query, limit) = (asked.text("query"), asked.limit());
            if let Some(refusal) = asked.refusal() {
                return Some(refusal);
            }
            let found: Vec<Value> = toolset
                .search(&query)
                .into_iter()
                .take(limit)
                .map(|served| json!({"name": served.name(), "description": served.description(), "arguments": served.signature()}))
                .collect();
            Some(Outcome::success(json!({"result": found}).to_string()))
        }
        "get_tool_schema" => {
            let name = asked.text("name");
            if let Some(refusal) = asked.refusal() {
                return Some(refusal);
            }
            let Some(served) = toolset.get(&name) else { return Some(unknown()) };
            let tool = served.tool;
            let mut schema = json!({"name": served.name(), "description": served.description(), "inputSchema": served.checker().full()});
            if !tool.detail.is_empty() {
                schema["detail"] = tool.detail.into();
            }
            Some(Outcome::success(schema.to_string()))
        }
        "call_tool" => {
            let (name, inner) = (asked.text("name"), asked.object("arguments"));
            if let Some(refusal) = asked.refusal() {
                return Some(refusal);
            }
            Some(endpoint.pipeline.call(&endpoint.context, &name, inner).await.unwrap_or_else(|_| unknown()))
        }
        _ => None,
    }
}

/// The arguments of one of the three tools, taken one by one.
struct Asked {
    arguments: Map<String, Value>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl Asked {
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.arguments.remove(name)
    }

    fn fault(&mut self, name: &str, expected: impl Into<String>) {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        self.faults.push(Fault { pointer, expected: expected.into(), nearest: None });
    }

    /// A text that has to be there.
    fn text(&mut self, name: &'static str) -> String {
        let Some(Value::String(text)) = self.take(name) else {
            self.fault(name, "required: string");
            return String::new();
        };
        text
    }

    /// How many results are wanted.
    fn limit(&mut self) -> usize {
        let limit = match self.take("limit") {
            None | Some(Value::Null) => return FOUND,
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(value) => value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as usize),
        };
        if limit.is_none() {
            self.fault("limit", "a whole number");
        }
        limit.unwrap_or(FOUND).clamp(1, MOST)
    }

    /// An object, which may be JSON in a text.
    fn object(&mut self, name: &'static str) -> Map<String, Value> {
        let given = match self.take(name) {
            None | Some(Value::Null) => Some(Map::new()),
            Some(Value::Object(object)) => Some(object),
            Some(Value::String(text)) => serde_json::from_str(&text).ok(),
            Some(_) => None,
        };
        if given.is_none() {
            self.fault(name, "an object with the tool's arguments");
        }
        given.unwrap_or_default()
    }

    /// The answer to wrong arguments, once all known ones have been taken.
    fn refusal(&mut self) -> Option<Outcome> {
        let unknown: Vec<String> = self.arguments.keys().cloned().collect();
        let expected = format!("one of the names {}", self.known.join(", "));
        unknown.iter().for_each(|name| self.fault(name, expected.as_str()));
        (!self.faults.is_empty()).then(|| Outcome::invalid_arguments(&self.faults))
    }
}

/// Worded the same for a tool that is filtered out and one that never existed.
fn unknown() -> Outcome {
    let kind = Kind::NotFound;
    Outcome::failed(kind, &json!({"kind": kind.as_str(), "message": "unknown tool", "advice": "Find tools with search_tools."}))
}
