//! Strings, numbers, booleans and enumerations.

use serde_json::Value;

use super::{Schema, SchemaLocation, Schemas, Slot, plain};
use crate::ir::{EnumValue, Node, Shape, TypeRef};
use crate::keywords::{self, Kind};

/// Most values that are still named one by one; more are documentation of a string.
const MOST_VALUES: usize = 1_000;

/// The type of a scalar schema; `files`: bytes are parts of a multipart body.
pub(super) fn scalar(schema: &Schema<'_, '_>, files: bool) -> TypeRef {
    let format = schema.keywords.format.as_deref().unwrap_or_default();
    match schema.keywords.typ.as_deref() {
        Some("boolean") => TypeRef::Bool,
        Some("integer") => integer(schema, format),
        Some("number") if matches!(format, "int32" | "int64" | "integer" | "uint32" | "uint64") => {
            integer(schema, format)
        }
        Some("number") => TypeRef::F64,
        _ => match format {
            "date-time" => TypeRef::DateTime,
            "date" => TypeRef::Date,
            "byte" | "base64" => TypeRef::Base64,
            "base64url" => TypeRef::Base64Url,
            "binary" if files => TypeRef::File,
            // Inside JSON there are no bytes.
            _ => TypeRef::String,
        },
    }
}

fn integer(schema: &Schema<'_, '_>, format: &str) -> TypeRef {
    let bound = |key: &str| schema.map.get(key).and_then(Value::as_f64);
    let fits = |low: f64, high: f64| {
        [bound("minimum"), bound("maximum")]
            .into_iter()
            .flatten()
            .all(|value| value >= low && value <= high)
            && schema
                .keywords
                .enumeration
                .iter()
                .filter_map(Value::as_f64)
                .all(|value| value >= low && value <= high)
    };
    match format {
        "int32" if fits(f64::from(i32::MIN), f64::from(i32::MAX)) => TypeRef::I32,
        "uint8" | "uint16" | "uint32" if fits(0.0, f64::from(u32::MAX)) => TypeRef::U32,
        "uint" | "uint64" if fits(0.0, f64::MAX) => TypeRef::U64,
        _ if schema.keywords.enumeration.iter().any(|value| value.is_u64() && !value.is_i64())
            && fits(0.0, f64::MAX) =>
        {
            TypeRef::U64
        }
        _ => TypeRef::I64,
    }
}

/// The type of a schema without `type` that has keywords of one type.
pub(super) fn by_keyword(schema: &Schema<'_, '_>) -> Option<TypeRef> {
    let speaks_of = |kind| keywords::names_of(kind).any(|name| schema.map.contains_key(name));
    let (string, number, list) =
        (speaks_of(Kind::String), speaks_of(Kind::Number), speaks_of(Kind::Array));
    match (string, number, list, schema.keywords.format.as_deref()) {
        (_, false, false, Some("date-time")) => Some(TypeRef::DateTime),
        (_, false, false, Some("date")) => Some(TypeRef::Date),
        (
            _,
            false,
            false,
            Some("uuid" | "uri" | "email" | "hostname" | "ipv4" | "ipv6" | "password" | "url"),
        )
        | (true, false, false, _) => Some(TypeRef::String),
        (false, _, false, Some("int32" | "int64")) => Some(TypeRef::I64),
        (false, _, false, Some("float" | "double")) | (false, true, false, _) => Some(TypeRef::F64),
        _ => None,
    }
}

impl<'d> Schemas<'d> {
    /// Values that are listed: of strings a type of their own, of others their type and a
    /// documented list.
    pub(super) fn enumeration(
        &mut self,
        schema: &Schema<'_, 'd>,
        place: &SchemaLocation<'_>,
        slot: &mut Slot,
    ) -> Node {
        let stated = &schema.keywords.enumeration;
        let nullable = stated.iter().any(Value::is_null);
        let mut values: Vec<Value> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for value in stated.iter().filter(|value| !value.is_null()) {
            if seen.insert(value.to_string()) {
                values.push(value.clone());
            }
        }
        let kind = schema.keywords.typ.as_deref();
        let mut node = if values.is_empty() {
            match kind {
                Some(_) if nullable => plain(scalar(schema, place.files)),
                _ => plain(TypeRef::Untyped("only null".to_owned())),
            }
        } else if kind == Some("string") || (kind.is_none() && values.iter().all(Value::is_string))
        {
            self.strings(&values, place, slot)
        } else if matches!(kind, Some("integer" | "number" | "boolean")) {
            plain(scalar(schema, place.files))
        } else if matches!(kind, Some("object")) {
            return self.object(schema, place, slot);
        } else if matches!(kind, Some("array")) {
            return self.list(schema, place);
        } else if values.iter().all(|value| value.is_i64() || value.is_u64()) {
            plain(TypeRef::I64)
        } else if values.iter().all(Value::is_number) {
            plain(TypeRef::F64)
        } else if values.iter().all(Value::is_boolean) {
            plain(TypeRef::Bool)
        } else {
            plain(TypeRef::Untyped("an enum of several types".to_owned()))
        };
        node.nullable = nullable;
        if !matches!(node.ty, TypeRef::Named(_)) {
            node.constraints.values = values;
        }
        node
    }

    fn strings(&mut self, values: &[Value], place: &SchemaLocation<'_>, slot: &mut Slot) -> Node {
        if values.len() > MOST_VALUES {
            self.cx.note(
                "long-enum",
                &place.trail,
                format!("{} values; read as a string", values.len()),
            );
            return plain(TypeRef::String);
        }
        let mut wires: Vec<String> = values.iter().map(text).collect();
        let mut seen = std::collections::BTreeSet::new();
        wires.retain(|wire| seen.insert(wire.clone()));
        let id = self.reserve(slot, place);
        self.types[id.0].shape = Shape::StringEnum(
            wires.into_iter().map(|wire| EnumValue { wire, ident: String::new() }).collect(),
        );
        plain(TypeRef::Named(id))
    }
}

/// A value of a string enum as text: documents forget the quotes.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
