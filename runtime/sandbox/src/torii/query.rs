//! What Torii's lists have in common: `q`, key filters, `filters`, `sort`, `aggs`, cursor,
//! `fields`.

use std::cmp::Ordering;

use serde_json::Value;

use super::order::compare;
use super::{aggregate, filters};
use crate::call::Call;
use crate::paging;
use crate::reply::{Answer, Reply};

/// The parameters that are not filters on a field.
const RESERVED: [&str; 13] = [
    "q",
    "qFields",
    "sort",
    "filters",
    "aggs",
    "fields",
    "size",
    "cursor",
    "includeLicenses",
    "view",
    "idUsers",
    "mappingStatus",
    "where",
];

/// How one list works.
pub(super) struct List<'a> {
    /// The member under which the rows are answered.
    pub(super) key: &'a str,
    /// Columns that `q` looks into.
    pub(super) searched: &'a [&'a str],
    /// Columns shown when `fields` is not given; empty: all.
    pub(super) default_fields: &'a [&'a str],
    /// Columns that may be asked for; empty: any.
    pub(super) known_fields: &'a [String],
    /// Columns always shown.
    pub(super) always: &'a [&'a str],
    /// Whether any known field may be a query parameter of its own.
    pub(super) open_filters: bool,
    pub(super) default_size: u64,
}

/// Answers a list cut by cursor.
pub(super) fn answer(call: &Call, mut rows: Vec<Value>, list: &List<'_>) -> Answer {
    if let Some(text) = call.query("q").filter(|text| !text.is_empty()) {
        let columns = call.query_list("qFields");
        let columns = if columns.is_empty() { list.searched } else { &columns };
        search(&mut rows, text, columns);
    }
    if list.open_filters {
        key_filters(call, &mut rows, list)?;
    }
    filters::apply(call, &mut rows)?;
    sort(call, &mut rows)?;
    let aggregations = aggregate::from_query(call, &rows)?;
    let page = paging::cursor(call, &rows, list.default_size)?;
    let mut envelope = paging::cursor_envelope(list.key, &page, Some(rows.len()));
    if let Some(Value::Array(shown)) = envelope.get_mut(list.key) {
        let wanted = fields(call, list)?;
        for row in shown {
            project(row, &wanted);
        }
    }
    if let Some(aggregations) = aggregations {
        envelope.insert("aggregations".into(), aggregations);
    }
    Ok(Reply::json(Value::Object(envelope)))
}

/// Keeps the rows that hold a text in any of these columns.
pub(super) fn search(rows: &mut Vec<Value>, text: &str, columns: &[&str]) {
    let text = text.to_lowercase();
    rows.retain(|row| {
        columns.iter().any(|column| match &row[*column] {
            Value::String(held) => held.to_lowercase().contains(&text),
            Value::Null => false,
            other => other.to_string().to_lowercase().contains(&text),
        })
    });
}

fn key_filters(call: &Call, rows: &mut Vec<Value>, list: &List<'_>) -> Result<(), Reply> {
    for (name, wanted) in &call.query {
        if RESERVED.contains(&name.as_str()) {
            continue;
        }
        if !list.known_fields.is_empty() && !list.known_fields.contains(name) {
            return Err(call.bad_query(name, "is not allowed"));
        }
        rows.retain(|row| matches(&row[name.as_str()], wanted));
    }
    Ok(())
}

/// Whether a value equals the text of a query parameter; people stand for their id.
fn matches(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case(wanted),
        Value::Array(items) => items.iter().any(|item| matches(item, wanted)),
        Value::Object(object) => object
            .get("id")
            .or_else(|| object.get("value"))
            .is_some_and(|inner| matches(inner, wanted)),
        other => is_text(other, wanted),
    }
}

/// Whether a scalar is written like this.
pub(super) fn is_text(value: &Value, wanted: &str) -> bool {
    let written = value.to_string();
    written == wanted
}

/// `sort=a:asc,b:desc`; ties keep their order by id.
fn sort(call: &Call, rows: &mut [Value]) -> Result<(), Reply> {
    let mut keys = Vec::new();
    for part in call.query_list("sort") {
        let (name, direction) = part.split_once(':').unwrap_or((part, "asc"));
        if name.is_empty() || !matches!(direction, "asc" | "desc") {
            return Err(call.bad_query("sort", "must look like field:asc,field:desc"));
        }
        keys.push((name, direction == "desc"));
    }
    if !keys.is_empty() {
        rows.sort_by(|left, right| {
            let steps = keys.iter().map(|(name, reverse)| {
                let order = compare(&left[*name], &right[*name]);
                if *reverse { order.reverse() } else { order }
            });
            steps
                .fold(Ordering::Equal, Ordering::then)
                .then_with(|| compare(&left["id"], &right["id"]))
        });
    }
    Ok(())
}

/// The columns to show; an unknown one is refused by name.
pub(super) fn fields<'a>(call: &'a Call, list: &List<'a>) -> Result<Vec<&'a str>, Reply> {
    let wanted = call.query_list("fields");
    let unknown: Vec<&str> = wanted
        .iter()
        .filter(|name| {
            !list.known_fields.is_empty() && !list.known_fields.iter().any(|known| known == *name)
        })
        .copied()
        .collect();
    if !unknown.is_empty() {
        let message =
            format!("The following fields are deleted, hidden or unknown: {}", unknown.join(", "));
        return Err(call.refuse(400, "INVALID_PARAM", &message, "fields"));
    }
    let mut wanted = if wanted.is_empty() { list.default_fields.to_vec() } else { wanted };
    if !wanted.is_empty() {
        wanted.extend(list.always);
    }
    Ok(wanted)
}

/// Leaves only the wanted columns; an empty list leaves all.
pub(super) fn project(row: &mut Value, wanted: &[&str]) {
    if let (Value::Object(object), false) = (row, wanted.is_empty()) {
        object.retain(|name, _| wanted.contains(&name.as_str()) || name == "licenses");
    }
}
