//! Decoders that generated operations choose from, one per kind of body.

use std::borrow::Cow;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::charset;
use crate::error::DecodeError;
use crate::response::Response;

/// A JSON body, in UTF-8 or whatever encoding it says that it is in. An empty one is read as null,
/// where the declared type has it; `1.0` is a whole number where one is declared.
///
/// # Errors
/// When the body is not JSON of the declared type.
pub fn json<T: DeserializeOwned>(response: &Response) -> Result<T, DecodeError> {
    serde_json::from_slice(&response.body).or_else(|_| {
        let body = in_utf8(response);
        let read = if is_blank(response) {
            serde_json::from_slice(b"null").ok()
        } else {
            serde_json::from_slice(&body).ok().or_else(|| with_whole_numbers(&body))
        };
        read.ok_or_else(|| mismatch::<T>(response, &body))
    })
}

/// The body without a byte order mark and in UTF-8, where it says what else it is in.
fn in_utf8(response: &Response) -> Cow<'_, [u8]> {
    match charset::declared(&response.body, response.charset().as_deref()) {
        Some(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
        Some(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        None => Cow::Borrowed(&response.body),
    }
}

/// What does not match, and where: the body is read once more for it.
fn mismatch<T: DeserializeOwned>(response: &Response, body: &[u8]) -> DecodeError {
    let mut body = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut body) {
        Ok(_) => DecodeError::new(response, "", "something follows the value"),
        Err(error) => {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            DecodeError::new(response, path, error.into_inner())
        }
    }
}

/// The body once more, with numbers like `1.0` as whole ones: that is how some languages write them
/// all.
fn with_whole_numbers<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    fn whole(value: &mut Value) {
        // The largest up to which a floating-point number is exact.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match value {
            Value::Array(items) => items.iter_mut().for_each(whole),
            Value::Object(members) => members.values_mut().for_each(whole),
            Value::Number(number) => {
                if let Some(float) = number
                    .as_f64()
                    .filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT)
                {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "it is a whole number within the range"
                    )]
                    let integer = float as i64;
                    *value = integer.into();
                }
            }
            _ => {}
        }
    }
    let mut value = serde_json::from_slice(body).ok()?;
    whole(&mut value);
    serde_json::from_value(value).ok()
}

fn is_blank(response: &Response) -> bool {
    response.body.iter().all(u8::is_ascii_whitespace)
}

/// A JSON body, or nothing.
///
/// # Errors
/// When the body is neither empty, null nor JSON of the declared type.
pub fn optional_json<T: DeserializeOwned>(response: &Response) -> Result<Option<T>, DecodeError> {
    json(response)
}

/// A text body, in UTF-8 or whatever encoding it says that it is in.
///
/// # Errors
/// When the body is in another encoding.
pub fn text(response: &Response) -> Result<String, DecodeError> {
    let text = charset::declared(&response.body, response.charset().as_deref());
    let other = || DecodeError::new(response, "", "the text is not in the encoding it names");
    text.map(Cow::into_owned).ok_or_else(other)
}

/// A text body of a type of its own: a text as it is, or a number or flag.
///
/// # Errors
/// When the body is in another encoding, or no text of the declared type.
pub fn typed_text<T: DeserializeOwned>(response: &Response) -> Result<T, DecodeError> {
    let text = text(response)?;
    let plain = text.trim();
    serde_json::from_value(text.as_str().into())
        .or_else(|_| serde_json::from_value(plain.into()))
        .or_else(|_| serde_json::from_str(plain))
        .map_err(|error| DecodeError::new(response, "", error))
}

/// Any body, as received.
///
/// # Errors
/// Never; the signature is that of the other decoders.
pub fn binary(response: &Response) -> Result<Bytes, DecodeError> {
    Ok(response.body.clone())
}

/// An answer without a declared body; whatever it holds is left alone.
///
/// # Errors
/// Never; the signature is that of the other decoders.
pub fn empty(_: &Response) -> Result<(), DecodeError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(media: &str, body: &'static [u8]) -> Response {
        let headers = [(http::header::CONTENT_TYPE, http::HeaderValue::from_str(media).unwrap())]
            .into_iter()
            .collect();
        Response { status: http::StatusCode::OK, headers, body: Bytes::from_static(body) }
    }

    #[test]
    fn an_empty_body_is_null_where_that_is_a_value() {
        let empty = answer("application/json", b" ");
        assert_eq!(json::<Option<i64>>(&empty).unwrap(), None);
        assert_eq!(json::<serde_json::Value>(&empty).unwrap(), serde_json::Value::Null);
        assert!(json::<i64>(&empty).is_err());
        assert_eq!(json::<Option<i64>>(&answer("application/json", b"null")).unwrap(), None);
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        assert_eq!(
            json::<Vec<i64>>(&answer("application/json", b"[1.0, 2, -3e2]")).unwrap(),
            [1, 2, -300]
        );
        assert!(json::<Vec<i64>>(&answer("application/json", b"[1.5]")).is_err());
    }

    #[test]
    fn json_is_read_in_its_encoding() {
        for (media, body) in [
            ("application/json", &b"\xef\xbb\xbf[\"\xc3\xbc\"]"[..]),
            ("application/json; charset=latin1", b"[\"\xfc\"]"),
            ("application/json", b"\xfe\xff\0[\0\"\0\xfc\0\"\0]"),
        ] {
            assert_eq!(json::<Vec<String>>(&answer(media, body)).unwrap(), ["ü"], "{media}");
        }
        assert!(json::<Vec<String>>(&answer("application/json", b"[\"\xfc\"]")).is_err());
    }

    #[test]
    fn a_mismatch_names_its_place_and_keeps_the_body() {
        #[derive(Debug, serde::Deserialize)]
        struct Row {
            #[expect(dead_code, reason = "what is read says enough")]
            name: String,
        }
        let body = br#"{"rows":[{"name":"a"},{"name":7}]}"#;
        let error =
            json::<std::collections::BTreeMap<String, Vec<Row>>>(&answer("application/json", body))
                .unwrap_err();
        assert_eq!(error.path, "rows[1].name");
        assert_eq!(error.body.as_ref(), body);
        assert!(error.to_string().contains("at rows[1].name"), "{error}");
        assert_eq!(json::<i64>(&answer("application/json", b"1 2")).unwrap_err().path, "");
    }

    #[test]
    fn text_is_read_in_its_encoding() {
        assert_eq!(text(&answer("text/plain", "ü".as_bytes())).unwrap(), "ü");
        assert_eq!(text(&answer("text/csv; Charset=\"ISO-8859-1\"", b"\xfc")).unwrap(), "ü");
        assert_eq!(text(&answer("text/csv", b"\xff\xfe\xfc\0")).unwrap(), "ü");
        assert!(text(&answer("text/plain", b"\xfc")).is_err());
    }

    #[test]
    fn text_may_be_a_number_a_flag_or_one_of_a_few() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum State {
            Go,
        }
        let plain = |body| answer("text/plain", body);
        assert_eq!(typed_text::<i64>(&plain(b"42\n")).unwrap(), 42);
        assert!(typed_text::<bool>(&plain(b"true")).unwrap());
        assert_eq!(typed_text::<State>(&plain(b"go\r\n")).unwrap(), State::Go);
        assert_eq!(typed_text::<String>(&plain(b" 7")).unwrap(), " 7");
        assert!(typed_text::<i64>(&plain(b"many")).is_err());
    }
}
