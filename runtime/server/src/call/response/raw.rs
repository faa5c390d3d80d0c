//! JSON as it was received, looked into without being parsed whole.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a JSON object, in order.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// The members of `json`; `None` when it is not an object.
pub(crate) fn members(json: &RawValue) -> Option<Members<'_>> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = Members<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(Name(name)) = map.next_key()? {
                entries.push((name, map.next_value()?));
            }
            Ok(entries)
        }
    }
    if !json.get().starts_with('{') {
        return None;
    }
    serde_json::Deserializer::from_str(json.get()).deserialize_map(Entries).ok()
}

/// A member name, borrowed where it holds no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The items of `json`; `None` when it is not an array.
pub(crate) fn raw_items(json: &RawValue) -> Option<Vec<&RawValue>> {
    if json.get().starts_with('[') { serde_json::from_str(json.get()).ok() } else { None }
}

/// The value at the dotted name `path`; a member whose own name holds the dots comes first.
pub(crate) fn member<'b>(body: &'b RawValue, path: &str) -> Option<&'b RawValue> {
    find(&members(body)?, path)
}

/// The same of an object that was looked into.
pub(crate) fn find<'b>(entries: &Members<'b>, path: &str) -> Option<&'b RawValue> {
    let find =
        |wanted: &str| entries.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    find(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        member(find(first)?, rest)
    })
}
