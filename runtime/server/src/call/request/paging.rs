//! `limit` and `next_cursor` in front of every vendor's way of paging.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use support::Tool;
use support::page::{Page, Place};
use support::tool::{PageStyle, Pagination};

use crate::call::cursor::{self, Binding, Key};
use crate::violation::{Violation, Violations};

/// The page size for numbered pages whose vendor states none.
const FALLBACK_SIZE: u32 = 50;
/// What a cursor must be.
const CURSOR: &str = "a cursor of this tool and account, unchanged, with the other arguments as in the call that gave it";

/// The paging arguments of a call.
#[derive(Debug)]
pub(crate) struct Paging {
    pagination: Pagination,
    limit: Option<u32>,
    cursor: Option<String>,
}

impl Paging {
    /// Takes `limit` and `next_cursor` out of the arguments; `None` when the tool does not page.
    pub(crate) fn take(
        tool: &Tool,
        arguments: &mut Map<String, Value>,
        violations: &mut Violations,
    ) -> Option<Self> {
        let pagination = tool.pagination?;
        let limit = match arguments.remove("limit") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let limit = positive(&value);
                if limit.is_none() {
                    violations.push(Violation::of("limit", "a whole number, 1 or more"));
                }
                limit
            }
        };
        let cursor = take_cursor(arguments, violations);
        Some(Self { pagination, limit, cursor })
    }

    /// Opens the cursor and writes the vendor's paging parameters into the checked arguments.
    pub(crate) fn resume(
        self,
        key: &Key,
        account: &str,
        tool: &Tool,
        arguments: &mut Map<String, Value>,
    ) -> Result<Position, Violation> {
        let binding = Binding::new(account, tool.name, arguments);
        let place = match &self.cursor {
            None => Place { size: self.size(None), ..Place::default() },
            Some(text) => {
                let place = cursor::open(text, key, &binding).ok_or_else(no_cursor)?;
                self.resized(place)
            }
        };
        let Self { pagination, limit, .. } = self;
        let position = Position { pagination, limit, place, binding, whole_rows: true };
        position.write(arguments);
        Ok(position)
    }

    /// The page size to ask for when the caller may choose; `before` is that of the page before.
    fn size(&self, before: Option<u32>) -> Option<u32> {
        let fallback =
            matches!(self.pagination.style, PageStyle::Page { .. }).then_some(FALLBACK_SIZE);
        let own = self.limit.or(before).or(self.pagination.limit);
        let size = own.or(self.pagination.default_size).or(fallback)?;
        Some(size.min(self.pagination.max_size.unwrap_or(u32::MAX)))
    }

    /// A new `limit` changes the upstream page size only where a page begins and no row moves to
    /// another place.
    fn resized(&self, mut place: Place) -> Place {
        if place.skip > 0 {
            return place;
        }
        let size = self.size(place.size);
        match (self.pagination.style, size, place.size) {
            (PageStyle::Page { .. }, Some(new @ 1..), Some(old)) => {
                let rows = place.start.saturating_mul(old.into());
                if rows == place.seen && rows.is_multiple_of(new.into()) {
                    place.start = rows / u64::from(new);
                    place.size = size;
                }
            }
            (PageStyle::Page { .. } | PageStyle::Whole, ..) => {}
            _ => place.size = size,
        }
        place
    }
}

/// Takes `next_cursor` out of the arguments, if it can be a cursor.
pub(super) fn take_cursor(
    arguments: &mut Map<String, Value>,
    violations: &mut Violations,
) -> Option<String> {
    match arguments.remove("next_cursor")? {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) if cursor::is_readable(&text) => Some(text),
        Value::String(_) => {
            violations.push(no_cursor());
            None
        }
        _ => {
            violations.push(Violation::of("next_cursor", "the text that the last call answered"));
            None
        }
    }
}

/// What was given as a cursor is none, or belongs to something else.
pub(super) fn no_cursor() -> Violation {
    Violation::of("next_cursor", CURSOR)
}

fn positive(value: &Value) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and at least 1; what is larger becomes the largest"
    )]
    let whole = |float: f64| (float.fract() == 0.0 && float >= 1.0).then_some(float as u64);
    let number = match value {
        Value::String(text) => {
            text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?))?
        }
        other => other.as_u64().or_else(|| whole(other.as_f64()?))?,
    };
    (number > 0).then(|| u32::try_from(number).unwrap_or(u32::MAX))
}

/// The bits of a mark that are of a row's length.
const LENGTH: u64 = 0xffff << 48;

fn length(row: &RawValue) -> u64 {
    (row.get().len() as u64) << 48
}

fn hash(row: &RawValue) -> u64 {
    let digest: [u8; 32] = Sha256::digest(row.get()).into();
    let beginning = digest.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(beginning) & !LENGTH
}

/// Where in a list a call stands.
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) pagination: Pagination,
    /// Rows that the caller asked for.
    pub(crate) limit: Option<u32>,
    pub(crate) place: Place,
    binding: Binding,
    /// Whether rows come with all that tells them from one another: not where the vendor was asked
    /// for some members only.
    pub(super) whole_rows: bool,
}

impl Position {
    fn write(&self, arguments: &mut Map<String, Value>) {
        let style = self.pagination.course();
        let size = self.place.size.filter(|size| *size > 0);
        let mut set = |name: &str, value: Value| _ = arguments.insert(name.to_owned(), value);
        let number = || self.place.number::<u64>(style).unwrap_or(u64::MAX).into();
        let parameter = match self.pagination.style {
            PageStyle::Page { page: name, size, .. }
            | PageStyle::Offset { offset: name, size }
            | PageStyle::Scim { start: name, size } => {
                set(name, number());
                Some(size)
            }
            PageStyle::Cursor { cursor, size, .. } => {
                if let Some(token) = &self.place.token {
                    set(cursor, token.as_str().into());
                }
                size
            }
            PageStyle::Whole => None,
        };
        if let (Some(parameter), Some(size)) = (parameter, size) {
            set(parameter, size.into());
        }
    }

    /// What tells a row from others: the end of its length, and of its hash. `None` when equal rows
    /// are no wonder.
    pub(crate) fn mark(&self, row: &RawValue) -> Option<u64> {
        let is_object = row.get().starts_with('{');
        (self.whole_rows && is_object).then(|| length(row) | hash(row))
    }

    /// The marks of the rows that may be the last one taken before.
    pub(crate) fn marks(&self, rows: &[&RawValue]) -> Vec<Option<u64>> {
        let last = self.place.mark;
        let may_be = |row: &&&RawValue| last.is_some_and(|mark| mark & LENGTH == length(row));
        rows.iter().map(|row| Some(row).filter(may_be).and_then(|row| self.mark(row))).collect()
    }

    /// The cursor that continues after `page`; `None` at the end.
    pub(crate) fn next(&self, page: &Page, key: &Key) -> Option<String> {
        let place = self.place.after(self.pagination.course(), page)?;
        Some(cursor::seal(&place, key, &self.binding))
    }
}
