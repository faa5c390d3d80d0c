//! Every tool of both APIs, called through MCP against the sandbox.

mod torii;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::{Setup, TestApp};
use crate::mcp::Mcp;
use crate::programs::repository;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Calls tools with arguments that fit, and each also without every argument that it requires.
struct Walk {
    app: TestApp,
    mcp: Mcp,
    api: &'static str,
    called: BTreeSet<String>,
    problems: Vec<String>,
}

impl Walk {
    async fn start(api: &'static str) -> Self {
        let quick = |options: &mut sandbox::Options| {
            options.rate_limits = false;
            options.async_polls_until_done = 0;
        };
        let app = Setup::default().sandbox(quick).start().await;
        let mcp = app.server(api, json!({"allow": every_tool(api)})).await;
        Self { app, mcp, api, called: BTreeSet::new(), problems: Vec::new() }
    }

    /// Gives the answer of a call that must succeed.
    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.without_each_required_argument(tool, &arguments).await;
        let answer = self.mcp.call_raw(tool, &arguments).await.json();
        let result = &answer["result"];
        if result["isError"] != false && !result["isError"].is_null() || result.is_null() {
            self.problems.push(format!(
                "{tool} {arguments}: {}{}",
                answer["error"], result["structuredContent"]
            ));
        } else {
            self.called.insert(tool.to_owned());
        }
        result["structuredContent"].clone()
    }

    async fn without_each_required_argument(&mut self, tool: &str, arguments: &Value) {
        self.app.sandbox.control().clear_requests();
        for name in required(self.api, tool) {
            let mut fewer = arguments.clone();
            if fewer.as_object_mut().unwrap().shift_remove(&name).is_none() {
                self.problems.push(format!("{tool}: the test does not give {name}"));
                continue;
            }
            let answer = self.mcp.call_raw(tool, &fewer).await.json();
            let error = &answer["result"]["structuredContent"]["error"];
            let pointers: Vec<&Value> = error["faults"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|fault| &fault["pointer"])
                .collect();
            // What else is missing lies in it: a launch names the fields of its form.
            let place = format!("/{name}");
            let in_it = |other: &&Value| {
                other.as_str().is_some_and(|other| other.starts_with(&format!("{place}/")))
            };
            if error["kind"] != "invalid_arguments"
                || pointers.first() != Some(&&json!(place))
                || !pointers.iter().skip(1).all(in_it)
            {
                self.problems.push(format!("{tool} without {name}: {answer}"));
            }
        }
        // The tenant's own field lists and forms may be read, to judge the names that no document
        // knows; nothing else is sent.
        let lists_fields = |path: &str| {
            let torii = ["/v1.0/apps/fields", "/v1.0/contracts/fields", "/v1.0/users/fields"];
            let ironclad = ["records/metadata", "entities/relationship-types", "obligations/types"];
            let below = path.strip_prefix("/public/api/v1/").unwrap_or_default();
            torii.contains(&path)
                || ironclad.contains(&below)
                || below.starts_with("workflow-schemas/")
        };
        if self
            .app
            .sandbox
            .requests()
            .iter()
            .any(|seen| seen.method != "GET" || !lists_fields(&seen.path))
        {
            self.problems.push(format!("{tool}: something was sent without a required argument"));
        }
    }

    fn done(self) {
        let missed: Vec<String> =
            every_tool(self.api).into_iter().filter(|tool| !self.called.contains(tool)).collect();
        assert!(
            self.problems.is_empty(),
            "{} problems; not called: {missed:?}\n{}",
            self.problems.len(),
            self.problems.join("\n")
        );
        assert!(missed.is_empty(), "not called: {missed:?}");
    }
}

/// Every tool in the lock file.
pub(super) fn every_tool(api: &str) -> Vec<String> {
    let lock =
        std::fs::read_to_string(repository().join("specs").join(api).join("tools.lock")).unwrap();
    lock.lines()
        .filter_map(|line| line.split_whitespace().nth(3))
        .filter(|tool| *tool != "-")
        .map(str::to_owned)
        .collect()
}

pub(super) fn full_schema(api: &str, tool: &str) -> Value {
    let file =
        repository().join("generated").join(api).join("schemas").join(format!("{tool}.json"));
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str::<Value>(&text).unwrap()["full"].clone()
}

fn required(api: &str, tool: &str) -> Vec<String> {
    let schema = full_schema(api, tool);
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn file(name: &str) -> Value {
    // "x,y\n1,2\n"
    json!({"name": name, "content_base64": "eCx5CjEsMgo="})
}

fn because() -> Value {
    json!({"message": "As discussed"})
}

#[tokio::test]
async fn every_ironclad_tool_works() {
    let mut walk = Walk::start("ironclad").await;
    let workflow = launch(&mut walk).await;
    reviewing(&mut walk, &workflow).await;
    signing(&mut walk, &workflow).await;
    let other = launch(&mut walk).await;
    walk.call("ironclad_workflows_cancel", json!({"id": other, "comment": because()})).await;
    emails(&mut walk).await;
    records(&mut walk).await;
    registers(&mut walk).await;
    directory(&mut walk).await;
    walk.done();
}

async fn launch(walk: &mut Walk) -> String {
    let templates = walk.call("list_all_ironclad_workflow_schemas", json!({"q": "NDA"})).await;
    let template = templates["result"][0]["id"].clone();
    walk.call("get_single_ironclad_workflow_schema_by_id", json!({"id": template})).await;
    let attributes = json!({
        "counterpartyName": "Acme LLC", "counterpartySignerName": "Jo", "counterpartySignerEmail": "jo@acme-llc.example",
        "ndaType": "Mutual", "paperSource": "Our paper",
    });
    let body = json!({"template": template, "attributes": attributes});
    let job = walk.call("create_a_ironclad_async_workflow", body.clone()).await;
    walk.call("get_single_ironclad_async_workflow_by_id", json!({"id": job["asyncJobId"]})).await;
    let workflow = walk.call("create_a_ironclad_workflow", body).await;
    text(&workflow["id"])
}

async fn reviewing(walk: &mut Walk, id: &str) {
    walk.call("list_all_ironclad_workflows", json!({"limit": 2})).await;
    walk.call("get_single_ironclad_workflow_by_id", json!({"id": id})).await;
    let updates = json!([{"action": "set", "path": "purpose", "value": "Talks"}]);
    walk.call(
        "update_a_ironclad_workflow_by_id",
        json!({"id": id, "updates": updates, "comment": "why"}),
    )
    .await;
    walk.call("ironclad_workflows_pause", json!({"id": id, "comment": because()})).await;
    walk.call("ironclad_workflows_resume", json!({"id": id, "comment": because()})).await;
    for tool in ["approval_requests", "turn_history", "participants", "comments", "emails"] {
        walk.call(&format!("list_all_ironclad_workflow_{tool}"), json!({"id": id, "limit": 3}))
            .await;
    }
    walk.call("ironclad_workflows_comment", json!({"id": id, "comment": "Old style"})).await;
    let comment = walk
        .call("create_a_ironclad_workflow_comment", json!({"id": id, "comment": "New style"}))
        .await;
    walk.call(
        "get_single_ironclad_workflow_comment_by_id",
        json!({"workflow_id": id, "id": comment["id"]}),
    )
    .await;
    let users = walk.call("list_all_ironclad_users", json!({"limit": 3})).await;
    let second = users["result"][1]["id"].clone();
    walk.call(
        "list_all_ironclad_eligible_assignees",
        json!({"workflow_id": id, "role_id": "Legal", "limit": 5}),
    )
    .await;
    walk.call(
        "update_a_ironclad_workflow_role_by_id",
        json!({"workflow_id": id, "id": "Legal", "userId": second}),
    )
    .await;
    let upload = json!({"workflow_id": id, "id": "draft", "attachment": file("annex.docx"), "metadata": {"comment": because()}});
    walk.call("create_a_ironclad_workflow_document", upload).await;
    let documents =
        walk.call("get_single_ironclad_workflow_documents_by_id", json!({"id": id})).await;
    let key = documents["signaturePacketDocuments"][0]["key"].clone();
    walk.call("ironclad_workflow_documents_download", json!({"workflow_id": id, "id": key})).await;
    walk.call(
        "update_a_ironclad_signature_packet_by_id",
        json!({"id": id, "signaturePacketDocumentKeys": [key]}),
    )
    .await;
    let approvals =
        walk.call("get_single_ironclad_workflow_approvals_by_id", json!({"id": id})).await;
    let role = approvals["approvalGroups"][0]["reviewers"][0]["role"].clone();
    let approve = json!({"workflow_id": id, "id": role, "status": "approved"});
    walk.call("update_a_ironclad_workflow_approval_by_id", approve.clone()).await;
    walk.call("ironclad_workflows_revert_to_review", json!({"id": id})).await;
    walk.call("update_a_ironclad_workflow_approval_by_id", approve).await;
}

async fn signing(walk: &mut Walk, id: &str) {
    walk.call("get_single_ironclad_workflow_sign_status_by_id", json!({"id": id})).await;
    walk.call("list_all_ironclad_workflow_signers", json!({"id": id})).await;
    let send = json!({"id": id, "notifyAt": "2036-12-01T10:00:00Z", "reminder": {"daysBefore": 2}});
    walk.call("create_a_ironclad_scheduled_send", send).await;
    walk.call("update_a_ironclad_scheduled_send_by_id", json!({"id": id, "reminder": null})).await;
    walk.call("delete_a_ironclad_scheduled_send_by_id", json!({"id": id})).await;
    walk.call("ironclad_workflows_send_signature_request", json!({"id": id})).await;
    walk.call(
        "ironclad_workflow_signers_remind",
        json!({"workflow_id": id, "id": "Counterparty Signer"}),
    )
    .await;
    walk.call(
        "create_a_ironclad_recipient_url",
        json!({"id": id, "type": "viewer", "email": "a@b.example"}),
    )
    .await;
    let embedded = json!({"id": id, "type": "signer", "roleName": "Counterparty Signer", "frameAncestor": "https://portal.example"});
    walk.call("create_a_ironclad_embedded_recipient_url", embedded).await;
    walk.call("ironclad_workflows_cancel_signature_request", json!({"id": id, "reason": "Typo"}))
        .await;
    let users = walk.call("list_all_ironclad_users", json!({"limit": 3})).await;
    let assigned = json!({"type": "internal", "userId": users["result"][1]["id"]});
    let signer =
        json!({"workflow_id": id, "id": "Internal Signer", "reason": "Away", "assigned": assigned});
    walk.call("update_a_ironclad_workflow_signer_by_id", signer).await;
    walk.call(
        "delete_a_ironclad_workflow_signer_by_id",
        json!({"workflow_id": id, "id": "Internal Signer"}),
    )
    .await;
    walk.call(
        "ironclad_workflows_upload_signed",
        json!({"id": id, "attachment": file("signed.pdf")}),
    )
    .await;
}

async fn emails(walk: &mut Walk) {
    let workflows = walk.call("list_all_ironclad_workflows", json!({"limit": 50})).await;
    for workflow in workflows["result"].as_array().unwrap() {
        let threads = walk
            .mcp
            .call("list_all_ironclad_workflow_emails", &json!({"id": workflow["id"]}))
            .await
            .success()
            .clone();
        let Some(thread) = threads["result"].get(0) else { continue };
        let thread = thread["emailThreadId"].clone();
        let mail = walk
            .call(
                "get_single_ironclad_workflow_email_by_id",
                json!({"workflow_id": workflow["id"], "id": thread}),
            )
            .await;
        let download = text(&mail["attachments"][0]["download"]);
        let download = if download == "null" {
            text(&threads["result"][0]["attachments"][0]["download"])
        } else {
            download
        };
        let attachment = download.rsplit('/').next().unwrap();
        let arguments =
            json!({"workflow_id": workflow["id"], "email_id": thread, "id": attachment});
        walk.call("ironclad_email_attachments_download", arguments).await;
        return;
    }
    panic!("no workflow has mail");
}

async fn records(walk: &mut Walk) {
    let properties = json!({
        "counterpartyName": {"type": "string", "value": "Initech"},
        "agreementDate": {"type": "date", "value": "2026-01-01T00:00:00Z"},
    });
    let record = walk
        .call(
            "create_a_ironclad_record",
            json!({"type": "contract", "name": "Lease", "properties": properties}),
        )
        .await;
    let id = text(&record["id"]);
    walk.call("list_all_ironclad_records", json!({"limit": 2})).await;
    walk.call("list_all_ironclad_records_metadata", json!({})).await;
    walk.call("get_single_ironclad_record_by_id", json!({"id": id})).await;
    walk.call(
        "ironclad_records_replace",
        json!({"id": id, "type": "contract", "name": "Lease 2", "properties": properties}),
    )
    .await;
    let more = json!({"id": id, "addProperties": {"seats": {"type": "number", "value": 3}}, "removeProperties": ["agreementDate"]});
    walk.call("update_a_ironclad_record_by_id", more).await;
    let activate = json!({"id": id, "type": "activate", "properties": {"standard_renewalType": {"type": "string", "value": "Auto-Renew"}}});
    walk.call("ironclad_records_run_action", activate).await;
    let at = json!({"record_id": id, "id": "signedCopy"});
    let mut upload = at.clone();
    upload["attachment"] = file("lease.pdf");
    upload["metadata"] = json!({"filename": "lease.pdf"});
    walk.call("create_a_ironclad_record_attachment", upload).await;
    walk.call("ironclad_record_attachments_download", at.clone()).await;
    let job = walk
        .call(
            "ironclad_records_download_urls",
            json!({"identifiers": [id], "type": "latestSignedCopy"}),
        )
        .await;
    walk.call("get_single_ironclad_download_urls_by_id", json!({"id": job["jobId"]})).await;
    walk.call("delete_a_ironclad_record_attachment_by_id", at).await;
    let import =
        walk.call("create_a_ironclad_smart_import", json!({"attachment": file("old.pdf")})).await;
    let more = json!({"id": import["importId"], "recordType": "imported", "attachment": file("older.pdf")});
    walk.call("create_a_ironclad_smart_import_record", more).await;
    walk.call("ironclad_smart_imports_predictions", json!({"importId": import["importId"]})).await;
    walk.call("ironclad_records_export", json!({"types": "contract"})).await;
    walk.call("delete_a_ironclad_record_by_id", json!({"id": id})).await;
}

async fn registers(walk: &mut Walk) {
    walk.call("list_all_ironclad_entities", json!({"limit": 2})).await;
    walk.call("list_all_ironclad_entity_relationship_types", json!({})).await;
    let entity = walk
        .call(
            "create_a_ironclad_entity",
            json!({"name": "Globex", "relationshipTypeKey": ["vendor"]}),
        )
        .await;
    let id = entity["ironcladId"].clone();
    walk.call("get_single_ironclad_entity_by_id", json!({"id": id})).await;
    walk.call("update_a_ironclad_entity_by_id", json!({"id": id, "status": "INACTIVE"})).await;
    walk.call("delete_a_ironclad_entity_by_id", json!({"id": id})).await;
    walk.call("list_all_ironclad_obligations", json!({"limit": 2})).await;
    walk.call("list_all_ironclad_obligation_types", json!({})).await;
    let duty = json!({"name": "Pay", "obligationTypeKey": ["payment"], "parentId": "IC-2"});
    let id = walk.call("create_a_ironclad_obligation", duty).await["ironcladId"].clone();
    walk.call("get_single_ironclad_obligation_by_id", json!({"id": id})).await;
    walk.call("list_all_ironclad_obligation_instances", json!({"id": id, "limit": 2})).await;
    walk.call("update_a_ironclad_obligation_by_id", json!({"id": id, "name": "Pay soon"})).await;
    walk.call("delete_a_ironclad_obligation_by_id", json!({"id": id})).await;
    walk.call("list_all_ironclad_webhooks", json!({"limit": 2})).await;
    let hook = json!({"events": ["workflow_launched"], "targetURL": "https://h.example/x"});
    let id = walk.call("create_a_ironclad_webhook", hook).await["id"].clone();
    walk.call("get_single_ironclad_webhook_by_id", json!({"id": id})).await;
    walk.call("update_a_ironclad_webhook_by_id", json!({"id": id, "status": "disabled"})).await;
    walk.call("delete_a_ironclad_webhook_by_id", json!({"id": id})).await;
    walk.call("get_single_ironclad_webhook_verification_key", json!({})).await;
    let export = json!({"exportType": "workflow_activities", "exportFormat": "CSV"});
    let job = walk.call("create_a_ironclad_export", export).await["jobId"].clone();
    walk.call("get_single_ironclad_export_by_id", json!({"id": job})).await;
    walk.call("ironclad_exports_download", json!({"id": job})).await;
    walk.call(
        "ironclad_search_conversational",
        json!({"query": "Which contracts with Initech expire?"}),
    )
    .await;
    walk.call("get_single_ironclad_userinfo", json!({})).await;
    walk.call("get_single_ironclad_company_info", json!({})).await;
}

async fn directory(walk: &mut Walk) {
    let body = json!({"schemas": [USER], "userName": "new.person@acme.example", "name": {"givenName": "New", "familyName": "Person"}});
    let user = walk.call("create_a_ironclad_user", body.clone()).await["id"].clone();
    let with_id = |id: &Value, mut body: Value| {
        body["id"] = id.clone();
        body
    };
    walk.call("get_single_ironclad_user_by_id", json!({"id": user})).await;
    walk.call("ironclad_users_replace", with_id(&user, body)).await;
    let change = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "Counsel"}]});
    walk.call("update_a_ironclad_user_by_id", with_id(&user, change)).await;
    walk.call("list_all_ironclad_groups", json!({"limit": 2})).await;
    let body =
        json!({"schemas": [GROUP], "displayName": "Deal Desk", "members": [{"value": user}]});
    let group = walk.call("create_a_ironclad_group", body.clone()).await["id"].clone();
    walk.call("get_single_ironclad_group_by_id", json!({"id": group})).await;
    walk.call("ironclad_groups_replace", with_id(&group, body)).await;
    let change = json!({"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members", "value": [{"value": user}]}]});
    walk.call("update_a_ironclad_group_by_id", with_id(&group, change)).await;
    walk.call("delete_a_ironclad_group_by_id", json!({"id": group})).await;
    walk.call("delete_a_ironclad_user_by_id", json!({"id": user})).await;
    walk.call("list_all_ironclad_scim_schemas", json!({})).await;
    walk.call("get_single_ironclad_scim_schema_by_id", json!({"id": USER})).await;
}
