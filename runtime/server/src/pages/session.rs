//! Who is signed in: a cookie that stands for an API token of the scope `admin`.
//!
//! The cookie's name says how far it can be trusted (RFC 6265bis section 4.1.3). A session is a row
//! in the database, so that any node knows it; it ends with its token.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, FromRequest, RawQuery, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use hmac::{Hmac, KeyInit, Mac};
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::tz::TimeZone;
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::chrome::{Chrome, Section};
use super::failure::Failure;
use super::form::Form;
use super::{Answer, is_part, page};
use crate::app::App;
use crate::directory::Caller;
use crate::host_policy::CallerAddress;
use crate::provision::{Actor, ProvisionError, Scope, Session, Token, TokenHash};
use crate::when;

/// The id of what refreshes itself, as the script names what asks.
const LIVE: &str = "live";

/// Who is signed in, as every page behind [`required`] has it.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(super) caller: Caller,
    pub(super) session: Session,
    /// What every form must carry.
    pub(super) csrf: String,
    /// The browser's time zone, or that of the settings.
    pub(super) zone: TimeZone,
    address: Option<IpAddr>,
}

impl SignedIn {
    /// Who that is, for what is made and changed.
    pub(super) fn actor(&self) -> Actor {
        self.caller.actor().from(self.address)
    }

    /// The same, for a form that does what it does once.
    pub(super) fn once(&self, nonce: &str) -> Actor {
        // A nonce is one form's of one session.
        self.actor().once(self.nonce(nonce))
    }

    /// A form's nonce as it is kept.
    pub(super) fn nonce(&self, nonce: &str) -> String {
        code(self.session.hash.as_bytes(), &[nonce.as_bytes()])
    }
}

/// Lets requests pass that are signed in, and gives failures the form of a page.
pub(super) async fn required(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (headers, from) = (request.headers().clone(), address(&request));
    let signed_in = match signed_in(&app, &headers, from).await {
        Ok(Some(signed_in)) => signed_in,
        Ok(None) => return to_sign_in(&app, &request),
        Err(error) => return Failure::from(error).shown(&nobody(&app, String::new())),
    };
    let chrome = Chrome::of(&app, &signed_in, Section::Elsewhere);
    request.extensions_mut().insert(signed_in);
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure.shown(&chrome),
        None => response,
    }
}

/// The page at an address that is none.
pub(super) async fn nowhere(app: &App, headers: &HeaderMap) -> Response {
    let chrome = match signed_in(app, headers, None).await {
        Ok(Some(signed_in)) => Chrome::of(app, &signed_in, Section::Elsewhere),
        _ => nobody(app, String::new()),
    };
    Failure::nowhere().shown(&chrome)
}

async fn signed_in(
    app: &App,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Option<SignedIn>, ProvisionError> {
    let name = cookie_name(&app.public_url, Kind::Session);
    let Some(cookie) = cookie_of(headers, &name) else { return Ok(None) };
    // What a page asks by itself while it is open is nobody's use of it.
    let used = headers.get("hx-trigger").is_none_or(|part| part != LIVE);
    let Some(session) = app.provision.session(&cookie, used).await? else { return Ok(None) };
    let caller = app.directory.caller_of(session.token).await?;
    let Some(caller) = caller.filter(|caller| caller.scope() == Scope::Admin) else {
        return Ok(None);
    };
    if let Some(id) = caller.id().filter(|_| used) {
        app.calls.api_token_used(id, app.provision.clock().now());
    }
    let zone = session.zone.as_deref().and_then(|name| when::zone(name).ok());
    Ok(Some(SignedIn {
        csrf: csrf(app, &session.hash),
        caller,
        session,
        zone: zone.unwrap_or_else(|| app.timezone.clone()),
        address,
    }))
}

/// Where whoever is not signed in goes: a page is come back to, a form that was not taken is not.
fn to_sign_in(app: &App, request: &Request) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if request.method() == Method::GET {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        query.append_pair("next", path);
    } else {
        query.append_pair("ended", "1");
    }
    let target = format!("{}/sign-in?{}", app.base_path(), query.finish());
    if is_part(request.headers()) {
        let target = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/sign-in"));
        return ([("hx-redirect", target)], StatusCode::NO_CONTENT).into_response();
    }
    redirect(&target)
}

/// 303 to an address of ours, for a GET.
pub(super) fn redirect(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(target) => (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response(),
        Err(_) => Failure::not_found().into_response(),
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    chrome: Chrome,
    next: String,
    /// Why there is this page and no other.
    notice: Option<&'static str>,
    error: Option<&'static str>,
}

/// `GET /sign-in`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if matches!(signed_in(&app, &headers, None).await, Ok(Some(_))) {
        return redirect(&format!("{}/", app.base_path()));
    }
    let query = Form::of_query(query.as_deref());
    let ended = query.given("ended").map(|_| "You were signed out before the form was sent. Nothing was changed: sign in and send it again.");
    let out = query.given("out").map(|_| "You are signed out.");
    let revoked = query
        .given("revoked")
        .map(|_| "The API token is revoked, and you are signed out with it. Sign in with another.");
    ask(&app, &headers, query.text("next"), ended.or(out).or(revoked), None)
}

/// The page that asks for a token.
fn ask(
    app: &App,
    headers: &HeaderMap,
    next: &str,
    notice: Option<&'static str>,
    error: Option<(StatusCode, &'static str)>,
) -> Response {
    let form = form_cookie(app, headers, Kind::Form);
    let chrome = nobody(app, form.csrf.clone());
    let next = if is_ours(next) { next.to_owned() } else { String::new() };
    let shown = SignInPage { chrome, next, notice, error: error.map(|(_, words)| words) };
    let mut response = page(&shown).unwrap_or_else(IntoResponse::into_response);
    if let Some((status, _)) = error {
        *response.status_mut() = status;
    }
    form.set(&mut response, app);
    response
}

/// What ties the form of a page that nobody is signed in to, to the browser.
pub(super) struct FormCookie {
    /// What the form must carry.
    pub(super) csrf: String,
    kind: Kind,
    /// The cookie, where the browser has none yet.
    fresh: Option<String>,
}

impl FormCookie {
    /// Gives it to the browser.
    pub(super) fn set(&self, response: &mut Response, app: &App) {
        if let Some(value) = &self.fresh {
            set_cookie(response, app, self.kind, value, None);
        }
    }
}

/// The one that a browser has, or a new one.
pub(super) fn form_cookie(app: &App, headers: &HeaderMap, kind: Kind) -> FormCookie {
    if let Some(csrf) = csrf_of(app, headers, kind) {
        return FormCookie { csrf, kind, fresh: None };
    }
    let value = Token::random("").expose().to_owned();
    FormCookie { csrf: csrf(app, &TokenHash::of(&value)), kind, fresh: Some(value) }
}

/// What the form of a page that nobody is signed in to must carry; `None` when the browser has no
/// cookie.
pub(super) fn csrf_of(app: &App, headers: &HeaderMap, kind: Kind) -> Option<String> {
    let cookie = cookie_of(headers, &cookie_name(&app.public_url, kind))?;
    (cookie.len() <= 64).then(|| csrf(app, &TokenHash::of(&cookie)))
}

/// `POST /sign-in`.
pub(super) async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Answer {
    const WAIT: &str = "Too many wrong tokens came from your address. Wait five minutes.";
    const WRONG: &str = "This is no API token of this program, or it has expired or was revoked.";
    const CALLS_ONLY: &str = "This token has the scope call: it calls tools and opens no pages. Use one with the scope admin.";
    let headers = request.headers().clone();
    let from = address(&request);
    let Some(csrf) = csrf_of(&app, &headers, Kind::Form) else {
        let error = "Your browser sent no cookie. Allow cookies for this site and try again.";
        return Ok(ask(&app, &headers, "", None, Some((StatusCode::FORBIDDEN, error))));
    };
    let form = Form::read(request, &app, &csrf).await?;
    let next = form.text("next");
    let refused = |status, words| Ok(ask(&app, &headers, next, None, Some((status, words))));
    if from.is_some_and(|from| app.wrong_tokens.too_many(from)) {
        return refused(StatusCode::TOO_MANY_REQUESTS, WAIT);
    }
    let token = form.text("token").trim();
    let caller = app.directory.caller(token).await?;
    let words = match caller.as_ref().map(Caller::scope) {
        Some(Scope::Admin) => None,
        Some(Scope::Call) => Some(CALLS_ONLY),
        None => Some(WRONG),
    };
    if let Some(words) = words {
        if let Some(from) = from {
            app.wrong_tokens.note(from);
            if app.wrong_tokens.tell(from) {
                app.provision.session_refused(&Actor::nobody().from(Some(from))).await?;
            }
        }
        return refused(StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    let zone = Some(form.text("zone")).filter(|zone| when::zone(zone).is_ok());
    let by = caller.map_or_else(Actor::nobody, |caller| caller.actor()).from(from);
    let zone = zone.map(str::to_owned);
    let cookie = app.provision.begin_session(TokenHash::of(token), zone, &by).await?;
    let target = if is_ours(next) { next } else { "/" };
    let mut response = redirect(&format!("{}{target}", app.base_path()));
    set_cookie(&mut response, &app, Kind::Session, cookie.expose(), None);
    Ok(response)
}

/// `POST /sign-out`.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    Extension(signed_in): Extension<SignedIn>,
    _: Form,
) -> Answer {
    app.provision.end_session(&signed_in.session.hash, &signed_in.actor()).await?;
    let mut response = redirect(&format!("{}/sign-in?out=1", app.base_path()));
    set_cookie(&mut response, &app, Kind::Session, "", Some(cookie::time::Duration::ZERO));
    Ok(response)
}

/// Whether an address to go on to is a page of ours: a path, and nothing that a browser takes for
/// another host.
fn is_ours(next: &str) -> bool {
    let plain = |letter: char| !letter.is_control() && letter != '\\';
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 2_048
        && next.chars().all(plain)
}

/// What is around a page that nobody is signed in to.
pub(super) fn nobody(app: &App, csrf: String) -> Chrome {
    Chrome {
        base: app.base_path().to_owned(),
        section: Section::Elsewhere,
        csrf,
        who: String::new(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stands for a session.
    Session,
    /// Ties the form of the sign-in page to the browser.
    Form,
    /// The same of the page that lets clients in, which people come to from another site.
    Consent,
}

/// The name of a cookie: as much of the promise of its prefix as the public URL can keep.
fn cookie_name(public_url: &str, kind: Kind) -> String {
    let name = match kind {
        Kind::Session => "drawbridge",
        Kind::Form => "drawbridge-form",
        Kind::Consent => "drawbridge-consent",
    };
    match public_url.strip_prefix("https://") {
        None => name.to_owned(),
        Some(rest) if rest.contains('/') => format!("__Secure-{name}"),
        Some(_) => format!("__Host-{name}"),
    }
}

fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

fn set_cookie(
    response: &mut Response,
    app: &App,
    kind: Kind,
    value: &str,
    lasts: Option<cookie::time::Duration>,
) {
    let base = app.base_path();
    let mut cookie = Cookie::build((cookie_name(&app.public_url, kind), value.to_owned()))
        .path(if base.is_empty() { "/".to_owned() } else { base.to_owned() })
        .http_only(true)
        .same_site(if kind == Kind::Consent { SameSite::Lax } else { SameSite::Strict })
        .secure(app.public_url.starts_with("https://"))
        .build();
    if let Some(lasts) = lasts {
        cookie.set_max_age(lasts);
    }
    // Letters, digits and a path that was read as one.
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

fn address(request: &Request) -> Option<IpAddr> {
    request.extensions().get().map(|CallerAddress(address)| *address)
}

/// What the forms of whoever has the cookie with this hash carry.
fn csrf(app: &App, cookie: &TokenHash) -> String {
    let secret = app.provision.secret().expose_secret();
    code(secret, &[b"drawbridge forms 1", cookie.as_bytes()])
}

/// The authentication code of these bytes under a key.
fn code(key: &[u8], bytes: &[&[u8]]) -> String {
    let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(key);
    let keyed = keyed.expect("HMAC takes keys of any length");
    let code = bytes.iter().fold(keyed, Mac::chain_update).finalize();
    URL_SAFE_NO_PAD.encode(code.into_bytes())
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let signed_in = request.extensions().get::<SignedIn>();
        let csrf = signed_in.map(|signed_in| signed_in.csrf.clone());
        Self::read(request, app, &csrf.ok_or_else(Failure::ours)?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_promise_what_the_public_url_can_keep() {
        let name = |url: &str| cookie_name(url, Kind::Session);
        assert_eq!(name("http://localhost:8484"), "drawbridge");
        assert_eq!(name("https://gate.example.com"), "__Host-drawbridge");
        assert_eq!(name("https://gate.example.com/mcp-gate"), "__Secure-drawbridge");
    }

    #[test]
    fn only_paths_of_ours_are_gone_on_to() {
        for good in ["/", "/accounts/acc_1/mcp?q=a%2Fb", "/calls?status=ok"] {
            assert!(is_ours(good), "{good}");
        }
        for bad in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "a"] {
            assert!(!is_ours(bad), "{bad}");
        }
    }
}
