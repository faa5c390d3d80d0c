//! The keywords of JSON Schema that say more of a value than its type: one table for whoever reads,
//! carries, compares or writes them.

use serde_json::Value;

/// A keyword (JSON Schema Validation 2020-12, section 6 and 7).
#[derive(Debug, PartialEq, Eq)]
pub struct Keyword {
    /// Its name.
    pub name: &'static str,
    /// The values that it says something of.
    pub of: Kind,
    /// What it holds.
    pub holds: Holds,
    /// The keyword that says the same and leaves the bound itself out.
    pub strict: Option<&'static str>,
    /// What a change of it means.
    pub order: Order,
}

/// The values that a keyword says something of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Strings and numbers.
    Scalar,
    /// Strings.
    String,
    /// Numbers.
    Number,
    /// Arrays.
    Array,
    /// Objects.
    Object,
}

/// What a keyword holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A string.
    Text,
    /// An integer from zero.
    Count,
    /// Any number.
    Number,
    /// A number above zero.
    Step,
    /// `true`, or nothing is said.
    Flag,
}

/// What a change of a keyword means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A higher value admits less.
    Least,
    /// A lower value admits less.
    Most,
    /// Another value admits something else.
    None,
}

/// Every keyword, in the order in which they are written.
pub static KEYWORDS: [Keyword; 12] = [
    keyword("format", Kind::Scalar, Holds::Text, Order::None),
    keyword("pattern", Kind::String, Holds::Text, Order::None),
    Keyword {
        strict: Some("exclusiveMinimum"),
        ..keyword("minimum", Kind::Number, Holds::Number, Order::Least)
    },
    Keyword {
        strict: Some("exclusiveMaximum"),
        ..keyword("maximum", Kind::Number, Holds::Number, Order::Most)
    },
    keyword("multipleOf", Kind::Number, Holds::Step, Order::None),
    keyword("minLength", Kind::String, Holds::Count, Order::Least),
    keyword("maxLength", Kind::String, Holds::Count, Order::Most),
    keyword("minItems", Kind::Array, Holds::Count, Order::Least),
    keyword("maxItems", Kind::Array, Holds::Count, Order::Most),
    keyword("uniqueItems", Kind::Array, Holds::Flag, Order::None),
    keyword("minProperties", Kind::Object, Holds::Count, Order::Least),
    keyword("maxProperties", Kind::Object, Holds::Count, Order::Most),
];

const fn keyword(name: &'static str, of: Kind, holds: Holds, order: Order) -> Keyword {
    Keyword { name, of, holds, strict: None, order }
}

impl Keyword {
    /// Whether a value is one that the keyword may have.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match self.holds {
            Holds::Text => value.is_string(),
            Holds::Count => value.is_u64(),
            Holds::Number => value.is_number(),
            Holds::Step => value.as_f64().is_some_and(|step| step > 0.0),
            Holds::Flag => *value == Value::Bool(true),
        }
    }

    /// Its names, the strict one last.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.strict)
    }
}

/// The names of the keywords of some values.
pub fn names_of(kind: Kind) -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().filter(move |keyword| keyword.of == kind).flat_map(Keyword::names)
}
