//! Files to upload that are given by address: fetched here, then sent as if they had been given by
//! content.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_DISPOSITION;
use serde_json::{Map, Value, json};
use support::Response;
use upstream::Upstream;

use crate::call::file::file_name;
use crate::call::violation::{Violation, Violations, child};

/// How many files one call may give by address.
const FETCHED: usize = 10;

/// Replaces `{url}` by name and content in every file argument that `full` declares.
pub(crate) async fn fetch(
    outbound: &Upstream,
    full: &Value,
    arguments: &mut Map<String, Value>,
    limit: u64,
    violations: &mut Violations,
) {
    if arguments.values().map(addresses).sum::<usize>() > FETCHED {
        violations.push(Violation::new(
            "",
            format!("at most {FETCHED} files by url; give the others by content_base64"),
        ));
        return;
    }
    for (name, value) in arguments.iter_mut() {
        let Some(schema) = full.get("properties").and_then(|properties| properties.get(name))
        else {
            continue;
        };
        let pointer = child("", name);
        if is_file(schema) {
            one(outbound, &pointer, value, limit, violations).await;
        } else if let (true, Value::Array(values)) =
            (schema.get("items").is_some_and(is_file), value)
        {
            for (index, value) in values.iter_mut().enumerate() {
                one(outbound, &child(&pointer, &index.to_string()), value, limit, violations).await;
            }
        }
    }
}

/// Whether any argument is a file given by address: most calls have none and cost nothing here.
pub(crate) fn by_address(arguments: &Map<String, Value>) -> bool {
    arguments.values().any(|value| {
        given_by_address(value)
            || value.as_array().is_some_and(|items| items.iter().any(given_by_address))
    })
}

fn given_by_address(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        members.contains_key("url") && !members.contains_key("content_base64")
    })
}

/// How many files an argument gives by address.
fn addresses(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().filter(|item| given_by_address(item)).count(),
        other => usize::from(given_by_address(other)),
    }
}

fn is_file(schema: &Value) -> bool {
    schema
        .get("properties")
        .is_some_and(|known| known.get("content_base64").is_some() && known.get("url").is_some())
}

async fn one(
    outbound: &Upstream,
    pointer: &str,
    value: &mut Value,
    limit: u64,
    violations: &mut Violations,
) {
    let Some(members) = value.as_object().filter(|members| !members.contains_key("content_base64"))
    else {
        return;
    };
    let Some(address) = members.get("url").and_then(Value::as_str) else { return };
    match outbound.fetch(address, limit).await {
        Ok(response) => {
            let given = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
            let name = given("name").unwrap_or_else(|| named(&response, address));
            let media = given("content_type")
                .or_else(|| Some(response.media_type()).filter(|media| !media.is_empty()));
            let mut file = json!({"name": name, "content_base64": STANDARD.encode(&response.body)});
            if let Some(media) = media {
                file["content_type"] = media.into();
            }
            *value = file;
        }
        Err(error) => violations.push(Violation::new(
            child(pointer, "url"),
            format!("an address that a file can be fetched from; {error}"),
        )),
    }
}

/// The name that the host gives the file, or the end of its path.
fn named(response: &Response, address: &str) -> String {
    let disposition = response
        .headers
        .get(CONTENT_DISPOSITION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or("file");
    let last = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    let last: String = last
        .chars()
        .filter(|letter| !letter.is_control() && !matches!(letter, '/' | '\\'))
        .take(200)
        .collect();
    disposition.and_then(|value| file_name(&value)).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_call_gives_few_files_by_address() {
        let files = |count: usize| {
            Map::from_iter([(
                "files".to_owned(),
                Value::Array(vec![json!({"url": "https://x.example/é"}); count]),
            )])
        };
        assert!(by_address(&files(1)));
        assert_eq!(files(FETCHED + 1).values().map(addresses).sum::<usize>(), FETCHED + 1);
        assert!(!by_address(&Map::from_iter([(
            "file".to_owned(),
            json!({"url": "u", "content_base64": ""})
        )])));
    }

    proptest! {
        #[test]
        fn a_file_is_named_by_the_end_of_its_address(path in "[é語🎉a-z/%?#0-9]{0,40}") {
            let response = Response { status: StatusCode::OK, headers: HeaderMap::new(), body: Vec::new().into() };
            let name = named(&response, &format!("https://x.example/{path}"));
            prop_assert!(!name.contains(['/', '\\']) && name.chars().count() <= 200);
        }
    }
}
