//! `POST /oauth/register`: a client says what it is (RFC 7591).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use super::{Failed, Refused};
use crate::admin::Problem;
use crate::admin::input::Body;
use crate::app::App;
use crate::applicants::{Applicant, Unfit};
use crate::host_policy::CallerAddress;
use crate::provision::ProvisionError;

pub(super) async fn register(
    State(app): State<Arc<App>>,
    address: Option<Extension<CallerAddress>>,
    body: Result<Body, Problem>,
) -> Result<Response, Failed> {
    let address = address.map(|Extension(CallerAddress(address))| address);
    if app.applicants.registrations.is_spent(address) {
        return Err(Refused::too_many().into());
    }
    let Body(metadata) =
        body.map_err(|problem| Refused::new("invalid_client_metadata", problem.words()))?;
    let read = Applicant::read(String::new(), &metadata).map_err(|unfit| match unfit {
        Unfit::Redirect(why) => Refused::new("invalid_redirect_uri", why),
        Unfit::Metadata(why) => Refused::new("invalid_client_metadata", why),
    })?;
    app.applicants.registrations.note(address);
    let applicant = match app.provision.register(read).await {
        Err(ProvisionError::Full { .. }) => return Err(Refused::too_many().into()),
        registered => registered?,
    };
    // What is answered is in force, whatever was asked for (section 3.2.1).
    let body = json!({
        "client_id": applicant.id,
        "client_id_issued_at": app.provision.now().as_second(),
        "client_name": applicant.name,
        "redirect_uris": applicant.redirect_uris(),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
