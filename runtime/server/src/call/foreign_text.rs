//! Text of every script wherever a call cuts or reads what others wrote: no index may fall into a
//! character.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::page::Place;
use support::{Response, headers};

use super::cursor::{self, Binding, Key};
use super::response::content::Content;
use super::response::{Rate, failure, file};
use super::testing::CATALOGUE;
use crate::tools::date::{self, Form};
use crate::tools::{Checker, schema_notation};
use crate::violation::Violations;

/// Text near the places where it is cut: dates, ids, file names, quoted and encoded, with
/// characters of one to four bytes.
pub(crate) fn foreign() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,4}",
        Just("-".to_owned()),
        Just("/".to_owned()),
        Just("T".to_owned()),
        Just(" ".to_owned()),
        Just("%C3%A9".to_owned()),
        Just("=?".to_owned()),
        Just("\"".to_owned()),
        Just("İ".to_owned()),
        "[é語🎉\u{301}\u{202e}]{1,8}",
        "\\PC{0,4}",
        ".{0,4}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn response(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    let headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).ok()?))
        })
        .collect();
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from(body.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_date_is_read_or_refused(text in foreign()) {
        for form in [Form::Date, Form::DateTime] {
            if let Ok(written) = date::normalise(&text, form) {
                prop_assert_eq!(date::normalise(&written, form), Ok(written.clone()));
            }
        }
    }

    #[test]
    fn a_file_name_has_no_directory_and_an_end(text in foreign()) {
        for value in [format!("attachment; filename=\"{text}\""), format!("attachment; filename*=UTF-8''{text}"), text] {
            let sent = response(200, &[("content-disposition", value.trim())], "");
            if let Some(name) = headers::file_name(&sent.headers) {
                prop_assert!(name.chars().count() <= 200 && !name.contains(['/', '\\']));
            }
        }
    }

    #[test]
    fn a_cursor_is_read_or_refused(text in foreign()) {
        let (key, home) = (Key::derive(&[1; 32]), Binding::new("acc", "tool", &Map::new()));
        prop_assert_eq!(cursor::open(&text, &key, &home), None);
        let place = Place { start: 7, token: Some(text), ..Place::default() };
        let sealed = cursor::seal(&place, &key, &home);
        prop_assert!(cursor::is_readable(&sealed));
        let read = cursor::open(&sealed, &key, &home);
        let token = place.token.filter(|token| !token.is_empty());
        prop_assert_eq!(read, Some(Place { token, start: 7, ..Place::default() }));
    }

    #[test]
    fn a_schema_is_told_in_short(names in proptest::collection::vec(foreign(), 0..40)) {
        let properties: Map<String, Value> = names.iter().map(|name| (name.clone(), json!({"enum": names}))).collect();
        let schema = json!({"type": "array", "items": {"type": "object", "properties": properties}});
        prop_assert!(schema_notation::short(&schema, &schema).len() <= 703);
    }

    #[test]
    fn what_a_vendor_says_is_repeated(text in foreign(), times in 1_usize..400) {
        let long = text.repeat(times);
        let tool = CATALOGUE.tool("get_single_acme_thing_by_id").unwrap().tool;
        for body in [json!({"message": long}).to_string(), long.clone()] {
            let response = response(400, &[("content-type", "application/json"), ("x-request-id", text.trim())], &body);
            let content = Content::of(&response);
            let outcome = failure::refused(tool, &response, &content, None, 2_000, &[]);
            prop_assert!(outcome.json().len() <= 40_000);
        }
        let marked = response(200, &[("content-type", text.trim()), ("content-disposition", text.trim())], "\u{1}");
        let _ = marked.media_type();
        let _ = file::outcome(tool, &marked, 1_000);
        let limits = response(429, &[("retry-after", text.trim()), ("ratelimit", text.trim()), ("x-ratelimit-reset", text.trim())], "");
        let _ = Rate::read(&limits.headers, tool, limits.status, "2026-01-31T10:00:00Z".parse().unwrap());
    }

    #[test]
    fn arguments_are_checked_and_every_fault_is_told(name in foreign(), text in foreign()) {
        let schema = json!({"type": "object", "additionalProperties": false, "properties": {
            "day": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"}, "n": {"type": "integer"},
            "kind": {"enum": ["é", "large"]}, "list": {"type": "array", "items": {"type": "integer"}}, "o": {"type": "object"}}});
        let mut arguments = Map::new();
        for known in ["day", "at", "n", "kind", "list", "o", &name] {
            arguments.insert(known.to_owned(), text.clone().into());
        }
        let mut violations = Violations::default();
        Checker::of(schema).check(&mut arguments, &mut violations);
        prop_assert!(violations.named().iter().all(|violation| violation.pointer.len() <= 203));
        let _ = crate::nearest::nearest(&text, [name.as_str(), "kind", "é"].into_iter());
    }
}
