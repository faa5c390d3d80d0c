//! What a filter exposes, as pages show it: the tools that are served, grouped, marked, and counted
//! in tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use support::Api;

use super::inputs::capital;
use crate::app::App;
use crate::provision::{Server, ServerConfig};
use crate::tools::ServedTool;
use crate::toolset::{Filter, Toolset};

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
}

impl ShownTool {
    /// The name in the pieces that a line may end between.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &str> {
        self.name.split_inclusive('_')
    }
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

    /// What a toolset holds.
    pub(super) fn of_toolset(toolset: Option<&Toolset>) -> Self {
        Self::of_tools(toolset.map(Toolset::tools).unwrap_or_default())
    }

    /// How well this many tools and tokens suit the clients that people use.
    pub(super) fn fit(&self) -> (&'static str, &'static str) {
        match (self.tools, self.tokens) {
            (0, _) => ("bad", "shows nothing"),
            (129.., _) => ("bad", "too many for Cursor and VS Code"),
            (41.., _) => ("writes", "too many for Cursor"),
            (_, 10_001..) => ("writes", "long for any model"),
            _ => ("good", "fits every client"),
        }
    }

    /// What a server with these tools can not do, as the rest of a sentence.
    pub(super) fn cannot(&self, api: &'static Api) -> String {
        let mut words = match self.reach {
            Reach::Deletes => Vec::new(),
            Reach::Writes => vec!["delete anything".to_owned()],
            Reach::Reads | Reach::Nothing => vec!["change or delete anything".to_owned()],
        };
        let shown: BTreeSet<&str> =
            self.names().filter_map(|name| Some(api.tool(name)?.tags)).flatten().copied().collect();
        let all: BTreeSet<&str> = api.tools.iter().flat_map(|tool| tool.tags).copied().collect();
        let hidden: Vec<String> = all.difference(&shown).map(|tag| tag.replace('_', " ")).collect();
        if let [named @ .., last] = hidden.as_slice() {
            words.push(match named.len() {
                0 => format!("see {last}"),
                1..=4 => format!("see {} or {last}", named.join(", ")),
                _ => format!("see {} or {} more areas", named[..4].join(", "), hidden.len() - 4),
            });
        }
        words.push("reach any other account".to_owned());
        match words.as_slice() {
            [one] => one.clone(),
            [rest @ .., last] => format!("{}, or {last}", rest.join(", ")),
            [] => String::new(),
        }
    }

    /// What a server exposes.
    pub(super) fn of_server(app: &App, integration: &str, server: &Server) -> Self {
        let api = app.provision.api(integration);
        let config = api.and_then(|api| ServerConfig::reread(server.config.clone(), api));
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

    /// The tools that are here and not in `other`, nor among `dropped`.
    pub(super) fn without(mut self, other: &Self, dropped: &BTreeSet<String>) -> Self {
        let shown: BTreeSet<&str> =
            other.names().chain(dropped.iter().map(String::as_str)).collect();
        for group in &mut self.groups {
            group.tools.retain(|tool| !shown.contains(tool.name.as_str()));
        }
        self.groups.retain(|group| !group.tools.is_empty());
        self.tools = self.groups.iter().map(|group| group.tools.len()).sum();
        self
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

/// How many tools of an API are listed when nothing narrows them: deprecated ones are only by name.
pub(super) fn listed(api: &Api) -> usize {
    api.tools.iter().filter(|tool| !tool.deprecated).count()
}

/// A tag as a heading, and what else begins a sentence.
pub(super) fn sentence(tag: &str) -> String {
    capital(&tag.replace('_', " "))
}

/// A count with its thing: `1 tool`, `1,390 tokens`.
pub(crate) fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
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
        for (count, words) in
            [(0, "0 tools"), (1, "1 tool"), (1_390, "1,390 tools"), (1_000_000, "1,000,000 tools")]
        {
            assert_eq!(counted(count, "tool", "tools"), words);
        }
        assert_eq!(sentence("workflow_schemas"), "Workflow schemas");
    }
}
