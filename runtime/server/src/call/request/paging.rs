//! `limit` and `next_cursor` in front of every vendor's way of paging.

use serde_json::{Map, Value};
use support::Tool;
use support::page::Progress;
use support::tool::{PageStyle, Pagination};

use crate::call::cursor::{Binding, Key, State};
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
        let cursor = match arguments.remove("next_cursor") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) if State::readable(&text) => Some(text),
            Some(Value::String(_)) => {
                violations.push(Violation::of("next_cursor", CURSOR));
                None
            }
            Some(_) => {
                violations
                    .push(Violation::of("next_cursor", "the text that the last call answered"));
                None
            }
        };
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
        let state = match &self.cursor {
            None => State { size: self.size(0), ..State::default() },
            Some(text) => {
                let state = State::open(text, key, &binding)
                    .ok_or_else(|| Violation::of("next_cursor", CURSOR))?;
                self.resized(state)
            }
        };
        let position = Position { pagination: self.pagination, limit: self.limit, state, binding };
        position.write(arguments);
        Ok(position)
    }

    /// The page size to ask for when the caller may choose; `before` is that of the page before.
    fn size(&self, before: u32) -> u32 {
        let fallback = match self.pagination.style {
            PageStyle::Page { .. } => FALLBACK_SIZE,
            _ => 0,
        };
        let before = (before > 0).then_some(before);
        let size = self.limit.or(before).or(self.pagination.default_size).unwrap_or(fallback);
        size.min(self.pagination.max_size.unwrap_or(u32::MAX))
    }

    /// A new `limit` changes the upstream page size only where a page begins and no row moves to
    /// another place.
    fn resized(&self, mut state: State) -> State {
        if state.skip > 0 {
            return state;
        }
        let size = self.size(state.size);
        match self.pagination.style {
            PageStyle::Page { .. } => {
                let rows = state.start.saturating_mul(u64::from(state.size));
                if size > 0 && rows == state.seen && rows.is_multiple_of(u64::from(size)) {
                    state.start = rows / u64::from(size);
                    state.size = size;
                }
            }
            PageStyle::Offset { .. } | PageStyle::Scim { .. } | PageStyle::Cursor { .. } => {
                state.size = size;
            }
            PageStyle::Whole => {}
        }
        state
    }
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

/// Where in a list a call stands.
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) pagination: Pagination,
    /// Rows that the caller asked for.
    pub(crate) limit: Option<u32>,
    pub(crate) state: State,
    binding: Binding,
}

/// What the answer says about what follows.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Rows received.
    pub(crate) received: u32,
    /// Rows shown, after those skipped.
    pub(crate) shown: u32,
    /// The vendor's count of all rows.
    pub(crate) total: Option<u64>,
    /// The vendor's token for the next page.
    pub(crate) next: Option<String>,
}

impl Position {
    fn write(&self, arguments: &mut Map<String, Value>) {
        let State { start, size, .. } = self.state;
        let mut set = |name: &str, value: Value| _ = arguments.insert(name.to_owned(), value);
        match self.pagination.style {
            PageStyle::Page { page, size: parameter, first } => {
                set(page, start.saturating_add(first.into()).into());
                set(parameter, size.into());
            }
            PageStyle::Offset { offset, size: parameter } => {
                set(offset, start.into());
                if size > 0 {
                    set(parameter, size.into());
                }
            }
            PageStyle::Scim { start: parameter, size: count } => {
                set(parameter, start.saturating_add(1).into());
                if size > 0 {
                    set(count, size.into());
                }
            }
            PageStyle::Cursor { cursor, size: parameter, .. } => {
                if let Some(token) = &self.state.token {
                    set(cursor, token.as_str().into());
                }
                if let (Some(parameter), 1..) = (parameter, size) {
                    set(parameter, size.into());
                }
            }
            PageStyle::Whole => {}
        }
    }

    /// The cursor that continues after `page`; `None` at the end.
    pub(crate) fn next(&self, page: &Page, key: &Key) -> Option<String> {
        self.following(page).map(|state| state.seal(key, &self.binding))
    }

    /// Whether there is more is decided as for typed clients, by [`Progress`]. Where it begins is
    /// not: a cursor may stand within a page, of which a result has shown a part, and those that are
    /// out in the world say so in their own terms.
    fn following(&self, page: &Page) -> Option<State> {
        let State { start, size, skip, seen, .. } = self.state;
        let received = u64::from(page.received);
        let used = skip.saturating_add(page.shown);
        let rest_of_page = used < page.received;
        let unfinished = |seen: u64| {
            let count = |number| i64::try_from(number).unwrap_or(i64::MAX);
            let progress = Progress {
                received: page.received.into(),
                size: (size > 0).then_some(size.into()),
                seen: Some(count(seen)),
                total: page.total.map(count),
            };
            progress.is_unfinished()
        };
        match self.pagination.style {
            PageStyle::Offset { .. } | PageStyle::Scim { .. } => {
                let next = start + u64::from(page.shown);
                (rest_of_page || unfinished(next)).then(|| State {
                    start: next,
                    size,
                    ..State::default()
                })
            }
            _ if rest_of_page => Some(State { skip: used, ..self.state.clone() }),
            PageStyle::Page { .. } => {
                let seen = seen + received;
                unfinished(seen).then(|| State {
                    start: start + 1,
                    size,
                    skip: 0,
                    seen,
                    token: None,
                })
            }
            PageStyle::Cursor { .. } => {
                let token = page.next.clone().filter(|token| {
                    !token.is_empty() && self.state.token.as_ref() != Some(token)
                })?;
                Some(State { start: 0, token: Some(token), size, skip: 0, seen: seen + received })
            }
            PageStyle::Whole => None,
        }
    }
}
