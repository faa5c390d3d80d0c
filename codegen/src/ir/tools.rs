//! Operations as tools.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// The name of a tool, as callers know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ToolName(String);

impl ToolName {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ToolName {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl From<&str> for ToolName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a tool does; mirrors `support::tool::ToolMethod` with an owned word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolMethod {
    List,
    Get,
    Create,
    Update,
    Delete,
    /// An action word.
    Custom(String),
}

impl ToolMethod {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Custom(word) => word,
        }
    }

    /// The group that filters know it by; mirrors `support::tool::ToolMethod::group`.
    #[must_use]
    pub const fn group(&self) -> &'static str {
        match self {
            Self::List | Self::Get => "read",
            Self::Create | Self::Update | Self::Delete => "write",
            Self::Custom(_) => "custom",
        }
    }

    /// Whether it only looks.
    #[must_use]
    pub const fn reads(&self) -> bool {
        matches!(self, Self::List | Self::Get)
    }
}

impl From<String> for ToolMethod {
    fn from(word: String) -> Self {
        match word.as_str() {
            "list" => Self::List,
            "get" => Self::Get,
            "create" => Self::Create,
            "update" => Self::Update,
            "delete" => Self::Delete,
            _ => Self::Custom(word),
        }
    }
}

impl fmt::Display for ToolMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ToolMethod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a call may change; mirrors `support::tool::Annotations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Annotations {
    /// `readOnlyHint`.
    pub read_only: bool,
    /// `destructiveHint`.
    pub destructive: bool,
    /// `idempotentHint`.
    pub idempotent: bool,
}

/// An operation as a tool.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// The name; final once the tools pass has run.
    pub name: ToolName,
    /// The name that the overlay sets.
    pub named: Option<ToolName>,
    /// The schema that arguments are checked against, as JSON; set by the full pass for tools of a
    /// document.
    #[serde(skip)]
    pub full: Option<String>,
    /// What it does, in one word.
    pub method: ToolMethod,
    /// Tags in snake case, sorted, at least one.
    pub tags: Vec<String>,
    /// What a call may change.
    pub annotations: Annotations,
    /// Paging, when it is a list.
    pub pagination: Option<Pagination>,
    /// The vendor's limit.
    pub rate_limit: Option<RateLimit>,
    /// The job it starts or looks at.
    pub job: Option<Job>,
    /// The vendor's field selection parameter.
    pub fields_parameter: Option<String>,
    /// The member that a single item is wrapped in; set by the wrapper pass.
    pub wrapper: Option<String>,
    /// The member of the rows that `q` is looked for in, where the vendor cannot search.
    pub searched: Option<String>,
    /// Where the tenant's field names are listed.
    pub live_fields: Option<LiveFields>,
    /// What the tenant says of the values that it takes.
    pub tenant_values: Option<super::TenantValues>,
    /// Where what an answer shows opens in a browser, below the account's host.
    pub opens_at: Option<String>,
    /// Whether `attributes` follow a launch form.
    pub launch_form: bool,
    /// Other names of arguments; those that hold are known once the aliases pass has run.
    pub aliases: Vec<ArgumentAlias>,
    /// The argument whose members callers may give at top level.
    pub lifted: Option<String>,
    /// What people say when they want this tool.
    pub questions: Vec<String>,
}

/// Another name of an argument; mirrors `support::tool::ArgumentAlias`.
#[derive(Debug, Clone, Serialize)]
pub struct ArgumentAlias {
    pub name: String,
    /// The argument; of one that comes from a path, its variable there until it is resolved.
    pub argument: String,
    /// What is written into the argument, with a placeholder for the value.
    pub written: Option<String>,
    /// What stands between several of them.
    pub joined: Option<String>,
    pub origin: AliasOrigin,
}

/// Where an alias comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum AliasOrigin {
    /// Declared for every tool that it fits.
    Document,
    /// Declared for what a variable of the path names.
    Path,
    /// Declared for this operation.
    Operation,
    /// The name that the document itself has for the argument.
    Name,
}

/// Paging; mirrors `support::tool::Pagination` with owned names.
#[derive(Debug, Clone, Serialize)]
pub struct Pagination {
    /// The style.
    pub style: PageStyle,
    /// Dotted member that holds the items; empty when the answer is the array.
    pub items: String,
    /// Dotted member that holds the number of all items.
    pub total: Option<String>,
    /// Dotted member that says whether more follows: a flag, or a link that is there while more is.
    pub more: Option<String>,
    /// The vendor's page size.
    pub default_size: Option<u32>,
    /// What a call without `limit` asks for.
    pub limit: Option<u32>,
    /// The vendor's largest page.
    pub max_size: Option<u32>,
}

/// The vendor's way of paging. Names are wire names of query parameters.
#[derive(Debug, Clone, Serialize)]
pub enum PageStyle {
    Page { page: String, size: String, first: u32 },
    Offset { offset: String, size: String },
    Scim { start: String, size: String },
    Cursor { cursor: String, size: Option<String>, next: String },
    Whole,
}

/// The vendor's rate limit.
#[derive(Debug, Clone, Serialize)]
pub struct RateLimit {
    /// Requests in the window.
    pub requests: u32,
    /// The window in seconds.
    pub seconds: u32,
    /// A shared counter's name; empty for none.
    pub bucket: String,
}

/// A job; mirrors `support::tool::Job`.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// The polling tool, if there is one.
    pub poll: Option<ToolName>,
    /// Its arguments: name → dotted member of the answer.
    pub arguments: BTreeMap<String, String>,
    /// Member and values that mean "pending".
    pub pending_when: Option<(String, Vec<String>)>,
    /// Member and all values that mean "done".
    pub done_when: Option<(String, Vec<String>)>,
}

/// Where a tenant's field names are listed; mirrors `support::tool::LiveFields`.
#[derive(Debug, Clone, Serialize)]
pub struct LiveFields {
    pub tool: ToolName,
    pub items: String,
    pub key: String,
}

/// A choice of tools for one purpose; mirrors `support::api::Preset`. A list that is absent lets
/// everything through.
#[derive(Debug, Clone, Serialize)]
pub struct Preset {
    pub key: String,
    pub title: String,
    pub description: String,
    pub methods: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub allow: Option<Vec<String>>,
    pub deny: Option<Vec<String>>,
}

/// A job in words; mirrors `support::api::Prompt`.
#[derive(Debug, Clone, Serialize)]
pub struct Prompt {
    pub name: String,
    pub title: String,
    pub description: String,
    pub arguments: Vec<PromptArgument>,
    pub tools: Vec<ToolName>,
    pub text: String,
}

/// Something that callers fill into a prompt.
#[derive(Debug, Clone, Serialize)]
pub struct PromptArgument {
    pub name: String,
    pub description: String,
    pub required: bool,
}

/// How things are launched by forms; mirrors `support::api::Launch`.
#[derive(Debug, Clone, Serialize)]
pub struct Launch {
    pub list: ToolName,
    pub items: String,
    pub id: String,
    pub label: String,
    pub form: String,
    pub permission: Option<(String, String)>,
    pub get: ToolName,
    pub tool: ToolName,
    pub template: String,
    pub values: String,
    pub defaults: Option<String>,
    pub files: Option<LaunchFiles>,
    pub dialect: String,
}

/// How files go with a launch; mirrors `support::api::LaunchFiles`.
#[derive(Debug, Clone, Serialize)]
pub struct LaunchFiles {
    pub tool: ToolName,
    pub data: String,
    pub part: String,
}
