//! `/integrated-account/{id}/connect` and `/oauth/callback`: a person lets us into an account (RFC
//! 6749 section 4.1, RFC 7636).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use http::{HeaderValue, StatusCode};
use upstream::oauth::{TokenError, authorization_url, exchange_code};
use url::Url;

use super::input::{By, PathParam, Query, account_id};
use super::problem::Problem;
use crate::app::App;
use crate::directory::OpenAccount;
use crate::provision::{AccountId, Actor};

/// Where a person began to connect an account, which the state says that the vendor gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// By the admin API.
    Api,
    /// On a page, which the browser goes back to.
    Page,
}

impl Begun {
    fn prefix(self) -> &'static str {
        match self {
            Self::Api => "",
            Self::Page => "page.",
        }
    }

    /// Where a state was made. Whether it is one of ours, only the database knows.
    pub(crate) fn of(state: &str) -> Self {
        if state.starts_with(Self::Page.prefix()) { Self::Page } else { Self::Api }
    }
}

pub(super) async fn begin(
    State(app): State<Arc<App>>,
    By(by): By,
    PathParam(id): PathParam<String>,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let url = authorize(&app, &account_id(&id)?, &by, Begun::Api).await?;
    let location = HeaderValue::from_str(url.as_str()).map_err(|_| Problem::not_found())?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

/// Begins to connect an account; answers the vendor's page where a person lets us in.
///
/// # Errors
/// When there is no such account, or it is not connected this way.
pub(crate) async fn authorize(
    app: &App,
    id: &AccountId,
    by: &Actor,
    begun: Begun,
) -> Result<Url, Problem> {
    let account = open(app, id).await?;
    let (client, origin) = oauth(&account)?;
    let attempt = app.provision.begin_connecting(&account.id, by, begun.prefix()).await?;
    authorization_url(
        account.api,
        origin,
        client,
        &redirect_uri(app),
        attempt.state.expose(),
        &attempt.verifier,
    )
    .map_err(|error| refused(&error))
}

/// What a browser brings back from a vendor.
pub(crate) struct Return {
    /// The account that was to be connected.
    pub(crate) account: AccountId,
    /// Whether it is connected now.
    pub(crate) outcome: Result<(), Problem>,
}

/// Ends what [`authorize`] began, by the query that a browser comes back with.
///
/// # Errors
/// When nothing was begun: the state is unknown, used or too old.
pub(crate) async fn come_back(
    app: &App,
    address: Option<IpAddr>,
    state: &str,
    query: Query,
) -> Result<Return, Problem> {
    let (account, verifier, by) = app.provision.finish_connecting(state).await?;
    let outcome = grant(app, &account, query, &verifier, &by.from(address)).await;
    Ok(Return { account, outcome })
}

async fn grant(
    app: &App,
    id: &AccountId,
    mut query: Query,
    verifier: &support::Secret,
    by: &Actor,
) -> Result<(), Problem> {
    if let Some(error) = query.take("error") {
        let words = query.take("error_description").unwrap_or_default();
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!("the vendor did not let us in: {error} {words}").trim_end(),
        ));
    }
    let code = query.take("code").ok_or_else(|| Problem::parameter("code", "is missing"))?;
    let account = open(app, id).await?;
    let (client, origin) = oauth(&account)?;
    let grant = exchange_code(
        &app.upstream,
        account.api,
        origin,
        client,
        &redirect_uri(app),
        &code,
        verifier,
    )
    .await
    .map_err(|error| refused(&error))?;
    let grants = app.provision.grants_of(account.id.clone());
    grants.connect(&grant, account.updated_at, by).await?;
    app.account_changed(&account.id).await;
    tracing::info!(account = %account.id, "account connected by OAuth");
    Ok(())
}

/// What the admin API answers a browser that was let in.
pub(crate) fn connected() -> Response {
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Connected</title>\
        <h1>Connected</h1><p>The account is connected. You can close this page.</p></html>";
    ([(CONTENT_SECURITY_POLICY, "default-src 'none'")], Html(page)).into_response()
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

/// Where vendors send browsers back to.
pub(crate) fn redirect_uri(app: &App) -> String {
    format!("{}/oauth/callback", app.public_url)
}

fn refused(error: &TokenError) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, format!("the vendor did not grant access: {error}"))
}
