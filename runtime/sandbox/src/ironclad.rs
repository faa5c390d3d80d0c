//! The Ironclad tenant: public API, SCIM and OAuth.

#![expect(clippy::unnecessary_wraps, reason = "all handlers share one signature")]

mod attachments;
mod comments;
mod documents;
mod entities;
mod exports;
mod forms;
mod formula;
mod grants;
mod imports;
mod jobs;
mod launch;
mod media;
mod metadata;
mod oauth;
mod obligations;
mod page;
mod people;
mod record_actions;
mod records;
mod records_export;
mod review;
mod scim_groups;
mod scim_schemas;
mod scim_users;
mod search;
mod seed;
mod seed_records;
mod seed_stories;
mod signing;
mod table;
mod template;
mod templates;
mod tenant;
mod webhooks;
mod workflow;
mod workflow_view;
mod workflows;

use http::HeaderMap;
use jiff::Timestamp;

use crate::call::Call;
use crate::dialect::Dialect;
use crate::incoming::Incoming;
use crate::limits::Limits;
use crate::options::Options;
use crate::reply::Reply;
use crate::routes::{Found, find};

pub(crate) use self::page::{is_page, show};
use self::table::Section;
pub(crate) use self::tenant::Tenant;

/// Requests a minute over all buckets of a company.
const COMPANY_CAP: u32 = 4_500;

/// A tenant with its starting data.
pub(crate) fn seeded(options: &Options, now: Timestamp) -> Tenant {
    seed::tenant(options, now)
}

/// Whether a path belongs to this vendor.
pub(crate) fn owns(path: &str) -> bool {
    section(path).is_some()
}

/// Every operation as method and whole path template.
pub(crate) fn operations() -> Vec<(String, String)> {
    table::SECTIONS
        .iter()
        .flat_map(|section| {
            section.routes.iter().map(|route| {
                (route.method.to_string(), format!("{}{}", section.prefix, route.path))
            })
        })
        .collect()
}

fn section(path: &str) -> Option<(&'static Section, &str)> {
    table::SECTIONS.iter().find_map(|section| {
        let rest = path.strip_prefix(section.prefix)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((section, rest))
    })
}

/// Answers a request whose path this vendor owns.
pub(crate) fn answer(
    tenant: &mut Tenant,
    limits: &mut Limits,
    now: Timestamp,
    incoming: &Incoming<'_>,
) -> Reply {
    let request_id = tenant.ids.uuid();
    let reply = dispatch(tenant, limits, now, incoming).unwrap_or_else(|refusal| refusal);
    reply
        .with("x-ironclad-requestid", request_id)
        .with("cache-control", "no-store, no-cache".into())
}

fn dispatch(
    tenant: &mut Tenant,
    limits: &mut Limits,
    now: Timestamp,
    incoming: &Incoming<'_>,
) -> Result<Reply, Reply> {
    let Some((section, rest)) = section(incoming.path) else {
        return Err(Dialect::Ironclad.error(404, "NOT_FOUND", "no such route", ""));
    };
    let dialect = section.dialect;
    let open = dialect == Dialect::IroncladOauth && matches!(rest, "/token" | "/authorize");
    let caller = if open {
        None
    } else {
        Some(authenticate(tenant, dialect, &incoming.parts.headers, now)?)
    };
    let (route, params) = match find(section.routes, incoming.method, rest) {
        Found::Route(route, params) => (route, params),
        Found::OtherMethod => {
            return Err(dialect.error(405, "NOT_ALLOWED", "method not allowed on this route", ""));
        }
        Found::Nothing => return Err(dialect.error(404, "NOT_FOUND", "no such route", "")),
    };
    let mut call = Call {
        dialect,
        method: incoming.method.clone(),
        path: incoming.path.to_owned(),
        params,
        query: incoming.query(),
        headers: incoming.parts.headers.clone(),
        body: incoming.body.clone(),
        now,
        actor: tenant.default_user.clone(),
        scopes: None,
    };
    let documented = incoming.rate_limits.then_some(route.limit.per_minute);
    let cap = limits.take("company", &[], incoming.rate_limits.then_some(COMPANY_CAP), now);
    let standing = limits.take(route.limit.bucket, &[incoming.path], documented, now);
    if let Some(full) = [cap, standing].into_iter().flatten().find(|standing| !standing.allowed) {
        let refusal =
            call.refuse(429, "TOO_MANY_REQUESTS", "rate limit exceeded, try again later", "");
        return Err(rate_headers(refusal, full, now)
            .with("retry-after", full.seconds_left(now).to_string()));
    }
    let outcome =
        admit(tenant, &mut call, caller, route.scope).and_then(|()| (route.run)(tenant, &call));
    match standing {
        Some(standing) => match outcome {
            Ok(reply) => Ok(rate_headers(reply, standing, now)),
            Err(reply) => Err(rate_headers(reply, standing, now)),
        },
        None => outcome,
    }
}

fn rate_headers(reply: Reply, standing: crate::limits::Standing, now: Timestamp) -> Reply {
    reply
        .with("x-ratelimit-limit", standing.limit.to_string())
        .with("x-ratelimit-remaining", standing.remaining.to_string())
        .with("x-ratelimit-reset", standing.seconds_left(now).to_string())
}

/// Who holds the token of a request.
enum Caller {
    /// The static token: unscoped, acts as anyone.
    Static,
    /// An OAuth token.
    Grant(grants::Holder),
}

fn authenticate(
    tenant: &Tenant,
    dialect: Dialect,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Caller, Reply> {
    let refuse = |message: &str| {
        let dialect = if dialect == Dialect::IroncladOauth { Dialect::Ironclad } else { dialect };
        dialect.error(401, "UNAUTHORIZED", message, "")
    };
    let text = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("");
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(refuse("invalid authentication token")),
    };
    if token == tenant.token {
        return Ok(Caller::Static);
    }
    tenant.oauth.holder(token, now).map(Caller::Grant).map_err(refuse)
}

/// Settles who acts and whether the scopes suffice.
fn admit(
    tenant: &Tenant,
    call: &mut Call,
    caller: Option<Caller>,
    scope: &str,
) -> Result<(), Reply> {
    let Some(caller) = caller else { return Ok(()) };
    let named = named_user(tenant, call)?;
    match caller {
        Caller::Static => {
            if let Some(user) = named {
                call.actor = user;
            }
        }
        Caller::Grant(holder) => {
            let lacking = scope
                .split_whitespace()
                .find(|scope| !holder.scopes.iter().any(|held| held == scope));
            if let Some(lacking) = lacking {
                return Err(call.refuse(
                    403,
                    "FORBIDDEN",
                    &format!("the token lacks the scope {lacking}"),
                    "",
                ));
            }
            match (holder.user, named) {
                (Some(own), Some(named))
                    if own != named
                        && !holder.scopes.iter().any(|held| held == oauth::IMPERSONATE) =>
                {
                    return Err(call.refuse(
                        403,
                        "FORBIDDEN",
                        "the token may not act for another user",
                        "",
                    ));
                }
                (_, Some(named)) => call.actor = named,
                (Some(own), None) => call.actor = own,
                (None, None) if needs_actor(call) => {
                    let message = "a client-credentials token needs the header x-as-user-email or x-as-user-id";
                    return Err(call.refuse(400, "MISSING_PARAM", message, "x-as-user-email"));
                }
                (None, None) => {}
            }
            call.scopes = Some(holder.scopes);
        }
    }
    Ok(())
}

/// The routes that do not declare the acting-user headers.
fn needs_actor(call: &Call) -> bool {
    let path = call.path.as_str();
    !(path.ends_with("/actions")
        || path.contains("/exports/")
        || path.ends_with("/search/conversational")
        || path.starts_with("/oauth/"))
}

fn named_user(tenant: &Tenant, call: &Call) -> Result<Option<String>, Reply> {
    let wanted = call.header("x-as-user-id").map(|id| ("x-as-user-id", id));
    let Some((header, wanted)) =
        wanted.or_else(|| call.header("x-as-user-email").map(|mail| ("x-as-user-email", mail)))
    else {
        return Ok(None);
    };
    match tenant.find_person(wanted) {
        Some(user) => Ok(Some(user.id.clone())),
        None => Err(call.invalid(&format!("no active user '{wanted}'"), header)),
    }
}
