//! `/integrated-account/{id}/connect` and `/oauth/callback`: a person lets us into an account (RFC
//! 6749 section 4.1, RFC 7636).

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderValue, StatusCode};
use upstream::oauth::{TokenError, authorization_url, exchange_code};

use super::input::{By, PathParam, Query, account_id};
use super::problem::Problem;
use crate::app::App;
use crate::directory::OpenAccount;
use crate::host_policy::CallerAddress;
use crate::provision::AccountId;

pub(super) async fn begin(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam(id): PathParam<String>,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let account = open(&app, &account_id(&id)?).await?;
    let (client, origin) = oauth(&account)?;
    let attempt = app.provision.begin_connecting(&account.id, &by).await?;
    let url = authorization_url(
        account.api,
        origin,
        client,
        &redirect_uri(&app),
        attempt.state.expose(),
        &attempt.verifier,
    )
    .map_err(|error| refused(&error))?;
    let location = HeaderValue::from_str(url.as_str()).map_err(|_| Problem::not_found())?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

pub(super) async fn finish(
    State(app): State<Arc<App>>,
    address: Option<Extension<CallerAddress>>,
    mut query: Query,
) -> Result<Response, Problem> {
    let state = query.take("state").ok_or_else(|| Problem::parameter("state", "is missing"))?;
    let (account, verifier, by) = app.provision.finish_connecting(&state).await?;
    if let Some(error) = query.take("error") {
        let words = query.take("error_description").unwrap_or_default();
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!("the vendor did not let us in: {error} {words}").trim_end(),
        ));
    }
    let code = query.take("code").ok_or_else(|| Problem::parameter("code", "is missing"))?;
    let address = address.map(|Extension(CallerAddress(address))| address);
    let account = open(&app, &account).await?;
    let (client, origin) = oauth(&account)?;
    let grant = exchange_code(
        &app.upstream,
        account.api,
        origin,
        client,
        &redirect_uri(&app),
        &code,
        &verifier,
    )
    .await
    .map_err(|error| refused(&error))?;
    app.provision
        .grants_of(account.id.clone())
        .connect(&grant, account.updated_at, &by.from(address))
        .await?;
    app.account_changed(&account.id).await;
    tracing::info!(account = %account.id, "account connected by OAuth");
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Connected</title>\
        <h1>Connected</h1><p>The account is connected. You can close this page.</p></html>";
    Ok(([(CONTENT_SECURITY_POLICY, "default-src 'none'")], Html(page)).into_response())
}

async fn open(app: &App, id: &AccountId) -> Result<Arc<OpenAccount>, Problem> {
    app.directory.account(id).await?.ok_or_else(Problem::not_found)
}

fn oauth(
    account: &OpenAccount,
) -> Result<(&upstream::account::OAuthClient, &upstream::Origin), Problem> {
    use upstream::AccountCredentials::AuthorizationCode;
    match (&account.credentials, &account.origin) {
        (AuthorizationCode { client }, Some(origin)) => Ok((client, origin)),
        _ => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "only accounts with credentials of the type oauth2_authorization_code are connected this way",
        )),
    }
}

fn redirect_uri(app: &App) -> String {
    format!("{}/oauth/callback", app.public_url)
}

fn refused(error: &TokenError) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, format!("the vendor did not grant access: {error}"))
}
