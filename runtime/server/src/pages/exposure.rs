//! What a filter exposes, as pages show it: the tools that are served, grouped, marked, and counted
//! in tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use support::Api;

use crate::app::App;
use crate::provision::{Server, ServerConfig};
use crate::tools::ServedTool;
use crate::toolset::Filter;

/// How far tools reach, in the order of harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    Nothing,
    Reads,
    Writes,
    Deletes,
}

impl Reach {
    pub(super) fn of(tool: &support::Tool) -> Self {
        match tool.annotations {
            annotations if annotations.destructive => Self::Deletes,
            annotations if annotations.read_only => Self::Reads,
            _ => Self::Writes,
        }
    }

    /// The class of its tag.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Deletes => "deletes",
        }
    }

    /// What a server that reaches so far does.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Nothing => "Nothing",
            Self::Reads => "Reads",
            Self::Writes => "Reads and writes",
            Self::Deletes => "Can delete",
        }
    }

    /// What one tool does.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Deletes => "deletes",
        }
    }
}

/// A tool in a list.
#[derive(Debug, Clone)]
pub(super) struct ShownTool {
    pub(super) name: String,
    pub(super) title: &'static str,
    pub(super) reach: Reach,
    pub(super) tokens: usize,
    pub(super) deprecated: bool,
}

/// The tools of one subject.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) tools: Vec<ShownTool>,
}

/// What is exposed.
#[derive(Debug, Clone)]
pub(super) struct Exposure {
    pub(super) groups: Vec<Group>,
    pub(super) tools: usize,
    pub(super) tokens: usize,
    pub(super) reach: Reach,
}

impl Exposure {
    /// What `filter` exposes of an API: what `tools/list` answers, but for tools that stand for the
    /// launch forms of a tenant.
    pub(super) fn of(app: &App, api: &'static Api, filter: &Filter) -> Self {
        let Some(catalogue) = app.catalogues.get(api.slug) else { return Self::of_tools(&[]) };
        Self::of_tools(app.toolsets.get(catalogue, filter, None).tools())
    }

    /// What a server exposes.
    pub(super) fn of_server(app: &App, integration: &str, server: &Server) -> Self {
        let api = app.provision.api(integration);
        let config = api.and_then(|api| ServerConfig::reopen(&server.config.to_string(), api));
        match (api, config) {
            (Some(api), Some(config)) => Self::of(app, api, &config.filter),
            _ => Self::of_tools(&[]),
        }
    }

    fn of_tools(tools: &[Arc<ServedTool>]) -> Self {
        let mut groups: BTreeMap<&str, Vec<ShownTool>> = BTreeMap::new();
        for served in tools {
            groups.entry(subject(served)).or_default().push(ShownTool {
                name: served.name().to_owned(),
                title: served.tool.title,
                reach: Reach::of(served.tool),
                tokens: served.tokens(),
                deprecated: served.tool.deprecated,
            });
        }
        Self {
            groups: groups
                .into_iter()
                .map(|(title, tools)| Group { title: sentence(title), tools })
                .collect(),
            tools: tools.len(),
            tokens: tools.iter().map(|served| served.tokens()).sum(),
            reach: tools
                .iter()
                .map(|served| Reach::of(served.tool))
                .max()
                .unwrap_or(Reach::Nothing),
        }
    }

    /// The names of the tools.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| &group.tools).map(|tool| tool.name.as_str())
    }
}

/// What a tool is about: its first tag.
pub(super) fn subject(served: &ServedTool) -> &'static str {
    served.tool.tags.first().copied().unwrap_or("other")
}

/// A tag as a heading, and what else begins a sentence.
pub(super) fn sentence(tag: &str) -> String {
    let words = tag.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A count with its thing: `1 tool`, `1,390 tokens`.
pub(super) fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or_default();
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A number with separators.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_for_people() {
        for (count, words) in [(0, "0 tools"), (1, "1 tool"), (1_390, "1,390 tools"), (1_000_000, "1,000,000 tools")] {
            assert_eq!(counted(count, "tool", "tools"), words);
        }
        assert_eq!(sentence("workflow_schemas"), "Workflow schemas");
    }
}
