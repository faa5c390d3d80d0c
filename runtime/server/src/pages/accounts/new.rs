//! `/accounts/new`: connects an account.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;
use support::Api;

use super::credentials::{Credentials, about, given};
use crate::admin::connect::redirect_uri;
use crate::app::App;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::create::fresh_nonce;
use crate::pages::exposure::{counted, listed};
use crate::pages::failure::Failure;
use crate::pages::form::Form;
use crate::pages::inputs::{Faults, Input};
use crate::pages::session::{SignedIn, redirect};
use crate::pages::{Answer, page};
use crate::provision::ProvisionError;
use crate::violation::Violations;

#[derive(Template)]
#[template(path = "account_choose.html")]
struct ChoosePage {
    chrome: Chrome,
    apis: Vec<(&'static Api, String)>,
}

#[derive(Template)]
#[template(path = "account_new.html")]
struct NewPage {
    chrome: Chrome,
    api: &'static Api,
    /// Whether there is another API to choose.
    several: bool,
    nonce: String,
    /// What is wrong, and stands beside no field.
    wrong: Option<(String, Vec<String>)>,
    name: Input,
    credentials: Credentials,
    owner: Input,
    purpose: Input,
}

/// `GET /accounts/new`: which API, or the form of one.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    RawQuery(query): RawQuery,
) -> Answer {
    let form = Form::of_query(query.as_deref());
    let apis = app.provision.apis();
    let chosen = match (form.given("integration"), apis) {
        (Some(slug), _) => Some(app.provision.api(slug).ok_or_else(Failure::not_found)?),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    if let Some(api) = chosen {
        return ask(&app, &signed_in, api, &form, &Violations::of_body());
    }
    let tools = |api: &'static Api| (api, counted(listed(api), "tool", "tools"));
    page(&ChoosePage {
        chrome: Chrome::of(&app, &signed_in, Section::Accounts),
        apis: apis.iter().map(|api| tools(api)).collect(),
    })
}

/// The form, with what was typed and what is wrong with it.
fn ask(
    app: &App,
    signed_in: &SignedIn,
    api: &'static Api,
    form: &Form,
    violations: &Violations,
) -> Answer {
    let mut faults = Faults::of(violations);
    let nonce = form.given("nonce").map_or_else(fresh_nonce, str::to_owned);
    let name =
        Input::new("name", "Name").hint("What people will know this account by.").value(api.title);
    let owner =
        Input::new("owner", "Owner (optional)").hint("Who answers for it: a person or a team.");
    let purpose = Input::new("purpose", "Purpose (optional)").hint("What it is for.");
    let mut shown = NewPage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        api,
        several: app.provision.apis().len() > 1,
        nonce,
        wrong: None,
        name: name.typed(form).faults(&mut faults, "/name"),
        credentials: Credentials::of(api, form, &mut faults, redirect_uri(app)),
        owner: owner.typed(form).faults(&mut faults, "/owner"),
        purpose: purpose.typed(form).faults(&mut faults, "/purpose"),
    };
    if faults.count() > 0 {
        shown.wrong = Some((refusal(&faults, "Nothing was connected"), faults.rest()));
    }
    let mut response = page(&shown)?;
    if shown.wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What stands above a form that was refused.
pub(super) fn refusal(faults: &Faults<'_>, nothing: &str) -> String {
    let what = counted(faults.count(), "answer is", "answers are");
    format!(
        "{nothing}: {what} missing or wrong. Secrets are not kept on this page, so type them again."
    )
}

/// `POST /accounts/new`.
pub(in crate::pages) async fn create(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    form: Form,
) -> Answer {
    let api = app.provision.api(form.text("integration")).ok_or_else(Failure::not_found)?;
    let mut body = given(api, &form);
    body.extend(about(&form));
    body.insert("integration".to_owned(), api.slug.into());
    let new = match app.provision.read_new_account(Value::Object(body)) {
        Ok(new) => new,
        Err(violations) => return ask(&app, &signed_in, api, &form, &violations),
    };
    let by = form.given("nonce").map_or_else(|| signed_in.actor(), |nonce| signed_in.once(nonce));
    match app.provision.create_account(new, &by).await {
        Ok(account) => {
            tracing::info!(account = %account.id, integration = account.integration, "account connected");
            Ok(redirect(&format!("{}/accounts/{}?made=1", app.base_path(), account.id)))
        }
        Err(ProvisionError::Repeated) => Ok(repeated()),
        Err(error) => Err(error.into()),
    }
}

/// The form was sent before, and did it then.
fn repeated() -> Response {
    Failure::new(
        StatusCode::CONFLICT,
        "This account is connected already",
        "The form was sent twice, and the first time did it. Nothing was done twice: you find the account in the list of accounts.",
    )
    .into_response()
}
