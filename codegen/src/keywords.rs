//! The keywords of schemas, and what becomes of each: one table for whoever reads, carries, compares
//! or writes them. Those that bound a value have a table of their own.

use serde_json::Value;

use crate::normalise::grammar::{MemberShape, ObjectKind, Since};
use MemberShape::{
    Any, Anys, Count, Flag, FlagOrSchema, Left, Noted, One, Ref, RefList, RefMap, SchemaOrList,
    Text, TextOrTexts, Texts,
};
use Since::{V30, V31};

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

/// What becomes of a keyword of a schema object (OpenAPI 3.0.4 section 4.7.24, JSON Schema 2020-12).
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it holds; a note where it is left out.
    pub(crate) holds: MemberShape,
    /// Since which version of OpenAPI it exists.
    pub(crate) since: Since,
    /// What it is to types.
    pub types: Types,
    /// What it is to the schema that arguments are checked against.
    pub full: Full,
    /// Whether the schema that lists show says it.
    pub listed: bool,
}

/// What a keyword is to types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Types {
    /// It decides what the type is.
    Shapes,
    /// It is told in the documentation.
    Told,
    /// It says nothing about the shape of values.
    Unread,
}

/// What a keyword is to the full schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Values are checked against it, as it is stated.
    Checked,
    /// It changes how others are checked, and is not there itself.
    Applied,
    /// It is there for whoever reads it.
    Told,
    /// It is not there.
    Absent,
}

/// The keywords beside [`KEYWORDS`].
pub static SCHEMA: [Row; 50] = [
    checked("type", TextOrTexts, V30, true),
    checked("enum", Anys, V30, true),
    checked("const", Any, V31, true),
    checked("properties", RefMap(ObjectKind::Schema), V30, true),
    checked("required", Texts, V30, true),
    checked("additionalProperties", FlagOrSchema, V30, true),
    checked("patternProperties", RefMap(ObjectKind::Schema), V31, true),
    checked("items", SchemaOrList, V30, true),
    checked("prefixItems", RefList(ObjectKind::Schema), V31, true),
    checked("allOf", RefList(ObjectKind::Schema), V30, true),
    checked("anyOf", RefList(ObjectKind::Schema), V30, true),
    checked("oneOf", RefList(ObjectKind::Schema), V30, true),
    checked("then", Ref(ObjectKind::Schema), V31, false),
    checked("else", Ref(ObjectKind::Schema), V31, false),
    checked("dependentSchemas", RefMap(ObjectKind::Schema), V31, false),
    checked("contentEncoding", Text, V31, false),
    checked("contentMediaType", Text, V31, false),
    only_checked("not", Ref(ObjectKind::Schema), V30),
    only_checked("if", Ref(ObjectKind::Schema), V31),
    only_checked("contains", Ref(ObjectKind::Schema), V31),
    only_checked("minContains", Count, V31),
    only_checked("maxContains", Count, V31),
    only_checked("propertyNames", Ref(ObjectKind::Schema), V31),
    only_checked("dependentRequired", Any, V31),
    only_checked("unevaluatedItems", FlagOrSchema, V31),
    only_checked("unevaluatedProperties", FlagOrSchema, V31),
    Row { full: Full::Applied, ..checked("nullable", Flag, V30, true) },
    Row {
        full: Full::Applied,
        ..checked("discriminator", One(ObjectKind::Discriminator), V30, true)
    },
    Row { full: Full::Applied, ..checked("readOnly", Flag, V30, true) },
    Row { full: Full::Absent, ..checked("writeOnly", Flag, V30, false) },
    told("description", Text, V30, true),
    told("default", Any, V30, false),
    told("deprecated", Flag, V30, false),
    Row { full: Full::Absent, ..told("title", Text, V30, false) },
    Row { full: Full::Absent, ..told("example", Any, V30, false) },
    Row { full: Full::Absent, ..told("examples", Any, V31, false) },
    absent("xml", Left, V30),
    absent("externalDocs", Left, V30),
    absent("contentSchema", Left, V31),
    absent("$comment", Left, V31),
    absent("$schema", Left, V31),
    absent("$anchor", Left, V31),
    absent("$dynamicAnchor", Left, V31),
    absent("$vocabulary", Left, V31),
    absent("$defs", Left, V31),
    absent("definitions", Left, V31),
    absent("$id", Noted("references are resolved as if the schema had no address of its own"), V31),
    absent("$dynamicRef", Noted(UNFOLLOWED), V31),
    absent("$recursiveRef", Noted(UNFOLLOWED), V31),
    absent("dependencies", Noted("a keyword of older drafts; nothing is checked"), V31),
];

const UNFOLLOWED: &str =
    "what it refers to depends on where the schema is used; it is not followed";

const fn row(
    name: &'static str,
    holds: MemberShape,
    since: Since,
    types: Types,
    full: Full,
) -> Row {
    Row { name, holds, since, types, full, listed: false }
}

/// A keyword that decides on types and is checked.
const fn checked(name: &'static str, holds: MemberShape, since: Since, listed: bool) -> Row {
    Row { listed, ..row(name, holds, since, Types::Shapes, Full::Checked) }
}

/// A keyword that only arguments are checked against.
const fn only_checked(name: &'static str, holds: MemberShape, since: Since) -> Row {
    row(name, holds, since, Types::Unread, Full::Checked)
}

/// A keyword for whoever reads.
const fn told(name: &'static str, holds: MemberShape, since: Since, listed: bool) -> Row {
    Row { listed, ..row(name, holds, since, Types::Told, Full::Told) }
}

/// A keyword that says nothing about values.
const fn absent(name: &'static str, holds: MemberShape, since: Since) -> Row {
    row(name, holds, since, Types::Unread, Full::Absent)
}

/// What becomes of the keyword of that name.
pub(crate) fn of_schema(name: &str) -> Option<&'static Row> {
    SCHEMA.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARCHITECTURE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md"));

    /// The keywords with what becomes of them, those of one lot in one line.
    fn table() -> String {
        let lots = SCHEMA.iter().map(|row| {
            let types = match row.types {
                Types::Shapes => "decides",
                Types::Told => "told",
                Types::Unread => "–",
            };
            let full = match row.full {
                Full::Checked => "checked",
                Full::Applied => "applied",
                Full::Told => "told",
                Full::Absent => "–",
            };
            let note = match row.holds {
                Noted(why) => why,
                _ => "–",
            };
            let listed = if row.listed { "shown" } else { "–" };
            (format!("`{}`", row.name), format!("{types} | {full} | {listed} | {note} |"))
        });
        let bounds = KEYWORDS.iter().flat_map(Keyword::names);
        let bounds =
            bounds.map(|name| (format!("`{name}`"), "told | checked | – | – |".to_owned()));
        let mut lines: Vec<(String, Vec<String>)> = Vec::new();
        for (name, lot) in lots.chain(bounds) {
            match lines.iter_mut().find(|(known, _)| *known == lot) {
                Some((_, names)) => names.push(name),
                None => lines.push((lot, vec![name])),
            }
        }
        let line = |(lot, names): (String, Vec<String>)| format!("| {} | {lot}\n", names.join(" "));
        lines.into_iter().map(line).collect()
    }

    #[test]
    fn the_architecture_tells_what_becomes_of_every_keyword() {
        let table = table();
        assert!(ARCHITECTURE.contains(&table), "ARCHITECTURE.md lacks\n{table}");
    }

    #[test]
    fn no_keyword_has_two_rows() {
        let mut names: Vec<&str> = SCHEMA.iter().map(|row| row.name).collect();
        names.extend(KEYWORDS.iter().flat_map(Keyword::names));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
