//! `POST /oauth/token` and `/oauth/revoke`: codes and refresh tokens become access tokens (RFC 6749
//! sections 4.1.3 and 6), and are given back (RFC 7009).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use subtle::ConstantTimeEq;
use upstream::oauth::challenge;

use super::{Failed, Parameters, Refused, server_of, url_of_resource};
use crate::app::App;
use crate::host_policy::CallerAddress;
use crate::provision::{ACCESS_LASTS, Actor, Admission, CodeState, ProvisionError, Tokens};

/// `POST /oauth/token`.
pub(super) async fn token(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Response, Failed> {
    let address = request.extensions().get().map(|CallerAddress(address)| *address);
    let given = Parameters::of_form(request).await?;
    if app.applicants.wrong.is_spent(address) {
        return Err(Refused::too_many().into());
    }
    let exchanged = match given.required("grant_type")? {
        "authorization_code" => of_code(&app, &given).await,
        "refresh_token" => of_refresh(&app, &given).await,
        _ => {
            let words = "`grant_type` must be authorization_code or refresh_token";
            return Err(Refused::new("unsupported_grant_type", words).into());
        }
    };
    if matches!(exchanged, Err(Failed::Refused(_))) {
        app.applicants.wrong.note(address);
    }
    let tokens = exchanged?;
    let body = json!({
        "access_token": tokens.access.expose(),
        "token_type": "Bearer",
        "expires_in": ACCESS_LASTS.as_secs(),
        "refresh_token": tokens.refresh.expose(),
    });
    Ok(Json(body).into_response())
}

async fn of_code(app: &App, given: &Parameters) -> Result<Tokens, Failed> {
    let wrong = |words: &str| Failed::from(Refused::new("invalid_grant", words));
    let code = given.required("code")?;
    let client = given.required("client_id")?;
    let redirect = given.required("redirect_uri")?;
    let verifier = given.required("code_verifier")?;
    let Some(admission) = app.provision.admission_of_code(code).await? else {
        return Err(wrong("the code is unknown, or what it opened has ended"));
    };
    let CodeState::Good(until) = admission.code else {
        return Err(end(app, &admission, "its code was sent twice").await);
    };
    if until <= app.provision.now() {
        return Err(wrong("the code is too old"));
    }
    if admission.applicant != client {
        return Err(wrong("the code is another client's"));
    }
    if admission.redirect_uri != redirect {
        return Err(wrong("`redirect_uri` is another than the one that the code was sent to"));
    }
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    let proof = challenge(&verifier.into());
    let proven: bool = proof.as_bytes().ct_eq(admission.challenge.as_bytes()).into();
    if !well_formed || !proven {
        return Err(wrong("`code_verifier` does not fit the challenge"));
    }
    is_open(app, &admission, given).await?;
    match app.provision.redeem(&admission).await? {
        Some(tokens) => Ok(tokens),
        None => Err(end(app, &admission, "its code was sent twice").await),
    }
}

async fn of_refresh(app: &App, given: &Parameters) -> Result<Tokens, Failed> {
    let wrong = |words: &str| Failed::from(Refused::new("invalid_grant", words));
    let refresh = given.required("refresh_token")?;
    let client = given.required("client_id")?;
    let Some(admission) = app.provision.admission_of_refresh(refresh).await? else {
        return Err(wrong("the refresh token is unknown, or what it opened has ended"));
    };
    if admission.applicant != client {
        return Err(wrong("the refresh token is another client's"));
    }
    if !admission.is_current(refresh) {
        return Err(end(app, &admission, "a refresh token was sent twice").await);
    }
    if admission.is_over(app.provision.now()) {
        return Err(wrong("the refresh token is too old"));
    }
    is_open(app, &admission, given).await?;
    match app.provision.refresh(&admission, refresh).await? {
        Some(tokens) => Ok(tokens),
        None => Err(end(app, &admission, "a refresh token was sent twice").await),
    }
}

/// Whether the server is there, and the person's API token good. A server that is paused leaves the
/// admission as it is: it may come back.
async fn is_open(app: &App, admission: &Admission, given: &Parameters) -> Result<(), Failed> {
    let asked = given.get("resource").map(|resource| url_of_resource(app, resource));
    if asked.is_some_and(|url| url != Some(admission.url)) {
        let words = "`resource` is another than the one that the person let the client in to";
        return Err(Refused::new("invalid_target", words).into());
    }
    if server_of(app, admission.url).await?.is_none() {
        let words = "the MCP server has ended, is paused or has a new URL";
        return Err(Refused::new("invalid_target", words).into());
    }
    if app.directory.caller_of(admission.token).await?.is_none() {
        let words = "the API token of the person who let the client in has ended; sign in anew";
        return Err(Refused::new("invalid_grant", words).into());
    }
    Ok(())
}

/// Ends an admission whose code or refresh token came a second time: one of the two who sent it has
/// stolen it (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
async fn end(app: &App, admission: &Admission, why: &str) -> Failed {
    tracing::warn!(admission = %admission.id, server = %admission.server, why, "client shut out");
    let ended = app.provision.end_admission(admission, why, &Actor::nobody()).await;
    app.directory.shut_out();
    match ended {
        Ok(()) => {
            let words =
                format!("{why}: whoever had it is shut out, and the person has to sign in anew");
            Refused::new("invalid_grant", words).into()
        }
        Err(error) => error.into(),
    }
}

/// `POST /oauth/revoke`: ends what a token is of. One that is unknown is over already (RFC 7009
/// section 2.2).
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<StatusCode, Failed> {
    let address = request.extensions().get().map(|CallerAddress(address)| *address);
    let given = Parameters::of_form(request).await?;
    let token = given.required("token")?;
    if app.applicants.wrong.is_spent(address) {
        return Err(Refused::too_many().into());
    }
    let Some(admission) = admission_of(&app, token).await? else {
        app.applicants.wrong.note(address);
        return Ok(StatusCode::OK);
    };
    if given.get("client_id").is_some_and(|client| client != admission.applicant) {
        return Err(Refused::new("invalid_client", "the token is another client's").into());
    }
    let by = Actor::of(admission.who.clone()).from(address);
    app.provision.end_admission(&admission, "its client gave it back", &by).await?;
    app.directory.shut_out();
    Ok(StatusCode::OK)
}

async fn admission_of(app: &App, token: &str) -> Result<Option<Admission>, ProvisionError> {
    match app.provision.admission_of_refresh(token).await? {
        None => app.provision.admission_of_access(token).await,
        found => Ok(found),
    }
}
