//! The language of launch forms, and values held against a form.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::json::{self as reading, Allowance};
use crate::nearest::nearest;
use crate::pointer::child;
use crate::tools::date::{self, Form};
use crate::tools::values::spelling;
use crate::tools::{Defaults, FormDialect, LaunchForm};
use crate::violation::{Violation, Violations};
use crate::work;

/// Forms as a workflow schema holds them: a map from names to fields, each with a type, a label and
/// whether it is required.
#[derive(Debug)]
pub(crate) struct Forms;

pub(crate) static FORMS: Forms = Forms;

impl FormDialect for Forms {
    fn read(&self, form: &Value) -> Option<Arc<dyn LaunchForm>> {
        Some(Arc::new(Fields(form.as_object()?.clone())))
    }
}

#[derive(Debug)]
struct Fields(Map<String, Value>);

impl LaunchForm for Fields {
    fn schema(&self) -> Value {
        schema(&self.0)
    }

    fn size(&self) -> usize {
        work::weight(&self.0)
    }

    fn check(
        &self,
        pointer: &str,
        values: &mut Map<String, Value>,
        defaults: Defaults,
        violations: &mut Violations,
    ) {
        check(pointer, &self.0, values, defaults, violations);
    }
}

/// Brings values into the shapes of their fields and adds every violation they have.
pub(crate) fn check(
    pointer: &str,
    fields: &Map<String, Value>,
    values: &mut Map<String, Value>,
    defaults: Defaults,
    violations: &mut Violations,
) {
    Check { violations, allowance: Allowance::default() }
        .members(pointer, fields, values, defaults);
}

/// One check; what texts hold is read within one allowance.
struct Check<'c> {
    violations: &'c mut Violations,
    allowance: Allowance,
}

/// A form as JSON Schema: what an argument may be, its label, which ones are always needed.
pub(crate) fn schema(fields: &Map<String, Value>) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, field)| (name.clone(), field_schema(field))).collect();
    let needed = |field: &Value| field.get("required").and_then(Value::as_str) == Some("always");
    let required: Vec<&String> =
        fields.iter().filter(|(_, field)| needed(field)).map(|(name, _)| name).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn field_schema(field: &Value) -> Value {
    let number = json!({"type": "number"});
    let text = json!({"type": "string"});
    let mut schema = match kind(field) {
        "string" => match options(field) {
            Some(options) => json!({"type": "string", "enum": options}),
            None => text,
        },
        "email" => json!({"type": "string", "format": "email"}),
        "date" => json!({"type": "string", "format": "date-time"}),
        "number" => number,
        "boolean" => json!({"type": "boolean"}),
        "duration" => {
            json!({"type": "object", "properties": {"years": number, "months": number, "weeks": number, "days": number}})
        }
        "monetaryAmount" => {
            json!({"type": "object", "properties": {"currency": text, "amount": number}, "required": ["currency", "amount"]})
        }
        "address" => {
            json!({"type": "object", "properties": {"lines": {"type": "array", "items": text}, "locality": text,
            "region": text, "postcode": text, "country": text}, "required": ["lines", "country"]})
        }
        "document" => json!({"type": "object", "properties": {"url": text}, "required": ["url"]}),
        "linkedRecord" | "parentRecord" | "childRecord" => text,
        "array" => {
            let mut items = field.get("elementType").map_or_else(|| json!({}), field_schema);
            if let Some(options) = options(field) {
                items["enum"] = json!(options);
            }
            json!({"type": "array", "items": items})
        }
        "object" => field
            .get("schema")
            .and_then(Value::as_object)
            .map_or_else(|| json!({"type": "object"}), schema),
        _ => json!({}),
    };
    if let Some(label) = field.get("displayName").and_then(Value::as_str) {
        let label: String = label.chars().filter(|letter| !letter.is_control()).take(120).collect();
        schema["description"] = label.into();
    }
    schema
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
        for (name, value) in values.iter_mut() {
            match fields.get(name) {
                Some(_) if value.is_null() => {}
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
        let wrong = match kind(field) {
            "string" | "email" => match value.as_str() {
                Some(text) => {
                    let no_mail = kind(field) == "email" && !text.contains('@');
                    if let Some(options) = options(field) {
                        let known = options.contains(&text);
                        if let Some(sent) = self.spelling(text, &options, known) {
                            *value = sent.into();
                        } else {
                            self.choice(pointer, &options, known, text);
                        }
                    }
                    no_mail
                }
                None => true,
            },
            "number" => !value.is_number(),
            "boolean" => !value.is_boolean(),
            "date" => match value.as_str().and_then(written) {
                Some(written) => {
                    *value = written.into();
                    false
                }
                None => true,
            },
            "duration" => !value.as_object().is_some_and(|units| {
                !units.is_empty()
                    && units.iter().all(|(unit, n)| {
                        matches!(unit.as_str(), "years" | "months" | "weeks" | "days")
                            && n.is_number()
                    })
            }),
            "monetaryAmount" => {
                !(value.get("currency").is_some_and(Value::is_string)
                    && value.get("amount").is_some_and(Value::is_number))
            }
            "address" => {
                !(value.get("lines").is_some_and(Value::is_array)
                    && value.get("country").is_some_and(Value::is_string))
            }
            "linkedRecord" | "parentRecord" | "childRecord" => !value.is_string(),
            "document" => !value.is_object(),
            "object" => match (field.get("schema").and_then(Value::as_object), value) {
                (Some(fields), Value::Object(values)) => {
                    self.members(pointer, fields, values, Defaults::Left);
                    false
                }
                (_, value) => !value.is_object(),
            },
            "array" => match (field.get("elementType"), value) {
                (Some(element), Value::Array(items)) => {
                    self.items(pointer, field, element, items);
                    false
                }
                (_, value) => !value.is_array(),
            },
            // A type that is newer than this program.
            _ => false,
        };
        if wrong {
            self.violations.add(|| Violation::new(pointer, described(field)));
        }
    }

    fn items(&mut self, pointer: &str, field: &Value, element: &Value, items: &mut [Value]) {
        let options = options(field);
        let known: Option<HashSet<&str>> =
            options.as_ref().map(|options| options.iter().copied().collect());
        for (index, item) in items.iter_mut().enumerate() {
            let pointer = child(pointer, &index.to_string());
            if let (Some(options), Some(known), Some(text)) = (&options, &known, item.as_str()) {
                let is_known = known.contains(text);
                if let Some(sent) = self.spelling(text, options, is_known) {
                    *item = sent.into();
                } else {
                    self.choice(&pointer, options, is_known, text);
                }
            }
            self.fit(&pointer, element, item);
        }
    }

    /// The option that an unknown text spells in its own way; none is looked for where an answer
    /// has no room for what is wrong.
    fn spelling<'o>(&self, text: &str, options: &[&'o str], known: bool) -> Option<&'o str> {
        (!known && !self.violations.is_full()).then(|| spelling(text, options)).flatten()
    }

    fn choice(&mut self, pointer: &str, options: &[&str], known: bool, text: &str) {
        if !known {
            self.violations.add(|| {
                let nearest = nearest(text, options.iter().copied()).map(str::to_owned);
                Violation { nearest, ..Violation::new(pointer, one_of(options.iter().copied())) }
            });
        }
    }

    fn convert(&mut self, field: &Value, value: &mut Value) {
        if kind(field) == "monetaryAmount" {
            if let Some(amount) = value.get_mut("amount") {
                self.parse(amount, Value::is_number);
            }
            self.parse(value, Value::is_object);
            return;
        }
        match kind(field) {
            "number" => self.parse(value, Value::is_number),
            "boolean" => self.parse(value, Value::is_boolean),
            "array" => self.parse(value, Value::is_array),
            "object" | "duration" | "address" | "document" => self.parse(value, Value::is_object),
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

/// A date as the vendor wants it; a bare ISO day is accepted as it is.
fn written(text: &str) -> Option<String> {
    let day = date::normalise(text, Form::Date).ok();
    if day.as_deref() == Some(text.trim()) {
        day
    } else {
        date::normalise(text, Form::DateTime).ok().or(day)
    }
}

/// The only values a field takes; `None` when any text will do.
fn options(field: &Value) -> Option<Vec<&str>> {
    let options = field.get("options")?;
    if options.get("freeTextAllowed") == Some(&Value::Bool(true)) {
        return None;
    }
    Some(options.get("values")?.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn one_of<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 40;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("one of {}{more}", names.take(SHOWN).collect::<Vec<_>>().join(", "))
}

fn kind(field: &Value) -> &str {
    field.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The shape of a field, with its label.
fn described(field: &Value) -> String {
    let shape = shape(field);
    match field.get("displayName").and_then(Value::as_str) {
        Some(label) => format!("{shape} ({label})"),
        None => shape,
    }
}

fn shape(field: &Value) -> String {
    if let Some(options) = options(field).filter(|_| kind(field) != "array") {
        return one_of(options.iter().copied());
    }
    match kind(field) {
        "email" => "an e-mail address".to_owned(),
        "date" => "a date like 2026-01-31T00:00:00Z".to_owned(),
        "duration" => {
            r#"{"years"?: number, "months"?: number, "weeks"?: number, "days"?: number}"#.to_owned()
        }
        "monetaryAmount" => r#"{"currency": "USD", "amount": 25.37}"#.to_owned(),
        "address" => {
            r#"{"lines": [string], "locality", "region", "postcode", "country"}"#.to_owned()
        }
        "document" => r#"{"url": "https://…"}"#.to_owned(),
        "linkedRecord" | "parentRecord" | "childRecord" => "a record id like \"IC-123\"".to_owned(),
        "array" => {
            let element = field.get("elementType").map_or_else(|| "any".to_owned(), shape);
            match options(field) {
                Some(options) => format!("a list of {}", one_of(options.iter().copied())),
                None => format!("a list of {element}"),
            }
        }
        "object" => match field.get("schema").and_then(Value::as_object) {
            Some(columns) => {
                let columns: Vec<String> = columns
                    .iter()
                    .take(20)
                    .map(|(name, column)| format!("{name}: {}", shape(column)))
                    .collect();
                format!("{{{}}}", columns.join(", "))
            }
            None => "an object".to_owned(),
        },
        "" => "any value".to_owned(),
        kind => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::call::foreign_text::foreign;

    fn violations(attributes: &mut Value, defaults: Defaults) -> Vec<Violation> {
        let form = json!({
            "counterpartyName": {"type": "string", "displayName": "Counterparty Name", "required": "always", "options": {"freeTextAllowed": true}},
            "signer8b": {"type": "email", "displayName": "Signer Email", "required": "always", "default": "a@b.example"},
            "law": {"type": "string", "required": "never", "options": {"freeTextAllowed": false, "values": ["Delaware", "California"]}},
            "regions": {"type": "array", "required": "never", "options": {"freeTextAllowed": false, "values": ["EU", "US"]}, "elementType": {"type": "string"}},
            "fee": {"type": "monetaryAmount", "required": "never"}, "term": {"type": "duration", "required": "never"},
            "start": {"type": "date", "required": "conditional"}, "count": {"type": "number"},
            "table": {"type": "array", "elementType": {"type": "object", "schema": {"item": {"type": "string", "required": "always"}}}},
            "new": {"type": "hologram"}});
        let mut found = Violations::default();
        check(
            "/attributes",
            form.as_object().unwrap(),
            attributes.as_object_mut().unwrap(),
            defaults,
            &mut found,
        );
        found.named().to_vec()
    }

    #[test]
    fn every_fault_is_named_with_the_right_shape() {
        let mut attributes = json!({"counterPartyname": "x", "Signer Email": "y", "law": "Delawere", "regions": ["EU", "UK"], "fee": "lots",
            "term": {"year": 1}, "start": "soon", "table": [{}], "new": 7});
        let found = violations(&mut attributes, Defaults::Left);
        let find = |pointer: &str| {
            found
                .iter()
                .find(|violation| violation.pointer == pointer)
                .unwrap_or_else(|| panic!("{pointer} in {found:?}"))
        };
        assert_eq!(
            find("/attributes/counterpartyName").expected,
            "required: string (Counterparty Name)"
        );
        assert_eq!(
            find("/attributes/counterPartyname").nearest.as_deref(),
            Some("counterpartyName")
        );
        assert_eq!(find("/attributes/Signer Email").nearest.as_deref(), Some("signer8b"));
        assert_eq!(find("/attributes/law").nearest.as_deref(), Some("Delaware"));
        assert_eq!(find("/attributes/regions/1").expected, "one of EU, US");
        assert!(find("/attributes/fee").expected.contains("currency"));
        find("/attributes/term");
        find("/attributes/start");
        find("/attributes/table/0/item");
        find("/attributes/signer8b");
        assert_eq!(found.len(), 10);
    }

    #[test]
    fn good_values_pass_and_text_becomes_what_the_form_asks_for() {
        let mut attributes = json!({"counterpartyName": "x", "fee": {"currency": "USD", "amount": "25.5"}, "start": "Jan 31, 2026",
            "count": "3", "table": "[{\"item\":\"a\"}]", "law": "DELAWARE", "regions": ["eu", "Ús"]});
        assert_eq!(violations(&mut attributes, Defaults::Filled), []);
        assert_eq!(
            (&attributes["law"], &attributes["regions"]),
            (&json!("Delaware"), &json!(["EU", "US"]))
        );
        assert_eq!(attributes["fee"]["amount"], 25.5);
        assert_eq!(attributes["start"], "2026-01-31T00:00:00Z");
        assert_eq!(
            (&attributes["count"], &attributes["table"]),
            (&json!(3), &json!([{"item": "a"}]))
        );
    }

    #[test]
    fn a_day_is_sent_as_iso_however_long_its_spelling_is() {
        for (given, sent) in [
            ("2026-01-31", "2026-01-31"),
            ("01/31/2026", "2026-01-31T00:00:00Z"),
            ("31.01.2026", "2026-01-31T00:00:00Z"),
            ("2026-01-31 10:00:00Z", "2026-01-31T10:00:00Z"),
        ] {
            let mut attributes =
                json!({"counterpartyName": "x", "signer8b": "a@b.example", "start": given});
            assert_eq!(violations(&mut attributes, Defaults::Left), []);
            assert_eq!(attributes["start"], sent, "{given}");
        }
    }

    proptest! {
        #[test]
        fn text_of_every_script_is_held_against_a_form(name in foreign(), text in foreign()) {
            let fields = json!({"a": {"type": "date", "displayName": name},
                "b": {"type": "string", "options": {"values": [name, "x"]}},
                "c": {"type": "array", "elementType": {"type": "number"}}});
            let fields = fields.as_object().unwrap();
            let given = ["a", "b", "c", &text].map(|member| (member.to_owned(), text.clone().into()));
            let mut found = Violations::default();
            check("", fields, &mut Map::from_iter(given), Defaults::Left, &mut found);
            let short = |violation: &Violation| violation.pointer.len() <= 203;
            prop_assert!(found.named().iter().all(short));
            let _ = schema(fields);
        }
    }
}
