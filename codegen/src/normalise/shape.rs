//! Every member of every object is known and of the right type, or it is a finding.

use serde_json::{Map, Value, json};

use super::grammar::{self, Kind, REFERENCE, Shape, Since, is_extension, member, section};
use super::{Context, UNTYPED};
use crate::load::MAX_DEPTH;
use crate::measure;
use crate::pointer::Trail;

/// Repairs members of the wrong type where the meaning is plain, and removes the others.
pub(super) fn repair(root: &mut Value, version: &str, cx: &mut Context<'_>) {
    let mut pass = Pass { old: version.starts_with("3.0"), cx };
    if let Value::Object(map) = root {
        pass.object(map, Kind::Document, &Trail::root());
    }
}

struct Pass<'p, 'c> {
    /// The document says it is OpenAPI 3.0, so members of 3.1 are foreign to it.
    old: bool,
    cx: &'p mut Context<'c>,
}

impl Pass<'_, '_> {
    fn object(&mut self, map: &mut Map<String, Value>, kind: Kind, trail: &Trail<'_>) {
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
        let refers = map.contains_key(REFERENCE) && kind != Kind::Operation;
        map.retain(|key, value| {
            let open = matches!(kind, Kind::SecurityRequirement);
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
            if since == Since::V31 && self.old && kind == Kind::Schema && !self.leftover(key) {
                self.cx.fault("keyword-of-3.1", &here, format!("`{key}` is a keyword of OpenAPI 3.1, and this is a 3.0 document"));
            }
            self.value(value, shape, kind, key, &here)
        });
    }

    /// Keywords that tools leave behind and that say nothing about values.
    fn leftover(&self, key: &str) -> bool {
        matches!(key, "$schema" | "$id" | "$comment")
    }

    fn unknown(&mut self, kind: Kind, key: &str, trail: &Trail<'_>) {
        self.cx.fault("unknown-keyword", trail, format!("`{key}` is no member of {}", article(kind)));
    }

    /// Brings a value into its shape; the answer is whether it stays.
    fn value(&mut self, value: &mut Value, shape: Shape, of: Kind, key: &str, trail: &Trail<'_>) -> bool {
        match (shape, &mut *value) {
            (Shape::Any, _) => true,
            (Shape::Left, _) => false,
            (Shape::Noted(why), _) => {
                self.cx.note("not-modelled", trail, format!("left out: {why}"));
                false
            }
            // Absent said in another way; common in documents that programs write.
            (_, Value::Null) => {
                self.cx.fault("null-member", trail, "null stands for absent");
                shape_of_absent(value, shape)
            }
            (Shape::One(kind) | Shape::Ref(kind), Value::Object(map)) => {
                self.object(map, kind, trail);
                true
            }
            (Shape::Ref(Kind::Schema), Value::Bool(flag)) => {
                let schema = boolean_schema(*flag);
                self.cx.note("boolean-schema", trail, "rewritten as a schema object");
                *value = schema;
                true
            }
            (Shape::List(kind) | Shape::RefList(kind), Value::Array(items)) => {
                self.items(items, kind, trail);
                true
            }
            (Shape::List(kind) | Shape::RefList(kind), Value::Object(_)) => {
                self.wrong(trail, "an object stands where a list of them belongs; read as its only item");
                let item = value.take();
                let mut items = vec![item];
                self.items(&mut items, kind, trail);
                *value = Value::Array(items);
                true
            }
            (Shape::Map(kind) | Shape::RefMap(kind), Value::Object(map)) => {
                map.retain(|key, item| self.entry(item, kind, of, &trail.key(key)));
                true
            }
            // PHP writes the empty map as an empty list.
            (Shape::Map(_) | Shape::RefMap(_) | Shape::TextMap, Value::Array(items)) if items.is_empty() => {
                self.wrong(trail, "an empty list stands where an empty object belongs");
                false
            }
            (Shape::FlagOrSchema, Value::Bool(_)) => true,
            (Shape::FlagOrSchema | Shape::SchemaOrList, Value::Object(map)) => {
                self.object(map, Kind::Schema, trail);
                true
            }
            (Shape::SchemaOrList, Value::Array(items)) => {
                self.items(items, Kind::Schema, trail);
                true
            }
            (Shape::SchemaOrList, Value::Bool(flag)) => {
                let schema = boolean_schema(*flag);
                self.cx.note("boolean-schema", trail, "rewritten as a schema object");
                *value = schema;
                true
            }
            (Shape::TextOrTexts | Shape::Texts, Value::Array(items)) => {
                let mut index = 0;
                items.retain_mut(|item| {
                    index += 1;
                    self.text(item, &trail.index(index - 1))
                });
                true
            }
            (Shape::Texts, Value::String(text)) if key != "required" => {
                self.wrong(trail, "text stands where a list of texts belongs; read as its only item");
                *value = json!([text]);
                true
            }
            (Shape::TextOrTexts | Shape::Text, _) => self.text(value, trail),
            (Shape::TextMap, Value::Object(map)) => {
                // As text it would be a reference.
                if map.get("$ref").is_some_and(|target| !target.is_string()) {
                    map.shift_remove("$ref");
                    self.wrong(&trail.key("$ref"), "a reference is text; left out");
                }
                map.retain(|key, item| self.text(item, &trail.key(key)));
                true
            }
            (Shape::Anys, Value::Array(_)) => true,
            (Shape::Anys, Value::String(_) | Value::Number(_)) => {
                self.wrong(trail, "a single value stands where a list belongs; read as its only item");
                *value = json!([value.take()]);
                true
            }
            (Shape::One(Kind::Discriminator), Value::String(name)) => {
                self.wrong(trail, "read as the name of the property (Swagger 2.0 wrote it so)");
                *value = json!({ "propertyName": name });
                true
            }
            (Shape::Flag | Shape::FlagOrNumber, Value::Bool(_)) => true,
            (Shape::Number | Shape::FlagOrNumber, Value::Number(_)) => true,
            (Shape::Flag | Shape::FlagOrNumber | Shape::FlagOrSchema, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
                let flag = text == "true";
                self.wrong(trail, "text stands where true or false belongs");
                *value = Value::Bool(flag);
                true
            }
            (Shape::Count | Shape::Number | Shape::FlagOrNumber, _) => self.number(value, shape, trail),
            (_, found) => {
                let message = format!("{} stands where {} belongs; left out", measure::kind(found), expected(shape));
                self.wrong(trail, &message);
                false
            }
        }
    }

    fn items(&mut self, items: &mut Vec<Value>, kind: Kind, trail: &Trail<'_>) {
        let mut index = 0;
        items.retain_mut(|item| {
            index += 1;
            self.entry(item, kind, kind, &trail.index(index - 1))
        });
    }

    /// One object of a list or map.
    fn entry(&mut self, item: &mut Value, kind: Kind, of: Kind, trail: &Trail<'_>) -> bool {
        match item {
            Value::Object(map) => {
                self.object(map, kind, trail);
                true
            }
            Value::Bool(flag) if kind == Kind::Schema => {
                let schema = boolean_schema(*flag);
                self.cx.note("boolean-schema", trail, "rewritten as a schema object");
                *item = schema;
                true
            }
            // `text/plain:` and `bearer:` with nothing after it.
            Value::Null if matches!(kind, Kind::MediaType | Kind::Schema | Kind::Encoding) => {
                self.cx.fault("null-member", trail, "null stands for an empty object");
                *item = json!({});
                true
            }
            Value::String(name) if kind == Kind::Tag => {
                self.wrong(trail, "read as the name of the tag");
                *item = json!({ "name": name });
                true
            }
            // An example written without its `value`.
            _ if kind == Kind::Example => {
                self.wrong(trail, "read as the value of the example");
                *item = json!({ "value": item.take() });
                true
            }
            // A type name where a schema belongs.
            Value::String(name) if kind == Kind::Schema && of == Kind::Schema && is_type(name) => {
                self.wrong(trail, "read as the type of the schema");
                *item = json!({ "type": name });
                true
            }
            found => {
                let message = format!("{} stands where {} belongs; left out", measure::kind(found), article(kind));
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
                let message = format!("{} stands where text belongs; left out", measure::kind(value));
                self.wrong(trail, &message);
                false
            }
        }
    }

    fn number(&mut self, value: &mut Value, shape: Shape, trail: &Trail<'_>) -> bool {
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
                *value = json!(count as u64);
                true
            }
            (Shape::Number | Shape::FlagOrNumber, Some(number), None) => {
                *value = json!(number);
                true
            }
            // A length beyond every length is no bound at all.
            (Shape::Count, Some(number), None) if number >= 9.0e15 => {
                self.cx.note("no-bound", trail, "larger than any length; left out");
                false
            }
            _ => {
                let message = format!("{} stands where {} belongs; left out", measure::kind(value), expected(shape));
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
fn shape_of_absent(value: &mut Value, shape: Shape) -> bool {
    match shape {
        Shape::Ref(Kind::Response | Kind::PathItem) | Shape::One(Kind::OAuthFlow) => {
            *value = json!({});
            true
        }
        _ => false,
    }
}

/// `true` admits everything, `false` nothing.
fn boolean_schema(flag: bool) -> Value {
    if flag { json!({}) } else { json!({"not": {}}) }
}

fn is_type(name: &str) -> bool {
    matches!(name, "string" | "number" | "integer" | "boolean" | "object" | "array")
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "text",
        Shape::TextOrTexts => "text or a list of texts",
        Shape::Texts => "a list of texts",
        Shape::Flag => "true or false",
        Shape::FlagOrNumber => "true, false or a number",
        Shape::Count => "a whole number from zero",
        Shape::Number => "a number",
        Shape::FlagOrSchema => "true, false or a schema",
        Shape::SchemaOrList => "a schema",
        Shape::Anys | Shape::List(_) | Shape::RefList(_) => "a list",
        Shape::Map(_) | Shape::RefMap(_) | Shape::TextMap => "an object",
        Shape::One(kind) | Shape::Ref(kind) => article(kind),
        Shape::Any | Shape::Left | Shape::Noted(_) => "a value",
    }
}

/// The name of a kind with its article.
fn article(kind: Kind) -> &'static str {
    match kind {
        Kind::Document => "a document",
        Kind::Info => "an info object",
        Kind::Server => "a server",
        Kind::ServerVariable => "a server variable",
        Kind::Components => "the components",
        Kind::Paths => "the paths",
        Kind::PathItem => "a path item",
        Kind::Operation => "an operation",
        Kind::Parameter => "a parameter",
        Kind::RequestBody => "a request body",
        Kind::MediaType => "a media type",
        Kind::Encoding => "an encoding",
        Kind::Responses => "the responses",
        Kind::Response => "a response",
        Kind::Example => "an example",
        Kind::Header => "a header",
        Kind::Tag => "a tag",
        Kind::Schema => "a schema",
        Kind::Discriminator => "a discriminator",
        Kind::SecurityScheme => "a security scheme",
        Kind::OAuthFlows => "the OAuth flows",
        Kind::OAuthFlow => "an OAuth flow",
        Kind::SecurityRequirement => "a security requirement",
    }
}
