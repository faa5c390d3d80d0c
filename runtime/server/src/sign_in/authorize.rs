//! What a client asks of a person: read and held against everything it must be, before anybody is
//! asked (RFC 6749 section 4.1.1, RFC 7636 section 4.3, RFC 8707 section 2).

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;

use super::{Parameters, server_of, url_of_resource};
use crate::app::App;
use crate::applicants::{Applicant, Redirect};
use crate::directory::ResolvedServer;
use crate::provision::{NewAdmission, ProvisionError, Token, TokenHash};

/// The longest state, in bytes: what a client wants back.
const STATE: usize = 4_096;

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The server.
    pub(crate) found: ResolvedServer,
    /// The client.
    pub(crate) applicant: Arc<Applicant>,
    /// Where it wants the browser back.
    pub(crate) redirect: Redirect,
    /// The challenge to its proof key.
    pub(crate) challenge: String,
    /// What it wants back.
    pub(crate) state: String,
}

/// Why nobody is asked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The way back cannot be trusted: a page says why.
    Shown { status: StatusCode, title: &'static str, words: String },
    /// The browser goes back with an error.
    Back(String),
    /// A failure of ours.
    Ours(ProvisionError),
}

impl From<ProvisionError> for Refusal {
    fn from(error: ProvisionError) -> Self {
        Self::Ours(error)
    }
}

impl Refusal {
    fn shown(title: &'static str, words: impl Into<String>) -> Self {
        Self::Shown { status: StatusCode::BAD_REQUEST, title, words: words.into() }
    }
}

/// The server whose resource a client names.
pub(crate) async fn by_resource(app: &App, given: &Parameters) -> Result<ResolvedServer, Refusal> {
    let Some(resource) = given.get("resource") else {
        let words = "It does not say which MCP server it wants (the parameter resource of RFC 8707). That may be one that asks for no sign-in but for an API token, as the header Authorization: Bearer of every request; or the client is too old.";
        return Err(Refusal::shown("The client named no server", words));
    };
    found(app, url_of_resource(app, resource)).await
}

/// The server whose URL token has this hash, as the form of the page names it.
pub(crate) async fn by_hash(app: &App, hash: &str) -> Result<ResolvedServer, Refusal> {
    found(app, TokenHash::from_hex(hash)).await
}

async fn found(app: &App, url: Option<TokenHash>) -> Result<ResolvedServer, Refusal> {
    if let Some(url) = url
        && let Some(found) = server_of(app, url).await?
    {
        return Ok(found);
    }
    Err(Refusal::Shown {
        status: StatusCode::NOT_FOUND,
        title: "There is no such MCP server",
        words: "It may have ended, be paused or have a new URL, or it asks nobody to sign in. Whoever gave you its URL knows.".to_owned(),
    })
}

/// Reads what a client asks of a person about a server that was found.
pub(crate) async fn read(
    app: &App,
    found: ResolvedServer,
    given: &Parameters,
    address: Option<IpAddr>,
) -> Result<Asked, Refusal> {
    let applicant = applicant(app, given.get("client_id").unwrap_or_default(), address).await?;
    let asked = given.get("redirect_uri").unwrap_or_default();
    let Some(redirect) = applicant.redirect(asked) else {
        let words = "The address that it wants your browser to go back to (redirect_uri) is none of those that it registered. Nothing was sent there.";
        return Err(Refusal::shown("The client’s way back is not its own", words));
    };
    let state = given.get("state").unwrap_or_default();
    if state.len() > STATE {
        let words = format!("What it wants back (state) is longer than {STATE} bytes.");
        return Err(Refusal::shown("The client asked for too much", words));
    }
    let back = |code, words| Refusal::Back(error(app, &redirect, state, code, words));
    match given.get("response_type") {
        Some("code") => {}
        None => return Err(back("invalid_request", "`response_type` is missing")),
        Some(_) => return Err(back("unsupported_response_type", "`response_type` must be code")),
    }
    if given.get("code_challenge_method") != Some("S256") {
        // Without a method it would be `plain` (RFC 7636 section 4.3).
        return Err(back("invalid_request", "`code_challenge_method` must be S256"));
    }
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let challenge = given.get("code_challenge").unwrap_or_default();
    if challenge.len() != 43 || !challenge.bytes().all(base64url) {
        return Err(back("invalid_request", "`code_challenge` must be 43 characters of base64url"));
    }
    let (challenge, state) = (challenge.to_owned(), state.to_owned());
    Ok(Asked { found, applicant, redirect, challenge, state })
}

async fn applicant(
    app: &App,
    id: &str,
    address: Option<IpAddr>,
) -> Result<Arc<Applicant>, Refusal> {
    let unknown = |words: &str| Refusal::shown("The client is not known here", words);
    if !Applicant::is_document(id) {
        let words = "It did not register, or so long ago that it was forgotten. Remove the server from the client, and add it again.";
        let found = app.provision.applicant(id).await?;
        return found.map(Arc::new).ok_or_else(|| unknown(words));
    }
    let documents = &app.applicants.documents;
    if !documents.knows(id) {
        if app.applicants.fetches.is_spent(address) {
            return Err(unknown("Too many clients were looked up for your address. Wait an hour."));
        }
        app.applicants.fetches.note(address);
    }
    let found = documents.get(&app.upstream, id).await;
    found.map_err(|why| {
        unknown(&format!("It is described by a document at an address of its own. {why}"))
    })
}

/// Where the browser goes with an error.
fn error(app: &App, redirect: &Redirect, state: &str, code: &str, words: &str) -> String {
    let iss = app.public_url.as_str();
    redirect.with(&[("error", code), ("error_description", words), ("state", state), ("iss", iss)])
}

impl Asked {
    /// What is stored when a person who signed in with `token` lets the client in.
    pub(crate) fn admission(&self, token: TokenHash) -> NewAdmission<'_> {
        let server = &self.found.server;
        NewAdmission {
            server: (&server.id, &server.name),
            url: server.url,
            token,
            applicant: &self.applicant,
            redirect: &self.redirect,
            challenge: &self.challenge,
        }
    }

    /// Where the browser goes with a code.
    pub(crate) fn let_in(&self, app: &App, code: &Token) -> String {
        let iss = app.public_url.as_str();
        self.redirect.with(&[("code", code.expose()), ("state", &self.state), ("iss", iss)])
    }

    /// Where the browser goes when the person does not let the client in.
    pub(crate) fn denied(&self, app: &App) -> String {
        error(app, &self.redirect, &self.state, "access_denied", "the person did not agree")
    }
}
