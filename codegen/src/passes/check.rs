//! Names by which tools refer to each other and to their answers are names of something.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::ir::{
    Api, BodyArguments, Node, Operation, ResponseBody, Shape, TenantValues, ToolName, TypeRef,
};
use crate::pointer::Trail;

/// Reports references of tools that lead nowhere.
pub(super) fn references(api: &Api, diags: &mut Diagnostics) {
    let tools: BTreeSet<&ToolName> = api
        .operations
        .iter()
        .filter_map(|operation| operation.tool.as_ref())
        .map(|tool| &tool.name)
        .collect();
    for operation in &api.operations {
        let Some(tool) = &operation.tool else {
            continue;
        };
        let mut fault = |message: String| {
            diags.fault(
                "tool-reference",
                &api.file,
                &operation.pointer,
                format!("`{}`: {message}", tool.name),
            );
        };
        if let Some(job) = &tool.job {
            if let Some(poll) = job.poll.as_ref().filter(|poll| !tools.contains(poll)) {
                fault(format!("`{poll}`, which it is polled by, is no tool"));
            }
            for member in job
                .arguments
                .values()
                .filter(|member| !answers_with(api, operation, member) && !takes(operation, member))
            {
                fault(format!("its answer has no member `{member}`, by which it is polled"));
            }
        }
        if let Some(fields) = &tool.live_fields
            && !tools.contains(&fields.tool)
        {
            fault(format!("`{}`, which lists its fields, is no tool", fields.tool));
        }
        if let Some(values) = &tool.tenant_values {
            tenant_values(api, operation, values, &tools, &mut fault);
        }
        if let Some(path) = &tool.opens_at {
            let items = tool.pagination.as_ref().map_or("", |pagination| &pagination.items);
            for member in members(path) {
                if !answers_with(api, operation, &below(items, member)) {
                    fault(format!("its answer has no member `{member}`, by which it opens"));
                }
            }
        }
        if let Some(parameter) = &tool.fields_parameter
            && !operation.parameters.iter().any(|known| known.wire == *parameter)
        {
            fault(format!("it has no parameter `{parameter}`"));
        }
        if let Some(member) = &tool.searched {
            let items = tool.pagination.as_ref().map_or("", |pagination| &pagination.items);
            if tool.pagination.is_none() || !answers_with(api, operation, &below(items, member)) {
                fault(format!("its rows have no member `{member}` that could be searched"));
            }
            if takes(operation, "q") {
                fault("it takes `q` already: the API itself searches".to_owned());
            }
        }
        if tool.launch_form && api.launch.is_none() {
            fault("it takes a launch form, and the document's `launch` is not given".to_owned());
        }
        if let Some(pagination) = &tool.pagination
            && !answers_with(api, operation, &pagination.items)
        {
            fault(format!("its answer has no member `{}`", pagination.items));
        }
    }
}

/// The members that a path names in braces.
fn members(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(member, _)| member))
}

/// Reports what an operation's `tenant_values` name and that is not there.
fn tenant_values(
    api: &Api,
    operation: &Operation,
    values: &TenantValues,
    tools: &BTreeSet<&ToolName>,
    fault: &mut impl FnMut(String),
) {
    if !tools.contains(&values.tool) {
        fault(format!("`{}`, which says what its values may be, is no tool", values.tool));
    }
    let choices = values.choices.iter().map(|choice| &choice.argument);
    let named = values.within.iter().chain(&values.names).chain(values.arguments.keys());
    for argument in named.chain(choices).filter(|argument| !takes(operation, argument)) {
        fault(format!("it takes no `{argument}`, of which the tenant says something"));
    }
    let Some(kinds) = &api.value_kinds else {
        fault("the document's `values`, which say what types mean, are not given".to_owned());
        return;
    };
    let types = values.further.values().chain(values.arguments.values());
    for name in types.filter(|name| !kinds.kinds.contains_key(*name)) {
        fault(format!("the document's `values` do not say what `{name}` means"));
    }
    if let Some(people) = &kinds.people
        && !operation_of(api, &people.tool).is_some_and(|tool| takes(tool, &people.argument))
    {
        fault(format!("`{}`, which lists people, takes no `{}`", people.tool, people.argument));
    }
}

/// Reports what the document's `launch` names and that is not there.
pub(super) fn launch(api: &Api, diags: &mut Diagnostics) {
    let Some(launch) = &api.launch else { return };
    let root = Trail::root();
    let settings = root.key("x-drawbridge");
    let trail = settings.key("launch");
    let mut fault = |key: &'static str, message: String| {
        diags.fault("launch", &api.file, trail.key(key), message);
    };
    let mut tool = |key: &'static str, name: &ToolName| {
        let found = operation_of(api, name);
        if found.is_none() {
            fault(key, format!("`{name}` is no tool"));
        }
        found
    };
    let (list, get, launcher) =
        (tool("list", &launch.list), tool("get", &launch.get), tool("tool", &launch.tool));
    let takes_files = launch.files.as_ref().and_then(|files| tool("files", &files.tool));
    if let Some(operation) = takes_files {
        let body = operation.body.as_ref();
        if !body.is_some_and(|body| body.alternatives.iter().any(|media| is_multipart(media))) {
            let what = format!("{} {}", operation.method, operation.path);
            fault("files", format!("{what} takes no `multipart/form-data`"));
        }
    }
    for (key, member) in [("id", &launch.id), ("label", &launch.label), ("form", &launch.form)] {
        if list.is_some_and(|list| !answers_with(api, list, &below(&launch.items, member))) {
            fault(key, format!("the templates of `{}` have no member `{member}`", launch.list));
        }
    }
    if get.is_some_and(|get| !answers_with(api, get, &launch.form)) {
        fault("form", format!("the answer of `{}` has no member `{}`", launch.get, launch.form));
    }
    if get.is_some_and(|get| !takes(get, "id")) {
        fault("get", format!("`{}` takes no `id`", launch.get));
    }
    let forms = api
        .operations
        .iter()
        .filter(|operation| operation.tool.as_ref().is_some_and(|tool| tool.launch_form));
    for operation in forms.chain(launcher).chain(takes_files) {
        let names = [
            ("template", Some(&launch.template)),
            ("values", Some(&launch.values)),
            ("defaults", launch.defaults.as_ref()),
        ];
        for (key, name) in names {
            if let Some(name) = name.filter(|name| !takes(operation, name)) {
                fault(key, format!("{} {} takes no `{name}`", operation.method, operation.path));
            }
        }
    }
}

fn is_multipart(media: &str) -> bool {
    media.trim().to_ascii_lowercase().starts_with("multipart/form-data")
}

fn operation_of<'a>(api: &'a Api, tool: &ToolName) -> Option<&'a Operation> {
    api.operations
        .iter()
        .find(|operation| operation.tool.as_ref().is_some_and(|found| found.name == *tool))
}

/// A member of the items at a dotted name.
fn below(items: &str, member: &str) -> String {
    if items.is_empty() { member.to_owned() } else { format!("{items}.{member}") }
}

/// Whether a tool takes an argument, open bodies included.
fn takes(operation: &Operation, argument: &str) -> bool {
    let parameter = operation.parameters.iter().any(|parameter| parameter.argument == argument);
    let member = operation.body.as_ref().is_some_and(|body| match &body.arguments {
        BodyArguments::Members { names, open, .. } => {
            *open || names.values().any(|name| name == argument)
        }
        BodyArguments::Whole(name) => name == argument,
    });
    parameter || member
}

/// Whether some success answer has, or may have, a dotted member.
fn answers_with(api: &Api, operation: &Operation, path: &str) -> bool {
    operation.success.iter().any(|answer| match &answer.body {
        ResponseBody::Json(node) => has(api, node, path, 0),
        _ => false,
    })
}

fn has(api: &Api, node: &Node, path: &str, depth: usize) -> bool {
    const DEEPEST: usize = 16;
    if path.is_empty() || depth > DEEPEST {
        return true;
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match &node.ty {
        TypeRef::Named(id) | TypeRef::Boxed(id) => match &api.types[id.0].shape {
            // A member's own name may hold dots.
            Shape::Struct { fields, extra } => {
                let found = fields.iter().find(|field| field.wire == path || field.wire == first);
                found.map_or(matches!(extra, crate::ir::Extra::Keep(_)), |field| {
                    field.wire == path || has(api, &field.node, rest, depth + 1)
                })
            }
            Shape::Union(union) => {
                union.variants().any(|variant| has(api, &variant.node, path, depth + 1))
            }
            Shape::Alias(node) => has(api, node, path, depth + 1),
            Shape::StringEnum(_) => false,
        },
        // The members of what a list holds.
        TypeRef::List(item) => has(api, item, path, depth + 1),
        TypeRef::Map(_) | TypeRef::Untyped(_) => true,
        _ => false,
    }
}
