//! The intermediate representation: one API in the terms of Rust and MCP, free of OpenAPI.
//!
//! `lower` builds it, `passes` complete it, `render` writes it out and decides nothing. Order is document order or
//! sorted, never that of a hash map. Identifiers are final once the names pass has run.

mod walk;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

/// One API.
#[derive(Debug, Clone, Serialize)]
pub struct Api {
    /// The document's file name, for diagnostics.
    pub file: String,
    /// The crate's and the tools' name: `ironclad`.
    pub slug: String,
    /// The name for people.
    pub title: String,
    /// The document's `info.version`.
    pub version: String,
    /// The document's `info.description`.
    pub doc: String,
    /// What every caller of any tool should know.
    pub instructions: String,
    /// Origins by region; the first is the default.
    pub origins: Vec<Origin>,
    /// The path that every operation's path begins with and that belongs to the server URL, such as `/v1`; may be empty.
    pub base_path: String,
    /// Security schemes by name.
    pub schemes: Vec<Scheme>,
    /// Headers sent with every request.
    pub constant_headers: Vec<(String, String)>,
    /// Every named type. `TypeId` is an index into it.
    pub types: Vec<Type>,
    /// Operations by path and method; tools are sorted by name when rendered.
    pub operations: Vec<Operation>,
    /// Operations that could not be generated.
    pub skipped: Vec<Skipped>,
    /// Limits for the tool list, when the overlay sets them.
    pub budget: Option<TokenBudget>,
}

/// An origin: scheme, host, port.
#[derive(Debug, Clone, Serialize)]
pub struct Origin {
    /// The region's name; empty when there is one origin only.
    pub region: String,
    /// Scheme, host and port.
    pub url: String,
}

/// An operation that was left out.
#[derive(Debug, Clone, Serialize)]
pub struct Skipped {
    /// JSON pointer of the operation.
    pub pointer: String,
    /// Method and path.
    pub operation: String,
    /// Why.
    pub reason: String,
}

/// Token limits of the tool list (o200k).
#[derive(Debug, Clone, Serialize)]
pub struct TokenBudget {
    /// All tools: name, description, listed input schema.
    pub all: usize,
    /// Read-only tools, the same.
    pub read: Option<usize>,
    /// All tools as whole objects.
    pub full: Option<usize>,
    /// Any one tool.
    pub tool: usize,
    /// The middle tool.
    pub median: Option<usize>,
}

/// A security scheme.
#[derive(Debug, Clone, Serialize)]
pub struct Scheme {
    /// The key under `components.securitySchemes`.
    pub name: String,
    /// Its Rust identifier in snake case, for the credentials constructor.
    pub ident: String,
    /// The document's description.
    pub doc: String,
    /// The kind.
    pub kind: SchemeKind,
}

/// Kinds of security scheme.
#[derive(Debug, Clone, Serialize)]
pub enum SchemeKind {
    /// `http`/`bearer`.
    Bearer,
    /// `http`/`basic`.
    Basic,
    /// `http` with another scheme.
    Http(String),
    /// `apiKey` in a header.
    ApiKeyHeader(String),
    /// `apiKey` in the query.
    ApiKeyQuery(String),
    /// `apiKey` in a cookie.
    ApiKeyCookie(String),
    /// `oauth2`; all flows taken together.
    OAuth2 {
        /// Of the authorization code or implicit flow.
        authorization_url: Option<String>,
        /// Of any flow.
        token_url: Option<String>,
        /// Every scope, sorted.
        scopes: Vec<String>,
    },
    /// `openIdConnect`.
    OpenIdConnect(String),
}

/// Index into [`Api::types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TypeId(pub usize);

/// A named type: a component schema, or an inline one that needs a name.
#[derive(Debug, Clone, Serialize)]
pub struct Type {
    /// What the name is made from: the component's key, or `{Parent}{Field}` for inline schemas.
    pub source_name: String,
    /// Whether it is a component schema.
    pub component: bool,
    /// The final Rust identifier; set by the names pass.
    pub ident: String,
    /// The file under `src/types/` it is written to (snake case, without suffix); set by the names pass.
    pub module: String,
    /// JSON pointer of the schema.
    pub pointer: String,
    /// The schema's description.
    pub doc: String,
    /// The schema's `deprecated`.
    pub deprecated: bool,
    /// What it is.
    pub shape: Shape,
    /// Where it is used.
    pub usage: Usage,
}

/// Whether a type travels to the API, from it, or both; unused types are not rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Usage {
    /// Reachable from a request.
    pub request: bool,
    /// Reachable from an answer.
    pub response: bool,
}

/// What a named type is.
#[derive(Debug, Clone, Serialize)]
pub enum Shape {
    /// An object with known members.
    Struct {
        /// The members.
        fields: Vec<Field>,
        /// Members that are not known.
        extra: Extra,
    },
    /// A string with known values; open for others.
    StringEnum(Vec<EnumValue>),
    /// One of several shapes.
    Union {
        /// How to tell the variants apart.
        mode: UnionMode,
        /// The variants.
        variants: Vec<Variant>,
    },
    /// Another name for a type.
    Alias(Node),
}

/// Members beyond the declared ones.
#[derive(Debug, Clone, Serialize)]
pub enum Extra {
    /// Unknown members are ignored when decoding (nothing, or `false`, was declared).
    Ignore,
    /// `additionalProperties` was `true` or a schema: kept in `extra`.
    Keep(Box<Node>),
    /// `additionalProperties: false`: ignored when decoding, refused as arguments.
    Refuse,
}

/// One value of a string enum.
#[derive(Debug, Clone, Serialize)]
pub struct EnumValue {
    /// The value.
    pub wire: String,
    /// The variant; set by the names pass.
    pub ident: String,
}

/// How a union's variants are told apart.
#[derive(Debug, Clone, Serialize)]
pub enum UnionMode {
    /// By the value of a member that every variant has.
    Tagged {
        /// The member.
        property: String,
    },
    /// By what the value looks like: each variant's [`Probe`], in order.
    Shaped,
}

/// One variant of a union.
#[derive(Debug, Clone, Serialize)]
pub struct Variant {
    /// The variant's identifier; set by the names pass.
    pub ident: String,
    /// What it holds.
    pub node: Node,
    /// The discriminator values that choose it (several may map to one schema); empty for shaped unions.
    pub tags: Vec<String>,
    /// What a value must look like; `Probe::Any` decides by trying to decode.
    pub probe: Probe,
}

/// A cheap test of a JSON value.
#[derive(Debug, Clone, Serialize)]
pub enum Probe {
    /// It is null, a boolean, a number, a string, an array or an object (JSON type names).
    Type(String),
    /// It is an object in which a member has a constant value.
    Constant {
        /// The member.
        property: String,
        /// Its values.
        values: Vec<Value>,
    },
    /// It is an object that has all of these members.
    Has(Vec<String>),
    /// Anything that decodes.
    Any,
}

/// A use of a type: what schemas say at the place where they are used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// The type.
    pub ty: TypeRef,
    /// Whether null is allowed.
    pub nullable: bool,
    /// The description at this place.
    pub doc: String,
    /// Bounds and the like: documentation and JSON Schema only.
    pub constraints: Box<Constraints>,
}

/// A type where it is used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum TypeRef {
    /// A named type.
    Named(TypeId),
    /// `boolean`.
    Bool,
    /// `integer`/`int32`.
    I32,
    /// `integer`.
    I64,
    /// `integer`/`uint32`.
    U32,
    /// `integer`/`uint64`.
    U64,
    /// `number`.
    F64,
    /// `string` of any other format.
    String,
    /// `string`/`date-time`.
    DateTime,
    /// `string`/`date`.
    Date,
    /// `string`/`byte`.
    Base64,
    /// `string`/`binary` as a whole body.
    Binary,
    /// `string`/`binary` inside a multipart body.
    File,
    /// Anything; the reason is reported.
    Untyped(String),
    /// `array`.
    List(Box<Node>),
    /// An object without declared members: `additionalProperties` alone.
    Map(Box<Node>),
    /// A named type behind a `Box`, to end a recursion; set by the recursion pass.
    Boxed(TypeId),
}

/// What JSON Schema says beyond the type.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Constraints {
    /// `format`, as written.
    pub format: Option<String>,
    /// `pattern`.
    pub pattern: Option<String>,
    /// `minimum`.
    pub minimum: Option<Value>,
    /// `maximum`.
    pub maximum: Option<Value>,
    /// `exclusiveMinimum` in 3.0's sense.
    pub exclusive_minimum: bool,
    /// `exclusiveMaximum` in 3.0's sense.
    pub exclusive_maximum: bool,
    /// `multipleOf`.
    pub multiple_of: Option<Value>,
    /// `minLength`.
    pub min_length: Option<u64>,
    /// `maxLength`.
    pub max_length: Option<u64>,
    /// `minItems`.
    pub min_items: Option<u64>,
    /// `maxItems`.
    pub max_items: Option<u64>,
    /// `uniqueItems`.
    pub unique_items: bool,
    /// `minProperties`.
    pub min_properties: Option<u64>,
    /// `maxProperties`.
    pub max_properties: Option<u64>,
    /// `enum` of types other than named string enums.
    pub values: Vec<Value>,
    /// `default`: documented, never sent, never filled in.
    pub default: Option<Value>,
    /// `x-drawbridge.listed` of the overlay.
    pub listed: Listed,
}

/// How much of a schema the listed input schema shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Listed {
    /// By the shaping rules.
    #[default]
    Auto,
    /// Spelled out whatever its depth.
    Full,
    /// Left out; still accepted.
    Omit,
}

/// A member of a struct.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The Rust identifier; set by the names pass.
    pub ident: String,
    /// The type.
    pub node: Node,
    /// Whether it must be present.
    pub required: bool,
    /// Never sent.
    pub read_only: bool,
    /// Never received.
    pub write_only: bool,
    /// Discouraged.
    pub deprecated: bool,
}

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
    /// The HTTP method in upper case.
    pub method: String,
    /// The path template as the document has it, base path included.
    pub path: String,
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
    /// Parameters that are arguments: those of the path in its order, then the others in document order.
    pub parameters: Vec<Parameter>,
    /// Parameters with a fixed value.
    pub constants: Vec<Constant>,
    /// The body.
    pub body: Option<RequestBody>,
    /// The success answers.
    pub success: Vec<Answer>,
    /// The error answers.
    pub failure: Vec<Answer>,
    /// Alternatives of scheme names; empty: none needed.
    pub security: Vec<Vec<String>>,
    /// The tool, unless the operation is never one.
    pub tool: Option<Tool>,
}

/// A part of a path template.
#[derive(Debug, Clone, Serialize)]
pub enum Segment {
    /// Text, percent-encoded.
    Fixed(String),
    /// A parameter, by index into [`Operation::parameters`] (a constant path parameter becomes fixed text).
    Variable(usize),
}

/// A parameter that callers give.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    /// The name on the wire.
    pub wire: String,
    /// The name as a tool argument and in the struct's JSON; unique in the operation. Set by the arguments pass.
    pub argument: String,
    /// The Rust identifier; set by the names pass.
    pub ident: String,
    /// Where it goes and how it is written.
    pub location: Location,
    /// The type.
    pub node: Node,
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
    Header,
    /// In a cookie.
    Cookie,
}

/// Mirrors `support::encode::PathStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum PathStyle {
    Simple,
    SimpleExplode,
    Label { explode: bool },
    Matrix { explode: bool },
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
    /// What it is; for multipart a struct whose files are [`TypeRef::File`].
    pub node: Node,
    /// The media types that were not chosen.
    pub alternatives: Vec<String>,
    /// How its members become tool arguments. Set by the arguments pass.
    pub arguments: BodyArguments,
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
    /// The members of the body's object, by wire name, with their argument names; `open` lets unknown names through.
    Members {
        /// Wire name → argument name, in the order of `fields`.
        names: IndexMap<String, String>,
        /// The members as arguments see them, never read-only ones. Those of the body's struct, or, when the body is a union of
        /// structs, those of all variants: required where every variant requires them, the tag as a string with its values.
        fields: Vec<Field>,
        /// Whether unknown names belong to the body.
        open: bool,
        /// Required members that admit one value only, with that value: sent when the caller leaves them out.
        constants: Vec<(String, Value)>,
    },
    /// One argument of this name.
    Whole(String),
}

/// An answer for one status or range.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The status.
    pub status: Status,
    /// How the body is decoded.
    pub body: AnswerBody,
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
pub enum AnswerBody {
    /// None declared.
    Empty,
    /// JSON.
    Json(Node),
    /// Text.
    Text,
    /// Bytes: streamed on request.
    Binary,
}

/// An operation as a tool.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// The name; final once the names pass has run.
    pub name: String,
    /// The name that the overlay sets.
    pub named: Option<String>,
    /// `list`, `get`, `create`, `update`, `delete` or an action word.
    pub method: String,
    /// Tags in snake case, sorted, at least one.
    pub tags: Vec<String>,
    /// `readOnlyHint`.
    pub read_only: bool,
    /// `destructiveHint`.
    pub destructive: bool,
    /// `idempotentHint`.
    pub idempotent: bool,
    /// Paging, when it is a list.
    pub pagination: Option<Pagination>,
    /// The vendor's limit.
    pub rate_limit: Option<RateLimit>,
    /// The job it starts or looks at.
    pub job: Option<Job>,
    /// The vendor's field selection parameter.
    pub fields_parameter: Option<String>,
    /// Where the tenant's field names are listed.
    pub live_fields: Option<LiveFields>,
    /// Whether `attributes` follow a launch form.
    pub launch_form: bool,
}

/// Paging; mirrors `support::tool::Pagination` with owned names.
#[derive(Debug, Clone, Serialize)]
pub struct Pagination {
    /// The style.
    pub style: PageStyle,
    /// Dotted member that holds the items; empty when the answer is the array.
    pub items: String,
    /// Dotted member that holds the number of all items.
    pub total: Option<String>,
    /// The vendor's page size.
    pub default_size: Option<u32>,
    /// The vendor's largest page.
    pub max_size: Option<u32>,
}

/// The vendor's way of paging. Names are wire names of query parameters.
#[derive(Debug, Clone, Serialize)]
pub enum PageStyle {
    Page { page: String, size: String, first: u32 },
    Offset { offset: String, size: String },
    Scim { start: String, size: String },
    Cursor { cursor: String, size: Option<String>, next: String },
    Whole,
}

/// The vendor's rate limit.
#[derive(Debug, Clone, Serialize)]
pub struct RateLimit {
    /// Requests in the window.
    pub requests: u32,
    /// The window in seconds.
    pub seconds: u32,
    /// A shared counter's name; empty for none.
    pub bucket: String,
}

/// A job; mirrors `support::tool::Job`.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// The polling tool.
    pub poll: String,
    /// Its arguments: name → dotted member of the answer.
    pub arguments: BTreeMap<String, String>,
    /// Member and values that mean "pending"; `None`: always pending.
    pub pending_when: Option<(String, Vec<String>)>,
}

/// Where a tenant's field names are listed; mirrors `support::tool::LiveFields`.
#[derive(Debug, Clone, Serialize)]
pub struct LiveFields {
    pub tool: String,
    pub items: String,
    pub key: String,
}
