//! How a workflow looks from outside.

use serde_json::{Value, json};

use super::template::Template;
use super::tenant::Tenant;
use super::workflow::{Approval, Document, ORIGIN, Status, Step, Workflow};
use crate::clock::iso;

impl Workflow {
    pub(super) fn document(&self, tenant: &Tenant, document: &Document) -> Value {
        json!({
            "version": document.version, "versionNumber": document.number, "filename": document.filename,
            "key": document.key,
            "download": format!("/public/api/v1/workflows/{}/document/{}/download", self.id, document.key),
            "lastModified": { "timestamp": iso(document.at), "author": tenant.author(&document.author) },
        })
    }

    fn roles_json(&self, tenant: &Tenant) -> Vec<Value> {
        self.roles
            .iter()
            .map(|role| {
                let assignees: Vec<Value> =
                    role.assignees.iter().filter_map(|user| tenant.assignee(user)).collect();
                json!({ "id": role.id, "displayName": role.name, "assignees": assignees })
            })
            .collect()
    }

    fn approvals_state(&self) -> Value {
        let url = format!("{ORIGIN}/public/api/v1/workflows/{}/approvals", self.id);
        if self.approvals.is_empty() {
            json!({ "state": "not_applicable", "message": "this workflow needs no approvals" })
        } else if self.approved() {
            json!({ "state": "completed" })
        } else {
            json!({ "state": "in_progress", "url": url })
        }
    }

    fn signatures_state(&self) -> Value {
        let url = format!("{ORIGIN}/public/api/v1/workflows/{}/signatures", self.id);
        match self.step {
            Step::Review => json!({ "state": "not_started" }),
            Step::Sign => json!({ "state": "in_progress", "url": url }),
            Step::Complete => json!({ "state": "completed" }),
        }
    }

    /// The whole workflow as the API answers it.
    pub(super) fn render(&self, tenant: &Tenant, hydrate: bool) -> Value {
        let mut attributes = self.attributes.clone();
        let schema = tenant.templates.iter().find(|template| template.id == self.template);
        for document in &self.documents {
            let shown = self.document(tenant, document);
            let single = schema.and_then(|template| template.form.get(&document.attribute));
            let whole = matches!(document.attribute.as_str(), "signed" | "partiallySigned")
                || single.is_some_and(|field| field["type"] == "document");
            if let Some((table, cell)) = document.attribute.split_once('/') {
                let cell = format!("/{cell}");
                if let Some(found) =
                    attributes.get_mut(table).and_then(|rows| rows.pointer_mut(&cell))
                {
                    *found = shown;
                }
            } else if whole {
                attributes.insert(document.attribute.clone(), shown);
            } else if let Some(Value::Array(list)) = attributes.get_mut(&document.attribute) {
                list.push(shown);
            } else {
                attributes.insert(document.attribute.clone(), json!([shown]));
            }
        }
        attributes.insert("readableId".into(), self.readable().into());
        attributes.insert("currentTurnParty".into(), "not tracked".into());
        if self.reverted {
            attributes.insert("reviewRollbacked".into(), true.into());
        }
        if hydrate {
            tenant.hydrate(attributes.values_mut());
        }
        json!({
            "id": self.id,
            "ironcladId": self.readable(),
            "title": self.title,
            "template": self.template,
            "step": self.step.as_str(),
            "schema": schema.map_or_else(|| json!({}), Template::workflow_schema),
            "attributes": attributes,
            "isCancelled": self.status == Status::Cancelled,
            "isComplete": self.status == Status::Completed,
            "status": self.status.as_str(),
            "creator": self.creator_json(tenant),
            "created": iso(self.created),
            "lastUpdated": iso(self.updated),
            "roles": self.roles_json(tenant),
            "approvals": self.approvals_state(),
            "signatures": self.signatures_state(),
            "recordIds": self.records,
            "isRevertibleToReview": self.step == Step::Sign && self.status == Status::Active,
        })
    }

    fn creator_json(&self, tenant: &Tenant) -> Value {
        let Some(user) = tenant.user(&self.creator) else {
            return json!({
                "id": self.creator, "displayName": "Former user", "email": "", "title": "", "username": "", "metadata": {},
            });
        };
        json!({
            "id": user.id, "displayName": user.display(), "email": user.user_name, "title": user.title,
            "username": user.user_name, "metadata": {}, "department": user.department, "contactNumber": "", "pronoun": "",
            "companyProfile": {}, "companyProfiles": {},
        })
    }

    /// The approvals answer: groups by order, and the roles.
    pub(super) fn approvals_json(&self, tenant: &Tenant) -> Value {
        let active = self.active_order();
        let mut orders: Vec<u32> = self.approvals.iter().map(|approval| approval.order).collect();
        orders.sort_unstable();
        orders.dedup();
        let groups: Vec<Value> = orders
            .into_iter()
            .map(|order| {
                let members: Vec<&Approval> = self.approvals.iter().filter(|approval| approval.order == order).collect();
                let reviewers: Vec<Value> = members
                    .iter()
                    .map(|approval| {
                        let name = self.role(&approval.role).map_or(approval.role.as_str(), |role| role.name.as_str());
                        let status = if approval.given.is_some() { "approved" } else { "pending" };
                        json!({ "role": approval.role, "displayName": name, "reviewerType": "role", "status": status })
                    })
                    .collect();
                let status = if members.iter().all(|approval| approval.given.is_some()) {
                    "approved"
                } else if active == Some(order) {
                    "active"
                } else {
                    "pending"
                };
                json!({ "reviewers": reviewers, "status": status, "order": order })
            })
            .collect();
        json!({ "workflowId": self.id, "title": self.title, "approvalGroups": groups, "roles": self.roles_json(tenant) })
    }
}
