//! The generated clients as ordinary Rust clients, without MCP.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};
use sandbox::{Sandbox, Started};
use serde_json::json;
use support::{Api, Error, Transport};
use upstream::{AccountCredentials, HostPort, Origin, Settings, Upstream};

use crate::journal;

/// A sandbox and the way to it.
async fn connect(
    api: &'static Api,
    credentials: AccountCredentials,
) -> (Started, Arc<dyn Transport>) {
    let sandbox = Sandbox::start().await.unwrap();
    let listed: Vec<HostPort> = vec![sandbox.address().to_string().parse().unwrap()];
    let upstream =
        Upstream::new(Settings { upstream_hosts: listed.clone(), ..Settings::default() }).unwrap();
    let origin = Origin::parse(api, Some(&sandbox.base_url()), None, &listed).unwrap();
    (sandbox, upstream.transport(api, origin, credentials, None))
}

fn ironclad_credentials() -> AccountCredentials {
    AccountCredentials::bearer("sandbox-ironclad-token")
}

#[tokio::test]
async fn a_contract_is_launched_and_followed() {
    use ironclad::operations::{GetAsyncWorkflow, LaunchWorkflowAsync, ListWorkflowSchemas};
    use ironclad::types::{AsyncLaunchJob, WorkflowLaunch};

    let (sandbox, transport) = connect(&ironclad::API, ironclad_credentials()).await;
    let client = ironclad::client::Client::new(transport);
    let templates =
        client.list_workflow_schemas(&ListWorkflowSchemas::default()).await.unwrap().list;
    let nda = templates
        .iter()
        .find(|template| template.name.as_deref().is_some_and(|name| name.contains("NDA")))
        .unwrap();
    let attributes = json!({
        "counterpartyName": "Initech", "counterpartySignerName": "Bill", "counterpartySignerEmail": "bill@initech.example",
        "ndaType": "Mutual", "paperSource": "Our paper",
    });
    let body = WorkflowLaunch::new(nda.id.clone(), serde_json::from_value(attributes).unwrap());
    let job =
        client.launch_workflow_async(&LaunchWorkflowAsync::new(body)).await.unwrap().async_job_id;
    let mut polls = 0;
    let workflow = loop {
        polls += 1;
        match client.get_async_workflow(&GetAsyncWorkflow::new(job.as_str())).await.unwrap() {
            AsyncLaunchJob::AsyncLaunchSuccess(done) => break done.workflow.unwrap(),
            AsyncLaunchJob::AsyncLaunchInProgress(_) if polls < 10 => {}
            other => panic!("{other:?}"),
        }
    };
    assert!(polls > 1 && workflow.title.is_some_and(|title| title.contains("Initech")));
    assert!(journal::violations(&sandbox.requests()).is_empty());
}

#[tokio::test]
async fn a_launch_takes_files_as_parts() {
    use ironclad::operations::LaunchWorkflow;
    use ironclad::types::WorkflowLaunch;
    use support::FilePart;
    use support::operation::WithFiles;

    let (sandbox, transport) = connect(&ironclad::API, ironclad_credentials()).await;
    let form = json!({"draft": {"type": "array", "elementType": {"type": "document"}}});
    let template = sandbox.control().add_template("With files", form);
    let attributes = json!({"draft": [{"file": "paper"}]});
    let body = WorkflowLaunch::new(template, serde_json::from_value(attributes).unwrap());
    let paper = FilePart::new("paper.pdf", &b"%PDF-"[..]);
    let files = vec![("paper".to_owned(), paper)];
    let launch = WithFiles { operation: LaunchWorkflow::new(body), data: "data", files };
    let workflow = support::send(&*transport, &launch).await.unwrap();
    let shown = serde_json::to_value(&workflow).unwrap();
    assert_eq!(shown["attributes"]["draft"][0]["filename"], "paper.pdf", "{shown}");
    assert!(journal::violations(&sandbox.requests()).is_empty());
}

#[tokio::test]
async fn lists_stream_item_by_item_across_pages() {
    let (sandbox, transport) = connect(&ironclad::API, ironclad_credentials()).await;
    let client = ironclad::client::Client::new(transport);
    let call = ironclad::operations::ListWorkflows::new().page_size(7);
    let all: Vec<_> = client.list_workflows_all(call.clone()).try_collect().await.unwrap();
    let ids: BTreeSet<&str> = all.iter().map(|workflow| workflow.id.as_str()).collect();
    assert!(all.len() > 14 && ids.len() == all.len());
    let pages: Vec<_> = client.list_workflows_pages(call).collect().await;
    assert_eq!(pages.len(), all.len().div_ceil(7), "no page is asked for in vain");
    assert!(journal::violations(&sandbox.requests()).is_empty());
}

#[tokio::test]
async fn an_error_answer_is_typed() {
    let (_sandbox, transport) = connect(&ironclad::API, ironclad_credentials()).await;
    let client = ironclad::client::Client::new(transport);
    let call = ironclad::operations::GetWorkflow::new("5f0375c4cdc1927c5c8c0000");
    let Err(Error::Api(error)) = client.get_workflow(&call).await else {
        panic!("nothing is found")
    };
    assert_eq!(error.status, 404);
    assert!(error.failure.is_some(), "{error}");
}

#[tokio::test]
async fn another_vendors_cursors_and_writes() {
    let credentials = AccountCredentials::Token {
        token: "sandbox-torii-token".into(),
        further: [("scim_token".to_owned(), "sandbox-torii-scim-token".into())].into(),
        acting_user: None,
        api_key: false,
    };
    let (sandbox, transport) = connect(&torii::API, credentials).await;
    let client = torii::client::Client::new(transport);
    let call = torii::operations::ListUsers::new().size(7);
    let people: Vec<_> = client.list_users_all(call).take(20).try_collect().await.unwrap();
    assert_eq!(people.iter().map(|person| person.id).collect::<BTreeSet<_>>().len(), 20);
    assert!(journal::violations(&sandbox.requests()).is_empty());
}
