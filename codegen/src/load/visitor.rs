//! Builds a `serde_json::Value` from either format, counting as it goes.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use super::bounds::{MAX_DEPTH, MAX_MEMBERS, MAX_NODES, MAX_SCALAR, MAX_TEXT, Refusal};
use crate::pointer;

/// Most duplicate keys and impossible numbers that are remembered.
const MAX_REMEMBERED: usize = 1_000;

/// What has been seen so far.
#[derive(Default)]
pub(super) struct State {
    /// The bound that ended reading, if one did.
    pub(super) refusal: Option<Refusal>,
    /// Pointers of keys that came twice.
    pub(super) duplicates: Vec<String>,
    /// Pointers of numbers that JSON does not have.
    pub(super) not_a_number: Vec<String>,
    merges: bool,
    nodes: usize,
    text: usize,
    path: Vec<Step>,
}

enum Step {
    Key(String),
    Index(usize),
}

impl State {
    /// A state for YAML, where `<<` merges.
    pub(super) fn yaml() -> Self {
        Self { merges: true, ..Self::default() }
    }

    fn refuse<E: Error>(&mut self, refusal: Refusal) -> E {
        let error = E::custom(&refusal);
        self.refusal = Some(refusal);
        error
    }

    fn count<E: Error>(&mut self) -> Result<(), E> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.refuse(Refusal::Nodes));
        }
        Ok(())
    }

    fn count_text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        self.text += text.len();
        if text.len() > MAX_SCALAR {
            return Err(self.refuse(Refusal::Scalar));
        }
        if self.text > MAX_TEXT {
            return Err(self.refuse(Refusal::Text));
        }
        Ok(())
    }

    fn count_member<E: Error>(&mut self, before: usize) -> Result<(), E> {
        if before > MAX_MEMBERS {
            return Err(self.refuse(Refusal::Members));
        }
        Ok(())
    }

    fn enter<E: Error>(&mut self, step: Step) -> Result<(), E> {
        if self.path.len() >= MAX_DEPTH {
            return Err(self.refuse(Refusal::Depth));
        }
        self.path.push(step);
        Ok(())
    }

    fn here(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) => pointer::push(&mut text, key),
                Step::Index(index) => pointer::push(&mut text, &index.to_string()),
            }
        }
        text
    }
}

/// Reads one value.
pub(super) struct Node<'s>(pub(super) &'s mut State);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON has no wider number")]
    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "JSON has no wider number")]
    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let Some(number) = Number::from_f64(value) else {
            if self.0.not_a_number.len() < MAX_REMEMBERED {
                self.0.not_a_number.push(self.0.here());
            }
            return Ok(Value::Null);
        };
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.0.count_text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.0.count_text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            self.0.count_member(list.len())?;
            self.0.enter(Step::Index(list.len()))?;
            let item = items.next_element_seed(Node(self.0))?;
            self.0.path.pop();
            match item {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.count_text(&key)?;
            self.0.count_member(map.len())?;
            self.0.enter(Step::Key(key.clone()))?;
            let value = entries.next_value_seed(Node(self.0))?;
            if map.contains_key(&key) && self.0.duplicates.len() < MAX_REMEMBERED {
                self.0.duplicates.push(self.0.here());
            }
            self.0.path.pop();
            map.insert(key, value);
        }
        if self.0.merges {
            merge(&mut map);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (_tag, content) = data.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}

/// YAML 1.1 merge keys: entries of `<<` fill in what the mapping itself lacks.
fn merge(map: &mut Map<String, Value>) {
    let sources = match map.get("<<") {
        Some(Value::Object(_)) => vec![map.shift_remove("<<")],
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => {
            match map.shift_remove("<<") {
                Some(Value::Array(items)) => items.into_iter().map(Some).collect(),
                _ => return,
            }
        }
        _ => return,
    };
    for source in sources {
        if let Some(Value::Object(source)) = source {
            for (key, value) in source {
                if let Entry::Vacant(vacant) = map.entry(key) {
                    vacant.insert(value);
                }
            }
        }
    }
}
