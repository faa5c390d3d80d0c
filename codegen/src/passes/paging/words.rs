//! What parameters and members of lists are called, in small letters alone.

/// Parameters that take the page size.
pub(super) const SIZES: &[&str] = &[
    "perpage",
    "pagesize",
    "limit",
    "size",
    "count",
    "maxresults",
    "first",
    "pagelimit",
    "resultsperpage",
];
/// Parameters that take the number of a page.
pub(super) const PAGES: &[&str] = &["page", "pagenumber", "pageno"];
/// Parameters that take the number of an item.
pub(super) const OFFSETS: &[&str] = &["offset", "skip", "start"];
/// Parameters that take what the page before gave.
pub(super) const CURSORS: &[&str] = &[
    "cursor",
    "pagetoken",
    "nexttoken",
    "nextcursor",
    "nextpagetoken",
    "startingafter",
    "after",
    "continuationtoken",
    "continuation",
];
/// Members that hold the next cursor, or the link to the next page.
pub(super) const NEXTS: &[&str] = &[
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "cursor",
    "next",
    "continuationtoken",
    "continuation",
    "after",
    "endcursor",
    "nextpage",
    "nextlink",
    "nexturl",
    "nextpageurl",
    "nextpagelink",
];
/// Members that are there while more follows: of [`NEXTS`] those that cannot be this page's own.
pub(super) const FOLLOWING: &[&str] = &[
    "next",
    "nextpage",
    "nextlink",
    "nexturl",
    "nextpageurl",
    "nextpagelink",
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
];
/// Flags that say that more follows.
pub(super) const MORES: &[&str] =
    &["hasmore", "hasnext", "hasnextpage", "hasmoreitems", "moreavailable", "more", "istruncated"];
/// Members that count all items.
pub(super) const TOTALS: &[&str] =
    &["total", "totalcount", "totalresults", "totalitems", "totalrecords", "totalsize"];
/// A member that counts all items, or those of the page.
pub(super) const COUNT: &[&str] = &["count"];
/// Members that hold the items, when several members are lists.
pub(super) const ITEMS: &[&str] =
    &["items", "data", "results", "list", "records", "entries", "values", "resources"];
/// Objects that hold what is said of a list.
pub(super) const AROUND: &[&str] = &[
    "meta",
    "metadata",
    "pagination",
    "paging",
    "pageinfo",
    "page",
    "links",
    "cursors",
    "responsemetadata",
];
/// Further members that are said of a list or of any answer, and are no data.
pub(super) const ENVELOPE: &[&str] = &[
    "previous",
    "prev",
    "previouscursor",
    "prevcursor",
    "previouspage",
    "prevpage",
    "last",
    "lastpage",
    "self",
    "pages",
    "totalpages",
    "pagecount",
    "currentpage",
    "from",
    "to",
    "before",
    "startindex",
    "itemsperpage",
    "schemas",
    "object",
    "kind",
    "url",
    "href",
    "etag",
    "status",
    "success",
    "ok",
    "code",
    "message",
    "error",
    "errors",
    "warnings",
    "requestid",
];

/// A name as these lists have it.
pub(super) fn squashed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
