//! A tool as it is served: its listed object and the check of its arguments, each worked out once.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use support::Tool;
use support::api::Launch;

use super::answer::AnswerNames;
use super::check::Checker;
use super::form::{Defaults, LaunchForm};
use super::schema_notation;
use super::tokens::estimate;
use crate::pointer::child;
use crate::violation::Violations;

/// A tool as it is served.
#[derive(Debug)]
pub struct ServedTool {
    /// The generated row; for a tool that launches one template that of the tool that launches any.
    pub tool: &'static Tool,
    launch: Option<LaunchTool>,
    listed: OnceLock<Box<str>>,
    checker: OnceLock<Checker>,
    tokens: OnceLock<usize>,
    answer: OnceLock<AnswerNames>,
}

/// What a tool that launches one template has of its own.
#[derive(Debug)]
pub struct LaunchTool {
    /// The name that callers use.
    pub name: String,
    /// A few words for people.
    pub title: String,
    /// What it does.
    pub description: String,
    /// The template's id.
    pub template: String,
    /// What callers fill in.
    pub form: Arc<dyn LaunchForm>,
    /// Where the launching operation wants template and form.
    pub launch: &'static Launch,
}

impl LaunchTool {
    /// Checks the arguments against the form and puts them where the launching operation wants them;
    /// tells where files stand there.
    pub(crate) fn bind(
        &self,
        arguments: &mut Map<String, Value>,
        violations: &mut Violations,
    ) -> Vec<String> {
        let files = self.form.check("", arguments, Defaults::Left, violations);
        let values = Value::Object(std::mem::take(arguments));
        arguments.insert(self.launch.template.to_owned(), self.template.clone().into());
        arguments.insert(self.launch.values.to_owned(), values);
        let within = child("", self.launch.values);
        files.into_iter().map(|place| format!("{within}{place}")).collect()
    }
}

impl ServedTool {
    pub(crate) fn new(tool: &'static Tool) -> Self {
        Self {
            tool,
            launch: None,
            listed: OnceLock::new(),
            checker: OnceLock::new(),
            tokens: OnceLock::new(),
            answer: OnceLock::new(),
        }
    }

    /// A tool of one tenant, that launches one template by `tool`.
    pub(crate) fn launching(tool: &'static Tool, launch: LaunchTool) -> Self {
        Self { launch: Some(launch), ..Self::new(tool) }
    }

    /// What the tool fills in for its caller, when it launches one template.
    pub(crate) fn launch(&self) -> Option<&LaunchTool> {
        self.launch.as_ref()
    }

    /// The name that callers use.
    #[must_use]
    pub fn name(&self) -> &str {
        self.launch.as_ref().map_or(self.tool.name, |launch| &launch.name)
    }

    /// Whether it may change something at the vendor's.
    #[must_use]
    pub fn writes(&self) -> bool {
        !self.tool.annotations.read_only
    }

    /// What it does, for a model that must choose.
    #[must_use]
    pub fn description(&self) -> &str {
        self.launch.as_ref().map_or(self.tool.description, |launch| &launch.description)
    }

    /// The tool as `tools/list` shows it, as compact JSON.
    ///
    /// # Panics
    ///
    /// Never: strings and values serialise.
    #[must_use]
    pub fn listed_json(&self) -> &str {
        self.listed.get_or_init(|| {
            let listed = ListedJson::of(self);
            serde_json::to_string(&listed).expect("strings and values serialise").into_boxed_str()
        })
    }

    /// About how many tokens its name, description and arguments take in a model's context.
    #[must_use]
    pub fn tokens(&self) -> usize {
        *self.tokens.get_or_init(|| {
            let input = match &self.launch {
                Some(launch) => launch.form.schema(),
                // As it is listed: without the white space of the file.
                None => parsed(Schemas::of(self.tool).input),
            };
            let texts = [self.name(), self.description(), &input.to_string()];
            texts.into_iter().map(estimate).sum()
        })
    }

    /// Its arguments in short.
    #[must_use]
    pub fn signature(&self) -> String {
        let full = self.checker().full();
        schema_notation::short(full, full)
    }

    /// The names that its answer has, as far as the document tells.
    #[must_use]
    pub fn answer(&self) -> &AnswerNames {
        self.answer.get_or_init(|| AnswerNames::of(Schemas::of(self.tool).answer.map(parsed)))
    }

    /// The check of its arguments, compiled on first use.
    #[must_use]
    pub fn checker(&self) -> &Checker {
        self.checker.get_or_init(|| match &self.launch {
            Some(launch) => Checker::of(launch.form.schema()),
            None => Checker::of(parsed(Schemas::of(self.tool).full)),
        })
    }
}

/// The members of a tool's schema file.
#[derive(Deserialize)]
struct Schemas<'a> {
    /// What `tools/list` shows.
    #[serde(borrow)]
    input: &'a RawValue,
    /// What arguments are checked against.
    #[serde(borrow)]
    full: &'a RawValue,
    /// The shallow shape of results.
    #[serde(borrow, default)]
    output: Option<&'a RawValue>,
    /// The names in an answer.
    #[serde(borrow, default)]
    answer: Option<&'a RawValue>,
}

impl Schemas<'static> {
    /// The schemas of a generated tool.
    pub(crate) fn of(tool: &'static Tool) -> Self {
        serde_json::from_str(tool.schemas)
            .expect("generated schema files are JSON with the members input, full and output")
    }
}

/// A tool in a list, as MCP writes it.
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

impl<'a> ListedJson<'a> {
    fn of(served: &'a ServedTool) -> Self {
        let ServedTool { tool, launch, .. } = served;
        let annotations = tool.annotations;
        Self {
            name: served.name(),
            title: launch.as_ref().map_or(tool.title, |launch| &launch.title),
            description: served.description(),
            input_schema: match launch {
                Some(launch) => launch.form.schema(),
                None => parsed(Schemas::of(tool).input),
            },
            output_schema: Schemas::of(tool).output.map(parsed).filter(Value::is_object),
            annotations: AnnotationsJson {
                read_only_hint: annotations.read_only,
                destructive_hint: annotations.destructive,
                idempotent_hint: annotations.idempotent,
                open_world_hint: annotations.open_world,
            },
        }
    }
}

fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).expect("a raw value is JSON")
}
