//! Torii: what its own metadata says of its fields, held against its sandbox.

use http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::toolset::Filter;
use crate::vendors::testing::Account;

fn account() -> Account {
    Account::of("torii", &Filter::default())
}

/// A contract with these members beside the ones it needs.
async fn contract(account: &Account, more: Value) -> (Value, Option<Value>) {
    let mut arguments = json!({"name": "Figma", "idApp": app(account).await, "status": "active"});
    let Value::Object(more) = more else { panic!("members are an object") };
    arguments.as_object_mut().unwrap().extend(more);
    let before = account.writes();
    let (answer, _) = account.call("create_a_torii_contract", arguments).await;
    (answer, account.written().get(before).cloned())
}

async fn app(account: &Account) -> u64 {
    let (_, answer) = account.straight(Method::GET, "/v1.0/apps?size=1", &json!(null)).await;
    answer["apps"][0]["id"].as_u64().unwrap()
}

fn fault<'a>(answer: &'a Value, pointer: &str) -> &'a Value {
    let faults = answer["error"]["faults"].as_array();
    let mut faults = faults.unwrap_or_else(|| panic!("faults in {answer}")).iter();
    faults
        .find(|fault| fault["pointer"] == pointer)
        .unwrap_or_else(|| panic!("{pointer}: {answer}"))
}

#[tokio::test]
async fn a_currency_beside_the_amount_is_told_where_it_belongs() {
    let account = account();
    let (answer, sent) = contract(&account, json!({"amount": 500_000, "currency": "USD"})).await;
    let expected = fault(&answer, "/currency")["expected"].as_str().unwrap();
    assert_eq!(expected, r#"put it into amount: {value: 500000, currency: "USD"}, in cents"#);
    assert_eq!(sent, None);
    let (_, listed) = account.straight(Method::GET, "/v1.0/contracts/fields", &json!(null)).await;
    assert!(listed["fields"].is_array());
    let served = crate::vendors::catalogue(
        crate::apis::apis().iter().find(|api| api.slug == "torii").unwrap(),
    );
    for tool in ["create_a_torii_contract", "update_a_torii_contract_by_id"] {
        let listed: Value = serde_json::from_str(served.tool(tool).unwrap().listed_json()).unwrap();
        let amount = &listed["inputSchema"]["properties"]["amount"]["description"];
        assert!(amount.as_str().unwrap().contains("n cents"), "{amount}");
    }
}

#[tokio::test]
async fn money_is_sent_as_the_vendor_has_it() {
    let account = account();
    for (given, sent) in [
        (
            json!({"amount": 500_000, "currency": "usd"}),
            json!({"value": 500_000, "currency": "USD"}),
        ),
        (
            json!({"value": "500000", "currency": "EUR"}),
            json!({"value": 500_000, "currency": "EUR"}),
        ),
        (json!(r#"{"value": 1, "currency": "EUR"}"#), json!({"value": 1, "currency": "EUR"})),
        (json!("12000"), json!(12_000)),
        (json!(7), json!(7)),
    ] {
        let (answer, body) = contract(&account, json!({"amount": given})).await;
        let body = body.unwrap_or_else(|| panic!("{answer}"));
        let mut members = body["amount"].clone();
        if let (Value::Object(members), Value::Object(sent)) = (&mut members, &sent) {
            members.sort_keys();
            let mut sent = sent.clone();
            sent.sort_keys();
            assert_eq!(*members, sent);
        } else {
            assert_eq!(members, sent);
        }
        assert!(answer["contract"]["id"].is_u64(), "{answer}");
    }
    for wrong in [
        json!("500 USD"),
        json!({"value": 5}),
        json!({"value": 5, "currency": "dollars"}),
        json!([1]),
        json!(1.5),
    ] {
        let (answer, sent) = contract(&account, json!({"amount": wrong})).await;
        let expected = fault(&answer, "/amount")["expected"].as_str().unwrap();
        assert!(
            expected.contains(r#"{value: 500000, currency: "USD"}"#) && expected.contains("cents"),
            "{expected}"
        );
        assert_eq!(sent, None);
    }
}

#[tokio::test]
async fn null_that_clears_an_amount_is_sent() {
    let account = account();
    let (made, _) = contract(&account, json!({"amount": 5, "endDate": "2027-01-31"})).await;
    let id = &made["contract"]["id"];
    let cleared = json!({"id": id, "amount": null, "endDate": null, "owner": null});
    let (answer, _) = account.call("update_a_torii_contract_by_id", cleared).await;
    assert_eq!(answer["error"], Value::Null, "{answer}");
    let sent = account.written().pop().unwrap();
    assert_eq!(sent, json!({"amount": null, "owner": null, "endDate": null}));
}

#[tokio::test]
async fn options_are_sent_as_the_tenant_spells_them() {
    let account = account();
    let members = json!({"id": 1, "name": "Région", "systemKey": "c_region", "type": "dropdownMulti",
        "options": [{"value": "Île-de-France", "label": "Paris"}, {"value": "Nord, Est", "label": "NE"}]});
    account.sandbox.control().add_contract_field(members);
    let (answer, sent) = contract(
        &account,
        json!({"status": "IN REVIEW", "paymentTerm": " Yearly",
        "c_region": ["ile-de-france", "ne"]}),
    )
    .await;
    let sent = sent.unwrap_or_else(|| panic!("{answer}"));
    assert_eq!((&sent["status"], &sent["paymentTerm"]), (&json!("inReview"), &json!("yearly")));
    assert_eq!(sent["c_region"], json!(["Île-de-France", "Nord, Est"]));
    let (answer, _) = contract(&account, json!({"status": "activ", "c_region": "South"})).await;
    assert_eq!(fault(&answer, "/status")["nearest"], "active");
    let expected = fault(&answer, "/c_region")["expected"].as_str().unwrap();
    assert!(expected.contains(r#"Île-de-France, "Nord, Est""#), "{expected}");
}

#[tokio::test]
async fn names_of_no_field_come_with_the_nearest_of_the_tenant_and_of_the_document() {
    let account = account();
    let wrong = json!({"start_date": "2026-01-01", "Cost center": "x", "idapp": 1, "zzzz": 1});
    let (answer, sent) = contract(&account, wrong).await;
    assert_eq!(fault(&answer, "/start_date")["nearest"], "startDate");
    assert_eq!(fault(&answer, "/Cost center")["nearest"], "ccf_costCenter");
    assert_eq!(fault(&answer, "/idapp")["nearest"], "idApp");
    assert_eq!(fault(&answer, "/zzzz").get("nearest"), None);
    let named = "a field of this tenant, as list_all_torii_contract_fields lists them";
    assert_eq!(fault(&answer, "/zzzz")["expected"], named);
    assert_eq!(sent, None);
    let filter = Filter::only("create_a_torii_contract");
    let alone = Account::of("torii", &filter);
    let (answer, _) = contract(&alone, json!({"zzzz": 1})).await;
    assert_eq!(fault(&answer, "/zzzz")["expected"], "a field of this tenant");
}

#[tokio::test]
async fn days_of_contracts_are_sent_as_iso_days_and_never_is_one() {
    let account = account();
    for (given, sent) in [
        ("31 January 2026", "2026-01-31"),
        ("2026-01-31T10:00:00Z", "2026-01-31"),
        ("9999-12-31", "9999-12-31"),
        ("9999-12-31T23:59:59Z", "9999-12-31"),
    ] {
        let (answer, body) = contract(&account, json!({"endDate": given})).await;
        let body = body.unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(body["endDate"], sent, "{given}");
        assert!(answer["contract"]["id"].is_u64(), "{answer}");
    }
    let (answer, _) = contract(&account, json!({"endDate": "03/04/2026"})).await;
    let expected = fault(&answer, "/endDate")["expected"].as_str().unwrap();
    assert!(expected.contains("two days") && expected.contains("(End date)"), "{expected}");
}

#[tokio::test]
async fn people_are_found_by_mail_address() {
    let account = account();
    let (_, users) = account.straight(Method::GET, "/v1.0/users?size=2", &json!(null)).await;
    let (id, mail) = (&users["users"][1]["id"], users["users"][1]["email"].as_str().unwrap());
    let (answer, sent) = contract(&account, json!({"owner": mail.to_uppercase()})).await;
    assert_eq!(&sent.unwrap_or_else(|| panic!("{answer}"))["owner"], id);
    let asked = account.read().iter().filter(|path| path.starts_with("/v1.0/users?")).count();
    assert_eq!(asked, 1);
    let (answer, sent) = contract(&account, json!({"owner": "nobody@acme.example"})).await;
    let expected = fault(&answer, "/owner")["expected"].as_str().unwrap();
    assert!(expected.contains("nobody here has the address nobody@acme.example"), "{expected}");
    assert_eq!(answer["error"]["faults"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(sent, None);
    let app = app(&account).await;
    let owner = json!({"id": app, "primaryOwner": mail, "c_businessOwner": mail});
    account.call("update_a_torii_app_by_id", owner).await;
    assert_eq!(
        account.written().pop().unwrap(),
        json!({"primaryOwner": id, "c_businessOwner": id})
    );
}

/// Every type of field that the vendor documents: what passes, and what does not.
fn cases(user: &Value, mail: &str) -> Vec<(&'static str, Vec<Value>, [Value; 3])> {
    vec![
        ("number", vec![json!(1), json!("2.5")], [json!("x"), json!([1, 2]), json!({"a": 1})]),
        ("singleLine", vec![json!("x"), json!(100)], [json!(true), json!(["x"]), json!({"a": 1})]),
        ("multiLine", vec![json!("x\ny")], [json!(false), json!(["x"]), json!({"a": 1})]),
        ("cardNumber", vec![json!("4111")], [json!(true), json!([]), json!({})]),
        ("email", vec![json!("a@b.example")], [json!("a"), json!("a@b"), json!(7)]),
        (
            "currency",
            vec![json!(5), json!({"value": 5, "currency": "EUR"})],
            [json!("5 EUR"), json!({"value": 5}), json!(true)],
        ),
        (
            "datePicker",
            vec![json!("2026-01-31"), json!("9999-12-31")],
            [json!("soon"), json!(2026), json!("2026-02-30")],
        ),
        (
            "dropdown",
            vec![json!("low"), json!("LOW"), json!("Löw")],
            [json!("lowest"), json!(["low", "high"]), json!({"value": "low"})],
        ),
        (
            "dropdownMulti",
            vec![json!(["low"]), json!("low,high")],
            [json!(["lowest"]), json!("low;high"), json!({"a": 1})],
        ),
        (
            "usersDropdown",
            vec![user.clone(), json!(mail)],
            [json!("Ann"), json!([user]), json!("nobody@acme.example")],
        ),
        (
            "user",
            vec![user.clone(), json!(user.to_string())],
            [json!(true), json!(1.5), json!("Ann")],
        ),
        ("bool", vec![json!(true), json!("FALSE")], [json!("yes"), json!(1), json!([true])]),
        (
            "usersDropdownMulti",
            vec![json!([user]), json!(mail)],
            [json!(["Ann"]), json!({"id": user}), json!([true])],
        ),
        (
            "contractsDropdownMulti",
            vec![json!([1, 2]), json!(["3"]), json!(4)],
            [json!("x"), json!([true]), json!({"id": 1})],
        ),
        (
            "multiValueString",
            vec![json!(["a"]), json!("b")],
            [json!([1]), json!({"a": 1}), json!(true)],
        ),
    ]
}

/// An account whose contracts have a field of every type, called after it.
async fn with_every_type() -> (Account, Value, String) {
    let account = account();
    let (_, users) = account.straight(Method::GET, "/v1.0/users?size=1", &json!(null)).await;
    let user = users["users"][0].clone();
    let mail = user["email"].as_str().unwrap().to_owned();
    let types = cases(&user["id"], &mail).into_iter().map(|(kind, _, _)| kind);
    for (number, kind) in types.chain(["fileUpload", "appUserAccount"]).enumerate() {
        let options = json!([{"value": "low", "label": "Low"}, {"value": "high", "label": "High"}]);
        let field = json!({"id": 8000 + number, "name": kind, "systemKey": format!("c_{kind}"), "type": kind,
            "options": if kind.starts_with("dropdown") { options } else { json!([]) }});
        account.sandbox.control().add_contract_field(field);
    }
    (account, user["id"].clone(), mail)
}

#[tokio::test]
async fn valid_values_of_every_type_of_field_pass_and_three_wrong_ones_are_named() {
    let (account, user, mail) = with_every_type().await;
    for (kind, valid, wrong) in cases(&user, &mail) {
        let name = format!("c_{kind}");
        for value in valid {
            let (answer, _) = contract(&account, json!({ &name: value })).await;
            assert!(answer["contract"]["id"].is_u64(), "{kind}: {value}: {answer}");
        }
        for value in wrong {
            let (answer, sent) = contract(&account, json!({ &name: value })).await;
            let faults = answer["error"]["faults"].as_array();
            let faults = faults.unwrap_or_else(|| panic!("{kind}: {value}: {answer}"));
            let here =
                |fault: &Value| fault["pointer"].as_str().unwrap().starts_with(&format!("/{name}"));
            assert!(!faults.is_empty() && faults.iter().all(here), "{kind}: {value}: {answer}");
            assert_eq!(sent, None);
        }
    }
    for name in ["c_fileUpload", "c_appUserAccount"] {
        let (answer, _) = contract(&account, json!({ name: {"id": 7} })).await;
        assert!(answer["contract"]["id"].is_u64(), "{name}: {answer}");
    }
}

/// Any value that a model may write for a field.
fn values(user: u64, mail: String) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        Just(Value::from(user)),
        Just(Value::from(user.to_string())),
        Just(Value::from(mail)),
        "[a-z]{0,6}@[a-z]{0,4}(\\.[a-z]{0,3})?".prop_map(Value::from),
        "(low|High|LOW|lów|medium|low,high|true|False|yes)".prop_map(Value::from),
        "(20[0-9]{2}-[01][0-9]-[0-3][0-9]|9999-12-31|[0-3]?[0-9] (Jan|March) 2026)(T10:00:00Z)?"
            .prop_map(Value::from),
        "-?[0-9]{1,4}(\\.[0-9]{1,2})?".prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        let money = (inner.clone(), "([A-Z]{3}|[a-z]{2,4}|)")
            .prop_map(|(amount, code)| json!({"value": amount, "currency": code}));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z]{1,5}", inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
            money,
        ]
    })
}

#[tokio::test(flavor = "current_thread")]
async fn the_sandbox_agrees_with_the_verdict_on_ten_thousand_values() {
    const VALUES: usize = 10_000;
    let (account, user, mail) = with_every_type().await;
    let user = user.as_u64().unwrap();
    let app = app(&account).await;
    let (made, _) = contract(&account, json!({})).await;
    let id = made["contract"]["id"].as_u64().unwrap();
    let path = format!("/v1.0/contracts/{id}");
    let types: Vec<&str> =
        cases(&json!(user), &mail).into_iter().map(|(kind, _, _)| kind).collect();
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = (0..types.len(), values(user, mail.clone()));
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..VALUES {
        let (kind, value) = strategy.new_tree(&mut runner).unwrap().current();
        let kind = types[kind];
        // Whether a person exists who is named by a number, only the vendor knows.
        let people = kind.to_lowercase().contains("user");
        let strange = people && numbers(&value).iter().any(|number| *number != user);
        if strange {
            continue;
        }
        let name = format!("c_{kind}");
        let before = account.writes();
        let given = json!({"id": id, &name: value});
        let (answer, _) = account.call("update_a_torii_contract_by_id", given).await;
        if account.writes() > before {
            assert_eq!(answer["error"], Value::Null, "ours passes {kind} {value}: {answer}");
            passed += 1;
        } else {
            let body = json!({ &name: value });
            let (status, said) = account.straight(Method::PUT, &path, &body).await;
            assert_eq!(
                status, 400,
                "ours refuses {kind} {value}: {answer}; the vendor says {said}"
            );
            refused += 1;
        }
    }
    assert!(app > 0 && passed > VALUES / 20 && refused > VALUES / 4, "{passed} {refused}");
}

/// Every whole number in a value, written as text or not.
fn numbers(value: &Value) -> Vec<u64> {
    match value {
        Value::Number(number) => number.as_u64().into_iter().collect(),
        Value::String(text) => {
            text.split(',').filter_map(|part| part.trim().parse().ok()).collect()
        }
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}
