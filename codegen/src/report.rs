//! What a generated API costs and lacks: operations, tools, tokens, lines, and what was left out.

mod looser;

use std::fmt;
use std::path::Path;

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, TokenBudget, Usage};
use crate::render::schema::{entries, instructions};
use crate::tokens;
use crate::write::Artifact;

pub use looser::{Looser, Reason, looser};

/// The figures of one API.
#[derive(Debug, Clone)]
pub struct Report {
    /// The API's name.
    pub slug: String,
    /// Operations that were generated.
    pub operations: usize,
    /// Every tool with its tokens, the dearest first.
    pub tools: Vec<ToolCost>,
    /// Tokens of the instructions that every session begins with.
    pub instructions: usize,
    /// Types that are used.
    pub types: usize,
    /// Lines of Rust.
    pub lines: usize,
    /// Operations that were left out, with the reason.
    pub skipped: Vec<(String, String)>,
    /// The limits, where the overlay sets them.
    pub budget: Option<TokenBudget>,
}

/// What one tool costs in tokens (o200k).
#[derive(Debug, Clone)]
pub struct ToolCost {
    /// The name.
    pub name: String,
    /// Name, description and listed input schema.
    pub listed: usize,
    /// The whole object: also title, output schema and hints.
    pub whole: usize,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether it is listed only when allowed by name.
    pub deprecated: bool,
}

/// Measures an API and its files.
#[must_use]
pub fn report(api: &Api, artifacts: &[Artifact]) -> Report {
    let mut tools: Vec<ToolCost> = entries(api)
        .iter()
        .map(|entry| ToolCost {
            name: entry.name.clone(),
            listed: tokens::listed(entry),
            whole: tokens::whole(entry),
            read_only: entry.read_only,
            deprecated: entry.deprecated,
        })
        .collect();
    tools.sort_by(|one, other| {
        other.listed.cmp(&one.listed).then_with(|| one.name.cmp(&other.name))
    });
    let is_rust = |path: &str| Path::new(path).extension().is_some_and(|kind| kind == "rs");
    let rust = artifacts.iter().filter(|artifact| is_rust(&artifact.path));
    Report {
        slug: api.slug.clone(),
        operations: api.operations.len(),
        tools,
        instructions: tokens::count(&instructions(api)),
        types: api.types.iter().filter(|ty| ty.usage != Usage::default()).count(),
        lines: rust.map(|artifact| artifact.contents.lines().count()).sum(),
        skipped: api
            .skipped
            .iter()
            .map(|skipped| (skipped.operation.clone(), skipped.reason.clone()))
            .collect(),
        budget: api.budget.clone(),
    }
}

impl Report {
    /// Tokens of the whole list: name, description and input schema of every tool.
    #[must_use]
    pub fn all(&self) -> usize {
        self.tools.iter().map(|tool| tool.listed).sum()
    }

    /// The same of the tools that change nothing.
    #[must_use]
    pub fn read(&self) -> usize {
        self.tools.iter().filter(|tool| tool.read_only).map(|tool| tool.listed).sum()
    }

    /// Tokens of the whole list as whole objects.
    #[must_use]
    pub fn full(&self) -> usize {
        self.tools.iter().map(|tool| tool.whole).sum()
    }

    /// Tokens of the dearest tool.
    #[must_use]
    pub fn worst(&self) -> usize {
        self.tools.first().map_or(0, |tool| tool.listed)
    }

    /// Tokens of the middle tool.
    #[must_use]
    pub fn median(&self) -> usize {
        self.tools.get(self.tools.len() / 2).map_or(0, |tool| tool.listed)
    }

    /// Where the tool list is over its budget, in sentences.
    #[must_use]
    pub fn over_budget(&self) -> Vec<String> {
        let Some(budget) = &self.budget else { return Vec::new() };
        let sums = [
            ("the tool list", self.all(), Some(budget.all)),
            ("the read-only tools", self.read(), budget.read),
            ("the list of whole tool objects", self.full(), budget.full),
            ("the median tool", self.median(), budget.median),
        ];
        let mut out: Vec<String> = sums
            .into_iter()
            .filter_map(|(what, found, most)| {
                most.filter(|most| found > *most).map(|most| (what, found, most))
            })
            .map(|(what, found, most)| format!("{what} costs {found} tokens; the budget is {most}"))
            .collect();
        let dear = self.tools.iter().filter(|tool| tool.listed > budget.tool);
        out.extend(dear.map(|tool| {
            format!(
                "tool {} costs {} tokens; the budget is {}",
                tool.name, tool.listed, budget.tool
            )
        }));
        out
    }

    /// Adds an error for each budget that is exceeded; `file` is the overlay that sets them.
    pub fn judge(&self, file: &str, diagnostics: &mut Diagnostics) {
        for message in self.over_budget() {
            diagnostics.error("token-budget", file, "", message);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_operation = self.lines.checked_div(self.operations).unwrap_or(0);
        writeln!(f, "{}", self.slug)?;
        writeln!(
            f,
            "  operations  {} ({} skipped), tools {}",
            self.operations,
            self.skipped.len(),
            self.tools.len()
        )?;
        writeln!(
            f,
            "  rust        {} lines, {per_operation} an operation, {} types",
            self.lines, self.types
        )?;
        let budget = self.budget.as_ref();
        let most = |most: Option<usize>| most.map_or(String::new(), |most| format!(" of {most}"));
        writeln!(
            f,
            "  tokens      {}{} listed (o200k)",
            self.all(),
            most(budget.map(|budget| budget.all))
        )?;
        writeln!(
            f,
            "  read-only   {}{}",
            self.read(),
            most(budget.and_then(|budget| budget.read))
        )?;
        writeln!(
            f,
            "  whole       {}{}",
            self.full(),
            most(budget.and_then(|budget| budget.full))
        )?;
        writeln!(
            f,
            "  median      {}{}",
            self.median(),
            most(budget.and_then(|budget| budget.median))
        )?;
        if let Some(worst) = self.tools.first() {
            writeln!(
                f,
                "  worst       {}{} ({})",
                worst.listed,
                most(budget.map(|budget| budget.tool)),
                worst.name
            )?;
        }
        writeln!(f, "  instructions {}", self.instructions)?;
        for (operation, reason) in &self.skipped {
            writeln!(f, "  skipped     {operation}: {reason}")?;
        }
        for message in self.over_budget() {
            writeln!(f, "  over        {message}")?;
        }
        Ok(())
    }
}
