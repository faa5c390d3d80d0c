//! Security schemes and requirements.

use openapiv3::{APIKeyLocation, SecurityScheme};
use serde_json::Value;

use super::{Context, read};
use crate::ir::{Scheme, SchemeKind};
use crate::names;
use crate::pointer::Trail;

/// The document's schemes, by name.
pub(super) fn schemes(cx: &mut Context<'_>) -> Vec<Scheme> {
    let root = Trail::root();
    let components = root.key("components");
    let trail = components.key("securitySchemes");
    let mut found = Vec::new();
    for (name, value) in cx.section("securitySchemes") {
        let trail = trail.key(name);
        let Some(value) = cx.resolve(value) else {
            cx.fault("dangling-reference", &trail, "refers to nothing; left out");
            continue;
        };
        match read::parse::<SecurityScheme>(value.clone()) {
            Ok(scheme) => {
                let (kind, doc) = lower(scheme);
                found.push(Scheme {
                    setter: String::new(),
                    name: name.to_owned(),
                    ident: names::snake(name),
                    doc: read::text(&doc.unwrap_or_default()),
                    kind,
                });
            }
            Err(reason) => cx.fault("security-scheme", &trail, format!("{reason}; left out")),
        }
    }
    found
}

fn lower(scheme: SecurityScheme) -> (SchemeKind, Option<String>) {
    match scheme {
        SecurityScheme::APIKey { location, name, description, .. } => {
            let kind = match location {
                APIKeyLocation::Header => SchemeKind::ApiKeyHeader(name),
                APIKeyLocation::Query => SchemeKind::ApiKeyQuery(name),
                APIKeyLocation::Cookie => SchemeKind::ApiKeyCookie(name),
            };
            (kind, description)
        }
        SecurityScheme::HTTP { scheme, description, .. } => {
            let kind = match scheme.to_ascii_lowercase().as_str() {
                "bearer" => SchemeKind::Bearer,
                "basic" => SchemeKind::Basic,
                _ => SchemeKind::Http(scheme),
            };
            (kind, description)
        }
        SecurityScheme::OAuth2 { flows, description, .. } => {
            let code = flows.authorization_code.as_ref();
            let authorization_url = code
                .map(|flow| flow.authorization_url.clone())
                .or_else(|| flows.implicit.as_ref().map(|flow| flow.authorization_url.clone()));
            let token_url = code
                .map(|flow| flow.token_url.clone())
                .or_else(|| flows.client_credentials.as_ref().map(|flow| flow.token_url.clone()))
                .or_else(|| flows.password.as_ref().map(|flow| flow.token_url.clone()));
            let mut scopes: Vec<String> = [
                code.map(|flow| &flow.scopes),
                flows.implicit.as_ref().map(|flow| &flow.scopes),
                flows.client_credentials.as_ref().map(|flow| &flow.scopes),
                flows.password.as_ref().map(|flow| &flow.scopes),
            ]
            .into_iter()
            .flatten()
            .flat_map(|scopes| scopes.keys().cloned())
            .collect();
            scopes.sort_unstable();
            scopes.dedup();
            (SchemeKind::OAuth2 { authorization_url, token_url, scopes }, description)
        }
        SecurityScheme::OpenIDConnect { open_id_connect_url, description, .. } => {
            (SchemeKind::OpenIdConnect(open_id_connect_url), description)
        }
    }
}

/// Requirements: any one of the outer list, all of the inner one. An operation's own replace the
/// document's; an empty inner list, which comes last, means that none is needed, too.
pub(super) fn requirements(cx: &Context<'_>, operation: &Value) -> Vec<Vec<String>> {
    let stated =
        operation.get("security").or_else(|| cx.root.get("security")).and_then(Value::as_array);
    let known = cx.section("securitySchemes");
    let mut alternatives: Vec<Vec<String>> = Vec::new();
    for alternative in stated.into_iter().flatten().filter_map(Value::as_object) {
        let mut names: Vec<String> = alternative.keys().cloned().collect();
        names.sort_unstable();
        if names.iter().all(|name| known.contains_key(name.as_str()))
            && !alternatives.contains(&names)
        {
            alternatives.push(names);
        }
    }
    if alternatives.iter().all(Vec::is_empty) {
        alternatives.clear();
    }
    // Optional security comes last: credentials that are there are sent.
    alternatives.sort_by_key(Vec::is_empty);
    alternatives
}

/// Places and names of the API keys among these requirements: what a parameter of the same name
/// would say twice.
pub(super) fn keys(cx: &Context<'_>, requirements: &[Vec<String>]) -> Vec<(String, String)> {
    let schemes = cx.section("securitySchemes");
    let named =
        requirements.iter().flatten().filter_map(|name| cx.resolve(schemes.get(name.as_str())?));
    let text =
        |scheme: &Value, key: &str| scheme.get(key).and_then(Value::as_str).map(str::to_owned);
    named
        .filter(|scheme| scheme.get("type").and_then(Value::as_str) == Some("apiKey"))
        .filter_map(|scheme| Some((text(scheme, "in")?, text(scheme, "name")?)))
        .collect()
}
