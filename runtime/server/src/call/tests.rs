//! What callers get back, against a vendor in memory.

mod failures;
mod files;
mod lists;
mod names;

use serde_json::{Value, json};
use support::TransportError;

use super::testing::{Reply, Vendor, call, pipeline};
use super::{FailureKind, Outcome};

const STYLES: [&str; 5] = [
    "list_all_acme_cursor",
    "list_all_acme_offset",
    "list_all_acme_page",
    "list_all_acme_scim",
    "list_all_acme_whole",
];

/// Walks a list to its end; the limit of call `n` is `limits[n % len]`, 0 for none.
async fn walk(tool: &str, rows: usize, limits: &[u32], result: usize) -> Vec<u64> {
    let vendor = Vendor::with_rows(rows);
    let pipeline = pipeline(result);
    let (mut seen, mut cursor, mut calls) = (Vec::new(), Value::Null, 0);
    loop {
        let limit = limits[calls % limits.len()];
        let mut arguments = json!({"q": "x", "next_cursor": cursor});
        if limit > 0 {
            arguments["limit"] = limit.into();
        }
        let (page, outcome) = call(&vendor, &pipeline, "acc", tool, arguments).await;
        calls += 1;
        assert_eq!(outcome.failure, None, "{page}");
        assert_eq!(vendor.count(), calls, "one upstream request per call");
        assert!(outcome.json().len() <= result, "{}", outcome.json().len());
        let items = page["result"].as_array().unwrap();
        assert!(limit == 0 || items.len() <= limit as usize);
        seen.extend(items.iter().map(|item| item["id"].as_u64().unwrap()));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            return seen;
        }
        assert!(calls < 500, "the list ends");
    }
}

#[tokio::test]
async fn walking_a_list_yields_each_item_once_whatever_the_limits() {
    for tool in STYLES {
        for rows in [0, 1, 7, 20, 43] {
            for limits in [&[7][..], &[0], &[1], &[10, 3, 0, 20, 5], &[100], &[4, 6], &[20, 10, 5]]
            {
                for result in [100_000, 700] {
                    let expected: Vec<u64> = (0..rows as u64).collect();
                    assert_eq!(
                        walk(tool, rows, limits, result).await,
                        expected,
                        "{tool} {rows} {limits:?} {result}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn totals_are_shown_where_the_vendor_counts() {
    let vendor = Vendor::with_rows(12);
    let (page, _) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_scim", json!({"limit": "5"})).await;
    assert_eq!(page["total"], 12);
    assert_eq!(vendor.sent.lock().unwrap()[0].query(), "startIndex=1&count=5");
    let (page, _) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_offset", json!({})).await;
    assert_eq!(page.get("total"), None);
}

#[tokio::test]
async fn rows_that_do_not_fit_are_cut_and_the_rest_follows() {
    let vendor = Vendor::with_rows(20);
    let (page, outcome) =
        call(&vendor, &pipeline(600), "acc", "list_all_acme_page", json!({"limit": 20})).await;
    assert!(outcome.json().len() <= 600);
    assert_eq!(page["truncated"]["shown"], page["result"].as_array().unwrap().len());
    assert_eq!(page["truncated"]["received"], 20);
    assert!(page["next_cursor"].is_string());
}

#[tokio::test]
async fn a_row_larger_than_a_result_is_an_error_that_can_be_passed_by() {
    let body = json!([{"id": 0, "pad": "x".repeat(2000)}, {"id": 1}]).to_string();
    let vendor = Vendor::always(Reply::json(200, body));
    let pipeline = pipeline(1000);
    let (page, outcome) = call(&vendor, &pipeline, "acc", "list_all_acme_whole", json!({})).await;
    assert_eq!(outcome.failure, Some(FailureKind::TooLarge));
    let cursor = page["error"]["next_cursor"].clone();
    let (page, _) =
        call(&vendor, &pipeline, "acc", "list_all_acme_whole", json!({"next_cursor": cursor}))
            .await;
    assert_eq!(page["result"], json!([{"id": 1}]));
    let (page, _) =
        call(&vendor, &pipeline, "acc", "list_all_acme_whole", json!({"fields": "id"})).await;
    assert_eq!(page["result"], json!([{"id": 0}, {"id": 1}]));
}

#[tokio::test]
async fn a_changed_or_foreign_cursor_is_an_argument_error() {
    let vendor = Vendor::with_rows(50);
    let pipeline = pipeline(10_000);
    let (page, _) = call(&vendor, &pipeline, "acc", "list_all_acme_page", json!({"q": "a"})).await;
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    let sent = vendor.count();
    let tampered = format!("Z{}", cursor.get(1..).unwrap());
    for (account, tool, arguments) in [
        ("other", "list_all_acme_page", json!({"q": "a", "next_cursor": cursor})),
        ("acc", "list_all_acme_scim", json!({"q": "a", "next_cursor": cursor})),
        ("acc", "list_all_acme_page", json!({"q": "b", "next_cursor": cursor})),
        ("acc", "list_all_acme_page", json!({"q": "a", "next_cursor": tampered})),
        ("acc", "list_all_acme_page", json!({"q": "a", "next_cursor": 7})),
    ] {
        let (answer, outcome) = call(&vendor, &pipeline, account, tool, arguments).await;
        assert_eq!(outcome.failure, Some(FailureKind::InvalidArguments), "{answer}");
        assert_eq!(answer["error"]["faults"][0]["pointer"], "/next_cursor");
    }
    assert_eq!(vendor.count(), sent, "nothing was sent");
}

#[tokio::test]
async fn a_body_is_passed_on_as_received() {
    let body = "{\"z\": 1.50, \"a\": 12345678901234567890.10,\n \"e\": 1E+2, \"s\": \"\\u00e9\", \"y\": null}";
    let vendor = Vendor::always(Reply::json(200, body));
    let (_, outcome) =
        call(&vendor, &pipeline(10_000), "acc", "get_single_acme_thing_by_id", json!({"id": "1"}))
            .await;
    assert_eq!(outcome.json(), body);
    for (body, wanted) in [
        ("[1,2.0]", r#"{"result":[1,2.0]}"#),
        (" \"x\" ", r#"{"result":"x"}"#),
        ("7", r#"{"result":7}"#),
    ] {
        let vendor = Vendor::always(Reply::json(200, body));
        let (_, outcome) = call(
            &vendor,
            &pipeline(10_000),
            "acc",
            "get_single_acme_thing_by_id",
            json!({"id": "1"}),
        )
        .await;
        assert_eq!(outcome.json(), wanted);
    }
}

#[tokio::test]
async fn answers_that_are_not_json_are_said_to_be_so() {
    let text = Reply::json(200, "a\tb").with("content-type", "text/csv; charset=utf-8");
    let (answer, _) = call(
        &Vendor::always(text),
        &pipeline(10_000),
        "acc",
        "get_single_acme_thing_by_id",
        json!({"id": "1"}),
    )
    .await;
    assert_eq!(answer, json!({"content_type": "text/csv", "text": "a\tb"}));
    let (answer, _) = call(
        &Vendor::always(Reply::json(204, "")),
        &pipeline(10_000),
        "acc",
        "delete_a_acme_thing_by_id",
        json!({"id": "1"}),
    )
    .await;
    assert_eq!(answer, json!({"ok": true, "status": 204}));
    let file = Reply::json(200, &b"%PDF\xff"[..])
        .with("content-type", "application/pdf")
        .with("content-disposition", "attachment; filename=\"a b.pdf\"");
    let (answer, outcome) = call(
        &Vendor::always(file),
        &pipeline(10_000),
        "acc",
        "get_single_acme_thing_by_id",
        json!({"id": "1"}),
    )
    .await;
    assert_eq!(answer, json!({"name": "a b.pdf", "content_type": "application/pdf", "size": 5}));
    let block = &outcome.blocks[0].0;
    assert_eq!(
        (&block["resource"]["mimeType"], &block["resource"]["blob"]),
        (&json!("application/pdf"), &json!("JVBERv8="))
    );
}

#[tokio::test]
async fn every_fault_is_named_at_once_and_nothing_is_sent() {
    let vendor = Vendor::with_rows(1);
    let arguments = json!({"nmae": "x", "kind": "smal", "count": "many", "due": "soon", "steps": [{"path": 7}]});
    let (answer, outcome) =
        call(&vendor, &pipeline(10_000), "acc", "create_a_acme_thing", arguments).await;
    assert_eq!(outcome.failure, Some(FailureKind::InvalidArguments));
    let violations = answer["error"]["faults"].as_array().unwrap();
    let find = |pointer: &str| {
        violations
            .iter()
            .find(|violation| violation["pointer"] == pointer)
            .unwrap_or_else(|| panic!("{pointer} in {answer}"))
    };
    assert_eq!(find("/nmae")["nearest"], "name");
    assert_eq!(find("/name")["expected"], "required: string");
    assert_eq!(find("/kind")["nearest"], "small");
    assert_eq!(find("/count")["expected"], "integer");
    assert!(find("/due")["expected"].as_str().unwrap().contains("2026-01-31"));
    assert_eq!(find("/steps/0/op")["expected"], "required: string");
    assert_eq!(find("/steps/0/path")["expected"], "string");
    assert_eq!(violations.len(), 7);
    assert_eq!(vendor.count(), 0);
}

#[tokio::test]
async fn a_mistyped_whole_argument_is_told_its_whole_shape() {
    let arguments = json!({"name": "x", "kind": "small", "steps": "add it"});
    let (answer, _) =
        call(&Vendor::with_rows(1), &pipeline(10_000), "acc", "create_a_acme_thing", arguments)
            .await;
    assert_eq!(answer["error"]["faults"][0]["expected"], "{op: string, path?: string}[]");
}

#[tokio::test]
async fn arguments_that_arrive_as_text_are_sent_as_what_they_are() {
    let vendor = Vendor::always(Reply::json(202, r#"{"job":{"id":"j1"}}"#));
    let arguments = json!({"name": "x", "kind": "small", "count": "3", "due": "Jan 31, 2026", "steps": "[{\"op\":\"add\"}]"});
    let (answer, _) =
        call(&vendor, &pipeline(10_000), "acc", "create_a_acme_thing", arguments).await;
    let sent = vendor.sent.lock().unwrap();
    let support::Body::Full { content, .. } = &sent[0].body else { panic!("a body") };
    let body: Value = serde_json::from_slice(content).unwrap();
    assert_eq!(
        body,
        json!({"name": "x", "kind": "small", "count": 3, "due": "2026-01-31", "steps": [{"op": "add"}]})
    );
    assert_eq!(answer["pending"], true);
    assert_eq!(
        answer["poll"],
        json!({"tool": "get_single_acme_thing_by_id", "arguments": {"id": "j1"}})
    );
}

#[tokio::test]
async fn path_arguments_never_leave_their_segment() {
    let vendor = Vendor::always(Reply::json(200, "{}"));
    for (id, path) in [
        ("../users", "/things/..%2Fusers"),
        ("a/b", "/things/a%2Fb"),
        ("a?b", "/things/a%3Fb"),
        ("%2e%2e", "/things/%252e%252e"),
    ] {
        call(&vendor, &pipeline(10_000), "acc", "get_single_acme_thing_by_id", json!({"id": id}))
            .await;
        assert_eq!(vendor.sent.lock().unwrap().last().unwrap().path_and_query(), path);
    }
    let sent = vendor.count();
    for id in ["", ".", "..", "a\nb", "\u{0}"] {
        let (answer, _) = call(
            &vendor,
            &pipeline(10_000),
            "acc",
            "get_single_acme_thing_by_id",
            json!({"id": id}),
        )
        .await;
        assert_eq!(answer["error"]["faults"][0]["pointer"], "/id", "{answer}");
    }
    assert_eq!(vendor.count(), sent);
}

#[tokio::test]
async fn fields_keep_what_is_asked_for() {
    let vendor =
        Vendor::always(Reply::json(200, r#"{"id":1.0,"owner":{"email":"a","name":"b"},"x":2}"#));
    for fields in
        [json!("id, owner.email"), json!(["id", "owner.email"]), json!("[\"id\",\"owner.email\"]")]
    {
        let (_, outcome) = call(
            &vendor,
            &pipeline(10_000),
            "acc",
            "get_single_acme_thing_by_id",
            json!({"id": "1", "fields": fields}),
        )
        .await;
        assert_eq!(outcome.json(), r#"{"id":1.0,"owner":{"email":"a"}}"#);
    }
}

#[tokio::test]
async fn a_rate_limit_is_passed_on_at_once() {
    let reply = Reply::json(429, r#"{"error":"Too many requests"}"#)
        .with("x-rate-limit-limit", "100")
        .with("x-rate-limit-remaining", "0")
        .with("x-rate-limit-reset", "1769853630");
    let vendor = Vendor::always(reply);
    let (answer, outcome) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_page", json!({})).await;
    let error = &answer["error"];
    assert_eq!(outcome.failure, Some(FailureKind::RateLimited));
    assert_eq!(
        (&error["kind"], &error["status"], &error["retry_after_seconds"]),
        (&json!("rate_limited"), &json!(429), &json!(30))
    );
    assert_eq!(error["ratelimit"], json!({"limit": 100, "remaining": 0, "reset": 30}));
    assert_eq!(error["upstream"], json!({"error": "Too many requests"}));
    assert_eq!(error["message"], "Too many requests");
    assert_eq!(vendor.count(), 1);
    let bare = Vendor::always(Reply::json(429, "").with("retry-after", "5"));
    let (answer, _) = call(&bare, &pipeline(10_000), "acc", "list_all_acme_page", json!({})).await;
    assert_eq!(answer["error"]["retry_after_seconds"], 5);
    assert_eq!(answer["error"]["ratelimit"], json!({"limit": 40, "remaining": 0, "reset": 5}));
}

#[tokio::test]
async fn refusals_are_results_with_kind_and_advice() {
    for (status, kind) in [
        (400, "upstream_error"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "conflict"),
        (418, "upstream_error"),
        (500, "upstream_error"),
        (503, "upstream_error"),
        (302, "upstream_error"),
    ] {
        let body = json!({"code": "C", "message": "said so", "digits": 1.5}).to_string();
        let vendor = Vendor::always(Reply::json(status, body.clone()).with("x-request-id", "r-1"));
        let (answer, outcome) = call(
            &vendor,
            &pipeline(10_000),
            "acc",
            "get_single_acme_thing_by_id",
            json!({"id": "1"}),
        )
        .await;
        let error = &answer["error"];
        assert_eq!(
            (&error["kind"], &error["status"], &error["message"]),
            (&json!(kind), &json!(status), &json!("said so"))
        );
        assert_eq!((&error["request_id"], error["advice"].is_string()), (&json!("r-1"), true));
        assert!(outcome.json().contains(&body));
    }
    let vendor = Vendor::always(
        Reply::json(502, "<html>bad gateway</html>").with("content-type", "text/html"),
    );
    let (answer, _) =
        call(&vendor, &pipeline(10_000), "acc", "get_single_acme_thing_by_id", json!({"id": "1"}))
            .await;
    assert_eq!(answer["error"]["upstream"], "bad gateway");
}

#[tokio::test]
async fn no_answer_is_a_result_too() {
    let cases: [(fn() -> TransportError, FailureKind); 3] = [
        (|| TransportError::Timeout, FailureKind::UpstreamTimeout),
        (|| TransportError::Unreachable("refused".into()), FailureKind::UpstreamUnreachable),
        (|| TransportError::TooLarge(9), FailureKind::TooLarge),
    ];
    for (error, kind) in cases {
        let vendor = Vendor::new(move |_| Err(error()));
        let (answer, outcome): (Value, Outcome) = call(
            &vendor,
            &pipeline(10_000),
            "acc",
            "get_single_acme_thing_by_id",
            json!({"id": "1"}),
        )
        .await;
        assert_eq!(outcome.failure, Some(kind));
        assert_eq!(answer["error"]["kind"], kind.as_str());
    }
}

#[tokio::test]
async fn a_list_whose_rows_are_missing_is_answered_as_it_is() {
    let vendor = Vendor::always(Reply::json(200, r#"{"org":{"id":1}}"#));
    let (answer, _) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_page", json!({})).await;
    assert_eq!(answer, json!({"org": {"id": 1}}));
    let vendor = Vendor::always(Reply::json(200, r#"{"rows":null}"#));
    let (answer, _) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_page", json!({})).await;
    assert_eq!(answer, json!({"result": [], "next_cursor": null}));
}

#[tokio::test]
async fn what_only_sending_would_find_is_named_with_the_other_faults() {
    let vendor = Vendor::with_rows(1);
    for (tool, arguments, pointers) in [
        ("get_single_acme_thing_by_id", json!({"id": "..", "nope": 1}), ["/nope", "/id"]),
        (
            "list_all_acme_page",
            json!({"limit": 0, "next_cursor": "zz"}),
            ["/limit", "/next_cursor"],
        ),
        ("list_all_acme_page", json!({"next_cursor": "a b", "nope": 1}), ["/next_cursor", "/nope"]),
    ] {
        let (answer, _) = call(&vendor, &pipeline(10_000), "acc", tool, arguments).await;
        let named: Vec<&str> = answer["error"]["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|violation| violation["pointer"].as_str())
            .collect();
        assert_eq!(named, pointers, "{answer}");
    }
    assert_eq!(vendor.count(), 0);
}

#[tokio::test]
async fn a_limit_is_any_whole_number_from_one_on() {
    let vendor = Vendor::with_rows(30);
    for (limit, size) in [
        (json!("7.0"), 7),
        (json!(7.0), 7),
        (json!("1e1"), 10),
        (json!(1e30), 20),
        (json!(u64::MAX), 20),
    ] {
        let (page, _) =
            call(&vendor, &pipeline(10_000), "acc", "list_all_acme_page", json!({"limit": limit}))
                .await;
        assert_eq!(page["result"].as_array().map(Vec::len), Some(size), "{limit}");
    }
    for limit in [
        json!(0),
        json!(-1),
        json!(2.5),
        json!("seven"),
        json!(""),
        json!(true),
        json!([7]),
        json!("NaN"),
        json!("inf"),
    ] {
        let (page, _) =
            call(&vendor, &pipeline(10_000), "acc", "list_all_acme_page", json!({"limit": limit}))
                .await;
        assert_eq!(page["error"]["faults"][0]["pointer"], "/limit", "{limit}");
    }
}

#[tokio::test]
async fn an_integer_that_no_integer_type_holds_is_named() {
    let vendor = Vendor::with_rows(1);
    for count in [json!(1e30), json!(u64::MAX), json!("1e30"), json!(-1e300)] {
        let arguments = json!({"name": "x", "kind": "small", "count": count});
        let (answer, _) =
            call(&vendor, &pipeline(10_000), "acc", "create_a_acme_thing", arguments).await;
        assert_eq!(answer["error"]["faults"].as_array().map(Vec::len), Some(1), "{answer}");
        assert_eq!(answer["error"]["faults"][0]["pointer"], "/count", "{answer}");
    }
    assert_eq!(vendor.count(), 0);
}

#[tokio::test]
async fn a_read_of_json_that_is_sent_elsewhere_is_a_failure() {
    let vendor =
        Vendor::always(Reply::json(302, "").with("location", "https://elsewhere.example/x"));
    let (answer, outcome) =
        call(&vendor, &pipeline(10_000), "acc", "get_single_acme_thing_by_id", json!({"id": "1"}))
            .await;
    assert_eq!(outcome.failure, Some(FailureKind::UpstreamError), "{answer}");
    assert_eq!((&answer["error"]["status"], outcome.blocks.len()), (&json!(302), 0));
}

#[tokio::test]
async fn the_wrapper_of_an_item_may_be_left_out_of_fields() {
    let body = r#"{"thing":{"id":1,"name":"x","owner":{"mail":"a","id":7}},"note":2}"#;
    let vendor = Vendor::always(Reply::json(200, body));
    for (fields, kept) in [
        ("name", json!({"thing": {"name": "x"}})),
        ("thing.name,owner.mail", json!({"thing": {"name": "x", "owner": {"mail": "a"}}})),
        ("thing", json!({"thing": {"id": 1, "name": "x", "owner": {"mail": "a", "id": 7}}})),
        // What the answer itself has comes first.
        ("note,id", json!({"thing": {"id": 1}, "note": 2})),
    ] {
        let arguments = json!({"id": "1", "fields": fields});
        let (answer, _) =
            call(&vendor, &pipeline(10_000), "acc", "get_single_acme_thing_by_id", arguments).await;
        assert_eq!(answer, kept, "{fields}");
    }
}
