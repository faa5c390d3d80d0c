//! A page of a list: its rows as received, and the cursor to what follows.

use std::fmt::Write as _;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use support::Tool;
use support::page::{self, Page};
use support::tool::PageStyle;

use super::failure;
use super::raw::{member, raw_items};
use crate::call::cursor::Key;
use crate::call::outcome::Outcome;
use crate::call::request::fields::Fields;
use crate::call::request::paging::Position;

/// Room for what stands around the rows.
const FRAME: usize = 256;
/// The longest token of a vendor that a cursor is made of, in bytes: a cursor has to fit into an
/// argument again.
const TOKEN: usize = 4096;

/// What of a list is shown.
pub(crate) struct View<'a> {
    pub(crate) position: &'a Position,
    pub(crate) fields: Option<&'a Fields>,
    pub(crate) search: Option<&'a Search>,
}

/// Words that rows must hold, for lists that the vendor cannot search.
pub(crate) struct Search {
    member: &'static str,
    words: Vec<String>,
}

impl Search {
    /// The search that the argument `q` asks for, where it is ours.
    pub(crate) fn of(tool: &Tool, arguments: &Map<String, Value>) -> Option<Self> {
        let member = tool.searched?;
        let words =
            arguments.get("q")?.as_str()?.split_whitespace().map(str::to_lowercase).collect();
        Some(Self { member, words })
    }

    fn admits(&self, row: &RawValue) -> bool {
        let text =
            member(row, self.member).map(|value| value.get().to_lowercase()).unwrap_or_default();
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

/// The rows of an answer; `None` when it holds none where the document says, and is no list then.
pub(crate) fn outcome(
    body: &RawValue,
    view: &View<'_>,
    key: &Key,
    limit: usize,
) -> Option<Outcome> {
    let View { position, fields, search } = *view;
    let mut rows = rows(body, position.pagination.items)?;
    if let Some(search) = search {
        rows.retain(|row| search.admits(row));
    }
    let pagination = &position.pagination;
    let mut page = Page {
        taken: 0,
        total: pagination.total.and_then(|path| number(member(body, path)?)),
        more: pagination.more.and_then(|path| follows(member(body, path)?)),
        next: match pagination.style {
            PageStyle::Cursor { cursor, next, .. } => {
                member(body, next).and_then(token).and_then(|next| page::token(&next, cursor))
            }
            _ => None,
        },
        ..Page::of(rows.len())
    };
    if page.next.as_ref().is_some_and(|token| token.len() > TOKEN) {
        return Some(failure::unfit(
            "the API's token for the next page is too long to be handed on",
        ));
    }
    let wanted = position.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut out = String::from("{\"result\":[");
    let mut cut = false;
    for row in rows.iter().skip(position.place.skip as usize).take(wanted) {
        let before = out.len();
        if page.taken > 0 {
            out.push(',');
        }
        match fields {
            Some(fields) => fields.project(row, &mut out),
            None => out.push_str(row.get()),
        }
        if out.len() + FRAME > limit {
            cut = true;
            #[expect(clippy::disallowed_methods, reason = "`before` was the end of this text")]
            out.truncate(before);
            break;
        }
        page.taken += 1;
    }
    if cut && page.taken == 0 {
        page.taken = 1;
        return Some(failure::row_too_large(limit, position.next(&page, key)));
    }
    let next = position.next(&page, key);
    out.push_str("],\"next_cursor\":");
    out.push_str(&json!(next).to_string());
    if let Some(total) = page.total {
        let _ = write!(out, ",\"total\":{total}");
    }
    if cut {
        let truncated = json!({"shown": page.taken, "received": page.received, "reason": "the result would be too large: next_cursor continues, `fields` makes rows smaller"});
        let _ = write!(out, ",\"truncated\":{truncated}");
    }
    out.push('}');
    Some(Outcome::success(out))
}

/// What a flag says of more to come, or a link that stands there while there is more.
fn follows(value: &RawValue) -> Option<bool> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Bool(more) => Some(more),
        Value::Null => page::follows(None),
        Value::String(link) => page::follows(Some(&link)),
        // The number of the next page.
        Value::Number(_) => Some(true),
        _ => None,
    }
}

/// The array at the dotted name `path`; an answer that is the array itself is one, too.
fn rows<'b>(body: &'b RawValue, path: &str) -> Option<Vec<&'b RawValue>> {
    let found = if path.is_empty() { Some(body) } else { member(body, path) };
    match found {
        Some(value) if value.get() == "null" => Some(Vec::new()),
        Some(value) => raw_items(value),
        None => raw_items(body),
    }
}

fn number(value: &RawValue) -> Option<u64> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn token(value: &RawValue) -> Option<String> {
    match serde_json::from_str(value.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
