//! Launches against live forms: values of every type of field, files, templates by name.

use http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::toolset::Filter;
use crate::vendors::testing::Account;

const LAUNCH: &str = "create_a_ironclad_workflow";
const QUEUE: &str = "create_a_ironclad_async_workflow";

/// Each type of field: a name, the field, values that fit it, and values that do not.
fn cases() -> Vec<(&'static str, Value, Vec<Value>, Vec<Value>)> {
    let options = json!({"freeTextAllowed": false, "values": ["Mutual", "One way"]});
    let of = |kind: &str| json!({"type": kind, "required": "never"});
    let file = json!({"name": "a.pdf", "content_base64": "YQ=="});
    let place = |country: &str| json!({"lines": ["1 Way"], "locality": "X", "country": country});
    vec![
        (
            "text",
            of("string"),
            vec![json!("Acme"), json!("")],
            vec![json!(7), json!(["x"]), json!("x".repeat(32_001))],
        ),
        (
            "choice",
            json!({"type": "string", "options": options}),
            vec![json!("Mutual"), json!("one WAY")],
            vec![json!("Both"), json!(true), json!({})],
        ),
        (
            "count",
            of("number"),
            vec![json!(1.5), json!("12")],
            vec![json!("many"), json!([1]), json!(true)],
        ),
        (
            "flag",
            of("boolean"),
            vec![json!(true), json!("false")],
            vec![json!("perhaps"), json!(1), json!({})],
        ),
        (
            "day",
            of("date"),
            vec![json!("2026-01-31"), json!("Jan 31, 2026")],
            vec![json!("soon"), json!(20_260_131), json!("2026-13-01")],
        ),
        (
            "term",
            of("duration"),
            vec![json!({"years": 1, "days": "2"})],
            vec![json!({}), json!({"year": 1}), json!("P1Y")],
        ),
        (
            "mail",
            of("email"),
            vec![json!("ann@acme.example")],
            vec![json!("ann"), json!("a b@acme.example"), json!(7)],
        ),
        (
            "address",
            of("address"),
            vec![place("France")],
            vec![
                json!("1 Way"),
                place("USA"),
                json!({"lines": [], "locality": "X", "country": "France"}),
            ],
        ),
        (
            "money",
            of("monetaryAmount"),
            vec![json!({"currency": "usd", "amount": "25.5"})],
            vec![
                json!(25),
                json!({"currency": "dollars", "amount": 1}),
                json!({"currency": "USD"}),
            ],
        ),
        (
            "file",
            of("document"),
            vec![file.clone(), json!({"url": "https://x.example/a.pdf"})],
            vec![json!("a.pdf"), json!({"url": "ftp://x"}), json!({"file": "part"})],
        ),
        (
            "files",
            json!({"type": "array", "elementType": {"type": "document"}}),
            vec![json!([file]), file],
            vec![json!("a.pdf"), json!([{"content_base64": "YQ=="}]), json!([7])],
        ),
        (
            "choices",
            json!({"type": "array", "options": options, "elementType": {"type": "string"}}),
            vec![json!(["Mutual"]), json!([]), json!("Mutual")],
            vec![json!(["Both"]), json!({}), json!([7])],
        ),
        (
            "table",
            json!({"type": "array", "elementType": {"type": "object", "schema": {"item": {"type": "string", "required": "always"}, "due": of("date")}}}),
            vec![json!([{"item": "x", "due": null}]), json!({"item": "x"})],
            vec![json!([{}]), json!([{"item": "x", "price": 1}]), json!("x")],
        ),
        ("linked", of("linkedRecord"), vec![], vec![json!(7), json!(""), json!(["IC-1"])]),
        ("parent", of("parentRecord"), vec![], vec![json!(7), json!(""), json!({})]),
        ("child", of("childRecord"), vec![], vec![json!(7), json!(""), json!(true)]),
        ("entity", of("reference"), vec![], vec![json!(7), json!(""), json!({})]),
    ]
}

/// An account, the template `Every field` that has them all, and one record and entity.
async fn with_every_type() -> (Account, String, [(&'static str, Value); 4]) {
    let account = Account::of("ironclad", &Filter::default());
    let form: Map<String, Value> =
        cases().into_iter().map(|(name, field, ..)| (name.to_owned(), field)).collect();
    let id = account.sandbox.control().add_template("Every field", form.into());
    let read =
        async |tool: &str| account.call(tool, json!({"limit": 1})).await.0["result"][0].clone();
    let record = read("list_all_ironclad_records").await["ironcladId"].clone();
    let entity = read("list_all_ironclad_entities").await["id"].clone();
    let links = ["linked", "parent", "child"].map(|name| (name, record.clone()));
    let [linked, parent, child] = links;
    (account, id, [linked, parent, child, ("entity", entity)])
}

fn launch_of(template: &str, name: &str, value: &Value) -> Value {
    json!({"template": template, "attributes": {name: value}})
}

#[tokio::test]
async fn valid_values_of_every_type_of_field_pass_and_three_wrong_ones_are_named() {
    let (account, template, links) = with_every_type().await;
    for (name, _, mut valid, wrong) in cases() {
        valid
            .extend(links.iter().filter(|(link, _)| *link == name).map(|(_, value)| value.clone()));
        assert!(!valid.is_empty() && wrong.len() == 3, "{name}");
        for value in valid {
            let (answer, _) = account.call(LAUNCH, launch_of(&template, name, &value)).await;
            assert!(answer["id"].is_string(), "{name}: {value}: {answer}");
        }
        for value in wrong {
            let before = account.writes();
            let faults = account.faults(LAUNCH, launch_of(&template, name, &value)).await;
            let here = |pointer: &String| pointer.starts_with(&format!("/attributes/{name}"));
            assert!(!faults.is_empty() && faults.keys().all(here), "{name}: {value}: {faults:?}");
            let says = |fault: &Value| fault["expected"].as_str().is_some_and(|it| it.len() > 3);
            assert!(faults.values().all(says), "{name}: {value}: {faults:?}");
            assert_eq!(account.writes(), before, "{name}: {value}");
        }
    }
}

/// A field, and any value that a model may write for it: what fits it or another one, too.
fn filled() -> impl Strategy<Value = (&'static str, Value)> {
    let short = |value: &Value| value.as_str().is_none_or(|text| text.len() < 1_000);
    let of = |(_, _, valid, wrong): (_, Value, Vec<Value>, Vec<Value>)| {
        let all = valid.into_iter().chain(wrong).filter(short);
        all.collect::<Vec<Value>>()
    };
    let own: Vec<Vec<Value>> = cases().into_iter().map(of).collect();
    let every: Vec<Value> = own.iter().flatten().cloned().collect();
    (0..own.len()).prop_flat_map(move |place| {
        let name = cases()[place].0;
        let value = prop_oneof![
            3 => any_values(),
            1 => prop::sample::select(every.clone()),
            1 => prop::sample::select(own[place].clone()),
        ];
        (Just(name), value)
    })
}

/// Any value that a model may write.
fn any_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        "[a-z]{0,4}@?[a-z ]{0,4}@[a-z]{0,4}(\\.[a-z]{0,3})?".prop_map(Value::from),
        "(Mutual|mutual|One Way|Both|true|False|yes|\\[\\]|\\{\\}|\\[\"Mutual\"\\])".prop_map(Value::from),
        "(20[0-9]{2}-[01][0-9]-[0-3][0-9]|[0-3]?[0-9] (Jan|March) 2026)([T ]10:00(:00)?(Z|\\+02:00)?)?"
            .prop_map(Value::from),
        "20[0-9]{2}[01][0-9][0-3][0-9](T100000Z)?".prop_map(Value::from),
        "-?[0-9]{1,4}(\\.[0-9]{1,2})?".prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let member = |names: &'static str| {
            prop::collection::vec((names, inner.clone()), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
        };
        let money = (inner.clone(), "([A-Z]{3}|[a-z]{2,4}|)")
            .prop_map(|(amount, code)| json!({"currency": code, "amount": amount}));
        let address = (prop::collection::vec("[a-z]{0,3}", 0..6), "[a-z]{0,2}", "(USA|U\\.S\\.A\\.|usa|France|)", inner.clone())
            .prop_map(|(lines, place, country, code)| json!({"lines": lines, "locality": place, "country": country, "region": code, "postcode": code}));
        let file = prop_oneof![
            "(https?|ftp)?://?[a-z]{0,3}(/[a-z.]{0,5})?".prop_map(|url| json!({"url": url})),
            ("[a-z ]{0,4}", "(YQ==|YQ=|YWI=)?").prop_map(|(name, content)| json!({"name": name, "content_base64": content})),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            member("(years|months|weeks|days|year)"),
            member("(item|due|price)"),
            prop::collection::vec(member("(item|due)"), 0..3).prop_map(Value::from),
            prop::collection::vec(file.clone(), 0..3).prop_map(Value::from),
            money,
            address,
            file,
        ]
    })
}

/// What the vendor would be sent in place of files by content, which no JSON takes.
fn as_the_vendor_takes(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.contains_key("content_base64") => Value::Null,
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), as_the_vendor_takes(value))).collect()
        }
        Value::Array(items) => items.iter().map(as_the_vendor_takes).collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_sandbox_agrees_with_the_verdict_on_ten_thousand_values() {
    const VALUES: usize = 10_000;
    let (account, template, _) = with_every_type().await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let strategy = filled();
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..VALUES {
        let (name, value) = strategy.new_tree(&mut runner).unwrap().current();
        let before = account.writes();
        let (answer, _) = account.call(LAUNCH, launch_of(&template, name, &value)).await;
        if account.writes() > before {
            // Whether a record or an entity is there, only the vendor knows.
            let unknown = answer["error"]["message"]
                .as_str()
                .is_some_and(|it| it.contains("refers to nothing"));
            assert!(answer["error"].is_null() || unknown, "ours passes {name} {value}: {answer}");
            passed += 1;
        } else {
            let body = launch_of(&template, name, &as_the_vendor_takes(&value));
            // Without the file there may be nothing left to object to.
            let by_content = body["attributes"][name] != value;
            let (status, said) =
                account.straight(Method::POST, "/public/api/v1/workflows", &body).await;
            assert!(
                status == 400 || by_content,
                "ours refuses {name} {value}: {answer}; the vendor says {said}"
            );
            refused += 1;
        }
    }
    assert!(passed > VALUES / 10 && refused > VALUES / 4, "{passed} {refused}");
}

#[tokio::test]
async fn the_form_decides_and_no_sample_of_the_document() {
    let account = Account::of("ironclad", &Filter::default());
    let form = json!({
        "paperSource": {"type": "boolean", "required": "always"},
        "counterpartyName": {"type": "number", "required": "never"},
        "draft": {"type": "string", "required": "never", "options": {"freeTextAllowed": false, "values": ["v1"]}}});
    let template = account.sandbox.control().add_template("Odd names", form);
    for tool in [LAUNCH, QUEUE] {
        let attributes = json!({"paperSource": "true", "counterpartyName": 7, "draft": "v1"});
        let (answer, _) =
            account.call(tool, json!({"template": template, "attributes": attributes})).await;
        assert!(answer["error"].is_null(), "{answer}");
        assert_eq!(account.written().last().unwrap()["attributes"]["paperSource"], true);
    }
}

#[tokio::test]
async fn a_form_that_changed_is_read_once_more_when_the_vendor_refuses() {
    let account = Account::of("ironclad", &Filter::default());
    let text = json!({"type": "string", "required": "never"});
    let template = account.sandbox.control().add_template("Changing", json!({"old": text}));
    let launch = json!({"template": template, "attributes": {"old": "x"}});
    let (answer, _) = account.call(LAUNCH, launch.clone()).await;
    assert!(answer["id"].is_string(), "{answer}");
    let forms = || account.read().iter().filter(|path| path.contains(&template)).count();
    assert_eq!(forms(), 1);
    let control = account.sandbox.control();
    assert!(control.set_form_field(&template, "old", Value::Null));
    assert!(control.set_form_field(&template, "older", text));
    let (answer, _) = account.call(LAUNCH, launch.clone()).await;
    let error = &answer["error"];
    assert_eq!(
        (&error["status"], &error["upstream"]["param"]),
        (&json!(400), &json!("old")),
        "{answer}"
    );
    assert_eq!(error["faults"][0]["pointer"], "/attributes/old", "{answer}");
    assert_eq!(error["faults"][0]["nearest"], "older", "{answer}");
    assert_eq!(forms(), 2, "once more");
    let before = account.writes();
    account.faults(LAUNCH, launch).await;
    assert_eq!(account.writes(), before, "then it is known");
}

#[tokio::test]
async fn without_attributes_the_form_is_the_advice() {
    let account = Account::of("ironclad", &Filter::default());
    let mut form = json!({
        "note": {"type": "string", "displayName": "Any note", "required": "never"},
        "kind": {"type": "string", "required": "always", "options": {"freeTextAllowed": false, "values": ["A", "B"]}},
        "paper": {"type": "array", "required": "never", "elementType": {"type": "document"}}});
    let template = account.sandbox.control().add_template("Asks", form.clone());
    for arguments in
        [json!({"template": template}), json!({"template": template, "attributes": null})]
    {
        let (answer, _) = account.call(LAUNCH, arguments).await;
        let advice = answer["error"]["advice"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(
            advice.contains("kind (required): \"A\"|\"B\"") && advice.contains("content_base64"),
            "{advice}"
        );
        assert!(advice.contains("note: string (Any note)"), "{advice}");
        assert!(advice.find("kind") < advice.find("note"), "{advice}");
    }
    for number in 0..2_000 {
        form[format!("field{number}")] = json!({"type": "string", "displayName": "語".repeat(100)});
    }
    let template = account.sandbox.control().add_template("Asks for much", form);
    let (answer, _) = account.call(LAUNCH, json!({"template": template})).await;
    let advice = answer["error"]["advice"].as_str().unwrap();
    let ends = "more, as get_single_ironclad_workflow_schema_by_id shows them";
    assert!(advice.len() < 6_100 && advice.ends_with(ends), "{advice}");
}

#[tokio::test]
async fn a_template_is_known_by_its_name_where_that_is_its_own() {
    let account = Account::of("ironclad", &Filter::default());
    let form = json!({"party": {"type": "string", "required": "always"}});
    let control = account.sandbox.control();
    let only = control.add_template("Rare / Agreement?", form.clone());
    let twins = [control.add_template("Twin", form.clone()), control.add_template("twin", form)];
    let (answer, texts) = account
        .call(LAUNCH, json!({"template": " rare / AGREEMENT?", "attributes": {"party": "x"}}))
        .await;
    assert!(answer["id"].is_string(), "{answer}");
    assert_eq!(account.written().last().unwrap()["template"], only);
    assert!(
        texts.iter().any(|text| text.contains(&only) && text.contains("`template`")),
        "{texts:?}"
    );
    let before = account.writes();
    let faults =
        account.faults(QUEUE, json!({"template": "TWIN", "attributes": {"party": "x"}})).await;
    let expected = faults["/template"]["expected"].as_str().unwrap();
    assert!(twins.iter().all(|id| expected.contains(id)), "{expected}");
    assert_eq!(account.writes(), before);
}

#[tokio::test]
async fn fields_beside_the_form_are_put_into_it() {
    let account = Account::of("ironclad", &Filter::default());
    let form =
        json!({"party": {"type": "string", "required": "always"}, "term": {"type": "duration"}});
    let template = account.sandbox.control().add_template("Lifts", form);
    let given = json!({"template": template, "party": "x", "attributes": {"term": {"years": 1}}});
    let (answer, texts) = account.call(LAUNCH, given).await;
    assert!(answer["id"].is_string(), "{answer}");
    let sent = account.written().last().unwrap()["attributes"].clone();
    assert_eq!(sent, json!({"term": {"years": 1}, "party": "x"}));
    assert!(
        texts.iter().any(|text| text.contains("`party` was read as a member of `attributes`")),
        "{texts:?}"
    );
    for ambiguous in [
        json!({"party": "x", "attributes": {"party": "y"}}),
        json!({"partey": "x", "attributes": {"party": "y"}}),
    ] {
        let mut given = ambiguous;
        given["template"] = template.clone().into();
        let faults = account.faults(LAUNCH, given).await;
        assert!(faults.keys().all(|pointer| pointer.starts_with("/part")), "{faults:?}");
    }
}

#[tokio::test]
async fn files_that_cannot_be_sent_are_named_where_they_stand() {
    let account = Account::of("ironclad", &Filter::default());
    let form = json!({"draft": {"type": "array", "elementType": {"type": "document"}}});
    let template = account.sandbox.control().add_template("Files", form);
    let large = "A".repeat(12 << 20);
    for (file, place, said) in [
        (
            json!({"name": "a.pdf", "content_base64": "YQ="}),
            "/attributes/draft/0/content_base64",
            "base64",
        ),
        (
            json!({"name": "a.pdf", "content_base64": large}),
            "/attributes/draft/0/content_base64",
            "at most",
        ),
        (
            json!({"name": "a.pdf", "content_base64": "YQ==", "content_type": "a/b\r\nx: y"}),
            "/attributes/draft/0/content_type",
            "media type",
        ),
        (json!({"name": " ", "content_base64": "YQ=="}), "/attributes/draft/0", "name"),
        (json!({"url": "C:\\a.pdf"}), "/attributes/draft/0", "https"),
        (
            json!({"url": "https://x.example/a.pdf", "name": "b.pdf"}),
            "/attributes/draft/0",
            "https",
        ),
    ] {
        for tool in [LAUNCH, QUEUE] {
            let arguments = json!({"template": template, "attributes": {"draft": [file]}});
            let faults = account.faults(tool, arguments).await;
            let expected = faults.get(place).unwrap_or_else(|| panic!("{place} in {faults:?}"));
            assert!(expected["expected"].as_str().unwrap().contains(said), "{faults:?}");
        }
    }
    assert_eq!(account.writes(), 0);
}
