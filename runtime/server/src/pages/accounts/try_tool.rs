//! *Try a tool*, `/accounts/{id}/tools/{tool}`: a form made of the tool's schema and of what the tenant
//! tells; for tools that write the exact request first; and what came of the call.

mod arguments;
mod copies;
mod faults;
mod field;
mod result;
mod tenant;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, FromRequestParts, RawQuery, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use upstream::preview::Preview;

use self::arguments::{Asked, WHOLE};
use self::copies::{Copies, Written};
use self::faults::Fault;
use self::field::Kind;
use self::result::{Shown, Step, first_file};
use self::tenant::{Templates, Tenant};
use super::head::title;
use super::open;
use super::tools::limit;
use crate::admin::input::{PathParam, account_id};
use crate::admin::tools::{named, perform, request};
use crate::app::App;
use crate::call::{FailureKind, Outcome};
use crate::call_log::Client;
use crate::directory::OpenAccount;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::create::fresh_nonce;
use crate::pages::exposure::{Reach, counted};
use crate::pages::failure::Failure;
use crate::pages::form::Form;
use crate::pages::inputs::capital;
use crate::pages::session::SignedIn;
use crate::pages::{Answer, page};
use crate::provision::{Account, ProvisionError};
use crate::tools::ServedTool;
use crate::toolset::Toolset;

/// What the call log calls a call that was made here.
const CLIENT: &str = "admin page";
/// Fields that are of the page, and no arguments.
const OWN: [&str; 4] = ["csrf", "step", "nonce", "seen"];

/// What is around every page about one tool.
struct Head {
    account: String,
    account_name: String,
    api: String,
    name: String,
    title: &'static str,
    description: &'static str,
    detail: &'static str,
    reach: Reach,
    deprecated: bool,
    limit: Option<String>,
    lead: String,
}

#[derive(Template)]
#[template(path = "try_tool.html")]
struct TryPage {
    chrome: Chrome,
    head: Head,
    asked: Asked,
    /// What the vendor did not tell.
    notes: Vec<String>,
    /// What is wrong with what was sent as a whole.
    wrong: Option<String>,
    /// The template that was chosen: its id, and what people know it by.
    template: Option<(String, String)>,
    launches: bool,
    result: Option<Shown>,
}

#[derive(Template)]
#[template(path = "try_template.html")]
struct ChoosePage {
    chrome: Chrome,
    head: Head,
    templates: Templates,
}

#[derive(Template)]
#[template(path = "try_written.html")]
struct WrittenPage {
    chrome: Chrome,
    head: Head,
    written: Written,
    typed: Vec<(String, String)>,
    nonce: String,
    seen: String,
    /// Whether it is not what was shown before.
    changed: bool,
}

#[derive(Template)]
#[template(path = "try_repeated.html")]
struct RepeatedPage {
    chrome: Chrome,
    head: Head,
}

/// The tool that a path names, with its account.
pub(in crate::pages) struct OfTool {
    account: Account,
    opened: Arc<OpenAccount>,
    toolset: Arc<Toolset>,
    served: Arc<ServedTool>,
}

impl FromRequestParts<Arc<App>> for OfTool {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let PathParam((id, tool)) =
            PathParam::<(String, String)>::from_request_parts(parts, app).await?;
        let account = app.provision.account(&account_id(&id)?).await?;
        let opened = open(app, &account).await?;
        let toolset = named(app, &opened, &tool)?;
        let served = toolset.get(&tool).cloned().ok_or_else(Failure::not_found)?;
        Ok(Self { account, opened, toolset, served })
    }
}

/// A visit to the page of a tool.
struct Visit {
    app: Arc<App>,
    signed_in: SignedIn,
    of: OfTool,
}

/// `GET /accounts/{id}/tools/{tool}`: the form; fields that are in the query are filled in.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    of: OfTool,
    RawQuery(query): RawQuery,
) -> Answer {
    let visit = Visit { app, signed_in, of };
    let form = Form::of_query(query.as_deref());
    let chosen = form.has("template") || form.has("way");
    if let (Some(launch), false) = (visit.tenant().launch(), chosen) {
        match visit.tenant().templates(launch).await {
            Ok(templates) => {
                return page(&ChoosePage {
                    chrome: visit.chrome(),
                    head: visit.head(None),
                    templates,
                });
            }
            Err(why) => {
                let note = format!(
                    "{} did not tell which templates there are: {why}. The template's id and its fields can be given as they are.",
                    visit.title()
                );
                return visit.ask(&form, Told { notes: vec![note], ..Told::default() }).await;
            }
        }
    }
    visit.ask(&form, Told::default()).await
}

/// `POST /accounts/{id}/tools/{tool}`.
pub(in crate::pages) async fn submit(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    of: OfTool,
    form: Form,
) -> Answer {
    let visit = Visit { app, signed_in, of };
    let (asked, _) = visit.asked(&form).await;
    let (arguments, faults) = asked.read();
    match form.text("step") {
        "edit" => return visit.ask(&form, Told::default()).await,
        "json" => return visit.as_json(&form, &arguments).await,
        _ => {}
    }
    if !faults.is_empty() {
        return visit.ask(&form, Told::faults(faults, 0)).await;
    }
    let reads = visit.of.served.tool.annotations.read_only;
    match form.text("step") {
        "file" if reads => visit.file(&form, arguments).await,
        "send" if !reads => visit.confirmed(&form, arguments).await,
        _ if reads => visit.call(&form, arguments).await,
        _ => visit.preview(&form, arguments, false).await,
    }
}

/// What a form is shown again with.
#[derive(Default)]
struct Told {
    notes: Vec<String>,
    wrong: Option<String>,
    faults: Vec<Fault>,
    more: usize,
    result: Option<Shown>,
}

impl Told {
    fn faults(faults: Vec<Fault>, more: usize) -> Self {
        Self { faults, more, ..Self::default() }
    }
}

impl Visit {
    fn tenant(&self) -> Tenant<'_> {
        let OfTool { opened, toolset, served, .. } = &self.of;
        Tenant { app: &self.app, account: opened, toolset, served }
    }

    fn chrome(&self) -> Chrome {
        Chrome::of(&self.app, &self.signed_in, Section::Accounts)
    }

    fn title(&self) -> &str {
        title(&self.app, &self.of.account)
    }

    fn head(&self, asked: Option<&Asked>) -> Head {
        let (tool, title) = (self.of.served.tool, self.title());
        let reach = Reach::of(tool);
        let does = match reach {
            Reach::Nothing | Reach::Reads => format!("It only reads from {title}."),
            Reach::Writes => format!(
                "It changes something at {title}: the exact request is shown before it is sent."
            ),
            Reach::Deletes => format!(
                "It may remove or end something at {title}: the exact request is shown before it is sent."
            ),
        };
        let takes = asked.map(|asked| {
            if asked.whole.is_some() { String::new() } else { format!(" {}", asked.words()) }
        });
        Head {
            account: self.of.account.id.to_string(),
            account_name: self.of.account.name.clone(),
            api: title.to_owned(),
            name: tool.name.to_owned(),
            title: tool.title,
            description: tool.description,
            detail: tool.detail,
            reach,
            deprecated: tool.deprecated,
            limit: tool.rate_limit.map(|of| capital(&limit(of))),
            lead: format!("{does}{}", takes.unwrap_or_default()),
        }
    }

    /// The form of the tool with what was typed.
    async fn asked(&self, form: &Form) -> (Asked, Vec<String>) {
        let tenant = self.tenant();
        let (mut asked, notes) = if form.text("way") == "json" {
            (Asked::whole(&self.of.served), Vec::new())
        } else {
            tenant.asked(form.given("template")).await
        };
        asked.fill(form, tenant.launch().map(|launch| launch.values));
        (asked, notes)
    }

    /// The form, with what is wrong with it or what came of it.
    async fn ask(&self, form: &Form, told: Told) -> Answer {
        let (mut asked, mut notes) = self.asked(form).await;
        notes.splice(0..0, told.notes);
        let is_wrong = !told.faults.is_empty() || told.more > 0 || told.wrong.is_some();
        asked.blame(told.faults, told.more);
        let wrong = told.wrong.or_else(|| {
            let words = counted(asked.count, "argument is", "arguments are");
            (asked.count > 0).then(|| format!("Nothing was sent: {words} missing or wrong."))
        });
        let template = match &asked.template {
            Some((_, id)) => {
                let label = self.tenant().label(id).await;
                Some((id.clone(), label.unwrap_or_else(|| id.clone())))
            }
            None => None,
        };
        let mut response = page(&TryPage {
            chrome: self.chrome(),
            head: self.head(Some(&asked)),
            template,
            launches: self.tenant().launch().is_some(),
            asked,
            notes,
            wrong,
            result: told.result,
        })?;
        if is_wrong {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }

    /// What was typed, as JSON.
    async fn as_json(&self, form: &Form, arguments: &Map<String, Value>) -> Answer {
        let text = if form.has(WHOLE) {
            form.text(WHOLE).to_owned()
        } else {
            serde_json::to_string_pretty(arguments).unwrap_or_default()
        };
        let fields = [("way", "json".to_owned()), (WHOLE, text)];
        self.ask(&Form::of_pairs(fields), Told::default()).await
    }

    async fn perform(&self, arguments: Map<String, Value>) -> Result<Outcome, Failure> {
        let OfTool { opened, toolset, served, .. } = &self.of;
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        let by = (&self.signed_in.caller, Some(Client { name: CLIENT.to_owned(), version }));
        let outcome =
            perform(&self.app, opened, toolset, served.name(), (arguments, None), by).await;
        outcome.ok_or_else(Failure::not_found)
    }

    async fn call(&self, form: &Form, arguments: Map<String, Value>) -> Answer {
        let outcome = self.perform(arguments.clone()).await?;
        let result: Value = serde_json::from_str(outcome.json()).unwrap_or_default();
        let refused = outcome.failure == Some(FailureKind::InvalidArguments);
        let (faults, more) = Fault::in_result(&result);
        if refused && !faults.is_empty() {
            // Names that only an answer can tell to be wrong are told of after it.
            let asked = outcome.upstream_status.map(|status| {
                let title = self.title();
                format!("{title} was asked and answered {status}, but there is something wrong with the arguments.")
            });
            return self.ask(form, Told { wrong: asked, ..Told::faults(faults, more) }).await;
        }
        let (account, tool) = (&self.of.account.id, self.of.served.name());
        let url = format!("{}/integrated-account/{account}/tools/{tool}", self.app.public_url);
        let copies = Copies::of(&url, tool, &arguments);
        let mut shown = Shown::of(&outcome, &result, copies);
        if outcome.failure.is_none() {
            shown.again = typed(form);
            shown.next = next(form, &arguments, &result);
            shown.poll = result::poll(&result)
                .filter(|(tool, _)| self.of.toolset.catalogue.tool(tool).is_some());
        }
        self.ask(form, Told { result: Some(shown), ..Told::default() }).await
    }

    /// The file that the call answers, which is made once more for it.
    async fn file(&self, form: &Form, arguments: Map<String, Value>) -> Answer {
        let outcome = self.perform(arguments.clone()).await?;
        let Some((name, bytes)) = first_file(&outcome) else {
            let wrong = Some("This time no file came back.".to_owned());
            return self.ask(form, Told { wrong, ..Told::default() }).await;
        };
        Ok(download(&name, bytes))
    }

    /// The request that a call would send; nothing is sent.
    async fn written(
        &self,
        arguments: Map<String, Value>,
    ) -> Result<Result<Preview, Told>, Failure> {
        let OfTool { opened, toolset, served, .. } = &self.of;
        let made = request(&self.app, opened, toolset, served.name(), arguments).await;
        let made = match made.ok_or_else(Failure::not_found)? {
            Ok(request) => request,
            Err(violations) => {
                return Ok(Err(Told::faults(Fault::all(&violations), violations.more())));
            }
        };
        let Some(origin) = &opened.origin else {
            let wrong = "Nothing can be sent: the account's sandbox is off, or its host is not listed in upstream-hosts any more.";
            return Ok(Err(Told { wrong: Some(wrong.to_owned()), ..Told::default() }));
        };
        let preview = Preview::of(opened.api, origin, &opened.credentials, made);
        Ok(preview.map_err(|why| Told {
            wrong: Some(format!("Nothing can be sent: {why}.")),
            ..Told::default()
        }))
    }

    async fn preview(&self, form: &Form, arguments: Map<String, Value>, changed: bool) -> Answer {
        let preview = match self.written(arguments).await? {
            Ok(preview) => preview,
            Err(told) => return self.ask(form, told).await,
        };
        page(&WrittenPage {
            chrome: self.chrome(),
            head: self.head(None),
            written: Written::of(&preview),
            typed: typed(form),
            nonce: fresh_nonce(),
            seen: seen(&preview),
            changed,
        })
    }

    /// Sends what was shown, once.
    async fn confirmed(&self, form: &Form, arguments: Map<String, Value>) -> Answer {
        let preview = match self.written(arguments.clone()).await? {
            Ok(preview) => preview,
            Err(told) => return self.ask(form, told).await,
        };
        let nonce = form.given("nonce");
        let Some(nonce) = nonce.filter(|_| form.text("seen") == seen(&preview)) else {
            return self.preview(form, arguments, true).await;
        };
        let (account, tool) = (&self.of.account, self.of.served.name());
        let noted =
            self.app.provision.tool_called(&self.signed_in.once(nonce), account, tool).await;
        match noted {
            Ok(()) => self.call(form, arguments).await,
            Err(ProvisionError::Repeated) => {
                let mut response =
                    page(&RepeatedPage { chrome: self.chrome(), head: self.head(None) })?;
                *response.status_mut() = StatusCode::CONFLICT;
                Ok(response)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What was typed, to be sent again.
fn typed(form: &Form) -> Vec<(String, String)> {
    let pairs = form.pairs().filter(|(name, text)| !OWN.contains(name) && !text.is_empty());
    pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// The fields that ask for the page behind this one.
fn next(
    form: &Form,
    arguments: &Map<String, Value>,
    result: &Value,
) -> Option<Vec<(String, String)>> {
    let cursor = result.get("next_cursor")?.as_str()?;
    let mut fields = typed(form);
    fields.retain(|(name, _)| name != "arg.next_cursor" && name != WHOLE);
    if form.has(WHOLE) {
        let mut arguments = arguments.clone();
        arguments.insert("next_cursor".to_owned(), cursor.into());
        let text = serde_json::to_string_pretty(&arguments).unwrap_or_default();
        fields.push((WHOLE.to_owned(), text));
    } else {
        fields.push(("arg.next_cursor".to_owned(), cursor.to_owned()));
    }
    Some(fields)
}

/// What tells one request from another.
fn seen(preview: &Preview) -> String {
    let mut digest = Sha256::new();
    for part in [preview.method.as_str(), &preview.url, &format!("{:?}", preview.headers)] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.update(preview.body.as_deref().unwrap_or_default());
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// A file for the browser to keep, and never to open.
fn download(name: &str, bytes: Vec<u8>) -> Response {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let disposition = HeaderValue::try_from(format!("attachment; filename*=UTF-8''{name}"));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let attachment = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, attachment);
    response
}
