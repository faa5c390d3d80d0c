//! How lists continue.

use crate::page::{By, Style};

/// How a list continues. Parameter names are argument names; `items`, `next`, `total` are dotted
/// member names of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// The style with its parameters.
    pub style: PageStyle,
    /// Where the items are; empty when the answer itself is the array.
    pub items: &'static str,
    /// Where the number of all items is.
    pub total: Option<&'static str>,
    /// Where the answer says whether more follows: a flag, or a link that stands there while more
    /// does.
    pub more: Option<&'static str>,
    /// The vendor's page size when none is asked for.
    pub default_size: Option<u32>,
    /// What a call that says no `limit` asks for; `None`: the vendor's page size.
    pub limit: Option<u32>,
    /// The largest page that the vendor gives.
    pub max_size: Option<u32>,
}

impl Pagination {
    /// How the list goes on.
    #[must_use]
    pub fn course(&self) -> Style {
        let by = match self.style {
            PageStyle::Page { first, .. } => By::Page { first },
            PageStyle::Offset { .. } => By::Item { first: 0 },
            PageStyle::Scim { .. } => By::Item { first: 1 },
            PageStyle::Cursor { .. } => By::Token,
            PageStyle::Whole => By::Whole,
        };
        let (default_size, max_size) = (self.default_size, self.max_size);
        Style { by, default_size, max_size, counted: self.total.is_some() }
    }
}

/// The vendor's way of paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// Numbered pages.
    Page {
        /// The page number's parameter.
        page: &'static str,
        /// The page size's parameter.
        size: &'static str,
        /// The number of the first page.
        first: u32,
    },
    /// A number of items to skip.
    Offset {
        /// The offset's parameter.
        offset: &'static str,
        /// The page size's parameter.
        size: &'static str,
    },
    /// SCIM, RFC 7644 section 3.4.2.4: a one-based index.
    Scim {
        /// `startIndex`.
        start: &'static str,
        /// `count`.
        size: &'static str,
    },
    /// A token from the answer.
    Cursor {
        /// The token's parameter.
        cursor: &'static str,
        /// The page size's parameter, where there is one.
        size: Option<&'static str>,
        /// Where the answer holds the next token.
        next: &'static str,
    },
    /// Everything at once.
    Whole,
}
