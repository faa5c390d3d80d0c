//! `/accounts/{id}/fields`: what only the tenant knows, its own fields and launch forms, read from the
//! vendor with the account's credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use futures_util::future::join_all;
use serde_json::Value;
use support::Api;
use support::api::Launch;
use support::tool::LiveFields;

use super::head::{Head, Tab, title};
use super::{Of, open};
use crate::app::App;
use crate::bound;
use crate::call::CallContext;
use crate::call::tenant::{Freshness, Unheard};
use crate::call_log::Recorder;
use crate::json::member;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::exposure::counted;
use crate::pages::form::Form;
use crate::pages::inputs::capital;
use crate::pages::session::SignedIn;
use crate::pages::{Answer, page};
use crate::tools::{FormDialect, schema_notation};
use crate::toolset::Filter;
use crate::toolset::launch::may_be_launched;

/// How many fields of one list are shown, and how many fields of one form.
const FIELDS: usize = 60;
/// How many forms are shown.
const FORMS: usize = 20;
/// How much of what a vendor says of a field is repeated, in bytes.
const TEXT: usize = 160;
/// About how much all forms of a page may take together, in bytes.
const ROOM: usize = 60_000;

#[derive(Template)]
#[template(path = "account_fields.html")]
struct FieldsPage {
    chrome: Chrome,
    head: Head,
    title: String,
    words: String,
    lists: Vec<List>,
    forms: Option<Forms>,
}

/// A list of the tenant's own fields.
struct List {
    /// The tool that lists them.
    tool: &'static str,
    title: String,
    /// The tools that take them.
    taken_by: Vec<&'static str>,
    /// Each field, and what the vendor says of it; or why there is none.
    fields: Result<Vec<(String, String)>, String>,
    more: usize,
}

/// The launch forms of the tenant.
struct Forms {
    tool: &'static str,
    launcher: &'static str,
    found: Result<Vec<LaunchForm>, String>,
    more: usize,
}

struct LaunchForm {
    label: String,
    id: String,
    may: bool,
    /// Name, title, shape, and whether it must be filled in.
    fields: Vec<(String, String, String, bool)>,
    more: usize,
}

/// `GET /accounts/{id}/fields`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let words = form.words().to_lowercase();
    let freshness = if form.has("fresh") { Freshness::Refresh } else { Freshness::Cached };
    let (mut lists, mut forms) = (Vec::new(), None);
    if let Some(catalogue) = app.catalogues.get(&account.integration) {
        let opened = open(&app, &account).await?;
        let toolset = app.toolsets.get(catalogue, &Filter::default(), None);
        let context = CallContext {
            account: account.id.as_str(),
            transport: &*opened.transport,
            toolset: &toolset,
            recorder: Recorder::default(),
            digits: None,
        };
        let tenant = &app.pipeline.tenant;
        let sources = sources(catalogue.api);
        let asked = sources.iter().map(|source| tenant.answer(&context, source.of.tool, freshness));
        let answers = join_all(asked).await;
        lists = sources
            .iter()
            .zip(answers)
            .map(|(source, answer)| source.list(answer, &words))
            .collect();
        if let Some(launch) = &catalogue.api.launch {
            let answer = tenant.answer(&context, launch.list, freshness).await;
            forms = Some(Forms::of(launch, catalogue.dialect, answer, &words));
        }
    }
    let title = title(&app, &account).to_owned();
    page(&FieldsPage {
        chrome: Chrome::of(&app, &signed_in, Section::Accounts),
        head: Head::of(&account, Tab::Fields, summary(&title, &lists, forms.as_ref())),
        title,
        words: form.words(),
        lists,
        forms,
    })
}

fn summary(title: &str, lists: &[List], forms: Option<&Forms>) -> String {
    if lists.is_empty() && forms.is_none() {
        return format!("{title} has no fields that differ from tenant to tenant.");
    }
    let fields: usize =
        lists.iter().filter_map(|list| Some(list.fields.as_ref().ok()?.len() + list.more)).sum();
    let count = forms.and_then(|forms| Some(forms.found.as_ref().ok()?.len() + forms.more));
    let told = lists.iter().any(|list| list.fields.is_ok());
    let fields = told.then(|| counted(fields, "field", "fields"));
    let forms = count.map(|count| counted(count, "launch form", "launch forms"));
    let all: Vec<String> = fields.into_iter().chain(forms).collect();
    match all.as_slice() {
        [] => format!("{title} did not tell what this account defines itself."),
        all => format!(
            "This account itself defines {}. Agents' arguments are checked against them.",
            all.join(" and ")
        ),
    }
}

/// Where fields are listed, and for which tools.
struct Source {
    of: LiveFields,
    title: String,
    taken_by: Vec<&'static str>,
}

fn sources(api: &'static Api) -> Vec<Source> {
    let mut found: BTreeMap<&str, Source> = BTreeMap::new();
    for tool in api.tools {
        let Some(of) = tool.live_fields else { continue };
        let title = api.tool(of.tool).map_or(of.tool, |lister| lister.title);
        let title = capital(title.trim_start_matches("List "));
        let source = Source { of, title, taken_by: Vec::new() };
        found.entry(of.tool).or_insert(source).taken_by.push(tool.name);
    }
    found.into_values().collect()
}

impl Source {
    fn list(&self, answer: Result<Arc<Value>, Unheard>, words: &str) -> List {
        let fields = answer.map_err(|why| why.to_string()).map(|answer| {
            let items = member(&answer, self.of.items).unwrap_or(&answer);
            let fields = items.as_array().into_iter().flatten();
            fields
                .filter_map(|item| field(item, self.of.key))
                .filter(|field| fits(field, words))
                .collect()
        });
        let (fields, more) = match fields {
            Ok(fields) => {
                let (fields, more) = first(fields, FIELDS);
                (Ok(fields), more)
            }
            Err(why) => (Err(why), 0),
        };
        List {
            tool: self.of.tool,
            title: self.title.clone(),
            taken_by: self.taken_by.clone(),
            fields,
            more,
        }
    }
}

fn fits((name, rest): &(String, String), words: &str) -> bool {
    name.to_lowercase().contains(words) || rest.to_lowercase().contains(words)
}

/// The first of a list, and how many are left.
fn first<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let more = all.len().saturating_sub(most);
    all.truncate(most);
    (all, more)
}

/// A field's name, and in short what else the vendor says of it.
fn field(item: &Value, key: &str) -> Option<(String, String)> {
    let name = item.get(key)?.as_str()?;
    let rest = item.as_object()?.iter().filter(|(member, _)| *member != key);
    let said = rest.filter_map(|(member, value)| match value {
        Value::String(text) if !text.is_empty() => Some(format!("{member}: {text}")),
        Value::Bool(_) | Value::Number(_) => Some(format!("{member}: {value}")),
        _ => None,
    });
    let said = said.take(6).collect::<Vec<_>>().join(" · ");
    Some((cut(name), cut(&said)))
}

fn cut(text: &str) -> String {
    bound::cut(text, TEXT).into_owned()
}

impl Forms {
    fn of(
        launch: &Launch,
        dialect: &'static dyn FormDialect,
        answer: Result<Arc<Value>, Unheard>,
        words: &str,
    ) -> Self {
        let (tool, launcher) = (launch.list, launch.tool);
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => return Self { tool, launcher, found: Err(why.to_string()), more: 0 },
        };
        let entries = member(&answer, launch.items).and_then(Value::as_array);
        let label = |entry: &Value| Some(member(entry, launch.label)?.as_str()?.to_lowercase());
        let entries = entries.into_iter().flatten();
        let fitting: Vec<&Value> = entries
            .filter(|entry| label(entry).is_some_and(|label| label.contains(words)))
            .collect();
        let mut room = ROOM;
        let mut forms = Vec::new();
        for entry in fitting.iter().take(FORMS) {
            let Some(form) = LaunchForm::of(launch, dialect, entry) else { continue };
            let Some(left) = room.checked_sub(form.size()) else { break };
            room = left;
            forms.push(form);
        }
        let more = fitting.len() - forms.len();
        Self { tool, launcher, found: Ok(forms), more }
    }
}

impl LaunchForm {
    fn of(launch: &Launch, dialect: &'static dyn FormDialect, entry: &Value) -> Option<Self> {
        let text = |name: &str| member(entry, name).and_then(Value::as_str);
        let (id, label) = (text(launch.id)?, text(launch.label)?);
        let form = member(entry, launch.form).and_then(|form| dialect.read(form));
        let schema = form.map(|form| form.schema()).unwrap_or_default();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = schema["properties"].as_object().into_iter().flatten().map(|(name, field)| {
            let said =
                field["title"].as_str().or(field["description"].as_str()).unwrap_or_default();
            (
                cut(name),
                cut(said),
                cut(&schema_notation::short(field, &schema)),
                required.contains(&name.as_str()),
            )
        });
        let (fields, more) = first(fields.collect(), FIELDS);
        Some(Self {
            label: cut(label),
            id: cut(id),
            may: may_be_launched(launch, entry),
            fields,
            more,
        })
    }

    /// About how much it takes of a page, in bytes.
    fn size(&self) -> usize {
        let row = |(name, said, shape, _): &(String, String, String, bool)| {
            name.len() + said.len() + shape.len() + 200
        };
        self.fields.iter().map(row).sum::<usize>() + 600
    }
}
