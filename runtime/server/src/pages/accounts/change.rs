//! `/accounts/{id}/edit`: what people call an account, who answers for it, and what it is for.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, State};
use http::StatusCode;
use serde_json::Value;

use super::Of;
use super::credentials::about;
use crate::app::App;
use crate::pages::chrome::{Chrome, Section};
use crate::pages::form::Form;
use crate::pages::inputs::{Faults, Input};
use crate::pages::session::{SignedIn, redirect};
use crate::pages::{Answer, page};
use crate::provision::{Account, Provision};
use crate::violation::Violations;

#[derive(Template)]
#[template(path = "account_edit.html")]
struct EditPage {
    chrome: Chrome,
    id: String,
    called: String,
    inputs: [Input; 3],
    /// What is wrong, and stands beside no field.
    wrong: Option<(String, Vec<String>)>,
}

/// `GET /accounts/{id}/edit`.
pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
) -> Answer {
    ask(&app, &signed_in, &account, &Form::default(), &Violations::of_body())
}

fn ask(
    app: &App,
    signed_in: &SignedIn,
    account: &Account,
    form: &Form,
    violations: &Violations,
) -> Answer {
    let mut faults = Faults::of(violations);
    let owner = account.owner.clone().unwrap_or_default();
    let purpose = account.purpose.clone().unwrap_or_default();
    let inputs = [
        Input::new("name", "Name").value(account.name.clone()),
        Input::new("owner", "Owner (optional)")
            .hint("Who answers for it: a person or a team.")
            .value(owner),
        Input::new("purpose", "Purpose (optional)").hint("What it is for.").value(purpose),
    ];
    let inputs = inputs.map(|input| {
        let pointer = format!("/{}", input.name);
        input.typed(form).faults(&mut faults, &pointer)
    });
    let wrong = (faults.count() > 0).then(|| ("Nothing was changed.".to_owned(), faults.rest()));
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = page(&EditPage {
        chrome: Chrome::of(app, signed_in, Section::Accounts),
        id: account.id.to_string(),
        called: account.name.clone(),
        inputs,
        wrong,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// `POST /accounts/{id}/edit`.
pub(in crate::pages) async fn change(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Of(account): Of,
    form: Form,
) -> Answer {
    let patch = match Provision::read_account_patch(Value::Object(about(&form))) {
        Ok(patch) => patch,
        Err(violations) => return ask(&app, &signed_in, &account, &form, &violations),
    };
    app.provision.update_account(&account.id, &patch, &signed_in.actor()).await?;
    app.account_changed(&account.id).await;
    Ok(redirect(&format!("{}/accounts/{}?changed=1", app.base_path(), account.id)))
}
