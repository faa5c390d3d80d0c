//! Plugins and their keys.

use serde_json::{Value, json};

use super::files;
use super::tenant::{ORG, Plugin, Tenant};
use crate::call::Call;
use crate::check::{self, MemberKind, Need, Others};
use crate::reply::{Answer, Reply};

fn index(tenant: &Tenant, call: &Call) -> Result<usize, Reply> {
    let wanted = call.param("uuidPlugin");
    tenant
        .plugins
        .iter()
        .position(|plugin| plugin.uuid == wanted)
        .ok_or_else(|| call.missing("Plugin", "uuidPlugin"))
}

fn shown(plugin: &Plugin) -> Value {
    json!({ "plugin": { "id": plugin.id, "uuid": plugin.uuid, "name": plugin.name, "version": plugin.version } })
}

pub(super) fn create(tenant: &mut Tenant, call: &Call) -> Answer {
    let body = call.object()?;
    check::members(call, &body, &[("name", MemberKind::Filled, Need::Must)], Others::Refused)?;
    let name = check::text(&body, "name").unwrap_or("").to_owned();
    if name.chars().count() > 100 {
        return Err(call.invalid("\"name\" may have at most 100 characters", "name"));
    }
    let plugin = Plugin {
        id: tenant.next_id(),
        uuid: tenant.ids.uuid(),
        name,
        version: 1,
        fields: Vec::new(),
    };
    let answer = shown(&plugin);
    tenant.plugins.push(plugin);
    Ok(Reply::json(answer))
}

pub(super) fn fields(tenant: &mut Tenant, call: &Call) -> Answer {
    let id = call.number_param("idPlugin")?;
    let Some(plugin) = tenant.plugins.iter().find(|plugin| plugin.id == id) else {
        return Err(call.missing("Plugin", "idPlugin"));
    };
    let fields: Vec<Value> =
        plugin.fields.iter().map(|(id, key)| json!({ "idField": id, "systemKey": key })).collect();
    Ok(Reply::json(json!({ "plugin": { "idOrg": ORG, "idPlugin": id, "fields": fields } })))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    let body = call.object()?;
    check::members(call, &body, &[("idUpload", MemberKind::Whole, Need::Must)], Others::Refused)?;
    files::named_file(tenant, call, &body, "idUpload")?;
    tenant.plugins[index].version += 1;
    Ok(Reply::json(shown(&tenant.plugins[index])))
}

pub(super) fn delete(tenant: &mut Tenant, call: &Call) -> Answer {
    let index = index(tenant, call)?;
    tenant.plugins.remove(index);
    Ok(Reply::json(json!({ "success": true })))
}

pub(super) fn api_key(tenant: &mut Tenant, call: &Call) -> Answer {
    index(tenant, call)?;
    let (id, token) = (tenant.next_id(), tenant.ids.secret());
    let by = tenant.users.first().map_or(Value::Null, |user| user["id"].clone());
    Ok(Reply::json(json!({ "id": id, "idOrg": ORG, "createdBy": by, "token": token })))
}
