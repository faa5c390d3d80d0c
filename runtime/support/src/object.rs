//! Objects: what [`objects!`](crate::objects) needs to read and write the structs of a generated
//! API.
//!
//! The macro stands in for serde's derives: one line a member, a fraction of the compile time, and
//! the rules for absent and null members in one place.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, SerializeMap};

/// A member's name, borrowed from the input where that is possible.
#[derive(Debug)]
pub struct Key<'de>(Cow<'de, str>);

impl Key<'_> {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as an owned text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Reads a member into its place.
///
/// # Errors
/// Those of the input.
pub fn read<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut A,
    place: &mut T,
) -> Result<(), A::Error> {
    *place = map.next_value()?;
    Ok(())
}

/// Reads a member whose place tells that it was there.
///
/// # Errors
/// Those of the input.
pub fn read_some<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut A,
    place: &mut Option<T>,
) -> Result<(), A::Error> {
    *place = Some(map.next_value()?);
    Ok(())
}

/// Passes over a member that is not declared.
///
/// # Errors
/// Those of the input.
pub fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

/// Keeps a member that is not declared.
///
/// # Errors
/// Those of the input.
pub fn keep<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    map: &mut A,
    key: Key<'de>,
    rest: &mut impl Extend<(String, T)>,
) -> Result<(), A::Error> {
    rest.extend([(key.into_string(), map.next_value()?)]);
    Ok(())
}

/// Writes members until one fails.
#[derive(Debug)]
pub struct Writer<M: SerializeMap>(Result<M, M::Error>);

impl<M: SerializeMap> Writer<M> {
    /// A writer of an object that was just begun.
    pub fn new(map: Result<M, M::Error>) -> Self {
        Self(map)
    }

    /// Writes a member.
    pub fn required<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        if let Ok(map) = &mut self.0
            && let Err(error) = map.serialize_entry(name, value)
        {
            self.0 = Err(error);
        }
    }

    /// Writes a member that is there.
    pub fn optional<T: Serialize>(&mut self, name: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.required(name, value);
        }
    }

    /// Writes the members that are not declared.
    pub fn rest<'a, T: Serialize + 'a>(
        &mut self,
        members: impl IntoIterator<Item = (&'a String, &'a T)>,
    ) {
        for (name, value) in members {
            self.required(name, value);
        }
    }

    /// Ends the object.
    ///
    /// # Errors
    /// The first one met.
    pub fn end(self) -> Result<M::Ok, M::Error> {
        self.0?.end()
    }
}

/// The value of a required member; absent members are an error unless the type has a value for
/// "nothing".
///
/// # Errors
/// When the member is absent and its type is not an `Option`.
pub fn required<'de, T: Deserialize<'de>, E: Error>(
    value: Option<T>,
    name: &'static str,
) -> Result<T, E> {
    match value {
        Some(value) => Ok(value),
        None => T::deserialize(Absent).map_err(|Missing| E::missing_field(name)),
    }
}

/// Deserialises to `None`, and to nothing else.
struct Absent;

#[derive(Debug)]
struct Missing;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("missing")
    }
}

impl std::error::Error for Missing {}

impl Error for Missing {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Absent {
    type Error = Missing;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Missing> {
        Err(Missing)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Missing> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Declares objects of an API: `= "name"` is the member's name on the wire, and what follows it how
/// it may be absent.
///
/// - nothing: an `Option`; left out when `None`, null is read as `None`
/// - `required`: always written
/// - `nullable`: an `Option<Option<_>>`; `Some(None)` is null. Or an `Option<Value>`;
///   `Some(Value::Null)` is null
///
/// `..extra: Map` keeps members that are not declared; without it they are ignored. `: Default`
/// derives it; `new(…)` is a constructor that takes the required members.
#[macro_export]
macro_rules! objects {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident $(: $default:ident)? $(new $parameters:tt)? {
            $($(#[$field_meta:meta])* pub $field:ident: $ty:ty = $wire:literal $($kind:ident)?,)*
            $(.. $rest:ident: $rest_ty:ty)?
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq $(, $default)?)]
        pub struct $name {
            $($(#[$field_meta])* #[doc = ""] #[doc = concat!("`", $wire, "`")] pub $field: $ty,)*
            $(
                /// Members that the document does not declare.
                pub $rest: $rest_ty,
            )?
        }

        $crate::object_constructor!($name [$($parameters)?] [$($field $($kind)?,)*] [$($rest)?]);

        impl $crate::export::serde::Serialize for $name {
            fn serialize<__S: $crate::export::serde::Serializer>(&self, serializer: __S) -> ::std::result::Result<__S::Ok, __S::Error> {
                #[allow(unused_mut, reason = "an object may have no members")]
                let mut map = $crate::object::Writer::new(serializer.serialize_map(::std::option::Option::None));
                $($crate::object_member!(write map, &self.$field, $wire $($kind)?);)*
                $(map.rest(&self.$rest);)?
                map.end()
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $name {
            fn deserialize<__D: $crate::export::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                struct __Members;
                impl<'de> $crate::export::serde::de::Visitor<'de> for __Members {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("an object (", stringify!($name), ")"))
                    }
                    fn visit_map<__A: $crate::export::serde::de::MapAccess<'de>>(
                        self,
                        mut map: __A,
                    ) -> ::std::result::Result<Self::Value, __A::Error> {
                        $($crate::object_member!(slot $field $ty $(, $kind)?);)*
                        $(let mut $rest = <$rest_ty as ::std::default::Default>::default();)?
                        while let ::std::option::Option::Some(key) = map.next_key::<$crate::object::Key<'de>>()? {
                            match key.as_str() {
                                $($wire => $crate::object_member!(read map $field $($kind)?),)*
                                _ => $crate::object_member!(rest map key $($rest)?),
                            }?;
                        }
                        ::std::result::Result::Ok($name {
                            $($field: $crate::object_member!(take $field $wire $($kind)?),)*
                            $($rest,)?
                        })
                    }
                }
                deserializer.deserialize_map(__Members)
            }
        }
    )*};
}

/// The constructor of an object, where one is asked for.
#[doc(hidden)]
#[macro_export]
macro_rules! object_constructor {
    ($name:ident [] $fields:tt $rest:tt) => {};
    ($name:ident [($($parameter:ident: $ty:ty),* $(,)?)] [$($field:ident $($kind:ident)?,)*] [$($rest:ident)?]) => {
        impl $name {
            /// The required members; all others are absent.
            #[must_use]
            pub fn new($($parameter: $ty),*) -> Self {
                Self { $($field: $crate::object_member!(initial $field $($kind)?),)* $($rest: ::std::default::Default::default(),)? }
            }
        }
    };
}

/// The parts of [`objects!`](crate::objects) and [`operations!`](crate::operations) that depend on
/// how a member may be absent.
#[doc(hidden)]
#[macro_export]
macro_rules! object_member {
    (initial $field:ident required) => {
        $field
    };
    (initial $field:ident $($kind:ident)?) => {
        ::std::option::Option::None
    };

    (write $map:ident, $value:expr, $wire:literal required) => {
        $map.required($wire, $value)
    };
    (write $map:ident, $value:expr, $wire:literal $($kind:ident)?) => {
        $map.optional($wire, $value)
    };

    (slot $field:ident $ty:ty, required) => {
        let mut $field: ::std::option::Option<$ty> = ::std::option::Option::None;
    };
    (slot $field:ident $ty:ty $(, $kind:ident)?) => {
        let mut $field: $ty = ::std::option::Option::None;
    };

    (read $map:ident $field:ident) => {
        $crate::object::read(&mut $map, &mut $field)
    };
    (read $map:ident $field:ident $kind:ident) => {
        $crate::object::read_some(&mut $map, &mut $field)
    };

    (rest $map:ident $key:ident) => {
        $crate::object::skip(&mut $map)
    };
    (rest $map:ident $key:ident $rest:ident) => {
        $crate::object::keep(&mut $map, $key, &mut $rest)
    };

    (take $field:ident $wire:literal required) => {
        $crate::object::required($field, $wire)?
    };
    (take $field:ident $wire:literal $($kind:ident)?) => {
        $field
    };
}

/// Declares lists and maps of themselves: `pub struct Tree(Vec<Tree>);`. On the wire, only what is
/// inside exists.
#[macro_export]
macro_rules! wrappers {
    ($($(#[$meta:meta])* pub struct $name:ident($ty:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name(
            /// What it holds.
            pub $ty,
        );

        impl ::std::convert::From<$ty> for $name {
            fn from(inner: $ty) -> Self {
                Self(inner)
            }
        }

        impl $crate::export::serde::Serialize for $name {
            fn serialize<__S: $crate::export::serde::Serializer>(&self, serializer: __S) -> ::std::result::Result<__S::Ok, __S::Error> {
                $crate::export::serde::Serialize::serialize(&self.0, serializer)
            }
        }

        impl<'de> $crate::export::serde::Deserialize<'de> for $name {
            fn deserialize<__D: $crate::export::serde::Deserializer<'de>>(deserializer: __D) -> ::std::result::Result<Self, __D::Error> {
                <$ty as $crate::export::serde::Deserialize>::deserialize(deserializer).map(Self)
            }
        }
    )*};
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro declares public items")]
mod tests {
    use serde_json::{Map, Value, json};

    objects! {
        /// Nothing is required.
        pub struct Loose: Default {
            pub first_name: Option<String> = "firstName",
            pub note: Option<Option<String>> = "note" nullable,
            pub any: Option<Value> = "any" nullable,
            pub r#type: Option<Vec<Option<i64>>> = "type",
        }

        /// Something is.
        pub struct Strict new(id: String, parent: Option<String>) {
            /// Who.
            pub id: String = "id" required,
            pub parent: Option<String> = "parent" required,
            pub count: Option<i64> = "count",
            ..extra: Map<String, Value>
        }

        pub struct Empty: Default {}
    }

    wrappers! {
        /// Lists of lists.
        pub struct Nest(Vec<Nest>);
    }

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn absent_and_null_are_told_apart_where_the_type_does() {
        let absent: Loose = read(json!({"unknown": [1]})).unwrap();
        assert_eq!(absent, Loose::default());
        let null: Loose = read(json!({"note": null, "firstName": null, "any": null})).unwrap();
        assert_eq!(null, Loose { note: Some(None), any: Some(Value::Null), ..Loose::default() });
        assert_eq!(serde_json::to_string(&null).unwrap(), r#"{"note":null,"any":null}"#);
        assert_eq!(read::<Empty>(json!({"a": 1})).unwrap(), Empty::default());
    }

    #[test]
    fn required_members_are_asked_for_and_undeclared_ones_kept() {
        assert_eq!(read::<Strict>(json!({"parent": "p"})).unwrap_err(), "missing field `id`");
        let strict: Strict = read(json!({"x": {"y": 1}, "id": "1", "count": 2})).unwrap();
        assert_eq!(
            serde_json::to_value(&strict).unwrap(),
            json!({"id": "1", "parent": null, "count": 2, "x": {"y": 1}})
        );
        assert_eq!(Strict::new("1".to_owned(), None).count, None);
        let text = r#"{"id":"1","id":"2","\u0063ount":3}"#;
        assert_eq!(serde_json::from_str::<Strict>(text).unwrap().count, Some(3));
    }
    #[test]
    fn a_list_of_itself_is_a_list_on_the_wire() {
        let nest: Nest = read(json!([[], [[]]])).unwrap();
        assert_eq!(nest, Nest(vec![Nest::default(), Nest::from(vec![Nest::default()])]));
        assert_eq!(serde_json::to_value(&nest).unwrap(), json!([[], [[]]]));
    }
}
