//! Launch forms: which template is meant, values held against its form, what the form asks for.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};
use support::Tool;
use support::api::Launch;

use super::{Freshness, TenantMetadata, Unheard};
use crate::bound;
use crate::call::{CallContext, Outcome};
use crate::json::member;
use crate::pointer::child;
use crate::tools::{Defaults, LaunchForm, ServedTool, schema_notation};
use crate::violation::Violations;
use crate::work;

/// No template's id is longer, in bytes, and none longer is kept.
const LONGEST_ID: usize = 256;
/// About what a field of a form takes as JSON, in bytes.
const FIELD: usize = 100;
/// How much is told of the fields of a form, in bytes.
const TOLD: usize = 5_000;

/// A template whose form the arguments of a call follow.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    launch: &'static Launch,
    /// The tool that shows it, whether or not the caller may use that.
    shown_by: &'static Tool,
    id: Box<str>,
    /// Whether a tool of its own launches it, whose arguments are the form's fields.
    is_tool: bool,
}

impl Template {
    /// The template that a launching tool is for, or that its arguments name.
    pub(crate) fn of(
        context: &CallContext<'_>,
        served: &ServedTool,
        arguments: &Map<String, Value>,
    ) -> Option<Self> {
        let catalogue = &context.toolset.catalogue;
        let own = served.launch();
        let is_tool = own.is_some();
        let launch = catalogue.api.launch.as_ref();
        let launch = launch.filter(|_| is_tool || served.tool.launch_form)?;
        let shown_by = catalogue.tool(launch.get)?.tool;
        let id = match own {
            Some(own) => own.template.as_str(),
            None => arguments.get(launch.template)?.as_str()?,
        };
        let template = || Self { launch, shown_by, id: id.into(), is_tool };
        (1..=LONGEST_ID).contains(&id.len()).then(template)
    }

    /// The form as it was filled in, from the arguments of the launching operation.
    pub(crate) fn filled(self, arguments: &Map<String, Value>) -> Filled {
        let (launch, values) = (self.launch, arguments.get(self.launch.values));
        let values = values.and_then(Value::as_object).cloned().unwrap_or_default();
        Filled { template: self, values, defaults: defaults(launch, arguments) }
    }
}

/// A form as it was filled in for a call.
#[derive(Debug)]
pub(crate) struct Filled {
    template: Template,
    values: Map<String, Value>,
    defaults: Defaults,
}

fn defaults(launch: &Launch, arguments: &Map<String, Value>) -> Defaults {
    let fills = launch.defaults.is_some_and(|name| arguments.get(name) == Some(&true.into()));
    if fills { Defaults::Filled } else { Defaults::Left }
}

impl TenantMetadata {
    /// The form of a template, as calls are held against it; `None` when it has none that can be read.
    ///
    /// # Errors
    /// Why the tenant cannot be asked.
    pub(crate) async fn form(
        &self,
        context: &CallContext<'_>,
        template: &Template,
        freshness: Freshness,
    ) -> Result<Option<Arc<dyn LaunchForm>>, Unheard> {
        let (kept, _) = self.read(context, template.shown_by, &template.id, freshness).await?;
        Ok(kept.form(template.launch, context.toolset.catalogue.dialect).await)
    }

    /// The ids of the templates whose label `given` is; none when it is an id.
    pub(crate) async fn called(
        &self,
        context: &CallContext<'_>,
        launch: &Launch,
        given: &str,
    ) -> Vec<String> {
        let wanted = given.trim().to_lowercase();
        for freshness in [Freshness::Cached, Freshness::Refresh] {
            let Ok(answer) = self.answer(context, launch.list, freshness).await else { break };
            let entries = member(&answer, launch.items).and_then(Value::as_array);
            let text = |entry, name| member(entry, name).and_then(Value::as_str);
            let called = |entry| {
                let label = text(entry, launch.label)?.trim().to_lowercase();
                text(entry, launch.id).filter(|id| *id == given || label == wanted)
            };
            let found: Vec<String> =
                entries.into_iter().flatten().filter_map(called).map(str::to_owned).collect();
            if found.iter().any(|id| id == given) {
                break;
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// What became of a launch that the vendor refused: the form may have changed, so that it is read
    /// once more and tells what is wrong.
    pub(crate) async fn explain(
        &self,
        context: &CallContext<'_>,
        filled: Filled,
        outcome: Outcome,
    ) -> Outcome {
        let Filled { template, values, defaults } = filled;
        let form = self.form(context, &template, Freshness::Refresh).await;
        let Ok(Some(form)) = form else { return outcome };
        let is_tool = template.is_tool;
        let pointer = if is_tool { String::new() } else { child("", template.launch.values) };
        let (_, violations, _) = held(form, pointer, values, defaults).await;
        if violations.is_empty() { outcome } else { outcome.explained(&violations) }
    }

    /// Whether the form came from the tenant just now, and where files stand in it.
    pub(super) async fn check_form(
        &self,
        context: &CallContext<'_>,
        template: &Template,
        arguments: &mut Map<String, Value>,
        freshness: Freshness,
        violations: &mut Violations,
    ) -> (bool, Vec<String>) {
        let launch = template.launch;
        let given = arguments.get(launch.values).filter(|given| !given.is_null());
        let is_given = given.is_some();
        if given.is_some_and(|given| !given.is_object()) {
            return (false, Vec::new());
        }
        let read = self.read(context, template.shown_by, &template.id, freshness).await;
        let Ok((kept, fresh)) = read else { return (false, Vec::new()) };
        let Some(form) = kept.form(launch, context.toolset.catalogue.dialect).await else {
            return (fresh, Vec::new());
        };
        let defaults = defaults(launch, arguments);
        let values = match arguments.get_mut(launch.values) {
            Some(Value::Object(given)) => std::mem::take(given),
            _ => Map::new(),
        };
        let pointer = child("", launch.values);
        let (values, mut found, files) = held(Arc::clone(&form), pointer, values, defaults).await;
        if is_given {
            arguments.insert(launch.values.to_owned(), values.into());
        } else {
            let shown_by = context.toolset.get(launch.get).map(|served| served.tool.name);
            let asked = move || asked(&form.schema(), launch.values, shown_by);
            found.advise(work::over(work::weight_of(&kept.answer), asked).await);
        }
        violations.append(found);
        (fresh, files)
    }
}

/// Values held against a form: as they are sent, what is wrong with them, where the files are.
async fn held(
    form: Arc<dyn LaunchForm>,
    pointer: String,
    mut values: Map<String, Value>,
    defaults: Defaults,
) -> (Map<String, Value>, Violations, Vec<String>) {
    // Rows of a table are held against each of its columns.
    let weight = work::weight(&values).saturating_mul(form.size() / FIELD + 1);
    let checking = move || {
        let mut violations = Violations::default();
        let files = form.check(&pointer, &mut values, defaults, &mut violations);
        (values, violations, files)
    };
    work::over(weight, checking).await
}

/// What a form asks for, in words: each field with its shape, those that are needed first.
fn asked(schema: &Value, values: &str, shown_by: Option<&str>) -> String {
    let fields = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let mut fields: Vec<(&String, &Value)> = fields.into_iter().flatten().collect();
    fields.sort_by_key(|(name, _)| !is_required(name));
    let mut said = format!("Fill in `{values}` by the fields of this form:");
    for (place, (name, field)) in fields.iter().enumerate() {
        if said.len() > TOLD {
            let shown_by =
                shown_by.map_or_else(String::new, |tool| format!(", as {tool} shows them"));
            return format!("{said} and {} more{shown_by}", fields.len() - place);
        }
        let needed = if is_required(name) { " (required)" } else { "" };
        let (name, shape) = (bound::cut(name, bound::NAME), schema_notation::short(field, schema));
        let label = field.get("description").and_then(Value::as_str).unwrap_or_default();
        let label = if label.is_empty() { label.to_owned() } else { format!(" ({label})") };
        _ = write!(said, "\n{name}{needed}: {shape}{}", bound::cut(&label, bound::NAME));
    }
    said
}
