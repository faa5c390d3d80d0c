//! `/accounts/{id}/reconnect`: new credentials for an account; its MCP servers stay as they are.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, State};
use http::StatusCode;
use serde_json::Value;
use support::Api;

use super::Of;
use super::credentials::{Credentials, given};
use super::new::refusal;
use crate::admin::connect::redirect_uri;
use crate::app::App;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::failure::Failure;
use crate::pages::form::Form;
use crate::pages::inputs::Faults;
use crate::pages::session::{SignedIn, redirect};
use crate::pages::{Answer, page};
use crate::provision::{Account, Provision, ProvisionError, Status};
use crate::violation::Violations;

#[derive(Template)]
#[template(path = "account_reconnect.html")]
struct ReconnectPage {
    chrome: Chrome,
    id: String,
    name: String,
    api: &'static Api,
    credentials: Credentials,
    /// What is wrong, and stands beside no field.
    wrong: Option<(String, Vec<String>)>,
}

/// `GET /accounts/{id}/reconnect`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
) -> Answer {
    ask(&app, &signed_in, &account, &as_it_is(&account), &Violations::of_body())
}

/// What an account has by now, as if it had been chosen.
fn as_it_is(account: &Account) -> Form {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("type", &account.credentials_type);
    if let Some(url) = &account.base_url {
        query.append_pair("place", "own").append_pair("base_url", url);
    } else if let Some(region) = &account.region {
        query.append_pair("place", region);
    }
    Form::of_query(Some(&query.finish()))
}

fn ask(
    app: &App,
    signed_in: &SignedIn,
    account: &Account,
    form: &Form,
    violations: &Violations,
) -> Answer {
    let api = api(app, account)?;
    let mut faults = Faults::of(violations);
    let credentials = Credentials::of(api, form, &mut faults, redirect_uri(app));
    let wrong =
        (faults.count() > 0).then(|| (refusal(&faults, "Nothing was changed"), faults.rest()));
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = page(&ReconnectPage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        id: account.id.to_string(),
        name: account.name.clone(),
        api,
        credentials,
        wrong,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// The API of an account that can be given credentials.
fn api(app: &App, account: &Account) -> Result<&'static Api, Failure> {
    if account.status == Status::Sandbox {
        return Err(Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The sandbox needs no credentials",
            "This account is built in. Connect another account to act at the vendor's.",
        ));
    }
    app.provision.api(&account.integration).ok_or_else(|| {
        Failure::new(
            StatusCode::CONFLICT,
            "This service is not on board",
            "This build of the program does not know it, so no credentials can be checked. Update the program, or delete the account.",
        )
    })
}

/// `POST /accounts/{id}/reconnect`.
pub(in crate::pages) async fn change(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    form: Form,
) -> Answer {
    let mut body = given(api(&app, &account)?, &form);
    // Of the two, the one that is named takes the place of the other.
    if !body["region"].is_null() {
        body.shift_remove("base_url");
    } else if !body["base_url"].is_null() {
        body.shift_remove("region");
    }
    let ask = |violations: &Violations| ask(&app, &signed_in, &account, &form, violations);
    let patch = match Provision::read_account_patch(Value::Object(body)) {
        Ok(patch) => patch,
        Err(violations) => return ask(&violations),
    };
    match app.provision.update_account(&account.id, &patch, &signed_in.actor()).await {
        Ok(changed) => {
            app.account_changed(&changed.id).await;
            let word = if changed.status == Status::NeedsReauth { "made" } else { "changed" };
            Ok(redirect(&format!("{}/accounts/{}?{word}=1", app.base_path(), changed.id)))
        }
        Err(ProvisionError::Invalid(violations)) => ask(&violations),
        Err(error) => Err(error.into()),
    }
}
