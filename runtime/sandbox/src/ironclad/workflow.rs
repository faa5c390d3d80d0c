//! A workflow and how it looks from outside.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::people::User;
use super::templates::Template;
use super::{Tenant, forms};
use crate::clock::iso;

/// The web address that answers name.
pub(super) const ORIGIN: &str = "https://ironcladapp.com";

/// Where a workflow is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Review,
    Sign,
    Complete,
}

impl Step {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Review => "Review",
            Self::Sign => "Sign",
            Self::Complete => "Complete",
        }
    }
}

/// Whether a workflow goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Paused,
    Completed,
    Cancelled,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A role on a workflow and who holds it.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) assignees: Vec<String>,
}

/// An approval that a role owes.
#[derive(Debug, Clone)]
pub(super) struct Approval {
    pub(super) role: String,
    pub(super) order: u32,
    pub(super) asked: Timestamp,
    /// Who approved, and when.
    pub(super) given: Option<(String, Timestamp)>,
}

/// Someone who must sign.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    pub(super) role: String,
    pub(super) name: String,
    pub(super) email: String,
    /// The user, for people of the company.
    pub(super) user: Option<String>,
    pub(super) status: &'static str,
    pub(super) reminded: Option<Timestamp>,
}

/// The signing step.
#[derive(Debug, Clone)]
pub(super) struct Signing {
    pub(super) status: &'static str,
    pub(super) signers: Vec<Signer>,
    pub(super) scheduled: Option<Scheduled>,
}

/// A planned sending of the packet.
#[derive(Debug, Clone)]
pub(super) struct Scheduled {
    pub(super) notify_at: Timestamp,
    pub(super) reminder_days: Option<u64>,
}

/// A file on a workflow.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) key: String,
    pub(super) attribute: String,
    pub(super) version: String,
    pub(super) number: u64,
    pub(super) filename: String,
    pub(super) author: String,
    pub(super) at: Timestamp,
    pub(super) media: String,
    pub(super) bytes: Bytes,
    pub(super) in_packet: bool,
}

/// A stretch during which one side had the document.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) party: &'static str,
    pub(super) location: &'static str,
    pub(super) user: String,
    pub(super) from: Timestamp,
    pub(super) to: Option<Timestamp>,
}

/// One contract on its way.
#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) template: String,
    pub(super) step: Step,
    pub(super) status: Status,
    pub(super) attributes: Map<String, Value>,
    pub(super) creator: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) roles: Vec<Role>,
    pub(super) approvals: Vec<Approval>,
    pub(super) signing: Signing,
    pub(super) documents: Vec<Document>,
    pub(super) comments: Vec<Value>,
    pub(super) emails: Vec<Value>,
    pub(super) turns: Vec<Turn>,
    pub(super) participants: BTreeSet<String>,
    pub(super) records: Vec<String>,
    pub(super) reverted: bool,
}

impl Workflow {
    pub(super) fn readable(&self) -> String {
        format!("IC-{}", self.number)
    }

    pub(super) fn open(&self) -> bool {
        matches!(self.status, Status::Active | Status::Paused)
    }

    pub(super) fn approved(&self) -> bool {
        self.approvals.iter().all(|approval| approval.given.is_some())
    }

    /// The lowest order in which an approval is still owed.
    pub(super) fn active_order(&self) -> Option<u32> {
        self.approvals
            .iter()
            .filter(|approval| approval.given.is_none())
            .map(|approval| approval.order)
            .min()
    }

    pub(super) fn role(&self, wanted: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == wanted || role.name.eq_ignore_ascii_case(wanted))
    }

    /// Moves what a leaving user holds on an open workflow to someone else.
    pub(super) fn hand_over(&mut self, from: &str, heir: &str, now: Timestamp) {
        if !self.open() {
            return;
        }
        let mut changed = self.participants.remove(from);
        for role in &mut self.roles {
            if role.assignees.iter().any(|user| user == from) {
                role.assignees.retain(|user| user != from && user != heir);
                role.assignees.push(heir.to_owned());
                changed = true;
            }
        }
        for signer in &mut self.signing.signers {
            if signer.user.as_deref() == Some(from) {
                signer.user = Some(heir.to_owned());
            }
        }
        if changed {
            self.participants.insert(heir.to_owned());
            self.updated = now;
        }
    }

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
        for document in &self.documents {
            let shown = self.document(tenant, document);
            let whole = matches!(document.attribute.as_str(), "signed" | "partiallySigned");
            if whole {
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
        let schema = tenant.templates.iter().find(|template| template.id == self.template);
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

/// What a signer stands for in a new workflow of a template.
pub(super) fn counterparty_signer(
    form: &Map<String, Value>,
    attributes: &Map<String, Value>,
) -> Signer {
    let by_label = |part: &str| {
        form.iter()
            .filter(|(_, field)| {
                field["displayName"].as_str().is_some_and(|label| label.contains(part))
            })
            .find_map(|(id, _)| attributes.get(id)?.as_str())
    };
    Signer {
        role: "Counterparty Signer".into(),
        name: by_label("Signer Name").unwrap_or("Counterparty").to_owned(),
        email: by_label("Signer Email").unwrap_or("signer@counterparty.example").to_owned(),
        user: None,
        status: "pending",
        reminded: None,
    }
}

/// The signer on the company's side.
pub(super) fn internal_signer(user: &User) -> Signer {
    Signer {
        role: "Internal Signer".into(),
        name: user.display(),
        email: user.user_name.clone(),
        user: Some(user.id.clone()),
        status: "pending",
        reminded: None,
    }
}

impl Tenant {
    /// The place of a workflow, by hexadecimal or readable id.
    pub(super) fn workflow_index(&self, wanted: &str) -> Option<usize> {
        self.workflows
            .iter()
            .position(|workflow| workflow.id == wanted || is_readable(wanted, workflow.number))
    }

    /// Fills entity references with what they refer to.
    pub(super) fn hydrate<'a>(&self, values: impl Iterator<Item = &'a mut Value>) {
        for value in values {
            match value {
                Value::Array(items) => self.hydrate(items.iter_mut()),
                Value::Object(object)
                    if object.get("type").and_then(Value::as_str) == Some("reference") =>
                {
                    let Some(target) = object.get_mut("value").and_then(Value::as_object_mut)
                    else {
                        continue;
                    };
                    let wanted = target.get("recordId").and_then(Value::as_str).unwrap_or("");
                    let Some(entity) = self.entities.iter().find(|entity| entity["id"] == wanted)
                    else {
                        continue;
                    };
                    let (readable, types, attributes) = (
                        entity["ironcladId"].clone(),
                        entity["namedTypeIds"].clone(),
                        entity["properties"].clone(),
                    );
                    target.insert("readableId".into(), readable);
                    target.insert("namedTypeIds".into(), types);
                    target.insert("attributes".into(), attributes);
                }
                _ => {}
            }
        }
    }
}

fn is_readable(wanted: &str, number: u64) -> bool {
    wanted.strip_prefix("IC-").and_then(|digits| digits.parse::<u64>().ok()) == Some(number)
}

/// A file that holds some readable text.
pub(super) fn sample_file(title: &str) -> Bytes {
    Bytes::from(format!("%PDF-1.4\n% sandbox document\n{title}\n%%EOF\n"))
}

/// A document that a template generates.
pub(super) fn generated(tenant: &mut Tenant, title: &str, author: &str, at: Timestamp) -> Document {
    Document {
        key: tenant.ids.nano(),
        attribute: "draft".into(),
        version: tenant.ids.nano(),
        number: 1,
        filename: format!("{title}.docx"),
        author: author.to_owned(),
        at,
        media: forms::DOCX.into(),
        bytes: sample_file(title),
        in_packet: true,
    }
}
