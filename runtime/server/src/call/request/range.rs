//! `next_cursor` of a tool that reads files: where in a long text a call goes on.

use serde_json::{Map, Value};
use support::Tool;
use support::page::Place;

use super::paging;
use crate::call::cursor::{self, Binding, Key};
use crate::violation::{Violation, Violations};

/// Where in a text a call begins, and what it goes on with.
#[derive(Debug)]
pub(crate) struct Range {
    place: Place,
    binding: Binding,
}

/// The cursor that a call gives, if any.
#[derive(Debug)]
pub(crate) struct Asked(Option<String>);

impl Asked {
    /// Takes `next_cursor` out of the arguments; `None` when the tool reads no files.
    pub(crate) fn take(
        tool: &Tool,
        arguments: &mut Map<String, Value>,
        violations: &mut Violations,
    ) -> Option<Self> {
        tool.reads_files.then(|| Self(paging::take_cursor(arguments, violations)))
    }

    /// Opens the cursor for these arguments, which are checked.
    pub(crate) fn resume(
        self,
        key: &Key,
        account: &str,
        tool: &Tool,
        arguments: &Map<String, Value>,
    ) -> Result<Range, Violation> {
        let binding = Binding::new(account, tool.name, arguments);
        let place = match self.0 {
            None => Place::default(),
            Some(text) => cursor::open(&text, key, &binding).ok_or_else(paging::no_cursor)?,
        };
        Ok(Range { place, binding })
    }
}

impl Range {
    /// Where in the text the call begins, in bytes.
    pub(crate) fn start(&self) -> usize {
        self.place.start.try_into().unwrap_or(usize::MAX)
    }

    /// Whether what stands before the beginning is what stood there when the cursor was made.
    pub(crate) fn follows(&self, mark: u64) -> bool {
        self.place.mark.is_none_or(|known| known == mark)
    }

    /// The cursor that goes on at `start`, behind what has this mark.
    pub(crate) fn next(&self, start: usize, mark: u64, key: &Key) -> String {
        let place = Place { start: start as u64, mark: Some(mark), ..Place::default() };
        cursor::seal(&place, key, &self.binding)
    }
}
