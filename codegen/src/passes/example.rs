//! What is tried first: a tool that is there, changes nothing, and takes those arguments; and in
//! Rust, an operation that needs little.

use crate::diagnostics::Diagnostics;
use crate::ir::{Api, TypeRef};
use crate::pointer::Trail;

/// More arguments than this hide what is shown.
const MOST_ARGUMENTS: usize = 2;

/// Chooses the operation that READMEs and examples call: best one without arguments.
pub(super) fn choose(api: &mut Api) {
    let current = || {
        let operations = api.operations.iter().enumerate();
        operations.filter(|(_, operation)| !operation.deprecated && operation.body.is_none())
    };
    let bare = current()
        .find(|(_, operation)| operation.parameters.iter().all(|parameter| !parameter.required));
    let simple = || {
        current().find(|(_, operation)| {
            let mut required =
                operation.parameters.iter().filter(|parameter| parameter.required).peekable();
            required.clone().count() <= MOST_ARGUMENTS
                && required.peek().is_some()
                && required.all(|parameter| {
                    parameter.node.ty == TypeRef::String && !parameter.node.nullable
                })
        })
    };
    api.shown = bare.or_else(simple).map(|(index, _)| index);
}

/// Leaves the API's example out, with a diagnostic, where it could not be called.
pub(super) fn resolve(api: &mut Api, diags: &mut Diagnostics) {
    let Some(example) = &api.example else { return };
    let root = Trail::root();
    let extension = root.key("x-drawbridge");
    let trail = extension.key("example");
    let name = &example.tool;
    let found = api.operations.iter().find_map(|operation| {
        let tool = operation.tool.as_ref().filter(|tool| tool.name == *name)?;
        Some((operation, tool))
    });
    let wrong = match found {
        None => Some((trail.key("tool"), format!("`{name}` is no tool"))),
        Some((_, tool)) if !tool.annotations.read_only => {
            Some((trail.key("tool"), format!("`{name}` may change something")))
        }
        Some((operation, tool)) => {
            let paged = tool.pagination.is_some();
            let known = |argument: &str| {
                operation.parameters.iter().any(|known| known.argument == argument)
                    || (paged && argument == "limit")
            };
            let unknown = example.arguments.keys().find(|argument| !known(argument));
            unknown
                .map(|argument| (trail.key("arguments"), format!("`{name}` takes no `{argument}`")))
        }
    };
    if let Some((trail, message)) = wrong {
        diags.fault("example", &api.file, trail, message);
        api.example = None;
    }
}
