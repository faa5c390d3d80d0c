//! One company's data, and how its people and workflows are found.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::grants::Server;
use super::people::{Group, User};
use super::template::Template;
use super::workflow::Workflow;
use crate::call::Call;
use crate::ids::Ids;
use crate::reply::Reply;

/// A file in the tenant's store.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) filename: String,
    pub(crate) media: String,
    pub(crate) bytes: Bytes,
}

/// A job that prepares download links.
#[derive(Debug, Clone)]
pub(super) struct UrlJob {
    pub(super) id: String,
    pub(super) identifiers: Vec<String>,
    pub(super) polls_left: u32,
}

/// One import and the records it made.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) id: String,
    pub(super) records: Vec<(String, u32)>,
}

/// One export job.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) csv: bool,
    pub(super) link: bool,
    pub(super) polls_left: u32,
}

/// A launch that has been read but not carried out.
#[derive(Debug, Clone)]
pub(super) struct LaunchRequest {
    pub(super) template: String,
    pub(super) attributes: Map<String, Value>,
    pub(super) creator: String,
    /// Files sent along, by part name.
    pub(super) files: Vec<(String, Blob)>,
}

/// A queued launch.
#[derive(Debug, Clone)]
pub(super) struct LaunchJob {
    pub(super) id: String,
    pub(super) payload: Map<String, Value>,
    pub(super) polls_left: u32,
    pub(super) stage: Stage,
}

/// How far it has come.
#[derive(Debug, Clone)]
pub(super) enum Stage {
    Waiting(Box<LaunchRequest>),
    Done { workflow: String },
    Failed(Value),
}

impl LaunchJob {
    pub(super) fn new(
        id: String,
        payload: Map<String, Value>,
        request: LaunchRequest,
        polls_left: u32,
    ) -> Self {
        Self { id, payload, polls_left, stage: Stage::Waiting(Box::new(request)) }
    }
}

/// One company's data.
pub(crate) struct Tenant {
    pub(crate) token: String,
    pub(crate) oauth: Server,
    pub(super) ids: Ids,
    pub(super) company: String,
    /// The admin group's default user: takes over what a deleted user leaves.
    pub(super) default_user: String,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) templates: Vec<Template>,
    pub(super) workflows: Vec<Workflow>,
    /// The number of the last `IC-` id given out.
    pub(super) last_number: u64,
    pub(super) jobs: Vec<LaunchJob>,
    pub(super) polls_until_done: u32,
    pub(super) records: Vec<Value>,
    pub(super) record_files: BTreeMap<(String, String), Blob>,
    pub(super) url_jobs: Vec<UrlJob>,
    pub(super) imports: Vec<Import>,
    pub(super) entities: Vec<Value>,
    pub(super) last_entity: u64,
    pub(super) obligations: Vec<Value>,
    pub(super) last_obligation: u64,
    pub(super) webhooks: Vec<Value>,
    pub(super) exports: Vec<Export>,
}

impl Tenant {
    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// A person by id or mail.
    pub(super) fn find_person(&self, wanted: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|user| user.id == wanted || user.user_name.eq_ignore_ascii_case(wanted))
    }

    /// The author form of a user, or of the system once that user is gone.
    pub(super) fn author(&self, id: &str) -> Value {
        self.user(id)
            .map_or_else(|| json!({ "type": "system", "displayName": "Ironclad" }), User::author)
    }

    pub(super) fn assignee(&self, id: &str) -> Option<Value> {
        self.user(id).map(User::assignee)
    }

    /// Takes a user out of the company: groups forget them, open work goes to the default user.
    pub(super) fn remove_user(&mut self, id: &str, now: Timestamp) {
        let heir = if id == self.default_user {
            self.users
                .iter()
                .find(|user| user.id != id)
                .map_or_else(|| id.to_owned(), |user| user.id.clone())
        } else {
            self.default_user.clone()
        };
        self.users.retain(|user| user.id != id);
        for group in &mut self.groups {
            group.members.retain(|member| member != id);
        }
        for workflow in &mut self.workflows {
            workflow.hand_over(id, &heir, now);
        }
        if self.default_user == id {
            self.default_user = heir;
        }
    }

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

/// The workflow that a path names, or the API's 404.
pub(super) fn find_workflow(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    tenant.workflow_index(call.param("id")).ok_or_else(|| call.missing("workflow", "workflowId"))
}
