//! JSON from outside, read in one pass into no more memory than a request can need; a key that is
//! given twice is refused.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::bound;

/// How many values one request may hold, whether in its JSON or in JSON that its texts hold.
pub(crate) const VALUES: usize = 100_000;
/// The longest name of a member, in bytes.
pub(crate) const NAME: usize = 1_000;

/// The value at the dotted name `path`; a member whose own name holds the dots comes first. An empty
/// one is the value itself.
pub(crate) fn member<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    value.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        member(value.get(first)?, rest)
    })
}

/// What a request had too much of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Excess {
    /// Values.
    #[error("more than {VALUES} values")]
    Values,
    /// A member's name was too long; how it begins.
    #[error("a member name of more than {NAME} bytes: {0}")]
    Name(String),
}

/// What becomes of the rest of a text when the allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// It is passed over, for the sake of what stands behind.
    PassedOver,
    /// It is not looked at.
    Left,
}

/// How much may still be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allowance {
    values: usize,
    rest: Rest,
    /// What there was too much of first.
    pub(crate) excess: Option<Excess>,
}

impl Default for Allowance {
    fn default() -> Self {
        Self::of(VALUES)
    }
}

impl Allowance {
    /// An allowance of so many values; what is beyond is passed over.
    pub(crate) const fn of(values: usize) -> Self {
        Self { values, rest: Rest::PassedOver, excess: None }
    }

    /// Takes `values` off. `false`: there are not so many left.
    pub(crate) fn spend(&mut self, values: usize) -> bool {
        match self.values.checked_sub(values) {
            Some(left) if self.excess.is_none() => {
                self.values = left;
                true
            }
            _ => {
                self.excess.get_or_insert(Excess::Values);
                false
            }
        }
    }
}

/// Why a text gives no value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// It is not JSON, or names a key twice.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// There is too much of it.
    #[error("{0}")]
    Excess(Excess),
}

/// Reads a whole text, or none of it.
pub(crate) fn read(text: &[u8], allowance: &mut Allowance) -> Result<Value, Unread> {
    allowance.rest = Rest::Left;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = Strict(allowance)
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    match &allowance.excess {
        None => Ok(read?),
        Some(excess) => Err(Unread::Excess(excess.clone())),
    }
}

/// The value in a text that a caller wrote in place of that value.
pub(crate) fn in_text(text: &str, allowance: &mut Allowance) -> Option<Value> {
    read(text.as_bytes(), allowance).ok()
}

/// The refusal of a key that is given twice.
pub(crate) fn duplicate<E: serde::de::Error>(name: &str) -> E {
    E::custom(format_args!("duplicate key `{}`", bound::cut(name, bound::NAME)))
}

/// Any JSON value whose objects have no key twice.
pub(crate) struct Strict<'a>(pub(crate) &'a mut Allowance);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0.spend(1) {
            return deserializer.deserialize_any(self);
        }
        match self.0.rest {
            Rest::PassedOver => {
                deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Null)
            }
            Rest::Left => Err(D::Error::custom("too much")),
        }
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict(self.0))? {
            if self.0.excess.is_none() {
                items.push(item);
            }
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name.len() > NAME {
                self.0.excess.get_or_insert_with(|| {
                    Excess::Name(bound::cut(&name, bound::NAME).into_owned())
                });
            }
            let value = map.next_value_seed(Strict(self.0))?;
            if self.0.excess.is_some() {
                continue;
            }
            match members.entry(name) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(known) => return Err(duplicate(known.key())),
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_all(text: &str) -> Result<Value, Unread> {
        read(text.as_bytes(), &mut Allowance::default())
    }

    #[test]
    fn values_are_read_as_they_stand() {
        let text = r#"{"a":[1,-2,1.5,true,null,"x\n"],"b":{"c":{}}}"#;
        assert_eq!(read_all(text).unwrap().to_string(), text);
        for bad in ["", "{", "[1] 2", r#"{"a":1,"a":2}"#, r#"[{"b":{"a":1,"a":1}}]"#] {
            assert!(matches!(read_all(bad), Err(Unread::Json(_))), "{bad}");
        }
    }

    #[test]
    fn what_is_beyond_the_allowance_is_passed_over_and_told() {
        let list = |length: usize| format!("[{}1]", "1,".repeat(length - 1));
        assert!(read_all(&list(VALUES - 1)).is_ok());
        assert!(matches!(read_all(&list(VALUES)), Err(Unread::Excess(Excess::Values))));
        assert!(matches!(
            read_all(&format!("{} and no JSON", list(VALUES).trim_end_matches(']'))),
            Err(Unread::Excess(Excess::Values))
        ));
        let long = json!({"é".repeat(NAME): 1}).to_string();
        let Err(Unread::Excess(Excess::Name(start))) = read_all(&long) else { panic!("{long}") };
        assert!(start.len() <= bound::NAME + 3);
    }

    #[test]
    fn texts_that_hold_json_spend_one_allowance() {
        let mut allowance = Allowance::of(10);
        assert_eq!(in_text("[1,2,3]", &mut allowance), Some(json!([1, 2, 3])));
        assert_eq!(in_text("[1,2,3]", &mut allowance), Some(json!([1, 2, 3])));
        assert_eq!(in_text("[1,2,3]", &mut allowance), None);
    }
}
