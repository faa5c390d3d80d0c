//! Names by which tools refer to each other and to their answers are names of something.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, Node, Operation, ResponseBody, Shape, TypeRef};

/// Reports references of tools that lead nowhere.
pub(super) fn references(api: &Api, diags: &mut Diagnostics) {
    let tools: BTreeSet<&str> = api
        .operations
        .iter()
        .filter_map(|operation| operation.tool.as_ref())
        .map(|tool| tool.name.as_str())
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
            )
        };
        if let Some(job) = &tool.job {
            if !tools.contains(job.poll.as_str()) {
                fault(format!("`{}`, which it is polled by, is no tool", job.poll));
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
            && !tools.contains(fields.tool.as_str())
        {
            fault(format!("`{}`, which lists its fields, is no tool", fields.tool));
        }
        if let Some(parameter) = &tool.fields_parameter
            && !operation.parameters.iter().any(|known| known.wire == *parameter)
        {
            fault(format!("it has no parameter `{parameter}`"));
        }
        if let Some(pagination) = &tool.pagination
            && !answers_with(api, operation, &pagination.items)
        {
            fault(format!("its answer has no member `{}`", pagination.items));
        }
    }
}

fn takes(operation: &Operation, argument: &str) -> bool {
    operation.parameters.iter().any(|parameter| parameter.argument == argument)
}

/// Whether some success answer has, or may have, a dotted member.
fn answers_with(api: &Api, operation: &Operation, path: &str) -> bool {
    operation.success.iter().any(|answer| match &answer.body {
        ResponseBody::Json(node) => has(api, node, path, 0),
        ResponseBody::Empty | ResponseBody::Text | ResponseBody::Binary => false,
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
            Shape::Union { variants, .. } => {
                variants.iter().any(|variant| has(api, &variant.node, path, depth + 1))
            }
            Shape::Alias(node) => has(api, node, path, depth + 1),
            Shape::StringEnum(_) => false,
        },
        TypeRef::Map(_) | TypeRef::Untyped(_) => true,
        _ => false,
    }
}
