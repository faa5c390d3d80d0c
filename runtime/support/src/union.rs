//! Unions: how [`tagged_unions!`](crate::tagged_unions) and
//! [`shaped_unions!`](crate::shaped_unions) find the variant.

use std::borrow::Cow;
use std::cell::Cell;

use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The discriminator of `value` as text; `None` when there is none.
#[must_use]
pub fn tag<'a>(value: &'a Value, property: &str) -> Option<Cow<'a, str>> {
    tag_text(value.get(property)?)
}

/// A discriminator's value as text.
pub(crate) fn tag_text(tag: &Value) -> Option<Cow<'_, str>> {
    match tag {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(tag.to_string())),
        _ => None,
    }
}

/// Writes a variant, and its discriminator where the payload does not bring it.
///
/// # Errors
/// Those of the payload and the serializer.
pub fn tagged<T: Serialize, S: Serializer>(
    serializer: S,
    property: &str,
    tag: &str,
    payload: &T,
) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(payload).map_err(S::Error::custom)?;
    if let Value::Object(members) = &mut value
        && members.get(property).is_none_or(Value::is_null)
    {
        members.insert(property.to_owned(), Value::String(tag.to_owned()));
    }
    value.serialize(serializer)
}

/// What a JSON value must look like to be tried as a variant.
#[derive(Debug, Clone, Copy)]
pub enum Probe {
    /// The JSON type of this name; `integer` is a number without a fraction.
    Type(&'static str),
    /// An object in which the member has one of these values, each written as JSON.
    Constant(&'static str, &'static [&'static str]),
    /// An object that has all of these members.
    Has(&'static [&'static str]),
    /// An object that has all of the first; it declares the second.
    Like(&'static [&'static str], &'static [&'static str]),
    /// The same, but not first where one of these members has another value than these, each
    /// written as JSON.
    Marked(
        &'static [(&'static str, &'static [&'static str])],
        &'static [&'static str],
        &'static [&'static str],
    ),
    /// Anything.
    Any,
}

impl Probe {
    /// Whether `value` looks like that.
    #[must_use]
    pub fn admits(self, value: &Value) -> bool {
        match self {
            Self::Type(name) => match value {
                Value::Null => name == "null",
                Value::Bool(_) => name == "boolean",
                Value::Number(number) => {
                    name == "number" || (name == "integer" && !number.is_f64())
                }
                Value::String(_) => name == "string",
                Value::Array(_) => name == "array",
                Value::Object(_) => name == "object",
            },
            Self::Constant(property, texts) => {
                value.get(property).is_some_and(|found| texts.contains(&found.to_string().as_str()))
            }
            Self::Has(names) | Self::Like(names, _) | Self::Marked(_, names, _) => value
                .as_object()
                .is_some_and(|members| names.iter().all(|name| members.contains_key(*name))),
            Self::Any => true,
        }
    }

    /// How well an admitted value fits: probes that tell for sure, then the one that knows most
    /// members, then anything.
    fn fit(self, value: &Value) -> usize {
        match self {
            Self::Like(_, names) => value.as_object().map_or(0, |members| {
                names.iter().filter(|name| members.contains_key(**name)).count()
            }),
            Self::Marked(marks, required, names) => {
                let agrees = |(name, texts): &(&str, &[&str])| {
                    value.get(name).map(|found| texts.contains(&found.to_string().as_str()))
                };
                let known = marks.iter().filter_map(agrees);
                if known.clone().all(|agrees| agrees) {
                    MARK * known.count() + Self::Like(required, names).fit(value)
                } else {
                    0
                }
            }
            Self::Any => 0,
            _ => usize::MAX,
        }
    }
}

/// What a mark counts against members.
const MARK: usize = 1 << 20;
/// How deep inside of each other variants are compared; below, the first that decodes is taken.
/// Each level multiplies the work.
const MOST_COMPARED: usize = 3;

thread_local! {
    /// How many comparisons this one is inside of.
    static COMPARED: Cell<usize> = const { Cell::new(0) };
    /// How many values were kept as unknown so far.
    static UNKNOWN: Cell<usize> = const { Cell::new(0) };
}

/// Remembers that a union keeps a value as unknown: who compares variants prefers one without any
/// inside.
#[doc(hidden)]
pub fn unknown() {
    UNKNOWN.set(UNKNOWN.get().wrapping_add(1));
}

/// Does something as a part of a comparison.
fn within<R>(part: impl FnOnce() -> R) -> R {
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            COMPARED.set(COMPARED.get() - 1);
        }
    }
    COMPARED.set(COMPARED.get() + 1);
    let _level = Level;
    part()
}

/// A variant: its probe, and how it is decoded.
pub type Shaped<T> = (Probe, fn(&Value) -> Option<T>);

/// The variant that fits best and decodes, with the fewest values inside that are of no variant of
/// theirs; of those that fit alike, the one that loses least of the value.
///
/// # Errors
/// The value itself, when there is none.
pub fn shaped<T: Serialize>(value: Value, variants: &[Shaped<T>]) -> Result<T, Value> {
    let mut fitting: Vec<_> = variants
        .iter()
        .filter(|(probe, _)| probe.admits(&value))
        .map(|variant| (variant.0.fit(&value), variant.1))
        .collect();
    fitting.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
    if fitting.len() < 2 || COMPARED.get() >= MOST_COMPARED {
        return fitting.iter().find_map(|(_, decode)| decode(&value)).ok_or(value);
    }
    let before = UNKNOWN.get();
    let mut best: Option<(usize, usize, T)> = None;
    for alike in fitting.chunk_by(|(one, _), (other, _)| one == other) {
        for (_, decode) in alike {
            UNKNOWN.set(before);
            let Some(variant) = within(|| decode(&value)) else { continue };
            let unknown = UNKNOWN.get().wrapping_sub(before);
            let kept = if alike.len() > 1 {
                serde_json::to_value(&variant).map_or(0, |kept| weight(&kept))
            } else {
                0
            };
            if best.as_ref().is_none_or(|(fewest, most, _)| {
                unknown < *fewest || (unknown == *fewest && kept > *most)
            }) {
                best = Some((unknown, kept, variant));
            }
        }
        if matches!(best, Some((0, ..))) {
            break;
        }
    }
    UNKNOWN.set(before.wrapping_add(best.as_ref().map_or(0, |(unknown, ..)| *unknown)));
    best.map(|(.., variant)| variant).ok_or(value)
}

/// How much a value says.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            1 + members.values().map(|member| 1 + weight(member)).sum::<usize>()
        }
        _ => 2,
    }
}

/// Declares unions whose variants differ by the value of one member: `Circle(Circle) = "circle" |
/// "round"`.
///
/// The payload is decoded whole, discriminator included. `_ => Base(ShapeBase)` takes what has
/// another discriminator. What no variant fits, or does not decode as the one it names, stays in
/// `Unknown`, as received.
#[macro_export]
macro_rules! tagged_unions {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident by $property:literal {
            $($variant:ident($ty:ty) = $tag:literal $(| $other:literal)*,)*
            $(_ => $base:ident($base_ty:ty),)?
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $tag, "`")] $variant($ty),)*
            $(
                /// Any other.
                $base($base_ty),
            )?
            /// A value that is not as the document says, kept whole as received.
            Unknown($crate::export::serde_json::Value),
        }

        impl $crate::export::serde::Serialize for $name {
            fn serialize<__S: $crate::export::serde::Serializer>(&self, serializer: __S) -> ::std::result::Result<__S::Ok, __S::Error> {
                match self {
                    $(Self::$variant(payload) => $crate::union::tagged(serializer, $property, $tag, payload),)*
                    $(Self::$base(payload) => $crate::export::serde::Serialize::serialize(payload, serializer),)?
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $name {
            fn deserialize<__D: $crate::export::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                let value = <$crate::export::serde_json::Value as $crate::export::serde::Deserialize>::deserialize(deserializer)?;
                let known = match $crate::union::tag(&value, $property).as_deref() {
                    $(::std::option::Option::Some($tag $(| $other)*) => {
                        <$ty as $crate::export::serde::Deserialize>::deserialize(&value).map(Self::$variant).ok()
                    })*
                    $(_ if value.is_object() => <$base_ty as $crate::export::serde::Deserialize>::deserialize(&value).map(Self::$base).ok(),)?
                    _ => ::std::option::Option::None,
                };
                ::std::result::Result::Ok(known.unwrap_or_else(|| {
                    $crate::union::unknown();
                    Self::Unknown(value)
                }))
            }
        }
    )*};
}

/// Declares unions whose variants differ by what they look like: `Text(String) = Type("string")`,
/// the best fit first.
///
/// The right-hand sides are [`Probe`](crate::union::Probe)s, the sharpest first. What no variant
/// fits stays in `Unknown`, as received.
#[macro_export]
macro_rules! shaped_unions {
    ($(
        $(#[$meta:meta])*
        pub enum $name:ident { $($variant:ident($ty:ty) = $probe:ident $(($($detail:tt)*))?,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", stringify!($ty), "`")] $variant($ty),)*
            /// A value that is not as the document says, kept whole as received.
            Unknown($crate::export::serde_json::Value),
        }

        impl $crate::export::serde::Serialize for $name {
            fn serialize<__S: $crate::export::serde::Serializer>(&self, serializer: __S) -> ::std::result::Result<__S::Ok, __S::Error> {
                match self {
                    $(Self::$variant(payload) => payload.serialize(serializer),)*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $name {
            fn deserialize<__D: $crate::export::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                let value = <$crate::export::serde_json::Value as $crate::export::serde::Deserialize>::deserialize(deserializer)?;
                let variants: &[$crate::union::Shaped<Self>] = &[$((
                    $crate::union::Probe::$probe $(($($detail)*))?,
                    |value| <$ty as $crate::export::serde::Deserialize>::deserialize(value).ok().map(Self::$variant),
                ),)*];
                ::std::result::Result::Ok($crate::union::shaped(value, variants).unwrap_or_else(|value| {
                    $crate::union::unknown();
                    Self::Unknown(value)
                }))
            }
        }
    )*};
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros declare public items")]
mod tests {
    use serde_json::{Value, json};

    use crate::objects;

    objects! {
        pub struct Circle: Default {
            pub radius: Option<f64> = "radius",
        }
        pub struct Node: Default {
            pub kind: Option<String> = "kind",
            pub next: Option<Box<Shape>> = "next",
        }
    }

    tagged_unions! {
        /// A shape.
        pub enum Shape by "kind" {
            Circle(Circle) = "circle" | "round",
            Node(Node) = "node",
        }
        pub enum Family by "kind" {
            Node(Node) = "node",
            _ => Base(Circle),
        }
    }

    shaped_unions! {
        /// A filter.
        pub enum Filter {
            Text(String) = Type("string"),
            Set(Vec<String>) = Type("array"),
            Exact(Circle) = Constant("op", &["\"eq\"", "1"]),
            Node(Node) = Has(&["kind"]),
            Near(Circle) = Like(&[], &["radius"]),
            Far(Node) = Like(&[], &["next", "radius"]),
            Other(Circle) = Any,
        }

        /// Alike, but for what lies deeper.
        pub enum Alike {
            Round(HasCircle) = Like(&[], &["inner"]),
            Linked(HasNode) = Like(&[], &["inner"]),
        }

        /// Alike, but for a value.
        pub enum Marks {
            One(Circle) = Marked(&[("v", &["1"])], &[], &["radius", "v"]),
            Two(Node) = Marked(&[("v", &["2"])], &[], &["radius", "v"]),
        }
    }

    objects! {
        pub struct HasCircle: Default {
            pub inner: Option<Circle> = "inner",
        }
        pub struct HasNode: Default {
            pub inner: Option<Node> = "inner",
        }
    }

    fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: &Value) -> (T, Value) {
        let read: T = serde_json::from_value(value.clone()).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        (read, written)
    }

    #[test]
    fn the_discriminator_chooses_and_survives() {
        let (shape, written) = round_trip::<Shape>(&json!({"kind": "round", "radius": 1.5}));
        assert!(matches!(shape, Shape::Circle(Circle { radius: Some(_) })));
        assert_eq!(written, json!({"radius": 1.5, "kind": "circle"}));
        let nested = json!({"kind": "node", "next": {"kind": "later", "x": [1]}});
        let (shape, written) = round_trip::<Shape>(&nested);
        assert!(matches!(shape, Shape::Node(_)));
        assert_eq!(written, nested);
    }

    #[test]
    fn the_base_takes_what_has_another_discriminator() {
        let other = json!({"radius": 2.0});
        let (family, written) = round_trip::<Family>(&other);
        assert!(matches!(family, Family::Base(Circle { radius: Some(_) })));
        assert_eq!(written, other);
        assert!(matches!(round_trip::<Family>(&json!({"kind": "node"})).0, Family::Node(_)));
        for odd in [json!({"kind": "later", "radius": "?"}), json!([1])] {
            let (family, written) = round_trip::<Family>(&odd);
            assert!(matches!(family, Family::Unknown(_)));
            assert_eq!(written, odd);
        }
    }

    #[test]
    fn the_shape_chooses_and_the_unknown_is_kept() {
        assert!(matches!(round_trip::<Filter>(&json!("a")).0, Filter::Text(_)));
        assert!(matches!(round_trip::<Filter>(&json!({"op": "eq"})).0, Filter::Exact(_)));
        assert!(matches!(round_trip::<Filter>(&json!({"kind": "x"})).0, Filter::Node(_)));
        assert!(matches!(round_trip::<Filter>(&json!({"radius": 1.0, "x": 1})).0, Filter::Near(_)));
        assert!(matches!(
            round_trip::<Filter>(&json!({"next": null, "radius": 1.0})).0,
            Filter::Far(_)
        ));
        assert!(matches!(round_trip::<Filter>(&json!({"radius": "?"})).0, Filter::Far(_)));
        let (filter, written) = round_trip::<Filter>(&json!([1, 2]));
        assert!(matches!(filter, Filter::Unknown(_)));
        assert_eq!(written, json!([1, 2]));
    }
    #[test]
    fn of_variants_that_fit_alike_the_one_that_loses_least_is_chosen() {
        for value in [
            json!({"inner": {"radius": 1.0}}),
            json!({"inner": {"kind": "a", "next": {"kind": "node"}}}),
        ] {
            assert_eq!(round_trip::<Alike>(&value).1, value);
        }
        assert!(matches!(round_trip::<Alike>(&json!({})).0, Alike::Round(_)));
    }

    tagged_unions! {
        pub enum Whole by "kind" {
            Part(Part) = "part",
        }
        pub enum Gone by "kind" {
            Part(Removed) = "part",
        }
    }

    objects! {
        pub struct Part {
            pub id: String = "id" required,
        }
        pub struct Removed {
            pub removed: bool = "removed" required,
        }
    }

    shaped_unions! {
        /// Unions that have a tag in common.
        pub enum Either {
            Whole(Whole) = Constant("kind", &["\"part\""]),
            Gone(Gone) = Constant("kind", &["\"part\""]),
        }
    }

    #[test]
    fn a_variant_that_does_not_know_what_is_inside_gives_way() {
        let value = json!({"kind": "part", "removed": true});
        assert!(matches!(round_trip::<Either>(&value).0, Either::Gone(Gone::Part(_))));
        assert!(matches!(
            round_trip::<Either>(&json!({"kind": "part", "id": "1"})).0,
            Either::Whole(Whole::Part(_))
        ));
        let (either, written) = round_trip::<Either>(&json!({"kind": "part"}));
        assert!(matches!(either, Either::Whole(Whole::Unknown(_))));
        assert_eq!(written, json!({"kind": "part"}));
    }

    shaped_unions! {
        /// Alike at every depth.
        pub enum Chain {
            Left(Link) = Like(&[], &["next"]),
            Right(Link) = Like(&[], &["next"]),
            Odd(Link) = Like(&[], &["next"]),
        }
    }

    objects! {
        pub struct Link: Default {
            pub next: Option<Box<Chain>> = "next",
        }
    }

    #[test]
    fn depth_does_not_multiply_the_work_without_end() {
        let deep = (0..100).fold(json!({}), |inner, _| json!({"next": inner}));
        assert_eq!(round_trip::<Chain>(&deep).1, deep);
    }

    #[test]
    fn a_mark_with_another_value_comes_last() {
        assert!(matches!(round_trip::<Marks>(&json!({"v": 1, "radius": 1.0})).0, Marks::One(_)));
        assert!(matches!(round_trip::<Marks>(&json!({"v": 2, "radius": 1.0})).0, Marks::Two(_)));
        assert!(matches!(round_trip::<Marks>(&json!({"radius": 1.0})).0, Marks::One(_)));
        assert!(matches!(round_trip::<Marks>(&json!({"v": 3, "radius": 1.0})).0, Marks::One(_)));
    }
}
