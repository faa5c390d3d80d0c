//! The paging styles of both vendors over lists in memory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::reply::Reply;

/// Ironclad: `page` from 0, `pageSize` up to 100, envelope `page, pageSize, count, list`.
pub(crate) fn numbered(call: &Call, items: &[Value]) -> Result<Value, Reply> {
    let (page, size, rows) = numbered_slice(call, items)?;
    Ok(json!({ "page": page, "pageSize": size, "count": items.len(), "list": rows }))
}

/// The same without a count, as webhooks do it.
pub(crate) fn numbered_uncounted(call: &Call, items: &[Value]) -> Result<Value, Reply> {
    let (page, size, rows) = numbered_slice(call, items)?;
    Ok(json!({ "page": page, "pageSize": size, "list": rows }))
}

fn numbered_slice<'a>(call: &Call, items: &'a [Value]) -> Result<(u64, u64, &'a [Value]), Reply> {
    let page = call.query_number("page", 0, 100_000_000)?.unwrap_or(0);
    let size = call.query_number("pageSize", 1, 100)?.unwrap_or(20);
    Ok((page, size, window(items, page.saturating_mul(size), size)))
}

/// SCIM: `startIndex` from 1 and `count`; `default` and `most` differ between vendors.
pub(crate) fn scim(call: &Call, items: &[Value], default: u64, most: u64) -> Result<Value, Reply> {
    let start = call.query_number("startIndex", 1, u64::from(u32::MAX))?.unwrap_or(1);
    let count = call.query_number("count", 0, most)?.unwrap_or(default);
    let rows = window(items, start - 1, count);
    Ok(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": items.len(), "itemsPerPage": rows.len(), "startIndex": start, "Resources": rows,
    }))
}

/// A page cut by cursor.
pub(crate) struct CursorPage<'a> {
    pub(crate) rows: &'a [Value],
    pub(crate) next: Value,
}

/// Torii: an opaque base64 cursor and `size`. The cursor names the last row shown by its position
/// and a digest of the query, so that a cursor taken to another list or another order is refused.
pub(crate) fn cursor<'a>(
    call: &Call,
    items: &'a [Value],
    default: u64,
) -> Result<CursorPage<'a>, Reply> {
    let size = call.query_number("size", 1, 1000)?.unwrap_or(default);
    let mark = mark(call);
    let from = match call.query("cursor") {
        None | Some("") => 0,
        Some(text) => {
            read_cursor(text, mark).ok_or_else(|| call.bad_query("cursor", "is not valid"))?
        }
    };
    let rows = window(items, from, size);
    let reached = from + rows.len() as u64;
    let next = if rows.is_empty() || reached >= items.len() as u64 {
        Value::Null
    } else {
        Value::String(STANDARD.encode(json!([reached, mark]).to_string()))
    };
    Ok(CursorPage { rows, next })
}

fn read_cursor(text: &str, mark: u32) -> Option<u64> {
    let bytes = STANDARD.decode(text).ok()?;
    let (from, given): (u64, u32) = serde_json::from_slice(&bytes).ok()?;
    (given == mark).then_some(from)
}

/// A small digest of path and query, the paging parameters left out (FNV-1a).
fn mark(call: &Call) -> u32 {
    let mut parts: Vec<String> = call
        .query
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "cursor" | "size" | "fields"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.sort();
    let mut hash: u32 = 0x811c_9dc5;
    for byte in call.path.bytes().chain(parts.join("&").bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash
}

/// An envelope for a page cut by cursor: the items under `key`, then `count`, `total` and
/// `nextCursor`.
pub(crate) fn cursor_envelope(
    key: &str,
    page: &CursorPage<'_>,
    total: Option<usize>,
) -> Map<String, Value> {
    let mut envelope = Map::new();
    envelope.insert(key.to_owned(), page.rows.into());
    envelope.insert("count".into(), page.rows.len().into());
    if let Some(total) = total {
        envelope.insert("total".into(), total.into());
    }
    envelope.insert("nextCursor".into(), page.next.clone());
    envelope
}

/// `length` items from `from`, as many as there are.
pub(crate) fn window(items: &[Value], from: u64, length: u64) -> &[Value] {
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(items.len());
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let to = from.saturating_add(length).min(items.len());
    &items[from..to]
}
