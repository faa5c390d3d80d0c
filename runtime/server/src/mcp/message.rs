//! One JSON-RPC message, read in a single pass; duplicate keys and keys that differ only in case are refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

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
const PARAMS: [&str; 5] = ["name", "arguments", "_meta", "protocolVersion", "uri"];

/// Reads a message.
pub(crate) fn read(body: &[u8]) -> Result<Message, Unreadable> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parts = deserializer.deserialize_any(Envelope).and_then(|parts| deserializer.end().map(|()| parts)).map_err(|error| match error
        .classify()
    {
        Category::Data => Unreadable::Invalid(error.to_string()),
        _ => Unreadable::Syntax(error.to_string()),
    })?;
    parts.message()
}

#[derive(Default)]
struct Parts {
    version: Option<String>,
    id: Option<Box<RawValue>>,
    method: Option<String>,
    params: Option<Value>,
    answer: bool,
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
        let params = match self.params {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return invalid("`params` must be an object"),
        };
        if let Some(name) = params.keys().find(|name| variant(name, &PARAMS)) {
            return Err(Unreadable::Invalid(format!("`{name}` is not spelled as the protocol has it")));
        }
        let Some(id) = self.id else { return Ok(Message::Silent) };
        // A number is answered as received, so it has to be one that its sender can read back.
        if !id.get().starts_with('"') && id.get().parse::<serde_json::Number>().is_err() {
            return invalid("`id` must be a string or a number");
        }
        Ok(Message::Request(Request { id, method, params }))
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
        let mut present: Vec<String> = Vec::with_capacity(4);
        while let Some(name) = map.next_key::<String>()? {
            if present.contains(&name) {
                return Err(A::Error::custom(format_args!("duplicate key `{name}`")));
            }
            if variant(&name, &ENVELOPE) {
                return Err(A::Error::custom(format_args!("`{name}` is not spelled as the protocol has it")));
            }
            match name.as_str() {
                "jsonrpc" => parts.version = Some(map.next_value()?),
                "id" => parts.id = Some(map.next_value()?),
                "method" => parts.method = Some(map.next_value()?),
                "params" => parts.params = Some(map.next_value_seed(Strict)?),
                "result" | "error" => {
                    parts.answer = true;
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
                _ => _ = map.next_value::<serde::de::IgnoredAny>()?,
            }
            present.push(name);
        }
        Ok(parts)
    }
}

/// Any JSON value whose objects have no key twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
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
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Strict)?;
            if members.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate key `{name}`")));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_id_as_received() {
        for id in ["1", "\"a\\u0062\"", "-7", "1.50"] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
            let Message::Request(request) = read(text.as_bytes()).unwrap() else { panic!("a request") };
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
        for text in [r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#] {
            assert!(matches!(read(text.as_bytes()), Ok(Message::Silent)), "{text}");
        }
    }
}
