//! What only the tenant knows: launch forms and its own fields, read through the tools that show them
//! and kept for a while.

mod forms;
mod values;

pub(crate) use forms::{Filled, Template};

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::StatusCode;
use moka::future::Cache;
use serde_json::{Map, Value};
use support::Tool;
use support::TransportError;
use support::api::Launch;
use support::tool::{BodyArguments, LiveFields};

use super::CallContext;
use super::response::legible;
use crate::json::member;
use crate::nearest::nearest;
use crate::tools::{FormDialect, LaunchForm};
use crate::violation::{Violation, Violations};
use crate::work;

/// How long an answer is taken for true.
const KEPT: Duration = Duration::from_secs(300);
/// How many answers are kept.
const CAPACITY: u64 = 512;
/// An answer larger than this is not read, in bytes.
const LARGEST: u64 = 4 << 20;

/// Account, tool and the item's id.
type Key = (Box<str>, &'static str, Box<str>);

/// Answers of the tenants' own tools; cheap to clone.
#[derive(Debug, Clone)]
pub struct TenantMetadata(Cache<Key, Arc<Kept>>);

impl Default for TenantMetadata {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(KEPT).build())
    }
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Memory, or else the tenant.
    Cached,
    /// The tenant, now.
    Refresh,
}

/// Why a tenant did not tell what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unheard {
    /// The API has no such list, or it cannot be asked without arguments.
    #[error("there is no list to ask for")]
    NoList,
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The vendor refused.
    #[error("the vendor answered {0}")]
    Status(StatusCode),
    /// The answer says nothing that can be read.
    #[error("the vendor's answer is no JSON")]
    Unreadable,
}

/// An answer that is kept, and the form that it holds, read once.
#[derive(Debug)]
struct Kept {
    answer: Arc<Value>,
    form: OnceLock<Option<Arc<dyn LaunchForm>>>,
}

impl Kept {
    /// The form in the answer; a large one is read off the executor.
    async fn form(
        self: &Arc<Self>,
        launch: &'static Launch,
        dialect: &'static dyn FormDialect,
    ) -> Option<Arc<dyn LaunchForm>> {
        if let Some(read) = self.form.get() {
            return read.clone();
        }
        let kept = Arc::clone(self);
        let read = move || {
            let read = || dialect.read(member(&kept.answer, launch.form)?);
            kept.form.get_or_init(read).clone()
        };
        work::over(work::weight_of(&self.answer), read).await
    }
}

impl TenantMetadata {
    /// Adds the violations of what the document leaves to the tenant, and tells where files stand in
    /// a form. A tenant that cannot be asked refuses nothing.
    pub(crate) async fn check(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        template: Option<&Template>,
        arguments: &mut Map<String, Value>,
        violations: &mut Violations,
    ) -> Vec<String> {
        // Values were held against their fields before, and their names with them.
        let live_fields = tool.live_fields.filter(|_| tool.tenant_values.is_none());
        let mut files = Vec::new();
        if template.is_none() && live_fields.is_none() {
            return files;
        }
        for freshness in [Freshness::Cached, Freshness::Refresh] {
            let mut found = Violations::default();
            let mut fresh = false;
            if let Some(template) = template {
                let held = self.check_form(context, template, arguments, freshness, &mut found);
                let (is_fresh, places) = held.await;
                (fresh, files) = (is_fresh, places);
            }
            if let Some(source) = live_fields {
                fresh |= self
                    .check_fields(context, tool, source, arguments, freshness, &mut found)
                    .await;
            }
            // What is kept may be out of date: the tenant has the last word.
            if found.is_empty() || fresh || freshness == Freshness::Refresh {
                violations.append(found);
                break;
            }
        }
        files
    }

    /// Whether the names came from the tenant just now.
    async fn check_fields(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        source: LiveFields,
        arguments: &Map<String, Value>,
        freshness: Freshness,
        violations: &mut Violations,
    ) -> bool {
        if !matches!(tool.body, BodyArguments::Members { open: true, .. }) {
            return false;
        }
        let unknown: Vec<&String> =
            arguments.keys().filter(|name| tool.argument(name).is_none()).collect();
        if unknown.is_empty() {
            return false;
        }
        let Some(lister) = context.toolset.catalogue.tool(source.tool) else { return false };
        let Ok((kept, fresh)) = self.read(context, lister.tool, "", freshness).await else {
            return false;
        };
        let names: Vec<&str> = keys(&kept.answer, source).collect();
        if names.is_empty() {
            return fresh;
        }
        let known: HashSet<&str> = names.iter().copied().collect();
        for name in unknown.into_iter().filter(|name| !known.contains(name.as_str())) {
            violations.add(|| {
                let members = tool.arguments.iter().filter(|known| !known.target.is_parameter());
                let declared = members.map(|known| known.name);
                let near = nearest(name, names.iter().copied().chain(declared));
                let expected = match context.toolset.get(source.tool) {
                    Some(_) => format!("a field of this tenant, as {} lists them", source.tool),
                    None => "a field of this tenant".to_owned(),
                };
                Violation { nearest: near.map(str::to_owned), ..Violation::of(name, expected) }
            });
        }
        fresh
    }

    /// The keys of the tenant's own fields, as `source` lists them, and whether the tenant told them
    /// just now; `None` when it cannot be asked.
    pub(crate) async fn field_keys(
        &self,
        context: &CallContext<'_>,
        source: LiveFields,
        freshness: Freshness,
    ) -> Option<(Vec<String>, bool)> {
        let lister = context.toolset.catalogue.tool(source.tool)?.tool;
        let (kept, fresh) = self.read(context, lister, "", freshness).await.ok()?;
        Some((keys(&kept.answer, source).map(str::to_owned).collect(), fresh))
    }

    /// The answer of the list `name`, whether or not the caller may use it.
    ///
    /// # Errors
    /// Why the tenant cannot be asked.
    pub(crate) async fn answer(
        &self,
        context: &CallContext<'_>,
        name: &str,
        freshness: Freshness,
    ) -> Result<Arc<Value>, Unheard> {
        let tool = context.toolset.catalogue.tool(name).ok_or(Unheard::NoList)?.tool;
        self.read(context, tool, "", freshness).await.map(|(kept, _)| kept.answer.clone())
    }

    /// The answer of `tool` for the item `id` (or for none), and whether it came just now.
    async fn read(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        id: &str,
        freshness: Freshness,
    ) -> Result<(Arc<Kept>, bool), Unheard> {
        let key = key(context, tool, id);
        if freshness != Freshness::Refresh
            && let Some(kept) = self.0.get(&key).await
        {
            return Ok((kept, false));
        }
        let mut arguments = Map::new();
        if !id.is_empty() {
            arguments.insert("id".to_owned(), id.into());
        }
        self.ask(context, tool, arguments, key).await
    }

    /// The answer of `tool` to these arguments, which is kept under `key`.
    async fn ask(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        arguments: Map<String, Value>,
        key: Key,
    ) -> Result<(Arc<Kept>, bool), Unheard> {
        let request = (tool.request)(tool, arguments).map_err(|_| Unheard::NoList)?;
        let response = context.transport.send(request).await?.collect(LARGEST).await?;
        if !response.status.is_success() {
            return Err(Unheard::Status(response.status));
        }
        let read = move |response| serde_json::from_slice(&legible(response).body).ok();
        let answer: Option<Value> = work::over(response.body.len(), move || read(response)).await;
        let answer = Arc::new(answer.ok_or(Unheard::Unreadable)?);
        let kept = Arc::new(Kept { answer, form: OnceLock::new() });
        self.0.insert(key, kept.clone()).await;
        Ok((kept, true))
    }
}

/// The keys in an answer that lists fields.
fn keys(answer: &Value, source: LiveFields) -> impl Iterator<Item = &str> {
    let items = member(answer, source.items).unwrap_or(answer);
    let items = items.as_array().into_iter().flatten();
    items.filter_map(move |item| item.get(source.key)?.as_str())
}

fn key(context: &CallContext<'_>, tool: &'static Tool, id: &str) -> Key {
    (context.account.into(), tool.name, id.into())
}
