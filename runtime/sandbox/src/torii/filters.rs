//! The `filters` parameter: a JSON array of `{key, op, value}`, all of which must hold.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::order::compare;
use crate::call::Call;
use crate::clock;
use crate::reply::Reply;

const DAY: i64 = 86_400;

/// Keeps the rows that pass.
pub(super) fn apply(call: &Call, rows: &mut Vec<Value>) -> Result<(), Reply> {
    let Some(text) = call.query("filters").filter(|text| !text.is_empty()) else { return Ok(()) };
    let Ok(Value::Array(filters)) = serde_json::from_str::<Value>(text) else {
        return Err(call.bad_query("filters", "must be a JSON array"));
    };
    let mut broken = false;
    rows.retain(|row| {
        filters.iter().all(|filter| {
            holds(row, filter, call.now).unwrap_or_else(|| {
                broken = true;
                false
            })
        })
    });
    if broken || filters.iter().any(|filter| !well_formed(filter)) {
        return Err(
            call.bad_query("filters", "must hold objects {key, op, value} with a known operator")
        );
    }
    Ok(())
}

const OPERATORS: [&str; 27] = [
    "equals",
    "notEquals",
    "contains",
    "notContains",
    "anyOf",
    "noneOf",
    "allOf",
    "isExactly",
    "isSet",
    "isNotSet",
    "gt",
    "gte",
    "lt",
    "lte",
    "dayAfter",
    "dayOnOrAfter",
    "dayBefore",
    "dayOnOrBefore",
    "nested",
    "relativeDateToday",
    "relativeDateOn",
    "relativeDateLess",
    "relativeDateMore",
    "exists",
    "notExists",
    "or",
    "and",
];

fn well_formed(filter: &Value) -> bool {
    let operator = filter["op"].as_str().unwrap_or("");
    let group = matches!(operator, "or" | "and" | "nested");
    OPERATORS.contains(&operator) && (group || filter["key"].is_string())
}

fn holds(row: &Value, filter: &Value, now: Timestamp) -> Option<bool> {
    let operator = filter["op"].as_str()?;
    let wanted = &filter["value"];
    if let "or" | "and" | "nested" = operator {
        let parts = wanted
            .as_array()?
            .iter()
            .map(|part| holds(row, part, now))
            .collect::<Option<Vec<bool>>>()?;
        return Some(if operator == "or" {
            parts.contains(&true)
        } else {
            parts.iter().all(|part| *part)
        });
    }
    let value = &row[filter["key"].as_str()?];
    let set = !matches!(value, Value::Null) && value.as_str() != Some("");
    let any = |wanted: &Value| values(value).iter().any(|held| same(held, wanted));
    let many = || wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
    Some(match operator {
        "equals" => any(wanted),
        "notEquals" => !any(wanted),
        "contains" => text(value).contains(&text(wanted)),
        "notContains" => !text(value).contains(&text(wanted)),
        "anyOf" => many().iter().any(any),
        "noneOf" => !many().iter().any(any),
        "allOf" => many().iter().all(any),
        "isExactly" => many().iter().all(any) && values(value).len() == many().len(),
        "isSet" | "exists" => set,
        "isNotSet" | "notExists" => !set,
        "gt" => set && compare(value, wanted) == Ordering::Greater,
        "gte" => set && compare(value, wanted) != Ordering::Less,
        "lt" => set && compare(value, wanted) == Ordering::Less,
        "lte" => set && compare(value, wanted) != Ordering::Greater,
        "relativeDateToday" => days_from(value, now) == Some(0),
        _ => {
            let distance = days_from(value, now);
            let day = |value: &Value| {
                value.as_str().and_then(clock::read).map(|at| at.as_second().div_euclid(DAY))
            };
            let count = wanted.as_i64().or_else(|| wanted.as_str()?.parse().ok());
            match operator {
                "dayAfter" => day(value)? > day(wanted)?,
                "dayOnOrAfter" => day(value)? >= day(wanted)?,
                "dayBefore" => day(value)? < day(wanted)?,
                "dayOnOrBefore" => day(value)? <= day(wanted)?,
                "relativeDateOn" => distance.is_some() && distance == Some(count?),
                "relativeDateLess" => distance.is_some_and(|days| days.abs() < count.unwrap_or(0)),
                "relativeDateMore" => distance.is_some_and(|days| days.abs() > count.unwrap_or(0)),
                _ => return None,
            }
        }
    })
}

/// The single values of a column: arrays spread, people as their ids.
fn values(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::Object(object) => {
            object.get("id").or_else(|| object.get("value")).into_iter().collect()
        }
        other => vec![other],
    }
}

fn same(held: &Value, wanted: &Value) -> bool {
    compare(held, wanted) == Ordering::Equal
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_lowercase()
}

fn days_from(value: &Value, now: Timestamp) -> Option<i64> {
    let at = clock::read(value.as_str()?)?;
    Some(at.as_second().div_euclid(DAY) - now.as_second().div_euclid(DAY))
}
