//! Types, and how they are used.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use super::Union;
use crate::keywords::{KEYWORDS, Keyword};

/// Index into [`Api::types`](super::Api::types).
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
    /// The file under `src/types/` it is written to (snake case, without suffix); set by the names
    /// pass.
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
    Union(Union),
    /// Another name for a type; after the alias pass, only a list or a map of itself, which Rust
    /// needs a type of its own for.
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
    /// `string`/`base64url`.
    Base64Url,
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
    /// A named type behind a `Box`, to end a recursion or because it is large; set by the recursion
    /// and size passes.
    Boxed(TypeId),
}

/// What JSON Schema says beyond the type.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Constraints {
    /// Keywords of [`KEYWORDS`] with their values, in its order: carried, not acted on.
    #[serde(flatten)]
    pub keywords: IndexMap<&'static str, Value>,
    /// `enum` of types other than named string enums.
    pub values: Vec<Value>,
    /// `default`: documented, never sent, never filled in.
    pub default: Option<Value>,
    /// `x-drawbridge.listed` of the overlay.
    pub listed: Listed,
    /// What a member is in each form of a body that has several, where they differ in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<FormMember>,
}

/// What a member is in one of the forms that a body may have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FormMember {
    /// The values of the body's tag that mean the form; none where only looks tell the forms apart.
    pub tags: Vec<String>,
    /// Whether the form needs it.
    pub required: bool,
    /// The member there; `None` where the form has none of the name.
    pub node: Option<Node>,
}

impl Constraints {
    /// A keyword's value and the name by which it is there, strict or not.
    #[must_use]
    pub fn stated(&self, keyword: &Keyword) -> Option<(&'static str, &Value)> {
        keyword.names().find_map(|name| Some((name, self.keywords.get(name)?)))
    }

    /// A keyword's value, by its plain name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.keywords.get(name)
    }

    /// Takes over what is said nearer to the use.
    pub fn refine(&mut self, nearer: Self) {
        let Self { keywords, values, default, listed, forms } = nearer;
        let nearer = Self { keywords, ..Self::default() };
        self.keywords = KEYWORDS
            .iter()
            .filter_map(|keyword| nearer.stated(keyword).or_else(|| self.stated(keyword)))
            .map(|(name, value)| (name, value.clone()))
            .collect();
        if !values.is_empty() {
            self.values = values;
        }
        self.default = default.or_else(|| self.default.take());
        if listed != Listed::Auto {
            self.listed = listed;
        }
        if !forms.is_empty() {
            self.forms = forms;
        }
    }
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
#[expect(clippy::struct_excessive_bools, reason = "keywords of JSON Schema, each its own")]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The Rust identifier; set by the names pass.
    pub ident: String,
    /// The method that sets it; set by the names pass.
    pub setter: String,
    /// The method that sets it to null, where that is not to leave it out; set by the names pass.
    pub null_setter: Option<String>,
    /// The type.
    pub node: Node,
    /// Whether it must be present.
    pub required: bool,
    /// How it may be absent in Rust; set by the presence pass.
    pub presence: Presence,
    /// Never sent.
    pub read_only: bool,
    /// Never received.
    pub write_only: bool,
    /// Discouraged.
    pub deprecated: bool,
}

/// How a member may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Presence {
    /// Always there.
    Required,
    /// Left out when absent; null is read as absent.
    #[default]
    Optional,
    /// Absent, null, or a value: two `Option`s.
    Nullable,
    /// Absent, or any value, of which null is one.
    Anything,
}
