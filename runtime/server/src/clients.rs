//! How MCP clients are set up: one entry of `clients.yaml` each, filled in for one server.
//!
//! Pages and the command `client-config` show the same. What comes out is plain text, and holds the
//! secret URL; of an API token it only ever holds what stands for one.

mod endpoint;
mod places;

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use endpoint::{BadEndpoint, Endpoint};

/// What stands for an API token, which is never known here.
pub const TOKEN_PLACEHOLDER: &str = "YOUR_API_TOKEN";

/// The client whose settings most others take, too.
const COMMON: &str = "mcp-config";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    serde_yaml::from_str(include_str!("clients.yaml")).expect("clients.yaml is what the tests read")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    clients: Vec<Client>,
    bridge: Client,
}

/// An MCP client as `clients.yaml` has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// What it is asked for by.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// When somebody last looked whether this is so, as `2026-11-30`.
    pub checked: String,
    /// Whether it calls from its maker's cloud, which must reach the URL over the internet.
    pub cloud: bool,
    /// Whether it can send an API token, which a server with a second factor asks for.
    pub sends_token: bool,
    /// Whether it lets people sign in (OAuth), which a server may ask for.
    pub signs_in: bool,
    /// How many characters it takes for a server's name.
    key: usize,
    steps: Vec<String>,
    snippets: Vec<SnippetTemplate>,
    link: Option<LinkTemplate>,
    #[serde(default)]
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnippetTemplate {
    label: String,
    language: Language,
    file: Option<String>,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkTemplate {
    label: String,
    url: String,
}

/// What a snippet is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// A JSON document.
    Json,
    /// A TOML document.
    Toml,
    /// A Python program.
    Python,
    /// Commands for a POSIX shell.
    Shell,
    /// Text to paste.
    Text,
}

impl Language {
    /// Its name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Toml => "toml",
            Self::Python => "python",
            Self::Shell => "shell",
            Self::Text => "text",
        }
    }
}

/// How one client is set up for one server. It holds the secret URL: nothing of it is logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// What stands in the way, if anything; to be told before all else.
    pub warnings: Vec<String>,
    /// What to do, in order. Between asterisks stands what the client calls something, between
    /// backticks what is typed. Empty when the client cannot use the server at all.
    pub steps: Vec<String>,
    /// What to paste, run or save.
    pub snippets: Vec<Snippet>,
    /// One click, where the client has it.
    pub link: Option<Link>,
    /// What else to know about doing it, with the same marks.
    pub notes: Vec<String>,
    /// When somebody last looked whether this is so.
    pub checked: &'static str,
}

/// Something to paste, run or save.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// What it is.
    pub label: &'static str,
    /// What it is written in.
    pub language: Language,
    /// The file where it belongs, if it belongs in one.
    pub file: Option<&'static str>,
    /// The text, without a line end after it.
    pub text: String,
}

/// A link that sets the client up.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// What to write on it.
    pub label: &'static str,
    /// Where it leads. The scheme may be the client's own.
    pub url: String,
}

/// The clients that there are settings for.
#[must_use]
pub fn all() -> &'static [Client] {
    &CATALOGUE.clients
}

/// The client that is asked for by this name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Client> {
    all().iter().find(|client| client.id == id)
}

/// What to write instead of a bridge that guides print and no registry has; no client, and not in
/// [`all`].
#[must_use]
pub fn bridge() -> &'static Client {
    &CATALOGUE.bridge
}

/// One configuration for several servers, in the form that most clients take: `{"mcpServers"}`.
/// Servers are told apart by their names.
#[must_use]
pub fn configuration(endpoints: &[Endpoint]) -> Value {
    let mut servers = Map::new();
    let Some(client) = find(COMMON) else { return json!({}) };
    for snippet in endpoints.iter().flat_map(|endpoint| client.settings(endpoint).snippets) {
        if let Ok(Value::Object(mut object)) = serde_json::from_str(&snippet.text)
            && let Some(Value::Object(found)) = object.remove("mcpServers")
        {
            servers.extend(found);
        }
    }
    json!({"mcpServers": servers})
}

impl Client {
    /// Its settings for one server.
    #[must_use]
    pub fn settings(&'static self, endpoint: &Endpoint) -> Settings {
        let possible =
            (self.sends_token || !endpoint.token()) && (self.signs_in || !endpoint.sign_in());
        let context = endpoint.context(self.key);
        let fill = |template: &String| places::fill(template, &context);
        let mut settings = Settings {
            warnings: self.warnings(endpoint),
            steps: Vec::new(),
            snippets: Vec::new(),
            link: None,
            notes: Vec::new(),
            checked: &self.checked,
        };
        if possible {
            settings.notes = self.notes.iter().map(fill).filter(|text| !text.is_empty()).collect();
            let snippets = self.snippets.iter().map(|snippet| Snippet {
                label: &snippet.label,
                language: snippet.language,
                file: snippet.file.as_deref(),
                text: fill(&snippet.text),
            });
            settings.steps = self.steps.iter().map(fill).filter(|text| !text.is_empty()).collect();
            settings.snippets = snippets.filter(|snippet| !snippet.text.is_empty()).collect();
            settings.link =
                self.link.as_ref().map(|link| Link { label: &link.label, url: fill(&link.url) });
        }
        settings
    }

    /// What stands between this client and this server.
    fn warnings(&self, endpoint: &Endpoint) -> Vec<String> {
        let mut warnings = Vec::new();
        if endpoint.token() && !self.sends_token {
            warnings.push(format!(
                "{} cannot send an API token, which this server asks for. Make a server without a second factor for it; \
                 its URL is a secret of its own.",
                self.title
            ));
        }
        if endpoint.sign_in() && !self.signs_in {
            warnings.push(format!(
                "{} opens no sign-in page (OAuth), which this server asks for. Make a server for it that asks for an API \
                 token, or for nothing but its URL.",
                self.title
            ));
        }
        if self.cloud {
            warnings.extend(endpoint.unreachable().map(|why| {
                format!(
                    "{} calls from its maker's cloud, which cannot reach this URL: {why}. It needs https and a host that \
                     the internet knows.",
                    self.title
                )
            }));
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
