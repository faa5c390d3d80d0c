//! Alternatives, as the document lists them and as they are told apart.

use serde::Serialize;
use serde_json::Value;

use super::{Node, TypeId};

/// Alternatives that nothing is decided of.
#[derive(Debug, Clone, Serialize)]
pub struct Alternatives {
    /// What the document says of how they are told apart.
    pub discriminator: Option<Discriminator>,
    /// The alternatives, in document order.
    pub branches: Vec<Branch>,
    /// What any other value of the discriminator means.
    pub base: Option<Branch>,
    /// Whether several may hold at once (`anyOf`): then what one does not declare may be another's.
    pub any: bool,
}

/// A `discriminator`.
#[derive(Debug, Clone, Serialize)]
pub struct Discriminator {
    /// `propertyName`.
    pub property: String,
    /// `mapping`: the values with the components that they mean.
    pub mapping: Vec<(String, TypeId)>,
}

/// One alternative.
#[derive(Debug, Clone, Serialize)]
pub struct Branch {
    /// What it is.
    pub node: Node,
    /// The component that the document refers to here.
    pub component: Option<TypeId>,
    /// The values that the alternative itself lists for the discriminator's member.
    pub values: Vec<String>,
}

/// One of several shapes, and how a value's is found; made by the union pass.
#[derive(Debug, Clone, Serialize)]
pub enum Union {
    /// By the value of a member that every variant has.
    Tagged {
        /// The member.
        property: String,
        /// The variants.
        variants: Vec<TaggedVariant>,
        /// What any other value means.
        base: Option<Base>,
    },
    /// By what the value looks like.
    Shaped {
        /// The variants, in the order in which they are tried.
        variants: Vec<ShapedVariant>,
    },
}

/// One variant of a union.
#[derive(Debug, Clone, Serialize)]
pub struct Variant {
    /// Its identifier; set by the names pass.
    pub ident: String,
    /// What it holds.
    pub node: Node,
}

/// A variant that a tag chooses.
#[derive(Debug, Clone, Serialize)]
pub struct TaggedVariant {
    /// The variant.
    #[serde(flatten)]
    pub variant: Variant,
    /// The tag, as it is written.
    pub tag: String,
    /// Further tags that are read as this variant.
    pub aliases: Vec<String>,
}

/// The variant of all tags that choose no other.
#[derive(Debug, Clone, Serialize)]
pub struct Base {
    /// The variant.
    #[serde(flatten)]
    pub variant: Variant,
    /// The tags of those that the document knows; may be none.
    pub tags: Vec<String>,
}

/// A variant that is known by its looks.
#[derive(Debug, Clone, Serialize)]
pub struct ShapedVariant {
    /// The variant.
    #[serde(flatten)]
    pub variant: Variant,
    /// What a value must look like.
    pub matcher: Matcher,
}

/// A cheap test of a JSON value.
#[derive(Debug, Clone, Serialize)]
pub enum Matcher {
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
    /// It is an object that has all of `required`; of several such variants, the one that knows
    /// most of its members, and none of which a mark has another value.
    BestMatch {
        /// Members that must be there.
        required: Vec<String>,
        /// Members that the variant declares.
        members: Vec<String>,
        /// Members whose values other variants do not have, or not all of them.
        marks: Vec<(String, Vec<Value>)>,
    },
    /// Anything that decodes.
    Any,
}

impl Union {
    /// The variants, the base last.
    pub fn variants(&self) -> impl Iterator<Item = &Variant> + Clone {
        let (tagged, base, shaped) = match self {
            Self::Tagged { variants, base, .. } => {
                (variants.as_slice(), base.as_ref(), [].as_slice())
            }
            Self::Shaped { variants } => ([].as_slice(), None, variants.as_slice()),
        };
        let tagged = tagged.iter().map(|tagged| &tagged.variant);
        let base = base.into_iter().map(|base| &base.variant);
        tagged.chain(base).chain(shaped.iter().map(|shaped| &shaped.variant))
    }

    /// The variants, the base last.
    pub fn variants_mut(&mut self) -> impl Iterator<Item = &mut Variant> {
        let (tagged, base, shaped) = match self {
            Self::Tagged { variants, base, .. } => {
                (variants.as_mut_slice(), base.as_mut(), [].as_mut_slice())
            }
            Self::Shaped { variants } => ([].as_mut_slice(), None, variants.as_mut_slice()),
        };
        let tagged = tagged.iter_mut().map(|tagged| &mut tagged.variant);
        let base = base.into_iter().map(|base| &mut base.variant);
        tagged.chain(base).chain(shaped.iter_mut().map(|shaped| &mut shaped.variant))
    }

    /// Every tag that the document knows; none of a union by looks.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let (tagged, base) = match self {
            Self::Tagged { variants, base, .. } => (variants.as_slice(), base.as_ref()),
            Self::Shaped { .. } => ([].as_slice(), None),
        };
        let known = base.into_iter().flat_map(|base| base.tags.iter().map(String::as_str));
        tagged.iter().flat_map(TaggedVariant::tags).chain(known)
    }
}

impl TaggedVariant {
    /// The tags, the one that is written first.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.tag).chain(&self.aliases).map(String::as_str)
    }
}
