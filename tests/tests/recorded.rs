//! Recorded answers of a live tenant decode into the generated types and encode to the same again.
//!
//! The recordings are not part of the repository; where they do not lie beside it, there is nothing to compare.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use ironclad::operations::{
    CreateEntity, CreateRecord, CreateWebhook, CreateWorkflowComment, GetAsyncWorkflow, GetEntity, GetRecord, GetRecordsMetadata,
    GetSignStatus, GetWebhook, GetWorkflow, GetWorkflowApprovals, GetWorkflowDocuments, GetWorkflowSchema, LaunchWorkflow,
    LaunchWorkflowAsync, ListApprovalRequests, ListEligibleAssignees, ListEntities, ListRecords, ListRelationshipTypes, ListTurns,
    ListWebhooks, ListWorkflowComments, ListWorkflowParticipants, ListWorkflowSchemas, ListWorkflowSigners, ListWorkflows, ReplaceRecord,
    RunRecordAction, SendSignatureRequest, UpdateEntity, UpdateRecord, UpdateWebhook, UpdateWorkflowApproval, UpdateWorkflowAttributes,
};
use serde::Serialize;
use serde_json::Value;
use support::{Operation, Response};

/// What decoding one answer came to: its encoding, or why it did not decode.
type Decode = fn(&Response) -> Result<Value, String>;

fn decode<O: Operation>(response: &Response) -> Result<Value, String>
where
    O::Success: Serialize,
    O::Failure: Serialize,
{
    if response.status.is_success() {
        let decoded = O::success(response).map_err(|error| error.to_string())?;
        return serde_json::to_value(decoded).map_err(|error| error.to_string());
    }
    let failure = O::failure(response).ok_or("the error does not decode")?;
    serde_json::to_value(failure).map_err(|error| error.to_string())
}

/// The operations that answer JSON, by their own method and path.
fn decoders() -> Vec<(&'static str, &'static str, Decode)> {
    macro_rules! decoders {
        ($($operation:ident)*) => { vec![$(($operation::INFO.method.as_str(), $operation::INFO.path, decode::<$operation> as Decode)),*] };
    }
    decoders!(
        CreateEntity CreateRecord CreateWebhook CreateWorkflowComment GetAsyncWorkflow GetEntity GetRecord GetRecordsMetadata
        GetSignStatus GetWebhook GetWorkflow GetWorkflowApprovals GetWorkflowDocuments GetWorkflowSchema LaunchWorkflow
        LaunchWorkflowAsync ListApprovalRequests ListEligibleAssignees ListEntities ListRecords ListRelationshipTypes ListTurns
        ListWebhooks ListWorkflowComments ListWorkflowParticipants ListWorkflowSchemas ListWorkflowSigners ListWorkflows ReplaceRecord
        RunRecordAction SendSignatureRequest UpdateEntity UpdateRecord UpdateWebhook UpdateWorkflowApproval UpdateWorkflowAttributes
    )
}

/// Where the encoding departs from what was received. A `null` may be left out, and 3 is 3.0.
fn departures(received: &Value, encoded: Option<&Value>, at: &str, found: &mut Vec<String>) {
    match (received, encoded) {
        (Value::Null, None | Some(Value::Null)) => {}
        (received, None) => found.push(format!("{at} is lost: {received}")),
        (Value::Object(members), Some(Value::Object(others))) => {
            for (name, value) in members {
                departures(value, others.get(name), &format!("{at}/{name}"), found);
            }
            found.extend(others.keys().filter(|name| !members.contains_key(*name)).map(|name| format!("{at}/{name} is made up")));
        }
        (Value::Array(items), Some(Value::Array(others))) if items.len() == others.len() => {
            for (index, (item, other)) in items.iter().zip(others).enumerate() {
                departures(item, Some(other), &format!("{at}/{index}"), found);
            }
        }
        (received, Some(encoded)) if received == encoded => {}
        (Value::Number(received), Some(Value::Number(encoded))) if received.as_f64() == encoded.as_f64() => {}
        (received, Some(encoded)) => found.push(format!("{at}: {received} became {encoded}")),
    }
}

#[test]
fn recorded_answers_decode_without_loss() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vendor-specs/ironclad-live-shapes.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no recordings beside the repository");
        return;
    };
    let recordings: Value = serde_json::from_str(&text).unwrap();
    let (decoders, mut unknown, mut found, mut compared) = (decoders(), BTreeSet::new(), Vec::new(), 0);
    for call in recordings["calls"].as_array().unwrap() {
        let media = call["contentType"].as_str().unwrap_or_default();
        let (method, path) = (call["method"].as_str().unwrap(), format!("/public/api/v1{}", call["path"].as_str().unwrap()));
        if !media.starts_with("application/json") {
            continue;
        }
        let Some((_, _, decode)) = decoders.iter().find(|(known, template, _)| *known == method && *template == path) else {
            unknown.insert(format!("{method} {path}"));
            continue;
        };
        let status = StatusCode::from_u16(u16::try_from(call["status"].as_u64().unwrap()).unwrap()).unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, media.parse().unwrap())]);
        let response = Response { status, headers, body: Bytes::from(call["response"].to_string()) };
        compared += 1;
        match decode(&response) {
            Ok(encoded) => departures(&call["response"], Some(&encoded), &format!("{method} {path} "), &mut found),
            Err(error) => found.push(format!("{method} {path}: {error}")),
        }
    }
    assert!(unknown.is_empty(), "no decoder for {unknown:?}");
    assert!(found.is_empty(), "{} departures in {compared} answers:\n{}", found.len(), found.join("\n"));
    assert!(compared > 30);
}
