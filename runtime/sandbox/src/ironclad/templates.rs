//! Listing, reading and changing templates.

use serde_json::{Map, Value, json};

use super::template::Template;
use super::tenant::Tenant;
use crate::call::Call;
use crate::reply::{Answer, Reply};

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
