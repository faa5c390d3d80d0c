//! Operations: what is sent, what comes back.

use http::Method;
use indexmap::IndexMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Field, Node, Signature, Tool};

/// One operation.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    /// The document's `operationId`, after normalising.
    pub id: String,
    /// The argument struct's identifier; set by the names pass.
    pub type_ident: String,
    /// The client method's identifier; set by the names pass.
    pub method_ident: String,
    /// The file under `src/operations/` it is written to; set by the names pass.
    pub module: String,
    /// JSON pointer.
    pub pointer: String,
    /// The HTTP method.
    #[serde(serialize_with = "method")]
    pub method: Method,
    /// The path template as the document has it, base path included.
    pub path: String,
    /// Scheme, host and port of a server of its own, where that is none of
    /// [`Api::origins`](super::Api::origins).
    pub origin: Option<String>,
    /// The template in parts.
    pub segments: Vec<Segment>,
    /// The summary.
    pub title: String,
    /// The description's first paragraph.
    pub doc: String,
    /// Its further paragraphs.
    pub detail: String,
    /// The document's tags.
    pub tags: Vec<String>,
    /// Whether it is discouraged.
    pub deprecated: bool,
    /// Parameters that are arguments: those of the path in its order, then the others in document
    /// order.
    pub parameters: Vec<Parameter>,
    /// Parameters with a fixed value.
    pub constants: Vec<Constant>,
    /// The body.
    pub body: Option<RequestBody>,
    /// The success answers.
    pub success: Vec<Response>,
    /// The error answers.
    pub failure: Vec<Response>,
    /// Alternatives of scheme names; empty: none needed.
    pub security: Vec<Vec<String>>,
    /// The tool, unless the operation is never one.
    pub tool: Option<Tool>,
    /// What callers in Rust see; set by the signatures pass.
    pub signature: Signature,
}

fn method<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

/// A part of a path template.
#[derive(Debug, Clone, Serialize)]
pub enum Segment {
    /// Text, percent-encoded.
    Literal(String),
    /// A parameter, by index into [`Operation::parameters`] (a constant path parameter becomes
    /// fixed text).
    Parameter(usize),
}

/// A parameter that callers give.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    /// The name on the wire.
    pub wire: String,
    /// The name as a tool argument and in the struct's JSON; unique in the operation. Set by the
    /// arguments pass.
    pub argument: String,
    /// The Rust identifier; set by the names pass.
    pub ident: String,
    /// The method that sets it; set by the names pass.
    pub setter: String,
    /// Where it goes and how it is written.
    pub location: Location,
    /// Whether reserved characters of a query parameter stay as they are.
    pub reserved: bool,
    /// The type.
    pub node: Node,
    /// What its schema states, in JSON Schema 2020-12, where it has one.
    #[serde(skip)]
    pub stated: Option<Value>,
    /// Whether it must be given.
    pub required: bool,
    /// Discouraged.
    pub deprecated: bool,
    /// The overlay's `argument`, when it names one.
    pub named: Option<String>,
}

/// Where a parameter goes. The styles are those of `support::encode`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Location {
    /// In the path.
    Path(PathStyle),
    /// In the query.
    Query(QueryStyle),
    /// In a header.
    Header(HeaderStyle),
    /// In a cookie.
    Cookie(CookieStyle),
}

/// Mirrors `support::encode::PathStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum PathStyle {
    Simple,
    SimpleExplode,
    Label { explode: bool },
    Matrix { explode: bool },
    Json,
}

/// Mirrors `support::encode::HeaderStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum HeaderStyle {
    Simple,
    SimpleExplode,
    Json,
}

/// Mirrors `support::encode::CookieStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum CookieStyle {
    Form,
    Comma,
    Json,
}

/// Mirrors `support::encode::QueryStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum QueryStyle {
    Form,
    Comma,
    Space,
    Pipe,
    DeepObject,
    Json,
}

/// A parameter that is always sent with the same value.
#[derive(Debug, Clone, Serialize)]
pub struct Constant {
    /// The name on the wire.
    pub wire: String,
    /// Where it goes.
    pub location: Location,
    /// The value.
    pub value: Value,
}

/// A request body: the media type chosen by preference (JSON, form, multipart, text, other).
#[derive(Debug, Clone, Serialize)]
pub struct RequestBody {
    /// The media type as written.
    pub media_type: String,
    /// How it is encoded.
    pub encoding: BodyEncoding,
    /// Whether it must be sent.
    pub required: bool,
    /// What it is; for multipart a struct whose files are [`TypeRef::File`](super::TypeRef::File).
    pub node: Node,
    /// What its schema states, in JSON Schema 2020-12, where it has one.
    #[serde(skip)]
    pub stated: Option<Value>,
    /// The media types that were not chosen.
    pub alternatives: Vec<String>,
    /// How members of a form or multipart body are written, where the document says so, by wire
    /// name.
    pub encodings: IndexMap<String, MemberEncoding>,
    /// How its members become tool arguments. Set by the arguments pass.
    pub arguments: BodyArguments,
}

/// How a member of a form or multipart body is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MemberEncoding {
    /// The media types of its part, as written.
    pub media_type: Option<String>,
    /// Its style in a form; of a part, `deepObject` or none.
    pub style: Option<QueryStyle>,
    /// Whether reserved characters stay as they are in a form.
    pub reserved: bool,
}

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum BodyEncoding {
    /// JSON, or any `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Text.
    Text,
    /// Bytes.
    Binary,
}

/// How a body becomes tool arguments.
#[derive(Debug, Clone, Serialize)]
pub enum BodyArguments {
    /// The members of the body's object, by wire name, with their argument names; `open` lets
    /// unknown names through.
    Members {
        /// Wire name → argument name, in the order of `fields`.
        names: IndexMap<String, String>,
        /// The members as arguments see them, never read-only ones. Those of the body's struct, or,
        /// when the body is a union of structs, those of all variants: required where every variant
        /// requires them, the tag as a string with its values.
        fields: Vec<Field>,
        /// Whether unknown names belong to the body.
        open: bool,
        /// Required members that admit one value only, with that value: sent when the caller leaves
        /// them out.
        constants: Vec<(String, Value)>,
    },
    /// One argument of this name.
    Whole(String),
}

/// An answer for one status or range.
#[derive(Debug, Clone, Serialize)]
pub struct Response {
    /// The status.
    pub status: Status,
    /// How the body is decoded.
    pub body: ResponseBody,
    /// The media types declared, the decoded one first; empty without a body.
    pub media_types: Vec<String>,
    /// The description.
    pub doc: String,
}

/// A response key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Status {
    /// One status code.
    Code(u16),
    /// `2XX` and so on: the hundreds digit.
    Range(u8),
    /// `default`.
    Default,
}

/// An answer's body.
#[derive(Debug, Clone, Serialize)]
pub enum ResponseBody {
    /// None declared.
    Empty,
    /// JSON.
    Json(Node),
    /// Text.
    Text,
    /// Text of a type of its own: a number, a flag, one of a few words.
    TypedText(Node),
    /// Bytes: streamed on request.
    Binary,
}

impl Operation {
    /// Whether some answer can be had in several media types.
    #[must_use]
    pub fn answers_in_several(&self) -> bool {
        self.success.iter().any(|answer| answer.media_types.len() > 1)
    }

    /// Whether its tool reads files or texts, of which long ones are read in pages.
    #[must_use]
    pub fn reads_files(&self) -> bool {
        let json = |answer: &Response| matches!(answer.body, ResponseBody::Json(_));
        let bodiless = |answer: &Response| matches!(answer.body, ResponseBody::Empty);
        self.tool
            .as_ref()
            .is_some_and(|tool| tool.pagination.is_none() && tool.annotations.read_only)
            && !self.success.iter().any(json)
            && !self.success.iter().all(bodiless)
    }
}

impl ResponseBody {
    /// The type that it decodes to, where it has one of its own.
    #[must_use]
    pub const fn node(&self) -> Option<&Node> {
        match self {
            Self::Json(node) | Self::TypedText(node) => Some(node),
            Self::Empty | Self::Text | Self::Binary => None,
        }
    }
}
