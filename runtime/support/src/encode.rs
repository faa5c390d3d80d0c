//! Parameter serialisation: OpenAPI 3.0 `style` and `explode`, percent-encoding per RFC 3986.

mod percent;

use std::io;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::error::EncodeError;

pub(crate) use percent::cookie_value;
pub use percent::percent;

/// How a query parameter is written (OpenAPI 3.0.3, Parameter Object, `style` and `explode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryStyle {
    /// `form` with `explode`: `a=1&a=2`; an object's members become parameters of their own.
    Form,
    /// `form` without `explode`: `a=1,2`.
    Comma,
    /// `spaceDelimited` without `explode`: `a=1%202`.
    Space,
    /// `pipeDelimited` without `explode`: `a=1%7C2`.
    Pipe,
    /// `deepObject`: `a[b]=1`, nested with further brackets; `a[b][]=1` for the items of a list,
    /// `a[b][0][c]=1` where they have members.
    DeepObject,
    /// A parameter with `content: application/json`: `a={"b":1}`.
    Json,
}

/// Whether reserved characters are percent-encoded (OpenAPI 3.0.3, Parameter Object,
/// `allowReserved`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// As everywhere.
    Encoded,
    /// They stand as they are, and so do percent-encoded triples, save for those that would end the
    /// value or the query.
    Kept,
}

/// How a path parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// `simple`: `1,2`; objects `a,1,b,2`.
    Simple,
    /// `simple` with `explode`: objects `a=1,b=2`.
    SimpleExplode,
    /// `label`: `.1.2` with `explode`, `.1,2` without.
    Label {
        /// The parameter's `explode`.
        explode: bool,
    },
    /// `matrix`: `;a=1;a=2` with `explode`, `;a=1,2` without.
    Matrix {
        /// The parameter's `explode`.
        explode: bool,
    },
    /// A parameter with `content: application/json`.
    Json,
}

/// How a header parameter is written. Headers are not percent-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderStyle {
    /// `simple`: `1,2`; objects `a,1,b,2`.
    Simple,
    /// `simple` with `explode`: objects `a=1,b=2`.
    SimpleExplode,
    /// A parameter with `content: application/json`.
    Json,
}

/// How a cookie parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieStyle {
    /// `form` with `explode`: a cookie for each item or member, since `&` separates nothing in a
    /// `Cookie` header.
    Form,
    /// `form` without `explode`: `a=1,2`.
    Comma,
    /// A parameter with `content: application/json`, percent-encoded.
    Json,
}

/// How one member of a form body is written, where the document says so (OpenAPI 3.0.3, Encoding
/// Object).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormMember {
    /// The member's name.
    pub name: &'static str,
    /// Its `style` and `explode`.
    pub style: QueryStyle,
    /// Its `allowReserved`.
    pub reserved: Reserved,
}

/// A JSON body. Whole numbers are written without a fraction: `2.0` and `2` are one number, but not
/// to every server.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(128);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, WholeNumbers);
    value.serialize(&mut serializer).map_err(|error| EncodeError::body(&error))?;
    Ok(out)
}

/// Whether a number is written without a fraction; one that is larger is written with an exponent.
fn is_whole(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() < 1e15
}

struct WholeNumbers;

impl Formatter for WholeNumbers {
    fn write_f64<W: io::Write + ?Sized>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        if is_whole(value) {
            write!(out, "{value:.0}")
        } else {
            CompactFormatter.write_f64(out, value)
        }
    }
}

pub(crate) fn to_value<T: Serialize + ?Sized>(
    name: &'static str,
    value: &T,
) -> Result<Value, EncodeError> {
    serde_json::to_value(value).map_err(|error| EncodeError::shape(name, &error.to_string()))
}

/// A scalar as text; whole floats are written without a fraction, as the argument had it.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && is_whole(float) => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Null => String::new(),
        // What is nested deeper than a style reaches is JSON.
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The values of a parameter: members with their keys, items and scalars without. What is null is
/// not there (RFC 6570 section 2.3).
fn pairs(value: &Value) -> Vec<(Option<&str>, String)> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(|item| (None, scalar(item))).collect()
        }
        Value::Object(members) => {
            let present = members.iter().filter(|(_, member)| !member.is_null());
            present.map(|(key, member)| (Some(key.as_str()), scalar(member))).collect()
        }
        other => vec![(None, scalar(other))],
    }
}

/// A header's value; `None` for null and for lists and objects that hold nothing.
pub(crate) fn header(style: HeaderStyle, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let assign = match style {
        HeaderStyle::Json => return Some(value.to_string()),
        HeaderStyle::Simple => ",",
        HeaderStyle::SimpleExplode => "=",
    };
    let texts: Vec<String> = pairs(value)
        .into_iter()
        .map(|(key, text)| match key {
            Some(key) => format!("{key}{assign}{text}"),
            None => text,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

/// The cookies of a parameter, by name, percent-encoded.
pub(crate) fn cookies(name: &str, style: CookieStyle, value: &Value) -> Vec<(String, String)> {
    if value.is_null() {
        return Vec::new();
    }
    match style {
        CookieStyle::Json => vec![(name.to_owned(), percent(&value.to_string()))],
        CookieStyle::Form => {
            let cookie = |(key, text): (Option<&str>, String)| {
                (key.unwrap_or(name).to_owned(), percent(&text))
            };
            pairs(value).into_iter().map(cookie).collect()
        }
        CookieStyle::Comma => {
            let text = listed(value, ",", Reserved::Encoded);
            text.map(|text| (name.to_owned(), text)).into_iter().collect()
        }
    }
}

pub(crate) fn path(
    out: &mut String,
    name: &'static str,
    style: PathStyle,
    value: &Value,
) -> Result<(), EncodeError> {
    if style == PathStyle::Json {
        out.push_str(&percent(&value.to_string()));
        return Ok(());
    }
    let pairs = pairs(value);
    let plain =
        matches!(style, PathStyle::Simple | PathStyle::SimpleExplode | PathStyle::Label { .. });
    let holds_nothing = matches!(pairs.as_slice(), [(None, text)] if text.is_empty());
    if pairs.is_empty() || (plain && holds_nothing) {
        return Err(EncodeError::segment(name, "is empty"));
    }
    for (key, text) in &pairs {
        if text.chars().chain(key.iter().flat_map(|key| key.chars())).any(char::is_control) {
            return Err(EncodeError::segment(name, "holds control characters"));
        }
    }
    let (lead, separator, assign) = match style {
        PathStyle::Simple => ("", ",", ","),
        PathStyle::SimpleExplode | PathStyle::Json => ("", ",", "="),
        PathStyle::Label { explode: true } => (".", ".", "="),
        PathStyle::Label { explode: false } => (".", ",", ","),
        PathStyle::Matrix { explode: true } => (";", ";", "="),
        PathStyle::Matrix { explode: false } => (";", ",", ","),
    };
    let texts: Vec<String> = pairs
        .iter()
        .map(|(key, text)| match (key, style) {
            (Some(key), PathStyle::Matrix { explode: true }) => assigned(key, &percent(text)),
            (None, PathStyle::Matrix { explode: true }) => assigned(name, &percent(text)),
            (Some(key), _) => format!("{}{assign}{}", percent(key), percent(text)),
            (None, _) => percent(text),
        })
        .collect();
    let mut written = texts.join(separator);
    if style == (PathStyle::Matrix { explode: false }) {
        written = assigned(name, &written);
    }
    written = format!("{lead}{written}");
    if written == "." || written == ".." {
        return Err(EncodeError::segment(name, "must not be `.` or `..`"));
    }
    out.push_str(&written);
    Ok(())
}

/// `name=text`, or the name alone (RFC 6570 section 3.2.7).
fn assigned(name: &str, text: &str) -> String {
    if text.is_empty() { percent(name) } else { format!("{}={text}", percent(name)) }
}

pub(crate) fn query(
    out: &mut String,
    name: &str,
    style: QueryStyle,
    reserved: Reserved,
    value: &Value,
) {
    if value.is_null() {
        return;
    }
    match style {
        QueryStyle::Form => {
            for (key, text) in exploded(name, value) {
                push_encoded(out, &percent(key), &reserved.percent(&text));
            }
        }
        QueryStyle::Comma | QueryStyle::Space | QueryStyle::Pipe => {
            let separator = match style {
                QueryStyle::Space => "%20",
                QueryStyle::Pipe => "%7C",
                _ => ",",
            };
            if let Some(text) = listed(value, separator, reserved) {
                push_encoded(out, &percent(name), &text);
            }
        }
        QueryStyle::DeepObject => {
            for (key, text) in deep(name, value) {
                push_encoded(out, &percent(&key), &reserved.percent(&text));
            }
        }
        QueryStyle::Json => {
            push_encoded(out, &percent(name), &reserved.percent(&value.to_string()));
        }
    }
}

/// The pairs of a value in the style `form` with `explode`.
fn exploded<'v>(name: &'v str, value: &'v Value) -> Vec<(&'v str, String)> {
    let Value::Object(members) = value else {
        return pairs(value).into_iter().map(|(_, text)| (name, text)).collect();
    };
    let mut found = Vec::new();
    for (key, member) in members {
        // A member that is a list is written like a parameter that is one.
        let texts = if member.is_object() { vec![(None, scalar(member))] } else { pairs(member) };
        found.extend(texts.into_iter().map(|(_, text)| (key.as_str(), text)));
    }
    found
}

/// What would be the pairs of a form, as the names and texts of parts, which are not
/// percent-encoded (OpenAPI 3.1, Encoding Object).
pub(crate) fn parts(name: &str, style: QueryStyle, value: &Value) -> Vec<(String, String)> {
    let separator = match style {
        QueryStyle::Form => {
            let owned = |(key, text): (&str, String)| (key.to_owned(), text);
            return exploded(name, value).into_iter().map(owned).collect();
        }
        QueryStyle::DeepObject => return deep(name, value),
        QueryStyle::Json => return vec![(name.to_owned(), value.to_string())],
        QueryStyle::Comma => ",",
        QueryStyle::Space => " ",
        QueryStyle::Pipe => "|",
    };
    let flat =
        |(key, text): (Option<&str>, String)| key.map(str::to_owned).into_iter().chain([text]);
    let texts: Vec<String> = pairs(value).into_iter().flat_map(flat).collect();
    let part = (!texts.is_empty()).then(|| (name.to_owned(), texts.join(separator)));
    part.into_iter().collect()
}

/// Items, or members with their keys, in one value; `None` where there are none.
fn listed(value: &Value, separator: &str, reserved: Reserved) -> Option<String> {
    let mut texts = Vec::new();
    for (key, text) in pairs(value) {
        texts.extend(key.map(percent));
        texts.push(reserved.percent(&text));
    }
    (!texts.is_empty()).then(|| texts.join(separator))
}

/// `deepObject` beyond one level is not standardised. Brackets all the way is what servers that
/// accept it expect; items that have members are numbered, since only their numbers keep those
/// apart.
fn deep(name: &str, value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut pending = vec![(name.to_owned(), value)];
    while let Some((key, value)) = pending.pop() {
        match value {
            Value::Null => {}
            Value::Object(members) => pending.extend(
                members.iter().rev().map(|(member, value)| (format!("{key}[{member}]"), value)),
            ),
            Value::Array(items) => {
                let numbered = items.iter().any(|item| item.is_object() || item.is_array());
                let key = |index: usize| {
                    if numbered { format!("{key}[{index}]") } else { format!("{key}[]") }
                };
                pending
                    .extend(items.iter().enumerate().rev().map(|(index, item)| (key(index), item)));
            }
            other => found.push((key, scalar(other))),
        }
    }
    found
}

/// An `application/x-www-form-urlencoded` body. A member without a style of its own is written by
/// what it is: text, JSON for an object, and a pair for each item of a list (OpenAPI 3.0.4,
/// Encoding Object).
pub(crate) fn form(members: &[FormMember], value: &Value) -> Result<String, EncodeError> {
    let Value::Object(found) = value else {
        return Err(EncodeError::shape("body", "a form body must be an object"));
    };
    let mut out = String::new();
    for (name, member) in found {
        match members.iter().find(|known| known.name == name) {
            Some(known) => query(&mut out, name, known.style, known.reserved, member),
            None if member.is_object() => push_pair(&mut out, name, &scalar(member)),
            None => query(&mut out, name, QueryStyle::Form, Reserved::Encoded, member),
        }
    }
    Ok(out)
}

/// The bytes of a text or JSON body; `None` for null.
pub(crate) fn part(value: &Value) -> Option<Bytes> {
    match value {
        Value::Null => None,
        other => Some(Bytes::from(scalar(other))),
    }
}

pub(crate) fn push_pair(out: &mut String, name: &str, text: &str) {
    push_encoded(out, &percent(name), &percent(text));
}

fn push_encoded(out: &mut String, name: &str, text: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    out.push_str(name);
    out.push('=');
    out.push_str(text);
}

/// Refuses dot segments that adjacent variables may have formed.
pub(crate) fn check_segments(path: &str) -> Result<(), EncodeError> {
    if path.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(EncodeError::segment("path", "would hold a `.` or `..` segment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(style: QueryStyle, value: &Value) -> String {
        let mut out = String::new();
        query(&mut out, "a", style, Reserved::Encoded, value);
        out
    }

    #[test]
    fn query_styles_follow_the_specification() {
        let list = json!(["x y", 2]);
        let object = json!({"r": 1, "g": {"h": true}});
        assert_eq!(written(QueryStyle::Form, &list), "a=x%20y&a=2");
        assert_eq!(written(QueryStyle::Comma, &list), "a=x%20y,2");
        assert_eq!(written(QueryStyle::Space, &list), "a=x%20y%202");
        assert_eq!(written(QueryStyle::Pipe, &list), "a=x%20y%7C2");
        assert_eq!(written(QueryStyle::DeepObject, &object), "a%5Br%5D=1&a%5Bg%5D%5Bh%5D=true");
        assert_eq!(written(QueryStyle::Form, &json!({"b": "1&c=2"})), "b=1%26c%3D2");
        assert_eq!(written(QueryStyle::Json, &json!({"b": 1})), "a=%7B%22b%22%3A1%7D");
        assert_eq!(written(QueryStyle::Form, &Value::Null), "");
        assert_eq!(written(QueryStyle::Form, &json!(7.0)), "a=7");
    }

    #[test]
    fn path_values_never_leave_their_segment() {
        for (value, expected) in [
            ("../users", "..%2Fusers"),
            ("a/b", "a%2Fb"),
            ("a?b", "a%3Fb"),
            ("%2e%2e", "%252e%252e"),
            ("a#b;c", "a%23b%3Bc"),
        ] {
            let mut out = String::new();
            path(&mut out, "id", PathStyle::Simple, &json!(value)).unwrap();
            assert_eq!(out, expected);
        }
        for value in ["", ".", "..", "a\nb", "\u{0}", "\u{7f}"] {
            assert!(
                path(&mut String::new(), "id", PathStyle::Simple, &json!(value)).is_err(),
                "{value:?}"
            );
        }
        assert!(check_segments("/a/../b").is_err());
    }
}
