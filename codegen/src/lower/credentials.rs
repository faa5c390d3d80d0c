//! What the overlay says of an account's credentials, resolved against the document: headers, members
//! and environment variables.

use http::HeaderName;

use super::Context;
use super::extension;
use crate::ir::{self, Scheme, SchemeKind};
use crate::pointer::Trail;

/// The texts that credentials of any API may hold, as the admin API takes them.
const MEMBERS: [&str; 7] =
    ["token", "client_id", "client_secret", "username", "password", "as_user_email", "as_user_id"];

/// What holds of every account of the API.
pub(super) struct Credentials {
    pub(super) constant_headers: Vec<(String, String)>,
    pub(super) acting_user: Option<ir::ActingUserHeaders>,
    pub(super) further_tokens: Vec<ir::FurtherToken>,
    pub(super) environment: Vec<(String, String)>,
}

/// Resolves the document's settings; what does not resolve is left out with a diagnostic.
pub(super) fn lower(
    cx: &mut Context<'_>,
    settings: &extension::Document,
    schemes: &[Scheme],
) -> Credentials {
    let root = Trail::root();
    let trail = root.key(extension::NAME);
    let server_headers = trail.key("server_headers");
    for (index, name) in settings.server_headers.iter().enumerate() {
        header(cx, name, &server_headers.index(index));
    }
    let constants = trail.key("constant_headers");
    let constant_headers = settings
        .constant_headers
        .iter()
        .filter(|(name, _)| header(cx, name, &constants.key(name)).is_some())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let acting_user = acting_user(cx, settings, &trail.key("acting_user"));
    let further_tokens = further_tokens(cx, settings, schemes, &trail.key("further_tokens"));
    let environment = environment(cx, settings, &further_tokens, &trail.key("environment"));
    Credentials { constant_headers, acting_user, further_tokens, environment }
}

/// The name in lower case, when it is the name of an HTTP field (RFC 9110 section 5.1).
fn header(cx: &mut Context<'_>, name: &str, trail: &Trail<'_>) -> Option<String> {
    let found = HeaderName::try_from(name).ok();
    if found.is_none() {
        cx.fault("header-name", trail, format!("`{name}` cannot be the name of an HTTP header"));
    }
    found.map(|name| name.as_str().to_owned())
}

fn acting_user(
    cx: &mut Context<'_>,
    settings: &extension::Document,
    trail: &Trail<'_>,
) -> Option<ir::ActingUserHeaders> {
    let given = settings.acting_user.as_ref()?;
    if given.email.is_none() && given.id.is_none() {
        cx.fault("acting-user", trail, "names neither the header for `email` nor that for `id`");
    }
    let mut of = |key: &str, name: &Option<String>| header(cx, name.as_ref()?, &trail.key(key));
    let (email, id) = (of("email", &given.email), of("id", &given.id));
    (email.is_some() || id.is_some()).then_some(ir::ActingUserHeaders { email, id })
}

fn further_tokens(
    cx: &mut Context<'_>,
    settings: &extension::Document,
    schemes: &[Scheme],
    trail: &Trail<'_>,
) -> Vec<ir::FurtherToken> {
    let mut found: Vec<ir::FurtherToken> = Vec::new();
    for (member, scheme) in &settings.further_tokens {
        let trail = trail.key(member);
        let known = schemes.iter().find(|known| known.name == *scheme);
        let wrong = if !is_member(member) {
            format!("`{member}` is not in lower case with underscores")
        } else if ["type", "scopes"].contains(&member.as_str())
            || MEMBERS.contains(&member.as_str())
        {
            format!("`{member}` is already a member of credentials")
        } else if known.is_none() {
            let names: Vec<&str> = schemes.iter().map(|scheme| scheme.name.as_str()).collect();
            format!("`{scheme}` is no security scheme of the document; it has {}", names.join(", "))
        } else if known.is_some_and(|known| matches!(known.kind, SchemeKind::Basic)) {
            format!("`{scheme}` takes a user and a password, not a token")
        } else if found.iter().any(|other| other.scheme == *scheme) {
            format!("`{scheme}` has a token of its own already")
        } else {
            found.push(ir::FurtherToken { member: member.clone(), scheme: scheme.clone() });
            continue;
        };
        cx.fault("further-token", &trail, wrong);
    }
    found
}

fn environment(
    cx: &mut Context<'_>,
    settings: &extension::Document,
    further: &[ir::FurtherToken],
    trail: &Trail<'_>,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, member) in &settings.environment {
        let of_further = further.iter().any(|token| token.member == *member);
        let wrong = if !is_variable(name) {
            format!("`{name}` is not in upper case with underscores")
        } else if !of_further && !MEMBERS.contains(&member.as_str()) {
            let known = MEMBERS.into_iter().chain(further.iter().map(|token| &*token.member));
            let known: Vec<&str> = known.collect();
            format!("credentials have no member `{member}`; they have {}", known.join(", "))
        } else {
            found.push((name.clone(), member.clone()));
            continue;
        };
        cx.fault("environment", &trail.key(name), wrong);
    }
    found
}

fn is_member(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
