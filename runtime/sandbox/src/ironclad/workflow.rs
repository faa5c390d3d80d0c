//! A workflow and what may be done with it now.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::people::User;

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

/// A file that holds some readable text.
pub(super) fn sample_file(title: &str) -> Bytes {
    Bytes::from(format!("%PDF-1.4\n% sandbox document\n{title}\n%%EOF\n"))
}
