//! Files and texts: what a vendor sends, and what a caller reads of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::call::testing::{Reply, Vendor, call, pipeline};
use crate::call::{FailureKind, Outcome, Pipeline};

const GET: &str = "get_single_acme_thing_by_id";
const DOWNLOAD: &str = "acme_things_download";

fn sent(media: &str, body: impl AsRef<[u8]>) -> Reply {
    let reply = Reply::json(200, body.as_ref().to_vec());
    if media.is_empty() {
        Reply { headers: Vec::new(), ..reply }
    } else {
        reply.with("content-type", media)
    }
}

fn named(reply: Reply, name: &str) -> Reply {
    reply.with("content-disposition", &format!("attachment; filename=\"{name}\""))
}

async fn told(tool: &str, reply: Reply) -> (Value, Outcome) {
    call(&Vendor::always(reply), &pipeline(64_000), "acc", tool, json!({"id": "1"})).await
}

/// Reads a file to its end, page by page.
async fn walk(vendor: &Vendor, result: usize) -> Vec<Value> {
    walk_with(&pipeline(result), vendor, result).await
}

async fn walk_with(pipeline: &Pipeline, vendor: &Vendor, result: usize) -> Vec<Value> {
    let (mut cursor, mut pages) = (Value::Null, Vec::new());
    loop {
        let arguments = json!({"id": "1", "next_cursor": cursor});
        let (page, outcome) = call(vendor, pipeline, "acc", DOWNLOAD, arguments).await;
        assert_eq!(outcome.failure, None, "{page}");
        assert!(outcome.json().len() <= result, "{} bytes", outcome.json().len());
        cursor = page["next_cursor"].clone();
        pages.push(page);
        assert_eq!(vendor.count(), pages.len(), "one upstream request per call");
        if cursor.is_null() {
            return pages;
        }
        assert!(pages.len() < 5_000, "the file ends");
    }
}

fn texts(pages: &[Value]) -> String {
    pages.iter().map(|page| page["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn texts_of_any_media_type_are_read_as_text() {
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";
    const ROWS: &str = "{\"a\":1}\n{\"a\":2}\n";
    for (media, body) in [
        ("application/x-pem-file; charset=utf-8", PEM),
        ("application/x-x509-ca-cert", PEM),
        ("application/octet-stream", PEM),
        ("", PEM),
        ("application/x-ndjson", ROWS),
        ("application/jsonl", ROWS),
        ("application/json", ROWS),
        ("application/octet-stream", ROWS),
        ("application/yaml", "a:\n  - 1\n"),
        ("application/vnd.oai.openapi+yaml", "a:\n  - 1\n"),
        ("text/csv; charset=utf-8; header=present", "a,b\r\n1,2\r\n"),
        ("APPLICATION/CSV", "a,b\n"),
        ("image/svg+xml", "<svg/>"),
        ("message/rfc822", "Subject: x\n\ny"),
    ] {
        let (answer, outcome) = told(DOWNLOAD, named(sent(media, body), "a.x")).await;
        assert_eq!((&answer["name"], &answer["text"]), (&json!("a.x"), &json!(body)), "{media}");
        assert_eq!((outcome.blocks.len(), answer.get("next_cursor")), (0, None), "{media}");
        let essence = media.split(';').next().unwrap().to_ascii_lowercase();
        let known = if media.is_empty() { "text/plain" } else { &essence };
        assert_eq!((&answer["content_type"], &answer["size"]), (&json!(known), &json!(body.len())));
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    for body in ["", " \n"] {
        let (answer, _) = told(DOWNLOAD, named(sent("text/csv", body), "a.csv")).await;
        assert_eq!(
            answer,
            json!({"name": "a.csv", "content_type": "text/csv", "size": body.len(), "text": body})
        );
        let (answer, _) = told(DOWNLOAD, sent("text/csv", body)).await;
        assert_eq!(answer, json!({"ok": true, "status": 200}));
    }
}

#[tokio::test]
async fn bytes_come_as_a_file_by_name_and_type() {
    for (media, told_media, body) in [
        ("application/pdf", "application/pdf", &b"%PDF-1.4 all of it ASCII"[..]),
        ("application/octet-stream", "application/octet-stream", b"%PDF-1.4 all of it ASCII"),
        ("application/octet-stream", "application/octet-stream", b"{\\rtf1 x}"),
        ("application/octet-stream", "application/octet-stream", b"PK\x03\x04"),
        ("", "application/octet-stream", b"\x00\x01"),
        ("text/plain", "text/plain", b"\x89PNG\r\n\x1a\n\x00\xff"),
        ("application/x-x509-ca-cert", "application/x-x509-ca-cert", b"0\x82\x01\x00"),
    ] {
        let (answer, outcome) = told(DOWNLOAD, named(sent(media, body), "a.x")).await;
        assert_eq!(
            answer,
            json!({"name": "a.x", "content_type": told_media, "size": body.len()}),
            "{media}"
        );
        let resource = &outcome.blocks[0].0["resource"];
        assert_eq!(
            resource,
            &json!({"uri": "attachment:a%2Ex", "mimeType": told_media, "blob": STANDARD.encode(body), "_meta": {"name": "a.x"}})
        );
    }
}

#[tokio::test]
async fn a_file_is_named_however_its_header_is_written() {
    for (header, name) in [
        (Some("attachment; filename=\"a;b \\\"c\\\".csv\"; size=3"), "a;b \"c\".csv"),
        (Some("attachment; filename=a.csv; filename*=UTF-8''%E2%82%AC%20rates.csv"), "€ rates.csv"),
        (Some("inline; filename*=ISO-8859-1'en'%A3.csv"), "£.csv"),
        (Some("attachment; filename=\"..\\\\..\\u0000/x\\ty.csv\""), "xty.csv"),
        (Some("attachment"), DOWNLOAD),
        (None, DOWNLOAD),
    ] {
        for body in [&b"a,b"[..], b"\x00\xff"] {
            let mut reply = sent("text/csv", body);
            if let Some(header) = header {
                reply = reply.with("content-disposition", header);
            }
            let (answer, outcome) = told(DOWNLOAD, reply).await;
            assert_eq!(
                (&answer["name"], &answer["content_type"]),
                (&json!(name), &json!("text/csv")),
                "{header:?}"
            );
            for block in &outcome.blocks {
                assert_eq!(block.0["resource"]["_meta"]["name"], name);
            }
        }
    }
}

#[tokio::test]
async fn texts_are_decoded_from_the_encoding_they_are_in() {
    let utf16: Vec<u8> = "\u{feff}é;€\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (media, body, text) in [
        ("text/csv; charset=ISO-8859-1", &b"caf\xe9;1\n"[..], "café;1\n"),
        ("text/csv; charset=windows-1252", b"\x80;1\n", "€;1\n"),
        ("text/csv", b"caf\xe9 \x80;1\n", "café €;1\n"),
        ("text/csv; charset=utf-8", b"caf\xe9;1\n", "café;1\n"),
        ("text/csv", &utf16, "é;€\n"),
        ("text/csv; charset=utf-16le", &utf16[2..], "é;€\n"),
        ("application/octet-stream", &utf16, "é;€\n"),
        ("text/csv", b"\xef\xbb\xbf\xc3\xa9;1\n", "é;1\n"),
        ("application/octet-stream", b"caf\xe9;1\n", "café;1\n"),
    ] {
        let (answer, _) = told(DOWNLOAD, named(sent(media, body), "a.CSV")).await;
        assert_eq!(answer["text"], text, "{media} {answer}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_never_turns_rows_into_text() {
    let rows = r#"{"rows":[{"id":1,"name":"é"}],"count":1}"#;
    let utf16: Vec<u8> =
        format!("\u{feff}{rows}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (media, body) in [
        ("application/json", format!("\u{feff}{rows}").into_bytes()),
        ("application/json; charset=utf-8", format!("\u{feff} \n{rows}\n").into_bytes()),
        ("text/plain", format!("\u{feff}{rows}").into_bytes()),
        ("application/octet-stream", format!("\u{feff}{rows}").into_bytes()),
        ("", format!("\u{feff}{rows}").into_bytes()),
        ("application/json", utf16),
        (
            "application/json; charset=latin1",
            rows.replace('é', "\u{1}")
                .bytes()
                .map(|byte| if byte == 1 { 0xe9 } else { byte })
                .collect(),
        ),
    ] {
        let vendor = Vendor::always(sent(media, body));
        let (answer, _) =
            call(&vendor, &pipeline(64_000), "acc", "list_all_acme_page", json!({})).await;
        assert_eq!(answer["result"], json!([{"id": 1, "name": "é"}]), "{media} {answer}");
        let (answer, _) = call(&vendor, &pipeline(64_000), "acc", GET, json!({"id": "1"})).await;
        assert_eq!(answer["count"], 1, "{media} {answer}");
    }
}

#[tokio::test]
async fn a_long_text_is_read_whole_page_by_page() {
    let lines: Vec<String> =
        (0..900).map(|n| format!("{n},\"é\t{}\"\r\n", "x".repeat(n % 90))).collect();
    let lines = lines.concat();
    let endless = "né\"🎉".repeat(3_000);
    let mixed = format!("{}\n{endless}\nend", "short\n".repeat(50));
    let controls = "\u{1}\u{2}\n".repeat(2_000);
    for text in [&lines, &endless, &mixed, &controls] {
        for result in [20_000, 4_000] {
            let vendor = Vendor::always(named(sent("text/csv", text), "all.csv"));
            let pages = walk(&vendor, result).await;
            assert!(pages.len() > 1 && texts(&pages) == *text, "{} pages", pages.len());
            let (mut from, mut line) = (0, 1);
            for page in &pages {
                let (shown, truncated) = (page["text"].as_str().unwrap(), &page["truncated"]);
                assert_eq!(
                    (&page["name"], &page["content_type"]),
                    (&json!("all.csv"), &json!("text/csv"))
                );
                assert_eq!(
                    (
                        &truncated["from"],
                        &truncated["first_line"],
                        &truncated["shown"],
                        &truncated["received"]
                    ),
                    (&json!(from), &json!(line), &json!(shown.len()), &json!(text.len()))
                );
                assert_eq!(truncated.get("reason").is_some(), page["next_cursor"].is_string());
                assert_eq!(truncated.get("changed"), None);
                (from, line) = (from + shown.len(), line + shown.matches('\n').count());
            }
        }
    }
    // Whole lines, where there are lines.
    let vendor = Vendor::always(sent("text/csv", &lines));
    for page in walk(&vendor, 4_000).await {
        assert!(page["text"].as_str().unwrap().ends_with('\n'));
    }
}

#[tokio::test]
async fn a_text_is_read_up_to_the_size_of_a_file_and_not_beyond() {
    let most = 200_000;
    let small = || {
        let mut pipeline = pipeline(64_000);
        pipeline.limits.file = most;
        pipeline
    };
    let whole = "0123456789abcde\n".repeat(most / 16);
    let pages = walk_with(&small(), &Vendor::always(sent("text/plain", &whole)), 64_000).await;
    assert!(texts(&pages) == whole && pages.len() == 4, "{} pages", pages.len());
    let beyond = Vendor::always(sent("text/plain", format!("{whole}x")));
    let (answer, outcome) = call(&beyond, &small(), "acc", DOWNLOAD, json!({"id": "1"})).await;
    assert_eq!(outcome.failure, Some(FailureKind::TooLarge), "{}", answer["error"]);
}

#[tokio::test]
async fn a_json_download_is_a_text_with_name_and_type_and_pages_too() {
    let rows: Vec<Value> = (0..5_000).map(|id| json!({"id": id, "name": "é\"\n"})).collect();
    let text = serde_json::to_string_pretty(&rows).unwrap();
    for reply in
        [named(sent("application/json", &text), "all.json"), sent("application/json", &text)]
    {
        let pages = walk(&Vendor::always(reply), 64_000).await;
        assert!(pages.len() > 1 && texts(&pages) == text);
        assert_eq!(pages[0]["content_type"], "application/json");
    }
    let (answer, _) = told(DOWNLOAD, named(sent("application/json", "[1]"), "all.json")).await;
    assert_eq!(
        answer,
        json!({"name": "all.json", "content_type": "application/json", "size": 3, "text": "[1]"})
    );
    // What the API says in place of a file is no file.
    let (answer, _) = told(DOWNLOAD, sent("application/json", r#"{"url": "https://x"}"#)).await;
    assert_eq!(answer, json!({"url": "https://x"}));
}

#[tokio::test]
async fn a_text_that_changed_between_pages_is_said_to_have() {
    let text = |word: &str| sent("text/csv", format!("{word}\n").repeat(20_000));
    let pipeline = pipeline(64_000);
    let page = async |reply: Reply, cursor: Value| {
        let arguments = json!({"id": "1", "next_cursor": cursor});
        call(&Vendor::always(reply), &pipeline, "acc", DOWNLOAD, arguments).await.0
    };
    let first = page(text("aaaa"), Value::Null).await;
    let cursor = first["next_cursor"].clone();
    let changed = |page: &Value| page["truncated"]["changed"].is_string();
    assert!(!changed(&first) && !changed(&page(text("aaaa"), cursor.clone()).await));
    // One that grew is the same as far as it was read.
    let grown = sent("text/csv", format!("{}b\n", "aaaa\n".repeat(20_000)));
    assert!(!changed(&page(grown, cursor.clone()).await));
    assert!(changed(&page(text("bbbb"), cursor.clone()).await));
    assert!(changed(&page(text("éé"), cursor.clone()).await));
    let gone = page(sent("text/csv", "a"), cursor.clone()).await;
    assert!(changed(&gone) && gone["text"] == "" && gone["next_cursor"].is_null(), "{gone}");
}

#[tokio::test]
async fn the_cursor_of_a_text_goes_on_in_that_text_only() {
    let vendor = Vendor::always(sent("text/csv", "a\n".repeat(50_000)));
    let pipeline = pipeline(64_000);
    let (page, _) = call(&vendor, &pipeline, "acc", DOWNLOAD, json!({"id": "1"})).await;
    let cursor = page["next_cursor"].clone();
    for (account, tool, arguments) in [
        ("acc", DOWNLOAD, json!({"id": "2", "next_cursor": cursor})),
        ("other", DOWNLOAD, json!({"id": "1", "next_cursor": cursor})),
        ("acc", DOWNLOAD, json!({"id": "1", "next_cursor": "zz"})),
        ("acc", DOWNLOAD, json!({"id": "1", "next_cursor": 7})),
        ("acc", GET, json!({"id": "1", "next_cursor": cursor})),
    ] {
        let (answer, outcome) = call(&vendor, &pipeline, account, tool, arguments).await;
        assert_eq!(outcome.failure, Some(FailureKind::InvalidArguments), "{answer}");
        assert_eq!(answer["error"]["faults"][0]["pointer"], "/next_cursor");
    }
    assert_eq!(vendor.count(), 1);
}

#[tokio::test]
async fn a_long_text_where_json_was_declared_shows_its_beginning() {
    let vendor = Vendor::always(sent("text/html", "<p>\n".repeat(50_000)));
    for (tool, arguments) in [
        (GET, json!({"id": "1"})),
        ("list_all_acme_page", json!({})),
        ("create_a_acme_thing", json!({"name": "x", "kind": "small"})),
    ] {
        let (answer, outcome) = call(&vendor, &pipeline(4_000), "acc", tool, arguments).await;
        assert_eq!(outcome.failure, None, "what was done is not said to have failed: {answer}");
        assert!(outcome.json().len() <= 4_000 && answer["text"].as_str().unwrap().len() > 2_000);
        assert_eq!(answer["truncated"]["received"], 200_000);
        assert_eq!(answer.get("next_cursor"), None);
    }
}

#[tokio::test]
async fn json_that_strict_readers_refuse_poisons_no_message() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for (body, wanted) in [
        (
            r#"{"a":"x\ud83d","b":"\ude00y\\ud800","c":"\ud83d\ude00"}"#,
            Some(json!({"a": "x\u{fffd}", "b": "\u{fffd}y\\ud800", "c": "😀"})),
        ),
        (r#"{"\ud800":{"\udc00":1}}"#, Some(json!({"\u{fffd}": {"\u{fffd}": 1}}))),
        (r#"{"a":1,"b":{"c":1,"c":2},"a":3}"#, Some(json!({"b": {"c": 2}, "a": 3}))),
        (r#"{"a":1e999}"#, Some(json!({"a": "1e999"}))),
        (&deep, None),
        (r#"{"a":NaN}"#, Some(json!({"content_type": "application/json", "text": "{\"a\":NaN}"}))),
        (r#"{"a":"#, Some(json!({"content_type": "application/json", "text": "{\"a\":"}))),
        (
            "{\"a\":\"\u{1}\"}",
            Some(json!({"content_type": "application/json", "text": "{\"a\":\"\u{1}\"}"})),
        ),
        (
            r#"{"a":1}{"a":2}"#,
            Some(json!({"content_type": "application/json", "text": r#"{"a":1}{"a":2}"#})),
        ),
        (
            r#"{"a":"\x"}"#,
            Some(json!({"content_type": "application/json", "text": r#"{"a":"\x"}"#})),
        ),
    ] {
        // Reading what was told is what `call` does, as strictly as clients do.
        let (answer, outcome) = told(GET, sent("application/json", body)).await;
        assert_eq!(outcome.failure, None, "{body}");
        if let Some(wanted) = wanted {
            assert_eq!(answer, wanted);
        }
        let (_, refused) = told(GET, Reply { status: 400, ..sent("application/json", body) }).await;
        assert_eq!(refused.failure, Some(FailureKind::UpstreamError));
        let listed = format!(r#"{{"rows":[{{"id":1}},{body}]}}"#);
        let vendor = Vendor::always(sent("application/json", listed));
        let (page, _) =
            call(&vendor, &pipeline(64_000), "acc", "list_all_acme_page", json!({})).await;
        assert!(page["result"].is_array() || page["text"].is_string(), "{page}");
    }
}

#[tokio::test]
async fn base64_mistakes_are_named_before_anything_is_sent() {
    let vendor = Vendor::with_rows(1);
    for (content, part) in [
        ("data:text/plain;base64,aGk=", "data URI"),
        ("aGk", "padding `=`"),
        ("aG?k", "'?' at character 3"),
    ] {
        let file = json!({"name": "a.txt", "content_base64": content});
        let arguments = json!({"name": "x", "kind": "small", "steps": [{"op": "add", "path": "p", "file": file}]});
        let (answer, _) =
            call(&vendor, &pipeline(10_000), "acc", "create_a_acme_thing", arguments).await;
        let fault = &answer["error"]["faults"][0];
        assert_eq!(fault["pointer"], "/steps/0/file/content_base64", "{answer}");
        assert!(fault["expected"].as_str().unwrap().contains(part), "{answer}");
    }
    assert_eq!(vendor.count(), 0);
}
