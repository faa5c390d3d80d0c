//! `schemas/{tool}.json`: the listed input schema, the full one that arguments are checked against,
//! the output, and the names in an answer.

mod answer;
mod depth;
mod full;
mod listed;
mod output;
mod shorthand;
pub(super) mod text;

use serde_json::{Value, json};

use crate::ir::inputs;
use crate::ir::{Api, Operation, Tool};
use crate::write::Artifact;

use super::scope::Scope;
use super::{doc, tools};

/// A tool as a client sees it in its list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// A few words for people.
    pub title: String,
    /// What a model chooses by.
    pub description: String,
    /// The input schema as listed.
    pub input: Value,
    /// The schema that arguments are checked against.
    pub full: Value,
    /// The output schema.
    pub output: Value,
    /// The names in its answer, for tools that take `fields`.
    pub answer: Option<Value>,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether it is listed only when allowed by name.
    pub deprecated: bool,
    /// The four hints.
    pub annotations: Value,
}

/// What every caller of any tool should know: the document's word, and how schemas write shapes.
#[must_use]
pub fn instructions(api: &Api) -> String {
    doc::clean(&format!("{} {}", api.instructions.trim(), text::NOTATION)).trim().to_owned()
}

/// Every tool, sorted by name.
#[must_use]
pub fn entries(api: &Api) -> Vec<Entry> {
    let scope = Scope::new(api);
    tools::sorted(api).into_iter().map(|(operation, tool)| entry(&scope, operation, tool)).collect()
}

fn entry(scope: &Scope<'_>, operation: &Operation, tool: &Tool) -> Entry {
    let inputs = inputs::of(operation, tool);
    let answer = inputs.fields.then(|| answer::names(scope.api, operation, tool)).flatten();
    Entry {
        name: tool.name.to_string(),
        title: text::title(operation),
        description: text::description(operation),
        input: listed::schema(scope, &inputs, answer.as_ref()),
        full: full::schema(scope, &inputs, tool),
        output: output::schema(tool),
        answer,
        read_only: tool.annotations.read_only,
        deprecated: operation.deprecated,
        annotations: json!({
            "readOnlyHint": tool.annotations.read_only,
            "destructiveHint": tool.annotations.destructive,
            "idempotentHint": tool.annotations.idempotent,
            "openWorldHint": true,
        }),
    }
}

/// The artifacts.
pub(super) fn render(api: &Api) -> Vec<Artifact> {
    let file = |entry: Entry| {
        let mut schemas = json!({"input": entry.input, "full": entry.full, "output": entry.output});
        if let Some(names) = entry.answer {
            schemas["answer"] = names;
        }
        Artifact::new(format!("schemas/{}.json", entry.name), format!("{schemas:#}\n"))
    };
    entries(api).into_iter().map(file).collect()
}
