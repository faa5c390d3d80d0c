//! Lists as streams: pages, and items across pages.

use std::collections::VecDeque;

use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};

use crate::error::Error;
use crate::operation::{Operation, send};
use crate::transport::Transport;

/// A list operation whose continuation is known.
pub trait Paginated: Operation + Clone + Sized + 'static {
    /// One item.
    type Item: Send + 'static;

    /// Takes the items out of a page and says which call, if any, brings the next one.
    fn advance(&self, page: Self::Success) -> (Vec<Self::Item>, Option<Self>);
}

/// Items across pages; each poll performs at most one request.
pub type Items<'a, O> =
    BoxStream<'a, Result<<O as Paginated>::Item, Error<<O as Operation>::Failure>>>;
/// Whole pages of items.
pub type Pages<'a, O> =
    BoxStream<'a, Result<Vec<<O as Paginated>::Item>, Error<<O as Operation>::Failure>>>;

/// The list page by page, from the call given; ends after the last page or the first error.
pub fn pages<O: Paginated>(transport: &dyn Transport, operation: O) -> Pages<'_, O> {
    stream::unfold(Some(operation), move |state| async move {
        let current = state?;
        match send(transport, &current).await {
            Ok(page) => {
                let (items, next) = current.advance(page);
                Some((Ok(items), next))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

/// The list item by item across pages; ends after the last item or the first error.
pub fn all<O: Paginated>(transport: &dyn Transport, operation: O) -> Items<'_, O> {
    pages(transport, operation)
        .flat_map(|page| {
            let items: VecDeque<_> = match page {
                Ok(items) => items.into_iter().map(Ok).collect(),
                Err(error) => VecDeque::from([Err(error)]),
            };
            stream::iter(items)
        })
        .boxed()
}

/// Where a list stands after a page, for the styles that count.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// The page number, offset or index that was asked for.
    pub current: Option<i64>,
    /// The page size that was asked for, or the API's own when none was.
    pub size: Option<i64>,
    /// The items that came.
    pub received: usize,
    /// The number of all items, where the answer tells it.
    pub total: Option<i64>,
}

impl Position {
    /// The next page's number, where the first page has the number `first`.
    #[must_use]
    pub fn next_page(self, first: i64) -> Option<i64> {
        let current = self.current.unwrap_or(first);
        let before = |size| current.saturating_sub(first).saturating_mul(size);
        let seen = self.size.map(|size| before(size).saturating_add(self.received()));
        self.progress(seen).is_unfinished().then(|| current.saturating_add(1))
    }

    /// The next offset or one-based index, where the list begins with `first`.
    #[must_use]
    pub fn next_offset(self, first: i64) -> Option<i64> {
        let next = self.current.unwrap_or(first).saturating_add(self.received());
        self.progress(Some(next.saturating_sub(first))).is_unfinished().then_some(next)
    }

    fn progress(self, seen: Option<i64>) -> Progress {
        Progress { received: self.received(), size: self.size, seen, total: self.total }
    }

    fn received(self) -> i64 {
        i64::try_from(self.received).unwrap_or(i64::MAX)
    }
}

/// How far a list has been read: what decides, for typed clients and for the server alike, whether
/// there is another page.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The items of the last page.
    pub received: i64,
    /// The page size that was asked for, where one was.
    pub size: Option<i64>,
    /// The items of this page and of all before it, where that is known.
    pub seen: Option<i64>,
    /// The number of all items, where the answer tells it.
    pub total: Option<i64>,
}

impl Progress {
    /// An empty page ends the list; a known total decides; without one a page that is not full
    /// does.
    #[must_use]
    pub fn is_unfinished(self) -> bool {
        match (self.total, self.seen, self.size) {
            _ if self.received == 0 => false,
            (Some(total), Some(seen), _) => seen < total,
            (_, _, Some(size)) => self.received >= size,
            _ => true,
        }
    }
}

/// A number of an answer or a call as a count; `None` when it is none.
#[must_use]
pub fn count<N: TryInto<i64>>(number: N) -> Option<i64> {
    number.try_into().ok()
}

/// The token for the next page, unless it is the empty one that some answers end with.
#[must_use]
pub fn token(token: impl Into<String>) -> Option<String> {
    Some(token.into()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn a_list_ends_at_its_total_or_with_a_page_that_is_not_full() {
        let at = |current, size, received, total| Position { current, size, received, total };
        assert_eq!(at(None, Some(20), 20, Some(21)).next_page(0), Some(1));
        assert_eq!(at(Some(1), Some(20), 1, Some(21)).next_page(0), None);
        assert_eq!(at(Some(1), Some(20), 20, None).next_page(1), Some(2));
        assert_eq!(at(Some(2), Some(20), 3, None).next_page(1), None);
        assert_eq!(at(None, None, 3, None).next_page(1), Some(2));
        assert_eq!(at(Some(9), None, 0, None).next_page(1), None);
        assert_eq!(at(None, Some(2), 2, Some(3)).next_offset(1), Some(3));
        assert_eq!(at(Some(3), Some(2), 1, Some(3)).next_offset(1), None);
    }
}
