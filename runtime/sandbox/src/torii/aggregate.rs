//! The `aggs` parameter: sums, groups and histograms over the filtered rows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::order::compare;
use crate::call::Call;
use crate::reply::Reply;

const MOST_BUCKETS: usize = 100;

/// Reads and computes the aggregation of a request, if there is one.
pub(super) fn from_query(call: &Call, rows: &[Value]) -> Result<Option<Value>, Reply> {
    let Some(text) = call.query("aggs").filter(|text| !text.is_empty()) else { return Ok(None) };
    let Ok(spec) = serde_json::from_str::<Value>(text) else {
        return Err(call.bad_query("aggs", "must be a JSON object"));
    };
    let rows: Vec<&Value> = rows.iter().collect();
    compute(&spec, &rows)
        .map(Some)
        .ok_or_else(|| call.bad_query("aggs", "is not a valid aggregation"))
}

fn compute(spec: &Value, rows: &[&Value]) -> Option<Value> {
    let field = spec["field"].as_str()?;
    let options = &spec["options"];
    match spec["aggregationType"].as_str()? {
        "metric" => metric(rows, field, options["metricFunction"].as_str()?),
        "groupBy" => buckets(spec, group(rows, |row| row[field].clone())),
        "date_histogram" | "date_range" => {
            let period = options["dateHistogramOptions"]["datePeriod"]
                .as_str()
                .or(options["datePeriod"].as_str());
            let length = match period.unwrap_or("monthly") {
                "yearly" => 4,
                "quarterly" | "monthly" => 7,
                "weekly" => 10,
                _ => return None,
            };
            let key = |row: &Value| {
                row[field]
                    .as_str()
                    .and_then(|text| text.get(..length))
                    .map_or(Value::Null, Value::from)
            };
            buckets(spec, group(rows, key))
        }
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value["convertedValue"].as_f64()).or_else(|| value["value"].as_f64())
}

fn metric(rows: &[&Value], field: &str, function: &str) -> Option<Value> {
    let numbers: Vec<f64> = rows.iter().filter_map(|row| number(&row[field])).collect();
    let sum: f64 = numbers.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let count = numbers.len() as f64;
    let result = match function {
        "sum" => sum,
        "avg" if numbers.is_empty() => 0.0,
        "avg" => sum / count,
        "max" => numbers.iter().copied().fold(f64::MIN, f64::max),
        "min" => numbers.iter().copied().fold(f64::MAX, f64::min),
        "total" => count,
        _ => return None,
    };
    Some(if result.is_finite() && result.abs() < f64::MAX { result.into() } else { Value::Null })
}

type Groups<'a> = Vec<(Value, Vec<&'a Value>)>;

fn group<'a>(rows: &[&'a Value], key: impl Fn(&Value) -> Value) -> Groups<'a> {
    let mut groups: BTreeMap<String, (Value, Vec<&Value>)> = BTreeMap::new();
    for row in rows {
        let value = match key(row) {
            Value::Object(object) => object.get("id").cloned().unwrap_or(Value::Null),
            Value::Array(items) => items.first().cloned().unwrap_or(Value::Null),
            other => other,
        };
        groups.entry(value.to_string()).or_insert_with(|| (value, Vec::new())).1.push(row);
    }
    groups.into_values().collect()
}

fn buckets(spec: &Value, groups: Groups<'_>) -> Option<Value> {
    let options = &spec["options"];
    let size = options["size"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(MOST_BUCKETS);
    let mut rows: Vec<(Value, Value)> = Vec::new();
    for (key, members) in groups {
        let weight = match options["sort"]["aggFunc"].as_str() {
            Some("total") | None => members.len().into(),
            Some(function) => metric(&members, options["sort"]["field"].as_str()?, function)?,
        };
        let mut bucket = Map::new();
        bucket.insert("key".into(), if key.is_null() { "".into() } else { key });
        bucket.insert("value".into(), weight.clone());
        bucket.insert("groupCount".into(), members.len().into());
        if let Some(inner) = spec.get("aggs") {
            bucket.insert("aggregations".into(), compute(inner, &members)?);
        }
        rows.push((weight, Value::Object(bucket)));
    }
    if options.get("sort").is_some() {
        rows.sort_by(|left, right| compare(&left.0, &right.0));
        if options["sort"]["order"] != "asc" {
            rows.reverse();
        }
    }
    rows.truncate(size.min(MOST_BUCKETS));
    Some(rows.into_iter().map(|(_, bucket)| bucket).collect())
}
