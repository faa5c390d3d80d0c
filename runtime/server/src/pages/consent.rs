//! The page that asks a person whether to let a client in to a server (RFC 6749 section 4.1.1). It
//! shows what will exist for the client, and takes an API token for an answer.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::REFRESH;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::chrome::Chrome;
use super::draft::end_in_words;
use super::exposure::{Exposure, Reach, ShownTool};
use super::failure::Failure;
use super::form::Form;
use super::session::{self, Kind};
use super::{Leads, page};
use crate::app::App;
use crate::call::launches::A_WHILE;
use crate::host_policy::{CallerAddress, drain_body};
use crate::provision::{Actor, TokenHash};
use crate::sign_in::Parameters;
use crate::sign_in::authorize::{self, Asked, Refusal};

/// The parameters that the form carries on, beside the server.
const CARRIED: [&str; 6] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "code_challenge_method",
    "code_challenge",
    "state",
];

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    chrome: Chrome,
    name: String,
    server: String,
    account: String,
    /// Whose document says what it is, where that can be believed.
    publisher: Option<String>,
    back: String,
    loopback: bool,
    end: String,
    /// Tools by how far they reach, with the class of that.
    groups: Vec<(&'static str, &'static str, Vec<ShownTool>)>,
    hidden: Vec<(&'static str, String)>,
    error: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage {
    chrome: Chrome,
    host: String,
    target: String,
    agreed: bool,
}

/// `GET /oauth/authorize`.
pub(super) async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let address = parts.extensions.get().map(|CallerAddress(address)| *address);
    let query = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let asked = async {
        let given = query.map_err(|refused| Refusal::Shown {
            status: StatusCode::BAD_REQUEST,
            title: "The client asked in a way that is none",
            words: format!("Its request cannot be read: {}.", refused.words()),
        })?;
        let found = authorize::by_resource(&app, &given).await?;
        authorize::read(&app, found, &given, address).await.map(|asked| (asked, given))
    };
    match asked.await {
        Ok((asked, given)) => ask(&app, &parts.headers, &asked, &given, None).await,
        Err(refusal) => refused(&app, refusal),
    }
}

/// `POST /oauth/authorize`.
pub(super) async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let headers = request.headers().clone();
    let address = request.extensions().get().map(|CallerAddress(address)| *address);
    answered(&app, &headers, address, request)
        .await
        .unwrap_or_else(|refusal| refused(&app, refusal))
}

async fn answered(
    app: &App,
    headers: &HeaderMap,
    address: Option<IpAddr>,
    request: Request,
) -> Result<Response, Refusal> {
    const WAIT: &str = "Too many wrong tokens came from your address. Wait five minutes.";
    const WRONG: &str = "This is no API token of this program, or it has expired or was revoked.";
    let Some(csrf) = session::csrf_of(app, headers, Kind::Consent) else {
        drain_body(request.into_body()).await;
        let words = "Your browser sent no cookie. Allow cookies for this site, and begin again in the client.";
        return Ok(failed(app, &Failure::new(StatusCode::FORBIDDEN, "Cookies are needed", words)));
    };
    let form = match Form::read(request, app, &csrf).await {
        Ok(form) => form,
        Err(failure) => return Ok(failed(app, &failure)),
    };
    // A form of ours, which nothing is repeated in; what it carries is held against everything again.
    let given = Parameters::of_pairs(form.pairs());
    let found = authorize::by_hash(app, form.text("server")).await?;
    let asked = authorize::read(app, found, &given, address).await?;
    if form.text("answer") == "no" {
        return Ok(leave(app, headers, &asked, asked.denied(app), false));
    }
    if address.is_some_and(|address| app.wrong_tokens.too_many(address)) {
        let wait = (StatusCode::TOO_MANY_REQUESTS, WAIT);
        return Ok(ask(app, headers, &asked, &given, Some(wait)).await);
    }
    let token = form.text("token").trim();
    let Some(caller) = app.directory.caller(token).await? else {
        if let Some(address) = address {
            app.wrong_tokens.note(address);
            if app.wrong_tokens.tell(address) {
                let server = &asked.found.server;
                let by = Actor::nobody().from(Some(address));
                let server = (&server.id, server.name.as_str());
                app.provision.admission_refused(server, &asked.applicant, &by).await?;
            }
        }
        let wrong = (StatusCode::UNPROCESSABLE_ENTITY, WRONG);
        return Ok(ask(app, headers, &asked, &given, Some(wrong)).await);
    };
    let by = caller.actor().from(address);
    let code = app.provision.admit(&asked.admission(TokenHash::of(token)), &by).await?;
    if let Some(id) = caller.id() {
        app.calls.api_token_used(id, app.provision.clock().now());
    }
    let (server, applicant) = (&asked.found.server.id, &asked.applicant.name);
    tracing::info!(%server, applicant, "client let in");
    Ok(leave(app, headers, &asked, asked.let_in(app, &code), true))
}

/// Leads a browser back to the client by an address that holds a code. The policy of a page is held
/// against every step of the way that its form begins, in Chromium at least, and what is at that
/// address may lead on to anywhere: a page of ours in between begins a way of its own. A program that
/// sent the form is redirected.
fn leave(app: &App, headers: &HeaderMap, asked: &Asked, target: String, agreed: bool) -> Response {
    if headers.get("sec-fetch-mode").is_none_or(|mode| mode != "navigate") {
        return back(&target);
    }
    let refresh = HeaderValue::from_str(&format!("0; url={target}"));
    let chrome = session::nobody(app, String::new());
    let shown = LeavingPage { chrome, host: asked.redirect.host(), target, agreed };
    let mut response = page(&shown).unwrap_or_else(|failure| failed(app, &failure));
    if let Ok(refresh) = refresh {
        response.headers_mut().insert(REFRESH, refresh);
    }
    response.extensions_mut().insert(Leads(None));
    response
}

fn back(target: &str) -> Response {
    let mut response = session::redirect(target);
    response.extensions_mut().insert(Leads(None));
    response
}

/// The page.
async fn ask(
    app: &App,
    headers: &HeaderMap,
    asked: &Asked,
    given: &Parameters,
    error: Option<(StatusCode, &'static str)>,
) -> Response {
    let Asked { found, applicant, redirect, .. } = asked;
    let toolset = app.toolset_of(&found.account, &found.server.config, None, A_WHILE).await;
    let exposure = Exposure::of_toolset(toolset.as_deref());
    let tools = |reach: Reach| -> Vec<ShownTool> {
        let all = exposure.groups.iter().flat_map(|group| &group.tools);
        all.filter(|tool| tool.reach == reach).cloned().collect()
    };
    let groups = [("Reads", Reach::Reads), ("Writes", Reach::Writes), ("Deletes", Reach::Deletes)];
    let groups = groups.into_iter().map(|(title, reach)| (title, reach.class(), tools(reach)));
    let publisher = (applicant.has_document() && !redirect.is_loopback()).then(|| applicant.host());
    let carried = CARRIED.into_iter().filter_map(|name| Some((name, given.get(name)?.to_owned())));
    let form = session::form_cookie(app, headers, Kind::Consent);
    let now = app.provision.now();
    let shown = ConsentPage {
        chrome: session::nobody(app, form.csrf.clone()),
        name: applicant.title().to_owned(),
        server: found.server.name.clone(),
        account: found.account.name.clone(),
        publisher: publisher.flatten(),
        back: redirect.host(),
        loopback: redirect.is_loopback(),
        end: end_in_words(found.server.expires_at, now, &app.timezone),
        groups: groups.filter(|(_, _, tools)| !tools.is_empty()).collect(),
        hidden: carried.chain([("server", found.server.url.to_hex())]).collect(),
        error: error.map(|(_, words)| words),
    };
    let mut response = page(&shown).unwrap_or_else(|failure| failed(app, &failure));
    if let Some((status, _)) = error {
        *response.status_mut() = status;
    }
    form.set(&mut response, app);
    response.extensions_mut().insert(Leads(Some(redirect.csp_source())));
    response
}

fn refused(app: &App, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Back(target) => back(&target),
        Refusal::Shown { status, title, words } => failed(app, &Failure::new(status, title, words)),
        Refusal::Ours(error) => failed(app, &error.into()),
    }
}

fn failed(app: &App, failure: &Failure) -> Response {
    let mut response = failure.shown(&session::nobody(app, String::new()));
    response.extensions_mut().insert(Leads(None));
    response
}
