//! The arguments of a launch: a template that is given by its name, and fields of its form that are
//! given beside it. What was read otherwise than it was given is said.

use serde_json::{Map, Value};
use support::api::Launch;

use super::aliases::ReadAs;
use crate::bound;
use crate::call::tenant::{Freshness, Template};
use crate::call::{CallContext, Pipeline};
use crate::tools::ServedTool;
use crate::violation::{Violation, Violations};

/// How many templates of one name are listed.
const LISTED: usize = 20;

/// Puts the id where a template's name stands, and fields into the form.
pub(super) async fn settle(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &ServedTool,
    arguments: &mut Map<String, Value>,
    read_as: &mut ReadAs,
    violations: &mut Violations,
) {
    let launch = context.toolset.catalogue.api.launch.as_ref();
    let Some(launch) = launch.filter(|_| served.tool.launch_form) else { return };
    name(pipeline, context, served, launch, arguments, read_as, violations).await;
    lift(pipeline, context, served, launch, arguments, read_as).await;
}

async fn name(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &ServedTool,
    launch: &Launch,
    arguments: &mut Map<String, Value>,
    read_as: &mut ReadAs,
    violations: &mut Violations,
) {
    let Some(given) = arguments.get(launch.template).and_then(Value::as_str) else { return };
    // What the tenant shows a form of is an id.
    if let Some(template) = Template::of(context, served, arguments)
        && pipeline.tenant.form(context, &template, Freshness::Cached).await.is_ok()
    {
        return;
    }
    let mut found = pipeline.tenant.called(context, launch, given).await;
    match found.len() {
        0 => {}
        1 => {
            let (id, label) = found.swap_remove(0);
            let label = bound::cut(&label, bound::NAME);
            read_as.say(|| format!("`{}` was read as the id of {label}: {id}.", launch.template));
            arguments.insert(launch.template.to_owned(), id.into());
        }
        several => violations.add(|| {
            let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).take(LISTED).collect();
            let expected = format!("an id: {several} templates have this name, {}", ids.join(", "));
            Violation::of(launch.template, expected)
        }),
    }
}

async fn lift(
    pipeline: &Pipeline,
    context: &CallContext<'_>,
    served: &ServedTool,
    launch: &Launch,
    arguments: &mut Map<String, Value>,
    read_as: &mut ReadAs,
) {
    let strays = arguments.keys().filter(|name| !served.checker().takes(name));
    let strays: Vec<String> = strays.take(bound::FAULTS).cloned().collect();
    let place = arguments.get(launch.values);
    if strays.is_empty() || !place.is_none_or(|place| place.is_object() || place.is_null()) {
        return;
    }
    let Some(template) = Template::of(context, served, arguments) else { return };
    let form = pipeline.tenant.form(context, &template, Freshness::Cached).await;
    let Ok(Some(form)) = form else { return };
    let schema = form.schema();
    let fields = schema.get("properties").and_then(Value::as_object);
    let mut values = match arguments.get_mut(launch.values) {
        Some(Value::Object(values)) => std::mem::take(values),
        _ => Map::new(),
    };
    for name in strays {
        let is_field = fields.is_some_and(|fields| fields.contains_key(&name));
        if !is_field || values.contains_key(&name) {
            continue;
        }
        let Some(value) = arguments.shift_remove(&name) else { continue };
        read_as.say(|| {
            let name = bound::cut(&name, bound::NAME);
            format!("`{name}` was read as a member of `{}`.", launch.values)
        });
        values.insert(name, value);
    }
    if !values.is_empty() {
        arguments.insert(launch.values.to_owned(), values.into());
    }
}
