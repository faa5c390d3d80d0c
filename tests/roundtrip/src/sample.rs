//! Samples of a schema.
//!
//! Each schema takes its alternatives in turn: enum values, variants, null. So a few dozen samples
//! of a document's answers take every branch of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A member that no document declares; it may be kept or ignored.
pub(crate) const UNDECLARED: &str = "undeclared_by_the_document";

/// How deep samples go before optional members and items are left out.
const DEEP: usize = 9;
/// How deep they go at all.
const DEEPEST: usize = 24;
/// How many values a sample has before optional members and items are left out.
const LARGE: usize = 400;

/// Which optional members a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    All,
    /// None.
    Required,
    /// Some, others each time.
    Some,
}

/// Makes samples of the schemas of one document.
#[derive(Debug)]
pub struct Sampler<'d> {
    document: &'d Value,
    turns: BTreeMap<usize, usize>,
    extent: Extent,
    /// Members to leave out: `readOnly` in requests, `writeOnly` in answers.
    unsent: &'static str,
    /// Members that parts around the schema demand.
    demanded: Vec<&'d str>,
    /// How many schemas of the sample have alternatives that are still to be taken.
    pending: usize,
    /// How many values the sample has.
    size: usize,
}

impl<'d> Sampler<'d> {
    /// A sampler of answers, or of requests.
    #[must_use]
    pub fn new(document: &'d Value, unsent: &'static str) -> Self {
        Self {
            document,
            turns: BTreeMap::new(),
            extent: Extent::All,
            unsent,
            demanded: Vec::new(),
            pending: 0,
            size: 0,
        }
    }

    /// A value that the schema admits; `None` when it leads nowhere.
    pub fn sample(&mut self, schema: &'d Value, extent: Extent) -> Option<Value> {
        self.extent = extent;
        self.pending = 0;
        self.size = 0;
        self.value(schema, 0)
    }

    /// Whether the last sample met a schema with alternatives that are still to be taken.
    #[must_use]
    pub fn unfinished(&self) -> bool {
        self.pending > 0
    }

    /// What a reference leads to.
    #[must_use]
    pub fn resolved(&self, mut value: &'d Value) -> Option<&'d Value> {
        for _ in 0..32 {
            match value.get("$ref").and_then(Value::as_str) {
                Some(reference) => {
                    value = self.document.pointer(&decoded(reference.strip_prefix('#')?))?;
                }
                None => return Some(value),
            }
        }
        None
    }

    /// Whether a sample has grown deep or large enough.
    fn enough(&self, depth: usize) -> bool {
        depth > DEEP || self.size > LARGE
    }

    /// Whose turn it is among `count` alternatives of a schema.
    fn turn(&mut self, schema: &Value, salt: usize, count: usize) -> usize {
        let turn = self.turns.entry(std::ptr::from_ref(schema).addr() + salt).or_default();
        *turn += 1;
        if *turn < count {
            self.pending += 1;
        }
        (*turn - 1) % count.max(1)
    }

    fn value(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.size += 1;
        let beside = schema;
        let schema = self.resolved(schema)?;
        // What stands beside a reference counts, too.
        if beside.get("$ref").is_some()
            && (beside.get("required").is_some() || beside.get("properties").is_some())
        {
            let before = self.demanded.len();
            self.demand(beside, 0);
            let mut whole = self.value(schema, depth + 1);
            self.demanded.truncate(before);
            if beside.get("properties").is_some() {
                let own = self.plain(beside, depth)?;
                join(&mut whole, own);
            }
            return whole;
        }
        if schema.as_bool() == Some(false) {
            return None;
        }
        let nullable = schema["nullable"] == true || kinds(schema).contains(&"null");
        if nullable && self.turn(schema, 1, 5) == 3 {
            return Some(Value::Null);
        }
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if kinds(schema) == ["null"] {
            return Some(Value::Null);
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return Some(values[self.turn(schema, 2, values.len())].clone());
        }
        if let Some(member) = self.member_of_family(schema, depth) {
            return Some(member);
        }
        if schema.get("allOf").is_some()
            || schema.get("oneOf").is_some()
            || schema.get("anyOf").is_some()
        {
            return self.composed(schema, depth);
        }
        self.plain(schema, depth)
    }

    /// A member of the family of a base: of the schemas that take it in, in turn with the base
    /// itself.
    fn member_of_family(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        let property = schema["discriminator"]["propertyName"].as_str()?;
        if schema.get("oneOf").is_some() || schema.get("anyOf").is_some() || depth > DEEP {
            return None;
        }
        let schemas = self.document["components"]["schemas"].as_object()?;
        let mapping = schema["discriminator"]["mapping"].as_object();
        let takes_in =
            |part: &Value| self.resolved(part).is_some_and(|base| std::ptr::eq(base, schema));
        let mut members: Vec<(String, &'d Value)> = Vec::new();
        for (name, member) in schemas
            .iter()
            .filter(|(_, member)| member["allOf"].as_array().into_iter().flatten().any(takes_in))
        {
            let reference = format!("#/components/schemas/{name}");
            let mapped = mapping.and_then(|tags| {
                tags.iter().find(|(_, to)| **to == json!(reference) || **to == json!(name))
            });
            let tag = mapped
                .map(|(tag, _)| tag.as_str())
                .or_else(|| member["x-ms-discriminator-value"].as_str());
            members.push((tag.unwrap_or(name).to_owned(), member));
        }
        let turn = self.turn(schema, 10, members.len() + 1);
        let (tag, member) = members.get(turn)?;
        // It takes in the base, which must not stand for its family there.
        let mut value = self.composed(member, depth + 1)?;
        value.as_object_mut()?.insert(property.to_owned(), json!(tag));
        Some(value)
    }

    /// Parts and one of the alternatives, together: what one demands, another may declare.
    fn composed(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        let before = self.demanded.len();
        self.demand(schema, 0);
        let whole = self.parts(schema, depth);
        self.demanded.truncate(before);
        whole
    }

    fn demand(&mut self, schema: &'d Value, depth: usize) {
        let Some(resolved) = self.resolved(schema).filter(|_| depth < 16) else { return };
        for schema in [schema, resolved] {
            self.demanded.extend(
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str),
            );
        }
        for part in resolved["allOf"].as_array().into_iter().flatten() {
            self.demand(part, depth + 1);
        }
    }

    fn parts(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        let mut whole: Option<Value> = None;
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let resolved = self.resolved(part)?;
            let part = match resolved.get("discriminator") {
                Some(_) if resolved.get("allOf").is_some() => self.composed(resolved, depth + 1)?,
                Some(_) if resolved.get("oneOf").is_none() && resolved.get("anyOf").is_none() => {
                    self.plain(resolved, depth + 1)?
                }
                _ => self.value(part, depth + 1)?,
            };
            join(&mut whole, part);
        }
        for key in ["oneOf", "anyOf"] {
            let Some(branches) = schema[key].as_array().filter(|branches| !branches.is_empty())
            else {
                continue;
            };
            let branch = &branches[self.turn(schema, 3, branches.len())];
            if is_constraint(branch) {
                continue;
            }
            let mut chosen = self.value(branch, depth + 1)?;
            if let (Some(property), Value::Object(members)) =
                (schema["discriminator"]["propertyName"].as_str(), &mut chosen)
                && let Some(tag) = self.tag(schema, branch, property)
            {
                members.insert(property.to_owned(), json!(tag));
            }
            join(&mut whole, chosen);
        }
        if schema.get("properties").is_some()
            || schema.get("additionalProperties").is_some_and(Value::is_object)
            || whole.is_none()
        {
            let own = self.plain(schema, depth)?;
            join(&mut whole, own);
        }
        if let (Some(Value::Object(members)), true) =
            (&mut whole, schema["additionalProperties"].is_object())
        {
            members.remove(UNDECLARED);
        }
        whole
    }

    /// The discriminator's value for a branch.
    fn tag(&self, schema: &'d Value, branch: &'d Value, property: &str) -> Option<String> {
        let reference = branch.get("$ref").and_then(Value::as_str);
        let name = reference.and_then(|reference| reference.rsplit('/').next());
        for (tag, target) in schema["discriminator"]["mapping"].as_object().into_iter().flatten() {
            let target = target.as_str();
            if target.is_some() && (target == reference || target == name) {
                return Some(tag.clone());
            }
        }
        let member = self.resolved(branch)?.get("properties")?.get(property)?;
        match self.resolved(member)?.get("enum").or_else(|| member.get("const")) {
            Some(_) => None,
            None => name.map(str::to_owned),
        }
    }

    fn plain(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        let kinds: Vec<&str> = kinds(schema).into_iter().filter(|kind| *kind != "null").collect();
        let kind = match kinds.as_slice() {
            [] if schema.get("properties").is_some()
                || schema.get("additionalProperties").is_some() =>
            {
                "object"
            }
            [] if schema.get("patternProperties").is_some() || schema.get("required").is_some() => {
                "object"
            }
            [] if schema.get("items").is_some() || schema.get("prefixItems").is_some() => "array",
            [] => {
                let anything =
                    [json!("x"), json!(1), json!({"k": [true, null]}), json!([]), json!(0.5)];
                return Some(anything[self.turn(schema, 4, anything.len())].clone());
            }
            kinds => kinds[self.turn(schema, 5, kinds.len())],
        };
        Some(match kind {
            "object" => Value::Object(self.object(schema, depth)?),
            "array" => {
                let least =
                    usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or(0).min(3);
                if let Some(places) = schema["prefixItems"].as_array() {
                    return places.iter().map(|place| self.value(place, depth + 1)).collect();
                }
                let count = if self.enough(depth) {
                    least
                } else {
                    least.max(self.turn(schema, 6, 3).min(2))
                };
                let items: Option<Vec<Value>> = (0..count)
                    .map(|_| {
                        schema.get("items").map_or_else(
                            || Some(json!("item")),
                            |items| self.value(items, depth + 1),
                        )
                    })
                    .collect();
                match items {
                    Some(items) => Value::Array(items),
                    None if least == 0 => json!([]),
                    None => return None,
                }
            }
            "boolean" => json!(self.turn(schema, 7, 2) == 0),
            "integer" => json!(match schema["format"].as_str() {
                Some("int32" | "uint32" | "int16" | "uint16" | "int8" | "uint8") => 7,
                _ => 4_294_967_303_i64,
            }),
            "number"
                if matches!(
                    schema["format"].as_str(),
                    Some("int32" | "int64" | "integer" | "uint32" | "uint64")
                ) =>
            {
                json!(7)
            }
            "number" => json!([1.5, 2.0, -0.25][self.turn(schema, 8, 3)]),
            "string" => json!(match schema["format"].as_str() {
                Some("date") => "2026-01-31",
                Some("date-time") => "2026-01-31T10:00:00.120Z",
                Some("byte") => "aGkh",
                _ => "text",
            }),
            _ => return None,
        })
    }

    fn object(&mut self, schema: &'d Value, depth: usize) -> Option<Map<String, Value>> {
        // They are this object's, not those of the objects in it.
        let demanded = std::mem::take(&mut self.demanded);
        let members = self.members(schema, &demanded, depth);
        self.demanded = demanded;
        members
    }

    fn members(
        &mut self,
        schema: &'d Value,
        demanded: &[&'d str],
        depth: usize,
    ) -> Option<Map<String, Value>> {
        let mut members = Map::new();
        let own = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let required: Vec<&str> = own.chain(demanded.iter().copied()).collect();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if self.resolved(member).is_some_and(|member| member[self.unsent] == true) {
                continue;
            }
            let required = required.contains(&name.as_str());
            let wanted = match self.extent {
                Extent::All => true,
                Extent::Required => false,
                Extent::Some => self.turn(member, 9, 3) == 0,
            };
            if required || (wanted && !self.enough(depth)) {
                match self.value(member, depth + 1) {
                    Some(value) => _ = members.insert(name.clone(), value),
                    None if required => return None,
                    None => {}
                }
            }
        }
        match schema.get("additionalProperties") {
            Some(further) if further.is_object() => {
                if !self.enough(depth)
                    && self.extent != Extent::Required
                    && let Some(value) = self.value(further, depth + 1)
                {
                    members.insert("further key".to_owned(), value);
                }
            }
            Some(Value::Bool(false)) => {}
            _ if schema.get("patternProperties").is_some()
                && schema.get("properties").is_none() => {}
            _ if self.extent == Extent::All && self.unsent == "writeOnly" => {
                members.insert(UNDECLARED.to_owned(), json!({"a": [1, null]}));
            }
            _ => {}
        }
        Some(members)
    }
}

/// The `type` keyword as a list.
fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a branch only says which members must be there, or must not.
fn is_constraint(branch: &Value) -> bool {
    branch.as_object().is_some_and(|branch| {
        branch.keys().all(|key| ["required", "not", "description", "title"].contains(&key.as_str()))
    })
}

fn join(whole: &mut Option<Value>, part: Value) {
    match (whole, part) {
        (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
        // Null holds only where every part admits it.
        (Some(known), part) if known.is_null() => *known = part,
        // Parts that say nothing of the value leave it as it is.
        (Some(_), _) => {}
        (empty, part) => *empty = Some(part),
    }
}

/// A reference's fragment without its percent signs.
fn decoded(fragment: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = fragment.bytes();
    while let Some(byte) = bytes.next() {
        let hex = if byte == b'%' {
            fragment.get(fragment.len() - bytes.len()..fragment.len() - bytes.len() + 2)
        } else {
            None
        };
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                out.push(value);
                bytes.nth(1);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_taken_in_turn() {
        let document = json!({"a/b": {"oneOf": [{"enum": ["x", "y"]}, {"$ref": "#/c%20d"}]}, "c d": {"type": "object", "required": ["n"],
            "properties": {"n": {"type": "integer", "format": "int32"}, "o": {"type": "boolean"}}, "additionalProperties": false}});
        let mut sampler = Sampler::new(&document, "writeOnly");
        let drawn: Vec<Value> =
            (0..4).filter_map(|_| sampler.sample(&document["a/b"], Extent::Required)).collect();
        assert_eq!(drawn, [json!("x"), json!({"n": 7}), json!("y"), json!({"n": 7})]);
        assert_eq!(sampler.sample(&document["c d"], Extent::All), Some(json!({"n": 7, "o": true})));
    }
}
