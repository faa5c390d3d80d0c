//! Operations as tools.

use std::collections::BTreeMap;

use serde::Serialize;

/// An operation as a tool.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the tool")]
pub struct Tool {
    /// The name; final once the names pass has run.
    pub name: String,
    /// The name that the overlay sets.
    pub named: Option<String>,
    /// `list`, `get`, `create`, `update`, `delete` or an action word.
    pub method: String,
    /// Tags in snake case, sorted, at least one.
    pub tags: Vec<String>,
    /// `readOnlyHint`.
    pub read_only: bool,
    /// `destructiveHint`.
    pub destructive: bool,
    /// `idempotentHint`.
    pub idempotent: bool,
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
    /// Whether `attributes` follow a launch form.
    pub launch_form: bool,
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
    /// The vendor's page size.
    pub default_size: Option<u32>,
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
    /// The polling tool.
    pub poll: String,
    /// Its arguments: name → dotted member of the answer.
    pub arguments: BTreeMap<String, String>,
    /// Member and values that mean "pending"; `None`: always pending.
    pub pending_when: Option<(String, Vec<String>)>,
}

/// Where a tenant's field names are listed; mirrors `support::tool::LiveFields`.
#[derive(Debug, Clone, Serialize)]
pub struct LiveFields {
    pub tool: String,
    pub items: String,
    pub key: String,
}

/// A job in words; mirrors `support::api::Prompt`.
#[derive(Debug, Clone, Serialize)]
pub struct Prompt {
    pub name: String,
    pub title: String,
    pub description: String,
    pub arguments: Vec<PromptArgument>,
    pub tools: Vec<String>,
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
    pub list: String,
    pub items: String,
    pub id: String,
    pub label: String,
    pub form: String,
    pub permission: Option<(String, String)>,
    pub get: String,
    pub tool: String,
    pub template: String,
    pub values: String,
    pub defaults: Option<String>,
    pub dialect: String,
}
