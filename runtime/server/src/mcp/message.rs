//! One JSON-RPC message, read in a single pass; duplicate keys and keys that differ only in case
//! are refused.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::error::Category;
use serde_json::map::Entry;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::bound;
use crate::call::Digits;
use crate::json::{self, Allowance, Excess, Strict};

/// A message from the client.
#[derive(Debug)]
pub(crate) enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none: a notification, or an answer to something that was never asked.
    Silent,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    /// The id, as received.
    pub(crate) id: Box<RawValue>,
    /// The method.
    pub(crate) method: String,
    /// The parameters; empty when absent.
    pub(crate) params: Map<String, Value>,
    /// What the arguments had too much of; they are not among the parameters then.
    pub(crate) excess: Option<Excess>,
    /// The integers in it that 64 bits do not hold.
    pub(crate) digits: Digits,
}

/// Why a message cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// JSON, but no message.
    #[error("{0}")]
    Invalid(String),
}

/// The keys of a message.
const ENVELOPE: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
/// The keys of parameters that anything depends on.
const PARAMS: [&str; 6] = ["name", "arguments", "_meta", "protocolVersion", "clientInfo", "uri"];
/// How many keys a message may have, and how many its parameters: several times what any revision
/// knows.
const KEYS: usize = 64;
/// The longest id, in bytes: every answer repeats it.
const ID: usize = 256;
/// How many values the parameters may hold beside the arguments.
const BESIDE_ARGUMENTS: usize = 10_000;

/// Reads a message.
pub(crate) fn read(body: &[u8]) -> Result<Message, Unreadable> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parts = deserializer
        .deserialize_any(Envelope)
        .and_then(|parts| deserializer.end().map(|()| parts))
        .map_err(|error| match error.classify() {
            // A message of serde's may quote the whole of a value.
            Category::Data => {
                Unreadable::Invalid(bound::cut_owned(error.to_string(), bound::MESSAGE))
            }
            _ => Unreadable::Syntax(error.to_string()),
        })?;
    let mut message = parts.message()?;
    if let Message::Request(request) = &mut message {
        request.digits = Digits::of(body);
    }
    Ok(message)
}

#[derive(Default)]
struct Parts {
    version: Option<String>,
    id: Option<Box<RawValue>>,
    method: Option<String>,
    params: Option<Params>,
    answer: bool,
}

/// What stands under `params`.
#[derive(Debug)]
enum Params {
    Object { members: Map<String, Value>, excess: Option<Excess> },
    Other,
}

impl Parts {
    fn message(self) -> Result<Message, Unreadable> {
        let invalid = |text: &str| Err(Unreadable::Invalid(text.to_owned()));
        if self.version.as_deref() != Some("2.0") {
            return invalid("`jsonrpc` must be \"2.0\"");
        }
        let Some(method) = self.method else {
            return if self.answer { Ok(Message::Silent) } else { invalid("`method` is missing") };
        };
        let (params, excess) = match self.params {
            None => (Map::new(), None),
            Some(Params::Object { members, excess }) => (members, excess),
            Some(Params::Other) => return invalid("`params` must be an object"),
        };
        if let Some(name) = params.keys().find(|name| variant(name, &PARAMS)) {
            return Err(Unreadable::Invalid(format!(
                "`{name}` is not spelled as the protocol has it"
            )));
        }
        let Some(id) = self.id else { return Ok(Message::Silent) };
        if id.get().len() > ID {
            return invalid("`id` is too long");
        }
        // A number is answered as received, so it has to be one that its sender can read back.
        if !id.get().starts_with('"') && id.get().parse::<serde_json::Number>().is_err() {
            return invalid("`id` must be a string or a number");
        }
        Ok(Message::Request(Request { id, method, params, excess, digits: Digits::default() }))
    }
}

fn variant(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| *known != name && known.eq_ignore_ascii_case(name))
}

struct Envelope;

impl<'de> Visitor<'de> for Envelope {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one JSON-RPC message, not a batch")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
        let mut parts = Parts::default();
        let mut keys = Keys::default();
        while let Some(Name(name)) = map.next_key()? {
            if variant(&name, &ENVELOPE) {
                return Err(A::Error::custom(format_args!(
                    "`{name}` is not spelled as the protocol has it"
                )));
            }
            match &*name {
                "jsonrpc" => parts.version = Some(map.next_value()?),
                "id" => parts.id = Some(map.next_value()?),
                "method" => parts.method = Some(map.next_value()?),
                "params" => parts.params = Some(map.next_value_seed(Parameters)?),
                "result" | "error" => {
                    parts.answer = true;
                    map.next_value::<IgnoredAny>()?;
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
            keys.note(name)?;
        }
        Ok(parts)
    }
}

/// A key, borrowed where it holds no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The keys of a message so far: the known ones as a bit each, the others in a set that most
/// messages never need.
#[derive(Default)]
struct Keys<'de> {
    known: u8,
    others: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    fn note<E: serde::de::Error>(&mut self, name: Cow<'de, str>) -> Result<(), E> {
        if let Some(place) = ENVELOPE.iter().position(|known| *known == name) {
            let bit = 1 << place;
            if self.known & bit != 0 {
                return Err(json::duplicate(&name));
            }
            self.known |= bit;
        } else if self.others.contains(&name) {
            return Err(json::duplicate(&name));
        } else if self.others.len() == KEYS {
            return Err(too_many_keys());
        } else {
            self.others.insert(name);
        }
        Ok(())
    }
}

fn too_many_keys<E: serde::de::Error>() -> E {
    E::custom(format_args!("more than {KEYS} keys"))
}

/// The parameters: few keys, and as many values under `arguments` as a call may have.
struct Parameters;

impl<'de> DeserializeSeed<'de> for Parameters {
    type Value = Params;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Params, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Parameters {
    type Value = Params;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the parameters as an object")
    }

    fn visit_unit<E>(self) -> Result<Params, E> {
        Ok(Params::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Params, E> {
        Ok(Params::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Params, E> {
        Ok(Params::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Params, E> {
        Ok(Params::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Params, E> {
        Ok(Params::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Params, E> {
        Ok(Params::Other)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Params, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Params::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Params, A::Error> {
        let mut members = Map::new();
        let mut excess = None;
        let mut beside = Allowance::of(BESIDE_ARGUMENTS);
        while let Some(name) = map.next_key::<String>()? {
            let value = if name == "arguments" {
                let mut allowance = Allowance::default();
                let value = map.next_value_seed(Strict(&mut allowance))?;
                excess = allowance.excess;
                // Half of the arguments must not be taken for all of them.
                if excess.is_some() { Value::Null } else { value }
            } else {
                map.next_value_seed(Strict(&mut beside))?
            };
            if let Some(excess) = &beside.excess {
                return Err(A::Error::custom(format_args!(
                    "`params` hold {excess} beside the arguments"
                )));
            }
            if members.len() == KEYS {
                return Err(too_many_keys());
            }
            match members.entry(name) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(known) => return Err(json::duplicate(known.key())),
            }
        }
        Ok(Params::Object { members, excess })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_id_as_received() {
        for id in ["1", "\"a\\u0062\"", "-7", "1.50"] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let Message::Request(request) = read(text.as_bytes()).unwrap() else {
                panic!("a request")
            };
            assert_eq!(request.id.get(), id);
        }
    }

    #[test]
    fn what_is_no_message_is_refused_with_the_right_code() {
        for text in ["", "{", "{\"jsonrpc\":\"2.0\"", "nope", "{} {}"] {
            assert!(matches!(read(text.as_bytes()), Err(Unreadable::Syntax(_))), "{text}");
        }
        for text in [
            "[]",
            "7",
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1E999,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"a","Method":"b"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"x":{"a":1,"a":2}}}}"#,
        ] {
            assert!(matches!(read(text.as_bytes()), Err(Unreadable::Invalid(_))), "{text}");
        }
    }

    #[test]
    fn notifications_and_answers_want_nothing() {
        for text in [
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            assert!(matches!(read(text.as_bytes()), Ok(Message::Silent)), "{text}");
        }
    }

    #[test]
    fn keys_and_ids_are_few_and_short() {
        let keys = |count: usize| {
            (0..count).map(|number| format!("\"k{number}\":1,")).collect::<Vec<_>>().concat()
        };
        let envelope =
            |count: usize| format!(r#"{{{}"jsonrpc":"2.0","id":1,"method":"ping"}}"#, keys(count));
        let params = |count: usize| {
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{{}"x":1}}}}"#,
                keys(count)
            )
        };
        let id = |length: usize| {
            format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"ping"}}"#, "a".repeat(length))
        };
        let beside = |count: usize| {
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"_meta":[{}1]}}}}"#,
                "1,".repeat(count)
            )
        };
        for good in [envelope(KEYS), params(KEYS - 1), id(ID - 2), beside(100)] {
            assert!(read(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [envelope(KEYS + 1), params(KEYS), id(ID - 1), beside(BESIDE_ARGUMENTS)] {
            let Err(Unreadable::Invalid(why)) = read(bad.as_bytes()) else { panic!("{bad}") };
            assert!(why.len() < 200, "{why}");
        }
    }

    #[test]
    fn a_refusal_does_not_grow_with_what_it_refuses() {
        let long = "é".repeat(100_000);
        for text in [
            format!("\"{long}\""),
            format!(r#"{{"jsonrpc":["{long}"]}}"#),
            format!(r#"{{"{long}":1,"{long}":1}}"#),
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"a","params":{{"{long}":1,"{long}":1}}}}"#
            ),
        ] {
            let Err(Unreadable::Invalid(why)) = read(text.as_bytes()) else { panic!("refused") };
            assert!(why.len() <= bound::MESSAGE + 3, "{}", why.len());
        }
    }

    #[test]
    fn too_many_arguments_are_told_and_not_half_of_them_taken() {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"arguments":{{"a":[{}1]}},"name":"t"}}}}"#,
            "1,".repeat(json::VALUES)
        );
        let Ok(Message::Request(request)) = read(text.as_bytes()) else { panic!("a request") };
        assert_eq!(
            (request.excess, &request.params["name"]),
            (Some(Excess::Values), &Value::from("t"))
        );
        assert_eq!(request.params["arguments"], Value::Null);
    }
}
