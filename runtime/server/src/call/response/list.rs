//! A page of a list: its rows as received, and the cursor to what follows.

use std::fmt::Write as _;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use support::Tool;
use support::page::Page;

use super::envelope::Envelope;
use super::failure;
use super::raw::member;
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
    let envelope = Envelope::of(body, &position.pagination);
    let mut rows = envelope.rows()?;
    if let Some(search) = search {
        rows.retain(|row| search.admits(row));
    }
    let (style, place) = (position.pagination.course(), &position.place);
    let marks = position.marks(&rows);
    let mut page = Page {
        taken: 0,
        repeated: place.repeated(style, &marks, envelope.first()),
        total: envelope.total(),
        more: envelope.more(),
        next: envelope.next(),
        ..Page::of(rows.len())
    };
    if page.next.as_ref().is_some_and(|token| token.len() > TOKEN) {
        return Some(failure::unfit(
            "the API's token for the next page is too long to be handed on",
        ));
    }
    let (others, left_out) = envelope.others(limit / 2);
    let room = limit.saturating_sub(others.len() + left_out.iter().map(String::len).sum::<usize>());
    let wanted = position.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut out = String::from("{\"result\":[");
    let mut cut = false;
    let first = place.skip.max(page.repeated) as usize;
    for row in rows.iter().skip(first).take(wanted) {
        let before = out.len();
        if page.taken > 0 {
            out.push(',');
        }
        match fields {
            Some(fields) => fields.project(row, &mut out),
            None => out.push_str(row.get()),
        }
        if out.len() + FRAME > room {
            cut = true;
            #[expect(clippy::disallowed_methods, reason = "`before` was the end of this text")]
            out.truncate(before);
            break;
        }
        page.taken += 1;
        page.mark = position.mark(row);
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
    out.push_str(&others);
    if cut || !left_out.is_empty() {
        let mut truncated = json!({"shown": page.taken, "received": page.received});
        if cut {
            truncated["reason"] =
                "the result would be too large: next_cursor continues, `fields` makes rows smaller"
                    .into();
        }
        if !left_out.is_empty() {
            truncated["left_out"] = left_out.into();
        }
        let _ = write!(out, ",\"truncated\":{truncated}");
    }
    out.push('}');
    Some(Outcome::success(out))
}
