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
    /// The headers that name the person on whose behalf an account calls; `None` when the API knows
    /// no such thing. Where it does, client credentials (RFC 6749 section 4.4) must name one.
    pub acting_user: Option<ActingUserHeaders>,
    /// Tokens that an account's credentials may hold beside `token`, each for one scheme.
    pub further_tokens: &'static [FurtherToken],
    /// What the vendor calls members of an account's credentials: the name of an environment
    /// variable without the API's prefix, and the member.
    pub environment: &'static [(&'static str, &'static str)],
    /// Words that mean the same to whoever searches this API's tools: a group each, its words in
    /// lower case and separated by spaces.
    pub synonyms: &'static [&'static str],
    /// What a name that no tool knows is taken for in a search, such as `app` where people ask who
    /// uses Slack; may be empty.
    pub proper_nouns: &'static str,
    /// What to try first.
    pub example: Option<ExampleCall>,
    /// Every tool, sorted by name.
    pub tools: &'static [Tool],
    /// Choices of tools for one purpose each, in the order in which they are offered.
    pub presets: &'static [Preset],
    /// The jobs that people bring, in words.
    pub prompts: &'static [Prompt],
    /// How things are launched by forms that differ from tenant to tenant.
    pub launch: Option<Launch>,
}

/// A choice of tools for one purpose, in the words of a server's filter. Each list that is empty lets
/// everything through; what is given exposes at least one tool.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// The name in forms and links; unique in an API.
    pub key: &'static str,
    /// A few words for people; unique in an API.
    pub title: &'static str,
    /// What the tools can do, in one sentence.
    pub description: &'static str,
    /// `read`, `write`, `custom`, or single methods.
    pub methods: &'static [&'static str],
    /// A tool passes if it carries any of them.
    pub tags: &'static [&'static str],
    /// Names of tools: none but these.
    pub allow: &'static [&'static str],
    /// Names of tools: none of these.
    pub deny: &'static [&'static str],
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
#[derive(Debug, Clone, Copy)]
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
    /// How files are sent that a filled-in form holds by content; `None`: it takes addresses only.
    pub files: Option<LaunchFiles>,
    /// The language that forms are written in: `json_schema`, or a dialect of the vendor's.
    pub dialect: &'static str,
}

/// How files go with a launch: as parts of a `multipart/form-data` body, each beside the JSON that
/// refers to it.
#[derive(Debug, Clone, Copy)]
pub struct LaunchFiles {
    /// The tool whose operation takes such a body; its arguments are those of the other launching
    /// tools.
    pub tool: &'static str,
    /// The part that is the JSON.
    pub data: &'static str,
    /// The member of an object that stands in the form for a file: the name of its part.
    pub part: &'static str,
}

/// One origin of an API.
#[derive(Debug)]
pub struct Origin {
    /// The region's name; empty when the API has only one origin.
    pub region: &'static str,
    /// Scheme, host and port: `https://eu.example.com`.
    pub url: &'static str,
}

/// The headers that name the acting user, in lower case; at least one is there.
#[derive(Debug, Clone, Copy)]
pub struct ActingUserHeaders {
    /// Takes an e-mail address.
    pub email: Option<&'static str>,
    /// Takes the API's identifier of the user.
    pub id: Option<&'static str>,
}

/// A token of its own for one security scheme.
#[derive(Debug, Clone, Copy)]
pub struct FurtherToken {
    /// The member of the credentials: `scim_token`.
    pub member: &'static str,
    /// The security scheme that it satisfies, and that `token` does not.
    pub scheme: &'static str,
}

/// A question of a person, and the call that answers it.
#[derive(Debug, Clone, Copy)]
pub struct ExampleCall {
    /// The question, as a person would ask it.
    pub question: &'static str,
    /// The tool: one that only reads.
    pub tool: &'static str,
    /// The tool's arguments, as a JSON object.
    pub arguments: &'static str,
}

impl Api {
    /// An API with nothing in it: what hand-written ones complete, so that a new member does not
    /// concern them.
    pub const EMPTY: Self = Self {
        slug: "",
        title: "",
        instructions: "",
        origins: &[],
        schemes: &[],
        constant_headers: &[],
        synonyms: &[],
        proper_nouns: "",
        presets: &[],
        prompts: &[],
        launch: None,
        acting_user: None,
        further_tokens: &[],
        environment: &[],
        example: None,
        tools: &[],
    };

    /// The tool of this name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.binary_search_by(|tool| tool.name.cmp(name)).ok().map(|index| &self.tools[index])
    }
}
