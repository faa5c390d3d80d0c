//! What only the tenant knows of a tool's arguments: its own fields, its templates and their forms,
//! read with the account's credentials as calls read them.

use std::sync::Arc;

use serde_json::{Map, Value};
use support::api::Launch;
use support::tool::{BodyArguments, LiveFields};

use super::arguments::{Asked, Group, Of, of_schema, of_tool};
use super::field::{Field, Kind};
use crate::app::App;
use crate::bound;
use crate::call::CallContext;
use crate::call::tenant::{Freshness, Template};
use crate::call_log::Recorder;
use crate::directory::OpenAccount;
use crate::json::member;
use crate::tools::ServedTool;
use crate::toolset::Toolset;
use crate::toolset::launch::may_be_launched;

/// How many templates are offered.
const TEMPLATES: usize = 200;
/// How many of the tenant's own fields are looked at.
const FIELDS: usize = 400;
/// How much of what a vendor says of a field is repeated, in bytes.
const SAID: usize = 160;

/// A tool of an account, with the way to its tenant.
#[derive(Clone, Copy)]
pub(super) struct Tenant<'a> {
    pub(super) app: &'a App,
    pub(super) account: &'a OpenAccount,
    pub(super) toolset: &'a Arc<Toolset>,
    pub(super) served: &'a ServedTool,
}

/// The templates that a tool launches.
pub(super) struct Templates {
    /// Id and label of each.
    pub(super) found: Vec<(String, String)>,
    /// How many there are beside those.
    pub(super) more: usize,
}

impl<'a> Tenant<'a> {
    /// How the tool launches things by forms.
    pub(super) fn launch(self) -> Option<&'static Launch> {
        let launch = self.account.api.launch.as_ref();
        launch.filter(|_| self.served.tool.launch_form)
    }

    /// The templates that may be launched.
    ///
    /// # Errors
    /// Why the vendor did not tell, in words.
    pub(super) async fn templates(self, launch: &Launch) -> Result<Templates, String> {
        let tenant = &self.app.pipeline.tenant;
        let answer = tenant.answer(&self.context(), launch.list, Freshness::Cached).await;
        let answer = answer.map_err(|why| why.to_string())?;
        let entries = member(&answer, launch.items).and_then(Value::as_array);
        let text = |entry: &Value, name: &str| Some(member(entry, name)?.as_str()?.to_owned());
        let mut found: Vec<(String, String)> = entries
            .into_iter()
            .flatten()
            .filter(|entry| may_be_launched(launch, entry))
            .filter_map(|entry| Some((text(entry, launch.id)?, text(entry, launch.label)?)))
            .filter(|(id, _)| !id.is_empty() && id.len() <= bound::NAME)
            .map(|(id, label)| (id, bound::cut(&label, bound::NAME).into_owned()))
            .collect();
        let more = found.len().saturating_sub(TEMPLATES);
        found.truncate(TEMPLATES);
        Ok(Templates { found, more })
    }

    /// The form of the tool, with the fields of the template `chosen` and those that the tenant
    /// itself defines; and what of that the vendor did not tell, in words.
    pub(super) async fn asked(self, chosen: Option<&str>) -> (Asked, Vec<String>) {
        let (mut groups, mut notes) = (Vec::new(), Vec::new());
        let mut template = None;
        let mut without: Vec<&str> = Vec::new();
        if let (Some(launch), Some(id)) = (self.launch(), chosen) {
            match self.form(launch, id).await {
                Ok(schema) => {
                    let hint = "What this template asks for, as the account has it now.".to_owned();
                    let of = Of::Template(launch.values);
                    let fields = of_schema(of, &schema);
                    groups.push(Group::new(of, "Launch form", hint, fields));
                    without.extend([launch.template, launch.values]);
                    template = Some((launch.template, id.to_owned()));
                }
                Err(why) => {
                    let values = launch.values;
                    notes.push(format!(
                        "The form of this template cannot be read: {why}. Give {values} as JSON."
                    ));
                }
            }
        }
        let mut fields = of_tool(self.served, &without);
        if let (Some(launch), Some(id)) = (self.launch(), chosen) {
            let named = fields.iter_mut().find(|field| field.name == launch.template);
            if let Some(field) = named {
                id.clone_into(&mut field.typed);
            }
        }
        let own = self.own(&fields, &mut notes).await;
        if !fields.is_empty() {
            let heading = if groups.is_empty() { "" } else { "Beside the form" };
            groups.push(Group::new(Of::Tool, heading, String::new(), fields));
        }
        groups.extend(own);
        (Asked::of(groups, template), notes)
    }

    /// What people know a template by, as far as the vendor tells.
    pub(super) async fn label(self, id: &str) -> Option<String> {
        let templates = self.templates(self.launch()?).await.ok()?;
        templates.found.into_iter().find(|(known, _)| known == id).map(|(_, label)| label)
    }

    async fn form(self, launch: &Launch, id: &str) -> Result<Value, String> {
        let chosen = Map::from_iter([(launch.template.to_owned(), Value::from(id))]);
        let context = self.context();
        let template = Template::of(&context, self.served, &chosen)
            .ok_or_else(|| "it has no such id".to_owned())?;
        let form = self.app.pipeline.tenant.form(&context, &template, Freshness::Cached).await;
        let form = form.map_err(|why| why.to_string())?;
        let form = form.ok_or_else(|| "it has no form that can be filled in here".to_owned())?;
        Ok(form.schema())
    }

    /// The fields that the tenant itself defines, where the tool takes such.
    async fn own(self, known: &[Field], notes: &mut Vec<String>) -> Option<Group> {
        let tool = self.served.tool;
        let source = tool.live_fields?;
        if !matches!(tool.body, BodyArguments::Members { open: true, .. }) {
            return None;
        }
        let tenant = &self.app.pipeline.tenant;
        let answer = match tenant.answer(&self.context(), source.tool, Freshness::Cached).await {
            Ok(answer) => answer,
            Err(why) => {
                notes.push(format!(
                    "The fields that this account defines itself are not known: {why}. All arguments can be given as JSON."
                ));
                return None;
            }
        };
        let items = member(&answer, source.items).unwrap_or(&answer);
        let items = items.as_array().into_iter().flatten().take(FIELDS);
        let fields = items.filter_map(|item| own_field(item, source));
        let fields: Vec<Field> =
            fields.filter(|field| known.iter().all(|known| known.name != field.name)).collect();
        let hint = format!("As {} lists them now.", source.tool);
        let title = "Fields of this account";
        (!fields.is_empty()).then(|| Group::new(Of::Tenant, title, hint, fields))
    }

    fn context(self) -> CallContext<'a> {
        CallContext {
            account: self.account.id.as_str(),
            transport: &*self.account.transport,
            toolset: self.toolset,
            recorder: Recorder::default(),
            digits: None,
        }
    }
}

/// A field that a tenant defines, as its list tells of it.
fn own_field(item: &Value, source: LiveFields) -> Option<Field> {
    let name = item.get(source.key)?.as_str()?;
    let rest = item.as_object()?.iter().filter(|(member, _)| *member != source.key);
    let said = rest.filter_map(|(member, value)| match value {
        Value::String(text) if !text.is_empty() => Some(format!("{member}: {text}")),
        Value::Bool(_) | Value::Number(_) => Some(format!("{member}: {value}")),
        _ => None,
    });
    let said = said.take(6).collect::<Vec<_>>().join(" · ");
    let told = item.get("type").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let kind = match told.as_str() {
        "number" | "integer" | "float" | "decimal" => Kind::Number,
        "boolean" | "bool" | "checkbox" => Kind::YesNo,
        _ => Kind::Plain,
    };
    let mut field = Field::typed_as(Of::Tenant.key(), name, kind, &bound::cut(&said, SAID), false);
    if field.kind == Kind::Plain {
        "Text; a list or an object as JSON".clone_into(&mut field.takes);
    }
    Some(field)
}
