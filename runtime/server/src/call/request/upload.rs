//! Files to upload that are given by address: fetched here, then sent as if they had been given by
//! content.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use support::tool::ArgumentContent;
use support::{Response, Tool, headers};
use upstream::Upstream;

use crate::pointer::child;
use crate::violation::{Violation, Violations};

/// How many files one call may give by address.
pub(super) const FETCHED: usize = 10;

/// Replaces `{url}` by name and content in every file argument; without `outbound`, files have to be
/// given by content.
pub(super) async fn fetch(
    outbound: Option<&Upstream>,
    tool: &Tool,
    arguments: &mut Map<String, Value>,
    limit: u64,
    violations: &mut Violations,
) {
    let mut by_address = by_address(tool, arguments);
    if by_address.is_empty() {
        return;
    }
    if by_address.len() > FETCHED {
        violations.push(Violation::new(
            "",
            format!("at most {FETCHED} files by url; give the others by content_base64"),
        ));
        return;
    }
    for (pointer, value) in &mut by_address {
        match outbound {
            Some(outbound) => one(outbound, pointer, value, limit, violations).await,
            None => violations.push(Violation::new(pointer.as_str(), BY_CONTENT)),
        }
    }
}

/// What is expected where nothing fetches files.
const BY_CONTENT: &str = "{name, content_base64, content_type?}: files are not fetched by url here";

/// The files that are given by address, with their pointers: most calls have none.
fn by_address<'a>(
    tool: &Tool,
    arguments: &'a mut Map<String, Value>,
) -> Vec<(String, &'a mut Value)> {
    let mut found = Vec::new();
    for (name, value) in arguments.iter_mut() {
        let content = tool.argument(name).map(|argument| argument.content);
        match (content, value) {
            (Some(ArgumentContent::File), value) if is_by_address(value) => {
                found.push((child("", name), value));
            }
            (Some(ArgumentContent::Files), Value::Array(items)) => {
                let files = items.iter_mut().enumerate().filter(|(_, item)| is_by_address(item));
                let place = |index: usize| child(&child("", name), &index.to_string());
                found.extend(files.map(|(index, item)| (place(index), item)));
            }
            _ => {}
        }
    }
    found
}

fn is_by_address(value: &Value) -> bool {
    value.as_object().is_some_and(|members| {
        members.contains_key("url") && !members.contains_key("content_base64")
    })
}

/// Replaces one `{url}` by name and content.
pub(super) async fn one(
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
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or("file");
    let last = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    let last: String = last
        .chars()
        .filter(|letter| !letter.is_control() && !matches!(letter, '/' | '\\'))
        .take(200)
        .collect();
    headers::file_name(&response.headers).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use proptest::prelude::*;
    use support::tool::Argument;

    use super::*;
    use crate::call::testing::CATALOGUE;

    const ARGUMENTS: &[Argument] = &[
        Argument::member("file", "file").file(),
        Argument::member("files", "files").files(),
        Argument::member("link", "link"),
    ];

    #[tokio::test]
    async fn one_call_gives_few_files_by_address() {
        let plain = CATALOGUE.tool("create_a_acme_thing").unwrap().tool;
        let tool = Tool { arguments: ARGUMENTS, ..*plain };
        let named = async |arguments: Value| -> Vec<String> {
            let mut arguments = arguments.as_object().cloned().unwrap();
            let mut violations = Violations::default();
            fetch(None, &tool, &mut arguments, 1_000, &mut violations).await;
            violations.named().iter().map(|violation| violation.pointer.clone()).collect()
        };
        let address = json!({"url": "https://x.example/é"});
        let content = json!({"url": "u", "content_base64": ""});
        assert_eq!(named(json!({"file": content, "link": address})).await, [""; 0]);
        assert_eq!(
            named(json!({"file": address, "files": [content, address]})).await,
            ["/file", "/files/1"]
        );
        assert_eq!(named(json!({"files": vec![address; FETCHED + 1]})).await, [""]);
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
