//! One API on board: its tools, origins and security schemes, as static data.

use crate::security::NamedScheme;
use crate::tool::Tool;

/// A generated API.
#[derive(Debug)]
pub struct Api {
    /// The name in routes, tool names and settings: `ironclad`.
    pub slug: &'static str,
    /// The name for people: `Ironclad`.
    pub title: &'static str,
    /// What every caller of any tool should know, for the server's `instructions`.
    pub instructions: &'static str,
    /// Origins (scheme, host, port) by region name; the first is the default.
    pub origins: &'static [Origin],
    /// The security schemes of the document.
    pub schemes: &'static [NamedScheme],
    /// Headers that are sent with every request, as name and value.
    pub constant_headers: &'static [(&'static str, &'static str)],
    /// Words that mean the same to whoever searches this API's tools: a group each, its words in
    /// lower case and separated by spaces.
    pub synonyms: &'static [&'static str],
    /// What a name that no tool knows is taken for in a search, such as `app` where people ask who
    /// uses Slack; may be empty.
    pub proper_nouns: &'static str,
    /// Every tool, sorted by name.
    pub tools: &'static [Tool],
}

/// One origin of an API.
#[derive(Debug)]
pub struct Origin {
    /// The region's name; empty when the API has only one origin.
    pub region: &'static str,
    /// Scheme, host and port: `https://na1.ironcladapp.com`.
    pub url: &'static str,
}

impl Api {
    /// The tool of this name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.binary_search_by(|tool| tool.name.cmp(name)).ok().map(|index| &self.tools[index])
    }
}
