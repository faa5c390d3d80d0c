//! One argument as a field of a form: what it takes, in words, and what was typed as the value that it
//! means.

use serde_json::{Number, Value};

use crate::bound;
use crate::json::{self, Allowance};
use crate::pages::form::Form;
use crate::pages::inputs::capital;
use crate::tools::schema_notation::{resolve, short};

/// How many options are offered as a choice; of more the first are named.
const OPTIONS: usize = 100;
/// How many options can be ticked one by one.
const TICKED: usize = 24;
/// The longest sentence that helps, in bytes.
const HELP: usize = 400;
/// Names behind which people write more than a line.
const LONG: [&str; 6] = ["comment", "description", "message", "notes", "content", "instructions"];

/// How a value is typed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// One line of text.
    Line,
    /// Some lines of text.
    Text,
    /// A number.
    Number,
    /// Yes, no, or nothing.
    YesNo,
    /// One of these: the text that is sent, and the value that it means.
    Choice(Vec<(String, Value)>),
    /// Any of these.
    Picks(Vec<(String, Value)>),
    /// A list, an item a line.
    Lines {
        /// Whether its items are numbers.
        numbers: bool,
    },
    /// JSON.
    Json,
    /// JSON, or text that is none.
    Open,
    /// Text; a list or an object as JSON.
    Plain,
}

/// A field of a form.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Unique on its page.
    pub(super) id: String,
    /// The name that it is sent by.
    pub(super) sent_as: String,
    /// The argument's own name.
    pub(super) name: String,
    pub(super) help: String,
    /// What it takes, in words.
    pub(super) takes: String,
    pub(super) required: bool,
    pub(super) kind: Kind,
    pub(super) typed: String,
    pub(super) picked: Vec<String>,
    pub(super) error: Option<String>,
}

impl Field {
    /// The field of an argument with this schema.
    pub(super) fn of(key: &str, name: &str, schema: &Value, root: &Value, required: bool) -> Self {
        let kind = match kind(schema, root) {
            Kind::Line if LONG.contains(&name) => Kind::Text,
            kind => kind,
        };
        let takes = takes(&kind, resolve(schema, root), root);
        let help = schema["title"].as_str().or(schema["description"].as_str()).unwrap_or_default();
        Self { takes, ..Self::typed_as(key, name, kind, help, required) }
    }

    /// A field of which no schema tells.
    pub(super) fn typed_as(key: &str, name: &str, kind: Kind, help: &str, required: bool) -> Self {
        Self {
            id: String::new(),
            sent_as: format!("{key}.{name}"),
            name: name.to_owned(),
            help: bound::cut(help, HELP).into_owned(),
            takes: String::new(),
            required,
            kind,
            typed: String::new(),
            picked: Vec::new(),
            error: None,
        }
    }

    /// About how much it takes of a page, in bytes.
    pub(super) fn size(&self) -> usize {
        let options = match &self.kind {
            Kind::Choice(options) | Kind::Picks(options) => options.as_slice(),
            _ => &[],
        };
        let options: usize = options.iter().map(|(text, _)| 2 * escaped(text) + 120).sum();
        900 + 3 * escaped(&self.name) + escaped(&self.help) + escaped(&self.takes) + options
    }

    /// Keeps what was typed.
    pub(super) fn fill(&mut self, form: &Form) {
        if form.has(&self.sent_as) {
            form.text(&self.sent_as).clone_into(&mut self.typed);
        }
        if let Kind::Picks(_) = self.kind {
            self.picked = form.all(&self.sent_as).map(str::to_owned).collect();
        }
        if self.kind == Kind::Line && self.typed.contains('\n') {
            self.kind = Kind::Text;
        }
    }

    /// Whether anything was typed.
    pub(super) fn is_filled(&self) -> bool {
        !self.typed.is_empty() || !self.picked.is_empty()
    }

    /// Whether an option is chosen.
    pub(super) fn is_picked(&self, text: &str) -> bool {
        self.picked.iter().any(|picked| picked == text) || self.typed == text
    }

    /// The value that what was typed means; `None` where nothing was.
    ///
    /// # Errors
    /// What is wrong with JSON.
    pub(super) fn value(&self) -> Result<Option<Value>, String> {
        let text = self.typed.replace("\r\n", "\n");
        if let Kind::Picks(options) = &self.kind {
            let values: Vec<Value> = self.picked.iter().map(|text| meant(options, text)).collect();
            return Ok((!values.is_empty()).then_some(Value::Array(values)));
        }
        if text.is_empty() {
            return Ok(None);
        }
        let value = match &self.kind {
            Kind::Number => number(&text),
            Kind::YesNo => match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text),
            },
            Kind::Choice(options) => meant(options, &text),
            Kind::Lines { numbers } => {
                let lines = text.lines().filter(|line| !line.trim().is_empty());
                let item =
                    |line: &str| if *numbers { number(line) } else { Value::String(line.into()) };
                Value::Array(lines.map(item).collect())
            }
            Kind::Json => return parsed(&text).map(Some),
            Kind::Open => parsed(&text).unwrap_or(Value::String(text)),
            Kind::Plain if text.trim_start().starts_with(['[', '{']) => {
                parsed(&text).unwrap_or(Value::String(text))
            }
            Kind::Line | Kind::Text | Kind::Plain | Kind::Picks(_) => Value::String(text),
        };
        Ok(Some(value))
    }

    /// What describes it, for a screen reader.
    pub(super) fn described(&self) -> String {
        let parts = [
            (!self.help.is_empty() || !self.takes.is_empty(), "help"),
            (self.error.is_some(), "error"),
        ];
        let ids = parts.iter().filter(|(is_there, _)| *is_there);
        ids.map(|(_, part)| format!("{}-{part}", self.id)).collect::<Vec<_>>().join(" ")
    }
}

/// JSON that somebody typed.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(super) fn parsed(text: &str) -> Result<Value, String> {
    json::read(text.trim().as_bytes(), &mut Allowance::default())
        .map_err(|why| format!("This is not JSON: {why}."))
}

/// How much a text takes in a page, in bytes.
pub(super) fn escaped(text: &str) -> usize {
    text.len() + 4 * text.bytes().filter(|byte| b"<>&\"'".contains(byte)).count()
}

fn number(text: &str) -> Value {
    let number: Option<Number> = serde_json::from_str(text.trim()).ok();
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

fn meant(options: &[(String, Value)], text: &str) -> Value {
    let found = options.iter().find(|(option, _)| option == text);
    found.map_or_else(|| Value::String(text.to_owned()), |(_, value)| value.clone())
}

/// How a value of this schema is typed.
fn kind(schema: &Value, root: &Value) -> Kind {
    let schema = resolve(schema, root);
    if let Some(options) = options(schema) {
        return if options.len() <= OPTIONS { Kind::Choice(options) } else { Kind::Open };
    }
    match types(schema).as_slice() {
        ["boolean"] => Kind::YesNo,
        ["integer" | "number"] | ["integer", "number"] | ["number", "integer"] => Kind::Number,
        ["string"] => Kind::Line,
        ["array"] => list(schema, root),
        ["object"] => Kind::Json,
        [] if schema.get("properties").is_some() => Kind::Json,
        [] => match ["anyOf", "oneOf"].iter().find_map(|word| schema.get(word)?.as_array()) {
            Some(branches) => {
                let mut kinds = branches.iter().map(|branch| kind(branch, root));
                let first = kinds.next().unwrap_or(Kind::Open);
                if kinds.all(|other| other == first) { first } else { Kind::Open }
            }
            None => Kind::Open,
        },
        _ => Kind::Open,
    }
}

fn list(schema: &Value, root: &Value) -> Kind {
    let Some(items) = schema.get("items") else { return Kind::Json };
    match kind(items, root) {
        Kind::Choice(options) if options.len() <= TICKED => Kind::Picks(options),
        Kind::Line | Kind::Text | Kind::Choice(_) => Kind::Lines { numbers: false },
        Kind::Number => Kind::Lines { numbers: true },
        _ => Kind::Json,
    }
}

/// The only values that a schema takes, each with the text that is sent for it.
fn options(schema: &Value) -> Option<Vec<(String, Value)>> {
    let constant = schema.get("const").map(std::slice::from_ref);
    let all = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).or(constant)?;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let given = all.iter().filter(|value| !value.is_null());
    let options: Vec<_> = given.map(|value| (text(value), value.clone())).collect();
    // What is empty or has lines cannot be told from nothing, or does not come back as it went.
    let plain = |text: &String| !text.is_empty() && !text.contains(['\n', '\r']);
    options.iter().all(|(text, _)| plain(text)).then_some(options)
}

/// The types that a schema names, but for null.
fn types(schema: &Value) -> Vec<&str> {
    let names = match schema.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    names.into_iter().filter(|name| *name != "null").collect()
}

/// What a field takes, in words.
fn takes(kind: &Kind, schema: &Value, root: &Value) -> String {
    let base = match kind {
        Kind::Number if types(schema) == ["integer"] => "a whole number".to_owned(),
        Kind::Number => "a number".to_owned(),
        Kind::Lines { numbers: true } => "numbers, one a line".to_owned(),
        Kind::Lines { numbers: false } => "one a line".to_owned(),
        Kind::Json => format!("JSON: {}", short(schema, root)),
        Kind::Open => format!("text, or JSON: {}", short(schema, root)),
        Kind::Line | Kind::Text => match schema["format"].as_str() {
            Some("date") => "a date such as 2026-01-31".to_owned(),
            Some("date-time") => "a moment such as 2026-01-31T09:30:00Z".to_owned(),
            Some("email") => "a mail address".to_owned(),
            Some("uri" | "url") => "an address such as https://example.com".to_owned(),
            _ => String::new(),
        },
        Kind::YesNo | Kind::Choice(_) | Kind::Picks(_) | Kind::Plain => String::new(),
    };
    let limits = [
        ("minimum", "at least", ""),
        ("maximum", "at most", ""),
        ("maxLength", "at most", " characters"),
    ];
    let limits = limits.iter().filter_map(|(limit, word, of)| {
        let limit = schema.get(limit).filter(|limit| limit.is_number())?;
        Some(format!("{word} {limit}{of}"))
    });
    let all = std::iter::once(base).filter(|base| !base.is_empty()).chain(limits);
    let mut words = capital(&all.collect::<Vec<_>>().join(", "));
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        let said = match default {
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let so_far = if words.is_empty() { "" } else { ". " };
        words = format!("{words}{so_far}Left empty, it is {}", bound::cut(&said, 100));
    }
    bound::cut_owned(words, 900)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(schema: &Value, typed: &str) -> Result<Option<Value>, String> {
        let mut field = Field::of("arg", "x", schema, schema, false);
        typed.clone_into(&mut field.typed);
        if matches!(field.kind, Kind::Picks(_)) {
            field.picked = typed.split(',').map(str::to_owned).collect();
        }
        field.value()
    }

    #[test]
    fn what_is_typed_means_what_the_schema_wants() {
        let text = json!({"type": "string"});
        let list = |items: Value| json!({"type": "array", "items": items});
        for (schema, typed, wanted) in [
            (text.clone(), " 7 ", json!(" 7 ")),
            (text.clone(), "a\r\nb", json!("a\nb")),
            (json!({"type": ["integer", "null"]}), " 7 ", json!(7)),
            (json!({"type": "number"}), "1.50", json!(1.5)),
            (json!({"type": "integer"}), "seven", json!("seven")),
            (json!({"type": "boolean"}), "false", json!(false)),
            (json!({"enum": [1, "a"]}), "1", json!(1)),
            (json!({"enum": ["1", "a"]}), "1", json!("1")),
            (json!({"enum": ["a"]}), "b", json!("b")),
            (list(text.clone()), "a\r\n\r\n b", json!(["a", " b"])),
            (list(json!({"type": "integer"})), "1\n2", json!([1, 2])),
            (list(json!({"enum": ["a", "b"]})), "a,b", json!(["a", "b"])),
            (list(json!({"type": "object"})), "[{\"a\":1}]", json!([{"a": 1}])),
            (json!({"type": "object"}), " {\"a\":[1]}\n", json!({"a": [1]})),
            (json!({}), "{\"a\":1}", json!({"a": 1})),
            (json!({"anyOf": [{"type": "number"}, {"type": "string"}]}), "7", json!(7)),
            (json!({"type": ["string", "array"]}), "a,b", json!("a,b")),
        ] {
            assert_eq!(value(&schema, typed), Ok(Some(wanted)), "{schema} {typed:?}");
            assert_eq!(value(&list(text.clone()), ""), Ok(None));
        }
        for broken in ["{", "{\"a\":1,\"a\":2}", "x"] {
            let why = value(&json!({"type": "object"}), broken).unwrap_err();
            assert!(why.starts_with("This is not JSON: "), "{why}");
        }
    }

    #[test]
    fn what_a_field_takes_is_said_in_words() {
        let said = |schema: Value| Field::of("arg", "x", &schema, &schema, false).takes;
        for (schema, words) in [
            (
                json!({"type": "integer", "minimum": 1, "maximum": 9}),
                "A whole number, at least 1, at most 9",
            ),
            (json!({"type": "string", "maxLength": 5}), "At most 5 characters"),
            (
                json!({"type": "string", "format": "date", "default": "x"}),
                "A date such as 2026-01-31. Left empty, it is x",
            ),
            (json!({"type": "boolean", "default": false}), "Left empty, it is no"),
            (
                json!({"type": "object", "properties": {"a": {"type": "string"}}}),
                "JSON: {a?: string}",
            ),
            (json!({"type": "string"}), ""),
        ] {
            assert_eq!(said(schema), words);
        }
    }
}
