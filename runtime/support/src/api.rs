//! One API on board: its tools, origins and security schemes, as static data.

use crate::security::NamedScheme;
use crate::tool::Tool;

/// A generated API.
#[derive(Debug)]
pub struct Api {
    /// The name in routes, tool names and settings: `acme`.
    pub slug: &'static str,
    /// The name for people: `Acme`.
    pub title: &'static str,
    /// What every caller of any tool should know, for the server's `instructions`.
    pub instructions: &'static str,
    /// Origins (scheme, host, port) by region name; the first is the default.
    pub origins: &'static [Origin],
    /// The security schemes of the document.
    pub schemes: &'static [NamedScheme],
    /// Headers that are sent with every request, as name and value.
    pub constant_headers: &'static [(&'static str, &'static str)],
    /// Every tool, sorted by name.
    pub tools: &'static [Tool],
    /// The jobs that people bring, in words.
    pub prompts: &'static [Prompt],
    /// How things are launched by forms that differ from tenant to tenant.
    pub launch: Option<Launch>,
}

/// A job in words, for MCP's `prompts/list` and `prompts/get`.
#[derive(Debug)]
pub struct Prompt {
    /// The name that callers use.
    pub name: &'static str,
    /// A few words for people.
    pub title: &'static str,
    /// What comes of it.
    pub description: &'static str,
    /// What callers fill in.
    pub arguments: &'static [PromptArgument],
    /// The tools without which the job cannot be done: it is shown only where they all are.
    pub tools: &'static [&'static str],
    /// What is asked of the model; `{name}` stands for an argument.
    pub text: &'static str,
}

/// Something that callers fill into a prompt.
#[derive(Debug)]
pub struct PromptArgument {
    /// The name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Whether there is no prompt without it.
    pub required: bool,
}

/// How things are launched by forms: a list of templates, the form of each, and the tools that take
/// a filled-in form. Names of tools are those of this API; members may be dotted.
#[derive(Debug)]
pub struct Launch {
    /// The tool that lists the templates.
    pub list: &'static str,
    /// Where its answer holds them.
    pub items: &'static str,
    /// The member of a template that identifies it.
    pub id: &'static str,
    /// The member of a template that people know it by.
    pub label: &'static str,
    /// The member of a template, in the list and alone, that is its form.
    pub form: &'static str,
    /// The member that lists what may be done with a template, and the word for launching it; a
    /// template without the member may be launched.
    pub permission: Option<(&'static str, &'static str)>,
    /// The tool that shows one template, by the argument `id`.
    pub get: &'static str,
    /// The tool that launches a template by a tool of its own.
    pub tool: &'static str,
    /// The argument that takes the template's id.
    pub template: &'static str,
    /// The argument that takes the filled-in form.
    pub values: &'static str,
    /// The argument by whose value `true` the vendor fills in what a form has defaults for.
    pub defaults: Option<&'static str>,
    /// The language that forms are written in: `json_schema`, or a dialect of the vendor's.
    pub dialect: &'static str,
}

/// One origin of an API.
#[derive(Debug)]
pub struct Origin {
    /// The region's name; empty when the API has only one origin.
    pub region: &'static str,
    /// Scheme, host and port: `https://eu1.acme.example`.
    pub url: &'static str,
}

impl Api {
    /// An API of nothing, to be completed with what there is.
    pub const EMPTY: Self = Self {
        slug: "",
        title: "",
        instructions: "",
        origins: &[],
        schemes: &[],
        constant_headers: &[],
        tools: &[],
        prompts: &[],
        launch: None,
    };

    /// The tool of this name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.binary_search_by(|tool| tool.name.cmp(name)).ok().map(|index| &self.tools[index])
    }
}
