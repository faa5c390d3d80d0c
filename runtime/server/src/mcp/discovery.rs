//! Three tools instead of all: search, schema, call.

use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::call::{FailureKind, Outcome};
use crate::json::{self, Allowance};
use crate::mcp::Endpoint;
use crate::tools::{Violation, Violations};
use crate::toolset::search::LONGEST_QUERY;
use crate::work;

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
/// The three tools.
const NAMES: [&str; 3] = ["search_tools", "get_tool_schema", "call_tool"];

/// Whether `name` is one of the three tools.
pub(crate) fn has(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Runs one of the three tools. `None`: no such tool.
pub(crate) async fn call(
    endpoint: &Endpoint<'_>,
    name: &str,
    arguments: Map<String, Value>,
) -> Option<Outcome> {
    let toolset = endpoint.context.toolset;
    let mut asked = Asked { arguments, known: Vec::new(), violations: Violations::default() };
    match name {
        "search_tools" => {
            let (query, limit) = (asked.query(), asked.limit());
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
            let (schema, limit) = (schema.to_string(), endpoint.pipeline.limits.result);
            Some(if schema.len() > limit {
                too_large(schema.len(), limit)
            } else {
                Outcome::success(schema)
            })
        }
        "call_tool" => {
            let (name, inner) = (asked.text("name"), asked.object("arguments").await);
            if let Some(refusal) = asked.refusal() {
                return Some(refusal);
            }
            Some(
                endpoint
                    .pipeline
                    .call(&endpoint.context, &name, inner)
                    .await
                    .unwrap_or_else(|_| unknown()),
            )
        }
        _ => None,
    }
}

/// The arguments of one of the three tools, taken one by one.
struct Asked {
    arguments: Map<String, Value>,
    known: Vec<&'static str>,
    violations: Violations,
}

impl Asked {
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.arguments.remove(name)
    }

    fn violation(&mut self, name: &str, expected: impl Into<String>) {
        self.violations.add(|| Violation::of(name, expected));
    }

    /// A text that has to be there.
    fn text(&mut self, name: &'static str) -> String {
        let Some(Value::String(text)) = self.take(name) else {
            self.violation(name, "required: string");
            return String::new();
        };
        text
    }

    /// A plain question: not longer than anybody asks one.
    fn query(&mut self) -> String {
        let query = self.text("query");
        if query.chars().nth(LONGEST_QUERY).is_some() {
            self.violation(
                "query",
                format!("a plain question of at most {LONGEST_QUERY} characters"),
            );
        }
        query
    }

    /// How many results are wanted.
    fn limit(&mut self) -> usize {
        let limit = match self.take("limit") {
            None | Some(Value::Null) => return FOUND,
            Some(Value::String(text)) => text.trim().parse().ok(),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the clamp below also holds for what is cut off"
            )]
            Some(value) => {
                value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as usize)
            }
        };
        if limit.is_none() {
            self.violation("limit", "a whole number");
        }
        limit.unwrap_or(FOUND).clamp(1, MOST)
    }

    /// An object, which may be JSON in a text.
    async fn object(&mut self, name: &'static str) -> Map<String, Value> {
        let given = match self.take(name) {
            None | Some(Value::Null) => Some(Map::new()),
            Some(Value::Object(object)) => Some(object),
            Some(Value::String(text)) => match work::over(text.len(), move || {
                json::in_text(&text, &mut Allowance::default())
            })
            .await
            {
                Some(Value::Object(object)) => Some(object),
                _ => None,
            },
            Some(_) => None,
        };
        if given.is_none() {
            self.violation(name, "an object with the tool's arguments");
        }
        given.unwrap_or_default()
    }

    /// The answer to wrong arguments, once all known ones have been taken.
    fn refusal(&mut self) -> Option<Outcome> {
        let Self { arguments, known, violations } = self;
        for name in arguments.keys() {
            violations
                .add(|| Violation::of(name, format!("one of the names {}", known.join(", "))));
        }
        (!self.violations.is_empty()).then(|| Outcome::invalid_arguments(&self.violations))
    }
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
