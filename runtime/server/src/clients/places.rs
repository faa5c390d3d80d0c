//! Values in the places where they land: one filter a place, and no value without one.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a URL's query takes as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::empty();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_formatter(|output, _, value| match value.as_str() {
        Some(text) if value.is_safe() => Ok(output.write_str(text)?),
        _ => Err(Error::new(ErrorKind::BadEscape, "a value without the filter of its place")),
    });
    templates.add_filter("json", |value: Value| json(&value).map(Value::from_safe_string));
    templates.add_filter("toml", |text: &str| Value::from_safe_string(toml(text)));
    templates.add_filter("python", |text: &str| Value::from_safe_string(python(text)));
    templates.add_filter("sh", |text: &str| Value::from_safe_string(sh(text)));
    templates.add_filter("url", |text: &str| Value::from_safe_string(url(text)));
    templates.add_filter("base64", |text: &str| Value::from_safe_string(STANDARD.encode(text)));
    templates.add_filter("text", |text: &str| Value::from_safe_string(one_line(text)));
    templates
});

/// The template with its values in it, without white space at its ends.
pub(super) fn fill(template: &str, context: &Value) -> String {
    try_fill(template, context).expect("every template of clients.yaml is filled by the tests")
}

/// The same for any template.
pub(super) fn try_fill(template: &str, context: &Value) -> Result<String, Error> {
    TEMPLATES.render_str(template, context).map(|text| text.trim().to_owned())
}

/// A JSON value. What is not there is none: it would become `null`.
fn json(value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
}

/// A string as a JSON document has it.
fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A basic string of TOML: JSON's, but for the one control character that JSON lets through.
pub(super) fn toml(text: &str) -> String {
    json_string(text).replace('\u{7f}', "\\u007F")
}

/// A string literal of Python, which reads all escapes that JSON writes.
pub(super) fn python(text: &str) -> String {
    json_string(text)
}

/// A word of a POSIX shell.
pub(super) fn sh(text: &str) -> String {
    // No program can be given a NUL.
    let text = text.replace('\0', "");
    shlex::try_quote(&text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// A value in the query of a URL.
pub(super) fn url(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Text for people: one line, without what moves a terminal's cursor or turns the direction of
/// reading around.
pub(super) fn one_line(text: &str) -> String {
    let seen = |letter: char| if hidden(letter) { ' ' } else { letter };
    text.chars().map(seen).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
