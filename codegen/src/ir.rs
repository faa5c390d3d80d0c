//! The intermediate representation: one API in the terms of Rust and MCP, free of OpenAPI.
//!
//! `lower` builds it, `passes` complete it, `render` writes it out and decides nothing. Order is
//! document order or sorted, never that of a hash map. Identifiers are final once the names pass
//! has run.

pub(crate) mod inputs;
mod operations;
mod resolve;
mod signature;
mod tools;
mod types;
mod unions;
mod values;
mod walk;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use operations::{
    BodyArguments, BodyEncoding, Constant, CookieStyle, HeaderStyle, Location, MemberEncoding,
    Operation, Parameter, PathStyle, QueryStyle, RequestBody, Response, ResponseBody, Segment,
    Status,
};
pub use signature::{
    MemberPath, More, Paging, PagingParameter, PagingStyle, PagingUnit, ResponseType, Signature,
    StatusEnum, StatusVariant, Step,
};
pub use tools::{
    AliasOrigin, Annotations, ArgumentAlias, Job, Launch, LaunchFiles, LiveFields, PageStyle,
    Pagination, Preset, Prompt, PromptArgument, RateLimit, Tool, ToolMethod, ToolName,
};
pub use types::{
    Constraints, EnumValue, Extra, Field, FormMember, Listed, Node, Presence, Shape, Type, TypeId,
    TypeRef, Usage,
};
pub use unions::{
    Alternatives, Base, Branch, Discriminator, Matcher, ShapedVariant, TaggedVariant, Union,
    Variant,
};
pub use values::{Choice, Money, People, TenantValues, ValueKinds};

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
    /// The path that every operation's path begins with and that belongs to the server URL, such as
    /// `/v1`; may be empty.
    pub base_path: String,
    /// Security schemes by name.
    pub schemes: Vec<Scheme>,
    /// Headers sent with every request.
    pub constant_headers: Vec<(String, String)>,
    /// How an account calls on a person's behalf, when the API lets it.
    pub acting_user: Option<ActingUserHeaders>,
    /// Tokens that an account may hold beside its first one, by member.
    pub further_tokens: Vec<FurtherToken>,
    /// Environment variables (without the API's prefix) by a name of the vendor's own, each with
    /// the member of the credentials that it holds.
    pub environment: Vec<(String, String)>,
    /// Words that mean the same to whoever searches the tools: a group each, its words separated by
    /// spaces.
    pub synonyms: Vec<String>,
    /// What a name that no tool knows is taken for in a search; may be empty.
    pub proper_nouns: String,
    /// What to try first.
    pub example: Option<ExampleCall>,
    /// The operation that READMEs and examples call, by index; set by the example pass.
    pub shown: Option<usize>,
    /// What the component schemas state, in JSON Schema 2020-12; the full schemas are made of it.
    #[serde(skip)]
    pub stated: Option<serde_json::Map<String, Value>>,
    /// Every named type. `TypeId` is an index into it.
    pub types: Vec<Type>,
    /// Types that are one of several shapes, as the document has them; the union pass decides on
    /// them and leaves none.
    pub alternatives: BTreeMap<TypeId, Alternatives>,
    /// Operations by path and method; tools are sorted by name when rendered.
    pub operations: Vec<Operation>,
    /// Enums of answers that differ by status; set by the signatures pass.
    pub status_enums: Vec<StatusEnum>,
    /// Operations that could not be generated.
    pub skipped: Vec<Skipped>,
    /// Limits for the tool list, when the overlay sets them.
    pub budget: Option<TokenBudget>,
    /// How things are launched by forms that differ from tenant to tenant.
    pub launch: Option<Launch>,
    /// What the types of tenants' own fields mean.
    pub value_kinds: Option<ValueKinds>,
    /// Choices of tools for one purpose; resolved by the presets pass.
    pub presets: Vec<Preset>,
    /// The jobs that people bring, in words.
    pub prompts: Vec<Prompt>,
}

/// An origin: scheme, host, port.
#[derive(Debug, Clone, Serialize)]
pub struct Origin {
    /// The region's name; empty when there is one origin only.
    pub region: String,
    /// Scheme, host and port.
    pub url: String,
}

/// The headers that name the acting user; at least one is there.
#[derive(Debug, Clone, Serialize)]
pub struct ActingUserHeaders {
    /// The header that takes an e-mail address, in lower case.
    pub email: Option<String>,
    /// The header that takes the API's identifier of the user, in lower case.
    pub id: Option<String>,
}

/// A token of its own for some security scheme.
#[derive(Debug, Clone, Serialize)]
pub struct FurtherToken {
    /// The member of the credentials: `scim_token`.
    pub member: String,
    /// The security scheme that it satisfies.
    pub scheme: String,
}

/// A question of a person, and the call that answers it.
#[derive(Debug, Clone, Serialize)]
pub struct ExampleCall {
    /// The question.
    pub question: String,
    /// The tool's name.
    pub tool: ToolName,
    /// The tool's arguments.
    pub arguments: BTreeMap<String, Value>,
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
    /// Its Rust identifier in snake case; set by the names pass.
    pub ident: String,
    /// The method of the credentials that sets it; set by the names pass.
    pub setter: String,
    /// The document's description.
    pub doc: String,
    /// The kind.
    pub kind: SchemeKind,
}

/// Kinds of security scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
