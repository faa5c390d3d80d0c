//! The Torii tenant: REST below `/v1.0` and SCIM below `/v1.0/scim/v2`.

#![expect(clippy::unnecessary_wraps, reason = "all handlers share one signature")]

mod aggregate;
mod apps;
mod audit;
mod contracts;
mod fields;
mod files;
mod filters;
mod integrations;
mod links;
mod order;
mod plugins;
mod policies;
mod query;
mod scim;
mod seed;
mod seed_apps;
mod seed_stories;
mod table;
mod tenant;
mod transactions;
mod users;
mod workflows;

use jiff::Timestamp;

use crate::call::Call;
use crate::dialect::Dialect;
use crate::incoming::Incoming;
use crate::limits::{Limits, Standing};
use crate::options::Options;
use crate::reply::{Answer, Reply};
use crate::routes::{Found, find};

pub(crate) use self::tenant::Tenant;

const PREFIX: &str = "/v1.0";

/// A tenant with its starting data.
pub(crate) fn seeded(options: &Options, now: Timestamp) -> Tenant {
    seed::tenant(options, now)
}

/// Whether a path belongs to this vendor.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'))
        || path.starts_with(files::STORAGE)
}

/// Whether a path leads to the object store, which no API document describes.
pub(crate) fn is_storage(path: &str) -> bool {
    path.starts_with(files::STORAGE)
}

/// Every operation as method and whole path template.
pub(crate) fn operations() -> Vec<(String, String)> {
    table::ROUTES
        .iter()
        .map(|route| (route.method.to_string(), format!("{PREFIX}{}", route.path)))
        .collect()
}

/// Answers a request whose path this vendor owns.
pub(crate) fn answer(
    tenant: &mut Tenant,
    limits: &mut Limits,
    now: Timestamp,
    incoming: &Incoming<'_>,
) -> Reply {
    dispatch(tenant, limits, now, incoming).unwrap_or_else(|refusal| refusal)
}

fn dispatch(
    tenant: &mut Tenant,
    limits: &mut Limits,
    now: Timestamp,
    incoming: &Incoming<'_>,
) -> Answer {
    if let Some(key) = incoming.path.strip_prefix(files::STORAGE) {
        return files::storage(tenant, key, incoming);
    }
    let rest = incoming.path.strip_prefix(PREFIX).unwrap_or("");
    let is_scim = rest.starts_with("/scim/");
    authenticate(tenant, incoming, is_scim)?;
    let (route, params) = match find(table::ROUTES, incoming.method, rest) {
        Found::Route(route, params) => (route, params),
        Found::OtherMethod => return Err(Dialect::Torii.error(405, "", "Method not allowed", "")),
        Found::Nothing => return Err(Dialect::Torii.error(404, "", "no such route", "")),
    };
    let call = Call {
        dialect: if is_scim { Dialect::ToriiScim } else { Dialect::Torii },
        method: incoming.method.clone(),
        path: incoming.path.to_owned(),
        params,
        query: incoming.query(),
        headers: incoming.parts.headers.clone(),
        body: incoming.body.clone(),
        now,
        actor: String::new(),
        scopes: None,
    };
    let bucket = format!("{} {}", route.method, route.path);
    let documented = incoming.rate_limits.then_some(route.limit.per_minute);
    let Some(standing) = limits.take(&bucket, &[incoming.path], documented, now) else {
        return (route.run)(tenant, &call);
    };
    if !standing.allowed {
        let refusal = Dialect::Torii.error(429, "", "You have exceeded the request limit", "");
        return Err(rate_headers(refusal, standing));
    }
    match (route.run)(tenant, &call) {
        Ok(reply) => Ok(rate_headers(reply, standing)),
        Err(reply) => Err(rate_headers(reply, standing)),
    }
}

/// The reset is a moment, in seconds since the epoch.
fn rate_headers(reply: Reply, standing: Standing) -> Reply {
    reply
        .with("x-rate-limit-limit", standing.limit.to_string())
        .with("x-rate-limit-remaining", standing.remaining.to_string())
        .with("x-rate-limit-reset", standing.ends.as_second().to_string())
}

/// REST wants the API key, SCIM its own key; the other one of the two is known but not allowed.
fn authenticate(tenant: &Tenant, incoming: &Incoming<'_>, is_scim: bool) -> Result<(), Reply> {
    let text = incoming
        .parts
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let token = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or("", |(_, token)| token.trim());
    let (right, other) = if is_scim {
        (&tenant.scim_token, &tenant.token)
    } else {
        (&tenant.token, &tenant.scim_token)
    };
    if token == right {
        Ok(())
    } else if token == other {
        Err(Dialect::Torii.error(
            403,
            "",
            "This API key does not have permission for this endpoint",
            "",
        ))
    } else {
        Err(Dialect::Torii.error(401, "", "Invalid or expired API key", ""))
    }
}
