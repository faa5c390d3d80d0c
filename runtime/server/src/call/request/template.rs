//! The arguments of a launch: a template that is given by its name, and fields of its form that are
//! given beside it. What was read otherwise than it was given is said.

use serde_json::{Map, Value};

use super::aliases::ReadAs;
use crate::bound;
use crate::call::tenant::{Freshness, Template};
use crate::call::{CallContext, Pipeline};
use crate::tools::ServedTool;
use crate::violation::{Violation, Violations};

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
    let Some(given) = arguments.get(launch.template).and_then(Value::as_str) else { return };
    let known = async |arguments: &Map<String, Value>| {
        let template = Template::of(context, served, arguments)?;
        pipeline.tenant.form(context, &template, Freshness::Cached).await.ok()
    };
    // What the tenant shows a form of is an id.
    let mut form = known(arguments).await;
    if form.is_none() {
        let found = pipeline.tenant.called(context, launch, given).await;
        match found.as_slice() {
            [] => {}
            [id] => {
                let name = bound::cut(given, bound::NAME);
                read_as.say(|| format!("`{}` {name} was read as its id {id}.", launch.template));
                arguments.insert(launch.template.to_owned(), id.as_str().into());
                form = known(arguments).await;
            }
            several => violations.add(|| {
                let ids = several.join(", ");
                let expected = format!("one id of the templates that have this name: {ids}");
                Violation::of(launch.template, expected)
            }),
        }
    }
    let Some(Some(form)) = form else { return };
    let strays = arguments.keys().filter(|name| !served.checker().takes(name));
    let strays: Vec<String> = strays.take(bound::FAULTS).cloned().collect();
    let place = arguments.get(launch.values);
    if strays.is_empty() || !place.is_none_or(|place| place.is_object() || place.is_null()) {
        return;
    }
    let schema = form.schema();
    let mut values = match arguments.get_mut(launch.values) {
        Some(Value::Object(values)) => std::mem::take(values),
        _ => Map::new(),
    };
    for name in strays {
        let is_field = schema.get("properties").is_some_and(|fields| fields.get(&name).is_some());
        if !is_field || values.contains_key(&name) {
            continue;
        }
        read_as.say(|| {
            let name = bound::cut(&name, bound::NAME);
            format!("`{name}` was read as a member of `{}`.", launch.values)
        });
        values.insert(name.clone(), arguments.shift_remove(&name).unwrap_or_default());
    }
    if !values.is_empty() {
        arguments.insert(launch.values.to_owned(), values.into());
    }
}
