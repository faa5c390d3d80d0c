//! JSON that every reader takes. A vendor's body goes into a message of ours, and a reader that
//! refuses any of it refuses the message: names given twice (RFC 8259 leaves open what they mean, and
//! some readers refuse them), numbers beyond all of a double's, and what lies deeper than readers go.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::raw::{Name, members, raw_items};

/// How deep a value may lie: readers that count stop at 128, and a message lies around it.
const DEPTH: usize = 100;

/// `json` with the last of what is named twice, as nearly all readers have it, and with texts in
/// place of numbers and depths that not all readers take. `None` when it needs nothing of that.
pub(super) fn mended(json: &str) -> Option<String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    if Look(DEPTH).deserialize(&mut reader).is_ok() {
        return None;
    }
    let mut out = String::with_capacity(json.len());
    write(serde_json::from_str(json).ok()?, DEPTH, &mut out);
    Some(out)
}

/// Reads a value that may have this depth, and keeps nothing of it.
#[derive(Clone, Copy)]
struct Look(usize);

impl Look {
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Look {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let below = self.below()?;
        while items.next_element_seed(below)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let below = self.below()?;
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            names.push(name);
            map.next_value_seed(below)?;
        }
        names.sort_unstable();
        if names.windows(2).any(|two| two[0] == two[1]) {
            return Err(A::Error::custom("a name twice"));
        }
        Ok(())
    }
}

fn write(json: &RawValue, depth: usize, out: &mut String) {
    let text = json.get();
    let below = depth.checked_sub(1);
    match (text.as_bytes().first(), below) {
        (Some(b'{' | b'['), None) => push_text(text, out),
        (Some(b'{'), Some(below)) => object(json, below, out),
        (Some(b'['), Some(below)) => {
            out.push('[');
            for (index, item) in raw_items(json).unwrap_or_default().into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write(item, below, out);
            }
            out.push(']');
        }
        (Some(b'-' | b'0'..=b'9'), _) if text.parse().is_ok_and(f64::is_infinite) => {
            push_text(text, out);
        }
        _ => out.push_str(text),
    }
}

fn object(json: &RawValue, below: usize, out: &mut String) {
    let members = members(json).unwrap_or_default();
    let last: HashMap<&str, usize> =
        members.iter().enumerate().map(|(index, (name, _))| (&**name, index)).collect();
    out.push('{');
    for (index, (name, value)) in members.iter().enumerate() {
        if last.get(&**name) != Some(&index) {
            continue;
        }
        out.push_str(if out.ends_with('{') { "" } else { "," });
        push_text(name, out);
        out.push(':');
        write(value, below, out);
    }
    out.push('}');
}

fn push_text(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_reader_takes_is_left_as_it_is() {
        for json in [
            "{}",
            r#"{"a":[1.50,12345678901234567890.10,1E+2,"\u00e9\ud83d\ude00",null],"b":{"a":{"a":1}}}"#,
            &format!("{}1{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
        ] {
            assert_eq!(mended(json), None, "{json}");
        }
    }

    #[test]
    fn what_some_readers_refuse_is_written_so_that_none_does() {
        for (json, wanted) in [
            (r#"{"z": 1, "a": [2, {"b":1,"b":{}}], "z": null}"#, r#"{"a":[2,{"b":{}}],"z":null}"#),
            (r#"{"a":1,"\u0061":2,"":[]}"#, r#"{"a":2,"":[]}"#),
            (r"[1e999,-1e999,1e-999,1.50,{}]", r#"["1e999","-1e999",1e-999,1.50,{}]"#),
        ] {
            assert_eq!(mended(json).as_deref(), Some(wanted), "{json}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_a_text() {
        for deep in [DEPTH + 1, 50_000] {
            let json = format!("{{\"a\":{}\"x\"{}}}", "[".repeat(deep), "]".repeat(deep));
            let told = mended(&json).unwrap();
            let value: Value = serde_json::from_str(&told).unwrap();
            let mut value = &value["a"];
            while let Some(inner) = value.get(0) {
                value = inner;
            }
            let wanted =
                format!("{}\"x\"{}", "[".repeat(deep + 1 - DEPTH), "]".repeat(deep + 1 - DEPTH));
            assert_eq!(value, wanted.as_str());
        }
    }
}
