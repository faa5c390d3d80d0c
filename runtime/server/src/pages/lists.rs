//! Lists in pages: where one begins, and the links to what follows.

use super::form::Form;
use crate::admin::input;
use crate::provision::PageKey;

/// Where in a list a page is.
#[derive(Debug, Default)]
pub(super) struct Paged {
    /// The item before the first.
    pub(super) after: Option<PageKey>,
}

/// The links of a list that goes on.
#[derive(Debug, Default)]
pub(super) struct Pager {
    /// The query of the first page, when this is another.
    pub(super) first: Option<String>,
    /// The query of the next.
    pub(super) next: Option<String>,
}

impl Paged {
    /// How many items a page has.
    pub(super) const LIMIT: usize = 50;

    /// Reads `next_cursor`; what is no cursor begins at the first item.
    pub(super) fn of(form: &Form) -> Self {
        Self { after: form.given("next_cursor").and_then(input::read_cursor) }
    }

    /// The links beside a page that goes on at `next`, with the filter that it is of.
    pub(super) fn pager(&self, next: Option<&PageKey>, filter: &[(&str, &str)]) -> Pager {
        let query = |cursor: Option<String>| {
            let mut query = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
            for (name, value) in filter.iter().filter(|(_, value)| !value.is_empty()) {
                query.append_pair(name, value);
            }
            if let Some(cursor) = cursor {
                query.append_pair("next_cursor", &cursor);
            }
            query.finish()
        };
        Pager {
            first: self.after.is_some().then(|| query(None)),
            next: next.map(|place| query(Some(input::cursor(place)))),
        }
    }
}
