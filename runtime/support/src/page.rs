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
        let seen = self.size.map(|size| (current - first) * size + self.received());
        self.unfinished(seen).then(|| current + 1)
    }

    /// The next offset or one-based index, where the list begins with `first`.
    #[must_use]
    pub fn next_offset(self, first: i64) -> Option<i64> {
        let next = self.current.unwrap_or(first) + self.received();
        self.unfinished(Some(next - first)).then_some(next)
    }

    /// An empty page ends the list; a known total decides; without one a page that is not full
    /// does.
    fn unfinished(self, seen: Option<i64>) -> bool {
        match (self.total, seen, self.size) {
            _ if self.received == 0 => false,
            (Some(total), Some(seen), _) => seen < total,
            (_, _, Some(size)) => self.received() >= size,
            _ => true,
        }
    }

    fn received(self) -> i64 {
        i64::try_from(self.received).unwrap_or(i64::MAX)
    }
}

/// Numbers as answers and parameters carry them, absent ones included.
pub trait Number: Sized {
    /// As a count, when it is there and one.
    fn count(&self) -> Option<i64>;

    /// The count as this type, when it fits.
    fn from_count(count: i64) -> Option<Self>;
}

macro_rules! number {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            fn count(&self) -> Option<i64> {
                (*self).try_into().ok()
            }
            fn from_count(count: i64) -> Option<Self> {
                count.try_into().ok()
            }
        }
    )*};
}
number!(i32 i64 u32 u64);

impl<N: Number> Number for Option<N> {
    fn count(&self) -> Option<i64> {
        self.as_ref().and_then(Number::count)
    }
    fn from_count(count: i64) -> Option<Self> {
        N::from_count(count).map(Some)
    }
}

impl<N: Number> Number for &N {
    fn count(&self) -> Option<i64> {
        (**self).count()
    }
    fn from_count(_: i64) -> Option<Self> {
        None
    }
}

/// A token for the next page, as answers carry it.
pub trait Cursor {
    /// The token, when there is one.
    fn token(&self) -> Option<&str>;
}

impl Cursor for String {
    fn token(&self) -> Option<&str> {
        Some(self.as_str()).filter(|token| !token.is_empty())
    }
}

impl<C: Cursor> Cursor for Option<C> {
    fn token(&self) -> Option<&str> {
        self.as_ref().and_then(Cursor::token)
    }
}

impl<C: Cursor> Cursor for &C {
    fn token(&self) -> Option<&str> {
        (**self).token()
    }
}

/// A list's items, whether the answer must hold them or may.
pub trait IntoItems<T> {
    /// The items; none when absent.
    fn into_items(self) -> Vec<T>;
}

impl<T> IntoItems<T> for Vec<T> {
    fn into_items(self) -> Self {
        self
    }
}

impl<T, L: IntoItems<T>> IntoItems<T> for Option<L> {
    fn into_items(self) -> Vec<T> {
        self.map_or_else(Vec::new, IntoItems::into_items)
    }
}

/// Declares how lists go on: the item, where the page has its items and its total or next token,
/// and the parameters that ask for the next page.
#[macro_export]
macro_rules! paginated {
    ($($name:ident: $item:ty, |$page:ident| $items:expr, $more:expr => $style:ident($($detail:tt)*);)*) => {$(
        impl $crate::Paginated for $name {
            type Item = $item;

            fn advance(&self, $page: Self::Success) -> (::std::vec::Vec<Self::Item>, ::std::option::Option<Self>) {
                let more = $crate::page_next!(more $style $more);
                let items = $crate::page::IntoItems::<$item>::into_items($items);
                let next = $crate::page_next!($style self, items, more, $($detail)*);
                (items, next)
            }
        }
    )*};
}

/// The call for the next page, by style.
#[doc(hidden)]
#[macro_export]
macro_rules! page_next {
    (more cursor $more:expr) => { $crate::page::Cursor::token(&$more).map(::std::borrow::ToOwned::to_owned) };
    (more $style:ident $more:expr) => { $crate::page::Number::count(&$more) };

    (cursor $call:ident, $items:ident, $more:ident, $cursor:ident) => {
        $more.map(|token: ::std::string::String| {
            let mut next = ::std::clone::Clone::clone($call);
            next.$cursor = token.into();
            next
        })
    };
    ($style:ident $call:ident, $items:ident, $more:ident, $start:ident from $first:literal $(, $size:ident)? $(, or $default:literal)?) => {{
        let size: ::std::option::Option<i64> = ::std::option::Option::None;
        $(let size = size.or($crate::page::Number::count(&$call.$size));)?
        $(let size = size.or(::std::option::Option::Some($default));)?
        let position = $crate::page::Position {
            current: $crate::page::Number::count(&$call.$start),
            size,
            received: $items.len(),
            total: $more,
        };
        position.$style($first).and_then($crate::page::Number::from_count).map(|start| {
            let mut next = ::std::clone::Clone::clone($call);
            next.$start = start;
            next
        })
    }};
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
