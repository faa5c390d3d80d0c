//! Values held against the fields of a form, and brought into their shapes.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::{described, kind, one_of, options};
use crate::json::{self as reading, Allowance};
use crate::nearest::nearest;
use crate::pointer::child;
use crate::tools::Defaults;
use crate::tools::date::{self, Form};
use crate::tools::values::spelling;
use crate::violation::{Violation, Violations};

/// The longest text, in characters: a longer one fails when the workflow is archived.
const LONGEST_TEXT: usize = 32_000;
/// What a duration is made of.
const UNITS: [&str; 4] = ["years", "months", "weeks", "days"];
/// The names of the country whose addresses have every part.
const AMERICA: [&str; 4] = ["USA", "U.S.A.", "United States", "United States of America"];

/// Brings values into the shapes of their fields, adds every violation they have, and tells where
/// the files among them are.
pub(super) fn check(
    pointer: &str,
    fields: &Map<String, Value>,
    values: &mut Map<String, Value>,
    defaults: Defaults,
    violations: &mut Violations,
) -> Vec<String> {
    let mut check = Check { violations, allowance: Allowance::default(), files: Vec::new() };
    check.members(pointer, fields, values, defaults);
    check.files
}

/// One check; what texts hold is read within one allowance.
struct Check<'c> {
    violations: &'c mut Violations,
    allowance: Allowance,
    files: Vec<String>,
}

impl Check<'_> {
    fn members(
        &mut self,
        pointer: &str,
        fields: &Map<String, Value>,
        values: &mut Map<String, Value>,
        defaults: Defaults,
    ) {
        for (name, field) in fields {
            let given = values.get(name).is_some_and(|value| !value.is_null());
            let filled = defaults == Defaults::Filled && field.get("default").is_some();
            if !given && !filled && field.get("required").and_then(Value::as_str) == Some("always")
            {
                self.violations.add(|| {
                    Violation::new(child(pointer, name), format!("required: {}", described(field)))
                });
            }
        }
        // A value that is null is one that was not given.
        values.retain(|name, value| !value.is_null() || !fields.contains_key(name));
        for (name, value) in values.iter_mut() {
            match fields.get(name) {
                Some(field) => self.fit(&child(pointer, name), field, value),
                None => self.violations.add(|| {
                    let nearest = nearest(name, fields.keys().map(String::as_str))
                        .or_else(|| labelled(name, fields));
                    let expected = one_of(fields.keys().map(String::as_str));
                    Violation {
                        nearest: nearest.map(str::to_owned),
                        ..Violation::new(child(pointer, name), expected)
                    }
                }),
            }
        }
    }

    fn fit(&mut self, pointer: &str, field: &Value, value: &mut Value) {
        self.convert(field, value);
        let fits = match kind(field) {
            "string" => {
                if let (Some(text), Some(options)) = (value.as_str(), options(field))
                    && !options.contains(&text)
                {
                    self.choose(pointer, &options, value);
                }
                value.as_str().is_some_and(|text| text.chars().count() <= LONGEST_TEXT)
            }
            "email" => value.as_str().is_some_and(is_mail),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "date" => match value.as_str().and_then(written) {
                Some(written) => {
                    *value = written.into();
                    true
                }
                None => false,
            },
            "duration" => value.as_object().is_some_and(|units| {
                let known = |unit: &String| UNITS.contains(&unit.as_str());
                !units.is_empty() && units.iter().all(|(unit, n)| known(unit) && n.is_number())
            }),
            "monetaryAmount" => {
                let code = value.get("currency").and_then(Value::as_str).unwrap_or_default();
                code.len() == 3
                    && code.bytes().all(|letter| letter.is_ascii_uppercase())
                    && value.get("amount").is_some_and(Value::is_number)
            }
            "address" => is_address(value),
            "linkedRecord" | "parentRecord" | "childRecord" | "reference" => {
                value.as_str().is_some_and(|id| !id.is_empty())
            }
            "document" => {
                self.files.push(pointer.to_owned());
                is_file(value)
            }
            "object" => match (field.get("schema").and_then(Value::as_object), value) {
                (Some(fields), Value::Object(values)) => {
                    self.members(pointer, fields, values, Defaults::Left);
                    true
                }
                (_, value) => value.is_object(),
            },
            "array" => {
                if let (Some(element), Value::Array(items)) = (field.get("elementType"), value) {
                    self.items(pointer, field, element, items);
                }
                true
            }
            // A type that is newer than this program.
            _ => true,
        };
        if !fits {
            self.violations.add(|| Violation::new(pointer, described(field)));
        }
    }

    fn items(&mut self, pointer: &str, field: &Value, element: &Value, items: &mut [Value]) {
        let options = options(field);
        let known: Option<HashSet<&str>> =
            options.as_ref().map(|options| options.iter().copied().collect());
        for (index, item) in items.iter_mut().enumerate() {
            let pointer = child(pointer, &index.to_string());
            if let (Some(options), Some(known), Some(text)) = (&options, &known, item.as_str())
                && !known.contains(text)
            {
                self.choose(&pointer, options, item);
            }
            self.fit(&pointer, element, item);
        }
    }

    /// Puts the option in place of an unknown text that spells it in its own way; none is looked for
    /// where an answer has no room for what is wrong.
    fn choose(&mut self, pointer: &str, options: &[&str], value: &mut Value) {
        let text = value.as_str().unwrap_or_default();
        let sent = if self.violations.is_full() { None } else { spelling(text, options) };
        match sent {
            Some(sent) => *value = sent.into(),
            None => self.violations.add(|| {
                let nearest = nearest(text, options.iter().copied()).map(str::to_owned);
                Violation { nearest, ..Violation::new(pointer, one_of(options.iter().copied())) }
            }),
        }
    }

    fn convert(&mut self, field: &Value, value: &mut Value) {
        match kind(field) {
            "number" => self.parse(value, Value::is_number),
            "boolean" => self.parse(value, Value::is_boolean),
            "array" => {
                self.parse(value, Value::is_array);
                if !value.is_array() {
                    *value = Value::Array(vec![value.take()]);
                }
            }
            "object" | "address" | "document" | "duration" | "monetaryAmount" => {
                self.parse(value, Value::is_object);
            }
            _ => {}
        }
        match (kind(field), value) {
            ("duration", Value::Object(units)) => {
                units.values_mut().for_each(|n| self.parse(n, Value::is_number));
            }
            ("monetaryAmount", Value::Object(members)) => {
                if let Some(amount) = members.get_mut("amount") {
                    self.parse(amount, Value::is_number);
                }
                if let Some(Value::String(code)) = members.get_mut("currency") {
                    code.make_ascii_uppercase();
                }
            }
            _ => {}
        }
    }

    /// Text that is JSON of the type wanted becomes that.
    fn parse(&mut self, value: &mut Value, wanted: fn(&Value) -> bool) {
        let parsed = value
            .as_str()
            .and_then(|text| reading::in_text(text.trim(), &mut self.allowance))
            .filter(wanted);
        if let Some(parsed) = parsed {
            *value = parsed;
        }
    }
}

/// The field whose label, rather than its name, was given.
fn labelled<'f>(name: &str, fields: &'f Map<String, Value>) -> Option<&'f str> {
    let labels: Vec<(&str, &str)> = fields
        .iter()
        .filter_map(|(name, field)| Some((field.get("displayName")?.as_str()?, name.as_str())))
        .collect();
    let label = nearest(name, labels.iter().map(|(label, _)| *label))?;
    labels.iter().find(|(known, _)| *known == label).map(|(_, name)| *name)
}

/// A date as the vendor wants it; a bare ISO day and what is a moment already are accepted as they
/// are.
fn written(text: &str) -> Option<String> {
    let day = date::normalise(text, Form::Date).ok();
    if day.as_deref() == Some(text.trim()) {
        return day;
    }
    let moment = || text.parse::<Timestamp>().is_ok().then(|| text.to_owned());
    date::normalise(text, Form::DateTime).ok().or_else(moment).or(day)
}

/// Whether a text is one mail address, as far as can be told without sending to it.
fn is_mail(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, host) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_plain = parts.next().is_none() && !text.contains(char::is_whitespace);
    is_plain && !local.is_empty() && host.contains('.')
}

/// Whether a value is an address: of one country with every part, of others at least lines, place
/// and country.
fn is_address(value: &Value) -> bool {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let lines = value.get("lines").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let american = AMERICA.contains(&text("country"));
    let further: &[&str] = if american { &["region", "postcode"] } else { &[] };
    (1..=4).contains(&lines.len())
        && lines.iter().all(Value::is_string)
        && ["locality", "country"].iter().chain(further).all(|name| !text(name).is_empty())
}

/// Whether a value is a file: by content, or by an address and nothing else.
fn is_file(value: &Value) -> bool {
    let Some(members) = value.as_object() else { return false };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if members.contains_key("content_base64") {
        let known = ["name", "content_base64", "content_type"];
        return text("content_base64").is_some()
            && text("name").is_some_and(|name| !name.trim().is_empty())
            && members
                .iter()
                .all(|(name, value)| known.contains(&name.as_str()) && value.is_string());
    }
    let address = text("url").and_then(|address| Url::parse(address).ok());
    members.len() == 1 && address.is_some_and(|url| matches!(url.scheme(), "http" | "https"))
}
