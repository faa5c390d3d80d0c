//! Parameter serialisation: OpenAPI 3.0 `style` and `explode`, percent-encoding per RFC 3986.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::error::EncodeError;

/// Everything but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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
    /// `deepObject`: `a[b]=1`, nested with further brackets.
    DeepObject,
    /// A parameter with `content: application/json`: `a={"b":1}`.
    Json,
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
}

/// Percent-encodes everything but unreserved characters.
#[must_use]
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

pub(crate) fn to_value<T: Serialize + ?Sized>(name: &'static str, value: &T) -> Result<Value, EncodeError> {
    serde_json::to_value(value).map_err(|error| EncodeError::shape(name, &error.to_string()))
}

/// A scalar as text; whole floats are written without a fraction, as the argument had it.
fn scalar(name: &str, value: &Value) -> Result<String, EncodeError> {
    Ok(match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => serde_json::to_string(value).map_err(|error| EncodeError::shape(name, &error.to_string()))?,
    })
}

/// `style: simple` as headers and cookies use it; `None` for null.
pub(crate) fn simple(name: &str, value: &Value) -> Result<Option<String>, EncodeError> {
    Ok(match value {
        Value::Null => None,
        Value::Array(items) => Some(items.iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>, _>>()?.join(",")),
        Value::Object(members) => {
            let mut parts = Vec::with_capacity(members.len() * 2);
            for (key, member) in members {
                parts.push(key.clone());
                parts.push(scalar(name, member)?);
            }
            Some(parts.join(","))
        }
        other => Some(scalar(name, other)?),
    })
}

pub(crate) fn path(out: &mut String, name: &'static str, style: PathStyle, value: &Value) -> Result<(), EncodeError> {
    let pairs = pairs(name, value)?;
    if pairs.is_empty() || pairs.iter().any(|(_, text)| text.is_empty()) {
        return Err(EncodeError::segment(name, "is empty"));
    }
    for (key, text) in &pairs {
        if text.chars().chain(key.iter().flat_map(|key| key.chars())).any(char::is_control) {
            return Err(EncodeError::segment(name, "holds control characters"));
        }
    }
    if let [(None, only)] = pairs.as_slice()
        && (only == "." || only == "..")
    {
        return Err(EncodeError::segment(name, "must not be `.` or `..`"));
    }
    let (lead, separator, assign) = match style {
        PathStyle::Simple => ("", ",", ","),
        PathStyle::SimpleExplode => ("", ",", "="),
        PathStyle::Label { explode: true } => (".", ".", "="),
        PathStyle::Label { explode: false } => (".", ",", ","),
        PathStyle::Matrix { explode: true } => (";", ";", "="),
        PathStyle::Matrix { explode: false } => (";", ",", ","),
    };
    out.push_str(lead);
    if style == (PathStyle::Matrix { explode: false }) {
        out.push_str(&percent(name));
        out.push('=');
    }
    for (index, (key, text)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        match (key, style) {
            (Some(key), _) => {
                out.push_str(&percent(key));
                out.push_str(assign);
            }
            (None, PathStyle::Matrix { explode: true }) => {
                out.push_str(&percent(name));
                out.push('=');
            }
            (None, _) => {}
        }
        out.push_str(&percent(text));
    }
    Ok(())
}

/// The values of a parameter: members with their keys, items and scalars without.
fn pairs(name: &str, value: &Value) -> Result<Vec<(Option<String>, String)>, EncodeError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().map(|item| Ok((None, scalar(name, item)?))).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(key, member)| Ok((Some(key.clone()), scalar(name, member)?)))
            .collect(),
        other => Ok(vec![(None, scalar(name, other)?)]),
    }
}

pub(crate) fn query(out: &mut String, name: &str, style: QueryStyle, value: &Value) -> Result<(), EncodeError> {
    if value.is_null() {
        return Ok(());
    }
    match style {
        QueryStyle::Form => {
            for (key, text) in pairs(name, value)? {
                push_pair(out, key.as_deref().unwrap_or(name), &text);
            }
        }
        QueryStyle::Comma | QueryStyle::Space | QueryStyle::Pipe => joined(out, name, style, value)?,
        QueryStyle::DeepObject => deep(out, name, value)?,
        QueryStyle::Json => {
            let text = serde_json::to_string(value).map_err(|error| EncodeError::shape(name, &error.to_string()))?;
            push_pair(out, name, &text);
        }
    }
    Ok(())
}

fn joined(out: &mut String, name: &str, style: QueryStyle, value: &Value) -> Result<(), EncodeError> {
    let separator = match style {
        QueryStyle::Space => "%20",
        QueryStyle::Pipe => "%7C",
        _ => ",",
    };
    let mut texts = Vec::new();
    for (key, text) in pairs(name, value)? {
        texts.extend(key.map(|key| percent(&key)));
        texts.push(percent(&text));
    }
    if !texts.is_empty() {
        push_encoded(out, &percent(name), &texts.join(separator));
    }
    Ok(())
}

/// `deepObject` beyond one level is not standardised; brackets all the way is what servers that accept it expect.
fn deep(out: &mut String, name: &str, value: &Value) -> Result<(), EncodeError> {
    let mut pending = vec![(name.to_owned(), value)];
    while let Some((key, value)) = pending.pop() {
        match value {
            Value::Null => {}
            Value::Object(members) => pending.extend(members.iter().rev().map(|(member, value)| (format!("{key}[{member}]"), value))),
            Value::Array(items) => pending.extend(items.iter().rev().map(|item| (format!("{key}[]"), item))),
            other => push_pair(out, &key, &scalar(name, other)?),
        }
    }
    Ok(())
}

/// An `application/x-www-form-urlencoded` body; nested members are written like `deepObject`.
pub(crate) fn form(value: &Value) -> Result<String, EncodeError> {
    let Value::Object(members) = value else {
        return Err(EncodeError::shape("body", "a form body must be an object"));
    };
    let mut out = String::new();
    for (name, member) in members {
        match member {
            Value::Object(_) => deep(&mut out, name, member)?,
            _ => query(&mut out, name, QueryStyle::Form, member)?,
        }
    }
    Ok(out)
}

/// The bytes of a multipart part; `None` for null.
pub(crate) fn part(value: &Value) -> Option<Bytes> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Bytes::from(text.clone())),
        other => Some(Bytes::from(other.to_string())),
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
        query(&mut out, "a", style, value).unwrap();
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
        for (value, expected) in
            [("../users", "..%2Fusers"), ("a/b", "a%2Fb"), ("a?b", "a%3Fb"), ("%2e%2e", "%252e%252e"), ("a#b;c", "a%23b%3Bc")]
        {
            let mut out = String::new();
            path(&mut out, "id", PathStyle::Simple, &json!(value)).unwrap();
            assert_eq!(out, expected);
        }
        for value in ["", ".", "..", "a\nb", "\u{0}", "\u{7f}"] {
            assert!(path(&mut String::new(), "id", PathStyle::Simple, &json!(value)).is_err(), "{value:?}");
        }
        assert!(check_segments("/a/../b").is_err());
    }
}
