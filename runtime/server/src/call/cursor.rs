//! Cursors: where a list continues, self-contained and authenticated.
//!
//! A cursor holds no secret; it is bound to account, tool and arguments by its authentication code,
//! so that any node with the master key can read it and nobody can make or move one.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use support::page::Place;

/// Bytes of the authentication code.
const CODE: usize = 16;
/// The longest cursor that is looked at; vendors' own tokens are inside.
const LONGEST: usize = 8192;

/// Signs cursors.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key that belongs to a master key.
    ///
    /// # Panics
    ///
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn derive(master: &[u8]) -> Self {
        let keyed = |key: &[u8]| {
            <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")
        };
        let derived =
            keyed(master).chain_update(b"drawbridge list cursors 2").finalize().into_bytes();
        Self(keyed(&derived))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What a cursor belongs to: a hash of account, tool and arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding([u8; 32]);

impl Binding {
    pub(crate) fn new(account: &str, tool: &str, arguments: &Map<String, Value>) -> Self {
        let mut hash = Sha256::new();
        for text in [account, tool] {
            text_into(&mut hash, text);
        }
        object_into(&mut hash, arguments);
        Self(hash.finalize().into())
    }
}

/// The cursor that continues at `place`.
pub(crate) fn seal(place: &Place, key: &Key, binding: &Binding) -> String {
    let mut bytes = Vec::with_capacity(32);
    let size = place.size.unwrap_or(0);
    for number in [place.start, size.into(), place.skip.into(), place.seen] {
        push(&mut bytes, number);
    }
    // Nothing, or the mark behind a one.
    push(&mut bytes, place.mark.is_some().into());
    bytes.extend(place.mark.into_iter().flat_map(u64::to_le_bytes));
    if let Some(token) = &place.token {
        bytes.extend_from_slice(token.as_bytes());
    }
    let code = key.0.clone().chain_update(binding.0).chain_update(&bytes).finalize().into_bytes();
    bytes.extend_from_slice(&code[..CODE]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether `text` can be a cursor at all, whatever it may belong to.
pub(crate) fn is_readable(text: &str) -> bool {
    text.len() <= LONGEST && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() > CODE)
}

/// Where a cursor continues; `None` when it is not one of ours, or belongs to something else.
pub(crate) fn open(text: &str, key: &Key, binding: &Binding) -> Option<Place> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (content, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE)?)?;
    key.0.clone().chain_update(binding.0).chain_update(content).verify_truncated_left(code).ok()?;
    let mut rest = content;
    let mut next = || take(&mut rest);
    let (start, size, skip, seen, marked) = (next()?, next()?, next()?, next()?, next()?);
    let mark = if marked == 0 {
        None
    } else {
        let (bytes, after) = rest.split_first_chunk()?;
        rest = after;
        Some(u64::from_le_bytes(*bytes))
    };
    let token = (!rest.is_empty()).then(|| String::from_utf8(rest.to_vec())).transpose().ok()?;
    let size = Some(size.try_into().ok()?).filter(|size| *size > 0);
    Some(Place { start, token, size, skip: skip.try_into().ok()?, seen, mark })
}

/// LEB128.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 0x80 here")]
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn text_into(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_be_bytes());
    hash.update(text.as_bytes());
}

/// The order of members does not count.
fn object_into(hash: &mut Sha256, members: &Map<String, Value>) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    hash.update(b"{");
    hash.update(sorted.len().to_be_bytes());
    for (name, value) in sorted {
        text_into(hash, name);
        value_into(hash, value);
    }
}

fn value_into(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => object_into(hash, members),
        Value::Array(items) => {
            hash.update(b"[");
            hash.update(items.len().to_be_bytes());
            for item in items {
                value_into(hash, item);
            }
        }
        Value::String(text) => {
            hash.update(b"s");
            text_into(hash, text);
        }
        scalar => {
            hash.update(b"v");
            text_into(hash, &scalar.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn binding(account: &str, tool: &str, arguments: Value) -> Binding {
        let Value::Object(arguments) = arguments else { panic!("an object") };
        Binding::new(account, tool, &arguments)
    }

    #[test]
    fn a_cursor_opens_only_where_it_belongs() {
        let (key, other) = (Key::derive(&[1; 32]), Key::derive(&[2; 32]));
        let home = binding("acc", "list", json!({"a": 1, "b": [true, "x"]}));
        for place in [
            Place::default(),
            Place {
                start: 300,
                token: Some("é/+=".to_owned()),
                size: Some(100),
                skip: 7,
                seen: u64::MAX,
                mark: Some(u64::MAX - 1),
            },
        ] {
            let text = seal(&place, &key, &home);
            assert_eq!(
                open(&text, &key, &binding("acc", "list", json!({"b": [true, "x"], "a": 1}))),
                Some(place)
            );
            for foreign in [
                binding("acc2", "list", json!({"a": 1, "b": [true, "x"]})),
                binding("acc", "list2", json!({"a": 1, "b": [true, "x"]})),
                binding("acc", "list", json!({"a": 1, "b": [true, "y"]})),
                binding("acc", "list", json!({"a": "1", "b": [true, "x"]})),
            ] {
                assert_eq!(open(&text, &key, &foreign), None);
            }
            assert_eq!(open(&text, &other, &home), None);
            for index in 0..text.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
                assert_eq!(open(&String::from_utf8(bytes).unwrap(), &key, &home), None);
            }
        }
        for text in ["", "A", "not a cursor", &"A".repeat(10_000)] {
            assert_eq!(open(text, &key, &home), None);
        }
    }
}
