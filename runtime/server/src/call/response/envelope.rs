//! What an answer says around the rows of a list: how the list goes on, and whatever else there is.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;
use serde_json::value::RawValue;
use support::page;
use support::tool::{PageStyle, Pagination};

use super::raw::{Members, find, members, raw_items};

/// Names that a list's result has itself: a vendor's member of such a name gets a prefix.
const OURS: [&str; 4] = ["result", "next_cursor", "total", "truncated"];
/// What a SCIM list tells of its pages (RFC 7644 section 3.4.2.4), beside rows and total.
const SCIM: [&str; 2] = ["startIndex", "itemsPerPage"];

/// An answer, looked into once.
pub(super) struct Envelope<'b> {
    body: &'b RawValue,
    pagination: &'b Pagination,
    members: Members<'b>,
}

impl<'b> Envelope<'b> {
    pub(super) fn of(body: &'b RawValue, pagination: &'b Pagination) -> Self {
        Self { body, pagination, members: members(body).unwrap_or_default() }
    }

    fn at(&self, path: &str) -> Option<&'b RawValue> {
        find(&self.members, path)
    }

    /// The rows, where the document says that they are; an answer that is the array itself is one,
    /// too, and one that counts none or says nothing at all has none.
    pub(super) fn rows(&self) -> Option<Vec<&'b RawValue>> {
        let path = self.pagination.items;
        match self.at(path) {
            _ if path.is_empty() => raw_items(self.body),
            Some(value) if value.get() == "null" => Some(Vec::new()),
            Some(value) => raw_items(value),
            None if self.is_empty() => Some(Vec::new()),
            None => raw_items(self.body),
        }
    }

    fn is_empty(&self) -> bool {
        let is_object = self.body.get().starts_with('{');
        is_object && (self.members.is_empty() || self.total() == Some(0))
    }

    /// The number of all items.
    pub(super) fn total(&self) -> Option<u64> {
        number(self.at(self.pagination.total?)?)
    }

    /// Whether more follows, where a flag says it, or a link that stands there while there is more.
    pub(super) fn more(&self) -> Option<bool> {
        match serde_json::from_str(self.at(self.pagination.more?)?.get()).ok()? {
            Value::Bool(more) => Some(more),
            Value::Null => page::follows(None),
            Value::String(link) => page::follows(Some(&link)),
            // The number of the next page.
            Value::Number(_) => Some(true),
            _ => None,
        }
    }

    /// The token for the next page.
    pub(super) fn next(&self) -> Option<String> {
        let PageStyle::Cursor { cursor, next, .. } = self.pagination.style else { return None };
        let token = match serde_json::from_str(self.at(next)?.get()).ok()? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        page::token(&token, cursor)
    }

    /// The number of the first item, where the style has a member for it.
    pub(super) fn first(&self) -> Option<u64> {
        let PageStyle::Scim { .. } = self.pagination.style else { return None };
        number(self.at(SCIM[0])?)
    }

    /// Whatever else the answer holds, under its names, as members to be written behind others. What
    /// does not fit into `room` bytes is left out and named.
    pub(super) fn others(&self, room: usize) -> (String, Vec<String>) {
        let (mut out, mut left_out) = (String::new(), Vec::new());
        for (name, value) in &self.members {
            let Some(value) = self.without_paging(name, value) else { continue };
            let prefix = if OURS.contains(&&**name) { "vendor_" } else { "" };
            let name = format!("{prefix}{name}");
            if out.len() + name.len() + value.len() > room {
                left_out.push(name);
                continue;
            }
            let _ = write!(out, ",{}:{value}", Value::from(name)); // writing to a String cannot fail
        }
        (out, left_out)
    }

    /// A member without what tells of rows and pages; `None` when nothing else is there.
    fn without_paging(&self, name: &str, value: &'b RawValue) -> Option<Cow<'b, str>> {
        let told = |path: &&str| *path == name;
        if self.declared().any(|path| told(&path)) || self.parameters().any(|path| told(&path)) {
            return None;
        }
        let within: Vec<&str> =
            self.declared().filter_map(|path| path.strip_prefix(name)?.strip_prefix('.')).collect();
        if within.is_empty() {
            return Some(Cow::Borrowed(value.get()));
        }
        without(value, &within)
    }

    /// Where the answer tells of rows and pages.
    fn declared(&self) -> impl Iterator<Item = &'static str> {
        let Pagination { items, total, more, style, .. } = *self.pagination;
        let next = match style {
            PageStyle::Cursor { next, .. } => Some(next),
            _ => None,
        };
        let scim = if matches!(style, PageStyle::Scim { .. }) { &SCIM[..] } else { &[] };
        [Some(items), total, more, next].into_iter().flatten().chain(scim.iter().copied())
    }

    /// The parameters of pages, which answers repeat under the same names.
    fn parameters(&self) -> impl Iterator<Item = &'static str> {
        let (place, size) = match self.pagination.style {
            PageStyle::Page { page, size, .. } => (Some(page), Some(size)),
            PageStyle::Offset { offset, size } => (Some(offset), Some(size)),
            PageStyle::Scim { start, size } => (Some(start), Some(size)),
            PageStyle::Cursor { cursor, size, .. } => (Some(cursor), size),
            PageStyle::Whole => (None, None),
        };
        place.into_iter().chain(size)
    }
}

/// An object without what lies at the dotted `paths`; `None` when nothing is left.
fn without<'b>(object: &'b RawValue, paths: &[&str]) -> Option<Cow<'b, str>> {
    let Some(members) = members(object) else { return Some(Cow::Borrowed(object.get())) };
    let mut out = String::from("{");
    for (name, value) in &members {
        if paths.contains(&&**name) {
            continue;
        }
        let below: Vec<&str> =
            paths.iter().filter_map(|path| path.strip_prefix(&**name)?.strip_prefix('.')).collect();
        let kept = if below.is_empty() {
            Some(Cow::Borrowed(value.get()))
        } else {
            without(value, &below)
        };
        if let Some(kept) = kept {
            let separator = if out.len() > 1 { "," } else { "" };
            let _ = write!(out, "{separator}{}:{kept}", Value::from(&**name));
        }
    }
    out.push('}');
    (out.len() > 2).then_some(Cow::Owned(out))
}

fn number(value: &RawValue) -> Option<u64> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
