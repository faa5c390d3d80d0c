//! What callers are told when a call fails.

use serde_json::json;
use support::TransportError;
use support::api::FurtherToken;

use crate::call::FailureKind;
use crate::call::response::failure;
use crate::call::testing::{ACME, CATALOGUE, Reply, Vendor, call, everything, pipeline};
use crate::toolset::{Filter, Toolset};

const READ: &str = "get_single_acme_thing_by_id";
const WRITE: &str = "delete_a_acme_thing_by_id";

#[tokio::test]
async fn what_only_reads_warns_of_no_change() {
    type Answer = Box<dyn Fn() -> Vendor>;
    let fails = |make: fn() -> TransportError| -> Answer {
        Box::new(move || Vendor::new(move |_| Err(make())))
    };
    let answers: [(FailureKind, Answer); 3] = [
        (FailureKind::UpstreamTimeout, fails(|| TransportError::Timeout)),
        (FailureKind::UpstreamUnreachable, fails(|| TransportError::Unreachable("broken".into()))),
        (FailureKind::UpstreamError, Box::new(|| Vendor::always(Reply::json(500, "{}")))),
    ];
    for (kind, vendor) in answers {
        for (tool, warns) in [(READ, false), (WRITE, true)] {
            let (answer, outcome) =
                call(&vendor(), &pipeline(9_000), "acc", tool, json!({"id": "1"})).await;
            assert_eq!(outcome.failure, Some(kind));
            let advice = answer["error"]["advice"].as_str().unwrap();
            assert_eq!(advice.contains("effect"), warns, "{tool}: {advice}");
        }
    }
}

#[tokio::test]
async fn an_id_that_nobody_has_is_answered_with_the_tool_that_lists_those_there_are() {
    let vendor = Vendor::always(Reply::json(404, "{}"));
    let (answer, _) =
        call(&vendor, &pipeline(9_000), "acc", READ, json!({"id": "wf_394829"})).await;
    let advice = "Check the id; find the right one with list_all_acme_cursor.";
    assert_eq!(answer["error"]["advice"], advice);
    let (answer, outcome) = call(&vendor, &pipeline(9_000), "acc", READ, json!({"id": {}})).await;
    assert_eq!((outcome.failure, vendor.count()), (Some(FailureKind::InvalidArguments), 1));
    let expected = answer["error"]["faults"][0]["expected"].as_str().unwrap();
    assert!(expected.ends_with("; find the right one with list_all_acme_cursor"), "{expected}");
    let gets = Toolset::build(&CATALOGUE, &Filter::default().narrowed(Some("get"), None));
    let hidden = (gets.listings(CATALOGUE.tool(READ).unwrap().tool), gets.listing_of("thingId"));
    assert_eq!(hidden, (vec![], None), "nobody is told of a tool that is filtered out");
    assert_eq!(everything().listing_of("thingId"), Some("list_all_acme_cursor"));
    assert_eq!(everything().listing_of("count"), None);
}

#[tokio::test]
async fn the_vendors_id_of_a_request_is_told_whatever_its_header_is_called() {
    for header in
        ["x-request-id", "x-acme-requestid", "acme-correlation-id", "cf-ray", "x-b3-trace-id"]
    {
        let vendor = Vendor::always(Reply::json(500, "{}").with(header, "abc-1"));
        let (answer, _) = call(&vendor, &pipeline(9_000), "acc", READ, json!({"id": "1"})).await;
        assert_eq!(answer["error"]["request_id"], "abc-1", "{header}");
    }
    let vendor = Vendor::always(Reply::json(500, "{}").with("x-request-idle", "no"));
    let (answer, _) = call(&vendor, &pipeline(9_000), "acc", READ, json!({"id": "1"})).await;
    assert_eq!(answer["error"].get("request_id"), None);
}

#[tokio::test]
async fn a_busy_vendor_tells_how_long_to_wait() {
    let vendor = Vendor::always(Reply::json(503, "{}").with("retry-after", "17"));
    let (answer, outcome) = call(&vendor, &pipeline(9_000), "acc", READ, json!({"id": "1"})).await;
    assert_eq!(outcome.failure, Some(FailureKind::UpstreamError));
    assert_eq!(answer["error"]["retry_after_seconds"], 17);
    assert_eq!(answer["error"].get("ratelimit"), None);
}

#[tokio::test]
async fn an_error_page_is_reduced_to_its_text() {
    let page = "<html><head><title>Bad</title><script>x</script></head><body><h1>Gateway &amp; co</h1></body></html>";
    let vendor =
        Vendor::always(Reply::json(502, page).with("content-type", "text/html; charset=utf-8"));
    let (answer, _) = call(&vendor, &pipeline(9_000), "acc", READ, json!({"id": "1"})).await;
    assert_eq!(answer["error"]["upstream"], "Bad Gateway & co");
    assert_eq!(answer["error"]["message"], "read answered 502 Bad Gateway: Bad Gateway & co");
}

#[test]
fn a_missing_second_key_is_named_as_the_accounts_form_names_it() {
    static TOKENS: [FurtherToken; 1] =
        [FurtherToken { member: "scim_token", scheme: "scimBearer" }];
    let api = support::Api { further_tokens: &TOKENS, ..support::Api::EMPTY };
    let tool = CATALOGUE.tool(READ).unwrap().tool;
    let told = |api: &support::Api, schemes: &str| {
        let error = TransportError::MissingCredential(schemes.to_owned());
        let outcome = failure::unanswered(&error, api, tool);
        assert_eq!(outcome.failure, Some(FailureKind::Unauthorized));
        outcome.json().to_owned()
    };
    let lacking = told(&api, "scimBearer");
    assert!(lacking.contains("the account has no scim_token"), "{lacking}");
    assert!(lacking.contains("add scim_token to the account's credentials"), "{lacking}");
    let lacking = told(&ACME, "basicAuth or apiKey");
    assert!(lacking.contains("the account has no basicAuth or apiKey"), "{lacking}");
}
