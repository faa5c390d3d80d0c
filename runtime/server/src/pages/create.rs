//! *Create MCP server*: one page of choices, with what they come to beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use support::Api;

use super::chrome::{Chrome, Section};
use super::draft::{self, CUSTOM, Draft, EVERYTHING, READ, Settled};
use super::exposure::{Exposure, counted, listed, number};
use super::failure::Failure;
use super::form::Form;
use super::once;
use super::session::{SignedIn, redirect};
use super::until::UntilChoice;
use super::{Answer, is_part, page};
use crate::admin::input::account_id;
use crate::app::App;
use crate::directory::OpenAccount;
use crate::provision::{ProvisionError, ServerAuth, Token};
use crate::violation::Violations;

#[derive(Template)]
#[template(path = "create.html")]
struct CreatePage {
    chrome: Chrome,
    account: String,
    account_name: String,
    choices: Choices,
    preview: Preview,
    nonce: String,
}

#[derive(Template)]
#[template(path = "preview.html")]
pub(super) struct PreviewPart {
    pub(super) preview: Preview,
}

/// What can be chosen, and what is.
pub(super) struct Choices {
    pub(super) draft: Draft,
    pub(super) presets: Vec<PresetChoice>,
    pub(super) methods: Vec<Chip>,
    pub(super) tags: Vec<Chip>,
    pub(super) until: UntilChoice,
    pub(super) faults: BTreeMap<&'static str, String>,
    /// Whether the API launches things by forms.
    pub(super) forms: bool,
}

/// A card.
pub(super) struct PresetChoice {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) description: String,
    pub(super) chosen: bool,
}

/// A chip.
#[derive(Debug)]
pub(super) struct Chip {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) chosen: bool,
}

/// Who may use a URL.
pub(super) const AUTHS: [(ServerAuth, &str, &str); 3] = [
    (ServerAuth::Url, "Anyone who has it", "The URL is all it takes."),
    (
        ServerAuth::Oauth,
        "People who sign in",
        "Each client is let in once, in a browser, with an API token. ChatGPT and Claude can do this (OAuth).",
    ),
    (
        ServerAuth::ApiToken,
        "Programs with an API token",
        "Sent with every request. ChatGPT and Claude on the web can not do this.",
    ),
];

/// What choices come to.
pub(super) struct Preview {
    pub(super) exposure: Exposure,
    pub(super) tokens: String,
    pub(super) fit: (&'static str, &'static str),
    pub(super) cannot: String,
    pub(super) end: String,
    pub(super) discovery: bool,
    pub(super) fault: Option<String>,
    /// The tools that are not exposed, to be added.
    pub(super) others: Exposure,
    pub(super) dropped: Vec<String>,
    pub(super) added: Vec<String>,
    /// What a change adds and removes, by name.
    pub(super) change: Option<Change>,
}

/// What saving changes.
pub(super) struct Change {
    pub(super) adds: Vec<String>,
    pub(super) removes: Vec<String>,
}

impl Choices {
    pub(super) fn fault(&self, field: &str) -> Option<&String> {
        self.faults.get(field)
    }
}

impl Preview {
    /// How full the common limit of a list's tokens is.
    pub(super) fn meter(&self) -> usize {
        self.exposure.tokens.min(10_000)
    }

    pub(super) fn count(&self) -> String {
        counted(self.exposure.tools, "tool", "tools")
    }
}

/// The choices of a draft for an API.
pub(super) fn choices(
    app: &App,
    api: &'static Api,
    draft: Draft,
    faults: BTreeMap<&'static str, String>,
    zone: &jiff::tz::TimeZone,
) -> Choices {
    let chip = |key: &str, title: String, chosen: bool| Chip { key: key.to_owned(), title, chosen };
    let fault = faults.get("until").cloned();
    let until = UntilChoice::of(&draft.until, &draft.date, fault, app.provision.now(), zone);
    let tags: std::collections::BTreeSet<&str> =
        api.tools.iter().flat_map(|tool| tool.tags).copied().collect();
    Choices {
        presets: presets(api, &draft.preset),
        methods: draft::methods(api)
            .into_iter()
            .map(|word| chip(word, draft::method_words(word), draft.methods.contains(word)))
            .collect(),
        tags: tags
            .into_iter()
            .map(|tag| chip(tag, tag.replace('_', " "), draft.tags.contains(tag)))
            .collect(),
        until,
        faults,
        forms: api.launch.is_some(),
        draft,
    }
}

fn presets(api: &'static Api, chosen: &str) -> Vec<PresetChoice> {
    let removes = api.tools.iter().any(|tool| tool.annotations.destructive);
    let mut all =
        vec![(READ, "Read only", "No tool that changes anything exists for it.".to_owned())];
    all.extend(api.presets.iter().map(|one| (one.key, one.title, one.description.to_owned())));
    let everything = if removes { ", deletions too" } else { "" };
    all.push((
        EVERYTHING,
        "Everything",
        format!("All {} tools{everything}.", number(listed(api) as u64)),
    ));
    all.push((CUSTOM, "Custom", "Methods, areas, single tools.".to_owned()));
    all.into_iter()
        .map(|(key, title, description)| PresetChoice {
            key,
            title,
            description,
            chosen: key == chosen,
        })
        .collect()
}

/// What a settled draft is shown as.
pub(super) fn preview(
    app: &App,
    api: &'static Api,
    draft: &Draft,
    settled: &Settled,
    zone: &jiff::tz::TimeZone,
) -> Preview {
    let exposure = settled.exposure.clone();
    let everything = Exposure::of(app, api, &crate::toolset::Filter::default());
    let others = everything.without(&exposure, &draft.drop);
    Preview {
        tokens: counted(exposure.tokens, "token", "tokens"),
        fit: exposure.fit(),
        cannot: exposure.cannot(api),
        end: if settled.faults.contains_key("until") {
            String::new()
        } else {
            draft::end_in_words(settled.expires_at, app.provision.now(), zone)
        },
        discovery: draft.discovery,
        fault: settled.faults.get("tools").cloned(),
        others,
        dropped: settled.chosen.intersection(&draft.drop).cloned().collect(),
        added: draft.add.difference(&settled.chosen).cloned().collect(),
        change: None,
        exposure,
    }
}

/// The account that a path names, and its API.
pub(super) async fn opened(app: &App, id: &str) -> Result<Arc<OpenAccount>, Failure> {
    app.directory.account(&account_id(id)?).await?.ok_or_else(Failure::not_found)
}

/// `GET /accounts/{id}/mcp/new`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
) -> Answer {
    let account = opened(&app, &id).await?;
    let draft = Draft::fresh();
    let mut settled = draft.settle(&app, &account, &signed_in.zone).await;
    // Nothing was sent yet, so nothing is wrong.
    settled.faults.clear();
    whole(&app, &signed_in, &account, draft, &settled, fresh_nonce())
}

/// `POST /accounts/{id}/mcp/preview`: the page with what its choices come to, or for the script that
/// part alone.
pub(super) async fn shown(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let account = opened(&app, &id).await?;
    let draft = Draft::of(&form);
    let mut settled = draft.settle(&app, &account, &signed_in.zone).await;
    settled.faults.remove("name");
    if is_part(&headers) {
        let preview = preview(&app, account.api, &draft, &settled, &signed_in.zone);
        return page(&PreviewPart { preview });
    }
    whole(&app, &signed_in, &account, draft, &settled, form.text("nonce").to_owned())
}

fn whole(
    app: &App,
    signed_in: &SignedIn,
    account: &OpenAccount,
    draft: Draft,
    settled: &Settled,
    nonce: String,
) -> Answer {
    let preview = preview(app, account.api, &draft, settled, &signed_in.zone);
    let faults = settled.faults.clone();
    page(&CreatePage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        account: account.id.to_string(),
        account_name: account.name.clone(),
        choices: choices(app, account.api, draft, faults, &signed_in.zone),
        preview,
        nonce,
    })
}

/// `POST /accounts/{id}/mcp/new`: the one answer that shows the URL.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    form: Form,
) -> Answer {
    let account = opened(&app, &id).await?;
    let draft = Draft::of(&form);
    let mut settled = draft.settle(&app, &account, &signed_in.zone).await;
    let nonce = form.text("nonce");
    let new = match app.provision.read_new_server(draft.body(&settled)) {
        Ok(new) if settled.faults.is_empty() => new,
        read => {
            if let Err(violations) = read {
                add_faults(&mut settled.faults, &violations);
            }
            let shown = whole(&app, &signed_in, &account, draft, &settled, nonce.to_owned())?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response());
        }
    };
    match app.provision.create_server(&account.id, new, &signed_in.once(nonce)).await {
        Ok((server, token)) => {
            tracing::info!(account = %account.id, server = %server.id, "MCP server made");
            once::shown(&app, &signed_in, &account, &server, &token, &settled.exposure).await
        }
        Err(ProvisionError::Repeated) => once::repeated(&app, &signed_in, nonce).await,
        Err(error) => Err(error.into()),
    }
}

/// Puts what is wrong with a body beside the fields that it came from.
pub(super) fn add_faults(faults: &mut BTreeMap<&'static str, String>, violations: &Violations) {
    for violation in violations.named() {
        let (field, what) = match violation.pointer.as_str() {
            "/name" => ("name", "The name"),
            "/owner" => ("owner", "The owner"),
            "/purpose" => ("purpose", "The purpose"),
            "/expires_at" => ("until", "The end"),
            _ => ("tools", "The choice of tools"),
        };
        faults.entry(field).or_insert_with(|| format!("{what} {}.", violation.expected));
    }
}

/// What makes a form one that does what it does once.
pub(super) fn fresh_nonce() -> String {
    Token::random("").expose().to_owned()
}

/// Leads to the page of a server.
pub(super) fn to_server(app: &App, id: &str) -> Response {
    redirect(&format!("{}/mcp-servers/{id}", app.base_path()))
}
