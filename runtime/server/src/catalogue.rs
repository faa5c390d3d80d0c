//! The APIs on board, and what is worked out once per tool: its listed object and the check of its
//! arguments.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use support::{Api, Tool};

use crate::call::check::Checker;
use crate::call::schema_notation;
use crate::toolset::launch::Launch;
use crate::toolset::search::Index;

/// Every generated API, sorted by slug.
#[must_use]
pub fn apis() -> &'static [&'static Api] {
    static APIS: &[&Api] = &[&ironclad::API, &torii::API];
    APIS
}

/// The catalogues of the APIs on board, by slug.
#[derive(Debug, Clone, Default)]
pub struct Catalogues(BTreeMap<&'static str, Arc<Catalogue>>);

impl Catalogues {
    /// The catalogues of `apis`.
    #[must_use]
    pub fn new(apis: &[&'static Api]) -> Self {
        Self(apis.iter().map(|api| (api.slug, Arc::new(Catalogue::new(api)))).collect())
    }

    /// The catalogue of the API `slug`.
    #[must_use]
    pub fn get(&self, slug: &str) -> Option<&Arc<Catalogue>> {
        self.0.get(slug)
    }

    /// All catalogues, sorted by slug.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Catalogue>> {
        self.0.values()
    }
}

/// One API with its tools as they are served.
#[derive(Debug)]
pub struct Catalogue {
    /// The API.
    pub api: &'static Api,
    tools: Box<[Arc<ServedTool>]>,
    index: OnceLock<Index>,
}

impl Catalogue {
    /// The catalogue of `api`; nothing is parsed or compiled yet.
    #[must_use]
    pub fn new(api: &'static Api) -> Self {
        Self {
            api,
            tools: api.tools.iter().map(|tool| Arc::new(ServedTool::new(tool))).collect(),
            index: OnceLock::new(),
        }
    }

    /// The search index over every tool, made on first use.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self.api))
    }

    /// Every tool, sorted by name.
    #[must_use]
    pub fn tools(&self) -> &[Arc<ServedTool>] {
        &self.tools
    }

    /// The tool of this name, whatever a filter says.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Arc<ServedTool>> {
        self.tools
            .binary_search_by(|served| served.name().cmp(name))
            .ok()
            .map(|index| &self.tools[index])
    }
}

/// A tool as it is served.
#[derive(Debug)]
pub struct ServedTool {
    /// The generated row.
    pub tool: &'static Tool,
    launch: Option<Launch>,
    listed: OnceLock<Box<str>>,
    checker: OnceLock<Checker>,
}

impl ServedTool {
    fn new(tool: &'static Tool) -> Self {
        Self { tool, launch: None, listed: OnceLock::new(), checker: OnceLock::new() }
    }

    /// A tool of one tenant, that launches one template by `tool`.
    pub(crate) fn launching(tool: &'static Tool, launch: Launch) -> Self {
        Self { launch: Some(launch), ..Self::new(tool) }
    }

    /// What the tool fills in for its caller, when it launches one template.
    pub(crate) fn launch(&self) -> Option<&Launch> {
        self.launch.as_ref()
    }

    /// The name that callers use.
    #[must_use]
    pub fn name(&self) -> &str {
        self.launch.as_ref().map_or(self.tool.name, |launch| &launch.name)
    }

    /// What it does, for a model that must choose.
    #[must_use]
    pub fn description(&self) -> &str {
        self.launch.as_ref().map_or(self.tool.description, |launch| launch.descriptor().description)
    }

    /// The tool as `tools/list` shows it, as compact JSON.
    #[must_use]
    pub fn listed_json(&self) -> &str {
        self.listed.get_or_init(|| match &self.launch {
            Some(launch) => listed(self.tool, launch.descriptor()),
            None => listed(self.tool, ToolDescriptor::of(self.tool)),
        })
    }

    /// Its arguments in short.
    #[must_use]
    pub fn signature(&self) -> String {
        let full = self.checker().full();
        schema_notation::short(full, full)
    }

    /// The check of its arguments, compiled on first use.
    #[must_use]
    pub fn checker(&self) -> &Checker {
        self.checker.get_or_init(|| match &self.launch {
            Some(launch) => Checker::of(launch.descriptor().input),
            None => Checker::compile(self.tool),
        })
    }
}

/// The members of a tool's schema file.
#[derive(Deserialize)]
pub(crate) struct Schemas<'a> {
    /// What `tools/list` shows.
    #[serde(borrow)]
    pub(crate) input: &'a RawValue,
    /// What arguments are checked against.
    #[serde(borrow)]
    pub(crate) full: &'a RawValue,
    /// The shallow shape of results.
    #[serde(borrow, default)]
    pub(crate) output: Option<&'a RawValue>,
}

impl Schemas<'static> {
    /// The schemas of a generated tool.
    pub(crate) fn of(tool: &'static Tool) -> Self {
        serde_json::from_str(tool.schemas)
            .expect("generated schema files are JSON with the members input, full and output")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedJson<'a> {
    name: &'a str,
    title: &'a str,
    description: &'a str,
    input_schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_schema: Option<Value>,
    annotations: AnnotationsJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the four hints of the MCP specification")]
struct AnnotationsJson {
    read_only_hint: bool,
    destructive_hint: bool,
    idempotent_hint: bool,
    open_world_hint: bool,
}

/// Lists that come whole and are searched here: the tool, and the member of its rows that `q` is
/// looked for in.
const SEARCHED_HERE: [(&str, &str); 1] = [("list_all_ironclad_workflow_schemas", "name")];

/// The member of a tool's rows that its argument `q` is looked for in, where the vendor cannot
/// search.
pub(crate) fn searched_member(tool: &Tool) -> Option<&'static str> {
    SEARCHED_HERE.iter().find(|(name, _)| *name == tool.name).map(|(_, member)| *member)
}

/// Adds to a schema the arguments that this program itself serves.
pub(crate) fn with_own_arguments(tool: &Tool, mut schema: Value) -> Value {
    if searched_member(tool).is_some()
        && let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.insert("q".to_owned(), serde_json::json!({"type": "string"}));
    }
    schema
}

/// The part of a listed tool that a launch tool has of its own.
pub(crate) struct ToolDescriptor<'a> {
    pub(crate) name: &'a str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) input: Value,
}

impl ToolDescriptor<'static> {
    fn of(tool: &'static Tool) -> Self {
        let input = with_own_arguments(tool, parsed(Schemas::of(tool).input));
        Self { name: tool.name, title: tool.title, description: tool.description, input }
    }
}

fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).expect("a raw value is JSON")
}

fn listed(
    tool: &'static Tool,
    ToolDescriptor { name, title, description, input }: ToolDescriptor<'_>,
) -> Box<str> {
    let listed = ListedJson {
        name,
        title,
        description,
        input_schema: input,
        output_schema: Schemas::of(tool).output.map(parsed).filter(Value::is_object),
        annotations: AnnotationsJson {
            read_only_hint: tool.annotations.read_only,
            destructive_hint: tool.annotations.destructive,
            idempotent_hint: tool.annotations.idempotent,
            open_world_hint: tool.annotations.open_world,
        },
    };
    serde_json::to_string(&listed).expect("strings and values serialise").into_boxed_str()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_generated_tool_is_listed_as_clients_need_it() {
        for catalogue in Catalogues::new(apis()).iter() {
            let mut descriptions = BTreeSet::new();
            for served in catalogue.tools() {
                let listed: Value = serde_json::from_str(served.listed_json()).unwrap();
                let name = served.name();
                assert!((1..=48).contains(&name.len()), "{name}");
                assert!(
                    name.bytes().all(|byte| byte.is_ascii_lowercase()
                        || byte.is_ascii_digit()
                        || byte == b'_'),
                    "{name}"
                );
                assert_eq!(listed["inputSchema"]["type"], "object", "{name}");
                assert!(!served.listed_json().contains("\"$ref\""), "{name}");
                for combinator in ["anyOf", "oneOf", "allOf"] {
                    assert_eq!(listed["inputSchema"].get(combinator), None, "{name}");
                }
                assert_eq!(listed["annotations"].as_object().unwrap().len(), 4, "{name}");
                let description = listed["description"].as_str().unwrap();
                assert!((40..=600).contains(&description.chars().count()), "{name}: {description}");
                assert!(descriptions.insert(description.to_owned()), "{name}: {description}");
                assert!(!served.tool.tags.is_empty() && !served.tool.title.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn every_full_schema_compiles() {
        for catalogue in Catalogues::new(apis()).iter() {
            for served in catalogue.tools() {
                assert!(served.checker().compiles(), "{}", served.name());
            }
        }
    }
}
