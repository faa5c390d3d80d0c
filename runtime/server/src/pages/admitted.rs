//! The clients that people let in to a server, each of which can be shut out.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Answer;
use super::create::to_server;
use super::failure::Failure;
use super::form::Form;
use super::session::SignedIn;
use crate::admin::input::server_id;
use crate::app::App;
use crate::provision::{Admission, AdmissionId, ProvisionError, ServerAuth, ServerId};
use crate::when;

/// A client that was let in.
pub(super) struct Admitted {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) verified: bool,
    /// Where it had browsers sent back to, who let it in, and when it was about.
    pub(super) words: String,
}

/// The clients of a server; `None` when it asks nobody to sign in, and nobody was let in before.
pub(super) async fn clients(
    app: &App,
    server: &ServerId,
    auth: ServerAuth,
    zone: &TimeZone,
) -> Result<Option<Vec<Admitted>>, ProvisionError> {
    let admissions = app.provision.admissions(server).await?;
    let now = app.provision.now();
    let clients: Vec<_> =
        admissions.into_iter().map(|admission| admitted(admission, now, zone)).collect();
    Ok((auth == ServerAuth::Oauth || !clients.is_empty()).then_some(clients))
}

fn admitted(admission: Admission, now: Timestamp, zone: &TimeZone) -> Admitted {
    let Admission { id, who, applicant_name: name, redirect_host: host, .. } = admission;
    let words = format!(
        "at {host}, let in by {} {}, tokens last {}",
        who.name,
        when::ago(admission.created_at, now, zone),
        when::used(admission.used_at, now, zone)
    );
    let name = if name.is_empty() { "a client without a name".to_owned() } else { name };
    Admitted { id: id.to_string(), name, verified: admission.verified, words }
}

/// Who let the client in that got its first tokens since `since`: the one to name beside it.
pub(super) async fn since(
    app: &App,
    server: &ServerId,
    since: Timestamp,
) -> Result<Option<String>, ProvisionError> {
    let admissions = app.provision.admissions(server).await?;
    let latest = admissions.into_iter().filter(|one| one.used_at > Some(since));
    Ok(latest.max_by_key(|one| one.used_at).map(|one| one.who.name))
}

/// `POST /mcp-servers/{id}/clients/{admission}/end`.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    Path((server, admission)): Path<(String, String)>,
    _: Form,
) -> Answer {
    let id = AdmissionId::parse(&admission).ok_or_else(Failure::not_found)?;
    let admission = app.provision.admission(&server_id(&server)?, &id).await?;
    let why = "shut out on the page of its MCP server";
    app.provision.end_admission(&admission, why, &signed_in.actor()).await?;
    app.directory.shut_out();
    tracing::info!(server, admission = %id, "client shut out");
    Ok(to_server(&app, &server))
}
