//! What only the tenant knows: launch forms and its own fields, read through the tools that show
//! them and kept for a while.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use serde_json::{Map, Value};
use support::Tool;
use support::tool::{BodyArguments, LiveFields};

use crate::call::violation::{self, Violation, Violations};
use crate::call::{CallContext, form};
use crate::work;

/// How long an answer is taken for true.
const KEPT: Duration = Duration::from_secs(300);
/// How many answers are kept.
const CAPACITY: u64 = 512;
/// An answer larger than this is not read, in bytes.
const LARGEST: u64 = 4 << 20;

/// About what a field of a form takes as JSON, in bytes.
const COLUMN: usize = 100;

/// Account, tool and the item's id.
type Key = (Box<str>, &'static str, Box<str>);

/// Answers of the tenants' own tools; cheap to clone.
#[derive(Debug, Clone)]
pub struct TenantMetadata(Cache<Key, Arc<Value>>);

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

impl TenantMetadata {
    /// Appends the violations of what the document leaves to the tenant. A tenant that cannot be
    /// asked refuses nothing.
    pub(crate) async fn check(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        arguments: &mut Map<String, Value>,
        violations: &mut Violations,
    ) {
        for freshness in [Freshness::Cached, Freshness::Refresh] {
            let mut found = Violations::default();
            let mut fresh = false;
            if tool.launch_form {
                fresh |= self.check_form(context, arguments, freshness, &mut found).await;
            }
            if let Some(live) = tool.live_fields {
                fresh |=
                    self.check_fields(context, tool, live, arguments, freshness, &mut found).await;
            }
            // What is kept may be out of date: the tenant has the last word.
            if found.is_empty() || fresh || freshness == Freshness::Refresh {
                violations.append(found);
                return;
            }
        }
    }

    /// Forgets what is kept of this call's template, because the vendor disagreed.
    pub(crate) async fn forget(&self, context: &CallContext<'_>, arguments: &Map<String, Value>) {
        if let (Some(tool), Some(template)) = (form_tool(context), template(arguments)) {
            self.0.invalidate(&key(context, tool, template)).await;
        }
    }

    /// Whether the form came from the tenant just now.
    async fn check_form(
        &self,
        context: &CallContext<'_>,
        arguments: &mut Map<String, Value>,
        freshness: Freshness,
        violations: &mut Violations,
    ) -> bool {
        let (Some(tool), Some(template)) = (form_tool(context), template(arguments)) else {
            return false;
        };
        if !arguments.get("attributes").is_some_and(Value::is_object) {
            return false;
        }
        let Some((answer, fresh)) = self.read(context, tool, template, freshness).await else {
            return false;
        };
        let defaults = arguments.get("useDefaultValues") == Some(&Value::Bool(true));
        let Some(given) = arguments.get_mut("attributes").and_then(Value::as_object_mut) else {
            return fresh;
        };
        let defaults = if defaults { form::Defaults::Filled } else { form::Defaults::Left };
        let mut attributes = std::mem::take(given);
        // Rows of a table are held against each of its columns.
        let columns = answer
            .get("schema")
            .and_then(Value::as_object)
            .map_or(1, |fields| work::weight(fields) / COLUMN + 1);
        let weight = work::weight(&attributes).saturating_mul(columns);
        let checking = move || {
            let mut violations = Violations::default();
            if let Some(fields) = answer.get("schema").and_then(Value::as_object) {
                form::check("/attributes", fields, &mut attributes, defaults, &mut violations);
            }
            (attributes, violations)
        };
        let (checked, found) = work::over(weight, checking).await;
        *given = checked;
        violations.append(found);
        fresh
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
        let declared = |name: &str| tool.arguments.iter().any(|argument| argument.name == name);
        let unknown: Vec<&String> = arguments.keys().filter(|name| !declared(name)).collect();
        if unknown.is_empty() {
            return false;
        }
        let lister = context.toolset.catalogue.tool(source.tool).map(|served| served.tool);
        let Some(lister) = lister else { return false };
        let Some((answer, fresh)) = self.read(context, lister, "", freshness).await else {
            return false;
        };
        let items = source
            .items
            .split('.')
            .try_fold(&*answer, |value, name| value.get(name))
            .unwrap_or(&*answer);
        let names: Vec<&str> = items
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item.get(source.key)?.as_str())
            .collect();
        if names.is_empty() {
            return fresh;
        }
        let known: HashSet<&str> = names.iter().copied().collect();
        for name in unknown.into_iter().filter(|name| !known.contains(name.as_str())) {
            violations.add(|| {
                let nearest = violation::nearest(name, names.iter().copied()).map(str::to_owned);
                Violation {
                    nearest,
                    ..Violation::of(
                        name,
                        format!("a field of this tenant, as {} lists them", source.tool),
                    )
                }
            });
        }
        fresh
    }

    /// The answer of the list `name`, whether or not the caller may use it; `None` when the tenant
    /// cannot be asked.
    pub(crate) async fn answer(
        &self,
        context: &CallContext<'_>,
        name: &str,
        freshness: Freshness,
    ) -> Option<Arc<Value>> {
        let tool = context.toolset.catalogue.tool(name)?.tool;
        self.read(context, tool, "", freshness).await.map(|(answer, _)| answer)
    }

    /// The answer of `tool` for the item `id` (or for none), and whether it came just now.
    async fn read(
        &self,
        context: &CallContext<'_>,
        tool: &'static Tool,
        id: &str,
        freshness: Freshness,
    ) -> Option<(Arc<Value>, bool)> {
        let key = key(context, tool, id);
        if freshness != Freshness::Refresh
            && let Some(kept) = self.0.get(&key).await
        {
            return Some((kept, false));
        }
        let mut arguments = Map::new();
        if !id.is_empty() {
            arguments.insert("id".to_owned(), id.into());
        }
        let request = (tool.request)(tool, arguments).ok()?;
        let response = context.transport.send(request).await.ok()?.collect(LARGEST).await.ok()?;
        if !response.status.is_success() {
            return None;
        }
        let body = response.body;
        let answer: Value =
            work::over(body.len(), move || serde_json::from_slice(&body).ok()).await?;
        let answer = Arc::new(answer);
        self.0.insert(key, answer.clone()).await;
        Some((answer, true))
    }
}

/// The tool that shows a launch form, whether or not the caller may use it.
fn form_tool(context: &CallContext<'_>) -> Option<&'static Tool> {
    context
        .toolset
        .catalogue
        .tool("get_single_ironclad_workflow_schema_by_id")
        .map(|served| served.tool)
}

fn template(arguments: &Map<String, Value>) -> Option<&str> {
    /// No id is longer, in bytes, and none longer is kept.
    const LONGEST: usize = 256;
    arguments
        .get("template")
        .and_then(Value::as_str)
        .filter(|template| (1..=LONGEST).contains(&template.len()))
}

fn key(context: &CallContext<'_>, tool: &'static Tool, id: &str) -> Key {
    (context.account.into(), tool.name, id.into())
}
