//! Workflow templates and their launch forms.

use serde_json::{Map, Value, json};

use super::Tenant;
use crate::call::Call;
use crate::reply::{Answer, Reply};

/// A template from which workflows are launched.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) form: Map<String, Value>,
    /// Roles that must approve, in order: name, department.
    pub(super) approvers: Vec<(&'static str, &'static str)>,
    /// The record type its workflows end in.
    pub(super) record_type: String,
}

impl Template {
    fn render(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "schema": self.form, "permissions": ["launch", "view"] })
    }

    /// The schema that workflows of this template carry: the form's fields and the system's.
    pub(super) fn workflow_schema(&self) -> Value {
        let mut schema: Map<String, Value> =
            self.form.iter().map(|(id, field)| (id.clone(), shown(field, Some(id)))).collect();
        let document = json!({ "type": "document", "displayName": "Draft", "readOnly": true });
        for (id, field) in [
            (
                "draft",
                json!({ "type": "array", "displayName": "Draft", "elementType": document, "readOnly": true }),
            ),
            (
                "signed",
                json!({ "type": "document", "displayName": "Signed PDF", "readOnly": true }),
            ),
            (
                "readableId",
                json!({ "type": "string", "displayName": "Readable ID", "readOnly": true }),
            ),
            (
                "currentTurnParty",
                json!({ "type": "string", "displayName": "Current Turn", "readOnly": true }),
            ),
            (
                "agreementDate",
                json!({ "type": "date", "displayName": "Agreement Date", "readOnly": true }),
            ),
        ] {
            schema.insert(id.to_owned(), field);
        }
        Value::Object(schema)
    }
}

/// A form field as it appears on a workflow.
fn shown(field: &Value, id: Option<&str>) -> Value {
    let mut out = Map::new();
    for key in ["type", "displayName"] {
        if let Some(value) = field.get(key) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(element) = field.get("elementType") {
        let mut element = shown(element, None);
        if element.get("displayName").is_none() {
            element["displayName"] = field["displayName"].clone();
        }
        out.insert("elementType".into(), element);
    }
    if let Some(Value::Object(members)) = field.get("schema") {
        let members: Map<String, Value> = if field["type"] == "object" {
            members.iter().map(|(key, member)| (key.clone(), shown(member, None))).collect()
        } else {
            Map::new()
        };
        out.insert("schema".into(), members.into());
    }
    if let Some(id) = id {
        out.insert("propertyKey".into(), id.into());
    }
    out.insert("readOnly".into(), false.into());
    Value::Object(out)
}

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Answer {
    if call.query("form").is_none() {
        return Err(call.refuse(
            400,
            "MISSING_PARAM",
            "missing required query parameter 'form'",
            "/?form",
        ));
    }
    launch_form(call)?;
    let list: Vec<Value> = tenant.templates.iter().map(Template::render).collect();
    Ok(Reply::json(json!({ "list": list })))
}

pub(super) fn show(tenant: &mut Tenant, call: &Call) -> Answer {
    launch_form(call)?;
    let wanted = call.param("id");
    let template = tenant.templates.iter().find(|template| template.id == wanted);
    template
        .map(|template| Reply::json(template.render()))
        .ok_or_else(|| call.missing("workflow template schema", "templateId"))
}

fn launch_form(call: &Call) -> Result<(), Reply> {
    match call.query("form") {
        None | Some("launch") => Ok(()),
        Some(other) => Err(call.refuse(
            400,
            "INVALID_PARAM",
            &format!("form cannot be '{other}'; the only value is launch"),
            "/?form",
        )),
    }
}

impl Tenant {
    fn template_mut(&mut self, wanted: &str) -> Option<&mut Template> {
        self.templates.iter_mut().find(|template| template.id == wanted || template.name == wanted)
    }

    pub(crate) fn set_form_field(
        &mut self,
        template: &str,
        field: &str,
        definition: Value,
    ) -> bool {
        let Some(template) = self.template_mut(template) else { return false };
        if definition.is_null() {
            template.form.shift_remove(field);
        } else {
            template.form.insert(field.to_owned(), definition);
        }
        true
    }

    pub(crate) fn add_template(&mut self, name: &str, form: Value) -> String {
        let id = self.ids.hex24();
        let form = if let Value::Object(form) = form { form } else { Map::new() };
        self.templates.push(Template {
            id: id.clone(),
            name: name.to_owned(),
            form,
            approvers: vec![("Legal", "Legal")],
            record_type: "contract".into(),
        });
        id
    }

    pub(crate) fn remove_template(&mut self, wanted: &str) -> bool {
        let before = self.templates.len();
        self.templates.retain(|template| template.id != wanted && template.name != wanted);
        self.templates.len() < before
    }
}
