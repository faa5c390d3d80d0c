//! Templates of a tenant as tools, launches against their forms, files of records.

#[cfg(feature = "sandbox")]
mod launches;
#[cfg(feature = "sandbox")]
mod records;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::call::testing::{Reply, Vendor, pipeline};
use crate::call::{CallContext, Pipeline};
use crate::call_log::Recorder;
use crate::toolset::{Filter, Toolset, launch};
use crate::violation::Violations;

#[test]
fn a_template_is_a_tool_whose_schema_is_its_form() {
    let api = crate::apis::apis().iter().find(|api| api.slug == "ironclad").unwrap();
    let catalogue = Arc::new(crate::vendors::catalogue(api));
    let field = json!({"type": "string", "displayName": "Counterparty", "required": "always"});
    let answer = json!({"list": [
        {"id": "0000aaaa", "name": "NDA", "schema": {"counterpartyName": field}, "permissions": ["launch", "view"]},
        {"id": "0000cccc", "name": "Secret", "schema": {}, "permissions": ["view"]}]});
    let filter = Filter::default();
    let plain = Toolset::build(&catalogue, &filter);
    let toolset = launch::extended(&plain, &filter, &answer).unwrap();
    assert_eq!(toolset.tools().len(), plain.tools().len() + 1);
    let nda = toolset.tools().iter().find(|served| served.launch().is_some()).unwrap();
    assert!(nda.name().starts_with("ironclad_launch_nda_"), "{}", nda.name());
    let listed: Value = serde_json::from_str(nda.listed_json()).unwrap();
    assert_eq!(listed["inputSchema"]["required"], json!(["counterpartyName"]));
    let mut arguments = Map::new();
    let mut violations = Violations::default();
    nda.launch().unwrap().bind(&mut arguments, &mut violations);
    assert_eq!(violations.named()[0].pointer, "/counterpartyName");
    assert_eq!(arguments["template"], "0000aaaa");
}

#[tokio::test]
async fn a_file_by_address_is_refused_where_nothing_public_is_named() {
    let ironclad = crate::apis::apis().iter().find(|api| api.slug == "ironclad").unwrap();
    let catalogue = Arc::new(crate::vendors::catalogue(ironclad));
    let toolset = Toolset::build(&catalogue, &Filter::default());
    let vendor = Vendor::always(Reply::json(200, "{}"));
    let context = CallContext {
        account: "acc",
        transport: &vendor,
        toolset: &toolset,
        recorder: Recorder::default(),
        digits: None,
    };
    let outbound = upstream::Upstream::new(upstream::Settings::default()).unwrap();
    let with = Pipeline { outbound: Some(outbound), ..pipeline(10_000) };
    for (pipeline, pointer, said) in
        [(with, "url", "public host"), (pipeline(10_000), "", "content_base64")]
    {
        let arguments = json!({"record_id": "r1", "id": "signedCopy", "attachment": {"url": "http://127.0.0.1/a.pdf"}});
        let outcome = pipeline
            .call(
                &context,
                "create_a_ironclad_record_attachment",
                arguments.as_object().cloned().unwrap(),
            )
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(outcome.json()).unwrap();
        let violation = &answer["error"]["faults"][0];
        assert!(violation["pointer"].as_str().unwrap().ends_with(pointer), "{answer}");
        assert!(violation["expected"].as_str().unwrap().contains(said), "{answer}");
    }
    assert_eq!(vendor.count(), 0);
}

/// Launches the template `t` of a tenant whose form asks for one name and one day.
async fn launched(attributes: Value, more: Value) -> (Value, usize) {
    let ironclad = crate::apis::apis().iter().find(|api| api.slug == "ironclad").unwrap();
    let catalogue = Arc::new(crate::vendors::catalogue(ironclad));
    let toolset = Toolset::build(&catalogue, &Filter::default());
    let form = json!({"id": "t", "name": "T", "schema": {
        "counterpartyName": {"type": "string", "required": "always"}, "start": {"type": "date", "required": "never"}}});
    let vendor = Vendor::always(Reply::json(200, form.to_string()));
    let context = CallContext {
        account: "acc",
        transport: &vendor,
        toolset: &toolset,
        recorder: Recorder::default(),
        digits: None,
    };
    let mut arguments =
        json!({"template": "t", "attributes": attributes}).as_object().cloned().unwrap();
    arguments.extend(more.as_object().cloned().unwrap());
    let outcome = pipeline(10_000)
        .call(&context, "create_a_ironclad_async_workflow", arguments)
        .await
        .unwrap();
    (serde_json::from_str(outcome.json()).unwrap(), vendor.count())
}

#[tokio::test]
async fn what_the_tenant_knows_is_named_with_what_the_document_knows_and_once() {
    let (answer, sent) =
        launched(json!({"nope": 1, "counterpartyName": 7}), json!({"other": 1})).await;
    let mut named: Vec<&str> = answer["error"]["faults"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|violation| violation["pointer"].as_str())
        .collect();
    named.sort_unstable();
    assert_eq!(named, ["/attributes/counterpartyName", "/attributes/nope", "/other"], "{answer}");
    assert_eq!(sent, 2, "the form, and once more before it refuses anything");
    let (_, sent) = launched(json!("none"), json!({})).await;
    assert_eq!(sent, 1, "the form, of which the template is told to be an id");
}
