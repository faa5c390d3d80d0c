//! `/tokens`: the API tokens, a new one, and the end of one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::IntoResponse;
use http::StatusCode;
use serde_json::json;

use super::chrome::{Chrome, Section};
use super::create::fresh_nonce;
use super::draft::end_in_words;
use super::exposure::counted;
use super::form::Form;
use super::inputs::{Faults, Input, member};
use super::lists::{Paged, Pager};
use super::session::{SignedIn, redirect};
use super::until::{UntilChoice, end};
use super::{Answer, page};
use crate::admin::input::api_token_id;
use crate::app::App;
use crate::config::InForce;
use crate::provision::{ApiToken, ProvisionError, Scope, Token};
use crate::violation::Violations;
use crate::when;

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    chrome: Chrome,
    notice: Option<&'static str>,
    summary: String,
    /// Where the token of the settings is set, and whether it is the one that is signed in.
    configured: Option<(&'static str, bool)>,
    any: bool,
    words: String,
    rows: Vec<Row>,
    pager: Pager,
}

/// A token in the list.
struct Row {
    id: String,
    name: String,
    mine: bool,
    scope: Scope,
    owner: Option<String>,
    purpose: Option<String>,
    by: Option<String>,
    created: (String, String),
    used: (String, Option<String>),
    ends: Option<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "token_new.html")]
struct NewPage {
    chrome: Chrome,
    nonce: String,
    wrong: Option<(String, Vec<String>)>,
    name: Input,
    scope: Scope,
    scope_error: Option<String>,
    until: UntilChoice,
    more: [Input; 2],
    /// Whether something is said or wrong that is put away otherwise.
    open: bool,
}

#[derive(Template)]
#[template(path = "token_once.html")]
struct OncePage {
    chrome: Chrome,
    name: String,
    scope: Scope,
    end: String,
    token: String,
    example: String,
}

#[derive(Template)]
#[template(path = "token_repeated.html")]
struct RepeatedPage {
    chrome: Chrome,
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "token_revoke.html")]
struct RevokePage {
    chrome: Chrome,
    id: String,
    name: String,
    mine: bool,
    scope: Scope,
    used: String,
    /// How many browsers are signed out with it.
    sessions: u64,
    /// Whether nobody can sign in any more when it is gone.
    last: bool,
    error: Option<&'static str>,
}

fn is_mine(signed_in: &SignedIn, token: &ApiToken) -> bool {
    signed_in.caller.id() == Some(token.id.as_str())
}

/// The token of the settings, where there is one.
fn configured(app: &App) -> Option<&InForce> {
    let own = app.in_force.iter().find(|setting| setting.name == "admin-token");
    own.filter(|setting| setting.value.is_some())
}

/// `GET /tokens`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let (words, paged) = (form.words(), Paged::of(&form));
    let given = (!words.is_empty()).then_some(words.as_str());
    let found = app.provision.held_api_tokens(given, paged.after.as_ref(), Paged::LIMIT).await?;
    let admins = app.provision.count_api_tokens(Scope::Admin).await?;
    let calls = app.provision.count_api_tokens(Scope::Call).await?;
    let own = configured(&app);
    let all = admins + u64::from(own.is_some());
    page(&TokensPage {
        chrome: Chrome::of(&app, &signed_in, Section::Tokens),
        notice: form
            .given("revoked")
            .map(|_| "The API token is revoked. Whoever sends it is refused from now on."),
        summary: format!(
            "{} everything, {} only tools.",
            counted(all, "token administers", "tokens administer"),
            counted(calls, "calls", "call"),
        ),
        configured: own.map(|setting| (setting.source.words(), signed_in.caller.id().is_none())),
        any: admins + calls > 0,
        rows: found.items.iter().map(|token| row(&app, &signed_in, token)).collect(),
        pager: paged.pager(found.next.as_ref(), &[("q", &words)]),
        words,
    })
}

fn row(app: &App, signed_in: &SignedIn, token: &ApiToken) -> Row {
    let (now, zone) = (app.provision.now(), &signed_in.zone);
    let exact = |at| when::exact(at, zone);
    Row {
        id: token.id.to_string(),
        name: token.name.clone(),
        mine: is_mine(signed_in, token),
        scope: token.scope,
        owner: token.owner.clone(),
        purpose: token.purpose.clone(),
        by: token.created_by.as_ref().map(|by| by.name.clone()),
        created: (when::ago(token.created_at, now, zone), exact(token.created_at)),
        used: (when::used(token.last_used_at, now, zone), token.last_used_at.map(exact)),
        ends: token
            .expires_at
            .map(|at| (when::moment(at, now, zone), when::remaining(at, now, zone), exact(at))),
    }
}

/// `GET /tokens/new`.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
) -> Answer {
    form_page(&app, &signed_in, &Form::default(), &Violations::of_body(), None)
}

/// The form, with what was typed and what is wrong with it.
fn form_page(
    app: &App,
    signed_in: &SignedIn,
    form: &Form,
    violations: &Violations,
    until_fault: Option<String>,
) -> Answer {
    let mut faults = Faults::of(violations);
    let mut count = faults.count();
    let name = Input::new("name", "Name")
        .hint("Who or what will use it. It stands in both logs beside what it does.")
        .typed(form)
        .faults(&mut faults, "/name");
    let more = [
        Input::new("owner", "Owner").hint("Who answers for it: a person or a team."),
        Input::new("purpose", "Purpose").hint("What it is for."),
    ];
    let more = more.map(|input| {
        let pointer = format!("/{}", input.name);
        input.typed(form).faults(&mut faults, &pointer)
    });
    // The end is one fault, whoever found it.
    let late = faults.take("/expires_at", "This end");
    count += usize::from(until_fault.is_some());
    let until = form.given("until").unwrap_or("30d");
    let now = app.provision.now();
    let what = counted(count, "answer is", "answers are");
    let wrong = format!("Nothing was created: {what} missing or wrong.");
    let scope_error = faults.take("/scope", "The scope");
    let mut response = page(&NewPage {
        chrome: Chrome::of(app, signed_in, Section::Tokens),
        nonce: form.given("nonce").map_or_else(fresh_nonce, str::to_owned),
        name,
        scope: if form.text("scope") == Scope::Admin.as_str() { Scope::Admin } else { Scope::Call },
        scope_error,
        until: UntilChoice::of(
            until,
            form.text("date"),
            until_fault.or(late),
            now,
            &signed_in.zone,
        ),
        open: more.iter().any(|input| input.error.is_some() || !input.value.is_empty()),
        more,
        wrong: (count > 0).then(|| (wrong, faults.rest())),
    })?;
    if count > 0 {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /tokens/new`: the one answer that shows the token.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    form: Form,
) -> Answer {
    let (now, zone) = (app.provision.now(), &signed_in.zone);
    let ends = end(form.text("until"), form.text("date").trim(), now, zone);
    let body = json!({
        "name": form.text("name").trim(),
        "scope": form.text("scope"),
        "expires_at": ends.as_ref().ok().copied().flatten().map(|at| at.to_string()),
        "owner": member(&form, "owner"),
        "purpose": member(&form, "purpose"),
    });
    let new = match (app.provision.read_new_api_token(body), ends) {
        (Ok(new), Ok(_)) => new,
        (read, ends) => {
            let violations = read.err().unwrap_or_else(Violations::of_body);
            return form_page(&app, &signed_in, &form, &violations, ends.err());
        }
    };
    let nonce = form.text("nonce");
    match app.provision.create_api_token(new, &signed_in.once(nonce)).await {
        Ok((made, token)) => {
            tracing::info!(api_token = %made.id, scope = made.scope.as_str(), "API token made");
            once(&app, &signed_in, &made, &token)
        }
        Err(ProvisionError::Repeated) => {
            let done = app.provision.done_once(&signed_in.nonce(nonce)).await?;
            let (id, name) = done.ok_or_else(super::Failure::ours)?;
            page(&RepeatedPage { chrome: Chrome::of(&app, &signed_in, Section::Tokens), id, name })
        }
        Err(error) => Err(error.into()),
    }
}

fn once(app: &App, signed_in: &SignedIn, made: &ApiToken, token: &Token) -> Answer {
    let path = match made.scope {
        Scope::Admin => "/integrated-account",
        Scope::Call => "/mcp/…",
    };
    page(&OncePage {
        chrome: Chrome::of(app, signed_in, Section::Tokens),
        name: made.name.clone(),
        scope: made.scope,
        end: end_in_words(made.expires_at, app.provision.now(), &signed_in.zone),
        token: token.expose().to_owned(),
        example: format!("{}{path}", app.public_url),
    })
}

/// `GET /tokens/{id}/revoke`.
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
) -> Answer {
    revoke_page(&app, &signed_in, &id, None).await
}

async fn revoke_page(
    app: &App,
    signed_in: &SignedIn,
    id: &str,
    error: Option<&'static str>,
) -> Answer {
    let token = app.provision.api_token(&api_token_id(id)?).await?;
    let sessions = app.provision.count_sessions(&token.id).await?;
    let others = configured(app).is_some() || token.scope == Scope::Call;
    let last = !others && app.provision.count_api_tokens(Scope::Admin).await? == 1;
    let mut response = page(&RevokePage {
        chrome: Chrome::of(app, signed_in, Section::Tokens),
        id: token.id.to_string(),
        mine: is_mine(signed_in, &token),
        used: match token.last_used_at {
            Some(at) => {
                let ago = when::ago(at, app.provision.now(), &signed_in.zone);
                format!("It was last used {ago}.")
            }
            None => "It was never used.".to_owned(),
        },
        name: token.name,
        scope: token.scope,
        sessions,
        last,
        error,
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /tokens/{id}/revoke`.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path(id): Path<String>,
    form: Form,
) -> Answer {
    if !form.has("confirm") {
        let error = "Nothing was revoked. Tick the box to confirm.";
        return revoke_page(&app, &signed_in, &id, Some(error)).await;
    }
    let token = app.provision.api_token(&api_token_id(&id)?).await?;
    let hash = app.provision.delete_api_token(&token.id, &signed_in.actor()).await?;
    app.directory.forget_api_token(&hash).await;
    tracing::info!(api_token = %token.id, "API token revoked");
    let target =
        if is_mine(&signed_in, &token) { "/sign-in?revoked=1" } else { "/tokens?revoked=1" };
    Ok(redirect(&format!("{}{target}", app.base_path())).into_response())
}
