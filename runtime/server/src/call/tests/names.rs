//! Arguments that are given by other names, or in other places, than the schema has them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::form_urlencoded::parse;

use crate::call::testing::{Vendor, call, pipeline};

const TOOL: &str = "list_all_acme_people";

/// What was sent, by name, and what was said of it; else the faults, by pointer.
async fn sent(
    arguments: Value,
) -> (Result<BTreeMap<String, String>, BTreeMap<String, String>>, String) {
    let vendor = Vendor::with_rows(3);
    let (answer, outcome) = call(&vendor, &pipeline(100_000), "acc", TOOL, arguments).await;
    let said = outcome
        .blocks
        .first()
        .map_or_else(String::new, |block| block.0["text"].as_str().unwrap().to_owned());
    if outcome.failure.is_some() {
        let faults = answer["error"]["faults"].as_array().unwrap().iter();
        let fault = |fault: &Value| {
            let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
            (text("pointer"), text("expected"))
        };
        return (Err(faults.map(fault).collect()), said);
    }
    let requests = vendor.sent.lock().unwrap();
    let query = parse(requests[0].query().as_bytes()).into_owned();
    (Ok(query.filter(|(name, _)| name != "page").collect()), said)
}

#[tokio::test]
async fn an_argument_by_another_name_is_that_argument_and_it_is_said() {
    let (query, said) = sent(json!({"search": "nda", "page_size": 2})).await;
    let query = query.unwrap();
    assert_eq!((query["q"].as_str(), query["size"].as_str()), ("nda", "2"));
    assert_eq!(said, "`search` was read as `q`. `page_size` was read as `limit`.");
    let (query, said) = sent(json!({"q": "nda", "search": null})).await;
    assert_eq!((query.unwrap()["q"].as_str(), said.as_str()), ("nda", ""));
}

#[tokio::test]
async fn another_name_beside_the_real_one_is_a_fault() {
    let (faults, _) = sent(json!({"search": "nda", "q": "msa"})).await;
    let faults = faults.unwrap_err();
    assert_eq!(faults["/search"], "nothing beside `q`: both stand for `q`");
    assert_eq!(faults.len(), 1);
}

#[tokio::test]
async fn values_written_into_a_filter_are_escaped_and_joined() {
    for (arguments, filter) in [
        (json!({"email": "a\" or id pr or \"b@c"}), r#"mail eq "a\" or id pr or \"b@c""#),
        (json!({"name": "Sarah  Jenkins"}), r#"name co "Sarah" and name co "Jenkins""#),
        (json!({"active": "True", "email": "a@b.c"}), r#"mail eq "a@b.c" and active eq true"#),
        (json!({"active": false}), "active eq false"),
    ] {
        let (query, said) = sent(arguments).await;
        assert_eq!(query.unwrap()["filter"], filter);
        assert!(said.contains("was read as `filter`: "), "{said}");
    }
    for (arguments, pointer, expected) in [
        (json!({"active": "perhaps"}), "/active", "true or false"),
        (json!({"email": ["a"]}), "/email", "text"),
        (json!({"name": " "}), "/name", "text of 1 to 8 words"),
        (json!({"name": "a ".repeat(9)}), "/name", "text of 1 to 8 words"),
    ] {
        let (faults, _) = sent(arguments).await;
        assert_eq!(faults.unwrap_err()[pointer], expected);
    }
}

#[tokio::test]
async fn members_at_top_level_are_put_where_they_belong() {
    let (query, said) = sent(json!({"colour": "red", "where": {"id": "7"}})).await;
    let query = query.unwrap();
    assert_eq!((query["colour"].as_str(), query["id"].as_str()), ("red", "7"));
    assert_eq!(said, "`colour` was read as a member of `where`.");
    // What nobody knows is a fault, and so is a member that is given twice.
    let (faults, _) = sent(json!({"color": "red"})).await;
    assert!(faults.unwrap_err().contains_key("/color"));
    let (faults, _) = sent(json!({"colour": "red", "where": {"colour": "blue"}})).await;
    assert!(faults.unwrap_err().contains_key("/colour"));
}
