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

/// What a page and its successor are made of; each poll performs at most one request.
type Items<'a, O> = BoxStream<'a, Result<<O as Paginated>::Item, Error<<O as Operation>::Failure>>>;
/// Whole pages of items.
type Pages<'a, O> = BoxStream<'a, Result<Vec<<O as Paginated>::Item>, Error<<O as Operation>::Failure>>>;

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
