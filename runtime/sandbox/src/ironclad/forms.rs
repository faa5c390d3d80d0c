//! Launch forms: does a value fit its field, is everything there.

use serde_json::{Map, Value};

use crate::clock;

/// Media type of the documents that templates generate.
pub(super) const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

const MAX_TEXT: usize = 32_000;

/// What is wrong with the attributes of a launch or an edit.
#[derive(Debug, Clone)]
pub(super) struct FormFault {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) param: String,
}

fn fault(code: &'static str, message: String, param: &str) -> FormFault {
    FormFault { code, message, param: param.to_owned() }
}

/// Checks the attributes of a launch. Like the vendor, tells the first fault only.
pub(super) fn check_launch(
    form: &Map<String, Value>,
    attributes: &Map<String, Value>,
) -> Result<(), FormFault> {
    let unknown: Vec<&str> =
        attributes.keys().filter(|id| !form.contains_key(*id)).map(String::as_str).collect();
    if let Some(first) = unknown.first() {
        let message =
            format!("these attributes do not exist on the template: {}", unknown.join(", "));
        return Err(fault("INVALID_PARAM", message, first));
    }
    for (id, field) in form {
        let value = attributes.get(id).filter(|value| !value.is_null());
        match value {
            Some(value) => check_field(id, field, value)?,
            None if is_required(field, form, attributes) => {
                return Err(fault(
                    "MISSING_PARAM",
                    format!("missing required attribute '{id}'"),
                    id,
                ));
            }
            None => {}
        }
    }
    Ok(())
}

/// Checks one value against its field.
pub(super) fn check_field(id: &str, field: &Value, value: &Value) -> Result<(), FormFault> {
    match misfit(field, value) {
        Some(expected) => {
            Err(fault("INVALID_PARAM", format!("attribute '{id}' must be {expected}"), id))
        }
        None => Ok(()),
    }
}

fn is_required(field: &Value, form: &Map<String, Value>, attributes: &Map<String, Value>) -> bool {
    match field["required"].as_str() {
        Some("always") => true,
        // The one condition our templates have: paper of the other side must be uploaded.
        Some("conditional") => {
            field["elementType"]["type"] == "document"
                && form.contains_key("paperSource")
                && attributes.get("paperSource").and_then(Value::as_str)
                    == Some("Counterparty paper")
        }
        _ => false,
    }
}

/// Fills in the form's defaults for what is not given.
pub(super) fn with_defaults(form: &Map<String, Value>, attributes: &mut Map<String, Value>) {
    for (id, field) in form {
        if let (Some(default), false) = (field.get("default"), attributes.contains_key(id)) {
            attributes.insert(id.clone(), default.clone());
        }
    }
}

/// What was expected, when the value does not fit the field.
fn misfit(field: &Value, value: &Value) -> Option<String> {
    let kind = field["type"].as_str().unwrap_or("");
    let simple = |fits: bool, expected: &str| (!fits).then(|| expected.to_owned());
    match kind {
        "string" => match value.as_str() {
            None => Some("a string".into()),
            Some(text) if text.chars().count() > MAX_TEXT => {
                Some(format!("at most {MAX_TEXT} characters long"))
            }
            Some(text) => not_an_option(field, text),
        },
        "number" => simple(value.is_number(), "a number"),
        "boolean" => simple(value.is_boolean(), "a boolean"),
        "email" => simple(value.as_str().is_some_and(is_mail), "an e-mail address"),
        "date" => simple(
            value.as_str().is_some_and(|text| clock::read(text).is_some()),
            "an ISO 8601 date",
        ),
        "duration" => {
            simple(is_duration(value), "an object with any of years, months, weeks, days")
        }
        "monetaryAmount" => {
            let is_code = |code: &str| {
                code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())
            };
            let fits =
                value["currency"].as_str().is_some_and(is_code) && value["amount"].is_number();
            simple(fits, "an object {currency, amount} with an ISO 4217 code and a number")
        }
        "address" => {
            simple(is_address(value), "an object with lines, locality, region, postcode, country")
        }
        "array" => elements(field, value),
        "object" => members(field, value),
        "document" => simple(is_document(value), "an object with url or file"),
        "linkedRecord" | "parentRecord" | "childRecord" | "reference" => {
            simple(value.as_str().is_some_and(|id| !id.is_empty()), "the id of a record")
        }
        _ => None,
    }
}

fn not_an_option(field: &Value, text: &str) -> Option<String> {
    let options = field.get("options")?;
    if options["freeTextAllowed"] == true {
        return None;
    }
    let values = options.get("values")?.as_array()?;
    if values.iter().any(|option| option == text) {
        return None;
    }
    let names: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    Some(format!("one of [{}]", names.join(", ")))
}

fn elements(field: &Value, value: &Value) -> Option<String> {
    let Some(items) = value.as_array() else { return Some("an array".into()) };
    let element = &field["elementType"];
    items.iter().enumerate().find_map(|(index, item)| {
        let problem = misfit(element, item).or_else(|| not_an_option(field, item.as_str()?))?;
        Some(format!("an array whose item {index} is {problem}"))
    })
}

fn members(field: &Value, value: &Value) -> Option<String> {
    let Some(object) = value.as_object() else { return Some("an object".into()) };
    let columns = field["schema"].as_object()?;
    let absent = |name: &String| object.get(name).is_none_or(Value::is_null);
    if let Some((name, _)) =
        columns.iter().find(|(name, column)| column["required"] == "always" && absent(name))
    {
        return Some(format!("an object with '{name}'"));
    }
    object.iter().filter(|(_, item)| !item.is_null()).find_map(|(name, item)| {
        match columns.get(name) {
            None => Some(format!("an object without '{name}'")),
            Some(column) => {
                misfit(column, item).map(|problem| format!("an object whose '{name}' is {problem}"))
            }
        }
    })
}

/// A rough test for an address with one at sign and a dotted host.
pub(super) fn is_mail(text: &str) -> bool {
    match text.split_once('@') {
        Some((local, host)) => {
            !local.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !text.contains(char::is_whitespace)
        }
        None => false,
    }
}

fn is_duration(value: &Value) -> bool {
    value.as_object().is_some_and(|units| {
        !units.is_empty()
            && units.iter().all(|(unit, count)| {
                matches!(unit.as_str(), "years" | "months" | "weeks" | "days") && count.is_number()
            })
    })
}

fn is_address(value: &Value) -> bool {
    let Some(address) = value.as_object() else { return false };
    let lines = address.get("lines").and_then(Value::as_array);
    let fits = lines
        .is_some_and(|lines| (1..=4).contains(&lines.len()) && lines.iter().all(Value::is_string));
    let filled =
        |name: &str| address.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let american = matches!(
        address.get("country").and_then(Value::as_str),
        Some("USA" | "U.S.A." | "United States" | "United States of America")
    );
    fits && filled("locality")
        && filled("country")
        && (!american || (filled("region") && filled("postcode")))
}

fn is_document(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        object.len() == 1
            && object
                .iter()
                .all(|(name, value)| matches!(name.as_str(), "url" | "file") && value.is_string())
    })
}
