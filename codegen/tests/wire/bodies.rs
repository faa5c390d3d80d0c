//! Bodies of every encoding, worked out by hand from the Encoding Object of OpenAPI 3.0.3 and
//! 3.0.4, RFC 7578 and the URL standard.

#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

use serde_json::{Value, json};
use support::Part;
use support::request::Body;

use super::wires;

fn form(body: Value) -> String {
    match wires("form", body).unwrap().body {
        Body::Full { content_type, content } => {
            assert_eq!(content_type, "application/x-www-form-urlencoded");
            String::from_utf8(content.to_vec()).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_form_writes_each_member_by_what_it_is() {
    assert_eq!(form(json!({"plain": "a b&c=d/ü"})), "plain=a%20b%26c%3Dd%2F%C3%BC");
    assert_eq!(form(json!({"count": 2.0})), "count=2");
    assert_eq!(form(json!({"list": ["a", "b,c"]})), "list=a&list=b%2Cc");
    assert_eq!(form(json!({"object": {"k": [1]}})), "object=%7B%22k%22%3A%5B1%5D%7D");
    assert_eq!(
        form(json!({"objects": [{"k": 1}, {"k": 2}]})),
        "objects=%7B%22k%22%3A1%7D&objects=%7B%22k%22%3A2%7D"
    );
    assert_eq!(form(json!({"undeclared": true, "plain": ""})), "plain=&undeclared=true");
    assert_eq!(form(json!({})), "");
}

#[test]
fn a_form_writes_each_member_as_the_document_says() {
    assert_eq!(form(json!({"comma": ["a", "b"]})), "comma=a,b");
    assert_eq!(form(json!({"pipe": ["a", "b"]})), "pipe=a%7Cb");
    assert_eq!(form(json!({"spread": {"a": 1, "b": "x"}})), "a=1&b=x");
    assert_eq!(
        form(json!({"deep": {"a": {"b": 1}, "c": ["x"]}})),
        "deep%5Ba%5D%5Bb%5D=1&deep%5Bc%5D%5B%5D=x"
    );
    assert_eq!(form(json!({"deepList": ["a", "b"]})), "deepList%5B%5D=a&deepList%5B%5D=b");
    assert_eq!(form(json!({"deepList": [{"a": 1}]})), "deepList%5B0%5D%5Ba%5D=1");
    assert_eq!(form(json!({"json": ["a", "b"]})), "json=%5B%22a%22%2C%22b%22%5D");
    assert_eq!(form(json!({"reserved": "https://x.y/?a=b&c"})), "reserved=https://x.y/?a=b%26c");
}

#[test]
fn an_optional_form_is_sent_when_it_has_members() {
    assert!(matches!(wires("optionalForm", json!({})).unwrap().body, Body::Empty));
    let Body::Full { content, .. } = wires("optionalForm", json!({"a": "b"})).unwrap().body else {
        panic!("a form")
    };
    assert_eq!(content, "a=b");
}

fn parts(operation: &str, body: Value) -> Vec<(String, Option<String>, Option<String>, String)> {
    let Body::Multipart(parts) = wires(operation, body).unwrap().body else { panic!("multipart") };
    let seen = |part: Part| {
        (
            part.name,
            part.file_name,
            part.content_type,
            String::from_utf8(part.content.to_vec()).unwrap(),
        )
    };
    parts.into_iter().map(seen).collect()
}

fn part(
    name: &str,
    media: Option<&str>,
    content: &str,
) -> (String, Option<String>, Option<String>, String) {
    (name.to_owned(), None, media.map(str::to_owned), content.to_owned())
}

fn file(
    name: &str,
    file: &str,
    media: &str,
    content: &str,
) -> (String, Option<String>, Option<String>, String) {
    (name.to_owned(), Some(file.to_owned()), Some(media.to_owned()), content.to_owned())
}

#[test]
fn a_multipart_body_has_a_part_for_each_value() {
    let upload = json!({"name": "a.txt", "content_base64": "YQ=="});
    let typed = json!({"name": "b.gif", "content_base64": "Yg==", "content_type": "image/gif"});
    let sent = parts(
        "multipart",
        json!({
            "file": upload, "picture": upload, "files": [upload, typed], "title": "t \"1\"", "count": 3, "flag": false,
            "tags": ["x", "y"], "meta": {"k": "v"}, "metas": [{"a": 1}, {"b": 2}], "quoted": "q", "csv": "a,b", "deep": {"create": true, "list": ["x"]}, "more": [1, {"z": 0}],
        }),
    );
    let json = Some("application/json");
    let expected = [
        file("file", "a.txt", "text/plain", "a"),
        file("picture", "a.txt", "text/plain", "a"),
        file("files", "a.txt", "text/plain", "a"),
        file("files", "b.gif", "image/gif", "b"),
        part("title", None, "t \"1\""),
        part("count", None, "3"),
        part("flag", None, "false"),
        part("tags", None, "x"),
        part("tags", None, "y"),
        part("meta", json, r#"{"k":"v"}"#),
        part("metas", json, r#"{"a":1}"#),
        part("metas", json, r#"{"b":2}"#),
        part("quoted", json, r#""q""#),
        part("csv", Some("text/csv"), "a,b"),
        part("deep[create]", None, "true"),
        part("deep[list][]", None, "x"),
        part("more", None, "1"),
        part("more", json, r#"{"z":0}"#),
    ];
    let sorted = |mut parts: Vec<_>| {
        parts.sort();
        parts
    };
    assert_eq!(sorted(sent), sorted(expected.to_vec()));
    assert_eq!(parts("multipart", json!({"file": upload, "title": null})).len(), 1);
}

#[test]
fn a_file_goes_under_the_media_type_of_its_name_and_never_under_the_first_of_a_list() {
    let sent = |name: &str| {
        let upload = json!({"name": name, "content_base64": "YQ=="});
        let parts = parts("multipart", json!({"file": upload, "picture": upload}));
        parts.into_iter().find(|part| part.0 == "picture").and_then(|part| part.2)
    };
    for (name, media) in [
        ("a.png", "image/png"),
        ("A.JPEG", "image/jpeg"),
        ("terms.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
    ] {
        assert_eq!(sent(name).as_deref(), Some(media), "{name}");
    }
}

#[test]
fn a_multipart_body_of_alternatives_sends_its_files_as_files() {
    let upload = json!({"name": "a.txt", "content_base64": "YQ=="});
    let sent = parts("multipartUnion", json!({"file": upload, "note": "n"}));
    assert_eq!(sent, [file("file", "a.txt", "text/plain", "a"), part("note", None, "n")]);
    assert_eq!(parts("multipartUnion", json!({"url": "u"})), [part("url", None, "u")]);
}

#[test]
fn what_no_alternative_would_send_together_is_refused() {
    let sent =
        |arguments: Value| wires("jsonUnion", arguments).map(|request| super::text(&request));
    assert_eq!(
        sent(json!({"kind": "loan", "until": "May"})).unwrap(),
        r#"{"kind":"loan","until":"May"}"#
    );
    assert_eq!(
        sent(json!({"kind": "sale", "price": 2, "until": null})).unwrap(),
        r#"{"kind":"sale","price":2}"#
    );
    assert_eq!(
        sent(json!({"kind": "sale", "price": 0.5})).unwrap(),
        r#"{"kind":"sale","price":0.5}"#
    );
    for arguments in [
        json!({"kind": "sale", "price": 2, "until": "May"}),
        json!({"kind": "sale", "until": "May"}),
    ] {
        assert!(
            sent(arguments)
                .unwrap_err()
                .starts_with("argument `until` does not go with the other arguments")
        );
    }
    assert!(
        wires("multipartUnion", json!({"url": "u", "note": "n"}))
            .unwrap_err()
            .starts_with("argument `note`")
    );
}

#[test]
fn files_are_files_wherever_their_schema_stands() {
    let upload = json!({"name": "a", "content_base64": "YQ=="});
    let sent = parts(
        "multipartReferences",
        json!({"one": upload, "many": [upload, upload], "described": upload}),
    );
    let expected = ["many", "many", "one", "described"]
        .map(|name| file(name, "a", "application/octet-stream", "a"));
    assert_eq!(sent, expected);
}

#[test]
fn bytes_are_sent_under_a_media_type_that_the_operation_takes() {
    let sent = |operation: &str, media: Option<&str>| {
        let mut upload = json!({"name": "a", "content_base64": "AAE="});
        if let Some(media) = media {
            upload["content_type"] = json!(media);
        }
        match wires(operation, json!({"file": upload})).unwrap().body {
            Body::Full { content_type, content } if content[..] == [0, 1] => {
                content_type.into_owned()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(sent("upload", None), "image/jpeg");
    assert_eq!(sent("upload", Some("image/png")), "image/png");
    assert_eq!(sent("upload", Some("text/plain")), "image/jpeg");
    assert_eq!(sent("uploadAny", None), "application/octet-stream");
    assert_eq!(sent("uploadAny", Some("image/webp")), "image/webp");
}

#[test]
fn a_media_range_takes_the_type_of_the_file() {
    let sent = |operation: &str, media: Option<&str>| {
        let mut upload = json!({"name": "a", "content_base64": "AAE="});
        if let Some(media) = media {
            upload["content_type"] = json!(media);
        }
        match wires(operation, json!({"file": upload})).unwrap().body {
            Body::Full { content_type, .. } => content_type.into_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(sent("uploadImage", Some("image/png")), "image/png");
    assert_eq!(sent("uploadImage", Some("IMAGE/webp; q=1")), "IMAGE/webp; q=1");
    assert_eq!(sent("uploadAnything", Some("text/csv")), "text/csv");
    // What does not fit, or is not known, is bytes.
    assert_eq!(sent("uploadImage", Some("text/csv")), "application/octet-stream");
    assert_eq!(sent("uploadAnything", None), "application/octet-stream");
}

#[test]
fn bytes_go_in_the_only_form_that_carries_them() {
    let upload = json!({"name": "a.png", "content_base64": "YQ==", "content_type": "image/png"});
    let sent = parts("picture", json!({"image": upload, "caption": "c"}));
    assert_eq!(sent, [file("image", "a.png", "image/png", "a"), part("caption", None, "c")]);
}

#[test]
fn a_part_is_written_in_the_style_that_the_document_names() {
    let upload = json!({"name": "a.png", "content_base64": "YQ=="});
    let mut sent = parts(
        "multipartStyled",
        json!({
            "comma": ["a b", "c"], "space": ["a", "b"], "pipe": [1, 2], "spread": {"x": 1, "y": ["&", "z"]}, "flat": {"x": 1, "y": "b"},
            "deep": {"a": {"b": "c"}}, "reserved": "a/b?c%20", "file": [upload], "list": [{"a": 1}, {"b": 2}], "numbers": [1, 2],
        }),
    );
    let json = Some("application/json");
    let mut expected = [
        part("comma", None, "a b,c"),
        part("space", None, "a b"),
        part("pipe", None, "1|2"),
        part("x", None, "1"),
        part("y", None, "&"),
        part("y", None, "z"),
        part("flat", None, "x,1,y,b"),
        part("deep[a][b]", None, "c"),
        part("reserved", None, "a/b?c%20"),
        file("file", "a.png", "image/png", "a"),
        // A list is a part for each of its items, in the media type of the items.
        part("list", json, r#"{"a":1}"#),
        part("list", json, r#"{"b":2}"#),
        part("numbers", json, "1"),
        part("numbers", json, "2"),
    ];
    // Members are read by name.
    sent.sort();
    expected.sort();
    assert_eq!(sent, expected);
}

#[test]
fn a_text_with_a_schema_is_of_its_type() {
    let sent = |operation: &str, body: Value| {
        wires(operation, json!({"body": body})).map(|request| super::text(&request))
    };
    assert_eq!(sent("textOfFew", json!("go")).unwrap(), "go");
    assert_eq!(sent("textOfNumber", json!(7)).unwrap(), "7");
    assert!(sent("textOfNumber", json!("seven")).is_err());
    let schema = |operation: &str| {
        let tool = wires::API.tools.iter().find(|tool| tool.operation.id == operation).unwrap();
        let schemas: Value = serde_json::from_str(tool.schemas).unwrap();
        schemas["full"]["properties"]["body"].clone()
    };
    assert_eq!(schema("textOfFew")["enum"], json!(["go", "stop"]));
    assert_eq!(schema("textOfNumber")["minimum"], json!(1));
    assert_eq!(schema("textOfLength")["maxLength"], json!(3));
}

#[test]
fn bytes_are_sent_in_the_alphabet_of_their_schema() {
    let sent = wires("digest", json!({"url": "+/8=", "plain": "+/8="})).unwrap();
    assert_eq!(super::text(&sent), r#"{"plain":"+/8=","url":"-_8="}"#);
}
