//! The vendor extension `x-drawbridge`, which overlays set: names, tags, paging and limits that no
//! rule can derive.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

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
}

/// The headers that name the person on whose behalf an account calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ActingUser {
    pub(super) email: Option<String>,
    pub(super) id: Option<String>,
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
        ir::ExampleCall { question, tool, arguments }
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
    pub(super) fields_parameter: Option<String>,
    pub(super) live_fields: Option<LiveFields>,
    pub(super) launch_form: bool,
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
    pub(super) default_size: Option<u32>,
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
    pub(super) poll: String,
    #[serde(default)]
    pub(super) arguments: BTreeMap<String, String>,
    pub(super) pending_when: Option<BTreeMap<String, Vec<String>>>,
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
        ir::LiveFields { tool, items, key }
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
