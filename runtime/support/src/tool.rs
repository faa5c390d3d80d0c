//! Tools: static rows that turn flat JSON arguments into a request.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use crate::error::{EncodeError, LowerError};
use crate::operation::{Operation, OperationInfo};
use crate::request::{Body, Request};

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
    /// The vendor's limit for this operation.
    pub rate_limit: Option<RateLimit>,
    /// The job that this tool starts or looks at.
    pub job: Option<Job>,
    /// The vendor's own parameter for choosing fields, by argument name.
    pub fields_parameter: Option<&'static str>,
    /// Where the tenant's own field names are listed.
    pub live_fields: Option<LiveFields>,
    /// Whether the body's `attributes` follow the live launch form of the template it names.
    pub launch_form: bool,
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
}

/// Where an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentTarget {
    /// A member of the argument struct, under the argument's own name: path, query, header and
    /// cookie parameters.
    Parameter,
    /// A member of the body object, by its wire name.
    BodyMember(&'static str),
    /// The body itself.
    Body,
}

/// What becomes of the body arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyArguments {
    /// The operation has no body.
    None,
    /// The body object's members are arguments; `open` lets unknown names through into it,
    /// `required` sends it even when empty.
    Members {
        /// Whether names that the document does not know belong to the body.
        open: bool,
        /// Whether an empty body object is sent when no member is given.
        required: bool,
        /// Whether the body has one of several forms, which may not hold all members together.
        alternatives: bool,
    },
    /// One argument is the body.
    Whole,
}

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
    /// The vendor's page size when none is asked for.
    pub default_size: Option<u32>,
    /// The largest page that the vendor gives.
    pub max_size: Option<u32>,
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
    /// The tool that tells how it stands.
    pub poll: &'static str,
    /// That tool's arguments: name, and dotted member of this tool's answer or, when
    /// `from_arguments`, this tool's own argument.
    pub arguments: &'static [(&'static str, &'static str)],
    /// When the answer means "not done": member and the values that say so. `None`: always.
    pub pending_when: Option<(&'static str, &'static [&'static str])>,
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
            rate_limit: None,
            job: None,
            fields_parameter: None,
            live_fields: None,
            launch_form: false,
            operation: O::INFO,
            request: lower::<O>,
        }
    }

    /// Where the argument of this name goes.
    fn target(&self, name: &str) -> Option<ArgumentTarget> {
        self.arguments.iter().find(|argument| argument.name == name).map(|argument| argument.target)
    }
}

impl BodyArguments {
    /// Only known members, sent even when there are none.
    pub const REQUIRED: Self = Self::Members { open: false, required: true, alternatives: false };
    /// Only known members, sent when there are any.
    pub const OPTIONAL: Self = Self::Members { open: false, required: false, alternatives: false };
    /// Any members, sent even when there are none.
    pub const OPEN: Self = Self::Members { open: true, required: true, alternatives: false };
    /// Any members, sent when there are any.
    pub const OPEN_OPTIONAL: Self =
        Self::Members { open: true, required: false, alternatives: false };

    /// The same for a body that has one of several forms.
    #[must_use]
    pub const fn of_alternatives(self) -> Self {
        match self {
            Self::Members { open, required, .. } => {
                Self::Members { open, required, alternatives: true }
            }
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

/// What a row begins with: the operation, the tool's name and its schema file.
#[macro_export]
macro_rules! tool {
    ($operation:ty, $name:literal, $schemas:literal) => {
        $crate::Tool::of::<$operation>($name, include_str!($schemas))
    };
}

/// How a list goes on: the style with its parameters, then `items`, and what is known of `total`,
/// `default` and `most`.
#[macro_export]
macro_rules! pagination {
    ($style:ident $({ $($detail:tt)* })?, items $items:literal $(, total $total:literal)? $(, default $default:literal)? $(, most $most:literal)?) => {
        ::std::option::Option::Some($crate::tool::Pagination {
            style: $crate::tool::PageStyle::$style $({ $($detail)* })?,
            items: $items,
            total: $crate::pagination!(@optional $($total)?),
            default_size: $crate::pagination!(@optional $($default)?),
            max_size: $crate::pagination!(@optional $($most)?),
        })
    };
    (@optional) => { ::std::option::Option::None };
    (@optional $value:literal) => { ::std::option::Option::Some($value) };
}

/// The argument table of a tool: parameters by name, then `body:` members by wire name (`"argument"
/// = "wire"` where they differ), or `whole:` and the argument that is the body.
#[macro_export]
macro_rules! arguments {
    ($($field:literal)* $(; body: $($member:literal $(= $wire:literal)?)*)? $(; whole: $whole:literal)?) => {
        &[
            $($crate::tool::Argument { name: $field, target: $crate::tool::ArgumentTarget::Parameter },)*
            $($($crate::arguments!(@member $member $($wire)?),)*)?
            $($crate::tool::Argument { name: $whole, target: $crate::tool::ArgumentTarget::Body },)?
        ]
    };
    (@member $member:literal) => { $crate::tool::Argument { name: $member, target: $crate::tool::ArgumentTarget::BodyMember($member) } };
    (@member $member:literal $wire:literal) => { $crate::tool::Argument { name: $member, target: $crate::tool::ArgumentTarget::BodyMember($wire) } };
}

/// Decodes flat tool arguments into the operation's struct and lowers it: what [`Tool::request`]
/// points to.
///
/// # Errors
/// When the arguments do not fit the struct, cannot be encoded, or hold what the request would
/// leave out.
pub fn lower<O: Operation + DeserializeOwned>(
    tool: &Tool,
    arguments: Map<String, Value>,
) -> Result<Request, LowerError> {
    let given = given(tool, &arguments);
    let request = serde_json::from_value::<O>(nest(tool, arguments))?.request()?;
    match left_out(&given, &request) {
        Some(name) => Err(EncodeError::left_out(name).into()),
        None => Ok(request),
    }
}

/// Moves body members under `body`, as the argument struct has them.
fn nest(tool: &Tool, arguments: Map<String, Value>) -> Value {
    let mut fields = Map::with_capacity(arguments.len() + 1);
    let mut members = Map::new();
    for (name, value) in arguments {
        match tool.target(&name) {
            Some(ArgumentTarget::Parameter) => _ = fields.insert(name, value),
            Some(ArgumentTarget::BodyMember(wire)) => _ = members.insert(wire.to_owned(), value),
            Some(ArgumentTarget::Body) => _ = fields.insert("body".to_owned(), value),
            None if matches!(tool.body, BodyArguments::Members { open: true, .. }) => {
                _ = members.insert(name, value)
            }
            None => {}
        }
    }
    if let BodyArguments::Members { required, .. } = tool.body
        && (required || !members.is_empty())
    {
        for (wire, json) in tool.constants {
            if !members.contains_key(*wire) {
                members.insert((*wire).to_owned(), serde_json::from_str(json).unwrap_or_default());
            }
        }
        fields.insert("body".to_owned(), Value::Object(members));
    }
    Value::Object(fields)
}

/// The arguments that hold a value for a body of alternatives, with their wire names; no other body
/// can leave one out.
fn given(tool: &Tool, arguments: &Map<String, Value>) -> Vec<(String, String)> {
    let BodyArguments::Members { alternatives: true, open, .. } = tool.body else {
        return Vec::new();
    };
    let holds_value = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    let wire_name = |name: &str| match tool.target(name) {
        Some(ArgumentTarget::BodyMember(wire)) => Some(wire.to_owned()),
        None if open => Some(name.to_owned()),
        _ => None,
    };
    arguments
        .iter()
        .filter(|(_, value)| holds_value(value))
        .filter_map(|(name, _)| Some((name.clone(), wire_name(name)?)))
        .collect()
}

/// The first member that the body lacks, JSON or multipart: one that belongs to another alternative
/// than the others do.
fn left_out<'g>(given: &'g [(String, String)], request: &Request) -> Option<&'g str> {
    let missing = |is_sent: &dyn Fn(&str) -> bool| {
        given.iter().find(|(_, wire)| !is_sent(wire)).map(|(name, _)| name.as_str())
    };
    match &request.body {
        Body::Full { content, .. } if !given.is_empty() => {
            let sent: BTreeMap<Cow<'_, str>, IgnoredAny> = serde_json::from_slice(content).ok()?;
            missing(&|wire| sent.contains_key(wire))
        }
        Body::Multipart(parts) => {
            // A part is named after its member, or after that and what of it the part holds:
            // `tags[0]`.
            let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            let within = |wire: &str| {
                let start = format!("{wire}[");
                names
                    .range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded))
                    .next()
                    .is_some_and(|name| name.starts_with(&start))
            };
            missing(&|wire| names.contains(wire) || within(wire))
        }
        _ => None,
    }
}
