//! Every member of every object is known and of the right type, or it is a finding.

use serde_json::{Map, Value, json};

use super::grammar::{
    self, MemberShape, ObjectKind, REFERENCE, Since, is_extension, member, section,
};
use super::{Context, UNTYPED};
use crate::load::MAX_DEPTH;
use crate::measure;
use crate::pointer::Trail;

/// Repairs members of the wrong type where the meaning is plain, and removes the others.
pub(super) fn repair(root: &mut Value, version: &str, cx: &mut Context<'_>) {
    let mut pass = Pass { old: version.starts_with("3.0"), cx };
    if let Value::Object(map) = root {
        pass.object(map, ObjectKind::Document, &Trail::root());
    }
}

struct Pass<'p, 'c> {
    /// The document says it is OpenAPI 3.0, so members of 3.1 are foreign to it.
    old: bool,
    cx: &'p mut Context<'c>,
}

impl Pass<'_, '_> {
    fn object(&mut self, map: &mut Map<String, Value>, kind: ObjectKind, trail: &Trail<'_>) {
        if trail.depth() > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} deep; left out");
            self.cx.fault("too-deep", trail, &message);
            map.clear();
            map.insert(UNTYPED.to_owned(), Value::String(message));
            return;
        }
        // What is left of references where none may stand was reported before.
        if section(kind).is_none() && grammar::reference_text(map).is_some() {
            map.shift_remove(REFERENCE);
        }
        if matches!(map.get(REFERENCE), Some(value) if !value.is_string()) {
            let message = format!("`$ref` is {}", measure::kind(&map[REFERENCE]));
            self.cx.fault("wrong-type", &trail.key(REFERENCE), message);
            map.shift_remove(REFERENCE);
        }
        let refers = map.contains_key(REFERENCE) && kind != ObjectKind::Operation;
        map.retain(|key, value| {
            let open = matches!(kind, ObjectKind::SecurityRequirement);
            if key == REFERENCE || open || is_extension(key) {
                return true;
            }
            // OpenAPI 3.1 lets a reference carry a summary of its own.
            if key == "summary" && refers {
                return false;
            }
            let here = trail.key(key);
            let Some((shape, since)) = member(kind, key) else {
                self.unknown(kind, key, &here);
                return false;
            };
            if since == Since::V31 && self.old && kind == ObjectKind::Schema && !leftover(key) {
                self.cx.fault(
                    "keyword-of-3.1",
                    &here,
                    format!("`{key}` is a keyword of OpenAPI 3.1, and this is a 3.0 document"),
                );
            }
            self.value(value, shape, kind, key, &here)
        });
    }

    fn unknown(&mut self, kind: ObjectKind, key: &str, trail: &Trail<'_>) {
        self.cx.fault(
            "unknown-keyword",
            trail,
            format!("`{key}` is no member of {}", article(kind)),
        );
    }

    /// Brings a value into its shape; the answer is whether it stays.
    #[expect(clippy::too_many_lines, clippy::match_same_arms, reason = "a table, shape by shape")]
    fn value(
        &mut self,
        value: &mut Value,
        shape: MemberShape,
        of: ObjectKind,
        key: &str,
        trail: &Trail<'_>,
    ) -> bool {
        match (shape, &mut *value) {
            (MemberShape::Any, _) => true,
            (MemberShape::Left, _) => false,
            (MemberShape::Noted(why), _) => {
                self.cx.note("not-modelled", trail, format!("left out: {why}"));
                false
            }
            // Absent said in another way; common in documents that programs write.
            (_, Value::Null) => {
                self.cx.fault("null-member", trail, "null stands for absent");
                shape_of_absent(value, shape)
            }
            (MemberShape::One(kind) | MemberShape::Ref(kind), Value::Object(map)) => {
                self.object(map, kind, trail);
                true
            }
            (MemberShape::Ref(ObjectKind::Schema), Value::Bool(flag)) => {
                let schema = boolean_schema(*flag);
                self.cx.note("boolean-schema", trail, "rewritten as a schema object");
                *value = schema;
                true
            }
            (MemberShape::List(kind) | MemberShape::RefList(kind), Value::Array(items)) => {
                self.items(items, kind, trail);
                true
            }
            (MemberShape::List(kind) | MemberShape::RefList(kind), Value::Object(_)) => {
                self.wrong(
                    trail,
                    "an object stands where a list of them belongs; read as its only item",
                );
                let item = value.take();
                let mut items = vec![item];
                self.items(&mut items, kind, trail);
                *value = Value::Array(items);
                true
            }
            (MemberShape::Map(kind) | MemberShape::RefMap(kind), Value::Object(map)) => {
                map.retain(|key, item| self.entry(item, kind, of, &trail.key(key)));
                true
            }
            // PHP writes the empty map as an empty list.
            (
                MemberShape::Map(_) | MemberShape::RefMap(_) | MemberShape::TextMap,
                Value::Array(items),
            ) if items.is_empty() => {
                self.wrong(trail, "an empty list stands where an empty object belongs");
                false
            }
            (MemberShape::FlagOrSchema, Value::Bool(_)) => true,
            (MemberShape::FlagOrSchema | MemberShape::SchemaOrList, Value::Object(map)) => {
                self.object(map, ObjectKind::Schema, trail);
                true
            }
            (MemberShape::SchemaOrList, Value::Array(items)) => {
                self.items(items, ObjectKind::Schema, trail);
                true
            }
            (MemberShape::SchemaOrList, Value::Bool(flag)) => {
                let schema = boolean_schema(*flag);
                self.cx.note("boolean-schema", trail, "rewritten as a schema object");
                *value = schema;
                true
            }
            (MemberShape::TextOrTexts | MemberShape::Texts, Value::Array(items)) => {
                let mut index = 0;
                items.retain_mut(|item| {
                    index += 1;
                    self.text(item, &trail.index(index - 1))
                });
                true
            }
            (MemberShape::Texts, Value::String(text)) if key != "required" => {
                self.wrong(
                    trail,
                    "text stands where a list of texts belongs; read as its only item",
                );
                *value = json!([text]);
                true
            }
            (MemberShape::TextOrTexts | MemberShape::Text, _) => self.text(value, trail),
            (MemberShape::TextMap, Value::Object(map)) => {
                // As text it would be a reference.
                if map.get("$ref").is_some_and(|target| !target.is_string()) {
                    map.shift_remove("$ref");
                    self.wrong(&trail.key("$ref"), "a reference is text; left out");
                }
                map.retain(|key, item| self.text(item, &trail.key(key)));
                true
            }
            (MemberShape::Anys, Value::Array(_)) => true,
            (MemberShape::Anys, Value::String(_) | Value::Number(_)) => {
                self.wrong(
                    trail,
                    "a single value stands where a list belongs; read as its only item",
                );
                *value = json!([value.take()]);
                true
            }
            (MemberShape::One(ObjectKind::Discriminator), Value::String(name)) => {
                self.wrong(trail, "read as the name of the property (Swagger 2.0 wrote it so)");
                *value = json!({ "propertyName": name });
                true
            }
            (MemberShape::Flag | MemberShape::FlagOrNumber, Value::Bool(_)) => true,
            (MemberShape::Number | MemberShape::FlagOrNumber, Value::Number(_)) => true,
            (
                MemberShape::Flag | MemberShape::FlagOrNumber | MemberShape::FlagOrSchema,
                Value::String(text),
            ) if matches!(text.as_str(), "true" | "false") => {
                let flag = text == "true";
                self.wrong(trail, "text stands where true or false belongs");
                *value = Value::Bool(flag);
                true
            }
            (MemberShape::Count | MemberShape::Number | MemberShape::FlagOrNumber, _) => {
                self.number(value, shape, trail)
            }
            (_, found) => {
                let message = format!(
                    "{} stands where {} belongs; left out",
                    measure::kind(found),
                    expected(shape)
                );
                self.wrong(trail, &message);
                false
            }
        }
    }

    fn items(&mut self, items: &mut Vec<Value>, kind: ObjectKind, trail: &Trail<'_>) {
        let mut index = 0;
        items.retain_mut(|item| {
            index += 1;
            self.entry(item, kind, kind, &trail.index(index - 1))
        });
    }

    /// One object of a list or map.
    fn entry(
        &mut self,
        item: &mut Value,
        kind: ObjectKind,
        of: ObjectKind,
        trail: &Trail<'_>,
    ) -> bool {
        match item {
            Value::Object(map) => {
                self.object(map, kind, trail);
                true
            }
            Value::Bool(flag) if kind == ObjectKind::Schema => {
                let schema = boolean_schema(*flag);
                self.cx.note("boolean-schema", trail, "rewritten as a schema object");
                *item = schema;
                true
            }
            // `text/plain:` and `bearer:` with nothing after it.
            Value::Null
                if matches!(
                    kind,
                    ObjectKind::MediaType | ObjectKind::Schema | ObjectKind::Encoding
                ) =>
            {
                self.cx.fault("null-member", trail, "null stands for an empty object");
                *item = json!({});
                true
            }
            Value::String(name) if kind == ObjectKind::Tag => {
                self.wrong(trail, "read as the name of the tag");
                *item = json!({ "name": name });
                true
            }
            // An example written without its `value`.
            _ if kind == ObjectKind::Example => {
                self.wrong(trail, "read as the value of the example");
                *item = json!({ "value": item.take() });
                true
            }
            // A type name where a schema belongs.
            Value::String(name)
                if kind == ObjectKind::Schema && of == ObjectKind::Schema && is_type(name) =>
            {
                self.wrong(trail, "read as the type of the schema");
                *item = json!({ "type": name });
                true
            }
            found => {
                let message = format!(
                    "{} stands where {} belongs; left out",
                    measure::kind(found),
                    article(kind)
                );
                self.wrong(trail, &message);
                false
            }
        }
    }

    fn text(&mut self, value: &mut Value, trail: &Trail<'_>) -> bool {
        match value {
            Value::String(_) => true,
            Value::Number(_) | Value::Bool(_) => {
                let text = value.to_string();
                let message = format!("{} stands where text belongs", measure::kind(value));
                self.wrong(trail, &message);
                *value = Value::String(text);
                true
            }
            // `type: [string, null]` with the bare word.
            Value::Null if trail.last_key().is_none() => {
                *value = Value::String("null".to_owned());
                true
            }
            _ => {
                let message =
                    format!("{} stands where text belongs; left out", measure::kind(value));
                self.wrong(trail, &message);
                false
            }
        }
    }

    fn number(&mut self, value: &mut Value, shape: MemberShape, trail: &Trail<'_>) -> bool {
        let read = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => {
                let read = text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
                if read.is_some() {
                    self.wrong(trail, "text stands where a number belongs");
                }
                read
            }
            _ => None,
        };
        let count = read.filter(|n| *n >= 0.0 && n.fract() == 0.0 && *n < 9.0e15);
        match (shape, read, count) {
            (_, _, Some(count)) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole, at least 0 and below 2^53"
                )]
                let count = count as u64;
                *value = json!(count);
                true
            }
            (MemberShape::Number | MemberShape::FlagOrNumber, Some(number), None) => {
                *value = json!(number);
                true
            }
            // A length beyond every length is no bound at all.
            (MemberShape::Count, Some(number), None) if number >= 9.0e15 => {
                self.cx.note("no-bound", trail, "larger than any length; left out");
                false
            }
            _ => {
                let message = format!(
                    "{} stands where {} belongs; left out",
                    measure::kind(value),
                    expected(shape)
                );
                self.wrong(trail, &message);
                false
            }
        }
    }

    fn wrong(&mut self, trail: &Trail<'_>, message: &str) {
        self.cx.fault("wrong-type", trail, message);
    }
}

/// What null means where this shape belongs; the answer is whether the value stays.
fn shape_of_absent(value: &mut Value, shape: MemberShape) -> bool {
    match shape {
        MemberShape::Ref(ObjectKind::Response | ObjectKind::PathItem)
        | MemberShape::One(ObjectKind::OAuthFlow) => {
            *value = json!({});
            true
        }
        _ => false,
    }
}

/// Keywords that tools leave behind and that say nothing about values.
fn leftover(key: &str) -> bool {
    matches!(key, "$schema" | "$id" | "$comment")
}

/// `true` admits everything, `false` nothing.
fn boolean_schema(flag: bool) -> Value {
    if flag { json!({}) } else { json!({"not": {}}) }
}

fn is_type(name: &str) -> bool {
    matches!(name, "string" | "number" | "integer" | "boolean" | "object" | "array")
}

fn expected(shape: MemberShape) -> &'static str {
    match shape {
        MemberShape::Text => "text",
        MemberShape::TextOrTexts => "text or a list of texts",
        MemberShape::Texts => "a list of texts",
        MemberShape::Flag => "true or false",
        MemberShape::FlagOrNumber => "true, false or a number",
        MemberShape::Count => "a whole number from zero",
        MemberShape::Number => "a number",
        MemberShape::FlagOrSchema => "true, false or a schema",
        MemberShape::SchemaOrList => "a schema",
        MemberShape::Anys | MemberShape::List(_) | MemberShape::RefList(_) => "a list",
        MemberShape::Map(_) | MemberShape::RefMap(_) | MemberShape::TextMap => "an object",
        MemberShape::One(kind) | MemberShape::Ref(kind) => article(kind),
        MemberShape::Any | MemberShape::Left | MemberShape::Noted(_) => "a value",
    }
}

/// The name of a kind with its article.
fn article(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Document => "a document",
        ObjectKind::Info => "an info object",
        ObjectKind::Server => "a server",
        ObjectKind::ServerVariable => "a server variable",
        ObjectKind::Components => "the components",
        ObjectKind::Paths => "the paths",
        ObjectKind::PathItem => "a path item",
        ObjectKind::Operation => "an operation",
        ObjectKind::Parameter => "a parameter",
        ObjectKind::RequestBody => "a request body",
        ObjectKind::MediaType => "a media type",
        ObjectKind::Encoding => "an encoding",
        ObjectKind::Responses => "the responses",
        ObjectKind::Response => "a response",
        ObjectKind::Example => "an example",
        ObjectKind::Header => "a header",
        ObjectKind::Tag => "a tag",
        ObjectKind::Schema => "a schema",
        ObjectKind::Discriminator => "a discriminator",
        ObjectKind::SecurityScheme => "a security scheme",
        ObjectKind::OAuthFlows => "the OAuth flows",
        ObjectKind::OAuthFlow => "an OAuth flow",
        ObjectKind::SecurityRequirement => "a security requirement",
    }
}
