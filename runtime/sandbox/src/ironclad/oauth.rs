//! The OAuth 2.0 server: three grants, rotation, revocation.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::grants::{Access, Code, Refresh};
use super::people::COMPANY;
use super::tenant::Tenant;
use crate::call::Call;
use crate::clock::later;
use crate::reply::{Answer, Reply};

/// Lets an authorization-code token act for other users.
pub(super) const IMPERSONATE: &str = "identity.users.impersonate";
/// Given to authorization-code tokens only.
const CODE_ONLY: &str = "public.search.conversational";
const CODE_LIFETIME: Duration = Duration::from_secs(60);

fn error(status: u16, code: &str, description: &str) -> Reply {
    Reply::status(status, json!({ "error": code, "error_description": description }))
}

/// Reads a scope text; every scope must exist and be allowed for the grant. None given: all of
/// them.
fn scopes(all: &[&'static str], text: Option<&str>, with_user: bool) -> Result<Vec<String>, Reply> {
    let allowed: Vec<&str> =
        all.iter().copied().filter(|scope| with_user || *scope != CODE_ONLY).collect();
    let wanted: Vec<&str> = text.unwrap_or("").split_whitespace().collect();
    if wanted.is_empty() {
        return Ok(allowed
            .into_iter()
            .filter(|scope| *scope != IMPERSONATE)
            .map(str::to_owned)
            .collect());
    }
    match wanted.iter().find(|scope| !allowed.contains(scope)) {
        Some(odd) => Err(error(400, "invalid_scope", &format!("scope {odd} cannot be granted"))),
        None => Ok(wanted.into_iter().map(str::to_owned).collect()),
    }
}

pub(super) fn authorize(tenant: &mut Tenant, call: &Call) -> Answer {
    let server = &tenant.oauth;
    if call.query("client_id") != Some(&server.client_id) {
        return Err(error(403, "unauthorized_client", "unknown client"));
    }
    let redirect = call.query("redirect_uri").unwrap_or("");
    let Ok(mut location) = url::Url::parse(redirect) else {
        return Err(error(400, "invalid_request", "redirect_uri is missing or malformed"));
    };
    if !server.redirect_uris.is_empty()
        && !server.redirect_uris.iter().any(|known| known == redirect)
    {
        return Err(error(400, "invalid_request", "redirect_uri is not registered"));
    }
    if call.query("response_type") != Some("code") {
        return Err(error(400, "invalid_request", "response_type must be code"));
    }
    let outcome = if server.consents {
        scopes(&server.scopes, call.query("scope"), true).map_err(|_| "invalid_scope")
    } else {
        Err("access_denied")
    };
    match outcome {
        Err(problem) => {
            location.query_pairs_mut().append_pair("error", problem);
        }
        Ok(scopes) => {
            let code = tenant.ids.nano();
            let method = call.query("code_challenge_method").unwrap_or("plain").to_owned();
            let challenge =
                call.query("code_challenge").map(|challenge| (method, challenge.to_owned()));
            location.query_pairs_mut().append_pair("code", &code);
            tenant.oauth.codes.push(Code {
                code,
                redirect_uri: redirect.to_owned(),
                user: tenant.default_user.clone(),
                scopes,
                challenge,
                expires: later(call.now, CODE_LIFETIME),
            });
        }
    }
    if let Some(state) = call.query("state") {
        location.query_pairs_mut().append_pair("state", state);
    }
    Ok(Reply::redirect(location.into()))
}

/// The token request's members, from JSON or a form.
fn read_body(call: &Call) -> Result<Map<String, Value>, Reply> {
    if call.media() == "application/x-www-form-urlencoded" {
        let pairs = url::form_urlencoded::parse(&call.body);
        return Ok(pairs
            .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
            .collect());
    }
    call.object()
}

pub(super) fn token(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = read_body(call)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let (id, secret) = match basic(call) {
        Some(pair) => pair,
        None => (
            text("client_id").unwrap_or("").to_owned(),
            text("client_secret").unwrap_or("").to_owned(),
        ),
    };
    if id.is_empty() {
        return Err(error(401, "invalid_client", "client authentication is missing"));
    }
    if id != tenant.oauth.client_id || secret != tenant.oauth.client_secret {
        return Err(error(403, "unauthorized_client", "client id or secret is wrong"));
    }
    match text("grant_type") {
        Some("client_credentials") => {
            let scopes = scopes(&tenant.oauth.scopes, text("scope"), false)?;
            Ok(issue(tenant, call, None, scopes))
        }
        Some("authorization_code") => {
            let code = redeem(tenant, call, &body)?;
            Ok(issue(tenant, call, Some(code.user), code.scopes))
        }
        Some("refresh_token") => refresh(tenant, call, &body),
        Some(_) => Err(error(400, "unsupported_grant_type", "this grant type is not supported")),
        None => Err(error(400, "invalid_request", "grant_type is missing")),
    }
}

/// Client id and secret from `Authorization: Basic`.
fn basic(call: &Call) -> Option<(String, String)> {
    let (scheme, value) = call.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some((decode(id), decode(secret)))
}

fn redeem(tenant: &mut Tenant, call: &Call, body: &Map<String, Value>) -> Result<Code, Reply> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or("");
    let refuse =
        || error(403, "invalid_grant", "the authorization code is invalid, expired or spent");
    let position =
        tenant.oauth.codes.iter().position(|code| code.code == text("code")).ok_or_else(refuse)?;
    let code = tenant.oauth.codes.remove(position);
    if code.expires <= call.now || code.redirect_uri != text("redirect_uri") {
        return Err(refuse());
    }
    if let Some((method, challenge)) = &code.challenge {
        let verifier = text("code_verifier");
        let matches = match method.as_str() {
            "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == *challenge,
            _ => verifier == challenge,
        };
        if !matches {
            return Err(error(
                403,
                "invalid_grant",
                "code_verifier does not fit the code challenge",
            ));
        }
    }
    Ok(code)
}

fn refresh(tenant: &mut Tenant, call: &Call, body: &Map<String, Value>) -> Answer {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let wanted = text("refresh_token").unwrap_or("");
    let found =
        tenant.oauth.refresh.iter_mut().find(|refresh| refresh.token == wanted && !refresh.spent);
    let Some(found) = found else {
        return Err(error(403, "invalid_grant", "the refresh token is invalid or spent"));
    };
    let mut scopes = found.scopes.clone();
    if let Some(narrower) = text("scope").filter(|scope| !scope.trim().is_empty()) {
        let wanted: Vec<String> = narrower.split_whitespace().map(str::to_owned).collect();
        if wanted.iter().any(|scope| !scopes.contains(scope)) {
            return Err(error(400, "invalid_scope", "a refresh cannot widen the scopes"));
        }
        scopes = wanted;
    }
    found.spent = true;
    let user = found.user.clone();
    Ok(issue(tenant, call, Some(user), scopes))
}

fn issue(tenant: &mut Tenant, call: &Call, user: Option<String>, scopes: Vec<String>) -> Reply {
    let token = format!("sandbox-access-{}", tenant.ids.secret());
    let mut answer = Map::new();
    answer.insert("token_type".into(), "Bearer".into());
    answer.insert("access_token".into(), token.clone().into());
    answer.insert("expires_in".into(), tenant.oauth.lifetime.as_secs().into());
    answer.insert("scope".into(), scopes.join(" ").into());
    if let Some(user) = &user {
        let refresh = format!("sandbox-refresh-{}", tenant.ids.secret());
        answer.insert("refresh_token".into(), refresh.clone().into());
        tenant.oauth.refresh.push(Refresh {
            token: refresh,
            user: user.clone(),
            scopes: scopes.clone(),
            spent: false,
        });
    }
    let expires = later(call.now, tenant.oauth.lifetime);
    tenant.oauth.access.push(Access { token, user, scopes, expires, revoked: false });
    Reply::json(Value::Object(answer))
}

pub(super) fn userinfo(tenant: &mut Tenant, call: &Call) -> Answer {
    let Some(user) = tenant.user(&call.actor) else {
        return Err(Reply::status(404, json!({ "code": "NOT_FOUND" })));
    };
    let scopes: Vec<String> = call
        .scopes
        .clone()
        .unwrap_or_else(|| tenant.oauth.scopes.iter().map(|&scope| scope.to_owned()).collect());
    Ok(Reply::json(json!({
        "sub": user.id, "id": user.id, "email": user.user_name, "username": user.user_name, "firstName": user.given,
        "lastName": user.family, "displayName": user.display(), "title": user.title, "companyId": tenant.company,
        "companyName": COMPANY, "scopes": scopes,
    })))
}

pub(super) fn company_info(tenant: &mut Tenant, _: &Call) -> Answer {
    let entitlement = |name: &str, text: &str| json!({ "name": name, "description": text, "type": "boolean", "value": true });
    Ok(Reply::json(json!({
        "companyId": tenant.company, "companyName": "acme-robotics", "companyDisplayName": COMPANY,
        "entitlements": {
            "publicApi": entitlement("publicApi", "Use of the public API"),
            "obligations": entitlement("obligations", "Tracking of obligations"),
            "conversationalSearch": entitlement("conversationalSearch", "Questions in plain language"),
        },
    })))
}
