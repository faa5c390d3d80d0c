//! Every operation that changes something, called as its document says, answers as its document
//! says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::documents::{documents, fit, shape};
use super::harness::{Answered, PUBLIC, call, get, options, send};
use crate::contract::Contract;
use crate::{Options, Sandbox};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A judged sandbox that remembers what was called and what was wrong with it.
struct Walk {
    sandbox: Sandbox,
    judge: Arc<Contract>,
    called: BTreeSet<(String, String)>,
    faults: Vec<String>,
}

impl Walk {
    fn new() -> Self {
        let sandbox = Sandbox::new(Options {
            spec_judge: Some(documents()),
            async_polls_until_done: 0,
            ..options()
        });
        Self {
            sandbox,
            judge: Contract::shared(&documents()),
            called: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    fn note(&mut self, method: &str, path: &str, answer: &Answered) {
        if !(200..400).contains(&answer.status) {
            self.faults.push(format!("{method} {path}: {} {}", answer.status, answer.body));
        }
        self.faults.extend(fit(&self.judge, method, path, answer));
        let bare = path.split('?').next().unwrap();
        let template = self.judge.template(method, bare).unwrap_or_default();
        self.called.insert(shape((method.to_owned(), template)));
    }

    async fn call(&mut self, method: &str, path: &str, body: Value) -> Value {
        let answer = call(&self.sandbox, method, path, body).await;
        self.note(method, path, &answer);
        answer.body
    }

    /// Sends a form of texts and one file named by its part.
    async fn form(&mut self, path: &str, texts: &[(&str, &str)], file: (&str, &str)) -> Value {
        let mut body = String::new();
        for (name, text) in texts {
            let _ = write!(
                body,
                "--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
            );
        }
        let (name, filename) = file;
        let _ = write!(
            body,
            "--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\r\nx,y\n1,2\n\r\n--B--\r\n"
        );
        let token = if path.starts_with("/v1.0") {
            "Bearer sandbox-torii-token"
        } else {
            "Bearer sandbox-ironclad-token"
        };
        let headers =
            [("authorization", token), ("content-type", "multipart/form-data; boundary=B")];
        let answer = send(&self.sandbox, "POST", path, &headers, body.into_bytes()).await;
        self.note("POST", path, &answer);
        answer.body
    }

    async fn launch(&mut self) -> String {
        let list = get(&self.sandbox, &format!("{PUBLIC}/workflow-schemas?form=launch")).await;
        let attributes = json!({
            "counterpartyName": "Acme LLC", "counterpartySignerName": "Jo", "counterpartySignerEmail": "jo@acme-llc.example",
            "ndaType": "Mutual", "paperSource": "Our paper",
        });
        let body = json!({ "template": list["list"][0]["id"], "attributes": attributes });
        let job = self.call("POST", &format!("{PUBLIC}/workflows/async"), body.clone()).await;
        self.call(
            "GET",
            &format!("{PUBLIC}/workflows/async/{}", text(&job["asyncJobId"])),
            Value::Null,
        )
        .await;
        let mut with_file = body.clone();
        with_file["attributes"]["paperSource"] = "Counterparty paper".into();
        with_file["attributes"]["draft"] = json!([{ "file": "paper" }]);
        let sent = self
            .form(
                &format!("{PUBLIC}/workflows"),
                &[("data", &with_file.to_string())],
                ("paper", "theirs.docx"),
            )
            .await;
        assert_eq!(sent["attributes"]["draft"][0]["filename"], "theirs.docx");
        let workflow = self.call("POST", &format!("{PUBLIC}/workflows"), body).await;
        format!("{PUBLIC}/workflows/{}", text(&workflow["id"]))
    }

    fn done(&self, prefix: &str) {
        assert!(
            self.faults.is_empty(),
            "{} faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
        let writes = Sandbox::operations()
            .into_iter()
            .filter(|(method, path)| method != "GET" && path.starts_with(prefix))
            .map(shape);
        let missed: Vec<_> = writes.filter(|operation| !self.called.contains(operation)).collect();
        assert!(missed.is_empty(), "not called: {missed:?}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn comment() -> Value {
    json!({ "comment": { "message": "As discussed" } })
}

#[tokio::test]
async fn writes_on_ironclad() {
    let mut walk = Walk::new();
    let base = walk.launch().await;
    walk.call(
        "PATCH",
        &format!("{base}/attributes"),
        json!({ "updates": [{ "action": "set", "path": "purpose", "value": "Talks" }], "comment": "why" }),
    )
    .await;
    walk.call("POST", &format!("{base}/pause"), comment()).await;
    walk.call("POST", &format!("{base}/resume"), comment()).await;
    walk.call("POST", &format!("{base}/comment"), json!({ "comment": "Old style" })).await;
    let made = walk
        .call(
            "POST",
            &format!("{base}/comments"),
            json!({ "comment": "Hi <@noah.okafor@acme.example>", "addUsersToWorkflow": true }),
        )
        .await;
    walk.call("GET", &format!("{base}/comments/{}", text(&made["id"])), Value::Null).await;
    walk.form(
        &format!("{base}/documents/draft"),
        &[("metadata", &comment().to_string())],
        ("attachment", "annex.docx"),
    )
    .await;
    let documents = get(&walk.sandbox, &format!("{base}/documents")).await;
    let key = text(&documents["signaturePacketDocuments"][1]["key"]);
    walk.call(
        "PATCH",
        &format!("{base}/signature-packet"),
        json!({ "signaturePacketDocumentKeys": [key] }),
    )
    .await;
    let users = get(&walk.sandbox, "/scim/v2/Users?count=3").await;
    let second = text(&users["Resources"][1]["id"]);
    walk.call("PATCH", &format!("{base}/roles/Legal"), json!({ "userId": second })).await;
    let approvals = get(&walk.sandbox, &format!("{base}/approvals")).await;
    let role = text(&approvals["approvalGroups"][0]["reviewers"][0]["role"]);
    walk.call("PATCH", &format!("{base}/approvals/{role}"), json!({ "status": "approved" })).await;
    walk.call("PATCH", &format!("{base}/revert-to-review"), Value::Null).await;
    walk.call("PATCH", &format!("{base}/approvals/{role}"), json!({ "status": "approved" })).await;
    let sign = format!("{base}/sign-status");
    walk.call(
        "POST",
        &format!("{sign}/scheduled-send"),
        json!({ "notifyAt": "2026-12-01T10:00:00Z", "reminder": { "daysBefore": 2 } }),
    )
    .await;
    walk.call("PATCH", &format!("{sign}/scheduled-send"), json!({ "reminder": null })).await;
    walk.call("DELETE", &format!("{sign}/scheduled-send"), Value::Null).await;
    walk.call("POST", &format!("{sign}/send-signature-request"), Value::Null).await;
    walk.call("POST", &format!("{sign}/signers/Counterparty%20Signer/remind"), Value::Null).await;
    walk.call(
        "POST",
        &format!("{base}/signatures/recipient-urls"),
        json!({ "type": "viewer", "email": "a@b.example" }),
    )
    .await;
    let embedded = json!({ "type": "signer", "roleName": "Counterparty Signer", "frameAncestor": "https://portal.example" });
    walk.call("POST", &format!("{base}/signatures/recipient-urls/embedded"), embedded).await;
    walk.call("POST", &format!("{sign}/cancel-signature-request"), json!({ "reason": "Typo" }))
        .await;
    let internal =
        json!({ "reason": "Away", "assigned": { "type": "internal", "userId": second } });
    walk.call("PATCH", &format!("{sign}/signers/Internal%20Signer"), internal).await;
    walk.call("DELETE", &format!("{sign}/signers/Internal%20Signer"), Value::Null).await;
    walk.form(&format!("{base}/upload-signed"), &[], ("attachment", "signed.pdf")).await;
    let other = walk.launch().await;
    walk.call("POST", &format!("{other}/cancel"), comment()).await;
    records(&mut walk).await;
    directory(&mut walk).await;
    walk.done("/public/api/v1");
    walk.done("/scim");
}

#[expect(clippy::too_many_lines, reason = "one walk, write by write")]
async fn records(walk: &mut Walk) {
    let properties = json!({ "counterpartyName": { "type": "string", "value": "Initech" }, "agreementDate": { "type": "date", "value": "2026-01-01T00:00:00Z" } });
    let record = walk
        .call(
            "POST",
            &format!("{PUBLIC}/records"),
            json!({ "type": "contract", "name": "Lease", "properties": properties }),
        )
        .await;
    let base = format!("{PUBLIC}/records/{}", text(&record["id"]));
    walk.call(
        "PUT",
        &base,
        json!({ "type": "contract", "name": "Lease 2", "properties": properties }),
    )
    .await;
    let change = json!({ "addProperties": { "seats": { "type": "number", "value": 3 } }, "removeProperties": ["agreementDate"], "addLinks": [{ "recordId": "IC-1" }] });
    walk.call("PATCH", &base, change).await;
    let date = |value: &str| json!({ "type": "date", "value": value });
    let start = json!({ "type": "activate", "properties": { "standard_renewalType": { "type": "string", "value": "Auto-Renew" } } });
    walk.call("POST", &format!("{base}/actions"), start).await;
    walk.call("POST", &format!("{base}/actions"), json!({ "type": "cancelAutoRenewal" })).await;
    let end = json!({ "type": "terminate", "properties": {
        "standard_terminatedDate": date("2026-11-01T00:00:00Z"), "standard_terminationEffectiveDate": date("2026-12-01T00:00:00Z"),
    }});
    walk.call("POST", &format!("{base}/actions"), end).await;
    walk.form(
        &format!("{base}/attachments/signedCopy"),
        &[("metadata", "{\"filename\":\"lease.pdf\"}")],
        ("attachment", "lease.pdf"),
    )
    .await;
    walk.call("GET", &format!("{base}/attachments/signedCopy"), Value::Null).await;
    let job = walk
        .call(
            "POST",
            &format!("{PUBLIC}/records/attachments/download-urls"),
            json!({ "identifiers": [record["id"], "IC-999"], "type": "latestSignedCopy" }),
        )
        .await;
    walk.call(
        "GET",
        &format!("{PUBLIC}/records/attachments/download-urls/{}", text(&job["jobId"])),
        Value::Null,
    )
    .await;
    walk.call("DELETE", &format!("{base}/attachments/signedCopy"), Value::Null).await;
    let import =
        walk.form(&format!("{PUBLIC}/records/smart-import"), &[], ("attachment", "old.pdf")).await;
    let import = text(&import["importId"]);
    walk.form(
        &format!("{PUBLIC}/records/smart-import/{import}"),
        &[("recordType", "imported")],
        ("attachment", "older.pdf"),
    )
    .await;
    walk.call("GET", &format!("{PUBLIC}/records/smart-import?importId={import}"), Value::Null)
        .await;
    walk.call("GET", &format!("{PUBLIC}/records/export?types=contract"), Value::Null).await;
    walk.call("DELETE", &base, Value::Null).await;
    let entity = walk
        .call(
            "POST",
            &format!("{PUBLIC}/entities"),
            json!({ "name": "Globex", "relationshipTypeKey": ["vendor"] }),
        )
        .await;
    let path = format!("{PUBLIC}/entities/{}", text(&entity["ironcladId"]));
    walk.call("PATCH", &path, json!({ "status": "INACTIVE" })).await;
    walk.call("DELETE", &path, Value::Null).await;
    let duty = walk
        .call(
            "POST",
            &format!("{PUBLIC}/obligations"),
            json!({ "name": "Pay", "obligationTypeKey": ["payment"], "parentId": "IC-2" }),
        )
        .await;
    let path = format!("{PUBLIC}/obligations/{}", text(&duty["ironcladId"]));
    walk.call("PATCH", &path, json!({ "name": "Pay soon" })).await;
    walk.call("DELETE", &path, Value::Null).await;
    let hook = walk
        .call(
            "POST",
            &format!("{PUBLIC}/webhooks"),
            json!({ "events": ["workflow_launched"], "targetURL": "https://h.example/x" }),
        )
        .await;
    let path = format!("{PUBLIC}/webhooks/{}", text(&hook["id"]));
    walk.call("PATCH", &path, json!({ "status": "disabled" })).await;
    walk.call("DELETE", &path, Value::Null).await;
    walk.call("GET", &format!("{PUBLIC}/webhooks/verification-key"), Value::Null).await;
    let export = walk
        .call(
            "POST",
            &format!("{PUBLIC}/exports"),
            json!({ "exportType": "workflow_activities", "exportFormat": "CSV" }),
        )
        .await;
    walk.call("GET", &format!("{PUBLIC}/exports/{}", text(&export["jobId"])), Value::Null).await;
    walk.call("GET", &format!("{PUBLIC}/exports/{}/download", text(&export["jobId"])), Value::Null)
        .await;
    walk.call(
        "POST",
        &format!("{PUBLIC}/search/conversational"),
        json!({ "query": "Which contracts with Initech expire?" }),
    )
    .await;
}

async fn directory(walk: &mut Walk) {
    let body = json!({ "schemas": [USER], "userName": "new.person@acme.example", "name": { "givenName": "New", "familyName": "Person" } });
    let user = walk.call("POST", "/scim/v2/Users", body.clone()).await;
    let path = format!("/scim/v2/Users/{}", text(&user["id"]));
    walk.call("PUT", &path, body).await;
    walk.call("PATCH", &path, json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "title", "value": "Counsel" }] }))
        .await;
    let body = json!({ "schemas": [GROUP], "displayName": "Deal Desk", "members": [{ "value": user["id"] }] });
    let group = walk.call("POST", "/scim/v2/Groups", body.clone()).await;
    let group = format!("/scim/v2/Groups/{}", text(&group["id"]));
    walk.call("PUT", &group, body).await;
    let change = json!({ "schemas": [PATCH], "Operations": [{ "op": "remove", "path": "members", "value": [{ "value": user["id"] }] }] });
    walk.call("PATCH", &group, change).await;
    walk.call("DELETE", &group, Value::Null).await;
    walk.call("DELETE", &path, Value::Null).await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one walk, write by write")]
async fn writes_on_torii() {
    let mut walk = Walk::new();
    walk.call("PUT", "/v1.0/users/100002", json!({ "lifecycleStatus": "offboarding" })).await;
    walk.call("PUT", "/v1.0/users/100002/apps/1001", json!({ "isUserRemovedFromApp": true })).await;
    walk.call("POST", "/v1.0/apps", json!({ "idApp": 1105 })).await;
    let app = walk
        .call(
            "POST",
            "/v1.0/apps/custom",
            json!({ "name": "Timesheets", "state": "discovered", "tags": "HR,Internal" }),
        )
        .await;
    walk.call(
        "PUT",
        &format!("/v1.0/apps/{}", app["app"]["id"]),
        json!({ "primaryOwner": 100_003, "c_planName": "Team" }),
    )
    .await;
    walk.call(
        "POST",
        "/v1.0/apps/match",
        json!({ "apps": [{ "name": "Figma" }, { "name": "Nobody knows" }] }),
    )
    .await;
    let field = walk
        .call("POST", "/v1.0/apps/fields", json!({ "name": "Review Round", "type": "number" }))
        .await;
    let field = format!("/v1.0/apps/fields/{}", field["field"]["id"]);
    walk.call("PUT", &field, json!({ "name": "Round" })).await;
    walk.call("DELETE", &field, Value::Null).await;
    let contract = walk
        .call(
            "POST",
            "/v1.0/contracts",
            json!({ "name": "C", "idApp": 1001, "status": "pipeline", "amount": 12, "startDate": "2026-12-01" }),
        )
        .await;
    let contract = format!("/v1.0/contracts/{}", contract["contract"]["id"]);
    walk.call(
        "PUT",
        &contract,
        json!({ "amount": { "value": 4, "currency": "EUR" }, "owner": 100_002 }),
    )
    .await;
    walk.call("DELETE", &contract, Value::Null).await;
    walk.call(
        "PUT",
        "/v1.0/transactions/88001",
        json!({ "idApp": null, "mappingStatus": "unknown" }),
    )
    .await;
    walk.call(
        "POST",
        "/v1.0/workflows/310/trigger",
        json!({ "triggerUserEmail": "noah.okafor@acme.example" }),
    )
    .await;
    let request = json!({ "triggerAppId": 1001, "triggerUserEmail": "noah.okafor@acme.example", "description": "Project" });
    walk.call("POST", "/v1.0/appCatalog/triggerAppAccessRequestPolicy", request).await;
    walk.call(
        "POST",
        "/v1.0/appCatalog/accessRequestPolicies/7001/trigger",
        json!({ "userEmail": "noah.okafor@acme.example" }),
    )
    .await;
    let many = json!({ "userEmail": "noah.okafor@acme.example", "policies": [{ "idAccessRequestPolicy": 7002 }] });
    walk.call("POST", "/v1.0/appCatalog/accessRequestPolicies/trigger", many).await;
    let file = walk
        .form("/v1.0/files/upload", &[("type", "expenseReport")], ("file", "e.csv"))
        .await["id"]
        .clone();
    let target = walk
        .call("GET", "/v1.0/files/url?name=users.json&type=application/json", Value::Null)
        .await;
    let address = text(&target["uploadFileParameters"]["url"]).replace("http://127.0.0.1", "");
    let stored = send(
        &walk.sandbox,
        "PUT",
        &address,
        &[],
        b"{\"users\":[{\"email\":\"a@b.example\"}]}".to_vec(),
    )
    .await;
    assert_eq!(stored.status, 200);
    let body = json!({ "path": target["uploadFileParameters"]["filePath"], "type": "customIntegrationData" });
    let data = walk.call("POST", "/v1.0/files", body).await["id"].clone();
    walk.call("GET", &format!("/v1.0/files/{file}"), Value::Null).await;
    walk.call("GET", &format!("/v1.0/files/{file}/download"), Value::Null).await;
    let job = walk.call("PUT", "/v1.0/parsings/automatic", json!({ "idFile": file })).await;
    walk.call("GET", &format!("/v1.0/parsings/{}", job["id"]), Value::Null).await;
    let config = json!({ "transactionDateColumn": "A", "descriptionColumn": "B", "amountColumn": "C", "dateFormat": "YYYY-MM-DD", "currency": "USD", "idFile": file });
    walk.call("PUT", "/v1.0/parsings/manual", json!({ "parseConfig": config })).await;
    let account = walk
        .call("POST", "/v1.0/services/custom", json!({ "idApp": 1001, "name": "Second" }))
        .await["id"]
        .clone();
    walk.call(
        "PUT",
        "/v1.0/services/sync/custom",
        json!({ "idFile": data, "idAppAccount": account }),
    )
    .await;
    walk.call(
        "PUT",
        "/v1.0/services/sync/gluu",
        json!({ "idFile": file, "idAppAccount": account }),
    )
    .await;
    let plugin = walk.call("POST", "/v1.0/plugins", json!({ "name": "Doors" })).await;
    let plugin = format!("/v1.0/plugins/{}", text(&plugin["plugin"]["uuid"]));
    walk.call("PUT", &plugin, json!({ "idUpload": file })).await;
    walk.call("POST", &format!("{plugin}/apikey"), Value::Null).await;
    walk.call("DELETE", &plugin, Value::Null).await;
    walk.call("POST", "/v1.0/anonymizeRequest", json!({ "email": "noah.okafor@acme.example" }))
        .await;
    walk.call(
        "PUT",
        "/v1.0/extension/settings",
        json!({ "blockedSites": { "sites": ["x.example"] } }),
    )
    .await;
    let user = walk
        .call(
            "POST",
            "/v1.0/scim/v2/Users",
            json!({ "schemas": [USER], "userName": "n@acme.example", "userType": "Finance" }),
        )
        .await;
    let path = format!("/v1.0/scim/v2/Users/{}", text(&user["id"]));
    walk.call(
        "PUT",
        &path,
        json!({ "schemas": [USER], "userName": "n@acme.example", "active": true }),
    )
    .await;
    walk.call("PATCH", &path, json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "userType", "value": "Admin" }] }))
        .await;
    walk.call("DELETE", &path, Value::Null).await;
    walk.done("/v1.0");
}
