//! The admin audit log.

use serde_json::{Map, Value};

use super::tenant::Tenant;
use crate::call::Call;
use crate::clock;
use crate::paging;
use crate::reply::{Answer, Reply};

/// The categories of audit entries.
pub(super) const ENTITIES: [&str; 20] = [
    "workflows",
    "tasks",
    "contracts",
    "users",
    "apps",
    "transactions",
    "orgs",
    "roles",
    "authentication",
    "access",
    "integrations",
    "licenses",
    "files",
    "features",
    "testConnection",
    "appCatalog",
    "anonymizeUser",
    "renewalForecast",
    "dashboards",
    "accessPolicies",
];

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    let entity = call.query_word("entity", &ENTITIES)?;
    let ascending = call.query_word("sort", &["asc", "desc"])? == Some("asc");
    let mut rows: Vec<Value> = tenant
        .audit
        .iter()
        .filter(|(kind, _)| entity.is_none_or(|entity| entity == *kind))
        .map(|(_, entry)| entry.clone())
        .collect();
    between(call, &mut rows)?;
    rows.sort_by_cached_key(|row| row["creationTime"].as_str().unwrap_or("").to_owned());
    if !ascending {
        rows.reverse();
    }
    let page = paging::cursor(call, &rows, 50)?;
    let mut envelope = Map::new();
    envelope.insert("audit".into(), page.rows.into());
    envelope.insert("nextCursor".into(), page.next.clone());
    envelope.insert("count".into(), page.rows.len().into());
    Ok(Reply::json(Value::Object(envelope)))
}

/// Keeps entries created strictly after `startTime` and at or before `endTime`.
pub(super) fn between(call: &Call, rows: &mut Vec<Value>) -> Result<(), Reply> {
    let moment = |name: &str| match call.query(name) {
        None => Ok(None),
        Some(text) => {
            clock::read(text).map(Some).ok_or_else(|| call.bad_query(name, "must be a valid date"))
        }
    };
    let (after, until) = (moment("startTime")?, moment("endTime")?);
    rows.retain(|row| {
        let at = row["creationTime"].as_str().and_then(clock::read);
        after.is_none_or(|after| at.is_some_and(|at| at > after))
            && until.is_none_or(|until| at.is_some_and(|at| at <= until))
    });
    Ok(())
}
