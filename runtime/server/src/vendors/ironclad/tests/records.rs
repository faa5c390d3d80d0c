//! Records, entities and obligations, held against what the sandbox's metadata says of them; jobs,
//! and where workflows open.

use http::Method;
use serde_json::{Value, json};

use crate::toolset::Filter;
use crate::vendors::testing::Account;

fn account() -> Account {
    Account::of("ironclad", &Filter::default())
}

#[tokio::test]
async fn properties_are_sent_in_the_form_of_their_type() {
    let account = account();
    let properties = json!({"counterpartyName": "Acme", "seats": {"value": "3"}, "autoRenews": {"type": "bool", "value": "TRUE"},
        "agreementDate": {"type": "date", "value": "31 January 2026"}, "expirationDate": {"type": "date", "value": "9999-12-31T23:59:59Z"},
        "contractValue": {"type": "monetaryAmount", "value": {"value": "25.37", "currency": "usd"}},
        "standard_initialTermLength": {"type": "duration", "value": {"years": 1, "months": 6}},
        "standard_renewalType": {"type": "string", "value": "auto-renew"}, "contractOwner": "ann@acme.example"});
    let arguments = json!({"type": "vendor agreement", "name": "MSA", "properties": properties});
    let (answer, _) = account.call("create_a_ironclad_record", arguments).await;
    assert!(answer["id"].is_string(), "{answer}");
    let sent = account.written().pop().unwrap();
    assert_eq!(sent["type"], "vendorAgreement");
    let day = "2026-01-31T00:00:00Z";
    for (name, kind, value) in [
        ("counterpartyName", "string", json!("Acme")),
        ("seats", "number", json!(3)),
        ("autoRenews", "boolean", json!(true)),
        ("agreementDate", "date", json!(day)),
        ("expirationDate", "date", json!("9999-12-31T23:59:59Z")),
        ("contractValue", "monetary_amount", json!({"currency": "USD", "amount": 25.37})),
        ("standard_initialTermLength", "duration", json!("P1Y6M")),
        ("standard_renewalType", "string", json!("Auto-Renew")),
        ("contractOwner", "email", json!("ann@acme.example")),
    ] {
        assert_eq!(sent["properties"][name], json!({"type": kind, "value": value}), "{name}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_properties_is_named_once_with_the_right_shape() {
    let account = account();
    let properties = json!({"counterpartyname": {"type": "string", "value": "Acme"}, "Contract Value": 5,
        "contractValue": {"type": "monetary_amount", "value": 5000}, "agreementDate": {"type": "date", "value": "soon"},
        "seats": {"type": "number", "value": "many"}, "standard_renewalType": "Auto-Renw", "contractOwner": {"type": "email"},
        "standard_initialTermLength": {"type": "duration", "value": "a while"}});
    let arguments = json!({"type": "vendr agreement", "name": "MSA", "properties": properties});
    let faults = account.faults("create_a_ironclad_record", arguments).await;
    for (pointer, nearest, said) in [
        ("/type", "vendorAgreement", "one of contract, nda"),
        ("/properties/counterpartyname", "counterpartyName", "list_all_ironclad_records_metadata"),
        ("/properties/Contract Value", "contractValue", "a field of this tenant"),
        (
            "/properties/contractValue/value",
            "",
            r#"{amount: 5000.5, currency: "USD"} (Contract Value)"#,
        ),
        ("/properties/agreementDate/value", "", "a date-time like"),
        ("/properties/seats/value", "", "a number (Seats)"),
        ("/properties/standard_renewalType/value", "Auto-Renew", "one of Auto-Renew, Optional"),
        ("/properties/contractOwner", "", r#"{type: "email", value: a mail address"#),
        ("/properties/standard_initialTermLength/value", "", "P1Y"),
    ] {
        let fault = faults.get(pointer).unwrap_or_else(|| panic!("{pointer} in {faults:?}"));
        assert_eq!(fault["nearest"].as_str().unwrap_or_default(), nearest, "{fault}");
        assert!(fault["expected"].as_str().unwrap().contains(said), "{fault}");
    }
    assert_eq!(faults.len(), 9, "{faults:?}");
    assert!(account.written().is_empty());
}

#[tokio::test]
async fn properties_that_are_taken_away_are_ones_that_there_are() {
    let account = account();
    let change = json!({"id": "IC-1", "removeProperties": ["seats", "agrementDate"], "addProperties": "{\"seats\": 3}"});
    let faults = account.faults("update_a_ironclad_record_by_id", change).await;
    assert_eq!(faults["/removeProperties/1"]["nearest"], "agreementDate");
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[tokio::test]
async fn entities_are_held_against_the_properties_of_their_relationships() {
    let account = account();
    let entity = json!({"name": "Acme", "relationshipTypeKey": ["Vendor"], "properties": {
        "entity_pocEmail": "ann@acme.example", "entity_alternativeNames": "ACME", "entity_address": {"lines": ["1 Main St"], "country": "USA"}}});
    let (answer, _) = account.call("create_a_ironclad_entity", entity).await;
    assert!(answer["id"].is_string(), "{answer}");
    let sent = account.written().pop().unwrap();
    assert_eq!(sent["relationshipTypeKey"], json!(["vendor"]));
    let mail = json!({"type": "email", "value": "ann@acme.example"});
    assert_eq!(sent["properties"]["entity_pocEmail"], mail);
    let names = json!({"type": "array", "value": ["ACME"]});
    assert_eq!(sent["properties"]["entity_alternativeNames"], names);
    let wrong = json!({"id": answer["id"], "relationshipTypeKey": ["vendo"], "addProperties": {"entity_pocMail": "x", "entity_pocEmail": "x"}});
    let faults = account.faults("update_a_ironclad_entity_by_id", wrong).await;
    assert_eq!(faults["/relationshipTypeKey/0"]["nearest"], "vendor");
    assert_eq!(faults["/addProperties/entity_pocMail"]["nearest"], "entity_pocEmail");
    assert!(faults.contains_key("/addProperties/entity_pocEmail/value"), "{faults:?}");
}

#[tokio::test]
async fn obligations_take_types_days_and_people_as_models_write_them() {
    let account = account();
    let (_, users) = account.straight(Method::GET, "/scim/v2/Users?count=1", &json!(null)).await;
    let user = &users["Resources"][0];
    let made = json!({"name": "Pay", "obligationTypeKey": "PAYMENT", "parentId": "IC-1", "properties": {"amountDue": {"type": "number", "value": 1}}});
    let (source, _) = account.call("create_a_ironclad_obligation", made).await;
    assert!(source["id"].is_string(), "{source}");
    assert_eq!(account.written()[0]["obligationTypeKey"], json!(["payment"]));
    let instance = json!({"name": "Pay 1", "sourceObligationId": source["id"], "status": "open", "dueDate": "Jan 31, 2026",
        "assigneeUserId": user["userName"]});
    let (answer, _) = account.call("create_a_ironclad_obligation", instance).await;
    assert!(answer["id"].is_string(), "{answer}");
    let sent = account.written().pop().unwrap();
    assert_eq!(sent["dueDate"], "2026-01-31T00:00:00Z");
    assert_eq!(sent["assigneeUserId"], user["id"]);
    let wrong = json!({"id": source["id"], "obligationTypeKey": ["paymnt"], "dueDate": "soon"});
    let faults = account.faults("update_a_ironclad_obligation_by_id", wrong).await;
    assert_eq!(faults["/obligationTypeKey/0"]["nearest"], "payment");
    assert!(faults.contains_key("/dueDate"), "{faults:?}");
}

#[tokio::test]
async fn workflows_say_where_they_open_at_the_accounts_host() {
    let account = account();
    let (list, beside) = account.call("list_all_ironclad_workflows", json!({"limit": 1})).await;
    let each = "Each row opens in the browser at https://eu1.vendor.example/workflow/{id}.";
    assert_eq!(beside, [each]);
    let id = list["result"][0]["id"].as_str().unwrap();
    let readable = &list["result"][0]["ironcladId"];
    let (answer, beside) = account
        .call("get_single_ironclad_workflow_by_id", json!({"id": readable, "fields": "title"}))
        .await;
    assert_eq!(answer.as_object().unwrap().len(), 1, "the body stays as asked for: {answer}");
    let link = format!("It opens in the browser at https://eu1.vendor.example/workflow/{id}");
    assert_eq!(beside, [link]);
    let (answer, beside) =
        account.call("get_single_ironclad_workflow_by_id", json!({"id": "IC-999999"})).await;
    assert!(answer["error"].is_object() && beside.is_empty(), "{answer} {beside:?}");
}

#[tokio::test]
async fn every_tool_that_starts_a_job_says_how_to_poll_it_until_it_is_done() {
    let account = account();
    let (_, records) =
        account.straight(Method::GET, "/public/api/v1/records?pageSize=1", &json!(null)).await;
    let record = &records["list"][0]["id"];
    let (mut answer, _) = account
        .call(
            "ironclad_records_download_urls",
            json!({"identifiers": [record], "type": "latestSignedCopy"}),
        )
        .await;
    let mut polls = 0;
    while answer["pending"] == true {
        assert_eq!(answer["poll"]["tool"], "get_single_ironclad_download_urls_by_id", "{answer}");
        answer = account
            .call("get_single_ironclad_download_urls_by_id", answer["poll"]["arguments"].clone())
            .await
            .0;
        polls += 1;
        assert!(polls < 9, "{answer}");
    }
    assert!(polls > 0 && answer.get("poll").is_none(), "{answer}");
    let done: Value = answer["status"].clone();
    assert_eq!(done, "complete", "{answer}");
}
