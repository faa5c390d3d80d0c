//! The vendor extension `x-drawbridge`, which overlays set: names, tags, paging and limits that no
//! rule can derive.

mod questions;
mod values;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(super) use self::values::{TenantValues, ValueKinds};
use super::{Context, read};
use crate::ir;
use crate::pointer::Trail;

/// The extension's name.
pub(super) const NAME: &str = "x-drawbridge";

/// Of the document.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    pub(super) slug: Option<String>,
    pub(super) title: Option<String>,
    pub(super) instructions: String,
    pub(super) server_headers: Vec<String>,
    pub(super) constant_headers: BTreeMap<String, String>,
    pub(super) acting_user: Option<ActingUser>,
    /// Members of an account's credentials, and the scheme that each satisfies.
    pub(super) further_tokens: BTreeMap<String, String>,
    /// Environment variables without the API's prefix, and the member that each holds.
    pub(super) environment: BTreeMap<String, String>,
    pub(super) example: Option<Example>,
    pub(super) token_budget: Option<TokenBudget>,
    pub(super) launch: Option<Launch>,
    pub(super) values: Option<ValueKinds>,
    pub(super) presets: Vec<Preset>,
    pub(super) search: Search,
    pub(super) aliases: Vec<Alias>,
}

/// How things are launched by forms that differ from tenant to tenant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Launch {
    list: String,
    items: String,
    #[serde(default = "id")]
    id: String,
    label: String,
    form: String,
    permission: Option<Permission>,
    get: String,
    tool: String,
    template: String,
    values: String,
    defaults: Option<String>,
    files: Option<LaunchFiles>,
    #[serde(default = "json_schema")]
    dialect: String,
}

/// How files that a filled-in form holds by content are sent: as parts of a multipart body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LaunchFiles {
    /// The tool whose operation takes such a body.
    tool: String,
    /// The part that is the JSON.
    data: String,
    /// The member of an object that stands in the form for a file: the name of its part.
    part: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Permission {
    member: String,
    value: String,
}

fn id() -> String {
    "id".to_owned()
}

fn json_schema() -> String {
    "json_schema".to_owned()
}

impl Launch {
    pub(super) fn lower(self) -> ir::Launch {
        let Self {
            list,
            items,
            id,
            label,
            form,
            permission,
            get,
            tool,
            template,
            values,
            defaults,
            files,
            dialect,
        } = self;
        let files = files.map(|LaunchFiles { tool, data, part }| ir::LaunchFiles {
            tool: tool.into(),
            data,
            part,
        });
        let permission = permission.map(|Permission { member, value }| (member, value));
        ir::Launch {
            list: list.into(),
            items,
            id,
            label,
            form,
            permission,
            get: get.into(),
            tool: tool.into(),
            template,
            values,
            defaults,
            files,
            dialect,
        }
    }
}

/// The headers that name the person on whose behalf an account calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ActingUser {
    pub(super) email: Option<String>,
    pub(super) id: Option<String>,
}

/// A choice of tools for one purpose, in the words of a server's filter: a card on the page where
/// servers are made. What is left out lets everything through; `read only`, `everything` and
/// `custom` need no preset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    /// The name in forms and links: `[a-z0-9_]`.
    key: String,
    /// At most 24 characters.
    title: String,
    /// What the tools can do: one sentence of at most 60 characters.
    description: String,
    /// `read`, `write`, `custom`, or single methods.
    methods: Option<Vec<String>>,
    /// Tools that carry any of them.
    tags: Option<Vec<String>>,
    /// Names of tools: none but these.
    allow: Option<Vec<String>>,
    /// Names of tools: none of these.
    deny: Option<Vec<String>>,
}

impl Preset {
    pub(super) fn lower(self) -> ir::Preset {
        let Self { key, title, description, methods, tags, allow, deny } = self;
        ir::Preset { key, title, description, methods, tags, allow, deny }
    }
}

/// What helps people's own words to find a tool.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Search {
    /// Groups of words that mean the same, separated by spaces.
    synonyms: Vec<String>,
    /// What a name that no tool knows is taken for: one word.
    proper_nouns: String,
}

impl Search {
    /// The groups of synonyms, and what a name is taken for. What a search could not use is a
    /// fault, and left out.
    pub(super) fn lower(self, cx: &mut Context<'_>) -> (Vec<String>, String) {
        let Self { synonyms, proper_nouns } = self;
        let root = Trail::root();
        let extension = root.key(NAME);
        let search = extension.key("search");
        let trail = search.key("synonyms");
        let mut groups = Vec::new();
        for (number, group) in synonyms.iter().enumerate() {
            let words: Vec<&str> = group.split_whitespace().collect();
            match no_group(&words) {
                Some(reason) => cx.fault("synonyms", &trail.index(number), reason),
                None => groups.push(words.join(" ")),
            }
        }
        if let Some(reason) = unsearchable(&proper_nouns) {
            cx.fault("proper-nouns", &search.key("proper_nouns"), reason);
            return (groups, String::new());
        }
        (groups, proper_nouns)
    }
}

/// Why these words are no group of synonyms.
fn no_group(words: &[&str]) -> Option<String> {
    if words.len() < 2 {
        return Some("a group of synonyms has at least two words".to_owned());
    }
    words.iter().enumerate().find_map(|(number, word)| {
        let again = words[..number].contains(word);
        again.then(|| format!("`{word}` stands twice in its group")).or_else(|| unsearchable(word))
    })
}

/// Why a search never meets this word: it splits questions at whatever is no letter or digit, and
/// lowers them.
fn unsearchable(word: &str) -> Option<String> {
    let met = |letter: char| letter.is_alphanumeric() && !letter.is_uppercase();
    (!word.chars().all(met))
        .then(|| format!("`{word}` is never found: a word is lower-case letters and digits"))
}

/// A first question, and the call that answers it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    question: String,
    tool: String,
    #[serde(default)]
    arguments: BTreeMap<String, Value>,
}

impl Example {
    pub(super) fn lower(self) -> ir::ExampleCall {
        let Self { question, tool, arguments } = self;
        ir::ExampleCall { question, tool: tool.into(), arguments }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenBudget {
    all: usize,
    read: Option<usize>,
    full: Option<usize>,
    tool: usize,
    median: Option<usize>,
}

impl TokenBudget {
    pub(super) fn lower(self) -> ir::TokenBudget {
        let Self { all, read, full, tool, median } = self;
        ir::TokenBudget { all, read, full, tool, median }
    }
}

/// Of an operation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Operation {
    pub(super) tool: Option<ToolName>,
    pub(super) method: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) read_only: Option<bool>,
    pub(super) destructive: Option<bool>,
    pub(super) idempotent: Option<bool>,
    pub(super) pagination: Option<Pagination>,
    pub(super) rate_limit: Option<RateLimit>,
    #[serde(rename = "async")]
    pub(super) job: Option<Job>,
    pub(super) poll: Option<String>,
    pub(super) arguments: Option<BTreeMap<String, String>>,
    pub(super) pending_when: Option<BTreeMap<String, Vec<String>>>,
    pub(super) done_when: Option<BTreeMap<String, Vec<String>>>,
    pub(super) fields_parameter: Option<String>,
    pub(super) live_fields: Option<LiveFields>,
    pub(super) tenant_values: Option<TenantValues>,
    pub(super) opens_at: Option<String>,
    pub(super) launch_form: bool,
    pub(super) search: Option<String>,
    pub(super) aliases: Vec<Alias>,
    /// The numbers of those of the document that hold here.
    #[serde(skip)]
    pub(super) of_all: Vec<usize>,
    pub(super) lifted: Option<String>,
    /// What people say when they want this tool, as they say it: a search finds it by them, no list
    /// shows them. At most 128 of at most 120 characters, each unlike the others.
    pub(super) questions: Vec<String>,
}

/// Other names by which callers give an argument. At the document it holds for every tool that takes
/// the argument and nothing of the other name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    /// The argument of the tool; left out where `path` says which.
    argument: Option<String>,
    /// The other names.
    names: Vec<String>,
    /// For the argument that the last variable of this path is, in operations at the path and below:
    /// `/users/{id}`.
    path: Option<String>,
    /// What is written into the argument: `{string}` or `{boolean}` stands for the value as a JSON
    /// literal, `{word}` for each of its words, every one in a text of its own. Without it, the value
    /// is taken as it is.
    #[serde(rename = "as")]
    written: Option<String>,
    /// What stands between several such texts; without it, there is one at most.
    joined: Option<String>,
}

impl Alias {
    /// Whether it holds for operations of this path.
    pub(super) fn reaches(&self, path: &str) -> bool {
        self.path.as_deref().is_none_or(|above| {
            path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub(super) fn lower(
        &self,
        origin: ir::AliasOrigin,
    ) -> impl Iterator<Item = ir::ArgumentAlias> + use<'_> {
        let variable =
            || self.path.as_deref()?.rsplit_once('{')?.1.split_once('}').map(|(it, _)| it);
        let (argument, origin) = match (&self.argument, variable()) {
            (Some(argument), _) => (argument.as_str(), origin),
            (None, Some(variable)) => (variable, ir::AliasOrigin::Path),
            (None, None) => ("", origin),
        };
        self.names.iter().map(move |name| ir::ArgumentAlias {
            name: name.clone(),
            argument: argument.to_owned(),
            written: self.written.clone(),
            joined: self.joined.clone(),
            origin,
        })
    }
}

/// A tool's name, or `false` for never a tool.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ToolName {
    Named(String),
    Given(bool),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pagination {
    pub(super) style: Style,
    pub(super) page: Option<String>,
    pub(super) cursor: Option<String>,
    pub(super) offset: Option<String>,
    pub(super) start: Option<String>,
    pub(super) size: Option<String>,
    #[serde(default)]
    pub(super) first: u32,
    pub(super) next: Option<String>,
    pub(super) items: String,
    pub(super) total: Option<String>,
    pub(super) more: Option<String>,
    pub(super) default_size: Option<u32>,
    /// What a call that says no `limit` asks for: long rows fill a model's context.
    pub(super) limit: Option<u32>,
    pub(super) max_size: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Style {
    Page,
    Cursor,
    Offset,
    Scim,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    requests: u32,
    seconds: u32,
    #[serde(default)]
    bucket: String,
}

impl RateLimit {
    pub(super) fn lower(self) -> ir::RateLimit {
        let Self { requests, seconds, bucket } = self;
        ir::RateLimit { requests, seconds, bucket }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Job {
    pub(super) poll: Option<String>,
    #[serde(default)]
    pub(super) arguments: BTreeMap<String, String>,
    pub(super) pending_when: Option<BTreeMap<String, Vec<String>>>,
    pub(super) done_when: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiveFields {
    tool: String,
    items: String,
    key: String,
}

impl LiveFields {
    pub(super) fn lower(self) -> ir::LiveFields {
        let Self { tool, items, key } = self;
        ir::LiveFields { tool: tool.into(), items, key }
    }
}

/// Of a parameter.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Parameter {
    pub(super) argument: Option<String>,
    pub(super) constant: Option<Value>,
}

/// Of a schema.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Schema {
    listed: Option<Listed>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Listed {
    Full,
    Omit,
}

/// Reads the extension where it stands; a fault when it says what it cannot say there.
pub(super) fn read<T: DeserializeOwned + Default>(
    cx: &mut Context<'_>,
    holder: &Value,
    trail: &Trail<'_>,
) -> T {
    let Some(value) = holder.get(NAME) else {
        return T::default();
    };
    read::parse(value.clone()).unwrap_or_else(|reason| {
        cx.fault("extension", &trail.key(NAME), reason);
        T::default()
    })
}

/// How much of a schema is listed.
pub(super) fn listed(
    cx: &mut Context<'_>,
    schema: &Map<String, Value>,
    trail: &Trail<'_>,
) -> ir::Listed {
    let Some(value) = schema.get(NAME) else {
        return ir::Listed::Auto;
    };
    match read::parse::<Schema>(value.clone()) {
        Ok(Schema { listed: Some(Listed::Full) }) => ir::Listed::Full,
        Ok(Schema { listed: Some(Listed::Omit) }) => ir::Listed::Omit,
        Ok(Schema { listed: None }) => ir::Listed::Auto,
        Err(reason) => {
            cx.fault("extension", &trail.key(NAME), reason);
            ir::Listed::Auto
        }
    }
}
