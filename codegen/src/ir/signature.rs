//! What callers in Rust see of an operation: what its answers decode to, its methods, how its list
//! goes on.

use serde::Serialize;

use super::{Node, ResponseBody, Status};

/// What callers in Rust see of an operation; set by the signatures pass.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Signature {
    /// What a 2xx answer decodes to.
    pub success: ResponseType,
    /// What an error answer decodes to.
    pub failure: ResponseType,
    /// The media types of the success answers, for `Accept`.
    pub accept: String,
    /// The client's method that gives the list page by page.
    pub pages: Option<String>,
    /// The client's method that gives the list item by item.
    pub all: Option<String>,
    /// The client's method that leaves the body to be read piece by piece.
    pub stream: Option<String>,
    /// The client's method that asks for another media type than the one that is decoded.
    pub other: Option<String>,
    /// How the list goes on, where types and parameters allow it to be followed.
    pub paging: Option<Paging>,
}

/// What the answers of one kind decode to.
#[derive(Debug, Clone, Default, Serialize)]
pub enum ResponseType {
    /// No body is declared for any status.
    #[default]
    Empty,
    /// The same JSON whatever the status.
    Json(Node),
    /// JSON, or nothing.
    OptionalJson(Node),
    /// Text.
    Text,
    /// Text of a type of its own.
    TypedText(Node),
    /// Bytes.
    Binary,
    /// Any JSON: nothing is declared.
    Anything,
    /// What the status says: the enum of this name, one of
    /// [`Api::status_enums`](super::Api::status_enums).
    ByStatus(String),
}

impl ResponseType {
    /// What a body of this kind decodes to.
    #[must_use]
    pub fn of(body: &ResponseBody) -> Self {
        match body {
            ResponseBody::Empty => Self::Empty,
            ResponseBody::Json(node) => Self::Json(node.clone()),
            ResponseBody::Text => Self::Text,
            ResponseBody::TypedText(node) => Self::TypedText(node.clone()),
            ResponseBody::Binary => Self::Binary,
        }
    }
}

/// An enum of answers that differ by status.
#[derive(Debug, Clone, Serialize)]
pub struct StatusEnum {
    /// Its identifier.
    pub ident: String,
    /// What it is.
    pub doc: String,
    /// The file under `src/operations/` that declares it.
    pub module: String,
    /// What each status brings, in the order in which they are looked for.
    pub variants: Vec<StatusVariant>,
}

/// What one status or range brings.
#[derive(Debug, Clone, Serialize)]
pub struct StatusVariant {
    /// The variant's identifier.
    pub ident: String,
    /// The status.
    pub status: Status,
    /// How the body is decoded.
    pub body: ResponseBody,
}

/// How a list goes on, in terms of its Rust types.
#[derive(Debug, Clone, Serialize)]
pub struct Paging {
    /// Where a page has its items.
    pub items: MemberPath,
    /// One item.
    pub item: Node,
    /// The page size when none is asked for.
    pub default_size: Option<u32>,
    /// The largest page that the API gives.
    pub max_size: Option<u32>,
    /// Where the page says whether more follows.
    pub more: Option<More>,
    /// What asks for the next page.
    pub style: PagingStyle,
}

/// Where a page says whether more follows.
#[derive(Debug, Clone, Serialize)]
pub enum More {
    /// In a flag.
    Flag(MemberPath),
    /// By a link or a token that is there while more is.
    Link(MemberPath),
    /// By the number of the next page, likewise.
    Number(MemberPath),
}

/// What asks for the next page.
#[derive(Debug, Clone, Serialize)]
pub enum PagingStyle {
    /// A number that grows.
    Counted {
        /// What is counted.
        unit: PagingUnit,
        /// The number of the first page, or of the first item.
        first: u32,
        /// The parameter that takes the number.
        start: PagingParameter,
        /// The parameter that takes the page size.
        size: Option<PagingParameter>,
        /// Where the page tells the number of all items.
        total: Option<MemberPath>,
    },
    /// A token from the page before.
    Cursor {
        /// The parameter that takes it.
        cursor: PagingParameter,
        /// The parameter's name in the query.
        wire: String,
        /// Where the page has it.
        next: MemberPath,
    },
}

/// What a page's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum PagingUnit {
    /// Pages.
    Page,
    /// Items.
    Item,
}

/// A parameter that paging sets.
#[derive(Debug, Clone, Serialize)]
pub struct PagingParameter {
    /// Its identifier.
    pub ident: String,
    /// Whether it is an `Option`.
    pub optional: bool,
}

/// The way to a member of an answer.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MemberPath(pub Vec<Step>);

/// One step of it.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// The member's identifier.
    pub ident: String,
    /// In how many `Option`s it is wrapped.
    pub options: u8,
}
