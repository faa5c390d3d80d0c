//! Lists across pages: where a list goes on is decided here, for typed clients and the server alike.

use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};

use crate::error::Error;
use crate::operation::{Operation, send};
use crate::transport::Transport;

/// A list operation whose continuation is known.
pub trait Paginated: Operation + Clone + Sized + 'static {
    /// One item.
    type Item: Send + 'static;

    /// How the list goes on.
    const STYLE: Style;

    /// Where this call begins.
    fn place(&self) -> Place;

    /// The call that begins there; `None` when its parameters cannot say so.
    #[must_use]
    fn at(&self, place: &Place) -> Option<Self>;

    /// Takes the items out of a page, with what the page says about the rest.
    fn open(page: Self::Success) -> (Vec<Self::Item>, Page);
}

/// Items across pages; each poll performs at most one request.
pub type Items<'a, O> =
    BoxStream<'a, Result<<O as Paginated>::Item, Error<<O as Operation>::Failure>>>;
/// Whole pages of items.
pub type Pages<'a, O> =
    BoxStream<'a, Result<Vec<<O as Paginated>::Item>, Error<<O as Operation>::Failure>>>;

/// The list page by page, from the call given; ends after the last page or the first error.
pub fn pages<O: Paginated>(transport: &dyn Transport, operation: O) -> Pages<'_, O> {
    let place = operation.place();
    stream::unfold(Some((operation, place)), move |state| async move {
        let (current, place) = state?;
        match send(transport, &current).await {
            Ok(page) => {
                let (items, page) = O::open(page);
                let next = place.after(O::STYLE, &page);
                Some((Ok(items), next.and_then(|place| Some((current.at(&place)?, place)))))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

/// The list item by item across pages; ends after the last item or the first error.
pub fn all<O: Paginated>(transport: &dyn Transport, operation: O) -> Items<'_, O> {
    pages(transport, operation)
        .flat_map(|page| match page {
            Ok(items) => stream::iter(items).map(Ok).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        })
        .boxed()
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// What a call counts by.
    pub by: By,
    /// The page size when none is asked for.
    pub default_size: Option<u32>,
    /// The largest page that the API gives.
    pub max_size: Option<u32>,
    /// Whether each page tells the number of all items.
    pub counted: bool,
}

/// What a call that continues a list counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Pages, the first of which has the number `first`.
    Page {
        /// The number of the first page.
        first: u32,
    },
    /// Items, the first of which has the number `first`.
    Item {
        /// The number of the first item: 0 for offsets, 1 for SCIM.
        first: u32,
    },
    /// Nothing: the page before gives a token.
    Token,
    /// Nothing: everything comes at once.
    Whole,
}

/// Where in a list a call begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The page or item, counted from zero.
    pub start: u64,
    /// The token of the page before.
    pub token: Option<String>,
    /// The page size that is asked for, where one is.
    pub size: Option<u32>,
    /// Items of that page that were taken before.
    pub skip: u32,
    /// Items on the pages before, as far as that is known; never too many.
    pub seen: u64,
    /// What tells the last item taken before from others, where somebody can say.
    pub mark: Option<u64>,
}

/// What a page says about the rest of its list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The items that came.
    pub received: u32,
    /// The items in front that were on the pages before.
    pub repeated: u32,
    /// The items that were taken, after those skipped and those repeated.
    pub taken: u32,
    /// The number of all items.
    pub total: Option<u64>,
    /// Whether more follows, where the answer says it in so many words.
    pub more: Option<bool>,
    /// The token for the next page.
    pub next: Option<String>,
    /// What tells the last item taken from others, where somebody can say.
    pub mark: Option<u64>,
}

impl Page {
    /// A page of so many items, all of which are taken, that says nothing else.
    #[must_use]
    pub fn of(items: usize) -> Self {
        let received = u32::try_from(items).unwrap_or(u32::MAX);
        Self { received, taken: received, ..Self::default() }
    }

    /// The items that were not on the pages before.
    fn unseen(&self) -> u32 {
        self.received.saturating_sub(self.repeated)
    }
}

impl Place {
    /// The place of a call with these arguments: its page, offset or index, and its page size.
    #[must_use]
    pub fn counted(style: Style, number: Option<u64>, size: Option<u64>) -> Self {
        let start = number.map_or(0, |number| number.saturating_sub(style.by.first()));
        let size = size.map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        let place = Self { start, size, ..Self::default() };
        let seen = match style.by {
            By::Page { .. } => start.saturating_mul(place.full(style).unwrap_or(0).into()),
            By::Item { .. } => start,
            By::Token | By::Whole => 0,
        };
        Self { seen, ..place }
    }

    /// The place of a call with this token.
    #[must_use]
    pub fn at_token(token: Option<String>) -> Self {
        Self { token, ..Self::default() }
    }

    /// The page, offset or index to ask for; `None` when it is too large for its parameter.
    #[must_use]
    pub fn number<N: TryFrom<u64>>(&self, style: Style) -> Option<N> {
        self.start.checked_add(style.by.first())?.try_into().ok()
    }

    /// How many items in front of a page, whose marks these are, were on the pages before: all up to
    /// the last one that was taken there. `said`: the number of its first item as the answer counts,
    /// which decides where that item is not among them.
    #[must_use]
    pub fn repeated(&self, style: Style, marks: &[Option<u64>], said: Option<u64>) -> u32 {
        let of_last = |mark: &Option<u64>| mark.is_some() && *mark == self.mark;
        // Where this page is read on, its own items are skipped by their number.
        let last = marks.iter().rposition(of_last).filter(|_| self.skip == 0);
        let counted = || {
            let By::Item { first } = style.by else { return None };
            // What lies back by one alone may be an answer that counts from elsewhere.
            let back = self.start.saturating_sub(said?.saturating_sub(first.into()));
            usize::try_from(back).ok().filter(|back| *back > 1)
        };
        let repeated = last.map(|index| index + 1).or_else(counted).unwrap_or(0);
        u32::try_from(repeated.min(marks.len())).unwrap_or(u32::MAX)
    }

    /// Where the list goes on after the page that began here; `None` at its end.
    #[must_use]
    pub fn after(&self, style: Style, page: &Page) -> Option<Self> {
        let used = self.skip.max(page.repeated).saturating_add(page.taken);
        let (size, rest) = (self.size, used < page.received);
        let mark = page.mark.or(self.mark);
        match style.by {
            By::Item { .. } => {
                let start = self.start.saturating_add(page.taken.into());
                let goes_on = rest || self.goes_on(style, page, start);
                goes_on.then_some(Self { start, size, seen: start, mark, ..Self::default() })
            }
            _ if rest => Some(Self { skip: used, ..self.clone() }),
            By::Page { .. } => {
                let (start, seen) = (self.start.saturating_add(1), self.seen_after(page));
                let next = Self { start, size, seen, mark, ..Self::default() };
                self.goes_on(style, page, seen).then_some(next)
            }
            By::Token => {
                // A token that comes again would never end, nor would a page that does.
                let new = |token: &String| !token.is_empty() && self.token.as_ref() != Some(token);
                let token = page.next.clone().filter(new).filter(|_| page.more != Some(false))?;
                let again = page.received > 0 && page.unseen() == 0;
                let seen = self.seen_after(page);
                let next = Self { token: Some(token), size, seen, mark, ..Self::default() };
                (!again).then_some(next)
            }
            By::Whole => None,
        }
    }

    fn seen_after(&self, page: &Page) -> u64 {
        self.seen.saturating_add(page.unseen().into())
    }

    /// A page without a new item ends a list. Of the others, one that says so goes on; then the
    /// number of all items decides, as far as it can be that; then whether the page is full: where
    /// it may be the API that keeps pages small, only the empty one is the end.
    fn goes_on(&self, style: Style, page: &Page, seen: u64) -> bool {
        // A page without the number that it should tell may lack items, too.
        let sized = Some(style).filter(|style| !style.counted || page.total.is_some());
        let full = sized.and_then(|style| self.full(style)).map(|full| page.received >= full);
        page.unseen() > 0
            && match (page.more, page.total) {
                (Some(true), _) => true,
                (_, Some(total)) if seen < total => true,
                (Some(false), _) => false,
                // Fewer than came are not all. As many may be those of this page, or as many as the
                // API counts to: a page as large as it can be is no sign of an end.
                (None, Some(total)) if seen > total => true,
                (None, Some(_)) => self.asked(style).is_some_and(|asked| page.received >= asked),
                (None, None) => full.unwrap_or(true),
            }
    }

    /// The items of a page that is not the last, at least; `None` when nobody can say: an API may
    /// keep pages smaller than what it is asked for, but not than what it gives unasked.
    fn full(&self, style: Style) -> Option<u32> {
        let default = style.default_size?;
        Some(self.size.map_or(default, |size| size.min(default)))
    }

    /// The items of a page that is as large as it can be.
    fn asked(&self, style: Style) -> Option<u32> {
        let size = self.size.or(style.default_size)?;
        Some(style.max_size.map_or(size, |most| size.min(most)))
    }
}

impl By {
    fn first(self) -> u64 {
        match self {
            Self::Page { first } | Self::Item { first } => first.into(),
            Self::Token | Self::Whole => 0,
        }
    }
}

/// A number of an answer or a call as a count; `None` when it is none.
#[must_use]
pub fn count<N: TryInto<u64>>(number: N) -> Option<u64> {
    number.try_into().ok()
}

/// What an answer holds as its next page, as the value of `parameter`: the token, or that of the
/// link which some APIs answer in its place.
#[must_use]
pub fn token(next: &str, parameter: &str) -> Option<String> {
    let linked = next.split_once('?').and_then(|(place, query)| {
        let is_link = place.is_empty() || place.starts_with('/') || place.contains("://");
        let query = query.split('#').next().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes()).filter(|_| is_link);
        pairs.find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned())
    });
    Some(linked.unwrap_or_else(|| next.to_owned())).filter(|token| !token.is_empty())
}

/// What an answer says of more to come, where a link or a token says it.
#[must_use]
pub fn follows(link: Option<&str>) -> Option<bool> {
    Some(link.is_some_and(|link| !link.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{By, Page, Place, Style, token};

    const PLAIN: Style = Style {
        by: By::Page { first: 1 },
        default_size: Some(20),
        max_size: Some(100),
        counted: false,
    };

    fn received(items: usize, total: Option<u64>) -> Page {
        Page { total, ..Page::of(items) }
    }

    /// The number that the call after this one asks for.
    fn next(style: Style, number: Option<u64>, size: Option<u64>, page: &Page) -> Option<u64> {
        Place::counted(style, number, size).after(style, page)?.number(style)
    }

    #[test]
    fn a_list_ends_at_its_total_or_with_a_page_that_is_not_full() {
        let zero = Style { by: By::Page { first: 0 }, ..PLAIN };
        assert_eq!(next(zero, None, Some(20), &received(20, Some(21))), Some(1));
        assert_eq!(next(zero, Some(1), Some(20), &received(1, Some(21))), None);
        assert_eq!(next(PLAIN, Some(1), Some(20), &received(20, None)), Some(2));
        assert_eq!(next(PLAIN, Some(2), Some(20), &received(3, None)), None);
        assert_eq!(next(PLAIN, None, None, &received(3, None)), None);
        assert_eq!(next(PLAIN, Some(9), None, &received(0, None)), None);
        let item = Style { by: By::Item { first: 1 }, ..PLAIN };
        assert_eq!(next(item, None, Some(2), &received(2, Some(3))), Some(3));
        assert_eq!(next(item, Some(3), Some(2), &received(1, Some(3))), None);
    }

    #[test]
    fn a_page_that_the_api_keeps_small_is_not_the_end() {
        // Asked for 500 where the most is said to be 100, and nobody gives fewer than 20.
        assert_eq!(next(PLAIN, None, Some(500), &received(100, None)), Some(2));
        assert_eq!(next(PLAIN, None, Some(500), &received(50, None)), Some(2));
        assert_eq!(next(PLAIN, None, Some(500), &received(19, None)), None);
        assert_eq!(next(PLAIN, None, Some(5), &received(4, None)), None);
        let nothing = Style { default_size: None, ..PLAIN };
        assert_eq!(next(nothing, None, Some(500), &received(3, None)), Some(2));
        assert_eq!(next(nothing, None, None, &received(3, None)), Some(2));
        // A total is counted in what came, not in what was asked for.
        let place = Place::counted(PLAIN, None, Some(500));
        let second = place.after(PLAIN, &received(100, Some(250))).unwrap();
        let third = second.after(PLAIN, &received(100, Some(250))).unwrap();
        assert_eq!((third.start, third.seen), (2, 200));
        assert_eq!(third.after(PLAIN, &received(50, Some(250))), None);
    }

    #[test]
    fn an_answer_that_says_that_more_follows_is_believed() {
        let says = |more| Page { more: Some(more), ..received(3, Some(3)) };
        assert_eq!(next(PLAIN, None, Some(20), &says(true)), Some(2));
        let full = Page { more: Some(false), ..received(20, None) };
        assert_eq!(next(PLAIN, None, Some(20), &full), None);
        // A link may be left out at the end, and elsewhere: the total is surer.
        let unlinked = Page { more: Some(false), ..received(3, Some(9)) };
        assert_eq!(next(PLAIN, None, Some(3), &unlinked), Some(2));
        assert_eq!(next(PLAIN, None, None, &Page { more: Some(true), ..Page::of(0) }), None);
    }

    #[test]
    fn a_total_that_cannot_be_one_ends_nothing() {
        // That of the page; one that was passed; one that the API counts to at most.
        assert_eq!(next(PLAIN, None, None, &received(20, Some(20))), Some(2));
        assert_eq!(next(PLAIN, Some(3), None, &received(20, Some(10))), Some(4));
        assert_eq!(next(PLAIN, Some(500), None, &received(20, Some(10_000))), Some(501));
        assert_eq!(next(PLAIN, Some(501), None, &received(0, Some(10_000))), None);
        assert_eq!(next(PLAIN, Some(2), None, &received(5, Some(25))), None);
        let counted = Style { counted: true, ..PLAIN };
        assert_eq!(next(counted, None, None, &received(5, None)), Some(2));
        assert_eq!(next(counted, None, None, &received(5, Some(5))), None);
    }

    #[test]
    fn items_up_to_the_last_one_taken_are_not_taken_again() {
        let item = Style { by: By::Item { first: 1 }, ..PLAIN };
        let marks = |marks: &[u64]| marks.iter().copied().map(Some).collect::<Vec<_>>();
        let place = Place { start: 20, mark: Some(7), ..Place::default() };
        for (page, said, repeated) in [
            (&[5, 6, 7, 8][..], None, 3),
            (&[8, 9], None, 0),
            (&[6, 7], Some(1), 2),
            // What the answer says counts where the item is not found; one place is no difference.
            (&[1, 2, 3, 4], Some(19), 2),
            (&[1, 2, 3, 4], Some(1), 4),
            (&[8, 9], Some(20), 0),
            (&[8, 9], Some(30), 0),
        ] {
            assert_eq!(place.repeated(item, &marks(page), said), repeated, "{page:?} {said:?}");
        }
        let reading_on = Place { skip: 3, ..place.clone() };
        assert_eq!(reading_on.repeated(PLAIN, &marks(&[5, 6, 7, 8]), None), 0);
        let page = Page { repeated: 3, taken: 1, mark: Some(8), ..Page::of(4) };
        let next = Place { size: Some(4), skip: 0, ..reading_on }.after(item, &page).unwrap();
        assert_eq!((next.start, next.mark), (21, Some(8)));
        let all = Page { repeated: 4, taken: 0, ..Page::of(4) };
        assert_eq!(place.after(PLAIN, &Page { total: Some(900), ..all }), None);
    }

    #[test]
    fn a_token_leads_on_while_it_is_new() {
        let style = Style { by: By::Token, ..PLAIN };
        let page = |next: &str| Page { next: Some(next.to_owned()), ..Page::of(0) };
        let first = Place::at_token(None).after(style, &page("b")).unwrap();
        assert_eq!(first.token.as_deref(), Some("b"));
        assert_eq!(first.after(style, &page("b")), None);
        assert_eq!(first.after(style, &page("")), None);
        assert_eq!(first.after(style, &Page { more: Some(false), ..page("c") }), None);
        assert!(first.after(style, &page("c")).is_some());
    }

    #[test]
    fn items_that_were_not_taken_come_with_the_next_call() {
        let part = Page { taken: 7, ..Page::of(20) };
        let place = Place::counted(PLAIN, Some(3), Some(20)).after(PLAIN, &part).unwrap();
        assert_eq!((place.start, place.skip, place.seen), (2, 7, 40));
        let rest = Page { taken: 13, ..Page::of(20) };
        let place = place.after(PLAIN, &rest).unwrap();
        assert_eq!((place.start, place.skip, place.seen), (3, 0, 60));
        let item = Style { by: By::Item { first: 0 }, ..PLAIN };
        assert_eq!(next(item, Some(40), Some(20), &part), Some(47));
    }

    #[test]
    fn a_link_is_followed_by_its_parameter() {
        for (next, expected) in [
            ("https://api.test/v1/things?page_size=2&cursor=a%2Fb%3D#top", Some("a/b=")),
            ("/things?cursor=x", Some("x")),
            ("?cursor=x&n=1", Some("x")),
            ("https://api.test/things?page=2", Some("https://api.test/things?page=2")),
            ("what?cursor=x", Some("what?cursor=x")),
            ("/things?cursor=", None),
            ("plain", Some("plain")),
            ("", None),
        ] {
            assert_eq!(token(next, "cursor").as_deref(), expected, "{next}");
        }
    }
}
