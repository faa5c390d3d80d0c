//! Lists of vendors that do not keep to their own document.

use serde_json::{Value, json};
use url::form_urlencoded::parse;

use crate::call::FailureKind;
use crate::call::testing::{Reply, Vendor, call, pipeline};

/// What a vendor does that its document does not say.
#[derive(Debug, Clone, Copy)]
struct Lie {
    /// The most rows of a page, whatever is asked for.
    most: usize,
    total: Total,
    place: Position,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Total {
    True,
    Missing,
    /// That of the page.
    Page,
    TooSmall,
    TooLarge,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Position {
    True,
    /// Every page is the first.
    Ignored,
    /// Each page begins some rows early.
    Early,
    /// As `Early`, and the answer says so.
    Said,
}

impl Lie {
    fn answer(self, query: &str, rows: usize) -> Value {
        let number = |name: &str| {
            let mut found = parse(query.as_bytes()).filter(|(key, _)| key == name);
            found.next().and_then(|(_, value)| value.parse::<usize>().ok())
        };
        let size = number("size").or(number("count")).unwrap_or(10).min(self.most);
        let (start, by_index) = match (number("page"), number("offset"), number("startIndex")) {
            (Some(page), ..) => ((page - 1) * size, false),
            (_, Some(offset), _) => (offset, false),
            (.., index) => (index.unwrap() - 1, true),
        };
        let from = match self.place {
            Position::True => start,
            Position::Ignored => 0,
            Position::Early | Position::Said => start.saturating_sub(3),
        };
        let shown: Vec<Value> =
            (from..rows.min(from + size)).map(|id| json!({"id": id, "pad": "x"})).collect();
        let total = match self.total {
            Total::True => Some(rows),
            Total::Missing => None,
            Total::Page => Some(shown.len()),
            Total::TooSmall => Some(rows.min(1)),
            Total::TooLarge => Some(rows * 2 + 1),
        };
        let mut answer = if by_index {
            json!({"Resources": shown, "totalResults": total})
        } else {
            json!({"rows": shown, "count": total})
        };
        if self.place == Position::Said {
            answer["startIndex"] = (from + 1).into();
        }
        answer
    }
}

/// Walks a list to its end.
async fn walk(tool: &str, lie: Lie, rows: usize, limit: usize) -> Vec<u64> {
    let vendor = Vendor::new(move |request| {
        Ok(Reply::json(200, lie.answer(request.query(), rows).to_string()))
    });
    let pipeline = pipeline(100_000);
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    for _ in 0..200 {
        let arguments = json!({"limit": limit, "next_cursor": cursor});
        let (page, outcome) = call(&vendor, &pipeline, "acc", tool, arguments).await;
        assert_eq!(outcome.failure, None, "{page}");
        let items = page["result"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["id"].as_u64().unwrap()));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            return seen;
        }
    }
    panic!("{tool} {lie:?} {rows} {limit}: no end");
}

#[tokio::test]
async fn a_walk_ends_repeats_nothing_and_loses_nothing_that_the_vendor_could_give() {
    for tool in ["list_all_acme_page", "list_all_acme_offset", "list_all_acme_scim"] {
        for total in [Total::True, Total::Missing, Total::Page, Total::TooSmall, Total::TooLarge] {
            for place in [Position::True, Position::Ignored, Position::Early, Position::Said] {
                for most in [100, 12] {
                    // Who keeps pages small and calls that all there is cannot be told from who has
                    // no more.
                    if (most, total) == (12, Total::Page) {
                        continue;
                    }
                    for rows in [0, 12, 43] {
                        for limit in [20, 5] {
                            let lie = Lie { most, total, place };
                            let seen = walk(tool, lie, rows, limit).await;
                            // Where places are ignored, nothing behind the first page can be had.
                            let whole = match place {
                                Position::Ignored => rows.min(limit.min(most)),
                                _ => rows,
                            };
                            let expected: Vec<u64> = (0..whole as u64).collect();
                            assert_eq!(seen, expected, "{tool} {lie:?} {rows} {limit}");
                        }
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn what_stands_around_the_rows_is_kept_under_its_name() {
    let body = json!({
        "aggregations": [{"k": 1.50}], "rows": [{"id": 1}], "page": 1, "count": 1, "total": "all",
        "truncated": false, "routing": {"x": null}
    });
    let vendor = Vendor::always(Reply::json(200, body.to_string().replace("1.5", "1.50")));
    let (page, outcome) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_page", json!({})).await;
    assert_eq!(outcome.failure, None);
    let expected = r#"{"result":[{"id":1}],"next_cursor":null,"total":1,"aggregations":[{"k":1.50}],"routing":{"x":null},"vendor_total":"all","vendor_truncated":false}"#;
    let sorted = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(page, sorted(expected));
    assert!(outcome.json().contains("1.50"), "digits are kept: {}", outcome.json());

    // Of an object that tells of pages, the rest is kept; one that tells nothing else is gone.
    let body = json!({"data": {"rows": [{"id": 1}], "as_of": "now"}, "paging": {"next": null}});
    let vendor = Vendor::always(Reply::json(200, body.to_string()));
    let (page, _) =
        call(&vendor, &pipeline(10_000), "acc", "list_all_acme_cursor", json!({})).await;
    assert_eq!(page, json!({"result": [{"id": 1}], "next_cursor": null, "data": {"as_of": "now"}}));

    let body = json!({"schemas": ["list"], "startIndex": 1, "itemsPerPage": 9, "totalResults": 1, "Resources": [{"id": 1}]});
    let vendor = Vendor::always(Reply::json(200, body.to_string()));
    let (page, _) = call(&vendor, &pipeline(10_000), "acc", "list_all_acme_scim", json!({})).await;
    assert_eq!(
        page,
        json!({"result": [{"id": 1}], "next_cursor": null, "total": 1, "schemas": ["list"]})
    );
}

#[tokio::test]
async fn what_around_the_rows_is_too_large_is_left_out_and_named() {
    let body = json!({"rows": [{"id": 1}, {"id": 2}], "count": 2, "facets": "x".repeat(5_000), "note": "small"});
    let vendor = Vendor::always(Reply::json(200, body.to_string()));
    let (page, outcome) =
        call(&vendor, &pipeline(2_000), "acc", "list_all_acme_page", json!({})).await;
    assert!(outcome.json().len() <= 2_000);
    assert_eq!(page["result"], json!([{"id": 1}, {"id": 2}]));
    assert_eq!(page["note"], "small");
    assert_eq!(page["truncated"]["left_out"], json!(["facets"]));
}

#[tokio::test]
async fn a_list_that_counts_none_or_says_nothing_is_empty() {
    for (tool, body) in [
        ("list_all_acme_scim", json!({"totalResults": 0})),
        ("list_all_acme_scim", json!({})),
        ("list_all_acme_page", json!({})),
        ("list_all_acme_page", json!({"rows": null})),
        ("list_all_acme_whole", json!([])),
    ] {
        let vendor = Vendor::always(Reply::json(200, body.to_string()));
        let arguments = json!({"fields": "nobody.knows"});
        let (page, outcome) = call(&vendor, &pipeline(2_000), "acc", tool, arguments).await;
        assert_eq!(outcome.failure, None, "{tool} {body}: {page}");
        assert_eq!((&page["result"], &page["next_cursor"]), (&json!([]), &Value::Null), "{body}");
    }
}

#[tokio::test]
async fn a_drifted_list_is_passed_through_with_a_note() {
    let body = json!({"items": [{"id": 1, "secret": 2}], "count": 1});
    let vendor = Vendor::always(Reply::json(200, body.to_string()));
    let (page, outcome) =
        call(&vendor, &pipeline(2_000), "acc", "list_all_acme_page", json!({"fields": "id"})).await;
    assert_eq!((&page, outcome.failure), (&body, None));
    let note = outcome.blocks[0].0["text"].as_str().unwrap();
    assert!(note.contains("not the list"), "{note}");
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_a_fault_with_the_nearest() {
    let row = json!({"id": 1, "extra": 2, "owner": {"email": "a"}, "free": null});
    let list = Vendor::always(Reply::json(200, json!({"rows": [row], "count": 1}).to_string()));
    let one = Vendor::always(Reply::json(200, json!({"thing": row}).to_string()));
    for (vendor, tool, fields, faults) in [
        (&list, "list_all_acme_page", json!("id, pad"), vec![]),
        (&list, "list_all_acme_page", json!("extra"), vec![]),
        (&list, "list_all_acme_page", json!("free.anything"), vec![]),
        (&list, "list_all_acme_page", json!("ids"), vec![("/fields", Some("id"))]),
        (&list, "list_all_acme_page", json!(["id", "ownr"]), vec![("/fields/1", Some("owner"))]),
        (
            &list,
            "list_all_acme_page",
            json!(["owner.emial"]),
            vec![("/fields/0", Some("owner.email"))],
        ),
        (
            &list,
            "list_all_acme_page",
            json!(["id.x", "payroll"]),
            vec![("/fields/0", None), ("/fields/1", None)],
        ),
        (&one, "get_single_acme_thing_by_id", json!("name"), vec![]),
        (&one, "get_single_acme_thing_by_id", json!("thing.name,extra"), vec![]),
        (
            &one,
            "get_single_acme_thing_by_id",
            json!(["thing.nam"]),
            vec![("/fields/0", Some("thing.name"))],
        ),
        (&one, "get_single_acme_thing_by_id", json!(["nam"]), vec![("/fields/0", Some("name"))]),
    ] {
        let mut arguments = json!({"fields": fields});
        if tool.starts_with("get") {
            arguments["id"] = "1".into();
        }
        let (page, outcome) = call(vendor, &pipeline(9_000), "acc", tool, arguments).await;
        let expected = (!faults.is_empty()).then_some(FailureKind::InvalidArguments);
        assert_eq!(outcome.failure, expected, "{fields}: {page}");
        let found: Vec<(&str, Option<&str>)> = page["error"]["faults"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|fault| (fault["pointer"].as_str().unwrap(), fault["nearest"].as_str()))
            .collect();
        assert_eq!(found, faults, "{fields}: {page}");
    }
}
