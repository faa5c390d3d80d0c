//! A template and its launch form.

use serde_json::{Map, Value, json};

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
    pub(super) fn render(&self) -> Value {
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
