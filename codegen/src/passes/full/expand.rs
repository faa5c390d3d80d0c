//! What a schema states, spelled out: without references, finite, closed where it lists its members.

use serde_json::{Map, Value, json};

use super::family::{self, Families};
use super::{close, merge};
use crate::ir::inputs::file;
use crate::pointer::Trail;

pub(super) type Schema = Map<String, Value>;

/// How often a component may lie in itself.
const REPEATS: usize = 2;
/// How many bytes of values and texts count as one schema more.
const BYTES: usize = 256;
/// The longest text of a member that counts, in bytes.
const LONGEST_TEXT: usize = 400;

const CUT: &str =
    "too deep or too large to be spelled out; what lies here and as deep is not checked";

/// What is said of the schemas that a tool takes: kind, pointer, sentence.
pub(super) type Note = (&'static str, String, &'static str);

/// Spells schemas out within bounds.
pub(super) struct Expander<'a> {
    pub(super) schemas: &'a Map<String, Value>,
    pub(super) families: &'a Families<'a>,
    /// Strings of bytes are files.
    pub(super) files: bool,
    /// What lies in more objects than this is not spelled out.
    pub(super) deepest: usize,
    /// How many schemas may still be written; `None` once there were more.
    pub(super) left: Option<usize>,
    /// Whether the body, which is read first, was within bounds.
    pub(super) body_fits: bool,
    /// Whether something lay too deep.
    pub(super) cut: bool,
    pub(super) notes: Vec<Note>,
    /// The components that a place lies in.
    around: Vec<&'a str>,
    depth: usize,
    /// Inside of what must not be read as anything but what it says: `not`, `if`, `contains`.
    verbatim: usize,
}

impl<'a> Expander<'a> {
    pub(super) fn new(
        schemas: &'a Map<String, Value>,
        families: &'a Families<'a>,
        files: bool,
        deepest: usize,
        left: usize,
    ) -> Self {
        Self {
            schemas,
            families,
            files,
            deepest,
            left: Some(left),
            body_fits: true,
            cut: false,
            notes: Vec::new(),
            around: Vec::new(),
            depth: 0,
            verbatim: 0,
        }
    }

    /// The schema of a value of its own: a member, an item, an argument.
    pub(super) fn place(&mut self, schema: &'a Value, trail: &Trail<'_>) -> Value {
        if self.depth > self.deepest {
            self.left = self.left.and_then(|left| left.checked_sub(1));
            // Said once of all that lies as deep in one tool.
            if !std::mem::replace(&mut self.cut, true) {
                self.note("cut-schema", trail, CUT);
            }
            return json!({});
        }
        let mut out = self.here(schema, trail, false);
        if self.verbatim == 0 && close::close(&mut out) {
            self.note("closed-object", trail, "lists its members, so arguments take no others; `additionalProperties: true` would let them through");
        }
        out
    }

    /// A schema at the place of the one around it. A part of an `allOf` is itself and no family.
    pub(super) fn here(&mut self, schema: &'a Value, trail: &Trail<'_>, part: bool) -> Value {
        self.spend(schema);
        let Value::Object(map) = schema else {
            return schema.clone();
        };
        if self.left.is_none() {
            return json!({});
        }
        match family::component(schema) {
            Some(name) => {
                let Some((name, target)) = self.schemas.get_key_value(name.as_ref()) else {
                    return json!({});
                };
                let target = self.component(name, target, trail, part);
                if map.len() == 1 { target } else { merge::both(self.object(map, trail), target) }
            }
            None => self.object(map, trail),
        }
    }

    fn component(
        &mut self,
        name: &'a str,
        schema: &'a Value,
        from: &Trail<'_>,
        part: bool,
    ) -> Value {
        if self.around.iter().filter(|around| **around == name).count() >= REPEATS {
            self.note("cut-schema", from, "lies in itself; deeper than twice it is not checked");
            return json!({});
        }
        self.around.push(name);
        let root = Trail::root();
        let (components, section);
        components = root.key("components");
        section = components.key("schemas");
        let trail = section.key(name);
        let family = if part { None } else { self.families.of(name) };
        let out = match family {
            Some(family) => self.family(&family, schema, &trail),
            None => self.here(schema, &trail, false),
        };
        self.around.pop();
        out
    }

    /// One of the family's members, or what only its base knows.
    fn family(&mut self, family: &family::Family<'a>, base: &'a Value, trail: &Trail<'_>) -> Value {
        let mut variants = Vec::new();
        for (name, tags) in &family.members {
            let Some((name, schema)) = self.schemas.get_key_value(*name) else { continue };
            if self.around.contains(&name.as_str()) {
                continue;
            }
            self.around.push(name);
            let mut variant = self.here(schema, trail, true);
            self.around.pop();
            close::tag(&mut variant, family.property, tags);
            close::close(&mut variant);
            variants.push(variant);
        }
        let mut base = self.here(base, trail, true);
        close::close(&mut base);
        variants.push(base);
        json!({ "anyOf": variants })
    }

    fn object(&mut self, map: &'a Map<String, Value>, trail: &Trail<'_>) -> Value {
        if self.files && is_bytes(map) {
            let mut file = file();
            if let Some(text) = map.get("description") {
                file["description"] = text.clone();
            }
            return file;
        }
        let mut out = Schema::new();
        let mut parts = Vec::new();
        for (key, value) in map {
            let at = trail.key(key);
            let written = match key.as_str() {
                "$ref" | "anyOf" | "oneOf" | "discriminator" | "nullable" | "readOnly"
                | "writeOnly" | "$schema" => continue,
                "format" if matches!(value.as_str(), Some("binary")) => continue,
                "allOf" => {
                    for (index, part) in value.as_array().into_iter().flatten().enumerate() {
                        parts.push(self.here(part, &at.index(index), true));
                    }
                    continue;
                }
                "properties" => self.members(value, &at),
                "required" => self.required(map, value),
                "patternProperties" => self.places(value, &at),
                "additionalProperties" | "items" | "unevaluatedItems" | "unevaluatedProperties" => {
                    self.inner(value, &at)
                }
                "prefixItems" => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    items.map(|(index, item)| self.inner(item, &at.index(index))).collect()
                }
                "contains" | "propertyNames" => self.as_said(|this| this.place(value, &at)),
                "not" | "if" | "then" | "else" => self.as_said(|this| this.here(value, &at, true)),
                "dependentSchemas" => {
                    let schemas = value.as_object().into_iter().flatten();
                    let schemas: Schema = self.as_said(|this| {
                        let here = |(name, schema): (&String, &'a Value)| {
                            (name.clone(), this.here(schema, &at.key(name), true))
                        };
                        schemas.map(here).collect()
                    });
                    Value::Object(schemas)
                }
                _ => value.clone(),
            };
            out.insert(key.clone(), written);
        }
        let out = self.with_parts(out, parts, trail);
        let mut out = self.alternatives(out, map, trail);
        if self.verbatim == 0 {
            close::admit_beside(&mut out);
        }
        if map.get("nullable") == Some(&Value::Bool(true)) {
            close::allow_null(&mut out);
        }
        out
    }

    /// What an object of itself says together with its parts. `additionalProperties: false` beside
    /// or among parts that have members is meant for the whole: else nothing would be valid.
    fn with_parts(&mut self, mut own: Schema, mut parts: Vec<Value>, trail: &Trail<'_>) -> Value {
        let mut closed = false;
        if self.verbatim == 0 && !parts.is_empty() {
            let declare = |schema: &Value| !close::declared(schema).is_empty();
            let declaring = parts.iter().filter(|part| declare(part)).count()
                + usize::from(own.contains_key("properties"));
            let mut open = |schema: &mut Schema, others: bool| {
                if others && schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                    schema.shift_remove("additionalProperties");
                    closed = true;
                }
            };
            let others = parts.iter().any(declare);
            open(&mut own, others);
            for part in &mut parts {
                let others = declaring > usize::from(declare(part));
                if let Value::Object(part) = part {
                    open(part, others);
                }
            }
        }
        let mut out = parts.into_iter().fold(Value::Object(own), merge::both);
        if closed {
            self.note(
                "closed-part",
                trail,
                "`additionalProperties: false` of a part is read as closing the whole",
            );
            if let Value::Object(out) = &mut out {
                close::shut(out);
            }
        }
        out
    }

    /// The alternatives beside the rest of a schema.
    fn alternatives(
        &mut self,
        out: Value,
        map: &'a Map<String, Value>,
        trail: &Trail<'_>,
    ) -> Value {
        let mut out = out;
        for keyword in ["oneOf", "anyOf"] {
            let Some(list) = map.get(keyword).and_then(Value::as_array) else { continue };
            let at = trail.key(keyword);
            let tagged = map
                .get("discriminator")
                .and_then(|found| Some((found, found.get("propertyName")?.as_str()?)));
            let mut branches = Vec::new();
            for (index, schema) in list.iter().enumerate() {
                let branch = |this: &mut Self| this.here(schema, &at.index(index), false);
                let mut branch = branch(self);
                if let (Some((discriminator, property)), Some(name)) =
                    (tagged, family::component(schema))
                    && let Some((name, _)) = self.schemas.get_key_value(name.as_ref())
                {
                    close::tag(&mut branch, property, &family::tags(discriminator, name));
                }
                branches.push(branch);
            }
            let (word, said) = if self.verbatim > 0 {
                (keyword, None)
            } else {
                close::word(keyword, tagged.is_some(), &branches)
            };
            if let Some(said) = said {
                self.note("one-of", &at, said);
            }
            // Of alternatives that are objects, each is closed by itself.
            if keyword == "oneOf" && word == "anyOf" {
                for branch in &mut branches {
                    close::close(branch);
                }
            }
            out = merge::both(out, json!({ word: branches }));
        }
        out
    }

    /// The members of an object that may be sent.
    fn members(&mut self, members: &'a Value, trail: &Trail<'_>) -> Value {
        let members = members.as_object().into_iter().flatten();
        self.depth += 1;
        let mut placed = Schema::new();
        for (name, schema) in members {
            if self.left.is_none() {
                break;
            }
            if self.is_read_only(schema) {
                continue;
            }
            placed.insert(name.clone(), self.place(schema, &trail.key(name)));
        }
        self.depth -= 1;
        Value::Object(placed)
    }

    /// The names that are required and may be sent.
    fn required(&self, map: &Map<String, Value>, names: &Value) -> Value {
        let member = |name: &Value| map.get("properties")?.get(name.as_str()?);
        let names = names.as_array().into_iter().flatten();
        names
            .filter(|name| !member(name).is_some_and(|schema| self.is_read_only(schema)))
            .cloned()
            .collect()
    }

    fn places(&mut self, schemas: &'a Value, trail: &Trail<'_>) -> Value {
        let schemas = schemas.as_object().into_iter().flatten();
        let placed: Schema = schemas
            .map(|(name, schema)| (name.clone(), self.inner(schema, &trail.key(name))))
            .collect();
        Value::Object(placed)
    }

    fn inner(&mut self, schema: &'a Value, trail: &Trail<'_>) -> Value {
        self.depth += 1;
        let out = self.place(schema, trail);
        self.depth -= 1;
        out
    }

    fn as_said<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.verbatim += 1;
        let out = read(self);
        self.verbatim -= 1;
        out
    }

    fn is_read_only(&self, schema: &Value) -> bool {
        let says = |schema: &Value| schema.get("readOnly") == Some(&Value::Bool(true));
        let target = || self.schemas.get(family::component(schema)?.as_ref());
        says(schema) || target().is_some_and(says)
    }

    fn spend(&mut self, schema: &Value) {
        let bytes = |key: &str| match schema.get(key) {
            Some(Value::String(text)) => text.len().min(LONGEST_TEXT),
            Some(Value::Array(values)) => values.iter().map(|value| value.to_string().len()).sum(),
            _ => 0,
        };
        let more: usize = ["description", "pattern", "enum"].map(bytes).iter().sum();
        self.left = self.left.and_then(|left| left.checked_sub(1 + more / BYTES));
    }

    fn note(&mut self, code: &'static str, trail: &Trail<'_>, sentence: &'static str) {
        self.notes.push((code, trail.to_string(), sentence));
    }
}

/// Whether a schema is a string of bytes.
fn is_bytes(map: &Map<String, Value>) -> bool {
    let media = map.get("contentMediaType").and_then(Value::as_str);
    map.get("format").is_some_and(|format| format == "binary")
        || media.is_some_and(|media| {
            !media.starts_with("text/")
                && !media.contains("json")
                && !map.contains_key("contentEncoding")
        })
}
