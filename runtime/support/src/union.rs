//! Unions: how the variant of a value is found, and how variants are written.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::tally::{self, Tally};

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

/// The payload of a variant; `None` when the value does not decode as one.
#[must_use]
pub fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

/// Writes a variant, and its discriminator where the payload does not bring it.
///
/// # Errors
/// Those of the payload and the serializer.
pub fn write_tagged<T: Serialize, S: Serializer>(
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

/// Writes a value that is of no variant, as it was received.
///
/// # Errors
/// Those of the serializer.
pub fn write_unknown<S: Serializer>(serializer: S, value: &Value) -> Result<S::Ok, S::Error> {
    // Formats leave the name of a newtype out; who compares variants reads it.
    serializer.serialize_newtype_struct(tally::UNKNOWN, value)
}

/// What a JSON value must look like to be tried as a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matcher {
    /// The JSON type of this name; `integer` is a number without a fraction.
    Type(&'static str),
    /// An object in which the member has one of these values, each written as JSON.
    Constant(&'static str, &'static [&'static str]),
    /// An object that has all of these members.
    Has(&'static [&'static str]),
    /// An object that has the required members: the better, the more it has of those that the
    /// variant declares.
    BestMatch {
        /// Members that must be there.
        required: &'static [&'static str],
        /// Members that the variant declares.
        members: &'static [&'static str],
        /// Members with the values that this variant admits, each written as JSON. A value with
        /// another one is tried last.
        marks: &'static [(&'static str, &'static [&'static str])],
    },
    /// Anything.
    Any,
}

impl Matcher {
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
            Self::Has(names) | Self::BestMatch { required: names, .. } => value
                .as_object()
                .is_some_and(|members| names.iter().all(|name| members.contains_key(*name))),
            Self::Any => true,
        }
    }

    /// How well an admitted value fits: what tells for sure, then agreeing marks, then the number
    /// of members that the variant knows, then anything.
    fn fit(self, value: &Value) -> Fit {
        match self {
            Self::BestMatch { members: names, marks, .. } => {
                let agrees = |(name, texts): &(&str, &[&str])| {
                    value.get(name).map(|found| texts.contains(&found.to_string().as_str()))
                };
                let found = || marks.iter().filter_map(agrees);
                if !found().all(|agrees| agrees) {
                    return Fit::Loose(0, 0);
                }
                let members = value.as_object().map_or(0, |members| {
                    names.iter().filter(|name| members.contains_key(**name)).count()
                });
                Fit::Loose(found().count(), members)
            }
            Self::Any => Fit::Loose(0, 0),
            Self::Type(_) | Self::Constant(..) | Self::Has(_) => Fit::Sure,
        }
    }
}

/// Ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// So many marks agree, so many members are known.
    Loose(usize, usize),
    Sure,
}

/// A variant: what its values look like, and how one is decoded.
pub type Variant<T> = (Matcher, fn(&Value) -> Option<T>);

/// Variants of a value are compared by decoding it as each, inside of each other too. So much work
/// that may become, in decoded values; where it could be more, the first that decodes is taken.
const MOST_COMPARED: usize = 1 << 16;

/// The variant that fits best and decodes, with the fewest values inside that are of no variant of
/// theirs; of those that fit alike, the one that loses least of the value.
pub fn best<T: Serialize>(value: &Value, variants: &[Variant<T>]) -> Option<T> {
    let mut fitting: Vec<_> = variants
        .iter()
        .filter(|(matcher, _)| matcher.admits(value))
        .map(|(matcher, decode)| (matcher.fit(value), decode))
        .collect();
    fitting.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
    let levels = u32::try_from(depth(value)).unwrap_or(u32::MAX);
    let work = fitting.len().checked_pow(levels);
    if fitting.len() < 2 || work.is_none_or(|work| work > MOST_COMPARED) {
        return fitting.iter().find_map(|(_, decode)| decode(value));
    }
    let mut best: Option<(Tally, T)> = None;
    for alike in fitting.chunk_by(|(one, _), (other, _)| one == other) {
        for (_, decode) in alike {
            let Some(variant) = decode(value) else { continue };
            let tally = Tally::of(&variant);
            if best.as_ref().is_none_or(|(most, _)| {
                tally.unknown < most.unknown
                    || (tally.unknown == most.unknown && alike.len() > 1 && tally.kept > most.kept)
            }) {
                best = Some((tally, variant));
            }
        }
        if matches!(best, Some((Tally { unknown: 0, .. }, _))) {
            break;
        }
    }
    best.map(|(_, variant)| variant)
}

/// How deep a value is nested: 1 for one that holds no other.
fn depth(value: &Value) -> usize {
    let within = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => None,
    };
    1 + within.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Deserializer};
    use serde_json::json;

    use super::*;

    /// One member of a union, as generated code has it.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Part {
        id: String,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Removed {
        removed: bool,
    }

    #[derive(Debug, PartialEq)]
    enum Whole {
        Part(Part),
        Unknown(Value),
    }

    #[derive(Debug, PartialEq)]
    enum Gone {
        Part(Removed),
        Unknown(Value),
    }

    #[derive(Debug, PartialEq)]
    enum Either {
        Whole(Whole),
        Gone(Gone),
        Unknown(Value),
    }

    impl Serialize for Whole {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Part(part) => write_tagged(serializer, "kind", "part", part),
                Self::Unknown(value) => write_unknown(serializer, value),
            }
        }
    }

    impl<'de> Deserialize<'de> for Whole {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = Value::deserialize(deserializer)?;
            let known = match tag(&value, "kind").as_deref() {
                Some("part") => read(&value).map(Self::Part),
                _ => None,
            };
            Ok(known.unwrap_or(Self::Unknown(value)))
        }
    }

    impl Serialize for Gone {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Part(part) => write_tagged(serializer, "kind", "part", part),
                Self::Unknown(value) => write_unknown(serializer, value),
            }
        }
    }

    impl<'de> Deserialize<'de> for Gone {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = Value::deserialize(deserializer)?;
            let known = match tag(&value, "kind").as_deref() {
                Some("part") => read(&value).map(Self::Part),
                _ => None,
            };
            Ok(known.unwrap_or(Self::Unknown(value)))
        }
    }

    impl Serialize for Either {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Whole(whole) => whole.serialize(serializer),
                Self::Gone(gone) => gone.serialize(serializer),
                Self::Unknown(value) => write_unknown(serializer, value),
            }
        }
    }

    impl<'de> Deserialize<'de> for Either {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            const PART: Matcher = Matcher::Constant("kind", &["\"part\""]);
            let value = Value::deserialize(deserializer)?;
            let best = best(
                &value,
                &[
                    (PART, |value| read(value).map(Self::Whole)),
                    (PART, |value| read(value).map(Self::Gone)),
                ],
            );
            Ok(best.unwrap_or(Self::Unknown(value)))
        }
    }

    fn round_trip<T: Serialize + DeserializeOwned>(value: &Value) -> T {
        let read: T = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), *value);
        read
    }

    #[test]
    fn a_variant_that_does_not_know_what_is_inside_gives_way() {
        let gone = round_trip::<Either>(&json!({"removed": true, "kind": "part"}));
        assert!(matches!(gone, Either::Gone(Gone::Part(_))));
        let whole = round_trip::<Either>(&json!({"id": "1", "kind": "part"}));
        assert!(matches!(whole, Either::Whole(Whole::Part(_))));
        let unknown = round_trip::<Either>(&json!({"kind": "part"}));
        assert!(matches!(unknown, Either::Whole(Whole::Unknown(_))));
        assert!(matches!(round_trip::<Either>(&json!([1])), Either::Unknown(_)));
    }

    #[test]
    fn what_fits_best_comes_first() {
        let like = |members, marks| Matcher::BestMatch { required: &[], members, marks };
        let one = like(&["a", "b"], &[("v", &["1"])]);
        let two = like(&["a", "c"], &[("v", &["2"])]);
        let value = json!({"a": 1, "c": 2});
        assert!(two.fit(&value) > one.fit(&value));
        assert!(one.fit(&json!({"a": 1, "v": 1})) > two.fit(&json!({"a": 1, "v": 1})));
        assert!(Matcher::Has(&["a"]).fit(&value) > two.fit(&value));
        assert_eq!(Matcher::Any.fit(&value), one.fit(&json!({"v": 3, "a": 1})));
    }

    #[test]
    fn of_variants_that_fit_alike_the_one_that_loses_least_is_chosen() {
        #[derive(Debug, Default, Serialize, Deserialize)]
        struct Narrow {
            #[serde(skip_serializing_if = "Option::is_none")]
            a: Option<i64>,
        }
        let variants: [Variant<Value>; 2] = [
            (Matcher::Any, |value| serde_json::to_value(read::<Narrow>(value)?).ok()),
            (Matcher::Any, |value| Some(value.clone())),
        ];
        let value = json!({"a": 1, "b": {"c": [1, 2]}});
        assert_eq!(best(&value, &variants), Some(value));
        assert_eq!(best(&json!({"a": 1}), &variants), Some(json!({"a": 1})));
    }

    /// Alike at every depth.
    #[derive(Debug)]
    enum Chain {
        Left(Link),
        Right(Link),
        Unknown(Value),
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Link {
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<Box<Chain>>,
    }

    impl Serialize for Chain {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Left(link) | Self::Right(link) => link.serialize(serializer),
                Self::Unknown(value) => write_unknown(serializer, value),
            }
        }
    }

    impl<'de> Deserialize<'de> for Chain {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = Value::deserialize(deserializer)?;
            let best = best(
                &value,
                &[
                    (Matcher::Any, |value| read(value).map(Self::Left)),
                    (Matcher::Any, |value| read(value).map(Self::Right)),
                    (Matcher::Any, |value| read(value).map(Self::Right)),
                ],
            );
            Ok(best.unwrap_or(Self::Unknown(value)))
        }
    }

    #[test]
    fn depth_does_not_multiply_the_work_without_end() {
        for levels in [3, 9, 12, 100] {
            let deep = (0..levels).fold(json!({}), |inner, _| json!({"next": inner}));
            assert!(matches!(round_trip::<Chain>(&deep), Chain::Left(_)));
        }
    }
}
