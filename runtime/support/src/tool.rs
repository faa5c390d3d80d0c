//! Tools: static rows that turn flat JSON arguments into a request.

mod lowering;
mod pagination;
mod values;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::LowerError;
use crate::operation::{Operation, OperationInfo};
use crate::request::Request;

pub use lowering::lower;
pub use pagination::{PageStyle, Pagination};
pub use values::{Choice, Money, People, TenantValues, ValueKind, ValueKinds};

/// One tool: one operation, one argument struct, one schema file.
#[derive(Debug)]
pub struct Tool {
    /// The name that callers use, locked in `specs/{api}/tools.lock`.
    pub name: &'static str,
    /// A few words for people.
    pub title: &'static str,
    /// What it does, needs and returns, for a model that must choose.
    pub description: &'static str,
    /// Further paragraphs, shown on request only; may be empty.
    pub detail: &'static str,
    /// What the methods filter reads.
    pub method: ToolMethod,
    /// What the tags filter reads.
    pub tags: &'static [&'static str],
    /// The four MCP hints.
    pub annotations: Annotations,
    /// Whether the document marks the operation deprecated: listed only when a configuration allows
    /// it by name.
    pub deprecated: bool,
    /// JSON with the members `input` (as listed), `full` (what arguments are checked against) and
    /// `output`.
    pub schemas: &'static str,
    /// Every argument of the tool.
    pub arguments: &'static [Argument],
    /// What becomes of the body arguments.
    pub body: BodyArguments,
    /// Body members with one possible value, as JSON: sent when the caller leaves them out.
    pub constants: &'static [(&'static str, &'static str)],
    /// How the list continues; `None` when the tool is not a list.
    pub pagination: Option<Pagination>,
    /// Whether it reads files or texts and not JSON, as the document has it: of those that are long,
    /// callers read page by page, by `next_cursor`.
    pub reads_files: bool,
    /// The vendor's limit for this operation.
    pub rate_limit: Option<RateLimit>,
    /// The job that this tool starts or looks at.
    pub job: Option<Job>,
    /// The vendor's own parameter for choosing the members of an answer.
    pub fields_parameter: Option<FieldsParameter>,
    /// The member that a single item is wrapped in: `app` of `{"app": {…}}`.
    pub wrapper: Option<&'static str>,
    /// The member of the list's rows that the argument `q` is looked for in, where the vendor cannot
    /// search: `q` is never sent.
    pub searched: Option<&'static str>,
    /// Where the tenant's own field names are listed.
    pub live_fields: Option<LiveFields>,
    /// What the tenant says of the values that it takes.
    pub tenant_values: Option<TenantValues>,
    /// Where what an answer shows opens in a browser, below the account's host: `{id}` stands for a
    /// member of the answer, or of each row of a list.
    pub opens_at: Option<&'static str>,
    /// Whether the body's `attributes` follow the live launch form of the template it names.
    pub launch_form: bool,
    /// Other names by which callers give arguments.
    pub aliases: &'static [ArgumentAlias],
    /// The argument whose members callers may give at top level.
    pub lifted: Option<&'static str>,
    /// What people say when they want this tool: a search finds it by them, no list shows them.
    pub questions: &'static [&'static str],
    /// Static facts of the operation.
    pub operation: &'static OperationInfo,
    /// Lowers checked arguments to a request.
    pub request: fn(&Tool, Map<String, Value>) -> Result<Request, LowerError>,
}

/// What a tool does, in the words of the methods filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ToolMethod {
    /// Reads a collection.
    List,
    /// Reads one item.
    Get,
    /// Adds an item.
    Create,
    /// Changes an item.
    Update,
    /// Removes an item.
    Delete,
    /// Everything else, by its action word: `cancel`, `download`, `search`.
    Custom(&'static str),
}

impl ToolMethod {
    /// The method's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Custom(action) => action,
        }
    }

    /// The group that the methods filter knows it by: `read`, `write` or `custom`.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::List | Self::Get => "read",
            Self::Create | Self::Update | Self::Delete => "write",
            Self::Custom(_) => "custom",
        }
    }
}

/// The four MCP tool annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the four hints of the MCP specification")]
pub struct Annotations {
    /// Changes nothing.
    pub read_only: bool,
    /// May remove or end something.
    pub destructive: bool,
    /// Repeating it changes nothing further.
    pub idempotent: bool,
    /// Reaches a system outside this program.
    pub open_world: bool,
}

impl Annotations {
    /// Reads.
    pub const READ: Self =
        Self { read_only: true, destructive: false, idempotent: true, open_world: true };
    /// Writes, and each time anew.
    pub const WRITE: Self =
        Self { read_only: false, destructive: false, idempotent: false, open_world: true };
    /// Writes; once or twice is the same.
    pub const SET: Self =
        Self { read_only: false, destructive: false, idempotent: true, open_world: true };
    /// Removes or ends something; once or twice is the same.
    pub const REMOVE: Self =
        Self { read_only: false, destructive: true, idempotent: true, open_world: true };
    /// Removes or ends something, and each time anew.
    pub const END: Self =
        Self { read_only: false, destructive: true, idempotent: false, open_world: true };
}

/// One argument of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// The name in tool arguments.
    pub name: &'static str,
    /// Where its value goes.
    pub target: ArgumentTarget,
    /// What its value is.
    pub content: ArgumentContent,
}

/// Where an argument goes; names are those on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentTarget {
    /// A variable of the path.
    Path(&'static str),
    /// A query parameter.
    Query(&'static str),
    /// A header.
    Header(&'static str),
    /// A cookie.
    Cookie(&'static str),
    /// A member of the body object.
    BodyMember(&'static str),
    /// The body itself.
    Body,
}

/// What an argument holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentContent {
    /// JSON, as the schema has it.
    Value,
    /// One file: `{name, content_base64, content_type?}` or `{url}`.
    File,
    /// A list of files.
    Files,
}

impl Argument {
    /// A JSON value that goes to `target`.
    #[must_use]
    pub const fn value(name: &'static str, target: ArgumentTarget) -> Self {
        Self { name, target, content: ArgumentContent::Value }
    }

    /// A path variable.
    #[must_use]
    pub const fn path(name: &'static str, wire: &'static str) -> Self {
        Self::value(name, ArgumentTarget::Path(wire))
    }

    /// A query parameter.
    #[must_use]
    pub const fn query(name: &'static str, wire: &'static str) -> Self {
        Self::value(name, ArgumentTarget::Query(wire))
    }

    /// A header.
    #[must_use]
    pub const fn header(name: &'static str, wire: &'static str) -> Self {
        Self::value(name, ArgumentTarget::Header(wire))
    }

    /// A cookie.
    #[must_use]
    pub const fn cookie(name: &'static str, wire: &'static str) -> Self {
        Self::value(name, ArgumentTarget::Cookie(wire))
    }

    /// A member of the body.
    #[must_use]
    pub const fn member(name: &'static str, wire: &'static str) -> Self {
        Self::value(name, ArgumentTarget::BodyMember(wire))
    }

    /// The body itself.
    #[must_use]
    pub const fn body(name: &'static str) -> Self {
        Self::value(name, ArgumentTarget::Body)
    }

    /// The same for a file.
    #[must_use]
    pub const fn file(self) -> Self {
        Self { content: ArgumentContent::File, ..self }
    }

    /// The same for a list of files.
    #[must_use]
    pub const fn files(self) -> Self {
        Self { content: ArgumentContent::Files, ..self }
    }
}

/// Another name by which callers give an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgumentAlias {
    /// The other name.
    pub name: &'static str,
    /// The argument.
    pub argument: &'static str,
    /// What is written into the argument; `None`: the value as it is.
    pub written: Option<Written>,
}

/// What the value of an alias is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// A text in which `{string}` or `{boolean}` stands for the value as a JSON literal, or `{word}`
    /// for each of its words, every one in a text of its own.
    pub text: &'static str,
    /// What stands between several texts for one argument; `None`: there is one at most.
    pub joined: Option<&'static str>,
}

impl ArgumentAlias {
    /// `name` for `argument`.
    #[must_use]
    pub const fn of(name: &'static str, argument: &'static str) -> Self {
        Self { name, argument, written: None }
    }

    /// The same, with its value written into a text.
    #[must_use]
    pub const fn written(self, text: &'static str, joined: Option<&'static str>) -> Self {
        Self { written: Some(Written { text, joined }), ..self }
    }
}

impl ArgumentTarget {
    /// The name on the wire; `None` for the body itself.
    #[must_use]
    pub const fn wire(self) -> Option<&'static str> {
        match self {
            Self::Path(wire)
            | Self::Query(wire)
            | Self::Header(wire)
            | Self::Cookie(wire)
            | Self::BodyMember(wire) => Some(wire),
            Self::Body => None,
        }
    }

    /// Whether the value is no part of the body: it stands in the request line or in a header.
    #[must_use]
    pub const fn is_parameter(self) -> bool {
        !matches!(self, Self::BodyMember(_) | Self::Body)
    }
}

/// What becomes of the body arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyArguments {
    /// The operation has no body.
    None,
    /// The members of the body object are arguments.
    Members {
        /// Whether names that the document does not know belong to the body.
        open: bool,
        /// Whether an empty body object is sent when no member is given.
        required: bool,
        /// The forms that the body may have.
        forms: BodyForms,
    },
    /// One argument is the body.
    Whole,
}

/// The forms that a body of members may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyForms {
    /// One, which has a place for every member.
    One,
    /// Several, told apart by the value of one member. A body whose member has none of the values is
    /// sent as it is.
    Tagged {
        /// The member, by wire name.
        property: &'static str,
        /// What each of them holds.
        forms: &'static [BodyForm],
    },
    /// Several, told apart by what they look like: which one a body is, its type decides.
    Shaped,
}

/// One of the forms that the value of a member tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyForm {
    /// The values that mean this form.
    pub tags: &'static [&'static str],
    /// Every member it has, by wire name.
    pub members: &'static [&'static str],
    /// Whether further members belong to it.
    pub open: bool,
}

/// How a vendor's own parameter for choosing members is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldsParameter {
    /// The parameter's argument.
    pub argument: &'static str,
    /// How several names are written.
    pub style: FieldsStyle,
}

/// How several names are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldsStyle {
    /// As a list.
    List,
    /// As one text, with commas between them.
    Comma,
}

/// A vendor's rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in the window.
    pub requests: u32,
    /// The window in seconds.
    pub seconds: u32,
    /// The counter that several operations share; empty when the operation has its own.
    pub bucket: &'static str,
}

/// A job that goes on after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// The tool that tells how it stands; `None` where the API has none.
    pub poll: Option<&'static str>,
    /// That tool's arguments: name, and dotted member of this tool's answer or, when
    /// `from_arguments`, this tool's own argument.
    pub arguments: &'static [(&'static str, &'static str)],
    /// When the answer means "not done": member and the values that say so.
    pub pending_when: Option<(&'static str, &'static [&'static str])>,
    /// When the answer means "done": member and all values that say so; whatever else stands there
    /// means "not done".
    pub done_when: Option<(&'static str, &'static [&'static str])>,
}

/// Where a tenant's own field names are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveFields {
    /// The tool that lists them.
    pub tool: &'static str,
    /// Where its answer holds the list.
    pub items: &'static str,
    /// The member that is the field's name.
    pub key: &'static str,
}

impl Tool {
    /// The row of a tool whose operation is `O`, to be completed with what differs.
    #[must_use]
    pub const fn of<O: Operation + DeserializeOwned>(
        name: &'static str,
        schemas: &'static str,
    ) -> Self {
        Self::plain(name, schemas, O::INFO, lower::<O>)
    }

    /// The row of a tool that reads without arguments, to be completed with what differs.
    #[must_use]
    pub const fn plain(
        name: &'static str,
        schemas: &'static str,
        operation: &'static OperationInfo,
        request: fn(&Self, Map<String, Value>) -> Result<Request, LowerError>,
    ) -> Self {
        Self {
            name,
            title: "",
            description: "",
            detail: "",
            method: ToolMethod::Get,
            tags: &[],
            annotations: Annotations::READ,
            deprecated: false,
            schemas,
            arguments: &[],
            body: BodyArguments::None,
            constants: &[],
            pagination: None,
            reads_files: false,
            rate_limit: None,
            job: None,
            fields_parameter: None,
            wrapper: None,
            searched: None,
            live_fields: None,
            tenant_values: None,
            opens_at: None,
            launch_form: false,
            aliases: &[],
            lifted: None,
            questions: &[],
            operation,
            request,
        }
    }

    /// The argument of this name.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}

impl BodyArguments {
    /// Only known members, sent even when there are none.
    pub const REQUIRED: Self = Self::Members { open: false, required: true, forms: BodyForms::One };
    /// Only known members, sent when there are any.
    pub const OPTIONAL: Self =
        Self::Members { open: false, required: false, forms: BodyForms::One };
    /// Any members, sent even when there are none.
    pub const OPEN: Self = Self::Members { open: true, required: true, forms: BodyForms::One };
    /// Any members, sent when there are any.
    pub const OPEN_OPTIONAL: Self =
        Self::Members { open: true, required: false, forms: BodyForms::One };

    /// The same for a body of several forms.
    #[must_use]
    pub const fn of(self, forms: BodyForms) -> Self {
        match self {
            Self::Members { open, required, .. } => Self::Members { open, required, forms },
            other => other,
        }
    }
}

impl RateLimit {
    /// So many requests in so many seconds, counted under `bucket`.
    #[must_use]
    pub const fn of(requests: u32, seconds: u32, bucket: &'static str) -> Option<Self> {
        Some(Self { requests, seconds, bucket })
    }
}
